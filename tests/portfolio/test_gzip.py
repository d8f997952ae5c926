"""Text files that are packed with gzip are read as what is in them."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from kamflow.portfolio import RawRecord, open_records

TEXTS = {
    "csv": "id,name\nC1,蓝海\nC2,Nord\n",
    "ndjson": '{"id":"C1","name":"蓝海"}\n{"id":"C2","name":"Nord"}\n',
    "json": '[{"id":"C1","name":"蓝海"},{"id":"C2","name":"Nord"}]',
}


def packed(folder: Path, suffix: str, text: str) -> Path:
    path = folder / f"records.{suffix}.gz"
    path.write_bytes(gzip.compress(text.encode()))
    return path


@pytest.mark.parametrize("suffix", TEXTS)
def test_a_packed_file_gives_the_records_of_the_file_in_it(tmp_path: Path, suffix: str) -> None:
    source = open_records(packed(tmp_path, suffix, TEXTS[suffix]))
    found = [item.raw for item in source if isinstance(item, RawRecord)]
    assert found == [{"id": "C1", "name": "蓝海"}, {"id": "C2", "name": "Nord"}]
    assert source.problems == []
    assert source.format == suffix


def test_a_packed_file_that_is_cut_off_is_told_and_counts_as_incomplete(tmp_path: Path) -> None:
    path = packed(tmp_path, "csv", "id,name\n" + "".join(f"C{i},{i * i}\n" for i in range(50_000)))
    path.write_bytes(path.read_bytes()[:-2000])
    source = open_records(path)
    read = sum(1 for _ in source)
    assert read < 50_000
    assert source.incomplete
    assert [f.code for f in source.problems] == ["KF0640"]
    assert "cut off" in source.problems[0].message.en


def test_a_file_that_only_says_it_is_packed_is_told(tmp_path: Path) -> None:
    path = tmp_path / "records.csv.gz"
    path.write_bytes(b"id,name\nC1,x\n")
    source = open_records(path)
    assert list(source) == []
    assert "no gzip" in source.problems[0].message.en
