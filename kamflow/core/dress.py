"""Raw outcomes dressed for people: how values of a type are shown, and traces from what fired.

Assumes: the program and plan that the outcome came from, lowered or not.
Leaves: values only; nothing here decides anything.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import assert_never

from kamflow.core.expr import DefKey, Expr, Gather, Lit, Override, Pick, Ref, TagKind
from kamflow.core.program import DefKind, EvalPlan, Program, tag_of
from kamflow.core.ty import (
    BoolTy,
    EnumTy,
    ListTy,
    OptTy,
    RecordTy,
    ScaledTy,
    StructTy,
    TextTy,
    Ty,
    UnitKind,
)
from kamflow.values.codec import (
    Codec,
    DateCodec,
    DecimalCodec,
    EnumCodec,
    Json,
    LineCodec,
    ListCodec,
    SameCodec,
    WholeCodec,
    to_json,
)
from kamflow.values.data import Value
from kamflow.values.decision import Loose, Shape
from kamflow.values.outcome import Decided
from kamflow.values.trace import Answer, Applied, Step, Trace


def codec_of(ty: Ty) -> Codec:
    """Return how values of a type are shown; missing is missing for every type."""
    match ty:
        case OptTy(inner):
            return codec_of(inner)
        case BoolTy() | TextTy():
            return SameCodec()
        case EnumTy(_, members, _):
            return EnumCodec(members)
        case ScaledTy(unit, scale, _, _):
            if unit.kind is UnitKind.DATE:
                return DateCodec()
            if scale == 0 and unit.kind not in (UnitKind.MONEY, UnitKind.PERCENT):
                return WholeCodec()
            return DecimalCodec(scale, unit.kind is UnitKind.PERCENT)
        case ListTy(item):
            return ListCodec(codec_of(item))
        case StructTy(fields):
            return LineCodec(tuple(n for n, _ in fields), tuple(codec_of(t) for _, t in fields))
        case RecordTy(name):
            raise ValueError(f"a decision can't be a whole record ({name})")
        case _:
            assert_never(ty)


def shape_of(program: Program, plan: EvalPlan, as_of: date, loose: tuple[Loose, ...] = ()) -> Shape:
    """Return what all decisions of a plan on a day share, for decisions without a trace."""
    return Shape(
        plan.record,
        {k.name: i for i, k in enumerate(plan.outputs)},
        tuple(codec_of(program.defs[k].ty) for k in plan.outputs),
        as_of,
        {p.name: p.digest for p in program.policies},
        loose,
    )


def traced_shape(shape: Shape, program: Program, plan: EvalPlan) -> Shape:
    """Return the shape of decisions whose flat tuple ends with their ``Decided``, traced."""
    place = len(shape.codecs) + 1

    def trace_of(flat: tuple[object, ...]) -> Trace:
        decided = flat[place]
        assert isinstance(decided, Decided)
        return build_trace(program, plan, decided)

    return replace(shape, trace_of=trace_of)


def build_trace(program: Program, plan: EvalPlan, decided: Decided) -> Trace:
    """Return, for each output of the plan, the rows and rules that gave it, and all roundings."""
    rows = [k for k in plan.order if program.defs[k].kind is DefKind.ROWS]
    fired = dict(zip(rows, decided.fired, strict=True))
    ruled = [k for k in plan.order if isinstance(program.defs[k].body, Override)]
    applied = dict(zip(ruled, decided.overrides, strict=True))
    outputs = {k.name: _step(program, k, fired, applied.get(k, ())) for k in plan.outputs}
    return Trace(outputs, decided.rounded)


def _step(program: Program, key: DefKey, fired: dict[DefKey, Value], applied: tuple[int, ...]) -> Step:
    body = program.defs[key].body
    if not isinstance(body, Override):
        return Step(_answers(program, body, fired))
    base = _resolved(program, body.base)
    losers = beaten(body, applied)
    notes = tuple(
        Applied(body.rules[i].tag.name, body.rules[i].tag.because, i not in losers) for i in applied
    )
    return Step(_answers(program, base, fired), notes, _constant(base, fired) if applied else None)


def _resolved(program: Program, e: Expr) -> Expr:
    """Follow a reference to the definition before overrides."""
    if isinstance(e, Ref) and program.defs[e.key].kind is DefKind.BASE:
        return program.defs[e.key].body
    return e


def _answers(program: Program, body: Expr, fired: dict[DefKey, Value]) -> tuple[Answer, ...]:
    match body:
        case Pick(Ref(rows)) | Gather(Ref(rows)):
            found = fired.get(rows)
        case _:
            return ()
    indexes = found if isinstance(found, tuple) else (found,)
    tags = [tag_of(program, rows, i) for i in indexes if isinstance(i, int)]
    return tuple(Answer(t.kind.value, _number(t.kind, t.index), t.because) for t in tags if t is not None)


def _number(kind: TagKind, index: int) -> int:
    return 0 if kind is TagKind.OTHERWISE else index


def _constant(base: Expr, fired: dict[DefKey, Value]) -> Json:
    """Return the value that a row gave before overrides, where it is written in the row."""
    if isinstance(base, Lit):
        return to_json(codec_of(base.ty), base.value)
    if isinstance(base, Pick) and isinstance(base.row, Ref):
        row = fired.get(base.row.key)
        value = base.values[row] if isinstance(row, int) else None
        if isinstance(value, Lit):
            return to_json(codec_of(base.ty), value.value)
    return None


def beaten(body: Override, applied: tuple[int, ...]) -> set[int]:
    """Return the rules that others among those that apply are written to overrule, and theirs in turn."""
    losers: set[int] = set()
    todo = list(applied)
    while todo:
        for loser in body.rules[todo.pop()].beats:
            if loser not in losers:
                losers.add(loser)
                todo.append(loser)
    return losers
