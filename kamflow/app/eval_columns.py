"""Decisions as rows of a table file: one column an output; and which outputs people want to see first.

| format | header | value |
|---|---|---|
| csv | names | as in JSON; lists joined with ``; ``, lines as ``action (owner, due)`` |
| xlsx | labels in the language asked for | numbers, dates, labels of members; percent in points |
| parquet | names | decimals, dates; percent in points; lists as JSON text |
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from kamflow.base.display import display_width
from kamflow.base.text import Lang
from kamflow.core.dress import codec_of
from kamflow.core.expr import DefKey, Gather, Override, Pick, Ref
from kamflow.core.program import Def, DefKind, EvalPlan, Program, reads, tag_of
from kamflow.core.ty import BoolTy, EnumTy, ListTy, ScaledTy, StructTy, TextTy, Ty, UnitKind, strip_opt
from kamflow.core.wording import own_label, say
from kamflow.portfolio import Column, ColumnKind
from kamflow.portfolio.columns_out import digits_for
from kamflow.values.codec import Json, Plain, to_json, to_python
from kamflow.values.data import Value
from kamflow.values.decision import Decision

ID = "id"

Cell = Callable[[Value], object]


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of an output file, and how a decision becomes a row of them."""

    columns: tuple[Column, ...]
    cells: tuple[Cell, ...]

    def row(self, decision: Decision) -> Mapping[str, object]:
        names = [c.name for c in self.columns]
        values = (cell(v) for cell, v in zip(self.cells, decision.raw(), strict=True))
        return dict(zip(names, (decision.id, *values), strict=True))


def columns_for(format_: str, program: Program, plan: EvalPlan, lang: Lang) -> Columns:
    """Return the columns that a format gets (``csv``, ``xlsx``, ``parquet``)."""
    defs = [program.defs[k] for k in plan.outputs]
    names = _headers(program, defs, lang) if format_ == "xlsx" else [d.key.name for d in defs]
    made = [_column(format_, name, d.ty, program, lang) for name, d in zip(names, defs, strict=True)]
    return Columns((Column(ID), *(c for c, _ in made)), tuple(f for _, f in made))


def _headers(program: Program, defs: list[Def], lang: Lang) -> list[str]:
    """Return labels, with the name where two would be the same; percent columns say their unit."""
    labels = [label_of(program, d, lang) for d in defs]
    twice = Counter([ID, *labels])
    out: list[str] = []
    for d, label in zip(defs, labels, strict=True):
        text = f"{label} ({d.key.name})" if twice[label] > 1 else label
        out.append(f"{text} (%)" if _is_percent(d.ty) else text)
    return out


def label_of(program: Program, d: Def, lang: Lang) -> str:
    """Return what people call an output: its own label, or its name."""
    return own_label(program, d).in_(lang) or d.key.name


def _is_percent(ty: Ty) -> bool:
    inner = strip_opt(ty)
    return isinstance(inner, ScaledTy) and inner.unit.kind is UnitKind.PERCENT


def _column(format_: str, name: str, ty: Ty, program: Program, lang: Lang) -> tuple[Column, Cell]:
    inner = strip_opt(ty)
    codec = codec_of(inner)
    if format_ == "csv":
        return Column(name), lambda v: joined(to_json(codec, v))
    match inner:
        case BoolTy():
            return Column(name, ColumnKind.YES_NO), lambda v: v
        case ScaledTy(unit, scale, lo, hi):
            if unit.kind is UnitKind.DATE:
                return Column(name, ColumnKind.DATE), lambda v: to_python(codec, v)
            digits = digits_for(lo, hi, scale)
            return Column(name, ColumnKind.NUMBER, scale, digits), lambda v: _decimal(to_python(codec, v))
        case EnumTy() | ListTy() if format_ == "xlsx":
            return Column(name), lambda v: None if v is None else say(v, inner, program).in_(lang)
        case ListTy() | StructTy():
            return Column(name, ColumnKind.JSON), lambda v: to_json(codec, v)
        case _:
            return Column(name), lambda v: to_json(codec, v)


def _decimal(value: Plain) -> object:
    return Decimal(value) if isinstance(value, int) else value


