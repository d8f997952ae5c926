"""Sums of multiples: in whatever order they are added up, they are what was written."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import product

import pytest
from sqlglot import exp

from kamflow.base.span import NOWHERE
from kamflow.core.expr import Apply, Expr, Lit, Op
from kamflow.core.ty import INT64, INT128, OptTy, ScaledTy
from kamflow.engines.sql import linear
from kamflow.engines.sql.build import Builder
from kamflow.engines.sql.plan import SqlPlan
from tests.sql.core_rig import amount, compile_core, field, program, run

NAMES = ("a", "b", "c")
_MOST = amount(-INT128, INT128)


def number(n: int) -> Lit:
    return Lit(n, amount(n, n), NOWHERE)


def op(kind: Op, *args: Expr) -> Apply:
    return Apply(kind, args, _MOST, NOWHERE)


def formula(r: random.Random, depth: int, ty: ScaledTy) -> Expr:
    if depth == 0 or r.random() < 0.15:
        if r.random() < 0.3:
            return number(r.choice((0, 1, -1, 2, -7, 10, 1000)))
        return field(r.choice(NAMES), ty)
    wide = ty.hi > 2**31
    match r.randrange(4 if wide else 5):
        case 0 | 1:
            return op(r.choice((Op.ADD, Op.SUB)), formula(r, depth - 1, ty), formula(r, depth - 1, ty))
        case 2:
            return op(Op.NEG, formula(r, depth - 1, ty))
        case 3:
            by = number(r.choice((0, 1, -1, 3, -25, 100 if wide else 10_000)))
            factors = [by, formula(r, depth - 1, ty)]
            r.shuffle(factors)
            return op(Op.MUL, *factors)
        case _:
            return op(Op.ADD, op(Op.MUL, field("a", ty), field("b", ty)), formula(r, depth - 1, ty))


def value(e: Expr, line: Sequence[int | None]) -> int | None:
    if isinstance(e, Lit):
        assert isinstance(e.value, int)
        return e.value
    if not isinstance(e, Apply):
        return dict(zip(NAMES, line, strict=True))[e.name]  # type: ignore[attr-defined]
    args = [value(a, line) for a in e.args]
    if any(a is None for a in args):
        return None
    known = [a for a in args if a is not None]
    match e.op:
        case Op.ADD:
            return known[0] + known[1]
        case Op.SUB:
            return known[0] - known[1]
        case Op.MUL:
            return known[0] * known[1]
        case _:
            return -known[0]


def disagree(most: int, *, optional: bool, count: int) -> list[tuple[Expr, object, object]]:
    """Return formulas with a line's value as computed and as it should be, where these differ."""
    r = random.Random(most * 2 + optional)
    ty = amount(-most, most)
    bodies = [formula(r, 4, ty) for _ in range(count)]
    edge = (-most, most, 0, 1, *((None,) if optional else ()))
    lines = list(product(edge, repeat=3))
    kind: ScaledTy | OptTy = OptTy(ty) if optional else ty
    made = program(dict.fromkeys(NAMES, kind), *bodies)  # type: ignore[arg-type]
    values = ", ".join(f"({', '.join(_sql(v) for v in line)})" for line in lines)
    found = run(made, f"VALUES {values}")
    return [
        (body, got, value(body, line))
        for line, gots in zip(lines, found, strict=True)
        for body, got in zip(bodies, gots, strict=True)
        if got != value(body, line)
    ]


def _sql(v: int | None) -> str:
    return "NULL" if v is None else f"{v}::HUGEINT"


@pytest.mark.parametrize("most", [1, 127, 10**5, 2**31 - 1, 10**12, INT64, 10**22])
@pytest.mark.parametrize("optional", [False, True])
def test_sums_are_what_was_written(most: int, optional: bool) -> None:
    assert not disagree(most, optional=optional, count=60)


def test_a_long_sum_has_one_constant_and_is_widened_once() -> None:
    ty, wide = amount(0, 100), amount(0, 10**12)
    less = op(Op.SUB, op(Op.ADD, field("a", ty), field("b", ty)), number(3))
    body = op(
        Op.ADD,
        op(Op.MUL, field("c", wide), number(25)),
        op(Op.MUL, op(Op.MUL, number(2), less), number(1000)),
    )
    plan = compile_core(program({"a": ty, "b": ty, "c": wide}, body))
    assert isinstance(plan, SqlPlan)
    casts = [c for c in plan.tree.find_all(exp.Cast) if c.to.sql("duckdb") == "BIGINT"]
    numbers = sorted(int(n.this) for n in plan.tree.find_all(exp.Literal))
    assert len(casts) == 1
    assert numbers == [25, 2000, 6000]


def _sign(patch: pytest.MonkeyPatch) -> None:
    right = linear._part

    def wrong(enc: object, e: Expr, factor: int, scope: object, into: object) -> None:
        right(enc, e, abs(factor), scope, into)  # type: ignore[arg-type]

    patch.setattr(linear, "_part", wrong)


def _room(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(linear, "_fits", lambda found: all(f for f, _ in found.parts))
    patch.setattr(Builder, "bits", lambda self, lo, hi: 32 if max(hi, -lo) < 2**31 else 64)


def _nothing_times_missing(patch: pytest.MonkeyPatch) -> None:
    right = linear._fits

    def wrong(found: linear._Sum) -> bool:
        found.parts[:] = [(f, t) for f, t in found.parts if f]
        return bool(found.parts) and right(found)

    patch.setattr(linear, "_fits", wrong)


def _constant_twice(patch: pytest.MonkeyPatch) -> None:
    right = linear._summed

    def wrong(b: Builder, found: linear._Sum) -> object:
        found.constant *= 2
        return right(b, found)

    patch.setattr(linear, "_summed", wrong)


@pytest.mark.parametrize("plant", [_sign, _room, _nothing_times_missing, _constant_twice])
def test_a_bug_planted_into_sums_is_found(plant: object, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)  # type: ignore[operator]
    differ = False
    for most in (127, 2**31 - 1, INT64):
        try:
            differ = differ or bool(disagree(most, optional=True, count=80))
        except Exception as fault:  # a sum that is too wide fails as a query
            differ = differ or "Out of Range" in str(fault)
    assert differ
