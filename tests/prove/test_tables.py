"""Tables whose columns are computed, facts, dates, texts: what is said, and to whom it happens."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from kamflow.base.diagnostic import Diagnostic, Sink
from kamflow.base.span import Source
from kamflow.engines import smt
from kamflow.project.load import load_sources
from kamflow.project.prove import prove_project_tables
from kamflow.tables import cover

HEAD = """policy p
  currency CNY
  effective from 2025-01-01
end
type grade is ordered low < middle < high
record customer
  revenue : money, 0 CNY to 1_000_000 CNY
  orders  : count, 0 to 1000
  region  : text
  since   : date
  last_on : date, optional
  grade   : grade
end
"""


def found(body: str) -> Sequence[Diagnostic]:
    text = HEAD + body
    project = load_sources({"p.kam": Source("p.kam", text)}, Sink())
    assert not project.has_errors, [f.message.en for f in project.findings]
    return prove_project_tables(project, ())


def said(body: str) -> list[str]:
    return [f"{f.code} {f.message.en}" for f in found(body)]


def table(columns: str, *rows: str, hit: str = "unique", ty: str = "number", tail: str = "") -> str:
    lines = "\n".join(f"    | {r} || {i} |" for i, r in enumerate(rows))
    return f"decision x of customer : {ty}\n  table {hit}\n    | {columns} || x |\n{lines}\n{tail}end\n"


def test_a_gap_of_one_cent_is_a_gap() -> None:
    assert said(table("revenue", "below 100 CNY", "above 100 CNY")) == [
        "KF0301 table x leaves a case without an answer: revenue = 100.00 CNY"
    ]


def test_a_bound_that_two_rows_share_is_named_exactly() -> None:
    assert said(table("revenue", "at most 100 CNY", "at least 100 CNY")) == [
        "KF0302 rows 1 and 2 of x both apply when revenue = 100.00 CNY (exactly)"
    ]


def test_dates_and_missing_dates_are_cases_of_their_own() -> None:
    assert said(table("last_on", "below 2026-01-01", "at least 2026-01-02")) == [
        "KF0301 table x leaves a case without an answer: last_on = 2026-01-01 or missing"
    ]


def test_texts_that_no_cell_names_are_one_case() -> None:
    assert said(table("region | grade", '"North" | any', 'not "North" | at least middle')) == [
        "KF0301 table x leaves a case without an answer (5 of 6 covered): "
        "region = any other text, grade = low"
    ]


def test_otherwise_takes_every_gap_and_is_said_to_be_idle_where_there_is_none() -> None:
    assert said(table("grade", "low", tail="  otherwise 5\n")) == []
    assert said(table("grade", "low", "at least middle", tail="  otherwise 5\n")) == [
        "KF0303 the `otherwise` of x never answers: the rows take every case"
    ]


def test_many_rows_that_one_row_meets_are_one_finding() -> None:
    (finding,) = found(table("orders", "0", "1", "2", "3 to 1000", "any"))
    assert finding.message.en.startswith("rows 1, 2, 3, 4 and 5 of x apply together in parts")


def test_a_case_that_no_customer_has_is_no_gap() -> None:
    rows = table("orders | revenue", "0 | 0 CNY", "above 0 | any")
    assert said(rows) == [
        "KF0301 table x leaves a case without an answer: orders = 0, revenue above 0.00 CNY"
    ]
    fact = "impossible of customer when orders = 0 and revenue > 0 CNY\n"
    assert said(rows + fact) == []


def test_a_fact_about_other_fields_than_the_columns_counts_too() -> None:
    fact = 'impossible of customer when orders = 0 and (grade is high or region = "" or revenue < 5 CNY)\n'
    more = "impossible of customer when orders = 0 and revenue >= 5 CNY\n"
    assert said(table("orders", "above 0") + fact)[0].startswith("KF0301")
    assert said(table("orders", "above 0") + fact + more) == []


COMPUTED = "define volume of customer as orders * 2\n"


def test_values_that_a_computed_column_never_has_are_no_gap() -> None:
    assert said(COMPUTED + table("volume", "below 11", "at least 12")) == []


def test_a_computed_column_leads_to_the_customer_who_falls_through() -> None:
    (finding,) = found(COMPUTED + table("volume", "below 10", "at least 12"))
    assert finding.code == "KF0301"
    assert finding.message.en.endswith("volume 10 to 11")
    assert ("orders", "5") in finding.example


def test_two_computed_columns_are_looked_at_together() -> None:
    both = COMPUTED + "define half of customer as round(volume / 4, 1)\n"
    rows = table("volume | half", "below 100 | any", "at least 100 | at least 20")
    assert said(both + rows) == []


def test_without_z3_what_it_would_decide_is_not_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    from kamflow.engines.smt import search

    monkeypatch.setattr(search, "available", lambda: False)
    (finding,) = found(COMPUTED + table("volume", "below 10", "at least 12"))
    assert finding.code == "KF0308"
    assert "kamflow[prove]" in finding.message.en
    assert said(table("orders", "below 10", "at least 12"))[0].startswith("KF0301")
    assert smt.available()


def test_cells_that_depend_on_the_record_are_asked_of_z3() -> None:
    limit = "define limit of customer as orders * 10\n"
    rows = table("orders", "below limit", "at least limit")
    assert said(limit + rows) == []
    (finding,) = found(limit + table("orders", "below limit", "above limit"))
    assert finding.code == "KF0301"


def test_a_row_that_rows_before_it_take_whole_is_named_with_them() -> None:
    assert said(
        table("orders | grade", "below 5 | any", "any | low", "below 3 | low", "any | any", hit="first")
    ) == ["KF0303 row 3 of x never answers: rows 1 and 2 before it take all it asks for"]


def test_a_table_that_a_later_value_breaks_says_when_and_why() -> None:
    param = """parameter from_orders : count
  from 2025-01-01 : 50
  from 2027-01-01 : 60
