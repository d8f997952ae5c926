"""A large file decided in columns: read once into DuckDB, then each version's policies as one query over it.

Assumes: a file of a format for columns. Leaves: columns of answers in the order of the file, and the rows
that the query does not judge: these are the single path's. What gave an answer is looked up for the few
records that somebody asks about.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from kamflow.batch.connect import connect
from kamflow.batch.open_file import load_file
from kamflow.core.columns import ROOT
from kamflow.core.dress import build_trace
from kamflow.core.expr import Choose, Hit, Override, Table
from kamflow.core.program import DefKind, EvalPlan, Program, uses_population
from kamflow.core.ty import ListTy, StructTy, strip_opt
from kamflow.engines.sql.compile import compile_sql
from kamflow.engines.sql.plan import Refused
from kamflow.values.data import Value
from kamflow.values.outcome import Decided
from kamflow.values.trace import Step

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from kamflow.batch.load import Loaded

_EXACT = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "BOOLEAN")
"""Types whose numpy form holds every value; wider ones would become floats."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A file in typed columns, as ``program`` reads it. Can be used until its stack is closed."""

    program: Program
    record: str
    loaded: Loaded
    connection: DuckDBPyConnection

    @property
    def count(self) -> int:
        return self.loaded.count

    def fits(self, program: Program, record: str) -> bool:
        """Say whether another version reads every record as the same values."""
        same = self.program.records == program.records and self.program.enums == program.enums
        return same and record == self.record

    def ids(self) -> list[str | None]:
        """Return the records' identifiers; None where one is missing or was not recognised."""
        found = self.connection.execute("SELECT id FROM k0 ORDER BY row").fetchall()
        return [None if t is None else _id(t) for (t,) in found]

    def field(self, name: str) -> list[Value] | None:
        """Return one field of all records; None where it is not one column."""
        column = self.loaded.layout.table(ROOT).column((name,))
        if column is None:
            return None
        found = self.connection.execute(f"SELECT {column.name} FROM k0 ORDER BY row").fetchall()
        return [value for (value,) in found]


@dataclass(frozen=True, slots=True)
class InColumns:
    """``columns``: of each of the plan's outputs; None at the rows of ``slow``, which are not decided."""

    opened: Opened
    table: str
    program: Program
    plan: EvalPlan
    columns: Sequence[Sequence[Value]]
    slow: Sequence[int]

    def steps(self, rows: Sequence[int]) -> dict[int, Mapping[str, Step]]:
        """Return what gave the outputs of some records, none of them slow."""
        fired = [k for k in self.plan.order if self.program.defs[k].kind is DefKind.ROWS]
        ruled = [k for k in self.plan.order if isinstance(self.program.defs[k].body, Override)]
        names = [*(f"r{i}" for i in range(len(fired))), *(f"o{i}" for i in range(len(ruled)))]
        some = ", ".join(str(int(r)) for r in rows)
        if not some:
            return {}
        columns = ", ".join(["row", *names])
        found = self.opened.connection.execute(
            f"SELECT {columns} FROM {self.table} WHERE row IN ({some})"
        ).fetchall()
        many = [_is_collect(self.program, self.plan, i) for i in range(len(fired))]
        out: dict[int, Mapping[str, Step]] = {}
        for row, *marks in found:
            rows_of = [_bits(m) if all_ else m for m, all_ in zip(marks, many, strict=False)]
            rules = tuple(_bits(m) for m in marks[len(fired) :])
            values = tuple(c[row] for c in self.columns)
            trace = build_trace(self.program, self.plan, Decided(values, tuple(rows_of), rules))
            out[row] = trace.outputs
        return out


def open_columns(stack: ExitStack, path: Path, program: Program, record: str, id_name: str) -> Opened | None:
    """Read a file into columns; None where it is not one for columns."""
    connection = stack.enter_context(connect((path.resolve(),)))
    loaded = load_file(connection, program, record, path, id_name)
    return None if loaded is None else Opened(program, record, loaded, connection)


def decide_in_columns(
    opened: Opened, program: Program, plan: EvalPlan, day: int, number: int
) -> InColumns | None:
    """Decide all records by a lowered program; None where these policies are not for columns.

    ``number`` tells the answers of several versions apart.
    """
    if uses_population(program, plan) and opened.loaded.declined:
        return None  # whoever was not recognised may be a member all the same
    made = compile_sql(program, plan, day, rows=True)
    if isinstance(made, Refused):
        return None
    db, table = opened.connection, f"answers{number}"
    db.execute(f"CREATE TABLE {table} AS {made.select(opened.loaded.tables)}")
    undecided = [row for (row,) in db.execute(f"SELECT row FROM {table} WHERE NOT ok").fetchall()]
    slow = sorted({*opened.loaded.declined, *undecided})
    columns = _fetched(db, table, len(plan.outputs))
    for at, key in enumerate(plan.outputs):
        if isinstance(strip_opt(program.defs[key].ty), ListTy | StructTy):
            columns[at] = [_tuples(v) for v in columns[at]]
    if opened.loaded.declined:
        rows = [row for (row,) in db.execute(f"SELECT row FROM {table} ORDER BY row").fetchall()]
        columns = [_spread(c, rows, opened.count) for c in columns]
    for column in columns:
        for row in slow:
            column[row] = None
    return InColumns(opened, table, program, plan, columns, slow)


def _fetched(db: DuckDBPyConnection, table: str, count: int) -> list[list[Value]]:
    """Return the outputs' columns in the order of the file; narrow ones through numpy, if there is one."""
    types = {n: t for n, t, *_ in db.execute(f"DESCRIBE {table}").fetchall()}
    names = [f"v{i}" for i in range(count)]
    narrow = [n for n in names if types[n] in _EXACT] if _has_numpy() else []
    wide = [n for n in names if n not in narrow]
    out: dict[str, list[Value]] = {}
    if narrow:
        found = db.execute(f"SELECT {', '.join(narrow)} FROM {table} ORDER BY row").fetchnumpy()
        out = {n: found[n].tolist() for n in narrow}
    if wide:
        rows = db.execute(f"SELECT {', '.join(wide)} FROM {table} ORDER BY row").fetchall()
        out |= (
            dict(zip(wide, map(list, zip(*rows, strict=True)), strict=True))
            if rows
            else {n: [] for n in wide}
        )
    return [out[n] for n in names]


def _has_numpy() -> bool:
    from importlib.util import find_spec

    return find_spec("numpy") is not None


def _spread(column: Sequence[Value], rows: Sequence[int], count: int) -> list[Value]:
    """Put values where their records stand in the file."""
    out: list[Value] = [None] * count
    for row, value in zip(rows, column, strict=True):
        out[row] = value
    return out


def _is_collect(program: Program, plan: EvalPlan, index: int) -> bool:
    keys = [k for k in plan.order if program.defs[k].kind is DefKind.ROWS]
    body = program.defs[keys[index]].body
    return isinstance(body, Choose | Table) and body.hit is Hit.COLLECT


def _bits(mask: int | None) -> tuple[int, ...]:
    return tuple(i for i in range((mask or 0).bit_length()) if (mask or 0) >> i & 1)


def _tuples(value: object) -> Value:
    """Return DuckDB's lists and structs as the tuples that values are."""
    match value:
        case list() | tuple():
            return tuple(_tuples(v) for v in value)
        case dict():
            return tuple(_tuples(v) for v in value.values())
        case _:
            return cast(Value, value)


def _id(text: str) -> str:
    return text[1:-1] if text[:1] == '"' and "\\" not in text else str(json.loads(text))
