"""Defects of tables → findings: each flaw once; what one new parameter value breaks is one finding."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from kamflow.base.diagnostic import Diagnostic, Edit
from kamflow.core.expr import DefKey
from kamflow.core.program import Program
from kamflow.prove import table_errors as errors
from kamflow.prove.table_defects import Flaw, TableDefect
from kamflow.prove.table_errors import Touched

_DATED = frozenset({Flaw.GAP, Flaw.OVERLAP, Flaw.EMPTY, Flaw.MASKED})

CountTouched = Callable[[TableDefect], Touched | None]
MakeRows = Callable[[TableDefect], Iterable[Edit]]


def table_findings(
    program: Program, defects: Iterable[TableDefect], touched: CountTouched, missing_rows: MakeRows
) -> Iterator[Diagnostic]:
    """Yield a finding for each defect; those that begin on the same later day are one for each table."""
    later: dict[tuple[DefKey, int], list[TableDefect]] = {}
    for defect in defects:
        if defect.is_later and defect.flaw in _DATED:
            later.setdefault((defect.key, defect.days.first), []).append(defect)
        else:
            yield _finding(program, defect, touched, missing_rows)
    for group in later.values():
        serious = [d for d in group if d.flaw in {Flaw.GAP, Flaw.OVERLAP}]
        if serious:
            yield errors.breaks_later(program, sorted(group, key=_weight), touched(serious[0]))
        else:
            yield from (_finding(program, d, touched, missing_rows) for d in group)


def _weight(defect: TableDefect) -> int:
    return [Flaw.EMPTY, Flaw.MASKED, Flaw.OVERLAP, Flaw.GAP].index(defect.flaw)


def _finding(
    program: Program, defect: TableDefect, touched: CountTouched, missing_rows: MakeRows
) -> Diagnostic:
    match defect.flaw:
        case Flaw.GAP:
            return errors.gap(program, defect, touched(defect), missing_rows(defect))
        case Flaw.OVERLAP:
            return errors.overlap(program, defect, touched(defect))
        case Flaw.MASKED:
            return errors.masked(defect)
        case Flaw.EMPTY:
            return errors.empty(defect)
        case Flaw.DUPLICATE:
            return errors.duplicate(defect)
        case Flaw.ALWAYS:
            return errors.always(defect)
        case Flaw.NOT_DECIDED:
            return errors.not_decided(program, defect)
