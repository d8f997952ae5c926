"""PostgreSQL is stopped at once, 50 times, while many write: what was confirmed is there, nothing twice."""

from __future__ import annotations

import random
import threading
import time

from kamflow.journal.chain import verify_store
from kamflow.journal.rows import Committed, EffectRow, Failed, Repeated, Stale
from tests.journal.conftest import TEMPLATE, postgres_address
from tests.journal.rig import FLOW, TIMES, good, opened, step

STOPS = 50 * TIMES
WRITERS = 3
PASSING = {"KF1300", "KF1304"}


class Writer(threading.Thread):
    """Sends each event until it is confirmed; shares its cases with the other writers."""

    def __init__(self, address, number):
        super().__init__()
        self.address, self.number = address, number
        self.stop, self.confirmed, self.failures, self.wrong = threading.Event(), [], 0, []

    def run(self):
        store = opened(self.address)
        count = 0
        while not self.stop.is_set():
            event, case = f"w{self.number}:{count}", f"C{count % 2}"
            row = store.read(FLOW, case)
            if row is not None and not hasattr(row, "rev"):
                self.failures += 1
                continue
            effects = (EffectRow(event, "notify", "{}", None),)
            outcome = store.commit(step(case, event, row and row.rev, effects=effects))
            match outcome:
                case Committed() | Repeated():
                    self.confirmed.append(event)
                    count += 1
                case Stale():
                    pass
                case Failed(finding) if finding.code in PASSING:
                    self.failures += 1
                case Failed():
                    self.wrong.append(outcome)
        store.close()


def wait_for_work(writers):
    """Wait until something more was confirmed, so that each stop comes into the middle of it."""
    before, until = sum(len(w.confirmed) for w in writers), time.monotonic() + 60
    while sum(len(w.confirmed) for w in writers) <= before + WRITERS:
        assert time.monotonic() < until, "they work between the stops"
        time.sleep(0.005)


def test_nothing_confirmed_is_lost_and_nothing_happens_twice(server):
    server.execute(f"CREATE DATABASE stops TEMPLATE {TEMPLATE}")
    address = postgres_address(server, "stops")
    writers = [Writer(address, n) for n in range(WRITERS)]
    for writer in writers:
        writer.start()
    chance = random.Random(5)
    for _ in range(STOPS):
        wait_for_work(writers)
        time.sleep(chance.random() * 0.1)
        server.stop()
        server.start_again()
    wait_for_work(writers)
    for writer in writers:
        writer.stop.set()
    for writer in writers:
        writer.join(60)
    assert [w.wrong for w in writers] == [[]] * WRITERS
    store = opened(address)
    lines = [line.entry.cause for line in store.entries(FLOW)]
    assert len(set(lines)) == len(lines), "nothing twice"
    confirmed = {event for w in writers for event in w.confirmed}
    assert confirmed <= set(lines)
    assert len(set(lines) - confirmed) <= WRITERS, "only what was on its way"
    assert len(good(store.pending_effects(10**6))) == len(lines)
    assert sum(row.rev for row in store.instances(FLOW)) == len(lines)
    assert list(verify_store(store)) == []
    store.close()
