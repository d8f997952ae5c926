"""Tables of the quarter for a terminal, in English or Chinese, each with the command that shows more.

Assumes: a ``Quarter``. Leaves: text on standard output. Names of companies and people are Chinese, as they
would be.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text as Styled

from examples.practice.history import LAST, LIFECYCLE
from examples.practice.quarter import Quarter, at_risk, requests, stages_then_and_now, tier_moves
from examples.practice.state import CUSTOMERS, DATABASE
from kamflow import Lang, Text

_HERE = "build/practice"
_FILE, _DB = f"{_HERE}/{CUSTOMERS.name}", f"{_HERE}/{DATABASE.name}"
_ON = f"--as-of {LAST}"
_TIERS, _FEW = "SABC", 8


class Show:
    """Prints blocks in one language."""

    def __init__(self, lang: Lang, console: Console) -> None:
        self.lang, self.console = lang, console

    def t(self, en: str, zh: str) -> str:
        return Text(en, zh).in_(self.lang)

    def words(self, text: Text) -> str:
        return text.in_(self.lang)

    def money(self, amount: Decimal) -> str:
        """Write an amount in millions, or in 万元."""
        if self.lang is Lang.ZH:
            return f"{amount / 10_000:,.1f}"
        return f"{amount / 1_000_000:,.2f}"

    def head(self, title: str) -> None:
        self.console.print()
        self.console.rule(Styled(title, style="bold"), align="left", characters="─")

    def say(self, text: str) -> None:
        self.console.print(Styled(text))

    def commands(self, *lines: str) -> None:
        """Print commands as they can be typed: never folded."""
        for line in lines:
            self.console.print(Styled(f"$ {line}", style="cyan"), soft_wrap=True)

    def table(
        self, columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[str]], more: int = 0
    ) -> None:
        """Print rows; a column is (title, how): ``r`` right, ``w`` may be folded."""
        made = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        for title, how in columns:
            made.add_column(
                title, justify="right" if "r" in how else "left", no_wrap="w" not in how, overflow="fold"
            )
        for row in rows:
            made.add_row(*(Styled(cell) for cell in row))
        self.console.print(made)
        if more > 0:
            self.say(self.t(f"… and {more} more", f"…另有 {more} 条"))

    # ---- the blocks

    def tiers(self, q: Quarter) -> None:
        self.head(self.t("1. Who is valuable: tiers", "1. 谁是大客户：客户等级"))
        unit = self.t("m CNY", "万元")
        total = sum((q.amount(c, "profit_12m") for c in q.decisions), Decimal(0))
        rows = []
        for tier in _TIERS:
            mine = [c for c, d in q.decisions.items() if d["tier"] == tier]
            profit = sum((q.amount(c, "profit_12m") for c in mine), Decimal(0))
            revenue = sum((q.amount(c, "revenue_12m") for c in mine), Decimal(0))
            rows.append([self.words(q.label("tier", tier)), str(len(mine)), self.money(revenue),
                         self.money(profit), f"{profit / total:.1%}"])  # fmt: skip
        self.table([
            (self.t("Tier", "等级"), ""), (self.t("Customers", "客户数"), "r"),
            (self.t("Revenue", "销售额") + f" ({unit})", "r"), (self.t("Profit", "利润") + f" ({unit})", "r"),
            (self.t("Share of profit", "利润占比"), "r"),
        ], rows)  # fmt: skip
        self._abc(q, total)
        self.say(self.t("The largest by profit, and why they are in their tier:", "利润最高的客户及定级原因："))
        top = q.by("profit_12m")[:_FEW]
        self.table([
            (self.t("No.", "编号"), ""), (self.t("Customer", "客户"), ""), (self.t("Tier", "等级"), ""),
            (self.t("Score", "评分"), "r"), (self.t("Profit", "利润"), "r"), (self.t("Because", "原因"), "w"),
        ], [
            [c, _short(q.name(c)), str(q.decisions[c]["tier"]), str(q.decisions[c]["value_score"]),
             self.money(q.amount(c, "profit_12m")), self.words(q.because(c, "tier"))]
            for c in top
        ])  # fmt: skip
        moves = tier_moves(q)
        up = sum(_rank(q, c, "next_tier") > _TIERS[::-1].index(str(q.records[c]["current_tier"])) for c in moves)
        self.say(self.t(
            f"This quarter's review moves {len(moves)}: {up} up, {len(moves) - up} down.",
            f"本季度评审共调整 {len(moves)} 家：升级 {up} 家，降级 {len(moves) - up} 家。",
        ))  # fmt: skip
        self.table([
            (self.t("No.", "编号"), ""), (self.t("Customer", "客户"), ""), (self.t("Move", "调整"), ""),
            (self.t("Review", "评审结果"), ""), (self.t("Because", "原因"), "w"),
        ], [
            [c, _short(q.name(c)), f"{q.records[c]['current_tier']} → {q.decisions[c]['next_tier']}",
             self.words(q.label("review_result", q.decisions[c]["review_result"])), self._why_moved(q, c)]
            for c in moves[:_FEW]
        ], len(moves) - _FEW)  # fmt: skip
        self.commands(
            f"kamflow eval {_FILE} --portfolio {_FILE} {_ON} --only tier,abc_class,next_tier",
            f"kamflow why {_FILE} --id {top[0]} {_ON}",
            f"kamflow why {_FILE} --id {moves[0] if moves else top[-1]} {_ON} --not tier=S",
        )

    def _abc(self, q: Quarter, total: Decimal) -> None:
        earners = [c for c in q.decisions if q.amount(c, "profit_12m") > 0]
        parts = []
        for abc in "ABC":
            mine = [c for c in earners if q.decisions[c]["abc_class"] == abc]
            profit = sum((q.amount(c, "profit_12m") for c in mine), Decimal(0))
            share, of = f"{profit / total:.0%}", f"{len(mine) / len(earners):.0%}"
            parts.append(self.t(f"{abc}: {of} of customers bring {share}", f"{abc}类：{of} 的客户贡献 {share}"))
        self.say(self.t("By profit (ABC) ", "按利润（ABC）") + self.t(", ", "，").join(parts))

    def _why_moved(self, q: Quarter, customer: str) -> str:
        if q.decisions[customer]["review_result"] == "at_once":
            return self.words(q.because(customer, "tier"))
        return self.words(q.because(customer, "next_tier"))

    def prices(self, q: Quarter) -> None:
        self.head(self.t("2. Prices: what is asked of us, and who decides", "2. 价格：客户诉求与审批"))
        asked = requests(q)
        rows = [row for c in asked for row in self._requests_of(q, c)]
        self.table([
            (self.t("No.", "编号"), ""), (self.t("Customer", "客户"), ""), (self.t("Tier", "等级"), ""),
            (self.t("Asked", "诉求"), ""), (self.t("Policy", "政策"), "r"), (self.t("Net price", "净价"), "r"),
            (self.t("Answer", "处理"), "w"),
        ], rows[:12], len(rows) - 12)  # fmt: skip
        self.commands(
            f"kamflow eval {_FILE} {_ON} --only net_price,approval,cost_down_answer",
            f"kamflow report concessions {_FILE} {_ON} -o {_HERE}/prices",
        )

    def _requests_of(self, q: Quarter, c: str) -> list[list[str]]:
        d, record, rows = q.decisions[c], q.records[c], []
        start = [c, _short(q.name(c)), str(d["tier"])]
        if record.get("discount_asked"):
            role = str(d["approval"])
            answer = self.words(q.label("approver", role))
            if role != "nobody":
                answer += f" {q.person(c, role)}"
            rows.append([
                *start, self.t(f"{record['discount_asked']}% off", f"折扣 {record['discount_asked']}%"),
                _percent(d["list_discount"]), f"{d['net_price']:,}", self._with_reason(answer, q.because(c, "approval")),
            ])  # fmt: skip
        if record.get("cost_down_asked"):
            answer = self.words(q.label("answer", d["cost_down_answer"]))
            rows.append([
                *start, self.t(f"{record['cost_down_asked']}% down", f"降价 {record['cost_down_asked']}%"),
                _percent(d["cost_down_given"]), f"{d['offer_price']:,}",
                self._with_reason(answer, q.because(c, "cost_down_answer")),
            ])  # fmt: skip
        return rows

    def _with_reason(self, answer: str, because: Text) -> str:
        return f"{answer}{self.t(': ', '：')}{self.words(because)}"

    def risk(self, q: Quarter) -> None:
        self.head(self.t("3. Who is at risk, and what to do", "3. 谁有流失风险，怎么办"))
        found = at_risk(q)
        rows = []
        for one in found[:10]:
            d = q.decisions[one.customer]
            reason = q.records[one.customer].get("decline_reason")
            why = self.t(", ", "、").join(map(self.words, one.signals))
            if reason:
                why = f"{self.words(q.label('reason', reason))}{self.t(': ', '：')}{why}"
            rows.append([
                one.customer, _short(q.name(one.customer)), str(d["tier"]),
                self.words(q.label("risk_level", d["risk_level"])), why, self.words(q.label("play", d["play"])),
                f"{q.person(one.customer, one.owner)} {one.due.isoformat()[5:]}",
            ])  # fmt: skip
        lost = sum((q.amount(x.customer, "revenue_prev_12m") for x in found), Decimal(0))
        self.say(self.t(
            f"{len(found)} customers of tier B and better have a warning or an alarm; they bought for"
            f" {self.money(lost)} m CNY the year before.",
            f"B级及以上有 {len(found)} 家出现预警或警报，上一年采购合计 {self.money(lost)} 万元。",
        ))  # fmt: skip
        self.table([
            (self.t("No.", "编号"), ""), (self.t("Customer", "客户"), ""), (self.t("Tier", "等级"), ""),
            (self.t("Risk", "风险"), ""), (self.t("Why", "原因与信号"), "w"), (self.t("Play", "方案"), "w"),
            (self.t("Who, by when", "负责人与期限"), ""),
        ], rows, len(found) - 10)  # fmt: skip
        first = found[0].customer if found else "C001"
        self.commands(
            f"kamflow eval {_FILE} {_ON} --only risk_level,play,play_owner,respond_in,actions",
            f"kamflow why {_FILE} --id {first} {_ON}",
            f"kamflow report churn,actions,losses {_FILE} {_ON} -o {_HERE}/risk",
        )

    def stages(self, q: Quarter) -> None:
        self.head(self.t("4. Stages moved this quarter", "4. 本季度阶段变动"))
        labels = {s.id: self.words(s.label) for s in q.cases[LIFECYCLE].states}
        counts = stages_then_and_now(q)
        self.table([
            (self.t("Stage", "阶段"), ""), (self.t("end of March", "3月末"), "r"), (self.t("now", "现在"), "r"),
        ], [[labels[stage], str(then), str(now)] for stage, (then, now) in counts.items()])  # fmt: skip
        self.say("")
        groups: dict[tuple[str, str, str], list[str]] = {}
        for move in q.moves:
            groups.setdefault((move.source, move.target, self.words(move.reason)), []).append(move.customer)
        order = list(labels)
        keys = sorted(groups, key=lambda k: (-order.index(k[1]), order.index(k[0])))
        self.table([
            (self.t("From → to", "由 → 至"), "w"), (self.t("Number", "数量"), "r"), (self.t("Reason", "原因"), "w"),
            (self.t("Customers", "客户"), "w"),
        ], [
            [f"{labels[k[0]]} → {labels[k[1]]}", str(len(groups[k])), k[2], self._some(q, groups[k])] for k in keys
        ])  # fmt: skip
        for move in q.waiting:
            if move.target in labels:
                who = q.person(move.customer, move.waits)
                self.say(self.t(
                    f"Waits for {who}: {move.customer} {_short(q.name(move.customer))} → {labels[move.target]}"
                    f" ({self.words(move.reason)})",
                    f"等待 {who} 审批：{move.customer} {_short(q.name(move.customer))} → {labels[move.target]}"
                    f"（{self.words(move.reason)}）",
                ))  # fmt: skip
        example = groups[keys[0]][0] if keys else "C001"
        self.commands(
            f"kamflow flow history {LIFECYCLE} {example} --db {_DB} --format text -v",
            f"kamflow flow approve --db {_DB} --format text",
            f"kamflow report stages,funnel --db {_DB} {_ON} -o {_HERE}/stages",
        )

    def _some(self, q: Quarter, customers: Sequence[str]) -> str:
        largest = sorted(customers, key=lambda c: -q.amount(c, "revenue_prev_12m"))
        shown = self.t(", ", "、").join(f"{c} {_short(q.name(c))}" for c in largest[:2])
        return shown + (self.t(" …", "等") if len(customers) > 2 else "")

    def complaints(self, q: Quarter) -> None:
        self.head(self.t("5. Complaints that are late", "5. 超时的投诉"))
        for one in q.late:
            who = f"{q.person(one.customer, one.owner)}" + (self.t(f", due {one.due}", f"，期限 {one.due}") if one.due else "")
            self.say(self.t(
                f"{one.id}  {_short(q.name(one.customer))}, {self.words(q.label('severity', one.severity)).lower()};"
                f" now: {self.words(one.step)}; with {who}",
                f"{one.id}  {_short(q.name(one.customer))}，{self.words(q.label('severity', one.severity))}；"
                f"当前：{self.words(one.step)}；由 {who} 跟进",
            ))  # fmt: skip
            missed = self.t(" · ", " · ").join(f"{self.words(label)} {when}" for label, when in one.missed)
            self.console.print(Padding(Styled(self.t(f"missed: {missed}", f"超时：{missed}")), (0, 0, 0, 4)))
        case = q.late[0].id if q.late else "K2606"
        self.commands(
            f"kamflow flow status complaint {case} --db {_DB} --format text",
            f"kamflow flow history complaint {case} --db {_DB} --format text",
            f"kamflow report complaints,deadlines {_FILE} --db {_DB} {_ON} -o {_HERE}/complaints",
        )


def _percent(value: object) -> str:
    return f"{Decimal(str(value)).normalize():f}%"


def _short(name: str) -> str:
    """Return a company without its legal form, as people say it."""
    return name.removesuffix("有限公司")


def _rank(q: Quarter, customer: str, output: str) -> int:
    return _TIERS[::-1].index(str(q.decisions[customer][output]))
