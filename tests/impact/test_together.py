"""Two versions as one program: only what differs stands twice, and columns judge both as each does alone."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest

from kamflow.app import portfolio_answers
from kamflow.core.program import DefKind, Program
from kamflow.impact import in_columns, together
from kamflow.impact.model import Impact
from kamflow.impact.together import put_together
from kamflow.project.load import Project
from tests.impact.rig import DAY, Settings, judged, project_of, records_by_chance

FORMATS = ("ndjson", "csv", "parquet")


def _lowered(project: Project) -> Program:
    stretch = project.stretch_on(DAY.toordinal())
    assert stretch is not None
    assert stretch.lowered is not None
    return stretch.lowered


def _differing(old: Settings, new: Settings) -> set[str]:
    made = put_together(_lowered(project_of(old.text())), _lowered(project_of(new.text())), DAY.toordinal())
    assert made is not None
    return {k.name for k in made.differ if made.new.defs[k].kind not in (DefKind.ROWS, DefKind.BASE)}


def test_what_differs_is_what_was_changed_and_what_reads_it() -> None:
    assert _differing(Settings(), Settings()) == set()
    assert _differing(Settings(), Settings(note='"fine"')) == {"note"}
    assert _differing(Settings(), Settings(days=9)) == {"first_visit"}
    assert _differing(Settings(), Settings(rate="7.5")) == {"discount", "price", "given", "kept"}
    tier = {"tier", "discount", "price", "given", "kept", "first_visit"}
    assert _differing(Settings(), Settings(a=12)) == tier
    assert _differing(Settings(), Settings(vip="A")) == tier


def test_versions_that_read_records_otherwise_are_not_put_together() -> None:
    other = project_of(Settings().text().replace("0 to 20", "0 to 30"))
    assert put_together(_lowered(project_of(Settings().text())), _lowered(other), DAY.toordinal()) is None


def _both_ways(
    old: Project, new: Project, data: Path, monkeypatch: pytest.MonkeyPatch, by: tuple[str, ...] = ()
) -> tuple[Impact, Impact, list[bool]]:
    """Return the impact record by record, in columns, and which queries judged the file."""
    pytest.importorskip("duckdb")
    pytest.importorskip("sqlglot")
    used: list[bool] = []
    for name in ("BothQuery.decide", "decide_in_columns"):
        owner, _, last = f"in_columns.{name}".rpartition(".")
        held = in_columns.BothQuery if "Both" in owner else in_columns
        real = getattr(held, last)

        def watched(*args: object, real: object = real, **more: object) -> object:
            found = real(*args, **more)  # type: ignore[operator]
            used.append(found is not None)
            return found

        monkeypatch.setattr(held, last, watched)
    found = []
    for least in (10**9, 0):
        monkeypatch.setattr(portfolio_answers, "COLUMNS_FROM", dict.fromkeys(FORMATS, least))
        found.append(judged(old, new, str(data), by=by, top=20).impact)
    return found[0], found[1], used


def _write(path: Path, records: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records), encoding="utf-8")
    return path


@pytest.mark.parametrize("most", [(20, 12), (12, 20), (14, 12)])
def test_who_is_rejected_by_one_version_only_is_told_alike(
    most: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then even outputs that are the same by construction have other answers."""
    old, new = (project_of(Settings(most=m).text()) for m in most)
    data = _write(tmp_path / "k.ndjson", records_by_chance(Random(3), 60))
    one, other, used = _both_ways(old, new, data, monkeypatch, by=("region", "note"))
    assert used == [True, True]
    assert one == other
    assert one.newly_rejected + one.newly_decided > 0


def test_versions_with_other_records_are_judged_in_columns_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = project_of(Settings().text())
    new = project_of(Settings(a=12).text().replace("0 to 20", "0 to 30"))
    data = _write(tmp_path / "k.ndjson", records_by_chance(Random(4), 60))
    one, other, used = _both_ways(old, new, data, monkeypatch, by=("region",))
    assert used == [True, True]
    assert one == other
    assert one.moved > 0


