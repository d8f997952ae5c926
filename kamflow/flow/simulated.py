"""What came of a simulation: occupancy by month, moves, stays, flapping, and whether decline was seen.

Assumes: trails of one plan. Leaves: ``Simulated``; shares and rates as ``Fraction``, lengths in days.
A *reversal* is a move back into a stage that the customer had left at most 180 days before. Kinds of moves
(`decline`, `winback`, `exit`) are those of the transitions.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from fractions import Fraction

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.frozen import frozen
from kamflow.flow.fact_model import LOSING, FactModel, Regime
from kamflow.flow.published import Published
from kamflow.flow.simulate import Answers, Plan, Trail, plan_of, simulate_trails
from kamflow.workflow.instance import Instant
from kamflow.workflow.model import Duration, Transition, Workflow
from kamflow.workflow.wall_time import DAY

REVERSAL_DAYS = 180
DECLINE, WINBACK, EXIT = "decline", "winback", "exit"
_SEEN_AFTER = 120  # days of real decline after which a review should have seen it


@frozen
class Month:
    """The last moment of a month. ``customers``: how many stand in each state, in the order of ``states``.
    ``losing``: how many really fade or are silent, of those in co-operation."""

    month: str
    customers: tuple[int, ...]
    losing: int


@frozen
class Step:
    source: str
    target: str
    transition: str
    kind: str
    count: int


@frozen
class Stay:
    """``ended``: stays that ended in the time that counts, with their mean length. ``share``: of all time."""

    state: str
    ended: int
    mean_days: Fraction | None
    share: Fraction


@frozen
class Seen:
    """Decline as the stages have it against decline as it really was, at ends of months.

    ``right``: of the customers in decline, those who really fade or are silent, or did until 90 days ago.
    ``found``: of those in co-operation who had been losing for 120 days, those in decline.
    """

    right: Fraction | None
    found: Fraction | None


@frozen
class Simulated:
    """``share_in_decline``: of customers in co-operation (past the first stage, not lost, not final), at ends
    of months. ``really_losing``: of the same, who really fade or are silent.

    ``counts``: what the entries were, by kind and name. ``digest``: over all trails.
    """

    workflow: str
    version: int
    seed: int
    customers: int
    first: str
    last: str
    every: str
    states: tuple[str, ...]
    months: tuple[Month, ...]
    steps: tuple[Step, ...]
    stays: tuple[Stay, ...]
    customer_years: Fraction
    reversals: int
    share_in_decline: Fraction
    really_losing: Fraction
    seen: Seen
    counts: tuple[tuple[str, int], ...]
    digest: str

    @property
    def reversals_a_year(self) -> Fraction:
        """Reversals for each customer and year."""
        return self.reversals / self.customer_years if self.customer_years else Fraction(0)

    def of_kind(self, kind: str) -> int:
        return sum(s.count for s in self.steps if s.kind == kind)

    def counted(self, prefix: str) -> dict[str, int]:
        """Return the counts whose name begins with ``prefix:``, without it."""
        head = f"{prefix}:"
        return {name.removeprefix(head): n for name, n in self.counts if name.startswith(head)}

    def count(self, name: str) -> int:
        return dict(self.counts).get(name, 0)


def summarise(published: Published, plan: Plan, trails: Sequence[Trail]) -> Simulated:
    """Count what happened."""
    workflow, time = published.workflow, published.ready.time
    states = tuple(s.id.text for s in workflow.states)
    start, end = time.at_midnight(plan.counted), time.at_midnight(plan.end + 1)
    paths = [_Path(t) for t in trails]
    ends = _month_ends(plan)
    roles = _Roles(workflow)
    occupied = [[p.at(time.at_midnight(d + 1) - 1) for p in paths] for d in ends]
    months = tuple(_month(day, now, states, roles, trails) for day, now in zip(ends, occupied, strict=True))
    active = sum(s in roles.active for now in occupied for s in now)
    declined = sum(s in roles.declined for now in occupied for s in now)
    counts: Counter[str] = Counter()
    for trail in trails:
        counts.update(dict(trail.counts))
    return Simulated(
        workflow.id.text,
        workflow.version,
        plan.seed,
        len(trails),
        date.fromordinal(plan.counted).isoformat(),
        date.fromordinal(plan.end).isoformat(),
        str(plan.every),
        states,
        months,
        _steps(workflow, trails, start),
        _stays(states, paths, start, end),
        Fraction(sum(p.lived(start, end, roles.final) for p in paths), 365 * DAY),
        sum(p.reversals(start, REVERSAL_DAYS * DAY) for p in paths),
        _share(declined, active) or Fraction(0),
        _share(sum(m.losing for m in months), active) or Fraction(0),
        _seen(roles, trails, ends, occupied),
        tuple(sorted(counts.items())),
        hashlib.sha256("\n".join(t.digest for t in trails).encode()).hexdigest(),
    )


def _month(
    day: int,
    now: Sequence[str | None],
    states: Sequence[str],
    roles: _Roles,
    trails: Sequence[Trail],
) -> Month:
    losing = (s in roles.active and _regime(t, day) in LOSING for t, s in zip(trails, now, strict=True))
    standing = Counter(now)
    return Month(date.fromordinal(day).isoformat()[:7], tuple(standing[s] for s in states), sum(losing))


class _Path:
    """The stages of one customer: since when it was in which."""

    def __init__(self, trail: Trail) -> None:
        self.begun = trail.started
        first = () if trail.started is None else ((trail.started, trail.first),)
        self.since = (*first, *((m.at, m.target) for m in trail.moves))
        self._times = [at for at, _ in self.since]

    def at(self, instant: Instant) -> str | None:
        place = bisect_right(self._times, instant)
        return self.since[place - 1][1] if place else None

    def stays(self, end: Instant) -> Iterator[tuple[str, Instant, Instant, bool]]:
        """Yield (state, from, to, ended)."""
        for i, (at, state) in enumerate(self.since):
            last = i + 1 == len(self.since)
            yield state, at, end if last else self.since[i + 1][0], not last

    def lived(self, start: Instant, end: Instant, final: frozenset[str]) -> int:
        """Return how long it was in states that are not final, within the time that counts."""
        return sum(
            max(0, min(until, end) - max(since, start))
            for state, since, until, _ in self.stays(end)
            if state not in final
        )

    def reversals(self, start: Instant, within: int) -> int:
        left: dict[str, Instant] = {}
        found = 0
        for i, (at, state) in enumerate(self.since):
            if i:
                left[self.since[i - 1][1]] = at
            if state in left and left[state] < at and at - left[state] <= within and at >= start:
                found += 1
        return found


class _Roles:
    """Which states are what, by the kinds of the moves that lead there."""

    def __init__(self, workflow: Workflow) -> None:
        moves = [t for s in workflow.states for t in s.transitions]
        self.declined = _targets(moves, DECLINE)
        self.final = frozenset(s.id.text for s in workflow.states if s.final)
        outside = self.final | _targets(moves, EXIT) | {workflow.initial.text}
        self.active = frozenset(s.id.text for s in workflow.states) - outside


def _targets(moves: Sequence[Transition], kind: str) -> frozenset[str]:
    return frozenset(t.to.text for t in moves if t.kind == kind and t.to is not None)


def _month_ends(plan: Plan) -> list[int]:
    """Return the last days of the months that lie in the time that counts."""
    ends = (date.fromordinal(d) for d in range(plan.counted, plan.end + 1))
    return [d.toordinal() for d in ends if date.fromordinal(d.toordinal() + 1).day == 1]


def _regime(trail: Trail, day: int) -> Regime | None:
    place = bisect_right(trail.truth, day, key=lambda pair: pair[0])
    return trail.truth[place - 1][1] if place else None


def _losing_since(trail: Trail, day: int) -> int | None:
    """Return since when a customer has been losing without a break; None: it is not."""
    place = bisect_right(trail.truth, day, key=lambda pair: pair[0]) - 1
    since = None
    while place >= 0 and trail.truth[place][1] in LOSING:
        since = trail.truth[place][0]
        place -= 1
    return since


def _seen(
    roles: _Roles, trails: Sequence[Trail], months: Sequence[int], occupied: Sequence[Sequence[str | None]]
) -> Seen:
    told = right = known = found = 0
    for day, now in zip(months, occupied, strict=True):
        for trail, state in zip(trails, now, strict=True):
            if state not in roles.active:
                continue
            declined = state in roles.declined
            if declined:
                told += 1
                right += any(_regime(trail, d) in LOSING for d in (day, day - 45, day - 90))
            since = _losing_since(trail, day)
            if since is not None and day - since >= _SEEN_AFTER:
                known += 1
                found += declined
    return Seen(_share(right, told), _share(found, known))


def _steps(workflow: Workflow, trails: Sequence[Trail], start: Instant) -> tuple[Step, ...]:
    kinds = {t.id.text: t.kind for s in workflow.states for t in s.transitions}
    kinds |= {t.id.text: t.kind for t in workflow.global_transitions}
    order = {s.id.text: i for i, s in enumerate(workflow.states)}
    moved = Counter((m.source, m.target, m.transition) for t in trails for m in t.moves if m.at >= start)
    return tuple(
        Step(*key, kinds.get(key[2], ""), moved[key])
        for key in sorted(moved, key=lambda k: (order[k[0]], order[k[1]], k[2]))
    )


def _stays(states: Sequence[str], paths: Sequence[_Path], start: Instant, end: Instant) -> tuple[Stay, ...]:
    spent: Counter[str] = Counter()
    ended: Counter[str] = Counter()
    lengths: Counter[str] = Counter()
    for path in paths:
        for state, since, until, is_over in path.stays(end):
            spent[state] += max(0, min(until, end) - max(since, start))
            if is_over and until >= start:
                ended[state] += 1
                lengths[state] += until - since
    whole = sum(spent.values()) or 1
    return tuple(
        Stay(
            s, ended[s], Fraction(lengths[s], ended[s] * DAY) if ended[s] else None, Fraction(spent[s], whole)
        )
        for s in states
    )


def _share(part: int, whole: int) -> Fraction | None:
    return Fraction(part, whole) if whole else None


def simulate(
    published: Published, model: FactModel, *, customers: int, years: int, seed: int, start: int,
    review_every: Duration | None = None, answers: Answers | None = None,
) -> Simulated | tuple[Diagnostic, ...]:  # fmt: skip
    """Run customers over years on a lifecycle, in memory.

    ``start``: the first day that counts (a day number); a year before it is simulated too, in which everybody
    finds its stage. ``review_every``: 30 days where nothing is said. Findings: this workflow can't be
    simulated, or its policies refuse the records.
    """
    plan = plan_of(seed=seed, start=start, years=years, every=review_every, answers=answers)
    trails = simulate_trails(published, model, plan, range(customers))
    found = [t for t in trails if isinstance(t, Diagnostic)]
    if found:
        return tuple(found)
    return summarise(published, plan, [t for t in trails if isinstance(t, Trail)])
