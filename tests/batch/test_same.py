"""Whatever decides, and whatever is written: the same bytes, the same rejects, the same summary."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from kamflow.cli.main import main
from tests.batch.rig import DEALS, LISTS, RANKS, THINGS, read_both
from tests.batch.test_values import NUMBERS, TEXTS

ROOT = Path(__file__).resolve().parents[2]
ENGINES = ("python", "duckdb")
_NAMED = re.compile(r"KF0908 [^\n]*\n(?:  [^\n]*\n)*")  # what only an engine over columns has to say
_TIMES = re.compile(r"[\d.]+ s, [\d,–]+ a second")


@dataclass(frozen=True)
class Came:
    """What a run left: its exit code, its output, its rejects, its summary without times."""

    code: int
    output: object
    rejects: bytes
    summary: str


Decide = Callable[..., Came]


@pytest.fixture
def decide(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Decide:
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    monkeypatch.chdir(tmp_path)

    def run(engine: str, path: str, policies: str, form: str, *more: str) -> Came:
        out, rejects = tmp_path / f"out.{form}", tmp_path / "rejects.ndjson"
        for old in (out, rejects):
            old.unlink(missing_ok=True)
        capfd.readouterr()
        code = main(
            ("eval", path, "--policies", policies, "--as-of", "2026-06-30", "--engine", engine,
             "-o", str(out), "--rejects", str(rejects), *more)
        )  # fmt: skip
        said = capfd.readouterr().err
        output: object = out.read_bytes() if out.exists() else None
        if form == "parquet" and out.exists():
            output = (
                duckdb.sql(f"DESCRIBE SELECT * FROM '{out}'").fetchall(),
                duckdb.sql(f"FROM '{out}'").fetchall(),
            )
        elif form == "xlsx" and out.exists():
            import python_calamine

            output = python_calamine.CalamineWorkbook.from_path(str(out)).get_sheet_by_index(0).to_python()
        left = sorted(p.name for p in tmp_path.iterdir() if p.name.startswith("."))
        assert not left, left
        said = _NAMED.sub("", _TIMES.sub("", said))
        return Came(code, output, rejects.read_bytes() if rejects.exists() else b"", said)

    return run


def both(decide: Decide, path: str, policies: str, form: str, *more: str) -> Came:
    first, *others = (decide(engine, path, policies, form, *more) for engine in ENGINES)
    for other in others:
        assert other == first
    return first


def spoiled(records: list[dict[str, object]]) -> list[dict[str, object]]:
    """Some records that can't be read, and some that intake alone can."""
    out = []
    for i, given in enumerate(records):
        record = dict(given)
        if i % 7 == 3:
            del record[list(record)[i % len(record)]]
        if i % 11 == 5:
            record[list(record)[1 + i % 5]] = "1.2M CNY"
        if i % 13 == 6:
            record["unheard_of"] = 1
        out.append(record)
    return out


def write(path: Path, records: list[dict[str, object]], *, escaped: bool = False) -> str:
    if path.suffix == ".json":
        path.write_text(json.dumps(records, ensure_ascii=escaped), encoding="utf-8")
    elif path.suffix == ".ndjson":
        path.write_text(
            "".join(json.dumps(r, ensure_ascii=escaped) + "\n" for r in records), encoding="utf-8"
        )
    else:
        source = path.with_suffix(".source.json")
        source.write_text(json.dumps(records), encoding="utf-8")
        with duckdb.connect() as connection:
            connection.execute(f"COPY (FROM read_json('{source}', sample_size = -1)) TO '{path}'")
        source.unlink()
    return path.name


@pytest.fixture(scope="module")
def customers() -> list[dict[str, object]]:
    found = json.loads((ROOT / "examples/customers.json").read_text(encoding="utf-8"))
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize("form", ["ndjson", "json", "parquet"])
def test_the_shipped_policies_on_the_example_customers(
    form: str, decide: Decide, customers: list[dict[str, object]], tmp_path: Path
) -> None:
    name = write(tmp_path / "customers.ndjson", spoiled(customers), escaped=form == "json")
    came = both(decide, name, str(ROOT / "rules"), form, "--portfolio", name)
    assert came.code == 3
    assert came.rejects.count(b"\n") > 10


