"""Why a record could not be decided, as a finding: the table, the rows, and the values that matter."""

from __future__ import annotations

from collections.abc import Callable

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.span import Place, Span
from kamflow.base.text import Text
from kamflow.core.dress import codec_of
from kamflow.core.expr import DefKey, Expr, Override, Table
from kamflow.core.program import Program, tag_of
from kamflow.core.ty import ScaledTy, UnitKind, strip_opt
from kamflow.core.wording import name_of
from kamflow.project import errors
from kamflow.values.codec import Json, to_json
from kamflow.values.data import TypedRecord, Value
from kamflow.values.outcome import Contradicts, NotDecided, WhyUndecided

_SUFFIX = {UnitKind.DAYS: Text("days", "天"), UnitKind.MONTHS: Text("months", "个月")}

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
        out.append((name_of(column), show(column, value).en))
    return tuple(out)


def show(e: Expr, value: Value) -> Text:
    """Write a value for people."""
    if value is None:
        return Text("missing", "缺失")
    plain = to_json(codec_of(e.ty), value)
    ty = strip_opt(e.ty)
    if isinstance(ty, ScaledTy) and ty.unit.kind in _SUFFIX:
        suffix = _SUFFIX[ty.unit.kind]
        return Text(f"{plain} {suffix.en}", f"{plain} {suffix.zh}")
    if isinstance(ty, ScaledTy) and ty.unit.currency:
        return Text(
            f"{plain} {ty.unit.currency}",
            f"{plain} {'元' if ty.unit.currency == 'CNY' else ty.unit.currency}",
        )
    if isinstance(plain, bool):
        return Text("yes", "是") if plain else Text("no", "否")
    if isinstance(plain, list):
        return Text("[" + ", ".join(_line(p) for p in plain) + "]")
    return Text(str(plain))


def _line(plain: Json) -> str:
    """Write one item of a list; a line with several outputs as `(name value, …)`."""
    if isinstance(plain, dict):
        return "(" + ", ".join(f"{name} {value}" for name, value in plain.items()) + ")"
    return str(plain)
