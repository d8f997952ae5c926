"""One quarter of key-account management, from exports to decisions: `make demo`.

    python -m examples.practice.demo                 # KAMFLOW_LANG=zh for Chinese

Assumes: a checkout with everything installed. Leaves: ``build/practice``: the records, the cases, the report.
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import replace
from pathlib import Path

from rich.console import Console

import kamflow
from examples.practice import blocks
from examples.practice.books import read_books
from examples.practice.history import FIRST, LAST, RULES, review_tiers
from examples.practice.quarter import decide, with_cases
from examples.practice.records import write_records
from examples.practice.show import Show
from examples.practice.state import CUSTOMERS, DATABASE, REPORT, State, shown
from kamflow import Lang
from kamflow.app.report import Gathered, ReportRequest, gather
from kamflow.app.settings import load_settings
from kamflow.app.write_report import Written, write_reports
from kamflow.report.catalog import REPORTS, make_reports
from kamflow.report.portfolio import Portfolio


def main() -> int:
    started = time.monotonic()
    state = State()  # makes the cases meanwhile
    lang = load_settings(Path.cwd(), os.environ).lang
    show = Show(lang, Console(highlight=False, width=None if sys.stdout.isatty() else 100))
    books = read_books()
    many = len(books.customers)
    show.say(show.t(
        f"{many} customers of an industrial supplier, as of {LAST}: reviewed each month since {FIRST}"
        " by the policies of rules/ and the workflows of workflows/.",
        f"某工业品供应商的 {many} 家客户，截至 {LAST}；"
        f"自 {FIRST} 起，按 rules/ 的策略和 workflows/ 的流程逐月评审。",
    ))  # fmt: skip
    engine = kamflow.load(RULES)
    quarter = decide(engine, books, review_tiers(engine, books), state.stages())
    write_records(CUSTOMERS, list(quarter.records.values()))
    for block in (blocks.tiers, blocks.prices, blocks.risk):
        block(show, quarter)
    gathered = gather(ReportRequest((shown(CUSTOMERS),), (RULES,), LAST, tuple(REPORTS)))
    assert isinstance(gathered, Gathered), gathered
    quarter = with_cases(quarter, state.database())
    for block in (blocks.stages, blocks.complaints):
        block(show, quarter)
    show.head("6. The whole report", "6. 完整报告")
    show.commands(
        f"kamflow report all {shown(CUSTOMERS)} --db {shown(DATABASE)} --as-of {LAST} -o {shown(REPORT)}"
    )
    page = _write(replace(gathered.portfolio, cases=tuple(quarter.cases.values())), lang)
    seconds = f"{time.monotonic() - started:.1f}"
    show.say(
        show.t(f"wrote {shown(page)} ({seconds} s in all)", f"已写入 {shown(page)}（共用时 {seconds} 秒）")
    )
    return 0


def _write(portfolio: Portfolio, lang: Lang) -> Path:
    """Write what `kamflow report all` writes; in this process, which has decided the portfolio already."""
    done = write_reports(make_reports(portfolio, tuple(REPORTS)), portfolio, REPORT, lang)
    assert isinstance(done, Written), done
    return done.page


if __name__ == "__main__":
    sys.exit(main())
