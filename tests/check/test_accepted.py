"""What the checker must let pass: each kind of guard, unit and choice, with no finding at all.

Cases that must not pass stand in ``cases``; here a false alarm would make an author weaken a right policy.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from kamflow.base.diagnostic import Diagnostic, Sink
from kamflow.base.span import Source
from kamflow.check.check_program import check_program
from kamflow.core.expr import DefKey
from kamflow.core.program import Program
from kamflow.core.ty import MONTHS, NUMBER, PERCENT, OptTy, ScaledTy, Ty, money
from kamflow.syntax.parse import parse_file

CASES = Path(__file__).parent / "cases"
BASE = (CASES / "_base.kam").read_text(encoding="utf-8")
HEAD = "policy case\n  uses base\n  currency CNY\n  month end clamp\nend\n\n"


def check(*texts: str) -> tuple[Program | None, tuple[Diagnostic, ...]]:
    sink = Sink()
    files = [parse_file(Source(f"{i}.kam", t), sink) for i, t in enumerate(texts)]
    program = check_program(tuple(f for f in files if f is not None), {}, sink)
    return program, sink.sorted()


def _type_of(body: str, name: str = "d", record: str = "customer") -> Ty:
    program, found = check(BASE, HEAD + body + "\n")
    assert [(f.code, f.message.en) for f in found] == []
    assert program is not None
    return program.defs[DefKey(record, name)].ty


PERCENT_OF = "decision d of customer : percent as revenue / target"
ACCEPTED = {
    "present and": "decision d of customer : yes/no as rating is present and rating > 8",
    "missing or": "decision d of customer : yes/no as rating is missing or rating > 8",
    "not missing and": "decision d of customer : yes/no as not (rating is missing) and rating > 8",
    "present implies": "decision d of customer : yes/no as rating is present implies rating > 8",
    "two present": "decision d of customer : yes/no as rating is present and last_order_on is present "
    "and rating > 8 and last_order_on < today",
    "not (missing or missing)": "decision d of customer : yes/no as "
    "not (rating is missing or last_order_on is missing) and rating > 8",
    "when present": "decision d of customer : number as rating when rating is present, otherwise 0",
    "when missing first": "decision d of customer : number as 0 when rating is missing, otherwise rating",
    "chain of clauses": "decision d of customer : number\n"
    '  when rating is missing then 0 because "none"\n  otherwise when rating > 8 then rating\n'
    "  otherwise rating * 2\nend",
    "table row of a range": "decision d of customer : number\n  table first\n"
    "    | rating     || d      |\n    | at least 8 || rating |\n    | missing    || 0      |\n"
    "    | any        || 1      |\nend",
    "table row not missing": "decision d of customer : number\n  table first\n"
    "    | rating      || d      |\n    | not missing || rating |\n    | any         || 1      |\nend",
    "otherwise": "decision d of customer : number as rating otherwise 0",
    "otherwise inside": "decision d of customer : yes/no as (rating otherwise 0) > 8",
    "definition that can be missing, guarded": "define double of customer as rating * 2\n"
    "decision d of customer : yes/no as double is present and double > 3",
    "division when above 0": f"{PERCENT_OF} when target > 0 CNY, otherwise 0%",
    "division when not 0": f"{PERCENT_OF} when target != 0 CNY, otherwise 0%",
    "division when at least 1": f"{PERCENT_OF} when target >= 0.01 CNY, otherwise 0%",
    "division otherwise first": "decision d of customer : percent as "
    "0% when target = 0 CNY, otherwise revenue / target",
    "division with otherwise": f"{PERCENT_OF} otherwise 0%",
    "division by a range without 0": "decision d of customer : number as round(score / seats, 0.01)",
    "division by a literal": "decision d of customer : number as round(score / 3, 0.01)",
    "division when it is negative": "decision d of customer : number as "
    "round(score / balance, 0.01) when balance < 0, otherwise 0",
    "division in a table row": "decision d of customer : percent\n  table first\n"
    "    | target         || d                |\n    | above 0 CNY    || revenue / target |\n"
    "    | any            || 0%               |\nend",
    "division in a rule": "decision d of customer : percent as 0%\nrule r overrides d\n"
    "  when target > 0 CNY\n  then d = revenue / target\nend",
    "division under a comparison of fields": "decision d of customer : number as "
    "round(orders / score, 0.01) when score > orders, otherwise 0",
    "money rounded": "decision d of customer : money as round(revenue * 8%, 0.01 CNY)",
    "money to ten fen": "decision d of customer : money as round(revenue * 8%, 0.10 CNY, down)",
    "days from a to b": "decision d of customer : days as days from since to today",
    "months": "decision d of customer : date as since + 12 months",
    "within last with a guard": "decision d of customer : yes/no as "
    "last_order_on is present and last_order_on within last 90 days",
    "order of members": "decision d of customer : yes/no as tier is at least key",
    "member on the left": "decision d of customer : yes/no as key is tier",
    "one of members": "decision d of customer : yes/no as status is one of (active, dormant)",
    "literal finer than the field": "decision d of customer : yes/no as revenue > 10.005 CNY",
    "cell finer than its column": "decision d of customer : yes/no\n  table first\n"
    "    | margin           || d   |\n    | at least 10.005% || yes |\n    | any || no |\nend",
    "sum over a list": "decision d of customer : money as sum of cost of visits",
    "sum of optionals where present": "decision d of customer : number as "
    "sum of hours of visits where hours is present",
    "average with otherwise": "decision d of customer : money as average of cost of visits otherwise 0 CNY",
    "latest with otherwise": "decision d of customer : date as latest of on of visits otherwise since",
    "outer name inside a list": "decision d of customer : number as count of visits where on > since",
    "inner name beats the outer one": "decision d of customer : number as count of visits where score > 9",
    "outer name through its record": "decision d of customer : number as "
    "count of visits where customer.score > 50",
    "path through another record": "decision d of quote : yes/no as customer.tier is at least key",
    "scenario": "parameter bar : number\n  from 2020-01-01 : 5\nend\n"
    'decision d of customer : yes/no as score > bar\nscenario "higher"\n  set bar = 6.5\nend',
}


@pytest.mark.parametrize("body", ACCEPTED.values(), ids=list(ACCEPTED))
def test_a_right_policy_has_no_finding(body: str) -> None:
    _, found = check(BASE, HEAD + body + "\n")
    assert [(f.code, f.message.en) for f in found] == []


def test_a_member_wins_over_a_field_of_its_name_where_its_type_is_asked() -> None:
    """`status is active` means the member although a field is called `active`; elsewhere the field counts."""
    program, found = check(
        "policy p\nend\n\ntype status is one of active, closed\n\nrecord customer\n  status : status\n"
        "  active : yes/no\nend\n\ndecision a of customer : yes/no as status is active\n"
        "decision b of customer : yes/no as active\n"
    )
    assert found == ()
    assert program is not None
    both = [str(program.defs[DefKey("customer", n)].body) for n in "ab"]
    assert "Get(record=Var(name='self'" in both[1]
    assert "name='active'" in both[1]
    assert "name='active'" not in both[0]


@pytest.mark.parametrize(
    ("body", "unit", "scale"),
    [
        ("decision d of customer : number as score", NUMBER, 4),
        ("decision d of customer : number with 1 decimal as round(score, 0.1)", NUMBER, 1),
        ("decision d of customer : percent as revenue / target otherwise 0%", PERCENT, 2),
        ("decision d of customer : money as round(revenue * 8%, 0.01 CNY)", money("CNY"), 2),
        ("decision d of customer : money(USD) as round(revenue_usd / 2, 0.01 USD)", money("USD"), 2),
        ("decision d of customer : months as months from since to today", MONTHS, 0),
        ("decision d of customer : number with 3 decimals as round(orders / seats, 0.001)", NUMBER, 3),
    ],
)
def test_a_result_has_the_unit_and_the_decimals_that_were_declared(
    body: str, unit: object, scale: int
) -> None:
    ty = _type_of(body)
    assert isinstance(ty, ScaledTy)
    assert (ty.unit, ty.scale) == (unit, scale)


def test_a_definition_without_a_declared_type_keeps_that_it_can_be_missing() -> None:
    ty = _type_of("define x of customer as rating + 1\ndecision d of customer : yes/no as x is missing", "x")
    assert isinstance(ty, OptTy)
    assert isinstance(ty.inner, ScaledTy)
    assert (ty.inner.lo, ty.inner.hi) == (10**4, 11 * 10**4)
