"""Decision tables, clause lists and score bands: shapes, cells, results, reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from kamflow.base.span import Span
from kamflow.base.text import NO_TEXT, Lang, Text
from kamflow.check import amounts, decl_errors, errors
from kamflow.check.check_expr import check_condition, check_expr, fit, join, show_source, step_text, unify
from kamflow.check.facts import Fact, Facts, assume, bounds, key_of
from kamflow.check.resolve_types import Wanted
from kamflow.check.scope import Scope
from kamflow.core import ty as t
from kamflow.core.expr import (
    AnyCell,
    Branch,
    Cell,
    Choose,
    Expr,
    Hit,
    Lit,
    MissingCell,
    NotCell,
    OrCell,
    PointCell,
    RangeCell,
    Row,
    Table,
    Tag,
    TagKind,
    cell_exprs,
)  # fmt: skip
from kamflow.syntax import nodes

_HITS = {nodes.HitPolicy.UNIQUE: Hit.UNIQUE, nodes.HitPolicy.FIRST: Hit.FIRST}
_C = nodes.CompareOp


@dataclass(frozen=True, slots=True)
class Rows:
    """A body that chooses rows, with each output's value for each of them (in order of outputs)."""

    body: Table | Choose
    values: tuple[tuple[Expr, ...], ...]  # outputs x rows


@dataclass(frozen=True, slots=True)
class Want:
    """One output: its name and declared type."""

    name: str
    wanted: Wanted
    span: Span


def check_table(node: nodes.TableBody, wants: Sequence[Want], scope: Scope, facts: Facts) -> Rows | None:
    """Check a table with its columns, rows and the `otherwise` below it."""
    table = node.table
    places = _output_places(table, wants, scope)
    columns = [check_expr(c, scope, facts) for c in table.columns]
    rows: list[Row] = []
    results: list[list[tuple[Expr, nodes.Expr] | None]] = [[] for _ in wants]
    ok = places is not None and all(c is not None for c in columns)
    for number, row in enumerate(table.rows, 1):
        if not _row_shape_fits(table, row, scope):
            ok = False
            continue
        checked = [
            check_cell(cell, column, written, scope, facts) if column is not None else None
            for cell, column, written in zip(row.cells, columns, table.columns, strict=True)
        ]
        known = _row_facts(facts, columns, checked)
        tag = Tag(TagKind.ROW, number, _reason(table, row, scope), span=row.span)
        for want, place, into in zip(wants, places or (), results, strict=False):
            into.append(_result(table, row, place, want, scope, known))
        if any(c is None for c in checked):
            ok = False
            continue
        rows.append(Row(tuple(c for c in checked if c is not None), tag))
    otherwise: Tag | None = None
    if node.other is not None:
        otherwise = Tag(TagKind.OTHERWISE, 0, _text(node.other.because), span=node.other.span)
        _add_results(node.other, wants, results, scope, facts)
    values = [_settle(r, w, scope, facts) for r, w in zip(results, wants, strict=True)]
    if not ok or any(v is None for v in values):
        return None
    cores = [c for c in columns if c is not None]
    cores, rows = _align_columns(cores, rows, facts)
    hit = _HITS.get(table.hit, Hit.COLLECT)
    body = Table(hit, tuple(cores), tuple(rows), otherwise, row_type(hit, len(rows), otherwise), table.span)
    return Rows(body, tuple(tuple(v) for v in values if v is not None))


def row_type(hit: Hit, count: int, otherwise: Tag | None) -> t.Ty:
    """Return the type of a row definition: an index, or the list of indexes of a collect table."""
    last = count if otherwise is not None else max(0, count - 1)
    index = t.ScaledTy(t.NUMBER, 0, 0, last)
    return t.ListTy(index) if hit is Hit.COLLECT else index


