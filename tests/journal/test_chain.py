"""A journal that was altered is found: by its hashes, by its cases, by a checkpoint."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest

from kamflow.journal.chain import checkpoint, read_checkpoint, verify, verify_store
from kamflow.journal.rows import ChainedEntry, EntryRow, Head
from kamflow.journal.tables import APPEND_ONLY
from tests.journal.rig import FLOW, codes, good, opened, step
from tests.journal.test_schema import change

CASES = ("A", "B", "C")


@pytest.fixture
def open_gates(store, address, backend):
    """Three cases of five lines, and the triggers gone."""
    store.commit_many([step(c, f"{c}{n}", n or None) for n in range(5) for c in CASES])
    if backend == "sqlite":
        change(address, *(f"DROP TRIGGER journal_no_{what}" for what in ("update", "delete", "replace")))
    else:
        change(address, *(f"ALTER TABLE {t.name} DISABLE TRIGGER ALL" for t in APPEND_ONLY))
    return address


def test_a_journal_as_written_has_no_finding(store, open_gates):
    assert list(verify_store(store, good(checkpoint(store)))) == []


LINE = "workflow = 'complaint' AND instance = 'B' AND seq"
COPY = "INSERT INTO journal SELECT workflow, {}, {}, at, happened, cause, hash, body FROM journal WHERE {}"
ALTERED = {
    "a byte": ([f"UPDATE journal SET body = replace(body, 'B2', 'B9') WHERE {LINE} = 3"], ["KF1320"]),
    "a space": ([f"UPDATE journal SET body = body || ' ' WHERE {LINE} = 3"], ["KF1320"]),
    "the last text": ([f"UPDATE journal SET body = body || ' ' WHERE {LINE} = 5"], ["KF1320"]),
    "a hash": ([f"UPDATE journal SET hash = 'z' || substr(hash, 2) WHERE {LINE} = 3"], ["KF1320"]),
    "two apart": ([f"UPDATE journal SET body = body || ' ' WHERE {LINE} IN (1, 4)"], ["KF1320", "KF1320"]),
    "a column": ([f"UPDATE journal SET at = at + 1 WHERE {LINE} = 2"], ["KF1324"]),
    "a kind": ([f"UPDATE journal SET happened = 'stayed' WHERE {LINE} = 2"], ["KF1324"]),
    "the first line dropped": ([f"DELETE FROM journal WHERE {LINE} = 1"], ["KF1321"]),
    "a line dropped": ([f"DELETE FROM journal WHERE {LINE} = 3"], ["KF1321"]),
    "a line dropped and the others moved up": (
        [f"DELETE FROM journal WHERE {LINE} = 3", f"UPDATE journal SET seq = 3 WHERE {LINE} = 4",
         f"UPDATE journal SET seq = 4 WHERE {LINE} = 5"],
        ["KF1324", "KF1320", "KF1323"]),
    "two lines swapped": (
        [f"UPDATE journal SET seq = 99 WHERE {LINE} = 3", f"UPDATE journal SET seq = 3 WHERE {LINE} = 4",
         f"UPDATE journal SET seq = 4 WHERE {LINE} = 99"],
        ["KF1320"]),
    "a line doubled": ([COPY.format("instance", 6, f"{LINE} = 5")], ["KF1320", "KF1326"]),
    "the tail cut": ([f"DELETE FROM journal WHERE {LINE} > 3"], ["KF1323"]),
    "the last line cut": ([f"DELETE FROM journal WHERE {LINE} = 5"], ["KF1323"]),
    "all lines": (["DELETE FROM journal WHERE instance = 'B'"], ["KF1323"]),
    "the case": (["DELETE FROM instance WHERE instance = 'B'"], ["KF1326"]),
    "the case's own end": (["UPDATE instance SET head = 'x' WHERE instance = 'B'"], ["KF1326"]),
    "another case's journal": (
        ["DELETE FROM journal WHERE instance = 'B'", COPY.format("'B'", "seq", "instance = 'C'")],
        ["KF1326"]),
}  # fmt: skip


@pytest.mark.parametrize("what", ALTERED)
def test_what_was_altered_is_found(store, open_gates, what):
    statements, wanted = ALTERED[what]
    assert all(change(open_gates, *statements)), "the change was made"
    found = list(verify_store(store))
    assert codes(found) == wanted
    if what != "the case":
        assert all(" B" in f.span.path for f in found), "and nowhere else"


def rewrite(address, *, last):
    """Write the journal of case B anew from line 3 up to ``last``, hashes, case and all."""
    store = opened(address)
    previous = "0" * 64
    statements = [f"DELETE FROM journal WHERE {LINE} > {last}"]
    for line in list(store.entries(FLOW, "B"))[:last]:
        seq, body = (
            line.entry.seq,
            line.entry.body.replace('"moved"', '"moved" ' if line.entry.seq > 2 else '"moved"'),
        )
        previous = hashlib.sha256(f"{previous}\n{body}".encode()).hexdigest()
        statements.append(f"UPDATE journal SET body = '{body}', hash = '{previous}' WHERE {LINE} = {seq}")
    statements.append(f"UPDATE instance SET head = '{previous}', seq = {last} WHERE instance = 'B'")
    store.close()
    change(address, *(s.replace(":", r"\:") for s in statements))


@pytest.mark.parametrize(("last", "code"), [(5, "KF1325"), (4, "KF1323")])
def test_a_journal_written_anew_is_found_by_a_checkpoint_alone(store, open_gates, last, code):
    kept = good(checkpoint(store))
    rewrite(open_gates, last=last)
    assert codes(verify_store(store)) == []
    assert codes(verify_store(store, kept)) == [code]


def test_a_case_that_vanished_as_a_whole_is_found_by_a_checkpoint(store, open_gates):
    kept = good(checkpoint(store))
    change(open_gates, *(f"DELETE FROM {table} WHERE instance = 'B'" for table in ("journal", "instance")))
    assert codes(verify_store(store)) == []
    assert codes(verify_store(store, kept)) == ["KF1323"]


def test_a_journal_that_went_on_still_holds_what_the_checkpoint_saw(store, open_gates):
    kept = good(checkpoint(store))
    store.commit_many([step("B", "later", 5), step("D", "new")])
    assert list(verify_store(store, kept)) == []


def test_a_checkpoint_that_was_altered_is_no_checkpoint(store, open_gates):
    kept = json.loads(good(checkpoint(store)))
    kept["cases"][1][2] -= 1
    for text in (json.dumps(kept), "", "[]", "{}", '{"kamflow": "checkpoint"}', "null"):
        assert codes(verify_store(store, text)) == ["KF1329"]
    assert read_checkpoint(good(checkpoint(store))).keys() == {(FLOW, c) for c in CASES}


def test_exported_lines_in_another_order_are_found():
    a, b, c = (EntryRow(n, 0, "moved", "e", f'{{"n":{n}}}') for n in (1, 2, 3))
    previous, lines = "0" * 64, []
    for entry in (a, b, c):
        previous = hashlib.sha256(f"{previous}\n{entry.body}".encode()).hexdigest()
        lines.append(ChainedEntry(FLOW, "A", entry, previous))
    head = Head(FLOW, "A", 3, 3, previous)
    assert list(verify(lines, [head])) == []
    assert codes(verify([lines[0], lines[2], lines[1]], [head])) == ["KF1321", "KF1322"]
    assert codes(verify([lines[0], lines[0], *lines[1:]], [head])) == ["KF1322"]
    assert codes(verify(lines, [])) == ["KF1326"]
    assert codes(verify(lines, [replace(head, seq=2)])) == ["KF1326"]


def test_every_single_byte_of_a_text_counts(store, open_gates):
    (line, *_), heads = list(store.entries(FLOW, "A")), []
    body = line.entry.body
    for i in range(len(body)):
        flipped = body[:i] + chr(ord(body[i]) ^ 1) + body[i + 1 :]
        altered = replace(line, entry=replace(line.entry, body=flipped))
        assert "KF1320" in codes(verify([altered], heads))
