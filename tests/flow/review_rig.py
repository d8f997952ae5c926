"""A lifecycle with everything that a review can meet, customers that change by chance, and stores to compare.

What the batch does is compared with `Cases`, one customer after the other, on a store of its own.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

from kamflow.app.flow import CannotFlow, Loaded, load_flow, open_cases, publish_all
from kamflow.base.diagnostic import Diagnostic
from kamflow.flow.cases import Cases, Receipt
from kamflow.flow.publish import PublishedNow
from kamflow.flow.published import Published
from kamflow.flow.review import FileReview, ReviewRequest, Told, review_file
from kamflow.journal.rows import InstanceRow
from kamflow.portfolio import RawRecord, open_records
from kamflow.workflow.instance import JsonMap, Refused

FLOW = "life"
FIRST = date(2026, 3, 23)
"""Some days before the clocks go forward in Berlin."""

POLICY = """policy shop
  effective from 2025-01-01
  currency CNY
  month end clamp
end
type standing is one of active, barred
type kind is one of small, large
record order
  amount : money, 0 CNY to 1,000 CNY
  kind   : kind, default small
  note   : text, optional
end
record customer
  id      : text
  name    : text, optional
  health  : number with 1 decimals, optional, 0 to 100
  orders  : count, 0 to 100
  gap     : days, default 0 days, 0 days to 1,000 days
  status  : standing, default active
  met_on  : date, optional
  bought  : list of order, default []
end
define big of customer as count of bought where amount > 100 CNY and kind is large
impossible when orders = 0 and gap > 900 days
  because en "no orders, but a gap between them" zh "没有订单却有间隔"
"""

WORKFLOW = """format: kamflow/workflow@1
id: life
version: 1
label: {en: "Life", zh: "生命周期"}
subject: customer
mode: state-driven
step: single
calendar: office
uses: [shop]
defaults:
  min_dwell: 2 days
  unknown: freeze
  stale_after: 5 days
  review_every: 1 day
  priority: {close: 0, exit: 10, decline: 20, regress: 30, advance: 40}
vars:
  visits: count, default 0
  last_kind: text, optional
  felt: number with 1 decimals, optional, 0 to 100
fills:
  health: felt
events:
  visited: {count: count}
  felt: {health: number with 1 decimals}
  left: {}
escalation:
  levels:
    - {level: 0, label: {en: "Owner", zh: "责任人"}, to: role:owner}
    - {level: 1, label: {en: "Lead", zh: "主管"}, to: role:lead}
  auto:
    - {when: big >= 2, level: 1}
initial: fresh
states:
  fresh:
    label: {en: "Fresh", zh: "新客户"}
    min_dwell: 0 days
    entry:
      - create_task: {id: greet, role: owner, due: 3 business days, label: {en: "Greet", zh: "问候"}}
    transitions:
      - {id: begin, kind: advance, to: steady, when: orders >= 3, reason: {code: a, en: "Orders", zh: "下单"}}
      - id: forget
        kind: exit
        to: gone
        when: orders = 0 and state.dwell > 6 days
        reason: {code: forget, en: "Nothing", zh: "无单"}
  steady:
    label: {en: "Steady", zh: "稳定"}
    internal:
      - {id: noted, event: visited, set: {visits: var.visits + ev.count}}
      - {id: felt, event: felt, set: {felt: ev.health}}
    transitions:
      - id: weaken
        kind: decline
        to: weak
        when: health < 40 or gap > 60 days
        hold: {for: 3 days}
        reason: {code: weaken, en: "Weak", zh: "走弱"}
      - id: grow
        kind: advance
        to: top
        when: health >= 60 and big >= 1
        hold: {for: 2 days}
        approve: {role: lead, within: 2 business days, on_timeout: reject}
        reason: {code: grow, en: "Grows", zh: "成长"}
      - id: idle
        kind: regress
        to: fresh
        when: orders <= 1 and met_on is missing
        reason: {code: idle, en: "Idle", zh: "沉寂"}
      - id: idle_too
        kind: regress
        to: weak
        when: orders <= 1 and health < 70
        reason: {code: idle_too, en: "Idle and weak", zh: "沉寂走弱"}
  top:
    label: {en: "Top", zh: "重点"}
    min_dwell: 4 days
    transitions:
      - id: drop
        kind: decline
        to: weak
        bypass_dwell: true
        when: health < 30
        set: {visits: 0}
        hold: {for: 1 day}
        reason: {code: drop, en: "Drops", zh: "下滑"}
      - id: settle
        kind: regress
        to: steady
        when: health < 60 or var.visits > 2
        reason: {code: settle, en: "Settles", zh: "回落"}
  weak:
    label: {en: "Weak", zh: "衰退"}
    min_dwell: 1 day
    timers:
      - {id: nudge, after: 2 business days, do: [{notify: {to: [role:owner], template: nudge}}]}
      - {id: give_up, after: 9 days, to: gone, reason: {code: give_up, en: "Given up", zh: "放弃"}}
    transitions:
      - id: mend
        kind: advance
        to: steady
        when: health >= 50 and orders >= 2
        hold: {for: 2 days}
        reason: {code: mend, en: "Mended", zh: "恢复"}
      - {id: leave, kind: exit, to: gone, event: left, reason: {code: leave, en: "Left", zh: "离开"}}
  gone:
    label: {en: "Gone", zh: "流失"}
    closed: true
    min_dwell: 0 days
    transitions:
      - {id: return, kind: advance, to: fresh, when: orders >= 5, reason: {code: r, en: "Back", zh: "赢回"}}
  shut:
    label: {en: "Shut", zh: "关闭"}
    final: true
