"""An expression with some of its nodes replaced."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import assert_never

from kamflow.core.expr import (
    Aggregate,
    AnyCell,
    Apply,
    Branch,
    Cell,
    Choose,
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
    OverrideRule,
    Param,
    Pick,
    PointCell,
    PopTerm,
    RangeCell,
    Ref,
    Row,
    Struct,
    Table,
    Today,
    Unwrap,
    Var,
)

Swap = Callable[[Expr], Expr | None]
"""Gives what stands in place of a node; None where it stays and its parts are looked at."""


def rewrite(e: Expr, swap: Swap) -> Expr:
    """Return the expression with every node replaced for which ``swap`` gives another, outermost first."""

    def go(x: Expr) -> Expr:
        return rewrite(x, swap)

    def some(xs: tuple[Expr, ...]) -> tuple[Expr, ...]:
        return tuple(map(go, xs))

    def maybe(x: Expr | None) -> Expr | None:
        return None if x is None else go(x)

    found = swap(e)
    if found is not None:
        return found
    match e:
        case Lit() | Var() | Param() | Today():
            return e
        case Get():
            return replace(e, record=go(e.record))
        case Ref():
            return replace(e, subject=go(e.subject))
        case IsPresent() | Unwrap():
            return replace(e, arg=go(e.arg))
        case PopTerm():
            return replace(e, measure=go(e.measure), group=None if e.group is None else go(e.group))
        case Apply():
            return replace(e, args=some(e.args))
        case ListOf():
            return replace(e, items=some(e.items))
        case Struct():
            return replace(e, fields=some(e.fields))
        case DivRound():
            return replace(e, num=go(e.num), den=go(e.den))
        case If():
            return replace(e, cond=go(e.cond), then=go(e.then), other=go(e.other))
        case Choose():
            return replace(e, branches=tuple(Branch(go(b.cond), b.tag) for b in e.branches))
        case Table():
            rows = tuple(Row(tuple(_cell(c, swap) for c in r.cells), r.tag) for r in e.rows)
            return replace(e, columns=some(e.columns), rows=rows)
        case Pick():
            return replace(e, row=go(e.row), values=some(e.values))
        case Gather():
            return replace(e, rows=go(e.rows), values=some(e.values))
        case Override():
            rules = tuple(OverrideRule(go(r.cond), go(r.value), r.beats, r.tag) for r in e.rules)
            return replace(e, base=go(e.base), rules=rules)
        case Aggregate():
            return replace(e, items=go(e.items), where=maybe(e.where), value=maybe(e.value))
        case _:
            assert_never(e)


def _cell(cell: Cell, swap: Swap) -> Cell:
    match cell:
        case AnyCell() | MissingCell():
            return cell
        case RangeCell(lo, lo_in, hi, hi_in):
            low, high = (None if x is None else rewrite(x, swap) for x in (lo, hi))
            return RangeCell(low, lo_in, high, hi_in)
        case PointCell(value):
            return PointCell(rewrite(value, swap))
        case NotCell(inner):
            return NotCell(_cell(inner, swap))
        case OrCell(cells):
            return OrCell(tuple(_cell(c, swap) for c in cells))
        case _:
            assert_never(cell)
