"""Decisions for people: a table with the decisions that fit, or with ``--explain`` a block a record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import IO

from kamflow.app.eval import Answer, EvalRun
from kamflow.app.eval_columns import headlines, label_of, main_output
from kamflow.app.why_words import Words
from kamflow.base.display import display_width, pad, truncate, visible
from kamflow.base.render.paint import Style, paint
from kamflow.base.text import Lang, Text
from kamflow.cli import tables
from kamflow.cli.absences import absences
from kamflow.core.expr import DefKey
from kamflow.core.ty import EnumTy, ListTy, OptTy, ScaledTy, StructTy, Ty, UnitKind, strip_opt
from kamflow.core.wording import grouped, name_field, say, short
from kamflow.project.explanation import Step
from kamflow.values.data import Value
from kamflow.values.decimals import show_scaled

_SAMPLE = 300  # rows that settle the widths; those after them are cut to fit
_NAME_WIDTH = 20
_REASON_WIDTH = (26, 34)  # on a narrow terminal, and from 120 columns on
_LABEL_WIDTH = 28
_VALUE_WIDTH = 22
_NOTHING = "–"
_MAX_SHARES = 8


class DecisionTable:
    """Takes answers one by one; writes rows as soon as the widths are settled."""

    def __init__(self, run: EvalRun, out: IO[str], lang: Lang, width: int, *, color: bool) -> None:
        self._run = run
        self._out = out
        self._lang = lang
        self._width = width
        self._color = color
        program, plan = run.program, run.slot.plan
        self._order = list(plan.outputs) if run.request.only else headlines(program, plan)
        self._main = main_output(program, plan)
        self._reasons = self._main is not None
        self._name = name_field(program.records[plan.record])
        self._columns = self._make_columns()
        self._waiting: list[list[str]] = []
        self._layout: tables.Layout | None = None
        self._shares: Counter[str] = Counter()
        self._rows = 0

    def _make_columns(self) -> list[tables.Column]:
        columns = [tables.Column(self._run.slot.id_name, most=16, needed=True)]
        if self._name is not None:
            decl = self._run.program.records[self._run.record].field(self._name)
            title = (decl.label.in_(self._lang) if decl else "") or self._name
            columns.append(tables.Column(title, most=_NAME_WIDTH, needed=True))
        if self._run.stages is not None:
            columns.append(tables.Column(_STAGE.in_(self._lang), most=16, needed=True))
            columns.append(tables.Column(_NEXT.in_(self._lang), most=34))
        for i, key in enumerate(self._order):
            found = self._run.program.defs[key]
            style = Style.STRONG if key == self._main else Style.PLAIN
            title = label_of(self._run.program, found, self._lang)
            if unit := _unit(found.ty):
                title = f"{title} {unit}"
            most = 22 if isinstance(strip_opt(found.ty), ListTy) else 24
            columns.append(
                tables.Column(title, right=_is_amount(found.ty), most=most, needed=i == 0, style=style)
            )
        if self._main is not None:
            title = self._because_title(self._main)
            columns.append(
                tables.Column(title, least=_REASON_WIDTH[self._width >= 120], grows=True, style=Style.LABEL)
            )
        return columns

    def _because_title(self, key: DefKey) -> str:
        label = label_of(self._run.program, self._run.program.defs[key], self._lang)
        return Text(f"because ({label})", f"{label}的理由").in_(self._lang)

    def write(self, answer: Answer) -> None:
        self._rows += 1
        raw = answer.decision.raw()
        values = dict(zip(self._run.slot.plan.outputs, raw, strict=True))
        row = ["" if answer.decision.id is None else str(answer.decision.id)]
        if self._name is not None:
            row.append(str(answer.raw.get(self._name) or ""))
        if self._run.stages is not None:
            row += [_told([s.state for s in answer.stages], self._lang)]
            row += [_told([s.next for s in answer.stages], self._lang)]
        row += [self._cell(key, values[key]) for key in self._order]
        if self._main is not None:
            if self._reasons:
                row.append(self._reason(answer, self._main))
            if isinstance(strip_opt(self._run.program.defs[self._main].ty), EnumTy):
                self._shares[self._cell(self._main, values[self._main])] += 1
        if self._layout is None:
            self._waiting.append(row)
            if len(self._waiting) >= _SAMPLE:
                self._settle()
        else:
            self._put(tables.line(self._layout, row, color=self._color))

    def _settle(self) -> None:
        layout = tables.fit(self._columns, self._waiting, self._width)
        if self._run.request.only and self._reasons and self._outputs_left_out(layout):
            self._reasons = False  # what was asked for by name goes before a reason
            self._columns.pop()
            self._waiting = [row[:-1] for row in self._waiting]
            layout = tables.fit(self._columns, self._waiting, self._width)
        for text in tables.header(layout, color=self._color):
            self._put(text)
        for row in self._waiting:
            self._put(tables.line(layout, row, color=self._color))
        self._waiting.clear()
        self._layout = layout

    def _put(self, text: str) -> None:
        self._out.write(text + "\n")

    def finish(self) -> None:
        """Write what waits, how the main decision is spread, and which outputs were left out."""
        if not self._rows:
            return
        if self._layout is None:
            self._settle()
        assert self._layout is not None
        self._put("")
        if self._main is not None and self._shares:
            self._put(self._spread(self._main))
        names = self._outputs_left_out(self._layout)
        if names:
            for text in self._more(names):
                self._put(paint(text, Style.LABEL, self._color))

    def _outputs_left_out(self, layout: tables.Layout) -> list[str]:
        first = 1 + (self._name is not None) + 2 * (self._run.stages is not None)
        left = [i - first for i in layout.left_out]
        return [self._order[i].name for i in left if 0 <= i < len(self._order)]

    def _spread(self, key: DefKey) -> str:
        found = self._run.program.defs[key]
        ty = strip_opt(found.ty)
        assert isinstance(ty, EnumTy)
        members = [self._cell(key, i) for i in range(len(ty.members))]
        ranked = reversed(members) if ty.ordered else [m for m, _ in self._shares.most_common()]
        said = [f"{m} {self._shares[m]:,}" for m in ranked if self._shares[m]][:_MAX_SHARES]
        colon = "：" if self._lang is Lang.ZH else ": "
        return (
            paint(label_of(self._run.program, found, self._lang), Style.STRONG, self._color)
            + colon
            + " · ".join(said)
        )

    def _more(self, names: list[str]) -> list[str]:
        some = ", ".join(names[:_MAX_SHARES])
        if self._run.request.only:
            text = Text(
                f"too wide for these columns: {some} (--explain or --format csv shows them)",
                f"宽度不够，未显示：{some}（可用 --explain 或 --format csv 查看）",
            )
            return tables.indent(text.in_(self._lang), 0, self._width)
        text = Text(
            f"{len(names)} more decisions: {some}{', …' if len(names) > _MAX_SHARES else ''}"
            " (--only NAME,NAME shows them, --explain shows all with reasons)",
            f"另有 {len(names)} 项决策：{some}{' 等' if len(names) > _MAX_SHARES else ''}"
            "（--only 名称,名称 可查看，--explain 查看全部及理由）",
        )
        return tables.indent(text.in_(self._lang), 0, self._width)

    # ---- cells

    def _cell(self, key: DefKey, value: Value) -> str:
        ty = self._run.program.defs[key].ty
        inner = strip_opt(ty)
        if value is None:
            return _NOTHING
        match inner:
            case ScaledTy(unit, scale) if isinstance(value, int) and unit.kind is UnitKind.MONEY:
                return grouped(show_scaled(value, scale))
            case ScaledTy(unit, scale) if isinstance(value, int) and unit.kind in _BARE:
                return short(value, scale)
            case ListTy(item):
                return self._list(value, strip_opt(item))
            case _:
                return say(value, ty, self._run.program).in_(self._lang)

    def _list(self, value: Value, item: Ty) -> str:
        """Write a list by the first words of its lines."""
        assert isinstance(value, tuple)
        if not value:
            return _NOTHING
        firsts: list[str] = []
        for part in value:
            ty, one = item, part
            if isinstance(item, StructTy) and isinstance(part, tuple):
                ty, one = item.fields[0][1], part[0]
            firsts.append(say(one, ty, self._run.program).in_(self._lang))
        return "; ".join(dict.fromkeys(firsts))

    def _reason(self, answer: Answer, key: DefKey) -> str:
        trace = answer.decision.trace
        step = trace.outputs.get(key.name) if trace is not None else None
        if step is None:
            return ""
        rules = [o for o in step.overrides if o.won and o.because]
        if rules:
            return "; ".join(dict.fromkeys(o.because.in_(self._lang) for o in rules))
        return "; ".join(dict.fromkeys(a.because.in_(self._lang) for a in step.rows if a.because))


_STAGE, _NEXT = Text("Stage", "阶段"), Text("Next", "下一步")


def _told(texts: Sequence[Text], lang: Lang) -> str:
    return "; ".join(t.in_(lang) for t in texts) or _NOTHING


_BARE = frozenset({UnitKind.NUMBER, UnitKind.DAYS, UnitKind.MONTHS})


def _unit(ty: Ty) -> str:
    """Return the unit that a column's title carries, so that its cells need not."""
    match ty:
        case OptTy(inner):
            return _unit(inner)
        case ScaledTy(unit) if unit.kind is UnitKind.MONEY:
            return unit.currency
        case ScaledTy(unit) if unit.kind in (UnitKind.DAYS, UnitKind.MONTHS):
            return f"({unit.kind})"
        case _:
            return ""


