"""The shipped policies and the 100 example customers, one threshold changed: who moves by plain reckoning."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from datetime import date
from fractions import Fraction
from pathlib import Path

import kamflow
from kamflow.app.overlays import Overlay, with_overlay
from kamflow.project.load import Project, load_project
from tests.impact.rig import judged

ROOT = Path(__file__).resolve().parents[2]
CUSTOMERS = ROOT / "examples/customers.json"
DAY = date(2026, 6, 30)


def _two(folder: Path) -> tuple[Path, Path]:
    """Return the shipped policies, and the same with tier S from 70 instead of 80."""
    old, new = folder / "old", folder / "new"
    shutil.copytree(ROOT / "rules", old)
    shutil.copytree(old, new)
    text = (new / "tiering.kam").read_text(encoding="utf-8")
    before, head, after = text.partition("parameter tier_s_from")
    (new / "tiering.kam").write_text(before + head + after.replace(": 80", ": 70", 1), encoding="utf-8")
    return old, new


def test_who_moves_and_what_it_costs_when_tier_s_begins_at_70(tmp_path: Path) -> None:
    paths = _two(tmp_path)
    old, new = (load_project([p]) for p in paths)
    impact = judged(old, new, str(CUSTOMERS), by=("region",)).impact
    records = json.loads(CUSTOMERS.read_text(encoding="utf-8"))
    before, after = (kamflow.load(p) for p in paths)
    matrix: Counter[tuple[object, object]] = Counter()
    cost, regions = Fraction(0), Counter[object]()
    for record in records:
        was, now = (e.evaluate(record, as_of=DAY) for e in (before, after))
        # the cost by hand, from what the prices are: list less net price, for each unit of a year
        units = record.get("order_quantity", 0) * record["orders_12m"]
        a, b = ((Fraction(str(record["list_price"])) - Fraction(d.net_price)) * units for d in (was, now))
        cost += b - a
        matrix[was.tier, now.tier] += 1
        # only the threshold moved, so who moves is who has a score from 70 to below 80, and is not capped
        between = 70 <= was.value_score < 80
        assert (was.tier != now.tier) <= between
        regions[record.get("region")] += was.to_dict()["decisions"] != now.to_dict()["decisions"]
    tier = next(o for o in impact.outputs if o.name == "tier")
    assert {(m.old.json, m.new.json): m.count for m in tier.moves} == dict(matrix)
    assert set(matrix) - {(t, t) for t in "SABC"} == {("A", "S")}
    measure = next(m for m in impact.measures if m.name == "discount_given")
    assert Fraction(measure.total.moved, 100) == cost
    assert {r.key.json: r.moved for r in impact.groups[0].rows} == dict(regions)
    assert cost > 0


def test_a_scenario_of_the_policies_is_the_overlay_that_it_says(tmp_path: Path) -> None:
    project = load_project([ROOT / "rules"])
    raised = with_overlay(project, Overlay(scenario="Raise the bar of tier S"))
    by_hand = with_overlay(project, Overlay(("tier_s_from=85",)))
    assert isinstance(raised, Project)
    assert isinstance(by_hand, Project)
    there = judged(project, raised, str(CUSTOMERS)).impact
    again = judged(raised, by_hand, str(CUSTOMERS)).impact
    engine = kamflow.load(ROOT / "rules").scenario("Raise the bar of tier S")
    records = json.loads(CUSTOMERS.read_text(encoding="utf-8"))
    plain = kamflow.load(ROOT / "rules")
    moved = sum(
        e.evaluate(r, as_of=DAY).raw() != plain.evaluate(r, as_of=DAY).raw()
        for e in [engine]
        for r in records
    )
    assert there.moved == moved > 0
    assert again.moved == 0
