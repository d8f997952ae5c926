"""No part of any expression can grow beyond 128 bits: the last look at what was checked.

Arithmetic reports its own results where they are written. Amounts grow elsewhere too: when they get the
decimals of what they are compared with or stand for, in the dividend of a division, in a sum of rows.
"""

from __future__ import annotations

from collections.abc import Iterable

from kamflow.base.diagnostic import Sink
from kamflow.check import amounts, errors
from kamflow.core.expr import Expr, walk
from kamflow.core.program import Def
from kamflow.core.ty import ScaledTy, strip_opt


def refuse_wide(defs: list[Def], sink: Sink) -> list[Def]:
    """Return the definitions of a unit, or none of them with a finding for the first that is too wide."""
    return defs if fits_all((d.body for d in defs), sink) else []


def fits_all(exprs: Iterable[Expr], sink: Sink) -> bool:
    """Report the innermost part that is too wide, of the first expression that has one."""
    for e in exprs:
        for part in reversed(list(walk(e))):  # what is inside comes first
            ty = strip_opt(part.ty)
            if isinstance(ty, ScaledTy) and not amounts.fits(ty):
                sink.add(errors.too_wide(part.span, amounts.digits_of(ty)))
                return False
    return True