def _is_amount(ty: Ty) -> bool:
    inner = strip_opt(ty)
    return isinstance(inner, ScaledTy) and inner.unit.kind is not UnitKind.DATE


class DecisionBlocks:
    """Writes a block a record: each decision, its value, and why."""

    def __init__(self, run: EvalRun, out: IO[str], lang: Lang, width: int, *, color: bool) -> None:
        self._run = run
        self._out = out
        self._lang = lang
        self._width = width
        self._color = color
        self._name = name_field(run.program.records[run.record])

    def write(self, answer: Answer) -> None:
        explanation = answer.explanation
        if explanation is None:
            return
        head = title_of(answer, self._name)
        self._put(paint(truncate(head, self._width), Style.STRONG, self._color))
        words = Words(answer.decision.assumed)
        steps = [explanation.steps[n] for n in explanation.outputs]
        labels = [self._label(s) for s in steps]
        left = min(max((display_width(x) for x in labels), default=0), _LABEL_WIDTH)
        before: Step | None = None
        for step, label in zip(steps, labels, strict=True):
            same = before if before is not None and _same_row(before, step) else None
            self._step(step, label, left, self._why(step, words) if same is None else [self._as(same)])
            before = step if same is None else same
        for text in absences(answer, self._run, self._lang):
            for part in tables.indent(text, 2, self._width):
                self._put(paint(part, Style.LABEL, self._color))
        self._put("")

    def _as(self, step: Step) -> str:
        return Text(f"as {step.name}", f"同 {step.name}").in_(self._lang)

    def _label(self, step: Step) -> str:
        key = DefKey(self._run.record, step.name)
        return visible(label_of(self._run.program, self._run.program.defs[key], self._lang))

    def _step(self, step: Step, label: str, left: int, why: list[str]) -> None:
        value = visible(step.shown.text.in_(self._lang))
        lead = 2 + left + 2
        column = lead + _VALUE_WIDTH + 2
        head = "  " + pad(truncate(label, left), left) + "  "
        if display_width(value) > _VALUE_WIDTH:
            for i, part in enumerate(tables.indent(value, lead, self._width)):
                text = paint(part[lead:], Style.STRONG, self._color)
                self._put((head if i == 0 else " " * lead) + text)
            head, value = " " * lead, ""
        lines = [x for w in why for x in tables.indent(w, 0, self._width - column)] or [""]
        for i, text in enumerate(lines):
            if i or not value:
                self._put(" " * column + text)
            else:
                shown = paint(pad(value, _VALUE_WIDTH), Style.STRONG, self._color)
                self._put(f"{head}{shown}  {text}".rstrip())

    def _why(self, step: Step, words: Words) -> list[str]:
        """Return the reason first, then how it came about, then what else is known."""
        found = [step.because] if step.because and len(step.rows) < 2 else []
        found += words.how(step)
        found += [d for d in words.details(step) if not d.en.startswith("reason: ")]
        return [f.in_(self._lang) for f in found]

    def _put(self, text: str) -> None:
        self._out.write(text + "\n")

    def finish(self) -> None:
        """Nothing waits."""


def _same_row(before: Step, step: Step) -> bool:
    """Say whether two outputs of one declaration come from the same row, for the same reason."""
    if before.table != step.table or before.rules or step.rules or len(step.rows) != 1:
        return False
    first, second = (replace(s.rows[0], shown=None) if s.rows else None for s in (before, step))
    return first == second


def title_of(answer: Answer, name: str | None) -> str:
    """Name a record: its id, and its name where it has one."""
    given = answer.raw.get(name) if name is not None else None
    parts = [str(p) for p in (answer.decision.id, given) if p is not None]
    return visible("  ".join(parts)) or "—"
