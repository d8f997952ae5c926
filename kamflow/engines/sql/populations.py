"""Where a record stands among all records, by windows over the measure.

``values.population`` is the law: everything goes by value, and only what is *strictly* better or below
counts. A window over an order counts equals in, so what is below is the whole less what is at least as large.
Sums are of 128 bits, and too wide measures are refused, so that no product of a sum can overflow.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, assert_never

from sqlglot import exp

from kamflow.core.expr import (
    Aggregate,
    Apply,
    Choose,
    DefKey,
    Expr,
    Gather,
    If,
    Op,
    Override,
    Pick,
    PopKind,
    PopTerm,
    Ref,
    Var,
    children,
    walk,
)
from kamflow.engines.sql import refusals
from kamflow.engines.sql.frame import MEMBER, Frame
from kamflow.engines.sql.scope import Defined, Place, Scope
from kamflow.engines.sql.terms import Sort, Term, column, literal_int
from kamflow.values.population import WHOLE

if TYPE_CHECKING:
    from kamflow.engines.sql.build import Builder
    from kamflow.engines.sql.encode import Encoder

MOST_RECORDS = 2**32
_BOOL = Term(exp.Null(), Sort.BOOL, nullable=False)


def standing(enc: Encoder, e: PopTerm, key: DefKey, place: Place) -> Defined:
    """Return a population term's value."""
    if place.frame is not enc.root or place.path:
        raise refusals.foreign_population(str(key), e.population, enc.layout.record)
    b, frame = enc.b, enc.root
    at = (e.population, e.measure, e.group)
    if at not in enc.members_known:
        enc.members_known[at] = _members(enc, e, str(key), place)
    mine, counted, group = enc.members_known[at]
    return Defined(_answer(enc, e, _Windows(b, frame, mine, counted, group), mine))


def _members(enc: Encoder, e: PopTerm, name: str, place: Place) -> tuple[Term, Term, Term | None]:
    """Return each record's own measure, that of members, both NULL for others; and the group."""
    b, frame = enc.b, enc.root
    population = enc.program.populations[e.population]
    scope = Scope(frame, {"self": place}, name)
    where = enc.expr(population.where, scope)
    measure = frame.share(enc.expr(e.measure, scope))
    group = None if e.group is None else frame.add(enc.expr(e.group, scope))
    if max(measure.hi, -measure.lo) > b.dialect.most // (MOST_RECORDS * WHOLE):
        raise refusals.wide_measure(name)
    inside = [b.is_true(where), b.not_null(measure)]
    if group is not None:
        inside.append(b.not_null(group))
    parts = [population.where, e.measure, *([] if e.group is None else [e.group])]
    undecided = _undecided(enc, parts, name, e.population)
    if undecided:
        inside.append(b.not_(b.any_(undecided)))
    mine = frame.add(b.case([(b.all_(inside), measure)], None))
    counted = frame.add(b.case([(column(MEMBER, _BOOL), mine)], None)) if enc.members else mine
    return mine, counted, group


def _answer(enc: Encoder, e: PopTerm, w: _Windows, mine: Term) -> Term:
    b = enc.b
    zero, whole = literal_int(0), literal_int(WHOLE)
    match e.kind:
        case PopKind.PERCENTILE:
            share = b.quot(b.mul(w.below_count(), whole), w.count(), 0, WHOLE)
            return b.case([(w.counts(), b.narrow(share))], None)
        case PopKind.QUANTILE:
            n = literal_int(e.n)
            share = b.quot(b.mul(w.below_count(), n), w.count(), 0, e.n)
            group = w.frame.add(b.narrow(b.add(share, literal_int(1))))
            return b.case([(w.counts(), b.least([group, n], largest=False))], None)
        case PopKind.SHARE:
            total = w.total()
            fits = b.all_([b.lt(zero, total), b.le(zero, mine), b.le(mine, total)])
            wide = mine.between(0, max(0, mine.hi))
            share = b.quot(b.mul(wide, whole), b.null_if_zero(total), 0, WHOLE)
            return b.case([(fits, b.narrow(share))], None)
        case PopKind.CLASSIFY:
            before = w.better_sum(largest_first=e.largest_first)
            outside = literal_int(e.outside)
            whens: list[tuple[Term, Term]] = [(b.not_(w.counts_total()), outside)]
            last = outside
            for position, bound in e.classes:
                if bound is None:
                    last = literal_int(position)
                    break
                below = b.lt(b.mul(before, whole), b.mul(literal_int(bound), w.total()))
                whens.append((below, literal_int(position)))
            return b.case(whens, last)
        case _:
            assert_never(e.kind)


