"""Findings about the shape of a workflow or calendar file, part by part."""

from __future__ import annotations

from collections.abc import Sequence

from kamflow.base.diagnostic import Diagnostic, Edit, Label, Severity, define
from kamflow.base.span import Span
from kamflow.base.text import Text
from kamflow.base.yaml_tree import YamlProblem

_E, _W = Severity.ERROR, Severity.WARNING

NOT_READ = define("KF1000", "workflow-file-not-read", _E, since="0.3")
WRONG_SHAPE = define("KF1001", "wrong-shape", _E, since="0.3")
UNKNOWN_KEY = define("KF1002", "unknown-key", _E, since="0.3")
MISSING_KEY = define("KF1003", "missing-key", _E, since="0.3")
NOT_UNDERSTOOD = define("KF1004", "value-not-understood", _E, since="0.3")
NO_DURATION = define("KF1005", "duration-not-understood", _E, since="0.3")
NO_NAME = define("KF1006", "no-name", _E, since="0.3")
NO_PLACES = define("KF1007", "expression-with-escapes", _E, since="0.3")
ONE_LANGUAGE = define("KF1008", "label-in-one-language", _W, since="0.3")
NOT_LISTED = define("KF1009", "states-not-listed", _E, since="0.3")
NOT_TOGETHER = define("KF1010", "keys-do-not-go-together", _E, since="0.3")
NOT_ASCENDING = define("KF1011", "warnings-not-ascending", _E, since="0.3")
OPENING_HOURS = define("KF1012", "opening-hours", _E, since="0.3")

_MOST_TOLD = 12  # of what may stand somewhere, in a message


def listed(names: Sequence[str]) -> Text:
    """Name what there is, or the first of many."""
    shown = list(names[:_MOST_TOLD])
    more = len(names) - len(shown)
    en, zh = ", ".join(f"`{n}`" for n in shown), "、".join(f"“{n}”" for n in shown)
    return Text(f"{en} and {more} more", f"{zh}等 {len(names)} 个") if more else Text(en, zh)


def meant(near: str | None, known: Sequence[str]) -> Text | None:
    """Say which name was probably meant, or which there are."""
    if near is not None:
        return Text(f"did you mean `{near}`?", f"是否想写“{near}”？")
    if not known:
        return None
    names = listed(known)
    return Text(f"there are: {names.en}", f"可用的有：{names.zh}")


def renamed(span: Span, near: str | None) -> tuple[Edit, ...]:
    return () if near is None else (Edit(span, near),)


def not_read(problem: YamlProblem) -> Diagnostic:
    return NOT_READ.at(
        problem.span,
        problem.message,
        hint=problem.hint
        or Text(
            "a workflow is plain YAML: maps, lists and values, each written out",
            "流程文件只用普通 YAML：映射、列表和值，逐项写明",
        ),
    )


def empty_file(span: Span, first: str) -> Diagnostic:
    return NOT_READ.at(
        span,
        Text("the file says nothing", "文件没有内容"),
        hint=Text(f"begin it with `format: {first}`", f"请以“format: {first}”开头"),
    )


def wrong_shape(span: Span, wanted: Text, found: Text) -> Diagnostic:
    return WRONG_SHAPE.at(
        span,
        Text(f"{wanted.en} is expected here, not {found.en}", f"此处应为{wanted.zh}，而不是{found.zh}"),
    )


def comma_in_type(span: Span) -> Diagnostic:
    return WRONG_SHAPE.at(
        span,
        Text("within `{…}` a comma ends the type", "在“{…}”中，逗号会把类型截断"),
        hint=Text(
            'put a type with a comma in quotes: {satisfied: "yes/no, optional"}',
            '含逗号的类型请加引号：{satisfied: "yes/no, optional"}',
        ),
    )


def unknown_key(span: Span, key: str, where: Text, near: str | None, known: Sequence[str]) -> Diagnostic:
    return UNKNOWN_KEY.at(
        span,
        Text(f"`{key}` means nothing in {where.en}", f"{where.zh}中没有“{key}”这个键"),
        hint=meant(near, known),
        fix=renamed(span, near),
    )


def missing_key(span: Span, keys: Sequence[str], where: Text) -> Diagnostic:
    names = listed(keys)
    return MISSING_KEY.at(
        span,
        Text(f"{where.en} lacks {names.en}", f"{where.zh}缺少{names.zh}"),
    )


def not_understood(span: Span, said: str, wanted: Text, hint: Text | None = None) -> Diagnostic:
    return NOT_UNDERSTOOD.at(
        span,
        Text(f"`{said}` is not {wanted.en}", f"“{said}”不是{_apart(wanted.zh)}"),
        hint=hint,
    )


