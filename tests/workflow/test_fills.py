"""What a case was told stands in for a silent record, counts at once, and can be taken away again."""

from __future__ import annotations

from dataclasses import replace

from kamflow.workflow.instance import Truth
from kamflow.workflow.instance_json import fold
from kamflow.workflow.model import Fill, Transition, Workflow
from tests.workflow.fakes import DAY, Case, FakeFacts, at, days, edge, name, state, workflow


def heard(called: str, event: str, *, clears: bool = False) -> Transition:
    """Return an internal edge that sets `heard` to what comes with its event, or takes it away."""
    made = edge(called, None, event=event, when=False, sets=("heard",))
    return replace(made, set=((name("heard"), None),)) if clears else made


def definition() -> Workflow:
    told = heard("hear", "told"), heard("forget", "denied", clears=True)
    made = workflow(
        state("a", *told, edge("up", "b"), dwell=days(9)),
        state("b"),
        events=("told", "denied"),
        variables=("heard",),
    )  # fmt: skip
    return replace(made, fills=(Fill(name("up"), name("heard")),))


def case(**first: bool) -> Case:
    facts = FakeFacts({"set:hear:heard": lambda a: a.payload["value"]}, {"heard": None, **first})
    return Case(definition(), facts, subject={})


def test_what_is_told_counts_at_once_although_the_state_may_not_be_left_yet() -> None:
    one = case()
    one.send("told", DAY, {"value": True})
    assert (one.case.vars, one.case.subject) == ({"heard": True}, {"up": True})


def test_a_silent_record_is_filled_at_each_review_and_one_that_speaks_is_not() -> None:
    one = case()
    one.send("told", DAY, {"value": True})
    (silent,) = one.review(10 * DAY)
    assert silent.judged[0].value is Truth.YES
    assert one.state == "b"
    other = case()
    other.send("told", DAY, {"value": True})
    assert other.review(10 * DAY, up=False) == ()
    assert other.state == "a"


def test_the_record_had_the_last_word_until_something_newer_is_told() -> None:
    one = case()
    one.send("told", DAY, {"value": False})
    one.send("told", 2 * DAY, {"value": True}, subject={"up": False, "name": "x"})
    assert one.case.subject == {"up": True, "name": "x"}


def test_what_is_taken_away_no_longer_stands_in_but_the_records_own_word_stays() -> None:
    one = case()
    one.send("told", DAY, {"value": True})
    one.send("denied", 2 * DAY)
    assert one.case.vars == {"heard": None}
    assert one.case.subject.get("up") is None
    other = case()
    other.send("told", DAY, {"value": True})
    other.send("denied", 2 * DAY, subject={"up": False})
    assert other.case.subject == {"up": False}


def test_a_new_case_is_filled_with_the_first_values_of_its_variables() -> None:
    assert case(heard=True).case.subject == {"up": True}


def test_the_entries_fold_into_the_filled_facts() -> None:
    one = case()
    one.send("told", at("2026-03-02"), {"value": True})
    assert fold(one.entries) == one.case
