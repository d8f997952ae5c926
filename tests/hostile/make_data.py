"""Write the hostile files of data and their manifest: ``python -m tests.hostile.make_data``.

For each file the manifest says how many of its records must still be read, how many rejected, and
the codes of all findings. Those were set by what the file is, before the reader saw it. The same
input gives the same bytes, except for Parquet (DuckDB writes its version into it).
"""

from __future__ import annotations

import json
from pathlib import Path

from tests.hostile.book_cases import xlsx_files
from tests.hostile.case import Case
from tests.hostile.parquet_cases import parquet_files
from tests.hostile.text_cases import csv_files, from_fragments, json_files, ndjson_files

HERE = Path(__file__).parent
DATA = HERE / "data"


def all_cases(*, parquet: bool = True) -> tuple[Case, ...]:
    made = [*from_fragments(), *json_files(), *ndjson_files(), *csv_files(), *xlsx_files()]
    if parquet:
        made += parquet_files()
    return tuple(made)


def main() -> None:
    DATA.mkdir(exist_ok=True)
    for old in DATA.iterdir():
        old.unlink()
    manifest: dict[str, dict[str, object]] = {}
    for case in all_cases():
        if case.name in manifest:
            raise SystemExit(f"two cases are called {case.name}")
        (DATA / case.name).write_bytes(case.content)
        manifest[case.name] = {
            "readable": case.readable,
            "rejected": case.rejected,
            "codes": sorted(case.codes),
            "notes": sorted(case.notes),
        }
    lines = (f"  {json.dumps(k)}: {json.dumps(v)}" for k, v in sorted(manifest.items()))
    (HERE / "manifest.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
