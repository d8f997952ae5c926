"""Findings about properties and overrides: refuted, not decided, not tried; rules that disagree or idle."""

from __future__ import annotations

from collections.abc import Sequence

from kamflow.base.diagnostic import Diagnostic, Label, Severity, define
from kamflow.base.span import Span
from kamflow.base.text import Text
from kamflow.core.expr import Tag
from kamflow.core.program import Property, PropertyKind
from kamflow.prove.witness import MOST_SHOWN, Shown
from kamflow.values.dates import show_day

_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE

OVERRIDES_CAN_DISAGREE = define("KF0332", "overrides-can-disagree", _E)
OVERRIDE_NEVER = define("KF0333", "override-never-applies", _W)
OVERRIDE_ALWAYS = define("KF0334", "override-always-applies", _W)
REFUTED = define("KF0401", "property-refuted", _E)
NOT_MONOTONE = define("KF0402", "not-monotone", _E)
NOT_DECIDED = define("KF0403", "not-decided", _N)
NEEDS_Z3 = define("KF0404", "proving-needs-z3", _N)


def _from(since: int | None) -> Text:
    """Say from when on something fails that held before."""
    return (
        Text(f"From {show_day(since)}: ", f"自 {show_day(since)} 起：") if since is not None else Text("", "")
    )


def _list(shown: Sequence[Shown]) -> Text:
    some = list(shown[:MOST_SHOWN])
    en = [f"{s.name} {s.value.en}" for s in some]
    zh = [f"{s.name} {s.value.zh or s.value.en}" for s in some]
    if len(shown) > len(some):
        en.append("…")
        zh.append("…")
    return Text(", ".join(en), "，".join(zh))


def _case(matters: Sequence[Shown], results: Sequence[Shown]) -> Text:
    """Say a record: what it is, and what comes of it."""
    case, outcome = _list(matters), _list(results)
    both = [t for t in (case, outcome) if t]
    if not both:
        return Text("for every record", "对任何记录都是如此")
    return Text(": ".join(t.en for t in both), "：".join(t.zh for t in both))


def _example(shown: Sequence[Shown]) -> tuple[tuple[str, str], ...]:
    return tuple((s.name, s.value.en) for s in shown)


def _title(prop: Property) -> Text:
    return Text(prop.title.en or prop.title.zh, prop.title.zh or prop.title.en)


def _row_labels(rows: Sequence[tuple[Tag, Text]]) -> list[Label]:
    return [Label(tag.span, words) for tag, words in rows]


def property_refuted(
    prop: Property,
    since: int | None,
    matters: Sequence[Shown],
    results: Sequence[Shown],
    rows: Sequence[tuple[Tag, Text]],
) -> Diagnostic:
    """``matters``: the fields of the record that breaks it; ``results``: what it reads of that record."""
    start, title, case = _from(since), _title(prop), _case(matters, results)
    never = prop.kind is PropertyKind.NEVER
    en = "This can happen" if never else "Not always true"
    zh = "这种情况会发生" if never else "并不总是成立"
    return REFUTED.at(
        prop.span,
        Text(f'{start.en}{en}: "{title.en}": {case.en}', f"{start.zh}{zh}：“{title.zh}”：{case.zh}"),
        *_row_labels(rows),
        hint=Text(
            "change what leads there, rule the case out with `impossible`, or say where the property holds",
            "请修改导致该结果的规则，或用“不可能”排除这种情况，或在性质中写明适用范围",
        ),
        why=Text("the policy promises something that it does not keep", "策略作出的承诺并未兑现"),
        example=_example(matters),
    )


def not_monotone(
    prop: Property,
    since: int | None,
    driver: tuple[str, Text, Text],
    value: tuple[str, Text, Text],
    matters: Sequence[Shown],
    rows: Sequence[tuple[Tag, Text]],
) -> Diagnostic:
    """``driver`` and ``value``: name, before, after; ``matters``: the fields that both records share."""
    start, title = _from(since), _title(prop)
    name, low, high = driver
    what, before, after = value
    case = _list(matters)
    also_en = f", {case.en}" if case else ""
    also_zh = f"，{case.zh}" if case else ""
    return NOT_MONOTONE.at(
        prop.span,
        Text(
            f'{start.en}Not always true: "{title.en}": {name} {low.en} -> {high.en}{also_en}: '
            f"{what} {before.en} -> {after.en}",
            f"{start.zh}并不总是成立：“{title.zh}”：{name} {low.zh or low.en} → "
            f"{high.zh or high.en}{also_zh}："
            f"{what} {before.zh or before.en} → {after.zh or after.en}",
        ),
        *_row_labels(rows),
        hint=Text(
            "look at the rows that answer before and after the step; round once, at the end",
            "请查看前后两次命中的行；舍入应只在最后进行一次",
        ),
        why=Text(
            "two records that differ in this alone are treated the wrong way round",
            "仅此一项不同的两条记录，得到的待遇却颠倒了",
        ),
        example=((name, f"{low.en} -> {high.en}"), *_example(matters)),
    )


