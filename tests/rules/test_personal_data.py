"""ID and account numbers: no shipped policy may read them, no output and no message shows them."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

import kamflow
from kamflow import Decision

ROOT = Path(__file__).resolve().parents[2]
AS_OF = date(2026, 6, 30)
ID_NUMBER, ACCOUNT = "110105194912310021", "6222020200112233445"
FILE = {
    "id": "P1",
    "id_number": ID_NUMBER,
    "account_number": ACCOUNT,
    "purpose_stated": "delivery",
    "consent_on": "2026-01-05",
    "encrypted": True,
}


@pytest.fixture(scope="module")
def engine() -> kamflow.Engine:
    return kamflow.load(ROOT / "rules")


def test_no_policy_that_ships_states_a_purpose_for_which_the_numbers_were_collected(
    engine: kamflow.Engine,
) -> None:
    program = engine.stretch_on(AS_OF).program
    assert program is not None
    fields = {f.name: set(f.personal) for f in program.records["personal_file"].fields}
    stated = {purpose for policy in program.policies for purpose in policy.purposes}
    assert all(fields[number] for number in ("id_number", "account_number"))
    assert not (fields["id_number"] | fields["account_number"]) & stated


def test_a_decision_about_a_file_shows_neither_number(engine: kamflow.Engine) -> None:
    decision = engine.evaluate(FILE, as_of=AS_OF, record_type="personal_file")
    assert isinstance(decision, Decision)
    assert decision.use_verdict == "allowed"
    assert (decision.id_shown, decision.account_shown) == ("hidden", "hidden")
    told = json.dumps(decision.to_dict(), ensure_ascii=False) + repr(decision)
    assert ID_NUMBER not in told
    assert ACCOUNT not in told


@pytest.mark.parametrize(("field", "number"), [("id_number", ID_NUMBER), ("account_number", ACCOUNT)])
def test_a_file_rejected_for_a_number_says_so_without_the_number(
    engine: kamflow.Engine, field: str, number: str
) -> None:
    answer = engine.evaluate(FILE | {field: int(number)}, as_of=AS_OF, record_type="personal_file")
    assert not isinstance(answer, Decision)
    told = " ".join(f"{f.message.en} {f.message.zh} {f.hint} {f.span}" for f in answer.findings)
    assert "not a text" in told
    assert number not in told
