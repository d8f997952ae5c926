"""Slips in tables, clauses, bands and rules: bounds, results, rows left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from kamflow.base.diagnostic import Edit
from kamflow.base.span import Span
from kamflow.measure.slip import Pen, Slip, SlipKind, moved
from kamflow.measure.slips_expr import FLIPPED, OUTWARDS, expr_slips
from kamflow.syntax import nodes
from kamflow.syntax.format_expr import show_expr
from kamflow.syntax.format_table import show_cell


def cell_slips(cell: nodes.Cell, pen: Pen) -> Iterator[Slip]:
    """Yield each bound of a cell made strict or not, and moved by one where that is another slip."""
    match cell:
        case nodes.CellBound(op, value, span):
            flipped = show_cell(nodes.CellBound(FLIPPED[op], value, span), pen.lang)
            yield Slip(SlipKind.BOUND, (pen.edit(*pen.around(span), flipped),))
            yield from (Slip(SlipKind.BOUND, (m,)) for m in moved(value, OUTWARDS[op], pen))
            if not isinstance(value, nodes.Amount | nodes.Minus | nodes.DateLit):
                yield from expr_slips(value, pen)
        case nodes.CellRange(lo, lo_in, hi, hi_in, span):
            for low, high in ((not lo_in, hi_in), (lo_in, not hi_in)):
                flipped = show_cell(nodes.CellRange(lo, low, hi, high, span), pen.lang)
                yield Slip(SlipKind.BOUND, (pen.edit(*pen.around(span), flipped),))
            yield from (Slip(SlipKind.BOUND, (m,)) for m in moved(lo, -1 if lo_in else 1, pen))
            yield from (Slip(SlipKind.BOUND, (m,)) for m in moved(hi, 1 if hi_in else -1, pen))
        case nodes.CellValue(nodes.Amount() | nodes.Minus() | nodes.DateLit() as value):
            yield from (Slip(SlipKind.BOUND, (m,)) for m in moved(value, 1, pen))
        case nodes.CellNot(inner):
            yield from cell_slips(inner, pen)
        case nodes.CellOr(cells):
            for part in cells:
                yield from cell_slips(part, pen)
        case nodes.CellAny() | nodes.CellMissing() | nodes.CellValue():
            return


def result_slips(value: nodes.Expr, pen: Pen) -> Iterator[Slip]:
    """Yield a result one unit or member further, or a slip in the expression that it is."""
    if isinstance(value, nodes.YesNo):
        turned = show_expr(nodes.YesNo(not value.value, value.span), pen.lang)
        yield Slip(SlipKind.RESULT, (Edit(value.span, turned),))
        return
    edits = moved(value, 1, pen) or moved(value, -1, pen)
    yield from (Slip(SlipKind.RESULT, (m,)) for m in edits)
    if not edits:
        yield from expr_slips(value, pen)


def swapped(
    above: Sequence[nodes.Expr | None], below: Sequence[nodes.Expr | None], pen: Pen
) -> Iterator[Slip]:
    """Yield the results of two neighbours exchanged, where they differ."""
    edits: list[Edit] = []
    for a, b in zip(above, below, strict=False):
        if a is not None and b is not None and a != b:
            (a_start, a_end), (b_start, b_end) = pen.around(a.span), pen.around(b.span)
            edits += [
                pen.edit(a_start, a_end, pen.text(b_start, b_end)),
                pen.edit(b_start, b_end, pen.text(a_start, a_end)),
            ]
    if edits:
        yield Slip(SlipKind.SWAP, tuple(edits))


def line_dropped(span: Span, pen: Pen) -> Slip:
    """Take out the lines that a row stands on."""
    text = pen.source.text
    start = text.rfind("\n", 0, span.start) + 1
    end = text.find("\n", span.end)
    return Slip(SlipKind.DROP_ROW, (pen.edit(start, len(text) if end < 0 else end + 1, ""),))


def table_slips(body: nodes.TableBody, pen: Pen) -> Iterator[Slip]:
    table = body.table
    places = [i for i, c in enumerate(table.outs) if c.name is not None]
    for column in table.columns:
        yield from expr_slips(column, pen)
    for row in table.rows:
        for cell in row.cells:
            yield from cell_slips(cell, pen)
        for i in places:
            value = row.outs[i]
            if value is not None:
                yield from result_slips(value, pen)
        yield line_dropped(row.span, pen)
    results = [[r.outs[i] for i in places] for r in table.rows]
    for above, below in pairwise(results):
        yield from swapped(above, below, pen)
    if body.other is not None:
        yield from _results_slips(body.other, pen)


def clauses_slips(body: nodes.Clauses, pen: Pen) -> Iterator[Slip]:
    for clause in body.clauses:
        yield from expr_slips(clause.cond, pen, condition=True)
        yield from _results_slips(clause.results, pen)
    yield from _results_slips(body.other, pen)
    yield from _clauses_dropped(body, pen)
    every = [*(c.results for c in body.clauses), body.other]
    for above, below in pairwise(every):
        yield from swapped(_values(above), _values(below), pen)


def _values(results: nodes.Results) -> list[nodes.Expr]:
    if results.plain is not None:
        return [results.plain]
    return [a.value for a in sorted(results.named, key=lambda a: str(a.path))]


def _results_slips(results: nodes.Results, pen: Pen) -> Iterator[Slip]:
    for value in _values(results):
        yield from result_slips(value, pen)


def _clauses_dropped(body: nodes.Clauses, pen: Pen) -> Iterator[Slip]:
    ends = [
        max(c.results.span.end, c.results.because.span.end if c.results.because else 0) for c in body.clauses
    ]
    starts = [pen.around(c.cond.span)[0] for c in body.clauses]
    for i in range(len(body.clauses)):
        if i:
            yield Slip(SlipKind.DROP_ROW, (pen.edit(ends[i - 1], ends[i], ""),))
        elif len(starts) > 1:  # what is left begins with the `when` of the clause that went
            yield Slip(SlipKind.DROP_ROW, (pen.edit(starts[0], starts[1], ""),))


def rule_slips(rule: nodes.RuleNode, pen: Pen) -> Iterator[Slip]:
    yield from expr_slips(rule.cond, pen, condition=True)
    for assign in rule.assigns:
        yield from result_slips(assign.value, pen)


def scorecard_slips(card: nodes.ScorecardNode, pen: Pen) -> Iterator[Slip]:
    for criterion in card.criteria:
        for band in criterion.bands:
            yield from cell_slips(band.cell, pen)
            yield from result_slips(band.points, pen)
            yield line_dropped(band.span, pen)
        for above, below in pairwise(criterion.bands):
            yield from swapped([above.points], [below.points], pen)
    for one, other in pairwise(card.criteria):
        edits = (*moved(one.weight, 1, pen), *moved(other.weight, -1, pen))
        yield Slip(SlipKind.WEIGHT, edits)
