"""`kamflow compile`: scripts that run, names and texts that stay what they are, refusals by name."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
import sqlglot

from tests.warehouses.payloads import PAYLOADS

TOP = Path(__file__).parents[2]
POLICY = """policy p
  currency CNY
end
type tier is ordered C < B < A
record deal
  id : text
  amount : money, 0 CNY to 1,000 CNY
  tier : tier
  note : text
end
decision gift of deal : text
  table first
    | note || gift | because |
{rows}
  otherwise "none"
end
decision half of deal : money
  as round(amount * 50%, 0.01 CNY)
end
"""
TARGETS = ("duckdb", "spark", "postgres", "snowflake", "bigquery")


def quoted(text):
    return '"' + text.replace('"', '""') + '"'


def policy(folder):
    lines = [p for p in PAYLOADS if "\n" not in p and "\0" not in p and "|" not in p]
    rows = "\n".join(f"    | {quoted(p)} || {quoted(p)} | {quoted(p + ' why')} |" for p in lines)
    (folder / "p.kam").write_text(POLICY.format(rows=rows), encoding="utf-8")
    return lines


def test_hostile_texts_stay_values_and_reasons(folder, run):
    lines = policy(folder)
    said = run("compile", "p.kam", "--target", "duckdb", "--as-of", "2026-06-30")
    assert said.code == 0, said.err
    db = duckdb.connect()
    db.execute("CREATE TABLE deal (id TEXT, amount DECIMAL(10, 3), tier TEXT, note TEXT)")
    for i, text in enumerate(lines):
        db.execute("INSERT INTO deal VALUES (?, ?, ?, ?)", [f"{i:02}", "10.01", "A", text])
    found = sorted(db.execute(said.out).fetchall())
    assert [(row[1], row[2], row[4], row[5]) for row in found] == [
        (True, text, i, f"{text} why") for i, text in enumerate(lines, 1)
    ]
    assert {str(row[3]) for row in found} == {"5.01"}


@pytest.mark.parametrize("target", TARGETS)
def test_a_script_is_comments_and_one_statement(folder, run, target):
    policy(folder)
    said = run("compile", "p.kam", "--target", target, "--as-of", "2026-06-30", "--view", "a.b")
    assert said.code == 0, said.err
    head, _, body = said.out.partition("\n\n")
    assert all(line.startswith("--") for line in head.split("\n"))
    statements = [s for s in sqlglot.parse(body, dialect=target) if s is not None]
    kinds = ["Set", "Create"] if target == "spark" else ["Create"]
    assert [type(s).__name__ for s in statements] == kinds
    tables = {t.name for t in statements[-1].find_all(sqlglot.exp.Table)}
    made = {c.alias for c in statements[-1].find_all(sqlglot.exp.CTE)}
    assert tables - made == {"deal", "b"}


def test_nothing_but_names_stands_in_the_header(folder, run):
    policy(folder)
    for typed in ((), ("--typed",)):
        said = run("compile", "p.kam", "--target", "duckdb", "--as-of", "2026-06-30", *typed)
        head = said.out.partition("\n\n")[0]
        assert "why" not in head.replace("says why", "").replace("kamflow why", "")
        assert "deal" in head


@pytest.mark.parametrize("name", ['x"; DROP TABLE deal; --', "x\ny", "a b", "--", "`x`", "select"])
def test_names_of_tables_keys_and_views_are_quoted(folder, run, name):
    policy(folder)
    args = ("--table", name, "--key", name, "--view", name)
    for target in TARGETS:
        said = run("compile", "p.kam", "--target", target, "--as-of", "2026-06-30", *args)
        assert said.code == 0, said.err
        head, _, body = said.out.partition("\n\n")
        assert all(line.startswith("--") for line in head.split("\n"))
        last = [s for s in sqlglot.parse(body, dialect=target) if s is not None][-1]
        assert last.find(sqlglot.exp.Drop) is None
        assert name in {t.name for t in last.find_all(sqlglot.exp.Table)}


def test_python_stands_in_a_file_of_its_own(folder, run):
    lines = policy(folder)
    said = run("compile", "p.kam", "--target", "python", "--as-of", "2026-06-30", "-o", "made.py")
    assert said.code == 0, said.err
    before = set(sys.modules)
    made = runpy.run_path("made.py")
    assert not {m for m in set(sys.modules) - before if m.startswith(("kamflow.syntax", "kamflow.check"))}
    got = {text: made["decide"]({"id": "1", "amount": 10, "tier": "B", "note": text}) for text in lines}
    plain = {text: values for text, values in got.items() if text.isprintable()}
    assert plain == {text: {"gift": text, "half": 500} for text in plain}
    assert len(plain) > 20
    assert made["decide"]({"id": "1", "amount": 10}) is None


def test_typed_columns_are_what_an_engine_reads(folder, run):
    policy(folder)
    said = run("compile", "p.kam", "--target", "duckdb", "--as-of", "2026-06-30", "--typed", "--only", "half")
    db = duckdb.connect()
    db.execute("CREATE TABLE t0 AS SELECT 7 AS row, 1001 AS c1")
    assert db.execute(said.out).fetchall() == [(7, True, 501)]


WIDE = """policy p
  currency CNY
