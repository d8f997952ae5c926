"""A plan → one query."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence

from sqlglot import exp

from kamflow.core.columns import layout_of
from kamflow.core.expr import DefKey, Lit, Override, walk
from kamflow.core.program import DefKind, EvalPlan, Program, reached
from kamflow.core.ty import Ty
from kamflow.engines.sql import refusals
from kamflow.engines.sql.assemble import TooLongError, assemble
from kamflow.engines.sql.build import Builder
from kamflow.engines.sql.encode import Encoder
from kamflow.engines.sql.folds import tell_undecided
from kamflow.engines.sql.frame import MEMBER, ROW, Frame, Names
from kamflow.engines.sql.plan import Output, Refused, SqlPlan
from kamflow.engines.sql.scope import Defined, Place, Scope
from kamflow.engines.sql.terms import NUMBER, Term, TooWideError, column, range_of
from kamflow.engines.sql.warehouses import DIALECTS
from kamflow.engines.sql.whitelist import first_stranger
from kamflow.values.data import Value

NOWHERE: Mapping[DefKey, Sequence[tuple[DefKey, DefKey]]] = {}


def compile_sql(
    program: Program,
    plan: EvalPlan,
    as_of: int,
    overlay: Mapping[str, Value] | None = None,
    *,
    dialect: str = "duckdb",
    rows: bool | Container[DefKey] = True,
    members: bool = False,
    where: Mapping[DefKey, Sequence[tuple[DefKey, DefKey]]] = NOWHERE,
) -> SqlPlan | Refused:
    """Compile a plan of a lowered program for one day; ``overlay`` are parameters' values for all days.

    ``rows``: whether ``r0`` … and ``o0`` … are wanted, or of which definitions. ``members``: the root's table
    has a BOOLEAN column ``member`` besides, never NULL: only its lines count as the portfolio of populations.
    ``where``: outputs that are wanted only for lines in which one of the pairs of definitions differs.
    """
    try:
        if dialect not in DIALECTS:
            raise refusals.unknown_dialect(dialect, ", ".join(DIALECTS))
        return _compile(program, plan, as_of, overlay or {}, dialect, rows=rows, members=members, where=where)
    except refusals.RefusedError as refused:
        return refused.what
    except TooLongError:
        return refusals.too_long(plan.record).what


def _compile(
    program: Program,
    plan: EvalPlan,
    as_of: int,
    overlay: Mapping[str, Value],
    dialect: str,
    *,
    rows: bool | Container[DefKey],
    members: bool,
    where: Mapping[DefKey, Sequence[tuple[DefKey, DefKey]]],
) -> SqlPlan:
    for name, text in _texts(program, plan, overlay):
        if "\0" in text:
            raise refusals.hidden_nul(name)
    layout = layout_of(program, plan.record)
    b = Builder(DIALECTS[dialect])
    root = Frame(Names(), layout, layout.tables[0])
    enc = Encoder(program, as_of, overlay, layout, b, root, members, frozenset(plan.order))
    me = Place(root, ())
    defined = {key: enc.define(me, key) for key in plan.order}
    scope = Scope(root, {"self": me}, plan.record)
    try:
        facts = [enc.expr(program.impossible[i].cond, scope) for i in plan.facts]
    except TooWideError:
        raise refusals.too_wide(f"impossible of {plan.record}", b.dialect) from None
    tell_undecided(enc)
    final: dict[str, Term] = {ROW: column(ROW, NUMBER)}
    final["ok"] = b.all_([*(b.not_(bad) for bad in root.bad), *(b.is_false(f) for f in facts)])
    outputs = tuple(Output(f"v{i}", k, program.defs[k].ty) for i, k in enumerate(plan.outputs))
    for o in outputs:
        value = defined[o.key].value
        if o.key in where:
            pairs = [(_what_counts(defined[x]), _what_counts(defined[y])) for x, y in where[o.key]]
            value = b.case([(b.any_(b.differ(x, y) for x, y in pairs), value)], None)
        final[o.name] = value
    wanted = [k for k in plan.order if rows is True or (rows is not False and k in rows)]
    row_keys = tuple(k for k in wanted if program.defs[k].kind is DefKind.ROWS)
    overridden = [k for k in wanted if isinstance(program.defs[k].body, Override)]
    for i, key in enumerate(row_keys):
        row = defined[key].rows
        assert row is not None
        final[f"r{i}"] = row
    for i, key in enumerate(overridden):
        applied = defined[key].applied
        assert applied is not None
        final[f"o{i}"] = applied
    tree, reads = assemble(root, {name: b.left(t) for name, t in final.items()})
    stranger = first_stranger(tree, b.dialect)
    assert stranger is None, f"a query with {stranger!r}"
    if any(int(n.this) > b.dialect.most for n in tree.find_all(exp.Literal) if not n.is_string):
        raise refusals.too_wide(plan.record, b.dialect)
    for table in layout.tables:
        for c in table.columns:
            if c.name in reads.get(table.name, ()) and _most(c.ty) > b.dialect.most:
                raise refusals.too_wide(".".join((plan.record, *table.path, *c.path)), b.dialect)
    needed = {
        t.name: tuple(c.name for c in t.columns if c.name in reads[t.name])
        + ((MEMBER,) if MEMBER in reads[t.name] else ())
        for t in layout.tables
        if t.name in reads
    }
    return SqlPlan(
        layout, needed, outputs, row_keys, tuple(overridden), members, enc.declines, b.dialect, tree
    )


def _what_counts(d: Defined) -> Term:
    return d.value if d.rows is None else d.rows


def _most(ty: Ty) -> int:
    lo, hi = range_of(ty)
    return max(hi, -lo)


def _texts(program: Program, plan: EvalPlan, overlay: Mapping[str, Value]) -> Iterator[tuple[str, str]]:
    """Yield each text that the query may hold, and where it is from."""
    for name, value in [
        *overlay.items(),
        *((n, v) for n, p in program.params.items() for _, v in p.versions),
    ]:
        if isinstance(value, str):
            yield name, value
    conds = [program.impossible[i].cond for i in plan.facts]
    for root in reached(program, [*(program.defs[k].body for k in plan.order), *conds], populations=True):
        for node in walk(root):
            if isinstance(node, Lit) and isinstance(node.value, str):
                yield plan.record, node.value