def check_clauses(node: nodes.Clauses, wants: Sequence[Want], scope: Scope, facts: Facts) -> Rows | None:
    """Check `when … then …, otherwise when …, otherwise …`: read from the top."""
    branches: list[Branch] = []
    results: list[list[tuple[Expr, nodes.Expr] | None]] = [[] for _ in wants]
    ok = True
    known = facts
    for number, clause in enumerate(node.clauses, 1):
        cond = check_condition(clause.cond, scope, known)
        inside = known if cond is None else assume(known, cond, True)
        _add_results(clause.results, wants, results, scope, inside)
        if cond is None:
            ok = False
            continue
        known = assume(known, cond, False)
        tag = Tag(TagKind.CLAUSE, number, _text(clause.results.because), span=clause.span)
        branches.append(Branch(cond, tag))
    _add_results(node.other, wants, results, scope, known)
    otherwise = Tag(TagKind.OTHERWISE, 0, _text(node.other.because), span=node.other.span)
    values = [_settle(r, w, scope, facts) for r, w in zip(results, wants, strict=True)]
    if not ok or any(v is None for v in values):
        return None
    ty = row_type(Hit.FIRST, len(branches), otherwise)
    body = Choose(Hit.FIRST, tuple(branches), otherwise, ty, node.span)
    return Rows(body, tuple(tuple(v) for v in values if v is not None))


def check_bands(criterion: nodes.Criterion, subject: Expr, scope: Scope, facts: Facts) -> Rows | None:
    """Check a criterion's bands: a `unique` table of one column whose results are points."""
    rows: list[Row] = []
    found: list[tuple[Expr, nodes.Expr] | None] = []
    ok = True
    for number, band in enumerate(criterion.bands, 1):
        cell = check_cell(band.cell, subject, criterion.subject, scope, facts)
        points = check_expr(band.points, scope, _row_facts(facts, [subject], [cell]))
        found.append((points, band.points) if points is not None else None)
        if cell is None:
            ok = False
            continue
        rows.append(Row((cell,), Tag(TagKind.ROW, number, span=band.span)))
    number_ty = t.ScaledTy(t.NUMBER, 4, 0, 0)
    values = _settle(found, Want(criterion.name.text, Wanted(number_ty), criterion.span), scope, facts)
    if not ok or values is None:
        return None
    cores, rows = _align_columns([subject], rows, facts)
    body = Table(
        Hit.UNIQUE, tuple(cores), tuple(rows), None, row_type(Hit.UNIQUE, len(rows), None), criterion.span
    )
    return Rows(body, (tuple(values),))


# ---- results


def settle(value: Expr | None, node: nodes.Expr, want: Want, scope: Scope, facts: Facts) -> Expr | None:
    """Fit the one value of a definition to its declared type."""
    if value is None:
        return None
    done = _settle([(value, node)], want, scope, facts)
    return done[0] if done else None


def _settle(
    found: Sequence[tuple[Expr, nodes.Expr] | None], want: Want, scope: Scope, facts: Facts
) -> list[Expr] | None:
    """Fit all results of an output to its type; decimals that were not declared follow from the values."""
    present = [f for f in found if f is not None]
    if len(present) != len(found):
        return None
    target = want.wanted.ty
    fixed = want.wanted.explicit is not None or _is_money(target)
    fitted: list[Expr] = []
    for value, node in present:
        ok = (
            fit(value, node, target, scope, facts, exact_scale=fixed)
            if fixed
            else _same_unit(value, node, target, scope, facts)
        )
        if ok is None:
            return None
        fitted.append(ok)
    if not fixed and isinstance(target, t.ScaledTy):
        values = unify(fitted, [n for _, n in present], scope, facts)
        if values is None:
            return None
        fitted = values
    ty = fitted[0].ty if fitted else target
    for value in fitted[1:]:
        ty = join(ty, value.ty)
    return [_retype(v, ty) for v in fitted]


def _same_unit(value: Expr, node: nodes.Expr, target: t.Ty, scope: Scope, facts: Facts) -> Expr | None:
    """Like ``fit``, but a finer or coarser scale than the target's default is left as it is."""
    if isinstance(target, t.ScaledTy) and isinstance(value.ty, t.ScaledTy):
        loose = t.ScaledTy(target.unit, value.ty.scale, target.lo, target.hi)
        return fit(value, node, loose, scope, facts)
    return fit(value, node, target, scope, facts)


def _retype(e: Expr, ty: t.Ty) -> Expr:
    """Give a literal result the common type of its column (other nodes keep the range they proved)."""
    return Lit(e.value, ty, e.span) if isinstance(e, Lit) and isinstance(ty, t.ScaledTy) else e