def test_columns_with_lists_in_parquet(
    decide: Decide, customers: list[dict[str, object]], tmp_path: Path
) -> None:
    name = write(tmp_path / "customers.parquet", customers)
    both(decide, name, str(ROOT / "rules"), "parquet", "--portfolio", name)


@pytest.mark.parametrize("form", ["ndjson", "csv", "json", "parquet", "xlsx"])
def test_every_form_of_a_value(form: str, decide: Decide, tmp_path: Path) -> None:
    (tmp_path / "p.kam").write_text(THINGS, encoding="utf-8")
    lines = ["{" + f'"id": {raw}, "stars": 3' + "}" for raw in NUMBERS]
    lines += [json.dumps({"id": t, "name": t}) for t in TEXTS]
    lines += [json.dumps({"name": t, "id": "x", "stars": 5}, ensure_ascii=False) for t in TEXTS]
    lines += [
        '{"id": "a", "id": "b"}',
        '{"id": "a",}',
        '{"id": "a"} x',
        "[]",
        '{"id": "a", "stars": NaN}',
        "{",
        "{}",
    ]
    (tmp_path / "x.ndjson").write_text("\n".join(lines) + "\n", encoding="utf-8")
    came = both(decide, "x.ndjson", "p.kam", form)
    assert came.code == 3


DEAL = {
    "id": "d1", "owner": {"name": "Li", "since": "2020-01-01"},
    "lines": [{"what": "a", "price": 12.5, "note": "n"}, {"what": "b", "price": "3.00", "note": None}],
}  # fmt: skip


@pytest.mark.parametrize("kind", ["ndjson", "parquet"])
def test_records_and_lists_inside_records(kind: str, decide: Decide, tmp_path: Path) -> None:
    (tmp_path / "p.kam").write_text(DEALS, encoding="utf-8")
    line = {"what": "a", "price": 1.25, "note": "n"}
    deals: list[dict[str, object]] = [
        DEAL,
        {**DEAL, "boss": {"name": "Wang", "since": "2021-02-03"}, "extra": [line]},
        {**DEAL, "boss": None, "extra": []},
        {**DEAL, "owner": {"name": "Li"}},
        {**DEAL, "owner": {"since": "2020-01-01"}},
        {**DEAL, "owner": None},
        {**DEAL, "owner": {"name": "Li", "since": "2020-01-01", "more": 1}},
        {**DEAL, "lines": []},
        {**DEAL, "lines": None},
        {**DEAL, "lines": [line] * 3},
        {**DEAL, "lines": [line] * 4},
        {**DEAL, "lines": [line, None]},
        {**DEAL, "lines": [line, {**line, "price": -1e12}]},
        {**DEAL, "lines": [{**line, "extra": 1}]},
        {**DEAL, "extra": [{"what": "a"}]},
    ]
    if kind == "ndjson":
        deals += [
            {**DEAL, "lines": 3},
            {**DEAL, "owner": "Li"},
            {**DEAL, "lines": {"a": 1}},
            {**DEAL, "lines": ["a"]},
        ]
    name = write(tmp_path / f"deals.{kind}", deals)
    came = both(decide, name, "p.kam", "ndjson")
    assert came.code == 3


ONES = ['{"id": "a", "stars": 3}', '{"id": "b", "stars": 9}', '{"stars": 4, "id": "c", "name": "x y"}',
        '{"id": "d", "revenue": 0.12345678901234567890}', '{"id": "e", "id": "f"}', '{"id": "g", "more": 1}',
        '{"id": "h",\n  "name": "\\u6b66", "stars": 1.0}', "7", "null", '["a"]']  # fmt: skip


def test_arrays(decide: Decide, tmp_path: Path) -> None:
    (tmp_path / "p.kam").write_text(THINGS, encoding="utf-8")
    texts = {
        "plain": "[" + ", ".join(ONES) + "]",
        "lines": "\ufeff \r\n[\r\n" + ",\r\n".join(ONES) + "\r\n]\r\n",
        "one": ONES[0],
        "nothing": "[]",
        "empty": "",
        "cut": "[" + ", ".join(ONES),
        "no comma": "[" + " ".join(ONES[:2]) + "]",
        "comma at the end": "[" + ", ".join(ONES[:2]) + ",]",
        "more": "[" + ", ".join(ONES[:2]) + "] x",
        "NaN": '[{"id": "a", "revenue": NaN}, {"id": "b", "name": NaN}]',
    }
    for name, text in texts.items():
        (tmp_path / "x.json").write_bytes(text.encode())
        assert both(decide, "x.json", "p.kam", "ndjson").summary, name
    (tmp_path / "x.json").write_bytes('[{"id": "武汉", "stars": 3}]'.encode("gb18030"))
    assert both(decide, "x.json", "p.kam", "ndjson").summary


