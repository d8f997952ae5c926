"""Prove tables: every case has exactly one answer, every row answers somewhere.

`unique`: rows meet nowhere and leave nothing out. `first`: nothing is left out, no row is masked by those
before it. `collect`: no row is written twice, none applies to everybody; gaps are meant.
Each is proved for every interval in which no parameter of the cells changes.

Assumes: a checked program with its tables, and the same program lowered. Leaves: defects, none where all
is proved. A flaw in the space of columns counts only where a record leads there (``realise``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from kamflow.base.span import NOWHERE
from kamflow.base.text import Text
from kamflow.core.expr import (
    AnyCell,
    Apply,
    Choose,
    DefKey,
    Expr,
    Gather,
    Hit,
    If,
    Lit,
    NotCell,
    Op,
    Param,
    Pick,
    Ref,
    Table,
    cell_exprs,
    walk,
)
from kamflow.core.program import Def, Program
from kamflow.core.ty import BOOL, NUMBER, ScaledTy
from kamflow.engines.smt.answer import Found, NotKnown, Nowhere
from kamflow.prove.constants import constants
from kamflow.prove.intervals import Days, intervals
from kamflow.prove.realise import Ask, Realiser
from kamflow.prove.regions import boxes_of
from kamflow.prove.table_defects import Flaw, Spot, TableDefect, Witness
from kamflow.tables.cover import MAX_GAPS, TooMany, is_complete, masked_rows, pieces_of, uncovered
from kamflow.tables.grid import Box, Constant, Grid, NotABox, common, grid_of, volume
from kamflow.tables.merge import few_boxes, subtract
from kamflow.tables.overlaps import meeting_rows
from kamflow.values.data import Value
from kamflow.values.outcome import WhyUndecided

_FEW_CASES = 10_000  # combinations of values that are worth counting aloud
_MANY_PAIRS = 2_000  # rows that meet beyond which it is no slip in a row
_MAX_TRIED = 60  # boxes or pairs of rows for which a record is looked for
_TOO_MANY = Text("it has more gaps in its columns than were looked at", "各列之间的缺口太多，没有全部检查")
_RAGGED = Text("its rows overlap in too many ways to be worked out", "各行交叠过于复杂，无法逐一推算")


@dataclass(frozen=True, slots=True)
class _At:
    """One table on one interval."""

    key: DefKey
    definition: Def
    table: Table
    grid: Grid
    days: Days
    ask: Constant
    realiser: Realiser
    program: Program

    def defect(self, flaw: Flaw, rows: Iterable[int] = (), spots: Iterable[Spot] = ()) -> TableDefect:
        return TableDefect(flaw, self.key, self.definition, self.days, tuple(rows), tuple(spots), self.grid)

    def not_decided(self, why: Text, rows: Iterable[int] = (), boxes: Iterable[Box] = ()) -> TableDefect:
        spots = (Spot(b, None) for b in boxes)
        return replace(self.defect(Flaw.NOT_DECIDED, rows, spots), why=why)


def prove_tables(
    program: Program, lowered: Program, days: Days, search: Ask, wanted: Collection[DefKey]
) -> Iterator[TableDefect]:
    """Yield the defects of the ``wanted`` tables of a program that is in force on ``days``."""
    realiser = Realiser(lowered, search)
    for key, d in program.defs.items():
        if isinstance(d.body, Table) and key in wanted:
            yield from prove_table(program, realiser, key, d, d.body, days)


def prove_table(
    program: Program, realiser: Realiser, key: DefKey, d: Def, table: Table, days: Days
) -> Iterator[TableDefect]:
    """Yield the defects of one table; what is the same on later days is said once."""
    names = _cell_params(table)
    seen: set[tuple[object, ...]] = set()
    before: Days | None = None
    for part in intervals(program, days, names):
        ask = constants(realiser.lowered, part.first)
        found = grid_of(table, ask)
        if isinstance(found, NotABox):
            yield from _without_boxes(key, d, table, days, realiser)
            return
        at = _At(key, d, table, found, part, ask, realiser, program)
        for defect in _defects(at):
            same = (defect.flaw, defect.rows, tuple(s.box for s in defect.spots))
            if same in seen:
                continue
            seen.add(same)
            changed = () if before is None else _changes(program, names, before, part)
            yield replace(defect, is_later=before is not None, changed=changed)
        before = part


def _cell_params(table: Table) -> frozenset[str]:
    exprs = (e for row in table.rows for cell in row.cells for e in cell_exprs(cell))
    return frozenset(n.name for e in exprs for n in walk(e) if isinstance(n, Param))


def _changes(
    program: Program, names: Iterable[str], before: Days, now: Days
) -> tuple[tuple[str, Value], ...]:
    """Return the parameters that have new values, by name."""
    found = [program.params[n] for n in sorted(names)]
    return tuple(
        (p.name, p.value_on(now.first)) for p in found if p.value_on(now.first) != p.value_on(before.first)
    )


def _defects(at: _At) -> Iterator[TableDefect]:
    match at.table.hit:
        case Hit.UNIQUE:
            yield from _empty(at)
            pairs = list(meeting_rows(at.grid.rows))
            yield from _overlaps(at, pairs)
            if not at.grid.has_otherwise:
                yield from _gaps(at, disjoint=not pairs)
            elif not pairs and is_complete(at.grid.domain, at.grid.rows):
                yield at.defect(Flaw.MASKED, [len(at.grid.rows)])
        case Hit.FIRST:
            yield from _first(at)
        case Hit.COLLECT:
            yield from _collected(at)


def _empty(at: _At) -> Iterator[TableDefect]:
    """Yield the rows that no value meets; a useless `missing` was said by the checker (``not any``)."""
    said = NotCell(AnyCell())
    empty = [i for i, box in enumerate(at.grid.rows) if not all(box) and said not in at.table.rows[i].cells]
    if empty:
        yield at.defect(Flaw.EMPTY, empty)


# ---- unique


def _overlaps(at: _At, pairs: Sequence[tuple[int, int]]) -> Iterator[TableDefect]:
    """Yield one defect for each row that others meet, the row with most of them first.

    Where everything meets everything (a `first` table that was called `unique`) it is one defect.
    """
    left = set(pairs)
    tried = 0
    while left:
        mine = sorted(_of_one_row(left) if len(left) <= _MANY_PAIRS else left)
        left.difference_update(mine)
        rows: list[int] = []
        spots: list[Spot] = []
        unknown: NotKnown | None = None
        for i, j in mine:
            box = common(at.grid.rows[i], at.grid.rows[j])
            if tried >= _MAX_TRIED and spots:
                answer = None
            else:
                tried += 1
                answer = at.realiser.in_box(at.key, at.grid, box, at.days, WhyUndecided.TWO_ROWS)
            match answer:
                case Nowhere():
                    continue
                case NotKnown():
                    unknown = unknown or answer
                case Found(records, as_of):
                    spots.append(Spot(box, Witness(records[0], as_of)))
                    rows += [i, j]
                case None:
                    rows += [i, j]
        if spots:
            yield at.defect(Flaw.OVERLAP, sorted(set(rows)), spots)
        elif unknown is not None:
            boxes = [common(at.grid.rows[i], at.grid.rows[j]) for i, j in mine]
            yield at.not_decided(unknown.why, sorted({r for p in mine for r in p}), boxes)


def _of_one_row(pairs: Collection[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the pairs of the row that most others meet."""
    counts = Counter(r for pair in pairs for r in pair)
    row = max(counts, key=lambda r: (counts[r], r))
    return [p for p in pairs if row in p]