class _Windows:
    """``mine`` is each record's own measure, ``counted`` that of members; both NULL for others."""

    def __init__(self, b: Builder, frame: Frame, mine: Term, counted: Term, group: Term | None) -> None:
        self.b, self.frame, self.mine, self.counted, self.group = b, frame, mine, counted, group
        most = max(counted.hi, -counted.lo) * MOST_RECORDS
        self._count = Term(exp.Null(), Sort.INT, nullable=False, lo=0, hi=MOST_RECORDS, width=64)
        self._sum = Term(exp.Null(), Sort.INT, nullable=False, lo=-most, hi=most, width=128)

    def count(self) -> Term:
        """Return how many members there are; NULL where there are none."""
        return self.b.null_if_zero(self._over(exp.Count, self._count, None))

    def counts(self) -> Term:
        """Say whether the record stands in the population, and the population has members."""
        b = self.b
        there = b.lt(literal_int(0), self._over(exp.Count, self._count, None))
        return b.all_([b.not_null(self.mine), there])

    def counts_total(self) -> Term:
        b = self.b
        return b.all_([b.not_null(self.mine), b.lt(literal_int(0), self.total())])

    def total(self) -> Term:
        return self._sum_over(None)

    def below_count(self) -> Term:
        """Return the members with a smaller measure: all but those at least as large."""
        b = self.b
        every, rest = self._over(exp.Count, self._count, None), self._over(exp.Count, self._count, "desc")
        return self.frame.share(b.sub(every, rest).between(0, MOST_RECORDS))

    def better_sum(self, *, largest_first: bool) -> Term:
        """Return the sum of the members that come strictly before."""
        rest = self._sum_over("asc" if largest_first else "desc")
        return self.frame.share(self.b.sub(self.total(), rest).between(self._sum.lo, self._sum.hi))

    def _sum_over(self, order: str | None) -> Term:
        return self._over(exp.Sum, self._sum, order)

    def _over(self, what: type[exp.AggFunc], like: Term, order: str | None) -> Term:
        """Return a count or sum of members: of all, or of those up to the record and its equals."""
        known = self.frame.windows
        at = (what, order, self.mine.sql.name, self.counted.sql.name, self.group and self.group.sql.name)
        if at not in known:
            by = None
            spec = None
            if order is not None:
                # who has no measure comes last, and counts for nothing
                key = exp.Ordered(this=self.mine.node(), desc=order == "desc", nulls_first=False)
                by = exp.Order(expressions=[key])
                spec = exp.WindowSpec(
                    kind="RANGE", start="UNBOUNDED", start_side="PRECEDING", end="CURRENT ROW"
                )
            parts = [] if self.group is None else [self.group.node()]
            counted = self.counted.node()
            if what is exp.Sum:
                counted = self.b.dialect.summand(counted, like.lo, like.hi)
            window = exp.Window(this=what(this=counted), partition_by=parts, order=by, spec=spec)
            made: exp.Expr = window
            if what is exp.Sum:
                made = exp.Coalesce(this=self.b.dialect.total(window), expressions=[exp.Literal.number(0)])
            known[at] = self.frame.add(
                Term(
                    made, Sort.INT, nullable=False, lo=like.lo, hi=like.hi, width=like.width, size=9, depth=3
                )
            )
        return known[at]


def _undecided(enc: Encoder, parts: Sequence[Expr], name: str, population: str) -> list[Term]:
    """Return when it is not known whether a record is a member, because something has no answer.

    What is read in any case leaves the record outside, as the interpreter does; what is read in some cases
    only would have to be followed: then the population is refused.
    """
    sure, maybe = _reads(enc, parts, strict=True), _reads(enc, parts, strict=False)
    found: list[Term] = []
    for key in maybe:
        own = None if key.record != enc.layout.record else enc.known[enc.root, (), key].own_bad
        fails = own is not None or (key.record != enc.layout.record and _may_fail(enc, key))
        if fails and key not in sure:
            raise refusals.unsure_population(name, population, str(key))
        if own is not None:
            found.append(own)
    return found


def _may_fail(enc: Encoder, key: DefKey) -> bool:
    return any(d.own_bad is not None for (_, _, k), d in enc.known.items() if k == key)


def _reads(enc: Encoder, parts: Sequence[Expr], *, strict: bool) -> dict[DefKey, None]:
    """Return the definitions that are read; ``strict``: of the record itself, in any case."""
    found: dict[DefKey, None] = {}
    todo = list(parts)
    while todo:
        for node in _always(todo.pop()) if strict else walk(todo.pop()):
            if not isinstance(node, Ref) or node.key in found:
                continue
            if strict and not (isinstance(node.subject, Var) and node.subject.name == "self"):
                continue
            found[node.key] = None
            todo.append(enc.program.defs[node.key].body)
    return found


def _always(e: Expr) -> Iterator[Expr]:
    """Yield the nodes that are evaluated whenever an expression is."""
    yield e
    match e:
        case If(cond=cond):
            parts: tuple[Expr, ...] = (cond,)
        case Apply(op=Op.AND | Op.OR, args=args):
            parts = args[:1]
        case Pick(row=row):
            parts = (row,)
        case Gather(rows=rows):
            parts = (rows,)
        case Choose(hit=hit, branches=branches):
            parts = tuple(b.cond for b in (branches[:1] if hit == "first" else branches))
        case Override(base=base, rules=rules):
            parts = (base, *(r.cond for r in rules))
        case Aggregate(items=items):
            parts = (items,)
        case PopTerm():
            parts = ()
        case _:
            parts = children(e)
    for part in parts:
        yield from _always(part)
