"""Defects planted in small workflows are found and shown with a record; the nearest right one is clean."""

from __future__ import annotations

from pathlib import Path

import pytest

from kamflow.base.diagnostic import Diagnostic, Severity
from kamflow.base.span import Source, Span
from kamflow.flow.link import link
from kamflow.flow.prove import prove_workflows, quick_findings
from kamflow.workflow.model import Mode, StartPlay, StateTimer, Workflow
from tests.flow.written import Written, days

ROOT = Path(__file__).resolve().parents[2]
BANK = """policy bank
  effective from 2025-01-01
  currency CNY
end
parameter line : percent
  from 2025-01-01 : 50%
  from 2030-01-01 : 20%
end
record client
  id      : text
  share   : percent, 0% to 100%
  orders  : count, optional, 0 to 100
  revenue : money, 0 CNY to 1,000 CNY
  costs   : money, 0 CNY to 1,000 CNY
end
define profit of client as revenue - costs
impossible of client when profit > 900 CNY because "no such profit"
"""


def states(*moves: tuple[str, str, str, str, dict[str, object]], mode: Mode = Mode.STATE_DRIVEN) -> Written:
    """Write a workflow of moves (from, id, to, guard, more)."""
    w = Written("path", "client", uses=["bank"], mode=mode)
    names = list(dict.fromkeys(n for m in moves for n in (m[0], m[2])))
    for name in names:
        own = [
            w.move(m[1], m[2], m[3], **{k: v for k, v in m[4].items() if k != "dwell"})  # type: ignore[arg-type]
            for m in moves
            if m[0] == name
        ]
        dwell = max([int(str(m[4].get("dwell", 0))) for m in moves if m[0] == name], default=0)
        w.state(name, *own, dwell=dwell)
    return w


def found(w: Written, workflow: Workflow | None = None, *, notes: bool = False) -> list[Diagnostic]:
    done = workflow or w.done()
    linked = link({"bank.kam": Source("bank.kam", BANK)}, [done], texts={w.file: w.source()})
    assert not linked.has_errors, [f.message.en for f in linked.findings]
    every = [*quick_findings(linked), *prove_workflows(linked)]
    return [f for f in every if notes or f.severity is not Severity.NOTE]


def codes(findings: list[Diagnostic]) -> list[str]:
    return [f.code for f in findings]


def place(finding: Diagnostic, w: Written) -> str:
    assert isinstance(finding.span, Span)
    return w.text[finding.span.start : finding.span.end]


@pytest.mark.parametrize(
    ("guard", "right"),
    [
        ("share > 60% and share < 40%", "share > 40% and share < 60%"),  # told without a search
        ("profit > 900 CNY", "profit > 899 CNY"),  # a fact that no client has
        ("revenue + costs > 2,000 CNY", "revenue + costs >= 2,000 CNY"),
        ("orders > 3 and orders is missing", "orders is present and orders > 3"),
    ],
)
def test_a_guard_that_can_never_be_true(guard: str, right: str) -> None:
    w = states(("a", "goes", "b", guard, {}))
    (one,) = {(f.code, place(f, w)) for f in found(w)}
    assert one == ("KF1110", guard)
    assert found(states(("a", "goes", "b", right, {}))) == []


def test_a_guard_that_is_dead_until_a_parameter_changes_is_not_never_true() -> None:
    assert found(states(("a", "goes", "b", "share > line and share < 40%", {}))) == []


def test_two_guards_true_together_at_equal_priority_are_shown_with_a_record() -> None:
    w = states(("a", "up", "b", "share >= 50%", {}), ("a", "down", "c", "revenue < 10 CNY", {}))
    (one,) = found(w)
    assert (one.code, place(one, w)) == ("KF1111", "revenue < 10 CNY")
    shown = dict(one.example)
    assert float(shown["share"].rstrip("%")) >= 50
    assert float(shown["revenue"].split()[0]) < 10
    apart = states(("a", "up", "b", "share >= 50%", {}), ("a", "down", "c", "share < 50%", {}))
    assert found(apart) == []
    ranked = states(
        ("a", "up", "b", "share >= 50%", {"priority": 10}), ("a", "down", "c", "revenue < 10 CNY", {})
    )
    assert found(ranked) == []


