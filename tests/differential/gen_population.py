"""Populations, and terms over them: by one measure or several, within groups or not."""

from __future__ import annotations

import random

from tests.differential.gen_expr import ExprGen
from tests.differential.terms import AMOUNTS, COMPARISON, LOGIC, UNARY, Place, Record, Val, World


class PopulationGen:
    """What ``PolicyGen`` makes of them; it has the rest."""

    r: random.Random
    world: World
    exprs: ExprGen
    blocks: list[list[str]]

    def name(self, stem: str) -> str:
        raise NotImplementedError

    def _population(self, record: Record) -> None:
        """A population and some terms over it, by one measure or several, within groups or not."""
        r, place = self.r, Place(record)
        name = self.name("everybody")
        where = (
            self.exprs.condition(place, 2)
            if r.random() < 0.7
            else Val("today > 2000-01-01", "bool", COMPARISON)
        )
        self.blocks.append([f"population {name} is {record.name} where {where.at(LOGIC)}"])
        made: list[Val] = []
        for _ in range(r.randint(1, 3)):
            measure = self._measure(place).at(UNARY)
            groups = [v for v in record.leaves if v.is_path and v.kind in {"bool", "text", *self.world.enums}]
            group = r.choice(groups).text if groups and r.random() < 0.5 else ""
            made.append(self._term(record, name, measure, group))
        record.leaves += made

    def _measure(self, place: Place) -> Val:
        """Mostly few values, so that there are ties; some negative, some missing."""
        kind = self.r.choice(AMOUNTS)
        found = [v for v in place.record.leaves if v.kind in AMOUNTS]
        if found and self.r.random() < 0.5:
            return self.r.choice(found)
        return self.exprs.expr(kind, place, self.r.choice((1, 2)))

    def _term(self, record: Record, population: str, measure: str, group: str) -> Val:
        r = self.r
        within = f" within {group}" if group else ""
        among = f"of {measure} among {population}{within}"
        form = r.choice(("percentile", "share", "quantile", "classify", "classify"))
        if form == "classify":
            return self._classify(record, population, measure, group)
        name, n = self.name("v"), r.choice((2, 3, 5, 100))
        term = f"quantile {n}" if form == "quantile" else form
        self.blocks.append([f"define {name} of {record.name} as {term} {among}"])
        if form == "quantile":
            return Val(name, "number", 9, 0, 1, n, opt=True, is_path=True)
        return Val(name, "percent", 9, 4, 0, 10**6, opt=True, is_path=True)

    def _classify(self, record: Record, population: str, measure: str, group: str) -> Val:
        r, name = self.r, self.name("c")
        enum = self.world.enums["kind0"]
        best = list(reversed(enum.members))
        bounds = sorted(r.sample((5, 20, 50, 80, 95, 100), len(best) - 1))
        order = r.choice(("largest first", "largest first", "smallest first"))
        lines = [
            f"classify {name} of {record.name} over {population} : {enum.name}",
            f"  by {measure}, {order}",
        ]
        lines += [f"  within {group}"] if group else []
        lines += [f"  {m} up to {b}% of total" for m, b in zip(best, bounds, strict=False)]
        lines += [
            f"  {best[-1]} rest",
            "  ties share the better class",
            f"  outside population {r.choice(best)}",
        ]
        self.blocks.append([*lines, "end"])
        return Val(name, enum.name, 9, is_path=True)
