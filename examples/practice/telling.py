"""The quarter told from beginning to end: exports read, customers decided, blocks printed, reports written.

Assumes: a ``State`` whose cases are there, or being made. Leaves: the records and the report in its folder.
"""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from os.path import relpath

import kamflow
from examples.practice import blocks
from examples.practice.books import read_books
from examples.practice.history import FIRST, LAST, RULES, review_tiers
from examples.practice.quarter import decide, with_cases
from examples.practice.records import write_records
from examples.practice.show import Show
from examples.practice.state import State
from kamflow import Lang
from kamflow.app.report import Gathered, ReportRequest, gather
from kamflow.app.write_report import Written, can_draw, write_reports
from kamflow.report.catalog import REPORTS, make_reports
from kamflow.report.draw_worker import Picture
from kamflow.report.model import Chart
from kamflow.report.portfolio import Portfolio


def tell(show: Show, state: State, reports: tuple[str, ...]) -> None:
    """Print the quarter block by block, and write its reports."""
    books = read_books()
    many = len(books.customers)
    show.say(show.t(
        f"{many} customers of an industrial supplier, as of {LAST}: reviewed each month since {FIRST}"
        " by the policies of rules/ and the workflows of workflows/.",
        f"某工业品供应商的 {many} 家客户，截至 {LAST}；"
        f"自 {FIRST} 起，按 rules/ 的策略和 workflows/ 的流程逐月评审。",
    ))  # fmt: skip
    engine = kamflow.load(RULES)
    tiers = review_tiers(engine, books)
    if can_draw() and not state.is_made:
        import_module("kamflow.report.draw")  # matplotlib takes a while to load, and the stages to be known
    quarter = decide(engine, books, tiers, state.stages())
    write_records(state.customers, list(quarter.records.values()))
    for block in (blocks.tiers, blocks.prices, blocks.risk):
        block(show, quarter)
    gathered = gather(ReportRequest((relpath(state.customers),), (RULES,), LAST, reports))
    assert isinstance(gathered, Gathered), gathered
    drawn = _draw_meanwhile(gathered.portfolio, show.lang, state)
    quarter = with_cases(quarter, state.database())
    for block in (blocks.stages, blocks.complaints, blocks.whole_report):
        block(show, quarter)
    portfolio = replace(gathered.portfolio, cases=tuple(quarter.cases.values()))
    # what `kamflow report all` writes; here it is decided and partly drawn already
    done = write_reports(make_reports(portfolio, reports), portfolio, state.report, show.lang, drawn)
    assert isinstance(done, Written), done
    show.say(show.t(f"wrote {relpath(done.page)}", f"已写入 {relpath(done.page)}"))


def _draw_meanwhile(portfolio: Portfolio, lang: Lang, state: State) -> dict[Chart, Picture]:
    """Draw charts that need no cases, until those are there."""
    drawn: dict[Chart, Picture] = {}
    if can_draw() and not state.is_made:
        from kamflow.report.draw import draw

        charts = [chart for report in make_reports(portfolio, tuple(REPORTS)) for chart in report.charts]
        while charts and not state.is_made:
            chart = charts.pop()
            drawn[chart] = draw(chart, lang)
    return drawn
