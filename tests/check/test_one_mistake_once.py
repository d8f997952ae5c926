"""A unit or a quote that nobody knows is one finding, wherever it stands."""

from __future__ import annotations

import pytest

from kamflow.base.span import Source
from kamflow.project.load import load_sources

HEAD = 'policy p "P"\n  effective from 2025-01-01\n  month end clamp\nend\n'
RECORD = "record r\n  a : count\n  d : days\n  t : date\nend\n"


@pytest.mark.parametrize(
    "text",
    [
        "record s\n  x : days, default 48hours\nend\n",
        "record s\n  x : days, 0 days to 9hours\nend\n",
        "define x of r as d > 48hours\n",
        "define x of r as t within last 48hours\n",
        "define x of r : days as d when a > 1, otherwise 2hours\n",
        "decision x of r : count\n  table first\n    | d || x |\n    | at most 3hours || 1 |\n"
        "    | any || 2 |\nend\n",
        "scorecard x of r\n  criterion c weight 100pct on a\n    | any | 1 |\nend\n",
        "parameter x : days\n  from 2025-01-01 : 3hours\nend\n",
    ],
)
def test_an_unknown_unit_is_one_finding(text: str) -> None:
    found = load_sources({"p.kam": Source("p.kam", HEAD + RECORD + text)}).findings
    assert [f.code for f in found if f.is_error] == ["KF0112"]


@pytest.mark.parametrize("quoted", ["'high level'", "‘高’", "「高」", "`high`"])
def test_a_text_in_other_quotes_is_one_finding_with_its_fix(quoted: str) -> None:
    text = f'decision x of r : text\n  when a > 1 then {quoted}\n  otherwise "low"\nend\n'
    found = load_sources({"p.kam": Source("p.kam", HEAD + RECORD + text)}).findings
    assert [f.code for f in found] == ["KF0104"]
    assert [e.new_text for e in found[0].fix] == [f'"{quoted[1:-1]}"']


def test_a_parameter_of_another_unit_is_one_finding_though_lists_of_members_rest_on_it() -> None:
    text = (
        "type gap is one of late, dear\nparameter most : count\n  from 2025-01-01 : 5%\nend\n"
        "decision gaps of r : list of gap\n  table collect list\n    | a || gaps |\n"
        "    | above most || late |\n    | above most || dear |\nend\n"
        'test "both"\n  given r\n    a = 9\n  expect gaps = [late, dear]\nend\n'
    )
    found = load_sources({"p.kam": Source("p.kam", HEAD + RECORD + text)}).findings
    assert [f.code for f in found if f.is_error] == ["KF0202"]


def test_a_row_whose_results_are_all_open_is_one_finding() -> None:
    text = (
        "decision care of r gives visits : count, calls : count\n"
        "  table unique\n    | a || visits | calls |\n"
        "    | 0 || 1 | 2 |\n    | above 0 || ? | ? |\nend\n"
    )
    found = load_sources({"p.kam": Source("p.kam", HEAD + RECORD + text)}).findings
    assert [f.code for f in found if f.is_error] == ["KF0317"]