def _is_money(ty: t.Ty) -> bool:
    return isinstance(ty, t.ScaledTy) and ty.unit.kind is t.UnitKind.MONEY


def common_type(values: Sequence[Expr]) -> t.Ty:
    ty = values[0].ty
    for value in values[1:]:
        ty = join(ty, value.ty)
    return ty


def _add_results(
    results: nodes.Results,
    wants: Sequence[Want],
    into: list[list[tuple[Expr, nodes.Expr] | None]],
    scope: Scope,
    facts: Facts,
) -> None:
    """Check what a clause answers: a plain value for one output, or `name = value` for each."""
    given: dict[str, nodes.Expr] = {}
    if results.plain is not None:
        if len(wants) > 1:
            names = ", ".join(w.name for w in wants)
            message = Text(f"this gives one value; needed are {names}", f"这里只给了一个值，需要：{names}")
            hint = Text(f"write `{wants[0].name} = …, …`", f"请写“{wants[0].name} = …, …”")
            scope.sink.add(decl_errors.output_columns(results.span, message, hint))
        given[wants[0].name] = results.plain
    for assign in results.named:
        name = str(assign.path)
        if all(w.name != name for w in wants):
            message = Text(f"`{name}` is no output of this decision", f"“{name}”不是这个决策的输出")
            names = ", ".join(w.name for w in wants)
            hint = Text(f"its outputs are {names}", f"它的输出是：{names}")
            scope.sink.add(decl_errors.output_columns(assign.path.span, message, hint))
        given[name] = assign.value
    for want, out in zip(wants, into, strict=True):
        node = given.get(want.name)
        if node is None:
            if results.plain is None:
                scope.sink.add(decl_errors.empty_result(results.span, want.name))
            out.append(None)
            continue
        value = check_expr(node, scope, facts, want.wanted.ty)
        out.append((value, node) if value is not None else None)


def _result(
    table: nodes.TableNode, row: nodes.TableRow, place: int, want: Want, scope: Scope, facts: Facts
) -> tuple[Expr, nodes.Expr] | None:
    node = row.outs[place]
    if node is None:
        if table.hit is nodes.HitPolicy.COUNT:
            one = nodes.Amount(1, 0, "", "1", row.span)
            return amounts.lit(1, t.NUMBER, 0, row.span), one
        scope.sink.add(decl_errors.empty_result(row.span, want.name))
        return None
    target = want.wanted.ty
    value = check_expr(node, scope, facts, target)
    return (value, node) if value is not None else None


# ---- shapes and reasons


def _output_places(table: nodes.TableNode, wants: Sequence[Want], scope: Scope) -> tuple[int, ...] | None:
    """Return the position of each output among the result columns."""
    named = {c.name.text: i for i, c in enumerate(table.outs) if c.name is not None}
    names = ", ".join(w.name for w in wants)
    ok = True
    for column in table.outs:
        if column.name is not None and all(w.name != column.name.text for w in wants):
            message = Text(
                f"`{column.name.text}` is no output of this decision",
                f"“{column.name.text}”不是这个决策的输出",
            )
            hint = Text(f"its outputs are {names}", f"它的输出是：{names}")
            scope.sink.add(decl_errors.output_columns(column.span, message, hint))
            ok = False
    missing = [w.name for w in wants if w.name not in named]
    if missing and ok and table.hit is not nodes.HitPolicy.COUNT:
        shown = ", ".join(missing)
        message = Text(f"the table has no column for {shown}", f"表中缺少输出列：{shown}")
        hint = Text("add it behind `||`", "请加在“||”之后")
        scope.sink.add(decl_errors.output_columns(_head_span(table), message, hint))
        ok = False
    return tuple(named.get(w.name, 0) for w in wants) if ok else None


def _head_span(table: nodes.TableNode) -> Span:
    return table.columns[0].span.to(table.outs[-1].span)


def _row_shape_fits(table: nodes.TableNode, row: nodes.TableRow, scope: Scope) -> bool:
    for found, wanted, side in (
        (len(row.cells), len(table.columns), Text("before `||`", "“||”之前")),
        (len(row.outs), len(table.outs), Text("behind `||`", "“||”之后")),
    ):
        if found != wanted:
            scope.sink.add(decl_errors.row_shape(row.span, found, wanted, side, _head_span(table)))
            return False
    return True


