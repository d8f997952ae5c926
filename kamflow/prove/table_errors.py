"""Findings about tables: gaps, overlaps, rows that never answer, dates on which a table breaks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kamflow.base.diagnostic import Diagnostic, Edit, Label, Severity, define
from kamflow.base.span import Span
from kamflow.base.text import Text
from kamflow.core.expr import Table
from kamflow.core.program import Program
from kamflow.core.wording import say
from kamflow.prove.box_words import say_box
from kamflow.prove.example import example_of
from kamflow.prove.table_defects import Flaw, TableDefect
from kamflow.values.dates import show_day

GAP = define("KF0301", "case-without-answer", Severity.ERROR, since="0.2")
OVERLAP = define("KF0302", "rows-overlap", Severity.ERROR, since="0.2")
MASKED = define("KF0303", "row-never-answers", Severity.WARNING, since="0.2")
BREAKS_LATER = define("KF0304", "breaks-on-a-date", Severity.ERROR, since="0.2")
EMPTY = define("KF0305", "row-never-applies", Severity.WARNING, since="0.2")
DUPLICATE = define("KF0306", "row-twice", Severity.WARNING, since="0.2")
ALWAYS = define("KF0307", "row-always-applies", Severity.WARNING, since="0.2")
NOT_DECIDED = define("KF0308", "table-not-decided", Severity.WARNING, since="0.2")

MEMBER_NEVER_GIVEN = define("KF0309", "member-never-given", Severity.WARNING, since="0.2")

_ROWS_NAMED = 10
_SHOWN = 6  # boxes that a message names


@dataclass(frozen=True, slots=True)
class Touched:
    """How many records of the caller's data a flaw concerns, and some of their ids."""

    count: int
    total: int
    ids: tuple[str, ...]


def name_of_table(defect: TableDefect) -> str:
    return defect.key.name.partition("#")[0]


def gap(program: Program, defect: TableDefect, touched: Touched | None, fix: Iterable[Edit]) -> Diagnostic:
    """A case that no row takes. Without boxes only the record that was found says which."""
    name, where = name_of_table(defect), _gap_words(program, defect)
    many = len([s for s in defect.spots if s.box is not None])
    covered = Text("", "")
    if defect.cases is not None:
        covered = Text(
            f" ({defect.cases[0]:,} of {defect.cases[1]:,} covered)",
            f"（共 {defect.cases[1]:,} 种，已覆盖 {defect.cases[0]:,} 种）",
        )
    cases = "a case" if many <= 1 else f"{many} kinds of cases"
    cases_zh = "一种情况" if many <= 1 else f"{many} 类情况"
    hurt = _touched(touched)
    edits = tuple(fix)
    add = Text("add a row for it, or an `otherwise` below the table", "请补一行，或在表下写“否则”")
    if edits:
        add = Text(
            "add the missing rows: `kamflow check --fix` writes them with `?` for you to fill in",
            "请补上缺少的行：“kamflow check --fix”会写好条件，结果留 ? 由你填写",
        )
    return GAP.at(
        defect.definition.span,
        Text(
            f"table {name} leaves {cases} without an answer{covered.en}: {where.en}{hurt.en}",
            f"表“{name}”有{cases_zh}没有答案{covered.zh}：{where.zh}{hurt.zh}",
        ),
        hint=add,
        why=Text(
            f"such a {defect.key.record} is rejected: it gets no decision at all",
            f"这样的{_zh(defect.key.record)}会被整条拒绝，得不到任何决策",
        ),
        fix=edits,
        example=_example(program, defect),
    )


def overlap(program: Program, defect: TableDefect, touched: Touched | None) -> Diagnostic:
    name, where = name_of_table(defect), _overlap_words(program, defect)
    rows, hurt = _rows(defect.rows), _touched(touched)
    together = (
        Text("both apply", "同时命中")
        if len(defect.rows) == 2
        else Text("apply together in parts", "部分重叠")
    )
    return OVERLAP.at(
        _row_span(defect, defect.rows[-1]) if defect.rows else defect.definition.span,
        Text(
            f"rows {rows.en} of {name} {together.en} when {where.en}{hurt.en}",
            f"“{name}”的第 {rows.zh} 行{together.zh}：{where.zh}{hurt.zh}",
        ),
        *(Label(_row_span(defect, r), Text(f"row {r + 1}", f"第 {r + 1} 行")) for r in defect.rows[:-1]),
        hint=Text(
            "change a bound so that one value has one row, or write `table first` if the upper row is to win",
            "请调整界限，使每个值只对应一行；若确实要上面的行优先，请写“表 首个”",
        ),
        why=Text(
            "which row counts must not depend on luck: such a record is rejected",
            "不能靠碰运气决定用哪一行：这样的记录会被拒绝",
        ),
        example=_example(program, defect),
    )


