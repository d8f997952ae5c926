"""Generated code says what the interpreter says, and a planted slip in the generator is found."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace

import pytest

from kamflow.core.expr import Hit, Lit, Op
from kamflow.core.ty import BOOL
from kamflow.engines.python import cases, choose, conditions, divide, exprs, module, operators, raw
from kamflow.values import dates
from kamflow.values.rounding import Rounding
from tests.python_engine.rig import Mismatch, Tally, run_seed

# `KAMFLOW_DIFFERENTIAL=100000` makes this the long run; records of one program are cheap, programs are not
DECISIONS = int(os.environ.get("KAMFLOW_DIFFERENTIAL", "8000"))
A_PROGRAM = 80 if DECISIONS < 50_000 else 700
EVERYTHING = {
    "ABS", "ADD", "ADD_MONTHS_CLAMP", "ADD_MONTHS_NEXT", "AND", "Aggregate", "Aggregate.COUNT",
    "Aggregate.MAX",
    "Aggregate.MIN", "Aggregate.SUM", "Apply", "CEILING", "COLLECT", "Choose", "DOWN", "DivRound", "EQ_BOOL",
    "EQ_INT", "EQ_TEXT", "FIRST", "FLOOR", "Gather", "Gather.COUNT", "Gather.LIST", "Gather.MAX",
    "Gather.MIN",
    "Gather.SUM", "Get", "HALF_EVEN", "HALF_UP", "If", "IsPresent", "LE", "LT", "ListOf", "Lit", "MAX", "MIN",
    "MONTH_OF", "MUL", "NEG", "NOT", "OR", "Override", "Param", "Pick", "Ref", "SUB", "Struct", "Today",
    "UNIQUE", "UP", "Unwrap", "Var", "WHOLE_MONTHS", "YEAR_OF",
}  # fmt: skip


def test_every_variant_equals_the_interpreter_on_random_programs():
    tally = Tally()
    for seed in range(DECISIONS // A_PROGRAM):
        run_seed(seed, A_PROGRAM, tally)
    assert tally.decisions >= DECISIONS - A_PROGRAM
    # a mix that could hide a slip is no evidence
    assert EVERYTHING - tally.kinds == set()
    assert 0.5 < tally.decided / tally.decisions < 0.97
    assert tally.rounded / tally.decisions > 0.2
    assert tally.fast / tally.decisions > 0.25
    assert tally.nested / tally.decisions > 0.02
    assert tally.gaps >= 20, "parts that leave something out are hardly met"
    assert set(tally.why) >= {"NO_ROW", "TWO_ROWS", "OVERRIDES_DISAGREE", "Contradicts"}


def swap(table: dict, key, value) -> Callable[[pytest.MonkeyPatch], None]:
    return lambda patch: patch.setitem(table, key, value)


def infix(op: Op, text: str):
    return swap(operators.INFIX, op, text)


def call(op: Op, function):
    return swap(operators.CALLED, op, function)


def other_mode(slip: dict[Rounding, Rounding]):
    """Let the divisions of one mode be emitted as another's."""
    right = divide.emit_quotient

    def wrong(unit, block, num, den, mode, **signs):
        return right(unit, block, num, den, slip.get(mode, mode), **signs)

    return lambda patch: patch.setattr(divide, "emit_quotient", wrong)


def always_positive(patch):
    patch.setattr(exprs, "sign_of", lambda ty: 1)


def divisor_positive(patch):
    patch.setattr(exprs, "is_positive", lambda ty: True)


def missing_is_zero(patch):
    right = exprs.Emitter._expr

    def wrong(self, e, block):
        return "True" if type(e).__name__ == "IsPresent" else right(self, e, block)

    patch.setattr(exprs.Emitter, "_expr", wrong)


def last_row_dropped(patch):
    right = choose.emit_choose

    def wrong(em, e, block, targets, row_name):
        short = e.branches[:-1] if len(e.branches) > 1 and e.otherwise is not None else e.branches
        if e.hit is not Hit.FIRST or short == e.branches:
            return right(em, e, block, targets, row_name)
        never = replace(e.branches[-1], cond=Lit(False, BOOL, e.span))
        return right(em, replace(e, branches=(*short, never)), block, targets, row_name)

    patch.setattr(module, "emit_choose", wrong)


