"""Complaints simulated: each case walks the six steps with people who take their time.

People act in working time, after delays that are log-normal around a median for each step, shorter for
what is due sooner. They forget to apologise, wait for the customer, make offers that are refused, pay above
the limit; the customer answers the survey or does not, and may come back.

Randomness: ``Random(f"{seed}:{case id}")``.

Assumes: the complaint workflow as shipped (its events; ``refused`` says what is missing). Leaves: a
``CaseTrail`` for each complaint. What becomes of a case does not flow back into the customer's record.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from random import Random

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.frozen import frozen
from kamflow.flow import simulate_errors as errors
from kamflow.flow.fact_model import FactModel, make_life
from kamflow.flow.fact_record import case_record
from kamflow.flow.published import Published
from kamflow.flow.simulate import Plan, counted
from kamflow.values.codec import Json
from kamflow.workflow.instance import (
    APPROVE,
    REJECT,
    START,
    TIME,
    Arrived,
    Happened,
    Instance,
    Instant,
    JsonMap,
    Refused,
    Verdict,
)
from kamflow.workflow.instance_json import canonical, entry_json
from kamflow.workflow.model import REPLIED, SUSPEND
from kamflow.workflow.steps import advance
from kamflow.workflow.wall_time import HOUR

NEEDED = (
    "acknowledged", "listened", "evidence_added", "verified", "expectation_aligned", "offer_made",
    "offer_accepted", "offer_rejected", "compensated", "survey_returned", "reopen", "withdraw",
)  # fmt: skip
_MOST_EVENTS = 200  # of one case; a workflow on which people turn in circles ends there


def _hours() -> Mapping[str, float]:
    return {
        "acknowledged": 1.0, "listened": 2.5, "evidence_added": 3.0, "verified": 4.0,
        "expectation_aligned": 3.0, "offer_made": 3.0, "answer": 5.0, "compensated": 9.0, "survey": 30.0,
        "replied": 18.0, "approval": 4.0, "reopen": 60.0,
    }  # fmt: skip


@frozen
class People:
    """Medians in working hours for a complaint that has ``calm_days`` working days until it must be resolved,
    and the sigma of their logarithm; then chances. What is due sooner is done as much sooner: people know the
    deadline and put first what is urgent."""

    hours: Mapping[str, float] = field(default_factory=_hours)
    sigma: float = 0.8
    calm_days: float = 12.0
    apologises: float = 0.95
    founded: float = 0.8
    waits: float = 0.15
    accepts: float = 0.7
    approves: float = 0.9
    answers_survey: float = 0.6
    satisfied: float = 0.85
    satisfied_when_late: float = 0.6
    reopens: float = 0.05
    appeals: float = 0.12
    withdraws: float = 0.01


@frozen
class CaseTrail:
    """What became of one complaint. ``closed_after``: working time to its first closing, microseconds."""

    id: str
    severity: str
    state: str
    epoch: int
    closed_after: int | None
    slas: tuple[tuple[str, Verdict], ...]
    counts: tuple[tuple[str, int], ...]
    digest: str


def refused(published: Published) -> tuple[Diagnostic, ...]:
    """Say why complaints can't be simulated on a workflow; () where they can."""
    missing = [e for e in NEEDED if e not in published.ready.declared]
    return (errors.complaints_not_simulated(published.workflow.id.text, missing),) if missing else ()


def complaint_trails(
    published: Published, model: FactModel, plan: Plan, numbers: Sequence[int], people: People
) -> tuple[CaseTrail, ...] | tuple[Diagnostic, ...]:
    """Run the complaints of customers with these numbers that come in on the days that count."""
    found = refused(published)
    if found:
        return found
    due: list[tuple[int, str, dict[str, Json]]] = []
    for number in numbers:
        life = make_life(model, plan.seed, number, plan.begin, plan.end)
        for i, drawn in enumerate(life.complaints):
            if plan.counted <= drawn.received <= plan.end:
                record = case_record(life, i)
                due.append((drawn.received, str(record["id"]), record))
    trails: dict[str, CaseTrail] = {}
    for day, name, record in sorted(due, key=lambda d: d[:2]):  # what is compiled for a day is used for all
        case = _Case(published, people, plan, name, record)
        case.run(day)
        if case.wrong:
            return (errors.record_refused(published.ready.id, case.wrong[0]),)
        trails[name] = case.trail()
    return tuple(trails[name] for _, name, _ in due)


