"""The words of an impact, for a terminal and a page: shares, changes with their sign, directions."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from kamflow.base.text import NO_TEXT, Text
from kamflow.core.program import Better
from kamflow.core.ty import NUMBER, ScaledTy, UnitKind
from kamflow.core.wording import say_amount
from kamflow.impact.errors import percent
from kamflow.impact.model import Impact, MeasureImpact, OutputImpact, Spread

BEFORE, AFTER = Text("before", "变动前"), Text("after", "变动后")
MOVED_MONEY = Text("difference", "差额")
FOR_US = Text("for us", "对我方")
RECORDS = Text("records", "记录数")
MOVE = Text("move", "变动")
SHARE = Text("share", "占比")
UP, DOWN = Text("up", "上升"), Text("down", "下降")
CHANGE = Text("change", "变化")
UNCHANGED = Text("unchanged", "不变")


NO_MEASURE = Text(
    "what it costs is not known: no measure of it is declared, or asked for with --only",
    "无法得知代价：策略没有声明相应的度量，或 --only 未列出",
)


def signed(value: int, ty: ScaledTy) -> Text:
    """Say a difference with its sign; that of two dates is days, that of percentages points."""
    match ty.unit.kind:
        case UnitKind.DATE:
            said = Text(f"{abs(value):,} day" + "s" * (abs(value) != 1), f"{abs(value):,} 天")
        case UnitKind.PERCENT:
            points = say_amount(abs(value), replace(ty, unit=NUMBER))
            said = Text(f"{points.en} points", f"{points.en} 个百分点")
        case _:
            said = say_amount(abs(value), ty)
    sign = "+" if value > 0 else "−" if value < 0 else "±"
    return Text(sign + said.en, sign + (said.zh or said.en))


def share(part: int, whole: int) -> str:
    return percent(part, whole)


def moved_of(moved: int, records: int) -> Text:
    """Say how many move: ``2 of 100 move (2.0%)``."""
    if not moved:
        return Text(f"none of {records:,} moves", f"{records:,} 条中无一变动")
    verb = "moves" if moved == 1 else "move"
    return Text(
        f"{moved:,} of {records:,} {verb} ({percent(moved, records)})",
        f"{records:,} 条中 {moved:,} 条变动（{percent(moved, records)}）",
    )


def directions(output: OutputImpact) -> Text:
    """Say how many go up and down; empty where there is no order."""
    if output.up is None or output.down is None or not (output.up or output.down):
        return NO_TEXT
    parts = [f"{output.up:,} up"] * bool(output.up) + [f"{output.down:,} down"] * bool(output.down)
    zh = [f"{output.up:,} 条上升"] * bool(output.up) + [f"{output.down:,} 条下降"] * bool(output.down)
    return Text(", ".join(parts), "，".join(zh))


def for_us(measure: MeasureImpact) -> Text:
    """Say whether the whole is better or worse for us; empty where the measure says nothing of it."""
    if measure.better is None or not measure.total.moved:
        return NO_TEXT
    return Text("worse", "变差") if measure.is_worse else Text("better", "变好")


def winners(measure: MeasureImpact) -> Text:
    """Say for how many records it gets better and worse for us, or rises and falls."""
    up, down = measure.spread.up, measure.spread.down
    match measure.better:
        case None:
            return Text(f"{up:,} up, {down:,} down", f"{up:,} 条上升，{down:,} 条下降")
        case Better.HIGHER:
            better, worse = up, down
        case Better.LOWER:
            better, worse = down, up
        case _:
            assert_never(measure.better)
    return Text(f"{better:,} better, {worse:,} worse", f"{better:,} 条变好，{worse:,} 条变差")


def spread_words(spread: Spread) -> Text:
    """Say how large the changes are: the smallest, the middle one, the largest; who appears and vanishes."""
    en: list[str] = []
    zh: list[str] = []
    if spread.up or spread.down:
        least, middle, most = (signed(v, spread.ty) for v in (spread.least, spread.median, spread.most))
        if spread.least == spread.most:
            en.append(least.en if spread.up + spread.down == 1 else f"{least.en} each")
            zh.append(least.zh if spread.up + spread.down == 1 else f"各 {least.zh}")
        else:
            en.append(f"{least.en} to {most.en}, middle {middle.en}")
            zh.append(f"{least.zh} 至 {most.zh}，中位 {middle.zh}")
    if spread.appeared:
        en.append(f"{spread.appeared:,} had no value")
        zh.append(f"{spread.appeared:,} 条原无取值")
    if spread.vanished:
        en.append(f"{spread.vanished:,} lose their value")
        zh.append(f"{spread.vanished:,} 条不再有取值")
    return Text("; ".join(en), "；".join(zh))


def rejection_words(impact: Impact) -> list[Text]:
    """Say how many records only one version decides, or none."""
    out: list[Text] = []
    if impact.newly_rejected:
        n = impact.newly_rejected
        out.append(Text(f"{n:,} decided before, rejected now", f"{n:,} 条原可决策，现被拒"))
    if impact.newly_decided:
        n = impact.newly_decided
        out.append(Text(f"{n:,} rejected before, decided now", f"{n:,} 条原被拒，现可决策"))
    if impact.neither:
        n = impact.neither
        out.append(
            Text(
                f"{n:,} rejected by both (`kamflow eval` says why)",
                f"{n:,} 条两个版本都拒绝（原因可用 kamflow eval 查看）",
            )
        )
    return out
