"""Values and table cells in words, for people: ``1,118.75 CNY``, ``60 to below 82``, ``重点客户``.

Enum members go by their label, amounts carry their unit and are grouped by thousands. What a field marks
as personal is never said. Texts of records come out as they are: who prints them makes them safe.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import assert_never, cast

from kamflow.base.text import NO_TEXT, Text
from kamflow.core.dress import codec_of
from kamflow.core.expr import (
    AnyCell,
    Apply,
    Cell,
    Expr,
    Get,
    Lit,
    MissingCell,
    NotCell,
    Op,
    OrCell,
    Param,
    PointCell,
    RangeCell,
    Ref,
    Unwrap,
    Var,
    walk,
)
from kamflow.core.program import Def, DefKind, FieldDecl, Program, RecordDecl
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
    strip_opt,
)
from kamflow.values.codec import Codec, Json, to_json
from kamflow.values.data import TypedRecord, Value
from kamflow.values.dates import show_day
from kamflow.values.decimals import show_scaled

MISSING = Text("missing", "缺失")
PERSONAL = Text("(personal)", "（个人信息）")
NONE = Text("none", "无")
ID_NAMES = ("id", "编号", "客户编号")
NAME_NAMES = ("name", "名称", "客户名称", "company", "公司名称")

Ask = Callable[[Expr], Value]
"""Gives the value of an expression about the record at hand."""


def say(value: Value, ty: Ty, program: Program | None) -> Text:
    """Write a value for people, in both languages.

    Readers want labels; without a program members go by the names that an author writes.
    """
    if value is None:
        return MISSING
    match ty:
        case OptTy(inner):
            return say(value, inner, program)
        case BoolTy():
            return Text("yes", "是") if value else Text("no", "否")
        case TextTy():
            return Text(str(value))
        case EnumTy(name, members, _):
            index = cast(int, value)
            decl = program.enums.get(name) if program is not None else None
            return (decl.labels[index] if decl is not None else None) or Text(members[index])
        case ScaledTy():
            return say_amount(cast(int, value), ty)
        case ListTy(item):
            return _list(cast("tuple[Value, ...]", value), item, program)
        case StructTy(fields):
            first, *rest = (say(v, t, program) for v, (_, t) in zip(_parts(value), fields, strict=True))
            en, zh = ", ".join(r.en for r in rest), "，".join(r.zh or r.en for r in rest)
            return Text(f"{first.en} ({en})", f"{first.zh or first.en}（{zh}）") if rest else first
        case RecordTy():
            own = id_of_record(cast(TypedRecord, value), program) if program is not None else None
            return Text(own or "…")
        case _:
            assert_never(ty)


def say_default(path: str, record: str, program: Program) -> Text | None:
    """Say the default of a field, found by its path from a record: ``orders[2].discount``."""
    decl: FieldDecl | None = None
    inner: Ty = RecordTy(record)
    for name in path.split("."):
        if not isinstance(inner, RecordTy):
            return None
        decl = program.records[inner.name].field(name.partition("[")[0])
        if decl is None:
            return None
        inner = strip_opt(decl.ty)
        inner = strip_opt(inner.item) if isinstance(inner, ListTy) else inner
    return say(decl.default, decl.ty, program) if decl is not None else None


def _parts(value: Value) -> tuple[Value, ...]:
    return cast("tuple[Value, ...]", value)


def _list(values: tuple[Value, ...], item: Ty, program: Program | None) -> Text:
    if isinstance(strip_opt(item), RecordTy):
        count = len(values)
        return Text(f"{count} entry" if count == 1 else f"{count} entries", f"{count} 条")
    if not values:
        return NONE
    said = [say(v, item, program) for v in values]
    return Text("; ".join(s.en for s in said), "；".join(s.zh or s.en for s in said))


def say_amount(value: int, ty: ScaledTy) -> Text:
    """Write an amount for people: grouped, with its unit; money keeps its decimals."""
    match ty.unit.kind:
        case UnitKind.DATE:
            return Text(show_day(value))
        case UnitKind.MONEY:
            text = grouped(show_scaled(value, ty.scale))
            zh = f"{text} 元" if ty.unit.currency == "CNY" else f"{text} {ty.unit.currency}"
            return Text(f"{text} {ty.unit.currency}", zh)
        case UnitKind.PERCENT:
            return Text(f"{short(value, ty.scale)}%")
        case UnitKind.DAYS:
            text = short(value, ty.scale)
            return Text(f"{text} day" if text == "1" else f"{text} days", f"{text} 天")
        case UnitKind.MONTHS:
            text = short(value, ty.scale)
            return Text(f"{text} month" if text == "1" else f"{text} months", f"{text} 个月")
        case UnitKind.NUMBER:
            return Text(short(value, ty.scale))
        case _:
            assert_never(ty.unit.kind)


def short(value: int, scale: int) -> str:
    """Return a scaled integer grouped, without zeros at the end of its decimals."""
    text = show_scaled(value, scale)
    return grouped(text.rstrip("0").rstrip(".") if "." in text else text)


def grouped(text: str) -> str:
    """Group the digits before the point by thousands."""
    whole, point, rest = text.partition(".")
    sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    return f"{sign}{int(digits):,}{point}{rest}"


def plain(value: Value, ty: Ty) -> Json:
    """Return a value for JSON; records are named by how many there are."""
    inner = strip_opt(ty)
    if value is None:
        return None
    if isinstance(inner, RecordTy):
        return None
    if isinstance(inner, ListTy) and isinstance(strip_opt(inner.item), RecordTy):
        return len(_parts(value))
    return to_json(_codec(inner), value)


@lru_cache(maxsize=1024)
def _codec(ty: Ty) -> Codec:
    return codec_of(ty)


def id_field(schema: RecordDecl) -> str | None:
    return next((n for n in ID_NAMES if schema.field(n) is not None), None)


def name_field(schema: RecordDecl) -> str | None:
    """Return the text field that names a record for people; never one with personal data."""
    for name in NAME_NAMES:
        decl = schema.field(name)
        if decl is not None and isinstance(strip_opt(decl.ty), TextTy) and not decl.personal:
            return name
    return None


def id_of_record(record: TypedRecord, program: Program) -> str | None:
    """Return a record's id as text; None where it has none that may be shown."""
    schema = program.records[record.record]
    name = id_field(schema)
    decl = schema.field(name) if name is not None else None
    if decl is None or decl.personal:
        return None
    return say(record.fields.get(decl.name), decl.ty, program).en


