"""A year of a case with many timers in New York, and a clock of whole hours that counts an SLA by itself."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from functools import cache

from kamflow.base.text import NO_TEXT, Text
from kamflow.workflow import keys
from kamflow.workflow.calendar import Calendar
from kamflow.workflow.instance import APPROVE, START, TIME, Advanced, Arrived, Entry, Instance
from kamflow.workflow.instance_json import canonical, entry_json, entry_of, fold, instance_json, instance_of
from kamflow.workflow.model import (
    Duration,
    Emit,
    Escalate,
    Ladder,
    Level,
    Mode,
    OnTimeout,
    Recipient,
    Role,
    Unit,
    Workflow,
)
from kamflow.workflow.ready import Ready, make_ready
from kamflow.workflow.steps import advance
from kamflow.workflow.working_time import ready_calendar
from tests.workflow.fakes import (
    ALWAYS,
    DAY,
    HOUR,
    FakeFacts,
    asks,
    at,
    days,
    edge,
    hours,
    sla,
    state,
    timer,
    workflow,
)

OFFICE = ((540, 720), (780, 1080))
NEW_YORK = Calendar("ny", NO_TEXT, "America/New_York", (OFFICE,) * 5 + ((), ()))
BEGIN, END = at("2026-01-05T14:00"), at("2027-01-05T14:00")
EVENTS = ("go", "ask", "back", "suspend", "resume", "customer_replied", "review", "approve")


def _minutes(n: int) -> Duration:
    return Duration(n, Unit.MINUTES)


def _definition() -> Workflow:
    """Every kind of duration, timers that move and that tell, approvals that climb, pauses that end."""
    day, office_hours = Duration(1, Unit.BUSINESS_DAYS), Duration(3, Unit.BUSINESS_HOURS)
    levels = tuple(Level(n, Text("x"), Recipient(Role.ROLE, f"r{n}")) for n in range(3))
    tell = (Emit("tick"),)
    return workflow(
        state(
            "a",
            edge("go", "b", event="go", when=False),
            edge("ask", "c", event="ask", when=False, approve=asks("r", day, OnTimeout.ESCALATE)),
            timers=(timer("t1", days(1), do=tell), timer("t2", _minutes(90), do=tell),
                    timer("t3", Duration(1, Unit.WEEKS), "b"), timer("t4", office_hours, do=tell)),
        ),
        state(
            "b",
            edge("back", "a", event="back", when=False),
            edge("late", "c", hold=days(3)),
            timers=(timer("t5", day, do=(Escalate(1, None, ""),)), timer("t6", days(9), "a")),
        ),
        state("c", edge("back2", "a", event="back", when=False), timers=(timer("t7", hours(30), "a"),),
              closed=True),
        mode=Mode.EVENT_DRIVEN, events=("go", "ask", "back"), ladder=Ladder(levels), stale_after=days(2),
        slas=(
            sla("s1", "enter:a", ["exit:a"], Duration(2, Unit.BUSINESS_DAYS), warn=(50, 80),
                max_pause=Duration(5, Unit.BUSINESS_HOURS), breach=(Escalate(2, None, ""),)),
            sla("s2", "enter:b", ["enter:c"], hours(60), warn=(25, 50, 75)),
        ),
    )  # fmt: skip


@cache
def ready() -> Ready:
    return make_ready(_definition(), ready_calendar(NEW_YORK))


def stream(seed: int) -> list[Arrived]:
    """Draw what happens in a year, in order; what the case refuses is refused in every run."""
    rng = random.Random(seed)
    times = sorted(rng.randrange(BEGIN, END) // HOUR * HOUR for _ in range(80))
    return [
        Arrived(f"e{n}", rng.choice(EVENTS), when, subject={"late": rng.choice([True, False, None])})
        for n, when in enumerate(times)
    ]


def play(arrivals: Sequence[Arrived], polls: Sequence[int]) -> tuple[Instance, list[Entry]]:
    """Run a year with a poller that comes at some instants, and once at the end."""
    facts = FakeFacts({keys.guard("late"): lambda asked: asked.subject.get("late")})
    first = advance(ready(), None, Arrived("s", START, BEGIN), facts, case="c")
    assert isinstance(first, Advanced)
    case, entries = first.instance, list(first.entries)
    seen: dict[str, int] = {}
    ticks = [Arrived(f"p{n}", TIME, when) for n, when in enumerate([*polls, END])]
    for arrived in sorted([*ticks, *arrivals], key=lambda a: (a.occurred_at, a.name == TIME)):
        now = arrived
        if now.name == "approve":
            waiting = case.pending.id if case.pending is not None else "none"
            now = Arrived(now.event_id, APPROVE, now.occurred_at, {"approval": waiting}, None, "x")
        result = advance(ready(), case, now, facts)
        if isinstance(result, Advanced):
            _check_fired(result.entries, seen)
            case = result.instance
            entries += result.entries
            seen.update({t.key: t.due for t in case.timers})
    assert all(t.due > END for t in case.timers)
    assert fold(entries) == case
    assert instance_of(json.loads(canonical(instance_json(case)))) == case
    assert [entry_of(json.loads(canonical(entry_json(e)))) for e in entries] == entries
    return case, entries


def _check_fired(entries: Sequence[Entry], seen: dict[str, int]) -> None:
    """Each timer that was seen before fires once, at its own due time."""
    fired = {e.cause: e.at for e in entries if "#" in e.cause}
    for key, when in fired.items():
        assert seen.get(key, when) == when, key
        assert seen.get(key) != -1, f"{key} fired twice"
        seen[key] = -1


def check_pollers(seed: int) -> int:
    """Compare a year without a poller with two that come at random; return the number of entries."""
    rng = random.Random(-seed - 1)
    arrivals = stream(seed)
    alone = play(arrivals, [])
    for often in (20, 400):
        assert play(arrivals, sorted(rng.randrange(BEGIN, END) for _ in range(often))) == alone, seed
    ats = [e.at for e in alone[1]]
    assert ats == sorted(ats), seed
    return len(ats)


# ---- an SLA counted hour by hour


def check_ledger(seed: int) -> list[str]:
    """Suspend and resume at random; compare what is told, and when, with a count of hours."""
    rng = random.Random(seed)
    budget, longest = rng.randint(5, 60), rng.choice([None, 7, 24])
    percents = (25, 50, 80)
    level = sla(
        "s", "enter:a", ["exit:a"], hours(budget), warn=percents,
        max_pause=None if longest is None else hours(longest),
    )  # fmt: skip
    made = make_ready(workflow(state("a"), mode=Mode.EVENT_DRIVEN, slas=(level,)), ALWAYS)
    toggles = sorted(rng.sample(range(1, 200), rng.randint(0, 8)))
    expected = _count_hours(budget, percents, longest, toggles)
    case, entries = None, []
    facts = FakeFacts()
    for n, (hour, name) in enumerate(
        [(0, START), *((h, ("suspend", "resume")[i % 2]) for i, h in enumerate(toggles)), (400, TIME)]
    ):
        result = advance(made, case, Arrived(str(n), name, hour * HOUR), facts, case="c")
        assert isinstance(result, Advanced)
        case = result.instance
        entries += result.entries
    told = [
        (f"{e.detail.get('percent', 'breach')}", e.at // HOUR)
        for e in entries
        if e.happened.value.startswith("sla_")
    ]
    assert told == expected, seed
    return [what for what, _ in told]


def _count_hours(
    budget: int, percents: Sequence[int], longest: int | None, toggles: Sequence[int]
) -> list[tuple[str, int]]:
    """Count hour by hour. Quarter hours, as 25 % of an hour may fall between."""
    goals = [(str(p), budget * p * 36) for p in percents] + [("breach", budget * 3600)]
    used, paused_since, told = 0, None, []
    for second in range(0, 400 * 3600, 36):
        while goals and used >= goals[0][1] and (used > 0 or second):
            told.append((goals.pop(0)[0], second // 3600))
        if second % 3600 == 0 and second // 3600 in toggles:
            turns = toggles.index(second // 3600)
            paused_since = second if turns % 2 == 0 else None
        counts = paused_since is None or (longest is not None and second - paused_since >= longest * 3600)
        used += 36 if counts else 0
    return told


__all__ = ["DAY", "check_ledger", "check_pollers"]
