"""A file decided in columns has the impact that it has record by record, rejects and reasons included."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from random import Random

import pytest

from kamflow.app import portfolio_answers
from kamflow.app.overlays import Overlay, with_overlay
from kamflow.batch import pieces
from kamflow.impact import in_columns
from kamflow.impact.model import Impact
from kamflow.project.load import Project, load_project
from tests.impact.rig import by_chance, judged, project_of, records_by_chance

ROOT = Path(__file__).resolve().parents[2]

pytest.importorskip("duckdb")
pytest.importorskip("sqlglot")


def _write(path: Path, records: list[dict[str, object]]) -> None:
    names = list(dict.fromkeys(k for r in records for k in r))
    match path.suffix:
        case ".ndjson":
            lines = "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records)
            path.write_text(lines, encoding="utf-8")
        case ".csv":
            with path.open("w", encoding="utf-8", newline="") as file:
                rows = csv.DictWriter(file, names, lineterminator="\n")
                rows.writeheader()
                rows.writerows(records)
        case _:
            import duckdb

            table = path.with_suffix(".csv")
            _write(table, records)
            duckdb.sql(f"SELECT * FROM read_csv('{table}', all_varchar = true)").write_parquet(str(path))


def _cells(records: list[dict[str, object]]) -> list[dict[str, object]]:
    return [{k: {True: "yes", False: "no"}.get(v, v) if isinstance(v, bool) else v for k, v in r.items()}
            for r in records]  # fmt: skip


@pytest.mark.parametrize("suffix", [".ndjson", ".csv", ".parquet"])
@pytest.mark.parametrize("seed", range(3))
def test_both_ways_have_one_impact(
    suffix: str, seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = Random(seed)
    old, new = (project_of(by_chance(rng).text()) for _ in range(2))
    records = records_by_chance(rng, 80)
    data = tmp_path / f"records{suffix}"
    _write(data, records if suffix == ".ndjson" else _cells(records))
    used: list[bool] = []
    real = in_columns.BothQuery.decide

    def watched(*args: object, **more: object) -> object:
        found = real(*args, **more)  # type: ignore[arg-type]
        used.append(found is not None)
        return found

    monkeypatch.setattr(in_columns.BothQuery, "decide", watched)

    def impact(least: int) -> Impact:
        monkeypatch.setattr(
            portfolio_answers, "COLUMNS_FROM", {"ndjson": least, "csv": least, "parquet": least}
        )
        return judged(old, new, str(data), by=("region", "tier"), top=20).impact

    if seed:  # a record's line, and a few
        monkeypatch.setattr(pieces, "PIECE", (0, 1, 2_000)[seed])
    one_by_one = impact(10**9)
    assert not used
    whole = impact(0)
    assert used
    assert all(used)
    assert whole == one_by_one
    assert any(o.has_moved for o in whole.outputs)


def test_a_standing_among_all_is_the_same_in_columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = """policy p
  currency CNY
end

record account
  id      : text
  revenue : money, 0 CNY to 1,000 CNY
end

parameter least : money
  from 2025-01-01 : {least} CNY
end

population active is account where revenue >= least

define rank of account as percentile of revenue among active

decision top of account : yes/no
  when rank is present and rank >= 75% then yes
  otherwise no
end
"""
    old, new = (project_of(text.format(least=least)) for least in (0, 400))
    rng = Random(5)
    data = tmp_path / "records.ndjson"
    _write(data, [{"id": f"a{i}", "revenue": f"{rng.randint(0, 100_000) / 100:.2f}"} for i in range(60)])
    found = []
    for least in (10**9, 0):
        monkeypatch.setattr(portfolio_answers, "COLUMNS_FROM", {"ndjson": least})
        found.append(judged(old, new, str(data)).impact)
    assert found[0] == found[1]
    assert found[0].moved > 0


def test_the_shipped_policies_have_one_impact_both_ways(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They have what random policies lack: lists of lines, scorecards, rules, tables that collect."""
    project = load_project([ROOT / "rules"])
    other = with_overlay(project, Overlay(("tier_s_from=70", "recency_5=10 days")))
    assert isinstance(other, Project)
    records = json.loads((ROOT / "examples/customers.json").read_text(encoding="utf-8"))
    data = tmp_path / "customers.ndjson"
    _write(data, records)
    found = []
    for least in (10**9, 0):
        monkeypatch.setattr(portfolio_answers, "COLUMNS_FROM", {"ndjson": least})
        found.append(judged(project, other, str(data), by=("region",), top=50).impact)
    assert found[0] == found[1]
    assert {o.name for o in found[0].outputs if o.has_moved} >= {"tier", "actions", "recency_score"}
