"""The power goes at any moment: what was confirmed is there after it, and the file is sound."""

from __future__ import annotations

import multiprocessing
import random
import shutil
import sqlite3

import pytest
from sqlalchemy import event

from kamflow.journal.chain import verify_store
from kamflow.journal.store import Store, open_store
from tests.journal import power
from tests.journal.killed import move
from tests.journal.rig import FLOW, TIMES, opened, step

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["kamflow.journal.store", "psycopg", "tests.journal.power"])
IMAGES = 150 * TIMES


def work(folder, pragmas, pipe):
    """Make a store and write; send the log, in which stands what was confirmed and when."""
    log = power.record()
    store = opened(str(folder / "journal.db"))

    @event.listens_for(store.database.engine, "connect")
    def settings(connection, _):
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    store.database.engine.dispose()
    log.append(("said", "made", 0, b""))
    for number in range(60):
        if number % 10 == 9:
            done = store.commit_many([step(f"b{number}:{i}", f"b{number}:{i}") for i in range(20)])
            assert len(done) == 20
        else:
            assert move(store, number).rev
        log.append(("said", f"b{number}:0" if number % 10 == 9 else f"e{number}", 0, b""))
    pipe.send(log)


def log_of(folder, *pragmas):
    ours, theirs = CONTEXT.Pipe(duplex=False)
    process = CONTEXT.Process(target=work, args=(folder, pragmas, theirs))
    process.start()
    theirs.close()
    assert ours.poll(60)
    log = ours.recv()
    process.join()
    return log


def after(folder, log, cut, chance):
    """Lay out an image of the power going after ``cut`` steps, in place of the one before; return its path
    and what was confirmed."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, content in power.image(log[:cut], chance).items():
        if not name.endswith("-shm"):
            (folder / name).write_bytes(content)
    return folder / "journal.db", {name for what, name, _, _ in log[:cut] if what == "said"} - {"made"}


def lost_in(path, confirmed):
    """Say what is wrong with an image, by the driver alone."""
    raw = sqlite3.connect(path)
    try:
        if raw.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            return "broken"
        events = {e for (e,) in raw.execute("SELECT event_id FROM inbox")}
    except sqlite3.DatabaseError as error:
        return str(error)
    finally:
        raw.close()
    batches = {e.partition(":")[0] for e in events if e.startswith("b")}
    if len([e for e in events if e.startswith("b")]) != 20 * len(batches):
        return "half a batch"
    return f"lost {confirmed - events}" if confirmed - events else ""


@pytest.mark.parametrize("pragmas", [(), ("wal_autocheckpoint=8",)], ids=["plain", "checkpoints"])
def test_what_was_confirmed_is_there_after_it(tmp_path, pragmas):
    log = log_of(tmp_path, *pragmas)
    made = next(i for i, op in enumerate(log) if op[1] == "made")
    chance = random.Random(len(pragmas))
    for n in range(IMAGES):
        path, confirmed = after(tmp_path / "image", log, chance.randrange(made, len(log) + 1), chance)
        assert lost_in(path, confirmed) == "", n
        if n % 10 == 0:
            store = opened(str(path))
            assert list(verify_store(store)) == []
            assert store.commit(step("after", "after")).rev == 1
            store.close()


def test_a_file_that_was_being_made_is_made_again(tmp_path):
    log = log_of(tmp_path)
    made = next(i for i, op in enumerate(log) if op[1] == "made")
    chance = random.Random(3)
    for n in range(40):
        path, _ = after(tmp_path / "image", log, chance.randrange(made), chance)
        store = open_store(str(path))
        assert isinstance(store, Store), (n, store)
        assert store.commit(step("after", "after")).rev == 1
        assert len(list(store.entries(FLOW))) == 1
        store.close()


def test_without_syncs_the_loss_is_seen(tmp_path):
    """The images can show a loss: else those above prove nothing."""
    log = log_of(tmp_path, "synchronous=OFF", "wal_autocheckpoint=8")
    chance = random.Random(4)
    made = next(i for i, op in enumerate(log) if op[1] == "made")
    found = [
        lost_in(*after(tmp_path / "image", log, chance.randrange(made, len(log) + 1), chance))
        for n in range(40)
    ]
    assert sum(map(bool, found)) > 20