def not_decided(span: Span, what: Text, why: Text) -> Diagnostic:
    return NOT_DECIDED.at(
        span,
        Text(
            f"{what.en} was neither proved nor refuted: {why.en}",
            f"{what.zh}既未证明也未否定：{why.zh or why.en}",
        ),
        hint=Text(
            "split it into simpler ones, narrow the ranges of the fields, or keep tests for it",
            "请拆成更简单的几条、收窄字段范围，或保留相应的测试",
        ),
    )


def property_name(prop: Property) -> Text:
    title = _title(prop)
    return Text(f'"{title.en}"', f"“{title.zh}”")


def override_name(name: str) -> Text:
    return Text(f"what the override `{name}` does", f"覆盖规则“{name}”的效果")


def needs_z3(span: Span, properties: int, overrides: int) -> Diagnostic:
    parts = [f"{properties} {'property' if properties == 1 else 'properties'}"] * bool(properties)
    parts += [f"{overrides} {'override' if overrides == 1 else 'overrides'}"] * bool(overrides)
    zh = [f"{properties} 条性质"] * bool(properties) + [f"{overrides} 条覆盖规则"] * bool(overrides)
    return NEEDS_Z3.at(
        span,
        Text(
            f"{' and '.join(parts)} can't be proved here: z3 is not installed",
            f"{'、'.join(zh)}无法在此证明：没有安装 z3",
        ),
        hint=Text("pip install 'kamflow[prove]'"),
    )


def overrides_can_disagree(
    name: str,
    since: int | None,
    first: tuple[Tag, Text],
    second: tuple[Tag, Text],
    matters: Sequence[Shown],
) -> Diagnostic:
    """``first`` and ``second``: the rules with the values that they give."""
    start, case = _from(since), _case(matters, ())
    (a, a_value), (b, b_value) = first, second
    return OVERRIDES_CAN_DISAGREE.at(
        b.span,
        Text(
            f"{start.en}`{a.name}` and `{b.name}` can both apply, and disagree on {name}: {case.en}: "
            f"{a_value.en} or {b_value.en}",
            f"{start.zh}“{a.name}”与“{b.name}”可能同时适用，而对“{name}”的结果不一致：{case.zh}："
            f"{a_value.zh or a_value.en} 或 {b_value.zh or b_value.en}",
        ),
        Label(a.span, Text(f"gives {a_value.en}", f"给出 {a_value.zh or a_value.en}")),
        hint=Text(
            f"say which one counts, e.g. `rule {b.name} overrides {name}, {a.name}`",
            f"请写明以哪条为准，例如“规则 {b.name} 覆盖 {name}, {a.name}”",
        ),
        why=Text("such a record has no answer and is rejected", "这样的记录没有结果，会被拒绝"),
        example=_example(matters),
    )


def override_never(tag: Tag, output: str) -> Diagnostic:
    return OVERRIDE_NEVER.at(
        tag.span,
        Text(
            f"the override `{tag.name}` never applies: no valid record meets its condition",
            f"覆盖规则“{tag.name}”永远不会适用：没有任何有效记录满足它的条件",
        ),
        hint=Text("mend the condition, or leave the rule out", "请修正条件，或删除这条规则"),
        why=Text(
            f"somebody may rely on this exception, and {output} never has it",
            f"可能有人指望这条例外，而“{output}”从不会用到它",
        ),
    )


def override_always(tag: Tag, output: str) -> Diagnostic:
    return OVERRIDE_ALWAYS.at(
        tag.span,
        Text(
            f"the override `{tag.name}` always applies: every valid record meets its condition",
            f"覆盖规则“{tag.name}”总是适用：所有有效记录都满足它的条件",
        ),
        hint=Text("narrow the condition, or change the decision itself", "请收窄条件，或直接修改决策本身"),
        why=Text(
            f"what {output} says otherwise is never in force",
            f"“{output}”原本的内容从不会生效",
        ),
    )
