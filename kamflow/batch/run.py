"""One file in, decided columns out: read, decided, and the rest named for the single path."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from kamflow.batch.connect import connect
from kamflow.batch.decided import DecidedColumns, Lost
from kamflow.batch.engines import Ask, ColumnEngine
from kamflow.batch.everybody import add_members, retype
from kamflow.batch.open_file import load_file
from kamflow.core.columns import ROOT
from kamflow.values.decision import Loose


@dataclass(frozen=True, slots=True)
class Job:
    """``writes``: files that the run's statements may write. ``threads``: of DuckDB; None: all.

    ``everybody``: the file of the population, where the plan compares with one.
    """

    ask: Ask
    id_name: str
    loose: tuple[Loose, ...]
    threads: int | None = None
    writes: tuple[Path, ...] = ()
    everybody: Path | None = None


def decide_file(stack: ExitStack, job: Job, engine: ColumnEngine, path: Path) -> DecidedColumns | None:
    """Decide the records of a file in columns; None where the file is not one for columns.

    What is returned can be used until ``stack`` is closed.
    """
    ask = job.ask
    with ExitStack() as inner:
        allowed = (path.resolve(), *job.writes, *(() if job.everybody is None else (job.everybody.resolve(),)))
        connection = inner.enter_context(connect(allowed, threads=job.threads))
        loaded = load_file(connection, ask.program, ask.plan.record, path, job.id_name)
        if loaded is None:
            return None
        tables, read, lost = loaded.tables, {}, None
        if job.everybody is not None:
            retyped = retype(connection, ask.program, loaded, str(path), "k")
            read = retyped.read
            if job.everybody.samefile(path):
                lost = Lost(loaded.count, retyped.lost, retyped.findings)
            else:
                members = add_members(connection, ask.program, loaded, job.everybody, job.id_name)
                if members is None:
                    return None
                tables, lost = members.tables, Lost(members.count, members.lost, members.findings)
            if lost.members == lost.lost:
                return None
        engine.run(connection, tables)
        if job.everybody is not None and tables is not loaded.tables:
            connection.execute(f"DELETE FROM res WHERE row NOT IN (SELECT row FROM {loaded.tables[ROOT]})")
        outputs = [(k.name, ask.program.defs[k].ty) for k in ask.plan.outputs]
        made = DecidedColumns(connection, loaded, outputs, job.loose, read, lost)
        stack.push(inner.pop_all())
        return made
