"""Cases of a database as reports read them.

Assumes: a store that can be opened. Leaves: a ``CaseFile`` for each published workflow; nothing is written.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing

from kamflow.app.conform import Conformed, ConformRequest, conform_file
from kamflow.app.flow import open_cases
from kamflow.base.diagnostic import Diagnostic
from kamflow.base.text import Text
from kamflow.flow.cases import Cases
from kamflow.flow.commits import case_of
from kamflow.flow.conformance import Watch
from kamflow.flow.published import Published
from kamflow.journal.store import Store
from kamflow.report.cases import CaseFile, Deadline, Move, State
from kamflow.report.model import Label
from kamflow.workflow.instance import Entry, Instance, Verdict
from kamflow.workflow.instants import moment_of
from kamflow.workflow.model import Mode, Workflow

_MINUTE = 60_000_000  # microseconds
_LOSS_REASON = "loss_reason"


def read_cases(db: str) -> tuple[CaseFile, ...] | tuple[Diagnostic, ...]:
    """Read all cases of all workflows that are published in a database."""
    cases = open_cases(db)
    if not isinstance(cases, Cases):
        return cases.findings
    with closing(cases.store):
        listed = cases.store.definitions()
        if isinstance(listed, Diagnostic):
            return (listed,)
        found: list[CaseFile] = []
        for name in sorted({d.workflow for d in listed}):
            one = _case_file(cases, name)
            if not isinstance(one, CaseFile):
                return one
            found.append(one)
        return tuple(found)


def _case_file(cases: Cases, name: str) -> CaseFile | tuple[Diagnostic, ...]:
    published = cases.library.get(name)
    if not isinstance(published, Published):
        return published
    workflow, tz = published.workflow, published.tz
    now: list[tuple[str, str]] = []
    deadlines: list[Deadline] = []
    reasons: dict[str, str] = {}
    for row in cases.store.instances(name):
        if isinstance(row, Diagnostic):
            return (row,)
        now.append((row.instance, row.state))
        case = case_of(row)
        deadlines += _deadlines(case, tz)
        said = case.vars.get(_LOSS_REASON) or case.subject.get(_LOSS_REASON)
        if isinstance(said, str):
            reasons[case.id] = said
    moves: list[Move] = []
    for move in _moves(cases.store, name, tz):
        if isinstance(move, Diagnostic):
            return (move,)
        moves.append(move)
    return _file_of(workflow, now, moves, deadlines, reasons)


def _file_of(
    workflow: Workflow, now: Sequence[tuple[str, str]], moves: Sequence[Move],
    deadlines: Sequence[Deadline], reasons: Mapping[str, str],
) -> CaseFile:  # fmt: skip
    return CaseFile(
        workflow.id.text, workflow.label,
        tuple(State(s.id.text, s.label, s.final, s.closed) for s in workflow.states),
        tuple(State(s.id.text, s.label) for s in workflow.slas),
        tuple(now), tuple(moves), tuple(deadlines), workflow.initial.text, reasons,
        workflow.mode is Mode.STATE_DRIVEN,
    )  # fmt: skip


def play_log(request: ConformRequest) -> tuple[CaseFile, ...] | tuple[Diagnostic, ...]:
    """Play a log on a workflow of files: its cases as they stand when the log ends. Nothing is stored."""
    workflow: Workflow | None = None
    now: list[tuple[str, str]] = []
    moves: list[Move] = []
    deadlines: list[Deadline] = []

    def watch(published: Published) -> Watch:
        nonlocal workflow
        workflow, tz = published.workflow, published.tz

        def case_ended(case: Instance, entries: Sequence[Entry]) -> None:
            now.append((case.id, case.state))
            deadlines.extend(_deadlines(case, tz))
            state = ""
            for entry in entries:
                target = entry.changes.get("state")
                if isinstance(target, str):
                    day = moment_of(entry.at, tz).date().toordinal()
                    moves.append(Move(case.id, day, state, target, Label(entry.code, entry.reason)))
                    state = target

        return case_ended

    done = conform_file(request, watch)
    if not isinstance(done, Conformed):
        return done.findings
    assert workflow is not None
    return (_file_of(workflow, now, moves, deadlines, {}),)


def _deadlines(case: Instance, tz: str) -> Iterator[Deadline]:
    for x in case.ledgers:
        ended = x.verdict is not Verdict.RUNNING and x.stopped_at is not None
        breached = moment_of(x.breached_at, tz).date().toordinal() if x.breached_at is not None else None
        yield Deadline(
            case.id, x.sla, x.verdict.value, x.budget // _MINUTE, x.consumed // _MINUTE, x.business, ended,
            breached,
        )  # fmt: skip


def _moves(store: Store, workflow: str, tz: str) -> Iterator[Move | Diagnostic]:
    """Yield each change of state: what an entry changed of the case says it, whatever brought it about."""
    case = state = ""
    for line in store.entries(workflow):
        if isinstance(line, Diagnostic):
            yield line
            return
        if line.instance != case:
            case, state = line.instance, ""
        body = json.loads(line.entry.body)
        target = body.get("changes", {}).get("state")
        if isinstance(target, str):
            day = moment_of(line.entry.at, tz).date().toordinal()
            words = body.get("reason", {})
            reason = Label(body.get("code", ""), Text(words.get("en", ""), words.get("zh", "")))
            yield Move(case, day, state, target, reason)
            state = target
