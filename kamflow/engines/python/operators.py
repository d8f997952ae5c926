"""The Python text or function of each operator, as total tables: the place where a slip would decide."""

from __future__ import annotations

from kamflow.core.expr import Fold, Op
from kamflow.values import dates

INFIX: dict[Op, str] = {
    Op.ADD: "+",
    Op.SUB: "-",
    Op.MUL: "*",
    Op.LT: "<",
    Op.LE: "<=",
    Op.EQ_INT: "==",
    Op.EQ_TEXT: "==",
    Op.EQ_BOOL: "==",
    Op.MIN: "<=",  # the test that keeps the left operand
    Op.MAX: ">=",
}


def _add_months_clamp(day: int, months: int) -> int:
    return dates.add_months(day, months, clamp=True)


def _add_months_next(day: int, months: int) -> int:
    return dates.add_months(day, months, clamp=False)


CALLED: dict[Op, object] = {
    Op.ADD_MONTHS_CLAMP: _add_months_clamp,
    Op.ADD_MONTHS_NEXT: _add_months_next,
    Op.WHOLE_MONTHS: dates.whole_months,
    Op.YEAR_OF: dates.year_of,
    Op.MONTH_OF: dates.month_of,
}

EMPTY: dict[Fold, str] = {
    Fold.SUM: "0",
    Fold.MIN: "None",
    Fold.MAX: "None",
    Fold.COUNT: "0",
    Fold.DISTINCT: "[]",
    Fold.LIST: "()",
}
