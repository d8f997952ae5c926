"""The workflow that a picture is asked of, and how many cases stand where."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kamflow.app.cannot_flow import CannotFlow
from kamflow.base.diagnostic import Diagnostic
from kamflow.flow import errors
from kamflow.flow.discover import read_definitions
from kamflow.workflow.model import Workflow

if TYPE_CHECKING:
    from kamflow.flow.cases import Cases


def find_workflow(paths: Sequence[Path], name: str | None) -> Workflow | CannotFlow:
    """Return a workflow of the files; its guards need not make sense for it to be drawn."""
    found = read_definitions(paths)
    wrong = tuple(f for f in found.findings if f.is_error)
    if wrong:
        return CannotFlow(wrong, found.texts, not_compiled=True)
    known = {w.id.text: w for w in found.workflows}
    if name is None and len(known) == 1:
        return found.workflows[0]
    if name is None or name not in known:
        return CannotFlow((errors.no_workflow(name or "", list(known)),))
    return known[name]


def counts_of(cases: Cases, workflow: str) -> dict[str, int] | Diagnostic:
    """Return how many cases stand in each state, of all versions."""
    found = cases.store.counts()
    if isinstance(found, Diagnostic):
        return found
    out: dict[str, int] = {}
    for c in found:
        if c.workflow == workflow:
            out[c.state] = out.get(c.state, 0) + c.cases
    return out
