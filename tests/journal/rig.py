"""Commits to try the store with: small cases whose journal can be told by hand."""

from __future__ import annotations

import os
from hashlib import sha256

from kamflow.base.diagnostic import Diagnostic
from kamflow.journal.rows import (
    ApprovalRow,
    Commit,
    DefinitionRow,
    EffectRow,
    EntryRow,
    InstanceRow,
    TimerRow,
)
from kamflow.journal.store import Store, open_store

TIMES = int(os.environ.get("KAMFLOW_CRASH", "1"))
"""How much longer than in the suite kills, stops and power cuts are tried; `make crash` sets it."""
AT = 1_782_000_000_000_000
FLOW = "complaint"


def opened(address: str) -> Store:
    store = open_store(address)
    assert isinstance(store, Store), store
    return store


def step(
    case: str,
    event: str,
    expected: int | None = None,
    *,
    seq: int | None = None,
    lines: int = 1,
    state: str = "open",
    effects: tuple[EffectRow, ...] = (),
    timers: tuple[TimerRow, ...] = (),
    fired: tuple[str, ...] = (),
    approvals: tuple[ApprovalRow, ...] = (),
    digest: str = "",
    result: str = "",
    at: int = AT,
    flow: str = FLOW,
) -> Commit:
    """One event of a case; ``seq``: number of its first line, where not one was written for each revision."""
    first = (expected or 0) + 1 if seq is None else seq
    entries = tuple(
        EntryRow(n, at, "moved", event, f'{{"at":{at},"cause":"{event}","happened":"moved","seq":{n}}}')
        for n in range(first, first + lines)
    )
    due = min((t.due for t in timers), default=None)
    row = InstanceRow(
        flow, 1, case, 0, state, state == "closed", False, at, due, f'{{"state":"{state}","by":"{event}"}}'
    )
    return Commit(
        row, expected, event, digest or sha256(event.encode()).hexdigest(), at, result or f'"{event}"',
        entries, effects, timers, fired, approvals,
    )  # fmt: skip


def definition(version: int = 1, digest: str = "d1", text: str = "id: complaint\n") -> DefinitionRow:
    return DefinitionRow(FLOW, version, digest, text, "{}", "{}", AT, "ann")


def good(value):
    """Take a value that is no finding."""
    assert not isinstance(value, Diagnostic), value
    return value


def codes(findings) -> list[str]:
    return [f.code for f in findings]
