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

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import TypeAlias, assert_never, cast

from kamflow.base.frozen import frozen
from kamflow.values.data import Value
from kamflow.values.dates import show_day
from kamflow.values.decimals import EXACT, show_scaled

Plain: TypeAlias = "bool | int | str | Decimal | date | tuple[Plain, ...] | Line | None"
Json: TypeAlias = "bool | int | str | list[Json] | dict[str, Json] | None"


@frozen
class WholeCodec:
    """Counts, days and months without decimals."""


@frozen
class DecimalCodec:
    scale: int
    percent: bool = False


@frozen
class DateCodec:
    pass


@frozen
class EnumCodec:
    members: tuple[str, ...]


@frozen
class SameCodec:
    """Yes/no and text: the value is what people see."""


@frozen
class ListCodec:
    item: Codec


@frozen
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


@cache
def python_reader(codec: Codec) -> Callable[[Value], Plain]:
    """Return the function from an engine's value to the exact Python value; made once for each codec."""
    match codec:
        case WholeCodec() | SameCodec():
            return lambda v: cast("Plain", v)
        case DecimalCodec(scale):
            unit, multiply = Decimal(1).scaleb(-scale), EXACT.multiply
            return lambda v: None if v is None else multiply(Decimal(cast(int, v)), unit)
        case DateCodec():
            return lambda v: None if v is None else date.fromordinal(cast(int, v))
        case EnumCodec(members):
            return lambda v: None if v is None else members[cast(int, v)]
        case ListCodec(item):
            read = python_reader(item)
            return lambda v: None if v is None else tuple([read(x) for x in _parts(v)])
        case LineCodec(names, fields):
            reads = [python_reader(f) for f in fields]
            return lambda v: Line({n: r(x) for n, r, x in zip(names, reads, _parts(v), strict=True)})
        case _:
            assert_never(codec)


@cache
def json_reader(codec: Codec) -> Callable[[Value], Json]:
    """Return the function from an engine's value to what JSON has: no floats, so nothing is lost."""
    match codec:
        case WholeCodec() | SameCodec():
            return lambda v: cast("Json", v)
        case DecimalCodec(scale, percent):
            if percent:
                return lambda v: None if v is None else f"{_trimmed(show_scaled(cast(int, v), scale))}%"
            return lambda v: None if v is None else show_scaled(cast(int, v), scale)
        case DateCodec():
            return lambda v: None if v is None else show_day(cast(int, v))
        case EnumCodec(members):
            return lambda v: None if v is None else members[cast(int, v)]
        case ListCodec(item):
            read = json_reader(item)
            return lambda v: None if v is None else [read(x) for x in _parts(v)]
        case LineCodec(names, fields):
            reads = [json_reader(f) for f in fields]
            return lambda v: {n: r(x) for n, r, x in zip(names, reads, _parts(v), strict=True)}
        case _:
            assert_never(codec)


def to_python(codec: Codec, value: Value) -> Plain:
    """Return the exact Python value."""
    return python_reader(codec)(value)


def to_json(codec: Codec, value: Value) -> Json:
    """Return the value as JSON has it."""
    return json_reader(codec)(value)


def _parts(value: Value) -> tuple[Value, ...]:
    assert isinstance(value, tuple)
    return value


def _trimmed(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text