AMONG = """policy p
  currency CNY
end

record account
  id      : text
  region  : text, optional
  revenue : money, 0 CNY to 1,000 CNY
  days    : count, 0 to 9, default 3
end

parameter least : money
  from 2025-01-01 : {least} CNY
end

population active is account where revenue >= least
population everybody is account where revenue >= 0 CNY

define rank of account as percentile of revenue among active
define place of account as percentile of revenue among everybody

decision top of account : yes/no
  when rank is present and rank >= 75% then yes
  otherwise no
end

decision low of account : yes/no
  when place is present and place <= 25% then yes
  otherwise no
end

impossible of account when days > {most} because en "too many" zh "过多"
"""


@pytest.mark.parametrize("bad", ["no number", "another form", "impossible", "impossible now", "all of them"])
def test_a_record_that_is_out_of_line_leaves_the_others_in_columns(
    bad: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everybody is compared with everybody; who can't be read is nobody, whoever can be read counts."""
    rng = Random(5)
    old = project_of(AMONG.format(least=0, most=8))
    new = project_of(AMONG.format(least=400, most=7 if "now" in bad else 8))
    records: list[dict[str, object]] = [
        {"id": f"a{i}", "region": rng.choice("NS"), "revenue": f"{rng.randint(0, 100_000) / 100:.2f}"}
        for i in range(60)
    ]
    if bad in {"no number", "all of them"}:
        records[7]["revenue"] = "much"
    if bad in {"another form", "all of them"}:
        records[8] = {"id": "a8", "revenue": " 999.00 ", "region": "\u4e1c"}
        records[9]["id"] = 'a"9'
    if bad in {"impossible", "all of them"}:
        records[10]["days"] = 9
    if bad == "impossible now":
        records[10]["days"] = 8
    data = _write(tmp_path / "k.ndjson", records)
    one, other, used = _both_ways(old, new, data, monkeypatch, by=("region", "low"))
    assert used
    assert all(used)
    assert one == other
    assert one.moved > 0
    low = next(o for o in one.outputs if o.name == "low")
    assert low.moved == ("now" in bad)


def test_a_difference_that_is_overlooked_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Taking a definition for the same although a parameter that it reads has changed."""
    monkeypatch.setattr(together, "_other_params", lambda *_: set())
    old, new = project_of(Settings(a=15).text()), project_of(Settings(a=8).text())
    data = _write(tmp_path / "k.ndjson", records_by_chance(Random(3), 60))
    one, other, _ = _both_ways(old, new, data, monkeypatch)
    assert one != other


def test_outputs_that_are_made_only_where_their_inputs_move_are_overlooked_without_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = project_of(Settings(a=15).text()), project_of(Settings(a=8).text())
    data = _write(tmp_path / "k.ndjson", records_by_chance(Random(3), 60))
    one, other, _ = _both_ways(old, new, data, monkeypatch)
    assert one == other
    assert next(o for o in one.outputs if o.name == "discount").moved
    monkeypatch.setattr(together.Together, "moved_by", lambda *_: [])
    one, other, _ = _both_ways(old, new, data, monkeypatch)
    assert one != other


def test_an_output_is_moved_by_what_it_reads_and_by_nothing_else() -> None:
    def moved_by(name: str, new: Settings) -> set[str] | None:
        made = put_together(
            _lowered(project_of(Settings().text())), _lowered(project_of(new.text())), DAY.toordinal()
        )
        assert made is not None
        key = next(k for k in made.program.defs if k.name == name)
        found = made.moved_by(key)
        return None if found is None else {a.name for a, _ in found}

    assert moved_by("first_visit", Settings(a=12)) == {"tier"}
    assert moved_by("note", Settings(a=12)) == set()
    assert moved_by("note", Settings(note='"fine"')) is None  # written differently
    assert moved_by("first_visit", Settings(days=9)) is None  # reads a parameter with another value


@pytest.mark.parametrize("least", [1, 7, 1000])
def test_a_portfolio_is_judged_in_parts_as_it_is_at_once(
    least: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = project_of(Settings(a=15).text()), project_of(Settings(a=8).text())
    data = _write(tmp_path / "k.ndjson", records_by_chance(Random(3), 61))
    monkeypatch.setattr(in_columns, "_PART", least)
    one, other, used = _both_ways(old, new, data, monkeypatch, by=("region",))
    assert all(used)
    assert one == other
