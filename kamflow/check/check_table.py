"""Decision tables, clause lists and score bands: shapes, cells, results, reasons."""

from __future__ import annotations

from collections.abc import Sequence

from kamflow.base.frozen import frozen
from kamflow.base.span import Span
from kamflow.base.suggest import suggest
from kamflow.base.text import Lang, Text
from kamflow.check import amounts, decl_errors
from kamflow.check.check_cell import align_columns, check_cell, row_facts
from kamflow.check.check_expr import check_condition, check_expr, fit, join, unify
from kamflow.check.facts import Facts, assume
from kamflow.check.resolve_types import Wanted
from kamflow.check.scope import Scope
from kamflow.check.symbols import words
from kamflow.core import ty as t
from kamflow.core.expr import (
    Branch,
    Choose,
    Expr,
    Hit,
    Lit,
    Row,
    Table,
    Tag,
    TagKind,
)  # fmt: skip
from kamflow.syntax import nodes
from kamflow.syntax.keywords import load_keywords

_HITS = {nodes.HitPolicy.UNIQUE: Hit.UNIQUE, nodes.HitPolicy.FIRST: Hit.FIRST}


@frozen
class Rows:
    """A body that chooses rows, with each output's value for each of them (in order of outputs)."""

    body: Table | Choose
    values: tuple[tuple[Expr, ...], ...]  # outputs x rows


@frozen
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
        known = row_facts(facts, columns, checked)
        tag = Tag(TagKind.ROW, number, _reason(table, row, scope), span=row.span)
        for want, place, into in zip(wants, places or (), results, strict=False):
            into.append(_result(table, row, place, want, scope, known))
        if any(c is None for c in checked):
            ok = False
            continue
        rows.append(Row(tuple(c for c in checked if c is not None), tag))
    otherwise: Tag | None = None
    if node.other is not None:
        otherwise = Tag(TagKind.OTHERWISE, 0, words(node.other.because), span=node.other.span)
        _add_results(node.other, wants, results, scope, facts)
    values = [_settle(r, w, scope, facts) for r, w in zip(results, wants, strict=True)]
    if not ok or any(v is None for v in values):
        return None
    cores = [c for c in columns if c is not None]
    cores, rows = align_columns(cores, rows, facts)
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
        tag = Tag(TagKind.CLAUSE, number, words(clause.results.because), span=clause.span)
        branches.append(Branch(cond, tag))
    _add_results(node.other, wants, results, scope, known)
    otherwise = Tag(TagKind.OTHERWISE, 0, words(node.other.because), span=node.other.span)
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
        points = check_expr(band.points, scope, row_facts(facts, [subject], [cell]))
        found.append((points, band.points) if points is not None else None)
        if cell is None:
            ok = False
            continue
        rows.append(Row((cell,), Tag(TagKind.ROW, number, span=band.span)))
    number_ty = t.ScaledTy(t.NUMBER, 4, 0, 0)
    values = _settle(found, Want(criterion.name.text, Wanted(number_ty), criterion.span), scope, facts)
    if not ok or values is None:
        return None
    cores, rows = align_columns([subject], rows, facts)
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
    if len(present) != len(found) or not present:
        return None  # no row could be read: that is the finding
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
            names = ", ".join(w.name for w in wants)
            near = suggest(name, [w.name for w in wants])
            scope.sink.add(decl_errors.no_output(assign.path.span, name, names, near))
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
    if isinstance(node, nodes.Hole) and any(isinstance(o, nodes.Hole) for o in row.outs[:place]):
        return None  # the row is open: said at its first `?`
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
            because = load_keywords().spell("BECAUSE", scope.owner.lang)
            near = suggest(column.name.text, [*(w.name for w in wants), because])
            scope.sink.add(decl_errors.no_output(column.span, column.name.text, names, near))
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
