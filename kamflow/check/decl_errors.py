"""Findings about declarations as a whole: headers, tables, scorecards, rules, populations, tests."""

from __future__ import annotations

from collections.abc import Sequence

from kamflow.base.diagnostic import Diagnostic, Edit, Label, Severity, define
from kamflow.base.span import Span
from kamflow.base.text import Lang, Text
from kamflow.core.ty import Ty, show_ty

_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE

ROW_SHAPE = define("KF0310", "row-shape", _E)
OUTPUT_COLUMNS = define("KF0311", "output-columns", _E)
EMPTY_RESULT = define("KF0312", "empty-result", _E)
CELL_EMPTY_RANGE = define("KF0313", "empty-range", _E)
COLLECT_OUTPUTS = define("KF0314", "collect-outputs", _E)
REASON_NOT_TEXT = define("KF0315", "reason-not-text", _E)
MISSING_CELL_USELESS = define("KF0316", "missing-cell-useless", _W)
RESULT_OPEN = define("KF0317", "result-open", _E, since="0.2")
WEIGHTS = define("KF0320", "weights-not-100", _E)
RULE_TARGET = define("KF0330", "rule-target", _E)
RULE_ASSIGNS = define("KF0331", "rule-assigns", _E)
CLASSES = define("KF0340", "classes", _E)
POPULATION_RECORD = define("KF0341", "population-record", _E)
GROUP_TYPE = define("KF0342", "group-type", _E, since="0.2")
MEASURE_TYPE = define("KF0345", "measure-adds-nothing-up", _E, since="0.2")
NOT_TRIED = define("KF0490", "property-not-tried", _N)
SUBJECT_UNCLEAR = define("KF0491", "subject-unclear", _E)
MONOTONE_TYPES = define("KF0492", "nothing-to-rise", _E)
DATES_OUT_OF_ORDER = define("KF0501", "dates-out-of-order", _E)
NOT_YET_VALID = define("KF0502", "no-value-yet", _E)
UNKNOWN_POLICY = define("KF0503", "unknown-policy", _E)
POLICY_OVERLAP = define("KF0504", "versions-overlap", _E)
TEST_GIVEN = define("KF0510", "test-given", _E)
TEST_NO_EXPECTATION = define("KF0511", "test-without-expectation", _E)
NO_SUCH_PARAMETER = define("KF0512", "no-such-parameter", _E)


