"""What Spark would do differently if it were let: eager branches, wrapping, texts with settings in them."""

from __future__ import annotations

from itertools import product

import duckdb
import pytest

from kamflow.core.program import make_plan
from kamflow.engines.interp import Interpreter
from kamflow.engines.sql import build, divide, populations
from kamflow.engines.sql.duck import insert_records
from kamflow.engines.sql.plan import Refused
from kamflow.engines.sql.spark import decide_files, decide_on_spark, frames_of, schema_of, unfit
from kamflow.engines.sql.warehouses import SPARK, Spark
from kamflow.values.outcome import Decided
from tests.spark.rig import outcomes
from tests.sql.rig import DAY, compiled, connection, lowered, same, typed
from tests.sql.test_operators import AMOUNTS, OPTIONAL, OVERRIDES, PAIRS, TABLES


def differences(spark, text, raws, record="deal", *, portfolio=False):
    """Return the raw records for which Spark says another thing than the interpreter."""
    program = lowered(text)
    plan = make_plan(program, record, TERMS if portfolio else ())
    records = typed(program, record, raws)
    law = Interpreter(program, DAY, records if portfolio else None)
    got = outcomes(spark, program, plan, records)
    return [
        raw
        for raw, one, answer in zip(raws, records, got, strict=True)
        if not same(answer, law.decide(plan, one))
    ]


# ---- branches that are not taken

GUARDED = (
    "record deal\n  a : number with 0 decimals, -100000000000000000 to 100000000000000000\n"
    "  b : number with 0 decimals, -100000000000000000 to 100000000000000000\nend\n"
    "decision quotient of deal : number with 0 decimals\n"
    "  when b is not 0 and a >= 0 then round(a / b, 1)\n"
    "  otherwise when b is not 0 then round(a / b, 1) + 1\n  otherwise -1\nend\n"
    "decision power of deal : number\n  when a >= 0 and a <= 9 then a * a * a * a * a\n  otherwise 0\nend\n"
    "decision never of deal : number with 0 decimals\n"
    "  when 1 = 2 and b is not 0 then round(7 / b, 1)\n  otherwise a\nend\n"
)
MOST = 10**17


@pytest.mark.usefixtures("compiled_code")
def test_branches_that_are_not_taken_fail_no_query_in_compiled_code(spark):
    """``round(a / b)`` stands twice: Spark computes it once, before it is known whether ``b`` is 0."""
    raws = [{"a": a, "b": b} for a, b in product((-MOST, -1, 0, 1, 9, MOST), repeat=2)]
    assert differences(spark, GUARDED, raws) == []


def test_branches_that_are_not_taken_fail_no_query(spark):
    raws = [{"a": a, "b": b} for a, b in product((-MOST, -1, 0, 1, 9, MOST), repeat=2)]
    assert differences(spark, GUARDED, raws) == []


@pytest.mark.usefixtures("compiled_code")
def test_tables_overrides_and_missing_in_compiled_code(spark):
    assert differences(spark, TABLES, PAIRS) == []
    assert differences(spark, OVERRIDES, PAIRS) == []
    body = "decision d of deal : number\n  as max(a, b) otherwise (a otherwise (b otherwise 9))\nend\n"
    gaps = [
        {k: v for k, v in (("a", a), ("b", b)) if v is not None} for a in (None, 0, 5) for b in (None, 0, 7)
    ]
    assert differences(spark, OPTIONAL + body, gaps) == []


# ---- texts

PAYLOADS = (
    "${spark.app.name}", "$", "{x}", "a'b", 'a"b', "a\\b", "\\u0041", "%s", "\\%", "x'); DROP TABLE t0; --",
    "line\nfeed", "tab\t", "/* */", "\\", "''", "é", "e\u0301", "😀",
)  # fmt: skip


def test_texts_are_what_they_are_written(spark):
    body = "".join(f"decision d{i} of deal : yes/no\n  as t = p{i}\nend\n" for i in range(len(PAYLOADS)))
    text = (
        "record deal\n  t : text\nend\n"
        + "".join(f'parameter p{i} : text\n  from 2020-01-01 : "x"\nend\n' for i in range(len(PAYLOADS)))
        + body
    )
    program = lowered(text)
    plan = make_plan(program, "deal")
    overlay = {f"p{i}": p for i, p in enumerate(PAYLOADS)}
    records = typed(program, "deal", [{"t": p} for p in PAYLOADS])
    got = outcomes(spark, program, plan, records, overlay=overlay)
    for i, answer in enumerate(got):
        assert answer is not None
        assert answer.values == tuple(i == j for j in range(len(PAYLOADS))), PAYLOADS[i]