def _apart(chinese: str) -> str:
    """Keep Chinese that begins with a digit or a letter apart from what stands before it."""
    return f" {chinese}" if chinese[:1].isascii() else chinese


def not_one_of(span: Span, said: str, near: str | None, known: Sequence[str]) -> Diagnostic:
    if len(known) == 1:
        only = Text(f"`{said}` is not `{known[0]}`", f"“{said}”应为“{known[0]}”")
        return NOT_UNDERSTOOD.at(span, only, fix=renamed(span, known[0]))
    names = listed(known)
    return NOT_UNDERSTOOD.at(
        span,
        Text(f"`{said}` is none of {names.en}", f"“{said}”不在{names.zh}之中"),
        hint=Text(f"did you mean `{near}`?", f"是否想写“{near}”？") if near is not None else None,
        fix=renamed(span, near),
    )


def no_duration(span: Span, said: str, why: Text | None = None) -> Diagnostic:
    return NO_DURATION.at(
        span,
        Text(f"`{said}` is no duration", f"“{said}”不是时长") if why is None else why,
        hint=Text(
            "write a whole number and a unit: 30 days, 2 weeks, 90 minutes, 4 hours, 1 business day, "
            "4 business hours",
            "请写整数和单位：30 days（天）、2 weeks（周）、90 minutes（分钟）、4 hours（小时）、"
            "1 business day（工作日）、4 business hours（工作小时）",
        ),
    )


def no_name(span: Span, said: str, wanted: Text) -> Diagnostic:
    return NO_NAME.at(
        span,
        Text(f"`{said}` can't be {wanted.en}", f"“{said}”不能作为{wanted.zh}"),
        hint=Text(
            "letters, digits and `_`, a letter first; Chinese characters are letters",
            "只能用字母、汉字、数字和下划线，且不能以数字开头",
        ),
    )


def no_id(span: Span, said: str, wanted: Text) -> Diagnostic:
    return NO_NAME.at(
        span,
        Text(f"`{said}` can't be {wanted.en}", f"“{said}”不能作为{wanted.zh}"),
        hint=Text(
            "letters, digits, `_`, `-` and `.`, a letter or digit first",
            "只能用字母、汉字、数字以及“_”“-”“.”，且以字母、汉字或数字开头",
        ),
    )


def no_places(problem: YamlProblem) -> Diagnostic:
    return NO_PLACES.at(
        problem.span,
        problem.message,
        hint=problem.hint,
        why=Text(
            "findings about the expression could not show where in the file they are",
            "若表达式有问题，将无法指出它在文件中的准确位置",
        ),
    )


def one_language(span: Span, missing: str) -> Diagnostic:
    language = Text("Chinese", "中文") if missing == "zh" else Text("English", "英文")
    return ONE_LANGUAGE.at(
        span,
        Text(f"it is not said in {language.en}", f"缺少{language.zh}文字"),
        why=Text(
            "whoever works in that language reads a word of the other",
            "使用该语言的同事会看到另一种语言的文字",
        ),
        hint=Text(f"add `{missing}:`", f"请补上“{missing}:”"),
    )


def not_listed(span: Span) -> Diagnostic:
    return NOT_LISTED.at(
        span,
        Text("the states that this transition leaves are not listed", "没有逐一列出该全局迁移从哪些状态出发"),
        why=Text(
            "a state that is added later would be left this way too, and nobody would have decided that",
            "否则以后新增的状态也会自动适用，而这并没有人决定过",
        ),
        hint=Text("write `from: [one, other]`", "请写成“from: [状态一, 状态二]”"),
    )


def not_together(span: Span, said: Text, *labels: Label, hint: Text | None = None) -> Diagnostic:
    return NOT_TOGETHER.at(span, said, *labels, hint=hint)


def not_ascending(span: Span, said: str, before: str) -> Diagnostic:
    return NOT_ASCENDING.at(
        span,
        Text(
            f"the warning at {said} does not come after that at {before}", f"预警 {said} 未排在 {before} 之后"
        ),
        hint=Text("write the percentages from low to high, each once", "百分比请由低到高书写，每个只写一次"),
    )


def opening_hours(span: Span, said: Text) -> Diagnostic:
    return OPENING_HOURS.at(
        span,
        said,
        hint=Text(
            'write ["09:00-12:00", "13:30-18:00"], ascending and apart, or closed',
            '请写成 ["09:00-12:00", "13:30-18:00"]，由早到晚且互不重叠，或写 closed',
        ),
    )
