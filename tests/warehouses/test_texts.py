"""What targets that cannot be run here get: SQL that their dialect reads back as the tree that was built."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from kamflow.base.text import Lang
from kamflow.core.program import make_plan
from kamflow.core.ty import INT64
from kamflow.engines.sql.compile import compile_sql
from kamflow.engines.sql.plan import Refused, SqlPlan
from kamflow.engines.sql.script import Script, Sources, emit_script
from kamflow.engines.sql.warehouses import BIGQUERY, DIALECTS, SNOWFLAKE
from tests.differential.gen_policy import DAYS, PolicyGen
from tests.differential.rig import Loaded, load
from tests.sql.core_rig import amount, program
from tests.sql.rig import DAY, lowered
from tests.sql.test_operators import AMOUNTS, OVERRIDES, TABLES
from tests.sql.test_rounding import quotients
from tests.warehouses.payloads import PAYLOADS

HERE = Path(__file__).parent
SMALL = (
    AMOUNTS + "decision total of deal : number\n  as a * b + abs(a)\nend\n"
    "decision third of deal : number with 0 decimals\n  as round(a / 3, 1)\nend\n"
    "decision level of deal : count\n  table first\n    | a || level | because |\n"
    '    | below 0 || 1 | "it\'s less" |\n    | any || 2 | "rest" |\nend\n'
)


def made(text, dialect):
    found = lowered(text)
    plan = compile_sql(found, make_plan(found, "deal"), DAY, dialect=dialect)
    assert isinstance(plan, SqlPlan), plan
    return found, plan


@pytest.mark.parametrize("dialect", ["snowflake", "bigquery", "spark", "postgres"])
def test_what_a_small_policy_becomes(dialect, golden):
    found, plan = made(SMALL, dialect)
    script = emit_script(found, plan, Sources({"t0": "sales.deal"}, "id"), Lang.EN)
    assert isinstance(script, Script)
    golden(HERE / "goldens" / f"{dialect}.sql", script.text + "\n")


@pytest.mark.parametrize("dialect", ["snowflake", "bigquery", "spark"])
def test_the_text_is_read_back_as_itself(dialect):
    seen = 0
    for seed in range(40):
        policy = load(PolicyGen(seed, flat=seed % 2 == 0).policy().text)
        if not isinstance(policy, Loaded):
            continue
        plan = compile_sql(policy.lowered, policy.plan, DAYS[0], dialect=dialect)
        if isinstance(plan, Refused):
            continue
        text = plan.select()
        (again,) = sqlglot.parse(text, dialect=dialect)
        assert again is not None
        assert again.sql(dialect=dialect) == text
        seen += 1
    assert seen > 15


@pytest.mark.parametrize("dialect", ["snowflake", "bigquery", "spark", "postgres"])
@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_text_is_one_literal_that_reads_back_as_itself(dialect, payload):
    tree = exp.Select().select(exp.Literal.string(payload))
    text = DIALECTS[dialect].text(tree)
    (again,) = sqlglot.parse(text, dialect=dialect)
    assert again is not None
    (literal,) = again.find_all(exp.Literal)
    assert literal.this == payload
    assert dialect != "spark" or "${" not in text


def test_bigquery_sees_decimals_that_a_field_does_not_have():
    """A cast to NUMERIC keeps 9 decimals, and one to INT64 rounds: neither may be what finds them."""
    found, plan = made("record deal\n  a : money\nend\ndecision d of deal : money\n  as a\nend\n", "bigquery")
    script = emit_script(found, plan, Sources({"t0": "deal"}, "id"), Lang.EN)
    assert isinstance(script, Script)
    assert "ROUND(CAST(`c0` AS BIGNUMERIC), 2) = CAST(`c0` AS BIGNUMERIC)" in script.text


def test_snowflake_divides_multiples_only():
    """Its ``/`` rounds to 6 decimals: a multiple of the divisor leaves nothing to round."""
    for text in (SMALL, TABLES, OVERRIDES):
        _, plan = made(text, "snowflake")
        again = sqlglot.parse_one(plan.select(), dialect="snowflake")
        for div in again.find_all(exp.Div):
            multiple = div.this.unnest()
            assert isinstance(multiple, exp.Sub)
            rest = multiple.expression.unnest()
            assert isinstance(rest, exp.Mod)
            assert rest.this.unnest() == multiple.this.unnest()
            assert rest.expression.unnest() == div.expression.unnest()


def test_bigquery_has_no_literal_beyond_64_bits_and_no_least_of_a_null():
    wide = amount(-(10**30), 10**30)
    core = program({"a": wide, "b": amount(1, 10**6)}, *quotients(wide, amount(1, 10**6)))
    plan = compile_sql(core, make_plan(core, "r"), 1, dialect="bigquery")
    assert isinstance(plan, SqlPlan)
    again = sqlglot.parse_one(plan.select(), dialect="bigquery")
    numbers = [int(n.this) for n in again.find_all(exp.Literal) if not n.is_string]
    assert max(numbers) <= INT64
    assert BIGQUERY.smallest([exp.column("a"), exp.column("b")], largest=False, beyond=9).sql("bigquery") == (
        "NULLIF(LEAST(COALESCE(a, 9), COALESCE(b, 9)), 9)"
    )


def test_what_a_target_lacks_is_refused_by_name():
    wide = amount(0, 10**37)
    core = program({"a": wide, "b": wide}, *quotients(wide, wide))
    for dialect in (SNOWFLAKE.name, "spark"):
        refused = compile_sql(core, make_plan(core, "r"), 1, dialect=dialect)
        assert isinstance(refused, Refused)
        assert refused.name == "d0 of r"
    assert isinstance(compile_sql(core, make_plan(core, "r"), 1, dialect="postgres"), SqlPlan)
