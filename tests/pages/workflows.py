"""Workflow and calendar files of a page, checked as a whole; two versions of a workflow are compared."""

from __future__ import annotations

from collections.abc import Sequence

from kamflow.base.diagnostic import Diagnostic, Sink
from kamflow.base.span import Source
from kamflow.workflow.model import Workflow
from kamflow.workflow.read import read_workflow
from kamflow.workflow.read_calendars import read_calendars
from kamflow.workflow.validate import validate
from kamflow.workflow.validate_change import validate_change


def findings_of_definitions(texts: Sequence[str], today: int) -> list[Diagnostic]:
    """Check what a page shows; where it shows two workflows, the second follows the first."""
    sink = Sink()
    sources = [Source(f"{i}.yaml", text) for i, text in enumerate(texts)]
    calendars = [c for s in sources if "kamflow/calendar@" in s.text for c in read_calendars(s, sink)]
    before: Workflow | None = None
    for source in sources:
        if "kamflow/calendar@" in source.text:
            continue
        workflow = read_workflow(source, sink)
        if workflow is None:
            continue
        validate(workflow, calendars, sink, today)
        if before is not None:
            validate_change(before, workflow, sink)
        before = workflow
    return list(sink.sorted())