end
record deal
  a : number with 6 decimals, 0 to 12,000,000,000,000
end
decision big of deal : number
  as a * a
end
decision small of deal : number
  as a
end
"""


@pytest.mark.parametrize(
    ("args", "code", "exit_code"),
    [
        (("--target", "spark"), "KF0900", 1),
        (("--target", "snowflake", "--only", "big"), "KF0900", 1),
        (("--target", "duckdb", "--table", "orders=x"), "KF0902", 2),
        (("--target", "duckdb", "--table", "a..b"), "KF0903", 2),
        (("--target", "duckdb", "--only", "biig"), "KF0", 2),
    ],
)
def test_what_cannot_be_is_said_by_name(folder, run, args, code, exit_code):
    (folder / "p.kam").write_text(WIDE, encoding="utf-8")
    said = run("compile", "p.kam", "--as-of", "2026-06-30", *args)
    assert (said.code, said.out) == (exit_code, "")
    assert code in said.err
    if code == "KF0900":
        assert "big" in said.err
        assert run("compile", "p.kam", "--as-of", "2026-06-30", *args[:2], "--only", "small").code == 0


def test_without_sqlglot_python_is_still_there(folder):
    policy(folder)
    code = (
        "import sys; sys.modules['sqlglot'] = None\n"
        "from kamflow.cli.main import main; sys.exit(main(sys.argv[1:]))"
    )
    args = [sys.executable, "-c", code, "compile", "p.kam", "--as-of", "2026-06-30", "--target"]
    env = os.environ | {"PYTHONPATH": str(TOP)}
    done = [
        subprocess.run([*args, t], capture_output=True, text=True, check=False, env=env)
        for t in ("duckdb", "python")
    ]
    assert [d.returncode for d in done] == [2, 0]
    assert "KF0901" in done[0].stderr


def test_a_policy_that_does_not_compile_is_told(folder, run):
    (folder / "p.kam").write_text("policy p\n  curency CNY\nend\n", encoding="utf-8")
    assert run("compile", "p.kam", "--target", "duckdb").code == 4
    assert run("compile", "p.kam", "--target", "oracle").code == 2


def test_python_does_not_compare_with_others(folder, run):
    text = "policy p\n  currency CNY\nend\nrecord deal\n  id : text\n  a : money\nend\n"
    text += "population all is deal where a > 0 CNY\n"
    text += "decision p of deal : percent\n  as percentile of a among all otherwise 0%\nend\n"
    (folder / "p.kam").write_text(text, encoding="utf-8")
    said = run("compile", "p.kam", "--target", "python", "--as-of", "2026-06-30")
    assert (said.code, said.out) == (1, "")
    assert "KF0900" in said.err
    assert run("compile", "p.kam", "--target", "duckdb", "--as-of", "2026-06-30").code == 0


@pytest.mark.parametrize("target", ["duckdb", "python"])
def test_what_compares_with_everybody_is_compiled_or_refused_but_never_left_out(run, target):
    """A statement sees all records of its table; Python sees one, and says so."""
    done = run("compile", str(TOP / "rules"), "--target", target, "--as-of", "2026-06-30")
    if target == "duckdb":
        assert done.code == 0
        assert 'AS "abc_class"' in done.out
    else:
        assert "KF0900" in done.err
        assert "compares each record with all others" in done.err