class _Case:
    """One complaint and the people around it. ``wrong``: findings that stop the simulation."""

    def __init__(self, published: Published, people: People, plan: Plan, name: str, record: JsonMap) -> None:
        self.wrong: tuple[Diagnostic, ...] = ()
        self.name, self._record, self._people = name, record, people
        self._ready, self._facts = published.ready, published.facts
        self._time = published.ready.time
        self._rng = Random(f"{plan.seed}:{name}")
        self._end = self._time.at_midnight(plan.end + 1)
        self._haste = 1.0
        self._case: Instance | None = None
        self._opened = self._at = 0
        self._sent = 0
        self._closed_after: int | None = None
        self._counts: Counter[str] = Counter()
        self._hash = hashlib.sha256()

    def run(self, day: int) -> None:
        """Let the case live from the day it came in, to its end or that of the simulation."""
        morning = self._time.at_midnight(day)
        used = int(self._rng.random() * 7 * HOUR)
        self._opened = self._at = self._time.add_used(morning, used, business=True)[0]
        if not self._let(START, {}, self._record):
            return
        self._haste = self._urgency()
        while self._case is not None and not self._case.final and self._sent < _MOST_EVENTS:
            act = self._next(self._case)
            if act is None or not act():
                break
        if self._case is not None and not self._case.final:
            self._at = max(self._at, self._end)
            self._let(TIME)

    def _urgency(self) -> float:
        """Return the part of a calm complaint's time that this one's longest deadline leaves."""
        case = self._case
        longest = max((x.budget for x in case.ledgers if x.business), default=0) if case is not None else 0
        calm = self._people.calm_days * self._time.business_day
        return min(1.0, longest / calm) if longest else 1.0

    def trail(self) -> CaseTrail:
        case = self._case
        assert case is not None, "a case that was started"
        return CaseTrail(
            self.name, str(self._record["severity"]), case.state, case.epoch, self._closed_after,
            tuple((x.sla, x.verdict) for x in case.ledgers), tuple(sorted(self._counts.items())),
            self._hash.hexdigest(),
        )  # fmt: skip

    # ---- what people do next, by the state that the case is in

    def _next(self, case: Instance) -> Callable[[], bool] | None:
        if case.pending is not None:
            return self._answer_request
        if case.suspended_at is not None:
            return lambda: self._after("replied", REPLIED)
        if not case.closed and self._chance(self._people.withdraws):
            return lambda: self._after("replied", "withdraw", why="withdrawn")
        return {
            "received": lambda: self._after("acknowledged", "acknowledged"),
            "listen": self._listen,
            "verify": self._verify,
            "lower_expectation": lambda: self._after("expectation_aligned", "expectation_aligned"),
            "propose": lambda: self._after("offer_made", "offer_made", kind="simulated", amount="0.00"),
            "offered": self._answer_offer,
            "exceed": self._compensate,
            "follow_up": self._survey,
            "closed_resolved": lambda: self._come_back(self._people.reopens),
            "closed_unfounded": lambda: self._come_back(self._people.appeals),
        }.get(case.state)

    def _listen(self) -> bool:
        given = self._chance(self._people.apologises)
        return self._after("listened", "listened", apology_given=given, summary="simulated")

    def _verify(self) -> bool:
        if self._chance(self._people.waits) and not (
            self._after("evidence_added", SUSPEND, why="asked the customer")
            and self._after("replied", REPLIED)
        ):
            return False
        if not self._after("evidence_added", "evidence_added", count=1, uri="simulated"):
            return False
        founded = self._chance(self._people.founded)
        claimed = self._record.get("claimed_amount", "0.00")
        about = {name: self._record.get(name) for name in ("liability", "objection")}
        return self._after(
            "verified", "verified", founded=founded, expectation="simulated", expected_amount=claimed, **about
        )

    def _answer_offer(self) -> bool:
        return self._after(
            "answer", "offer_accepted" if self._chance(self._people.accepts) else "offer_rejected"
        )

    def _compensate(self) -> bool:
        """Pay a part of what was claimed; less each time that it was not approved."""
        claimed = int(str(self._record.get("claimed_amount", "0.00")).replace(".", ""))
        refused_so_far = self._counts["approvals:rejected"]
        cents = (
            claimed * self._rng.randint(20, 90) // 100 // (1 + refused_so_far) if refused_so_far < 3 else 0
        )
        return self._after("compensated", "compensated", amount=f"{cents // 100}.{cents % 100:02d}")

    def _survey(self) -> bool:
        if not self._chance(self._people.answers_survey):
            return self._wait()
        case = self._case
        late = case is not None and any(x.breached_at is not None for x in case.ledgers)
        people = self._people
        pleased = self._chance(people.satisfied_when_late if late else people.satisfied)
        level = self._rng.randint(4, 5) if pleased else self._rng.randint(1, 3)
        return self._after("survey", "survey_returned", satisfaction=level)

    def _come_back(self, chance: float) -> bool:
        if self._chance(chance):
            return self._after("reopen", "reopen", why="not content")
        return self._wait()

    def _answer_request(self) -> bool:
        case = self._case
        assert case is not None, "a case whose request waits"
        assert case.pending is not None, "a request that waits"
        name = APPROVE if self._chance(self._people.approves) else REJECT
        return self._after("approval", name, approval=case.pending.id, why="simulated")

    # ---- time and events

    def _chance(self, chance: float) -> bool:
        return self._rng.random() < chance

    def _wait(self) -> bool:
        """Let the timers of the state move the case: nobody does anything."""
        case = self._case
        if case is None or case.next_due is None or case.next_due > self._end:
            return False
        self._at = max(self._at, case.next_due)
        return self._let(TIME)

    def _after(self, step: str, event: str, /, **payload: Json) -> bool:
        """Let an event come after the delay of a step. Return False where the simulation ends before."""
        hours = self._people.hours[step] * self._haste * self._rng.lognormvariate(0, self._people.sigma)
        at = self._time.add_used(self._at, int(hours * HOUR), business=True)[0]
        if at > self._end:
            return False
        self._at = at
        return self._let(event, payload)

    def _let(self, name: str, payload: JsonMap | None = None, subject: JsonMap | None = None) -> bool:
        self._sent += 1
        arrived = Arrived(f"{self._sent}", name, self._at, payload or {}, subject, "simulated")
        step = advance(self._ready, self._case, arrived, self._facts, case=self.name)
        if isinstance(step, Refused):
            if self._moved_on(name):
                return True  # a timer was faster than the people
            self.wrong = step.findings
            return False
        self._case = step.instance
        for entry in step.entries:
            self._hash.update(canonical(entry_json(entry)).encode())
            self._counts.update(counted(entry))
            if entry.happened is Happened.MOVED:
                self._see_closing(entry.target, entry.at)
        return True

    def _moved_on(self, name: str) -> bool:
        """Let the timers fire that were due before an event that came too late. Return whether some were."""
        case = self._case
        if case is None or name == TIME or case.next_due is None or case.next_due > self._at:
            return False
        self._counts["too_late"] += 1
        return self._let(TIME)

    def _see_closing(self, state: str, at: Instant) -> None:
        found = self._ready.states[state]
        if self._closed_after is None and (found.closed or found.final):
            self._closed_after = self._time.between(self._opened, at)