def _reason(table: nodes.TableNode, row: nodes.TableRow, scope: Scope) -> Text:
    said = {Lang.EN: "", Lang.ZH: ""}
    for column, node in zip(table.outs, row.outs, strict=True):
        if column.name is not None or node is None:
            continue
        if not isinstance(node, nodes.TextLit):
            scope.sink.add(decl_errors.reason_not_text(node.span))
            continue
        said[column.lang or scope.owner.lang] = node.value
    return Text(said[Lang.EN], said[Lang.ZH])


def _text(words: nodes.Words | None) -> Text:
    return words.text if words is not None else NO_TEXT


# ---- cells


def check_cell(
    cell: nodes.Cell, column: Expr, written: nodes.Expr, scope: Scope, facts: Facts
) -> Cell | None:
    """Check one cell against its column; its amounts still have their own scales."""
    match cell:
        case nodes.CellAny():
            return AnyCell()
        case nodes.CellMissing():
            if not isinstance(column.ty, t.OptTy):
                scope.sink.add(decl_errors.missing_cell_useless(cell.span, show_source(written)))
            return MissingCell()
        case nodes.CellNot(inner):
            found = check_cell(inner, column, written, scope, facts)
            return None if found is None else NotCell(found)
        case nodes.CellOr(cells):
            parts = [check_cell(c, column, written, scope, facts) for c in cells]
            done = tuple(p for p in parts if p is not None)
            return OrCell(done) if len(done) == len(parts) else None
        case nodes.CellValue(value):
            point = _bound(value, column, scope, facts)
            return None if point is None else PointCell(point)
        case nodes.CellBound(op, value):
            bound = _bound(value, column, scope, facts, ordered=True)
            if bound is None:
                return None
            if op in {_C.AT_LEAST, _C.GE, _C.ABOVE, _C.GT}:
                return RangeCell(bound, op in {_C.AT_LEAST, _C.GE}, None, False)
            return RangeCell(None, False, bound, op in {_C.AT_MOST, _C.LE})
        case nodes.CellRange(lo, hi, hi_in):
            low = _bound(lo, column, scope, facts, ordered=True)
            high = _bound(hi, column, scope, facts, ordered=True)
            if low is None or high is None:
                return None
            if _is_empty(low, high, hi_in):
                scope.sink.add(decl_errors.cell_empty_range(cell.span, show_source(lo), show_source(hi)))
                return None
            return RangeCell(low, True, high, hi_in)
        case _:
            assert_never(cell)


def _is_empty(low: Expr, high: Expr, hi_in: bool) -> bool:
    if not isinstance(low, Lit) or not isinstance(high, Lit):
        return False
    if not isinstance(low.ty, t.ScaledTy):
        a, b = low.value, high.value
    else:
        x, y = amounts.align({}, [low, high])
        assert isinstance(x, Lit)
        assert isinstance(y, Lit)
        a, b = x.value, y.value
    assert isinstance(a, int)
    assert isinstance(b, int)
    return a > b or (a == b and not hi_in)


def _bound(
    node: nodes.Expr, column: Expr, scope: Scope, facts: Facts, *, ordered: bool = False
) -> Expr | None:
    """Check a value in a cell: of the column's type, present, and ordered where a bound is asked."""
    want = t.strip_opt(column.ty)
    value = check_expr(node, scope, facts, want)
    if value is None:
        return None
    if isinstance(want, t.ScaledTy) and isinstance(value.ty, t.ScaledTy):
        loose = t.ScaledTy(want.unit, value.ty.scale, 0, 0)
        return fit(value, node, loose, scope, facts)
    done = fit(value, node, want, scope, facts)
    if done is not None and ordered and not (isinstance(want, t.EnumTy) and want.ordered):
        name = want.name if isinstance(want, t.EnumTy) else t.show_ty(want).in_(scope.owner.lang)
        scope.sink.add(errors.not_ordered(node.span, name))
        return None
    return done


