"""Readers of single values, built once per field: a raw value → a value, or a finding and ``None``.

A reader gets the path of what contains it and adds its own suffix only when it has to complain, so
that a valid value costs no text.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Context, Decimal, Inexact, InvalidOperation
from numbers import Integral
from typing import TypeAlias, assert_never

from kamflow.base.suggest import suggest
from kamflow.base.text import Text
from kamflow.core.program import EnumDecl
from kamflow.core.ty import ScaledTy, UnitKind
from kamflow.core.wording import say_amount
from kamflow.intake import errors
from kamflow.intake.read_amount import (
    AmountFault,
    AmountProblem,
    from_number_problem,
    likely_meant,
    parse_amount,
)
from kamflow.intake.read_date import dates_meant, parse_date
from kamflow.intake.run import Run
from kamflow.values.data import Value
from kamflow.values.decimals import NumberProblem, scaled_from_number
from kamflow.values.jsontext import cut, show_raw

Read: TypeAlias = Callable[[object, Run, str], Value]

MAX_TEXT = 10_000
_EXACT = Context(prec=60, traps=[Inexact, InvalidOperation])
_NOT_TEXT = re.compile("[\x00\ud800-\udfff]")
_YES_NO: dict[object, bool] = {
    "yes": True, "true": True, "是": True, "no": False, "false": False, "否": False,
}  # fmt: skip
_MAX_WORD = 64  # characters of a word that may be a slip of a known one
_MASKED = Text("The value given", "给出的值")
_A_TEXT = Text("a text", "文本")
_QUOTE_IT = Text('Write it in quotes: "1001".', "请加引号写成文本：“1001”。")


def text_reader(suffix: str, *, masked: bool) -> Read:
    def read(value: object, run: Run, path: str) -> Value:
        if not isinstance(value, str):
            whole = _whole_number(value) if run.from_cells else None
            if whole is None:  # only a spreadsheet decides by itself that `1001` is a number
                run.fault(errors.wrong_type(run.at(path + suffix), shown(value, masked), _A_TEXT, _QUOTE_IT))
            return whole
        if len(value) > MAX_TEXT:
            run.fault(errors.text_too_long(run.at(path + suffix), len(value), MAX_TEXT))
            return None
        bad = _NOT_TEXT.search(value)
        if bad is not None:
            run.fault(errors.bad_text(run.at(path + suffix), ord(bad[0])))
            return None
        return value

    return read


def bool_reader(suffix: str, *, masked: bool) -> Read:
    def read(value: object, run: Run, path: str) -> Value:
        if value is True or value is False:
            return value
        if isinstance(value, str) and len(value) < 10:
            known = _YES_NO.get(value.strip().lower())
            if known is not None:
                return known
        run.fault(errors.not_yes_no(run.at(path + suffix), shown(value, masked)))
        return None

    return read


def date_reader(ty: ScaledTy, suffix: str, *, masked: bool) -> Read:
    lo, hi = ty.lo, ty.hi

    def read(value: object, run: Run, path: str) -> Value:
        day = _day(value)
        if day is None:
            meant = () if masked else dates_meant(_whole(value))
            run.fault(errors.not_a_date(run.at(path + suffix), shown(value, masked), meant))
        elif lo <= day <= hi:
            return day
        else:
            _out_of_range(run, path + suffix, shown(value, masked), ty)
        return None

    return read


def amount_reader(ty: ScaledTy, suffix: str, *, masked: bool) -> Read:
    """Read numbers and written amounts; the two usual kinds of number take a short way."""
    lo, hi, scale, unit = ty.lo, ty.hi, ty.scale, 10**ty.scale
    low, high = Decimal(lo).scaleb(-scale, _EXACT), Decimal(hi).scaleb(-scale, _EXACT)
    scaleb = _EXACT.scaleb
    # a plain decimal of few digits, as tables have them: no sign of another unit, nothing to undo
    fraction = rf"(?:\.(\d{{1,{scale}}}))?" if scale else "()"
    plain_text = re.compile(rf"(-?\d{{1,18}}){fraction}", re.ASCII).fullmatch

    def read(value: object, run: Run, path: str) -> Value:
        kind = type(value)
        if kind is int:
            scaled: int = value * unit
            if lo <= scaled <= hi:
                return scaled
        elif kind is Decimal:
            try:
                # the range comes first: it excludes exponents that would make `int` expensive
                if low <= value <= high:  # type: ignore[operator]
                    exact = scaleb(value, scale)  # type: ignore[arg-type]
                    scaled = int(exact)
                    if scaled == exact:
                        return scaled
            except (Inexact, InvalidOperation):
                pass  # more digits than any amount has, or NaN: the long way names it
        elif kind is str:
            found = plain_text(value)  # type: ignore[call-overload]
            if found is not None:
                scaled = int(found[1] + (found[2] or "").ljust(scale, "0"))
                if lo <= scaled <= hi:
                    return scaled
        return _read_amount(value, ty, run, path + suffix, masked)

    return read


def enum_reader(decl: EnumDecl, suffix: str, *, masked: bool) -> Read:
    words = member_words(decl)
    shown_members = cut(", ".join(decl.ty.members), 200)

    def read(value: object, run: Run, path: str) -> Value:
        if isinstance(value, str):
            position = words.get(value)
            if position is None and len(value) <= _MAX_WORD:
                word = value.strip() if run.from_cells else value
                position = words.get(unicodedata.normalize("NFC", word))
            if position is not None:
                return position
        near = None
        if isinstance(value, str) and len(value) <= _MAX_WORD:
            near = suggest(value.strip(), decl.ty.members) or suggest(value.strip(), words)
        what = shown(value, masked)
        run.fault(errors.unknown_member(run.at(path + suffix), what, decl.ty.name, shown_members, near))
        return None

    return read


def shown(value: object, masked: bool) -> Text:
    """Return a value for a message; a personal one is not shown."""
    if masked:
        return _MASKED
    text = show_raw(value)
    return Text(text, text)


def member_words(decl: EnumDecl) -> dict[str, int]:
    """Map member names, and labels that stand for one member only, to positions."""
    words: dict[str, int] = {}
    twice: set[str] = set()
    for position, label in enumerate(decl.labels):
        for word in {label.en, label.zh} - {""}:
            if words.setdefault(word, position) != position:
                twice.add(word)
    for word in twice:
        del words[word]
    words.update({unicodedata.normalize("NFC", m): i for i, m in enumerate(decl.ty.members)})
    return words


def _read_amount(value: object, ty: ScaledTy, run: Run, path: str, masked: bool) -> Value:
    scaled = _scaled(value, ty)
    if isinstance(scaled, int):
        if ty.lo <= scaled <= ty.hi:
            return scaled
        _out_of_range(run, path, shown(value, masked), ty)
        return None
    at, what = run.at(path), shown(value, masked)
    if scaled is None:
        run.fault(errors.wrong_type_for_amount(at, what, ty.unit))
        return None
    match scaled.fault:
        case AmountFault.NOT_AN_AMOUNT:
            known = isinstance(value, str) and not masked
            meant = likely_meant(str(value), ty.unit, ty.scale) if known else None
            run.fault(errors.not_an_amount(at, what, ty.unit, meant))
        case AmountFault.TOO_LONG:
            run.fault(errors.number_too_long(at, what))
        case AmountFault.TOO_FINE:
            run.fault(errors.too_many_decimals(at, what, ty.scale))
        case AmountFault.OTHER_CURRENCY:
            run.fault(errors.other_currency(at, what, scaled.detail, ty.unit.currency))
        case AmountFault.CURRENCY_SIGN:
            run.fault(errors.currency_sign(at, what, scaled.detail, ty.unit))
        case AmountFault.OTHER_UNIT:
            run.fault(errors.other_unit(at, what, scaled.detail, ty.unit))
        case _:
            assert_never(scaled.fault)
    return None


def _scaled(value: object, ty: ScaledTy) -> int | AmountProblem | None:
    """Return the scaled amount, its problem, or None where the value is no number and no text."""
    if isinstance(value, str):
        return parse_amount(value, ty.unit, ty.scale)
    number: int | NumberProblem
    if isinstance(value, bool):
        return None
    if isinstance(value, Integral):
        number = scaled_from_number(int(value), ty.scale)
    elif isinstance(value, float):
        number = scaled_from_number(float(value), ty.scale)
    elif isinstance(value, Decimal):
        number = scaled_from_number(value, ty.scale)
    else:
        return None
    return from_number_problem(number) if isinstance(number, NumberProblem) else number


def _out_of_range(run: Run, path: str, what: Text, ty: ScaledTy) -> None:
    low, high = say_amount(ty.lo, ty), say_amount(ty.hi, ty)
    run.fault(errors.out_of_range(run.at(path), what, ty, low, high))


def _day(value: object) -> int | None:
    match value:
        case str():
            return parse_date(value)
        case datetime():  # also a date, so it comes first
            return value.toordinal() if value.time() == time() and value.tzinfo is None else None
        case date():
            return value.toordinal()
        case _:
            return None


def _whole(value: object) -> object:
    """Return a whole number as an int, for the message only."""
    if not isinstance(value, float | Decimal):
        return value
    # `math.isfinite` raises on a signaling NaN
    if not (value.is_finite() if isinstance(value, Decimal) else math.isfinite(value)):
        return value
    return int(value) if -(10**15) < value < 10**15 and int(value) == value else value


def _whole_number(value: object) -> str | None:
    whole = _whole(value)
    return str(whole) if isinstance(whole, int) and not isinstance(whole, bool) else None


def is_date(ty: ScaledTy) -> bool:
    return ty.unit.kind is UnitKind.DATE
