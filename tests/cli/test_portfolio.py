"""`eval` and `why` among everybody: the portfolio, its cut-offs, and what is said of both."""

from __future__ import annotations

import pytest

from tests.cli.eval_rig import RANKED, Desk

GROUPED = """\
policy ranked "Ranked"
  effective from 2025-01-01
  currency CNY
end

type abc is ordered C < B < A
type region en "Region" zh "地区" is one of north en "North" zh "北区", south en "South" zh "南区"

record customer
  id      : text
  region  : region, optional
  revenue : money with 0 decimals, -1,000 CNY to 1,000,000 CNY
end

population all_customers is customer where revenue is present

classify class of customer over all_customers : abc
  by revenue, largest first
  within region
  A up to 80% of total
  B up to 95% of total
  C rest
  ties share the better class
  outside population C
end

decision rank of customer : percent with 4 decimals
  as percentile of revenue among all_customers otherwise 0%
end

decision part of customer : percent with 4 decimals
  as share of revenue among all_customers otherwise 0%
end
"""
EVERYBODY = [
    {"id": "x", "region": "north", "revenue": 80}, {"id": "y", "region": "north", "revenue": 15},
    {"id": "z", "region": "north", "revenue": 5}, {"id": "s", "region": "south", "revenue": 3},
    {"id": "o", "region": None, "revenue": 97},
]  # fmt: skip


@pytest.fixture
def desk(tmp_path, capfd, monkeypatch):
    return Desk(tmp_path, capfd, monkeypatch)


@pytest.fixture
def ranked(desk):
    (desk.folder / "ranked.kam").write_text(RANKED, encoding="utf-8")
    (desk.folder / "grouped.kam").write_text(GROUPED, encoding="utf-8")
    desk.put("all.json", EVERYBODY)
    return desk


def decide(desk, *more, file="all.json", policy="grouped.kam"):
    return desk.run("eval", file, "--policies", policy, *more)


def test_cut_offs_are_written_and_decide_the_same(ranked):
    first = decide(ranked, "--portfolio", "all.json", "--write-cutoffs", "c.json")
    assert first.code == 0, first.err
    assert [r["decisions"]["class"] for r in first.records] == ["A", "B", "C", "A", "C"]
    ranked.put("one.json", EVERYBODY[1:2])
    again = decide(ranked, "--cutoffs", "c.json", file="one.json")
    assert again.records[0]["decisions"] == first.records[1]["decisions"]
    assert again.err.count("KF") == 0


def test_a_stranger_stands_by_its_measure(ranked):
    decide(ranked, "--portfolio", "all.json", "--write-cutoffs", "c.json")
    ranked.put("one.json", [{"id": "new", "region": "north", "revenue": 80}])
    found = [decide(ranked, *how, file="one.json").records[0]["decisions"]
             for how in (("--cutoffs", "c.json"), ("--portfolio", "all.json"))]  # fmt: skip
    assert found[0] == found[1]
    assert found[0]["class"] == "A"


@pytest.mark.parametrize(
    ("options", "code", "exit_code"),
    [
        ((), "KF0840", 2),
        (("--portfolio", "all.json", "--cutoffs", "c.json"), "KF0885", 2),
        (("--cutoffs", "none.json"), "KF0880", 2),
        (("--cutoffs", "all.json"), "KF0881", 2),
        (("--cutoffs", "c.json", "--write-cutoffs", "d.json"), "KF0887", 2),
        (("--portfolio", "all.json", "--write-cutoffs", "nowhere/d.json"), "KF0887", 2),
        (("--portfolio", "empty.json"), "KF0842", 2),
        (("--cutoffs", "c.json", "--as-of", "2026-07-01"), "KF0886", 0),
        (("--portfolio", "poor.json"), "KF0888", 0),
    ],
)
def test_what_does_not_fit_is_one_finding(ranked, options, code, exit_code):
    decide(ranked, "--portfolio", "all.json", "--write-cutoffs", "c.json")
    ranked.put("empty.json", [])
    ranked.put("poor.json", [{"id": "p", "region": "north", "revenue": -5}])
    ran = decide(ranked, *options)
    assert ran.code == exit_code, ran.err
    assert code in ran.err


