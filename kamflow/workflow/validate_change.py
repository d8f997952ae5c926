"""What a new version of a workflow owes the cases that run on the one before.

Assumes: two valid versions of one workflow. Leaves: findings in the new one.
"""

from __future__ import annotations

from kamflow.base.diagnostic import Sink
from kamflow.base.suggest import suggest
from kamflow.base.text import Text
from kamflow.workflow import validate_errors as errors
from kamflow.workflow.model import Mode, Workflow
from kamflow.workflow.validate_names import STATE


def validate_change(old: Workflow, new: Workflow, sink: Sink) -> None:
    """Check that ``new`` may follow ``old``, the version that was published last.

    State-driven cases move to the new version, so each state in which one may be needs its counterpart.
    Event-driven cases stay on their version, so nothing is asked of those.
    """
    if new.digest == old.digest:
        return
    if new.version <= old.version:
        sink.add(errors.version_stays(new.version_span, new.version, old.version))
        return
    if new.mode is not old.mode:
        sink.add(errors.another_kind(new.id, Text("mode", "运行方式"), old.mode.value, new.mode.value))
    elif new.subject.text != old.subject.text:
        what = Text("subject", "业务对象")
        sink.add(errors.another_kind(new.subject, what, old.subject.text, new.subject.text))
    elif new.mode is Mode.STATE_DRIVEN:
        _check_map(old, new, sink)


def _check_map(old: Workflow, new: Workflow, sink: Sink) -> None:
    migration = next((m for m in new.migrations if m.source == old.version), None)
    occupied = [s.id.text for s in old.states if not s.final]
    if migration is None:
        sink.add(errors.no_migration(new.version_span, old.version, occupied))
        return
    known = [s.id.text for s in old.states]
    for name, _ in migration.map:
        if name.text not in known:
            sink.add(errors.unknown(name.span, STATE, name.text, suggest(name.text, known), known))
    mapped = {name.text for name, _ in migration.map}
    missing = [s for s in occupied if s not in mapped]
    if missing and all(name.text in known for name, _ in migration.map):
        sink.add(errors.state_without_counterpart(migration.span, old.version, missing))
