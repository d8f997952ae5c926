"""Eighteen months of kamflow: what the exports tell happens to cases, in the order of its days.

The lifecycle is reviewed at each month's end, tiers at each quarter's end; complaints and prospects are
cases that get their events at the minute at which people acted. The sales director answers what waits for
approval after four days. Everything goes through the policies and workflows of the checkout: change a
threshold there, and they go another way.

Assumes: ``Books``, and a database that is not there yet. Leaves: cases in it, and the tiers that the last
quarterly review has set.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path

import kamflow
from examples.practice.books import Books, Row
from examples.practice.cast import SALES_DIRECTOR
from examples.practice.record_lists import Json, Record
from examples.practice.records import Standing, record_on, records_on, write_records
from kamflow.app.open_flow import Moved, Receipt, Refused

ROOT = Path(__file__).resolve().parents[2]
RULES, WORKFLOWS = ROOT / "rules", ROOT / "workflows"
FIRST, LAST = date(2025, 1, 1), date(2026, 6, 30)  # FIRST: the policies are in force from then on
LIFECYCLE, COMPLAINT, DEVELOPMENT = "customer-lifecycle", "complaint", "prospect-development"
CHINA = timezone(timedelta(hours=8))
NOW = datetime.combine(LAST, time(18), CHINA)
COMPLAINTS_FROM = date(2026, 1, 1)  # cases are kept of complaints since then
ACTOR = "销售运营"
_APPROVAL_TAKES = timedelta(days=4, hours=10)


@dataclass(slots=True)
class Done:
    """What came of it: counts by workflow, what was refused, who was left out of a review."""

    counts: Counter[str] = field(default_factory=Counter)
    refused: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def review_days() -> list[date]:
    """Return the first day, on which everybody is taken in, and the last day of each month since."""
    months = [(y, m) for y in range(FIRST.year, LAST.year + 1) for m in range(1, 13)]
    ends = [date(y + m // 12, m % 12 + 1, 1) - timedelta(days=1) for y, m in months]
    return [FIRST, *(day for day in ends if day <= LAST)]


def live(books: Books, database: Path, scratch: Path, staged: Callable[[dict[str, str]], None]) -> Done:
    """Run everything into a new database.

    ``scratch``: where the portfolio of a month is written. ``staged`` is told the stage of each customer as
    soon as the last review is done, for those who wait for that alone.
    """
    done = Done()
    with kamflow.open_flow(str(database)) as flow:
        flow.publish(RULES, WORKFLOWS, at=datetime.combine(FIRST, time(), CHINA), prove=False)
        since = FIRST
        for day in review_days():
            _tell(flow, books, since, day, done)
            _review(flow, books, day, scratch, done)
            since = day
        staged(
            {c: str(s["state"]) for c in books.customers if isinstance(s := flow.status(LIFECYCLE, c), dict)}
        )
        for complaint, row in books.complaints.items():
            if date.fromisoformat(row["received_at"][:10]) >= COMPLAINTS_FROM:
                _complaint(flow, books, complaint, done)
        for customer, events in books.prospect_events.items():
            _prospect(flow, books, customer, events, done)
        done.counts["timers"] = flow.tick(NOW)
    return done


_STEPS = {
    "apology_made": "apologise", "cause_reported": "report_cause", "audit_passed": "pass_audit",
    "trial_order": "deliver_trial",
}  # fmt: skip
_AT_WORK = ("initial", "stable", "strategic", "decline")
_TAKEN_IN = {  # stages that take what the CRM notes; elsewhere the record says it at the next review
    "key_person_changed": _AT_WORK, "blacklisted_us": _AT_WORK, "cause_found": ("decline",),
    "relisting_step_done": ("decline",), "win_back_attempted": ("lost",),
}  # fmt: skip


def _event_of(row: Row) -> tuple[str, dict[str, Json]] | None:
    """Return the event of the lifecycle that a line of the CRM's log is, if it is one."""
    day, what, value = row["day"], row["what"], row["value"]
    match what:
        case "key_person_left":
            return "key_person_changed", {"left_on": day}
        case "blacklisted_us":
            return what, {"listed_on": day}
        case "decline_reason" if value:
            return "cause_found", {"reason": value}
        case "win_back_attempt":
            return "win_back_attempted", {"tool": value}
        case _:
            return ("relisting_step_done", {"step": _STEPS[what], "done_on": day}) if what in _STEPS else None


def _tell(flow: kamflow.Flow, books: Books, since: date, until: date, done: Done) -> None:
    """Tell the lifecycle what people noted between two reviews."""
    first, last = since.toordinal(), until.toordinal()
    for customer in books.customers.values():
        for day, row in zip(customer.log.days, customer.log.rows, strict=True):
            event = _event_of(row) if first <= day < last else None
            if event is None:
                continue
            status = flow.status(LIFECYCLE, customer.id)
            if isinstance(status, dict) and status["state"] in _TAKEN_IN[event[0]]:
                at = _time(f"{row['day']}T10:00")
                actor = customer.row["account_manager"]
                _note(flow.send(LIFECYCLE, customer.id, *event, at=at, actor=actor,
                                event_id=f"crm:{row['day']}:{customer.id}:{row['what']}"), done)  # fmt: skip


