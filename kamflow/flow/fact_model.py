"""How simulated customers really fare, month by month: what no record shows and every record follows from.

Each customer runs through regimes (growing, steady, fading, silent, won back) as a Markov chain of 30-day
months; within them its rate of ordering, its purchasing power, how late it pays and how deep the relation is
drift (random walks, AR(1)). Orders are a renewal process on that rate: Poisson for those who buy at random
(shape 1), more regular for others. Contacts, complaints and key persons leaving are Poisson.

All randomness of a customer comes from ``Random(f"{seed}:{id}")``: its life depends on nothing but the seed,
its number and the days. Assumes: nothing. Leaves: ``Life`` values; ``fact_record`` makes records of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from enum import StrEnum
from itertools import accumulate
from math import exp
from random import Random
from types import MappingProxyType
from typing import TypeVar

from kamflow.base.frozen import frozen

_T = TypeVar("_T")

MONTH = 30  # days of a step
HISTORY = 36  # months known before the first day: two years are compared, and intervals have a past


class Regime(StrEnum):
    PROSPECT = "prospect"
    GROWING = "growing"
    STEADY = "steady"
    FADING = "fading"
    SILENT = "silent"
    WON_BACK = "won_back"
    GONE = "gone"  # dissolved


LOSING = frozenset({Regime.FADING, Regime.SILENT})
"""Regimes in which the customer is really in decline."""


def _months() -> Mapping[Regime, tuple[tuple[Regime, float], ...]]:
    return {
        Regime.PROSPECT: ((Regime.GROWING, 0.08), (Regime.STEADY, 0.04)),
        Regime.GROWING: ((Regime.STEADY, 0.08), (Regime.FADING, 0.006)),
        Regime.STEADY: ((Regime.GROWING, 0.02), (Regime.FADING, 0.012)),
        Regime.FADING: ((Regime.SILENT, 0.08), (Regime.STEADY, 0.06)),
        Regime.SILENT: ((Regime.WON_BACK, 0.035), (Regime.GONE, 0.008)),
        Regime.WON_BACK: ((Regime.STEADY, 0.15), (Regime.SILENT, 0.05)),
    }  # fmt: skip


@frozen
class FactModel:
    """What is assumed of customers. ``monthly``: regime → others with their probability a month.

    ``prospects``: share of those who are found as prospects during the simulation. ``shapes``: how regular
    purchases are (Erlang shape → weight; 1 is Poisson). Rates are a year where not said otherwise.
    """

    monthly: Mapping[Regime, tuple[tuple[Regime, float], ...]] = field(default_factory=_months)
    prospects: float = 0.25
    never_buys: float = 0.3
    shapes: tuple[tuple[int, float], ...] = ((1, 0.25), (2, 0.35), (4, 0.4))
    orders: tuple[float, float] = (10.0, 0.6)  # median, sigma of the logarithm
    power: tuple[float, float] = (4_000_000.0, 1.1)  # CNY of purchases, from anybody
    wallet: tuple[float, float] = (0.08, 0.85)
    amount_sigma: float = 0.3  # of one order
    fading: float = -0.14  # of the logarithm of the rate, a month
    growing: float = 0.025
    contacts: tuple[float, float] = (10.0, 40.0)
    complaints: float = 0.6
    key_person_leaves: float = 0.15
    unknown: float = 0.03  # a month in which a figure of the source is missing
    wallet_unknown: float = 0.15  # customers whose purchases elsewhere nobody knows
    terminates: float = 0.12  # of those who fade or are silent


@frozen
class Drawn:
    """A complaint that a customer makes. Days are day numbers; money in cents."""

    received: int
    solved: int
    severity: str
    about: str
    liability: str | None
    goods: int
    claimed: int | None


@frozen
class Life:
    """One customer. ``first``: the day on which the months begin. Lists by month have one value each.

    ``orders``, ``contacts``, ``left`` (key persons), ``ended`` (contracts): days, ascending; ``sums``: cents
    ordered before each order, and after the last. ``known``: since when it is in the books.
    """

    id: str
    known: int
    first: int
    regimes: tuple[Regime, ...]
    power: tuple[int, ...]
    pays_in: tuple[int, ...]
    depth: tuple[int, ...]
    open_deals: tuple[int | None, ...]
    wallet_seen: tuple[bool, ...]
    orders: tuple[int, ...]
    sums: tuple[int, ...]
    contacts: tuple[int, ...]
    complaints: tuple[Drawn, ...]
    left: tuple[int, ...]
    ended: tuple[int, ...]
    margin: int
    traits: Mapping[str, str | bool | int]

    def month(self, day: int) -> int:
        """Return the number of the month in which a day lies."""
        return min(max((day - self.first) // MONTH, 0), len(self.regimes) - 1)

    def regime(self, day: int) -> Regime:
        return self.regimes[self.month(day)]


def name_of(number: int) -> str:
    return f"S{number:06d}"


def make_life(model: FactModel, seed: int, number: int, begin: int, end: int) -> Life:
    """Draw the life of customer ``number`` from ``HISTORY`` months before ``begin`` up to ``end`` (days)."""
    name = name_of(number)
    rng = Random(f"{seed}:{name}")
    prospect = rng.random() < model.prospects
    first = begin - HISTORY * MONTH
    known = first - rng.randrange(0, 2000)
    if prospect:
        first = known = rng.randrange(begin, max(begin + 1, end - 180))
    months = max(1, -(-(end + 1 - first) // MONTH))
    walk = _Walk(model, rng, prospect=prospect)
    for _ in range(months):
        walk.step()
    orders, sums = _orders(model, rng, first, walk)
    return Life(
        name,
        known,
        first,
        tuple(walk.regimes),
        tuple(walk.power),
        tuple(walk.pays_in),
        tuple(walk.depth),
        tuple(walk.deals),
        tuple(walk.seen),
        orders,
        sums,
        _days(rng, first, [r * walk.contact_rate / 365 for r in walk.contact]),
        _complaints(model, rng, first, walk),
        _days(rng, first, [model.key_person_leaves / 365] * months),
        _days(rng, first, [model.terminates / 365 * (r in LOSING) for r in walk.regimes]),
        rng.randint(8, 38),
        MappingProxyType(_traits(rng)),
    )


class _Walk:
    """The latent state of one customer while it is drawn, and its months so far."""

    def __init__(self, model: FactModel, rng: Random, *, prospect: bool) -> None:
        self.model, self.rng = model, rng
        self.buys = not prospect or rng.random() >= model.never_buys
        self.regime = Regime.PROSPECT if prospect else _pick(rng, _AT_FIRST)
        self.level = {Regime.FADING: -0.6, Regime.SILENT: -2.0}.get(self.regime, rng.gauss(0, 0.15))
        self.rate = min(max(rng.lognormvariate(0, model.orders[1]) * model.orders[0], 1.5), 52.0)
        self.wealth = rng.lognormvariate(0, model.power[1]) * model.power[0]
        self.share = rng.uniform(*model.wallet)
        self.shape = _pick(rng, model.shapes)
        self.usual, self.late = rng.randint(20, 60), 0.0
        self.relation = rng.randint(0, 2) if prospect else rng.randint(1, 5)
        self.contact_rate = rng.uniform(*model.contacts)
        self.wallet_known = rng.random() >= model.wallet_unknown
        self.regimes: list[Regime] = []
        self.rates: list[float] = []
        self.amounts: list[float] = []
        self.power: list[int] = []
        self.pays_in: list[int] = []
        self.depth: list[int] = []
        self.deals: list[int | None] = []
        self.seen: list[bool] = []
        self.contact: list[float] = []

    def step(self) -> None:
        """Draw one month."""
        rng = self.rng
        self._change_regime()
        losing = self.regime in LOSING
        self._move_level()
        self.wealth *= exp(rng.gauss(0, 0.012))
        self.late = 0.8 * self.late + rng.gauss(2.5 if losing else 0, 3.0)
        if rng.random() < 0.03:
            self.relation = max(0, min(5, self.relation + (-1 if losing else 1)))
        buys = self.regime not in {Regime.PROSPECT, Regime.SILENT, Regime.GONE}
        self.regimes.append(self.regime)
        self.rates.append(self.rate * exp(self.level) / 365 if buys else 0.0)
        self.amounts.append(self.wealth * self.share / self.rate)
        self.power.append(int(self.wealth))
        self.pays_in.append(max(1, round(self.usual + self.late)))
        self.depth.append(self.relation)
        deals = 0 if self.regime in {Regime.SILENT, Regime.GONE} and rng.random() < 0.8 else rng.randint(0, 3)
        self.deals.append(None if rng.random() < self.model.unknown else deals)
        self.seen.append(rng.random() >= self.model.unknown and self.wallet_known)
        self.contact.append(0.35 if losing else 1.0)

    def _change_regime(self) -> None:
        drawn = self.rng.random()
        if self.regime is Regime.PROSPECT and not self.buys:
            return
        for other, chance in self.model.monthly.get(self.regime, ()):
            if drawn < chance:
                if other is Regime.GONE and len(self.regimes) < HISTORY:
                    return  # who was dissolved before the first day is in nobody's portfolio
                if other is Regime.WON_BACK:
                    self.level = -0.5
                self.regime = other
                return
            drawn -= chance

    def _move_level(self) -> None:
        noise = self.rng.gauss(0, 0.04)
        match self.regime:
            case Regime.FADING:
                self.level += self.model.fading + noise
            case Regime.GROWING:
                self.level += self.model.growing + noise
            case Regime.WON_BACK:
                self.level += 0.06 + noise
            case _:
                self.level = 0.92 * self.level + noise
        self.level = min(max(self.level, -3.0), 1.0)


_AT_FIRST = (
    (Regime.STEADY, 0.6), (Regime.GROWING, 0.15), (Regime.FADING, 0.1), (Regime.SILENT, 0.13),
    (Regime.WON_BACK, 0.02),
)  # fmt: skip
_SEVERITIES = (("minor", 0.6), ("major", 0.3), ("critical", 0.1))
_ABOUT = (
    ("late delivery", "late_delivery"), ("surface defect", "quality_defect"), ("wrong quantity", None),
    ("批次不良", "quality_defect"), ("does not fit the machine", "misuse"),
)  # fmt: skip
_AROUND = (-1, 0, 0, 1)
_REASONS = ("price", "quality", "service", "relationship", "rival_offer", "own_business", "product_fit")


def _pick(rng: Random, weighted: Sequence[tuple[_T, float]]) -> _T:
    """Draw one of some values by their weights."""
    drawn = rng.random() * sum(w for _, w in weighted)
    for value, weight in weighted:
        drawn -= weight
        if drawn < 0:
            return value
    return weighted[-1][0]


def _orders(
    model: FactModel, rng: Random, first: int, walk: _Walk
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Draw the orders: gaps of mean 1 on the time that the rate makes run."""
    days: list[int] = []
    cents: list[int] = []
    shape, passed = walk.shape, 0.0
    due = rng.random()
    for month, rate in enumerate(walk.rates):
        start, passed = passed, passed + rate * MONTH
        while due < passed:
            day = first + month * MONTH + int((due - start) / rate)
            size = rng.lognormvariate(-(model.amount_sigma**2) / 2, model.amount_sigma)
            days.append(min(day, first + (month + 1) * MONTH - 1))
            cents.append(max(100, round(walk.amounts[month] * size * 100)))
            due += rng.gammavariate(shape, 1 / shape)
    return tuple(days), tuple(accumulate(cents, initial=0))


