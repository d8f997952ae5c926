"""Types as written → types of the core, with the ranges and scales that the author left out."""

from __future__ import annotations

from kamflow.base.diagnostic import Sink
from kamflow.base.frozen import frozen
from kamflow.base.suggest import suggest
from kamflow.base.text import Text
from kamflow.check import errors
from kamflow.check.symbols import Owner, Symbols
from kamflow.core import ty as t
from kamflow.syntax import nodes
from kamflow.syntax.errors import unknown_currency
from kamflow.values.currencies import MINOR_UNIT, code_of, meant_currency

MAX_DECIMALS = 12
DEFAULT_DECIMALS = {t.UnitKind.NUMBER: 4, t.UnitKind.PERCENT: 2}
"""Decimals of an input field, and of a quotient whose target does not say: number 4, percent 2
(0.01 %); money has its currency's minor unit."""


@frozen
class Wanted:
    """A type as declared: ``explicit`` is the number of decimals the author wrote, if any.

    For what is computed, decimals that were not written follow from the value (money: at most the
    minor unit); ranges always follow from the value.
    """

    ty: t.Ty
    explicit: int | None = None


def default_scale(unit: t.Unit) -> int:
    """Return the decimals of a unit where nothing else says them."""
    if unit.kind is t.UnitKind.MONEY:
        return MINOR_UNIT.get(unit.currency, 2)
    return DEFAULT_DECIMALS.get(unit.kind, 0)


def resolve_type(node: nodes.TypeNode, owner: Owner, symbols: Symbols, sink: Sink) -> Wanted | None:
    """Return the core type with its default range and scale; None where it was reported unknown."""
    match node:
        case nodes.ListType(item):
            inner = resolve_type(item, owner, symbols, sink)
            return Wanted(t.ListTy(inner.ty)) if inner is not None else None
        case nodes.NamedType(name):
            declared = symbols.enum_nodes.get(name.text) or symbols.record_nodes.get(name.text)
            foreign = symbols.foreign(declared, owner) if declared is not None else None
            if foreign is not None:
                sink.add(errors.policy_not_used(name.span, name.text, foreign))
            if name.text in symbols.enums:
                symbols.used.add(f"type:{name.text}")
                return Wanted(symbols.enums[name.text].ty)
            if name.text in symbols.record_nodes:
                return Wanted(t.RecordTy(name.text))
            if name.text not in owner.broken:
                known = [*symbols.enums, *symbols.record_nodes, *(w.value for w in nodes.TypeWord)]
                sink.add(errors.unknown_type(name.span, name.text, suggest(name.text, known)))
            return None
        case nodes.ScalarType(word, currency, decimals):
            digits = decimals.digits if decimals is not None else None
            if digits is not None and digits > MAX_DECIMALS and decimals is not None:
                most = Text(str(MAX_DECIMALS))
                sink.add(errors.out_of_range(decimals.span, Text(str(digits)), Text("0"), most))
                return None
            return _scalar(node, word, currency, digits, owner, sink)


def _scalar(
    node: nodes.ScalarType,
    word: nodes.TypeWord,
    currency: nodes.Name | None,
    digits: int | None,
    owner: Owner,
    sink: Sink,
) -> Wanted | None:
    match word:
        case nodes.TypeWord.TEXT:
            return Wanted(t.TEXT)
        case nodes.TypeWord.YESNO:
            return Wanted(t.BOOL)
        case nodes.TypeWord.COUNT:
            return Wanted(t.ScaledTy(t.NUMBER, 0, 0, t.MAX_COUNT), 0)
        case nodes.TypeWord.DAYS:
            return Wanted(t.ScaledTy(t.DAYS, 0, -t.MAX_DAYS, t.MAX_DAYS), 0)
        case nodes.TypeWord.MONTHS:
            return Wanted(t.ScaledTy(t.MONTHS, 0, -t.MAX_MONTHS, t.MAX_MONTHS), 0)
        case nodes.TypeWord.DATE:
            return Wanted(t.ScaledTy(t.DATE, 0, t.FIRST_DATE, t.LAST_DATE), 0)
        case nodes.TypeWord.MONEY:
            code = code_of(currency.text) if currency is not None else owner.currency
            if not code:
                sink.add(errors.no_currency(node.span))
                return None
            if code not in MINOR_UNIT:
                if currency is not None:
                    sink.add(unknown_currency(currency.span, code, meant_currency(code)))
                return None
            return _scaled(t.money(code), digits, t.MAX_MONEY)
        case nodes.TypeWord.PERCENT:
            return _scaled(t.PERCENT, digits, t.MAX_PERCENT)
        case nodes.TypeWord.NUMBER:
            return _scaled(t.NUMBER, digits, t.MAX_NUMBER)


def _scaled(unit: t.Unit, digits: int | None, bound: int) -> Wanted:
    scale = digits if digits is not None else default_scale(unit)
    edge = bound * int(10**scale)
    return Wanted(t.ScaledTy(unit, scale, -edge, edge), digits)
