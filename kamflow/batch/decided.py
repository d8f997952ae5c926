"""What an engine over columns decided: rows in the file's order, and who is left to the single path."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from kamflow.base.diagnostic import Diagnostic
from kamflow.batch.connect import own_folder
from kamflow.batch.dress import cell_sql, json_sql
from kamflow.batch.everybody import INSERTED, Pick
from kamflow.batch.families import literal, name
from kamflow.batch.outside import Outside
from kamflow.core.columns import ROOT
from kamflow.core.ty import ListTy, StructTy, Ty, strip_opt
from kamflow.intake.read_record import ReadRecord
from kamflow.portfolio import Column, Item
from kamflow.portfolio.write_parquet import as_text, sql_type
from kamflow.values.data import Value
from kamflow.values.decision import Loose, RecordId

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

    from kamflow.batch.load import Loaded

_FETCH = 20_000
_NO_CHAR = "\x01"


@dataclass(frozen=True, slots=True)
class Block:
    """Decided records that follow each other, as finished lines; ``rows`` are their places in the file."""

    rows: Sequence[int]
    lines: Sequence[str]


@dataclass(frozen=True, slots=True)
class Written:
    """A part of a file is decided and written: nothing to do but to look at the count."""


@dataclass(frozen=True, slots=True)
class Lost:
    """Members of a population: how many there are, and who of them can't be read, with the findings."""

    members: int
    lost: int
    findings: Sequence[Diagnostic]
    outside: Sequence[Outside] = ()


