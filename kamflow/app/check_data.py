"""How many of the caller's records a flaw of a table concerns: each is asked, nobody is estimated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kamflow.app.eval import best_record
from kamflow.base.diagnostic import Diagnostic
from kamflow.core.program import Program
from kamflow.engines.interp import Interpreter
from kamflow.intake.read_record import ReadRecord, RecordReader
from kamflow.portfolio import RawRecord, open_records
from kamflow.project import errors
from kamflow.project.engine import root_records
from kamflow.project.load import Stretch
from kamflow.prove.table_defects import Flaw, TableDefect
from kamflow.prove.table_errors import Touched
from kamflow.values.data import TypedRecord
from kamflow.values.outcome import Undecided, WhyUndecided

_IDS = 3  # of those concerned, named in a finding
_WANTED = {Flaw.GAP: WhyUndecided.NO_ROW, Flaw.OVERLAP: WhyUndecided.TWO_ROWS}
_ID_NAMES = ("id", "编号", "客户编号")


@dataclass
class Census:
    """The records of a file, read once for each program that is checked."""

    path: str
    day: int
    findings: list[Diagnostic] = field(default_factory=list)
    _raw: list[RawRecord] | None = None
    _people: dict[int, list[TypedRecord]] = field(default_factory=dict)
    _asked: dict[tuple[int, int], Interpreter] = field(default_factory=dict)

    def touched(self, stretch: Stretch, defect: TableDefect) -> Touched | None:
        """Count the records that have no answer because of a flaw; None where it concerns none."""
        wanted = _WANTED.get(defect.flaw)
        lowered = stretch.lowered
        if wanted is None or lowered is None:
            return None
        people = [p for p in self._read(lowered) if p.record == defect.key.record]
        if not people:
            return None
        day = min(max(self.day, defect.days.first), defect.days.last)
        at = (id(lowered), day)
        if at not in self._asked:
            self._asked[at] = Interpreter(lowered, day, people)
        found = [p for p in people if _is_touched(self._asked[at], defect, wanted, p)]
        ids = [i for p in found[:_IDS] if (i := _id_of(p)) is not None]
        return Touched(len(found), len(people), tuple(ids))

    def _read(self, program: Program) -> list[TypedRecord]:
        if id(program) in self._people:
            return self._people[id(program)]
        raw = self._raw_records()
        record = best_record(program, root_records(program), raw[0].raw) if raw else None
        if raw and record is None:
            self.findings.append(errors.which_record(root_records(program), "", None))
        people: list[TypedRecord] = []
        if record is not None:
            reader = RecordReader(program.records[record], program)
            for item in raw:
                read = reader.read(
                    item.raw, item.place, ignore_unknown=True,
                    blank_is_missing=item.blank_is_missing, locate=item.locate,
                )  # fmt: skip
                if isinstance(read, ReadRecord):
                    people.append(read.record)
        self._people[id(program)] = people
        return people

    def _raw_records(self) -> list[RawRecord]:
        if self._raw is None:
            source = open_records(self.path)
            self._raw = [item for item in source.items if isinstance(item, RawRecord)]
            self.findings += source.problems
        return self._raw


def _is_touched(
    interpreter: Interpreter, defect: TableDefect, wanted: WhyUndecided, record: TypedRecord
) -> bool:
    try:
        interpreter.value(defect.key, record)
    except Undecided as undecided:
        what = undecided.what
        return what.name == str(defect.key) and what.why is wanted and set(what.rows) <= set(defect.rows)
    return False


def _id_of(record: TypedRecord) -> str | None:
    fields: Mapping[str, object] = record.fields
    return next((str(fields[n]) for n in _ID_NAMES if fields.get(n) is not None), None)
