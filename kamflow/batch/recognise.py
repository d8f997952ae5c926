"""One raw value in SQL → the typed value in SQL, or NULL where its form is not a plain one.

What an expression here takes, ``intake`` takes with the same value; what it does not take may still be
right, and is for ``intake`` to say. So every form is told narrowly: digits, exact member names, dates
as ``YYYY-MM-DD``.

What is needed more than once is an *aside*: a column that is worked out before, for every record, so that it
must not be able to fail.

A double counts as the decimal of its shortest text. Below 10**15 every decimal of a scale has its own
double, so it stands for ``n / 10**scale`` exactly where dividing ``n`` gives it back.
"""

from __future__ import annotations

from datetime import date
from decimal import Context, Decimal
from typing import TypeGuard, assert_never

from kamflow.batch.families import (
    Day,
    Decimals,
    Family,
    Floats,
    Fragment,
    Items,
    Opaque,
    Struct,
    Truth,
    Whole,
    Words,
    literal,
    name,
)
from kamflow.core.columns import Physical, physical_of
from kamflow.core.program import EnumDecl, Program
from kamflow.core.ty import BoolTy, EnumTy, ScaledTy, TextTy, Ty, UnitKind, strip_opt
from kamflow.intake.scalar_readers import member_words

SQL_TYPES = {
    Physical.BOOL: "BOOLEAN",
    Physical.INT8: "TINYINT",
    Physical.INT16: "SMALLINT",
    Physical.INT32: "INTEGER",
    Physical.INT64: "BIGINT",
    Physical.INT128: "HUGEINT",
    Physical.TEXT: "VARCHAR",
}
_EXACT = 10**15
_FAST = 18
"""Digits of a DECIMAL that DuckDB keeps in 64 bits."""
_MAX_TEXT = 10_000
_FIRST_DAY = "DATE '0001-01-01'"
_YES = ("yes", "Yes", "YES", "true", "True", "TRUE", "是")
_NO = ("no", "No", "NO", "false", "False", "FALSE", "否")


class Asides:
    """Columns that typed values rest on, in levels: each may read those of the levels before."""

    def __init__(self, *, in_place: bool = False) -> None:
        """``in_place``: nothing is kept; for what is hardly ever needed."""
        self._in_place = in_place
        self._levels: list[dict[str, str]] = []
        self._level: dict[str, int] = {}

    def add(self, sql: str, *reads: str) -> str:
        """Keep an expression over raw values and the asides ``reads``; return its name."""
        if self._in_place:
            return f"({sql})"
        at = max((self._level[r] + 1 for r in reads if r in self._level), default=0)
        if at == len(self._levels):
            self._levels.append({})
        found = self._levels[at].get(sql)
        if found is None:  # no field can be called so
            found = self._levels[at][sql] = name(f"aside {len(self._level)}")
            self._level[found] = at
        return found

    def over(self, src: str) -> str:
        """Return ``src`` with the asides."""
        for level in self._levels:
            columns = ", ".join(f"{sql} AS {made}" for sql, made in level.items())
            src = f"(SELECT *, {columns} FROM {src})"
        return src


def recognise(x: str, family: Family, ty: Ty, program: Program, asides: Asides) -> str:
    """Return the typed value of ``x`` (an expression that is cheap to repeat) as SQL; NULL: not told.

    ``ty`` is plain: no record and no list. The value rests on ``asides``.
    """
    inner = strip_opt(ty)
    made = _value(x, family, inner, program, asides)
    return "NULL" if made is None else f"CAST({made} AS {SQL_TYPES[physical_of(inner)]})"


def sql_literal(value: object, ty: Ty) -> str:
    """Return a typed value as SQL, for defaults."""
    kind = SQL_TYPES[physical_of(ty)]
    match value:
        case None:
            return f"CAST(NULL AS {kind})"
        case bool():
            return "true" if value else "false"
        case int():
            return f"CAST({value} AS {kind})"
        case str():
            return literal(value)
        case _:
            raise TypeError(f"{value!r} is no plain value")


def _value(x: str, family: Family, ty: Ty, program: Program, asides: Asides) -> str | None:
    match family:
        case Words():
            return _from_text(x, ty, program, asides)
        case Fragment(quoted):
            return _from_fragment(x, ty, program, asides, quoted=quoted)
        case Truth():
            return x if isinstance(ty, BoolTy) else None
        case Day(clock):
            return _from_day(x, ty, clock=clock) if isinstance(ty, ScaledTy) else None
        case Whole(wide):
            return _from_whole(x, ty, wide=wide) if is_amount(ty) else None
        case Decimals(width, scale):
            return _from_decimal(x, ty, width, scale) if is_amount(ty) else None
        case Floats():
            return _from_double(f"CAST({x} AS DOUBLE)", ty, asides) if is_amount(ty) else None
        case Struct() | Items() | Opaque():
            return None
        case _:
            assert_never(family)


