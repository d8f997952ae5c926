"""A random policy as text: types, records, parameters, definitions, decisions of every form.

``Policy.blocks`` are the declarations, each a list of lines: the unit in which a failing case shrinks.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import date

from tests.differential.gen_expr import ExprGen
from tests.differential.gen_population import PopulationGen
from tests.differential.gen_table import TableGen
from tests.differential.terms import (
    AMOUNTS,
    LOGIC,
    MONEY,
    PRODUCT,
    STEPS,
    SUM,
    UNARY,
    WIDEST,
    Enum,
    Field,
    Place,
    Record,
    Val,
    World,
    amount_text,
    literal,
)

START = date(2024, 3, 1).toordinal()
TURNS = (date(2024, 7, 31).toordinal(), date(2025, 2, 28).toordinal())  # when parameters change
DAYS = (START, TURNS[0] - 1, TURNS[0], date(2024, 12, 31).toordinal(), TURNS[1] - 1, TURNS[1],
        date(2028, 2, 29).toordinal(), date(2025, 3, 30).toordinal())  # fmt: skip
_TYPE = {
    "number": "number", "percent": "percent", "CNY": "money", "USD": "money(USD)", "days": "days",
    "months": "months", "date": "date", "bool": "yes/no", "text": "text",
}  # fmt: skip
_DEFAULT_MOST = {
    "number": 10**9, "percent": 10**4, "CNY": 10**11, "USD": 10**11, "days": 10**5, "months": 2400,
}  # fmt: skip


@dataclass
class Policy:
    header: list[str]
    blocks: list[list[str]] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(["\n".join(self.header), *("\n".join(b) for b in self.blocks)]) + "\n"


class PolicyGen(PopulationGen):
    def __init__(self, seed: int, *, flat: bool, compared: bool = False) -> None:
        self.r = random.Random(seed)
        self.compared = compared  # with terms over populations: its records need a portfolio
        self.flat = flat
        # a few policies go to the edge of 128 bits, and over it: then a finding is right
        widest = 10**38 if self.r.random() < 0.04 else WIDEST
        self.world = World(month_end=self.r.random() < 0.9, widest=widest)
        self.exprs = ExprGen(self.r, self.world)
        self.tables = TableGen(self.r, self.exprs)
        self.blocks: list[list[str]] = []
        self.count = 0

    def policy(self) -> Policy:
        r = self.r
        end = [f"  month end {r.choice(('clamp', 'next day'))}"] if self.world.month_end else []
        header = ["policy p", "  effective from 2024-01-01", "  currency CNY", *end, "end"]
        self._enums()
        self._params()
        part, child = (None, None) if self.flat else (self._record("part", 4), self._record("child", 4))
        root = self._record("deal", r.randint(5, 9), part, child)
        for record in (x for x in (part, child) if x is not None):
            for _ in range(r.choice((0, 1, 2))):
                self._define(record)
        if part is not None and r.random() < 0.5:
            self._decision(part)
        forms = [self._define, self._define, self._decision]
        if self.compared:
            self._population(root)
            forms.append(self._population)
        for _ in range(r.randint(2, 5)):
            r.choice(forms)(root)
        for _ in range(r.randint(2, 4)):
            self._decision(root)
        if r.random() < 0.3:
            self._scorecard(root)
        if r.random() < 0.25:
            self._impossible(root)
        order = list(self.blocks)
        r.shuffle(order)  # text order never matters
        return Policy(header, order)

    def name(self, stem: str) -> str:
        self.count += 1
        return f"{stem}{self.count}"

    # ---- data

    def _enums(self) -> None:
        words = ["zeta", "alpha", "mid", "beta", "yard", "gold", "iron"]  # text order is not the order
        for i in range(2):
            self.r.shuffle(words)
            members = tuple(f"{w}{i}" for w in words[: self.r.randint(2, 5)])
            ordered = i == 0
            enum = Enum(f"kind{i}", members, ordered)
            self.world.enums[enum.name] = enum
            how = f"is ordered {' < '.join(members)}" if ordered else f"is one of {', '.join(members)}"
            self.blocks.append([f"type {enum.name} {how}"])

    def _params(self) -> None:
        r = self.r
        for kind in r.sample((*AMOUNTS, "number", "percent", "CNY", "date"), r.randint(1, 4)):
            name = self.name("p")
            scale = r.choice((0, 1, STEPS[kind])) if kind != "date" and STEPS[kind] else 0
            days = [START - 100, *TURNS][: r.randint(1, 3)]
            values = [self._param_value(kind, scale) for _ in days]
            lines = [f"parameter {name} : {_TYPE[kind]}"]
            lines += [
                f"  from {date.fromordinal(d).isoformat()} : {amount_text(v, kind, scale)}"
                for d, v in zip(days, values, strict=True)
            ]
            self.blocks.append([*lines, "end"])
            kept = max(scale, STEPS[kind]) if kind in MONEY else scale
            up = 10 ** (kept - scale)
            low, high = min(values) * up, max(values) * up
            self.world.params.append(Val(name, kind, scale=kept, lo=low, hi=high, is_path=True))

    def _param_value(self, kind: str, scale: int) -> int:
        if kind == "date":
            return self.r.choice((738_945, 739_100, 739_310))
        return self.r.choice((0, 1, 5, 30, 60, 1000)) * 10**scale + self.r.choice((0, 1, -1))

    def _record(
        self, name: str, size: int, part: Record | None = None, child: Record | None = None
    ) -> Record:
        record = Record(name)
        kinds = [*AMOUNTS, "date", "date", "bool", "text", *self.world.enums]
        lines = [f"record {name}"]
        for _ in range(size):
            taken = {v.text for v in record.leaves}
            same = [v.text for v in child.leaves if v.text not in taken] if child is not None else []
            hiding = self.r.choice(same) if same and self.r.random() < 0.1 else ""
            found, line = self._field(self.r.choice(kinds), hiding)
            record.leaves.append(found.val())
            lines.append(line)
        if child is not None:
            record.child, record.child_record = "lines", child
            record.most_items = self.r.choice((3, 40, 10_000))
            most = f", up to {record.most_items} items" if record.most_items != 10_000 else ""
            lines.append(f"  lines : list of {child.name}{most}")
        if part is not None:
            record.part, record.part_record = "whose", part
            record.part_opt = self.r.random() < 0.25
            lines.append(f"  whose : {part.name}{', optional' if record.part_opt else ''}")
        self.blocks.append([*lines, "end"])
        return record

    def _field(self, kind: str, name: str) -> tuple[Field, str]:
        r = self.r
        name = name or self.name("f")
        type_text, scale = _TYPE.get(kind, kind), STEPS.get(kind, 0)
        if kind == "number" and r.random() < 0.6:
            scale = r.choice((0, 1, 2, 6))
            type_text = (
                f"number with {scale} decimals" if scale else r.choice(("count", "number with 0 decimals"))
            )
        if kind in {"percent", "CNY"} and r.random() < 0.15:
            scale = 3
            type_text += " with 3 decimals"
        out = Field(name, kind, scale)
        attrs = self._range(out, count=type_text == "count")
        if r.random() < 0.3:
            out.opt = True
            attrs.append("optional")
        elif r.random() < 0.2:
            attrs.append(f"default {self._default(out)}")
        return out, f"  {name} : {', '.join([type_text, *attrs])}"

    def _range(self, out: Field, *, count: bool) -> list[str]:
        if out.kind == "date":
            out.lo, out.hi = 693_596, 803_168
            if self.r.random() < 0.5:
                out.lo, out.hi = 738_521, 739_981
                return ["2023-01-01 to 2026-12-31"]
            return []
        if out.kind not in AMOUNTS:
            return []
        one = 10**out.scale
        if self.r.random() < 0.65:
            low, high = self.r.choice(((0, 100), (-50, 50), (1, 10), (0, 10**6), (-3, 0), (0, 10**4)))
            if out.kind == "months":
                low, high = max(low, -24), min(high, 60)
            if count:
                low = max(0, low)
                high = max(high, 5)
            out.lo, out.hi = low * one, high * one
            edge = (amount_text(low, out.kind, 0), amount_text(high, out.kind, 0))
            return [f"{edge[0]} to {edge[1]}"]
        most = _DEFAULT_MOST[out.kind] * one
        out.lo, out.hi = 0 if count else -most, most
        return []

    def _default(self, out: Field) -> str:
        if out.kind == "bool":
            return self.r.choice(("yes", "no"))
        if out.kind == "text":
            return '"a"'
        if out.kind == "date":
            return "2024-02-29"
        if out.kind in self.world.enums:
            return self.r.choice(self.world.enums[out.kind].members)
        value = self.r.choice((out.lo, out.hi, max(out.lo, min(out.hi, 1))))
        return amount_text(value, out.kind, out.scale)

    # ---- what is computed

    def _kind(self) -> str:
        return self.r.choice(
            (*AMOUNTS, "number", "percent", "CNY", "CNY", "date", "bool", "text", *self.world.enums)
        )

    def _define(self, record: Record) -> None:
        kind, name = self._kind(), self.name("v")
        value = self.exprs.expr(kind, Place(record), self.r.choice((2, 3, 3, 4)))
        if kind in self.world.enums:
            value = self.exprs.sure(kind, Place(record), 3)
            self.blocks.append([f"define {name} of {record.name} : {kind} as {value.text}"])
        elif kind in {"number", "percent"} and self.r.random() < 0.3:
            value = self._quotient(record, name, kind)
        elif self.r.random() < 0.8 or kind in {"text", "bool"}:
            self.blocks.append([f"define {name} of {record.name} as {value.text}"])
        else:
            value, type_text = self.fixed(self.exprs.sure(kind, Place(record), 3))
            word = "measure" if kind not in {"percent", "date"} and self.r.random() < 0.3 else "define"
            self.blocks.append([f"{word} {name} of {record.name} : {type_text} as {value.text}"])
        made = replace(value, text=name, level=9, is_path=True)
        record.leaves.append(made)

    def _quotient(self, record: Record, name: str, kind: str) -> Val:
        """A division whose decimals follow from a declared type, or from its `otherwise`."""
        r, place = self.r, Place(record)
        unit = r.choice(("number", "CNY", "days"))
        a, b = self.exprs.expr(unit, place, 1), self.exprs.leaf(unit, place, path=True)
        if b.lo == b.hi == 0:
            b = literal(9, unit, 0)
        scale = r.choice((0, 1, 4)) if kind == "number" else r.choice((1, 2, 4))
        quotient = f"{a.at(PRODUCT)} / {b.at(UNARY)}"
        size = (max(abs(a.lo), abs(a.hi)) + 1) * 10 ** (b.scale + scale + 2) // 10**a.scale
        opt = a.opt or b.opt or b.may_be_zero
        if r.random() < 0.5:
            type_text = f"{kind} with {scale} decimals"
            other = "" if not opt else f" otherwise {literal(7, kind, 0).text}"
            self.blocks.append([f"define {name} of {record.name} : {type_text} as {quotient}{other}"])
        else:
            scale = STEPS[kind]
            other = "" if opt else " when today > 2024-03-05"
            comma = "" if opt else ","
            text = f"{quotient}{other}{comma} otherwise {literal(7, kind, 0).text}"
            self.blocks.append([f"define {name} of {record.name} as {text}"])
        return Val(name, kind, 9, scale, -size - 10**9, size + 10**9)

    def fixed(self, value: Val) -> tuple[Val, str]:
        """Round what a declared type would refuse, or declare the decimals."""
        if value.kind not in MONEY or value.scale <= 2:
            return value, _TYPE.get(value.kind, value.kind)
        digits, scale = self.r.choice(((1, 2), (5, 2), (1, 1), (1, 0), (10, 0), (25, 2)))
        step = amount_text(digits, value.kind, scale)
        scale = len(step.split(" ")[0].partition(".")[2])
        text = f"round({value.text}, {step}{self.exprs.mode()})"
        return self.exprs.rounded(value, text, digits, scale), _TYPE[value.kind]

    def result(self, kind: str, place: Place, depth: int) -> Val:
        """A value that a decision may give: present, money rounded."""
        return self.fixed(self.exprs.sure(kind, place, depth))[0]

    def _because(self) -> str:
        r = self.r.random()
        return "" if r < 0.5 else ' because "why not"' if r < 0.8 else ' because en "so" zh "因为"'

    def _decision(self, record: Record) -> None:
        form = self.r.choice(
            ("as", "clauses", "clauses", "unique", "unique", "unique", "first", "first", "collect", "collect")
        )
        {"as": self._as, "clauses": self._clauses, "unique": self._table, "first": self._table,
         "collect": self._collect}[form](record, form)  # fmt: skip

    def _done(self, record: Record, name: str, value: Val, block: list[str]) -> None:
        self.blocks.append(block)
        made = replace(value, text=name, level=9, is_path=True)
        if self.r.random() < 0.45:
            self._overrides(record, made)
        record.leaves.append(made)

    def _as(self, record: Record, _form: str) -> None:
        kind, name = self._kind(), self.name("d")
        if self.r.random() < 0.2:
            self._list(record, kind, name)
            return
        value = self.result(kind, Place(record), 3)
        head = f"decision {name} of {record.name} : {_TYPE.get(kind, kind)}"
        self._done(record, name, value, [head, f"  as {value.text}{self._because()}", "end"])

    def _list(self, record: Record, kind: str, name: str) -> None:
        """A list of values, or of one of two lists."""
        place = Place(record)
        lists = []
        for _ in range(2):
            values = [self.result(kind, place, 1) for _ in range(self.r.randint(0, 3))]
            lists.append(f"[{', '.join(v.text for v in values)}]")
        body = f"  as {lists[0]}"
        if self.r.random() < 0.5:
            cond = self.exprs.condition(place, 2)
            body = f"  when {cond.at(LOGIC)} then {lists[0]}\n  otherwise {lists[1]}"
        head = f"decision {name} of {record.name} : list of {_TYPE.get(kind, kind)}"
        self.blocks.append([head, *body.split("\n"), "end"])

    def _outputs(self, record: Record) -> tuple[list[str], list[str], str]:
        count = self.r.choice((1, 1, 1, 2, 3))
        names = [self.name("d") for _ in range(count)]
        kinds = [self._kind() for _ in names]
        if count == 1:
            return names, kinds, f"decision {names[0]} of {record.name} : {_TYPE.get(kinds[0], kinds[0])}"
        gives = ", ".join(f"{n} : {_TYPE.get(k, k)}" for n, k in zip(names, kinds, strict=True))
        return names, kinds, f"decision {self.name('g')} of {record.name} gives {gives}"

    def _all_done(self, record: Record, names: list[str], columns: list[list[Val]], block: list[str]) -> None:
        self.blocks.append(block)
        outputs: list[Val] = []
        for name, values in zip(names, columns, strict=True):
            out = values[0]
            for v in values[1:]:
                out = self.exprs.either(out, v, "", 9, opt=False)
            made = replace(out, text=name, level=9, opt=False, is_path=True)
            if self.r.random() < 0.35:
                self._overrides(record, made)
            outputs.append(made)
            record.leaves.append(made)
        if len(outputs) > 1 and self.r.random() < 0.3:
            self._override_all(record, block[0].split()[1], outputs)

    def _override_all(self, record: Record, group: str, outputs: list[Val]) -> None:
        """One rule for all outputs of a decision, named with it or without."""
        known = {o.text for o in outputs}
        bare = _without(record, known)
        cond = self.exprs.condition(Place(bare), 2)
        over = ", ".join(f"{group}.{o.text}" if self.r.random() < 0.5 else o.text for o in outputs)
        sets = ", ".join(f"{o.text} = {self._rule_value(bare, o)}" for o in outputs)
        name = self.name("r")
        lines = [f"rule {name} overrides {over}", f"  when {cond.at(LOGIC)}", f"  then {sets}", "end"]
        self.blocks.append(lines)

    def _clauses(self, record: Record, _form: str) -> None:
        names, kinds, head = self._outputs(record)
        place = Place(record)
        lines, columns = [head], [[] for _ in names]  # type: list[str], list[list[Val]]
        count = self.r.randint(1, 4)
        for i in range(count):
            guard = self.exprs.optional_paths(place)
            if guard and self.r.random() < 0.3:
                path = self.r.choice(guard).text
                cond, inner = f"{path} is present", place.knowing(present=path)
                if self.r.random() < 0.5:
                    cond, inner = f"{path} is missing", place
                    place = place.knowing(present=path)
            else:
                cond, inner = self.exprs.condition(place, 2).at(LOGIC), place
            outs = self._results(names, kinds, columns, inner)
            word = "  when" if i == 0 else "  otherwise when"
            lines.append(f"{word} {cond} then {outs}{self._because()}")
        lines.append(f"  otherwise {self._results(names, kinds, columns, place)}{self._because()}")
        self._all_done(record, names, columns, [*lines, "end"])

    def _results(self, names: list[str], kinds: list[str], columns: list[list[Val]], place: Place) -> str:
        values = [self.result(k, place, self.r.choice((0, 0, 1, 2))) for k in kinds]
        for column, value in zip(columns, values, strict=True):
            column.append(value)
        if len(names) == 1:
            return values[0].at(SUM)
        return ", ".join(f"{n} = {v.at(SUM)}" for n, v in zip(names, values, strict=True))

    def _table(self, record: Record, form: str) -> None:
        names, kinds, head = self._outputs(record)
        place = Place(record)
        heads = self.tables.columns(place, 3 if form == "unique" else 4)
        rows = self.tables.rows(form, heads)
        reasons = self.r.choice(([], [], ["because"], ["because en", "because zh"]))
        columns: list[list[Val]] = [[] for _ in names]
        results: list[list[str]] = []
        for _ in rows:
            outs = []
            for column, kind in zip(columns, kinds, strict=True):
                value = self.result(kind, place, self.r.choice((0, 0, 0, 1, 2)))
                column.append(value)
                outs.append(value.at(SUM))
            results.append([*outs, *(self.r.choice(("", '"r"')) for _ in reasons)])
        lines = [head, f"  table {form}", *self.tables.lines(heads, [*names, *reasons], rows, results)]
        if (form == "first" and self.r.random() < 0.85) or (form == "unique" and self.r.random() < 0.1):
            lines.append(f"  otherwise {self._results(names, kinds, columns, place)}{self._because()}")
        self._all_done(record, names, columns, [*lines, "end"])

    def _collect(self, record: Record, _form: str) -> None:
        r, place = self.r, Place(record)
        fold = r.choice(("sum", "sum", "min", "max", "count", "list", "list"))
        kind = self._kind() if fold == "list" else r.choice(AMOUNTS)
        if fold in {"min", "max"} and r.random() < 0.3:
            kind = "kind0"
        name = self.name("d")
        heads = self.tables.columns(place, 3)
        rows = self.tables.rows("collect", heads)
        type_text = _TYPE.get(kind, kind)
        head = f"decision {name} of {record.name} : {type_text}"
        outs, kinds = [name], [kind]
        if fold == "list":
            head = f"decision {name} of {record.name} : list of {type_text}"
            if r.random() < 0.4:
                outs, kinds = [self.name("o"), self.name("o")], [kind, self._kind()]
                gives = ", ".join(f"{n} : {_TYPE.get(k, k)}" for n, k in zip(outs, kinds, strict=True))
                head = f"decision {name} of {record.name} gives {gives}"
        if fold == "count":
            head, kinds = f"decision {name} of {record.name} : count", ["number"]
        values = [[self.result(k, place, r.choice((0, 0, 1, 2))) for k in kinds] for _ in rows]
        if fold == "count":
            values = [[Val("1", "number", 9, 0, 1, 1)] for _ in rows]
        results = [[v.at(SUM) for v in row] for row in values]
        lines = [head, f"  table collect {fold}", *self.tables.lines(heads, outs, rows, results), "end"]
        self.blocks.append(lines)
        if fold == "list":
            return
        out = values[0][0]
        for row in values[1:]:
            out = self.exprs.either(out, row[0], "", 9, opt=False)
        if fold == "sum":
            low, high = min(0, out.lo) * len(rows), max(0, out.hi) * len(rows)
            out = replace(out, lo=low, hi=high)
        if fold == "count":
            out = Val("", "number", 9, 0, 0, len(rows))
        record.leaves.append(replace(out, text=name, level=9, opt=fold in {"min", "max"}, is_path=True))

    def _overrides(self, record: Record, target: Val) -> None:
        """Rules on one output, some of them ordered; unordered ones mostly agree."""
        r = self.r
        names: list[str] = []
        agreed = self._rule_value(record, target)
        for _ in range(r.choice((1, 1, 2, 3))):
            name = self.name("r")
            beats = [n for n in names if r.random() < 0.8]
            value = agreed if r.random() < 0.6 else self._rule_value(record, target)
            cond = self.exprs.condition(Place(record), 2)
            over = ", ".join([target.text, *beats])
            self.blocks.append(
                [f"rule {name} overrides {over}", f"  when {cond.at(LOGIC)}",
                 f"  then {target.text} = {value}{self._because()}", "end"]
            )  # fmt: skip
            names.append(name)

    def _rule_value(self, record: Record, target: Val) -> str:
        value = self.exprs.literal(target.kind)
        if value.scale > target.scale:
            return "0" if target.kind == "number" else target.text
        if target.kind in AMOUNTS and self.r.random() < 0.25:
            return f"min({target.text}, {value.text})"
        return value.text

    def _scorecard(self, record: Record) -> None:
        name, place = self.name("s"), Place(record)
        lines = [f"scorecard {name} of {record.name}"]
        for weight in self.r.choice(((25, 75), (50, 50), (10, 30, 60), (100,))):
            column = self.tables.column(place)
            lines.append(f"  criterion {self.name('c')} weight {weight}% on {column.at(SUM)}")
            for part in self.tables.parts(column):
                points = self.r.choice(("0", "40", "100", "12.5", "7.25"))
                lines.append(f"    | {part} | {points} |")
        self.blocks.append([*lines, "end"])
        record.leaves.append(Val(name, "number", 9, 6, 0, 100 * 10**6, is_path=True))

    def _impossible(self, record: Record) -> None:
        """A fact that few records have: an equation, beside a condition."""
        found = [v for v in record.leaves if v.kind in AMOUNTS and not v.opt]
        cond = self.exprs.condition(Place(record), 1).at(PRODUCT)
        if found:
            one = self.r.choice(found)
            edge = amount_text(max(one.lo, min(one.hi, 10**one.scale)), one.kind, one.scale)
            cond = f"{one.text} = {edge} and ({cond})"
        self.blocks.append([f"impossible of {record.name} when {cond}{self._because()}"])


def policy_of(seed: int) -> Policy:
    """Return the policy of a seed: half are flat, a third compare with a population."""
    return PolicyGen(seed, flat=seed % 2 == 0, compared=seed % 3 == 1).policy()


def _without(record: Record, names: set[str]) -> Record:
    """Return a record as it was before some outputs were made."""
    return replace(record, leaves=[v for v in record.leaves if v.text not in names])
