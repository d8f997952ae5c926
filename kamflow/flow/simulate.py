"""Time simulated: many customers over years on a lifecycle, in memory, by ``advance`` on a virtual clock.

Reviews come at their cadence, timers fire at their own due times, approvals are answered as ``Answers`` says.
Facts are raw records and take the way of every record, through the policies. Nothing is stored.

Assumes: a state-driven workflow whose subject is the `customer` of `rules/customer.kam`, linked without
errors. Leaves: a ``Trail`` for each customer, the same for the same seed, number and days, whatever other
customers run beside it or in which process.
"""

from __future__ import annotations

import hashlib
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from datetime import date
from random import Random

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.frozen import frozen
from kamflow.flow import simulate_errors as errors
from kamflow.flow.fact_model import MONTH, FactModel, Life, Regime, make_life
from kamflow.flow.fact_record import iso, record_on
from kamflow.flow.published import Published
from kamflow.workflow.instance import (
    APPROVE,
    REJECT,
    START,
    TIME,
    Advanced,
    Arrived,
    Entry,
    Happened,
    Instance,
    Instant,
    JsonMap,
    Refused,
)
from kamflow.workflow.instance_json import canonical, entry_json
from kamflow.workflow.model import REVIEW, Duration, Mode, Unit
from kamflow.workflow.steps import advance
from kamflow.workflow.wall_time import HOUR
from kamflow.workflow.working_time import WorkingTime

SUBJECT = "customer"
TERMINATED, KEY_PERSON = "contract_terminated", "key_person_changed"
_AT = 6 * HOUR  # reviews run in the morning, on the facts of the day before
_AT_ONCE = 1000  # customers that are alive in memory at a time
_ASKED = (Happened.PARKED, Happened.APPROVED, Happened.REJECTED, Happened.TIMED_OUT, Happened.LAPSED)


@frozen
class Answers:
    """How people answer requests for approval: granted or rejected after some business days (median, sigma of
    the logarithm); the rest is never answered and times out."""

    granted: float = 0.8
    rejected: float = 0.1
    days: tuple[float, float] = (3.0, 0.6)


@frozen
class Plan:
    """Days are day numbers. Facts and reviews begin on ``begin``; what happens before ``counted`` is the way
    into the first stages and counts for nothing. ``end``: the last day."""

    seed: int
    begin: int
    counted: int
    end: int
    every: Duration
    answers: Answers = Answers()


@frozen
class Move:
    at: Instant
    source: str
    target: str
    transition: str


@frozen
class Trail:
    """What happened to one customer. ``truth``: (day from which, its true regime), in order.

    ``counts``: what was counted from ``Plan.counted`` on, by kind and name. ``digest``: over all entries.
    """

    id: str
    started: Instant | None
    first: str
    moves: tuple[Move, ...]
    truth: tuple[tuple[int, Regime], ...]
    counts: tuple[tuple[str, int], ...]
    digest: str


def simulate_trails(
    published: Published, model: FactModel, plan: Plan, numbers: Sequence[int]
) -> tuple[Trail, ...] | tuple[Diagnostic, ...]:
    """Run the customers with these numbers. Findings: the workflow or the policies are not made for them."""
    found = refused(published)
    if found:
        return found
    trails: list[Trail] = []
    instants = tuple(reviews(published.ready.time, plan))
    for start in range(0, len(numbers), _AT_ONCE):
        runs = [_Run(published, model, plan, n) for n in numbers[start : start + _AT_ONCE]]
        for day, at in instants:  # all customers day by day: what is compiled for a day is used for all
            for run in runs:
                run.review(day, at)
                if run.wrong:
                    return (errors.record_refused(published.ready.id, run.wrong[0]),)
        trails += [run.trail() for run in runs]
    return tuple(trails)


def refused(published: Published) -> tuple[Diagnostic, ...]:
    """Say why a workflow can't be simulated; () where it can."""
    workflow = published.workflow
    if workflow.mode is not Mode.STATE_DRIVEN or workflow.subject.text != SUBJECT:
        return (errors.not_simulated(workflow.id.text, workflow.mode.value, workflow.subject.text),)
    return ()


def reviews(time: WorkingTime, plan: Plan) -> Iterator[tuple[int, Instant]]:
    """Yield the reviews: the day whose facts count, and the instant, on the morning after."""
    at, end = time.at(plan.begin + 1, _AT), time.at(plan.end + 1, _AT)
    while at <= end:
        yield time.day_of(at) - 1, at
        at = time.add(at, plan.every)[0]


