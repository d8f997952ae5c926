"""Findings about what guards mean together: never true, overlapping, shadowed, going round in circles."""

from __future__ import annotations

from collections.abc import Sequence

from kamflow.base.diagnostic import Diagnostic, Label, Severity, define
from kamflow.base.span import Span
from kamflow.base.text import Text
from kamflow.prove.witness import Shown
from kamflow.values.dates import show_day
from kamflow.workflow.model import Name

_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE

NEVER_TRUE = define("KF1110", "guard-never-true", _W, since="0.3")
OVERLAP = define("KF1111", "guards-overlap", _E, since="0.3")
SHADOWED = define("KF1112", "guard-shadowed", _W, since="0.3")
GOES_ROUND = define("KF1113", "goes-round-in-circles", _W, since="0.3")
NO_GAP = define("KF1114", "no-gap-between-there-and-back", _W, since="0.3")
GAP = define("KF1115", "gap-between-there-and-back", _N, since="0.3")
TIMER_NEEDS_FACTS = define("KF1116", "timer-needs-facts", _E, since="0.3")
NOT_DECIDED = define("KF1117", "guard-not-decided", _N, since="0.3")


def _since(day: int | None) -> Text:
    return Text("", "") if day is None else Text(f"From {show_day(day)}: ", f"自 {show_day(day)} 起：")


def _list(shown: Sequence[Shown]) -> Text:
    return Text(
        ", ".join(f"{s.name} {s.value.en}" for s in shown),
        "，".join(f"{s.name} {s.value.zh or s.value.en}" for s in shown),
    )


def _example(shown: Sequence[Shown]) -> tuple[tuple[str, str], ...]:
    return tuple((s.name, s.value.en) for s in shown)


def never_true(at: Span, transition: str, subject: str) -> Diagnostic:
    return NEVER_TRUE.at(
        at,
        Text(
            f"the guard of `{transition}` can never be true: no {subject} meets it",
            f"“{transition}”的条件永远不成立：没有任何“{subject}”满足它",
        ),
        hint=Text("mend the condition, or leave the transition out", "请修正条件，或删除这条流转"),
        why=Text("nobody ever takes this way", "这条路径永远不会走到"),
    )


def overlap(
    first: tuple[Name, Span], second: tuple[Name, Span], state: str, shown: Sequence[Shown], since: int | None
) -> Diagnostic:
    """``first``, ``second``: transitions with the places of their guards, in the order of the document."""
    (a, a_at), (b, b_at) = first, second
    start, case = _since(since), _list(shown)
    return OVERLAP.at(
        b_at,
        Text(
            f"{start.en}`{a.text}` and `{b.text}` can both be true in {state}, at equal priority: {case.en}",
            f"{start.zh}在“{state}”中，“{a.text}”与“{b.text}”优先级相同且可能同时成立：{case.zh}",
        ),
        Label(a_at, Text(f"the guard of {a.text}", f"“{a.text}”的条件")),
        hint=Text(
            "give them different priorities, or make one condition exclude the other",
            "请设置不同的优先级，或让其中一个条件排除另一个",
        ),
        why=Text(
            "such a case moves nowhere: it becomes an incident that somebody has to look at",
            "这样的实例不会流转，而会成为需要人工处理的异常",
        ),
        example=_example(shown),
    )


def shadowed(at: Span, transition: str, by: Sequence[tuple[Name, Span]], state: str) -> Diagnostic:
    names, names_zh = " or ".join(f"`{n.text}`" for n, _ in by), "、".join(f"“{n.text}”" for n, _ in by)
    return SHADOWED.at(
        at,
        Text(
            f"`{transition}` never fires in {state}: whenever it is true, {names} is true too, and first",
            f"在“{state}”中“{transition}”永远不会触发：它成立时，{names_zh}也成立且优先",
        ),
        *(Label(place, Text("comes first", "优先")) for _, place in by),
        hint=Text(
            "change the priorities, or narrow the condition that comes first",
            "请调整优先级，或收窄优先的条件",
        ),
    )


