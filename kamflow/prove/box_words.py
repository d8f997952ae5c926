"""Boxes in the words of the policy: ``tier = A or S, value_score 78 to below 82``.

Members and texts are as the policy writes them, so that they can be typed; amounts carry their units.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kamflow.base.text import Text
from kamflow.core.program import Program
from kamflow.core.ty import EnumTy, ScaledTy, TextTy, UnitKind
from kamflow.core.wording import MISSING, name_of, say
from kamflow.tables.grid import Axis, Box
from kamflow.tables.values import Values, minus

_MANY = 4  # members after which it is shorter to name those that are left out


def say_box(program: Program, axes: Sequence[Axis], box: Box) -> Text:
    """Say what a box asks, column by column; what takes every value of its column goes unsaid."""
    parts = [_column(program, a, v) for a, v in zip(axes, box, strict=True) if v != a.whole]
    if not parts:
        return Text("in every case", "任何情况")
    return Text(", ".join(p.en for p in parts), "，".join(p.zh for p in parts))


def column_name(axis: Axis) -> str:
    return name_of(axis.column)


def _column(program: Program, axis: Axis, values: Values) -> Text:
    name = column_name(axis)
    said = say_values(program, axis, values)
    if _is_line(axis) and not all(a == b for a, b in values):
        return Text(f"{name} {said.en}", f"{name} {said.zh}")
    return Text(f"{name} = {said.en}", f"{name} = {said.zh}")


def _is_line(axis: Axis) -> bool:
    return isinstance(axis.ty, ScaledTy)


def say_values(program: Program, axis: Axis, values: Values) -> Text:
    """Say a set of values of a column."""
    parts: list[Text] = []
    inside = tuple((a, b) for a, b in values if a != axis.missing)
    if inside == axis.present and axis.missing is not None:
        parts.append(Text("present", "不缺失"))
    elif _is_line(axis):
        parts += [_range(program, axis, a, b) for a, b in inside]
    elif inside:
        parts += _listed(program, axis, inside)
    if len(inside) < len(values):
        parts.append(MISSING)
    return Text(" or ".join(p.en for p in parts), "或".join(p.zh for p in parts))


def _listed(program: Program, axis: Axis, values: Values) -> list[Text]:
    codes = [c for a, b in values for c in range(a, b + 1)]
    left_out = [c for a, b in minus(axis.present, values) for c in range(a, b + 1)]
    if left_out and len(codes) > _MANY and len(left_out) < len(codes):
        names = [say_code(program, axis, c) for c in left_out]
        return [Text("not " + " or ".join(n.en for n in names), "非 " + "或".join(n.zh for n in names))]
    return [say_code(program, axis, c) for c in codes]


def say_code(program: Program, axis: Axis, code: int) -> Text:
    """Say one value of a column."""
    if code == axis.missing:
        return MISSING
    match axis.ty:
        case EnumTy(_, members, _):
            return Text(members[code], members[code])
        case TextTy() if code >= len(axis.texts):
            if not axis.texts:
                return Text("any text", "任何文本")
            return Text("any other text", "其他文本")
        case TextTy():
            return Text(f'"{axis.texts[code]}"', f"“{axis.texts[code]}”")
        case ScaledTy():
            said = say(code, axis.ty, program)
        case _:
            said = say(code == 1, axis.ty, program)
    return Text(said.en, said.zh or said.en)


@dataclass(frozen=True, slots=True)
class Bounds:
    """A range as a person would write it; ``None`` where the column ends there anyway."""

    lo: int | None
    lo_in: bool
    hi: int | None
    hi_in: bool


def bounds_of(axis: Axis, a: int, b: int) -> Bounds:
    """Return the bounds of ``a`` to ``b``; where the value next to one is rounder, that is named."""
    is_date = isinstance(axis.ty, ScaledTy) and axis.ty.unit.kind is UnitKind.DATE
    lo_in = is_date or _digits(a) <= _digits(a - 1)
    hi_in = is_date or _digits(b) <= _digits(b + 1)
    lo = None if a == axis.lo else a if lo_in else a - 1
    hi = None if b == axis.hi else b if hi_in else b + 1
    return Bounds(lo, lo_in, hi, hi_in)


def _range(program: Program, axis: Axis, a: int, b: int) -> Text:
    if a == b:
        return say_code(program, axis, a)
    is_date = isinstance(axis.ty, ScaledTy) and axis.ty.unit.kind is UnitKind.DATE
    bounds = bounds_of(axis, a, b)
    low = None if bounds.lo is None else say_code(program, axis, bounds.lo)
    high = None if bounds.hi is None else say_code(program, axis, bounds.hi)
    if low is not None and high is not None:
        to, to_zh = ("to", "至") if bounds.hi_in else ("to below", "至不满")
        start, start_zh = ("", "") if bounds.lo_in else ("above ", "高于 ")
        return Text(f"{start}{low.en} {to} {high.en}", f"{start_zh}{low.zh} {to_zh} {high.zh}")
    if high is not None:
        words = ("up to {}", "不晚于 {}") if is_date else ("at most {}", "不超过 {}")
        words = words if bounds.hi_in else ("below {}", "低于 {}")
        return Text(words[0].format(high.en), words[1].format(high.zh))
    assert low is not None  # a set that is not the whole column
    words = ("from {} on", "{} 起") if is_date else ("at least {}", "不低于 {}")
    words = words if bounds.lo_in else ("above {}", "高于 {}")
    return Text(words[0].format(low.en), words[1].format(low.zh))


def _digits(value: int) -> int:
    """Return how many digits a value has before its zeros at the end."""
    return len(str(abs(value)).rstrip("0"))
