"""Why a record could not be decided, as a finding: the table, the rows, and the values that matter."""

from __future__ import annotations

from collections.abc import Callable

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.span import Place, Span
from kamflow.core.expr import DefKey, Expr, Override, Table
from kamflow.core.program import Program, tag_of
from kamflow.core.wording import name_of, say
from kamflow.project import errors
from kamflow.values.data import TypedRecord, Value
from kamflow.values.outcome import Contradicts, NotDecided, WhyUndecided

Ask = Callable[[Expr, TypedRecord], Value]
"""The interpreter's ``evaluate``: gives the values of a table's columns."""


def key_of_name(name: str) -> DefKey:
    """Read ``"tier#row of customer"`` back."""
    own, _, record = name.rpartition(" of ")
    return DefKey(record, own)


def explain_undecided(
    program: Program, what: NotDecided | Contradicts, record: TypedRecord, ask: Ask, place: Place
) -> Diagnostic:
    """Return the finding for an outcome that is no decision. ``program`` still has its tables."""
    if isinstance(what, Contradicts):
        fact = program.impossible[what.fact]
        return errors.contradicts(place, fact.because, fact.span)
    key = key_of_name(what.name)
    shown = key.name.partition("#")[0]
    found = program.defs[key]
    example = _column_values(found.body, record, ask) if key.record == record.record else ()
    match what.why:
        case WhyUndecided.NO_ROW:
            return errors.no_row(place, shown, found.span, example)
        case WhyUndecided.TWO_ROWS:
            tags = [(i + 1, tag_of(program, key, i)) for i in what.rows]
            rows = [(n, tag.span if tag is not None else Span("", 0, 0)) for n, tag in tags]
            return errors.two_rows(place, shown, rows, example)
        case WhyUndecided.OVERRIDES_DISAGREE:
            rules = found.body.rules if isinstance(found.body, Override) else ()
            named = [(rules[i].tag.name, rules[i].tag.span) for i in what.rows if i < len(rules)]
            return errors.overrides_disagree(place, shown, named)
        case WhyUndecided.NO_PORTFOLIO:
            return errors.needs_portfolio(place, shown)


def _column_values(body: Expr, record: TypedRecord, ask: Ask) -> tuple[tuple[str, str], ...]:
    if not isinstance(body, Table):
        return ()
    out: list[tuple[str, str]] = []
    for column in body.columns:
        try:
            value = ask(column, record)
        except Exception:
            continue
        out.append((name_of(column), say(value, column.ty, None).en))
    return tuple(out)
