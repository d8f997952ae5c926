"""The Python text of one test of a decision tree: the shortest that tells the segments apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kamflow.core.ty import BoolTy, ScaledTy, strip_opt
from kamflow.engines.python.cases import Atom, Test, bounds_of
from kamflow.engines.python.source import Unit, int_text

if TYPE_CHECKING:
    from kamflow.engines.python.exprs import Emitter


def emit_test(em: Emitter, atom: Atom, text: str, test: Test, possible: int) -> str:
    """``possible``: the segments that the path leaves open; both outcomes are among them."""
    yes, no = possible & test.mask, possible & ~test.mask
    missing = 1 << atom.count
    if yes & missing or no & missing:
        return em.is_present(text) if no & missing else em.is_missing(text)
    if isinstance(strip_opt(atom.expr.ty), BoolTy):
        return text if yes & 0b10 else f"not {text}"
    if atom.words:
        return _emit_words(em.unit, atom, text, yes, no)
    return _emit_amount(atom, text, yes, no)


def _emit_words(unit: Unit, atom: Atom, text: str, yes: int, no: int) -> str:
    others = 1 << len(atom.words)
    negated, chosen = (True, no) if yes & others else (False, yes)
    tests = [
        f"{text} {'!=' if negated else '=='} {unit.constant(w)}"
        for i, w in enumerate(atom.words)
        if chosen >> i & 1
    ]
    return "(" + (" and " if negated else " or ").join(tests) + ")"


def _emit_amount(atom: Atom, text: str, yes: int, no: int) -> str:
    if yes.bit_length() <= _low(no):
        return _below(atom, text, yes.bit_length() - 1)
    if no.bit_length() <= _low(yes):
        return f"{text} >= {_start(atom, _low(yes))}"
    if not no & _span(yes):
        return _between(atom, text, _low(yes), yes.bit_length() - 1, inside=True)
    if not yes & _span(no):
        return _between(atom, text, _low(no), no.bit_length() - 1, inside=False)
    runs = [_between(atom, text, lo, hi, inside=True) for lo, hi in _runs(yes, no)]
    return "(" + " or ".join(f"({r})" for r in runs) + ")"


def _below(atom: Atom, text: str, last: int) -> str:
    start = atom.starts[last + 1]
    if start in atom.names:
        return f"{text} < {atom.names[start]}"
    end = start - 1
    if isinstance(strip_opt(atom.expr.ty), ScaledTy):
        return f"{text} <= {int_text(end)}"
    return f"{text} == 0" if end == 0 else f"{text} <= {end}"


def _between(atom: Atom, text: str, first: int, last: int, *, inside: bool) -> str:
    bounds = bounds_of(atom.expr.ty)
    assert bounds is not None
    lo = atom.starts[first]
    hi = atom.starts[last + 1] - 1 if last + 1 < len(atom.starts) else bounds[1]
    if lo == hi:
        return f"{text} {'==' if inside else '!='} {_start(atom, first)}"
    below = atom.names.get(hi + 1)
    end = f"<= {int_text(hi)}" if below is None else f"< {below}"
    test = f"{_start(atom, first)} <= {text} {end}"
    return test if inside else f"not {test}"


def _start(atom: Atom, segment: int) -> str:
    value = atom.starts[segment]
    return atom.names.get(value) or int_text(value)


def _low(mask: int) -> int:
    """Return the position of the lowest bit."""
    return (mask & -mask).bit_length() - 1


def _span(mask: int) -> int:
    """Return all bits from the lowest to the highest of a mask."""
    return (1 << mask.bit_length()) - (mask & -mask)


def _runs(yes: int, no: int) -> list[tuple[int, int]]:
    """Return the stretches of ``yes`` that no bit of ``no`` cuts."""
    runs: list[tuple[int, int]] = []
    for i in range(yes.bit_length()):
        if not yes >> i & 1:
            continue
        if runs and not no & _span(1 << runs[-1][1] | 1 << i):
            runs[-1] = (runs[-1][0], i)
        else:
            runs.append((i, i))
    return runs
