"""Each statement of a commit fails once: a coded finding, and nothing was changed."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import event, select

from kamflow.journal.chain import verify_store
from kamflow.journal.rows import ApprovalRow, Committed, EffectRow, Failed, Repeated, TimerRow
from kamflow.journal.store import Store, open_store
from kamflow.journal.tables import METADATA
from tests.journal.rig import AT, FLOW, codes, definition, good, opened, step
from tests.journal.test_schema import change


def everything(store: Store) -> dict[str, list[tuple[object, ...]]]:
    with store.database.engine.connect() as connection:
        return {
            t.name: sorted(map(tuple, connection.execute(select(t))), key=repr)
            for t in METADATA.tables.values()
        }


def rich(case: str, event_id: str, expected: int | None):
    """A step that writes to every table."""
    return step(
        case, event_id, expected, effects=(EffectRow(event_id, "notify", "{}", None),),
        timers=(TimerRow(f"t{event_id}", "t", AT),), fired=(f"f{event_id}",),
        approvals=(ApprovalRow(event_id, "settle", "lead", AT, AT),),
    )  # fmt: skip


def sqlite_error(code: int, said: str) -> sqlite3.Error:
    kind = sqlite3.DatabaseError if code == sqlite3.SQLITE_CORRUPT else sqlite3.OperationalError
    error = kind(said)
    error.sqlite_errorcode = code
    return error


FAULTS = {
    "sqlite": {
        "full": (lambda: sqlite_error(sqlite3.SQLITE_FULL, "database or disk is full"), "KF1302"),
        "read only": (lambda: sqlite_error(sqlite3.SQLITE_READONLY, "readonly database"), "KF1301"),
        "io": (lambda: sqlite_error(sqlite3.SQLITE_IOERR | (3 << 8), "disk I/O error"), "KF1313"),
        "corrupt": (lambda: sqlite_error(sqlite3.SQLITE_CORRUPT, "malformed"), "KF1313"),
        "odd": (lambda: sqlite3.OperationalError("something else"), "KF1316"),
    },
    "postgres": {
        "full": (lambda: psycopg.errors.DiskFull("no space left on device"), "KF1302"),
        "read only": (lambda: psycopg.errors.ReadOnlySqlTransaction("read-only transaction"), "KF1301"),
        "io": (lambda: psycopg.errors.IoError("could not read block"), "KF1313"),
        "corrupt": (lambda: psycopg.errors.DataCorrupted("invalid page"), "KF1313"),
        "odd": (lambda: psycopg.errors.DivisionByZero("something else"), "KF1316"),
    },
}
PASSING = {
    "sqlite": lambda: sqlite_error(sqlite3.SQLITE_BUSY, "database is locked"),
    "postgres": lambda: psycopg.errors.SerializationFailure("could not serialize"),
}
GONE = {
    "sqlite": lambda: sqlite_error(sqlite3.SQLITE_BUSY | (2 << 8), "database is locked"),
    "postgres": lambda: psycopg.OperationalError("server closed the connection unexpectedly"),
}


@contextlib.contextmanager
def failing(store: Store, make, at: int, times: int = 1) -> Iterator[list[int]]:
    """Let the statement number ``at`` (from 0) fail, and ``times`` - 1 more. Gives [how many there were]."""
    count = [0]

    def fail(*_):
        number, count[0] = count[0], count[0] + 1
        if at <= number < at + times:
            raise make()

    engine = store.database.engine
    for what in ("do_execute", "do_executemany", "do_execute_no_params"):
        event.listen(engine, what, fail)
    try:
        yield count
    finally:
        for what in ("do_execute", "do_executemany", "do_execute_no_params"):
            event.remove(engine, what, fail)


def statements_of(store: Store) -> int:
    with failing(store, RuntimeError, -1) as count:
        assert store.commit(rich("probe", "probe", None)) == Committed(1)
    return count[0]


@pytest.mark.parametrize("what", FAULTS["sqlite"])
def test_whichever_statement_fails_nothing_was_changed(store, backend, what):
    make, code = FAULTS[backend][what]
    store.commit(rich("A", "a", None))
    number = statements_of(store)
    assert number >= 9, "it writes to every table"
    before = everything(store)
    for at in range(number):
        with failing(store, make, at):
            outcomes = store.commit_many([rich("A", "a2", 1), rich("B", "b", None)])
        assert [o.finding.code for o in outcomes if isinstance(o, Failed)] == [code, code], at
        assert everything(store) == before, at
    assert store.commit(rich("A", "a2", 1)) == Committed(2)
    assert list(verify_store(store)) == []


def test_what_passes_is_tried_again_at_whichever_statement(store, backend):
    number = statements_of(store)
    for at in range(number):
        with failing(store, PASSING[backend], at, times=2):
            assert store.commit(rich(f"N{at}", f"n{at}", None)) == Committed(1)
    assert len(list(store.entries(FLOW))) == number + 1


def test_what_does_not_pass_is_a_finding_in_the_end(store, backend, monkeypatch):
    monkeypatch.setattr("kamflow.journal.database._FIRST_WAIT", 0.001)
    before = everything(store)
    with failing(store, PASSING[backend], 0, times=10**6) as count:
        outcome = store.commit(step("A", "a"))
    assert isinstance(outcome, Failed)
    assert (outcome.finding.code, count[0]) == ("KF1300", 6)
    assert everything(store) == before


def test_a_step_that_uses_the_key_of_an_effect_twice_is_refused(store, monkeypatch):
    """A bug of whoever made the step: no race, so no use in trying again for ever."""
    monkeypatch.setattr("kamflow.journal.database._FIRST_WAIT", 0.001)
    effect = EffectRow("k", "notify", "{}", None)
    store.commit(step("A", "a", effects=(effect,)))
    before = everything(store)
    outcome = store.commit(step("A", "a2", 1, effects=(effect,)))
    assert outcome.finding.code == "KF1316"
    assert everything(store) == before


@pytest.mark.parametrize("done", [False, True])
def test_a_commit_whose_answer_is_lost_is_asked_again_and_happens_once(store, backend, monkeypatch, done):
    """Whether it had been carried out or not can't be known; the event's id says so."""
    dialect = store.database.engine.dialect
    real, lost = dialect.do_commit, []

    def lose(connection):
        if not lost:
            lost.append(1)
            if done:
                real(connection)
            raise GONE[backend]()
        real(connection)

    monkeypatch.setattr(dialect, "do_commit", lose)
    outcome = store.commit(rich("A", "a", None))
    assert outcome == (Repeated('"a"') if done else Committed(1))
    assert len(list(store.entries(FLOW))) == 1
    assert len(good(store.pending_effects())) == 1


def test_a_disk_that_is_full_at_the_commit_changes_nothing(store, backend, monkeypatch):
    make, code = FAULTS[backend]["full"]
    before = everything(store)
    with monkeypatch.context() as patched:

        def full(connection):
            raise make()

        patched.setattr(store.database.engine.dialect, "do_commit", full)
        outcome = store.commit(rich("A", "a", None))
    assert outcome.finding.code == code
    assert everything(store) == before
    assert store.commit(rich("A", "a", None)) == Committed(1)


def test_reading_fails_with_a_finding_too(store, backend):
    make, code = FAULTS[backend]["io"]
    store.commit(rich("A", "a", None))
    for ask in (
        lambda: store.read(FLOW, "A"), store.counts, store.definitions, store.approvals, store.undelivered,
        lambda: store.due(AT), store.pending_effects, store.runs, lambda: store.calendar("cn"),
        lambda: store.publish(definition()), lambda: store.mark_delivered(1, 0),
        lambda: store.mark_failed(1, "x", 0), lambda: store.finish_run("r", "{}", 0),
        lambda: next(store.instances(FLOW)), lambda: next(store.entries(FLOW)),
        lambda: next(verify_store(store)), lambda: store.known(FLOW, "A", "a", "").finding,
    ):  # fmt: skip
        with failing(store, make, 0 if backend == "postgres" else 1):
            assert ask().code == code


def test_a_lock_that_another_program_holds_is_waited_for_and_then_told(address, monkeypatch):
    monkeypatch.setattr("kamflow.journal.database._PATIENCE", 30)
    monkeypatch.setattr("kamflow.journal.database._FIRST_WAIT", 0.001)
    store, other = opened(address), opened(address)
    store.commit(step("A", "a"))
    with other.database.engine.connect() as plain:
        holder = plain.execution_options(kamflow_writes=True)
        with holder.begin():
            holder.exec_driver_sql("UPDATE instance SET rev = rev")
            outcome = store.commit(step("A", "a2", 1))
            assert outcome.finding.code == "KF1300"
            assert good(store.read(FLOW, "A")).rev == 1, "reading goes on"
    assert store.commit(step("A", "a2", 1)) == Committed(2)
    store.close()
    other.close()


def test_a_store_that_can_only_be_read_says_so(address, backend):
    store = opened(address)
    store.commit(step("A", "a"))
    store.close()
    if backend == "sqlite":
        reader = opened(address)

        @event.listens_for(reader.database.engine, "connect")
        def only_read(connection, _):
            connection.execute("PRAGMA query_only=ON")

        reader.database.engine.dispose()
    else:
        name = address.partition("/@"[1] + "/")[2].partition("?")[0]
        change(address, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        reader = opened(address)
    assert reader.commit(step("A", "a2", 1)).finding.code == "KF1301"
    assert good(reader.read(FLOW, "A")).rev == 1
    assert list(verify_store(reader)) == []
    reader.close()


def test_a_database_that_may_not_grow_is_full_until_it_may(tmp_path):
    store = opened(str(tmp_path / "journal.db"))
    pages = [0]

    @event.listens_for(store.database.engine, "connect")
    def limit(connection, _):
        if pages[0]:
            connection.execute(f"PRAGMA max_page_count={pages[0]}")

    for n in range(20):
        assert store.commit(step(f"A{n}", f"a{n}")) == Committed(1)
    pages[0] = 1  # SQLite takes what there is as the least
    store.database.engine.dispose()
    before = everything(store)
    outcomes = [store.commit(step(f"B{n}", f"b{n}")) for n in range(100)]
    full = [n for n, o in enumerate(outcomes) if isinstance(o, Failed)]
    assert {outcomes[n].finding.code for n in full} == {"KF1302"}
    assert full
    added = {row[1] for row in everything(store)["instance"]} - {row[1] for row in before["instance"]}
    assert added == {f"B{n}" for n in range(100) if n not in full}
    pages[0] = 0
    store.database.engine.dispose()
    assert all(store.commit(step(f"B{n}", f"b{n}")) == Committed(1) for n in full)
    assert list(verify_store(store)) == []
    store.close()


def test_a_file_with_broken_pages_is_a_finding_and_no_traceback(tmp_path):
    path = tmp_path / "journal.db"
    store = opened(str(path))
    store.commit_many([step(f"A{n}", f"a{n}") for n in range(200)])
    store.close()
    whole = path.read_bytes()
    found = set()
    for start in range(0, len(whole), 4096):
        path.write_bytes(whole[:start] + b"\xa5" * 4096 + whole[start + 4096 :])
        again = open_store(str(path))
        if not isinstance(again, Store):
            found.add(again.code)
            continue
        outcome = again.commit(step("A7", "more", 1))
        found |= {outcome.finding.code} if isinstance(outcome, Failed) else set()
        found |= set(codes(verify_store(again)))
        again.close()
    assert {"KF1303", "KF1313"} <= found
