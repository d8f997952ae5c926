"""One event: all that it does, or nothing; once."""

from __future__ import annotations

import hashlib

import pytest

from kamflow.journal.rows import (
    ApprovalRow,
    Committed,
    EffectRow,
    Failed,
    Repeated,
    Stale,
    TimerRow,
)
from tests.journal.rig import AT, FLOW, good, step

TIMER = TimerRow("state:late#1", "late", AT + 5)
EFFECT = EffectRow("C1:1:0", "notify", '{"to":"ann"}', None)


def bodies(store, case="C1"):
    return [line.entry.body for line in store.entries(FLOW, case)]


def test_what_is_committed_is_read_back(store):
    approval = ApprovalRow("a1", "settle", "manager", AT, AT + 9)
    commit = step("C1", "e1", effects=(EFFECT,), timers=(TIMER,), approvals=(approval,))
    assert store.commit(commit) == Committed(1)
    row = good(store.read(FLOW, "C1"))
    assert (row.rev, row.state, row.next_due, row.body) == (1, "open", AT + 5, commit.instance.body)
    assert bodies(store) == [commit.entries[0].body]
    assert [(d.timer, d.instance) for d in good(store.due(AT + 5))] == [(TIMER, row)]
    assert good(store.due(AT + 4)) == []
    assert [e.effect for e in good(store.pending_effects())] == [EFFECT]
    assert [(a.instance, a.approval) for a in good(store.approvals())] == [("C1", approval)]


def test_the_chain_is_a_plain_sum_over_what_was_before(store):
    store.commit_many([step("C1", "e1", lines=2), step("C1", "e2", 1, seq=3)])
    lines = list(store.entries(FLOW, "C1"))
    previous = "0" * 64
    for line in lines:
        previous = hashlib.sha256(previous.encode() + b"\n" + line.entry.body.encode()).hexdigest()
        assert line.hash == previous
    assert [line.entry.seq for line in lines] == [1, 2, 3]


def test_timers_and_approvals_are_those_of_the_last_step(store):
    store.commit(step("C1", "e1", timers=(TIMER,), approvals=(ApprovalRow("a", "t", "r", AT, AT),)))
    store.commit(step("C1", "e2", 1, timers=(TimerRow("state:late#2", "late", AT + 7),)))
    assert [d.timer.key for d in good(store.due(AT + 100))] == ["state:late#2"]
    assert good(store.approvals()) == []


def test_the_same_event_again_gets_its_first_result_and_changes_nothing(store):
    store.commit(step("C1", "e1", result='"first"'))
    before = store.read(FLOW, "C1")
    for expected in (None, 1, 7):
        assert store.commit(step("C1", "e1", expected, result='"second"')) == Repeated('"first"')
    assert store.read(FLOW, "C1") == before
    assert len(bodies(store)) == 1
    assert store.known(FLOW, "C1", "e1", step("C1", "e1").digest) == Repeated('"first"')
    assert store.known(FLOW, "C1", "e2", "") is None


@pytest.mark.parametrize(("case", "digest"), [("C1", "other"), ("C2", "")])
def test_an_event_id_with_other_content_or_for_another_case_is_a_conflict(store, case, digest):
    store.commit(step("C1", "e1"))
    again = step(case, "e1", 1 if case == "C1" else None, digest=digest)
    for outcome in (store.commit(again), store.known(FLOW, case, "e1", again.digest)):
        assert isinstance(outcome, Failed)
        assert outcome.finding.code == "KF1310"
    assert len(bodies(store)) == 1
    assert store.read(FLOW, "C2") is None


def test_the_same_event_may_reach_two_workflows(store):
    assert store.commit(step("C1", "e1")) == Committed(1)
    assert store.commit(step("C1", "e1", flow="lifecycle")) == Committed(1)


