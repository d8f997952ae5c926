"""What is killed while it writes: a program that commits on and on and says what was confirmed.

Assumes: it is forked from a server that has imported the store, so that a start costs milliseconds.
Leaves: each event is in the pipe as soon as, and only when, its commit was confirmed.
"""

from __future__ import annotations

from kamflow.journal.rows import Committed, EffectRow, Repeated, TimerRow
from tests.journal.rig import AT, FLOW, opened, step

BATCH = 40


def write_on(address, first, pipe):
    """Commit events from number ``first``: a case moved, timers set and fired; each seventh is a batch."""
    store = opened(address)
    number = first
    while True:
        if number % 7 == 0:
            outcomes = store.commit_many([step(f"b{number}:{i}", f"b{number}:{i}") for i in range(BATCH)])
        else:
            outcomes = [move(store, number)]
        assert all(isinstance(o, (Committed, Repeated)) for o in outcomes), outcomes
        pipe.send_bytes(str(number).encode())
        number += 1


def move(store, number):
    case = f"C{number % 3}"
    row = store.read(FLOW, case)
    rev = None if row is None else row.rev
    timers = (TimerRow(f"t{number}", "t", AT + number),)
    due = [d.timer.key for d in store.due(AT + 10**9) if d.instance.instance == case]
    effects = (EffectRow(f"x{number}", "notify", "{}", None),)
    return store.commit(
        step(case, f"e{number}", rev, seq=2 * (rev or 0) + 1, lines=2, effects=effects, timers=timers,
             fired=tuple(due))
    )  # fmt: skip


def fill_up(address, limit, pipe):
    """Write on with files that may grow to ``limit`` bytes; say what was confirmed and why it ended."""
    import resource
    import signal

    store = opened(address)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    for number in range(10_000):
        outcome = store.commit(step(f"N{number}", f"n{number}"))
        if not isinstance(outcome, Committed):
            pipe.send_bytes(f"!{outcome.finding.code}".encode())
            return
        pipe.send_bytes(f"n{number}".encode())
