"""Whatever arrives for whatever workflow, these hold after each step."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from kamflow.base.text import Text
from kamflow.workflow.instance import (
    APPROVE,
    OVERRIDE,
    REJECT,
    RELEASE,
    START,
    TIME,
    Advanced,
    Arrived,
    Entry,
    Instance,
    TimerKind,
)
from kamflow.workflow.instance_json import canonical, entry_json, fold, instance_json, instance_of, lay_over
from kamflow.workflow.model import (
    AutoLevel,
    Duration,
    Emit,
    Escalate,
    Ladder,
    Level,
    Mode,
    OnReopen,
    OnTimeout,
    Recipient,
    Role,
    Unit,
    Workflow,
)
from kamflow.workflow.ready import Ready, make_ready
from kamflow.workflow.steps import advance
from tests.workflow.fakes import (
    DAY,
    HOUR,
    SOME,
    FakeFacts,
    asks,
    days,
    edge,
    sla,
    state,
    timer,
    workflow,
)
from tests.workflow.fakes import (
    names as names_of,
)
from tests.workflow.test_shipped_stories import headquarters

EVENTS = ("go", "stop")
COMMANDS = (
    "review", "review", "review", *EVENTS, "suspend", "resume", "customer_replied", APPROVE, REJECT, OVERRIDE,
    RELEASE,
)  # fmt: skip
BEGIN = 20_454 * DAY  # the first of January 2026


def draw(rng: random.Random) -> Workflow:
    """Draw a workflow with everything in it."""
    names = [f"s{n}" for n in range(rng.randint(3, 6))]
    count = iter(range(1000))

    def length() -> Duration:
        return Duration(rng.choice([0, 1, 1, 2, 2, 3, 5, 9]), rng.choice(list(Unit)[1:]))

    def one_edge(target: str | None = None):
        approve = asks(rng.choice(["r0", "boss"]), length(), rng.choice(list(OnTimeout)))
        return edge(
            f"e{next(count)}", target or rng.choice(names), event=rng.choice(["", "", *EVENTS]),
            when=rng.random() < 0.9, priority=rng.choice([10, 20, 30]), bypass=rng.random() < 0.3,
            hold=rng.choice([None, None, days(2)]), approve=rng.choice([None, None, approve]),
            do=rng.choice([(), (Escalate(rng.randint(0, 2), None, ""),)]),
        )  # fmt: skip

    def one_state(name: str):
        final = name == names[-1]
        timers = [
            timer(f"{name}t{n}", length(), rng.choice(["", "", rng.choice(names)]), (Emit("tick"),))
            for n in range(rng.randint(0, 2))
        ]
        return state(
            name, *([] if final else [one_edge() for _ in range(rng.randint(1, 4))]),
            dwell=days(rng.choice([0, 0, 2])), final=final, closed=name == names[-2],
            entry=(Emit("in"),), leaving=(Emit("out"),), timers=() if final else tuple(timers),
        )  # fmt: skip

    def one_sla(n: int):
        marks = [f"{rng.choice(['enter', 'exit'])}:{rng.choice(names)}" for _ in range(3)]
        return sla(
            f"l{n}", marks[0], marks[1:], length(), warn=(50,), reopen=rng.choice(list(OnReopen)),
            pausable=rng.random() < 0.7, max_pause=rng.choice([None, length()]),
            breach=(Escalate(rng.randint(0, 2), None, ""),),
        )  # fmt: skip

    levels = tuple(Level(n, Text("x"), Recipient(Role.ROLE, f"r{n}")) for n in range(3))
    return workflow(
        *map(one_state, names), mode=rng.choice(list(Mode)), events=EVENTS,
        everywhere=(replace(one_edge(), sources=names_of(*names[:-1]), is_global=True),),
        ladder=Ladder(levels, (AutoLevel(SOME, 1),)), slas=tuple(one_sla(n) for n in range(3)),
        stale_after=rng.choice([None, days(2)]), max_microsteps=rng.choice([2, 16]),
    )  # fmt: skip


def arrival(rng: random.Random, n: int, now: int, ready: Ready) -> Arrived:
    """Draw something that may arrive; an approval is filled in when it does."""
    name = rng.choice(COMMANDS)
    payload = {}
    if name == OVERRIDE:
        until = f"2026-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
        payload = {"to": rng.choice(list(ready.states)), "until": until, "why": "x"}
    facts = {f"e{i}": rng.choice([True, True, False, None]) for i in range(40)}
    return Arrived(f"a{n}", name, now, payload, {**facts, "0": rng.choice([True, None])}, "somebody")


def play(seed: int, *, polled: bool) -> list[Entry]:
    rng, pollers = random.Random(seed), random.Random(-seed)
    ready = make_ready(draw(rng), headquarters())
    facts = FakeFacts()
    first = advance(ready, None, Arrived("s", START, BEGIN, {}, {}), facts, case="c")
    assert isinstance(first, Advanced)
    case, entries, now = first.instance, list(first.entries), BEGIN
    gone: set[str] = set()
    for n in range(60):
        now += rng.choice([0, HOUR, 9 * HOUR, DAY, 3 * DAY])
        arrived = arrival(rng, n, now, ready)
        for when in [pollers.randrange(case.last_at, now + 1)] * polled:
            case = _step(ready, case, Arrived(f"p{n}", TIME, when), facts, entries, gone)
        if arrived.name in {APPROVE, REJECT}:  # what waits once the timers have fired
            case = _step(ready, case, Arrived(f"q{n}", TIME, now), facts, entries, gone)
            waiting = case.pending.id if case.pending is not None else "none"
            arrived = replace(arrived, payload={"approval": waiting, "why": "x"})
        case = _step(ready, case, arrived, facts, entries, gone)
    case = _step(ready, case, Arrived("end", TIME, now + 400 * DAY), facts, entries, gone)
    _check_journal(entries, case)
    return entries


def _step(
    ready: Ready, case: Instance, arrived: Arrived, facts: FakeFacts, entries: list[Entry], gone: set[str]
) -> Instance:
    result = advance(ready, case, arrived, facts)
    if not isinstance(result, Advanced):
        return case
    now = result.instance
    data = dict(instance_json(case))
    for entry in result.entries:
        lay_over(data, entry.changes)
    assert instance_of(data) == now
    entries += result.entries
    _check_case(ready, case, now, arrived)
    gone |= {t.key for t in case.timers} - {t.key for t in now.timers}
    assert not gone & {t.key for t in now.timers}
    return now


def _check_journal(entries: list[Entry], now: Instance) -> None:
    assert fold(entries) == now
    assert [e.seq for e in entries] == list(range(1, len(entries) + 1))
    assert [e.at for e in entries] == sorted(e.at for e in entries)
    assert (entries[-1].at, entries[-1].seq) == (now.last_at, now.seq)
    effects = [effect.key for e in entries for effect in e.effects]
    assert len(effects) == len(set(effects))


def _check_case(ready: Ready, before: Instance, now: Instance, arrived: Arrived) -> None:
    here = {c.id for (at, _), group in ready.candidates.items() if at == now.state for c in group.all}
    assert {name for name, _ in (*now.holds, *now.unknown)} <= here
    if now.final:
        assert (now.timers, now.pending, now.override) == ((), None, None)
    if now.pending is not None:
        assert now.pending.transition in here
        assert now.override is None
    if now.override is not None:
        assert now.override.state == now.state
        assert any(t.kind is TimerKind.OVERRIDE for t in now.timers)
    own = {t.id.text for t in ready.states[now.state].timers}
    assert {t.name for t in now.timers if t.kind is TimerKind.STATE} <= own
    for old, new in zip(before.ledgers, now.ledgers, strict=False):
        assert old.stopped_at is None or new == old
    assert len(now.ledgers) >= len(before.ledgers)
    if now.epoch == before.epoch:
        assert now.level >= before.level
        assert now.rungs[: len(before.rungs)] == before.rungs
    assert list(now.rungs) == sorted(set(now.rungs))
    running = [x for x in now.ledgers if x.since is not None and x.breached_at is None]
    waited_for = {t.name for t in now.timers if t.kind is TimerKind.SLA}
    assert {x.sla for x in running} == waited_for
    if arrived.name == TIME:
        assert all(t.due > arrived.occurred_at for t in now.timers)


@pytest.mark.parametrize("block", range(4))
def test_whatever_arrives_the_laws_hold_and_pollers_make_no_difference(block: int) -> None:
    told: set[str] = set()
    for seed in range(block * 30, block * 30 + 30):
        plain, polled = play(seed, polled=False), play(seed, polled=True)
        assert list(map(_text, plain)) == list(map(_text, polled)), seed
        told |= {e.code or e.happened.value for e in plain}
    assert {"parked", "approved", "rejected", "lapsed", "timed_out", "overridden", "released"} <= told
    assert {"suspended", "resumed", "escalated", "sla_warned", "sla_breached", "reopened"} <= told
    assert {"ambiguous", "stale_facts"} <= told


def _text(entry: Entry) -> str:
    return canonical(entry_json(entry))
