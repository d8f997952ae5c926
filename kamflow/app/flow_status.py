"""What a case is told as: its state with deadlines, its history, its journal as lines; and effects handed
over.

Assumes: a store, and cases in it. Leaves: values for any coat to show.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kamflow.app.flow import Standing
from kamflow.base.diagnostic import Diagnostic
from kamflow.base.text import Text
from kamflow.flow.cases import Cases
from kamflow.flow.commits import case_of, recorded_steps
from kamflow.flow.history import Told, tell
from kamflow.flow.published import Published
from kamflow.journal.chain import checkpoint, verify_store
from kamflow.journal.deliver import Delivered, Handler, deliver
from kamflow.journal.handlers import to_file, to_log
from kamflow.values.codec import Json
from kamflow.workflow.instance import Instance, Ledger, Verdict
from kamflow.workflow.instants import show_instant

EFFECTS = (
    "notify", "create_task", "assign", "start_play", "stop_play", "apply_rules", "require_reason", "escalate",
    "emit",
)  # fmt: skip


def case_status(found: Standing) -> dict[str, Json]:
    """Return a case as JSON: state, since when, variables, deadlines, timers, what waits."""
    case, tz = case_of(found.row), found.published.tz
    return {
        "workflow": case.workflow,
        "version": case.version,
        "instance": case.id,
        "state": case.state,
        "since": show_instant(case.entered_at, tz),
        "closed": case.closed,
        "suspended_since": None if case.suspended_at is None else show_instant(case.suspended_at, tz),
        "level": case.level,
        "vars": dict(case.vars),
        "deadlines": [_deadline(x, found) for x in case.ledgers],
        "timers": [
            {"name": t.name, "due": show_instant(t.due, tz), "provisional": t.provisional}
            for t in case.timers
        ],
        "holds": {name: show_instant(h.since, tz) for name, h in case.holds},
        "pending": None
        if case.pending is None
        else {"id": case.pending.id, "transition": case.pending.transition, "role": case.pending.role},
        "override": None
        if case.override is None
        else {
            "until": show_instant(case.override.until, tz),
            "actor": case.override.actor,
            "why": case.override.why,
        },
    }


def _deadline(x: Ledger, found: Standing) -> Json:
    used = 100 * x.consumed // x.budget if x.budget else 100
    return {
        "sla": x.sla,
        "epoch": x.epoch,
        "verdict": x.verdict.value,
        "used_percent": used,
        "due": _due(x, found),
        "breached_at": None if x.breached_at is None else show_instant(x.breached_at, found.published.tz),
    }


def _due(x: Ledger, found: Standing) -> str | None:
    """Return when the budget of a running SLA is used up; None where it is paused or stopped."""
    if x.verdict is not Verdict.RUNNING or x.since is None:
        return None
    due, _ = found.published.ready.time.add_used(x.since, x.budget - x.consumed, business=x.business)
    return show_instant(due, found.published.tz)


def status_lines(found: Standing) -> Iterator[tuple[Text, Text]]:
    """Yield what people read of a case, line by line."""
    case, workflow, tz = case_of(found.row), found.published.workflow, found.published.tz
    state = workflow.state(case.state)
    yield Text("Case", "实例"), Text(case.id, case.id)
    yield (
        Text("Workflow", "流程"),
        Text(f"{workflow.label.en}, version {case.version}", f"{workflow.label.zh}，第 {case.version} 版"),
    )
    label = state.label if state is not None else Text(case.state, case.state)
    since = show_instant(case.entered_at, tz)
    yield Text("State", "阶段"), Text(f"{label.en} since {since}", f"{label.zh}（自 {since}）")
    yield from _waits(case, found)
    for ledger in case.ledgers:
        if ledger.verdict is Verdict.EXEMPT:
            continue
        sla = next((s for s in workflow.slas if s.id.text == ledger.sla), None)
        name = sla.label if sla is not None else Text(ledger.sla, ledger.sla)
        due = _due(ledger, found)
        words = _VERDICTS[ledger.verdict]
        more = Text(f", due {due}", f"，期限 {due}") if due else Text("", "")
        yield Text(f"  {name.en}", f"  {name.zh}"), Text(f"{words.en}{more.en}", f"{words.zh}{more.zh}")


_VERDICTS = {
    Verdict.RUNNING: Text("running", "进行中"),
    Verdict.MET: Text("met", "按时"),
    Verdict.BREACHED: Text("missed", "超时"),
    Verdict.EXEMPT: Text("exempt", "免计"),
}


def _waits(case: Instance, found: Standing) -> Iterator[tuple[Text, Text]]:
    tz = found.published.tz
    if case.suspended_at is not None:
        at = show_instant(case.suspended_at, tz)
        yield Text("Suspended", "暂停"), Text(f"since {at}", f"自 {at}")
    if case.pending is not None:
        yield Text("Waits for", "等待审批"), Text(f"{case.pending.role}: {case.pending.transition}")
    if case.override is not None:
        until = show_instant(case.override.until, tz)
        yield Text("Set by hand", "人工设定"), Text(f"until {until}", f"至 {until}")


@dataclass(frozen=True, slots=True)
class Line:
    """One entry: told, and as JSON."""

    told: Told
    json: dict[str, Json]


def history_of(cases: Cases, found: Standing) -> Iterator[Line | Diagnostic]:
    """Tell the journal of a case, each entry by the version that it was written under."""
    published, version = found.published, found.row.version
    bodies: list[str] = []
    for line in cases.store.entries(found.row.workflow, found.row.instance):
        if isinstance(line, Diagnostic):
            yield line
            return
        bodies.append(line.entry.body)
    for step in recorded_steps(bodies):
        said = step.entries[0].changes.get("version")
        if isinstance(said, int) and said != version:
            other = cases.library.get(found.row.workflow, said)
            if isinstance(other, Published):
                published, version = other, said
        for entry, text in zip(step.entries, step.texts, strict=True):
            told = tell(entry, published.workflow, published.tz)
            body: dict[str, Json] = json.loads(text)
            sentence: Json = {"en": told.sentence.en, "zh": told.sentence.zh}
            yield Line(told, {"when": told.when, "sentence": sentence, **body})


def exported(cases: Cases, workflow: str) -> Iterator[str | Diagnostic]:
    """Yield the journal as lines of JSON: the body exactly as it was hashed, beside its hash."""
    for line in cases.store.entries(workflow):
        if isinstance(line, Diagnostic):
            yield line
            return
        head = json.dumps({"instance": line.instance, "hash": line.hash}, ensure_ascii=False)
        yield f'{head[:-1]}, "entry": {line.entry.body}}}'


def checkpoint_of(cases: Cases) -> str | Diagnostic:
    """Return where every case's journal ends, and one hash of all that."""
    return checkpoint(cases.store)


def against_checkpoint(cases: Cases, path: str) -> tuple[Diagnostic, ...]:
    """Compare journals with a checkpoint of a file; one written anew as a whole is found only so."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        text = ""
    return tuple(verify_store(cases.store, text))


def deliver_effects(cases: Cases, target: str) -> Delivered:
    """Hand effects over: to the log on stderr, or as lines of JSON to a file."""
    handler: Handler
    if target == "log":
        logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(message)s")
        handler = to_log
    else:
        handler = to_file(Path(target))
    return deliver(cases.store, dict.fromkeys(EFFECTS, handler), lambda: time.time_ns() // 1000)