def test_cut_offs_of_another_policy_decide_nothing(ranked):
    decide(ranked, "--portfolio", "all.json", "--write-cutoffs", "c.json")
    other = GROUPED.replace("A up to 80%", "A up to 70%")
    (ranked.folder / "grouped.kam").write_text(other, encoding="utf-8")
    ran = decide(ranked, "--cutoffs", "c.json")
    assert (ran.code, ran.out) == (2, b"")
    assert "`class`" in ran.err


def test_where_nobody_compares_cut_offs_are_not_needed_and_not_written(desk):
    ran = desk.run("eval", "in.json", "--cutoffs", "in.json")
    assert ran.code == 0
    assert "KF0841" in ran.err
    ran = desk.run("eval", "in.json", "--write-cutoffs", "c.json")
    assert (ran.code, (desk.folder / "c.json").exists()) == (2, False)


def test_a_portfolio_that_breaks_off_leaves_no_cut_offs(ranked):
    whole = '{"id": "x", "region": "north", "revenue": 80}\n'
    (ranked.folder / "broken.json").write_text("[" + whole + ', {"id": "y", ', encoding="utf-8")
    ranked.folder.joinpath("c.json").write_text("what stood here", encoding="utf-8")
    ran = decide(ranked, "--portfolio", "broken.json", "--write-cutoffs", "c.json")
    assert ran.code == 2
    assert ranked.folder.joinpath("c.json").read_text(encoding="utf-8") == "what stood here"


def why(desk, who, *more, lang="en"):
    ran = desk.run(
        "why", "all.json", "--id", who, "--policies", "grouped.kam", *more, "--all", "--lang", lang
    )
    assert ran.code == 0, ran.err
    return " ".join(ran.text.split())


def test_why_says_the_rank_and_what_lies_before_it(ranked):
    said = why(ranked, "y", "--portfolio", "all.json")
    assert "in region North: rank 2 of 3; 80.0% before it." in said or (
        "in region north: rank 2 of 3; 80.0% before it." in said
    )
    assert "rank 3 of 5; 2 below it" in said
    assert "rank 3 of 5, of a total of 200" in said
    assert "outside the population" in why(ranked, "o", "--portfolio", "all.json")


def test_why_says_it_in_chinese(ranked):
    said = why(ranked, "y", "--portfolio", "all.json", lang="zh").replace(" ", "")
    assert "内：在3家中排第2；此前累计占80.0%" in said
    assert "在总体之外" in why(ranked, "o", "--portfolio", "all.json", lang="zh").replace(" ", "")


def test_with_cut_offs_no_rank_is_made_up(ranked):
    decide(ranked, "--portfolio", "all.json", "--write-cutoffs", "c.json")
    said = why(ranked, "y", "--cutoffs", "c.json")
    assert "by the cut-offs, the same from 15 CNY on and below 80 CNY" in said
    assert "of a total of 200 CNY" in said
    assert "rank 2" not in said
    assert "rank 3" not in said


def test_the_explanation_in_json_has_the_numbers(ranked):
    ran = decide(ranked, "--portfolio", "all.json", "--explain", "--format", "ndjson")
    (note,) = ran.records[1]["trace"]["outputs"]["class"]["standings"]
    assert (note["rank"], note["members"], note["below"], note["before"]) == (2, 3, 1, "80.0000")
    assert (note["group"], note["measure"], note["outside"]) == ("north", "15", False)
    (outside,) = ran.records[4]["trace"]["outputs"]["class"]["standings"]
    assert outside["outside"] is True
    assert "rank" not in outside


MIXED = (
    GROUPED
    + """
decision large of customer : yes/no
  as revenue > 50 CNY
"""
)


def test_without_a_portfolio_what_compares_is_left_out_and_said_once(desk):
    (desk.folder / "grouped.kam").write_text(MIXED, encoding="utf-8")
    desk.put("all.json", EVERYBODY)
    ran = decide(desk)
    assert [r["decisions"] for r in ran.records] == [{"large": v} for v in (True, False, False, False, True)]
    assert ran.err.count("KF0847") == 1
    assert "class, rank, part" in ran.err
    assert ran.code == 0
    assert decide(desk, "--only", "rank").code == 2, "what is asked for by name is never left out"
    whole = decide(desk, "--portfolio", "all.json")
    assert "KF0847" not in whole.err
    assert whole.records[0]["decisions"]["class"] == "A"
