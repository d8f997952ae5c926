"""A file of records as parts of other records, in columns: what is judged of a customer and its case.

The file is read once, as records of the subject. Of each stretch of it the definitions of a *joint* record
are computed, which has the subject as one part beside what the caller gives of each line: a number of days,
and variables as JSON. A part's columns are the record's own under longer paths, so they are only renamed.

Assumes: DuckDB and numpy. Leaves: arrays for those lines that an engine judged; it only declines, never errs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kamflow.base.frozen import frozen
from kamflow.base.span import DataPlace
from kamflow.batch.connect import connect
from kamflow.batch.engines import ColumnEngine
from kamflow.batch.families import literal
from kamflow.batch.load import Loaded, Source, load
from kamflow.batch.open_file import load_file
from kamflow.batch.reading import fragment_scope
from kamflow.core.columns import ROOT, ColumnTable, Layout, layout_of
from kamflow.core.program import Program
from kamflow.core.ty import ScaledTy, strip_opt
from kamflow.portfolio import Item, RawRecord, format_of, open_records

if TYPE_CHECKING:
    import numpy as np
    from duckdb import DuckDBPyConnection

    Arr = np.ndarray[Any, Any]

_MEMORY = "700MB"
_LINES, _VARS = "lines", "x"
_PICKED = 5_000


@frozen
class Joint:
    """The record on which definitions are computed. ``part``: the field that is the file's record;
    ``days``: the path of the number of days; ``vars``: field and record of the variables, if it has them."""

    record: str
    part: str
    days: tuple[str, ...]
    vars: tuple[str, str] | None = None


@dataclass(slots=True)
class Judged:
    """Answers for the lines of ``rows`` (ascending): each output's values, 1 yes, 0 no, 2 missing."""

    rows: Arr
    truths: list[Arr]


