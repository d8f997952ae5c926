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
    flows,
    funnel,
    losses,
    repurchase,
    rfm,
    tiers,
    value,
    wallet,
)
from kamflow.report.model import Report
from kamflow.report.portfolio import Portfolio


@frozen
class Entry:
    title: Text
    roles: tuple[str, ...]
    make: Callable[[Portfolio], Report]


REPORTS: Mapping[str, Entry] = {
    "value": Entry(value.TITLE, value.ROLES, value.report),
    "rfm": Entry(rfm.TITLE, rfm.ROLES, rfm.report),
    "tiers": Entry(tiers.TITLE, tiers.ROLES, tiers.report),
    "wallet": Entry(wallet.TITLE, wallet.ROLES, wallet.report),
    "churn": Entry(churn.TITLE, churn.ROLES, churn.report),
    "concessions": Entry(concessions.TITLE, concessions.ROLES, concessions.report),
    "credit": Entry(credit.TITLE, credit.ROLES, credit.report),
    "complaints": Entry(complaints.TITLE, complaints.ROLES, complaints.report),
    "actions": Entry(actions.TITLE, actions.ROLES, actions.report),
    "losses": Entry(losses.TITLE, losses.ROLES, losses.report),
    "repurchase": Entry(repurchase.TITLE, repurchase.ROLES, repurchase.report),
    "stages": Entry(flows.TITLE_STAGES, (), flows.stages),
    "deadlines": Entry(flows.TITLE_DEADLINES, (), flows.deadlines),
    "funnel": Entry(funnel.TITLE, funnel.ROLES, funnel.report),
}


def make_reports(portfolio: Portfolio, names: tuple[str, ...]) -> tuple[Report, ...]:
    """Make reports in the order of their names."""
    return tuple(REPORTS[name].make(portfolio) for name in names)
