"""An interpreter that looks at every value it computes: the types' ranges must hold, and what was met."""

from __future__ import annotations

from collections import Counter

from kamflow.core.expr import Aggregate, Apply, Choose, DivRound, Expr, Gather, IsPresent, Op, PopTerm
from kamflow.core.ty_laws import value_fits
from kamflow.engines.interp.interpreter import Interpreter
from kamflow.engines.interp.scope import Scope
from kamflow.values.data import Value

COMPARISONS = frozenset({Op.LT, Op.LE, Op.EQ_INT, Op.EQ_TEXT, Op.EQ_BOOL})


class OutOfTypeError(AssertionError):
    """A value lies outside the type that the checker gave its expression."""


class Inspecting(Interpreter):
    met: Counter[str]

    def _eval(self, e: Expr, scope: Scope) -> Value:
        value = super()._eval(e, scope)
        if not value_fits(value, e.ty):
            raise OutOfTypeError(f"{scope.name}: {value!r} is no {e.ty}")
        met = self.met
        met[type(e).__name__] += 1
        match e:
            case Apply(op=op):
                met[op.name] += 1
                if op in COMPARISONS:
                    met["compared"] += 1
                    met["true"] += value is True
            case DivRound(mode=mode, step=step):
                met[mode.name] += 1
                met["step"] += step > 1
            case Choose(hit=hit):
                met[hit.name] += 1
            case Gather(fold=fold) | Aggregate(fold=fold):
                met[f"{type(e).__name__}.{fold.name}"] += 1
            case PopTerm(kind=kind, group=group):
                met[f"PopTerm.{kind.name}"] += 1
                met["PopTerm.grouped"] += group is not None
            case IsPresent():
                met["asked"] += 1
                met["missing"] += value is False
            case _:
                pass
        return value

    def _div_round(self, e: DivRound, scope: Scope) -> int:
        before = len(scope.notes)
        result = super()._div_round(e, scope)
        self.met["inexact"] += len(scope.notes) > before
        return result