def _review(flow: kamflow.Flow, books: Books, day: date, scratch: Path, done: Done) -> None:
    """Review everybody as of a day; the director answers the requests that this makes, but the last ones."""
    write_records(scratch, records_on(books, day, details=False))
    run = flow.review_file(LIFECYCLE, scratch, as_of=day, starts=True, columns=False, actor=ACTOR)
    for told in list(run):
        if not isinstance(told, Moved):
            done.left_out.append(f"{day} {told.case}")
        elif told.parked:
            at = datetime.combine(day, time(), CHINA) + _APPROVAL_TAKES
            if at < NOW:
                _note(flow.decide(
                    LIFECYCLE, told.case, granted=True, at=at, actor=SALES_DIRECTOR, why="符合战略客户标准",
                    event_id=f"approve:{day}:{told.case}",
                ), done)  # fmt: skip
    done.refused += [f"{day} {f.code}" for f in run.failed]
    done.counts["reviews"] += run.counts.read
    done.counts["moves"] += sum(run.counts.moves.values())


def _complaint(flow: kamflow.Flow, books: Books, name: str, done: Done) -> None:
    """Let one complaint come in, and everything that was done about it."""
    row = books.complaints[name]
    at = _time(row["received_at"])
    record = complaint_record(books, row)
    _note(flow.start(COMPLAINT, name, record, at=at), done)
    for i, event in enumerate(books.complaint_events[name]):
        event_id, when, actor = f"{name}:{i}", _time(event["at"]), event["actor"]
        if event["event"] != "approve":
            said = _values(event["values"])
            _note(
                flow.send(COMPLAINT, name, event["event"], said, at=when, event_id=event_id, actor=actor),
                done,
            )
        elif _pending(flow.status(COMPLAINT, name)):  # else it lies within the limits
            _note(flow.decide(COMPLAINT, name, granted=True, at=when, event_id=event_id, actor=actor), done)


def complaint_record(books: Books, row: Row) -> Record:
    """Return the case of `rules/complaint.kam` as of the day on which the complaint came in."""
    received = row["received_at"][:10]
    customer = books.customers[row["customer"]]
    facts = record_on(books, customer, date.fromisoformat(received).toordinal(), details=False)
    out: Record = {
        "id": row["complaint"], "customer": facts, "received_on": received, "contact": facts["contact_name"],
        **{name: row[name] for name in ("about", "severity", "goods_value")},  # who is liable is found later
    }  # fmt: skip
    if row["claimed_amount"]:
        out["claimed_amount"] = row["claimed_amount"]
    return out


def _prospect(flow: kamflow.Flow, books: Books, customer: str, events: list[Row], done: Done) -> None:
    first = _time(events[0]["at"])
    facts = record_on(books, books.customers[customer], first.date().toordinal(), details=False)
    _note(
        flow.start(DEVELOPMENT, customer, facts, at=first - timedelta(minutes=5), actor=events[0]["actor"]),
        done,
    )
    for i, event in enumerate(events):
        said = _values(event["values"])
        _note(flow.send(DEVELOPMENT, customer, event["event"], said, at=_time(event["at"]),
                        event_id=f"{customer}:{i}", actor=event["actor"]), done)  # fmt: skip


def _note(came_of: Receipt | Refused, done: Done) -> None:
    done.counts["events"] += 1
    if isinstance(came_of, Refused):
        done.refused += [f.message.en for f in came_of.findings]


def _pending(status: dict[str, Json] | Refused) -> bool:
    return isinstance(status, dict) and status["pending"] is not None


def _values(said: str) -> dict[str, Json]:
    """Return what came with an event, as `kamflow flow send` reads NAME=VALUE."""
    pairs = [pair.partition("=") for pair in said.split()]
    known: dict[str, Json] = {"yes": True, "no": False}
    return {name: int(value) if value.isdigit() else known.get(value, value) for name, _, value in pairs}


def _time(said: str) -> datetime:
    return datetime.fromisoformat(said).replace(tzinfo=CHINA)


def review_tiers(engine: kamflow.Engine, books: Books) -> dict[str, Standing]:
    """Let each quarter's end set the tiers, as `rules/review.kam` does, but the last: that is shown."""
    standings: dict[str, Standing] = {}
    for day in review_days()[:-1:3]:
        records = records_on(books, day, standings, details=False)
        for made in engine.evaluate_many(
            records, as_of=day, only=["next_tier", "tier_moves"], record_type="customer"
        ):
            if made.ok:
                name = str(made.id)
                before = standings.get(name)
                moved = before is None or made["tier_moves"]
                since = day.isoformat() if moved or before is None else before.since
                standings[name] = Standing(str(made["next_tier"]), since, day.isoformat())
    return standings
