"""What the generator knows about a piece of policy text: its kind, decimals, range, presence.

An own, coarser reckoning than the checker's, so that most texts pass; the checker's is what is tested.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

from kamflow.values.decimals import show_scaled

# Levels of the grammar: an operand of a lower level than its place stands in parentheses.
EXPR, LOGIC, OR, AND, NOT, COMPARISON, SUM, PRODUCT, UNARY, ATOM = range(10)

AMOUNTS = ("number", "percent", "CNY", "USD", "days", "months")
MONEY = ("CNY", "USD")
STEPS = {"number": 4, "percent": 2, "CNY": 2, "USD": 2, "days": 0, "months": 0}  # a field's decimals
WIDEST = 10**33
MOST_DECIMALS = 12


@dataclass(frozen=True)
class Val:
    """``kind``: an amount's unit, `date`, `bool`, `text`, or the name of an enum."""

    text: str
    kind: str
    level: int = ATOM
    scale: int = 0
    lo: int = 0
    hi: int = 0
    opt: bool = False
    is_path: bool = False

    def at(self, level: int) -> str:
        return f"({self.text})" if self.level < level else self.text

    @property
    def may_be_zero(self) -> bool:
        return self.lo <= 0 <= self.hi


@dataclass(frozen=True)
class Enum:
    name: str
    members: tuple[str, ...]
    ordered: bool


@dataclass
class Field:
    name: str
    kind: str
    scale: int = 0
    lo: int = 0
    hi: int = 0
    opt: bool = False

    def val(self, prefix: str = "") -> Val:
        return Val(prefix + self.name, self.kind, ATOM, self.scale, self.lo, self.hi, self.opt, True)


@dataclass
class Record:
    """A record while it is generated: leaves are its fields and the definitions made so far."""

    name: str
    leaves: list[Val] = field(default_factory=list)
    child: str | None = None  # the name of its list field
    child_record: Record | None = None
    part: str | None = None  # the name of its nested record
    part_record: Record | None = None
    part_opt: bool = False
    most_items: int = 0


@dataclass
class World:
    enums: dict[str, Enum] = field(default_factory=dict)
    params: list[Val] = field(default_factory=list)
    month_end: bool = True
    widest: int = WIDEST


@dataclass(frozen=True)
class Place:
    """Where an expression stands: whose fields are named, and what conditions around it prove."""

    record: Record
    item: Record | None = None
    present: frozenset[str] = frozenset()
    not_zero: frozenset[str] = frozenset()

    def knowing(self, *, present: str = "", not_zero: str = "") -> Place:
        return replace(
            self,
            present=self.present | ({present} if present else set()),
            not_zero=self.not_zero | ({not_zero} if not_zero else set()),
        )


def amount_text(value: int, kind: str, scale: int) -> str:
    """Write a scaled amount as an author does."""
    if kind == "date":
        return date.fromordinal(value).isoformat()
    number = show_scaled(abs(value), scale)
    if "." in number and value % 7:  # sometimes with zeros behind
        number = number.rstrip("0").rstrip(".")
    text = {"number": number, "percent": f"{number}%"}.get(kind, f"{number} {kind}")
    return f"-{text}" if value < 0 else text


def literal(value: int, kind: str, scale: int) -> Val:
    text = amount_text(value, kind, scale)
    # the decimals that are written are the decimals that count
    digits = text.lstrip("-").split(" ")[0].rstrip("%") if kind != "date" else ""
    written = len(digits.partition(".")[2])
    value = value // 10 ** (scale - written) if written < scale else value
    return Val(text, kind, UNARY if value < 0 else ATOM, written, value, value)
