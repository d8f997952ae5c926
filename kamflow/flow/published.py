"""Published versions, ready to run: the texts that were pinned when they were published, and nothing newer.

Assumes: rows of the store. Leaves: ``Published`` values, kept for as long as the library lives: a version
never changes. A case goes on under the policies of its version, whatever stands in the folder today.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import PurePosixPath

from kamflow.base.diagnostic import Diagnostic, Sink
from kamflow.base.frozen import frozen
from kamflow.base.span import Source
from kamflow.flow import errors
from kamflow.flow.expressions import rulesets
from kamflow.flow.facts import PolicyFacts
from kamflow.flow.kept_facts import KeptFacts
from kamflow.flow.link import Linked, link
from kamflow.journal.rows import DefinitionRow
from kamflow.journal.store import Store
from kamflow.workflow.calendar import NO_CALENDAR, Calendar
from kamflow.workflow.model import Workflow
from kamflow.workflow.read import read_workflow
from kamflow.workflow.read_calendars import read_calendars
from kamflow.workflow.steps import Ready, make_ready
from kamflow.workflow.working_time import ready_calendar


@frozen
class Published:
    """One version of a workflow with everything that it needs. ``pins``: policy → digest of its text."""

    workflow: Workflow
    ready: Ready
    facts: PolicyFacts
    pins: Mapping[str, str]
    kept: KeptFacts
    tz: str = "UTC"


@frozen
class Bundle:
    """The texts that a version needs: file name → text."""

    policies: Mapping[str, str]
    calendars: Mapping[str, str]

    def to_json(self) -> str:
        return json.dumps(
            {"calendars": dict(self.calendars), "policies": dict(self.policies)},
            ensure_ascii=False, sort_keys=True, separators=(",", ":"),
        )  # fmt: skip


def bundle_of(text: str) -> Bundle:
    found = json.loads(text)
    return Bundle(found["policies"], found["calendars"])


def make_published(
    workflow: Workflow, bundle: Bundle, pins: Mapping[str, str]
) -> Published | tuple[Diagnostic, ...]:
    """Link a workflow with the texts of a bundle."""
    sink = Sink()
    calendars: list[Calendar] = []
    for name, text in bundle.calendars.items():
        calendars += read_calendars(Source(name, text), sink)
    linked = link({n: Source(n, t) for n, t in bundle.policies.items()}, [workflow], calendars)
    sink.extend(linked.findings)
    if sink.has_errors or linked.engine is None:
        return tuple(f for f in sink.sorted() if f.is_error)
    return ready_to_run(linked, workflow, pins)


def ready_to_run(linked: Linked, workflow: Workflow, pins: Mapping[str, str]) -> Published:
    """Make a linked workflow without errors ready to run."""
    facts = PolicyFacts(linked, workflow)
    own = next((c for c in linked.calendars if c.id == workflow.calendar.text), NO_CALENDAR)
    outputs = {name.text: facts.outputs(name.text) for name in rulesets(workflow)}
    ready = make_ready(workflow, ready_calendar(own), outputs)
    return Published(workflow, ready, facts, pins, KeptFacts(linked, workflow), own.tz)


class Library:
    """The published versions of one store, each linked once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[tuple[str, int], Published] = {}

    def get(self, workflow: str, version: int | None = None) -> Published | tuple[Diagnostic, ...]:
        """Return a version, the newest where none is named."""
        row = None
        if version is not None and (workflow, version) in self._known:
            return self._known[workflow, version]
        row = self._store.definition(workflow, version)
        if isinstance(row, Diagnostic):
            return (row,)
        if row is None:
            listed = self._store.definitions()
            if isinstance(listed, Diagnostic):
                return (listed,)
            return (errors.not_published(workflow, version, sorted({d.workflow for d in listed})),)
        key = (row.workflow, row.version)
        if key not in self._known:
            made = published_of(row)
            if not isinstance(made, Published):
                return made
            self._known[key] = made
        return self._known[key]


@lru_cache(maxsize=64)  # a pure function of texts that never change
def published_of(row: DefinitionRow) -> Published | tuple[Diagnostic, ...]:
    """Link a version from the texts that the store keeps."""
    sink = Sink()
    workflow = read_workflow(Source(source_name(row.workflow, row.version), row.text), sink)
    if workflow is None or sink.has_errors:
        return sink.sorted()
    return make_published(workflow, bundle_of(row.bundle), json.loads(row.policies))


def source_name(workflow: str, version: int) -> str:
    return f"{workflow}@{version}.yaml"


def short_names(names: Sequence[str]) -> dict[str, str]:
    """Return for each path its name in a bundle: the last part where these differ, else the whole."""
    last = [PurePosixPath(n).name for n in names]
    return {n: s if last.count(s) == 1 else n for n, s in zip(names, last, strict=True)}