global_transitions:
  - id: bar
    kind: close
    from: [fresh, steady, top, weak, gone]
    to: shut
    bypass_dwell: true
    when: status is barred
    reason: {code: bar, en: "Barred", zh: "禁止"}
"""

_TOO = WORKFLOW.index("      - id: idle_too"), WORKFLOW.index("  top:\n")
UNREAD = WORKFLOW.replace("health < 60 or var.visits > 2", "health < 60")
"""No guard reads a variable, but some stand in for what guards read."""
PLAIN = WORKFLOW[: _TOO[0]] + WORKFLOW[_TOO[1] :]
"""Without the two guards that are true together: as it may be published by the command."""

CALENDAR = """format: kamflow/calendar@1
office:
  label: {en: "Office", zh: "办公室"}
  tz: Europe/Berlin
  hours:
    mon-fri: ["09:00-12:00", "13:00-17:00"]
"""


def write_definitions(folder: Path, workflow: str = WORKFLOW) -> Loaded:
    """Write and load the policies and the workflow."""
    folder.mkdir(exist_ok=True)
    (folder / "shop.kam").write_text(POLICY, encoding="utf-8")
    (folder / "life.yaml").write_text(workflow, encoding="utf-8")
    (folder / "calendars.yaml").write_text(CALENDAR, encoding="utf-8")
    loaded = load_flow([folder], [folder])
    assert isinstance(loaded, Loaded), [f.message.en for f in loaded.findings]
    return loaded


def opened(address: str, loaded: Loaded) -> Cases:
    """Open a store in which the workflow is published."""
    cases = open_cases(address)
    assert isinstance(cases, Cases), cases
    done = list(publish_all(cases, loaded, [FLOW], at=0, actor="test"))
    assert all(isinstance(d, PublishedNow) for d in done), [
        f.message.en for d in done if isinstance(d, CannotFlow) for f in d.findings
    ]
    return cases


class Town:
    """Customers that change a little every day, the same way for the same seed."""

    def __init__(self, seed: int, count: int) -> None:
        self.random = random.Random(seed)
        self.people: list[dict[str, object]] = [self._new(i) for i in range(count)]

    def _new(self, number: int) -> dict[str, object]:
        r = self.random
        made: dict[str, object] = {"id": f"C{number:04}", "orders": r.randint(0, 6), "name": f"名 {number}"}
        made["health"] = r.choice([None, "25.5", "35.0", "45.0", "55.5", "65.0", "90.0"])
        made["bought"] = [self._order() for _ in range(r.randint(0, 3))]
        return made

    def _order(self) -> dict[str, object]:
        r = self.random
        made: dict[str, object] = {"amount": r.choice(["50", "100", "100.01", "500"])}
        if r.random() < 0.7:
            made["kind"] = r.choice(["small", "large"])
        return made

    def next_day(self) -> None:
        r = self.random
        for one in self.people:
            if r.random() < 0.25:
                one["health"] = r.choice([None, "20.0", "39.9", "40.0", "50.0", "60.0", "75.0"])
            if r.random() < 0.15:
                one["orders"] = r.randint(0, 6)
            if r.random() < 0.1:
                one["gap"] = r.choice([0, 60, 61, "61 days"])  # the last one only the reader of records takes
            if r.random() < 0.1:
                one["met_on"] = r.choice([None, "2026-02-01"])
            if r.random() < 0.1:
                one["bought"] = [self._order() for _ in range(r.randint(0, 3))]
            if r.random() < 0.01:
                one["status"] = "barred"

    def write(self, path: Path, more: Sequence[Mapping[str, object]] = ()) -> Path:
        lines = [json.dumps(p, ensure_ascii=False) for p in (*self.people, *more)]
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return path

    def write_parquet(self, path: Path) -> Path:
        import duckdb

        lines = self.write(path.with_suffix(".ndjson"))
        types = (
            "{id: 'VARCHAR', name: 'VARCHAR', health: 'DECIMAL(4, 1)', orders: 'INTEGER', gap: 'VARCHAR',"
            " status: 'VARCHAR', met_on: 'DATE', bought: 'STRUCT(amount DECIMAL(6, 2), kind VARCHAR)[]'}"
        )
        duckdb.sql(f"COPY (SELECT * FROM read_json('{lines}', columns = {types})) TO '{path}'")
        return path


def facts_in(path: Path) -> Iterator[tuple[str, JsonMap]]:
    """Read the customers of a file as `flow start --subject` would be given them."""
    for item in open_records(str(path)):
        assert isinstance(item, RawRecord)
        yield str(item.raw["id"]), json.loads(json.dumps(item.raw, default=str))


def day_of(number: int) -> date:
    return FIRST + timedelta(days=number)


def midnight(cases: Cases, day: date) -> int:
    published = cases.library.get(FLOW)
    assert isinstance(published, Published)
    return published.ready.time.at_midnight(day.toordinal())


def review_singly(cases: Cases, path: Path, day: date) -> None:
    """Review every customer with `Cases` alone: the other side of the comparison, written down anew."""
    at = midnight(cases, day)
    for name, facts in facts_in(path):
        row = cases.store.read(FLOW, name)
        assert not isinstance(row, Diagnostic)
        if row is None:
            event = f"start:{day}:{name}"
            done = cases.start(FLOW, name, at=at, event_id=event, subject=facts, actor="batch")
        elif row.final:
            continue
        else:
            done = cases.review(
                FLOW, name, at=at, event_id=f"review:{day}:{name}", subject=facts, actor="batch"
            )
        assert isinstance(done, Receipt), done.findings


def request(path: Path, day: date, **more: object) -> ReviewRequest:
    given: dict[str, object] = {"actor": "batch", "audit": 0.2, "chunk": 70, "starts": True, **more}
    return ReviewRequest(path, FLOW, day, **given)  # type: ignore[arg-type]


def run(cases: Cases, path: Path, day: date, **more: object) -> tuple[FileReview, list[Told]]:
    review = review_file(cases, request(path, day, **more))
    assert isinstance(review, FileReview), review.findings
    told = list(review)
    return review, told


def fine(cases: Cases, path: Path, day: date, **more: object) -> FileReview:
    """Run a review that must come to its end with counts that add up."""
    review, _ = run(cases, path, day, **more)
    assert review.failed == (), [f.message.en for f in review.failed]
    c = review.counts
    assert c.read == c.unchanged + c.changed + c.started + c.rejected + c.refused
    return review


def journal(cases: Cases) -> list[tuple[str, int, str, str]]:
    """Return every line of the store's journal, with its place in the chain."""
    found: list[tuple[str, int, str, str]] = []
    for line in cases.store.entries(FLOW):
        assert not isinstance(line, Diagnostic)
        found.append((line.instance, line.entry.seq, line.hash, line.entry.body))
    return found