# ---- populations

CROWD = (
    "type abc is ordered C < B < A\nrecord deal\n  id : text\n  region : text, optional\n"
    "  active : yes/no, default yes\n  revenue : money, -1,000,000 CNY to 50,000,000,000 CNY, optional\nend\n"
    "population accounts is deal where active\n"
    "classify class of deal over accounts : abc\n  by revenue, largest first\n  A up to 80% of total\n"
    "  B up to 95% of total\n  C rest\n  ties share the better class\n  outside population C\nend\n"
    "define rank of deal as percentile of revenue among accounts\n"
    "define part of deal as share of revenue among accounts\n"
    "define fifth of deal as quantile 5 of revenue among accounts\n"
)
TERMS = ("class", "rank", "part", "fifth")
REVENUES = (None, -100, 0, 0, 1, 250, 250, 600, 25, 25, 10**9, 5 * 10**10, 5 * 10**10, 49_999_999_999)


def crowd(times=1):
    return [
        {"id": str(i), "active": i % 5 > 0} | ({} if v is None else {"revenue": v})
        for i, v in enumerate(REVENUES * times)
    ]


@pytest.mark.parametrize("times", [0, 1, 4])
def test_populations(spark, times):
    assert differences(spark, CROWD, crowd(times), portfolio=True) == []


def test_a_portfolio_whose_total_is_not_above_zero(spark):
    raws = [{"id": "1", "revenue": -5}, {"id": "2", "revenue": 5}, {"id": "3", "revenue": 0}]
    assert differences(spark, CROWD, raws, portfolio=True) == []


def test_only_members_count(spark):
    program = lowered(CROWD)
    plan = make_plan(program, "deal", TERMS)
    records = typed(program, "deal", crowd(2))
    members = [i % 3 > 0 for i in range(len(records))]
    law = Interpreter(program, DAY, [r for r, m in zip(records, members, strict=True) if m])
    got = outcomes(spark, program, plan, records, members=members)
    assert all(same(g, law.decide(plan, r)) for g, r in zip(got, records, strict=True))


# ---- what the session and the tables must be like


def test_a_session_without_ansi_is_refused(spark):
    program = lowered(AMOUNTS + "decision d of deal : number\n  as a + b\nend\n")
    made = compiled(program, make_plan(program, "deal"), dialect="spark")
    tables = frames_of(spark, made.layout, typed(program, "deal", PAIRS[:2]))
    for name, wrong in (
        ("spark.sql.ansi.enabled", "false"),
        ("spark.sql.parser.escapedStringLiterals", "true"),
    ):
        before = spark.conf.get(name)
        spark.conf.set(name, wrong)
        found = decide_on_spark(spark, made, tables)
        spark.conf.set(name, before)
        assert isinstance(found, Refused)
        assert found.name == name
    assert unfit(spark) is None


def test_a_table_that_does_not_fit_is_refused_by_column(spark):
    program = lowered(AMOUNTS + "decision d of deal : number\n  as a + b\nend\n")
    made = compiled(program, make_plan(program, "deal"), dialect="spark")
    tables = frames_of(spark, made.layout, typed(program, "deal", PAIRS[:2]))
    wide = tables["t0"].withColumn("c1", tables["t0"]["c1"].cast("double"))
    for wrong, name in (({"t0": wide}, "t0.c1"), ({"t0": tables["t0"].drop("c0")}, "t0.c0"), ({}, "t0")):
        found = decide_on_spark(spark, made, wrong)
        assert isinstance(found, Refused)
        assert found.name == name


def test_nothing_is_left_in_the_session(spark):
    program = lowered(AMOUNTS + "decision d of deal : number\n  as a + b\nend\n")
    made = compiled(program, make_plan(program, "deal"), dialect="spark")
    tables = frames_of(spark, made.layout, typed(program, "deal", PAIRS[:2]))
    decide_on_spark(spark, made, tables)
    assert not spark.catalog.listTables()


