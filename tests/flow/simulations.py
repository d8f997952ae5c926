"""Shipped files loaded once for simulations, and variants of the lifecycle by edits of its text."""

from __future__ import annotations

from functools import cache

from kamflow.app.flow import Loaded, load_flow
from kamflow.base.diagnostic import Sink
from kamflow.base.resources import resource_dir
from kamflow.base.span import Source
from kamflow.flow.link import link
from kamflow.flow.published import Published, ready_to_run
from kamflow.flow.vary import Knob, vary
from kamflow.workflow.model import Workflow
from kamflow.workflow.read import read_workflow

LIFECYCLE = "customer-lifecycle"


@cache
def shipped() -> Loaded:
    loaded = load_flow((resource_dir("rules"),), (resource_dir("workflows"),))
    assert isinstance(loaded, Loaded)
    return loaded


@cache
def published(name: str = LIFECYCLE) -> Published:
    found = shipped().ready(name)
    assert isinstance(found, Published)
    return found


def varied(*knobs: Knob) -> Published:
    found = vary(published().workflow, knobs)
    assert isinstance(found, Workflow)
    return ready_to_run(shipped().linked, found, {})


def rewritten(*guards: tuple[str, str], knobs: tuple[Knob, ...] = ()) -> Published:
    """Return the lifecycle in which the guards of transitions are others: (transition, guard)."""
    path = resource_dir("workflows") / "lifecycle.yaml"
    lines = path.read_text(encoding="utf-8").split("\n")
    for transition, guard in guards:
        start = lines.index(f"      - id: {transition}")
        at = next(i for i in range(start, len(lines)) if lines[i].startswith("        when:"))
        while lines[at + 1].startswith("          "):
            del lines[at + 1]
        lines[at] = f"        when: {guard}"
    sink = Sink()
    made = read_workflow(Source("lifecycle.yaml", "\n".join(lines)), sink)
    assert made is not None, sink.sorted()
    linked = link(shipped().policies, [made], shipped().definitions.calendars)
    assert linked.engine is not None, linked.findings
    found = vary(made, knobs)
    assert isinstance(found, Workflow)
    return ready_to_run(linked, found, {})
