"""How far the way back lies from the way there: share_of_wallet from 50% up, and below 40% back again.

Bounds that a guard sets on one value by itself are read off: comparisons with a number, joined by *and* and
*or*. A pair of moves, A -> B and B -> A, has a gap in a value when one is taken from a bound on and the other
only beyond a lower one. No gap and nothing that delays either way: who stands on the line moves with every
wobble.
Assumes: a link without errors. Leaves: findings; this is cheap.
"""

from __future__ import annotations

from collections.abc import Iterator

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.frozen import frozen
from kamflow.base.text import Text
from kamflow.core.expr import Apply, DefKey, Expr, Get, If, Lit, Op, Param, Ref, Unwrap, Var
from kamflow.core.program import Program
from kamflow.core.ty import ScaledTy, UnitKind, strip_opt
from kamflow.core.wording import say_amount
from kamflow.flow import prove_errors as errors
from kamflow.flow.as_policy import DWELL, PARTS, STATE, record_of
from kamflow.flow.delays import delay_of
from kamflow.flow.expressions import event_of
from kamflow.flow.prove_guards import guard_span
from kamflow.workflow import keys
from kamflow.workflow.model import Mode, State, Transition, Workflow


@frozen
class Bound:
    """A value has to be at least (``up``) or at most ``limit``, in integers of its scale."""

    name: str
    up: bool
    limit: int
    ty: ScaledTy


def gaps(workflow: Workflow, program: Program, day: int) -> Iterator[Diagnostic]:
    """Yield the gap of each value in each pair of moves there and back, with the parameters of a day."""
    if workflow.mode is not Mode.STATE_DRIVEN:
        return
    order = {s.id.text: i for i, s in enumerate(workflow.states)}
    for state in workflow.states:
        for there in _moves(workflow, state):
            other = workflow.state(there.to.text) if there.to is not None else None
            if other is None or order[other.id.text] <= order[state.id.text]:
                continue
            for back in _moves(workflow, other):
                if back.to is not None and back.to.text == state.id.text:
                    yield from _between(workflow, program, day, (state, there), (other, back))


def _moves(workflow: Workflow, state: State) -> list[Transition]:
    return [t for t in workflow.leaving(state.id.text) if t.event is None and t.when is not None]


def _between(
    workflow: Workflow,
    program: Program,
    day: int,
    there: tuple[State, Transition],
    back: tuple[State, Transition],
) -> Iterator[Diagnostic]:
    a, b = there[1], back[1]
    enter, leave = (bounds(_body(workflow, program, t), program, day) for t in (a, b))
    at_once = delay_of(a, there[0]).minutes + delay_of(b, back[0]).minutes == 0
    for one in enter:
        for two in leave:
            if one.name != two.name or one.up == two.up:
                continue
            width = (one.limit - two.limit if one.up else two.limit - one.limit) - 1
            if width < 0:
                continue  # both can be true: that is for the search to say
            said = (_say(one), _say(two))
            if width or not at_once:
                wide = _say_width(width, one.ty)
                yield errors.gap(guard_span(a), a.id, b.id, one.name, said, wide, guard_span(b))
            else:
                yield errors.no_gap(guard_span(a), a.id, b.id, one.name, said, guard_span(b))


def _say_width(width: int, ty: ScaledTy) -> Text:
    amount = say_amount(width, ty)
    if ty.unit.kind is not UnitKind.PERCENT:
        return amount
    return Text(f"{amount.en.removesuffix('%')} points", f"{amount.en.removesuffix('%')} 个百分点")


def _say(bound: Bound) -> Text:
    amount = say_amount(bound.limit, bound.ty)
    if bound.up:
        return Text(f"{amount.en} up", f"{amount.zh or amount.en} 及以上")
    return Text(f"{amount.en} down", f"{amount.zh or amount.en} 及以下")


def _body(workflow: Workflow, program: Program, transition: Transition) -> Expr | None:
    record = record_of(workflow.id.text, event_of(transition))
    found = program.defs.get(DefKey(record, keys.guard(transition.id.text)))
    return found.body if found is not None else None


# ---- bounds


def bounds(body: Expr | None, program: Program, day: int, *, every: bool = False) -> tuple[Bound, ...]:
    """Return what a condition asks of single values; of two of a kind the wider one.

    ``every``: only what has to hold in every case (no parts of an *or*); of two of a kind the narrower one.
    """
    found: dict[tuple[str, bool], Bound] = {}
    for bound in _bounds(body, program, day, every) if body is not None else ():
        key = (bound.name, bound.up)
        old = found.get(key)
        if old is None or ((bound.limit < old.limit) == bound.up) != every:
            found[key] = bound
    return tuple(found.values())


def _bounds(e: Expr, program: Program, day: int, every: bool) -> Iterator[Bound]:
    match e:
        case If(_, then, Lit(None)):
            yield from _bounds(then, program, day, every)
        case Apply(Op.AND | Op.OR as op, args):
            for arg in args if op is Op.AND or not every else ():
                yield from _bounds(arg, program, day, every)
        case Apply(Op.LE | Op.LT as op, (a, b)):
            step = 1 if op is Op.LT else 0
            yield from _side(a, b, up=False, step=-step, program=program, day=day)
            yield from _side(b, a, up=True, step=step, program=program, day=day)
        case Apply(Op.EQ_INT, (a, b)):
            for up in (True, False):
                yield from _side(a, b, up=up, step=0, program=program, day=day)
        case _:
            return


def _side(value: Expr, bound: Expr, *, up: bool, step: int, program: Program, day: int) -> Iterator[Bound]:
    """Yield the bound on ``value``; ``step``: how far from the number the last value lies that is meant."""
    number = _number(bound, program, day)
    inner, factor = _unscaled(value)
    name, ty = _name(inner), strip_opt(inner.ty)
    if number is None or name is None or not isinstance(ty, ScaledTy):
        return
    exact = number + step
    limit = -(-exact // factor) if up else exact // factor
    yield Bound(name, up, limit, ty)


def _number(e: Expr, program: Program, day: int) -> int | None:
    match e:
        case Lit(int() as value) if isinstance(strip_opt(e.ty), ScaledTy):
            return value
        case Param(name):
            found = program.params[name].value_on(day)
            return found if isinstance(found, int) else None
        case Apply(Op.MUL, (a, Lit(int() as k))):
            inner = _number(a, program, day)
            return None if inner is None else inner * k
        case _:
            return None


def _unscaled(e: Expr) -> tuple[Expr, int]:
    match e:
        case Apply(Op.MUL, (x, Lit(int() as k))) if k > 1:
            return x, k
        case Unwrap(arg):
            return _unscaled(arg)
        case _:
            return e, 1


def _name(e: Expr) -> str | None:
    """Name a value as a guard writes it; the time in the state is none that goes up and down."""
    path = _path(e)
    if not path or path == [STATE, DWELL]:
        return None
    return ".".join(path if path[0] in PARTS else path[1:] or path)


def _path(e: Expr) -> list[str]:
    """Return the names from the case inwards; [] for what is computed in place."""
    match e:
        case Unwrap(arg):
            return _path(arg)
        case Get(Var("self"), name):
            return [name]
        case Get(inner, name):
            owner = _path(inner)
            return [*owner, name] if owner else []
        case Ref(key, inner):
            owner = _path(inner)
            return [*owner, key.name] if owner else []
        case _:
            return []
