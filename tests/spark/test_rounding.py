"""The cases of ``tests/sql/test_rounding.py`` on Spark, whose 128 bits are 38 digits."""

from __future__ import annotations

from decimal import Decimal

import pytest

from kamflow.core.program import make_plan
from kamflow.core.ty import INT128
from kamflow.engines.sql.compile import compile_sql
from kamflow.engines.sql.plan import Refused, SqlPlan
from kamflow.engines.sql.spark import schema_of
from tests.spark.rig import collected
from tests.sql import core_rig, test_rounding
from tests.sql.core_rig import amount, field, program
from tests.sql.rig import connection
from tests.sql.test_rounding import (  # noqa: F401 - the same cases, on another engine
    near,
    quotients,
    test_a_divisor_of_zero_is_no_failure,
    test_the_step_is_multiplied_after_rounding,
)

MOST = 10**32 - 1


@pytest.fixture(autouse=True)
def on_spark(spark, monkeypatch):
    def run(made, lines, params=(), day=1):
        plan = compile_sql(made, make_plan(made, "r"), day, dialect="spark")
        assert isinstance(plan, SqlPlan), plan
        rows = connection().execute(f"SELECT * FROM ({lines})", params).fetchall()
        schema = schema_of(plan.layout.tables[0])
        typed = [
            tuple(
                Decimal(v) if f.dataType.typeName() == "decimal" else v
                for v, f in zip((i, *line), schema.fields, strict=True)
            )
            for i, line in enumerate(rows)
        ]
        found = collected(spark, plan, {"t0": spark.createDataFrame(typed, schema)})
        assert all(ok for _, ok, *_ in found)
        return [tuple(rest) for _, _, *rest in sorted(found, key=lambda line: line[0])]

    monkeypatch.setattr(test_rounding, "run", run)
    monkeypatch.setattr(test_rounding, "PAIRS", 2_400)
    monkeypatch.setattr(test_rounding, "INT128", MOST)
    monkeypatch.setattr(core_rig, "run", run)


@pytest.mark.parametrize("most", [127, 2**31 - 1, 2**63 - 1, 2**63, 10**30, MOST])
def test_quotients_of_fields(most):
    test_rounding.test_quotients_of_fields(most, (-1, -1))


@pytest.mark.parametrize("most", [2**31 - 1, 2**63 - 1, 10**31])
def test_quotients_by_constants(most):
    test_rounding.test_quotients_by_constants(most, -1)


def test_what_38_digits_do_not_hold_is_refused_by_name():
    wide = amount(-INT128, INT128)
    made = program({"a": wide, "b": wide}, *quotients(wide, wide))
    refused = compile_sql(made, make_plan(made, "r"), 1, dialect="spark")
    assert isinstance(refused, Refused)
    assert refused.name == "d0 of r"
    assert "38 digits" in refused.reason.en
    assert isinstance(compile_sql(made, make_plan(made, "r"), 1), SqlPlan)
    read = program({"a": wide}, field("a", wide))
    assert isinstance(compile_sql(read, make_plan(read, "r"), 1, dialect="spark"), Refused)
