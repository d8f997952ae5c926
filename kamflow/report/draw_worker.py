"""Another process that draws some of the charts, so that the second core is of use.

Assumes: charts that come from ``draw_all`` of the same version, over pipes of its own; nothing that a user
wrote is unpickled. Leaves: a picture for each chart, in order, the same bytes whoever drew it. Who can't have
a worker, or loses it, draws all by itself.

A program of its own rather than a pool, like ``flow.review_worker``: a pool imports the caller's main module.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import IO, cast

from kamflow.base.text import Lang
from kamflow.report.model import Chart

Picture = tuple[str, bytes]
"""SVG and PNG."""

_WORTH_IT = 8
"""Charts from which a second process is worth the half second of making ready."""
_SHARE = 45
"""Percent of the charts that the worker draws: it begins later."""


def draw_all(charts: Sequence[Chart], lang: Lang, drawn: Mapping[Chart, Picture]) -> list[Picture]:
    """Draw charts but those that are ``drawn``; where there are many, by two processes."""
    left = [chart for chart in charts if chart not in drawn]
    pictures = {**drawn, **dict(zip(left, _draw_left(left, lang), strict=True))}
    return [pictures[chart] for chart in charts]


def _draw_left(charts: Sequence[Chart], lang: Lang) -> list[Picture]:
    many = len(charts) >= _WORTH_IT and (os.cpu_count() or 1) > 1
    # one here, one there: both get large and small ones
    theirs = [i for i in range(len(charts)) if i * _SHARE % 100 < _SHARE] if many else []
    process = _started([charts[i] for i in theirs], lang) if theirs else None
    from kamflow.report.draw import draw  # matplotlib, while the other one loads it too

    if process is None:
        return [draw(chart, lang) for chart in charts]
    apart = set(theirs)
    try:
        mine = {i: draw(chart, lang) for i, chart in enumerate(charts) if i not in apart}
    except BaseException:
        process.kill()
        raise
    drawn = _answer(process)
    if drawn is None or len(drawn) != len(theirs):
        drawn = [draw(charts[i], lang) for i in theirs]
    both = {**mine, **dict(zip(theirs, drawn, strict=True))}
    return [both[i] for i in range(len(charts))]


def _started(charts: Sequence[Chart], lang: Lang) -> subprocess.Popen[bytes] | None:
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "kamflow.report.draw_worker"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    except OSError:
        return None
    try:
        assert process.stdin is not None
        pickle.dump((tuple(charts), lang), process.stdin, protocol=pickle.HIGHEST_PROTOCOL)
        process.stdin.close()
    except OSError:  # it is gone: asking it for an answer says so
        pass
    return process


def _answer(process: subprocess.Popen[bytes]) -> list[Picture] | None:
    """Return what it drew; None: it is lost."""
    assert process.stdout is not None
    try:
        return cast("list[Picture]", pickle.load(process.stdout))
    except (OSError, EOFError, pickle.UnpicklingError):
        return None
    finally:
        process.stdout.close()
        process.kill()
        process.wait()


def serve(asked: IO[bytes], told: IO[bytes]) -> None:
    """Draw what is asked for, once."""
    charts, lang = cast("tuple[tuple[Chart, ...], Lang]", pickle.load(asked))  # first: the other one waits
    from kamflow.report.draw import draw

    pickle.dump([draw(chart, lang) for chart in charts], told, protocol=pickle.HIGHEST_PROTOCOL)
    told.flush()


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
