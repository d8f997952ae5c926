"""Who was lost, kept and won back, month by month and over the year, and why.

Assumes: customers with their orders, or with their last order only; cases of a lifecycle, where a database
was named. Leaves: rates with what they are shares of; each table says where it comes from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kamflow.base.text import Text
from kamflow.report.cases import CaseFile
from kamflow.report.groups import label_of
from kamflow.report.model import (
    COUNT,
    Chart,
    Label,
    Report,
    Table,
)
from kamflow.report.portfolio import Assumption, Lookup, Portfolio
from kamflow.report.rate_tables import rate_tables, reason_table
from kamflow.report.rates_cases import is_lifecycle, months_of_cases
from kamflow.report.rates_orders import Month, by_last_order, by_orders
from kamflow.report.rates_year import over_the_year

ROLES = (
    "movement", "order_list", "last_order", "since", "loss_reason", "decline_reason", "revenue_before",
)  # fmt: skip
TITLE = Text("Churn, retention and win-back", "流失率、保留率与挽回率")
ASSUMPTIONS: Mapping[str, Assumption] = {
    "lost_after": Assumption(
        "lost_after", Text("A customer is lost after months without an order", "连续多少个月无订单视为流失"),
        12, COUNT,
    ),
}  # fmt: skip
_WON_BACK_AFTER = 24  # months; the policy's own `won_back_after` counts before it


def _definition(after: int, known_after: int) -> tuple[Text, ...]:
    return (
        Text(
            f"A customer is active on a day if it ordered in the {after} months before it, else it is lost."
            " Returns and free goods are no orders. 12 months are those of rules/win_back.kam; `--assume"
            " lost_after=…` sets another number."
            " Rates are of whole calendar months.",
            f"某日之前 {after} 个月内有订单的客户，当日视为活跃，否则视为流失；退货与赠品不算订单。"
            f"rules/win_back.kam 的口径为 12"
            " 个月，可用 --assume lost_after=… 调整。比率按完整自然月计算。",
        ),
        Text(
            "Win-back rate = customers that were lost when the month began and active when it ended ÷"
            " customers"
            f" lost when it began: not active, but ordered before, or a customer for {known_after} months"
            " (`won_back_after`). Who comes from neither is new and in no rate.",
            "挽回率＝月初已流失、月末活跃的客户÷月初已流失客户（不活跃，但此前有过订单，或合作已满"
            f" {known_after} 个月，见 won_back_after）。两者皆非的为新客户，不计入比率。",
        ),
        *_DEFINITION,
    )


_DEFINITION = (
    Text(
        "Churn rate = customers active when the month began and no longer active when it ended ÷ customers"
        " active when it began. Retention rate = 100% − churn rate.",
        "流失率＝月初活跃、月末已不活跃的客户÷月初活跃客户；保留率＝100%－流失率。",
    ),
    Text(
        "Active at the end = active at the beginning − lost + won back + new. A customer counts once a month;"
        " who comes and goes within one month counts nowhere.",
        "月末活跃＝月初活跃－流失＋挽回＋新增。每个客户每月只计一次；同月内来而复去的不计。",
    ),
    Text(
        "Of cases: active is every state but the first one (no business yet), lost ones and final ones;"
        " lost is"
        " a state of loss, or any but a final one after it was active. Rates are made in the same way from"
        " the states on the first days of two months, from the month after the first move on: before that"
        " cases are entered, and who is entered is not new.",
        "流程实例：除首个阶段（尚无业务）、流失阶段与终结阶段外均为活跃；处于流失阶段、或曾活跃而现不活跃"
        "（终结除外）的为已流失；比率按相邻两月首日的阶段以同样方式计算，自首次阶段变动的次月起："
        "此前为建档录入，录入的客户不算新增。",
    ),
    Text(
        "Reason: the customer's reason for loss, else its reason for decline, as they are on file today; of"
        " cases, the loss reason of the case, else the reason of the move.",
        "原因：客户档案中现有的流失原因，未填则取衰退原因；流程实例取其流失原因，未填则取变动原因。",
    ),
)


def report(p: Portfolio) -> Report:
    """Give rates by month and by year, and the reasons of those who were lost."""
    look = Lookup(p)
    tables: list[Table] = []
    charts: list[Chart] = []
    if p.count:
        made, drawn = _of_records(p, look)
        tables += made
        charts += drawn
        tables += over_the_year(p, look)
    lifecycles = [c for c in p.cases or () if is_lifecycle(c)]
    if not lifecycles:
        look.say(
            "no cases of a lifecycle with a state `lost` (--db): rates come from records alone",
            "没有含流失阶段（lost）的生命周期实例（--db）：比率只取自客户记录",
        )
    for one in lifecycles:
        made, drawn = _of_cases(one, p, look)
        tables += made
        charts += drawn
    known_after = p.parameter("won_back_after", _WON_BACK_AFTER)
    said = _definition(_after(p), known_after)
    return Report("rates", TITLE, said, tuple(tables), tuple(charts), tuple(look.missing))


# ---- from orders, or from last orders


def _after(p: Portfolio) -> int:
    return p.assumptions.get("lost_after", ASSUMPTIONS["lost_after"]).value


def _of_records(p: Portfolio, look: Lookup) -> tuple[list[Table], list[Chart]]:
    after = _after(p)
    if after < 1:
        look.say("lost_after is 0: nobody is ever active", "lost_after 为 0：没有客户会被视为活跃")
        return [], []
    orders, last = look.find("order_list", quiet=True), look.find("last_order", quiet=True)
    since = look.find("since", quiet=True)
    if orders is not None:
        found = by_orders(p, look, orders, last, since, after, p.parameter("won_back_after", _WON_BACK_AFTER))
        if found is not None:
            source = Text(f"from orders ({orders.name})", f"取自订单明细（{orders.name}）")
            return _told(p, look, found, source, "months")
    if last is not None and since is not None:
        found = by_last_order(p, look, last, since, after)
        source = Text(f"from last orders ({last.name})", f"取自最近下单日（{last.name}）")
        return _told(p, look, found, source, "months")
    look.say(
        "neither orders nor last orders with the beginning of the business are there: no rates by month",
        "既无订单明细，也无最近下单日与合作起始日：无法按月计算",
    )
    return [], []


def _told(
    p: Portfolio, look: Lookup, found: Sequence[Month], source: Text, name: str
) -> tuple[list[Table], list[Chart]]:
    if not found:
        return [], []
    tables, charts = rate_tables(found, name, source)
    reasons = _reasons_of(p, look, found)
    if any(m.left for m in found):
        made, chart = reason_table(found, reasons, name.replace("months", "reasons"), source)
        tables.append(made)
        charts.append(chart)
    return tables, charts


def _reasons_of(p: Portfolio, look: Lookup, found: Sequence[Month]) -> dict[object, Label]:
    """Return the reason on file of everybody who left."""
    known: dict[object, Label] = {}
    for role in ("decline_reason", "loss_reason"):  # what is said of the loss counts before the decline
        series = look.find(role)
        if series is None:
            continue
        for m in found:
            for i in m.left:
                value = series.values[i] if isinstance(i, int) else None
                if value is not None:
                    known[i] = label_of(look, series, value)
    lost = sum(len(m.left) for m in found)
    none = sum(i not in known for m in found for i in m.left)
    if none:
        look.say(
            f"{none:,} of {lost:,} losses have no reason on file",
            f"{lost:,} 次流失中有 {none:,} 次未填原因",
        )
    return known


# ---- from cases


def _of_cases(one: CaseFile, p: Portfolio, look: Lookup) -> tuple[list[Table], list[Chart]]:
    found, reasons = months_of_cases(one, p.day, _on_file(one, p, look))
    if not found:
        look.say(
            f"{one.workflow}: no whole month of cases before {p.as_of}: no rates of it",
            f"{one.workflow}：{p.as_of} 之前没有完整月份的实例，无法计算",
        )
        return [], []
    name = one.label.zh or one.label.en
    source = Text(f"from cases of {one.label.en}", f"取自“{name}”实例")
    tables, charts = rate_tables(found, f"{one.workflow}_months", source)
    if any(m.left for m in found):
        made, chart = reason_table(found, reasons, f"{one.workflow}_reasons", source)
        tables.append(made)
        charts.append(chart)
    return tables, charts


def _on_file(one: CaseFile, p: Portfolio, look: Lookup) -> dict[str, Label]:
    """Return why cases were lost: as the case says, else as the record of its customer does."""
    found: dict[str, Label] = {}
    series = look.find("loss_reason", quiet=True)
    if series is not None:
        for name, value in zip(p.ids, series.values, strict=True):
            if value is not None:
                found[name] = label_of(look, series, value)
    decl = p.program.enums.get("loss_reason")
    words = dict(zip(decl.ty.members, decl.labels, strict=True)) if decl is not None else {}
    return {
        **found,
        **{case: Label(code, words.get(code) or Text(code)) for case, code in one.reasons.items()},
    }
