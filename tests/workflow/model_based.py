"""Random workflows and streams of events, run by `advance` and by a table that knows nothing of it.

``python -m tests.workflow.model_based 1000000`` takes a million steps. A mismatch names its seed.
"""

from __future__ import annotations

import copy
import random
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kamflow.workflow.instance import START, Advanced, Answer, Arrived, Asked, Entry, Instance, JsonMap
from kamflow.workflow.instance_json import canonical, entry_json, entry_of, fold, instance_json, instance_of
from kamflow.workflow.model import Mode, Workflow
from kamflow.workflow.ready import make_ready
from kamflow.workflow.steps import advance
from tests.workflow.fakes import ALWAYS, DAY, HOUR, days, edge, state, workflow

Bit = bool | None
EVENTS = ("go", "stop")


@dataclass(frozen=True)
class Row:
    id: str
    source: str
    event: str
    to: str | None
    guarded: bool
    priority: int
    hold: int
    bypass: bool


@dataclass
class Table:
    """The meaning of a workflow in a few lines: what holds is counted up, not compared with a start."""

    rows: list[Row]
    dwell: Mapping[str, int]
    finals: set[str]
    runs: bool
    limit: int
    state: str
    entered: int = 0
    held: dict[str, tuple[int, Bit, int]] = field(default_factory=dict)  # so far, last bit, when

    def step(self, event: str, bits: Mapping[str, Bit], now: int) -> list[str]:
        """Return what happened: ids of edges that fired, "?" for a tie, "!" for no end."""
        if not self.runs:
            return self.once(event, bits, now)[0]
        before = copy.deepcopy(self.__dict__)
        happened = self.once(event, bits, now)[0] if event else []
        for n in range(self.limit + 1):
            if self.state in self.finals:
                break
            more, fired = self.once("", bits, now)
            happened += more
            if not fired:
                break
            if n == self.limit:
                self.__dict__.update(before)
                return ["!"]
        return happened

    def once(self, event: str, bits: Mapping[str, Bit], now: int) -> tuple[list[str], bool]:
        able = []
        for row in self.rows:
            if row.source == self.state and row.event == event:
                bit = bits[row.id] if row.guarded else True
                long_enough = self.counted(row, bit, now) >= row.hold
                may_leave = row.bypass or now - self.entered >= self.dwell[self.state]
                may_leave |= row.to is None  # what stays within a state does not leave it
                if bit and long_enough and may_leave:
                    able.append(row)
        best = [row for row in able if row.priority == min(r.priority for r in able)]
        if len(best) != 1:
            return (["?"] if best else []), False
        if best[0].to is not None:
            self.state, self.entered, self.held = best[0].to, now, {}
        return [best[0].id], True

    def counted(self, row: Row, bit: Bit, now: int) -> int:
        total, last, when = self.held.get(row.id, (0, False, now))
        total += now - when if last else 0
        if bit is False or (bit is None and row.id not in self.held):
            self.held.pop(row.id, None)
            return 0
        self.held[row.id] = (total, bit, now)
        return total


class Bits:
    """The port of a case: guards are bits that the stream sets."""

    def __init__(self) -> None:
        self.bits: Mapping[str, Bit] = {}

    def answer(self, keys: Sequence[str], asked: Asked) -> Mapping[str, Answer]:
        return {key: Answer(self.bits[key.removeprefix("guard:")]) for key in keys}

    def check_payload(self, event: str, payload: JsonMap) -> tuple[()]:
        return ()

    def first_vars(self) -> JsonMap:
        return {}


def draw(rng: random.Random) -> tuple[Workflow, Table]:
    """Draw a workflow and its table."""
    runs = rng.random() < 0.4
    names = [f"s{n}" for n in range(rng.randint(2, 6))]
    finals = {names[-1]} if rng.random() < 0.5 else set()
    dwell = {s: rng.choice([0, 0, 1, 3]) for s in names}
    rows: list[Row] = []
    for n in range(rng.randint(2, 4 * len(names))):
        target = rng.choice([*names, None]) if runs else rng.choice(names)
        rows.append(
            Row(
                f"e{n}",
                rng.choice(names),
                rng.choice(["", *EVENTS] if runs else ["", "", "", *EVENTS]),
                target,
                rng.random() < 0.9,
                rng.choice([10, 20, 30]),
                rng.choice([0, 0, 1, 2, 5]) * DAY,
                rng.random() < 0.3,
            )
        )
    limit = rng.choice([1, 2, 16])
    open_rows = [r for r in rows if r.source not in finals]
    definition = workflow(
        *(state(s, *(_edge(r) for r in open_rows if r.source == s), dwell=days(dwell[s]), final=s in finals)
          for s in names),
        mode=Mode.EVENT_DRIVEN if runs else Mode.STATE_DRIVEN, events=EVENTS, max_microsteps=limit,
    )  # fmt: skip
    days_of = {s: n * DAY for s, n in dwell.items()}
    return definition, Table(open_rows, days_of, finals, runs, limit, names[0])


