"""Facts that stay as they are and drive a case round and round: A -> B -> A, or longer ways.

A hold and a least time in a state only slow this down. In each state of the way the move has to be the one
that is made: nothing that comes first, or is due sooner, is true as well. How long a case has been in its
state is no fact that stays: comparisons with it count as met.
Assumes: a link without errors, a state-driven workflow. Leaves: findings.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.frozen import frozen
from kamflow.base.text import Text
from kamflow.core.expr import Apply, Expr, Get, If, IsPresent, Lit, Op, Unwrap, Var, walk
from kamflow.core.ty import BOOL, OptTy
from kamflow.engines.smt.answer import Found, NotKnown
from kamflow.flow import prove_errors as errors
from kamflow.flow.as_policy import DWELL, STATE, record_of
from kamflow.flow.asking import Asking, negated
from kamflow.flow.delays import delay_of
from kamflow.flow.prove_guards import guard_span
from kamflow.workflow.model import State, Transition

_DAY = 1_440


@frozen
class Edge:
    """One move out of one state; a global transition is an edge of each of its states."""

    state: State
    move: Transition

    @property
    def target(self) -> str:
        return self.move.to.text if self.move.to is not None else ""


def prove_cycles(asking: Asking) -> Iterator[Diagnostic]:
    """Yield each way round that the same facts drive, the shortest ones first."""
    edges = _edges(asking)
    told: list[frozenset[tuple[str, str]]] = []
    apart: set[frozenset[str]] = set()
    for way in sorted(_ways(edges), key=len):
        own = frozenset((e.state.id.text, e.move.id.text) for e in way)
        names = {e.move.id.text for e in way}
        if any(t <= own for t in told) or any(pair <= names for pair in apart):
            continue
        lost = _apart(asking, way, apart)
        if lost:
            continue
        finding = _round(asking, way, edges)
        if finding is not None:
            told.append(own)
            yield finding


def _edges(asking: Asking) -> dict[str, list[Edge]]:
    found: dict[str, list[Edge]] = {}
    for state in asking.workflow.states:
        moves = [t for t in asking.workflow.leaving(state.id.text) if t.event is None]
        found[state.id.text] = [Edge(state, t) for t in moves if t.to is not None]
    return found


def _ways(edges: dict[str, list[Edge]]) -> Iterator[tuple[Edge, ...]]:
    """Yield all simple ways round, each once: it begins at the state of the document that comes first."""
    order = {name: i for i, name in enumerate(edges)}
    for start, own in edges.items():
        stack: list[tuple[Edge, ...]] = [(e,) for e in own]
        while stack:
            way = stack.pop()
            last = way[-1].target
            if last == start:
                yield way
            elif last in order and order[last] > order[start] and all(e.state.id.text != last for e in way):
                stack.extend((*way, e) for e in edges[last])


def _apart(asking: Asking, way: Sequence[Edge], apart: set[frozenset[str]]) -> bool:
    """Say whether two moves of a way exclude each other; that is asked once for each two."""
    record = record_of(asking.workflow.id.text)
    moves = [e.move for e in way]
    for i, a in enumerate(moves):
        for b in moves[i + 1 :]:
            pair = frozenset((a.id.text, b.id.text))
            if len(pair) == 2 and pair not in apart:
                both = [_at_any_time(asking, a), _at_any_time(asking, b)]
                if asking.exists(record, both) is False:
                    apart.add(pair)
                    return True
    return False


def _round(asking: Asking, way: Sequence[Edge], edges: dict[str, list[Edge]]) -> Diagnostic | None:
    conds: list[Expr] = []
    for edge in way:
        conds.append(_at_any_time(asking, edge.move))
        conds += [negated(asking.guard(r)) for r in _rivals(edge, edges[edge.state.id.text])]
    record = record_of(asking.workflow.id.text)
    answer, since = asking.find(record, conds)
    path = [*(e.state.id.text for e in way), way[0].state.id.text]
    first = way[0].move
    if isinstance(answer, NotKnown):
        what = Text(f"that facts never drive {' -> '.join(path)}", f"数据不会驱动 {' → '.join(path)}")
        return errors.not_decided(guard_span(first), what, answer.why)
    if not isinstance(answer, Found):
        return None
    one = asking.replayed(answer, conds, " -> ".join(path))
    shown = asking.facts_of(one, [e.move for e in way])
    facts = tuple(s for s in shown if s.name != f"{STATE}.{DWELL}")
    days = sum(delay_of(e.move, e.state).minutes for e in way) // _DAY
    moves = [(e.move.id, guard_span(e.move)) for e in way[1:]]
    return errors.goes_round(guard_span(first), path, moves, facts, days or None, since)


def _rivals(edge: Edge, others: Sequence[Edge]) -> list[Transition]:
    """Return the moves out of a state that would be made instead, were they true as well."""
    own = (delay_of(edge.move, edge.state).minutes, edge.move.priority)
    return [
        e.move
        for e in others
        if e.move.id.text != edge.move.id.text and (delay_of(e.move, e.state).minutes, e.move.priority) <= own
    ]


def _at_any_time(asking: Asking, move: Transition) -> Expr:
    """Return that a guard is true for some time in the state."""
    body = asking.plain_guard(move)
    if not any(_is_dwell(n) for n in walk(body)):
        return asking.guard(move)
    cond = body
    if isinstance(body.ty, OptTy) and isinstance(body, If):
        cond = Apply(Op.AND, (body.cond, body.then), BOOL, body.span)
    elif isinstance(body.ty, OptTy):
        cond = Apply(
            Op.AND, (IsPresent(body, BOOL, body.span), Unwrap(body, BOOL, body.span)), BOOL, body.span
        )
    return _some_dwell(cond, True)


def _some_dwell(e: Expr, wanted: bool) -> Expr:
    """Take comparisons with the time in the state as they are wanted."""
    match e:
        case Apply(Op.AND | Op.OR as op, args):
            return Apply(op, tuple(_some_dwell(a, wanted) for a in args), BOOL, e.span)
        case Apply(Op.NOT, (arg,)):
            return Apply(Op.NOT, (_some_dwell(arg, not wanted),), BOOL, e.span)
        case Apply() if any(_is_dwell(n) for n in walk(e)):
            return Lit(wanted, BOOL, e.span)
        case _:
            return e


def _is_dwell(e: Expr) -> bool:
    match e:
        case Get(Get(Var("self"), name), field):
            return (name, field) == (STATE, DWELL)
        case _:
            return False
