"""One quarter of key-account management, from exports to decisions: `make demo`.

    python -m examples.practice.demo                 # KAMFLOW_LANG=zh for Chinese

Assumes: a checkout with everything installed. Leaves: ``build/practice``: the records, the cases, the report.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from rich.console import Console

import kamflow
from examples.practice import state
from examples.practice.books import read_books
from examples.practice.history import FIRST, LAST, ROOT, RULES, review_tiers
from examples.practice.quarter import read_quarter, write_customers
from examples.practice.show import Show
from kamflow import Lang
from kamflow.app.report import Gathered, ReportRequest, gather
from kamflow.app.settings import load_settings
from kamflow.app.write_report import Written, write_reports
from kamflow.report.catalog import REPORTS, make_reports


def main() -> int:
    started = time.monotonic()
    lang = load_settings(Path.cwd(), os.environ).lang
    show = Show(lang, Console(highlight=False, width=None if sys.stdout.isatty() else 100))
    books = read_books()
    making = state.start_making()
    show.say(show.t(
        f"{len(books.customers)} customers of an industrial supplier, as of {LAST}. Reviewed each month since {FIRST}"
        " with the policies of rules/ and the workflows of workflows/.",
        f"某工业品供应商的 {len(books.customers)} 家客户，截至 {LAST}。自 {FIRST} 起按 rules/ 的策略和 workflows/"
        " 的流程逐月评审。",
    ))  # fmt: skip
    engine = kamflow.load(RULES)
    tiers = review_tiers(engine, books)
    if making is not None and making.wait():
        return 1
    quarter = read_quarter(engine, books, state.DATABASE, tiers)
    write_customers(state.CUSTOMERS, quarter)
    for block in (show.tiers, show.prices, show.risk, show.stages, show.complaints):
        block(quarter)
    page = _report(tuple(quarter.cases.values()), lang)
    show.head(show.t("6. The whole report", "6. 完整报告"))
    show.say(str(page.relative_to(ROOT)))
    show.commands(f"kamflow report all {_shown(state.CUSTOMERS)} --db {_shown(state.DATABASE)} --as-of {LAST}"
                  f" -o {_shown(state.REPORT)}")  # fmt: skip
    show.say(show.t(f"\n{time.monotonic() - started:.1f} s", f"\n用时 {time.monotonic() - started:.1f} 秒"))
    return 0


def _report(cases: tuple[object, ...], lang: Lang) -> Path:
    """Write what `kamflow report all` writes, in this process."""
    made = gather(ReportRequest((_shown(state.CUSTOMERS),), (RULES,), LAST, tuple(REPORTS)), cases)  # type: ignore[arg-type]
    assert isinstance(made, Gathered), made
    done = write_reports(make_reports(made.portfolio, tuple(REPORTS)), made.portfolio, state.REPORT, lang)
    assert isinstance(done, Written), done
    return done.page


def _shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


if __name__ == "__main__":
    sys.exit(main())
