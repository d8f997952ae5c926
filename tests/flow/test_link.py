"""A workflow is checked with its policies, and what is wrong is told at its place in the YAML file."""

from __future__ import annotations

import pytest

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.span import Source, Span
from kamflow.flow.facts import PolicyFacts
from kamflow.flow.link import link, pins
from kamflow.workflow.instance import Asked
from kamflow.workflow.model import ApplyRules
from tests.flow.shop import SHOP, desk, linked
from tests.flow.written import Written


def place(finding: Diagnostic, written: Written) -> str:
    assert isinstance(finding.span, Span)
    assert finding.span.source == written.file
    return written.text[finding.span.start : finding.span.end]


@pytest.mark.parametrize(
    ("guard", "code", "at"),
    [
        ("customer.helth > 3", "KF0201", "helth"),
        ("severity > 3 and customer.level is B or severity > 2 CNY", "KF0208", "severity > 2 CNY"),
        ("ev.nothing", "KF0201", "nothing"),
        ("var.offers > 3 orders", "KF0112", "orders"),
        ("severity", "KF0212", "severity"),
        ("severity > > 3", "KF0120", ">"),
        ("customer.level is D", "KF0201", "D"),
        ("state.age > 3 days", "KF0201", "age"),
    ],
)
def test_a_slip_in_a_guard_is_found_at_its_very_characters(guard: str, code: str, at: str) -> None:
    workflow, written = desk((guard,))
    found = [f for f in linked(workflow, written).findings if f.is_error]
    assert [(f.code, place(f, written)) for f in found] == [(code, at)]


def test_people_read_no_made_up_names() -> None:
    for guard in (
        "customr.health > 3",
        "ev.nothing",
        "var.nothing",
        "state.nothing",
        "ev",
        "ticket",
        "var > 3",
    ):
        found = linked(*desk((guard,))).findings
        said = " ".join(f"{f.message} {f.hint} {f.why}" for f in found)
        assert found
        assert "@" not in said, said


def test_the_nearest_name_is_proposed_through_the_subject() -> None:
    found = [f for f in linked(*desk(("severty > 3",))).findings if f.is_error]
    assert found[0].hint is not None
    assert "severity" in found[0].hint.en


def test_names_of_a_workflow_in_chinese_and_english_text_are_both_read() -> None:
    w = Written("desk", "ticket", uses=["shop"])
    w.var("paid", "金额, 可缺失")
    w.event("offer", count="个数")
    w.state("open", w.move("a", "shut", "severity > 3 且 customer.health 不为空", event="offer"))
    w.state("shut", final=True)
    assert not linked(w.done(), w).has_errors
    both = Written("desk", "ticket", uses=["shop"])
    moves = [
        both.move(n, "shut", g) for n, g in (("a", "severity > 1 且 severity < 3"), ("b", "severity > 1 and"))
    ]
    both.state("open", *moves, both.move("c", "shut", "severity > 1 或 severity = 0"))
    both.state("shut", final=True)
    found = [f for f in linked(both.done(), both).findings if f.is_error]
    assert len(found) == 1
    assert "and" in place(found[0], both), "the language of most counts for all"


def test_definitions_that_only_a_workflow_reads_are_used() -> None:
    found = linked(*desk())
    assert [f.code for f in found.findings] == []
    alone = linked(*desk(("severity > 3",)))
    unused = {f.message.en.split("`")[1] for f in alone.findings if f.code == "KF0219"}
    assert unused == {"sum_of_orders", "ratio"}


OTHER = """policy other
  effective from {}
  uses shop
end
decision late of ticket : yes/no as severity > 3
"""


def test_a_policy_that_is_not_used_is_named_and_the_home_of_the_subject_need_not_be() -> None:
    other = OTHER.format("2025-01-01")
    w = Written("desk", "ticket")
    w.state("open", w.move("a", "shut", "late and severity > 1"))
    w.state("shut", final=True)
    policies = {"shop.kam": Source("shop.kam", SHOP), "other.kam": Source("other.kam", other)}
    found = link(policies, [w.done()], texts={w.file: w.source()})
    assert [(f.code, place(f, w)) for f in found.findings if f.is_error] == [("KF0227", "late")]