def _count(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


def row_shape(span: Span, found: int, wanted: int, side: Text, head: Span) -> Diagnostic:
    return ROW_SHAPE.at(
        span,
        Text(
            f"this row has {_count(found, 'cell')} {side.en}; the table has {_count(wanted, 'column')} there",
            f"这一行{side.zh}有 {found} 格，而表头在此有 {wanted} 列",
        ),
        Label(head, Text("the columns", "表头在这里")),
        hint=Text("a cell that does not matter is `any`", "不影响结果的格请写“任意”"),
    )


def output_columns(span: Span, message: Text, hint: Text) -> Diagnostic:
    return OUTPUT_COLUMNS.at(span, message, hint=hint)


def no_output(span: Span, name: str, outputs: str, near: str | None) -> Diagnostic:
    return OUTPUT_COLUMNS.at(
        span,
        Text(f"`{name}` is no output of this decision", f"“{name}”不是这个决策的输出"),
        hint=Text(f"did you mean `{near}`?", f"是否想写“{near}”？")
        if near
        else Text(f"its outputs are {outputs}", f"它的输出是：{outputs}"),
        fix=(Edit(span, near),) if near else (),
    )


def empty_result(span: Span, name: str) -> Diagnostic:
    return EMPTY_RESULT.at(
        span,
        Text(f"this row gives no value for `{name}`", f"这一行没有给出“{name}”的值"),
        hint=Text("write the value into the column", "请在该列填写结果"),
    )


def cell_empty_range(span: Span, lo: str, hi: str, *, below: bool) -> Diagnostic:
    to, to_zh = ("to below", "至不满") if below else ("to", "至")
    return CELL_EMPTY_RANGE.at(
        span,
        Text(f"nothing lies from {lo} {to} {hi}", f"{lo} {to_zh} {hi} 之间没有任何值"),
        hint=Text(
            "write the smaller bound first; for one value write it alone",
            "请把较小的界限写在前面；只有一个值时直接写这个值",
        ),
    )


def range_with_dash(span: Span, lo: str, hi: str, lang: Lang) -> Diagnostic:
    meant = f"{lo} {'to' if lang is Lang.EN else '至'} {hi}"
    return CELL_EMPTY_RANGE.at(
        span,
        Text("a dash between two amounts subtracts them", "两个数之间的“-”表示相减，不是范围"),
        hint=Text(f"a range is written {meant}", f"范围请写成 {meant}"),
        fix=(Edit(span, meant),),
    )


def collect_outputs(span: Span, message: Text, hint: Text) -> Diagnostic:
    return COLLECT_OUTPUTS.at(span, message, hint=hint)


def reason_not_text(span: Span) -> Diagnostic:
    return REASON_NOT_TEXT.at(
        span,
        Text("a reason is a text", "原因应为文本"),
        hint=Text('write it in "quotes"', "请写在引号“ ”里"),
    )


def missing_cell_useless(span: Span, shown: str) -> Diagnostic:
    return MISSING_CELL_USELESS.at(
        span,
        Text(
            f"`{shown}` is never missing, so this row never applies", f"“{shown}”从不缺失，这一行永远不会命中"
        ),
        hint=Text("delete the row, or declare the field `optional`", "请删除这一行，或把字段声明为“可缺失”"),
    )


def result_open(span: Span) -> Diagnostic:
    return RESULT_OPEN.at(
        span,
        Text("this row still has no result", "这一行还没有填写结果"),
        hint=Text("write the result in place of `?`", "请把“?”换成结果"),
        why=Text(
            "the case was added so that nobody is left out; what it answers is yours to decide",
            "补上这一行是为了不遗漏任何情况；结果应由你来定",
        ),
    )


def weight_without_percent(span: Span, written: str, meant: str) -> Diagnostic:
    return WEIGHTS.at(
        span,
        Text(f"a weight is a percentage; {written} is a number", f"权重应为百分比，{written} 是数值"),
        hint=Text(f"did you mean {meant}?", f"是否想写 {meant}？"),
    )


def weights(span: Span, total: str, parts: Sequence[tuple[Span, str]]) -> Diagnostic:
    return WEIGHTS.at(
        span,
        Text(f"the weights add up to {total}, not to 100%", f"各指标权重之和为 {total}，应为 100%"),
        *(Label(s, Text(w, w)) for s, w in parts),
        hint=Text("change a weight", "请调整权重"),
    )


def rule_target(span: Span, name: str, near: str | None) -> Diagnostic:
    return RULE_TARGET.at(
        span,
        Text(
            f"`{name}` is no decision and no rule, so there is nothing to override",
            f"“{name}”既不是决策也不是规则，没有可覆盖的内容",
        ),
        hint=Text(f"did you mean `{near}`?", f"是否想写“{near}”？")
        if near
        else Text("only outputs of a `decision` can be overridden", "只有“决策”的输出才能被覆盖"),
    )


def rule_assigns(span: Span, message: Text) -> Diagnostic:
    return RULE_ASSIGNS.at(
        span, message, hint=Text("assign exactly what the rule overrides", "请恰好给被覆盖的每一项赋值")
    )


def classes(span: Span, message: Text, hint: Text) -> Diagnostic:
    return CLASSES.at(span, message, hint=hint)


def population_record(span: Span, population: str, has: str, wants: str) -> Diagnostic:
    return POPULATION_RECORD.at(
        span,
        Text(
            f"population `{population}` is of {has}; here one of {wants} is needed",
            f"总体“{population}”的成员是“{has}”，这里需要“{wants}”的总体",
        ),
        hint=Text(f"declare a population of {wants}", f"请声明“{wants}”的总体"),
    )


def group_type(span: Span, name: str, found: Ty) -> Diagnostic:
    what = show_ty(found)
    return GROUP_TYPE.at(
        span,
        Text(
            f"`{name}` is {what.en}: records are not grouped by that",
            f"“{name}”是{what.zh}，不能按它分组",
        ),
        why=Text(
            "who is compared with whom must not hang on an amount that differs for nearly everybody",
            "数量几乎人人不同，按它分组就没有可比的对象",
        ),
        hint=Text(
            "group by a text, a yes/no or a member of a type; a decision can make classes of an amount",
            "请按文本、是/否或“类型”的成员分组；可先用一项决策把数量分档",
        ),
    )


def not_tried(span: Span, title: Text) -> Diagnostic:
    return NOT_TRIED.at(
        span,
        Text(f"not tried yet: {title.en or title.zh}", f"尚未证明：{title.zh or title.en}"),
        hint=Text(
            "its types are right; whether it always holds was not examined",
            "类型正确，但还没有检验它是否总是成立",
        ),
    )


def subject_unclear(span: Span, records: Sequence[str]) -> Diagnostic:
    some = ", ".join(records) or "—"
    return SUBJECT_UNCLEAR.at(
        span,
        Text(
            f"it is not clear which record this is about (possible: {some})",
            f"无法确定这里说的是哪个记录（可能：{some}）",
        ),
        hint=Text('say it: `always "…" of customer …`', "请写明，例如“恒为 “…” 之 客户 …”"),
    )


def monotone_types(span: Span) -> Diagnostic:
    return MONOTONE_TYPES.at(
        span,
        Text("this can neither rise nor fall", "这里的内容谈不上上升或下降"),
        hint=Text("take an amount, a date or an ordered type", "请使用数量、日期或有序类型"),
    )


def dates_out_of_order(span: Span, first: Span, day: str, before: str) -> Diagnostic:
    return DATES_OUT_OF_ORDER.at(
        span,
        Text(f"{day} does not come after {before}", f"{day} 不晚于前面的 {before}"),
        Label(first, Text("the one before", "前一个日期")),
        hint=Text("write the dates in ascending order", "请按时间先后书写"),
    )


def not_yet_valid(span: Span, name: str, first: str, start: str, header: Span) -> Diagnostic:
    return NOT_YET_VALID.at(
        span,
        Text(
            f"parameter `{name}` has no value before {first}, but the policy is in force from {start}",
            f"参数“{name}”在 {first} 之前没有值，而策略自 {start} 起生效",
        ),
        Label(header, Text("in force from here", "生效日期在这里")),
        hint=Text(f"add a line `from {start} : …`", f"请补一行“从 {start} : …”"),
    )


def unknown_policy(span: Span, name: str, near: str | None) -> Diagnostic:
    return UNKNOWN_POLICY.at(
        span,
        Text(f"there is no policy `{name}` in force here", f"没有生效的策略“{name}”"),
        hint=Text(f"did you mean `{near}`?", f"是否想写“{near}”？")
        if near
        else Text("load the file that holds it as well", "请同时加载包含它的文件"),
    )


def policy_overlap(span: Span, name: str, other: Span) -> Diagnostic:
    return POLICY_OVERLAP.at(
        span,
        Text(
            f"two versions of policy `{name}` are in force on the same day",
            f"策略“{name}”有两个版本在同一天生效",
        ),
        Label(other, Text("the other version", "另一个版本")),
        hint=Text("end the older one with `until`", "请用“止于”结束旧版本"),
    )


def measure_type(span: Span, name: str, ty: Text) -> Diagnostic:
    return MEASURE_TYPE.at(
        span,
        Text(
            f"measure `{name}` is {ty.en}, which does not add up over a portfolio",
            f"度量“{name}”是{ty.zh or ty.en}，在整个客户群上加总没有意义",
        ),
        why=Text(
            "a measure is what a change is judged by: its sum before and after",
            "度量用来评判一次变动：比较变动前后的合计",
        ),
        hint=Text(
            "make it money, a number, a count, days or months; a share becomes money as `rate * revenue`",
            "请改为金额、数值、个数、天数或月数；比例可写成金额，例如“比率 * 销售额”",
        ),
    )


def test_given(span: Span, message: Text, hint: Text) -> Diagnostic:
    return TEST_GIVEN.at(span, message, hint=hint)


def test_no_expectation(span: Span) -> Diagnostic:
    return TEST_NO_EXPECTATION.at(
        span,
        Text("this test expects nothing, so it can never fail", "这个测试没有任何期望，永远不会失败"),
        hint=Text("add a line `expect …`", "请补一行“期望 …”"),
    )


def no_such_parameter(span: Span, name: str, near: str | None) -> Diagnostic:
    return NO_SUCH_PARAMETER.at(
        span,
        Text(f"there is no parameter `{name}`", f"没有参数“{name}”"),
        hint=Text(f"did you mean `{near}`?", f"是否想写“{near}”？")
        if near
        else Text("a scenario sets parameters only", "情景只能设置参数"),
    )
