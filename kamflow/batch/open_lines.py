"""CSV and NDJSON by their lines: each line of the text is one record, or the file is not for columns.

The text must be UTF-8 with one kind of line ends; a CSV row must be one line. Whatever else there is
makes ``open_…`` return None, or a statement fail with ``duckdb.Error``: the readers of ``portfolio``
take such a file.
"""

from __future__ import annotations

import json
import mmap
from pathlib import Path

from kamflow.batch.families import Fragment, literal, name
from kamflow.batch.load import LINES, Source
from kamflow.batch.open_parquet import id_text
from kamflow.batch.reading import RawValue, all_written, cell, known_keys, written_by_us
from kamflow.batch.recognise import is_amount, scaled_double
from kamflow.core.program import RecordDecl
from kamflow.core.ty import strip_opt
from kamflow.portfolio.read_csv import csv_header
from kamflow.portfolio.records import MAX_RECORD

# A number that is not told exactly by its double, a word that is no JSON, or a comma before a bracket
_DOUBTFUL = r"[:,\[]\s*-?(?:[0-9.]{17}|[0-9.]+[eE]|(?i:nan|inf))|,\s*[}\]]"
_NO_CHAR = "\x01"
_CHUNK = 2**24
_HEAD = 2**12


def _lines(path: Path, skip: int, end: str) -> str:
    """Return the relation of lines; a blank one is NULL."""
    return (
        f"read_csv({literal(str(path))}, delim = '{_NO_CHAR}', quote = '', escape = '', header = false,"
        f" columns = {{'line': 'VARCHAR'}}, auto_detect = false, max_line_size = {MAX_RECORD},"
        f" new_line = '{end}', skip = {skip})"
    )


def _line_end(path: Path) -> str | None:
    """Return what ends all lines, as a statement names it: a line feed, or one after a carriage return."""
    with path.open("rb") as file:
        try:
            text = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError:  # an empty file
            return None
        with text:
            if text.find(b"\r") < 0:
                return "\\n"
        seen = [0, 0, 0]
        last = b""
        while chunk := file.read(_CHUNK):
            for i, what in enumerate((b"\r", b"\n", b"\r\n")):
                seen[i] += chunk.count(what)
            seen[2] += last == b"\r" and chunk[:1] == b"\n"
            last = chunk[-1:]
    return "\\r\\n" if len(set(seen)) == 1 else None


def open_ndjson(path: Path, decl: RecordDecl, id_name: str, *, valid: bool) -> Source | None:
    """Read objects, one a line. ``valid``: every line is taken for JSON, else the statement fails."""
    end = _line_end(path)
    if end is None:
        return None
    # a blank line is no record; what begins as an object is none, and that is quickly told
    some = "CASE WHEN starts_with(line, '{') THEN true ELSE trim(line, ' ' || chr(9)) <> '' END"
    lines = f"(SELECT line FROM {_lines(path, 0, end)} WHERE {some})"
    return objects(lines, _key_order(path, decl), decl, id_name, valid=valid)


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
    return objects(f"(SELECT CAST(json AS VARCHAR) AS line FROM {found})", names, decl, id_name, valid=True)


def objects(lines: str, order: tuple[str, ...], decl: RecordDecl, id_name: str, *, valid: bool) -> Source:
    """Read JSON objects; ``order``: the keys as most have them."""
    names = tuple(f.name for f in decl.fields)
    line = "line" if valid else "CASE WHEN json_valid(line) THEN line END"
    src = f"(SELECT row, {line} AS line FROM {LINES})"
    spec = literal("{" + ", ".join(f'{json.dumps(n, ensure_ascii=False)}: "JSON"' for n in names) + "}")
    aliases = ", ".join(f"CAST(o[{literal(n)}] AS VARCHAR) AS f{i}" for i, n in enumerate(names))
    opened = f"(SELECT row, line, {aliases} FROM (SELECT row, line, from_json(line, {spec}) AS o FROM {src}))"
    at = {n: f"f{i}" for i, n in enumerate(names)}
    opened, families = _with_numbers(opened, decl)

    def get(field_name: str) -> RawValue | None:
        return RawValue(at[field_name], families[field_name]) if field_name in at else None

    full = all_written(get, order)
    spaced = written_by_us(get, order, spaced=True) if order else "''"
    compact = written_by_us(get, order, spaced=False) if order else "''"
    same = (
        f"WHEN line = {full} THEN true WHEN line = {spaced} THEN true"
        f" WHEN replace(line, ' ', '') = replace({compact}, ' ', '') THEN true"
    )
    looked_at = f"NOT regexp_matches(line, {literal(_DOUBTFUL)}) AND {known_keys('line', decl)}"
    # CASE tries one after the other, where OR would compute all
    known = f"CASE WHEN line IS NULL OR NOT starts_with(line, '{{') THEN false {same} ELSE {looked_at} END"
    record_id = _fragment_id(at.get(id_name))
    if id_name in at:  # an identifier in another form is shown as it came: by the single path
        known = f"({known}) AND ({at[id_name]} IS NULL OR {record_id} IS NOT NULL)"
    return Source(opened, get, record_id, known, lines=lines)


