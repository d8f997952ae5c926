"""Answers of rows and places of differences in words: ``8% → 9%``, ``value_score 78 to below 82``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kamflow.base.span import Span
from kamflow.base.text import Text
from kamflow.compare.answers import Answers, NoAnswer, Result
from kamflow.compare.common_axes import CommonAxis
from kamflow.compare.same_form import Form, Forms
from kamflow.core.expr import Expr, Fold, Struct
from kamflow.core.program import Program
from kamflow.core.wording import NONE, name_of, say
from kamflow.prove.box_words import say_box
from kamflow.tables.grid import Box

Written = Callable[[Span], str]
"""Gives what stands at a place of a policy; empty where there is no text."""

_NO_ANSWER = {
    NoAnswer.NO_ROW: Text("no answer (no row applies)", "没有答案（无适用的行）"),
    NoAnswer.TWO_ROWS: Text("no answer (two rows apply)", "没有答案（两行同时命中）"),
    NoAnswer.DISAGREE: Text("no answer (overrides disagree)", "没有答案（覆盖规则互相矛盾）"),
    NoAnswer.BASE: Text("not overridden", "不覆盖"),
}


@dataclass(frozen=True, slots=True)
class Speaker:
    """Says what one program answers."""

    program: Program
    forms: Forms
    written: Written

    def answer(self, answers: Answers, result: Result, besides: Result) -> Text:
        """Say an answer; of a list only what ``besides``, the other version's, does not have."""
        if isinstance(result.form, NoAnswer):
            return _NO_ANSWER[result.form]
        if answers.fold is Fold.COUNT:
            return Text(str(len(result.exprs)))
        if len(result.exprs) == 1:
            return self.value(result.exprs[0])
        exprs = list(result.exprs)
        if answers.fold is Fold.LIST:
            others = list(_forms(besides))
            exprs = [e for e in exprs if not _take(others, self.forms.of(e))]
        said = [self.value(e) for e in exprs]
        if not said:
            return NONE
        signs = {Fold.SUM: " + ", Fold.LIST: "; "}
        sign = signs.get(answers.fold, ", ")
        sign_zh = {Fold.SUM: " + ", Fold.LIST: "；"}.get(answers.fold, "，")
        return Text(sign.join(s.en for s in said), sign_zh.join(s.zh or s.en for s in said))

    def value(self, e: Expr) -> Text:
        """Say what is written in a row: a value, or the formula as it stands there."""
        if isinstance(e, Struct):
            first, *rest = map(self.value, e.fields)
            en, zh = ", ".join(r.en for r in rest), "，".join(r.zh or r.en for r in rest)
            return Text(f"{first.en} ({en})", f"{first.zh or first.en}（{zh}）") if rest else first
        known = self.forms.ask(e)
        if known is not None:
            return say(known, e.ty, self.program)
        text = " ".join(self.written(e.span).split())
        return Text(text or name_of(e))


def _forms(result: Result) -> Sequence[Form]:
    match result.form:
        case ("all", tuple() as forms):
            return forms
        case _:
            return ()


def _take(forms: list[Form], form: Form) -> bool:
    if form not in forms:
        return False
    forms.remove(form)
    return True


def say_where(program: Program, axes: Sequence[CommonAxis], box: Box) -> Text:
    """Say a box of the common space in the words of a program that has its columns."""
    said = tuple(a.said(v) for a, v in zip(axes, box, strict=True))
    return say_box(program, [a.axis for a in axes], said)
