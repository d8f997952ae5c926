"""A large file decided in columns: read once into DuckDB, then each version's policies as one query over it.

Assumes: a file of a format for columns. Leaves: columns of answers in the order of the file, and the rows
that the query does not judge: these are the single path's. What gave an answer is looked up for the few
records that somebody asks about.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast, overload

from kamflow.batch.connect import connect
from kamflow.batch.open_file import load_file
from kamflow.core.columns import ROOT
from kamflow.core.dress import build_trace
from kamflow.core.expr import Choose, DefKey, Hit, Override, Table
from kamflow.core.program import DefKind, EvalPlan, Program, uses_population
from kamflow.core.ty import ListTy, StructTy, strip_opt
from kamflow.engines.sql.compile import compile_sql
from kamflow.engines.sql.plan import Refused
from kamflow.values.data import Value
from kamflow.values.outcome import Decided
from kamflow.values.trace import Step

if TYPE_CHECKING:
    from kamflow.batch.load import Loaded


class Found(Protocol):
    """What a statement found."""

    @property
    def description(self) -> Sequence[tuple[object, ...]] | None: ...
    def fetchall(self) -> list[tuple[Any, ...]]: ...
    def fetchone(self) -> tuple[Any, ...] | None: ...
    def fetchnumpy(self) -> Mapping[str, Any]: ...


class Database(Protocol):
    """As much of DuckDB as is asked of it here."""

    def execute(self, query: str, /) -> Found: ...


_EXACT = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "BOOLEAN")
"""Types whose numpy form holds every value; wider ones would become floats."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A file in typed columns, as ``program`` reads it. Can be used until its stack is closed."""

    program: Program
    record: str
    loaded: Loaded
    connection: Database

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


class Column(Sequence[Value]):
    """An output's values in the order of the file, fetched when the first one is asked for.

    One object may stand for both versions, which is then known to be equal without a look.
    """

    def __init__(self, fetch: Callable[[frozenset[int] | None], list[Value]]) -> None:
        self._fetch = fetch
        self._values: list[Value] | None = None
        self._only: frozenset[int] | None = None
        self.patches: dict[int, Value] = {}

    def only_at(self, rows: frozenset[int]) -> None:
        """Leave all values but these missing: whoever asks compares versions, and these alone differ."""
        self._only = rows

    def values(self) -> list[Value]:
        if self._values is None:
            self._values = self._fetch(self._only)
            for row, value in self.patches.items():
                self._values[row] = value
        return self._values

    @overload
    def __getitem__(self, index: int) -> Value: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Value]: ...
    def __getitem__(self, index: int | slice) -> Value | Sequence[Value]:
        return self.values()[index]

    def __len__(self) -> int:
        return len(self.values())

    def __iter__(self) -> Iterator[Value]:
        return iter(self.values())

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return self.values() == (other.values() if isinstance(other, Column) else other)

    __hash__ = None  # type: ignore[assignment]  # it can be patched


@dataclass(frozen=True, slots=True)
class InColumns:
    """``columns``: of each of the plan's outputs. The rows of ``slow`` are not decided: they wait for their
    patches."""

    opened: Opened
    table: str
    program: Program
    plan: EvalPlan
    columns: Sequence[Column]
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
            nothing = (None,) * len(self.columns)  # a trace is made of what answered, not of the answers
            trace = build_trace(self.program, self.plan, Decided(nothing, tuple(rows_of), rules))
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
    columns = [
        Column(_Fetch(opened, table, f"v{i}", is_list=_is_list(program, key)))
        for i, key in enumerate(plan.outputs)
    ]
    return InColumns(opened, table, program, plan, columns, slow)


def share_equal(old: InColumns, new: InColumns) -> dict[str, Column]:
    """Return the outputs of ``new`` that are those of ``old`` for everybody, as one column for both.

    Lists that differ somewhere are limited to where they do: they take long to fetch. Only where both judged
    every record of the same file.
    """
    if old.opened is not new.opened or old.slow or new.slow:
        return {}
    both = [
        (i, j, key.name)
        for j, key in enumerate(new.plan.outputs)
        for i, other in enumerate(old.plan.outputs)
        if other == key and old.program.defs[key].ty == new.program.defs[key].ty
    ]
    if not both:
        return {}
    db, joined = new.opened.connection, f"{old.table} AS a JOIN {new.table} AS b ON a.row = b.row"
    counts = ", ".join(f"count(*) FILTER (WHERE a.v{i} IS DISTINCT FROM b.v{j})" for i, j, _ in both)
    found = db.execute(f"SELECT {counts} FROM {joined}").fetchone()
    assert found is not None
    shared: dict[str, Column] = {}
    for (i, j, name), differ in zip(both, found, strict=True):
        if not differ:
            shared[name] = old.columns[i]
        elif _is_list(new.program, new.plan.outputs[j]):
            where = f"a.v{i} IS DISTINCT FROM b.v{j}"
            rows = db.execute(f"SELECT a.row FROM {joined} WHERE {where}").fetchall()
            for column in (old.columns[i], new.columns[j]):
                column.only_at(frozenset(row for (row,) in rows))
    return shared


@dataclass(frozen=True, slots=True)
class _Fetch:
    """Fetches one column; a narrow one through numpy, if there is one."""

    opened: Opened
    table: str
    name: str
    is_list: bool

    def __call__(self, only: frozenset[int] | None) -> list[Value]:
        db, count = self.opened.connection, self.opened.count
        if only is not None or self.opened.loaded.declined:
            some = "" if only is None else f" WHERE row IN ({', '.join(map(str, sorted(only))) or '-1'})"
            out: list[Value] = [None] * count
            for row, value in db.execute(f"SELECT row, {self.name} FROM {self.table}{some}").fetchall():
                out[row] = _tuples(value) if self.is_list else value
            return out
        query = f"SELECT {self.name} FROM {self.table} ORDER BY row"
        found = db.execute(query)
        kind = str(found.description[0][1]) if found.description else ""
        if kind in _EXACT and _has_numpy():
            values: list[Value] = found.fetchnumpy()[self.name].tolist()
            return values
        return [_tuples(v) if self.is_list else v for (v,) in found.fetchall()]


def _is_list(program: Program, key: DefKey) -> bool:
    return isinstance(strip_opt(program.defs[key].ty), ListTy | StructTy)


def _has_numpy() -> bool:
    from importlib.util import find_spec

    return find_spec("numpy") is not None


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
