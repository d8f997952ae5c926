"""`kamflow report` as a person runs it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from kamflow.app import write_report
from kamflow.report import draw
from tests.cli.conftest import Run, folder, run  # noqa: F401 - fixtures
from tests.report.rig import CUSTOMERS, ROOT, make_database
from tests.report.test_gaps import customer

FEW = [customer("a"), customer("b", revenue_12m="5000.00", profit_12m="900.00")]
DAY = ("--policies", str(ROOT / "rules"), "--as-of", "2026-06-30")


@pytest.fixture
def few(folder: Path) -> Path:  # noqa: F811
    (folder / "few.json").write_text(json.dumps(FEW), encoding="utf-8")
    return folder


def test_a_report_is_written_and_said_where(run: Run, few: Path) -> None:  # noqa: F811
    said = run("report", "value,tiers", "few.json", "-o", "out", *DAY)
    assert (said.code, said.out) == (0, "")
    assert "wrote out/report.html" in said.err
    assert sorted(p.name for p in (few / "out").iterdir()) == ["report.html", "tiers", "value"]
    with (few / "out/value/classes.csv").open(encoding="utf-8-sig") as file:
        # 900 of 1000 is the first; the second begins at 90 %, where class C begins
        assert [r["profit_12m"] for r in csv.DictReader(file)] == ["900.00", "0.00", "100.00", "1000.00"]


def test_records_that_are_rejected_are_told_and_give_their_exit_code(run: Run, few: Path) -> None:  # noqa: F811
    (few / "bad.json").write_text(json.dumps([*FEW, {"id": "x"}]), encoding="utf-8")
    said = run("report", "value", "bad.json", "-o", "out", *DAY)
    assert said.code == 3
    assert "KF06" in said.err
    assert "1 of 3 records were rejected" in (few / "out/report.html").read_text(encoding="utf-8")


def test_an_empty_file_gives_empty_reports(run: Run, few: Path) -> None:  # noqa: F811
    (few / "none.json").write_text("[]", encoding="utf-8")
    said = run("report", "all", "none.json", "-o", "out", *DAY)
    assert said.code == 0
    assert "KF1503" in said.err
    assert (few / "out/report.html").exists()


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (("valeu", "few.json", "-o", "out"), "KF1500"),
        (("repurchase", "few.json", "-o", "out", "--assume", "silent=0.09"), "KF1504"),
        (("tiers", "few.json", "-o", "out", "--use", "teir=net_tier"), "KF1505"),
        (("tiers", "few.json", "-o", "few.json"), "KF1506"),
        (("tiers", "nowhere.json", "-o", "out"), "KF0640"),
    ],
)
def test_what_cannot_be_asked_for_is_a_finding_and_nothing_is_written(
    run: Run, few: Path, args: tuple[str, ...], code: str,  # noqa: F811
) -> None:  # fmt: skip
    said = run("report", *args, *DAY)
    assert said.code == 2
    assert code in said.err
    assert not (few / "out").exists()


@pytest.mark.parametrize("args", [("all", "few.json"), ("all", "-o", "out"), ("all", "-", "-o", "out")])
def test_a_command_line_without_folder_or_file_is_refused(
    run: Run, few: Path, args: tuple[str, ...],  # noqa: F811
) -> None:  # fmt: skip
    assert run("report", *args, *DAY).code == 2
    assert not (few / "out").exists()


def test_without_matplotlib_the_tables_are_written_and_the_extra_is_named(
    run: Run, few: Path, monkeypatch: pytest.MonkeyPatch,  # noqa: F811
) -> None:  # fmt: skip
    monkeypatch.setattr(write_report, "can_draw", lambda: False)
    said = run("report", "value", "few.json", "-o", "out", *DAY)
    assert said.code == 0
    assert "KF1501" in said.err
    assert "kamflow[report]" in said.err
    assert not list((few / "out").rglob("*.svg"))
    assert "900.00 CNY" in (few / "out/report.html").read_text(encoding="utf-8")


def test_without_a_chinese_font_png_is_warned_about_and_svg_is_right(
    run: Run, few: Path, monkeypatch: pytest.MonkeyPatch,  # noqa: F811
) -> None:  # fmt: skip
    monkeypatch.setattr(draw, "chinese_font", lambda: None)
    said = run("report", "value", "few.json", "-o", "out", "--lang", "zh", *DAY)
    assert said.code == 0
    assert said.err.count("KF1502") == 1
    assert "Glyph" not in said.err
    assert "帕累托曲线" in (few / "out/value/pareto.svg").read_text(encoding="utf-8")


def test_cases_are_read_from_the_database_that_is_named(run: Run, few: Path) -> None:  # noqa: F811
    make_database(few / "cases.db")
    said = run("report", "stages,deadlines", "--db", "cases.db", "-o", "out", *DAY)
    assert said.code == 0, said.err
    with (few / "out/stages/complaint_states.csv").open(encoding="utf-8-sig") as file:
        assert sum(int(r["cases"]) for r in csv.DictReader(file)) == 5


def test_other_policies_have_the_reports_that_their_names_allow(run: Run, few: Path) -> None:  # noqa: F811
    shop = [
        {"id": str(i), "country": "UK", "orders": i, "returns": 0, "items": 1, "lines": 1, "skus": 1,
         "active_days": 1,
            "revenue": f"{1000 * i}.00", "return_value": "0.00", "net_revenue": f"{1000 * i}.00",
         "recency_days": 10 * i}
        for i in range(1, 8)
    ]  # fmt: skip
    (few / "shop.json").write_text(json.dumps(shop), encoding="utf-8")
    args = ("shop.json", "--policies", str(ROOT / "examples/retail"), "--as-of", "2011-12-10", "-o", "out")
    said = run("report", "all", *args, "--use", "tier=gross_tier")
    assert said.code == 0, said.err
    segments = json.loads((few / "out/rfm/data.json").read_text(encoding="utf-8"))
    told = {r["segment"]: r["customers"] for r in segments["tables"]["segments"]["rows"] if r["customers"]}
    # by hand: recent up to 60 days, often from 5 orders, much from 2,000
    assert told == {"general_develop": 1, "important_develop": 3, "important_value": 2, "important_keep": 1}
    assert any("recency_score" in t["en"] for t in segments["missing"])
    tiers = json.loads((few / "out/tiers/data.json").read_text(encoding="utf-8"))
    assert "gross_tier" in tiers["tables"]["tiers"]["rows"][0]


def test_a_changed_parameter_counts(run: Run, few: Path) -> None:  # noqa: F811
    (few / "customers.json").write_text(json.dumps(CUSTOMERS), encoding="utf-8")
    run("report", "tiers", "customers.json", "-o", "a", *DAY)
    run("report", "tiers", "customers.json", "-o", "b", "--set", "tier_s_from=100", *DAY)

    def tier_s(name: str) -> int:
        data = json.loads((few / name / "tiers/data.json").read_text(encoding="utf-8"))
        return data["tables"]["tiers"]["rows"][0]["customers"]

    assert tier_s("b") < tier_s("a")


LOG = (
    "case_id,activity,timestamp\n"
    "T1,Insert ticket,2014-01-07T09:00:00+01:00\nT1,Take in charge ticket,2014-01-07T10:00:00+01:00\n"
    "T1,Resolve ticket,2014-01-08T10:00:00+01:00\nT1,Closed,2014-01-09T10:00:00+01:00\n"
    "T2,Insert ticket,2014-01-07T09:00:00+01:00\nT2,Wait,2014-02-10T09:00:00+01:00\n"
)
DESK = ("--policies", str(ROOT / "examples/helpdesk"), "--workflows", str(ROOT / "examples/helpdesk"))


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def test_a_log_of_events_is_played_and_told_like_cases(run: Run, few: Path) -> None:  # noqa: F811
    (few / "log.csv").write_text(LOG, encoding="utf-8")
    args = ("stages,deadlines", "--log", "log.csv", *DESK, "--as-of", "2014-02-10", "-o", "out")
    said = run("report", *args)
    assert said.code == 0, said.err
    standing = {r["state"]: r["cases"] for r in table(few / "out/stages/ticket_states.csv")}
    assert {s: n for s, n in standing.items() if n != "0"} == {"closed": "1", "waiting": "1"}
    steps = {r["step"]: (r["met"], r["breached"]) for r in table(few / "out/deadlines/ticket_deadlines.csv")}
    # an hour and a day for the first; the second was taken in charge by nobody
    assert steps == {"respond": ("1", "1"), "solve": ("1", "1")}
    late = table(few / "out/deadlines/ticket_late.csv")
    assert {(r["case"], r["step"], r["age"]) for r in late} == {
        ("T2", "respond", "34"), ("T2", "solve", "34"),
    }  # fmt: skip


def test_columns_of_a_log_are_named_by_order(run: Run, few: Path) -> None:  # noqa: F811
    (few / "log.csv").write_text(LOG.replace("case_id,activity,timestamp", "nr,what,at"), encoding="utf-8")
    args = ("stages", "--log", "log.csv", *DESK, "--as-of", "2014-02-10", "-o", "out")
    assert "KF" in run("report", *args).err
    assert run("report", *args, "--log-columns", "nr,what,at").code == 0
    assert run("report", *args, "--log-columns", "nr,what").code == 2


def test_transactions_become_the_customers_of_reports(run: Run, few: Path) -> None:  # noqa: F811
    (few / "lines.csv").write_text(
        "customer_id,invoice,article,quantity,invoiced_on,unit_price\n"
        "A,1,x,10,2011-01-05,2.50\nA,2,x,10,2011-06-02,1.00\nB,3,x,1,2011-01-20,5.00\n"
        "B,4,x,-1,2011-04-02,5.00\n,5,x,1,2011-01-02,9.00\n",
        encoding="utf-8",
    )
    args = ("value,rates", "--child", "lines=lines.csv", "--policies", str(ROOT / "examples/transactions"))
    said = run("report", *args, "--as-of", "2011-06-30", "--assume", "lost_after=3", "-o", "out")
    assert said.code == 3, said.err  # a line belongs to nobody
    assert "1 of 5 lines of child files" in (few / "out/report.html").read_text(encoding="utf-8")
    classes = {r["class"]: r["revenue"] for r in table(few / "out/value/classes.csv")}
    assert classes["all"] == "40.00"
    months = {
        r["month"]: (r["active"], r["lost"], r["won_back"]) for r in table(few / "out/rates/months.csv")
    }
    # the return in April is no order: B is lost in April, A too, and A comes back in June
    assert months == {"2011-04": ("2", "2", "0"), "2011-05": ("0", "0", "0"), "2011-06": ("0", "0", "1")}


def test_child_lists_that_cannot_be_joined_are_a_finding(run: Run, few: Path) -> None:  # noqa: F811
    args = ("value", "--policies", str(ROOT / "examples/transactions"), "--as-of", "2011-06-30", "-o", "out")
    assert run("report", *args, "--child", "lines=nowhere.csv").code == 2
    (few / "lines.csv").write_text("customer_id,invoice\nA,1\n", encoding="utf-8")
    said = run("report", *args, "--child", "liness=lines.csv")
    assert (said.code, "KF08" in said.err) == (2, True)
