"""The example customers, decided once for all tests of reports, and the same decisions one by one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

import kamflow
from kamflow.app.report import Gathered, ReportRequest, gather
from kamflow.app.report_cases import read_cases
from kamflow.report.cases import CaseFile
from kamflow.report.catalog import REPORTS
from kamflow.report.cells import json_cell
from kamflow.report.model import Report
from kamflow.report.portfolio import Portfolio
from kamflow.values.decision import Decision
from tests.report.rig import CUSTOMERS, ROOT, make_database

AS_OF = date(2026, 6, 30)
Rows = list[dict[str, object]]


@dataclass(frozen=True)
class Made:
    """Reports by name; ``rows`` gives a table as data has it."""

    portfolio: Portfolio

    def report(self, name: str) -> Report:
        return REPORTS[name].make(self.portfolio)

    def rows(self, report: str, table: str) -> Rows:
        (found,) = [t for t in self.report(report).tables if t.name == table]
        return [
            {c.name: json_cell(v, c) for c, v in zip(found.columns, row, strict=True)} for row in found.rows
        ]


def portfolio_of(path: Path, **more: object) -> Portfolio:
    request = ReportRequest((str(path),), (ROOT / "rules",), AS_OF, tuple(REPORTS), **more)  # type: ignore[arg-type]
    made = gather(request, more.pop("cases", None))  # type: ignore[arg-type]
    assert isinstance(made, Gathered), made
    return made.portfolio


@pytest.fixture(scope="session")
def made() -> Made:
    return Made(portfolio_of(ROOT / "examples" / "customers.json"))


@pytest.fixture(scope="session")
def decided() -> list[tuple[dict[str, object], Decision]]:
    """Every customer with its decision, by the public engine: what reports are counted against."""
    engine = kamflow.load(ROOT / "rules").with_portfolio(CUSTOMERS, as_of=AS_OF, record_type="customer")
    out = []
    for raw, one in zip(
        CUSTOMERS, engine.evaluate_many(CUSTOMERS, as_of=AS_OF, record_type="customer"), strict=True
    ):
        assert isinstance(one, Decision), one
        out.append((raw, one))
    return out


@pytest.fixture(scope="session")
def case_files(tmp_path_factory: pytest.TempPathFactory) -> tuple[CaseFile, ...]:
    path = tmp_path_factory.mktemp("cases") / "cases.db"
    make_database(path)
    found = read_cases(str(path))
    assert all(isinstance(c, CaseFile) for c in found), found
    return tuple(c for c in found if isinstance(c, CaseFile))


@pytest.fixture(scope="session")
def raws() -> list[dict[str, object]]:
    return json.loads(json.dumps(CUSTOMERS))