class Subjects:
    """A file in typed columns, open until its stack is closed. Rows count from 0, as in the file.

    ``declined``: rows that only the reader of single records can judge, ascending.
    """

    def __init__(
        self, connection: DuckDBPyConnection, loaded: Loaded, program: Program, joint: Joint, path: Path
    ) -> None:
        self._db = connection
        self._loaded = loaded
        self._program = program
        self._joint = joint
        self._layout = layout_of(program, joint.record)
        self._path = path
        self.count = loaded.count
        self.declined: Sequence[int] = loaded.declined

    def new_picks(self) -> Picks:
        return Picks(self._path, self._db)

    def ids(self, first: int, end: int) -> list[tuple[int, str]]:
        """Return row and identifier (JSON text) of the lines of a stretch that have one."""
        root = self._loaded.tables[ROOT]
        return self._db.execute(
            f"SELECT row, id FROM {root} WHERE row >= ? AND row < ? AND id IS NOT NULL ORDER BY row",
            [first, end],
        ).fetchall()

    def nameless(self) -> list[int]:
        """Return rows whose identifier is not there, or empty."""
        root = self._loaded.tables[ROOT]
        text = f"SELECT row FROM {root} WHERE id IS NULL OR id = '\"\"' ORDER BY row"
        return [row for (row,) in self._db.execute(text).fetchall()]

    def twice(self, others: Mapping[str, int]) -> list[tuple[int, int, str]]:
        """Return rows whose identifier an earlier row has: row, the earlier one, identifier.

        ``others``: identifiers of rows that are not among the columns, with the first row of each.
        """
        root = self._loaded.tables[ROOT]
        names = list(others)
        plain = "CASE WHEN starts_with(id, '\"') THEN CAST(id AS JSON) ->> '$' ELSE id END"
        given = "SELECT unnest(CAST(? AS BIGINT[])) AS row, unnest(CAST(? AS VARCHAR[])) AS name"
        return self._db.execute(
            f"WITH every AS (SELECT row, {plain} AS name FROM {root} WHERE id IS NOT NULL AND id <> '\"\"'"
            f" UNION ALL {given}),"
            " firsts AS (SELECT name, min(row) AS earlier FROM every GROUP BY name HAVING count(*) > 1)"
            " SELECT row, earlier, name FROM every JOIN firsts USING (name) WHERE row <> earlier"
            " ORDER BY row",
            [[others[n] for n in names], names],
        ).fetchall()

    def judge(
        self, engine: ColumnEngine, outputs: int, first: int, end: int, rows: Arr, days: Arr,
        variables: Sequence[str] | None = None,
    ) -> Judged:  # fmt: skip
        """Compute the outputs of an engine, which are all yes/no, for some rows of a stretch.

        ``rows`` ascending, with ``days`` and ``variables`` (JSON objects) of each.
        """
        import numpy as np

        tables = self._views(first, end, rows, days, variables)
        db = self._db
        try:
            engine.run(db, tables)
            names = ", ".join(["row", *(f"v{i}" for i in range(outputs))])
            found = db.execute(f"SELECT {names} FROM res WHERE ok ORDER BY row").fetchnumpy()
        finally:
            db.execute("DROP TABLE IF EXISTS res")
            self._forget(tables)
        truths: list[Arr] = []
        for i in range(outputs):
            given = found[f"v{i}"]
            truth = np.ma.getdata(given).astype(np.int8)
            truth[np.ma.getmaskarray(given)] = 2
            truths.append(truth)
        return Judged(np.asarray(found["row"]), truths)

    # ---- the joint record as views

    def _views(
        self, first: int, end: int, rows: Arr, days: Arr, variables: Sequence[str] | None
    ) -> dict[str, str]:
        db = self._db
        given: dict[str, object] = {"row": rows, "days": days}
        if variables is not None:
            import numpy as np

            given["said"] = np.array(variables, dtype=object)
        db.register("given", given)
        db.execute(f"CREATE OR REPLACE TABLE {_LINES} AS SELECT * FROM given")
        db.unregister("given")
        read = self._read_vars() if variables is not None else None
        tables: dict[str, str] = {}
        for table in self._layout.tables:
            name = f"w{table.name[1:]}"
            text = self._root(table, first, end, read) if table.name == ROOT else self._list(table, tables)
            db.execute(f"CREATE OR REPLACE VIEW {name} AS {text}")
            tables[table.name] = name
        return tables

    def _root(self, table: ColumnTable, first: int, end: int, read: Loaded | None) -> str:
        own = self._loaded.layout.table(ROOT)
        part, days = self._joint.part, self._joint.days
        columns, days_type = ["s.row AS row"], None
        for column in table.columns:
            if column.path == days:
                columns.append(f"d.days AS {column.name}")
                days_type = strip_opt(column.ty)
                continue
            source = "s" if column.path[0] == part else "v"
            found = own if source == "s" else None if read is None else read.layout.table(ROOT)
            inner = None if found is None else found.column(column.path[1:])
            if inner is not None:
                columns.append(f"{source}.{inner.name} AS {column.name}")
        text = f"SELECT {', '.join(columns)} FROM {self._loaded.tables[ROOT]} AS s JOIN {_LINES} AS d"
        text += " ON s.row = d.row"
        if read is not None:
            text += f" JOIN {read.tables[ROOT]} AS v ON v.row = s.row"
        text += f" WHERE s.row >= {first} AND s.row < {end}"
        if isinstance(days_type, ScaledTy):
            text += f" AND d.days BETWEEN {days_type.lo} AND {days_type.hi}"
        return text

    def _list(self, table: ColumnTable, tables: Mapping[str, str]) -> str:
        own = _same_list(self._layout, table, self._loaded.layout, self._joint.part)
        inner = {c.path: c.name for c in own.columns}
        columns = [f"l.{inner[c.path]} AS {c.name}" for c in table.columns]
        return (
            f"SELECT {', '.join(['l.row AS row', 'l.parent AS parent', *columns])}"
            f" FROM {self._loaded.tables[own.name]} AS l"
            f" WHERE l.parent IN (SELECT row FROM {tables[table.parent]})"
        )

    def _read_vars(self) -> Loaded:
        assert self._joint.vars is not None
        record = self._joint.vars[1]
        names = tuple(f.name for f in self._program.records[record].fields)
        src = f"(SELECT row, said FROM {_LINES})"
        source = Source(src, fragment_scope("said", names), "CAST(NULL AS VARCHAR)")
        return load(self._db, self._program, record, source, _VARS, loose_parts=True)

    def _forget(self, tables: Mapping[str, str]) -> None:
        for name in reversed(list(tables.values())):
            self._db.execute(f"DROP VIEW IF EXISTS {name}")
        self._db.execute(f"DROP VIEW IF EXISTS {_VARS}0w")
        self._db.execute(f"DROP TABLE IF EXISTS {_VARS}0")
        self._db.execute(f"DROP TABLE IF EXISTS {_LINES}")


