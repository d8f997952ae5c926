"""Many writers at once: what was confirmed is there, and nothing is there twice."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ThreadPoolExecutor

import pytest

from kamflow.journal.chain import verify_store
from kamflow.journal.rows import Committed, EffectRow, Failed, Repeated, Stale, TimerRow
from tests.journal.rig import AT, FLOW, TIMES, good, opened, step

WRITERS, EACH = 8, 200
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["kamflow.journal.store", "psycopg", "tests.journal.rig"])


def write(address, writer, each, cases, queue=None):
    """Commit ``each`` events, round the cases; again where another was first."""
    store = opened(address)
    confirmed = {}
    for n in range(each):
        case, event = f"C{(writer + n) % cases}", f"w{writer}:{n}"
        while True:
            row = good(store.read(FLOW, case))
            expected = None if row is None else row.rev
            effects = (EffectRow(event, "notify", "{}", None),)
            outcome = store.commit(step(case, event, expected, effects=effects))
            match outcome:
                case Committed():
                    confirmed[case] = confirmed.get(case, 0) + 1
                    break
                case Stale():
                    continue
                case Repeated() | Failed():
                    raise AssertionError(outcome)
    store.close()
    if queue is not None:
        queue.put(confirmed)
    return confirmed


def total(counts):
    out = {}
    for one in counts:
        for case, count in one.items():
            out[case] = out.get(case, 0) + count
    return out


def check(store, confirmed):
    rows = {row.instance: row.rev for row in store.instances(FLOW)}
    assert rows == confirmed, "what was confirmed is the final revision"
    lines = list(store.entries(FLOW))
    assert len(lines) == sum(confirmed.values())
    assert len({line.entry.cause for line in lines}) == len(lines), "nothing twice"
    assert len({e.effect.key for e in good(store.pending_effects(10_000))}) == len(lines)
    assert list(verify_store(store)) == []


@pytest.mark.parametrize("cases", [1, 50])
def test_processes_lose_no_update(store, address, cases):
    each = EACH if cases > 1 or TIMES > 1 else EACH // 4  # on one case all wait for each other
    queue = CONTEXT.Queue()
    started = [CONTEXT.Process(target=write, args=(address, w, each, cases, queue)) for w in range(WRITERS)]
    for process in started:
        process.start()
    counts = [queue.get(timeout=400) for _ in started]
    for process in started:
        process.join(10)
        assert process.exitcode == 0
    check(store, total(counts))
    assert sum(total(counts).values()) == WRITERS * each


def test_threads_that_share_a_store_lose_no_update(store, address):
    with ThreadPoolExecutor(WRITERS) as pool:
        counts = list(pool.map(lambda w: write(address, w, 25, 3), range(WRITERS)))
    check(store, total(counts))


def test_one_event_sent_by_many_at_once_happens_once(store):
    with ThreadPoolExecutor(WRITERS) as pool:
        for n in range(20):
            outcomes = list(pool.map(lambda _, n=n: store.commit(step(f"N{n}", f"e{n}")), range(WRITERS)))
            assert sorted(type(o).__name__ for o in outcomes) == ["Committed"] + ["Repeated"] * 7
    assert len(list(store.entries(FLOW))) == 20


def test_a_new_case_opened_by_many_at_once_is_opened_once(store):
    with ThreadPoolExecutor(WRITERS) as pool:
        for n in range(20):
            outcomes = list(pool.map(lambda w, n=n: store.commit(step(f"N{n}", f"e{n}:{w}")), range(WRITERS)))
            assert sorted(type(o).__name__ for o in outcomes) == ["Committed"] + ["Stale"] * 7


def test_a_due_timer_seen_by_many_fires_once(store):
    timer = TimerRow("late#1", "late", AT)
    store.commit_many([step(f"T{n}", f"s{n}", timers=(timer,)) for n in range(20)])
    found = good(store.due(AT))
    assert len(found) == 20

    def fire(writer):
        return [store.commit(step(d.instance.instance, f"{writer}:{d.instance.instance}", d.instance.rev,
                                  fired=(d.timer.key,))) for d in found]  # fmt: skip

    with ThreadPoolExecutor(4) as pool:
        outcomes = [o for some in pool.map(fire, range(4)) for o in some]
    assert sum(isinstance(o, Committed) for o in outcomes) == 20
    assert sum(isinstance(o, Stale) for o in outcomes) == 60
    assert good(store.due(AT)) == []


def test_batches_that_cross_each_other_lose_nothing(store):
    """In opposite orders, so that locks taken as they come would wait for each other for ever."""
    store.commit_many([step(f"B{n}", f"s{n}") for n in range(60)])

    def move(writer):
        cases = [f"B{n}" for n in range(60)]
        cases = cases if writer % 2 else cases[::-1]
        confirmed = 0
        for turn in range(8):
            batch = [step(c, f"{writer}:{turn}:{c}", good(store.read(FLOW, c)).rev) for c in cases] + [
                step(f"{writer}:{turn}", f"shared{turn}:{writer}")
            ]
            outcomes = store.commit_many(batch)
            assert not any(isinstance(o, Failed) for o in outcomes)
            confirmed += sum(isinstance(o, Committed) for o in outcomes)
        return confirmed

    with ThreadPoolExecutor(4) as pool:
        confirmed = sum(pool.map(move, range(4)))
    assert sum(row.rev for row in store.instances(FLOW)) == confirmed + 60
    assert list(verify_store(store)) == []
