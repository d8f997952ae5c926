"""Tables, clauses and overrides: which row answers, the value that belongs to it, and what overrules it.

The row of a table that has no answer is the number after its last: so it is never NULL, and neither is what
is looked up by it. A set of rows or rules is a bit mask. A condition that is NULL counts as false here: then
the line is one that has no answer, or the expression is not reached.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kamflow.core.columns import MAX_SET
from kamflow.core.expr import Choose, Fold, Gather, Hit, Override, Pick
from kamflow.engines.sql import refusals
from kamflow.engines.sql.cells import by_cells
from kamflow.engines.sql.scope import Defined, Scope
from kamflow.engines.sql.terms import Term, literal_bool, literal_int

if TYPE_CHECKING:
    from kamflow.engines.sql.build import Builder
    from kamflow.engines.sql.encode import Encoder

_COUNTED = 2**32
"""What each row adds to the sum of a unique table beside its index: the sum says how many apply."""


def choose(enc: Encoder, e: Choose, scope: Scope) -> Defined:
    cells = by_cells(enc, e, scope) if e.hit is not Hit.COLLECT else None
    if cells is not None and cells.row is not None:
        row = scope.frame.add(cells.row)
        none = literal_int(len(e.branches) + (e.otherwise is not None))
        return Defined(row, own_bad=None if cells.sure else enc.b.eq(row, none), rows=row)
    conds = [enc.expr(b.cond, scope) for b in e.branches]
    count = len(conds)
    if e.hit is Hit.COLLECT:
        return _collect(enc, e, conds, scope)
    b = enc.b
    is_sure = cells is not None and cells.sure  # then no two rows of a unique table apply either
    if e.hit is Hit.FIRST or count == 1 or is_sure:
        if is_sure and e.otherwise is None:
            conds = [*conds[:-1], literal_bool(True)]
        whens = [(c, literal_int(i)) for i, c in enumerate(conds)]
        row = scope.frame.add(b.case(whens, literal_int(count)))
        is_sure |= e.otherwise is not None or any(c.const is True for c in conds)
        return Defined(row, own_bad=None if is_sure else b.eq(row, literal_int(count)), rows=row)
    found = scope.frame.share(
        b.sum([b.one_if(c, _COUNTED + i, among=_COUNTED * count) for i, c in enumerate(conds)])
    )
    one = b.all_([b.le(literal_int(_COUNTED), found), b.lt(found, literal_int(2 * _COUNTED))])
    whens = [(one, b.sub(found, literal_int(_COUNTED)).between(0, count - 1))]
    nothing = count
    if e.otherwise is not None:
        whens.append((b.eq(found, literal_int(0)), literal_int(count)))
        nothing = count + 1
    row = scope.frame.add(b.case(whens, literal_int(nothing)))
    return Defined(row, own_bad=b.eq(row, literal_int(nothing)), rows=row)


def _collect(enc: Encoder, e: Choose, conds: list[Term], scope: Scope) -> Defined:
    b = enc.b
    count = len(conds) + (e.otherwise is not None)
    if count > MAX_SET:
        raise refusals.too_many_rows(scope.name, count, MAX_SET)
    mask = scope.frame.share(_mask(b, conds))
    if e.otherwise is not None:
        mask = b.case([(b.eq(mask, literal_int(0)), literal_int(1 << len(conds)))], mask)
    mask = scope.frame.add(mask.between(0, (1 << count) - 1))
    return Defined(mask, rows=mask)


def _mask(b: Builder, conds: list[Term]) -> Term:
    if not conds:
        return literal_int(0)
    return b.sum([b.one_if(c, 1 << i, among=1 << len(conds)) for i, c in enumerate(conds)])


def pick(enc: Encoder, e: Pick, scope: Scope) -> Term:
    """Return the value of the row that was chosen; rows with equal values are one case."""
    row = enc.expr(e.row, scope)
    values = [enc.expr(v, scope) for v in e.values]
    return enc.b.by_row(row, values)


def gather(enc: Encoder, e: Gather, scope: Scope) -> Term:
    b = enc.b
    mask = scope.frame.share(enc.expr(e.rows, scope))
    if e.fold is Fold.COUNT:
        return b.bit_count(mask)
    values = [enc.expr(v, scope) for v in e.values]
    applies = [b.has_bits(mask, 1 << i) for i in range(len(values))]
    whens = list(zip(applies, values, strict=True))
    match e.fold:
        case Fold.SUM:
            if not whens:
                return literal_int(0)
            return b.sum([b.case([w], literal_int(0)) for w in whens])
        case Fold.MIN | Fold.MAX:
            if not whens:
                return b.null(e.ty)
            found = [b.case([w], None) for w in whens]
            return b.least_present(found, largest=e.fold is Fold.MAX)
        case _:
            lists = [b.case([(c, b.list_of([v]))], b.list_of([])) for c, v in whens]
            return b.joined(lists) if lists else b.list_of([])


def override(enc: Encoder, e: Override, scope: Scope) -> Defined:
    """Return the value of the rules that apply and that none which applies beats, else the base."""
    b, frame = enc.b, scope.frame
    count = len(e.rules)
    if count > MAX_SET:
        raise refusals.too_many_rows(scope.name, count, MAX_SET)
    mask = frame.add(_mask(b, [enc.expr(r.cond, scope) for r in e.rules]).between(0, (1 << count) - 1))
    base = enc.expr(e.base, scope)
    beaten_by = [[i for i in range(count) if j in _beats(e, i)] for j in range(count)]
    left: list[Term] = []
    for j, beaters in enumerate(beaten_by):
        own = 1 << j
        left.append(b.has_exactly(mask, own | sum(1 << i for i in beaters), own))
    values = [enc.expr(r.value, scope) for r in e.rules]
    shared = [frame.share(v) if _may_differ(e, beaten_by, j) else v for j, v in enumerate(values)]
    value = frame.add(b.case(list(zip(left, shared, strict=True)), base))
    differ = [
        b.all_([left[k], b.differ(shared[k], value)])
        for k in range(1, count)
        if any(_together(beaten_by, j, k) and e.rules[j].value != e.rules[k].value for j in range(k))
    ]
    return Defined(value, own_bad=b.any_(differ) if differ else None, applied=mask)


def _may_differ(e: Override, beaten_by: list[list[int]], k: int) -> bool:
    return any(_together(beaten_by, j, k) for j in range(len(e.rules)) if j != k)


def _together(beaten_by: list[list[int]], j: int, k: int) -> bool:
    """Say whether two rules may both be left: neither is written to beat the other."""
    return j not in beaten_by[k] and k not in beaten_by[j]


def _beats(e: Override, rule: int) -> set[int]:
    """Return the rules that one is written to beat, directly or through others."""
    beaten: set[int] = set()
    todo = [rule]
    while todo:
        fresh = set(e.rules[todo.pop()].beats) - beaten
        beaten |= fresh
        todo.extend(fresh)
    return beaten
