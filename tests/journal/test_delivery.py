"""Effects are delivered at least once, and one that fails keeps nobody waiting."""

from __future__ import annotations

import json
import logging

import pytest

from kamflow.journal.deliver import LEASE, deliver, delivery_key
from kamflow.journal.handlers import to_file, to_log
from kamflow.journal.rows import EffectRow
from tests.journal.rig import codes, good, step

SECOND = 1_000_000
NOW = 1_800_000_000 * SECOND


def fill(store, *kinds):
    store.commit_many([
        step(f"C{i}", f"e{i}", effects=(EffectRow(f"k{i}", kind, f'{{"n":{i}}}', None),))
        for i, kind in enumerate(kinds)
    ])  # fmt: skip


def test_each_effect_goes_to_the_handler_of_its_kind_in_order(store):
    fill(store, "notify", "task", "notify", "play")
    seen = []
    done = deliver(store, {"notify": seen.append, "task": seen.append}, lambda: NOW)
    assert [e.effect.key for e in seen] == ["k0", "k1", "k2"]
    assert (done.delivered, done.failed, codes(done.findings)) == (3, 0, ["KF1328"])
    assert "play (1)" in done.findings[0].message.en
    assert [e.effect.key for e in good(store.pending_effects())] == ["k3"], "it waits for a handler"
    assert deliver(store, {"notify": seen.append}, lambda: NOW + 9 * LEASE).delivered == 0


def test_one_that_raises_is_tried_again_later_and_later_and_never_lost(store):
    fill(store, "notify", "notify", "notify")
    tries = []

    def handler(effect):
        tries.append(effect.effect.key)
        if effect.effect.key == "k1" and tries.count("k1") < 4:
            raise ConnectionError("mail server is down")

    clock = [NOW]
    done = deliver(store, {"notify": handler}, lambda: clock[0])
    assert tries == ["k0", "k1", "k2"], "the others went on"
    assert (done.delivered, done.failed, codes(done.findings)) == (2, 1, ["KF1327"])
    (waiting,) = good(store.pending_effects())
    assert (waiting.attempts, waiting.last_error) == (1, "ConnectionError: mail server is down")
    for wait in (10, 20, 40):
        clock[0] += wait * SECOND - 1
        assert deliver(store, {"notify": handler}, lambda: clock[0]).failed == 0, "too early"
        clock[0] += 1
        deliver(store, {"notify": handler}, lambda: clock[0])
    assert tries.count("k1") == 4
    assert good(store.pending_effects()) == []


def test_what_a_worker_took_and_never_finished_comes_again_under_the_same_key(store):
    fill(store, "notify")
    (taken,) = good(store.take_effects(["notify"], NOW, LEASE, 10))
    seen = []
    assert deliver(store, {"notify": seen.append}, lambda: NOW + LEASE - 1).delivered == 0
    assert deliver(store, {"notify": seen.append}, lambda: NOW + LEASE).delivered == 1
    assert [delivery_key(e) for e in seen] == [delivery_key(taken)] == ["complaint/C0/k0"]


def test_two_workers_do_not_take_the_same(store, open_again):
    fill(store, *["notify"] * 30)
    other, seen, theirs = open_again(), [], []

    def handler(effect):
        seen.append(effect.id)
        deliver(other, {"notify": lambda e: theirs.append(e.id)}, lambda: NOW, limit=2)

    deliver(store, {"notify": handler}, lambda: NOW, limit=10)
    deliver(store, {"notify": handler}, lambda: NOW)
    assert sorted(seen + theirs) == sorted(set(seen + theirs))
    assert len(seen + theirs) == 30
    assert theirs


def test_a_limit_is_kept_and_the_rest_stays(store):
    fill(store, *["notify"] * 7)
    seen = []
    assert deliver(store, {"notify": seen.append}, lambda: NOW, limit=3).delivered == 3
    assert len(good(store.pending_effects())) == 4


def test_the_same_key_of_another_case_is_another_effect(store):
    effect = EffectRow("k", "notify", "{}", None)
    store.commit_many([step("A", "a", effects=(effect,)), step("B", "b", effects=(effect,))])
    assert len({delivery_key(e) for e in good(store.pending_effects())}) == 2


def test_a_key_that_names_its_case_is_known_as_it_is(store):
    effect = EffectRow("complaint/A/1/0", "notify", "{}", None)
    store.commit(step("A", "a", effects=(effect,)))
    assert [delivery_key(e) for e in good(store.pending_effects())] == ["complaint/A/1/0"]


def test_the_file_holds_a_line_for_each_and_mends_what_a_crash_left(store, tmp_path):
    path = tmp_path / "effects.jsonl"
    path.write_bytes(b'{"key": "complaint/C0/k')
    fill(store, "notify", "notify")
    assert deliver(store, {"notify": to_file(path)}, lambda: NOW).delivered == 2
    torn, *lines = path.read_text(encoding="utf-8").splitlines()
    assert torn == '{"key": "complaint/C0/k'
    assert [json.loads(line) for line in lines] == [
        {"key": f"complaint/C{i}/k{i}", "kind": "notify", "workflow": "complaint", "instance": f"C{i}",
         "due": None, "attempt": 1, "payload": {"n": i}}
        for i in range(2)
    ]  # fmt: skip


def test_a_file_that_can_not_be_written_keeps_the_effect(store, tmp_path):
    fill(store, "notify")
    done = deliver(store, {"notify": to_file(tmp_path / "no" / "such" / "file")}, lambda: NOW)
    assert (done.failed, codes(done.findings)) == (1, ["KF1327"])
    assert len(good(store.pending_effects())) == 1


def test_the_log_is_told(store, caplog):
    fill(store, "notify")
    with caplog.at_level(logging.INFO, logger="kamflow.effects"):
        deliver(store, {"notify": to_log}, lambda: NOW)
    assert json.loads(caplog.messages[0])["key"] == "complaint/C0/k0"


def test_a_handler_that_is_interrupted_leaves_its_effect(store):
    fill(store, "notify")

    def handler(effect):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deliver(store, {"notify": handler}, lambda: NOW)
    assert len(good(store.pending_effects())) == 1
