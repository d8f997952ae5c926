"""The reports there are, in the order of a reader: what each is called, what it looks for, who makes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kamflow.base.frozen import frozen
from kamflow.base.text import Text
from kamflow.report import (
    actions,
    churn,
    complaints,
    concessions,
    credit,
    deadlines,
    funnel,
    losses,
    rates,
    repurchase,
    rfm,
    satisfaction,
    stages,
    tiers,
    value,
    wallet,
)
from kamflow.report.model import Report
from kamflow.report.portfolio import Assumption, Portfolio


@frozen
class Entry:
    title: Text
    roles: tuple[str, ...]
    make: Callable[[Portfolio], Report]


ASSUMPTIONS: Mapping[str, Assumption] = {**repurchase.ASSUMPTIONS, **rates.ASSUMPTIONS}
"""What `--assume` can set, of all reports."""

CASES = frozenset({"rates", "stages", "deadlines", "funnel"})
"""Reports that read cases."""

REPORTS: Mapping[str, Entry] = {
    "value": Entry(value.TITLE, value.ROLES, value.report),
    "rfm": Entry(rfm.TITLE, rfm.ROLES, rfm.report),
    "tiers": Entry(tiers.TITLE, tiers.ROLES, tiers.report),
    "wallet": Entry(wallet.TITLE, wallet.ROLES, wallet.report),
    "satisfaction": Entry(satisfaction.TITLE, satisfaction.ROLES, satisfaction.report),
    "rates": Entry(rates.TITLE, rates.ROLES, rates.report),
    "churn": Entry(churn.TITLE, churn.ROLES, churn.report),
    "concessions": Entry(concessions.TITLE, concessions.ROLES, concessions.report),
    "credit": Entry(credit.TITLE, credit.ROLES, credit.report),
    "complaints": Entry(complaints.TITLE, complaints.ROLES, complaints.report),
    "actions": Entry(actions.TITLE, actions.ROLES, actions.report),
    "losses": Entry(losses.TITLE, losses.ROLES, losses.report),
    "repurchase": Entry(repurchase.TITLE, repurchase.ROLES, repurchase.report),
    "stages": Entry(stages.TITLE, (), stages.report),
    "deadlines": Entry(deadlines.TITLE, (), deadlines.report),
    "funnel": Entry(funnel.TITLE, funnel.ROLES, funnel.report),
}


def make_reports(portfolio: Portfolio, names: tuple[str, ...]) -> tuple[Report, ...]:
    """Make reports in the order of their names."""
    return tuple(REPORTS[name].make(portfolio) for name in names)