def rows(cases: Cases) -> list[InstanceRow]:
    return [r for r in cases.store.instances(FLOW) if isinstance(r, InstanceRow)]


def interfere(cases: Cases, town: Town, day: date, seed: int) -> None:
    """Let people do things between reviews: visits, approvals, overrides, departures."""
    r = random.Random(seed)
    at = midnight(cases, day) + 10 * 3_600_000_000
    for number, name in enumerate(str(p["id"]) for p in town.people):
        row = cases.store.read(FLOW, name)
        assert not isinstance(row, Diagnostic)
        if row is None or row.final:
            continue
        event = f"e:{day}:{name}"
        chance = r.random()
        if row.state == "steady" and chance < 0.3:
            cases.send(FLOW, name, "visited", {"count": 2}, at=at, event_id=event)
        elif row.state == "steady" and chance < 0.4:
            said: JsonMap = {"health": r.choice(["20.0", "45.0", "75.0"])}
            cases.send(FLOW, name, "felt", said, at=at, event_id=event)
        elif row.state == "weak" and chance < 0.05:
            cases.send(FLOW, name, "left", at=at, event_id=event)
        elif chance < 0.06:
            until = (day + timedelta(days=3)).isoformat()
            done = cases.override(
                FLOW, name, to="steady", until=until, why="asked", at=at + number, event_id=event,
                actor="boss",
            )  # fmt: skip
            assert not isinstance(done, Refused), done.findings
    found = cases.store.approvals()
    assert not isinstance(found, Diagnostic)
    for one in found:
        if r.random() < 0.5:
            cases.decide(
                FLOW, one.instance, one.approval.id, granted=r.random() < 0.6, at=at,
                event_id=f"a:{one.approval.id}", actor="lead",
            )  # fmt: skip
