"""Findings of the composed project: files, versions in force, tests, and records that can't be decided."""

from __future__ import annotations

from collections.abc import Sequence

from kamflow.base.diagnostic import Diagnostic, Label, Severity, define
from kamflow.base.span import DataPlace, Place, Span
from kamflow.base.text import Text

_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE

NO_SUCH_PATH = define("KF0520", "no-such-file", _E)
NO_POLICIES = define("KF0521", "no-policies", _E)
NOT_IN_FORCE = define("KF0522", "not-in-force", _E)
UNKNOWN_RECORD_TYPE = define("KF0523", "which-record", _E)
UNKNOWN_OUTPUT = define("KF0524", "unknown-output", _E)
UNKNOWN_SCENARIO = define("KF0525", "unknown-scenario", _E)
NOTHING_TO_SET = define("KF0875", "nothing-to-set", _E, since="0.2")
NO_VALUE = define("KF0876", "no-value-to-set", _E, since="0.2")
DOES_NOT_HOLD = define("KF0878", "overlay-does-not-hold", _E, since="0.2")
TEST_FAILED = define("KF0530", "test-failed", _E)
TEST_NEEDS = define("KF0531", "test-needs-field", _E)
TEST_UNDECIDED = define("KF0532", "test-undecided", _E)
NO_ROW = define("KF0701", "no-row-applies", _E)
TWO_ROWS = define("KF0702", "two-rows-apply", _E)
OVERRIDES_DISAGREE = define("KF0703", "overrides-disagree", _E)
NEEDS_PORTFOLIO = define("KF0704", "needs-portfolio", _E)
CONTRADICTS = define("KF0705", "cannot-be", _E)
NOT_A_RECORD = define("KF0706", "not-a-record", _E)
CUTOFFS_NOT_READ = define("KF0880", "cut-offs-not-read", _E, since="0.2")
CUTOFFS_FORM = define("KF0881", "no-file-of-cut-offs", _E, since="0.2")
CUTOFFS_CHANGED = define("KF0882", "cut-offs-changed", _E, since="0.2")
NOT_MEASURED = define("KF0883", "term-not-measured", _E, since="0.2")
ANOTHER_DAY = define("KF0884", "portfolio-of-another-day", _E, since="0.2")


def no_such_path(path: str) -> Diagnostic:
    return NO_SUCH_PATH.at(
        DataPlace(path),
        Text(f"there is no file or folder {path}", f"没有文件或文件夹 {path}"),
        hint=Text("check the path; policies are files that end in .kam", "请检查路径；策略文件以 .kam 结尾"),
    )


def no_policies(path: str) -> Diagnostic:
    return NO_POLICIES.at(
        DataPlace(path),
        Text(f"there is no policy file (*.kam) in {path}", f"{path} 中没有策略文件（*.kam）"),
        hint=Text(
            "name a folder with .kam files, or start one with `kamflow init`",
            "请指定含有 .kam 文件的文件夹，或用 kamflow init 新建",
        ),
    )


def not_in_force(day: str, intervals: Sequence[str]) -> Diagnostic:
    some, some_zh = "; ".join(intervals), "；".join(intervals)
    return NOT_IN_FORCE.at(
        DataPlace("as of"),
        Text(
            f"no policy is in force on {day} (in force: {some})",
            f"{day} 没有生效的策略（生效区间：{some_zh}）",
        ),
        hint=Text("choose another date with --as-of", "请用 --as-of 指定其他日期"),
    )


def which_record(found: Sequence[str], asked: str, near: str | None) -> Diagnostic:
    some = ", ".join(found) or "—"
    if asked:
        return UNKNOWN_RECORD_TYPE.at(
            DataPlace("record"),
            Text(
                f"no record `{asked}` has decisions (there are: {some})",
                f"没有带决策的记录“{asked}”（现有：{some}）",
            ),
            hint=Text(f"did you mean `{near}`?", f"是否想写“{near}”？") if near else None,
        )
    return UNKNOWN_RECORD_TYPE.at(
        DataPlace("record"),
        Text(f"it is not clear which record the input holds: {some}", f"无法确定输入是哪种记录：{some}"),
        hint=Text("say it with --record NAME", "请用 --record 指定"),
    )


def unknown_output(name: str, near: str | None, gives: Sequence[str] = ()) -> Diagnostic:
    """``gives``: where a decision of that name exists and gives several outputs, these."""
    hint = Text(f"did you mean `{near}`?", f"是否想写“{near}”？") if near else None
    if gives:
        hint = Text(
            f"the decision `{name}` gives several; ask for them: {','.join(gives)}",
            f"决策“{name}”给出多项输出，请写：{','.join(gives)}",
        )
    return UNKNOWN_OUTPUT.at(
        DataPlace("only"), Text(f"there is no output `{name}`", f"没有输出“{name}”"), hint=hint
    )