def _same_list(layout: Layout, table: ColumnTable, own: Layout, part: str) -> ColumnTable:
    """Return the table of the subject's own layout that holds the same list."""
    if table.parent == ROOT:
        assert table.path[0] == part
        found = own.list_table(ROOT, table.path[1:])
    else:
        found = own.list_table(_same_list(layout, layout.table(table.parent), own, part).name, table.path)
    assert found is not None
    return found


class Picks:
    """Raw records of a file by their rows; asked for in the order of the file, it is read through once."""

    def __init__(self, path: Path, connection: DuckDBPyConnection | None = None) -> None:
        self._path = path
        self._db = connection if format_of(str(path)) == "parquet" else None
        self._items = enumerate(iter(())) if self._db is not None else enumerate(open_records(str(path)))

    def pick(self, wanted: Sequence[int]) -> Iterator[tuple[int, Item]]:
        """Yield row and record for each of ``wanted``, ascending, none before those asked for already."""
        if not wanted:
            return
        if self._db is not None:
            yield from self._pick_rows(self._db, wanted)
            return
        todo = iter(wanted)
        next_one = next(todo, None)
        if next_one is None:
            return
        for row, item in self._items:
            if row == next_one:
                yield row, item
                next_one = next(todo, None)
                if next_one is None:
                    return

    def _pick_rows(self, db: DuckDBPyConnection, wanted: Sequence[int]) -> Iterator[tuple[int, Item]]:
        source = f"read_parquet({literal(str(self._path.resolve()))}, file_row_number = true)"
        for start in range(0, len(wanted), _PICKED):
            some = list(wanted[start : start + _PICKED])
            found = db.execute(
                f"SELECT * FROM {source} WHERE file_row_number >= ? AND file_row_number <= ?"
                " AND file_row_number IN (SELECT unnest(CAST(? AS BIGINT[]))) ORDER BY file_row_number",
                [some[0], some[-1], some],
            )
            names = [d[0] for d in found.description or ()][:-1]
            for row in found.fetchall():
                at = DataPlace(str(self._path), f"[{row[-1]}]", 0, row[-1])
                yield row[-1], RawRecord(dict(zip(names, row[:-1], strict=True)), at)


def open_subjects(
    stack: ExitStack, path: Path, program: Program, subject: str, joint: Joint, id_name: str
) -> Subjects | None:
    """Read a file into columns; None where it is not one for columns, or DuckDB or numpy is not there."""
    from importlib.util import find_spec

    if any(find_spec(module) is None for module in ("duckdb", "numpy")):
        return None
    connection = stack.enter_context(connect((path.resolve(),), memory=_MEMORY))
    loaded = load_file(connection, program, subject, path, id_name, loose_parts=True)
    return None if loaded is None else Subjects(connection, loaded, program, joint, path)


def id_of_text(text: str) -> str:
    """Return an identifier from its JSON text."""
    return text[1:-1] if text[0] == '"' and "\\" not in text else str(json.loads(text))