def _edge(row: Row):
    hold = days(row.hold // DAY) if row.hold else None
    return edge(
        row.id, row.to, event=row.event, when=row.guarded, priority=row.priority, hold=hold, bypass=row.bypass
    )


def told(entries: Sequence[Entry]) -> list[str]:
    """Return entries as the table tells them."""
    found = []
    for entry in entries:
        if entry.happened.value in {"moved", "internal"}:
            found.append(entry.transition)
        elif entry.code:
            found.append({"ambiguous": "?", "livelock": "!"}[entry.code])
    return found


def run_stream(seed: int, steps: int, mix: Counter[str] | None = None) -> int:
    """Run a random workflow for some steps; return how many were taken. A difference is an
    ``AssertionError``. ``mix`` counts what happened."""
    rng = random.Random(seed)
    definition, table = draw(rng)
    ready, facts, ids, now = make_ready(definition, ALWAYS), Bits(), [r.id for r in table.rows], 0
    facts.bits = dict.fromkeys(ids, False)
    expected = table.step("", facts.bits, 0) if table.runs else []
    first = advance(ready, None, Arrived("0", START, 0), facts, case="c")
    assert isinstance(first, Advanced)
    case, entries = first.instance, list(first.entries)
    assert told(first.entries) == expected, seed
    for n in range(1, steps):
        if case.final:
            _check_json(seed, case, entries)
            return n
        now += rng.choice([0, 1, HOUR, DAY - 1, DAY, DAY, DAY, 2 * DAY, 5 * DAY])
        facts.bits = {i: rng.choice([True, True, True, False, None]) for i in ids}
        event = rng.choice(["", "", "", *EVENTS])
        if event and not any(r.source == case.state and r.event == event for r in table.rows):
            event = ""
        result = advance(ready, case, Arrived(str(n), event or "review", now, subject={"n": n}), facts)
        assert isinstance(result, Advanced), (seed, n, result)
        case = result.instance
        entries += result.entries
        if mix is not None:
            mix.update(_kinds(result.entries))
        assert told(result.entries) == table.step(event, facts.bits, now), (seed, n)
        assert (case.state, case.entered_at) == (table.state, table.entered), (seed, n)
    _check_json(seed, case, entries)
    return steps


def _kinds(entries: Sequence[Entry]) -> list[str]:
    blocks = [str(j.blocked) for e in entries for j in e.judged if j.blocked]
    return [e.code if e.happened.value == "incident" else e.happened.value for e in entries] + blocks


def _check_json(seed: int, case: Instance, entries: list[Entry]) -> None:
    assert fold(entries) == case, seed
    assert instance_of(instance_json(case)) == case, seed
    assert [entry_of(entry_json(e)) for e in entries] == entries, seed
    assert canonical(instance_json(fold(entries))) == canonical(instance_json(case)), seed


def run(steps: int, first_seed: int = 0, mix: Counter[str] | None = None) -> int:
    """Run streams of 200 steps until that many steps are taken; return the number of streams."""
    taken, seed = 0, first_seed
    while taken < steps:
        taken += run_stream(seed, 200, mix)
        seed += 1
    return seed - first_seed


if __name__ == "__main__":
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    began = time.perf_counter()
    counted: Counter[str] = Counter()
    streams = run(wanted, mix=counted)
    took = time.perf_counter() - began
    print(f"{wanted} steps in {streams} workflows, no difference, {wanted / took:.0f} steps/s")  # noqa: T201
    print(", ".join(f"{kind} {n}" for kind, n in counted.most_common()))  # noqa: T201
