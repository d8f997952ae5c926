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
    """Say whether a file is nothing but its lines, each by itself."""
    data = (DATA / name).read_bytes()
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    plain = b"\r" not in data and b"\0" not in data and not data.startswith(b"\xef\xbb\xbf")
    return name.endswith(".ndjson") and plain and len(data) < 2**16


ALL = sorted(p.name for p in DATA.iterdir() if p.suffix in (".ndjson", ".json", ".csv", ".parquet"))
LINES = [n for n in ALL if _has_plain_lines(n)]
FILES = sorted(set(ALL) - set(LINES))
GROUPS = [FILES[i::4] for i in range(4)]


def test_hostile_lines(tmp_path: Path) -> None:
    """The lines of many files in one: a statement takes as long for one line as for a thousand."""
    path = tmp_path / "all.ndjson"
    path.write_bytes(b"\n".join((DATA / n).read_bytes() for n in LINES))
    both = read_both(path, PROGRAM, "customer")
    assert both is not None
    both.check()
    assert len(both.single) > len(LINES) / 2
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
