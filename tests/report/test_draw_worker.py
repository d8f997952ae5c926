"""Charts drawn by two processes are those that one draws, whatever becomes of the other."""

from __future__ import annotations

import subprocess

import pytest

from kamflow.base.text import Lang, Text
from kamflow.report import draw_worker
from kamflow.report.draw import draw
from kamflow.report.draw_worker import draw_all
from kamflow.report.model import Axis, Bars, Line

CHARTS = [
    Bars(
        f"b{i}", Text(f"Chart {i}"), (Text("a"),), (Line(Text("s"), (i,)),), Axis(Text("x")), Axis(Text("y"))
    )
    for i in range(9)
]


@pytest.fixture(scope="module")
def alone() -> list[tuple[str, bytes]]:
    return [draw(chart, Lang.EN) for chart in CHARTS]


def test_two_processes_draw_what_one_draws(
    alone: list[tuple[str, bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[object] = []
    plain = subprocess.Popen

    def count(*args: object, **named: object) -> object:
        started.append(args)
        return plain(*args, **named)  # type: ignore[call-overload]

    monkeypatch.setattr(draw_worker.subprocess, "Popen", count)
    monkeypatch.setattr(draw_worker.os, "cpu_count", lambda: 2)
    assert draw_all(CHARTS, Lang.EN, {}) == alone
    assert len(started) == 1


@pytest.mark.parametrize("program", ["false", "true", "/no/such/program"])
def test_a_worker_that_is_lost_costs_time_and_no_picture(
    alone: list[tuple[str, bytes]], monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    monkeypatch.setattr(draw_worker.os, "cpu_count", lambda: 2)
    monkeypatch.setattr(draw_worker.sys, "executable", program)
    assert draw_all(CHARTS, Lang.EN, {}) == alone


def test_what_is_drawn_already_is_not_drawn_again(alone: list[tuple[str, bytes]]) -> None:
    other = ("<svg/>", b"PNG")
    assert draw_all(CHARTS[:2], Lang.EN, {CHARTS[0]: other}) == [other, alone[1]]


def test_few_charts_start_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> object:
        raise AssertionError

    monkeypatch.setattr(draw_worker.subprocess, "Popen", fail)
    assert len(draw_all(CHARTS[:3], Lang.EN, {})) == 3
    assert draw_all([], Lang.EN, {}) == []
