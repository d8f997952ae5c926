"""Bugs planted into the interpreter, the Python engine or the reader: the rig must find each of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import Any

import pytest

from kamflow.base.span import NOWHERE
from kamflow.core import standings as core_standings
from kamflow.core.expr import Fold, Hit, Lit, Op, Today
from kamflow.core.ty import BOOL, OptTy, ScaledTy
from kamflow.engines.interp import apply_op, interpreter
from kamflow.engines.interp.interpreter import Interpreter
from kamflow.engines.python import exprs, operators, raw
from kamflow.project import survey
from kamflow.values import dates, population
from kamflow.values.rounding import Rounding, round_div

Plant = Callable[[pytest.MonkeyPatch], None]


def _other_mode(slips: dict[Rounding, Rounding]) -> Plant:
    def wrong(num: int, den: int, mode: Rounding) -> int:
        return round_div(num, den, slips.get(mode, mode))

    return lambda patch: patch.setattr(interpreter, "round_div", wrong)


def _less_for_at_most(patch: pytest.MonkeyPatch) -> None:
    right = apply_op._on_ints

    def wrong(op: Op, args: list[int]) -> int | bool:
        return right(Op.LT if op is Op.LE else op, args)

    patch.setattr(apply_op, "_on_ints", wrong)


def _missing_is_false(patch: pytest.MonkeyPatch) -> None:
    """`x is missing` is no longer true of what is missing: NULL as false."""
    right = Interpreter._eval

    def wrong(self: Interpreter, e: Any, scope: Any) -> Any:
        if isinstance(e, exprs.Apply) and e.op is Op.NOT and isinstance(e.args[0], exprs.IsPresent):
            return False
        return right(self, e, scope)

    patch.setattr(Interpreter, "_eval", wrong)


def _missing_is_zero(patch: pytest.MonkeyPatch) -> None:
    right = raw.emit_reading

    def wrong(unit: Any, block: Any, record: Any, names: Any, mask: str, **how: Any) -> None:
        right(unit, block, record, names, mask, **how)
        for f in record.fields:
            if isinstance(f.ty, OptTy) and isinstance(f.ty.inner, ScaledTy):
                block.add(f"if {names[f.name]} is None: {names[f.name]} = 0")

    patch.setattr(raw, "emit_reading", wrong)


def _last_row_for_first(patch: pytest.MonkeyPatch) -> None:
    right = Interpreter._choose

    def wrong(self: Interpreter, e: Any, scope: Any) -> Any:
        if e.hit is not Hit.FIRST or len(e.branches) < 2:
            return right(self, e, scope)
        found = right(self, replace(e, hit=Hit.COLLECT), scope)
        return found[-1] if found else right(self, e, scope)

    patch.setattr(Interpreter, "_choose", wrong)


def _beaten_rules_count(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(interpreter, "_beaten_by", lambda e, rule: set())


def _month_end_clamped(patch: pytest.MonkeyPatch) -> None:
    wrong = lambda day, months: dates.add_months(day, months, clamp=True)  # noqa: E731
    patch.setitem(operators.CALLED, Op.ADD_MONTHS_NEXT, wrong)


def _window_a_day_early(patch: pytest.MonkeyPatch) -> None:
    right = exprs.Emitter._expr

    def wrong(self: Any, e: Any, block: Any) -> str:
        return "(T - 1)" if isinstance(e, Today) else right(self, e, block)

    patch.setattr(exprs.Emitter, "_expr", wrong)


def _default_not_applied(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(raw, "_default_text", lambda unit, decl: "0")


def _scale_lost(patch: pytest.MonkeyPatch) -> None:
    """Whole numbers of the caller are taken as if they were scaled already."""
    right = raw._emit_amount

    def wrong(unit: Any, block: Any, ty: Any, name: str, *, stays_float: bool) -> None:
        before = len(block.lines)
        right(unit, block, ty, name, stays_float=stays_float)
        block.lines[before:] = [
            line.replace(f"{name} *= {10**ty.scale}", "pass") for line in block.lines[before:]
        ]

    patch.setattr(raw, "_emit_amount", wrong)


def _enum_order_by_text(patch: pytest.MonkeyPatch) -> None:
    reading = import_module("kamflow.intake.read_record")  # the package has a function of this name
    right = reading.enum_reader

    def wrong(decl: Any, *args: Any, **kwargs: Any) -> Any:
        reader = right(decl, *args, **kwargs)
        members = decl.ty.members
        place = [sorted(members).index(m) for m in members]

        def read(value: object, run: Any, path: str) -> Any:
            found = reader(value, run, path)
            return None if found is None else place[found]

        return read

    patch.setattr(reading, "enum_reader", wrong)


def _where_ignored(patch: pytest.MonkeyPatch) -> None:
    right = Interpreter._aggregate

    def wrong(self: Interpreter, e: Any, scope: Any) -> Any:
        return right(self, replace(e, where=None) if e.fold is Fold.SUM else e, scope)

    patch.setattr(Interpreter, "_aggregate", wrong)


def _two_rows_unseen(patch: pytest.MonkeyPatch) -> None:
    right = Interpreter._choose

    def wrong(self: Interpreter, e: Any, scope: Any) -> Any:
        return right(self, replace(e, hit=Hit.FIRST) if e.hit is Hit.UNIQUE else e, scope)

    patch.setattr(Interpreter, "_choose", wrong)


def _step_forgotten(patch: pytest.MonkeyPatch) -> None:
    right = Interpreter._div_round

    def wrong(self: Interpreter, e: Any, scope: Any) -> int:
        return right(self, replace(e, step=1), scope)

    patch.setattr(Interpreter, "_div_round", wrong)


def _ties_ranked_apart(patch: pytest.MonkeyPatch) -> None:
    """Who has the same measure counts as below."""
    patch.setattr(population, "bisect_left", population.bisect_right)


def _bound_belongs_to_the_better_class(patch: pytest.MonkeyPatch) -> None:
    right = population.class_steps

    def wrong(standing: Any, classes: Any, **order: Any) -> Any:
        wider = [(c, None if bound is None else bound + 10**4) for c, bound in classes]
        return right(standing, wider, **order)

    patch.setattr(core_standings, "class_steps", wrong)


def _group_forgotten(patch: pytest.MonkeyPatch) -> None:
    """Members of all groups are one population; the record that is decided asks for its own."""
    right = core_standings.places

    def wrong(e: Any, measures: Any) -> Any:
        everyone = [m for group in measures.values() for m in group]
        return right(e, dict.fromkeys(measures, everyone))

    patch.setattr(survey, "places", wrong)


def _outsiders_counted(patch: pytest.MonkeyPatch) -> None:
    """Members are all who have a measure."""
    right = core_standings._inside

    def wrong(key: Any, where: Any, what: Any) -> Any:
        return right(key, Lit(True, BOOL, NOWHERE), what)

    patch.setattr(core_standings, "_inside", wrong)


def _share_of_the_group_s_best(patch: pytest.MonkeyPatch) -> None:
    right = population.standing_of

    def wrong(measures: Any) -> Any:
        made = right(measures)
        return replace(made, sums=(*made.sums[:-1], max(made.measures))) if made.measures else made

    patch.setattr(core_standings, "standing_of", wrong)


PLANTED: dict[str, Plant] = {
    "< for <=": _less_for_at_most,
    "half even for half up": _other_mode({Rounding.HALF_UP: Rounding.HALF_EVEN}),
    "truncation for floor": _other_mode({Rounding.FLOOR: Rounding.DOWN}),
    "missing as false": _missing_is_false,
    "missing as zero": _missing_is_zero,
    "last row for first": _last_row_for_first,
    "beaten overrides count": _beaten_rules_count,
    "month end clamped for next day": _month_end_clamped,
    "window a day early": _window_a_day_early,
    "default not applied": _default_not_applied,
    "scale lost": _scale_lost,
    "enum order by text": _enum_order_by_text,
    "sum over where ignored": _where_ignored,
    "two rows of unique unseen": _two_rows_unseen,
    "rounding step forgotten": _step_forgotten,
    "ties ranked apart": _ties_ranked_apart,
    "bound a percent late": _bound_belongs_to_the_better_class,
    "group forgotten": _group_forgotten,
    "outsiders counted": _outsiders_counted,
    "total is the largest": _share_of_the_group_s_best,
}