class DecidedColumns:
    """``slow``: rows for the single path, ascending; all others of ``count`` are decided.

    ``lost``: what is to be said of the population, where there is one.
    """

    def __init__(
        self, connection: DuckDBPyConnection, loaded: Loaded, outputs: Sequence[tuple[str, Ty]],
        loose: Sequence[Loose], pick: Pick, read: Mapping[int, ReadRecord], lost: Lost | None,
    ) -> None:  # fmt: skip
        """Assumes the engine's answers in the table ``res``; ``outputs``: names and types of ``v0`` …

        ``read``: records that intake read although columns declined them; they are decided with the others.
        """
        self.lost = lost
        self._read = read
        self._pick = pick
        self._db = connection
        self._loaded = loaded
        self._outputs = tuple(outputs)
        self._loose = tuple(loose)
        self.count = loaded.count
        undecided = connection.execute("SELECT row FROM res WHERE NOT ok").fetchall()
        self._undecided = {row for (row,) in undecided}
        self.slow: list[int] = sorted({*loaded.declined, *self._undecided})
        self._aligned = self._is_aligned()
        self._patched = False
        self._values: dict[int, tuple[Value, ...]] = {}

    def _is_aligned(self) -> bool:
        """Say whether the answers stand in the order of the records, one for each."""
        if self._loaded.declined:
            return False
        found = self._db.execute(
            "SELECT (SELECT count(*) FROM res) = (SELECT count(*) FROM k0)"
            " AND NOT EXISTS (SELECT 1 FROM res POSITIONAL JOIN k0 WHERE res.row <> k0.row)"
            " AND NOT EXISTS (SELECT 1 FROM k0 WHERE row <> rowid)"
        ).fetchone()
        return bool(found and found[0])

    def _from(self, columns: str, *, order: bool = True) -> str:
        root = self._loaded.tables[ROOT]
        if self._aligned:
            return f"SELECT {columns} FROM res POSITIONAL JOIN {root} AS src WHERE ok"
        by = " ORDER BY res.row" if order else ""
        kept = f"src.absent <> {INSERTED}"  # the others are among the slow ones
        return f"SELECT {columns} FROM res JOIN {root} AS src ON res.row = src.row WHERE ok AND {kept}{by}"

    @property
    def folder(self) -> Path:
        """A folder for a file that is not kept."""
        found = own_folder(self._db)
        found.mkdir(exist_ok=True)
        return found

    def slow_items(self) -> Iterator[tuple[int, Item]]:
        """Yield row and record of those that are left to the single path."""
        return self._pick(self.slow, self.count)

    def decided_of(self, row: int) -> tuple[tuple[Value, ...], ReadRecord] | None:
        """Return what was decided for a record that intake read; None: the single path decides it."""
        read = self._read.get(row)
        if read is None or row in self._undecided:
            return None
        if not self._values:
            values = ", ".join(["row", *(f"v{i}" for i in range(len(self._outputs)))])
            found = self._db.execute(
                f"SELECT {values} FROM res WHERE ok AND row IN (SELECT row FROM k0 WHERE absent = {INSERTED})"
            ).fetchall()
            fixes = [_fix(ty) for _, ty in self._outputs]
            self._values = {
                n: tuple(v if f is None else f(v) for f, v in zip(fixes, got, strict=True))
                for n, *got in found
            }
        return self._values[row], read

    def needs_everybody(self, row: int) -> bool:
        """Say whether the reason why a record has no answer may lie in the population."""
        return row in self._undecided

    # ---- as values

    def rows(self) -> Iterator[tuple[int, RecordId, tuple[Value, ...], int]]:
        """Yield row, identifier, values and mask of absent fields, for each decided record."""
        values = ", ".join(f"v{i}" for i in range(len(self._outputs)))
        found = self._db.cursor().execute(
            self._from(f"res.row, src.id, src.absent{', ' if values else ''}{values}")
        )
        fixes = [(i, fix) for i, (_, ty) in enumerate(self._outputs) if (fix := _fix(ty)) is not None]
        while batch := found.fetchmany(_FETCH):
            for row, record_id, absent, *got in batch:
                for i, fix in fixes:
                    got[i] = fix(got[i])
                yield row, _id(record_id), tuple(got), absent

    # ---- as lines of NDJSON

    def lines(self, as_of: str, policies: str) -> Iterator[Block]:
        """Yield finished lines; ``policies`` is the JSON text of the policies in force."""
        found = self._db.cursor().execute(self._lines(as_of, policies))
        while batch := found.fetchmany(_FETCH):
            rows, lines = zip(*batch, strict=True)
            yield Block(rows, lines)

    def copy_lines(self, path: Path, as_of: str, policies: str, more: Sequence[tuple[int, str]]) -> None:
        """Write finished lines, and ``more`` among them by their rows; ``OSError`` where that fails."""
        import duckdb

        query = self._lines(as_of, policies)
        if more:
            self._db.execute("CREATE TABLE more (row BIGINT, line VARCHAR)")
            columns = [list(column) for column in zip(*more, strict=True)]
            self._db.execute(
                "INSERT INTO more SELECT unnest(CAST(? AS BIGINT[])), unnest(CAST(? AS VARCHAR[]))", columns
            )
            query = f"SELECT * FROM ({query}) UNION ALL SELECT row, line FROM more ORDER BY row"
        # a CSV of one column without quotes is its lines
        form = f"(FORMAT csv, HEADER false, DELIMITER '{_NO_CHAR}', QUOTE '', ESCAPE '', USE_TMP_FILE false)"
        try:
            self._db.execute(f"COPY (SELECT line FROM ({query})) TO {literal(str(path))} {form}")
        except duckdb.Error as fault:
            raise OSError(0, str(fault).splitlines()[0]) from fault

    def _lines(self, as_of: str, policies: str) -> str:
        self._make_masks()
        parts = [
            f"{literal(json.dumps(n, ensure_ascii=False) + ': ')}, {json_sql(f'res.v{i}', ty)}"
            for i, (n, ty) in enumerate(self._outputs)
        ]
        decisions = ", ', ', ".join(parts) or "''"
        head = literal(f', "as_of": {json.dumps(as_of)}, "decisions": {{')
        tail = literal(f', "policies": {policies}}}')
        absent = "masks.text" if self._loose else literal('}, "assumed": {}, "missing": []')
        line = f"concat('{{\"id\": ', COALESCE(src.id, 'null'), {head}, {decisions}, {absent}, {tail})"
        query = self._from(f"res.row AS row, {line} AS line")
        if self._loose:
            before, where, after = query.partition(" WHERE ok")
            query = f"{before} JOIN masks ON masks.absent = src.absent{where}{after}"
            if self._aligned:
                query += " ORDER BY res.row"
        return query

    def _make_masks(self) -> None:
        """Say once, for each mask that occurs, what was assumed and what is missing."""
        if not self._loose:
            return
        self._db.execute("CREATE OR REPLACE TABLE masks (absent HUGEINT, text VARCHAR)")
        found = self._db.execute(
            f"SELECT DISTINCT absent FROM {self._loaded.tables[ROOT]} WHERE absent <> {INSERTED}"
        ).fetchall()
        for (mask,) in found:
            absent = [one for i, one in enumerate(self._loose) if mask >> i & 1]
            assumed = {one.name: one.default for one in absent if one.default is not None}
            missing = [one.name for one in absent if one.default is None]
            texts = (json.dumps(v, ensure_ascii=False) for v in (assumed, missing))
            text = '}}, "assumed": {}, "missing": {}'.format(*texts)
            self._db.execute("INSERT INTO masks VALUES (?, ?)", [mask, text])

    # ---- as a Parquet file

    def patch(self, columns: Sequence[Column], rows: Sequence[tuple[int, Mapping[str, object]]]) -> None:
        """Keep records that the single path decided, for ``copy_parquet``."""
        types = [sql_type(c) for c in columns]
        fields = ", ".join(f"c{i} {t}" for i, t in enumerate(types))
        self._db.execute(f"CREATE TABLE IF NOT EXISTS patch (row BIGINT, {fields})")
        cells = ", ".join(f"CAST(unnest(CAST(? AS VARCHAR[])) AS {t})" for t in types)
        texts = [[as_text(row.get(c.name)) for _, row in rows] for c in columns]
        self._db.execute(
            f"INSERT INTO patch SELECT unnest(CAST(? AS BIGINT[])), {cells}", [[n for n, _ in rows], *texts]
        )
        self._patched = True

    def relation(self, names: Sequence[str]) -> DuckDBPyRelation:
        """Return everything decided as a relation, columns as in a Parquet file."""
        return self._db.sql(self._table(names))

    def _table(self, names: Sequence[str]) -> str:
        record_id = "CASE WHEN starts_with(src.id, '\"') THEN CAST(src.id AS JSON) ->> '$' ELSE src.id END"
        cells = [record_id, *(cell_sql(f"res.v{i}", ty) for i, (_, ty) in enumerate(self._outputs))]
        named = ", ".join(f"c{i} AS {name(n)}" for i, n in enumerate(names))
        columns = ", ".join(f"{c} AS c{i}" for i, c in enumerate(cells))
        query = f"SELECT {named} FROM ({self._from(columns)})"
        if self._patched:
            decided = self._from(f"res.row AS row, {columns}", order=False)
            query = f"SELECT {named} FROM ({decided} UNION ALL SELECT * FROM patch) ORDER BY row"
        return query

    def copy_parquet(self, path: Path, names: Sequence[str]) -> None:
        """Write everything decided, in the order of the file; ``OSError`` where that fails.

        ``names``: those of the columns, the identifier's first.
        """
        import duckdb

        query = self._table(names)
        try:
            self._db.execute(f"COPY ({query}) TO {literal(str(path))} (FORMAT parquet, USE_TMP_FILE false)")
        except duckdb.Error as fault:
            raise OSError(0, str(fault).splitlines()[0]) from fault


def _id(text: str | None) -> RecordId:
    if text is None:
        return None
    if text[0] == '"' and "\\" not in text:
        return text[1:-1]
    return cast(RecordId, json.loads(text))


def _fix(ty: Ty) -> Callable[[object], Value] | None:
    """Return what makes of DuckDB's lists and structs the tuples that values are."""
    inner = strip_opt(ty)
    return as_tuples if isinstance(inner, ListTy | StructTy) else None


def as_tuples(value: object) -> Value:
    """Return DuckDB's lists and structs as the tuples that values are."""
    match value:
        case list() | tuple():
            return tuple(as_tuples(v) for v in value)
        case dict():
            return tuple(as_tuples(v) for v in value.values())
        case _:
            return cast(Value, value)