def is_amount(ty: Ty) -> TypeGuard[ScaledTy]:
    """Say whether a plain type is a number of some kind, and no date."""
    return isinstance(ty, ScaledTy) and ty.unit.kind is not UnitKind.DATE


def _from_text(x: str, ty: Ty, program: Program, asides: Asides) -> str | None:
    match ty:
        case TextTy():
            plain = f"NOT regexp_matches({x}, '[\\x00-\\x1f]')"
            return f"CASE WHEN length({x}) <= {_MAX_TEXT} AND {plain} THEN {x} END"
        case BoolTy():
            yes, no = (", ".join(literal(w) for w in words) for words in (_YES, _NO))
            return f"CASE WHEN {x} IN ({yes}) THEN true WHEN {x} IN ({no}) THEN false END"
        case EnumTy(enum, _, _):
            return _member(x, program.enums[enum])
        case ScaledTy(unit) if unit.kind is UnitKind.DATE:
            return _from_written_day(x, ty, asides)
        case ScaledTy():
            return _from_plain(x, ty, asides)
        case _:
            return None


def _member(x: str, decl: EnumDecl) -> str:
    words = member_words(decl)
    cases = " ".join(f"WHEN {literal(w)} THEN {i}" for w, i in words.items() if "\0" not in w)
    return f"CASE {x} {cases} END" if cases else "NULL"


def _from_plain(x: str, ty: ScaledTy, asides: Asides) -> str:
    """Recognise ``-1234.50``: digits, and no more decimals than the field has."""
    digits = _digits(ty)
    fraction = rf"(\.[0-9]{{1,{ty.scale}}})?" if ty.scale else ""
    form = rf"-?[0-9]{{1,{min(18, digits - ty.scale)}}}{fraction}"
    kind = f"DECIMAL({digits}, {ty.scale})" if ty.scale or digits > 18 else "BIGINT"
    made = asides.add(f"TRY_CAST({x} AS {kind})", x)
    text = f"CAST({made} AS VARCHAR)"  # most are written with all decimals: comparing is the quicker test
    test = f"CASE WHEN {text} = {x} THEN true ELSE regexp_full_match({x}, '{form}') END"
    whole = asides.add(_unscaled(made, digits, ty.scale), made)
    return f"CASE WHEN {test} THEN {_within(whole, ty)} END"


def _digits(ty: ScaledTy) -> int:
    """Return the digits of the narrowest DECIMAL that holds every amount in range."""
    return min(max(len(str(max(abs(ty.lo), abs(ty.hi)))), ty.scale + 1), 38)


def _unscaled(x: str, digits: int, scale: int) -> str:
    """Return ``x``, a DECIMAL or an integer, times ``10**scale``, as an integer.

    In 64 bits where that can be: DuckDB's products of more digits take twenty times as long.
    """
    if digits + scale + 1 <= _FAST and not scale:
        return f"CAST({x} AS BIGINT)"
    if digits + scale + 1 <= _FAST:
        return f"CAST({x} * CAST({10**scale} AS DECIMAL({scale + 1}, 0)) AS BIGINT)"
    if digits < _FAST and 2 * scale + 2 <= _FAST:  # whole and part by themselves
        part = f"CAST({x} - floor({x}) AS DECIMAL({scale + 1}, {scale}))"
        part = f"CAST({part} * CAST({10**scale} AS DECIMAL({scale + 1}, 0)) AS BIGINT)"
        return f"(CAST(floor({x}) AS BIGINT) * {10**scale} + {part})"
    # a product might have more than 38 digits: the digits themselves can't
    return f"TRY_CAST(replace(CAST({x} AS VARCHAR), '.', '') AS HUGEINT)"


def _within(whole: str, ty: ScaledTy) -> str:
    return f"CASE WHEN {whole} BETWEEN {_int(ty.lo)} AND {_int(ty.hi)} THEN {whole} END"


def _int(value: int) -> str:
    return str(value) if abs(value) < 2**63 else f"CAST('{value}' AS HUGEINT)"