def test_who_read_an_older_revision_is_told_and_writes_nothing(store):
    assert store.commit(step("C1", "e0", 3)) == Stale(None)
    store.commit(step("C1", "e1"))
    store.commit(step("C1", "e2", 1))
    late = step("C1", "e3", 1, effects=(EFFECT,), timers=(TIMER,), fired=("x",))
    assert store.commit(late) == Stale(2)
    assert store.commit(step("C1", "e4")) == Stale(2)
    assert good(store.pending_effects()) == good(store.due(AT + 99)) == []
    assert len(bodies(store)) == 2
    assert store.known(FLOW, "C1", "e3", late.digest) is None, "its event may come again"


def test_reordered_events_are_told_apart_by_what_they_expect(store):
    steps = [step("C1", "e1"), step("C1", "e2", 1), step("C1", "e3", 2)]
    assert store.commit_many([steps[2], steps[0], steps[1]]) == [Stale(None), Committed(1), Committed(2)]
    assert store.commit(steps[2]) == Committed(3)


def test_a_timer_fires_once(store):
    store.commit(step("C1", "e1", timers=(TIMER,)))
    assert store.commit(step("C1", "e2", 1, fired=(TIMER.key,))) == Committed(2)
    again = store.commit(step("C1", "e3", 2, fired=(TIMER.key,)))
    assert isinstance(again, Failed)
    assert again.finding.code == "KF1312"
    assert good(store.read(FLOW, "C1")).rev == 2
    assert store.commit(step("C2", "e4", fired=(TIMER.key,))) == Committed(1), "another case's timer"


def test_one_that_fails_does_not_lose_the_others(store):
    store.commit(step("C1", "e1"))
    outcomes = store.commit_many([
        step("A", "a"), step("C1", "e1", 1), step("C1", "late"), step("B", "e1"), step("A", "a2", 1),
        step("A", "a3", 1), step("Z", "z"),
    ])  # fmt: skip
    assert outcomes[:3] == [Committed(1), Repeated('"e1"'), Stale(1)]
    assert isinstance(outcomes[3], Failed)
    assert outcomes[4:] == [Committed(2), Stale(2), Committed(1)]
    assert [row.instance for row in store.instances(FLOW)] == ["A", "C1", "Z"]
    assert good(store.read(FLOW, "A")).body == step("A", "a2", 1).instance.body


def test_a_case_that_moves_twice_in_a_batch_keeps_all_lines_and_effects(store):
    first, second = EffectRow("k1", "notify", "{}", None), EffectRow("k2", "notify", "{}", AT)
    store.commit_many([
        step("A", "a1", effects=(first,), timers=(TIMER,)), step("A", "a2", 1, effects=(second,)),
    ])  # fmt: skip
    assert [e.effect for e in good(store.pending_effects())] == [first, second]
    assert good(store.due(AT + 99)) == []
    assert len(bodies(store, "A")) == 2


def test_a_batch_longer_than_a_piece_is_written_as_if_it_came_one_by_one(store, monkeypatch):
    monkeypatch.setattr("kamflow.journal.writing._PIECE", 7)
    steps = [step(f"N{i % 10}", f"e{i}", (i // 10) or None) for i in range(40)]
    assert store.commit_many(steps) == [Committed(i // 10 + 1) for i in range(40)]
    assert store.commit_many(steps) == [Repeated(f'"e{i}"') for i in range(40)]


def test_lines_that_do_not_follow_the_last_one_are_our_bug_and_write_nothing(store):
    store.commit(step("C1", "e1"))
    with pytest.raises(ValueError, match="follows line 1"):
        store.commit(step("C1", "e2", 1, seq=3))
    assert good(store.read(FLOW, "C1")).rev == 1


def test_names_in_any_script_and_with_quotes_are_kept(store):
    for case in ("客户'一\"", "a%sb", "x:y", "Ж{0}\\", "🙂"):
        assert store.commit(step(case, f"e-{case}")) == Committed(1)
        assert good(store.read(FLOW, case)).instance == case
    in_order = [row.instance for row in store.instances(FLOW)]
    assert in_order == sorted(in_order), "by code point, on every database"
