"""Cases of a workflow as reports read them: where each stands, where each has moved, and its deadlines.

Assumes: values only; who reads a store makes them. Leaves: nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from kamflow.base.frozen import frozen
from kamflow.base.text import Text
from kamflow.report.model import Label


@frozen
class State:
    """``closed``: its cases are done with, though not ``final``: they can be opened again."""

    id: str
    label: Text
    final: bool = False
    closed: bool = False


@frozen
class Move:
    """``source`` is empty where the case began. ``day``: day number in the time zone of the workflow.
    ``reason``: that of the transition."""

    case: str
    day: int
    source: str
    target: str
    reason: Label


@frozen
class Deadline:
    """One deadline of one case. ``verdict``: running, met, breached, exempt. Times in minutes.

    ``business``: minutes of working time. ``closed``: its clock no longer runs. ``breached``: the day on
    which its time was used up.
    """

    case: str
    sla: str
    verdict: str
    budget: int
    consumed: int
    business: bool
    closed: bool
    breached: int | None = None


@frozen
class CaseFile:
    """One workflow: ``states`` and ``slas`` in the order of the newest version; ``now``: case → state.

    ``initial``: the state in which cases begin. ``reasons``: case → the code of its reason for loss.
    ``reviewed``: reviews move its cases, by what they are; else events do.
    """

    workflow: str
    label: Text
    states: tuple[State, ...]
    slas: tuple[State, ...]
    now: tuple[tuple[str, str], ...]
    moves: tuple[Move, ...]
    deadlines: tuple[Deadline, ...]
    initial: str = ""
    reasons: Mapping[str, str] = field(default_factory=dict)
    reviewed: bool = True
