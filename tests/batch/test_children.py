"""Child lists from files of their own: the same as if the lists stood inside the records."""

from __future__ import annotations

import json
import random
from pathlib import Path

import duckdb
import pytest

from tests.batch.test_same import Came, Decide, decide, write

__all__ = ["decide"]

SHOP = """policy shop
  effective from 2026-01-01
  currency CNY
end

record line
  invoice : text
  day     : date
  price   : money
  note    : text, optional
end

record customer
  id    : text
  name  : text, default "nobody"
  lines : list of line, default [], up to 5 items
end

population buyers is customer where (count of lines) > 0

decision spent of customer : money as sum of price of lines
decision last of customer : date as (latest of day of lines) otherwise 1900-01-01
decision place of customer : percent as (percentile of spent among buyers) otherwise 0%
"""
MAP = """[lines]
key = "Customer"
[lines.columns]
invoice = "Invoice No"
day = "day of When"
price = "Price"
note = "Note"
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "p.kam").write_text(SHOP, encoding="utf-8")
    (tmp_path / "map.toml").write_text(MAP, encoding="utf-8")
    return tmp_path


def sold(path: Path, seed: int, *, odd: bool = True) -> str:
    """Lines in any order; some of nobody, some that can't be read, one customer with too many."""
    r = random.Random(seed)
    rows = []
    for i in range(120):
        who = r.choice(["a", "b", "c", "d", "e", "f", "中", None, "zz"])
        price = r.choice(["1.50", "2", "1200", "0.05"]) if r.random() < 0.97 or not odd else "0.001"
        rows.append((who, f"i{i}", f"2026-01-{1 + i % 28:02} 10:{i % 60:02}:00", price, r.choice(["x", "y"])))
    rows = [x for n, x in enumerate(rows) if sum(y[0] == x[0] for y in rows[:n]) < 5 or (odd and x[0] == "b")]
    values = ", ".join("(" + ", ".join("NULL" if v is None else f"'{v}'" for v in row) + ")" for row in rows)
    select = (
        'SELECT c AS "Customer", i AS "Invoice No", CAST(t AS TIMESTAMP) AS "When",'
        ' CAST(p AS DECIMAL(12, 3)) AS "Price",'
        f' n AS "Note", 7 AS "Other" FROM (VALUES {values}) AS v(c, i, t, p, n)'
    )
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({select}) TO '{path}'")
    return path.name


def both(decide: Decide, form: str, path: str | None, *more: str) -> Came:
    found = []
    for engine in ("python", "duckdb"):
        first = path if path is not None else "--quiet"
        found.append(decide(engine, first, "p.kam", form, *more))
    assert found[0].output == found[1].output
    assert found[0] == found[1]
    return found[0]


@pytest.mark.parametrize("form", ["ndjson", "parquet"])
def test_records_made_of_lines(form: str, shop: Path, decide: Decide) -> None:
    name = sold(shop / "sold.parquet", 1)
    came = both(decide, form, None, "--child", f"lines={name}", "--map", "map.toml")
    assert came.code == 3
    rejected = [json.loads(line) for line in came.rejects.splitlines()]
    codes = {f["code"] for r in rejected for f in r["findings"]}
    assert {"KF0892", "KF0615"} <= codes <= {"KF0892", "KF0615", "KF0603"}


def test_what_comes_of_lines_is_what_lists_inside_give(shop: Path, decide: Decide) -> None:
    name = sold(shop / "sold.parquet", 3, odd=False)
    came = both(decide, "ndjson", None, "--child", f"lines={name}", "--map", "map.toml")
    with duckdb.connect() as connection:
        rows = connection.execute(
            'SELECT "Customer", "Invoice No", CAST(CAST("When" AS DATE) AS VARCHAR),'
            ' CAST("Price" AS VARCHAR), "Note"'
            f" FROM '{shop / name}'"
        ).fetchall()
    inside: dict[str, list[dict[str, str]]] = {}
    for who, *line in rows:
        if who is not None:
            inside.setdefault(who, []).append(
                dict(zip(("invoice", "day", "price", "note"), line, strict=True))
            )
    records: list[dict[str, object]] = [{"id": k, "lines": v} for k, v in inside.items()]
    plain = write(shop / "plain.ndjson", records)
    assert decide("python", plain, "p.kam", "ndjson", "--portfolio", plain).output == came.output


@pytest.mark.parametrize("kind", ["ndjson", "csv", "parquet"])
def test_lines_beside_records(kind: str, shop: Path, decide: Decide) -> None:
    name = sold(shop / "sold.parquet", 2)
    people: list[dict[str, object]] = [{"id": c, "name": f"Mr {c}"} for c in "fedcba中"] + [
        {"id": "idle", "name": "x"}
    ]
    if kind == "csv":
        (shop / "people.csv").write_text(
            "id,name\n" + "".join(f"{p['id']},{p['name']}\n" for p in people), "utf-8"
        )
        records = "people.csv"
    else:
        records = write(shop / f"people.{kind}", people)
    came = both(decide, "ndjson", records, "--child", f"lines={name}", "--map", "map.toml")
    assert came.code == 3
    assert "no record is called zz" in came.summary
    assert isinstance(came.output, bytes)
    assert b'"id": "idle"' in came.output


def test_lines_from_csv_by_the_names_of_fields(shop: Path, decide: Decide) -> None:
    (shop / "sold.csv").write_text(
        'customer_id,invoice,day,price,note\na,1,2026-01-01,2.50,"x, y"\n'
        'b,2,2026-01-02,1,\na,3,2026-02-01,"1,000",z\n'
    )
    came = both(decide, "ndjson", None, "--child", "lines=sold.csv")
    assert isinstance(came.output, bytes)
    assert came.code == 0
    assert [json.loads(x)["decisions"]["spent"] for x in came.output.splitlines()] == ["1002.50", "1.00"]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (("--child", "lines=sold.parquet"), "KF0895"),
        (("--child", "lines=sold.parquet:Customer"), "KF0896"),
        (("--child", "lines=sold.parquet:Nobody", "--map", "map.toml"), "KF0895"),
        (("--child", "orders=sold.parquet"), "KF0894"),
        (("--child", "lines=bad.parquet", "--map", "map.toml"), "KF0897"),
        (("--child", "lines=sold.parquet", "--map", "p.kam"), "KF0898"),
        (("--child", "lines"), "KF0898"),
        (("--child", "lines=sold.parquet", "--map", "map.toml", "--portfolio", "sold.parquet"), "KF0899"),
        (("twins.ndjson", "--child", "lines=sold.parquet", "--map", "map.toml"), "KF0893"),
        (("--child", "lines=absent.parquet"), "KF0640"),
    ],
)
def test_what_can_not_be_joined(more: tuple[str, ...], code: str, shop: Path, decide: Decide) -> None:
    name = sold(shop / "sold.parquet", 2)
    (shop / "bad.parquet").write_bytes((shop / name).read_bytes()[:-30] + b"PAR1")
    write(shop / "twins.ndjson", [{"id": "a"}, {"id": "b"}, {"id": "a"}])
    first = more[0] if not more[0].startswith("--") else "--quiet"
    for engine in ("python", "duckdb"):
        came = decide(engine, first, "p.kam", "ndjson", *(more if first == "--quiet" else more[1:]))
        assert came.code == 2, came.summary
        assert code in came.summary
        assert came.output is None
