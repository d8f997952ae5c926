"""A second, naive meaning of core arithmetic for the property tests: exact fractions, every value tried."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Decimal
from fractions import Fraction
from itertools import product

from kamflow.base.span import NOWHERE
from kamflow.core.expr import Apply, DivRound, Expr, Get, IsPresent, Lit, Op, Unwrap, Var
from kamflow.core.ty import BOOL, NUMBER, OptTy, RecordTy, ScaledTy
from kamflow.values.rounding import Rounding

SELF = Var("self", RecordTy("r"), NOWHERE)
_MODES = {
    Rounding.HALF_UP: ROUND_HALF_UP, Rounding.HALF_EVEN: ROUND_HALF_EVEN, Rounding.UP: ROUND_UP,
    Rounding.DOWN: ROUND_DOWN, Rounding.FLOOR: ROUND_FLOOR, Rounding.CEILING: ROUND_CEILING,
}  # fmt: skip

Env = Mapping[str, int | None]


class MissingError(Exception):
    """Something was read that is not there: no condition that was checked does this."""


def field(name: str, lo: int, hi: int, *, optional: bool = False, scale: int = 0) -> Get:
    ty = ScaledTy(NUMBER, scale, lo, hi)
    return Get(SELF, name, OptTy(ty) if optional else ty, NOWHERE)


def number(value: int, scale: int = 0) -> Lit:
    return Lit(value, ScaledTy(NUMBER, scale, value, value), NOWHERE)


def there(e: Get) -> Unwrap:
    assert isinstance(e.ty, OptTy)
    return Unwrap(e, e.ty.inner, NOWHERE)


def apply_bool(op: Op, *args: Expr) -> Apply:
    return Apply(op, args, BOOL, NOWHERE)


def environments(fields: Mapping[str, Get]) -> Iterator[dict[str, int | None]]:
    """Yield every combination of values of a few fields with small ranges."""
    choices: list[list[int | None]] = []
    for e in fields.values():
        inner = e.ty.inner if isinstance(e.ty, OptTy) else e.ty
        assert isinstance(inner, ScaledTy)
        values: list[int | None] = list(range(inner.lo, inner.hi + 1))
        choices.append([*values, None] if isinstance(e.ty, OptTy) else values)
    for values_ in product(*choices):
        yield dict(zip(fields, values_, strict=True))


def holds(e: Expr, env: Env) -> bool:
    """Say whether a condition is true; ``and`` and ``or`` stop early."""
    match e:
        case IsPresent(Get(_, name, _)):
            return env[name] is not None
        case Apply(Op.NOT, (arg,)):
            return not holds(arg, env)
        case Apply(Op.AND, args):
            return all(holds(a, env) for a in args)
        case Apply(Op.OR, args):
            return any(holds(a, env) for a in args)
        case Apply(Op.LE, (a, b)):
            return value(a, env) <= value(b, env)
        case Apply(Op.LT, (a, b)):
            return value(a, env) < value(b, env)
        case Apply(Op.EQ_INT, (a, b)):
            return value(a, env) == value(b, env)
        case _:
            raise AssertionError(e)


def value(e: Expr, env: Env) -> int:
    """Return the integer that an amount is; division by 0 raises ``ZeroDivisionError``."""
    match e:
        case Get(_, name, _):
            found = env[name]
            if found is None:
                raise MissingError
            return found
        case Unwrap(arg):
            return value(arg, env)
        case Lit(int() as digits):
            return digits
        case Apply(op, args):
            return _operate(op, [value(a, env) for a in args])
        case DivRound(num, den, step, mode, _):
            exact = Fraction(value(num, env), value(den, env))
            return rounded(exact, mode) * step
        case _:
            raise AssertionError(e)


def _operate(op: Op, args: list[int]) -> int:
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
        case _:
            raise AssertionError(op)


def rounded(exact: Fraction, mode: Rounding) -> int:
    """Round by the decimal module of the standard library."""
    whole, rest = divmod(abs(exact), 1)
    # only whether the rest is 0, below, at or above one half decides: four decimals that say the same
    stand_in = Decimal(0) if rest == 0 else Decimal("0.25") if rest < Fraction(1, 2) else Decimal("0.5")
    if rest > Fraction(1, 2):
        stand_in = Decimal("0.75")
    amount = Decimal(int(whole)) + stand_in
    return int((-amount if exact < 0 else amount).to_integral_value(rounding=_MODES[mode]))
