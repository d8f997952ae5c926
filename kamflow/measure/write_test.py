"""A record and what the engine answers to it, written as a `test` in the language of a policy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kamflow.base.span import NOWHERE, Source
from kamflow.base.text import Lang, Text
from kamflow.core.program import Def, Program
from kamflow.core.ty import (
    BoolTy,
    EnumTy,
    ListTy,
    RecordTy,
    ScaledTy,
    StructTy,
    Ty,
    UnitKind,
    strip_opt,
)
from kamflow.measure.atoms import Draft
from kamflow.measure.search import plain_value
from kamflow.syntax import nodes
from kamflow.syntax.format_decl import decl_lines
from kamflow.syntax.format_words import Page
from kamflow.values.data import Value
from kamflow.values.decimals import show_scaled

_UNITS = {UnitKind.NUMBER: "", UnitKind.PERCENT: "%", UnitKind.DAYS: "days", UnitKind.MONTHS: "months"}


@dataclass(frozen=True, slots=True)
class Answer:
    """An output and its value for the record of a test."""

    output: Def
    value: Value


def write_test(
    program: Program,
    lang: Lang,
    title: str,
    as_of: int,
    record: str,
    draft: Draft,
    answers: Sequence[Answer],
) -> str:
    """Return the test as `kamflow fmt` lays it out, with a line end. Child lists stay empty."""
    values = tuple(
        nodes.Assign(_path(*a.path), value_node(v, a.ty), NOWHERE)
        for a, v in draft.items()
        if not isinstance(strip_opt(a.ty), ListTy)
    )
    given = nodes.Given(_path(record), values or _anything(program, record), None, NOWHERE)
    steps: list[nodes.TestStep] = [given, *(_expectation(a) for a in answers)]
    said = Text(title) if lang is Lang.EN else Text("", title)
    node = nodes.TestNode(nodes.Words(said, NOWHERE), nodes.DateLit(as_of, NOWHERE), tuple(steps), NOWHERE)
    lines = decl_lines(node, Page(lang, Source("", ""), ()))
    return "".join(f"{' ' * line.indent}{line.text}\n" for line in lines)


def _anything(program: Program, record: str) -> tuple[nodes.Assign, ...]:
    """State some field where nothing needs to be stated: a `given` is never empty."""
    for field in program.records[record].fields:
        if not isinstance(strip_opt(field.ty), ListTy | RecordTy):
            value = value_node(plain_value(strip_opt(field.ty)), field.ty)
            return (nodes.Assign(_path(field.name), value, NOWHERE),)
    return ()


def _path(*names: str) -> nodes.Path:
    return nodes.Path(tuple(nodes.Name(n, NOWHERE) for n in names), NOWHERE)


def value_node(value: Value, ty: Ty) -> nodes.Expr:
    """Write a value as its author would."""
    if value is None:
        return nodes.MissingLit(NOWHERE)
    match strip_opt(ty):
        case BoolTy():
            return nodes.YesNo(bool(value), NOWHERE)
        case EnumTy(_, members, _) if isinstance(value, int):
            return _path(members[value])
        case ScaledTy(unit, scale, _, _) as scaled if isinstance(value, int):
            if unit.kind is UnitKind.DATE:
                return nodes.DateLit(value, NOWHERE)
            word = unit.currency or _UNITS[unit.kind]
            amount = nodes.Amount(abs(value), scale, word, _written(abs(value), scaled), NOWHERE)
            return nodes.Minus(amount, NOWHERE) if value < 0 else amount
        case ListTy(item) if isinstance(value, tuple):
            return nodes.ListLit(tuple(value_node(v, item) for v in value), NOWHERE)
        case _:
            return nodes.TextLit(str(value), NOWHERE)


def _written(digits: int, ty: ScaledTy) -> str:
    whole, _, fraction = show_scaled(digits, ty.scale).partition(".")
    fraction = fraction if fraction.strip("0") else ""
    if not ty.unit.currency:
        fraction = fraction.rstrip("0")
    return f"{int(whole):,}.{fraction}" if fraction else f"{int(whole):,}"


def _expectation(answer: Answer) -> nodes.TestStep:
    name, ty = _path(answer.output.key.name), strip_opt(answer.output.ty)
    if answer.value is None:
        return nodes.ExpectNode(nodes.Presence(name, False, NOWHERE), NOWHERE)
    if isinstance(ty, ListTy) and isinstance(ty.item, StructTy) and isinstance(answer.value, tuple):
        fields = ty.item.fields
        if answer.value:
            head = tuple(_path(n) for n, _ in fields)
            rows = tuple(
                tuple(value_node(v, t) for v, (_, t) in zip(line, fields, strict=True))
                for line in answer.value
                if isinstance(line, tuple)
            )
            return nodes.ExpectTable(name, nodes.DataTable(head, rows, NOWHERE), NOWHERE)
    op = nodes.CompareOp.IS if isinstance(ty, EnumTy) else nodes.CompareOp.EQ
    compare = nodes.Compare(op, name, value_node(answer.value, answer.output.ty), NOWHERE)
    return nodes.ExpectNode(compare, NOWHERE)
