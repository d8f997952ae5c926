"""What must hold of a workflow as a whole, beyond the shape of its file.

Assumes: a workflow as ``read_workflow`` leaves it. Leaves: findings; a workflow without errors among them
can be run. What its expressions mean is for the policy checker. One mistake is told once: where a name is
unknown, what would follow from it is not told.
"""

from __future__ import annotations

from collections.abc import Sequence

from kamflow.base.diagnostic import Sink
from kamflow.workflow.calendar import NO_CALENDAR, Calendar
from kamflow.workflow.model import Workflow
from kamflow.workflow.validate_graph import check_graph
from kamflow.workflow.validate_names import check_names
from kamflow.workflow.validate_slas import check_budget_rows, check_slas
from kamflow.workflow.validate_times import check_times


def validate(workflow: Workflow, calendars: Sequence[Calendar], sink: Sink, today: int | None = None) -> None:
    """Check a workflow with the calendars of its project.

    ``today``: a day number, for what depends on the day: whether holidays are published far enough ahead.
    """
    calendar = next((c for c in (*calendars, NO_CALENDAR) if c.id == workflow.calendar.text), None)
    names = Sink()
    check_names(workflow, calendars, names)
    sink.extend(names.sorted())
    check_budget_rows(workflow, sink)
    check_times(workflow, calendar, sink, today)
    if names.has_errors:
        return
    shape = Sink()
    check_graph(workflow, shape)
    sink.extend(shape.sorted())
    if not shape.has_errors:
        check_slas(workflow, calendar, sink)