def test_tables_in_parquet_files_are_decided_into_parquet_files(spark, tmp_path):
    """As another engine writes them, with numbers of 128 bits as decimals."""
    text = (
        "record item\n  n : number with 0 decimals\nend\n"
        "record deal\n  a : number with 6 decimals, 0 to 10,000,000,000,000\n  t : text, optional\n"
        "  items : list of item\nend\n"
        "decision d of deal : number\n  as a * 3 + (sum of n of items)\nend\n"
        'decision x of deal : yes/no\n  as t is present and t = "y"\nend\n'
    )
    program = lowered(text)
    plan = make_plan(program, "deal")
    raws = [{"a": i, "items": [{"n": i}, {"n": -1}]} | ({"t": "y"} if i % 2 else {}) for i in range(50)]
    records = typed(program, "deal", raws)
    made = compiled(program, plan, dialect="spark")
    insert_records(connection(), made.layout, records)
    files = {}
    db = duckdb.connect()
    for name in made.reads:
        found = connection().execute(f"SELECT * FROM {name}").fetchall()
        head = [d[0] for d in connection().description]
        kinds = {f.name: f.dataType.simpleString() for f in schema_of(made.layout.table(name)).fields}
        db.execute(f"CREATE TABLE {name} ({', '.join(f'{n} {kinds[n]}' for n in head)})")
        db.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(head))})", found)
        files[name] = tmp_path / f"{name}.parquet"
        db.execute(f"COPY {name} TO '{files[name]}' (FORMAT parquet)")
    assert decide_files(spark, made, files, tmp_path / "out") is None
    lines = db.execute(f"SELECT row, ok, v0, v1 FROM '{tmp_path}/out/*.parquet' ORDER BY row").fetchall()
    law = Interpreter(program, DAY)
    for (row, ok, *values), record in zip(lines, records, strict=True):
        assert ok
        assert tuple(values) == law.decide(plan, record).values, row


# ---- planted bugs


def _div_of_decimals(patch):
    patch.setattr(Spark, "quotient", lambda self, n, d, bits: build.exp.IntDiv(this=n, expression=d))


def _settings_in_texts(patch):
    patch.setattr(Spark, "text", lambda self, tree, **_: tree.sql(dialect="spark"))


def _sums_in_64_bits(patch):
    patch.setattr(Spark, "summand", lambda self, value, lo, hi: value)


def _ties_above(patch):
    right = populations._Windows.below_count
    patch.setattr(populations._Windows, "below_count", lambda w: w.b.add(right(w), build.literal_int(1)))


def _rest_unseen(patch):
    patch.setattr(divide, "_rounded", lambda b, q, *_: q)


WIDE = (
    "record deal\n  a : number with 0 decimals, 0 to 1000000000000000\n"
    "  b : number with 0 decimals, 1 to 100\nend\n"
    "decision d of deal : number with 0 decimals\n  as round(a * a * 3 / b, 1)\nend\n"
)
FOUND_BY = {
    "a quotient of decimals that wraps": (_div_of_decimals, WIDE, [{"a": 10**15, "b": b} for b in (1, 2, 7)]),
    "roundings that see no rest": (
        _rest_unseen,
        "record deal\n  a : number with 0 decimals\n  b : number with 0 decimals, 1 to 9\nend\n"
        "decision d of deal : number with 0 decimals\n  as round(a / b, 1)\nend\n",
        [{"a": a, "b": 2} for a in range(-5, 6)],
    ),
    "equals counted as less": (_ties_above, CROWD, crowd()),
}


@pytest.mark.parametrize("bug", FOUND_BY)
def test_a_planted_bug_is_found(spark, monkeypatch, bug):
    plant, text, raws = FOUND_BY[bug]
    portfolio = "population" in text
    assert differences(spark, text, raws, portfolio=portfolio) == []
    plant(monkeypatch)
    assert differences(spark, text, raws, portfolio=portfolio)


def test_planted_settings_in_texts_are_found(spark, monkeypatch):
    _settings_in_texts(monkeypatch)
    with pytest.raises(AssertionError):
        test_texts_are_what_they_are_written(spark)


def test_a_planted_sum_of_64_bits_is_found(spark, monkeypatch):
    """ANSI makes it an error, and an error is no answer."""
    text = CROWD.replace("50,000,000,000", "90,000,000,000,000,000")
    raws = [{"id": str(i), "revenue": 90_000_000_000_000_000 - i} for i in range(40)]
    assert differences(spark, text, raws, portfolio=True) == []
    _sums_in_64_bits(monkeypatch)
    with pytest.raises(Exception, match=r"(?i)overflow"):
        differences(spark, text, raws, portfolio=True)


def test_every_answer_here_could_have_differed(spark):
    """Not only rejections are compared."""
    program = lowered(GUARDED)
    plan = make_plan(program, "deal")
    records = typed(program, "deal", [{"a": 7, "b": 2}])
    assert isinstance(outcomes(spark, program, plan, records)[0], Decided)
    assert SPARK.most == 10**38 - 1