def _gaps(at: _At, *, disjoint: bool) -> Iterator[TableDefect]:
    """Yield what no row takes, as one defect with few boxes."""
    rows = [r for r in at.grid.rows if all(r)]
    if disjoint and is_complete(at.grid.domain, rows):
        return
    try:
        pieces = rows if disjoint else [p for part in pieces_of(rows) for p in part]
    except TooMany:
        yield at.not_decided(_RAGGED)
        return
    boxes = uncovered(at.grid.domain, pieces)
    missing = sum(map(volume, boxes))
    ragged = len(boxes) == MAX_GAPS
    boxes = _without_facts(at, boxes)
    if not boxes and not ragged:
        return
    spots: list[Spot] = []
    # what is not looked at stays open: that the others are nobody's says nothing about it
    unknown = NotKnown(_TOO_MANY) if ragged or len(boxes) > _MAX_TRIED else None
    for box in boxes[:_MAX_TRIED]:
        answer = at.realiser.in_box(at.key, at.grid, box, at.days, WhyUndecided.NO_ROW)
        match answer:
            case Found(records, as_of):
                spots.append(Spot(box, Witness(records[0], as_of)))
            case NotKnown():
                unknown = unknown or answer
            case Nowhere():
                pass
    if spots:
        total = volume(at.grid.domain)
        countable = total <= _FEW_CASES and not any(isinstance(a.ty, ScaledTy) for a in at.grid.axes)
        cases = (total - missing, total) if countable and not ragged else None
        yield replace(at.defect(Flaw.GAP, (), spots), cases=cases)
    elif unknown is not None:
        yield at.not_decided(unknown.why, (), boxes)