def test_a_global_guard_overlaps_too() -> None:
    w = states(("a", "up", "b", "share >= 50%", {}), ("b", "on", "c", "share < 1%", {}))
    w.everywhere.append(w.move("stop", "c", "revenue = 0 CNY", sources=["a", "b"]))
    (first, second) = found(w)
    assert codes([first, second]) == ["KF1111", "KF1111"]
    assert "`up` and `stop`" in first.message.en


def test_overlaps_of_one_event_and_none_across_events() -> None:
    for second, want in (("pay", ["KF1111"]), ("call", [])):
        w = Written("path", "client", uses=["bank"])
        w.event("pay", amount="money")
        w.event("call", amount="money")
        first = w.move("a1", "b", "ev.amount > 10 CNY", event="pay")
        other = w.move("a2", "c", "ev.amount > 20 CNY", event=second)
        w.state("a", first, other)
        w.state("b", final=True)
        w.state("c", final=True)
        assert codes(found(w)) == want


def test_an_overlap_that_begins_with_a_later_parameter_says_from_when() -> None:
    w = states(("a", "up", "b", "share > line", {}), ("a", "down", "c", "share < 30%", {}))
    (one,) = found(w)
    assert one.code == "KF1111"
    assert one.message.en.startswith("From 2030-01-01: ")


@pytest.mark.parametrize(
    ("first", "late", "shadow"),
    [
        ({"priority": 10}, {}, True),
        ({"priority": 10, "hold": 30}, {}, False),  # the later one is sooner
        ({"priority": 10, "hold": 30}, {"hold": 30}, True),
        ({"priority": 10, "dwell": 30}, {"bypass": True}, False),
        ({"priority": 50}, {}, False),
    ],
)
def test_a_guard_in_the_shadow_of_another(
    first: dict[str, object], late: dict[str, object], shadow: bool
) -> None:
    w = states(("a", "wide", "b", "share > 40%", first), ("a", "narrow", "c", "share > 60%", late))
    assert codes(found(w)) == (["KF1112"] if shadow else [])


def test_two_guards_may_shadow_a_third_between_them() -> None:
    w = states(
        ("a", "low", "b", "share <= 50%", {"priority": 1}),
        ("a", "high", "c", "share > 50%", {"priority": 2}),
        ("a", "late", "d", "revenue > 5 CNY", {}),
    )
    (one,) = found(w)
    assert one.code == "KF1112"
    assert "`low` or `high`" in one.message.en


def test_an_unknown_guard_in_front_is_no_shadow() -> None:
    w = states(("a", "front", "b", "orders >= 0", {"priority": 1}), ("a", "late", "c", "share > 5%", {}))
    assert found(w) == []


def test_constant_facts_that_drive_a_case_round_are_found_with_their_period() -> None:
    w = states(
        ("a", "up", "b", "share >= 40%", {"hold": 30}),
        ("b", "down", "a", "share <= 60%", {"hold": 10, "dwell": 90}),
    )
    (one,) = found(w)
    assert one.code == "KF1113"
    assert "a -> b -> a" in one.message.en
    assert "once round takes 120 days" in one.message.en
    assert 40 <= float(dict(one.example)["share"].rstrip("%")) <= 60
    assert found(states(("a", "up", "b", "share >= 60%", {}), ("b", "down", "a", "share < 40%", {}))) == []


def test_longer_ways_round_are_found_and_told_once() -> None:
    w = states(
        ("a", "ab", "b", "share > 10%", {}),
        ("b", "bc", "c", "share > 20%", {}),
        ("c", "ca", "a", "share > 30%", {}),
    )
    (one,) = found(w)
    assert "a -> b -> c -> a" in one.message.en


