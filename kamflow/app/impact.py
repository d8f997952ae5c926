"""The impact of a change: two versions of policies decide one file, and their answers are laid side by side.

Assumes: two projects that compile. Leaves: a ``Judged``, or findings about what was asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from kamflow.app.portfolio_answers import PortfolioFile, PortfolioRequest, decide_versions, record_in
from kamflow.base.diagnostic import Diagnostic
from kamflow.base.suggest import suggest
from kamflow.core.expr import DefKey
from kamflow.core.program import Program
from kamflow.core.ty import BoolTy, EnumTy, TextTy, strip_opt
from kamflow.impact import errors
from kamflow.impact.answers import Answers
from kamflow.impact.gates import Gate, failed_gates
from kamflow.impact.impact import Wanted, impact_of
from kamflow.impact.model import Impact
from kamflow.project import errors as project_errors
from kamflow.project.load import Project


@dataclass(frozen=True, slots=True)
class Judged:
    """``failed``: a finding for each gate that the change does not pass. ``notes``: seen on the way."""

    request: PortfolioRequest
    impact: Impact
    failed: tuple[Diagnostic, ...]
    notes: tuple[Diagnostic, ...] = ()


def judge(
    old: Project, new: Project, request: PortfolioRequest, wanted: Wanted, gates: Sequence[Gate]
) -> Judged | tuple[Diagnostic, ...]:
    """Decide the file by both versions, and compare."""
    day = request.as_of.toordinal()
    programs: list[Program] = []
    for project in (old, new):
        stretch = project.stretch_on(day)
        if stretch is None or stretch.program is None:
            some = [s.show() for s in project.stretches]
            return (project_errors.not_in_force(request.as_of.isoformat(), some),)
        programs.append(stretch.program)
    with ExitStack() as stack:
        file = PortfolioFile(request, stack)
        if not file.look():
            return tuple(file.problems)
        return _judged(old, new, programs, file, wanted, gates)


def _judged(
    old: Project, new: Project, programs: Sequence[Program], file: PortfolioFile, wanted: Wanted,
    gates: Sequence[Gate],
) -> Judged | tuple[Diagnostic, ...]:  # fmt: skip
    request = file.request
    record = request.record or record_in(file, programs[1])
    if record is None or any(record not in p.records for p in programs):
        known = [r for r in programs[1].records if r in programs[0].records]
        return (project_errors.which_record(known, record or "", suggest(record or "", known)),)
    request = replace(request, record=record)
    wrong = _group_problems(request, wanted, programs, record)
    if wrong:
        return wrong
    answers = decide_versions((old, new), file, request)
    if not isinstance(answers[0], Answers):
        return answers
    if any(p.is_error for p in file.problems):
        return tuple(file.problems)
    before, now = answers
    if not now.count:
        return (errors.nothing_to_judge(request.data),)
    impact = impact_of(before, now, wanted)
    checked = failed_gates(gates, impact)
    if isinstance(checked, Diagnostic):
        return (checked,)
    return Judged(request, impact, checked, tuple(file.notes))


def _group_problems(
    request: PortfolioRequest, wanted: Wanted, programs: Sequence[Program], record: str
) -> tuple[Diagnostic, ...]:
    """Say what can't be grouped by: unknown, personal, or of too many values."""
    found: list[Diagnostic] = []
    for name in wanted.by:
        decl = next((f for p in reversed(programs) if (f := p.records[record].field(name))), None)
        output = all(DefKey(record, name) in p.defs for p in programs)
        if decl is None and not output:
            found.append(errors.no_such_group(name, record, suggest(name, _groups(programs[1], record))))
        elif decl is not None and decl.personal:
            found.append(errors.personal_group(name))
        else:
            ty = decl.ty if decl is not None else programs[1].defs[DefKey(record, name)].ty
            if not isinstance(strip_opt(ty), EnumTy | TextTy | BoolTy):
                found.append(errors.group_is_no_class(name))
    return tuple(found)


def _groups(program: Program, record: str) -> list[str]:
    fields = [f.name for f in program.records[record].fields if not f.personal]
    return [*fields, *(d.key.name for d in program.outputs_of(record))]
