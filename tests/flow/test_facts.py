"""What a step asks is answered with values that it can store and give back."""

from __future__ import annotations

import pytest

from kamflow.base.diagnostic import Diagnostic
from kamflow.flow.facts import PolicyFacts
from kamflow.workflow import keys
from kamflow.workflow.instance import Answer, Asked
from tests.flow.shop import SHOP, desk, linked

DAY = 740_000
SETS = ("offers", "paid", "note", "grade", "seen", "share", "warned")


@pytest.fixture(scope="module")
def facts() -> PolicyFacts:
    workflow, written = desk()
    return PolicyFacts(linked(workflow, written), workflow)


def asked(
    vars_: dict[str, object], event: str = "offer", customer: object = None, **payload: object
) -> Asked:
    ticket = {"id": "t", "severity": 1, "customer": customer}
    given = {"count": 1, "note": "n", **payload}
    return Asked(event, DAY, 3, ticket, vars_, given if event else {})  # type: ignore[arg-type]


def answers(facts: PolicyFacts, names: tuple[str, ...], question: Asked) -> dict[str, Answer]:
    found = facts.answer(names, question)
    assert not isinstance(found, tuple), [f.message.en for f in found]
    return dict(found)


def test_a_new_case_begins_with_defaults_and_gaps(facts: PolicyFacts) -> None:
    assert facts.first_vars() == {
        "offers": 0, "paid": None, "note": None, "grade": None, "seen": None, "share": None, "warned": False,
    }  # fmt: skip


def test_what_is_set_can_be_read_back_again_and_again(facts: PolicyFacts) -> None:
    """Decimals, dates, members, percentages, counts, texts, yes: the store gives back what it was given."""
    customer = {"id": "c", "level": "A", "since": "2026-02-28", "health": "55.5"}
    wanted = tuple(keys.setting("takes", v) for v in SETS)
    variables = dict(facts.first_vars())
    for n in range(1, 4):
        question = asked(variables, customer=customer, amount="12.30", share="7.25%", note="a “b” c")
        found = answers(facts, wanted, question)
        variables = {v: found[keys.setting("takes", v)].value for v in SETS}
        assert variables == {
            "offers": n, "paid": "12.30", "note": "a “b” c", "grade": "A", "seen": "2026-02-28",
            "share": "7.25%", "warned": True,
        }  # fmt: skip


def test_gaps_are_set_and_read_back_too(facts: PolicyFacts) -> None:
    wanted = tuple(keys.setting("takes", v) for v in SETS)
    found = answers(facts, wanted, asked({**facts.first_vars(), "paid": "9.00"}))
    assert found[keys.setting("takes", "paid")].value is None
    assert found[keys.setting("takes", "grade")].value is None


def test_a_guard_names_its_facts_and_what_is_missing(facts: PolicyFacts) -> None:
    first = facts.first_vars()
    found = answers(facts, ("guard:g1", "guard:g11", "guard:g19"), asked(first, customer={"id": "c"}))
    assert found["guard:g1"] == Answer(None, {"severity": 1, "customer.health": None}, ("customer.health",))
    members = {"customer.level": None, "customer.regular": None}
    assert found["guard:g11"].facts == members, "members of a type are no facts"
    assert found["guard:g19"].facts == {"ev.amount": None, "limit": "100.00"}


def test_what_is_counted_over_a_list_is_a_fact_as_it_is_written(facts: PolicyFacts) -> None:
    customer = {"id": "c", "level": "A", "orders": [{"amount": 11}, {"amount": 10}, {"amount": 12}]}
    found = answers(facts, ("guard:g17",), asked(facts.first_vars(), customer=customer))
    assert found["guard:g17"] == Answer(
        True, {"count of customer.orders where amount > 10 CNY": 2, "customer.level": "A"}
    )


def test_keys_of_any_time_are_answered_after_an_event_too(facts: PolicyFacts) -> None:
    play = keys.argument("entry:shut", "care", "how")
    for event in ("", "offer"):
        found = answers(
            facts, (play, "guard:calm"), asked(facts.first_vars(), event, {"id": "c", "health": 7})
        )
        assert (found[play].value, found["guard:calm"].value) == ("7.0", True)


def test_a_record_that_cannot_be_read_gives_findings_with_places(facts: PolicyFacts) -> None:
    found = facts.answer(("guard:g0",), asked(facts.first_vars(), customer={"id": "c", "health": 101}))
    assert isinstance(found, tuple)
    assert [(f.code, str(f.span)) for f in found] == [("KF0604", "record.ticket.customer.health")]


def test_a_payload_is_read_as_the_event_declares_it(facts: PolicyFacts) -> None:
    assert facts.check_payload("offer", {"count": 1, "note": "n", "amount": "5"}) == ()
    found = facts.check_payload("offer", {"count": -1, "note": "n", "amount": "five", "extra": 1})
    assert {(f.code, str(f.span)) for f in found} == {
        ("KF0604", "offer.count"), ("KF0601", "offer.amount"), ("KF0611", "offer.extra"),
    }  # fmt: skip
    assert "desk@" not in " ".join(f.message.en + f.message.zh for f in found)
    assert facts.check_payload("suspend", {"why": "waiting"}) == ()


def test_a_value_that_its_variable_could_not_hold_is_refused() -> None:
    from tests.flow.written import Written

    w = Written("few", "ticket", uses=["shop"])
    w.var("left", "count, default 2, 0 to 2")
    w.event("take")
    w.state("open", w.move("takes", "shut", event="take", left="var.left - 1"))
    w.state("shut", final=True)
    workflow = w.done()
    facts = PolicyFacts(linked(workflow, w, SHOP), workflow)
    key = keys.setting("takes", "left")
    question = Asked("take", DAY, 0, {"id": "t", "severity": 0}, {"left": 1}, {})
    assert answers(facts, (key,), question)[key].value == 0
    found = facts.answer((key,), Asked("take", DAY, 0, {"id": "t", "severity": 0}, {"left": 0}, {}))
    assert isinstance(found, tuple)
    assert isinstance(found[0], Diagnostic)
    assert (found[0].code, str(found[0].span)) == ("KF1104", "var.left")


def test_the_fast_way_and_the_slow_one_say_the_same(
    facts: PolicyFacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kamflow.flow import facts as module

    names = tuple(f"guard:g{i}" for i in range(10))
    questions = [
        asked(facts.first_vars(), customer=c, amount=a)
        for c in (None, {"id": "c"}, {"id": "c", "health": "50.5", "debt": 0, "regular": True})
        for a in (None, "100.01")
    ]
    with monkeypatch.context() as only_fast:
        only_fast.setattr(module.PolicyFacts, "_slowly", None)  # a call of it fails
        quick = [answers(facts, names, q) for q in questions]
    monkeypatch.setattr(module._Prepared, "decide", lambda _self, _record, _day: None)
    assert [answers(facts, names, q) for q in questions] == quick
