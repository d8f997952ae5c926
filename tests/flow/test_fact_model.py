"""Simulated customers: their lives have the shape that the model says, their records say what happened."""

from __future__ import annotations

from datetime import date
from statistics import mean, pvariance

import pytest

from kamflow.flow.fact_model import HISTORY, LOSING, MONTH, FactModel, Life, Regime, make_life
from kamflow.flow.fact_record import record_on

BEGIN, END = date(2025, 1, 1).toordinal(), date(2027, 12, 31).toordinal()
YEAR = 365


def lives(model: FactModel, count: int, seed: int = 1) -> list[Life]:
    return [make_life(model, seed, n, BEGIN, END) for n in range(count)]


def still(shape: int) -> FactModel:
    """Return a model in which nobody changes: twelve orders a year."""
    return FactModel(monthly={}, prospects=0.0, orders=(12.0, 0.0), shapes=((shape, 1.0),))


@pytest.mark.parametrize("shape", [1, 4])
def test_orders_come_at_their_rate_and_as_regularly_as_the_shape_says(shape: int) -> None:
    """Variance over mean of the orders of a year is 1 for a Poisson process, 1/k for Erlang k; the drift
    of the rate (AR(1), sigma 0.04 / √(1 − 0.92²) ≈ 0.1) adds at most 12 × 0.1²."""
    steady = [x for x in lives(still(shape), 500) if x.regime(BEGIN) is Regime.STEADY]
    counts = [sum(BEGIN < d <= BEGIN + YEAR for d in x.orders) for x in steady]
    assert mean(counts) == pytest.approx(12, rel=0.06)
    assert 0.8 / shape < pvariance(counts) / mean(counts) < 1.2 / shape + 0.12


def test_a_customer_is_the_same_whoever_else_is_there() -> None:
    model = FactModel()
    alone = make_life(model, 7, 41, BEGIN, END)
    assert alone == lives(model, 60, seed=7)[41]
    assert alone != make_life(model, 8, 41, BEGIN, END)


def test_the_share_of_those_who_lose_their_taste_is_that_of_the_chain() -> None:
    """In balance, as many leave the losing regimes as enter: months lost = entries × mean length."""
    model = FactModel(prospects=0.0)
    found = lives(model, 600, seed=3)
    regimes = [x.regimes[HISTORY + 12] for x in found]
    losing = sum(r in LOSING for r in regimes) / sum(r is not Regime.GONE for r in regimes)
    assert losing == pytest.approx(_balance(model), abs=0.06)


def _balance(model: FactModel) -> float:
    """Return the share of losing regimes among customers who are there, by the power method."""
    share = dict.fromkeys(Regime, 0.0) | {Regime.STEADY: 1.0}
    for _ in range(400):
        new = dict.fromkeys(Regime, 0.0)
        for regime, amount in share.items():
            ways = [(r, p) for r, p in model.monthly.get(regime, ()) if r is not Regime.GONE]
            new[regime] += amount * (1 - sum(p for _, p in ways))
            for other, chance in ways:
                new[other] += amount * chance
        share = new
    return sum(share[r] for r in LOSING) / sum(share.values())


@pytest.mark.parametrize("number", range(0, 40, 3))
def test_a_record_says_what_was_ordered_until_that_day_and_nothing_later(number: int) -> None:
    life = make_life(FactModel(), 5, number, BEGIN, END)
    for day in (BEGIN, BEGIN + 200, BEGIN + 700):
        if day < life.known:
            continue
        record = record_on(life, day)
        amounts = [life.sums[i + 1] - life.sums[i] for i in range(len(life.orders))]
        placed = list(zip(life.orders, amounts, strict=True))
        cents = sum(a for d, a in placed if day - YEAR < d <= day)
        assert record["orders_12m"] == sum(day - YEAR < d <= day for d, _ in placed)
        assert record["revenue_12m"] == f"{cents // 100}.{cents % 100:02d}"
        before = [d for d, _ in placed if d <= day]
        assert record.get("last_order_on") == (date.fromordinal(before[-1]).isoformat() if before else None)
        assert record.get("open_opportunities") == life.open_deals[life.month(day)]
        received = [c["received_on"] for c in record["complaints"]]  # type: ignore[union-attr,index,call-overload]
        assert all(r <= date.fromordinal(day).isoformat() for r in received)


def test_nobody_orders_while_silent_and_few_while_fading() -> None:
    rates: dict[Regime, list[int]] = {r: [] for r in Regime}
    for life in lives(FactModel(), 300):
        for month, regime in enumerate(life.regimes):
            start = life.first + month * MONTH
            rates[regime].append(sum(start <= d < start + MONTH for d in life.orders))
    assert sum(rates[Regime.SILENT]) == sum(rates[Regime.PROSPECT]) == sum(rates[Regime.GONE]) == 0
    assert mean(rates[Regime.FADING]) < 0.75 * mean(rates[Regime.STEADY]) < mean(rates[Regime.GROWING])