def unknown_scenario(title: str, known: Sequence[str], near: str | None) -> Diagnostic:
    some = ", ".join(f'"{k}"' for k in known) or "none"
    some_zh = "、".join(f"“{k}”" for k in known) or "无"
    return UNKNOWN_SCENARIO.at(
        DataPlace("scenario"),
        Text(f'there is no scenario "{title}" (there are: {some})', f"没有情景“{title}”（现有：{some_zh}）"),
        hint=Text(f'did you mean "{near}"?', f"是否想写“{near}”？") if near else None,
    )


def test_failed(span: Span, title: Text, found: Text, wanted: Text | None) -> Diagnostic:
    en = f"{found.en}; expected {wanted.en}" if wanted else found.en
    zh = f"{found.zh}；期望 {wanted.zh}" if wanted else found.zh
    return TEST_FAILED.at(
        span,
        Text(f'test "{title.en or title.zh}" fails: {en}', f"测试“{title.zh or title.en}”未通过：{zh}"),
    )


def test_needs(span: Span, title: Text, record: str, field: str) -> Diagnostic:
    return TEST_NEEDS.at(
        span,
        Text(
            f'test "{title.en or title.zh}" needs `{field}` of {record}, which is not given',
            f"测试“{title.zh or title.en}”需要“{record}”的“{field}”，但没有给出",
        ),
        hint=Text(
            f"add a line `{field} = …` under `given {record}`", f"请在“已知 {record}”下补一行“{field} = …”"
        ),
    )


def test_undecided(span: Span, title: Text, why: Diagnostic) -> Diagnostic:
    return TEST_UNDECIDED.at(
        span,
        Text(
            f'test "{title.en or title.zh}" has no answer: {why.message.en}',
            f"测试“{title.zh or title.en}”没有结果：{why.message.zh}",
        ),
        *why.labels,
        example=why.example,
    )


def no_row(place: Place, table: str, span: Span, example: Sequence[tuple[str, str]]) -> Diagnostic:
    return NO_ROW.at(
        place,
        Text(f"no row of `{table}` applies", f"“{table}”没有任何一行命中"),
        Label(span, Text("this table", "这张表")),
        hint=Text("add a row for this case", "请为这种情况补一行"),
        example=example,
    )


def two_rows(
    place: Place, table: str, rows: Sequence[tuple[int, Span]], example: Sequence[tuple[str, str]]
) -> Diagnostic:
    numbers = ", ".join(str(n) for n, _ in rows)
    return TWO_ROWS.at(
        place,
        Text(
            f"rows {numbers} of `{table}` all apply; the table says that one answers",
            f"“{table}”的第 {numbers} 行同时命中，而该表规定只能命中一行",
        ),
        *(Label(s, Text(f"row {n}", f"第 {n} 行")) for n, s in rows),
        hint=Text(
            "make the rows exclude each other, or write `table first`", "请让各行互斥，或改用“表 首个”"
        ),
        example=example,
    )


def overrides_disagree(place: Place, name: str, rules: Sequence[tuple[str, Span]]) -> Diagnostic:
    names = ", ".join(n for n, _ in rules)
    return OVERRIDES_DISAGREE.at(
        place,
        Text(
            f"rules {names} both override `{name}` and disagree", f"规则 {names} 都覆盖“{name}”，结果却不一致"
        ),
        *(Label(s, Text(n, n)) for n, s in rules),
        hint=Text(
            "order them: `rule a overrides b` puts a above b", "请排出先后：“规则 甲 覆盖 乙”表示甲优先"
        ),
    )


def needs_portfolio(place: Place, name: str) -> Diagnostic:
    return NEEDS_PORTFOLIO.at(
        place,
        Text(
            f"`{name}` compares with all customers, and no portfolio was given",
            f"“{name}”要与全体客户比较，但没有提供客户全量",
        ),
        hint=Text("name it with --portfolio FILE", "请用 --portfolio 指定全量文件"),
    )


def contradicts(place: Place, because: Text, span: Span) -> Diagnostic:
    reason = because or Text("a fact of the policy says that this cannot be", "策略声明不可能出现这种情况")
    return CONTRADICTS.at(
        place,
        Text(
            f"this record cannot be: {reason.en or reason.zh}",
            f"这条记录不可能成立：{reason.zh or reason.en}",
        ),
        Label(span, Text("declared impossible here", "此处声明为不可能")),
        hint=Text("correct the record", "请更正数据"),
    )


def not_a_record(place: Place, found: str) -> Diagnostic:
    return NOT_A_RECORD.at(
        place,
        Text(f"a record has fields; this is {found}", f"记录应由字段组成，这里是 {found}"),
        hint=Text("give a dict, JSON text of an object, or a model", "请提供字典、JSON 对象文本或模型"),
    )


# ---- how everybody stands


def cutoffs_not_read(file: str, problem: str) -> Diagnostic:
    return CUTOFFS_NOT_READ.at(
        DataPlace(file),
        Text(f"{file} can't be read: {problem}", f"无法读取 {file}：{problem}"),
        hint=Text(
            "write one with `kamflow eval … --portfolio FILE --write-cutoffs CUTOFFS`",
            "可用 kamflow eval … --portfolio 全量文件 --write-cutoffs 界值文件 生成",
        ),
    )


