"""Hostile files and random records: what columns take of them, the single path takes with the same value."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from kamflow.batch.connect import connect
from kamflow.core.program import Program
from kamflow.core.ty import ListTy, RecordTy, strip_opt
from tests.batch.rig import read_both
from tests.differential.gen_record import RecordGen
from tests.differential.rig import DAYS, ROOT, Loaded, load, policy_of
from tests.hostile.customer_schema import PROGRAM
from tests.hostile.make_data import DATA


def _has_plain_lines(name: str) -> bool:
    """Say whether a file is nothing but its lines, each by itself; or a whole array of few elements."""
    data = (DATA / name).read_bytes()
    try:
        data.decode()
        whole = name.endswith(".ndjson") or bool(json.loads(data))
    except (ValueError, RecursionError):
        return False
    plain = b"\r" not in data and b"\0" not in data and not data.startswith(b"\xef\xbb\xbf")
    return name.endswith((".json", ".ndjson")) and whole and plain and len(data) < 2**16


def _can_be_columns(path: Path) -> bool:
    """Leave out what is no list: it is not even tried in columns."""
    return path.suffix in (".ndjson", ".csv", ".parquet") or (
        path.suffix == ".json" and path.read_bytes().lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"["
    )


ALL = sorted(p.name for p in DATA.iterdir() if _can_be_columns(p))
PLAIN = [n for n in ALL if _has_plain_lines(n)]
FILES = sorted(set(ALL) - set(PLAIN))
GROUPS = [FILES[i::4] for i in range(4)]


def _is_read(name: str) -> bool:
    """Say whether DuckDB takes an array; one that it does not take would take the others along."""
    try:
        duckdb.sql(f"SELECT count(*) FROM read_json_objects('{DATA / name}', format = 'array')").fetchall()
    except duckdb.Error:
        return False
    return True


@pytest.mark.parametrize("kind", ["ndjson", "json"])
def test_hostile_records(kind: str, tmp_path: Path) -> None:
    """The records of many files in one: a statement takes as long for one as for a thousand."""
    names = [n for n in PLAIN if n.endswith(f".{kind}") and (kind == "ndjson" or _is_read(n))]
    texts = [(DATA / n).read_bytes() for n in names]
    path = tmp_path / f"all.{kind}"
    if kind == "json":
        path.write_bytes(b"[" + b",\n".join(t.strip()[1:-1] for t in texts) + b"]")
    else:
        path.write_bytes(b"\n".join(texts))
    both = read_both(path, PROGRAM, "customer")
    assert both is not None
    both.check()
    assert len(both.single) > len(names) / 2
    assert len(both.columns) > 20


@pytest.mark.parametrize("group", range(4))
def test_hostile_files(group: int) -> None:
    taken = 0
    with connect(tuple((DATA / name).resolve() for name in GROUPS[group])) as connection:
        for name in GROUPS[group]:
            both = read_both(DATA / name, PROGRAM, "customer", connection)
            if both is not None:
                both.check()
                taken += len(both.columns)
    assert taken


def _plain(value: object) -> object:
    match value:
        case Decimal():
            return str(value)
        case date():
            return value.isoformat()
        case type():
            return "?"
        case _:
            raise TypeError(type(value))


@pytest.mark.parametrize("seed", range(6))
def test_random_records(seed: int, tmp_path: Path) -> None:
    loaded = load(policy_of(seed).text)
    if not isinstance(loaded, Loaded):
        pytest.skip("a policy that does not compile")
    lowered = loaded.lowered
    gen = RecordGen(seed, lowered, DAYS)
    records = [gen.record(ROOT) for _ in range(60)]
    texts = [json.dumps(r, default=_plain, ensure_ascii=seed % 2 == 0) for r in records]
    (tmp_path / "x.ndjson").write_text("\n".join(texts) + "\n", encoding="utf-8")
    both = read_both(tmp_path / "x.ndjson", lowered, ROOT)
    assert both is not None
    both.check()
    path = tmp_path / "x.parquet"
    good = [t for t, r in zip(texts, both.single, strict=True) if r is not None and "NaN" not in t]
    (tmp_path / "good.json").write_text("[" + ",\n".join(good) + "]", encoding="utf-8")
    with duckdb.connect() as connection:
        connection.execute(f"COPY (FROM read_json('{tmp_path / 'good.json'}', sample_size = -1)) TO '{path}'")
    typed = read_both(path, lowered, ROOT)
    assert typed is not None
    typed.check()
    if has_flat_fields(lowered):
        assert both.columns


def has_flat_fields(lowered: Program) -> bool:
    return not any(isinstance(strip_opt(f.ty), ListTy | RecordTy) for f in lowered.records[ROOT].fields)
