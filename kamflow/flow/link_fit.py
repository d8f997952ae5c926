"""Whether what a workflow says beside its guards fits: fields that variables fill, amounts of time, clearing.

Assumes: a program with the definitions of ``as_policy``. Leaves: findings. Types that do not agree have been
told by the checker already.
"""

from __future__ import annotations

from collections.abc import Iterator

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.suggest import suggest
from kamflow.base.text import Text
from kamflow.core.expr import DefKey
from kamflow.core.program import Def, Program
from kamflow.core.ty import OptTy, ScaledTy, UnitKind, strip_opt
from kamflow.core.wording import say_amount
from kamflow.flow import link_errors as errors
from kamflow.flow.as_policy import record_of, var_record
from kamflow.flow.expressions import NO_EVENT, Asked, Gives, all_asked, all_transitions
from kamflow.workflow.model import Fill, Workflow


def unfitting(workflow: Workflow, program: Program) -> Iterator[Diagnostic]:
    """Yield what does not fit."""
    for fill in workflow.fills:
        yield from _fill(workflow, fill, program)
    for asked in all_asked(workflow):
        if asked.gives is Gives.AMOUNT:
            yield from _amount(asked, _found(workflow, asked, program))
    yield from _clearing(workflow, program)


def _fill(workflow: Workflow, fill: Fill, program: Program) -> Iterator[Diagnostic]:
    subject = program.records.get(workflow.subject.text)
    variables = program.records.get(var_record(workflow.id.text))
    if subject is None or variables is None:
        return
    field, var = subject.field(fill.field.text), variables.field(fill.var.text)
    if field is None:
        known = [f.name for f in subject.fields]
        near = suggest(fill.field.text, known)
        yield errors.no_such_field(fill.field.span, fill.field.text, workflow.subject.text, near)
    elif not field.has_default and not isinstance(field.ty, OptTy):
        yield errors.never_silent(fill.field.span, field.name, field.span)
    elif var is not None:
        ours, theirs = strip_opt(var.ty), strip_opt(field.ty)
        if isinstance(ours, ScaledTy) and isinstance(theirs, ScaledTy) and _is_wider(ours, theirs):
            low, high = (say_amount(v, theirs) for v in (theirs.lo, theirs.hi))
            yield errors.wider_than_field(fill.var.span, var.name, field.name, low, high)


def _is_wider(ours: ScaledTy, theirs: ScaledTy) -> bool:
    return ours.scale == theirs.scale and (ours.lo < theirs.lo or ours.hi > theirs.hi)


def _found(workflow: Workflow, asked: Asked, program: Program) -> Def | None:
    records = [record_of(workflow.id.text, e) for e in (*asked.events, NO_EVENT)]
    return next((d for r in records if (d := program.defs.get(DefKey(r, asked.key))) is not None), None)


def _amount(asked: Asked, found: Def | None) -> Iterator[Diagnostic]:
    if found is None:
        return  # the checker has told why
    ty, at = strip_opt(found.ty), asked.expression.span
    whole = isinstance(ty, ScaledTy) and ty.scale == 0 and ty.unit.kind in (UnitKind.NUMBER, UnitKind.DAYS)
    if not isinstance(ty, ScaledTy) or not whole:
        yield errors.no_amount(at, Text("it is no whole number", "不是整数"))
    elif isinstance(found.ty, OptTy):
        yield errors.no_amount(at, Text("it may be missing", "可能缺失"))
    elif ty.lo < 1:
        low = say_amount(ty.lo, ty)
        yield errors.no_amount(at, Text(f"it may be {low.en}", f"可能为 {low.zh or low.en}"))


def _clearing(workflow: Workflow, program: Program) -> Iterator[Diagnostic]:
    variables = program.records.get(var_record(workflow.id.text))
    for transition in all_transitions(workflow):
        for name, value in transition.set:
            field = variables.field(name.text) if variables is not None and value is None else None
            if field is not None and not isinstance(field.ty, OptTy):
                yield errors.never_cleared(name.span, name.text, field.span)
