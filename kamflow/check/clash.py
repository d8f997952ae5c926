"""Values that are not what their place wants: the finding, with what was most likely meant."""

from __future__ import annotations

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.span import Span
from kamflow.base.suggest import suggest
from kamflow.base.text import Lang, Text
from kamflow.check import errors
from kamflow.check.scope import Scope
from kamflow.core import ty as t
from kamflow.syntax import nodes, slips
from kamflow.syntax.errors import amount_in_doubt, foreign_keyword, other_language
from kamflow.syntax.keywords import load_keywords
from kamflow.values.currencies import MINOR_UNIT
from kamflow.values.decimals import show_scaled

_ZH_UNITS = {"days": " 天", "months": " 个月", "CNY": " 元", "%": "%", "": ""}


def unit_clash(span: Span, have: t.ScaledTy, want: t.ScaledTy) -> Diagnostic:
    """Report a value of another unit, and what its author most likely meant."""
    if have.unit.currency and want.unit.currency:
        return errors.mixed_currency(span, have.unit.currency, want.unit.currency)
    hint = None
    kinds = (have.unit.kind, want.unit.kind)
    shown = _grouped(have.lo, have.scale) if have.lo == have.hi else None
    if kinds == (t.UnitKind.NUMBER, t.UnitKind.MONEY):
        code, number = want.unit.currency, shown or "…"
        local = "元" if code == "CNY" else code
        hint = Text(f"write the currency: {number} {code}", f"请写上币种：{number} {local}")
    elif kinds == (t.UnitKind.NUMBER, t.UnitKind.PERCENT):
        hint = _as_percent(have, shown or "10")
    elif kinds == (t.UnitKind.NUMBER, t.UnitKind.DAYS):
        number = shown or "30"
        hint = Text(f"write the unit: {number} days", f"请写上单位：{number} 天")
    elif kinds == (t.UnitKind.MONTHS, t.UnitKind.DAYS):
        hint = Text("a month has no fixed number of days: write days", "一个月没有固定的天数，请写天数")
    return errors.mixed_types(span, have, want, hint)


def _as_percent(have: t.ScaledTy, shown: str) -> Text:
    """A fraction below 1 was most likely meant as that part: 0.08 is 8%."""
    if have.lo == have.hi and 0 < have.lo < 10**have.scale:
        part = show_scaled(100 * have.lo, have.scale)
        part = part.rstrip("0").rstrip(".") if "." in part else part
        return Text(f"write it as percent: {part}%", f"请写成百分比：{part}%")
    return Text(f"write it as percent: {shown}%", f"请写成百分比：{shown}%")


def _grouped(value: int, scale: int) -> str:
    whole, point, rest = show_scaled(value, scale).partition(".")
    return f"{int(whole):,}{point}{rest}" if abs(int(whole)) >= 1000 else whole + point + rest


def show_amount(e: nodes.Amount, lang: Lang) -> str:
    """Write an amount as its author would."""
    if lang is Lang.ZH:
        return e.written + _ZH_UNITS.get(e.unit, f" {e.unit}")
    return e.written + ("" if e.unit in {"", "%"} else " ") + e.unit


def no_member(span: Span, name: str, want: t.EnumTy, scope: Scope) -> Diagnostic:
    """Report a name that is no member: perhaps its label, perhaps a word of the other language."""
    labels = scope.symbols.enums[want.name].labels if want.name in scope.symbols.enums else ()
    near = next(
        (m for m, text in zip(want.members, labels, strict=False) if name in {text.en, text.zh}), None
    )
    near = near or suggest(name, want.members)
    said = other_word(span, name, scope.owner.lang) if near is None else None
    return said or errors.unknown_member(span, name, want, near)


def grouped_with_point(e: nodes.Amount) -> Diagnostic | None:
    """Recognise `50.000 CNY`: three decimals that end in 0 say fifty thousand in many countries."""
    whole, _, decimals = e.written.partition(".")
    if len(decimals) != 3 or decimals[-1] != "0" or MINOR_UNIT.get(e.unit, 3) >= 3:
        return None
    number = Span(e.span.source, e.span.start, e.span.start + len(e.written))
    return amount_in_doubt(number, e.written, f"{whole},{decimals}", f"{whole}.{decimals[:2]}")


def other_word(span: Span, name: str, lang: Lang) -> Diagnostic | None:
    """Recognise a name that nobody declared as a word of the other language, or of speech."""
    words = load_keywords()
    keyword = words.phrase(Lang.ZH if lang is Lang.EN else Lang.EN, name)
    if keyword is not None and keyword.words == name:
        return other_language(span, name, words.spell(keyword.terminal, lang), lang)
    terminal = slips.cell_word(name)
    return foreign_keyword(span, name, words.spell(terminal, lang), replaces=True) if terminal else None
