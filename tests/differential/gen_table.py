"""Random tables: `unique` ones that are disjoint and complete by construction, sloppy ones, the others."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import pairwise

from tests.differential.gen_expr import ExprGen
from tests.differential.terms import AMOUNTS, ATOM, SUM, Place, Val, literal


class TableGen:
    def __init__(self, r: random.Random, exprs: ExprGen) -> None:
        self.r, self.exprs = r, exprs

    def column(self, place: Place) -> Val:
        """A column that can be split: mostly a name, sometimes an expression."""
        found = [v for v in self.exprs.leaves(place) if v.is_path and v.text not in self._params()]
        if found and self.r.random() < 0.8:
            return self.r.choice(found)
        kind = self.r.choice((*AMOUNTS, "date", "bool"))
        made = self.exprs.expr(kind, place, 2)
        return replace(made, text=made.at(SUM), level=max(SUM, made.level))

    def _params(self) -> set[str]:
        return {v.text for v in self.exprs.world.params}

    # ---- splitting a column's values into parts that are disjoint and leave nothing out

    def parts(self, column: Val) -> list[str]:
        out = self._present_parts(column)
        return [*out, "missing"] if column.opt else out

    def _present_parts(self, column: Val) -> list[str]:
        r, kind = self.r, column.kind
        if kind == "bool":
            return ["yes", "no"]
        if kind == "text":
            words = r.sample(('"a"', '"ab"', '"A"', '""'), 2)
            if r.random() < 0.6:
                return [words[0], f"not {words[0]}"]
            return [f"{words[0]} or {words[1]}", f"not {words[0]}"]  # two rows apply to words[1]
        if kind in self.exprs.world.enums:
            return self._enum_parts(kind)
        cuts = self.cuts(column)
        if len(cuts) == 1 and r.random() < 0.3:
            cut = cuts[0]
            return r.choice(([f"above {cut}", f"at most {cut}"], [f"< {cut}", cut, f"> {cut}"]))
        out = [f"below {cuts[0]}"]
        out += [f"{a} to below {b}" for a, b in pairwise(cuts)]
        return [*out, f"at least {cuts[-1]}"]

    def cuts(self, column: Val) -> list[str]:
        same = [v for v in self.exprs.world.params if v.kind == column.kind and not v.opt]
        if same and self.r.random() < 0.25:
            return [self.r.choice(same).text]
        lo, hi = max(column.lo, -(10**9)), min(column.hi, 10**9)
        if column.kind == "date":
            lo, hi = max(column.lo, 738_000), min(column.hi, 740_000)
        if lo > hi:
            lo, hi = hi, lo
        scale = min(column.scale, 4)
        down = 10 ** (column.scale - scale)
        values = {self.r.randint(lo, hi) // down for _ in range(self.r.choice((1, 1, 2, 3)))}
        if self.r.random() < 0.3:
            values.add(0 if column.kind != "date" else 738_945)
        return [literal(v, column.kind, scale).text for v in sorted(values)]

    def _enum_parts(self, kind: str) -> list[str]:
        enum = self.exprs.world.enums[kind]
        members = list(enum.members)
        if enum.ordered and self.r.random() < 0.5:
            cut = self.r.choice(members[1:])
            return self.r.choice(([f"below {cut}", f"at least {cut}"], [f"< {cut}", f">= {cut}"]))
        if self.r.random() < 0.4:
            one = self.r.choice(members)
            return [one, f"not {one}"]
        self.r.shuffle(members)
        cut = self.r.randint(1, len(members) - 1)
        return [" or ".join(members[:cut]), " or ".join(members[cut:])]

    def complete(self, columns: list[Val]) -> list[list[str]]:
        """Rows that are disjoint and cover everything: split column by column, or leave one out."""
        if not columns:
            return [[]]
        rest = columns[1:]
        if rest and self.r.random() < 0.25:
            return [["any", *row] for row in self.complete(rest)]
        out: list[list[str]] = []
        for part in self.parts(columns[0]):
            below = self.complete(rest) if self.r.random() < 0.6 else [["any"] * len(rest)]
            out += [[part, *row] for row in below]
        return out

    def loose_cell(self, column: Val) -> str:
        r = self.r
        if r.random() < 0.3:
            return "any"
        some = self.parts(column)
        cell = r.choice(some)
        simple = column.kind in self.exprs.world.enums or not any(w in cell for w in (" ", "<", ">"))
        if r.random() < 0.2 and simple and " or " not in cell and not cell.startswith(("not", "at", "below")):
            return f"{cell} or {cell}" if cell != "missing" else "missing"
        if r.random() < 0.15 and column.opt and cell != "missing":
            return f"{cell} or missing"
        if r.random() < 0.15 and column.kind in AMOUNTS:
            cuts = self.cuts(column)
            return f"{cuts[0]} to {cuts[-1]}" if len(cuts) > 1 else f"not {cuts[0]}"
        return cell

    def rows(self, hit: str, columns: list[Val]) -> list[list[str]]:
        r = self.r
        if hit == "unique":
            rows = self.complete(columns)
            r.shuffle(rows)
            rows = rows[:40]
            if r.random() < 0.15 and len(rows) > 1:
                victim = r.randrange(len(rows))
                if r.random() < 0.5:
                    del rows[victim]
                else:
                    at = r.randrange(len(columns))
                    rows[victim][at] = self.loose_cell(columns[at])
            return rows
        return [[self.loose_cell(c) for c in columns] for _ in range(r.randint(2, 6))]

    def columns(self, place: Place, most: int) -> list[Val]:
        out: list[Val] = []
        for _ in range(self.r.randint(1, most)):
            column = self.column(place)
            if all(c.text != column.text for c in out):
                out.append(column)
        return out

    def lines(
        self, columns: list[Val], heads: list[str], rows: list[list[str]], results: list[list[str]]
    ) -> list[str]:
        head = "    | " + " | ".join(c.text for c in columns) + " || " + " | ".join(heads) + " |"
        body = [
            "    | " + " | ".join(cells) + " || " + " | ".join(outs) + " |"
            for cells, outs in zip(rows, results, strict=True)
        ]
        return [head, *body]


__all__ = ["ATOM", "TableGen"]