def test_ends_of_lines(decide: Decide, tmp_path: Path) -> None:
    (tmp_path / "p.kam").write_text(THINGS, encoding="utf-8")
    lines = [o for o in ONES if "\n" not in o]
    texts = ["\r\n".join(lines), "\r\n\r\n".join(lines) + "\r\n\r\n", "\n \t\n".join(lines) + "\n\n",
             "\ufeff" + "\n".join(lines), lines[0] + "\r" + lines[1] + "\n", "\r\n".join(lines) + "\n{}\n",
             "\n\n"]  # fmt: skip
    for text in texts:
        (tmp_path / "x.ndjson").write_bytes(text.encode())
        assert both(decide, "x.ndjson", "p.kam", "ndjson").summary, repr(text)


def test_what_goes_in_columns(tmp_path: Path) -> None:
    """A file is not left to the single path without need."""
    objects = ['{"id": "a", "stars": 3}', '{"id": "b", "stars": 4}']
    files = {
        "array.json": "[" + ",\n".join(objects) + "]", "windows.ndjson": "\r\n".join(objects) + "\r\n\r\n",
        "mark.ndjson": "\ufeff" + "\n".join(objects) + "\n\n",
        "excel.csv": "\ufeffid,stars\r\na,3\r\nb,4\r\n\r\n", "blank.csv": "id,stars\n\na,3\n\nb,4\n",
    }  # fmt: skip
    for name, text in files.items():
        (tmp_path / name).write_bytes(text.encode())
        found = read_both(tmp_path / name, THINGS, "thing")
        assert found is not None, name
        assert set(found.columns) == {0, 1}, name
        found.check()


