"""Workflows and policies loaded together: one project, in which guards are definitions like any other.

Assumes: texts of policies, workflows that have the right shape. Leaves: a ``Linked`` with the findings of all
of them; its engine evaluates guards, and ``flow/facts`` answers what a step asks.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from kamflow.base.collector import collector_at_rest
from kamflow.base.diagnostic import Diagnostic, Sink
from kamflow.base.frozen import frozen
from kamflow.base.span import Source
from kamflow.base.text import Text
from kamflow.core.expr import DefKey
from kamflow.core.program import Program, population_terms
from kamflow.core.ty import OptTy
from kamflow.flow import link_errors
from kamflow.flow.as_policy import PARTS, Joint, as_policy, record_of, var_record
from kamflow.flow.expressions import Gives, all_asked, rulesets
from kamflow.flow.link_fit import unfitting
from kamflow.project.engine import Engine
from kamflow.project.load import Project, project_of
from kamflow.syntax import nodes
from kamflow.syntax.parse import parse_file
from kamflow.workflow.calendar import Calendar
from kamflow.workflow.model import Workflow
from kamflow.workflow.validate_errors import twice


@frozen
class Linked:
    """``joints``: how each workflow became a policy, by its id. ``engine``: None where there are errors."""

    project: Project
    workflows: tuple[Workflow, ...]
    calendars: tuple[Calendar, ...]
    joints: Mapping[str, Joint]
    findings: tuple[Diagnostic, ...]
    engine: Engine | None

    @property
    def has_errors(self) -> bool:
        return any(f.is_error for f in self.findings)

    def workflow(self, name: str) -> Workflow | None:
        return next((w for w in self.workflows if w.id.text == name), None)


def link(
    policies: Mapping[str, Source],
    workflows: Sequence[Workflow],
    calendars: Sequence[Calendar] = (),
    texts: Mapping[str, Source] | None = None,
) -> Linked:
    """Load policies and workflows as one project.

    ``texts``: the workflows' own files, for showing findings; one version of each workflow at a time.
    """
    sink = Sink()
    with collector_at_rest():
        files = tuple(f for source in policies.values() if (f := _parsed(source, sink)) is not None)
        once = _once(workflows, sink)
        joints = {w.id.text: as_policy(w, files, sink) for w in once}
        guests = tuple(j.file for j in joints.values())
        project = project_of({**policies, **(texts or {})}, files, sink, guests)
    own = Sink()
    own.extend(project.findings)
    for workflow in once:
        own.extend(_fitting(workflow, joints[workflow.id.text], project))
    broken = own.has_errors
    return Linked(
        project,
        once,
        tuple(calendars),
        joints,
        own.sorted(),
        None if broken else Engine(project),
    )


def _parsed(source: Source, sink: Sink) -> nodes.PolicyFile | None:
    file, findings = _read(source)
    sink.extend(findings)
    return file


@lru_cache(maxsize=256)  # workflows of one store rest on the same texts
def _read(source: Source) -> tuple[nodes.PolicyFile | None, tuple[Diagnostic, ...]]:
    sink = Sink()
    return parse_file(source, sink), sink.sorted()


def _once(workflows: Sequence[Workflow], sink: Sink) -> tuple[Workflow, ...]:
    """Return the first workflow of each name; a second one is told."""
    found: dict[str, Workflow] = {}
    for workflow in workflows:
        first = found.setdefault(workflow.id.text, workflow)
        if first is not workflow:
            what = Text("workflow", "流程")
            sink.add(twice(workflow.id.span, what, workflow.id.text, first.id.span))
    return tuple(found.values())


def _fitting(workflow: Workflow, joint: Joint, project: Project) -> Iterator[Diagnostic]:
    for name in rulesets(workflow):
        if not joint.outputs[name.text]:
            yield link_errors.nothing_to_apply(name.span, name.text, workflow.subject.text)
    for program in _programs(workflow, project):
        yield from _hidden(workflow, program)
        yield from _without_value(workflow, program)
        yield from _comparing(workflow, program)
        yield from unfitting(workflow, program)


def _programs(workflow: Workflow, project: Project) -> Iterator[Program]:
    """Yield the programs that a workflow takes part in."""
    for stretch in project.stretches:
        if stretch.program is not None and record_of(workflow.id.text) in stretch.program.records:
            yield stretch.program


def _hidden(workflow: Workflow, program: Program) -> Iterator[Diagnostic]:
    subject = workflow.subject.text
    record = program.records.get(subject)
    for name in PARTS:
        field = record.field(name) if record is not None else None
        found = program.defs.get(DefKey(subject, name))
        at = field.span if field is not None else found.span if found is not None else None
        if at is not None:
            yield link_errors.hidden_name(workflow.subject.span, name, subject, at)


def _without_value(workflow: Workflow, program: Program) -> Iterator[Diagnostic]:
    record = program.records.get(var_record(workflow.id.text))
    for field in record.fields if record is not None else ():
        if not field.has_default and not isinstance(field.ty, OptTy):
            yield link_errors.no_first_value(field.span, field.name)


def _comparing(workflow: Workflow, program: Program) -> Iterator[Diagnostic]:
    for asked in all_asked(workflow):
        for event in asked.events if asked.gives is Gives.TRUTH else ():
            key = DefKey(record_of(workflow.id.text, event), asked.key)
            terms = population_terms(program, (key,)) if key in program.defs else ()
            if terms:
                yield link_errors.compares(asked.expression.span, program.defs[terms[0]].decl)


def pins(linked: Linked, workflow: Workflow) -> dict[str, str]:
    """Return the policies that a workflow rests on, directly or not, each with the hash of its texts.

    A policy with several versions (by dates) has one hash over all of them.
    """
    uses: dict[str, set[str]] = {}
    texts: dict[str, list[str]] = {}
    for file in linked.project.files:
        if file.header is not None:
            uses.setdefault(file.header.name.text, set()).update(u.text for u in file.header.uses)
            texts.setdefault(file.header.name.text, []).append(linked.project.digests[file.source])
    header = linked.joints[workflow.id.text].file.header
    todo = [u.text for u in header.uses] if header is not None else []
    found: dict[str, str] = {}
    while todo:
        name = todo.pop()
        if name not in found and name in texts:
            found[name] = _joined(texts[name])
            todo.extend(uses[name])
    return dict(sorted(found.items()))


def _joined(digests: Sequence[str]) -> str:
    if len(digests) == 1:
        return digests[0]
    return "sha256:" + hashlib.sha256("\n".join(sorted(digests)).encode()).hexdigest()
