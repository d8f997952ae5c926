"""Cases of a workflow as reports read them: where each stands, where each has moved, and its deadlines.

Assumes: values only; who reads a store makes them. Leaves: nothing.
"""

from __future__ import annotations

from kamflow.base.frozen import frozen
from kamflow.base.text import Text


@frozen
class State:
    id: str
    label: Text
    final: bool = False


@frozen
class Move:
    """``source`` is empty where the case began. ``day``: day number in the time zone of the workflow."""

    case: str
    day: int
    source: str
    target: str


@frozen
class Deadline:
    """One deadline of one case. ``verdict``: running, met, breached, exempt. Times in minutes.

    ``business``: minutes of working time. ``closed``: its clock no longer runs.
    """

    case: str
    sla: str
    verdict: str
    budget: int
    consumed: int
    business: bool
    closed: bool


@frozen
class CaseFile:
    """One workflow: ``states`` and ``slas`` in the order of the newest version; ``now``: case → state."""

    workflow: str
    label: Text
    states: tuple[State, ...]
    slas: tuple[State, ...]
    now: tuple[tuple[str, str], ...]
    moves: tuple[Move, ...]
    deadlines: tuple[Deadline, ...]
