"""What each strict operator does with its evaluated operands; ``AND`` and ``OR`` are the interpreter's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from kamflow.core.expr import Fold, Op
from kamflow.values.data import Value
from kamflow.values.dates import add_months, month_of, whole_months, year_of


def as_int(value: Value) -> int:
    """Narrow a value that the checker typed as an amount, date or enum."""
    assert isinstance(value, int), f"not an integer: {value!r}"
    return value


def as_bool(value: Value) -> bool:
    assert isinstance(value, bool), f"not yes or no: {value!r}"
    return value


def as_text(value: Value) -> str:
    assert isinstance(value, str), f"not a text: {value!r}"
    return value


def as_tuple(value: Value) -> tuple[Value, ...]:
    assert isinstance(value, tuple), f"not a list: {value!r}"
    return value


def apply_op(op: Op, args: Sequence[Value]) -> Value:
    """Return the result of a strict operator."""
    match op:
        case Op.EQ_TEXT:
            return as_text(args[0]) == as_text(args[1])
        case Op.EQ_BOOL:
            return as_bool(args[0]) == as_bool(args[1])
        case Op.NOT:
            return not as_bool(args[0])
        case Op.AND | Op.OR:
            raise AssertionError(f"{op} is lazy")
        case _:
            return _on_ints(op, [as_int(a) for a in args])


def _on_ints(op: Op, args: list[int]) -> int | bool:
    match op:
        case Op.ADD:
            return args[0] + args[1]
        case Op.SUB:
            return args[0] - args[1]
        case Op.MUL:
            return args[0] * args[1]
        case Op.NEG:
            return -args[0]
        case Op.ABS:
            return abs(args[0])
        case Op.MIN:
            return min(args)
        case Op.MAX:
            return max(args)
        case Op.LT:
            return args[0] < args[1]
        case Op.LE:
            return args[0] <= args[1]
        case Op.EQ_INT:
            return args[0] == args[1]
        case Op.ADD_MONTHS_CLAMP:
            return add_months(args[0], args[1], clamp=True)
        case Op.ADD_MONTHS_NEXT:
            return add_months(args[0], args[1], clamp=False)
        case Op.WHOLE_MONTHS:
            return whole_months(args[0], args[1])
        case Op.YEAR_OF:
            return year_of(args[0])
        case Op.MONTH_OF:
            return month_of(args[0])
        case Op.AND | Op.OR | Op.NOT | Op.EQ_TEXT | Op.EQ_BOOL:
            raise AssertionError(f"{op} is not about integers")
        case _:
            assert_never(op)


def fold(how: Fold, values: Sequence[Value]) -> Value:
    """Return a list's fold: the sum of nothing is 0, its smallest and largest are missing."""
    match how:
        case Fold.COUNT:
            return len(values)
        case Fold.DISTINCT:
            return len(set(values))
        case Fold.LIST:
            return tuple(values)
        case Fold.SUM:
            return sum([as_int(v) for v in values])
        case Fold.MIN:
            return min([as_int(v) for v in values], default=None)
        case Fold.MAX:
            return max([as_int(v) for v in values], default=None)
        case _:
            assert_never(how)
