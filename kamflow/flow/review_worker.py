"""Another process that works out steps of a review, so that the second core is of use.

Assumes: what it is told comes from ``Worker`` of the same version, over pipes of its own; nothing that a user
wrote is unpickled. Leaves: a ``Worked`` or ``Refused`` for each task, in order. Whoever can't have a
worker, or loses it, does the steps itself: the result is the same.

A program of its own rather than a pool: a pool imports the caller's main module, which is not ours to run
twice.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import IO, cast

from kamflow.flow.published import Published, published_of
from kamflow.flow.review_one import Sitting
from kamflow.flow.review_step import Task, Worked, work
from kamflow.journal.rows import DefinitionRow
from kamflow.workflow.instance import Refused

Result = Worked | Refused
_HEAD = 8
"""Bytes that say how many follow."""
_PIPE = 2**20
"""Bytes that a pipe holds, where the system allows."""


class Worker:
    """One process. ``lost``: it can't be asked any more."""

    def __init__(self, definition: DefinitionRow, sitting: Sitting) -> None:
        self.lost = False
        self._pool = ThreadPoolExecutor(1)  # pipes are narrow: who writes into one must not be waited for
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "kamflow.flow.review_worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                pipesize=_PIPE,
            )
        except OSError:
            self.lost = True
            return
        self._pool.submit(self._tell, (definition, sitting))

    def begin(self, tasks: Sequence[Task]) -> Future[list[Result] | None]:
        """Hand over tasks; what comes of them, in order. None: the worker is lost."""
        return self._pool.submit(self._ask, tuple(tasks))

    def _ask(self, tasks: tuple[Task, ...]) -> list[Result] | None:
        self._tell(tasks)
        if self.lost or self._process is None or self._process.stdout is None:
            return None
        try:
            return cast("list[Result]", _receive(self._process.stdout))
        except (OSError, EOFError, pickle.UnpicklingError):
            self.lost = True
            return None

    def close(self) -> None:
        process = self._process
        if process is None:
            return
        process.kill()  # whoever reads from it meanwhile has met its end
        process.wait()
        self._pool.shutdown(cancel_futures=True)
        for pipe in (process.stdin, process.stdout):
            try:
                if pipe is not None:
                    pipe.close()
            except OSError:  # what was not sent is of no use any more
                pass

    def _tell(self, what: object) -> None:
        if self.lost or self._process is None or self._process.stdin is None:
            return
        try:
            _send(what, self._process.stdin)
        except OSError:
            self.lost = True


def _send(what: object, pipe: IO[bytes]) -> None:
    data = pickle.dumps(what, protocol=pickle.HIGHEST_PROTOCOL)
    left = memoryview(len(data).to_bytes(_HEAD, "big") + data)
    while left:
        left = left[pipe.write(left) :]
    pipe.flush()


def _receive(pipe: IO[bytes]) -> object:
    """Read one thing. In large pieces: after each one this thread waits for its turn."""
    size = int.from_bytes(_read(pipe, _HEAD), "big")
    return pickle.loads(_read(pipe, size))


def _read(pipe: IO[bytes], size: int) -> bytearray:
    data = bytearray(size)
    left = memoryview(data)
    while left:
        got = pipe.readinto(left)  # type: ignore[attr-defined]  # both kinds of binary file have it
        if not got:
            raise EOFError
        left = left[got:]
    return data


def serve(asked: IO[bytes], told: IO[bytes]) -> None:
    """Answer until nothing more is asked."""
    definition, sitting = cast("tuple[DefinitionRow, Sitting]", _receive(asked))
    published = published_of(definition)
    assert isinstance(published, Published), "it was published, so it can be linked"
    while True:
        try:
            tasks = cast("tuple[Task, ...]", _receive(asked))
        except EOFError:
            return
        _send([work(task, sitting, published) for task in tasks], told)


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