def masked(defect: TableDefect) -> Diagnostic:
    name, row = name_of_table(defect), defect.rows[0]
    table = defect.definition.body
    assert isinstance(table, Table)
    if row >= len(table.rows):
        return MASKED.at(
            table.otherwise.span
            if table.otherwise is not None and table.otherwise.span.end
            else defect.definition.span,
            Text(
                f"the `otherwise` of {name} never answers: the rows take every case",
                f"“{name}”的“否则”永远轮不到：各行已覆盖所有情况",
            ),
            hint=Text(
                "delete it: a case that is added later is then a finding, not a silent default",
                "请删除：以后新增的情况会被指出，而不是悄悄落入默认值",
            ),
        )
    before = _rows(defect.rows[1:])
    several = len(defect.rows) > 2
    return MASKED.at(
        _row_span(defect, row),
        Text(
            f"row {row + 1} of {name} never answers: row{'s' if several else ''} {before.en} before it"
            f" take{'' if several else 's'} all it asks for",
            f"“{name}”的第 {row + 1} 行永远轮不到：前面的第 {before.zh} 行已包含它的全部条件",
        ),
        *(Label(_row_span(defect, r), Text("comes first", "在它之前")) for r in defect.rows[1:]),
        hint=Text("move the row up, or delete it", "请把这一行上移，或删除"),
    )


def empty(defect: TableDefect) -> Diagnostic:
    name, rows = name_of_table(defect), _rows(defect.rows)
    one = len(defect.rows) == 1
    return EMPTY.at(
        _row_span(defect, defect.rows[0]),
        Text(
            f"row{'' if one else 's'} {rows.en} of {name} never appl{'ies' if one else 'y'}:"
            " no value meets what a cell asks for",
            f"“{name}”的第 {rows.zh} 行永远不会命中：有一格的条件没有任何值能满足",
        ),
        hint=Text("look at the bounds, also those that are parameters", "请检查界限，包括来自参数的界限"),
    )


def duplicate(defect: TableDefect) -> Diagnostic:
    name, rows = name_of_table(defect), _rows(defect.rows)
    return DUPLICATE.at(
        _row_span(defect, defect.rows[-1]),
        Text(
            f"rows {rows.en} of {name} ask and give the same, so it counts {len(defect.rows)} times",
            f"“{name}”的第 {rows.zh} 行条件与结果都相同，会被重复计入 {len(defect.rows)} 次",
        ),
        *(Label(_row_span(defect, r), Text("the same row", "相同的行")) for r in defect.rows[:-1]),
        hint=Text("delete all but one", "请只保留一行"),
    )


def always(defect: TableDefect) -> Diagnostic:
    name, rows = name_of_table(defect), _rows(defect.rows)
    one = len(defect.rows) == 1
    return ALWAYS.at(
        _row_span(defect, defect.rows[0]),
        Text(
            f"row{'' if one else 's'} {rows.en} of {name} appl{'ies' if one else 'y'}"
            f" to every {defect.key.record}",
            f"“{name}”的第 {rows.zh} 行对每一个{_zh(defect.key.record)}都命中",
        ),
        hint=Text("say in a cell whom it is for", "请在格中写明适用对象"),
    )


def breaks_later(program: Program, defects: Sequence[TableDefect], touched: Touched | None) -> Diagnostic:
    """All flaws of one table that begin on one day, with the parameters that change on it."""
    first = defects[0]
    day = show_day(first.days.first)
    values = [(n, say(v, program.params[n].ty, program)) for n, v in first.changed]
    changed = Text(
        ", ".join(f"{n} is {v.en}" for n, v in values), "、".join(f"{n} 为 {v.zh or v.en}" for n, v in values)
    )
    then = [_flaw_words(program, d) for d in defects]
    hurt = _touched(touched)
    places = [
        Label(program.params[n].span, Text(f"{n}, with its dates", f"参数 {n} 及其日期"))
        for n, _ in first.changed
    ]
    return BREAKS_LATER.at(
        first.definition.span,
        Text(
            f"from {day} {changed.en}: then {'; '.join(t.en for t in then)}{hurt.en}."
            " Until that day it is right, on that day it breaks",
            f"自 {day} 起 {changed.zh}：届时{'；'.join(t.zh for t in then)}{hurt.zh}。"
            "此前没有问题，到那一天就会出错",
        ),
        *places,
        hint=Text(
            "mend the rows or the new value now, before the date comes", "请趁生效日未到，先修正表格或新值"
        ),
        example=next((e for d in defects if (e := _example(program, d))), ()),
    )


def not_decided(program: Program, defect: TableDefect) -> Diagnostic:
    name = name_of_table(defect)
    why = defect.why or Text("", "")
    where = (
        say_box(program, defect.grid.axes, defect.spots[0].box)
        if defect.grid and defect.spots and defect.spots[0].box
        else None
    )
    at = Text(f" ({where.en})", f"（{where.zh}）") if where else Text("", "")
    what = (
        Text("whether its rows overlap", "各行是否重叠")
        if defect.rows
        else Text("whether every case has a row", "是否每种情况都有对应的行")
    )
    return NOT_DECIDED.at(
        defect.definition.span,
        Text(
            f"table {name}: {what.en} is not decided{at.en}: {why.en}",
            f"表“{name}”：{what.zh}尚无定论{at.zh}：{why.zh}",
        ),
        hint=Text(
            "with an `otherwise`, or with columns that are fields, it can be decided",
            "加上“否则”，或用字段作列，即可判定",
        ),
    )


