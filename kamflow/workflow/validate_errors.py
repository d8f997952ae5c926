"""Findings about a workflow as a whole, and about what a new version owes the one before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from kamflow.base.diagnostic import Diagnostic, Label, Severity, define
from kamflow.base.span import Span
from kamflow.base.text import Text
from kamflow.workflow.model import Duration, Mark, Name, Sla
from kamflow.workflow.read_errors import listed, meant, renamed
from kamflow.workflow.spans_of_time import in_words

_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE

UNKNOWN = define("KF1020", "unknown-in-workflow", _E, since="0.3")
TWICE = define("KF1021", "id-given-twice", _E, since="0.3")
UNREACHABLE = define("KF1022", "unreachable-state", _E, since="0.3")
DEAD_END = define("KF1023", "dead-end", _E, since="0.3")
NO_WAY_OUT = define("KF1024", "no-way-to-an-end", _E, since="0.3")
FINAL_EXIT = define("KF1025", "final-state-with-exit", _E, since="0.3")
NEVER_CONSUMED = define("KF1026", "event-never-consumed", _E, since="0.3")
SLA_CANT_RUN = define("KF1027", "sla-cannot-run", _E, since="0.3")
OVER_PARENT = define("KF1028", "budget-above-its-parent", _E, since="0.3")
ROW_INCOMPLETE = define("KF1029", "budget-missing", _E, since="0.3")
HOLD_AND_REVIEWS = define("KF1030", "hold-between-reviews", _N, since="0.3")
DWELL_AND_TIMER = define("KF1031", "dwell-outlasts-timer", _W, since="0.3")
LADDER_FALLS = define("KF1032", "ladder-not-ascending", _E, since="0.3")
CALENDAR_ENDS = define("KF1033", "calendar-ends-too-early", Severity.NOTE, since="0.3")
VERSION_STAYS = define("KF1034", "version-not-raised", _E, since="0.3")
NOT_MIGRATED = define("KF1035", "state-without-counterpart", _E, since="0.3")
NO_CALENDAR = define("KF1036", "business-time-without-calendar", _W, since="0.3")
ENDLESS = define("KF1037", "moves-without-end", _E, since="0.3")
ANOTHER_KIND = define("KF1038", "another-kind-of-workflow", _E, since="0.3")


def unknown(span: Span, what: Text, name: str, near: str | None, known: Sequence[str]) -> Diagnostic:
    return UNKNOWN.at(
        span,
        Text(f"there is no {what.en} `{name}`", f"没有名为“{name}”的{what.zh}"),
        hint=meant(near, known),
        fix=renamed(span, near),
    )


def not_used(policy: Name, near: str | None) -> Diagnostic:
    name = policy.text
    add = Text(f"add `{name}` to `uses`", f"请把“{name}”加入“uses”")
    return UNKNOWN.at(
        policy.span,
        Text(f"the policy `{name}` is not in `uses`", f"策略“{name}”不在“uses”之中"),
        hint=meant(near, ()) or add,
        fix=renamed(policy.span, near),
    )


def play_not_started(span: Span, play: str, near: str | None, known: Sequence[str]) -> Diagnostic:
    return UNKNOWN.at(
        span,
        Text(f"nothing starts the play `{play}`", f"没有动作启动方案“{play}”"),
        hint=meant(near, known),
    )


def twice(span: Span, what: Text, name: str, first: Span) -> Diagnostic:
    return TWICE.at(
        span,
        Text(f"the {what.en} `{name}` is given twice", f"{what.zh}“{name}”重复出现"),
        Label(first, Text("the first", "首次出现")),
        why=Text("the journal could not tell them apart", "否则流程日志无法区分两者"),
    )


def unreachable(state: Name, behind: int) -> Diagnostic:
    more = Text(
        f", nor to the {behind} behind it" if behind else "",
        f"，其后的 {behind} 个状态也因此无法到达" if behind else "",
    )
    return UNREACHABLE.at(
        state.span,
        Text(
            f"nothing leads to the state `{state.text}`{more.en}",
            f"没有任何路径到达状态“{state.text}”{more.zh}",
        ),
        hint=Text("lead a transition to it, or leave it out", "请增加通向它的迁移，或删除该状态"),
    )


def dead_end(state: Name, closed: bool) -> Diagnostic:
    why = Text("a case that gets here stays open for ever", "案件进入该状态后将永远无法结束")
    hint = Text("add a transition or a timer, or say `final: true`", "请增加迁移或定时器，或写“final: true”")
    if closed:
        hint = Text(
            "`closed` may still be left; say `final: true`", "“closed”仍可离开；若不再离开请写“final: true”"
        )
    return DEAD_END.at(
        state.span,
        Text(f"nothing leads out of the state `{state.text}`", f"没有任何路径离开状态“{state.text}”"),
        why=why,
        hint=hint,
    )


def no_way_out(state: Name, circle: Sequence[str]) -> Diagnostic:
    names = listed(circle)
    return NO_WAY_OUT.at(
        state.span,
        Text(f"no way leads from {names.en} to a final state", f"从{names.zh}出发，没有路径到达终结状态"),
        why=Text("a case that gets here never ends", "案件进入这里后永远不会结束"),
        hint=Text("lead a transition or a timer out of the circle", "请增加一条离开该循环的迁移或定时器"),
    )


def no_final(workflow: Name) -> Diagnostic:
    return NO_WAY_OUT.at(
        workflow.span,
        Text(f"no state of `{workflow.text}` is final", f"流程“{workflow.text}”没有终结状态"),
        why=Text("its cases never end", "其案件永远不会结束"),
        hint=Text(
            "say `final: true` of the states in which a case has ended", "请在案件结束的状态中写“final: true”"
        ),
    )


def final_with_exit(span: Span, state: Name, exit_id: str) -> Diagnostic:
    return FINAL_EXIT.at(
        span,
        Text(
            f"`{exit_id}` belongs to the final state `{state.text}`, in which nothing happens any more",
            f"“{exit_id}”属于终结状态“{state.text}”，而终结后不会再发生任何事",
        ),
        Label(state.span, Text("final", "终结状态")),
        hint=Text("say `closed: true` of a state that may be left again", "若仍可离开，请改用“closed: true”"),
    )


def never_consumed(event: Name) -> Diagnostic:
    return NEVER_CONSUMED.at(
        event.span,
        Text(f"no transition waits for the event `{event.text}`", f"没有迁移等待事件“{event.text}”"),
        why=Text("whoever sends it would believe that it does something", "发送者会误以为它起了作用"),
        hint=Text("name it in a transition, or leave it out", "请在迁移中使用它，或删除该事件"),
    )


def never_starts(mark: Mark, sla: str) -> Diagnostic:
    return SLA_CANT_RUN.at(
        mark.state.span,
        Text(
            f"the SLA `{sla}` never starts: nobody leaves `{mark.state.text}`",
            f"时限“{sla}”永远不会开始：没有案件离开“{mark.state.text}”",
        ),
    )


def never_stops(sla: Name) -> Diagnostic:
    return SLA_CANT_RUN.at(
        sla.span,
        Text(
            f"the SLA `{sla.text}` never stops: after its start none of its stops can happen",
            f"时限“{sla.text}”永远不会停止：开始之后，所列停止点都不会发生",
        ),
        why=Text("it would be breached by every case", "每个案件都会因此超时"),
    )


def never_stops_there(mark: Mark, sla: str) -> Diagnostic:
    said = f"{mark.edge.value}({mark.state.text})"
    return SLA_CANT_RUN.at(
        mark.state.span,
        Text(
            f"the SLA `{sla}` can't stop at {said}: it does not happen after the start",
            f"时限“{sla}”不会在 {said} 停止：开始之后不会发生",
        ),
        hint=Text("leave it out, or name where the time ends", "请删除，或写明真正的停止点"),
    )


def over_parent(budget: Duration, sla: str, other: Duration, parent: str, row: str) -> Diagnostic:
    of = Text(f" of `{row}`" if row else "", f"“{row}”的" if row else "")
    return OVER_PARENT.at(
        budget.span,
        Text(
            f"the budget{of.en} for `{sla}`, {budget}, is longer than that for `{parent}`, {other}, "
            "which it is part of",
            f"{of.zh}时限“{sla}”为 {in_words(budget).zh}，长于它所在的时限“{parent}”（{in_words(other).zh}）",
        ),
        Label(other.span, Text(f"for `{parent}`", f"“{parent}”的时限")),
        why=Text("the whole would be late before its part is", "整体会先于其中的一部分超时"),
    )


def decided_over_parent(
    at: Span, sla: str, parent: str, place: Span, example: Sequence[tuple[str, Text]]
) -> Diagnostic:
    """A budget that policies decide. ``example``: names and values where the part is longer."""
    shown = Text(
        ", ".join(f"{name} {value.en}" for name, value in example),
        "，".join(f"{name} {value.zh or value.en}" for name, value in example),
    )
    return OVER_PARENT.at(
        at,
        Text(
            f"the budget for `{sla}` can be longer than that for `{parent}`, which it is part of: {shown.en}",
            f"时限“{sla}”可能长于它所在的时限“{parent}”：{shown.zh}",
        ),
        Label(place, Text(f"for `{parent}`", f"“{parent}”的时限")),
        why=Text("the whole would be late before its part is", "整体会先于其中的一部分超时"),
    )


def parents_in_circle(sla: Sla) -> Diagnostic:
    place = sla.parent.span if sla.parent is not None else sla.id.span
    return OVER_PARENT.at(
        place,
        Text(f"the SLA `{sla.id.text}` is a part of itself", f"时限“{sla.id.text}”成了自身的一部分"),
        hint=Text("name as `parent` the longer one only", "“parent”只写时间更长的那个时限"),
    )


def row_incomplete(row: Name, missing: Sequence[str]) -> Diagnostic:
    names = listed(missing)
    return ROW_INCOMPLETE.at(
        row.span,
        Text(f"the row `{row.text}` has no budget for {names.en}", f"“{row.text}”一行缺少{names.zh}的时限"),
        hint=Text("every row has the columns that another has", "各行的列应当一致"),
    )


def hold_between_reviews(hold: Duration, every: Duration, *, shorter: bool) -> Diagnostic:
    said = Text(
        f"a hold of {hold} ends between reviews, which come every {every}",
        f"持续期 {in_words(hold).zh} 在两次评审之间期满，而评审每 {in_words(every).zh} 一次",
    )
    if shorter:
        said = Text(
            f"a hold of {hold} is shorter than the time between reviews, {every}",
            f"持续期 {in_words(hold).zh} 短于评审间隔 {in_words(every).zh}",
        )
    return HOLD_AND_REVIEWS.at(
        hold.span,
        said,
        Label(every.span, Text("reviews", "评审间隔")),
        why=Text("in effect it lasts until the review after", "实际会延续到其后的那次评审"),
    )


def dwell_outlasts_timer(after: Duration, timer: Name, dwell: Duration) -> Diagnostic:
    return DWELL_AND_TIMER.at(
        after.span,
        Text(
            f"the timer `{timer.text}` leads out after {after}, though nobody may leave before {dwell}",
            f"定时器“{timer.text}”在 {in_words(after).zh} 后离开，而规定未满 {in_words(dwell).zh} 不得离开",
        ),
        Label(dwell.span, Text("the least time in the state", "最短停留期")),
    )


def ladder_falls(span: Span, level: int, before: int) -> Diagnostic:
    return LADDER_FALLS.at(
        span,
        Text(f"level {level} comes after level {before}", f"级别 {level} 排在级别 {before} 之后"),
        hint=Text(
            "write the levels from the lowest to the highest, each once", "级别请由低到高书写，每级只写一次"
        ),
    )


def calendar_ends(longest: Duration, calendar: str, until: int, place: Span) -> Diagnostic:
    day = date.fromordinal(until).isoformat()
    return CALENDAR_ENDS.at(
        longest.span,
        Text(
            f"{longest} from today reach beyond {day}, until when the holidays of `{calendar}` are published",
            f"自今日起 {in_words(longest).zh} 将超出日历“{calendar}”已公布节假日的最后一天 {day}",
        ),
        Label(place, Text("the calendar", "日历")),
        why=Text("what is due after that day may move once they are", "该日之后的到期日以后可能变动"),
        hint=Text("bring the calendar and `published_until` up to date", "请更新日历及“published_until”"),
    )


def no_calendar(duration: Duration) -> Diagnostic:
    return NO_CALENDAR.at(
        duration.span,
        Text(
            f"{duration}, but the workflow names no calendar",
            f"使用了 {in_words(duration).zh}，但流程没有指定日历",
        ),
        why=Text("every hour of every day would count as working time", "全天候都会被当作工作时间"),
        hint=Text("add `calendar:`", "请补上“calendar:”"),
    )


def endless(transition: Name, circle: Sequence[str]) -> Diagnostic:
    names = listed(circle)
    said = Text(
        f"{names.en} lead to one another without an event or a condition",
        f"{names.zh}之间的迁移既无事件也无条件，会循环不止",
    )
    if len(circle) == 1:
        said = Text(
            f"{names.en} leads to itself without an event or a condition",
            f"{names.zh}不需事件或条件就回到自身，会循环不止",
        )
    return ENDLESS.at(
        transition.span,
        said,
        hint=Text("let one of them wait for an event", "请让其中一条迁移等待事件"),
    )


# ---- a new version


def version_stays(span: Span, version: int, published: int) -> Diagnostic:
    return VERSION_STAYS.at(
        span,
        Text(
            f"version {version} differs from what was published as version {published}",
            f"版本 {version} 的内容与已发布的版本 {published} 不同",
        ),
        why=Text(
            "cases run on published versions, which never change",
            "案件按已发布的版本运行，已发布的版本不可更改",
        ),
        hint=Text(f"write `version: {published + 1}`", f"请写“version: {published + 1}”"),
    )


def no_migration(span: Span, published: int, states: Sequence[str]) -> Diagnostic:
    names = listed(states)
    return NOT_MIGRATED.at(
        span,
        Text(
            f"nothing is said on how cases of version {published} move over",
            f"没有说明版本 {published} 的案件如何转入新版本",
        ),
        why=Text(
            "a state-driven case has to be in some state of the new version",
            "由评审推动的案件必须落在新版本的某个状态",
        ),
        hint=Text(
            f"add to `migrations` one `from: {published}` with a `map` of {names.en}",
            f"请在“migrations”中加入“from: {published}”，并在“map”中列出{names.zh}",
        ),
    )


def state_without_counterpart(span: Span, published: int, states: Sequence[str]) -> Diagnostic:
    names = listed(states)
    return NOT_MIGRATED.at(
        span,
        Text(
            f"{names.en} of version {published} have no counterpart",
            f"版本 {published} 的{names.zh}没有对应状态",
        ),
        why=Text("whoever is there would be in no state", "处于该状态的案件将无处可去"),
        hint=Text("add them to `map`", "请补入“map”"),
    )


def another_kind(place: Name, what: Text, old: str, new: str) -> Diagnostic:
    return ANOTHER_KIND.at(
        place.span,
        Text(f"the {what.en} was `{old}` and is now `{new}`", f"{what.zh}由“{old}”变成了“{new}”"),
        why=Text("the cases that run can't follow", "在办的案件无法转入"),
        hint=Text("give it another `id`: it is another workflow", "请改用新的“id”：这是另一个流程"),
    )
