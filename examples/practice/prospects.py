"""How prospects were developed: the ten steps of `workflows/development.yaml`, as far as each has come.

Assumes: an ``Account`` that was no customer when the story began. Leaves: events for its case, dated within
working hours.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random

from examples.practice.cast import END, Account
from examples.practice.desk import Event
from examples.practice.trade import Order, cents, working_day

NEW = frozenset({"new", "prospect", "one order"})
_STORY = date(2025, 7, 1)  # cases are kept from then on


@dataclass(slots=True)
class _Path:
    """The steps of one case so far. ``day``: that of the last one; ``over``: it has come to the last day."""

    account: Account
    rng: Random
    day: date
    events: list[Event]
    over: bool = False

    def step(self, days: int, event: str, values: str = "", *, on: date | None = None) -> None:
        """Let an event come so many days later, more or less; or on a day."""
        if self.over:
            return
        later = self.day + timedelta(days=max(1, days * self.rng.randint(60, 140) // 100))
        day = working_day(on if on is not None and on > self.day else later)
        at = datetime.combine(day, time(9)) + timedelta(minutes=self.rng.randint(0, 170))
        if day > END:
            self.over = True
            return
        self.day = day
        actor = self.account.manager
        self.events.append(Event(self.account.id, at, event, actor, values))


def make_development(account: Account, orders: list[Order]) -> list[Event]:
    """Return the events of one case, the oldest first; none where the customer was one before the story."""
    if account.kind.name not in NEW or account.known_since < _STORY:
        return []
    rng = account.rng("development")
    path = _Path(account, rng, account.known_since, [])
    _find(path)
    if account.kind.name == "prospect":
        _stay_a_prospect(path)
    elif orders:
        _win(path, orders[0])
    return path.events


def _find(path: _Path) -> None:
    for _ in range(path.rng.randint(1, 3)):
        path.step(
            2, "lead_collected", f"source={path.rng.choice(('展会', '转介绍', '官网询价', '行业协会'))}"
        )
    path.step(4, "information_complete")


def _screen(path: _Path, need: bool, fit: bool, means: bool) -> None:
    said = " ".join(
        f"{k}={'yes' if v else 'no'}"
        for k, v in (("need_confirmed", need), ("fits_positioning", fit), ("able_to_pay", means))
    )
    path.step(5, "screened", said)


def _stay_a_prospect(path: _Path) -> None:
    """As far as it has come, which for some is the end of it."""
    rng = path.rng
    fate = rng.randint(0, 9)
    _screen(path, True, fate > 0, fate > 1)
    if fate < 2:
        return
    path.step(9, "surveyed", "complete=yes")
    path.step(8, "needs_analysed", "potential=yes" if fate > 2 else "potential=no")
    if fate == 2:
        return
    path.step(14, "plan_approved")
    path.step(8, "visited", "summary=介绍方案")
    if fate > 5:
        for _ in range(3 if fate == 6 else rng.randint(1, 2)):
            path.step(12, "terms_refused", "why=价格")
            if fate == 6 and path.events[-1].event == "terms_refused" and _refusals(path) == 3:
                return
            path.step(7, "plan_approved")
            path.step(6, "visited", "summary=再次谈判")
    for _ in range(rng.randint(2, 5)):
        path.step(8, "visited", "summary=技术交流")
    if fate == 9:
        path.step(30, "given_up", "why=项目取消")


def _refusals(path: _Path) -> int:
    return sum(e.event == "terms_refused" for e in path.events)


def _win(path: _Path, first: Order) -> None:
    """Everything up to the first order, and the quarter after it."""
    rng = path.rng
    _screen(path, True, True, True)
    path.step(8, "surveyed", "complete=yes")
    path.step(7, "needs_analysed", "potential=yes")
    path.step(10, "plan_approved")
    path.step(7, "visited", "summary=介绍方案")
    if rng.random() < 0.4:
        path.step(7, "terms_refused", "why=账期")
        path.step(5, "plan_approved")
    path.step(6, "visited", "summary=谈判")
    path.step(1, "terms_agreed", f"trial_amount={cents(first.amount)}", on=first.placed_on)
    path.step(34, "trial_passed")
    passed = path.day
    for _ in range(2):
        path.step(30, "followed_up", "summary=月度回访")
    more = "yes" if rng.random() < 0.3 else "no"
    path.step(40, "assessed", f"more_to_win={more}", on=passed + timedelta(days=rng.randint(93, 101)))
