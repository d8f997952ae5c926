"""Types of policy values. A closed set: extend ``Ty`` and mypy lists the gaps.

Every amount — number, percent, money, days, months, date — is one integer of a known scale, so
that each engine computes on the same integers: ``value = integer / 10**scale`` in its unit.
A percent of scale 2 holds 12.5 % as 1250. A date is its proleptic Gregorian day number
(``date.toordinal()``), an enum member its position in the declaration.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

from kamflow.base.frozen import frozen
from kamflow.base.text import Text


class UnitKind(StrEnum):
    NUMBER = "number"
    PERCENT = "percent"
    MONEY = "money"
    DAYS = "days"
    MONTHS = "months"
    DATE = "date"


@frozen
class Unit:
    """What an amount measures; money carries its ISO 4217 currency."""

    kind: UnitKind
    currency: str = ""

    def __str__(self) -> str:
        return f"money {self.currency}" if self.currency else self.kind.value


NUMBER = Unit(UnitKind.NUMBER)
PERCENT = Unit(UnitKind.PERCENT)
DAYS = Unit(UnitKind.DAYS)
MONTHS = Unit(UnitKind.MONTHS)
DATE = Unit(UnitKind.DATE)


def money(currency: str) -> Unit:
    return Unit(UnitKind.MONEY, currency)


@frozen
class BoolTy:
    pass


@frozen
class TextTy:
    pass


@frozen
class ScaledTy:
    """An amount as a scaled integer in ``lo``..``hi`` (both scaled, both included)."""

    unit: Unit
    scale: int
    lo: int
    hi: int


@frozen
class EnumTy:
    """A closed list of members; a value is the member's position. ``ordered``: `<` has a meaning."""

    name: str
    members: tuple[str, ...]
    ordered: bool


@frozen
class RecordTy:
    name: str


@frozen
class ListTy:
    item: Ty


@frozen
class StructTy:
    """One line of a collected list with several outputs, e.g. an action with owner and due date."""

    fields: tuple[tuple[str, Ty], ...]


@frozen
class OptTy:
    """A value that may be missing (``None``); never nested."""

    inner: Ty


Ty: TypeAlias = BoolTy | TextTy | ScaledTy | EnumTy | RecordTy | ListTy | StructTy | OptTy

BOOL = BoolTy()
TEXT = TextTy()

# Default ranges of input fields, in whole units; documented in docs/language.md.
MAX_NUMBER = 10**9
MAX_MONEY = 10**11
MAX_PERCENT = 10**4
MAX_COUNT = 10**9
MAX_DAYS = 10**5
MAX_MONTHS = 2_400
FIRST_DATE, LAST_DATE = 693_596, 803_168  # 1900-01-01 .. 2199-12-31
DATE_FLOOR, DATE_CEIL = 1, 3_652_059  # 0001-01-01 .. 9999-12-31, the calendar's own limits
INT64, INT128 = 2**63 - 1, 2**127 - 1


def strip_opt(ty: Ty) -> Ty:
    return ty.inner if isinstance(ty, OptTy) else ty


def optional(ty: Ty) -> OptTy:
    return ty if isinstance(ty, OptTy) else OptTy(ty)


def show_ty(ty: Ty) -> Text:
    """Name a type in the words that a policy author would write."""
    match ty:
        case BoolTy():
            return Text("yes/no", "是/否")
        case TextTy():
            return Text("text", "文本")
        case ScaledTy(unit, _, _, _):
            return show_unit(unit)
        case EnumTy(name, _, _):
            return Text(name, name)
        case RecordTy(name):
            plain = name.rpartition("@")[2]  # `complaint@verified@ev` was made for a workflow: it reads `ev`
            return Text(plain, plain)
        case ListTy(item):
            inner = show_ty(item)
            return Text(f"list of {inner.en}", f"{inner.zh}列表")
        case StructTy(fields):
            names = ", ".join(n for n, _ in fields)
            return Text(f"({names})", f"（{names}）")
        case OptTy(inner_ty):
            inner = show_ty(inner_ty)
            return Text(f"{inner.en} (may be missing)", f"{inner.zh}（可缺失）")


def show_unit(unit: Unit) -> Text:
    match unit.kind:
        case UnitKind.NUMBER:
            return Text("number", "数值")
        case UnitKind.PERCENT:
            return Text("percent", "百分比")
        case UnitKind.MONEY:
            return Text(f"money in {unit.currency}", f"金额（{unit.currency}）")
        case UnitKind.DAYS:
            return Text("days", "天数")
        case UnitKind.MONTHS:
            return Text("months", "月数")
        case UnitKind.DATE:
            return Text("date", "日期")
