"""What an explanation holds is what the engine decided: every output, against the decision itself."""

from __future__ import annotations

from datetime import date

import pytest

from kamflow.app.eval import Answer, EvalRequest, EvalRun, start_eval
from kamflow.base.resources import resource_dir
from kamflow.base.text import Lang

EXAMPLES = resource_dir("rules").parent / "examples" / "customers.json"


@pytest.fixture(scope="module")
def answers() -> list[Answer]:
    request = EvalRequest((str(EXAMPLES),), (resource_dir("rules"),), date(2026, 6, 30), explain=True)
    run = start_eval(request)
    assert isinstance(run, EvalRun)
    return [a for a in run if isinstance(a, Answer)][:25]


def test_every_value_explained_is_the_value_decided(answers):
    assert answers
    for answer in answers:
        decided = answer.decision.to_dict()["decisions"]
        assert answer.explanation is not None
        told = {n: answer.explanation.steps[n].shown.plain for n in answer.explanation.outputs}
        assert told == decided


def test_every_read_leads_to_a_step_or_an_input(answers):
    for answer in answers:
        assert answer.explanation is not None
        steps = answer.explanation.steps
        for step in steps.values():
            for read in step.reads:
                assert all(name in steps for name in read.behind)
                if read.behind == (read.name,):
                    assert read.shown == steps[read.name].shown


def test_a_row_that_answered_gives_the_value_unless_a_rule_won(answers):
    for answer in answers:
        assert answer.explanation is not None
        for step in answer.explanation.steps.values():
            if len(step.rows) == 1 and not isinstance(step.shown.plain, list):
                gives = step.rows[0].shown
                expected = step.base if any(r.won for r in step.rules) else step.shown
                assert expected is not None
                assert gives is None or gives.text.in_(Lang.EN) == expected.text.in_(Lang.EN)


def test_rows_that_lost_come_after_the_one_that_answered(answers):
    seen = 0
    for answer in answers:
        assert answer.explanation is not None
        for step in answer.explanation.steps.values():
            if step.lost:
                seen += 1
                assert all(r.number > step.rows[0].number for r in step.lost)
    assert seen
