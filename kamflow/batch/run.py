"""One file in, decided columns out: read, decided, and the rest named for the single path."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from kamflow.batch.connect import connect
from kamflow.batch.decided import DecidedColumns, Lost
from kamflow.batch.engines import Ask, ColumnEngine
from kamflow.batch.everybody import add_members, retype
from kamflow.batch.load import Loaded
from kamflow.batch.outside import outside
from kamflow.core.columns import ROOT
from kamflow.core.program import Program
from kamflow.portfolio import Item
from kamflow.values.decision import Loose

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True, slots=True)
class Job:
    """``writes``: files that the run's statements may write. ``threads``: of DuckDB; None: all.

    ``compares``: the plan needs a population; ``everybody`` is its file, None: the records themselves.
    """

    ask: Ask
    id_name: str
    loose: tuple[Loose, ...]
    threads: int | None = None
    writes: tuple[Path, ...] = ()
    compares: bool = False
    everybody: Path | None = None


class Input(Protocol):
    """What holds records: a file, or several that are joined."""

    @property
    def paths(self) -> tuple[Path, ...]: ...

    def load(
        self, connection: DuckDBPyConnection, program: Program, record: str, id_name: str, prefix: str = "k"
    ) -> Loaded | None: ...

    def pick(self, wanted: Sequence[int], count: int) -> Iterator[tuple[int, Item]]: ...


def decide(stack: ExitStack, job: Job, engine: ColumnEngine, source: Input) -> DecidedColumns | None:
    """Decide records in columns; None where the file is not one for columns.

    What is returned can be used until ``stack`` is closed.
    """
    with ExitStack() as inner:
        own = () if job.everybody is None else (job.everybody.resolve(),)
        allowed = (*source.paths, *job.writes, *own)
        made = decide_in(inner.enter_context(connect(allowed, threads=job.threads)), job, engine, source)
        if made is not None:
            stack.push(inner.pop_all())
        return made


def decide_in(
    connection: DuckDBPyConnection, job: Job, engine: ColumnEngine, source: Input
) -> DecidedColumns | None:
    """Decide records in columns, in a database that reaches what is to be read."""
    ask = job.ask
    loaded = source.load(connection, ask.program, ask.plan.record, job.id_name)
    if loaded is None:
        return None
    tables, read, lost = loaded.tables, {}, None
    if job.compares:
        retyped = retype(connection, ask.program, loaded, source.pick, "k")
        read = retyped.read
        if job.everybody is None:
            lost = Lost(loaded.count, retyped.lost, retyped.findings)
        else:
            members = add_members(connection, ask.program, loaded, job.everybody, job.id_name)
            if members is None:
                return None
            tables, lost = members.tables, Lost(members.count, members.lost, members.findings)
        if lost.members == lost.lost:
            return None
        lost = replace(lost, outside=outside(connection, ask, tables))
    engine.run(connection, tables)
    if tables is not loaded.tables:
        connection.execute(f"DELETE FROM res WHERE row NOT IN (SELECT row FROM {loaded.tables[ROOT]})")
    outputs = [(k.name, ask.program.defs[k].ty) for k in ask.plan.outputs]
    return DecidedColumns(connection, loaded, outputs, job.loose, source.pick, read, lost)
