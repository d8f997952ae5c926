"""Verification: is the journal the one that was written? And checkpoints, which say so later.

Assumes: lines and heads come in the order of their keys, of one moment. Leaves: findings; one for each
place that was altered. A line's hash covers its body and the hash before it; the case says where its
journal ends; a checkpoint that was put aside says it from outside of the database, so a journal that was
written anew as a whole is found too. Memory: one case at a time, and the checkpoint.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from itertools import groupby
from typing import TypeAlias

from sqlalchemy.exc import DBAPIError

from kamflow.base.diagnostic import Diagnostic
from kamflow.journal import chain_errors as errors
from kamflow.journal.faults import fault_of
from kamflow.journal.reading import all_entries, all_heads
from kamflow.journal.rows import ChainedEntry, EntryRow, Head
from kamflow.journal.store import Store
from kamflow.journal.writing import START, link

_Case: TypeAlias = tuple[str, str]
Marks: TypeAlias = Mapping[_Case, tuple[int, str]]
"""What a checkpoint says: case → number and hash of its last line then."""


def verify(
    entries: Iterable[ChainedEntry], heads: Iterable[Head], marks: Marks | None = None
) -> Iterator[Diagnostic]:
    """Compare lines with their hashes, with where each case says that it ends, and with a checkpoint."""
    left = dict(marks or {})
    for case, lines, head in _by_case(entries, heads):
        mark = left.pop(case, None)
        yield from _verify_case(case, lines, head, mark)
    for workflow, instance in sorted(left):
        seq, _ = left[workflow, instance]
        yield errors.cut(workflow, instance, 0, seq)


def verify_store(store: Store, checkpoint: str | None = None) -> Iterator[Diagnostic]:
    """Verify everything in a store as of one moment. ``checkpoint``: the text of one exported before."""
    marks = None if checkpoint is None else read_checkpoint(checkpoint)
    if isinstance(marks, Diagnostic):
        yield marks
        return
    try:
        with store.database.snapshot() as moment:
            yield from verify(all_entries(moment, None), all_heads(moment, None), marks)
    except DBAPIError as error:
        yield fault_of(error, store.place).finding


def checkpoint(store: Store) -> str | Diagnostic:
    """Export where each case's journal ends, and one hash of all that, as JSON. To be kept elsewhere."""
    heads = store.database.read(lambda c: list(all_heads(c, None)))
    if isinstance(heads, Diagnostic):
        return heads
    cases = [[h.workflow, h.instance, h.seq, h.hash] for h in heads]
    return json.dumps({"kamflow": "checkpoint", "root": _root(cases), "cases": cases}, ensure_ascii=False)


def read_checkpoint(text: str, name: str = "checkpoint") -> Marks | Diagnostic:
    """Read what ``checkpoint`` exported; one that was altered is a finding."""
    try:
        read = json.loads(text)
        cases = read["cases"]
        if read["kamflow"] == "checkpoint" and read["root"] == _root(cases):
            return {(workflow, instance): (seq, mark) for workflow, instance, seq, mark in cases}
    except (ValueError, KeyError, TypeError):
        pass
    return errors.not_a_checkpoint(name)


def _root(cases: object) -> str:
    return sha256(json.dumps(cases, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def _by_case(
    entries: Iterable[ChainedEntry], heads: Iterable[Head]
) -> Iterator[tuple[_Case, Iterable[ChainedEntry], Head | None]]:
    """Bring lines and heads together; either may be missing."""
    ends = iter(heads)
    head = next(ends, None)
    for case, lines in groupby(entries, lambda line: (line.workflow, line.instance)):
        while head is not None and (head.workflow, head.instance) < case:
            yield (head.workflow, head.instance), (), head
            head = next(ends, None)
        if head is not None and (head.workflow, head.instance) == case:
            yield case, lines, head
            head = next(ends, None)
        else:
            yield case, lines, None
    while head is not None:
        yield (head.workflow, head.instance), (), head
        head = next(ends, None)


def _verify_case(
    case: _Case, lines: Iterable[ChainedEntry], head: Head | None, mark: tuple[int, str] | None
) -> Iterator[Diagnostic]:
    last, before = 0, frozenset({START})
    broken: list[int] = []
    ends, marked = START, mark is None or mark[0] == 0
    for line in lines:
        seq = line.entry.seq
        if seq <= last:
            yield errors.out_of_order(*case, seq, last)
            continue
        if seq > last + 1:
            yield errors.gap(*case, last + 1, seq - 1)
        links = frozenset(link(previous, line.entry.body) for previous in before)
        column = _other_column(line.entry)
        if line.hash not in links and seq == last + 1:
            broken.append(seq)
        elif column is not None:
            yield errors.column(*case, seq, column)
        if mark is not None and seq == mark[0]:
            marked = True
            if line.hash != mark[1]:
                yield errors.checkpoint_differs(*case, seq)
        # a line that was altered is told once: the next one may follow what stands there or what should
        before = links | {line.hash} if line.hash not in links else frozenset({line.hash})
        last, ends = seq, line.hash
    for first, until in _stretches(broken):
        yield errors.changed(*case, first, until)
    if head is not None and last < head.seq:
        yield errors.cut(*case, last, head.seq)
    elif head is None or last > head.seq or (ends != head.hash and last not in broken):
        yield errors.case_differs(*case, last, None if head is None else head.seq)
    elif mark is not None and not marked:
        yield errors.cut(*case, last, mark[0])


def _other_column(entry: EntryRow) -> str | None:
    """Name a column that contradicts the body, which is what the hash covers."""
    try:
        body = json.loads(entry.body)
    except ValueError:
        return None  # then its hash is wrong too, or it never was JSON
    if not isinstance(body, dict):
        return None
    columns = {"seq": entry.seq, "at": entry.at, "happened": entry.happened, "cause": entry.cause}
    return next((n for n, value in columns.items() if n in body and body[n] != value), None)


def _stretches(numbers: list[int]) -> Iterator[tuple[int, int]]:
    """Return runs of numbers that follow each other."""
    start = 0
    for i in range(1, len(numbers) + 1):
        if i == len(numbers) or numbers[i] != numbers[i - 1] + 1:
            yield numbers[start], numbers[i - 1]
            start = i