def own_label(program: Program, d: Def) -> Text:
    """Return what people call a definition; empty where its label is that of several outputs together."""
    if not d.label or d.kind is not DefKind.DECISION or d.decl == d.key.name:
        return d.label
    others = (o for o in program.defs.values() if o.decl == d.decl and o.kind is d.kind and o.key != d.key)
    return NO_TEXT if any(o.label == d.label for o in others) else d.label


_SIGNS = {Op.ADD: "+", Op.SUB: "-"}


def name_of(e: Expr) -> str:
    """Name an expression by its path, a sum or difference by those of its parts; else it is `…`."""
    match e:
        case Get(Var("self"), name):
            return name
        case Get(record, name):
            return f"{name_of(record)}.{name}"
        case Ref(key, Var("self")):
            return key.name.partition("#")[0]
        case Ref(key, subject):
            return f"{name_of(subject)}.{key.name}"
        case Unwrap(arg):
            return name_of(arg)
        case Var(name) | Param(name):
            return name
        case Apply(Op.ADD | Op.SUB as op, (a, b)):
            left, right = name_of(a), name_of(b)
            return "…" if "…" in (left, right) else f"{left} {_SIGNS[op]} {right}"
        case Apply(Op.MUL, (x, Lit(int() as factor))) if factor > 1 and str(factor).strip("0") == "1":
            return name_of(x)  # the same amount at a finer scale
        case _:
            return "…"


# ---- table cells


def say_cell(cell: Cell, column: Ty, program: Program, ask: Ask) -> Text | None:
    """Say what a cell asks of its column: ``60 to below 82``; None where it takes everything."""
    match cell:
        case AnyCell():
            return None
        case MissingCell():
            return MISSING
        case PointCell(value):
            return _bound(value, program, ask)
        case RangeCell():
            return _range(cell, column, program, ask)
        case NotCell(inner):
            said = say_cell(inner, column, program, ask)
            return None if said is None else Text(f"not {said.en}", f"非 {said.zh or said.en}")
        case OrCell(cells):
            found = [say_cell(c, column, program, ask) for c in cells]
            known = [f for f in found if f is not None]
            if len(known) < len(found):
                return None
            return Text(" or ".join(k.en for k in known), "或".join(k.zh or k.en for k in known))
        case _:
            assert_never(cell)


def _bound(e: Expr, program: Program, ask: Ask) -> Text:
    """Say a bound; one that rests on parameters names them."""
    said = say(ask(e), e.ty, program)
    names = ", ".join(dict.fromkeys(n.name for n in walk(e) if isinstance(n, Param)))
    return Text(f"{names} = {said.en}", f"{names} = {said.zh or said.en}") if names else said


def _range(cell: RangeCell, column: Ty, program: Program, ask: Ask) -> Text:
    inner = strip_opt(column)
    is_date = isinstance(inner, ScaledTy) and inner.unit.kind is UnitKind.DATE
    lo = None if cell.lo is None else _bound(cell.lo, program, ask)
    hi = None if cell.hi is None else _bound(cell.hi, program, ask)
    if lo is not None and hi is not None:
        return _between(lo, hi, lo_in=cell.lo_in, hi_in=cell.hi_in)
    if lo is not None:
        words = ("from {} on", "{} 起") if cell.lo_in else ("after {}", "晚于 {}")
        if not is_date:
            words = ("at least {}", "不低于 {}") if cell.lo_in else ("above {}", "高于 {}")
        return Text(words[0].format(lo.en), words[1].format(lo.zh or lo.en))
    assert hi is not None
    words = ("up to {}", "不晚于 {}") if cell.hi_in else ("before {}", "早于 {}")
    if not is_date:
        words = ("at most {}", "不超过 {}") if cell.hi_in else ("below {}", "低于 {}")
    return Text(words[0].format(hi.en), words[1].format(hi.zh or hi.en))


def _between(lo: Text, hi: Text, *, lo_in: bool, hi_in: bool) -> Text:
    left, right = lo.zh or lo.en, hi.zh or hi.en
    match lo_in, hi_in:
        case True, True:
            return Text(f"{lo.en} to {hi.en}", f"{left} 至 {right}")
        case True, False:
            return Text(f"{lo.en} to below {hi.en}", f"{left} 至低于 {right}")
        case False, True:
            return Text(f"above {lo.en} to {hi.en}", f"高于 {left} 至 {right}")
        case _:
            return Text(f"between {lo.en} and {hi.en}", f"高于 {left} 且低于 {right}")