class _Run:
    """One customer on its way. ``wrong``: findings that stop the simulation."""

    def __init__(self, published: Published, model: FactModel, plan: Plan, number: int) -> None:
        self.life: Life = make_life(model, plan.seed, number, plan.begin, plan.end)
        self.wrong: tuple[Diagnostic, ...] = ()
        self._published, self._plan = published, plan
        self._time = published.ready.time
        self._people = Random(f"{plan.seed}:{self.life.id}:approvals")
        self._case: Instance | None = None
        self._counted = self._time.at_midnight(plan.counted)
        self._moves: list[Move] = []
        self._counts: Counter[str] = Counter()
        self._hash = hashlib.sha256()
        self._answer: tuple[Instant, Arrived] | None = None
        told: list[tuple[int, str, JsonMap]] = [(day, TERMINATED, {}) for day in self.life.ended]
        told += [(day, KEY_PERSON, {"left_on": iso(day)}) for day in self.life.left]
        self._told = deque(sorted(told, key=lambda t: t[:2]))

    def review(self, day: int, at: Instant) -> None:
        """Let happen what comes before a review, then the review."""
        if self.life.known > day:
            return
        record = record_on(self.life, day)
        if self._case is None:
            self._let(Arrived("start", START, at, {}, record))
            return
        if self._case.final:
            return
        self._answer_until(at)
        self._tell(day, at)
        self._let(Arrived(f"review:{day}", REVIEW, at, {}, record))
        self._counts["reviews"] += at >= self._counted

    def trail(self) -> Trail:
        """Let time run out and return what happened."""
        end = self._time.at_midnight(self._plan.end + 2)
        if self._case is not None and not self._case.final:
            self._answer_until(end)
            self._let(Arrived("end", TIME, end))
        counts = tuple(sorted(self._counts.items()))
        return Trail(
            self.life.id, self._case.started_at if self._case else None,
            self._published.workflow.initial.text, tuple(self._moves), _truth(self.life), counts,
            self._hash.hexdigest(),
        )  # fmt: skip

    def _let(self, arrived: Arrived) -> bool:
        """Advance the case. Return False where that was refused."""
        step = advance(self._published.ready, self._case, arrived, self._published.facts, case=self.life.id)
        if isinstance(step, Refused):
            if arrived.name in {START, REVIEW, TIME}:
                self.wrong = step.findings
            return False
        self._take(step)
        return True

    def _take(self, step: Advanced) -> None:
        self._case = step.instance
        for entry in step.entries:
            self._hash.update(canonical(entry_json(entry)).encode())
            if entry.happened is Happened.MOVED:
                self._moves.append(Move(entry.at, entry.source, entry.target, entry.transition))
            if entry.happened is Happened.PARKED:
                self._ask(entry)
            if entry.at >= self._counted:
                self._counts.update(counted(entry))

    def _ask(self, entry: Entry) -> None:
        """Decide now when somebody will answer, and how."""
        people, answers = self._people, self._plan.answers
        drawn, days = people.random(), answers.days[0] * people.lognormvariate(0, answers.days[1])
        if drawn >= answers.granted + answers.rejected:
            self._answer = None
            return
        used = int(days * self._time.business_day)
        at = self._time.add_used(entry.at, used, business=True)[0]
        name = APPROVE if drawn < answers.granted else REJECT
        said: JsonMap = {"approval": entry.detail["approval"], "why": "simulated"}
        self._answer = (at, Arrived(f"answer:{entry.seq}", name, at, said, None, "simulated"))

    def _answer_until(self, at: Instant) -> None:
        case, answer = self._case, self._answer
        if answer is None or answer[0] > at or case is None or case.pending is None:
            return
        self._answer = None
        if case.pending.id == answer[1].payload["approval"] and not self._let(answer[1]):
            self._counts["answers:too_late"] += answer[0] >= self._counted

    def _tell(self, day: int, at: Instant) -> None:
        """Send ends of contracts and changes of key persons where the workflow takes them; elsewhere nobody
        would tell."""
        while self._told and self._told[0][0] <= day:
            known, event, payload = self._told.popleft()
            case = self._case
            if case is not None and self._published.ready.judged_for(case.state, event).all:
                when = max(case.last_at, self._time.at(known, 12 * HOUR))
                if when < at:
                    self._let(Arrived(f"{event}:{known}", event, when, payload))


def counted(entry: Entry) -> Iterator[str]:
    """Yield under which names an entry counts."""
    what = entry.happened
    if what in _ASKED:
        yield f"approvals:{what.value}"
    elif what is Happened.INCIDENT:
        yield f"incidents:{entry.code}"
        yield f"unclear:{entry.code}:{entry.transition or entry.source}"
    elif what is Happened.TIMER:
        yield f"timers:{entry.detail.get('timer') or entry.detail.get('sla')}"
    elif what is Happened.SLA_STOPPED:
        yield f"slas:{entry.detail['sla']}:{entry.detail['verdict']}"
    elif what is Happened.ESCALATED:
        yield f"levels:{entry.detail['level']}"
    elif what is Happened.REOPENED:
        yield "reopened"
    yield "entries"
    for effect in entry.effects:
        payload = effect.payload
        name = payload.get("id") or payload.get("template") or payload.get("event") or payload.get("ruleset")
        yield f"effects:{effect.kind}:{name}" if name else f"effects:{effect.kind}"


def _truth(life: Life) -> tuple[tuple[int, Regime], ...]:
    out: list[tuple[int, Regime]] = []
    for month, regime in enumerate(life.regimes):
        if not out or out[-1][1] is not regime:
            out.append((life.first + month * MONTH, regime))
    return tuple(out)


def plan_of(
    *, seed: int, start: int, years: int, every: Duration | None, warm_up: int = 365,
    answers: Answers | None = None,
) -> Plan:  # fmt: skip
    """Return the plan of a run: so many years are counted from ``start``, after ``warm_up`` days."""
    first = date.fromordinal(start)
    leap = (first.month, first.day) == (2, 29)
    after = first.replace(year=first.year + years, day=28 if leap else first.day)
    return Plan(
        seed,
        start - warm_up,
        start,
        after.toordinal() - 1,
        every or Duration(30, Unit.DAYS),
        answers or Answers(),
    )
