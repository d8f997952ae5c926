"""One question from its parts to its answer: first with lists of any kind, then with a few entries.

Unsatisfiable with free folds is proved. An example counts only where nothing was guessed: where a fold of
an unknown list took part, the question is asked again with lists of a few entries.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from kamflow.base.text import Text
from kamflow.core.expr import Expr
from kamflow.core.program import Program
from kamflow.engines.smt.answer import Answer, Found, NotKnown, Nowhere
from kamflow.engines.smt.encode import Encoder
from kamflow.engines.smt.models import Reader
from kamflow.engines.smt.search import Search
from kamflow.engines.smt.shapes import NotAskedError, Rec
from kamflow.engines.smt.solve import Question, Verdict
from kamflow.engines.smt.terms import Term
from kamflow.engines.smt.world import ENTRIES, Lists, World

TOO_HARD = NotKnown(
    Text(
        "z3 came to its limit: amounts that vary are multiplied or divided by each other",
        "达到 z3 的计算上限：其中有变量与变量相乘或相除",
    )
)
TOO_LONG = NotKnown(Text("z3 came to its limit", "达到 z3 的计算上限"))
LONGER_LISTS = NotKnown(
    Text(
        f"no example has at most {ENTRIES} entries in its lists; longer lists were not tried",
        f"明细不超过 {ENTRIES} 条时没有反例；更长的明细未尝试",
    )
)


Build: TypeAlias = "Callable[[World], tuple[Side, ...]]"
"""Asserts a question in a world and returns the records that it is about."""


@dataclass(eq=False)
class Side:
    """A record as one program sees it."""

    encoder: Encoder
    rec: Rec
    wishes: list[Term] = field(default_factory=list)

    @property
    def program(self) -> Program:
        return self.encoder.program

    def require(self, conds: Sequence[Expr]) -> None:
        """Say that the record is possible, and that all conditions hold."""
        for cond in conds:
            self.encoder.t.require(self.encoder.holds(cond, self.rec))
        self.encoder.t.require(self.encoder.possible(self.rec))

    def wish(self, conds: Sequence[Expr]) -> None:
        self.wishes.extend(self.encoder.holds(cond, self.rec) for cond in conds)


def side_of(search: Search, world: World, rec: Rec | None = None) -> Side:
    """Return a side with a record of which nothing is known yet."""
    encoder = Encoder(world, search.program, search.params)
    return Side(encoder, Rec(search.record, ()) if rec is None else rec)


def ask(search: Search, build: Build, *, readable: bool) -> Answer:
    """Ask the question that ``build`` asserts in a world. Without ``readable`` an example is likely."""
    try:
        if not readable:
            for lists in (Lists.NONE, Lists.FEW):
                world, question, sides = _prepared(search, build, lists)
                if question.guess(first_day(world)):
                    return found(question, sides)
        for lists in Lists:
            world, question, sides = _prepared(search, build, lists)
            verdict = question.ask()
            if verdict is Verdict.UNKNOWN:
                return TOO_HARD if world.t.nonlinear else TOO_LONG
            if verdict is Verdict.UNSAT and (lists is Lists.ANY or not world.guesses):
                return Nowhere()
            if verdict is Verdict.UNSAT or (lists is Lists.ANY and world.guesses):
                continue
            if readable:
                question.tidy([first_day(world), *(w for s in sides for w in s.wishes)])
            return found(question, sides)
    except NotAskedError as stopped:
        return NotKnown(stopped.why)
    return LONGER_LISTS


def refuted(search: Search, build: Build) -> bool:
    """Say whether it is proved that there is nothing to find, whatever the lists hold; False says nothing."""
    try:
        _, question, _ = _prepared(search, build, Lists.ANY)
        return question.ask() is Verdict.UNSAT
    except NotAskedError:
        return False


def _prepared(search: Search, build: Build, lists: Lists) -> tuple[World, Question, tuple[Side, ...]]:
    world = World(search.days.first, search.days.last, lists)
    sides = build(world)
    return world, Question(world, search.limit), sides


def first_day(world: World) -> Term:
    """Return the wish for a day that people know: the first one, where policies begin some day."""
    day = max(world.first, min(world.last, _KNOWN_DAY)) if world.first < _KNOWN_DAY else world.first
    return world.t.eq(world.today, day)


_KNOWN_DAY = 730_120
"""2000-01-01."""


def found(question: Question, sides: Sequence[Side]) -> Found:
    reader = Reader(question)
    return Found(tuple(reader.record(s.rec, s.program) for s in sides), reader.today)
