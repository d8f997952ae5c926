"""A comparison for people: what differs first, what is equal in a line."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence

from kamflow.app.changes import Compared
from kamflow.app.settings import Settings
from kamflow.base.display import visible
from kamflow.base.render.paint import Style, paint
from kamflow.base.text import Lang, Text
from kamflow.cli.tables import indent
from kamflow.compare.changes import Version
from kamflow.compare.model import (
    Change,
    Comparison,
    Declared,
    OutputChange,
    OwnChange,
    Region,
    Shown,
    Subject,
    Verdict,
    Where,
    Witness,
)
from kamflow.core.ty import DATE_CEIL, DATE_FLOOR
from kamflow.prove.example import example_words
from kamflow.prove.intervals import Days
from kamflow.values.data import TypedRecord
from kamflow.values.dates import show_day
from kamflow.values.trace import Answer

_MAX_WIDTH = 100
_BOXES = 6  # of one difference that are named
_FIELDS = 8  # of a record that are named

_SUBJECTS = {
    Subject.POLICY: Text("policy", "策略"),
    Subject.RECORD: Text("record", "记录"),
    Subject.FIELD: Text("field", "字段"),
    Subject.TYPE: Text("type", "类型"),
    Subject.PARAMETER: Text("parameter", "参数"),
    Subject.FACT: Text("fact about", "事实"),
    Subject.DAYS: Text("from", "自"),
}
_VERDICTS = {
    Verdict.EQUAL: Text("equal", "相同"),
    Verdict.CHANGED: Text("changed", "有变化"),
    Verdict.ADDED: Text("added", "新增"),
    Verdict.REMOVED: Text("removed", "已删除"),
    Verdict.TYPE_CHANGED: Text("another type", "类型不同"),
    Verdict.NOT_DECIDED: Text("not decided", "尚无定论"),
}
_STYLES = {Verdict.EQUAL: Style.PLAIN, Verdict.NOT_DECIDED: Style.WARNING, Verdict.REMOVED: Style.ERROR}


def comparison_lines(found: Compared, settings: Settings, *, color: bool) -> Iterator[str]:
    """Yield the lines of a comparison."""
    page = Page(settings.lang, found.versions, found.comparison, color, settings.verbose > 0)
    yield paint(f"{visible(found.old)} → {visible(found.new)}", Style.STRONG, color)
    yield from page.declared(found.comparison.declared)
    for output in found.comparison.outputs:
        if not output.is_equal:
            yield ""
            yield from page.output(output)
    yield ""
    yield page.say(_summary(found.comparison.outputs))
    same = [o.name for o in found.comparison.outputs if o.is_equal and _is_rewritten(o)]
    if same:
        names, names_zh = ", ".join(same), "、".join(same)
        words = Text(f"written differently, means the same: {names}", f"写法不同、含义相同：{names_zh}")
        yield from page.wrapped(words, 0)


def _is_rewritten(output: OutputChange) -> bool:
    return any(c.rewritten for _, c in output.stretches)


def _summary(outputs: Sequence[OutputChange]) -> Text:
    equal = sum(o.is_equal for o in outputs)
    unknown = sum(o.is_undecided for o in outputs)
    changed = len(outputs) - equal - unknown
    parts = [f"{changed} changed"] * bool(changed) + [f"{unknown} not decided"] * bool(unknown)
    parts_zh = [f"{changed} 项有变化"] * bool(changed) + [f"{unknown} 项尚无定论"] * bool(unknown)
    if equal or not parts:
        parts.append(f"{equal} proved equal")
        parts_zh.append(f"{equal} 项已证明相同")
    what = "output" if len(outputs) == 1 else "outputs"
    return Text(f"{len(outputs)} {what}: {', '.join(parts)}", f"{len(outputs)} 项输出：{'，'.join(parts_zh)}")


class Page:
    """Says the parts of a comparison, in lines that fit."""

    def __init__(
        self, lang: Lang, versions: tuple[Version, Version], comparison: Comparison, color: bool, full: bool
    ) -> None:
        self._lang, self._versions, self._days = lang, versions, comparison.days
        self._color, self._full = color, full
        self._width = max(min(shutil.get_terminal_size().columns, _MAX_WIDTH), 50)
        self._last: TypedRecord | None = None

    @property
    def width(self) -> int:
        return self._width

    def say(self, text: Text) -> str:
        return visible(text.in_(self._lang))

    def wrapped(self, text: Text, blanks: int) -> list[str]:
        return indent(text.in_(self._lang), blanks, self._width)

    # ---- declarations

    def declared(self, items: Sequence[Declared]) -> Iterator[str]:
        if items:
            yield ""
        for item in items:
            what = _SUBJECTS[item.subject]
            text = Text(
                f"{what.en} {item.name}: {item.text.en}",
                f"{what.zh} {item.name}：{item.text.zh or item.text.en}",
            )
            yield from self.wrapped(text, 0)

    # ---- outputs

    def output(self, output: OutputChange) -> Iterator[str]:
        label = self.say(output.label) if output.label else ""
        name = paint(visible(output.name), Style.STRONG, self._color)
        head = f"{name}  {label}" if label and label != output.name else name
        stretches = [(d, c) for d, c in output.stretches if c.verdict is not Verdict.EQUAL]
        one = stretches[0][1] if len(output.stretches) == 1 else None
        yield head + self._verdict(one) if one is not None else head
        for days, change in stretches:
            blanks = 2
            when = self._when(days)
            if when is not None:
                yield "  " + self.say(when) + ("" if one is not None else self._verdict(change))
                blanks = 4
            yield from self._change(change, blanks)

    def regions(self, output: OutputChange, blanks: int) -> Iterator[str]:
        """Say what was written anew in an output, and on which days; nothing where that is in others."""
        for days, change in output.stretches:
            if not change.own:
                continue
            when = self._when(days)
            if when is not None:
                yield " " * blanks + self.say(when)
            for own in change.own:
                yield from self._own(own, blanks + 2 * (when is not None))

    def _verdict(self, change: Change) -> str:
        style = _STYLES.get(change.verdict, Style.NOTE)
        words = self.say(_VERDICTS[change.verdict])
        if change.through:
            names, names_zh = ", ".join(change.through), "、".join(change.through)
            through = Text(f", through {names}", f"，源于 {names_zh}")
            words += self.say(through)
        return "  " + paint(words, style, self._color)

    def _when(self, days: Days) -> Text | None:
        """Return the days of a change; None where they are all that were compared."""
        if days == self._days:
            return None
        first, last = show_day(days.first), show_day(days.last)
        if days.last >= min(self._days.last, DATE_CEIL):
            return Text(f"from {first} on:", f"{first} 起：")
        if days.first <= max(self._days.first, DATE_FLOOR):
            return Text(f"until {last}:", f"至 {last} 为止：")
        return Text(f"{first} to {last}:", f"{first} 至 {last}：")

    def _change(self, change: Change, blanks: int) -> Iterator[str]:
        for own in change.own:
            yield from self._own(own, blanks)
        if change.why:
            yield from self.wrapped(change.why, blanks)
        if change.witness is not None:
            yield from self._witness(change.witness, blanks)

    def _own(self, own: OwnChange, blanks: int) -> Iterator[str]:
        if own.part is Where.OVERRIDES:
            yield from self.wrapped(Text("overrides:", "覆盖规则："), blanks)
            blanks += 2
        for region in own.regions:
            yield from self._region(region, blanks)
        if not own.regions and own.old_text != own.new_text:
            for sign, text, style in (("- ", own.old_text, Style.ERROR), ("+ ", own.new_text, Style.NOTE)):
                for line in indent(sign + (text or "…"), blanks, self._width):
                    yield paint(line, style, self._color)

    def _region(self, region: Region, blanks: int) -> Iterator[str]:
        en = "; or ".join(w.en for w in region.where[:_BOXES])
        zh = "；或 ".join(w.zh for w in region.where[:_BOXES])
        more = len(region.where) - _BOXES
        if more > 0:
            en, zh = f"{en}; and {more} more", f"{zh}；另有 {more} 类"
        old, new = region.old, region.new
        everywhere = region.where[0].en == "in every case"
        only, only_zh = ("", "") if everywhere else ("only for ", "仅限 ")
        yield from self.wrapped(
            Text(
                f"{only}{en}: {old.en} → {new.en}",
                f"{only_zh}{zh}：{old.zh or old.en} → {new.zh or new.en}",
            ),
            blanks,
        )

    # ---- witnesses

    def _witness(self, witness: Witness, blanks: int) -> Iterator[str]:
        old, new = _answer(witness.old), _answer(witness.new)
        what = Text(f"{old.en} → {new.en}", f"{old.zh} → {new.zh}")
        if self._last is witness.new_record:
            yield from self.wrapped(Text(f"the same record: {what.en}", f"同一条记录：{what.zh}"), blanks)
            return
        self._last = witness.new_record
        who = self._record(witness)
        yield from self.wrapped(Text(f"for example {what.en}", f"例如 {what.zh}"), blanks)
        yield from self.wrapped(who, blanks + 2)

    def _record(self, witness: Witness) -> Text:
        version = self._versions[1].on(witness.as_of)
        assert version is not None, "both versions took the record"
        pairs = example_words(version.program, witness.new_record, witness.as_of)
        pairs = [(n, v) for n, v in pairs if n != witness.without and v]
        more = 0 if self._full else max(len(pairs) - _FIELDS, 0)
        pairs = pairs[: len(pairs) - more] or [("…", Text("…"))]
        en = ", ".join(f"{n} = {v.en}" for n, v in pairs)
        zh = "，".join(f"{n} = {v.zh or v.en}" for n, v in pairs)
        if more:
            en, zh = f"{en}, and {more} more", f"{zh}，另有 {more} 项"
        if witness.without:
            en, zh = f"without {witness.without}; {en}", f"不填 {witness.without}；{zh}"
        day = show_day(witness.as_of)
        return Text(f"on {day}: {en}", f"{day}：{zh}")


def _answer(shown: Shown) -> Text:
    """Say a value and what gave it."""
    if shown.why_not:
        return Text(f"{shown.value.en} ({shown.why_not.en})", f"{shown.value.zh}（{shown.why_not.zh}）")
    value, value_zh = shown.value.en, shown.value.zh or shown.value.en
    won = [o for o in shown.step.overrides if o.won]
    if won:
        rule = won[0].rule
        return Text(f"{value} (rule {rule})", f"{value_zh}（规则 {rule}）")
    if len(shown.step.rows) != 1:
        return Text(value, value_zh)
    row = _row(shown.step.rows[0])
    return Text(f"{value} ({row.en})", f"{value_zh}（{row.zh}）")


def _row(answer: Answer) -> Text:
    match answer.kind:
        case "row":
            return Text(f"row {answer.row}", f"第 {answer.row} 行")
        case "clause":
            return Text(f"clause {answer.row}", f"第 {answer.row} 条")
        case _:
            return Text("otherwise", "否则")
