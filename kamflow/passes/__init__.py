"""Core to core, in order; each pass says what it assumes and what it leaves."""

from __future__ import annotations

from collections.abc import Callable

from kamflow.core.program import Program
from kamflow.passes.unfold_tables import unfold_tables

PASSES: tuple[Callable[[Program], Program], ...] = (unfold_tables,)


def run_passes(program: Program, *, debug: bool = False) -> Program:
    """Lower a checked program for the engines. ``debug`` tries the laws before, and after each pass.

    A broken law is a bug of ours: it raises ``AssertionError``.
    """
    if debug:
        _assert_laws("before the passes", program, lowered=False)
    for step in PASSES:
        program = step(program)
        if debug:
            _assert_laws(step.__name__, program, lowered=step is PASSES[-1])
    return program


def _assert_laws(when: str, program: Program, *, lowered: bool) -> None:
    from kamflow.core.laws import check_laws  # for us only: it costs a tenth of a cold start

    broken = check_laws(program, lowered=lowered)
    if broken:
        raise AssertionError(f"{when}: " + "; ".join(broken[:5]))
