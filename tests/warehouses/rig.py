"""Typed records as tables of people, made with plain SQL; what a script says, beside the interpreter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from sqlglot import exp

from kamflow.base.text import Lang
from kamflow.core.columns import ROOT, ColumnTable, Layout
from kamflow.core.program import EvalPlan, Program, make_plan, uses_population
from kamflow.core.ty import BoolTy, EnumTy, ListTy, RecordTy, ScaledTy, TextTy, Ty, UnitKind, strip_opt
from kamflow.engines.interp import Interpreter
from kamflow.engines.sql.compile import compile_sql
from kamflow.engines.sql.lines import lines_of
from kamflow.engines.sql.plan import SqlPlan
from kamflow.engines.sql.script import Script, Sources, emit_script
from kamflow.values.data import TypedRecord, Value
from kamflow.values.decimals import show_scaled
from kamflow.values.outcome import Decided

KEY = "Key"


def ddl_type(ty: Ty, dialect: str) -> str:
    match strip_opt(ty):
        case BoolTy() | ListTy():
            return "BOOLEAN"
        case TextTy() | EnumTy():
            return "STRING" if dialect == "spark" else "TEXT"
        case ScaledTy(unit, _, _, _) if unit.kind is UnitKind.DATE:
            return "DATE"
        case ScaledTy(_, scale, _, _):
            return f"DECIMAL({34}, {scale + 2})"
        case _:
            raise AssertionError(ty)


def literal(value: Value, ty: Ty, dialect: str) -> str:
    if value is None:
        return "NULL"
    match strip_opt(ty):
        case BoolTy() | ListTy():
            return "TRUE" if value else "FALSE"
        case TextTy():
            return exp.Literal.string(value).sql(dialect=dialect)
        case EnumTy(_, members, _):
            assert isinstance(value, int)
            return exp.Literal.string(members[value]).sql(dialect=dialect)
        case ScaledTy(unit, scale, _, _):
            assert isinstance(value, int)
            if unit.kind is UnitKind.DATE:
                return f"DATE '{date.fromordinal(value).isoformat()}'"
            return show_scaled(value, scale)
        case _:
            raise AssertionError(ty)


def columns(table: ColumnTable) -> list[tuple[str, Ty, int]]:
    """Return name, type and place of the columns that people have: a record within has none of its own."""
    return [
        (".".join(c.path) or "value", c.ty, i)
        for i, c in enumerate(table.columns)
        if not isinstance(strip_opt(c.ty), RecordTy)
    ]


def statements(
    layout: Layout, records: Sequence[TypedRecord], names: dict[str, str], dialect: str
) -> Iterator[str]:
    """Yield what makes the tables of people and fills them; ``row`` becomes a text."""
    quote = "`" if dialect in ("spark", "bigquery") else '"'
    text = "STRING" if dialect == "spark" else "TEXT"
    for table in layout.tables:
        lines = lines_of(layout, records)[table.name]
        own = columns(table)
        root = table.name == ROOT
        heads = [(KEY, text)] if root else [("row", text), ("parent", text)]
        heads += [(n, ddl_type(ty, dialect)) for n, ty, _ in own]
        named = ", ".join(f"{quote}{n}{quote} {t}" for n, t in heads)
        name = f"{quote}{names[table.name]}{quote}"
        yield f"DROP TABLE IF EXISTS {name}"
        yield f"CREATE TABLE {name} ({named})" + (" USING parquet" if dialect == "spark" else "")
        before = 1 if root else 2
        values = [
            "("
            + ", ".join(
                [f"'n{v}'" for v in line[:before]]
                + [literal(line[before + i], ty, dialect) for _, ty, i in own]
            )
            + ")"
            for line in lines
        ]
        for start in range(0, len(values), 500):
            yield f"INSERT INTO {name} VALUES {', '.join(values[start : start + 500])}"


def script(
    program: Program, plan: EvalPlan, day: int, dialect: str
) -> tuple[Script, SqlPlan, dict[str, str]]:
    made = compile_sql(program, plan, day, dialect=dialect)
    assert isinstance(made, SqlPlan), made
    names = {t.name: f"People_{t.name}" for t in made.layout.tables}
    found = emit_script(program, made, Sources(names, KEY), Lang.EN)
    assert isinstance(found, Script), found
    return found, made, names


def wanted(
    program: Program, record: str, records: Sequence[TypedRecord], day: int
) -> dict[str, list[object] | None]:
    """Return the values that each record should have, None where it has no answer, by key."""
    plan = make_plan(program, record)
    law = Interpreter(program, day, list(records) if uses_population(program, plan) else None)
    found: dict[str, list[object] | None] = {}
    for i, one in enumerate(records):
        outcome = law.decide(plan, one)
        found[f"n{i}"] = (
            [as_people(v, program.defs[k].ty) for k, v in zip(plan.outputs, outcome.values, strict=True)]
            if isinstance(outcome, Decided)
            else None
        )
    return found


def as_people(value: Value, ty: Ty) -> object:
    """Return a value as a script shows it: lists stay codes."""
    inner = strip_opt(ty)
    if value is None or isinstance(inner, BoolTy | TextTy):
        return value
    match inner:
        case EnumTy(_, members, _):
            return members[value]  # type: ignore[index]
        case ScaledTy(unit, _, _, _) if unit.kind is UnitKind.DATE:
            return date.fromordinal(value)  # type: ignore[arg-type]
        case ScaledTy(_, scale, _, _):
            return Decimal(show_scaled(value, scale))  # type: ignore[arg-type]
        case _:
            return value


def compared(
    program: Program, made: SqlPlan, lines: Sequence[Sequence[object]], want: dict[str, list[object] | None]
) -> int:
    """Compare lines of a script (key, ok, values …) with what is wanted; return how many were decided."""
    assert len(lines) == len(want)
    lists = [isinstance(strip_opt(o.ty), ListTy) for o in made.outputs]
    decided = 0
    for key, ok, *rest in lines:
        assert isinstance(key, str)
        values = rest[: len(made.outputs)]
        if want[key] is None:
            assert not ok, key
            assert all(v is None for v in rest), key
            continue
        expected = want[key]
        assert expected is not None
        assert ok, key
        decided += 1
        for got, one, is_list in zip(values, expected, lists, strict=True):
            if not is_list:
                assert got == one, (key, got, one)
    return decided


__all__ = ["KEY", "as_people", "compared", "script", "statements", "wanted"]
