"""A stretch of a file judged over columns: who needs a step, and what it would be.

Assumes: numpy, a file in columns, an engine that took the guards. Leaves: for each customer a line of
``Seen``; only those whom the columns could judge have an expectation, which ``advance`` has to meet.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from kamflow.base.diagnostic import Diagnostic
from kamflow.batch.engines import Ask, ColumnEngine, EngineName, prepare
from kamflow.batch.subjects import Subjects
from kamflow.core.program import Program, make_plan
from kamflow.flow.as_policy import record_of
from kamflow.flow.choose_columns import UNKNOWN, Choices, Does, choose, whole_days
from kamflow.flow.review_input import Stretch
from kamflow.flow.review_reads import ReviewReads, review_keys, review_reads
from kamflow.flow.standings import NO_CASE, Standings, standings
from kamflow.journal.standing import Standing
from kamflow.workflow.ready import Ready

if TYPE_CHECKING:
    Arr = np.ndarray[Any, Any]

_ALL, _MIXED = 0xFFFFFFFF, 0x9E3779B1


@dataclass(slots=True)
class Seen:
    """By line of the stretch. ``steps``: who needs a step that was foreseen, and what it does; ``audits``:
    who stays, and is done again singly; ``singly``: for whom nothing was foreseen; ``new``: who has no
    case. ``rest``: how many stay."""

    steps: dict[int, str]
    audits: list[int]
    singly: list[int]
    new: list[int]
    rev: Arr
    final: int
    rest: int
    hold: int
    dwell: int
    unknown: int


class ColumnJudge:
    """The guards of one version on one day, over the columns of one file."""

    def __init__(
        self, ready: Ready, engine: ColumnEngine, subjects: Subjects, keys: tuple[str, ...],
        reads: ReviewReads,
    ) -> None:  # fmt: skip
        self.ready, self._engine, self._subjects, self.keys = ready, engine, subjects, keys
        self._reads = reads

    def see(
        self, stretch: Stretch, found: Sequence[Standing], at: int, audit: float, day: str,
        known: frozenset[str],
    ) -> Seen:  # fmt: skip
        """Judge a stretch at an instant; ``known``: cases that are left out, since they are done."""
        cases = standings(self.ready, stretch.names, found, self._reads)
        lines = np.arange(len(stretch.names))
        done = _among(stretch.names, known)
        new = ~done & (cases.state == NO_CASE)
        last = cases.last[cases.text]
        alone = _among(stretch.rows, stretch.singly) | (cases.state < 0) | (cases.due <= at) | (last > at)
        alone |= cases.stands_in[cases.text]
        alone &= ~done & ~new & ~cases.final
        among = lines[~done & ~new & ~alone & ~cases.final]
        truths, judged = self._truths(stretch, cases, at, among)
        alone[among[~judged[among]]] = True
        among = among[judged[among]]
        return self._seen(stretch, cases, choose(self.ready, at, cases, truths, among), among, Lines(
            lines[alone].tolist(), lines[new].tolist(), int((cases.final & ~done).sum()), audit, day
        ))  # fmt: skip

    def _truths(
        self, stretch: Stretch, cases: Standings, at: int, among: Arr
    ) -> tuple[Mapping[str, Arr], Arr]:
        """Return the values of all keys by line, and which lines have them."""
        count = len(stretch.names)
        judged = np.zeros(count, np.bool_)
        if not self.keys or not len(among):
            judged[among] = True
            return {key: np.full(count, UNKNOWN, np.int8) for key in self.keys}, judged
        rows = np.array(stretch.rows, np.int64)
        days = whole_days(self.ready.time, cases.entered[among], at)
        said = None if cases.vars is None else [cases.vars[i] for i in among.tolist()]
        found = self._subjects.judge(
            self._engine, len(self.keys), stretch.first, stretch.end, rows[among], days, said
        )
        at_lines = np.searchsorted(rows, found.rows)
        judged[at_lines] = True
        truths: dict[str, Arr] = {}
        for key, values in zip(self.keys, found.truths, strict=True):
            truths[key] = np.full(count, UNKNOWN, np.int8)
            truths[key][at_lines] = values
        return truths, judged

    def _seen(self, stretch: Stretch, cases: Standings, choices: Choices, among: Arr, told: Lines) -> Seen:
        edges = list(self.ready.by_id)
        does = choices.does[among]
        steps: dict[int, str] = {}
        for line in among[does != Does.STAYS].tolist():
            what = Does(int(choices.does[line])).name.lower()
            number = int(choices.transition[line])
            steps[line] = what if number < 0 else f"{what}:{edges[number]}"
        stays = among[does == Does.STAYS].tolist()
        audited, names = audits_of(told.day, told.audit), stretch.names
        audits = [n for n in stays if audited(names[n])]
        return Seen(
            steps, audits, told.singly, told.new, cases.rev, told.final, len(stays),
            int(choices.hold.sum()), int(choices.dwell.sum()), int(choices.unknown.sum()),
        )  # fmt: skip


@dataclass(slots=True)
class Lines:
    """What is told of lines that columns do not judge; how many of the others are audited."""

    singly: list[int]
    new: list[int]
    final: int
    audit: float
    day: str


def audits_of(day: str, share: float) -> Callable[[str], bool]:
    """Return whether a customer is audited on a day: the same ones every time, others on another day."""
    start, most, crc = zlib.crc32(f"{day}/".encode()), share * (_ALL + 1), zlib.crc32
    # multiplied, since numbers of customers that follow each other have sums that are much alike
    return lambda name: (crc(name.encode(), start) * _MIXED & _ALL) < most


def column_judge(ready: Ready, program: Program, subjects: Subjects, day: int) -> ColumnJudge | None:
    """Compile the guards of a version for columns; None: no engine takes them."""
    keys = review_keys(ready)
    if not keys:
        return None
    ask = Ask(program, make_plan(program, record_of(ready.id), keys), day, {})
    for name in (EngineName.DUCKDB, EngineName.NATIVE):
        engine = prepare(name, ask, None)
        if not isinstance(engine, Diagnostic):
            return ColumnJudge(ready, engine, subjects, keys, review_reads(ready, program))
    return None


def _among(values: Sequence[object], wanted: frozenset[str] | frozenset[int]) -> Arr:
    if not wanted:
        return np.zeros(len(values), np.bool_)
    return np.fromiter((v in wanted for v in values), np.bool_, len(values))
