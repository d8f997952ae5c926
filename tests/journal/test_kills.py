"""A program is killed while it writes; what it confirmed is there, what not is there whole or not at all.

A kill leaves the operating system alone; what is lost with it is tried in `test_power.py`.
"""

from __future__ import annotations

import multiprocessing
import random
import sqlite3
import time

import pytest

from kamflow.journal.chain import verify_store
from kamflow.journal.store import open_store
from tests.journal.killed import BATCH, fill_up, write_on
from tests.journal.rig import FLOW, TIMES, opened, step

KILLS = 200 * TIMES
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["kamflow.journal.store", "psycopg", "tests.journal.killed"])


def said(pipe):
    """Read what was said before the end."""
    out = []
    try:
        while True:
            out.append(pipe.recv_bytes().decode())
    except EOFError:
        return out


def start(target, *args):
    ours, theirs = CONTEXT.Pipe(duplex=False)
    process = CONTEXT.Process(target=target, args=(*args, theirs))
    process.start()
    theirs.close()
    return process, ours


def events_of(path):
    """Read what happened by the driver alone, without our code."""
    with sqlite3.connect(path) as raw:
        events = [e for (e,) in raw.execute("SELECT event_id FROM inbox")]
        revs = raw.execute("SELECT coalesce(sum(rev), 0) FROM instance").fetchone()[0]
        lines = raw.execute("SELECT count(*) FROM journal").fetchone()[0]
        effects = raw.execute("SELECT count(*) FROM outbox").fetchone()[0]
    raw.close()
    moves = sum(e.startswith("e") for e in events)
    assert len(set(events)) == len(events) == revs, "an event, a revision"
    assert (lines, effects) == (2 * moves + len(events) - moves, moves), "all that it does, or nothing"
    return set(events)


def test_nothing_confirmed_is_lost_and_nothing_is_half(tmp_path):
    path = tmp_path / "journal.db"
    opened(str(path)).close()
    chance, confirmed, next_one = random.Random(7), 0, 0
    unconfirmed = 0
    for kill in range(KILLS):
        process, pipe = start(write_on, str(path), next_one)
        assert pipe.poll(30), "it writes"
        time.sleep(chance.random() * 0.03)
        process.kill()
        numbers = [int(n) for n in said(pipe)]
        process.join()
        pipe.close()
        assert numbers == list(range(next_one, next_one + len(numbers)))
        confirmed += len(numbers)
        next_one += len(numbers)
        events = events_of(path)
        for n in numbers:
            wanted = {f"b{n}:{i}" for i in range(BATCH)} if n % 7 == 0 else {f"e{n}"}
            assert wanted <= events, f"{n} was confirmed"
        beyond = {e for e in events if int(e[1:].partition(":")[0]) >= next_one}
        assert len(beyond) in {0, 1, BATCH}, "the one on its way: whole or not at all"
        unconfirmed += bool(beyond)
        if kill % 20 == 19:
            store = opened(str(path))
            assert list(verify_store(store)) == []
            store.close()
    assert confirmed >= KILLS, "it was killed while it worked"
    assert unconfirmed < confirmed


def test_a_kill_while_the_file_is_made_leaves_nothing_in_the_way(tmp_path):
    chance = random.Random(8)
    for n in range(12):
        path = tmp_path / f"new{n}.db"
        process, pipe = start(write_on, str(path), 1)
        time.sleep(chance.random() * 0.15)
        process.kill()
        said(pipe)
        process.join()
        pipe.close()
        store = opened(str(path))
        assert store.commit(step("after", "after")).rev == 1
        store.close()


@pytest.mark.parametrize("limit", [150_000, 200_000, 260_000, 330_000, 500_000, 900_000])
def test_a_file_that_may_not_grow_is_a_finding_and_keeps_what_was_confirmed(tmp_path, limit):
    path = tmp_path / "journal.db"
    opened(str(path)).close()
    process, pipe = start(fill_up, str(path), limit)
    *confirmed, why = said(pipe)
    process.join()
    pipe.close()
    assert why in {"!KF1302", "!KF1313"}
    assert set(confirmed) <= events_of(path)
    assert len(confirmed) > 1
    store = open_store(str(path))
    assert store.commit(step("after", "after")).rev == 1
    assert list(verify_store(store)) == []
    assert [line.entry.cause for line in store.entries(FLOW, "after")] == ["after"]
    store.close()
