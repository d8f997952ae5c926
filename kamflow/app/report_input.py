"""Where the records of reports come from: files one after the other, or records with their child files.

Assumes: files that are there. Leaves: items, as often as they are asked for; what is wrong with a file goes
to the tally.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from kamflow.app.eval_tally import EXAMPLES, Tally
from kamflow.base.diagnostic import Diagnostic
from kamflow.core.program import Program
from kamflow.core.wording import id_field
from kamflow.portfolio import Item, open_records

if TYPE_CHECKING:
    from kamflow.batch.children import ChildFile, JoinedInput


class Records(Protocol):
    """``name``: what stands above the reports; ``items`` starts anew each time."""

    @property
    def name(self) -> str: ...

    def items(self, tally: Tally) -> Iterator[Item]: ...


class Files:
    """Files of records, read one after the other."""

    def __init__(self, inputs: Sequence[str], sheet: str | None) -> None:
        self._inputs, self._sheet = inputs, sheet

    @property
    def name(self) -> str:
        return ", ".join(Path(i).name for i in self._inputs)

    def items(self, tally: Tally) -> Iterator[Item]:
        """Read all files; what is known at the end of one goes to the tally, once."""
        for path in self._inputs:
            source = open_records(path, sheet=self._sheet)
            yield from source.items
            known = {(p.code, p.message) for p in tally.problems}
            tally.problems += [p for p in source.problems if (p.code, p.message) not in known]
            tally.incomplete |= source.incomplete or any(p.is_error for p in source.problems)


class Joined:
    """Records with child lists from files of their own, joined by DuckDB."""

    def __init__(self, source: JoinedInput) -> None:
        self._source = source

    @property
    def name(self) -> str:
        return ", ".join(p.name for p in self._source.paths)

    def items(self, _tally: Tally) -> Iterator[Item]:
        return self._source.items()

    def count_strays(self, tally: Tally, id_name: str) -> None:
        """Count the lines that belong to no record, with some examples."""
        from kamflow.batch import errors

        for one in self._source.strays:
            tally.lines += one.lines
            tally.stray_lines += one.count
        for child, number, key, _ in self._source.stray_lines(EXAMPLES):
            tally.add((errors.stray_line(child.path, number, child.key or id_name, key),))
        tally.count_more(errors.STRAY_LINE.code, tally.stray_lines)


def missing_files(inputs: Sequence[str], children: Sequence[ChildFile]) -> list[str]:
    """Return the files of a join that are not there."""
    return [p for p in (*inputs, *(c.path for c in children)) if not Path(p).is_file()]


def join(
    stack: ExitStack, inputs: Sequence[str], children: Sequence[ChildFile], program: Program, record: str
) -> Joined | Diagnostic:
    """Join records with their child files for as long as the stack is open."""
    from kamflow.batch.children import CannotJoinError, JoinedInput
    from kamflow.batch.connect import connect
    from kamflow.project.slot import id_name_of

    source = JoinedInput(inputs[0] if inputs else None, tuple(children))
    connection = stack.enter_context(connect(source.paths))
    schema = program.records[record]
    try:
        source.join(connection, program, record, id_field(schema) or id_name_of(schema))
    except CannotJoinError as fault:
        return fault.finding
    return Joined(source)