def _days(rng: Random, first: int, rates: Sequence[float]) -> tuple[int, ...]:
    """Draw the days of a Poisson process whose rate (a day) changes by month."""
    out: list[int] = []
    due, passed = rng.expovariate(1.0), 0.0
    for month, rate in enumerate(rates):
        start, passed = passed, passed + rate * MONTH
        while due < passed:
            out.append(first + month * MONTH + min(MONTH - 1, int((due - start) / rate)))
            due += rng.expovariate(1.0)
    return tuple(out)


def _complaints(model: FactModel, rng: Random, first: int, walk: _Walk) -> tuple[Drawn, ...]:
    """Draw complaints: of those who buy; more when things go wrong."""
    rates = [
        model.complaints / 365 * (2.5 if r is Regime.FADING else 1.0) * (rate > 0)
        for r, rate in zip(walk.regimes, walk.rates, strict=True)
    ]
    out: list[Drawn] = []
    for day in _days(rng, first, rates):
        about, liability = rng.choice(_ABOUT)
        goods = round(walk.amounts[min((day - first) // MONTH, len(walk.amounts) - 1)] * 100)
        goods = goods * rng.randint(10, 100) // 100
        claimed = goods * rng.randint(10, 130) // 100 if rng.random() < 0.7 else None
        solved = day + max(1, round(rng.lognormvariate(2.1, 0.7)))
        out.append(Drawn(day, solved, _pick(rng, _SEVERITIES), about, liability, goods, claimed))
    return tuple(out)


def _traits(rng: Random) -> dict[str, str | bool | int]:
    """Draw what stays: need, fit and means, the price agreement, the cause if it ever declines, and how far
    each of the three relations lies from the depth of the whole."""
    cost = rng.randint(1_000, 90_000)
    return {
        "need": rng.random() < 0.9,
        "fits": rng.random() < 0.92,
        "pays": rng.random() < 0.95,
        "fit": rng.choice(("low", "medium", "medium", "high")),
        "nps": rng.randint(4, 10),
        "unit_cost": cost,
        "list_price": cost * rng.randint(118, 175) // 100,
        "reason": rng.choice(_REASONS),
        "scored": rng.random() < 0.85,  # whose relation somebody keeps a score of
        "organisation": rng.choice(_AROUND),
        "key_person": rng.choice(_AROUND),
        "extensive": rng.choice(_AROUND),
    }
