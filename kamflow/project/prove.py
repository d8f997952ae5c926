"""Prove a project's tables: each program on the days on which it is in force.

Assumes: a project that checks without errors. Leaves: findings, each once, although a table may stand in
several stretches of days.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence

from kamflow.base.diagnostic import Diagnostic, Sink
from kamflow.core.expr import DefKey, Expr
from kamflow.core.program import Program
from kamflow.core.ty import FIRST_DATE, LAST_DATE
from kamflow.engines.smt.answer import Answer
from kamflow.engines.smt.search import Search
from kamflow.project.load import Project, Stretch
from kamflow.project.missing_rows import missing_rows
from kamflow.prove.intervals import Days
from kamflow.prove.members import idle_members
from kamflow.prove.pinned import find_pinned
from kamflow.prove.realise import Ask
from kamflow.prove.table_defects import TableDefect
from kamflow.prove.table_errors import Touched
from kamflow.prove.table_findings import table_findings
from kamflow.prove.tables import prove_tables

Count = Callable[[Stretch, TableDefect], Touched | None]


def in_force(project: Project) -> Iterator[tuple[Stretch, Program, Program, Days]]:
    """Yield each stretch that compiles: its program, the same lowered, and its days within the calendar."""
    for stretch in project.stretches:
        days = Days(max(stretch.start, FIRST_DATE), min(stretch.end - 1, LAST_DATE))
        if stretch.program is not None and stretch.lowered is not None and days.first <= days.last:
            yield stretch, stretch.program, stretch.lowered, days


def count_nothing(stretch: Stretch, defect: TableDefect) -> Touched | None:
    return None


def prove_project_tables(
    project: Project, files: Collection[str], count: Count = count_nothing
) -> Sequence[Diagnostic]:
    """Prove the tables of ``files`` (all, where it is empty), in every stretch of days."""
    langs = {f.source: f.lang for f in project.files}
    sink = Sink()
    for stretch, program, lowered, days in in_force(project):
        wanted = frozenset(k for k, d in program.defs.items() if not files or d.span.source in files)
        defects = prove_tables(program, lowered, days, _search(lowered), wanted)
        sink.extend(idle_members(program, files))
        sink.extend(
            table_findings(
                program,
                defects,
                lambda d, s=stretch: count(s, d),  # type: ignore[misc]
                lambda d: missing_rows(d, project.sources, langs),
            )
        )
    return sink.sorted()


def _search(lowered: Program) -> Ask:
    def ask(key: DefKey, days: Days, conds: Sequence[Expr]) -> Answer:
        search = Search(lowered, key.record, days)
        return find_pinned(search.find, lowered, key.record, conds) or search.find(conds)

    return ask
