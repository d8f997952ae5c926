"""Programs of one record and its amounts by hand, and their values for many lines at once."""

from __future__ import annotations

from collections.abc import Sequence

from kamflow.base.span import NOWHERE
from kamflow.core.expr import DefKey, Expr, Get, Var
from kamflow.core.program import Def, DefKind, FieldDecl, Program, RecordDecl, make_plan
from kamflow.core.ty import NUMBER, RecordTy, ScaledTy, Ty
from kamflow.engines.sql.compile import compile_sql
from kamflow.engines.sql.duck import create_tables
from kamflow.engines.sql.plan import Refused, SqlPlan
from tests.sql.rig import connection

SELF = Var("self", RecordTy("r"), NOWHERE)


def amount(lo: int, hi: int) -> ScaledTy:
    return ScaledTy(NUMBER, 0, lo, hi)


def field(name: str, ty: Ty) -> Get:
    return Get(SELF, name, ty, NOWHERE)


def program(fields: dict[str, Ty], *bodies: Expr) -> Program:
    """Return a program whose definitions ``d0`` … have these bodies."""
    decl = RecordDecl("r", tuple(FieldDecl(n, t) for n, t in fields.items()))
    keys = [DefKey("r", f"d{i}") for i in range(len(bodies))]
    defs = {k: Def(k, b.ty, b, DefKind.DECISION, k.name, "p") for k, b in zip(keys, bodies, strict=True)}
    return Program((), {}, {"r": decl}, {}, defs)


def compile_core(made: Program, day: int = 1) -> SqlPlan | Refused:
    return compile_sql(made, make_plan(made, "r"), day)


def run(made: Program, lines: str, params: Sequence[object] = (), day: int = 1) -> list[tuple[object, ...]]:
    """Return the values of each line, ``lines`` being a query for the fields; in the order of ``row``."""
    plan = compile_core(made, day)
    assert isinstance(plan, SqlPlan), plan
    create_tables(connection(), plan.layout)
    connection().execute(f'INSERT INTO "t0" SELECT row_number() OVER () - 1, * FROM ({lines})', params)
    found = connection().execute(plan.select()).fetchall()
    assert all(ok for _, ok, *_ in found)
    return [tuple(rest) for _, _, *rest in sorted(found)]
