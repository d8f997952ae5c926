"""Publish a version: checked, compared with the version before it, and stored with all texts that it needs.

Assumes: an open store and a linked workflow without errors. Leaves: what was published, or findings and
nothing stored. A version that is published already with the same text is no error and changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from kamflow.base.diagnostic import Diagnostic, Sink
from kamflow.base.frozen import frozen
from kamflow.base.span import Source
from kamflow.flow import errors
from kamflow.flow.published import Bundle, published_of, source_name
from kamflow.journal.rows import DefinitionRow
from kamflow.journal.store import Store
from kamflow.workflow.instance import Instant
from kamflow.workflow.instance_json import canonical
from kamflow.workflow.model import Mode, Workflow
from kamflow.workflow.read import read_workflow
from kamflow.workflow.validate_change import validate_change


@frozen
class PublishedNow:
    """``fresh``: it was not there before. ``cases``: how many stand on the version before, which may move."""

    workflow: str
    version: int
    digest: str
    fresh: bool
    cases: int = 0
    before: int | None = None


def publish(
    store: Store, workflow: Workflow, text: str, bundle: Bundle, pins: Mapping[str, str], *,
    at: Instant, actor: str,
) -> PublishedNow | tuple[Diagnostic, ...]:  # fmt: skip
    """Store a version. ``text``: of its file; ``pins``: policy → digest; ``bundle``: the texts behind
    them."""
    name = workflow.id.text
    newest = store.definition(name)
    if isinstance(newest, Diagnostic):
        return (newest,)
    if newest is not None and newest.version != workflow.version:
        found = _change(store, newest, workflow)
        if found:
            return found
    row = DefinitionRow(
        name, workflow.version, workflow.digest, text, canonical(dict(pins)), bundle.to_json(), at, actor
    )
    made = published_of(row)  # what is stored must run from what is stored alone
    if isinstance(made, tuple):
        return made
    stored = store.publish(row)
    if isinstance(stored, Diagnostic):
        return (stored,)
    before = newest.version if newest is not None and newest.version != workflow.version else None
    standing = {} if before is None else _standing(store, name, before)
    if isinstance(standing, Diagnostic):
        return (standing,)
    fresh = newest is None or newest.version != workflow.version
    return PublishedNow(name, workflow.version, workflow.digest, fresh, sum(standing.values()), before)


def _standing(store: Store, workflow: str, version: int) -> dict[str, int] | Diagnostic:
    """Return how many cases of a version stand in each state."""
    found = store.counts()
    if isinstance(found, Diagnostic):
        return found
    return {c.state: c.cases for c in found if (c.workflow, c.version) == (workflow, version)}


def _change(store: Store, old: DefinitionRow, new: Workflow) -> tuple[Diagnostic, ...]:
    """Return what speaks against following the newest version with this one."""
    sink = Sink()
    before = read_workflow(Source(source_name(old.workflow, old.version), old.text), sink)
    if before is None:
        return sink.sorted()
    validate_change(before, new, sink)
    if new.mode is Mode.STATE_DRIVEN:
        mapped = {a.text for m in new.migrations if m.source == old.version for a, _ in m.map}
        same = {s.id.text for s in new.states}
        standing = _standing(store, old.workflow, old.version)
        if isinstance(standing, Diagnostic):
            return (standing,)
        for state, count in sorted(standing.items()):
            if count and state not in (mapped or same):
                sink.add(errors.state_in_use(old.workflow, state, count, old.version))
    return tuple(f for f in sink.sorted() if f.is_error)
