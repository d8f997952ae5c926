"""How many of the caller's records a flaw of a table concerns: each is asked, nobody is estimated."""

from __future__ import annotations

from dataclasses import replace

from kamflow.app import eval_errors
from kamflow.app.eval import best_record
from kamflow.base.span import DataPlace
from kamflow.core.program import Program
from kamflow.core.wording import id_of_record
from kamflow.engines.interp import Interpreter
from kamflow.intake.read_record import ReadRecord, RecordReader
from kamflow.portfolio import RawRecord, open_records
from kamflow.project import errors
from kamflow.project.engine import root_records
from kamflow.project.load import Project, Stretch
from kamflow.prove.table_defects import Flaw, TableDefect
from kamflow.prove.table_errors import Touched
from kamflow.values.data import TypedRecord
from kamflow.values.outcome import Undecided, WhyUndecided

_IDS = 3  # of those concerned, named in a finding
_WANTED = {Flaw.GAP: WhyUndecided.NO_ROW, Flaw.OVERLAP: WhyUndecided.TWO_ROWS}


class Census:
    """The records of a file as each program of a project reads them, on a day.

    ``findings``: what is wrong with the file, and how many of its records could not be read.
    """

    def __init__(self, path: str, day: int, project: Project) -> None:
        self._day = day
        self._people: dict[int, list[TypedRecord]] = {}
        self._asked: dict[tuple[int, int], Interpreter] = {}
        source = open_records(path)
        items = list(source.items)
        self.findings = list(source.problems)
        raw = [item for item in items if isinstance(item, RawRecord)]
        left_out = len(items) if items and not raw else 0
        for stretch in project.stretches:
            if stretch.lowered is not None and raw:
                people = self._read(stretch.lowered, raw, path)
                self._people[id(stretch.lowered)] = people
                left_out = max(left_out, len(items) - len(people))
        if left_out and not any(f.is_error for f in self.findings):
            self.findings.append(eval_errors.not_counted(path, left_out, len(items)))

    def _read(self, program: Program, raw: list[RawRecord], path: str) -> list[TypedRecord]:
        record = best_record(program, root_records(program), raw[0].raw)
        if record is None:
            self.findings.append(
                replace(errors.which_record(root_records(program), "", None), span=DataPlace(path))
            )
            return []
        reader = RecordReader(program.records[record], program)
        read = (
            reader.read(
                item.raw,
                item.place,
                ignore_unknown=True,
                blank_is_missing=item.blank_is_missing,
                locate=item.locate,
            )
            for item in raw
        )
        return [r.record for r in read if isinstance(r, ReadRecord)]

    def touched(self, stretch: Stretch, defect: TableDefect) -> Touched | None:
        """Count the records that have no answer because of a flaw; None where it concerns none."""
        wanted = _WANTED.get(defect.flaw)
        lowered = stretch.lowered
        if wanted is None or lowered is None:
            return None
        people = [p for p in self._people.get(id(lowered), ()) if p.record == defect.key.record]
        if not people:
            return None
        day = min(max(self._day, defect.days.first), defect.days.last)
        at = (id(lowered), day)
        if at not in self._asked:
            self._asked[at] = Interpreter(lowered, day, people)
        found = [p for p in people if _is_touched(self._asked[at], defect, wanted, p)]
        ids = [i for p in found[:_IDS] if (i := id_of_record(p, lowered)) is not None]
        return Touched(len(found), len(people), tuple(ids))


def _is_touched(
    interpreter: Interpreter, defect: TableDefect, wanted: WhyUndecided, record: TypedRecord
) -> bool:
    try:
        interpreter.value(defect.key, record)
    except Undecided as undecided:
        what = undecided.what
        return what.name == str(defect.key) and what.why is wanted and set(what.rows) <= set(defect.rows)
    return False
