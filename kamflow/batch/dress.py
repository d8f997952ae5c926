"""What an engine over columns returned → texts and values of the files that are written, in SQL.

Everything here says in SQL what ``values/codec.py`` says in Python; a test compares both.
"""

from __future__ import annotations

import json

from kamflow.batch.families import literal
from kamflow.core.dress import codec_of
from kamflow.core.ty import BoolTy, EnumTy, ListTy, OptTy, ScaledTy, StructTy, TextTy, Ty, UnitKind, strip_opt
from kamflow.portfolio import Column, ColumnKind
from kamflow.portfolio.columns_out import digits_for
from kamflow.values.codec import DecimalCodec, to_json, to_python
from kamflow.values.data import Value


def json_sql(x: str, ty: Ty) -> str:
    """Return a value as the JSON text that ``eval`` writes; missing is ``null``."""
    inner = strip_opt(ty)
    text = _json(x, inner)
    return f"COALESCE({text}, 'null')" if isinstance(ty, OptTy) else text


def _json(x: str, ty: Ty) -> str:
    match ty:
        case BoolTy():
            return f"CASE WHEN {x} THEN 'true' WHEN NOT {x} THEN 'false' END"
        case TextTy():
            return text_json(x)
        case EnumTy(_, members, _):
            words = ", ".join(literal(_quoted(m)) for m in members)
            return f"([{words}])[{x} + 1]"
        case ScaledTy(unit, scale):
            if unit.kind is UnitKind.DATE:
                return f"'\"' || {iso_day(x)} || '\"'"
            codec = codec_of(ty)
            if not isinstance(codec, DecimalCodec):
                return f"CAST({x} AS VARCHAR)"
            text = f"CAST({decimal_sql(x, ty)} AS VARCHAR)"
            if codec.percent:
                text = f"rtrim(rtrim({text}, '0'), '.')" if scale else text
                return f"'\"' || {text} || '%\"'"
            return f"'\"' || {text} || '\"'"
        case ListTy(item):
            each = json_sql("e", item)
            return f"'[' || COALESCE(array_to_string(list_transform({x}, lambda e: {each}), ', '), '') || ']'"
        case StructTy(fields):
            parts = " || ', ' || ".join(
                f"{literal(_quoted(n) + ': ')} || {json_sql(f'{x}.f{i}', t)}"
                for i, (n, t) in enumerate(fields)
            )
            return f"'{{' || {parts} || '}}'"
        case _:
            raise ValueError(f"no decision is a {ty}")


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def text_json(x: str) -> str:
    """Return a text as a JSON string."""
    plain = f"replace(replace({x}, '\\', '\\\\'), '\"', '\\\"')"
    full = plain
    for code in range(1, 32):
        escaped = _quoted(chr(code))[1:-1]
        full = f"replace({full}, chr({code}), {literal(escaped)})"
    body = f"CASE WHEN regexp_matches({x}, '[\\x01-\\x1f]') THEN {full} ELSE {plain} END"
    return f"'\"' || {body} || '\"'"


def iso_day(x: str) -> str:
    return f"CAST(CAST(DATE '0001-01-01' + CAST({x} - 1 AS INTEGER) AS DATE) AS VARCHAR)"


def decimal_sql(x: str, ty: ScaledTy) -> str:
    """Return a scaled integer as an exact DECIMAL of its scale."""
    digits = len(str(max(abs(ty.lo), abs(ty.hi))))
    if not ty.scale:
        return f"CAST({x} AS DECIMAL({min(digits, 38)}, 0))"
    if digits + ty.scale + 1 > 38:  # the product would not fit: by its digits
        rest = f"lpad(CAST(abs({x}) % {10**ty.scale} AS VARCHAR), {ty.scale}, '0')"
        sign = f"CASE WHEN {x} < 0 THEN '-' ELSE '' END"
        text = f"{sign} || CAST(abs({x}) // {10**ty.scale} AS VARCHAR) || '.' || {rest}"
        return f"CAST({text} AS DECIMAL(38, {ty.scale}))"
    unit = f"CAST('0.{'0' * (ty.scale - 1)}1' AS DECIMAL({ty.scale + 1}, {ty.scale}))"
    return f"CAST({x} AS DECIMAL({digits}, 0)) * {unit}"


def column_of(name_: str, ty: Ty | None) -> Column:
    """Return the column of a Parquet file that an output has; the identifier has no type."""
    inner = None if ty is None else strip_opt(ty)
    match inner:
        case BoolTy():
            return Column(name_, ColumnKind.YES_NO)
        case ScaledTy(unit, scale, lo, hi):
            if unit.kind is UnitKind.DATE:
                return Column(name_, ColumnKind.DATE)
            return Column(name_, ColumnKind.NUMBER, scale, digits_for(lo, hi, scale))
        case ListTy() | StructTy():
            return Column(name_, ColumnKind.JSON)
        case _:
            return Column(name_)


def cell_value(value: Value, ty: Ty) -> object:
    """Return a value as such a column takes it."""
    inner = strip_opt(ty)
    match inner:
        case BoolTy():
            return value
        case ScaledTy():
            return to_python(codec_of(inner), value)
        case _:
            return to_json(codec_of(inner), value)


def cell_sql(x: str, ty: Ty) -> str:
    """Return a value as the column of a Parquet file has it."""
    inner = strip_opt(ty)
    match inner:
        case BoolTy() | TextTy():
            return x
        case EnumTy(_, members, _):
            words = ", ".join(literal(m) for m in members)
            # as ENUM it is written by its codes: a seventh of the time that texts take, for the same file
            return f"(CAST([{words}] AS ENUM({words})[]))[{x} + 1]"
        case ScaledTy(unit, scale, lo, hi):
            if unit.kind is UnitKind.DATE:
                return f"CAST(DATE '0001-01-01' + CAST({x} - 1 AS INTEGER) AS DATE)"
            return f"CAST({decimal_sql(x, inner)} AS DECIMAL({digits_for(lo, hi, scale)}, {scale}))"
        case ListTy() | StructTy():
            return _json(x, inner)
        case _:
            raise ValueError(f"no decision is a {ty}")
