"""Budgets that policies decide: a part must not have more time than the whole, for no subject.

Budgets of a table are compared where they are written (``workflow/validate_slas``); what policies decide is
compared here, for all subjects.
Assumes: a link without errors. Leaves: findings; what could not be decided is a note.
"""

from __future__ import annotations

from collections.abc import Iterator

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.span import Span
from kamflow.base.text import Text
from kamflow.core.expr import Apply, DefKey, Expr, Lit, Op, Ref, Var
from kamflow.core.ty import BOOL, RecordTy, ScaledTy, Unit, UnitKind
from kamflow.core.wording import say
from kamflow.engines.smt.answer import Found, NotKnown
from kamflow.flow import prove_errors as errors
from kamflow.flow.as_policy import record_of
from kamflow.flow.asking import Asking
from kamflow.workflow import keys
from kamflow.workflow.calendar import Calendar
from kamflow.workflow.graph import graph_of
from kamflow.workflow.model import Decided, Duration, Sla
from kamflow.workflow.spans_of_time import comparable, minutes
from kamflow.workflow.validate_errors import decided_over_parent
from kamflow.workflow.validate_slas import parents_of


def prove_budgets(asking: Asking, calendar: Calendar | None) -> Iterator[Diagnostic]:
    """Yield pairs of service levels in which the part can have more time than the whole."""
    graph = graph_of(asking.workflow)
    for sla in asking.workflow.slas:
        for parent in parents_of(asking.workflow, sla, graph):
            if Decided in (type(sla.budget), type(parent.budget)):
                yield from _compared(asking, sla, parent, calendar)


def _compared(asking: Asking, sla: Sla, parent: Sla, calendar: Calendar | None) -> Iterator[Diagnostic]:
    one, other = (_minutes(asking, s, calendar) for s in (sla, parent))
    if one is None or other is None or not comparable(_unit(sla), _unit(parent)):
        return
    longer = Apply(Op.LT, (other, one), BOOL, sla.id.span)
    record = record_of(asking.workflow.id.text)
    answer, _ = asking.find(record, [longer])
    if isinstance(answer, NotKnown):
        what = Text(f"that `{sla.id.text}` is due before `{parent.id.text}`",
                    f"“{sla.id.text}”先于“{parent.id.text}”到期")  # fmt: skip
        yield errors.not_decided(_place(sla), what, answer.why)
    elif isinstance(answer, Found):
        replayed = asking.replayed(answer, [longer], f"{sla.id.text} within {parent.id.text}")
        shown = [(s.id.text, say(replayed.value(ref), ref.ty, asking.program)) for s, ref in
                 ((s, _decided(asking, s)) for s in (sla, parent)) if ref is not None]  # fmt: skip
        yield decided_over_parent(_place(sla), sla.id.text, parent.id.text, _place(parent), shown)


def _place(sla: Sla) -> Span:
    return sla.budget.span if isinstance(sla.budget, Decided | Duration) else sla.id.span


def _unit(sla: Sla) -> Duration:
    assert isinstance(sla.budget, Decided | Duration), "one with an amount"
    return Duration(1, sla.budget.unit)


def _minutes(asking: Asking, sla: Sla, calendar: Calendar | None) -> Expr | None:
    """Return the minutes of a budget; None where it comes from a table, or is broken."""
    at = sla.id.span
    if isinstance(sla.budget, Duration):
        whole = minutes(sla.budget, calendar)
        return Lit(whole, _minutes_type(whole, whole), at)
    found = _decided(asking, sla) if isinstance(sla.budget, Decided) else None
    if found is None or not isinstance(found.ty, ScaledTy):
        return None
    each = minutes(_unit(sla), calendar)
    ty = _minutes_type(found.ty.lo * each, found.ty.hi * each)
    return Apply(Op.MUL, (found, Lit(each, _minutes_type(each, each), at)), ty, at)


def _decided(asking: Asking, sla: Sla) -> Ref | None:
    record = record_of(asking.workflow.id.text)
    found = asking.program.defs.get(DefKey(record, keys.budget(sla.id.text)))
    if found is None:
        return None
    return Ref(found.key, Var("self", RecordTy(record), sla.id.span), found.ty, sla.id.span)


def _minutes_type(lo: int, hi: int) -> ScaledTy:
    return ScaledTy(Unit(UnitKind.NUMBER), 0, lo, hi)
