"""The customers of a file, a stretch at a time: who can be reviewed, and who is left out and why.

In columns where the file's format, the policies and what is installed allow; else record by record. Either
way the same records are readable, and the same customer is reviewed once.

Assumes: a file that is there. Leaves: ``Stretch`` values in the order of the file.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.frozen import frozen
from kamflow.batch.subjects import Joint, Picks, Subjects, id_of_text, open_subjects
from kamflow.core.program import Program
from kamflow.flow import review_errors
from kamflow.flow.as_policy import DWELL, STATE, VAR, record_of, var_record
from kamflow.flow.review_one import subject_of
from kamflow.intake.read_record import ReadRecord, RecordReader
from kamflow.portfolio import BadRecord, Item, RawRecord, open_records
from kamflow.project.slot import id_name_of, id_of
from kamflow.workflow.instance import JsonMap
from kamflow.workflow.model import Workflow

_WAYS = 3


@frozen
class LeftOut:
    """A record that was not reviewed. ``refused``: it was readable, but the workflow or its policies did
    not take it. ``raw``: its fields, or the text that stood there."""

    row: int
    case: str | None
    raw: Mapping[str, object] | str
    findings: tuple[Diagnostic, ...]
    refused: bool = False


@dataclass(slots=True)
class Stretch:
    """``rows``, ``names``: who is reviewed. ``singly``: rows among them that are not in columns. ``read``:
    records in the stretch. ``facts_of``: rows (ascending) → their facts; on one of three ways, on each
    of which no row comes before those asked for already."""

    number: int
    first: int
    end: int
    read: int
    rows: list[int]
    names: list[str]
    singly: frozenset[int]
    left: list[LeftOut]
    facts_of: Callable[[Sequence[int], int], Iterator[tuple[int, JsonMap]]]


class Reading:
    """How single records of one file are read."""

    def __init__(self, program: Program, subject: str) -> None:
        self.schema = program.records[subject]
        self.id_name = id_name_of(self.schema)
        self._reader = RecordReader(self.schema, program)

    def look(self, row: int, item: Item) -> str | LeftOut:
        """Return the name of a readable record's case, or why it is left out."""
        if isinstance(item, BadRecord):
            return LeftOut(row, None, item.text, (item.finding,))
        found = id_of(item.raw, self.id_name)
        name = None if found is None else str(found)
        read = self._reader.read(
            item.raw, item.place, blank_is_missing=item.blank_is_missing, locate=item.locate
        )
        if not isinstance(read, ReadRecord):
            return LeftOut(row, name, item.raw, read.findings)
        if not name:
            return LeftOut(row, None, item.raw, (review_errors.nameless(item.place, self.id_name),))
        return name

    def facts_of(self, picks: Picks, rows: Sequence[int]) -> Iterator[tuple[int, JsonMap]]:
        for row, item in picks.pick(rows):
            assert isinstance(item, RawRecord)
            yield row, subject_of(item, self.schema)


def joint_of(workflow: Workflow) -> Joint:
    """Return the record on which reviews are judged, for columns."""
    own = workflow.id.text
    variables = (VAR, var_record(own)) if workflow.vars else None
    return Joint(record_of(own), workflow.subject.text, (STATE, DWELL), variables)


@dataclass(slots=True)
class InColumns:
    """A file in columns; what the columns decline is read once, before the first stretch."""

    subjects: Subjects
    reading: Reading
    ways: tuple[Picks, ...]
    left: dict[int, LeftOut] = field(default_factory=dict)
    extra: dict[int, str] = field(default_factory=dict)

    def prepare(self) -> None:
        """Read what the columns declined, and find customers that come twice."""
        firsts: dict[str, int] = {}
        alone = sorted({*self.subjects.declined, *self.subjects.nameless()})
        for row, item in self.subjects.new_picks().pick(alone):
            found = self.reading.look(row, item)
            if isinstance(found, LeftOut):
                self.left[row] = found
            elif found in firsts:
                self._leave_twice(row, item, found, firsts[found])
            else:
                firsts[found] = row
                self.extra[row] = found
        again = self.subjects.twice(firsts)
        wanted = [row for row, _, _ in again]
        for (row, item), (_, earlier, name) in zip(
            self.subjects.new_picks().pick(wanted), again, strict=True
        ):
            self.extra.pop(row, None)
            self._leave_twice(row, item, name, earlier)

    def _leave_twice(self, row: int, item: Item, name: str, earlier: int) -> None:
        assert isinstance(item, RawRecord)
        self.left[row] = LeftOut(row, name, item.raw, (review_errors.twice(item.place, name, earlier),))

    def stretches(self, size: int) -> Iterator[Stretch]:
        left, count = self.left, self.subjects.count
        rows_left, rows_extra = sorted(left), sorted(self.extra)
        for number, first in enumerate(range(0, count, size)):
            end = min(first + size, count)
            found = self.subjects.ids(first, end)
            lines = [(row, id_of_text(text)) for row, text in found if row not in left]
            more = _between(rows_extra, first, end)
            if more:
                lines = sorted(lines + [(row, self.extra[row]) for row in more])
            yield Stretch(
                number, first, end, end - first, [r for r, _ in lines], [n for _, n in lines],
                frozenset(more), [left[r] for r in _between(rows_left, first, end)],
                lambda rows, way: self.reading.facts_of(self.ways[way], rows),
            )  # fmt: skip


def _between(rows: list[int], first: int, end: int) -> list[int]:
    return rows[bisect_left(rows, first) : bisect_left(rows, end)]


@dataclass(slots=True)
class OneByOne:
    """A file record by record. ``problems``: of the file itself, complete when all was read."""

    path: Path
    reading: Reading
    problems: list[Diagnostic] = field(default_factory=list)

    def stretches(self, size: int) -> Iterator[Stretch]:
        source = open_records(str(self.path))
        items = enumerate(source)
        seen: dict[str, int] = {}
        number = 0
        while batch := list(islice(items, size)):
            yield self._stretch(number, batch, seen)
            number += 1
        self.problems += source.problems

    def _stretch(self, number: int, batch: list[tuple[int, Item]], seen: dict[str, int]) -> Stretch:
        lines: list[tuple[int, str]] = []
        left: list[LeftOut] = []
        facts: dict[int, JsonMap] = {}
        for row, item in batch:
            found = self.reading.look(row, item)
            if isinstance(found, LeftOut):
                left.append(found)
                continue
            assert isinstance(item, RawRecord)
            if found in seen:
                finding = review_errors.twice(item.place, found, seen[found])
                left.append(LeftOut(row, found, item.raw, (finding,)))
                continue
            seen[found] = row
            lines.append((row, found))
            facts[row] = subject_of(item, self.reading.schema)
        rows = [r for r, _ in lines]
        return Stretch(
            number, batch[0][0], batch[-1][0] + 1, len(batch), rows, [n for _, n in lines],
            frozenset(rows), left, lambda wanted, _: ((r, facts[r]) for r in wanted),
        )  # fmt: skip


def open_input(
    stack: ExitStack, path: Path, program: Program, workflow: Workflow, *, columns: bool
) -> InColumns | OneByOne:
    """Open a file. ``columns``: where that can be."""
    reading = Reading(program, workflow.subject.text)
    if columns:
        subject, joint = workflow.subject.text, joint_of(workflow)
        found = open_subjects(stack, path, program, subject, joint, reading.id_name)
        if found is not None:
            made = InColumns(found, reading, tuple(found.new_picks() for _ in range(_WAYS)))
            made.prepare()
            return made
    return OneByOne(path, reading)
