"""The current quarter, decided: what the demo tells, as values.

Assumes: ``Books``, the cases of ``history.py``, policies that compile. Leaves: a ``Quarter``; labels are
those of the policies and workflows, in both languages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import kamflow
from examples.practice.books import Books
from examples.practice.history import COMPLAINT, LAST, LIFECYCLE
from examples.practice.record_lists import Record
from examples.practice.records import Standing, records_on
from kamflow import Decision, Text
from kamflow.app.report_cases import read_cases
from kamflow.flow.published import Published
from kamflow.report.cases import CaseFile

BEGINS = date(2026, 4, 1)
_STAGES = {"decline": "declining", "closed": None}  # what `rules/customer.kam` calls a stage otherwise
_LEVELS = ("account_manager", "area_manager", "sales_director", "general_manager")


@dataclass(frozen=True, slots=True)
class Move:
    """One change of stage. ``waits``: it wants to, and a role has to approve."""

    customer: str
    day: str
    source: str
    target: str
    reason: Text
    waits: str = ""


@dataclass(frozen=True, slots=True)
class LateComplaint:
    """``missed``: deadlines with when they passed; ``due``: the next one that still runs;
    ``owner``: the role that has it now."""

    id: str
    customer: str
    severity: str
    step: Text
    missed: tuple[tuple[Text, str], ...]
    due: str
    owner: str


@dataclass
class Quarter:
    """``decisions`` by customer; ``labels``: type → member → words."""

    books: Books
    records: dict[str, Record]
    decisions: dict[str, Decision]
    labels: dict[str, dict[str, Text]]
    cases: dict[str, CaseFile] = field(default_factory=dict)
    moves: tuple[Move, ...] = ()
    waiting: tuple[Move, ...] = ()
    late: tuple[LateComplaint, ...] = ()

    def name(self, customer: str) -> str:
        return self.books.customers[customer].row["name"]

    def person(self, customer: str, role: str) -> str:
        """Return who acts for a customer in a role."""
        row = self.books.customers[customer].row
        if role in {"account_manager", "key_account_manager", "owner"}:
            return row["account_manager"]
        return self.books.person(role, row["region"])

    def label(self, type_: str, member: object) -> Text:
        return self.labels[type_].get(str(member), Text(str(member)))

    def because(self, customer: str, output: str) -> Text:
        """Return the reason of what was decided: that of the rule that won, else of the row."""
        trace = self.decisions[customer].trace
        assert trace is not None
        answer = trace.outputs[output]
        for one in answer.overrides:
            if one.won:
                return one.because
        return answer.rows[0].because if answer.rows else Text("")

    def amount(self, customer: str, name: str) -> Decimal:
        return Decimal(str(self.records[customer].get(name, "0")))

    def by(self, name: str) -> list[str]:
        """Return all customers, the largest first."""
        return sorted(self.decisions, key=lambda c: (-self.amount(c, name), c))


def decide(
    engine: kamflow.Engine, books: Books, tiers: Mapping[str, Standing], stages: Mapping[str, str]
) -> Quarter:
    """Decide the portfolio as of the last day. ``tiers``, ``stages``: what the reviews before have set."""
    names = {c: _STAGES.get(stage, stage) for c, stage in stages.items()}
    standings = {c: replace(before, stage=names.get(c)) for c, before in tiers.items()}
    records = records_on(books, LAST, standings)
    known = engine.with_portfolio(records, as_of=LAST, record_type="customer")
    decided = list(known.evaluate_many(records, as_of=LAST, trace=True, record_type="customer"))
    for one in decided:
        if isinstance(one, kamflow.Rejection):  # the policies were changed so that they no longer take it
            raise SystemExit(f"{one.id}: {one.findings[0].message.en}")
    return Quarter(
        books, {str(r["id"]): r for r in records}, {str(d.id): d for d in decided if isinstance(d, Decision)},
        engine.labels(as_of=LAST),
    )  # fmt: skip


def with_cases(quarter: Quarter, database: Path) -> Quarter:
    """Add what became of cases."""
    cases = {c.workflow: c for c in read_cases(str(database)) if isinstance(c, CaseFile)}
    moved = [m.case for m in cases[LIFECYCLE].moves if m.day >= BEGINS.toordinal()]
    with kamflow.open_flow(str(database)) as flow:
        told = [move for case in dict.fromkeys(moved) for move in _moves(flow, case)]
        return replace(
            quarter, cases=cases, moves=tuple(sorted(told, key=lambda m: (m.day, m.customer))),
            waiting=tuple(_waiting(flow)), late=tuple(_late(flow, quarter.books, cases[COMPLAINT])),
        )  # fmt: skip


def _moves(flow: kamflow.Flow, case: str) -> Iterator[Move]:
    for entry in flow.history(LIFECYCLE, case):
        when = str(entry["when"])[:10]
        if entry["happened"] == "moved" and when >= BEGINS.isoformat():
            yield Move(case, when, str(entry["source"]), str(entry["target"]), _reason(entry))


def _reason(entry: Mapping[str, object]) -> Text:
    said = cast("dict[str, str]", entry["reason"])
    return Text(said["en"], said["zh"])


def _waiting(flow: kamflow.Flow) -> Iterator[Move]:
    """Requests to change a stage that nobody has answered yet."""
    published, open_ = flow.cases.library.get(LIFECYCLE), flow.cases.store.approvals()
    assert isinstance(published, Published)
    assert isinstance(open_, list)
    reasons = {t.id.text: t.reason.text for s in published.workflow.states for t in s.transitions}
    for one in open_:
        if one.workflow == LIFECYCLE:
            asked = [e for e in flow.history(LIFECYCLE, one.instance) if e["happened"] == "parked"][-1]
            yield Move(
                one.instance, str(asked["when"])[:10], str(asked["source"]), str(asked["target"]),
                reasons[one.approval.transition], one.approval.role,
            )  # fmt: skip


def _late(flow: kamflow.Flow, books: Books, file: CaseFile) -> Iterator[LateComplaint]:
    """Open complaints that have missed a deadline, the most missed first."""
    states = {s.id: s for s in file.states}
    slas = {s.id: s.label for s in file.slas}
    found: list[LateComplaint] = []
    for case, _ in file.now:
        status = flow.status(COMPLAINT, case)
        assert isinstance(status, dict)
        if status["closed"] or states[str(status["state"])].final:
            continue
        lines = cast("list[dict[str, str]]", status["deadlines"])
        passed = sorted((x["breached_at"], x["sla"]) for x in lines if x["breached_at"])
        missed = tuple((slas[sla], _minute(at)) for at, sla in passed)
        running = [x["due"] for x in lines if x["verdict"] == "running" and x["due"]]
        if missed:
            row = books.complaints[case]
            level = max(0, int(cast("int", status["level"])))
            found.append(LateComplaint(
                case, row["customer"], row["severity"], states[str(status["state"])].label, missed,
                _minute(min(running)) if running else "", _LEVELS[min(level, len(_LEVELS) - 1)],
            ))  # fmt: skip
    yield from sorted(found, key=lambda x: (-len(x.missed), x.id))


def _minute(said: str) -> str:
    return said[5:16].replace("T", " ")


@dataclass(frozen=True, slots=True)
class AtRisk:
    """``signals``: why; ``play``, by whom, until when."""

    customer: str
    signals: tuple[Text, ...]
    owner: str
    due: date


def at_risk(quarter: Quarter) -> list[AtRisk]:
    """Return customers of tier B and better with a warning or an alarm, the largest loss first."""
    out: list[AtRisk] = []
    for customer in quarter.by("revenue_prev_12m"):
        made = quarter.decisions[customer]
        if made["risk_level"] in {"warning", "alarm"} and made["tier"] != "C":
            reasons = [line.reason for line in cast("tuple[Any, ...]", made["actions"])]
            due = LAST + timedelta(days=int(str(made["respond_in"])))
            signals = tuple(
                quarter.label("signal", r) for r in dict.fromkeys(reasons) if r != "several_signals"
            )
            out.append(AtRisk(customer, signals, str(made["play_owner"]), due))
    return out


def tier_moves(quarter: Quarter) -> list[str]:
    """Return customers whose tier this quarter's review moves, the largest first."""
    return [c for c in quarter.by("revenue_12m") if quarter.decisions[c]["tier_moves"]]


def requests(quarter: Quarter) -> list[str]:
    """Return customers with an open request for a lower price, the largest first."""
    return [
        c for c in quarter.by("revenue_12m")
        if quarter.records[c].get("discount_asked") or quarter.records[c].get("cost_down_asked")
    ]  # fmt: skip


def stages_then_and_now(quarter: Quarter) -> dict[str, tuple[int, int]]:
    """Count cases by stage before the quarter, and now."""
    file = quarter.cases[LIFECYCLE]
    before: dict[str, str] = {}
    for move in file.moves:
        if move.day < BEGINS.toordinal():
            before[move.case] = move.target
    then, now = Counter(before.values()), Counter(state for _, state in file.now)
    return {s.id: (then[s.id], now[s.id]) for s in file.states}
