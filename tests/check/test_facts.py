"""Narrowing is sound: whatever a condition is said to prove holds for every value that satisfies it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kamflow.base.span import NOWHERE
from kamflow.check.facts import NO_FACTS, Fact, Facts, assume, bounds, excludes_zero, is_present, key_of
from kamflow.core.expr import Apply, Expr, Get, IsPresent, Op
from kamflow.core.ty import BOOL, ScaledTy, strip_opt
from tests.check.brute import (
    MissingError,
    apply_bool,
    environments,
    field,
    holds,
    number,
    there,
)  # fmt: skip

FIELDS: dict[str, Get] = {
    "x": field("x", -4, 4),
    "y": field("y", 0, 5),
    "z": field("z", -3, -1),
    "o": field("o", -2, 2, optional=True),
}


def _times(e: Expr, factor: int) -> Expr:
    ty = strip_opt(e.ty)
    assert isinstance(ty, ScaledTy)
    out = ScaledTy(ty.unit, ty.scale, ty.lo * factor, ty.hi * factor)
    return Apply(Op.MUL, (e, number(factor)), out, NOWHERE)


_plain = st.sampled_from([FIELDS["x"], FIELDS["y"], FIELDS["z"]])
_operands = st.one_of(
    _plain,
    st.builds(_times, _plain, st.sampled_from([2, 3, 10])),
    st.builds(number, st.integers(-45, 45)),
    st.builds(number, st.integers(-5, 5)),
    st.just(number(0)),
)
_compared = st.builds(apply_bool, st.sampled_from([Op.LE, Op.LT, Op.EQ_INT]), _operands, _operands)
_o = FIELDS["o"]
_o_there = IsPresent(_o, BOOL, NOWHERE)
_presence: st.SearchStrategy[Expr] = st.one_of(
    st.just(_o_there),
    st.builds(
        lambda op, b: apply_bool(Op.AND, _o_there, apply_bool(op, there(_o), b)),
        st.sampled_from([Op.LE, Op.LT, Op.EQ_INT]),
        _operands,
    ),
    st.builds(
        lambda op, b: apply_bool(Op.OR, apply_bool(Op.NOT, _o_there), apply_bool(op, b, there(_o))),
        st.sampled_from([Op.LE, Op.LT, Op.EQ_INT]),
        _operands,
    ),
)
_conditions: st.SearchStrategy[Expr] = st.recursive(
    st.one_of(_compared, _compared, _presence),
    lambda inner: st.one_of(
        st.builds(lambda a: apply_bool(Op.NOT, a), inner),
        st.builds(lambda a: apply_bool(Op.AND, *a), st.lists(inner, min_size=2, max_size=3)),
        st.builds(lambda a: apply_bool(Op.OR, *a), st.lists(inner, min_size=2, max_size=3)),
    ),
    max_leaves=6,
)


def _claims_hold(facts: Facts, env: dict[str, int | None]) -> None:
    for name, e in FIELDS.items():
        found = env[name]
        key = key_of(e)
        assert key is not None
        fact = facts.get(key, Fact())
        if is_present(facts, e):
            assert found is not None, name
        if found is None:
            continue
        lo, hi = bounds(facts, e)
        assert lo <= found <= hi, (name, fact)
        assert not (fact.not_zero and found == 0), name
        assert not (excludes_zero(facts, e) and found == 0), name
        raised = _times(e, 10)
        lo, hi = bounds(facts, raised)
        assert lo <= found * 10 <= hi, (name, fact)
        assert not (excludes_zero(facts, raised) and found == 0), name


@given(st.lists(st.tuples(_conditions, st.booleans()), min_size=1, max_size=3))
def test_whatever_conditions_prove_holds_for_every_value_that_satisfies_them(
    chain: list[tuple[Expr, bool]],
) -> None:
    facts: Facts = NO_FACTS
    for cond, truth in chain:
        facts = assume(facts, cond, truth)
    for env in environments(FIELDS):
        try:
            meets = all(holds(cond, env) == truth for cond, truth in chain)
        except MissingError:
            continue  # no checked condition reads what is missing
        if meets:
            _claims_hold(facts, env)


@given(_compared, st.booleans())
def test_one_comparison_with_a_literal_is_learned_as_sharply_as_integers_allow(
    cond: Apply, truth: bool
) -> None:
    """Sound is easy when nothing is learned: for a bare field and a literal the bounds must be the best."""
    a, b = cond.args
    if cond.op is Op.EQ_INT or not isinstance(a, Get) or key_of(b) is not None or isinstance(b, Apply):
        return
    met = [
        v
        for v in range(a.ty.lo, a.ty.hi + 1)  # type: ignore[union-attr]
        if holds(cond, {a.name: v}) == truth
    ]
    if met:
        assert bounds(assume(NO_FACTS, cond, truth), a) == (min(met), max(met))


_SIDES: list[Expr] = [
    *(FIELDS[n] for n in "xyz"), _times(FIELDS["x"], 2), _times(FIELDS["x"], 10), _times(FIELDS["y"], 3),
]  # fmt: skip
_LITERALS = [number(v) for v in (*range(-7, 8), -41, -40, -39, -11, -10, -9, 9, 10, 11, 39, 40, 41)]


@pytest.mark.parametrize("op", [Op.LE, Op.LT, Op.EQ_INT])
@pytest.mark.parametrize("truth", [True, False])
def test_each_single_comparison_proves_only_what_holds(op: Op, truth: bool) -> None:
    """All of them, not a sample: two fields, raised fields, literals at every edge, on both sides."""
    pairs = [(a, b) for a in _SIDES for b in (*_SIDES, *_LITERALS)]
    bare = {n: FIELDS[n] for n in "xyz"}
    envs = [{**env, "o": None} for env in environments(bare)]
    for a, b in [*pairs, *((b, a) for a, b in pairs)]:
        cond = apply_bool(op, a, b)
        facts = assume(NO_FACTS, cond, truth)
        for env in envs:
            if holds(cond, env) == truth:
                _claims_hold(facts, env)


_X, _Y = FIELDS["x"], FIELDS["y"]
_PROVES_NOT_ZERO = [
    ("x > 0", apply_bool(Op.LT, number(0), _X), True, _X),
    ("x < 0", apply_bool(Op.LT, _X, number(0)), True, _X),
    ("not x = 0", apply_bool(Op.EQ_INT, _X, number(0)), False, _X),
    ("not 0 = x", apply_bool(Op.EQ_INT, number(0), _X), False, _X),
    ("not x <= 0", apply_bool(Op.LE, _X, number(0)), False, _X),
    ("x with more decimals > 0.1", apply_bool(Op.LT, number(1), _times(_X, 10)), True, _X),
    ("x with more decimals is not 0", apply_bool(Op.EQ_INT, _times(_X, 10), number(0)), False, _X),
    ("y is not 0, y never negative", apply_bool(Op.EQ_INT, _Y, number(0)), False, _Y),
    ("x > y, y never negative", apply_bool(Op.LT, _Y, _X), True, _X),
    (
        "x > 3 and anything",
        apply_bool(Op.AND, apply_bool(Op.LT, number(3), _X), apply_bool(Op.LE, _Y, _X)),
        True,
        _X,
    ),
]


@pytest.mark.parametrize(
    ("cond", "truth", "divisor"),
    [(c, t, d) for _, c, t, d in _PROVES_NOT_ZERO],
    ids=[n for n, *_ in _PROVES_NOT_ZERO],
)
def test_these_guards_prove_a_divisor_not_zero(cond: Expr, truth: bool, divisor: Expr) -> None:
    assert excludes_zero(assume(NO_FACTS, cond, truth), divisor)


_PROVES_NOTHING = [
    ("x >= 0", apply_bool(Op.LE, number(0), _X), True),
    ("x > 0 is false", apply_bool(Op.LT, number(0), _X), False),
    ("x = 1 is false", apply_bool(Op.EQ_INT, _X, number(1)), False),
    (
        "x > 0 or y > 0",
        apply_bool(Op.OR, apply_bool(Op.LT, number(0), _X), apply_bool(Op.LT, number(0), _Y)),
        True,
    ),
    (
        "not (x = 0 and y = 0)",
        apply_bool(Op.AND, apply_bool(Op.EQ_INT, _X, number(0)), apply_bool(Op.EQ_INT, _Y, number(0))),
        False,
    ),
    ("x with more decimals > -0.1", apply_bool(Op.LT, number(-1), _times(_X, 10)), True),
]


@pytest.mark.parametrize(
    ("cond", "truth"), [(c, t) for _, c, t in _PROVES_NOTHING], ids=[n for n, *_ in _PROVES_NOTHING]
)
def test_these_guards_leave_zero_possible(cond: Expr, truth: bool) -> None:
    assert not excludes_zero(assume(NO_FACTS, cond, truth), _X)