def cutoffs_form(file: str, part: Text) -> Diagnostic:
    return CUTOFFS_FORM.at(
        DataPlace(file),
        Text(
            f"{file} is no file of cut-offs: {part.en} is not as kamflow writes it",
            f"{file} 不是界值文件：{part.zh}不符合格式",
        ),
        hint=Text("write it again with --write-cutoffs", "请用 --write-cutoffs 重新生成"),
    )


def cutoffs_version(file: str, found: int, known: int) -> Diagnostic:
    return CUTOFFS_FORM.at(
        DataPlace(file),
        Text(
            f"{file} is of format {found}; this kamflow reads format {known}",
            f"{file} 的格式版本为 {found}，本版本只能读取格式 {known}",
        ),
        hint=Text("write it again with this version", "请用当前版本重新生成"),
    )


def cutoffs_changed(file: str) -> Diagnostic:
    return CUTOFFS_CHANGED.at(
        DataPlace(file),
        Text(f"{file} was changed after it was written", f"{file} 写出后被改动过"),
        why=Text(
            "its content is not the one that its first line vouches for: a class could be another one",
            "内容与首行的校验值不符，等级可能因此出错",
        ),
        hint=Text(
            "fetch it again, or write it again with --write-cutoffs",
            "请重新获取，或用 --write-cutoffs 重新生成",
        ),
    )


def not_measured(file: str, name: str, known: Sequence[str], as_of: str) -> Diagnostic:
    some, some_zh = ", ".join(known) or "—", "、".join(known) or "—"
    what, what_zh = (f"for {file}", f"{file} 中") if file else ("in the portfolio", "全体客户中")
    return NOT_MEASURED.at(
        DataPlace(file or "portfolio"),
        Text(
            f"what `{name}` compares with was not measured {what} (measured were: {some})",
            f"{what_zh}没有“{name}”的排名依据：当时测算的是其他内容（{some_zh}）",
        ),
        why=Text(
            f"its condition, measure, group, classes or a parameter are not those of {as_of}",
            f"{as_of} 测算时的策略不同：条件、指标、分组、分级或参数有变化",
        ),
        hint=Text("measure the portfolio again with the policy of today", "请用当前策略重新测算全体客户"),
    )


def nothing_measured(file: str) -> Diagnostic:
    return NOT_MEASURED.at(
        DataPlace(file),
        Text(
            "no portfolio was measured: there are no cut-offs to write", "尚未测算全体客户，没有可写出的界值"
        ),
        hint=Text("take `engine.with_portfolio(…)` first", "请先调用 engine.with_portfolio(…)"),
    )


def portfolio_of_another_day(measured: str, asked: str) -> Diagnostic:
    return ANOTHER_DAY.at(
        DataPlace("as of"),
        Text(
            f"the portfolio was measured as of {measured}, and the decision is asked for {asked}",
            f"全体客户按 {measured} 测算，而决策日期为 {asked}",
        ),
        why=Text("measures that look at today's date would be another day's", "与日期有关的指标会不一致"),
        hint=Text(
            "take the portfolio as of that day, or write its cut-offs and use those",
            "请按该日期重新测算，或写出界值文件后使用",
        ),
    )


# ---- overlays


def nothing_to_set(place: DataPlace, name: str, near: str | None) -> Diagnostic:
    return NOTHING_TO_SET.at(
        place,
        Text(f"there is no parameter `{name}` to set", f"没有可以设置的参数“{name}”"),
        hint=Text(f"did you mean `{near}`?", f"是否想写“{near}”？")
        if near
        else Text("an overlay sets parameters of the policies only", "只能设置策略中声明的参数"),
    )


def no_value(place: DataPlace, name: str, text: str) -> Diagnostic:
    return NO_VALUE.at(
        place,
        Text(f"`{text}` is no value for `{name}`", f"“{text}”不是可用于“{name}”的值"),
        why=Text(
            "a value is read as policies write it, and nothing is computed or guessed",
            "值按策略的写法读取，不作计算，也不作猜测",
        ),
        hint=Text(
            "write it with its unit: 85, 12.5%, 30 days, 100,000 CNY, 2026-06-30, yes",
            "请连同单位书写：85、12.5%、30 天、100,000 元、2026-06-30、是",
        ),
    )


def does_not_hold(place: DataPlace, said: str) -> Diagnostic:
    return DOES_NOT_HOLD.at(
        place,
        Text(f"with {said} the policies do not compile", f"设 {said} 后，策略无法编译"),
        why=Text(
            "the policies are checked again with the new values, units and ranges included",
            "策略会连同新值重新检查，包括单位和取值范围",
        ),
        hint=Text("the findings below say what is wrong with it", "下面的检查结果说明了问题所在"),
    )