def goes_round(
    at: Span,
    path: Sequence[str],
    moves: Sequence[tuple[Name, Span]],
    shown: Sequence[Shown],
    days: int | None,
    since: int | None,
) -> Diagnostic:
    """``path``: the states, the first one again at the end; ``days``: for one round; None: not known."""
    start, case = _since(since), _list(shown)
    once = Text(
        f"once round takes {days} days" if days else "once round takes as many reviews as there are moves",
        f"每 {days} 天循环一次" if days else "每次评审流转一步",
    )
    return GOES_ROUND.at(
        at,
        Text(
            f"{start.en}the same facts drive a case round: {' -> '.join(path)}: {case.en} ({once.en})",
            f"{start.zh}同样的数据会使实例循环流转：{' → '.join(path)}：{case.zh}（{once.zh}）",
        ),
        *(Label(place, Text(f"true all the while: {n.text}", f"始终成立：{n.text}")) for n, place in moves),
        hint=Text(
            "leave a gap between the condition that leads there and the one that leads back",
            "请在去与回的条件之间留出间隔",
        ),
        why=Text(
            "hold and min_dwell only slow this down; each move starts plays and tasks anew",
            "持续期与最短停留期只能放慢循环；每次流转都会重新触发方案和任务",
        ),
        example=_example(shown),
    )


def gap(
    at: Span, there: Name, back: Name, fact: str, bounds: tuple[Text, Text], width: Text, back_at: Span
) -> Diagnostic:
    """``bounds``: from where `there` takes it, up to where `back` does."""
    enter, leave = bounds
    return GAP.at(
        at,
        Text(
            f"{fact}: `{there.text}` from {enter.en}, `{back.text}` from {leave.en}: a gap of {width.en}",
            f"{fact}：“{there.text}”起点 {enter.zh or enter.en}，“{back.text}”起点 {leave.zh or leave.en}，"
            f"间隔 {width.zh or width.en}",
        ),
        Label(back_at, Text("leads back", "返回")),
    )


def no_gap(
    at: Span, there: Name, back: Name, fact: str, bounds: tuple[Text, Text], back_at: Span
) -> Diagnostic:
    enter, leave = bounds
    return NO_GAP.at(
        at,
        Text(
            f"{fact}: `{there.text}` from {enter.en} and `{back.text}` from {leave.en}: no gap between them",
            f"{fact}：“{there.text}”起点 {enter.zh or enter.en}，“{back.text}”起点 {leave.zh or leave.en}，"
            "两者之间没有间隔",
        ),
        Label(back_at, Text("leads back at once", "立即返回")),
        hint=Text(
            "move one of the bounds, or give the way back a `hold`",
            "请调整其中一个界限，或为返回的流转设置 hold",
        ),
        why=Text("who stands on the line moves with every wobble", "处于临界值的对象会随每次波动来回流转"),
    )


def timer_needs_facts(at: Span, timer: str, what: str, target: str) -> Diagnostic:
    return TIMER_NEEDS_FACTS.at(
        at,
        Text(
            f"the timer `{timer}` leads to {target}, where `{what}` needs facts: a timer brings none",
            f"定时器“{timer}”转入“{target}”，而其中的“{what}”需要数据，定时器不携带数据",
        ),
        hint=Text(
            "let a review make this move, or start without these arguments",
            "请改由评审触发，或去掉这些参数",
        ),
        why=Text(
            "facts of the last review may be old when the timer fires",
            "定时器触发时，上次评审的数据可能已经过时",
        ),
    )


def not_decided(at: Span, what: Text, why: Text) -> Diagnostic:
    return NOT_DECIDED.at(
        at,
        Text(
            f"{what.en} was neither proved nor refuted: {why.en}",
            f"{what.zh}既未证明也未否定：{why.zh or why.en}",
        ),
        hint=Text(
            "write the guard with fewer amounts that depend on each other",
            "请减少条件中相互依赖的数量",
        ),
    )