def _without_facts(at: _At, boxes: list[Box]) -> list[Box]:
    """Leave out what no record has, as far as the facts speak of the table's columns."""
    left = boxes
    for fact in at.realiser.lowered.impossible:
        if fact.record != at.key.record:
            continue
        for taken in boxes_of(fact.cond, at.grid.axes, at.ask) or []:
            left = subtract(left, taken)
    return few_boxes(left)


# ---- first and collect


def _first(at: _At) -> Iterator[TableDefect]:
    rows = at.grid.rows
    yield from _empty(at)
    try:
        for i, maskers in sorted(masked_rows(rows).items()):
            yield at.defect(Flaw.MASKED, [i, *maskers], [Spot(rows[i], None)])
        if at.grid.domain in rows:
            if at.grid.has_otherwise:
                yield at.defect(Flaw.MASKED, [len(rows)])
            return
        flat = tuple(p for part in pieces_of(rows) for p in part)
    except TooMany:
        yield at.not_decided(_RAGGED)
        return
    if not at.grid.has_otherwise:
        # the pieces are disjoint rows with the same union
        yield from _gaps(replace(at, grid=replace(at.grid, rows=flat)), disjoint=True)
    elif is_complete(at.grid.domain, flat):
        yield at.defect(Flaw.MASKED, [len(rows)])


def _collected(at: _At) -> Iterator[TableDefect]:
    rows = at.grid.rows
    yield from _empty(at)
    same: dict[tuple[Box, tuple[Expr, ...]], list[int]] = {}
    for i, box in enumerate(rows):
        if all(box):
            same.setdefault((box, _results(at, i)), []).append(i)
    for group in same.values():
        if len(group) > 1:
            yield at.defect(Flaw.DUPLICATE, group)
    always = [i for i, box in enumerate(rows) if box == at.grid.domain]
    if always and len(rows) > 1:
        yield at.defect(Flaw.ALWAYS, always)


def _results(at: _At, row: int) -> tuple[Expr, ...]:
    """Return what a row answers, in each output of its table."""
    out: list[Expr] = []
    for d in at.program.defs.values():
        match d.body:
            case Pick(Ref(key), values) | Gather(Ref(key), _, values) if key == at.key and row < len(values):
                out.append(values[row])
            case _:
                pass
    return tuple(out)


# ---- tables with cells that depend on the record


def _without_boxes(
    key: DefKey, d: Def, table: Table, days: Days, realiser: Realiser
) -> Iterator[TableDefect]:
    """Ask for a record to which no row, or two rows, apply."""
    body = realiser.lowered.defs[key].body
    assert isinstance(body, Choose)
    conds = [b.cond for b in body.branches]
    questions: list[tuple[Flaw, WhyUndecided, list[Expr]]] = []
    if table.hit is Hit.UNIQUE and len(conds) > 1:
        questions.append((Flaw.OVERLAP, WhyUndecided.TWO_ROWS, [_two_of(conds)]))
    takes_all = any(isinstance(c, Lit) and c.value is True for c in conds)  # a row of `any` alone
    if table.hit is not Hit.COLLECT and table.otherwise is None and not takes_all:
        nots: list[Expr] = [Apply(Op.NOT, (c,), BOOL, NOWHERE) for c in conds]
        questions.append((Flaw.GAP, WhyUndecided.NO_ROW, nots))
    for flaw, why, asked in questions:
        base = TableDefect(flaw, key, d, days)
        match realiser.where(key, asked, days, why):
            case Found(records, as_of):
                witness = Witness(records[0], as_of)
                rows = realiser.rows_that_apply(key, witness) if flaw is Flaw.OVERLAP else ()
                yield replace(base, rows=rows, spots=(Spot(None, witness),))
            case NotKnown(reason):
                yield replace(base, flaw=Flaw.NOT_DECIDED, why=reason)
            case Nowhere():
                pass


def _two_of(conds: Sequence[Expr]) -> Expr:
    """Return that at least two conditions hold."""
    count = ScaledTy(NUMBER, 0, 0, len(conds))
    one, none, two = (Lit(n, count, NOWHERE) for n in (1, 0, 2))
    total: Expr = none
    for cond in conds:
        total = Apply(Op.ADD, (total, If(cond, one, none, count, NOWHERE)), count, NOWHERE)
    return Apply(Op.LE, (two, total), BOOL, NOWHERE)
