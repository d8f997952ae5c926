"""What reports look for, and by which names: first those of the shipped policies, then plain ones.

Assumes: types of the core. Leaves: a table; `--use ROLE=NAME` puts another name in place of these.
"""

from __future__ import annotations

from collections.abc import Mapping

from kamflow.base.frozen import frozen
from kamflow.base.text import Text
from kamflow.core.ty import BoolTy, EnumTy, ListTy, ScaledTy, TextTy, Ty, UnitKind, strip_opt

MONEY, PERCENT, NUMBER, DATE = UnitKind.MONEY, UnitKind.PERCENT, UnitKind.NUMBER, UnitKind.DATE


@frozen
class Role:
    """``kinds``: units of amounts that fit, or the sorts of type below."""

    label: Text
    names: tuple[str, ...]
    kinds: tuple[UnitKind | type, ...]

    def fits(self, ty: Ty) -> bool:
        plain = strip_opt(ty)
        if isinstance(plain, ScaledTy):
            return plain.unit.kind in self.kinds
        return any(isinstance(k, type) and isinstance(plain, k) for k in self.kinds)


def _role(en: str, zh: str, names: str, *kinds: UnitKind | type) -> Role:
    return Role(Text(en, zh), tuple(names.split()), kinds)


ROLES: Mapping[str, Role] = {
    # what a customer is worth
    "value": _role("Profit", "利润", "profit_12m profit net_revenue revenue_12m revenue 利润", MONEY),
    "revenue": _role("Revenue", "销售额", "revenue_12m revenue net_revenue 销售额", MONEY),
    "class": _role("ABC class", "ABC 类", "abc_class abc", EnumTy),
    "tier": _role("Tier", "客户等级", "tier net_tier gross_tier 客户等级 等级", EnumTy),
    "tier_before": _role("Tier until today", "此前等级", "current_tier gross_tier", EnumTy),
    "tier_after": _role("Tier from today", "调整后等级", "next_tier net_tier", EnumTy),
    "review_result": _role("Result of the review", "评审结果", "review_result", EnumTy),
    "segment": _role("RFM segment", "RFM 客群", "segment 客群", EnumTy),
    "recency": _role("Recency score", "近度评分", "recency_score recency_fifth", NUMBER),
    "frequency": _role("Frequency score", "频度评分", "frequency_score frequency_fifth", NUMBER),
    "money": _role("Money score", "额度评分", "money_score money_fifth", NUMBER),
    # what else it buys
    "wallet": _role("Share of wallet", "钱包份额", "share_of_wallet 钱包份额", PERCENT),
    "power": _role("What it buys from anybody", "年采购总额", "purchasing_power", MONEY),
    # how it thinks of us
    "gap": _role("Satisfaction (received less expected)", "满意度（感知减期望）", "overall_gap", NUMBER),
    "satisfaction": _role("Satisfaction", "满意度", "satisfaction", EnumTy),
    "loyalty": _role("Loyalty", "忠诚类型", "loyalty_class", EnumTy),
    "surveys": _role("Surveys", "满意度调查明细", "surveys 满意度调查明细", ListTy),
    "weakest": _role("Weakest dimension", "最弱维度", "weakest_dimension", EnumTy),
    # who may leave
    "movement": _role("Kept, lost or won back", "客户变动", "movement", EnumTy),
    "order_list": _role("Orders one by one", "订单明细", "orders lines 订单明细", ListTy),
    "last_order": _role("Last order", "最近下单日", "last_order_on last_purchase 最近下单日", DATE),
    "since": _role("Customer since", "合作起始日", "customer_since first_purchase 合作起始日", DATE),
    "revenue_before": _role("Revenue, the 12 months before", "上一个12个月销售额", "revenue_prev_12m", MONEY),
    "risk": _role("Risk of losing the customer", "流失风险", "risk_level churn_risk", EnumTy),
    "play": _role("Play", "挽留方案", "play", EnumTy),
    "decline_reason": _role("Reason for decline", "衰退原因", "decline_reason", EnumTy, TextTy),
    "loss_reason": _role("Reason for loss", "流失原因", "loss_reason", EnumTy, TextTy),
    "actions": _role("Dated actions", "有期限的行动", "actions 行动清单", ListTy),
    "reminders": _role("Reminders", "提醒清单", "reminders 提醒清单", ListTy),
    "tools": _role("Toolbox", "挽留工具箱", "toolbox", ListTy),
    "exit_steps": _role("Parting on good terms", "友好退出清单", "parting", ListTy),
    "review_date": _role("Next credit review", "下次信用评估日", "credit_review_on", DATE),
    # prices
    "asked": _role("Discount asked for", "申请折扣", "discount_asked", PERCENT),
    "allowed": _role("Discount by policy", "政策折扣", "list_discount", PERCENT),
    "list_price": _role("List price", "目录价", "list_price", MONEY),
    "quantity": _role("Units an order", "每单数量", "order_quantity", NUMBER),
    "orders": _role("Orders a year", "年订单数", "orders_12m", NUMBER),
    "approval": _role("Who approves", "审批人", "approval", EnumTy),
    "cost_down_asked": _role("Cost-down asked for", "要求降价幅度", "cost_down_asked", PERCENT),
    "cost_down_given": _role("Cost-down given", "同意降价幅度", "cost_down_given", PERCENT),
    "cost_down_answer": _role("Answer to a cost-down", "降价答复", "cost_down_answer", EnumTy),
    # credit
    "credit_risk": _role("Credit risk", "信用风险", "credit_risk", EnumTy),
    "limit": _role("Credit limit", "信用额度", "credit_limit", MONEY),
    "owed": _role("Owed to us", "应收账款", "receivables", MONEY),
    "left": _role("Credit still open", "剩余信用额度", "credit_left", MONEY),
    "overdue": _role("Days overdue", "逾期天数", "overdue_days", UnitKind.DAYS),
    # service, and where it stands
    "complaints": _role("Complaints", "投诉明细", "complaints 投诉明细", ListTy),
    "qualified": _role("Qualified", "合格潜在客户", "qualified", BoolTy),
    "legal_status": _role("Legal status", "法律状态", "legal_status", EnumTy),
    "all_orders": _role("Orders", "订单数", "orders_12m orders", NUMBER),
}


def names_for(roles: tuple[str, ...], given: Mapping[str, str]) -> tuple[str, ...]:
    """Return all names that roles may have, each once."""
    found: list[str] = []
    for role in roles:
        found += (given[role],) if role in given else ROLES[role].names
    return tuple(dict.fromkeys(found))
