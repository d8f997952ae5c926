"""Columns of plain types that must have a value → their values and, apart from them, what tells them good.

``recognise`` gives NULL for what it does not recognise: then DuckDB knows no bounds of what comes out, checks
each sum and product of the policy for overflow, and works each value out once more to test it. Where a whole
statement fails at the first bad record anyway, a value need not say that it is bad: the test says so. What a
file tells of its columns (least, greatest, none missing) then holds for the values, and settles most tests.

Values are the same as those of ``recognise`` wherever the test holds; where it fails they mean nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from kamflow.base.frozen import frozen
from kamflow.batch.families import Decimals, Family, Whole, Words, literal
from kamflow.batch.reading import Scope, TableReading, typed
from kamflow.batch.recognise import SQL_TYPES
from kamflow.core.columns import ColumnTable, physical_of
from kamflow.core.program import EnumDecl, FieldDecl, Program, RecordDecl
from kamflow.core.ty import EnumTy, ListTy, OptTy, RecordTy, ScaledTy, Ty, UnitKind
from kamflow.intake.scalar_readers import member_words

_FAST = 18
"""Digits of a DECIMAL that DuckDB keeps in 64 bits."""
_MOST_MEMBERS = 127


@frozen
class ApartColumns:
    """``columns``: name in the layout → SQL over the raw fields. ``raw_tests`` read these, too.

    ``made_tests`` read the columns of the layout by name. A record is good where all hold; NULL is no.
    """

    columns: Mapping[str, str]
    raw_tests: tuple[str, ...]
    made_tests: tuple[str, ...]


def told_apart(
    reading: TableReading, table: ColumnTable, decl: RecordDecl, scope: Scope, program: Program
) -> ApartColumns:
    """Tell values and tests of a table's own required fields apart; all else stays as it was read."""
    columns = {c: typed(c) for c in reading.columns}
    tests = dict.fromkeys(reading.good)
    raw_tests: list[str] = []
    made_tests: list[str] = []
    for f in decl.fields:
        column, raw = table.column((f.name,)), scope(f.name)
        if column is None or raw is None or not _is_required(f):
            continue
        told = f"{typed(column.name)} IS NOT NULL"
        if told not in tests:
            continue
        del tests[told]
        plain = _plain(raw.sql, raw.family, f.ty, program, column.name)
        if plain is None:
            made_tests.append(f"{column.name} IS NOT NULL")
            continue
        columns[column.name], raw_test, made_test = plain
        raw_tests += [raw_test] if raw_test else []
        made_tests += [made_test] if made_test else []
    return ApartColumns(columns, (*tests, *raw_tests), tuple(made_tests))


def _is_required(f: FieldDecl) -> bool:
    return not f.has_default and not isinstance(f.ty, OptTy | RecordTy | ListTy)


def _plain(x: str, family: Family, ty: Ty, program: Program, column: str) -> tuple[str, str, str] | None:
    """Return value, test of the raw field, test of the value; None: these are not told apart."""
    match family, ty:
        case Words(), EnumTy(name, _, _):
            return _member(x, program.enums[name], ty, column)
        case Whole(wide=False), ScaledTy(unit) if unit.kind is not UnitKind.DATE:
            return _amount(x, f"CAST({x} AS BIGINT)", 0, ty)
        case Decimals(width, scale), ScaledTy(unit) if unit.kind is not UnitKind.DATE:
            return _decimal(x, ty, width, scale)
        case _:
            return None


def _decimal(x: str, ty: ScaledTy, width: int, scale: int) -> tuple[str, str, str] | None:
    if scale > ty.scale or width > _FAST:
        return None
    most = max(abs(ty.lo), abs(ty.hi)) // 10 ** (ty.scale - scale)
    digits = min(max(len(str(most)), scale + 1), width)
    if digits + scale + 1 > _FAST:
        return None
    few = x if width + scale + 1 <= _FAST else f"CAST({x} AS DECIMAL({digits}, {scale}))"
    unscaled = f"{few} * CAST({10**scale} AS DECIMAL({scale + 1}, 0))" if scale else few
    return _amount(x, f"CAST({unscaled} AS BIGINT)", scale, ty, most=10**width - 1)


def _amount(x: str, whole: str, scale: int, ty: ScaledTy, most: int = 2**62) -> tuple[str, str, str] | None:
    """``whole``: the value as an integer of a scale that is not finer than the field's, at most ``most``."""
    unit = 10 ** (ty.scale - scale)
    lo, hi = max(-(-ty.lo // unit), -most), min(ty.hi // unit, most)
    if lo > hi or max(hi, -lo) * unit >= 2**62:
        return None
    made = f"CAST({whole}{f' * {unit}' if unit > 1 else ''} AS {SQL_TYPES[physical_of(ty)]})"
    low, high = (_point(n, scale) for n in (lo, hi))
    return made, f"{x} BETWEEN {low} AND {high}", ""


def _point(n: int, scale: int) -> str:
    """Return ``n / 10**scale`` as a constant."""
    if not scale:
        return str(n)
    digits = str(abs(n)).rjust(scale + 1, "0")
    text = f"{'-' if n < 0 else ''}{digits[:-scale]}.{digits[-scale:]}"
    return f"CAST('{text}' AS DECIMAL({max(len(digits), scale + 1)}, {scale}))"


def _member(x: str, decl: EnumDecl, ty: EnumTy, column: str) -> tuple[str, str, str] | None:
    words = member_words(decl)
    nobody = len(ty.members)
    if nobody > _MOST_MEMBERS or not any("\0" not in w for w in words):
        return None
    cases = " ".join(f"WHEN {literal(w)} THEN {i}" for w, i in words.items() if "\0" not in w)
    made = f"CAST(CASE {x} {cases} ELSE {nobody} END AS {SQL_TYPES[physical_of(ty)]})"
    return made, "", f"{column} < {nobody}"
