"""Definitions, lists, runs: what is asked of a store."""

from __future__ import annotations

import pytest

from kamflow.journal.rows import CalendarRow, Count, RunRow
from kamflow.journal.runs import Progress
from tests.journal.rig import AT, FLOW, definition, good, step


def test_publishing_the_same_again_is_fine(store):
    first = definition()
    assert store.publish(first) == first
    later = definition(text="id: complaint\n")
    assert store.publish(later) == first
    assert good(store.definitions()) == [first]


def test_another_text_under_a_published_version_is_refused(store):
    store.publish(definition())
    refused = store.publish(definition(digest="d2", text="other"))
    assert refused.code == "KF1311"
    assert good(store.definition(FLOW)).text == "id: complaint\n"


def test_the_last_version_is_given_where_none_is_named(store):
    for version in (1, 10, 2):
        store.publish(definition(version, f"d{version}"))
    assert good(store.definition(FLOW)).version == 10
    assert good(store.definition(FLOW, 2)).digest == "d2"
    assert store.definition(FLOW, 3) is None
    assert [d.version for d in good(store.definitions())] == [1, 2, 10]


def test_cases_come_page_by_page_while_others_are_written(store, monkeypatch):
    monkeypatch.setattr("kamflow.journal.reading.PAGE", 3)
    store.commit_many([step(f"C{i}", f"e{i}", state="closed" if i % 2 else "open") for i in range(8)])
    seen = []
    for row in store.instances(FLOW):
        seen.append(row.instance)
        store.commit(step(row.instance, f"again-{row.instance}", 1))
    assert seen == [f"C{i}" for i in range(8)]
    assert [r.instance for r in store.instances(FLOW, closed=True)] == []
    assert len(list(store.instances(FLOW, "open", version=1))) == 8
    assert list(store.instances(FLOW, version=2)) == []
    assert [line.instance for line in store.entries(FLOW)] == sorted(seen * 2)


def test_cases_are_counted_by_state(store):
    store.commit_many([step(f"C{i}", f"e{i}", state="closed" if i == 2 else "open") for i in range(3)])
    assert good(store.counts()) == [Count(FLOW, 1, "closed", 1), Count(FLOW, 1, "open", 2)]


def test_the_calendar_stored_last_is_given(store):
    old, new = CalendarRow("cn", "d1", "a", 5, AT), CalendarRow("cn", "d2", "b", None, AT + 1)
    for row in (new, old, new):
        assert store.store_calendar(row) is None
    assert store.calendar("cn") == new
    assert store.calendar("de") is None


def test_a_run_goes_on_where_it_stopped(store):
    run = RunRow("r1", FLOW, "2026-06-30", "sha", AT)
    assert store.start_run(run) == run
    store.commit_many([step("A", "a")], Progress("r1", 1, '{"moved":1}'))
    store.commit_many([], Progress("r1", 3, '{"moved":2}'))
    store.commit_many([], Progress("r1", 2, '{"moved":9}'))
    known = good(store.start_run(RunRow("r1", FLOW, "2026-06-30", "sha", AT + 99)))
    assert (known.chunks, known.detail, known.started_at, known.finished_at) == (3, '{"moved":2}', AT, None)
    store.finish_run("r1", '{"moved":3}', AT + 5)
    done = good(store.run("r1"))
    assert (done.finished_at, done.detail) == (AT + 5, '{"moved":3}')
    assert good(store.runs()) == [done]


@pytest.mark.parametrize(
    "other", [RunRow("r1", FLOW, "2026-07-01", "sha", AT), RunRow("r1", FLOW, "2026-06-30", "sha2", AT)]
)
def test_a_run_of_other_input_is_not_taken_up(store, other):
    store.start_run(RunRow("r1", FLOW, "2026-06-30", "sha", AT))
    assert store.start_run(other).code == "KF1314"
