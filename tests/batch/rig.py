"""Typed columns of a file beside what the single path reads of it."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb

from kamflow.base.span import Source
from kamflow.batch.connect import connect
from kamflow.batch.load import Loaded
from kamflow.batch.open_file import load_file
from kamflow.core.columns import ROOT, Layout
from kamflow.core.program import Program
from kamflow.core.ty import RecordTy, strip_opt
from kamflow.intake.read_record import ReadRecord, RecordReader
from kamflow.portfolio import RawRecord, open_records
from kamflow.project.load import load_sources
from kamflow.values.data import TypedRecord, Value

THINGS = """policy things
  effective from 2026-01-01
  currency CNY
end

type tier is ordered
  standard en "Standard" zh "普通客户" < key en "Key account" zh "重点客户" < sieben en "7" zh "七"

record thing
  id      : text
  revenue : money, optional
  margin  : percent, optional
  weight  : number, optional
  orders  : count, optional
  overdue : days, optional
  notice  : months, optional
  since   : date, optional
  active  : yes/no, optional
  tier    : tier, optional
  name    : text, optional
  huge    : number with 4 decimals, -100000000000000000000 to 100000000000000000000, optional
  small   : number with 8 decimals, 0 to 1, optional
  stars   : count, 1 to 5, default 3
end

decision got of thing : count as stars
"""

DEALS = """policy deals
  effective from 2026-01-01
  currency CNY
end

record line
  what  : text
  price : money
  note  : text, optional
end

record owner
  name  : text
  since : date, optional
end

record deal
  id    : text
  owner : owner
  boss  : owner, optional
  lines : list of line, up to 3 items
  extra : list of line, optional
end

decision total of deal : money as sum of price of lines
"""

LISTS = """policy lists
  effective from 2026-01-01
  currency CNY
end

type owner is one of rep en "Rep" zh "销售代表", lead en "Lead" zh "主管"

record case
  id    : text
  days  : days, optional
  value : number
  note  : text, optional
end

decision actions of case gives owner : owner, task : text, due : date, worth : number
  table collect list
    | value          || owner | task       | due            | worth |
    | at least 10    || rep   | "call"     | today          | 5     |
    | at least 100   || lead  | "say \\ it" | today + 3 days | value |
end

decision owners of case : list of owner
  table collect list
    | value        || owners |
    | at least 10  || rep    |
    | at least 500 || lead   |
end

decision notes of case : list of text
  table collect list
    | value        || notes |
    | at least 500 || "big"   |
    | at least 900 || "7"     |
end
"""


@cache
def program(text: str) -> Program:
    found = load_sources({"p.kam": Source("p.kam", text)})
    assert not found.has_errors, [f.message.en for f in found.findings]
    made = found.stretches[0].lowered
    assert made is not None
    return made


@dataclass
class Both:
    """``columns``: row → record as read in columns; ``single``: row → as read by itself, None: rejected."""

    columns: dict[int, dict[str, Value]]
    single: list[dict[str, Value] | None]
    ids: dict[int, str]

    @property
    def declined(self) -> set[int]:
        return set(range(len(self.single))) - self.columns.keys()

    def check(self) -> None:
        for row, got in self.columns.items():
            assert got == self.single[row], (row, got, self.single[row])


def read_both(
    path: Path, policy: str | Program, record: str, open_db: duckdb.DuckDBPyConnection | None = None
) -> Both | None:
    """None: the file is not read in columns. ``open_db``: reaches the path, and is used for many files."""
    made = program(policy) if isinstance(policy, str) else policy
    reader = RecordReader(made.records[record], made)
    single: list[dict[str, Value] | None] = []
    for item in open_records(path):
        read = None
        if isinstance(item, RawRecord):
            read = reader.read(item.raw, item.place, blank_is_missing=item.blank_is_missing)
        single.append(flat(read.record) if isinstance(read, ReadRecord) else None)
    with ExitStack() as stack:
        connection = open_db or stack.enter_context(connect((path.resolve(),)))
        for table in [t for (t,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()]:
            connection.execute(f"DROP TABLE {table}")
        for view in [
            v
            for (v,) in connection.execute(
                "SELECT view_name FROM duckdb_views() WHERE NOT internal"
            ).fetchall()
        ]:
            connection.execute(f"DROP VIEW {view}")
        loaded = load_file(connection, made, record, path, "id")
        if loaded is None:
            return None
        assert loaded.count == len(single)
        records = typed_records(connection, made, loaded)
        ids = dict(connection.execute(f"SELECT row, id FROM {loaded.tables[ROOT]}").fetchall())
    return Both({r: flat(v) for r, v in records.items()}, single, ids)


def flat(record: TypedRecord) -> dict[str, Value]:
    return {n: _flat(v) for n, v in record.fields.items()}


def _flat(value: Value) -> Value:
    if isinstance(value, TypedRecord):
        return tuple(sorted((n, repr(_flat(v))) for n, v in value.fields.items()))
    if isinstance(value, tuple):
        return tuple(_flat(v) for v in value)
    return value


def typed_records(
    connection: duckdb.DuckDBPyConnection, made: Program, loaded: Loaded
) -> dict[int, TypedRecord]:
    """Build the records that the typed tables hold."""
    layout = loaded.layout
    lines: dict[str, dict[int, dict[tuple[str, ...], Value]]] = {}
    parents: dict[str, dict[int, list[int]]] = {}
    for table in layout.tables:
        columns = ", ".join(["row", *(c.name for c in table.columns)])
        found = connection.execute(
            f"SELECT {columns} FROM {loaded.tables[table.name]} ORDER BY row"
        ).fetchall()
        paths = [c.path for c in table.columns]
        lines[table.name] = {r[0]: dict(zip(paths, r[1:], strict=True)) for r in found}
        if table.name != ROOT:
            of: dict[int, list[int]] = {}
            for row, parent in connection.execute(
                f"SELECT row, parent FROM {loaded.tables[table.name]} ORDER BY row"
            ).fetchall():
                of.setdefault(parent, []).append(row)
            parents[table.name] = of

    def build(layout: Layout, table: str, row: int, record: str, path: tuple[str, ...]) -> TypedRecord:
        fields: dict[str, Value] = {}
        values = lines[table][row]
        for f in made.records[record].fields:
            here, ty = (*path, f.name), strip_opt(f.ty)
            inner = layout.list_table(table, here)
            if inner is not None:
                items = parents[inner.name].get(row, [])
                if here in values and not values[here]:
                    fields[f.name] = None
                elif isinstance(inner.item, RecordTy):
                    fields[f.name] = tuple(build(layout, inner.name, i, inner.item.name, ()) for i in items)
                else:
                    fields[f.name] = tuple(lines[inner.name][i][()] for i in items)
            elif isinstance(ty, RecordTy):
                there = here not in values or values[here]
                fields[f.name] = build(layout, table, row, ty.name, here) if there else None
            else:
                fields[f.name] = values[here]
        return TypedRecord(record, fields)

    return {row: build(layout, ROOT, row, layout.record, ()) for row in lines[ROOT]}


RANKS = """policy ranks
  effective from 2026-01-01
  currency CNY
end

type abc is ordered C < B < A

record customer
  id      : text
  revenue : money
  active  : yes/no, default yes
  note    : text, optional
end

population buyers is customer where active

classify value_class of customer over buyers : abc
  by revenue, largest first
  A up to 80% of total
  B up to 95% of total
  C rest
  ties share the better class
  outside population C
end

decision place of customer : percent as (percentile of revenue among buyers) otherwise 0%
decision fifth of customer : number as (quantile 5 of revenue among buyers) otherwise 0
"""
