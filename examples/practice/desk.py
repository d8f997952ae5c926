"""Complaints, and what people did about them: each step at its hour, some too late.

The service desk works by the clock of `workflows/calendars.yaml` (without make-up days). Steps take longer
where we serve a customer badly, and in the south in June 2026, when the desk was short of people. Assumes: an
``Account`` and its orders. Leaves: complaints, and events in the notation of ``kamflow flow send``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random

from examples.practice.cast import AREA_MANAGERS, END, GENERAL_MANAGER, SALES_DIRECTOR, Account, person
from examples.practice.trade import Order, cents, working_day

_SHIFTS = ((time(9), 180), (time(13, 30), 270))  # begin, minutes
_CLOSED = (
    (date(2024, 9, 15), date(2024, 9, 17)), (date(2024, 10, 1), date(2024, 10, 7)),
    (date(2025, 1, 1), date(2025, 1, 1)), (date(2025, 4, 4), date(2025, 4, 6)),
    (date(2025, 5, 1), date(2025, 5, 5)), (date(2025, 5, 31), date(2025, 6, 2)),
    (date(2025, 10, 1), date(2025, 10, 8)), (date(2026, 1, 1), date(2026, 1, 3)),
    (date(2026, 4, 4), date(2026, 4, 6)), (date(2026, 5, 1), date(2026, 5, 5)),
    (date(2026, 6, 19), date(2026, 6, 21)),
)  # fmt: skip
_NOW = datetime.combine(END, time(18))
_ABOUT = {
    "quality_defect": ("surface defect", "批次不良", "dimension out of tolerance", "包装破损"),
    "late_delivery": ("late delivery", "delivery incomplete", "交货延误"),
    "misuse": ("wear after wrong use", "使用不当导致损坏"),
}
_HOURS = {  # usual working minutes of each step, minor complaints
    "acknowledged": 70, "listened": 90, "evidence_added": 150, "verified": 240, "expectation_aligned": 150,
    "offer_made": 210, "answer": 260, "compensated": 420, "survey": 1_600, "approval": 200, "reply": 700,
}  # fmt: skip
_LARGE = 10_000_000  # cents: from here on the general manager is asked
_HASTE = {"minor": 100, "major": 70, "critical": 45}  # percent


@dataclass(frozen=True, slots=True)
class Complaint:
    """Money in cents."""

    id: str
    customer: str
    received_at: datetime
    severity: str
    about: str
    objection: str
    liability: str
    goods: int
    claimed: int | None


@dataclass(frozen=True, slots=True)
class Event:
    """``values``: NAME=VALUE pairs, parted by blanks."""

    case: str
    at: datetime
    event: str
    actor: str
    values: str = ""


def add_minutes(at: datetime, minutes: int) -> datetime:
    """Return the time that many working minutes later."""
    day = at.date()
    while True:
        if day.weekday() < 5 and working_day(day) == day and not any(a <= day <= b for a, b in _CLOSED):
            for begin, length in _SHIFTS:
                start = datetime.combine(day, begin)
                end = start + timedelta(minutes=length)
                if at < end:
                    left = int((end - max(at, start)).total_seconds()) // 60
                    if minutes <= left:
                        return max(at, start) + timedelta(minutes=minutes)
                    minutes -= left
        day += timedelta(days=1)


def make_complaints(account: Account, orders: list[Order]) -> tuple[list[Complaint], list[Event]]:
    """Return the complaints of two years with what was done about them."""
    complaints = list(_complaints(account, orders))
    events: list[Event] = []
    for one in complaints:
        events += _handle(account, one)
    return complaints, events


def _complaints(account: Account, orders: list[Order]) -> Iterator[Complaint]:
    rng = account.rng("complaints")
    start = account.falls_on
    times: list[tuple[date, str, str]] = []  # day, severity, liability
    for order in orders:
        if order.placed_on < date(2024, 7, 1):
            continue
        chance = 0.018 if account.revenue > 2_500_000 else 0.028
        if order.late and rng.random() < 0.4:
            times.append(
                (order.placed_on + timedelta(days=9), rng.choice(("minor", "major")), "late_delivery")
            )
        elif rng.random() < chance:
            liability = rng.choice(("quality_defect", "quality_defect", "misuse", "late_delivery"))
            severity = rng.choices(("minor", "major", "critical"), (60, 34, 6))[0]
            times.append((order.placed_on + timedelta(days=rng.randint(8, 40)), severity, liability))
    if start is not None and account.kind.reason == "quality" and start >= date(2024, 7, 1):
        for ago, severity in ((24, "major"), (5, "critical")):
            times.append((start - timedelta(days=ago), severity, "quality_defect"))
    batch = account.rng("faulty batch")
    if account.region == "华南":  # one faulty batch of May 2026 went to the south
        times += [
            (order.placed_on + timedelta(days=batch.randint(8, 20)), batch.choice(("major", "critical")),
             "quality_defect")
            for order in orders
            if date(2026, 5, 18) <= order.placed_on and batch.random() < 0.3
        ]  # fmt: skip
    usual = account.revenue * 100 // account.orders
    for i, (day, severity, liability) in enumerate(sorted(times)):
        morning = datetime.combine(working_day(day), time(9))
        at = add_minutes(morning, rng.randint(1, 400))
        if at > _NOW:
            continue
        goods = usual * rng.randint(20, 90) // 100 // 1_000 * 1_000
        claimed = goods * rng.randint(10, 100) // 100 // 1_000 * 1_000 if rng.random() < 0.75 else None
        about = rng.choice(_ABOUT[liability])
        objection = rng.choice(("real_defect", "real_defect", "doubt", "misunderstanding"))
        number = f"K{at:%y%m}-{account.id[1:]}-{i + 1}"
        yield Complaint(number, account.id, at, severity, about, objection, liability, goods, claimed)


class _Desk:
    """One complaint walks through its steps; what lies after the last day is not known yet."""

    def __init__(self, account: Account, one: Complaint) -> None:
        self.rng = Random(f"desk:{one.id}")
        self.one, self.account = one, account
        self.at = one.received_at
        self.events: list[Event] = []
        start = account.falls_on
        self.slow = 100
        if account.kind.reason == "service" and start and abs((one.received_at.date() - start).days) < 120:
            self.slow = 320
        if account.region == "华南" and one.received_at.date() >= date(2026, 5, 25):
            self.slow = 450

    def after(self, step: str, event: str, values: str = "", *, actor: str = "") -> bool:
        """Let an event come after the time of a step; False: that is not yet."""
        usual = _HOURS[step] * _HASTE[self.one.severity] // 100
        if step not in {"answer", "survey", "reply"}:
            usual = usual * self.slow // 100
        self.at = add_minutes(self.at, max(3, usual * self.rng.randint(25, 165) // 100))
        if self.at > _NOW:
            return False
        self.events.append(Event(self.one.id, self.at, event, actor or self.account.manager, values))
        return True


def _handle(account: Account, one: Complaint) -> list[Event]:
    desk = _Desk(account, one)
    _ = _listen(desk) and _verify(desk)
    return desk.events


def _listen(desk: _Desk) -> bool:
    return desk.after("acknowledged", "acknowledged") and desk.after(
        "listened", "listened", "apology_given=yes summary=已致歉"
    )


def _verify(desk: _Desk, again: int = 0) -> bool:
    """Verify, propose, compensate, ask; once more where the customer is not content."""
    rng, one = desk.rng, desk.one
    if rng.random() < 0.12 and not (
        desk.after("evidence_added", "suspend", "why=等待客户寄回样品")
        and desk.after("reply", "customer_replied")
    ):
        return False
    if not desk.after("evidence_added", "evidence_added", "count=1 uri=照片"):
        return False
    found = f"liability={one.liability} objection={one.objection} expectation=赔偿"
    found += f" expected_amount={cents(one.claimed or 0)}"
    if one.liability == "misuse" and not again and rng.random() < 0.6:
        return desk.after("verified", "verified", f"founded=no {found}") and desk.after(
            "approval", "approve", actor=AREA_MANAGERS[desk.account.region]
        )
    if not desk.after("verified", "verified", f"founded=yes {found}"):
        return False
    return _propose(desk) and _compensate(desk) and _ask(desk, again)


def _propose(desk: _Desk) -> bool:
    for turn in range(3):
        amount = cents((desk.one.claimed or 0) * (60 + 15 * turn) // 100)
        if not desk.after("expectation_aligned", "expectation_aligned"):
            return False
        if not desk.after("offer_made", "offer_made", f"kind=冲抵货款 amount={amount}"):
            return False
        if turn == 2 or desk.rng.random() < 0.72:
            return desk.after("answer", "offer_accepted")
        if not desk.after("answer", "offer_rejected"):
            return False
    return False


def _compensate(desk: _Desk) -> bool:
    amount = (desk.one.claimed or 0) * desk.rng.choice((50, 60, 80)) // 100
    who = GENERAL_MANAGER if amount >= _LARGE else SALES_DIRECTOR
    return desk.after("compensated", "compensated", f"amount={cents(amount)}") and desk.after(
        "approval", "approve", actor=who
    )


def _ask(desk: _Desk, again: int) -> bool:
    if desk.rng.random() < 0.35:
        return False  # no answer to the survey
    content = desk.rng.random() < (0.9 if desk.slow == 100 else 0.45) or again > 0
    level = desk.rng.choice((4, 4, 5)) if content else desk.rng.choice((2, 3))
    done = desk.after("survey", "survey_returned", f"satisfaction={level}", actor=person(desk.rng))
    return done and (content or _verify(desk, again + 1))
