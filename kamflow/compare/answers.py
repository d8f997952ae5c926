"""Bodies of definitions as rows of boxes with an answer each: tables, `when` clauses, bands, overrides.

Assumes: a program with its tables, on a day on which parameters have values. Leaves: ``Answers`` in the
space of the columns that the conditions compare with constants; None where a condition asks for more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from kamflow.base.span import NOWHERE
from kamflow.compare.same_form import CONST, Form, Forms
from kamflow.core.expr import (
    Apply,
    Choose,
    Expr,
    Fold,
    Gather,
    Hit,
    IsPresent,
    Lit,
    Op,
    OrCell,
    Override,
    OverrideRule,
    Pick,
    PointCell,
    Ref,
    Row,
    Table,
    Tag,
    TagKind,
    Unwrap,
)
from kamflow.core.ty import NUMBER, TEXT, BoolTy, EnumTy, ScaledTy, TextTy, strip_opt
from kamflow.prove.regions import boxes_of
from kamflow.tables.grid import Axis, Box, Grid, NotABox, grid_of

_COUNT = ScaledTy(NUMBER, 0, 0, 0)


class NoAnswer(StrEnum):
    """What a definition says without a value of its own."""

    NO_ROW = "no row"
    TWO_ROWS = "two rows"
    DISAGREE = "overrides disagree"
    BASE = "the value before overrides"


@dataclass(frozen=True, slots=True)
class Result:
    """An answer. Equal forms are equal answers; ``is_sure`` says that others are different ones.

    ``exprs``: what is written in the rows that answer; none for a ``NoAnswer``.
    """

    form: Form
    is_sure: bool
    exprs: tuple[Expr, ...] = field(default=(), compare=False)

    @property
    def is_undecided(self) -> bool:
        return self.form in {NoAnswer.NO_ROW, NoAnswer.TWO_ROWS, NoAnswer.DISAGREE}


@dataclass(frozen=True, slots=True)
class Answers:
    """``rows``: disjoint boxes of each row. ``how`` says which of the rows that apply count."""

    axes: tuple[Axis, ...]
    rows: tuple[tuple[Box, ...], ...]
    results: tuple[Result, ...]
    rest: Result
    how: Hit | Override
    fold: Fold = Fold.LIST

    def of(self, applied: Sequence[int]) -> Result:
        """Return the answer where exactly these rows apply (ascending)."""
        match self.how:
            case Override():
                return _overridden(self, self.how, applied)
            case Hit.COLLECT:
                return _collected(self, applied)
            case _ if not applied:
                return self.rest
            case Hit.UNIQUE if len(applied) > 1:
                return _without(NoAnswer.TWO_ROWS)
            case _:
                return self.results[applied[0]]

    @property
    def by_order(self) -> bool:
        """Say whether the order of rows that apply together matters."""
        return self.how is Hit.FIRST or (self.how is Hit.COLLECT and self.fold is Fold.LIST)


def _without(why: NoAnswer) -> Result:
    return Result(why, is_sure=True)


def _collected(answers: Answers, applied: Sequence[int]) -> Result:
    if not applied and answers.rest.exprs:
        applied = [len(answers.rows)]
    found = [answers.rest if i == len(answers.rows) else answers.results[i] for i in applied]
    exprs = tuple(e for r in found for e in r.exprs)
    forms: Sequence[Form] = [r.form for r in found]
    is_sure = all(r.is_sure for r in found)
    match answers.fold:
        case Fold.LIST:
            return Result(("all", tuple(forms)), is_sure, exprs)
        case Fold.COUNT:
            return Result(("count", len(found)), is_sure=True, exprs=exprs)
        case _:
            values = [a for a in map(_amount, forms) if a is not None]
            if len(values) < len(forms):
                return Result((answers.fold, tuple(sorted(forms, key=repr))), is_sure=False, exprs=exprs)
            return Result((answers.fold, _folded(answers.fold, values)), is_sure=True, exprs=exprs)


def _amount(form: Form) -> Fraction | None:
    match form:
        case (head, (_, Fraction() as amount)) if head == CONST:
            return amount
        case _:
            return None


def _folded(fold: Fold, values: Sequence[Fraction]) -> Fraction | int | None:
    if fold is Fold.SUM:
        return sum(values)
    return (max if fold is Fold.MAX else min)(values) if values else None


def _overridden(answers: Answers, rules: Override, applied: Sequence[int]) -> Result:
    lost = {loser for i in applied for loser in beaten_by(rules.rules, i)}
    left = [answers.results[i] for i in applied if i not in lost]
    if not left:
        return answers.rest
    if all(r.form == left[0].form for r in left):
        return left[0]
    if all(r.is_sure for r in left):
        return _without(NoAnswer.DISAGREE)
    return Result(tuple(r.form for r in left), is_sure=False, exprs=tuple(e for r in left for e in r.exprs))


def beaten_by(rules: Sequence[OverrideRule], rule: int) -> set[int]:
    """Return the rules that one is written to overrule, directly or through others."""
    beaten: set[int] = set()
    todo = [rule]
    while todo:
        fresh = set(rules[todo.pop()].beats) - beaten
        beaten |= fresh
        todo += fresh
    return beaten


# ---- bodies


def answers_of(forms: Forms, body: Expr) -> Answers | None:
    """Return the rows of a body; None where it has none, or their conditions are no boxes."""
    match body:
        case Pick(Ref(key), values):
            return _chosen(forms, forms.program.defs[key].body, values, Fold.LIST)
        case Gather(Ref(key), fold, values):
            return _chosen(forms, forms.program.defs[key].body, values, fold)
        case Override(_, rules):
            conds = [r.cond for r in rules]
            results = tuple(_result(forms, r.value) for r in rules)
            return _conditions(forms, conds, results, _without(NoAnswer.BASE), body, Fold.LIST)
        case _:
            return None


def _chosen(forms: Forms, rows: Expr, values: Sequence[Expr], fold: Fold) -> Answers | None:
    if not isinstance(rows, Table | Choose):
        return None
    count = len(rows.rows) if isinstance(rows, Table) else len(rows.branches)
    if not values:  # a count
        values = [Lit(1, _COUNT, NOWHERE)] * (count + (rows.otherwise is not None))
    results = tuple(_result(forms, v) for v in values)
    rest = _without(NoAnswer.NO_ROW) if rows.otherwise is None else results[-1]
    if isinstance(rows, Choose):
        return _conditions(forms, [b.cond for b in rows.branches], results[:count], rest, rows.hit, fold)
    grid = grid_of(rows, forms.ask)
    if isinstance(grid, NotABox):
        return None
    boxes = tuple((b,) if all(b) else () for b in grid.rows)
    return Answers(grid.axes, boxes, results[:count], rest, rows.hit, fold)


def _result(forms: Forms, e: Expr) -> Result:
    form = forms.of(e)
    return Result(form, is_constant(form), (e,))


def is_constant(form: Form) -> bool:
    """Say whether a form is a value, so that another value is certainly different."""
    match form:
        case (head, _) if head == CONST:
            return True
        case ("line", _, tuple() as parts):
            return all(map(is_constant, parts))
        case _:
            return False


# ---- conditions as boxes


def _conditions(
    forms: Forms, conds: Sequence[Expr], results: tuple[Result, ...], rest: Result,
    how: Hit | Override, fold: Fold,
) -> Answers | None:  # fmt: skip
    axes = axes_of(forms, conds)
    found = [boxes_of(c, axes, forms.ask) for c in conds]
    rows = tuple(tuple(b for b in boxes if all(b)) for boxes in found if boxes is not None)
    return Answers(axes, rows, results, rest, how, fold) if len(rows) == len(found) else None


def axes_of(forms: Forms, conds: Iterable[Expr]) -> tuple[Axis, ...]:
    """Return an axis for each column that conditions compare with constants."""
    texts: dict[Expr, list[str]] = {}
    for cond in conds:
        for column, text in _columns(forms, cond):
            if not isinstance(strip_opt(column.ty), BoolTy | TextTy | ScaledTy | EnumTy):
                continue
            texts.setdefault(column, [])
            if text is not None:
                texts[column].append(text)
    columns = tuple(texts)
    cells = tuple(OrCell(tuple(PointCell(Lit(t, TEXT, NOWHERE)) for t in texts[c])) for c in columns)
    row = Row(cells, Tag(TagKind.ROW, 1))
    grid = grid_of(Table(Hit.COLLECT, columns, (row,), None, _COUNT, NOWHERE), forms.ask)
    assert isinstance(grid, Grid)
    return grid.axes


def _columns(forms: Forms, cond: Expr) -> Iterator[tuple[Expr, str | None]]:
    """Yield the columns of the comparisons in a condition, with the texts that they are compared with."""
    match cond:
        case Apply(Op.NOT | Op.AND | Op.OR, args):
            for arg in args:
                yield from _columns(forms, arg)
        case Apply(Op.EQ_INT | Op.EQ_TEXT | Op.EQ_BOOL | Op.LE | Op.LT, (a, b)):
            for column, other in ((a, b), (b, a)):
                value = forms.ask(other)
                if value is not None:
                    yield _inner(column), value if isinstance(value, str) else None
                    return
        case IsPresent(arg):
            yield arg, None
        case _ if isinstance(strip_opt(cond.ty), BoolTy) and not isinstance(cond, Lit):
            yield _inner(cond), None
        case _:
            pass


def _inner(e: Expr) -> Expr:
    return e.arg if isinstance(e, Unwrap) else e
