"""The blocks of the demo: tiers, prices, risks, stages, complaints; each ends with commands that show more.

Assumes: a ``Quarter`` (for stages and complaints with its cases). Leaves: text on the console of ``Show``.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from examples.practice.history import LAST, LIFECYCLE
from examples.practice.quarter import Quarter, at_risk, requests, stages_then_and_now, tier_moves
from examples.practice.show import BECAUSE, CUSTOMER, NUMBER, TIER, Show, percent, short_name
from kamflow import Text

_TO = "build/practice"
_FILE, _DB = f"{_TO}/customers.json", f"{_TO}/cases.db"
_ON = f"--as-of {LAST}"
_TIERS = "SABC"


def tiers(show: Show, q: Quarter) -> None:
    show.head("1. Who is valuable: tiers", "1. 谁是大客户：客户等级")
    total = _sum(q, list(q.decisions), "profit_12m")
    rows = []
    for tier in _TIERS:
        mine = [c for c, d in q.decisions.items() if d["tier"] == tier]
        profit = _sum(q, mine, "profit_12m")
        revenue = show.money(_sum(q, mine, "revenue_12m"))
        label = show.words(q.label("tier", tier))
        rows.append([label, str(len(mine)), revenue, show.money(profit), f"{profit / total:.1%}"])
    show.table([
        TIER, (Text("Customers", "客户数"), "r"), (Text("Revenue (m CNY)", "销售额（万元）"), "r"),
        (Text("Profit (m CNY)", "利润（万元）"), "r"), (Text("Share of profit", "利润占比"), "r"),
    ], rows)  # fmt: skip
    show.say(_abc(show, q, total))
    show.say(show.t("The largest by profit, and why they are in their tier:", "利润最高的客户及定级原因："))
    top = q.by("profit_12m")[:8]
    show.table([
        NUMBER, CUSTOMER, TIER, (Text("Score", "评分"), "r"), (Text("Profit", "利润"), "r"), BECAUSE,
    ], [
        [*_start(q, c), str(q.decisions[c]["value_score"]), show.money(q.amount(c, "profit_12m")),
         show.words(q.because(c, "tier"))]
        for c in top
    ])  # fmt: skip
    moves = tier_moves(q)
    _moves(show, q, moves)
    show.commands(
        f"kamflow eval {_FILE} --portfolio {_FILE} {_ON} --only tier,abc_class,next_tier",
        f"kamflow why {_FILE} --id {top[0]} {_ON}",
        f"kamflow why {_FILE} --id {moves[0] if moves else top[-1]} {_ON} --not tier=S",
    )


def _abc(show: Show, q: Quarter, total: Decimal) -> str:
    earners = [c for c in q.decisions if q.amount(c, "profit_12m") > 0]
    parts = []
    for abc in "ABC":
        mine = [c for c in earners if q.decisions[c]["abc_class"] == abc]
        share = f"{_sum(q, mine, 'profit_12m') / total:.0%}"
        of = f"{len(mine) / len(earners):.0%}"
        parts.append(
            show.t(f"{abc}: {of} of the customers bring {share}", f"{abc}类 {of} 的客户贡献 {share}")
        )
    said = show.t(", ", "，").join(parts)
    return show.t(f"ABC by profit. {said}.", f"按利润做 ABC 分类：{said}。")


def _moves(show: Show, q: Quarter, moves: Sequence[str]) -> None:
    rank = _TIERS.index  # the best is 0
    up = sum(rank(str(q.decisions[c]["next_tier"])) < rank(str(q.records[c]["current_tier"])) for c in moves)
    down = len(moves) - up
    show.say(show.t(
        f"This quarter's review moves {len(moves)}: {up} up, {down} down.",
        f"本季度评审共调整 {len(moves)} 家：升级 {up} 家，降级 {down} 家。",
    ))  # fmt: skip
    rows = []
    for c in moves:
        at_once = q.decisions[c]["review_result"] == "at_once"  # by a rule: then that is the reason
        rows.append([
            *_start(q, c)[:2], f"{q.records[c]['current_tier']} → {q.decisions[c]['next_tier']}",
            show.words(q.label("review_result", q.decisions[c]["review_result"])),
            show.words(q.because(c, "tier" if at_once else "next_tier")),
        ])  # fmt: skip
    show.table([
        NUMBER, CUSTOMER, (Text("Move", "调整"), ""), (Text("Review", "评审结果"), ""), BECAUSE,
    ], rows, 8)  # fmt: skip


def prices(show: Show, q: Quarter) -> None:
    show.head("2. Prices: what is asked of us, and who decides", "2. 价格：客户诉求与审批")
    rows = [row for c in requests(q) for row in _requests_of(show, q, c)]
    show.table([
        NUMBER, CUSTOMER, TIER, (Text("Asked", "诉求"), ""), (Text("We give", "可给"), "r"),
        (Text("Price", "价格"), "r"), (Text("Answer", "处理"), "w"),
    ], rows, 12)  # fmt: skip
    show.commands(
        f"kamflow eval {_FILE} {_ON} --only net_price,approval,cost_down_answer,offer_price",
        f"kamflow report concessions {_FILE} {_ON} -o {_TO}/prices",
    )


def _requests_of(show: Show, q: Quarter, c: str) -> list[list[str]]:
    """A discount is decided by somebody, a cost-down by the policy."""
    d, rows = q.decisions[c], []
    discount, cost_down = q.records[c].get("discount_asked"), q.records[c].get("cost_down_asked")
    if discount:
        role = str(d["approval"])
        answer = show.words(q.label("approver", role))
        if role != "nobody":
            answer = show.t(f"{answer} {q.person(c, role)}", f"{answer}{q.person(c, role)}")
        asked = show.t(f"{discount}% off", f"折扣 {discount}%")
        said = _with_reason(show, answer, q.because(c, "approval"))
        rows.append([*_start(q, c), asked, percent(d["list_discount"]), f"{d['net_price']:,}", said])
    if cost_down:
        answer = show.words(q.label("answer", d["cost_down_answer"]))
        asked = show.t(f"{cost_down}% down", f"降价 {cost_down}%")
        said = _with_reason(show, answer, q.because(c, "cost_down_answer"))
        rows.append([*_start(q, c), asked, percent(d["cost_down_given"]), f"{d['offer_price']:,}", said])
    return rows


def _with_reason(show: Show, answer: str, because: Text) -> str:
    return f"{answer}{show.t(': ', '：')}{show.words(because)}"


def risk(show: Show, q: Quarter) -> None:
    show.head("3. Who is at risk, and what to do", "3. 谁有流失风险，怎么办")
    found = at_risk(q)
    lost = show.money(_sum(q, [x.customer for x in found], "revenue_prev_12m"))
    show.say(show.t(
        f"{len(found)} customers of tier B and better have a warning or an alarm;"
        f" they bought for {lost} m CNY the year before.",
        f"B级及以上有 {len(found)} 家出现预警或警报，上一年采购合计 {lost} 万元。",
    ))  # fmt: skip
    rows = []
    for one in found:
        d, reason = q.decisions[one.customer], q.records[one.customer].get("decline_reason")
        why = show.listed(one.signals)
        if reason:
            why = f"{show.words(q.label('reason', reason))}{show.t(': ', '：')}{why}"
        level, play = q.label("risk_level", d["risk_level"]), q.label("play", d["play"])
        rows.append([
            *_start(q, one.customer), show.words(level), why, show.words(play),
            f"{q.person(one.customer, one.owner)} {one.due:%m-%d}",
        ])  # fmt: skip
    show.table([
        NUMBER, CUSTOMER, TIER, (Text("Risk", "风险"), ""), (Text("Why", "原因与信号"), "w"),
        (Text("Play", "方案"), "w"), (Text("Who, by when", "负责人与期限"), ""),
    ], rows, 10)  # fmt: skip
    show.commands(
        f"kamflow eval {_FILE} {_ON} --only risk_level,play,play_owner,respond_in,actions",
        f"kamflow why {_FILE} --id {found[0].customer if found else 'C001'} {_ON}",
        f"kamflow report churn,actions,losses {_FILE} {_ON} -o {_TO}/risk",
    )


def stages(show: Show, q: Quarter) -> None:
    show.head("4. Stages moved this quarter", "4. 本季度阶段变动")
    labels = {s.id: show.words(s.label) for s in q.cases[LIFECYCLE].states}
    counts = stages_then_and_now(q)
    show.table([
        (Text("Stage", "阶段"), ""), (Text("end of March", "3月末"), "r"), (Text("now", "现在"), "r"),
    ], [[labels[stage], str(then), str(now)] for stage, (then, now) in counts.items()])  # fmt: skip
    show.say("")
    groups: dict[tuple[str, str, str], list[str]] = {}
    for move in q.moves:
        groups.setdefault((move.source, move.target, show.words(move.reason)), []).append(move.customer)
    order = list(labels)
    keys = sorted(groups, key=lambda k: (-order.index(k[1]), order.index(k[0])))
    show.table([
        (Text("From → to", "由 → 至"), "w"), (Text("Number", "数量"), "r"), (Text("Reason", "原因"), "w"),
        (Text("Customers", "客户"), "w"),
    ], [
        [f"{labels[k[0]]} → {labels[k[1]]}", str(len(groups[k])), k[2], _some(show, q, groups[k])]
        for k in keys
    ])  # fmt: skip
    for move in q.waiting:
        who, name = q.person(move.customer, move.waits), short_name(q.name(move.customer))
        to, reason = labels[move.target], show.words(move.reason)
        show.say(show.t(
            f"Waits for {who}: {move.customer} {name} → {to} ({reason})",
            f"等待{who}审批：{move.customer} {name} → {to}（{reason}）",
        ))  # fmt: skip
    example = groups[keys[0]][0] if keys else "C001"
    show.commands(
        f"kamflow flow history {LIFECYCLE} {example} --db {_DB} --format text -v",
        f"kamflow flow approve --db {_DB} --format text",
        f"kamflow report stages,funnel --db {_DB} {_ON} -o {_TO}/stages",
    )


def _some(show: Show, q: Quarter, customers: Sequence[str]) -> str:
    largest = sorted(customers, key=lambda c: -q.amount(c, "revenue_prev_12m"))[:2]
    names = show.t(", ", "、").join(f"{c} {short_name(q.name(c))}" for c in largest)
    return names + (show.t(" …", "等") if len(customers) > 2 else "")


def complaints(show: Show, q: Quarter) -> None:
    show.head("5. Complaints that are late", "5. 超时的投诉")
    for one in q.late:
        name, who = short_name(q.name(one.customer)), q.person(one.customer, one.owner)
        severity, step = show.words(q.label("severity", one.severity)), show.words(one.step)
        due = show.t(f"; next due {one.due}", f"；下一时限 {one.due}") if one.due else ""
        missed = " · ".join(f"{show.words(label)} {when}" for label, when in one.missed)
        show.say(show.t(
            f"{one.id}  {name}, {severity.lower()}: {step}; with {who}{due}",
            f"{one.id}  {name}，{severity}：{step}；跟进人 {who}{due}",
        ))  # fmt: skip
        show.say(show.t(f"missed: {missed}", f"超时：{missed}"), indent=4)
    case = q.late[0].id if q.late else "K2606"
    show.commands(
        f"kamflow flow status complaint {case} --db {_DB} --format text",
        f"kamflow flow history complaint {case} --db {_DB} --format text",
        f"kamflow report complaints,deadlines {_FILE} --db {_DB} {_ON} -o {_TO}/complaints",
    )


def whole_report(show: Show, q: Quarter) -> None:
    show.head("6. The whole report", "6. 完整报告")
    show.commands(f"kamflow report all {_FILE} --db {_DB} {_ON} -o {_TO}/report")


def _start(q: Quarter, customer: str) -> list[str]:
    return [customer, short_name(q.name(customer)), str(q.decisions[customer]["tier"])]


def _sum(q: Quarter, customers: Sequence[str], name: str) -> Decimal:
    return sum((q.amount(c, name) for c in customers), Decimal(0))