def member_never_given(span: Span, name: str, members: Sequence[str]) -> Diagnostic:
    one = len(members) == 1
    quoted = ", ".join(f"`{m}`" for m in members)
    quoted_zh = "、".join(f"“{m}”" for m in members)
    return MEMBER_NEVER_GIVEN.at(
        span,
        Text(
            f"nothing ever gives {quoted} of {name}: no row, clause or rule"
            f" results in {'it' if one else 'them'}",
            f"“{name}”的{quoted_zh}从来不会出现：没有任何一行、分支或规则以它为结果",
        ),
        hint=Text("add a row that gives it, or delete the member", "请补一行给出这个结果，或删除这个成员"),
        why=Text(
            "whoever reads the list believes that there are such cases; rows for them never count",
            "读到这份列表的人会以为有这种情况；为它写的行永远用不上",
        ),
    )


# ---- words


def _flaw_words(program: Program, defect: TableDefect) -> Text:
    name, rows = name_of_table(defect), _rows(defect.rows)
    match defect.flaw:
        case Flaw.GAP:
            where = _gap_words(program, defect)
            return Text(f"no row of {name} applies when {where.en}", f"“{name}”没有一行适用于 {where.zh}")
        case Flaw.OVERLAP:
            where = _overlap_words(program, defect)
            return Text(
                f"rows {rows.en} of {name} both apply when {where.en}",
                f"“{name}”的第 {rows.zh} 行同时命中：{where.zh}",
            )
        case Flaw.EMPTY:
            return Text(f"row {rows.en} of {name} never applies", f"“{name}”的第 {rows.zh} 行永远不会命中")
        case _:
            row = _rows(defect.rows[:1])
            return Text(f"row {row.en} of {name} never answers", f"“{name}”的第 {row.zh} 行永远轮不到")


def _gap_words(program: Program, defect: TableDefect) -> Text:
    boxes = [s.box for s in defect.spots if s.box is not None]
    if defect.grid is None or not boxes:
        return Text("see the example", "见示例")
    said = [say_box(program, defect.grid.axes, b) for b in boxes[:_SHOWN]]
    en, zh = "; or ".join(s.en for s in said), "；或 ".join(s.zh for s in said)
    more = len(boxes) - _SHOWN
    return Text(f"{en}; and {more} more", f"{zh}；另有 {more} 类") if more > 0 else Text(en, zh)


def _overlap_words(program: Program, defect: TableDefect) -> Text:
    box = defect.spots[0].box
    if defect.grid is None or box is None:
        return Text("see the example", "见示例")
    said = say_box(program, defect.grid.axes, box)
    exact = len(box) > 0 and any(
        v != a.whole and len(v) == 1 and v[0][0] == v[0][1] and a.hi - a.lo > 100
        for v, a in zip(box, defect.grid.axes, strict=True)
    )
    return Text(f"{said.en} (exactly)", f"{said.zh}（恰好）") if exact else said


def _rows(rows: Sequence[int]) -> Text:
    numbers = [str(r + 1) for r in rows]
    more = len(numbers) - _ROWS_NAMED
    if more > 1:
        shown = numbers[:_ROWS_NAMED]
        return Text(f"{', '.join(shown)} and {more:,} more", f"{'、'.join(shown)} 等 {len(numbers):,}")
    if len(numbers) < 2:
        return Text("".join(numbers), "".join(numbers))
    return Text(f"{', '.join(numbers[:-1])} and {numbers[-1]}", "、".join(numbers))


def _row_span(defect: TableDefect, row: int) -> Span:
    table = defect.definition.body
    assert isinstance(table, Table)
    return table.rows[row].tag.span


def _touched(touched: Touched | None) -> Text:
    if touched is None:
        return Text("", "")
    if not touched.count:
        return Text("; in your data: nobody", "；你的数据中：没有")
    ids = ", ".join(touched.ids) + (", …" if touched.count > len(touched.ids) else "")
    some = f" ({ids})" if touched.ids else ""
    some_zh = f"（{ids}）" if touched.ids else ""
    return Text(
        f"; in your data: {touched.count:,} of {touched.total:,}{some}",
        f"；你的数据中：{touched.total:,} 条里有 {touched.count:,} 条{some_zh}",
    )


def _zh(record: str) -> str:
    return f" {record} " if record.isascii() else record


def _example(program: Program, defect: TableDefect) -> tuple[tuple[str, str], ...]:
    witness = defect.witness
    return () if witness is None else example_of(program, witness.record, witness.as_of)