def joined(value: Json) -> object:
    """Return a JSON value as one cell: lists joined with ``; ``, lines as ``first (others)``."""
    match value:
        case list():
            return "; ".join(str(joined(v)) for v in value)
        case dict():
            first, *rest = (_word(joined(v)) for v in value.values())
            return f"{first} ({', '.join(rest)})" if rest else first
        case _:
            return value


def _word(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case _:
            return str(value)


# ---- what to show first


def headlines(program: Program, plan: EvalPlan) -> list[DefKey]:
    """Return the outputs, those first that sales people look for first.

    A choice among named members with reasons (a tier) leads; then each policy and each kind of value
    (amounts, actions, prices) gets its turn. Of amounts the one that rests on most others is the final
    one; scores and yes/no come last.
    """
    fan = Counter(k for key in plan.order for k in _opened(program, key))
    left = {k: _weight(program, k, fan[k], _depth(program, k)) for k in plan.outputs}
    seen: Counter[str] = Counter()
    out: list[DefKey] = []
    while left:
        best = max(
            left, key=lambda k: left[k] - sum(_TIRED[i] * seen[w] for i, w in enumerate(_sorts(program, k)))
        )
        del left[best]
        seen.update(_sorts(program, best))
        out.append(best)
    return out


_TIRED = (0.6, 0.7, 1.5)
"""What an output loses for each one shown before it of its policy, its kind of value, its declaration."""


def _sorts(program: Program, key: DefKey) -> tuple[str, str, str]:
    found = program.defs[key]
    ty = strip_opt(found.ty)
    kind = ty.unit.kind.value if isinstance(ty, ScaledTy) else type(ty).__name__
    return f"policy {found.policy}", f"kind {kind}", f"decl {found.decl}"


def _opened(program: Program, key: DefKey) -> set[DefKey]:
    return {k for k in reads(program.defs[key].body) if k.record == key.record}


def _depth(program: Program, key: DefKey) -> int:
    """Return how many definitions an output rests on."""
    seen, todo = {key}, [key]
    while todo:
        fresh = _opened(program, todo.pop()) - seen
        seen |= fresh
        todo.extend(fresh)
    return len(seen) - 1


def _weight(program: Program, key: DefKey, used: int, depth: int) -> float:
    found = program.defs[key]
    weight = min(depth, 60) / 60
    if found.kind is DefKind.SCORE:
        weight -= 1
    if has_reasons(program, key):
        weight += 3 if isinstance(strip_opt(found.ty), EnumTy) else 1
    match strip_opt(found.ty):
        case EnumTy(name, _, ordered):
            weight += (4 if ordered else 2) + min(used, 8) / 4 - _excess(program, name)
        case ListTy():
            weight += 6
        case ScaledTy(unit) if unit.kind is UnitKind.MONEY:
            weight += 5
        case ScaledTy(unit) if unit.kind in (UnitKind.PERCENT, UnitKind.DATE):
            weight += 1
        case TextTy():
            weight += 1
        case _:
            pass
    first = next(k for k, d in program.defs.items() if d.decl == found.decl and d.kind is found.kind)
    # an override is an exception that people ask about; a decision's further outputs come after its first
    return weight + isinstance(found.body, Override) - 1.5 * (first != key)


def _excess(program: Program, enum: str) -> float:
    """Return what an enum loses for labels that take much of a line."""
    decl = program.enums[enum]
    widest = max(display_width(t.en or n) for t, n in zip(decl.labels, decl.ty.members, strict=True))
    return max(widest - 8, 0) / 6


def has_reasons(program: Program, key: DefKey) -> bool:
    """Say whether the rows or rules of an output carry reasons."""
    body = program.defs[key].body
    if isinstance(body, Override):
        if any(r.tag.because for r in body.rules):
            return True
        base = body.base
        body = program.defs[base.key].body if isinstance(base, Ref) else base
    match body:
        case Pick(Ref(rows), values) | Gather(Ref(rows), _, values):
            tags = (tag_of(program, rows, i) for i in range(len(values)))
            return any(t is not None and bool(t.because) for t in tags)
        case _:
            return False


def main_output(program: Program, plan: EvalPlan) -> DefKey | None:
    """Return the output whose reason is shown beside the values, if one has reasons."""
    return next((k for k in headlines(program, plan) if has_reasons(program, k)), None)