def _with_numbers(opened: str, decl: RecordDecl) -> tuple[str, dict[str, Fragment]]:
    """Put beside the fragments ``f0`` … their doubles and scaled integers, each worked out once."""
    amounts = {i: ty for i, f in enumerate(decl.fields) if is_amount(ty := strip_opt(f.ty))}
    numbers = "".join(f", TRY_CAST(f{i} AS DOUBLE) AS n{i}" for i in amounts)
    wholes = "".join(f", {scaled_double(f'n{i}', ty)} AS w{i}" for i, ty in amounts.items())
    families = {
        f.name: Fragment(f"n{i}", f"w{i}") if i in amounts else Fragment() for i, f in enumerate(decl.fields)
    }
    return f"(SELECT *{wholes} FROM (SELECT *{numbers} FROM {opened}))", families


def _fragment_id(sql: str | None) -> str:
    if sql is None:
        return "CAST(NULL AS VARCHAR)"
    return f'CASE WHEN regexp_full_match({sql}, \'-?[0-9]{{1,15}}|"[^"\\\\]*"\') THEN {sql} END'


_SAMPLE, _SAMPLE_BYTES = 500, 2_000_000


def _key_order(path: Path, decl: RecordDecl) -> tuple[str, ...]:
    """Return the order of keys in which most lines are written, as far as the first lines tell.

    A key that is often absent stands where the first line that has it has it.
    """
    known = {f.name for f in decl.fields}
    order: list[str] = []
    with path.open("rb") as file:
        for _ in range(_SAMPLE):
            try:
                first = json.loads(file.readline(MAX_RECORD))
            except (ValueError, RecursionError):
                break
            at = 0
            for key in first if isinstance(first, dict) else ():
                if key in order:
                    at = order.index(key) + 1
                elif key in known:
                    order.insert(at, key)
                    at += 1
            if file.tell() > _SAMPLE_BYTES:
                break
    return tuple(order)


def open_csv(path: Path, decl: RecordDecl, id_name: str) -> Source | None:
    """Read rows of cells, one a line."""
    found = _cells(path)
    if found is None:
        return None
    names, lines, src = found
    types = {f.name: f.ty for f in decl.fields}
    if not set(names) <= types.keys() or "" in names:
        return None
    at = {n: i + 1 for i, n in enumerate(names)}

    def get(field_name: str) -> RawValue | None:
        return cell(f"cells[{at[field_name]}]", types[field_name]) if field_name in at else None

    id_sql = id_text(f"cells[{at[id_name]}]") if id_name in at else "CAST(NULL AS VARCHAR)"
    return Source(src, get, id_sql, "cells IS NOT NULL", cells=True, lines=lines)


def csv_relation(path: Path) -> str | None:
    """Return a relation with the columns of a plain CSV file as texts, an empty cell as NULL.

    A row of another width makes the statement fail.
    """
    found = _cells(path)
    if found is None or "" in found[0]:
        return None
    names, lines, src = found
    src = src.replace(LINES, f"(SELECT row_number() OVER () - 1 AS row, line FROM {lines})")
    whole = "CASE WHEN cells IS NULL THEN error('a row of another width') ELSE cells END"
    columns = ", ".join(f"NULLIF(cells[{i + 1}], '') AS {name(n)}" for i, n in enumerate(names))
    return f"(SELECT row AS file_row_number, {columns} FROM (SELECT row, {whole} AS cells FROM {src}))"


def _cells(path: Path) -> tuple[tuple[str, ...], str, str] | None:
    """Return names of columns, the lines and the relation (row, cells); cells are NULL in a ragged row."""
    header = csv_header(path)
    end = _line_end(path)
    if header is None or end is None:
        return None
    names, separator, line = header
    with path.open("rb") as file:
        if not all(file.readline().strip() for _ in range(line)):
            return None  # blank lines before the header: what is skipped would be counted in another way
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
    src = (
        f"(SELECT row, CASE WHEN len(cells) = {len(names)} THEN CASE WHEN {blank} THEN error('a blank row')"
        f" ELSE cells END END AS cells FROM (SELECT row, {cells} AS cells FROM ({lines})))"
    )
    # a line with nothing in it is no row; one of spaces is, and is counted by the single path
    return names, f"(SELECT line FROM {_lines(path, line, end)} WHERE line <> '')", src