end
"""
    rows = table("orders", "at least from_orders", "55 to below from_orders", "below 50")
    assert said(param + rows) == [
        "KF0304 from 2027-01-01 from_orders is 60: then no row of x applies when orders 50 to 54. "
        "Until that day it is right, on that day it breaks",
        "KF0305 row 2 of x never applies: no value meets what a cell asks for",
    ]


def test_collected_rows_may_leave_cases_out_but_not_count_twice() -> None:
    assert said(table("orders", "above 5", "above 50", hit="collect sum")) == []
    rows = "    | above 5 || 1 |\n    | above 5 || 1 |\n"
    twice = f"decision x of customer : number\n  table collect sum\n    | orders || x |\n{rows}end\n"
    assert said(twice) == ["KF0306 rows 1 and 2 of x ask and give the same, so it counts 2 times"]


def test_bands_of_a_scorecard_are_proved_like_tables() -> None:
    card = """scorecard score of customer
  criterion size weight 100% on orders
    | below 10    | 0 |
    | at least 11 | 1 |
end
"""
    assert said(card) == ["KF0301 table score.size leaves a case without an answer: orders = 10"]


def test_each_row_of_a_first_table_is_explained_by_what_rows_before_it_leave() -> None:
    from kamflow.core.expr import DefKey
    from kamflow.prove.effective import effective_conditions

    text = HEAD + table("orders | grade", "at least 100 | any", "any | high", "below 50 | any", hit="first")
    project = load_sources({"p.kam": Source("p.kam", text)}, Sink())
    program = project.stretches[-1].program
    assert program is not None
    found = effective_conditions(program, DefKey("customer", "x#row"), 740_000)
    assert found is not None
    assert [f.en for f in found] == [
        "orders at least 100",
        "orders below 100, grade = high",
        "orders below 50, grade = low or middle",
    ]


def test_a_member_that_was_added_to_the_type_and_to_no_table_is_named() -> None:
    types = "type level is ordered none < some < full\n"
    rows = "decision y of customer : level\n  table unique\n    | grade || y |\n    | low || none |\n"
    other = rows + "    | at least middle || some |\nend\n"
    assert said(types + other) == [
        "KF0309 nothing ever gives `full` of level: no row, clause or rule results in it"
    ]
    lifted = "rule up overrides y of customer\n  when orders > 9 then y = full\nend\n"
    assert said(types + other + lifted) == []
    computed = "decision z of customer : level as full when orders > 9, otherwise y\n"
    assert said(types + other + computed) == []


def test_gaps_that_were_not_all_looked_at_are_not_taken_for_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Volume 11 is no customer's; volume 2000 with a high grade is one's, but comes second."""
    from kamflow.prove import tables

    rows = table("volume | grade", "below 11 | any", "12 to below 2000 | any", "2000 | at most middle")
    assert said(COMPUTED + rows)[0].endswith("volume = 2,000, grade = high")
    monkeypatch.setattr(tables, "_MAX_TRIED", 1)
    (finding,) = found(COMPUTED + rows)
    assert finding.code == "KF0308"
    monkeypatch.setattr(tables, "_MAX_TRIED", 60)
    monkeypatch.setattr(tables, "MAX_GAPS", 1)
    monkeypatch.setattr(tables, "uncovered", lambda domain, pieces: cover.uncovered(domain, pieces, 1))
    (finding,) = found(COMPUTED + rows)
    assert finding.code == "KF0308"


def test_a_long_table_in_which_everything_meets_is_one_finding_that_names_a_few_rows() -> None:
    (finding,) = found(table("orders", *(f"at least {n}" for n in range(1, 81)), "0"))
    assert finding.message.en.startswith("rows 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 70 more of x apply together")
    assert "的第 1、2、3、4、5、6、7、8、9、10 等 80 行部分重叠" in finding.message.zh
