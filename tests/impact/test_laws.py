"""Laws of an impact over random policies and records, held against plain counting; planted bugs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from random import Random

import pytest

from kamflow.impact import impact as under_test
from kamflow.impact.model import Impact, Kind, OutputImpact, Shown
from tests.impact.rig import (
    REJECTED,
    Settings,
    answers,
    by_chance,
    judged,
    project_of,
    records_by_chance,
    total,
    transitions,
    written,
)

OUTPUTS = ("tier", "discount", "price", "first_visit", "note")
SEEDS = range(12)


def _amount(value: int, scale: int) -> Fraction:
    return Fraction(value, 10**scale)


def _seen(shown: Shown) -> object:
    return REJECTED if shown.rejected else shown.json


def check(seed: int, folder: Path) -> Impact:
    """Hold one random case against plain counting."""
    rng = Random(seed)
    a, b = by_chance(rng), by_chance(rng)
    old, new = project_of(a.text()), project_of(b.text())
    records = records_by_chance(rng, 60)
    impact = judged(old, new, written(folder, records), by=("region", "tier")).impact
    outputs = {o.name: o for o in impact.outputs}
    moved_any: set[int] = set()
    for name in OUTPUTS:
        was, now = answers(old, records, name), answers(new, records, name)
        moved = {i for i, (x, y) in enumerate(zip(was, now, strict=True)) if x != y}
        moved_any |= moved
        assert outputs[name].moved == len(moved), name
    assert impact.moved == len(moved_any)
    _check_matrix(outputs["tier"], transitions(old, new, records, "tier"), len(records))
    _check_amounts(outputs["price"], answers(old, records, "price"), answers(new, records, "price"))
    _check_money(impact, old, new, records)
    _check_groups(impact, records)
    return impact


def _check_matrix(tier: OutputImpact, counted: Counter[object], records: int) -> None:
    if not tier.has_moved:
        assert all(x == y for x, y in counted)  # type: ignore[misc]
        return
    assert {(_seen(m.old), _seen(m.new)): m.count for m in tier.moves} == dict(counted)
    assert sum(m.count for m in tier.moves) == records
    order = "CBA"
    both = [(x, y, n) for (x, y), n in counted.items() if REJECTED not in (x, y)]  # type: ignore[misc]
    assert tier.up == sum(n for x, y, n in both if order.index(x) < order.index(y))
    assert tier.down == sum(n for x, y, n in both if order.index(x) > order.index(y))


def _check_amounts(price: OutputImpact, was: list[object], now: list[object]) -> None:
    pairs = [(Fraction(str(x)), Fraction(str(y))) for x, y in zip(was, now, strict=True)
             if REJECTED not in (x, y)]  # fmt: skip
    changes = sorted(y - x for x, y in pairs if x != y)
    if not price.has_moved:
        assert not changes
        return
    spread, whole = price.spread, price.total
    assert spread is not None
    assert whole is not None
    assert (spread.up, spread.down) == (sum(c > 0 for c in changes), sum(c < 0 for c in changes))
    if changes:
        found = [_amount(v, spread.ty.scale) for v in (spread.least, spread.median, spread.most)]
        assert found == [changes[0], changes[(len(changes) - 1) // 2], changes[-1]]
    assert _amount(whole.old, whole.ty.scale) == sum(x for x, _ in pairs)
    assert _amount(whole.new, whole.ty.scale) == sum(y for _, y in pairs)


def _check_money(impact: Impact, old: object, new: object, records: list[dict[str, object]]) -> None:
    for measure in impact.measures:
        scale = measure.ty.scale
        assert measure.total.old + measure.total.moved == measure.total.new
        # like for like, and what lies on records that one version rejects: together all there is
        assert _amount(measure.total.old + measure.lost, scale) == total(old, records, measure.name)  # type: ignore[arg-type]
        assert _amount(measure.total.new + measure.gained, scale) == total(new, records, measure.name)  # type: ignore[arg-type]
    for output in impact.outputs:
        if output.kind is Kind.CHOICE and output.has_moved:
            for at, measure in enumerate(impact.measures):
                assert sum(m.money[at] for m in output.moves) == measure.total.moved


def _check_groups(impact: Impact, records: list[dict[str, object]]) -> None:
    regions, tiers = impact.groups
    given = Counter(r.get("region") for r in records)
    assert {r.key.json: r.records for r in regions.rows} == dict(given)
    for grouping in (regions, tiers):
        assert sum(r.records for r in grouping.rows) == impact.records
        assert sum(r.moved for r in grouping.rows) == impact.moved
        for at, measure in enumerate(impact.measures):
            assert sum(r.totals[at].old for r in grouping.rows) == measure.total.old
            assert sum(r.totals[at].moved for r in grouping.rows) == measure.total.moved
        for output in impact.outputs:
            if output.has_moved:
                assert sum(r.outputs[output.name] for r in grouping.rows) == output.moved


@pytest.mark.parametrize("seed", SEEDS)
def test_every_count_and_sum_is_that_of_plain_counting(seed: int, tmp_path: Path) -> None:
    impact = check(seed, tmp_path)
    both, neither = impact.both, impact.neither
    assert impact.records == both + neither + impact.newly_rejected + impact.newly_decided


def test_the_random_cases_are_not_all_of_one_kind(tmp_path: Path) -> None:
    found = [check(seed, tmp_path) for seed in SEEDS]
    assert any(i.newly_rejected for i in found)
    assert any(i.newly_decided for i in found)
    assert any(i.neither for i in found)
    assert sum(1 for i in found for m in i.measures if m.total.moved) > 6
    assert {o.name for i in found for o in i.outputs if o.has_moved} == set(OUTPUTS)


@pytest.mark.parametrize("seed", range(4))
def test_a_version_beside_itself_moves_nobody(seed: int, tmp_path: Path) -> None:
    rng = Random(seed)
    text = by_chance(rng).text()
    data = written(tmp_path, records_by_chance(rng, 40))
    impact = judged(project_of(text), project_of(text), data, by=("region",)).impact
    assert impact.moved == impact.newly_rejected == impact.newly_decided == 0
    assert not any(o.has_moved for o in impact.outputs)
    assert all(m.total.moved == 0 and not m.top for m in impact.measures)


@pytest.mark.parametrize("seed", range(4))
def test_the_way_back_is_the_mirror_of_the_way_there(seed: int, tmp_path: Path) -> None:
    rng = Random(seed)
    one, other = (project_of(by_chance(rng).text()) for _ in range(2))
    data = written(tmp_path, records_by_chance(rng, 50))
    there, back = judged(one, other, data).impact, judged(other, one, data).impact
    assert (there.newly_rejected, there.newly_decided) == (back.newly_decided, back.newly_rejected)
    for a, b in zip(there.outputs, back.outputs, strict=True):
        assert (a.name, a.moved, a.up, a.down) == (b.name, b.moved, b.down, b.up)
        assert {(m.old, m.new, m.count) for m in a.moves} == {(m.new, m.old, m.count) for m in b.moves}
        assert [m.id for m in a.top] == [m.id for m in b.top]
    for x, y in zip(there.measures, back.measures, strict=True):
        assert x.total.moved == -y.total.moved
        assert (x.lost, x.gained) == (y.gained, y.lost)


def _wrong_total(pair: object, ty: object, *_: object) -> object:
    """Count records that only one version decides as if both did."""
    real = under_test.Total(ty, 0, 0)  # type: ignore[arg-type]
    return replace(
        real,
        old=sum(v for v in pair.old if type(v) is int),  # type: ignore[attr-defined]
        new=sum(v for v in pair.new if type(v) is int),  # type: ignore[attr-defined]
    )


def _one_lost(pair: object) -> list[int]:
    return [i for i, (a, b) in enumerate(zip(pair.old, pair.new, strict=True)) if a != b][1:]  # type: ignore[attr-defined]


def _swapped(pair: object, moved: object) -> tuple[int | None, int | None]:
    up, down = _DIRECTIONS(pair, moved)  # type: ignore[arg-type]
    return down, up


def _upper_median(pair: object, ty: object, moved: object) -> object:
    spread = _SPREAD(pair, ty, moved)  # type: ignore[arg-type]
    return replace(spread, median=spread.most)


_DIRECTIONS, _SPREAD = under_test._directions, under_test._spread


@pytest.mark.parametrize(
    ("name", "bug"),
    [("_total", _wrong_total), ("_moved", _one_lost), ("_directions", _swapped), ("_spread", _upper_median)],
)
def test_a_planted_bug_is_found(
    name: str, bug: Callable[..., object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(under_test, name, bug)

    def all_cases() -> None:
        for seed in SEEDS:
            check(seed, tmp_path)

    with pytest.raises(AssertionError):
        all_cases()


def test_the_records_named_are_those_with_most_money_and_say_both_reasons(tmp_path: Path) -> None:
    records = [
        {"id": "small", "score": 12, "revenue": "10.00"},
        {"id": "large", "score": 12, "revenue": "900.00"},
        {"id": "still", "score": 3, "revenue": "999.00"},
    ]
    old, new = project_of(Settings(a=15, b=8).text()), project_of(Settings(a=12, b=8).text())
    tier = judged(old, new, written(tmp_path, records), top=1).impact.outputs[0]
    (first,) = tier.top
    assert (first.id, first.old.json, first.new.json) == ("large", "B", "A")
    assert (first.old_why.en, first.new_why.en) == ("row 3: middle", "row 1: high")
    assert first.new_why.zh == "第 1 行：高"
    assert first.money == (4500, -4500)  # 5 % of 900.00 in fen: given, and not kept