def two_rows_unseen(patch):
    patch.setattr(cases._Grower, "_check_alone", lambda self, row, state: None)
    patch.setattr(cases.Cases, "disjoint", lambda self: True)


def cut_one_off(patch):
    right = cases.Cases._comparison

    def wrong(self, e):
        found = right(self, e)
        if found is None or found[3] != 1:
            return found
        return found[0], found[1] + 1, found[2] + 1, 1

    patch.setattr(cases.Cases, "_comparison", wrong)


def below_is_one_less(patch):
    right = conditions._below
    patch.setattr(conditions, "_below", lambda *a: right(*a).replace("<=", "<"))


def beaten_rules_count(patch):
    patch.setattr(exprs, "beaten_by", lambda e: [[] for _ in e.rules])


def beats_not_transitive(patch):
    patch.setattr(
        exprs,
        "beaten_by",
        lambda e: [[j for j, r in enumerate(e.rules) if i in r.beats] for i in range(len(e.rules))],
    )


def or_is_and(patch):
    right = exprs.Emitter._and_or

    def wrong(self, e, block):
        return right(self, type(e)(Op.AND, e.args, e.ty, e.span) if len(e.args) == 3 else e, block)

    patch.setattr(exprs.Emitter, "_and_or", wrong)


def lower_bound_excluded(patch):
    right = raw._emit_amount

    def wrong(unit, block, ty, name, *, stays_float):
        before = len(block.lines)
        right(unit, block, ty, name, stays_float=stays_float)
        block.lines[before:] = [
            line.replace(f"if {name} < ", f"if {name} <= ") for line in block.lines[before:]
        ]

    patch.setattr(raw, "_emit_amount", wrong)


def default_is_zero(patch):
    patch.setattr(raw, "_default_text", lambda unit, decl: "0")


def facts_ignored(patch):
    patch.setattr(module.Module, "_emit_facts", lambda self, em, body: None)


SLIPS = {
    "< for <=": infix(Op.LE, "<"),
    "<= for <": infix(Op.LT, "<="),
    "+ for -": infix(Op.SUB, "+"),
    "min for max": infix(Op.MAX, "<="),
    "half up for half even": other_mode({Rounding.HALF_EVEN: Rounding.HALF_UP}),
    "half even for half up": other_mode({Rounding.HALF_UP: Rounding.HALF_EVEN}),
    "floor for down": other_mode({Rounding.DOWN: Rounding.FLOOR}),
    "down for floor": other_mode({Rounding.FLOOR: Rounding.DOWN}),
    "ceiling for up": other_mode({Rounding.UP: Rounding.CEILING}),
    "negative dividends forgotten": always_positive,
    "negative divisors forgotten": divisor_positive,
    "missing counts as present": missing_is_zero,
    "a row dropped": last_row_dropped,
    "two rows of unique unseen": two_rows_unseen,
    "a bound moved by one unit": cut_one_off,
    "a test narrower by one": below_is_one_less,
    "beaten overrides count": beaten_rules_count,
    "overrides not beaten through others": beats_not_transitive,
    "or as and": or_is_and,
    "month end clamped": call(Op.ADD_MONTHS_NEXT, lambda d, m: dates.add_months(d, m, clamp=True)),
    "months never negative": call(Op.WHOLE_MONTHS, lambda a, b: abs(dates.whole_months(a, b))),
    "lower bound of a field excluded": lower_bound_excluded,
    "default ignored": default_is_zero,
    "facts that no record has ignored": facts_ignored,
}


@pytest.mark.parametrize("slip", SLIPS)
def test_a_planted_slip_is_found(slip, monkeypatch):
    SLIPS[slip](monkeypatch)
    with pytest.raises((Mismatch, TypeError, IndexError, KeyError)):
        run_seeds(400)


def run_seeds(count: int) -> None:
    for seed in range(count):
        run_seed(seed, 40, Tally())