def _align_columns(columns: list[Expr], rows: list[Row], facts: Facts) -> tuple[list[Expr], list[Row]]:
    """Give each column and all amounts in its cells one scale."""
    scales: list[int | None] = []
    for i, column in enumerate(columns):
        ty = t.strip_opt(column.ty)
        if not isinstance(ty, t.ScaledTy):
            scales.append(None)
            continue
        used = [amounts.scaled(x).scale for r in rows for x in cell_exprs(r.cells[i])]
        scales.append(max([ty.scale, *used]))
    out = [
        column if scale is None else _raise_column(column, scale, facts)
        for column, scale in zip(columns, scales, strict=True)
    ]
    if all(s is None for s in scales):
        return out, rows
    return out, [
        replace(
            r,
            cells=tuple(
                c if s is None else _raise_cell(c, s, facts) for c, s in zip(r.cells, scales, strict=True)
            ),
        )
        for r in rows
    ]


def _raise_column(column: Expr, scale: int, facts: Facts) -> Expr:
    from kamflow.check.check_expr import lift

    done = lift([column], lambda v: amounts.rescale(facts, v[0], scale), column.span)
    ty = t.strip_opt(column.ty)
    assert done is not None
    return column if isinstance(ty, t.ScaledTy) and ty.scale == scale else done


def _raise_cell(cell: Cell, scale: int, facts: Facts) -> Cell:
    match cell:
        case AnyCell() | MissingCell():
            return cell
        case PointCell(value):
            return PointCell(amounts.rescale(facts, value, scale))
        case RangeCell(lo, lo_in, hi, hi_in):
            return RangeCell(
                None if lo is None else amounts.rescale(facts, lo, scale),
                lo_in,
                None if hi is None else amounts.rescale(facts, hi, scale),
                hi_in,
            )
        case NotCell(inner):
            return NotCell(_raise_cell(inner, scale, facts))
        case OrCell(cells):
            return OrCell(tuple(_raise_cell(c, scale, facts) for c in cells))
        case _:
            assert_never(cell)


def _row_facts(facts: Facts, columns: Sequence[Expr | None], cells: Sequence[Cell | None]) -> Facts:
    """Return what is known where a row applies: presence, and the range of its interval."""
    for column, cell in zip(columns, cells, strict=True):
        key = key_of(column) if column is not None else None
        if column is None or cell is None or key is None or not _needs_presence(cell):
            continue
        lo: int | None = None
        hi: int | None = None
        ty = t.strip_opt(column.ty)
        if isinstance(cell, RangeCell) and isinstance(ty, t.ScaledTy):
            lo, hi = _range_of(cell, ty, facts)
        old = facts.get(key, Fact())
        new = Fact(
            True,
            lo if old.lo is None else old.lo if lo is None else max(lo, old.lo),
            hi if old.hi is None else old.hi if hi is None else min(hi, old.hi),
            old.not_zero,
        )
        facts = {**facts, key: new}
    return facts


def _needs_presence(cell: Cell) -> bool:
    match cell:
        case AnyCell() | MissingCell():
            return False
        case OrCell(cells):
            return all(_needs_presence(c) for c in cells)
        case _:
            return True


def _range_of(cell: RangeCell, ty: t.ScaledTy, facts: Facts) -> tuple[int | None, int | None]:
    """Return a range cell's interval in the column's own scale (outwards where it does not fit)."""
    lo: int | None = None
    hi: int | None = None
    if cell.lo is not None:
        low, scale = bounds(facts, cell.lo)[0], amounts.scaled(cell.lo).scale
        lo = low * int(10 ** max(0, ty.scale - scale)) // int(10 ** max(0, scale - ty.scale))
        lo += 0 if cell.lo_in or scale > ty.scale else 1
    if cell.hi is not None:
        high, scale = bounds(facts, cell.hi)[1], amounts.scaled(cell.hi).scale
        hi = -(-high * int(10 ** max(0, ty.scale - scale)) // int(10 ** max(0, scale - ty.scale)))
        hi -= 0 if cell.hi_in or scale > ty.scale else 1
    return lo, hi


__all__ = [
    "Rows",
    "Want",
    "check_bands",
    "check_clauses",
    "check_table",
    "common_type",
    "settle",
    "step_text",
]
