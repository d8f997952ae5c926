"""The strict operators as terms; ``AND`` and ``OR`` are the encoder's."""

from __future__ import annotations

from typing import assert_never

from kamflow.core.expr import Op
from kamflow.engines.sql.build import Builder
from kamflow.engines.sql.civil import Calendar
from kamflow.engines.sql.frame import Frame
from kamflow.engines.sql.terms import Term, literal_int


def apply_op(b: Builder, frame: Frame, calendar: Calendar, op: Op, args: list[Term]) -> Term:
    match op:
        case Op.ADD:
            return b.add(*args)
        case Op.SUB:
            return b.sub(*args)
        case Op.MUL:
            return b.mul(*args)
        case Op.NEG:
            return b.neg(args[0])
        case Op.ABS:
            return absolute(b, frame, args[0])
        case Op.MIN | Op.MAX:
            return b.least([frame.share(a, 1) for a in args], largest=op is Op.MAX)
        case Op.LT:
            return b.lt(*args)
        case Op.LE:
            return b.le(*args)
        case Op.EQ_INT | Op.EQ_TEXT | Op.EQ_BOOL:
            return b.eq(*args)
        case Op.NOT:
            return b.not_(args[0])
        case Op.ADD_MONTHS_CLAMP | Op.ADD_MONTHS_NEXT:
            return calendar.add_months(args[0], args[1], clamp=op is Op.ADD_MONTHS_CLAMP)
        case Op.WHOLE_MONTHS:
            return calendar.whole_months(args[0], args[1])
        case Op.YEAR_OF:
            return calendar.year(args[0])
        case Op.MONTH_OF:
            return calendar.month_of_year(args[0])
        case Op.AND | Op.OR:
            raise AssertionError(f"{op} is lazy")
        case _:
            assert_never(op)


def absolute(b: Builder, frame: Frame, t: Term) -> Term:
    if t.lo >= 0:
        return t
    if t.hi <= 0:
        return b.neg(t)
    t = frame.share(t)
    return b.case([(b.lt(t, literal_int(0)), b.neg(t))], t).between(0, max(t.hi, -t.lo))
