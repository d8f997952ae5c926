"""CSV and NDJSON by their lines: each line of the text is one record, or the file is not for columns.

The text must be UTF-8 with one kind of line ends; a CSV row must be one line. Whatever else there is
makes ``open_…`` return None, or a statement fail with ``duckdb.Error``: the readers of ``portfolio``
take such a file.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from io import SEEK_END
from pathlib import Path
from typing import BinaryIO

from kamflow.base.frozen import frozen
from kamflow.batch.families import Fragment, literal, name
from kamflow.batch.load import LINES, Source, numbered
from kamflow.batch.open_parquet import id_text
from kamflow.batch.reading import RawValue, cell, known_keys, usually_written, written_by_us
from kamflow.core.program import RecordDecl
from kamflow.portfolio.pieces import line_end
from kamflow.portfolio.read_csv import Header, csv_header
from kamflow.portfolio.records import MAX_RECORD

# A number that is not told exactly by its double, a word that is no JSON, or a comma before a bracket
_DOUBTFUL = r"[:,\[]\s*-?(?:[0-9.]{17}|[0-9.]+[eE]|(?i:nan|inf))|,\s*[}\]]"
_NO_CHAR = "\x01"
_HEAD = 2**12


def _lines(path: Path, skip: int, end: str) -> str:
    """Return the relation of lines; a blank one is NULL."""
    named = end.replace("\r", "\\r").replace("\n", "\\n")
    return (
        f"read_csv({literal(str(path))}, delim = '{_NO_CHAR}', quote = '', escape = '', header = false,"
        f" columns = {{'line': 'VARCHAR'}}, auto_detect = false, max_line_size = {MAX_RECORD},"
        f" buffer_size = {2 * MAX_RECORD}, new_line = '{named}', skip = {skip})"
    )


def open_ndjson(path: Path, decl: RecordDecl, id_name: str, *, valid: bool) -> Source | None:
    """Read objects, one a line. ``valid``: every line is taken for JSON, else the statement fails."""
    end = line_end(path)
    if end is None:
        return None
    return ndjson_source(path, end, habits_of(path, decl).whole(decl), decl, id_name, valid=valid)


def ndjson_source(
    path: Path, end: str, habits: Habits, decl: RecordDecl, id_name: str, *, valid: bool
) -> Source:
    """Read objects, one a line, which ``end`` ends."""
    # a blank line is no record; what begins as an object is none, which CASE tells quickly, and OR does not
    some = "CASE WHEN starts_with(line, '{') THEN true ELSE trim(line, ' ' || chr(9)) <> '' END"
    lines = f"(SELECT line FROM {_lines(path, 0, end)} WHERE {some})"
    return objects(lines, habits, decl, id_name, valid=valid)


def open_json(path: Path, decl: RecordDecl, id_name: str) -> Source | None:
    """Read the objects of an array; the statement fails where the text is anything else."""
    with path.open("rb") as file:
        if file.read(_HEAD).removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")[:1] != b"[":
            return None
    found = (
        f"read_json_objects({literal(str(path))}, format = 'array', maximum_object_size = {MAX_RECORD},"
        " compression = 'none')"
    )
    names = tuple(f.name for f in decl.fields)
    lines = f"(SELECT CAST(json AS VARCHAR) AS line FROM {found})"
    return objects(lines, Habits(names), decl, id_name, valid=True)


def objects(lines: str, habits: Habits, decl: RecordDecl, id_name: str, *, valid: bool) -> Source:
    """Read JSON objects. Those with keys that are not in ``habits`` are not recognised."""
    order = habits.order
    names = order + habits.others
    line = "line" if valid else "CASE WHEN json_valid(line) THEN line END"
    src = f"(SELECT row, {line} AS line FROM {LINES})"
    spec = literal("{" + ", ".join(f'{json.dumps(n, ensure_ascii=False)}: "JSON"' for n in names) + "}")
    aliases = ", ".join(f"CAST(o[{literal(n)}] AS VARCHAR) AS f{i}" for i, n in enumerate(names))
    opened = f"(SELECT row, line, {aliases} FROM (SELECT row, line, from_json(line, {spec}) AS o FROM {src}))"
    at = {n: f"f{i}" for i, n in enumerate(names)}

    def get(field_name: str) -> RawValue | None:
        return RawValue(at[field_name], Fragment(field_name in habits.quoted)) if field_name in at else None

    usual = usually_written(get, order, habits.seldom)
    spaced = written_by_us(get, order, spaced=True) if order else "''"
    compact = written_by_us(get, order, spaced=False) if order else "''"
    same = (
        f"WHEN line = {usual} THEN true WHEN line = {spaced} THEN true"
        f" WHEN replace(line, ' ', '') = replace({compact}, ' ', '') THEN true"
    )
    looked_at = f"NOT regexp_matches(line, {literal(_DOUBTFUL)}) AND {known_keys('line', names)}"
    # CASE tries one after the other, where OR would compute all
    known = f"CASE WHEN line IS NULL OR NOT starts_with(line, '{{') THEN false {same} ELSE {looked_at} END"
    record_id = _fragment_id(at.get(id_name))
    if id_name in at:  # an identifier in another form is shown as it came: by the single path
        known = f"({known}) AND ({at[id_name]} IS NULL OR {record_id} IS NOT NULL)"
    return Source(opened, get, record_id, known, lines=lines)


def _fragment_id(sql: str | None) -> str:
    if sql is None:
        return "CAST(NULL AS VARCHAR)"
    return f'CASE WHEN regexp_full_match({sql}, \'-?[0-9]{{1,15}}|"[^"\\\\]*"\') THEN {sql} END'


_SAMPLE, _SAMPLE_BYTES, _PLACES = 500, 2_000_000, 20


@frozen
class Habits:
    """How the objects of a file are written, as far as some of its lines tell; nothing rests on it but speed.

    ``order``: of the keys; one that is often absent stands where the first line that has it has it.
    ``quoted``: keys whose values are texts more often than not. ``seldom``: those that some lines have not.
    ``others``: keys that are read besides, though no line that was looked at has them.
    """

    order: tuple[str, ...] = ()
    quoted: frozenset[str] = frozenset()
    seldom: frozenset[str] = frozenset()
    others: tuple[str, ...] = ()

    def whole(self, decl: RecordDecl) -> Habits:
        """Return the habits with all fields of a record: reading what is never there costs as much again."""
        return replace(self, others=tuple(f.name for f in decl.fields if f.name not in self.order))


def habits_of(path: Path, decl: RecordDecl) -> Habits:
    known = {f.name for f in decl.fields}
    order: list[str] = []
    lines = 0
    texts: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    for first in _some_objects(path):
        at = 0
        counts.update(first.keys())
        lines += 1
        for key, value in first.items():
            if key in order:
                at = order.index(key) + 1
            elif key in known:
                order.insert(at, key)
                at += 1
            texts[key] += 0 if value is None else 1 if isinstance(value, str) else -1
    quoted = frozenset(k for k in order if texts[k] > 0)
    return Habits(tuple(order), quoted, frozenset(k for k in order if counts[k] < lines))


def _some_objects(path: Path) -> Iterator[dict[str, object]]:
    """Yield the first objects of a file, and some from places all over it."""
    with path.open("rb") as file:
        size = file.seek(0, SEEK_END)
        file.seek(0)
        yield from _objects_from(file, _SAMPLE, _SAMPLE_BYTES)
        for place in range(1, _PLACES) if file.tell() < size else ():
            at = size * place // _PLACES
            if at > file.tell():
                file.seek(at)
                file.readline(MAX_RECORD)  # the rest of a line
                yield from _objects_from(file, _SAMPLE // _PLACES, _SAMPLE_BYTES // _PLACES)


def _objects_from(file: BinaryIO, most: int, most_bytes: int) -> Iterator[dict[str, object]]:
    start = file.tell()
    for _ in range(most):
        try:
            found = json.loads(file.readline(MAX_RECORD))
        except (ValueError, RecursionError):
            return
        if isinstance(found, dict):
            yield found
        if file.tell() - start > most_bytes:
            return


def open_csv(path: Path, decl: RecordDecl, id_name: str) -> Source | None:
    """Read rows of cells, one a line."""
    header, end = plain_header(path), line_end(path)
    if header is None or end is None or not fits(header, decl):
        return None
    return csv_source(path, header.lines, end, header, decl, id_name)


def plain_header(path: Path) -> Header | None:
    """Return the header of a CSV file; None where what comes before the first row is not its lines."""
    header = csv_header(path)
    if header is None:
        return None
    with path.open("rb") as file:
        for _ in range(header.lines):
            line = file.readline()
            # blank lines before the header: what is skipped would be counted in another way
            if not line.strip() or b"\r" in line.removesuffix(b"\n").removesuffix(b"\r"):
                return None
    return header


def fits(header: Header, decl: RecordDecl) -> bool:
    """Say whether all columns are fields."""
    names = header.columns.names
    return "" not in names and set(names) <= {f.name for f in decl.fields}


def csv_source(path: Path, skip: int, end: str, header: Header, decl: RecordDecl, id_name: str) -> Source:
    """Read rows of cells, one a line, after ``skip`` lines."""
    lines, src = _cells(path, skip, end, header)
    types = {f.name: f.ty for f in decl.fields}
    at = {n: f"x{i}" for i, n in enumerate(header.columns.names)}
    each = ", ".join(f"cells[{i + 1}] AS {x}" for i, x in enumerate(at.values()))

    def get(field_name: str) -> RawValue | None:
        return cell(at[field_name], types[field_name]) if field_name in at else None

    id_sql = id_text(at[id_name]) if id_name in at else "CAST(NULL AS VARCHAR)"
    return Source(f"(SELECT *, {each} FROM {src})", get, id_sql, "cells IS NOT NULL", cells=True, lines=lines)


def csv_relation(path: Path) -> str | None:
    """Return a relation with the columns of a plain CSV file as texts, an empty cell as NULL.

    A row of another width makes the statement fail.
    """
    header, end = plain_header(path), line_end(path)
    if header is None or end is None or "" in header.columns.names:
        return None
    lines, src = _cells(path, header.lines, end, header)
    src = numbered(src, lines)
    whole = "CASE WHEN cells IS NULL THEN error('a row of another width') ELSE cells END"
    columns = ", ".join(
        f"NULLIF(cells[{i + 1}], '') AS {name(n)}" for i, n in enumerate(header.columns.names)
    )
    return f"(SELECT row AS file_row_number, {columns} FROM (SELECT row, {whole} AS cells FROM {src}))"


def _cells(path: Path, skip: int, end: str, header: Header) -> tuple[str, str]:
    """Return the lines and the relation (row, cells); cells are NULL in a ragged row."""
    separator = header.separator
    sep = literal(separator)
    sep_re = "\\t" if separator == "\t" else separator
    one = f'(?:[^"{sep_re}]*|"(?:[^"]|"")*")'
    form = literal(f"{one}(?:{sep_re}{one})*")
    parts = literal(f"({one}){sep_re}")
    bare = "CASE WHEN starts_with(x, '\"') THEN replace(x[2:-2], '\"\"', '\"') ELSE x END"
    # a row may be longer than its line: where a line with quotes is not whole by itself, all is given up
    whole = f"CASE WHEN regexp_full_match(line, {form}) THEN true ELSE error('not one row') END"
    every = f"regexp_extract_all(line || {sep}, {parts}, 1)"
    quoted = f"CASE WHEN {whole} THEN list_transform({every}, lambda x: {bare}) END"
    cells = f"CASE WHEN contains(line, '\"') THEN {quoted} ELSE string_split(line, {sep}) END"
    some = "CASE WHEN trim(line) = '' THEN error('a blank row') ELSE line END"
    lines = f"SELECT row, {some} AS line FROM {LINES}"
    blank = "list_aggregate(cells, 'string_agg', '') = ''"
    row = f"CASE WHEN {blank} THEN error('a blank row') ELSE cells END"
    src = (
        f"(SELECT row, CASE WHEN len(cells) = {len(header.columns.names)} THEN {row} END AS cells"
        f" FROM (SELECT row, {cells} AS cells FROM ({lines})))"
    )
    # a line with nothing in it is no row; one of spaces is, and is counted by the single path
    return f"(SELECT line FROM {_lines(path, skip, end)} WHERE line <> '')", src
