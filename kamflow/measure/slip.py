"""A slip: an edit that a person could have made by mistake, and the text it is made in.

Assumes: nodes parsed from the text. Leaves: edits that do not overlap; whether the text that they make
still means something is for the checker to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from kamflow.base.diagnostic import Edit
from kamflow.base.span import Source, Span
from kamflow.base.text import Lang, Text
from kamflow.core.program import EnumDecl
from kamflow.syntax import nodes
from kamflow.syntax.format_words import amount
from kamflow.values.dates import show_day
from kamflow.values.decimals import show_scaled


class SlipKind(StrEnum):
    """What was changed; the values stand in JSON."""

    BOUND = "bound"
    RESULT = "result"
    SWAP = "swap"
    DROP_ROW = "drop-row"
    DROP_RULE = "drop-rule"
    CONDITION = "condition"
    NUMBER = "number"
    FORMULA = "formula"
    ROUNDING = "rounding"
    WEIGHT = "weight"
    PARAMETER = "parameter"


KIND_WORDS = {
    SlipKind.BOUND: Text("bound moved", "界限移动"),
    SlipKind.RESULT: Text("result changed", "结果改动"),
    SlipKind.SWAP: Text("results swapped", "结果互换"),
    SlipKind.DROP_ROW: Text("row or clause dropped", "删去一行或一个子句"),
    SlipKind.DROP_RULE: Text("rule dropped", "删去规则"),
    SlipKind.CONDITION: Text("condition changed", "条件改动"),
    SlipKind.NUMBER: Text("number changed", "数字改动"),
    SlipKind.FORMULA: Text("formula changed", "公式改动"),
    SlipKind.ROUNDING: Text("rounding changed", "舍入改动"),
    SlipKind.WEIGHT: Text("weight shifted", "权重移动"),
    SlipKind.PARAMETER: Text("parameter shifted", "参数移动"),
}


@dataclass(frozen=True, slots=True)
class Slip:
    kind: SlipKind
    edits: tuple[Edit, ...]

    @property
    def span(self) -> Span:
        """The place where it begins: the place of the first edit."""
        return self.edits[0].span


@dataclass(frozen=True, slots=True)
class Pen:
    """The text that slips are made in, and the members that a word may be exchanged for."""

    source: Source
    lang: Lang
    enums: Mapping[str, EnumDecl]

    def text(self, start: int, end: int) -> str:
        return self.source.text[start:end]

    def span(self, start: int, end: int) -> Span:
        return Span(self.source.name, start, end)

    def edit(self, start: int, end: int, new_text: str) -> Edit:
        return Edit(self.span(start, end), new_text)

    def around(self, span: Span) -> tuple[int, int]:
        """Return where an operand begins and ends with the parentheses that belong to it.

        A node's span leaves out the parentheses around it, and those at the edge of its own operands.
        """
        text = self.source.text
        start, end = span.start, span.end
        inside = text[start:end]
        depth, low = 0, 0
        for char in inside:
            depth += (char in "(（") - (char in ")）")
            low = min(low, depth)
        for _ in range(-low):
            start = max(text.rfind("(", 0, start), text.rfind("（", 0, start))
        for _ in range(depth - low):
            end = min(i for i in (text.find(")", end), text.find("）", end), len(text)) if i >= 0) + 1
        while True:
            before = len(text[:start].rstrip()) - 1
            after = end + len(text[end:]) - len(text[end:].lstrip())
            if before < 0 or text[before] not in "(（" or text[after : after + 1] not in {")", "）"}:
                return start, end
            start, end = before, after + 1


def shifted(a: nodes.Amount, by: int, lang: Lang) -> str:
    """Write an amount that differs by one unit of its last decimal: ``1M CNY`` → ``999,999 CNY``."""
    digits = a.digits + by
    number = show_scaled(abs(digits), a.scale)
    whole, dot, fraction = number.partition(".")
    if "," in a.written or not a.written[-1].isdigit():
        whole = f"{int(whole):,}"
    written = f"{'-' if digits < 0 else ''}{whole}{dot}{fraction}"
    return amount(nodes.Amount(abs(digits), a.scale, a.unit, written, a.span), lang)


def neighbours(name: str, enums: Mapping[str, EnumDecl], by: int) -> tuple[str, ...]:
    """Return the members that stand ``by`` places after a name, in every type that has the name."""
    found: dict[str, None] = {}
    for decl in enums.values():
        members = decl.ty.members
        if name in members and 0 <= members.index(name) + by < len(members):
            found[members[members.index(name) + by]] = None
    return tuple(found)


def moved(e: nodes.Expr, by: int, pen: Pen) -> tuple[Edit, ...]:
    """Return the ways to write a value one unit, day or member further; () for what is no constant."""
    match e:
        case nodes.Amount():
            return (Edit(e.span, shifted(e, by, pen.lang)),)
        case nodes.Minus(nodes.Amount() as inner):
            return (Edit(inner.span, shifted(inner, -by, pen.lang)),) if inner.digits else ()
        case nodes.DateLit(day, span):
            return (Edit(span, show_day(day + by)),)
        case nodes.Path(parts=(name,)):
            return tuple(Edit(e.span, near) for near in neighbours(name.text, pen.enums, by))
        case _:
            return ()