def test_threads_that_mix_the_order(decide: Decide, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from kamflow.batch import load

    (tmp_path / "p.kam").write_text(THINGS, encoding="utf-8")
    name = write(tmp_path / "x.ndjson", [{"id": str(i), "stars": 1 + i % 6} for i in range(50)])
    mixed_up: list[str] = []

    def mixed(src: str, lines: str) -> str:
        mixed_up.append(lines)
        numbered = f"SELECT row_number() OVER () - 1 AS row, line FROM {lines}"
        return src.replace(load.LINES, f"(SELECT * FROM ({numbered}) ORDER BY row % 7, row DESC)")

    monkeypatch.setattr(load, "numbered", mixed)
    for form in ("ndjson", "parquet"):
        both(decide, name, "p.kam", form)
    assert len(mixed_up) == 2


@pytest.mark.parametrize(
    ("ids", "answer"), [("0, 1, 2", True), ("0, 2, 1", False), ("0, 1", False), ("0, 1, 2, 3", False)]
)
def test_a_written_file_in_another_order_is_seen(ids: str, answer: bool, tmp_path: Path) -> None:
    from kamflow.batch.stream import _same_order

    with duckdb.connect() as connection:
        one, two = tmp_path / "one.parquet", tmp_path / "two.parquet"
        connection.execute(f"COPY (SELECT unnest([0, 1, 2]) AS id) TO '{one}'")
        connection.execute(f"COPY (SELECT CAST(unnest([{ids}]) AS VARCHAR) AS id) TO '{two}'")
        assert _same_order(connection, str(one), "id", two, "id") is answer
        connection.execute(f"COPY (SELECT unnest(['x', 'x']) AS id) TO '{one}'")
        assert not _same_order(connection, str(one), "id", one, "id"), "nothing is told by these"


def test_an_engine_that_was_named_and_did_not_decide(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p.kam").write_text(THINGS, encoding="utf-8")
    (tmp_path / "x.csv").write_text('id,name,stars\na,"b\nc",3\n')
    (tmp_path / "y.csv").write_text("id,name,stars\na,b,3\n")

    def says(path: str, *more: str) -> bool:
        capfd.readouterr()
        asked = ("eval", path, "--policies", "p.kam", "--as-of", "2026-06-30", "--format", "ndjson")
        assert main((*asked, *more)) == 0
        return "KF0908" in capfd.readouterr().err

    assert says("x.csv", "--engine", "duckdb")
    assert says("y.csv", "--engine", "duckdb", "--explain")
    assert not says("y.csv", "--engine", "duckdb")
    assert not says("x.csv", "--engine", "python")
    assert not says("x.csv")


def test_cells(decide: Decide, tmp_path: Path) -> None:
    (tmp_path / "p.kam").write_text(THINGS, encoding="utf-8")
    rows = ["id,revenue,since,name", '007,12.50,2026-01-01,"Smith, ""J"""', "1,,,", "2, ,2026-13-01,x", "3,1",
            ",5,,",
            '4,"1,200",2026-01-01,', "5,1.2M CNY,,武汉", "=1,2,,@x"]  # fmt: skip
    texts = {
        "plain": "\n".join(rows) + "\n",
        "no end": "\n".join(rows),
        "semicolons": "\n".join(rows[:1] + rows[2:4]).replace(",", ";") + "\n",
        "windows": "\r\n".join(rows) + "\r\n",
        "mark": "\ufeff" + "\n".join(rows) + "\n",
        "blank": "\n".join([*rows[:3], "", *rows[3:]]) + "\n",
        "blank cells": "\n".join([*rows[:3], ",,,", *rows[3:]]) + "\n",
        "two lines": "\n".join([*rows[:3], '6,1,,"a', 'b"', *rows[3:]]) + "\n",
        "lost quote": "\n".join([*rows[:3], '6,1,,"a', *rows[3:]]) + "\n",
        "stray quote": "\n".join([*rows[:3], '6,1,,a"b', *rows[3:]]) + "\n",
        "unknown": "\n".join([rows[0] + ",more", *(r + ",1" for r in rows[1:])]) + "\n",
        "twice": "id,revenue,id\n1,2,3\n",
        "header only": rows[0] + "\n",
        "empty": "",
    }
    for name, text in texts.items():
        (tmp_path / "x.csv").write_bytes(text.encode())
        for form in ("ndjson", "csv"):
            came = both(decide, "x.csv", "p.kam", form)
            assert came.summary, name
    (tmp_path / "x.csv").write_bytes("\n".join(rows).encode("gb18030"))
    assert "GB18030" in both(decide, "x.csv", "p.kam", "ndjson").summary


def buyers(count: int, seed: int) -> list[dict[str, object]]:
    """Some without a note, some who don't count, some in words, some who can't be read."""
    r = random.Random(seed)
    out: list[dict[str, object]] = []
    for i in range(count):
        one: dict[str, object] = {
            "id": f"c{i}",
            "revenue": r.choice((0, 1, 5, 5, 5.5, 1000)) * r.randint(0, 9),
        }
        if r.random() < 0.3:
            one["active"] = r.random() < 0.5
        if r.random() < 0.3:
            one["note"] = 'say "hi"' if r.random() < 0.5 else "fine"
        if r.random() < 0.1:
            one["revenue"] = r.choice(("1.2k CNY", "¥5", None, "5,000"))
        out.append(one)
    return out


@pytest.mark.parametrize("form", ["ndjson", "parquet"])
def test_populations(form: str, decide: Decide, tmp_path: Path) -> None:
    (tmp_path / "p.kam").write_text(RANKS, encoding="utf-8")
    mine, all_ = (write(tmp_path / f"{n}.ndjson", buyers(300, seed)) for n, seed in (("mine", 1), ("all", 2)))
    for portfolio in (mine, all_):
        came = both(decide, mine, "p.kam", form, "--portfolio", portfolio)
        assert came.code == 3
        assert "portfolio: 300 read" in came.summary


def test_nobody_has_anything(decide: Decide, tmp_path: Path) -> None:
    (tmp_path / "p.kam").write_text(RANKS, encoding="utf-8")
    poor: list[dict[str, object]] = [
        {"id": str(i), "revenue": 0, "active": True, "note": "x"} for i in range(9)
    ]
    name = write(tmp_path / "poor.ndjson", poor)
    came = both(decide, name, "p.kam", "ndjson", "--portfolio", name)
    assert came.code == 0
    assert isinstance(came.output, bytes)
    assert came.output.count(b'"value_class": "C"') == 9
    bad = write(tmp_path / "bad.ndjson", [{"id": "1"}, {"revenue": 2}])
    (code,) = {decide(engine, name, "p.kam", "ndjson", "--portfolio", bad).code for engine in ENGINES}
    assert code == 2


@pytest.mark.parametrize("name", ["good", "no_rows", "cut", "magic_twice", "empty_file", "nan", "blob"])
def test_parquet_files_that_are_empty_or_damaged(name: str, decide: Decide, tmp_path: Path) -> None:
    policy = THINGS.replace("margin  : percent", "overdue_ : percent")
    (tmp_path / "p.kam").write_text(policy, encoding="utf-8")
    (tmp_path / "x.parquet").write_bytes((ROOT / f"tests/hostile/data/{name}.parquet").read_bytes())
    for form in ("ndjson", "parquet"):
        both(decide, "x.parquet", "p.kam", form)


def test_workers_are_threads(decide: Decide, tmp_path: Path) -> None:
    (tmp_path / "p.kam").write_text(THINGS, encoding="utf-8")
    name = write(tmp_path / "x.ndjson", [{"id": str(i), "stars": 1 + i % 6} for i in range(500)])
    first = decide("python", name, "p.kam", "ndjson")
    for workers in ("1", "2", "4"):
        assert decide("duckdb", name, "p.kam", "ndjson", "--workers", workers) == first
    assert decide("duckdb", name, "p.kam", "ndjson", "--workers", "0").code == 2


def test_the_native_engine(decide: Decide, tmp_path: Path) -> None:
    (tmp_path / "p.kam").write_text(RANKS, encoding="utf-8")
    name = write(tmp_path / "x.ndjson", buyers(200, 7))
    first = decide("python", name, "p.kam", "ndjson", "--portfolio", name)
    assert decide("native", name, "p.kam", "ndjson", "--portfolio", name) == first


@pytest.mark.parametrize("form", ["ndjson", "parquet", "csv"])
@pytest.mark.parametrize("engine", ["duckdb", "native"])
def test_lists_that_are_given(form: str, engine: str, decide: Decide, tmp_path: Path) -> None:
    """Most lists are empty for long: what they are made of is not to be guessed from the first of them."""
    (tmp_path / "p.kam").write_text(LISTS, encoding="utf-8")
    values = [*[0] * 3_000, 10, 100, 499, 500, 1_000, "2.5"]
    cases: list[dict[str, object]] = [{"id": str(i), "value": v} for i, v in enumerate(values)]
    name = write(tmp_path / "x.ndjson", cases)
    first = decide("python", name, "p.kam", form)
    assert decide(engine, name, "p.kam", form) == first
    assert first.code == 0


@pytest.mark.parametrize("kind", ["ndjson", "parquet"])
def test_identifiers_in_other_forms(kind: str, decide: Decide, tmp_path: Path) -> None:
    policy = THINGS.replace("id      : text", "id      : number with 2 decimals, optional")
    (tmp_path / "p.kam").write_text(policy, encoding="utf-8")
    if kind == "ndjson":
        raws = ["1", "5.0", "5.50", '"7"', '"007"', '"1,000"', "null", "-0", "1e2", "123456789"]
        (tmp_path / "x.ndjson").write_text("".join(f'{{"id": {r}}}\n' for r in raws))
        both(decide, "x.ndjson", "p.kam", "ndjson")
        return
    for type_ in ("DOUBLE", "DECIMAL(9, 2)", "INTEGER", "HUGEINT", "VARCHAR"):
        with duckdb.connect() as connection:
            rows = f"SELECT CAST(i AS {type_}) AS id FROM (VALUES (1), (20), (NULL)) AS t(i)"
            connection.execute(f"COPY ({rows}) TO '{tmp_path / 'x.parquet'}'")
        for form in ("ndjson", "parquet"):
            both(decide, "x.parquet", "p.kam", form)