def test_what_comes_first_breaks_a_way_round() -> None:
    way = [
        ("a", "up", "b", "share >= 40%", {}),
        ("b", "down", "a", "share <= 60%", {"priority": 40}),
        ("b", "out", "c", "share >= 40%", {"priority": 10}),
    ]
    assert "KF1113" not in codes(found(states(*way)))
    way[2] = ("b", "out", "c", "share >= 40%", {"priority": 10, "hold": 60})  # too late: it is back already
    assert "KF1113" in codes(found(states(*way)))


def test_time_in_a_state_is_no_fact_that_stays() -> None:
    w = states(
        ("a", "up", "b", "share >= 40% and state.dwell < 10 days", {}),
        ("b", "down", "a", "share <= 60% and not state.dwell <= 30 days", {}),
    )
    assert codes(found(w)) == ["KF1113"]


def test_no_gap_and_no_delay_is_a_warning_a_delay_makes_it_a_note() -> None:
    w = states(("a", "up", "b", "share >= 50%", {}), ("b", "down", "a", "share < 50%", {}))
    (one,) = found(w)
    assert (one.code, place(one, w)) == ("KF1114", "share >= 50%")
    slow = states(("a", "up", "b", "share >= 50%", {}), ("b", "down", "a", "share < 50%", {"hold": 30}))
    assert found(slow) == []
    (note,) = found(slow, notes=True)
    assert note.code == "KF1115"


def test_the_gap_is_measured_in_the_unit_of_the_value() -> None:
    w = states(
        ("a", "up", "b", "share >= 50% and revenue >= 500 CNY and orders >= 6", {}),
        ("b", "down", "a", "share < 40% or revenue < 400 CNY or orders < 4", {}),
    )
    notes = {f.message.en.partition(":")[0]: f.message.en for f in found(w, notes=True) if f.code == "KF1115"}
    assert {n: t.rpartition("gap of ")[2] for n, t in notes.items()} == {
        "share": "10 points", "revenue": "100.00 CNY", "orders": "2",
    }  # fmt: skip


def test_a_timer_of_a_state_driven_workflow_brings_no_facts() -> None:
    for guard, want in (("revenue", ["KF1116"]), ("var.best", [])):
        w = Written("path", "client", uses=["bank"], mode=Mode.STATE_DRIVEN)
        w.var("best", "count, default 0")
        timer = StateTimer(w.name("late"), days(30), w.name("b"), (), None)
        w.state("a", w.move("up", "b", "share > 50%"), timers=[timer])
        play = StartPlay("care", None, None, ((w.name("how"), w.expression(guard)),))
        w.state("b", final=True, entry=[play])
        assert codes(found(w)) == want


def test_what_z3_cannot_decide_is_said_as_such() -> None:
    w = states(("a", "up", "b", "share * revenue = 333.3331 CNY", {}))
    done = w.done()
    linked = link({"bank.kam": Source("bank.kam", BANK)}, [done], texts={w.file: w.source()})
    assert codes(list(prove_workflows(linked, limit=10))) == ["KF1117"]


def test_without_z3_it_is_said_once_for_each_workflow(monkeypatch: pytest.MonkeyPatch) -> None:
    from kamflow.flow import prove

    monkeypatch.setattr(prove, "available", lambda: False)
    w = states(("a", "up", "b", "share > 50%", {}), ("a", "down", "c", "share > 60%", {}))
    (one,) = found(w, notes=True)
    assert (one.code, "kamflow[prove]" in one.message.en) == ("KF1117", True)


def test_only_the_workflows_that_are_named_are_proved() -> None:
    w = states(("a", "x", "b", "profit > 900 CNY", {}))
    linked = link({"bank.kam": Source("bank.kam", BANK)}, [w.done()], texts={w.file: w.source()})
    assert codes(list(prove_workflows(linked, ["other"]))) == []
    assert codes(list(prove_workflows(linked, ["other", "path"]))) == ["KF1110"]