def _from_whole(x: str, ty: Ty, *, wide: bool) -> str:
    assert isinstance(ty, ScaledTy)
    unit = 10**ty.scale
    kind = "HUGEINT" if wide or max(abs(ty.lo), abs(ty.hi)) >= 2**62 else "BIGINT"
    lo, hi = -(-ty.lo // unit), ty.hi // unit  # within: ceiling and floor
    by = f" * {unit}" if unit > 1 else ""
    return f"CASE WHEN {x} BETWEEN {_int(lo)} AND {_int(hi)} THEN CAST({x} AS {kind}){by} END"


def _from_decimal(x: str, ty: Ty, width: int, scale: int) -> str:
    """Tested for its range first, so that what is left has as few digits as the range allows."""
    assert isinstance(ty, ScaledTy)
    most = 10**width - 1
    if scale <= ty.scale:
        unit = 10 ** (ty.scale - scale)
        lo, hi = -(-ty.lo // unit), ty.hi // unit  # within: ceiling and floor
    else:
        unit = 10 ** (scale - ty.scale)
        lo, hi = ty.lo * unit, ty.hi * unit
    lo, hi = max(lo, -most), min(hi, most)
    if lo > hi:
        return "NULL"
    digits = min(max(len(str(max(abs(lo), abs(hi)))), scale + 1), width)
    low, high = (f"CAST('{_point(n, scale)}' AS DECIMAL({width}, {scale}))" for n in (lo, hi))
    kind = f"DECIMAL({digits}, {scale})"
    whole = _unscaled(x if digits == width else f"CAST({x} AS {kind})", digits, scale)
    if scale <= ty.scale:
        wide = max(abs(lo), abs(hi)) * unit >= 2**63
        made = f"CAST({whole} AS HUGEINT)" if wide else whole
        made = f"{made} * {unit}" if unit > 1 else made
    else:
        made = f"CASE WHEN {whole} % {unit} = 0 THEN {whole} // {unit} END"
    return f"CASE WHEN {x} BETWEEN {low} AND {high} THEN {made} END"


def _point(n: int, scale: int) -> str:
    """Return ``n / 10**scale`` as text."""
    return f"{Decimal(n).scaleb(-scale, Context(prec=60)):f}"


def _from_double(x: str, ty: Ty, asides: Asides) -> str:
    assert isinstance(ty, ScaledTy)
    lo, hi = max(ty.lo, -_EXACT + 1), min(ty.hi, _EXACT - 1)
    if lo > hi:
        return "NULL"
    double = asides.add(x)
    unit = f"CAST({10**ty.scale} AS DOUBLE)"
    whole = asides.add(f"TRY_CAST(round({double}{f' * {unit}' if ty.scale else ''}) AS BIGINT)", double)
    back = f"CAST({whole} AS DOUBLE){f' / {unit}' if ty.scale else ''}"
    return f"CASE WHEN {whole} BETWEEN {lo} AND {hi} AND {back} = {double} THEN {whole} END"


def _from_written_day(x: str, ty: ScaledTy, asides: Asides) -> str | None:
    """Recognise ``YYYY-MM-DD``: a day that is written as its text is."""
    day = asides.add(f"TRY_CAST({x} AS DATE)", x)
    found = _from_day(day, ty, clock=False)
    return f"CASE WHEN CAST({day} AS VARCHAR) = {x} THEN {found} END"


def _from_day(x: str, ty: ScaledTy, *, clock: bool) -> str | None:
    if ty.unit.kind is not UnitKind.DATE:
        return None
    lo, hi = (f"DATE '{date.fromordinal(day).isoformat()}'" for day in (ty.lo, ty.hi))
    day = f"CAST({x} AS DATE)" if clock else x
    midnight = f" AND CAST({day} AS TIMESTAMP) = {x}" if clock else ""
    number = f"datesub('day', {_FIRST_DAY}, {day}) + 1"
    return f"CASE WHEN {day} BETWEEN {lo} AND {hi}{midnight} THEN {number} END"


def _from_fragment(x: str, ty: Ty, program: Program, asides: Asides, *, quoted: bool) -> str | None:
    """A JSON text without escapes is itself between quotes; those with escapes are for intake."""
    is_text = f"starts_with({x}, '\"') AND NOT contains({x}, '\\')"
    match ty:
        case TextTy():
            return f"CASE WHEN {is_text} AND length({x}) <= {_MAX_TEXT} THEN {x}[2:-2] END"
        case EnumTy(enum, _, _):  # compared with its quotes: nothing is cut out
            words = member_words(program.enums[enum])
            plain = {w: i for w, i in words.items() if not set(w) & set('"\\') and w.isprintable()}
            cases = " ".join(f"WHEN {literal(chr(34) + w + chr(34))} THEN {i}" for w, i in plain.items())
            return f"CASE {x} {cases} END" if cases else None
        case BoolTy():
            text = _from_text(f"{x}[2:-2]", ty, program, asides)
            word = f"WHEN {x} = 'true' THEN true WHEN {x} = 'false' THEN false"
            return f"CASE {word} WHEN {is_text} THEN {text} END"
        case ScaledTy():
            kept, rare = asides, Asides(in_place=True)
            inner = f"{x}[2:-2]"
            if quoted or not is_amount(ty):  # a text, hardly ever a number
                text = _from_text(kept.add(f"CASE WHEN {is_text} THEN {inner} END"), ty, program, kept)
                if not is_amount(ty):
                    return text
                return f"COALESCE({text}, {_from_double(f'TRY_CAST({x} AS DOUBLE)', ty, rare)})"
            number = _from_double(f"TRY_CAST({x} AS DOUBLE)", ty, kept)
            text = f"CASE WHEN {is_text} THEN {_from_text(inner, ty, program, rare)} END"
            return f"COALESCE({number}, {text})"
        case _:
            return None
