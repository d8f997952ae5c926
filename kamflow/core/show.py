"""Stable text of the core, for golden files and digests: every character is depended on.

Text for people (labels, reasons) is part of it, since outcomes show it; places and the digests of
policy texts are not. Definitions come in the program's order, which has a meaning; what has none
(enums, records, parameters, populations) is sorted.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import assert_never

from kamflow.base.text import Text
from kamflow.core.expr import (
    Aggregate,
    AnyCell,
    Apply,
    Cell,
    Choose,
    DefKey,
    DivRound,
    Expr,
    Gather,
    Get,
    If,
    IsPresent,
    ListOf,
    Lit,
    MissingCell,
    NotCell,
    OrCell,
    Override,
    Param,
    Pick,
    PointCell,
    PopTerm,
    RangeCell,
    Ref,
    Struct,
    Table,
    Tag,
    Today,
    Unwrap,
    Var,
)
from kamflow.core.program import Expect, FieldDecl, Program
from kamflow.core.ty import BoolTy, EnumTy, ListTy, OptTy, RecordTy, ScaledTy, StructTy, TextTy, Ty
from kamflow.values.data import TypedRecord, Value


def show(e: Expr) -> str:
    """Write a node on one line. Types stand where they mean something: at constants and roundings."""
    match e:
        case Lit(value, ty):
            return f"{show_value(value)}:{_bare(ty)}"
        case Var(name):
            return name
        case Get(record, name):
            return f"{show(record)}.{name}"
        case Ref(key, subject):
            return f"{_key(key)}({show(subject)})"
        case Param(name):
            return f"${name}"
        case Today():
            return "today"
        case Apply(op, args):
            return f"{op}({_list(args)})"
        case DivRound(num, den, step, mode, ty):
            return f"div_round({show(num)}, {show(den)}, {step}, {mode}):{_bare(ty)}"
        case If(cond, then, other):
            return f"if({show(cond)}, {show(then)}, {show(other)})"
        case IsPresent(arg):
            return f"is_present({show(arg)})"
        case Unwrap(arg):
            return f"unwrap({show(arg)})"
        case Choose(hit, branches, otherwise):
            rows = [f"{_tag(b.tag)}: {show(b.cond)}" for b in branches]
            return f"choose {hit}({'; '.join(rows + _otherwise(otherwise))})"
        case Table(hit, columns, table_rows, otherwise):
            rows = [f"{_tag(r.tag)}: {' | '.join(map(show_cell, r.cells))}" for r in table_rows]
            return f"table {hit}[{_list(columns)}]({'; '.join(rows + _otherwise(otherwise))})"
        case Pick(row, values):
            return f"pick({show(row)}: {_list(values)})"
        case Gather(rows_of, fold, values):
            return f"gather {fold}({show(rows_of)}: {_list(values)})"
        case Override(base, rules):
            shown = [f"{_tag(r.tag)}{_beats(r.beats)}: {show(r.cond)} -> {show(r.value)}" for r in rules]
            return f"override({'; '.join([show(base), *shown])})"
        case Aggregate(fold, items, var, where, value):
            what = "" if value is None else f"{show(value)} "
            only = "" if where is None else f" where {show(where)}"
            return f"{fold}({what}for {var} in {show(items)}{only})"
        case ListOf(items):
            return f"[{_list(items)}]"
        case Struct(fields, ty):
            names = [n for n, _ in ty.fields] if isinstance(ty, StructTy) else []
            return "{" + ", ".join(f"{n}={show(f)}" for n, f in zip(names, fields, strict=True)) + "}"
        case PopTerm():
            return _pop_term(e)
        case _:
            assert_never(e)


def show_cell(cell: Cell) -> str:
    """Write a cell: ``[lo, hi)`` is a range, ``..`` no bound."""
    match cell:
        case AnyCell():
            return "any"
        case MissingCell():
            return "missing"
        case RangeCell(lo, lo_in, hi, hi_in):
            left = ".." if lo is None else show(lo)
            right = ".." if hi is None else show(hi)
            return f"{'[' if lo_in else '('}{left}, {right}{']' if hi_in else ')'}"
        case PointCell(value):
            return show(value)
        case NotCell(inner):
            return f"not({show_cell(inner)})"
        case OrCell(cells):
            return f"or({', '.join(map(show_cell, cells))})"
        case _:
            assert_never(cell)


def show_type(ty: Ty) -> str:
    """Write a type in full: an amount as ``unit/scale lo..hi``, an optional one with ``?``."""
    match ty:
        case ScaledTy(_, _, lo, hi):
            return f"{_bare(ty)} {lo}..{hi}"
        case OptTy(inner):
            return f"{show_type(inner)}?"
        case ListTy(item):
            return f"[{show_type(item)}]"
        case StructTy(fields):
            return "{" + ", ".join(f"{n}: {show_type(t)}" for n, t in fields) + "}"
        case _:
            return _bare(ty)


def show_value(value: Value) -> str:
    """Write a run-time value; texts are quoted as in JSON."""
    match value:
        case None:
            return "missing"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return _quote(value)
        case tuple():
            return f"[{', '.join(map(show_value, value))}]"
        case TypedRecord(record, fields, given):
            shown = [f"{k}={show_value(fields[k])}" for k in sorted(fields)]
            assumed = [f"assume {k}={show_value(given[k])}" for k in sorted(given)]
            return f"{record}{{{', '.join(shown + assumed)}}}"
        case _:
            assert_never(value)


def show_program(program: Program) -> str:
    """Write everything that a program means, one thing a line."""
    lines: list[str] = []
    for info in program.policies:
        force = f"{info.effective_from}..{'' if info.until is None else info.until}"
        words = [info.name, _text(info.title), _quote(info.owner), force, info.currency]
        lines.append(f"policy {' '.join(words)} uses {list(info.uses)} for {list(info.purposes)}")
    for name, enum in sorted(program.enums.items()):
        order = "<" if enum.ty.ordered else ","
        labels = " ".join(_text(label) for label in enum.labels)
        lines.append(f"enum {name} = {f' {order} '.join(enum.ty.members)} labels {labels}")
    for name, record in sorted(program.records.items()):
        lines.append(f"record {name} {_text(record.label)}")
        lines.extend(f"  {_field(f)}" for f in record.fields)
    for name, param in sorted(program.params.items()):
        dated = "; ".join(f"{day}: {show_value(v)}" for day, v in param.versions)
        lines.append(f"param {name}: {show_type(param.ty)} = {dated} {_text(param.label)}")
    for name, pop in sorted(program.populations.items()):
        lines.append(f"population {name} is {pop.record} where {show(pop.where)}")
    for fact in program.impossible:
        lines.append(f"impossible {fact.record} when {show(fact.cond)} {_text(fact.because)}")
    for key, d in program.defs.items():
        lines.append(f"{d.kind} {_key(key)}: {show_type(d.ty)} of {d.decl} in {d.policy} {_text(d.label)}")
        lines.append(f"  = {show(d.body)}")
    lines.extend(_claims(program))
    return "".join(f"{line}\n" for line in lines)


def _claims(program: Program) -> Iterable[str]:
    for p in program.properties:
        driver = "" if p.driver is None else f" when {show(p.driver)}"
        yield f"property {p.kind} {_text(p.title)} of {p.record} in {p.policy}: {show(p.value)}{driver}"
    for test in program.tests:
        kind = "portfolio" if test.is_portfolio else "records"
        yield f"test {_text(test.title)} as of {test.as_of} in {test.policy} {kind}"
        yield from (f"  given {show_value(r)}" for r in test.records)
        yield from (f"  expect {x.subject}: {_expected(x)}" for x in test.expects)
    for scenario in program.scenarios:
        sets = ", ".join(f"{n}={show_value(v)}" for n, v in scenario.sets)
        yield f"scenario {_text(scenario.title)} in {scenario.policy}: {sets}"


def _expected(x: Expect) -> str:
    sides = "" if x.shown is None else " == ".join(map(show, x.shown))
    return sides if x.cond is None else show(x.cond)


def _field(f: FieldDecl) -> str:
    default = f" default {show_value(f.default)}" if f.has_default else ""
    personal = f" personal {list(f.personal)}" if f.personal else ""
    items = f" max {f.max_items}" if isinstance(f.ty, ListTy) else ""
    changeable = " changeable" if f.changeable else ""
    return (
        f"{f.name}: {show_type(f.ty)}{default}{items}{personal}{changeable} {_quote(f.unit)} {_text(f.label)}"
    )


def _bare(ty: Ty) -> str:
    """Write a type without ranges."""
    match ty:
        case BoolTy():
            return "bool"
        case TextTy():
            return "text"
        case ScaledTy(unit, scale):
            return f"{str(unit).replace(' ', '_')}/{scale}"
        case EnumTy(name) | RecordTy(name):
            return name
        case ListTy(item):
            return f"[{_bare(item)}]"
        case StructTy(fields):
            return "{" + ", ".join(f"{n}: {_bare(t)}" for n, t in fields) + "}"
        case OptTy(inner):
            return f"{_bare(inner)}?"
        case _:
            assert_never(ty)


def _pop_term(e: PopTerm) -> str:
    classes = [f"{c} to {'..' if bound is None else bound}" for c, bound in e.classes]
    order = ["largest first" if e.largest_first else "smallest first"] if classes else []
    extra = [*([str(e.n)] if e.n else []), *classes, *order, *([f"outside {e.outside}"] if classes else [])]
    within = "" if e.group is None else f" within {show(e.group)}"
    return f"{e.kind}({', '.join([f'{show(e.measure)} among {e.population}{within}', *extra])})"


def _key(key: DefKey) -> str:
    return f"{key.record}.{key.name}"


def _tag(tag: Tag) -> str:
    name = f" {tag.name}" if tag.name else ""
    because = f" {_text(tag.because)}" if tag.because else ""
    return f"{tag.kind} {tag.index}{name}{because}"


def _otherwise(tag: Tag | None) -> list[str]:
    return [] if tag is None else [_tag(tag)]


def _beats(beats: tuple[int, ...]) -> str:
    return f" beats {' '.join(map(str, beats))}" if beats else ""


def _list(parts: tuple[Expr, ...]) -> str:
    return ", ".join(map(show, parts))


def _text(text: Text) -> str:
    return f"{_quote(text.en)}/{_quote(text.zh)}" if text.zh else _quote(text.en)


def _quote(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
