"""Values of decisions as exact Python values, and as JSON.

| type | Python | JSON |
|---|---|---|
| money, number with decimals | ``Decimal`` with exactly its decimals | ``"1118.75"`` |
| percent | ``Decimal`` in percent points | ``"12.5%"`` |
| counts, days, months | ``int`` | number |
| date | ``datetime.date`` | ``"2026-06-30"`` |
| enum | member as ``str`` | the same |
| yes/no, text, missing | ``bool``, ``str``, ``None`` | the same |
| list | ``tuple`` | array |
| line with several outputs | ``Line`` | object |
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeAlias, assert_never, cast

from kamflow.values.data import Value
from kamflow.values.dates import show_day
from kamflow.values.decimals import show_scaled, to_decimal

Plain: TypeAlias = "bool | int | str | Decimal | date | tuple[Plain, ...] | Line | None"
Json: TypeAlias = "bool | int | str | list[Json] | dict[str, Json] | None"


@dataclass(frozen=True, slots=True)
class WholeCodec:
    """Counts, days and months without decimals."""


@dataclass(frozen=True, slots=True)
class DecimalCodec:
    scale: int
    percent: bool = False


@dataclass(frozen=True, slots=True)
class DateCodec:
    pass


@dataclass(frozen=True, slots=True)
class EnumCodec:
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SameCodec:
    """Yes/no and text: the value is what people see."""


@dataclass(frozen=True, slots=True)
class ListCodec:
    item: Codec


@dataclass(frozen=True, slots=True)
class LineCodec:
    names: tuple[str, ...]
    fields: tuple[Codec, ...]


Codec: TypeAlias = WholeCodec | DecimalCodec | DateCodec | EnumCodec | SameCodec | ListCodec | LineCodec


class Line(Mapping[str, "Plain"]):
    """One line of a list with several outputs: ``line["owner"]`` or ``line.owner``. Immutable."""

    __slots__ = ("_fields",)

    def __init__(self, fields: dict[str, Plain]) -> None:
        self._fields = fields

    def __getitem__(self, name: str) -> Plain:
        return self._fields[name]

    def __getattr__(self, name: str) -> Plain:
        if name == "_fields" or name not in self._fields:  # also while being copied, before `_fields`
            raise AttributeError(f"this line has no `{name}`")
        return self._fields[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __repr__(self) -> str:
        return f"Line({', '.join(f'{n}={v!r}' for n, v in self._fields.items())})"


def to_python(codec: Codec, value: Value) -> Plain:
    """Return the exact Python value."""
    if value is None:
        return None
    match codec:
        case WholeCodec() | SameCodec():
            return cast("Plain", value)
        case DecimalCodec(scale):
            return to_decimal(cast(int, value), scale)
        case DateCodec():
            return date.fromordinal(cast(int, value))
        case EnumCodec(members):
            return members[cast(int, value)]
        case ListCodec(item):
            return tuple([to_python(item, v) for v in _parts(value)])
        case LineCodec(names, fields):
            found = (to_python(c, v) for c, v in zip(fields, _parts(value), strict=True))
            return Line(dict(zip(names, found, strict=True)))
        case _:
            assert_never(codec)


def to_json(codec: Codec, value: Value) -> Json:
    """Return the value as JSON has it: no floats, so nothing is lost on the way."""
    if value is None:
        return None
    match codec:
        case WholeCodec() | SameCodec():
            return cast("Json", value)
        case DecimalCodec(scale, percent):
            text = show_scaled(cast(int, value), scale)
            return f"{_trimmed(text)}%" if percent else text
        case DateCodec():
            return show_day(cast(int, value))
        case EnumCodec(members):
            return members[cast(int, value)]
        case ListCodec(item):
            return [to_json(item, v) for v in _parts(value)]
        case LineCodec(names, fields):
            return {n: to_json(c, v) for n, c, v in zip(names, fields, _parts(value), strict=True)}
        case _:
            assert_never(codec)


def _parts(value: Value) -> tuple[Value, ...]:
    assert isinstance(value, tuple)
    return value


def _trimmed(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text
