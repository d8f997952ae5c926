"""Beside the decisions on a customer: the stage it is in, the next one, and what keeps it where it is.

Assumes: a store of cases and an evaluation of the records that its workflows are about. Leaves: for each
record that has a case what a review on that day would find. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.frozen import frozen
from kamflow.base.text import Text
from kamflow.flow.cases import Cases
from kamflow.flow.commits import case_of
from kamflow.flow.published import Published
from kamflow.journal.rows import InstanceRow
from kamflow.journal.store import Store, open_store
from kamflow.values.codec import Json
from kamflow.values.decision import RecordId
from kamflow.workflow.instance import Block, JsonMap, Judged, Truth
from kamflow.workflow.model import Mode
from kamflow.workflow.next_step import Outlook, outlook, outlook_json


@frozen
class Stage:
    """One workflow's view of one customer. ``json`` is what ``eval`` writes; ``state`` and ``next`` are
    labels."""

    workflow: str
    state: Text
    next: Text
    json: JsonMap


class Stages:
    """The published workflows that reviews move and that are about one kind of record, on one day."""

    def __init__(self, cases: Cases, workflows: tuple[Published, ...], as_of: date) -> None:
        self._cases, self._workflows, self._as_of = cases, workflows, as_of

    def of(self, record_id: RecordId, raw: Mapping[str, object]) -> tuple[Stage, ...]:
        """Return where a customer stands in each workflow; () where it has no case, or can't be judged."""
        if record_id is None:
            return ()
        found = (self._of(p, str(record_id), raw) for p in self._workflows)
        return tuple(s for s in found if s is not None)

    def _of(self, newest: Published, case: str, raw: Mapping[str, object]) -> Stage | None:
        row = self._cases.store.read(newest.workflow.id.text, case)
        if not isinstance(row, InstanceRow):
            return None
        own = self._cases.library.get(row.workflow, row.version)
        if not isinstance(own, Published):
            return None
        at = own.ready.time.at_midnight(self._as_of.toordinal())
        facts: JsonMap = own.kept.reduce(raw)  # type: ignore[arg-type]  # a record as JSON or a table has it
        found = outlook(own.ready, case_of(row), at, facts, own.facts)
        if not isinstance(found, Outlook):
            return None
        shown = dict(outlook_json(found, own.ready.time))
        shown["since"] = date.fromordinal(own.ready.time.day_of(row.entered_at)).isoformat()
        shown["candidates"] = [_candidate(j, own) for j in found.judged]
        return Stage(row.workflow, _label(own, found.state), _next(own, found, shown), shown)


def find_stages(db: str, record: str, as_of: date, *, asked: bool) -> Stages | Diagnostic | None:
    """Open the cases of the workflows about a record; None where there is no database, or nothing to say.

    ``asked``: the database was named, so one that can't be opened is a finding.
    """
    path = Path(db.removeprefix("sqlite:///"))
    if db.startswith("sqlite:///") and not path.exists():
        return None
    store = open_store(db)
    if not isinstance(store, Store):
        return store if asked else None
    cases = Cases(store)
    rows = store.definitions()
    if isinstance(rows, Diagnostic):
        return rows if asked else None
    found: list[Published] = []
    for name in dict.fromkeys(r.workflow for r in rows):
        one = cases.library.get(name)
        if isinstance(one, Published) and one.workflow.mode is Mode.STATE_DRIVEN:
            found += [one] if one.workflow.subject.text == record else []
    return Stages(cases, tuple(found), as_of) if found else None


def _label(own: Published, state: str) -> Text:
    found = own.workflow.state(state)
    return found.label if found is not None else Text(state, state)


def _candidate(j: Judged, own: Published) -> Json:
    """Return one candidate with what it lacks: the facts of its guard, what is missing, how long it must
    wait."""
    said: dict[str, Json] = {"transition": j.transition, "guard": j.value.value, "facts": dict(j.facts)}
    if j.missing:
        said["missing"] = list(j.missing)
    if j.blocked is not None:
        said["blocked_by"] = j.blocked.value
    if j.until is not None:
        said["until"] = date.fromordinal(own.ready.time.day_of(j.until)).isoformat()
    return said


_WAITS = {
    Block.DWELL: Text("too young", "停留未满"),
    Block.HOLD: Text("must hold on", "须持续满足"),
    Block.APPROVAL: Text("needs approval", "需审批"),
    Block.OVERRIDE: Text("set by hand", "人工设定"),
    Block.OUTRANKED: Text("outranked", "优先级较低"),
    Block.AMBIGUOUS: Text("two at once", "同级冲突"),
}


def _next(own: Published, found: Outlook, shown: Mapping[str, Json]) -> Text:
    if not found.next:
        unknown = [j for j in found.judged if j.value is Truth.UNKNOWN]
        names = sorted({m for j in unknown for m in j.missing})
        return Text(f"missing: {', '.join(names)}", f"缺少：{'、'.join(names)}") if names else Text("–", "–")
    label = _label(own, found.next)
    if not found.blocked_by:
        return Text(f"{label.en} now", f"即转{label.zh}")
    why = _WAITS[found.blocked_by[0]]
    day = shown.get("eligible_on")
    when = Text(f" from {day}", f"，{day} 起") if isinstance(day, str) else Text("", "")
    return Text(f"{label.en}{when.en} ({why.en})", f"{label.zh}{when.zh}（{why.zh}）")
