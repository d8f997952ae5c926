"""The timers of a case: set, cancelled, and which one is next."""

from __future__ import annotations

from kamflow.workflow.draft import Draft
from kamflow.workflow.instance import Instant, Timer, TimerKind
from kamflow.workflow.model import StateTimer

_ORDER = {kind: number for number, kind in enumerate(TimerKind)}


def set_timer(d: Draft, kind: TimerKind, name: str, due: tuple[Instant, bool]) -> None:
    """Set a timer. Its key has the number of the entry that is about to be written: it never comes again."""
    key = f"{kind.value}:{name}#{d.seq + 1}"
    d.timers = (*d.timers, Timer(kind, key, name, *due))


def cancel(d: Draft, kinds: tuple[TimerKind, ...], name: str | None = None) -> None:
    """Cancel timers of some kinds, all of them or those of one name."""
    if any(t.kind in kinds and (name is None or t.name == name) for t in d.timers):
        d.timers = tuple(t for t in d.timers if t.kind not in kinds or (name is not None and t.name != name))


def start_state_timers(d: Draft, since: Instant, *, only_moving: bool = False) -> None:
    """Set the timers of the state that the case is in. While it is held by hand, none that would move it."""
    for timer in d.ready.states[d.state].timers:
        if _starts(timer, held=d.override is not None, only_moving=only_moving):
            due, provisional = d.ready.time.add(since, timer.after)
            set_timer(d, TimerKind.STATE, timer.id.text, (max(due, d.at), provisional))


def _starts(timer: StateTimer, *, held: bool, only_moving: bool) -> bool:
    return not held if timer.to is not None else not only_moving


def next_timer(d: Draft) -> Timer | None:
    """Return the timer that fires next: by due time, then kind, then key."""
    return min(d.timers, key=lambda t: (t.due, _ORDER[t.kind], t.key), default=None)
