"""Scripts over tables as people have them, run by Spark, beside the interpreter."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from kamflow.core.program import make_plan
from tests.differential.gen_record import RecordGen
from tests.warehouses.rig import compared, script, statements, wanted
from tests.warehouses.test_scripts import DAY, GOOD, NOT_EXACT, lowered, policy, readable

TOP = Path(__file__).parents[2]


def decided(spark, program, record, records):
    found, made, names = script(program, make_plan(program, record), DAY, "spark")
    for statement in statements(made.layout, records, names, "spark"):
        spark.sql(statement)
    lines = [tuple(line) for line in spark.sql(found.text).collect()]
    for name in names.values():
        spark.sql(f"DROP TABLE `{name}`")
    return compared(program, made, lines, wanted(program, record, records, DAY))


@pytest.mark.usefixtures("compiled_code")
def test_the_speed_workload(spark):
    program = lowered(TOP / "benchmarks" / "kam30.kam")
    gen = RecordGen(3, program, (DAY,))
    assert (
        decided(
            spark,
            program,
            "account",
            readable(program, "account", [gen.record("account") for _ in range(200)]),
        )
        > 50
    )


def test_lists_dates_and_defaults(spark):
    program = policy()
    raws = [
        {"id": str(i), "amount": i, "since": date(2019 + i, 2, 28), "tier": "CBA"[i % 3],
         "active": i % 2 == 0,
         "visits": [{"on": date(2024, 1, 1), "cost": Decimal("1.25")}] * (i % 4)}
        | ({"share": Decimal("12.5")} if i % 3 else {}) | ({"number": i} if i % 5 else {})
        for i in range(12)
    ]  # fmt: skip
    assert decided(spark, program, "deal", readable(program, "deal", raws)) == len(raws)


def test_what_is_not_exactly_a_value_of_its_field_is_not_ok(spark):
    from kamflow.base.text import Lang
    from kamflow.engines.sql.compile import compile_sql
    from kamflow.engines.sql.script import Sources, emit_script

    program = policy()
    made = compile_sql(program, make_plan(program, "deal"), DAY, dialect="spark")
    found = emit_script(program, made, Sources({"t0": "deals", "t1": "visits"}, "id"), Lang.EN)
    lines = [GOOD]
    for column, bad in NOT_EXACT.items():
        lines += [GOOD | {"id": f"'{column}{i}'"} | {column: b} for i, b in enumerate(bad)]
    types = {"id": "STRING", "amount": "DECIMAL(38, 5)", "share": "DECIMAL(20, 5)",
             "number": "DECIMAL(38, 2)",
             "since": "TIMESTAMP", "tier": "STRING", "active": "BOOLEAN"}  # fmt: skip
    rows = " UNION ALL ".join(
        f"SELECT {', '.join(f'CAST({line[n]} AS {t}) AS {n}' for n, t in types.items())}" for line in lines
    )
    spark.sql(rows).createOrReplaceTempView("deals")
    spark.sql(
        "SELECT 'z' AS parent, DATE '2024-01-01' AS `on`, CAST(1 AS DECIMAL(20, 5)) AS cost"
    ).createOrReplaceTempView("visits")
    answers = {line["id"]: (line["ok"], line["total"]) for line in spark.sql(found.text).collect()}
    spark.catalog.dropTempView("deals")
    spark.catalog.dropTempView("visits")
    assert answers.pop("a") == (True, Decimal("100.00"))
    assert len(answers) == len(lines) - 1
    assert set(answers.values()) == {(False, None)}
