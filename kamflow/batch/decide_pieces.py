"""The pieces of a text file, decided: several at once, handed out in their order.

For plans that look at one record at a time. Each thread has a DuckDB of its own for its piece, with tables
that are dropped when the next piece comes; one more is with whoever takes the decided piece.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from kamflow.batch.connect import connect
from kamflow.batch.decided import DecidedColumns
from kamflow.batch.engines import ColumnEngine
from kamflow.batch.load import forget
from kamflow.batch.pieces import PieceInput, TextFile, threads_of
from kamflow.batch.run import Job, decide_in
from kamflow.portfolio.pieces import LineCounter

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_MEMORY = "1GB"
"""Of one piece; what does not fit is spilled."""


def decide_pieces(
    job: Job, engine: ColumnEngine, text: TextFile
) -> Iterator[tuple[PieceInput, DecidedColumns | None]]:
    """Yield the pieces of a file, each decided, or None where it is not one for columns.

    What is decided can be used until the next piece is asked for.
    """
    threads = threads_of(job.threads)
    counter = LineCounter(text.path)
    inputs = (PieceInput(text, piece, counter) for piece in text.pieces(threads))
    waiting: deque[tuple[PieceInput, DuckDBPyConnection, Future[DecidedColumns | None]]] = deque()
    with ExitStack() as stack:
        few = replace(job, threads=1)
        first = list(islice(inputs, threads + 1 if threads > 1 else 1))
        free = [stack.enter_context(connect((), threads=1, memory=_MEMORY)) for _ in first]
        pool = stack.enter_context(ThreadPoolExecutor(threads))

        def begin(one: PieceInput | None, connection: DuckDBPyConnection) -> None:
            if one is not None:
                waiting.append((one, connection, pool.submit(_decide, connection, few, engine, one)))

        try:
            for one, connection in zip(first, free, strict=True):
                begin(one, connection)
            while waiting:
                one, connection, future = waiting.popleft()
                yield one, future.result()
                begin(next(inputs, None), connection)
        finally:
            for connection in free:
                connection.interrupt()
            pool.shutdown(cancel_futures=True)


def _decide(
    connection: DuckDBPyConnection, job: Job, engine: ColumnEngine, one: PieceInput
) -> DecidedColumns | None:
    forget(connection, "")
    return decide_in(connection, job, engine, one)