def test_a_workflow_is_in_force_when_all_its_policies_are() -> None:
    late = OTHER.format("2027-01-01")
    w = Written("desk", "ticket", uses=["shop", "other"])
    w.state("open", w.move("a", "shut", "late"))
    w.state("shut", final=True)
    policies = {"shop.kam": Source("shop.kam", SHOP), "other.kam": Source("other.kam", late)}
    workflow = w.done()
    found = link(policies, [workflow], texts={w.file: w.source()})
    assert not found.has_errors
    records = [
        (s.start, "desk@" in s.program.records) for s in found.project.stretches if s.program is not None
    ]
    assert [there for _, there in records] == [False, True]
    question = Asked("", 740_000, 0, {"id": "t", "severity": 4}, {}, {})
    answer = PolicyFacts(found, workflow).answer(("guard:a",), question)
    assert not isinstance(answer, tuple)
    assert answer["guard:a"].value is True


def test_a_policy_that_does_not_exist_is_told_once() -> None:
    w = Written("desk", "ticket", uses=["shop", "shopp"])
    w.state("open", w.move("a", "shut", "severity > 3"))
    w.state("shut", final=True)
    found = [f for f in linked(w.done(), w).findings if f.is_error]
    assert [(f.code, place(f, w)) for f in found] == [("KF0501", "shopp")] or len(found) == 1


def test_the_pins_of_a_workflow_change_with_any_text_that_it_rests_on() -> None:
    workflow, written = desk()
    first = pins(linked(workflow, written), workflow)
    other = pins(linked(workflow, written, SHOP + "-- a note\n"), workflow)
    assert first.keys() == other.keys() == {"shop"}
    assert first["shop"].startswith("sha256:")
    assert first != other


@pytest.mark.parametrize(
    ("shop", "var", "code"),
    [
        (
            SHOP.replace("  severity :", "  var : count, default 0\n  severity :"),
            "count, default 0",
            "KF1100",
        ),
        (SHOP, "count", "KF1102"),
    ],
)
def test_what_does_not_fit_together_is_told(shop: str, var: str, code: str) -> None:
    w = Written("desk", "ticket", uses=["shop"])
    w.var("offers", var)
    w.state("open", w.move("a", "shut", "severity > var.offers"))
    w.state("shut", final=True)
    found = [f for f in linked(w.done(), w, shop).findings if f.is_error]
    assert [f.code for f in found] == [code]


def test_a_policy_that_decides_nothing_cannot_be_applied() -> None:
    w = Written("desk", "ticket", uses=["shop"])
    w.state("open", w.move("a", "shut", "severity > 3"))
    rules = ApplyRules(w.name("shop"), "propose", None)
    nothing = ApplyRules(w.name("care"), "propose", None)
    w.state("shut", final=True, entry=[rules, nothing])
    workflow = w.done()
    found = linked(workflow, w)
    assert [(f.code, place(f, w)) for f in found.findings if f.is_error] == [("KF1101", "care")]


def test_decisions_to_apply_are_named_and_answered() -> None:
    w = Written("desk", "ticket", uses=["shop"])
    rules = ApplyRules(w.name("shop"), "propose", None)
    w.state("open", w.move("a", "shut", "severity > 3"))
    w.state("shut", final=True, entry=[rules])
    workflow = w.done()
    facts = PolicyFacts(linked(workflow, w), workflow)
    assert facts.outputs("shop") == ("limit",)
    question = Asked("", 740_000, 0, {"id": "t", "severity": 4}, {}, {})
    answer = facts.answer(("rules:shop:limit",), question)
    assert not isinstance(answer, tuple)
    assert answer["rules:shop:limit"].value == "100.00"


def test_what_is_impossible_of_a_subject_is_so_of_its_cases() -> None:
    shop = SHOP + 'impossible of ticket when severity = 0 because "nothing is no ticket"\n'
    workflow, written = desk(("severity > 3",))
    facts = PolicyFacts(linked(workflow, written, shop), workflow)
    question = Asked("", 740_000, 0, {"id": "t", "severity": 0}, facts.first_vars(), {})
    found = facts.answer(("guard:calm",), question)
    assert isinstance(found, tuple)
    assert [f.code[:4] for f in found] == ["KF07"]


def test_two_workflows_of_one_name_are_told_once() -> None:
    (first, one), (second, _) = desk(), desk()
    found = link({"shop.kam": Source("shop.kam", SHOP)}, [first, second], texts={one.file: one.source()})
    assert [f.code for f in found.findings if f.is_error] == ["KF1021"]
    assert found.workflows == (first,)


def test_a_day_on_which_no_policy_is_in_force_gives_a_finding() -> None:
    workflow, written = desk()
    facts = PolicyFacts(linked(workflow, written), workflow)
    found = facts.answer(("guard:calm",), Asked("", 700_000, 0, {"id": "t", "severity": 0}, {}, {}))
    assert isinstance(found, tuple)
    assert [f.code for f in found] == ["KF0522"]
