"""The journal of a case in sentences: what happened, why, and why other things did not.

Assumes: entries of one case and the definitions it lived on. Leaves: a line for each entry, and a line
for each candidate that was judged, in both languages. Nothing is worked out anew: all that is told stands
in the journal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import assert_never

from kamflow.base.frozen import frozen
from kamflow.base.text import Lang, Text
from kamflow.values.codec import Json
from kamflow.workflow.instance import Block, Entry, Happened, Instant, Judged, Truth
from kamflow.workflow.instants import moment_of
from kamflow.workflow.model import Transition, Workflow


@frozen
class Told:
    """One entry. ``when``: local time of the workflow's calendar; ``candidates``: what was judged, in
    order."""

    seq: int
    when: str
    sentence: Text
    candidates: tuple[Text, ...] = ()


def tell(entry: Entry, workflow: Workflow, tz: str) -> Told:
    """Tell one entry."""
    edges = {t.id.text: t for s in workflow.states for t in (*s.transitions, *s.internal)}
    edges |= {t.id.text: t for t in workflow.global_transitions}
    told = _Told(workflow, edges, tz)
    return Told(entry.seq, told.at(entry.at), told.sentence(entry), tuple(told.candidates(entry)))


class _Told:
    def __init__(self, workflow: Workflow, edges: Mapping[str, Transition], tz: str) -> None:
        self.workflow, self.edges, self.tz = workflow, edges, tz

    def at(self, instant: Instant) -> str:
        moment = moment_of(instant, self.tz)
        return moment.strftime("%Y-%m-%d %H:%M" if moment.hour or moment.minute else "%Y-%m-%d")

    def state(self, name: str) -> Text:
        found = self.workflow.state(name)
        return found.label if found is not None else Text(name, name)

    def sentence(self, e: Entry) -> Text:
        said, why = self._what(e), _detail(e, "why")
        en = ": ".join(x for x in (f"by {e.actor}" if e.actor else "", why) if x)
        zh = "：".join(x for x in (e.actor, why) if x)
        return Text(
            f"{said.en} ({en})." if en else f"{said.en}.", f"{said.zh}（{zh}）。" if zh else f"{said.zh}。"
        )

    def _what(self, e: Entry) -> Text:
        edge = self.edges.get(e.transition)
        source, target, reason = self.state(e.source), self.state(e.target), e.reason
        if not reason and edge is not None:  # what waits, or was decided, is told by the edge it is about
            reason = edge.reason.text
        if not e.target and edge is not None and edge.to is not None:
            target = self.state(edge.to.text)
        match e.happened:
            case Happened.STARTED:
                return Text(f"Started in “{target.en}”", f"进入“{target.zh}”，流程开始")
            case Happened.MOVED:
                return Text(
                    f"Moved from “{source.en}” to “{target.en}”: {reason.en}",
                    f"由“{source.zh}”转入“{target.zh}”：{reason.zh}",
                )
            case Happened.STAYED:
                return Text(f"Stayed in “{source.en}”", f"仍处于“{source.zh}”")
            case Happened.INTERNAL:
                if e.reason:
                    return Text(f"Noted: {reason.en}", f"已登记：{reason.zh}")
                return Text(f"Noted `{e.transition}`", f"已登记“{e.transition}”")
            case Happened.TIMER:
                if e.target and e.target != e.source:
                    return Text(
                        f"Time was up (`{_name(e)}`): from “{source.en}” to “{target.en}”: {reason.en}",
                        f"计时“{_name(e)}”到期：由“{source.zh}”转入“{target.zh}”：{reason.zh}",
                    )
                return Text(f"Time was up: `{_name(e)}`", f"计时“{_name(e)}”到期")
            case Happened.PARKED:
                role = _detail(e, "role")
                return Text(
                    f"Wants to go to “{target.en}” ({reason.en}); waits for {role}",
                    f"拟转入“{target.zh}”（{reason.zh}），等待 {role} 审批",
                )
            case Happened.APPROVED:
                return Text(f"Approved: {reason.en}", f"审批通过：{reason.zh}")
            case Happened.REJECTED:
                return Text(f"Rejected: {reason.en}", f"审批驳回：{reason.zh}")
            case Happened.TIMED_OUT:
                return Text(f"Nobody decided in time: {reason.en}", f"逾期未审批：{reason.zh}")
            case Happened.LAPSED:
                return Text(
                    f"No longer holds, nothing to approve any more: {reason.en}",
                    f"条件已不成立，审批撤销：{reason.zh}",
                )
            case Happened.OVERRIDDEN:
                return Text(
                    f"Set by hand from “{source.en}” to “{target.en}”",
                    f"人工由“{source.zh}”改为“{target.zh}”",
                )
            case Happened.RELEASED:
                return Text("Set free again: guards decide", "人工设定结束，恢复自动判断")
            case Happened.SUSPENDED:
                return Text("Suspended: waits for the customer", "暂停：等待客户")
            case Happened.RESUMED:
                return Text("Resumed", "恢复")
            case Happened.ESCALATED:
                level = _detail(e, "level")
                return Text(f"Escalated to level {level}", f"升级至第 {level} 级")
            case Happened.SLA_WARNED:
                sla = self._sla(_detail(e, "sla"))
                percent = _detail(e, "percent")
                return Text(f"{percent}% of the time for “{sla.en}” is used", f"“{sla.zh}”已用时 {percent}%")
            case Happened.SLA_BREACHED:
                sla = self._sla(_detail(e, "sla"))
                return Text(f"Deadline missed: “{sla.en}”", f"超过时限：“{sla.zh}”")
            case Happened.SLA_STOPPED:
                sla = self._sla(_detail(e, "sla"))
                verdict = _detail(e, "verdict")
                zh = {"met": "按时完成", "breached": "超时完成", "exempt": "免计"}.get(verdict, verdict)
                return Text(f"“{sla.en}”: {verdict}", f"“{sla.zh}”：{zh}")
            case Happened.REOPENED:
                return Text(f"Reopened in “{target.en}”", f"重新打开，进入“{target.zh}”")
            case Happened.MIGRATED:
                return Text(
                    f"Moved to version {_detail(e, 'version')} of the workflow, into “{target.en}”",
                    f"迁移到流程第 {_detail(e, 'version')} 版，进入“{target.zh}”",
                )
            case Happened.INCIDENT:
                return _INCIDENTS.get(e.code, Text(f"Incident: {e.code}", f"异常：{e.code}"))
            case other:
                assert_never(other)

    def _sla(self, name: str) -> Text:
        found = next((s for s in self.workflow.slas if s.id.text == name), None)
        return found.label if found is not None else Text(name, name)

    def candidates(self, e: Entry) -> Iterator[Text]:
        for j in e.judged:
            edge = self.edges.get(j.transition)
            to = self.state(edge.to.text) if edge is not None and edge.to is not None else Text("", "")
            goal = Text(f"`{j.transition}`", f"“{j.transition}”")
            if to:
                goal = Text(f"`{j.transition}` to “{to.en}”", f"“{j.transition}”（去“{to.zh}”）")
            said = self._verdict(j, taken=j.transition == e.transition)
            facts = _facts(j)
            yield Text(f"{goal.en}: {said.en}{facts.en}", f"{goal.zh}：{said.zh}{facts.zh}")

    def _verdict(self, j: Judged, *, taken: bool) -> Text:
        if taken and j.blocked is None and j.value is Truth.YES:
            return Text("taken", "已执行")
        match j.value:
            case Truth.NO:
                return Text("its condition does not hold", "条件不成立")
            case Truth.UNKNOWN:
                names, names_zh = ", ".join(j.missing), "、".join(j.missing)
                return Text(f"not known: {names} is missing", f"无法判断：缺少 {names_zh}")
            case Truth.YES:
                return self._blocked(j)
            case other:
                assert_never(other)

    def _blocked(self, j: Judged) -> Text:
        until = "" if j.until is None else self.at(j.until)
        match j.blocked:
            case None:
                return Text("its condition holds", "条件成立")
            case Block.DWELL:
                return Text(
                    f"holds, but the stage is too young until {until}",
                    f"条件成立，但阶段停留未满，须至 {until}",
                )
            case Block.HOLD:
                return Text(f"holds, and must go on to hold until {until}", f"条件成立，但须持续到 {until}")
            case Block.APPROVAL:
                return Text("holds; waits for approval", "条件成立，等待审批")
            case Block.OVERRIDE:
                return Text("holds, but the stage was set by hand", "条件成立，但阶段由人工设定")
            case Block.OUTRANKED:
                return Text("holds, but another one comes first", "条件成立，但有更优先的变动")
            case Block.AMBIGUOUS:
                return Text("holds, as does another of the same rank", "条件成立，但另有同等优先的变动也成立")
            case other:
                assert_never(other)


_INCIDENTS = {
    "ambiguous": Text(
        "Two moves of the same rank hold: nothing was moved, somebody must decide",
        "同等优先的两个变动同时成立：未作变动，需人工判断",
    ),
    "stale_facts": Text(
        "Facts have been missing for long: the case can't be judged", "数据长期缺失，无法判断"
    ),
    "livelock": Text("Moves went round in a circle: all of them were undone", "变动陷入循环：已全部撤销"),
}


def _detail(e: Entry, name: str) -> str:
    value: Json = e.detail.get(name)
    return "" if value is None else str(value)


def _name(e: Entry) -> str:
    return _detail(e, "timer") or e.cause


def _facts(j: Judged) -> Text:
    if not j.facts:
        return Text("", "")
    said = [f"{name} {_shown(value, Lang.EN)}" for name, value in j.facts.items()]
    said_zh = [f"{name} {_shown(value, Lang.ZH)}" for name, value in j.facts.items()]
    return Text(f" ({', '.join(said)})", f"（{'，'.join(said_zh)}）")


def _shown(value: Json, lang: Lang) -> str:
    if value is None:
        return "missing" if lang is Lang.EN else "缺失"
    if isinstance(value, bool):
        return {Lang.EN: ("no", "yes"), Lang.ZH: ("否", "是")}[lang][value]
    return str(value)
