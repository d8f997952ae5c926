"""One file in, decided columns out: read, decided, and the rest named for the single path."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from kamflow.batch.connect import connect
from kamflow.batch.decided import DecidedColumns
from kamflow.batch.engines import Ask, ColumnEngine
from kamflow.batch.open_file import load_file
from kamflow.values.decision import Loose


@dataclass(frozen=True, slots=True)
class Job:
    """``writes``: files that the run's statements may write. ``threads``: of DuckDB; None: all."""

    ask: Ask
    id_name: str
    loose: tuple[Loose, ...]
    threads: int | None = None
    writes: tuple[Path, ...] = ()


def decide_file(stack: ExitStack, job: Job, engine: ColumnEngine, path: Path) -> DecidedColumns | None:
    """Decide the records of a file in columns; None where the file is not one for columns.

    What is returned can be used until ``stack`` is closed.
    """
    ask = job.ask
    with ExitStack() as inner:
        allowed = (path.resolve(), *job.writes)
        connection = inner.enter_context(connect(allowed, threads=job.threads))
        loaded = load_file(connection, ask.program, ask.plan.record, path, job.id_name)
        if loaded is None:
            return None
        engine.run(connection, loaded.tables)
        outputs = [(k.name, ask.program.defs[k].ty) for k in ask.plan.outputs]
        made = DecidedColumns(connection, loaded, outputs, job.loose)
        stack.push(inner.pop_all())
        return made
