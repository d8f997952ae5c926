"""Terms by which nobody stands anywhere: no member, or groups whose total is not above zero."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING

from kamflow.base.frozen import frozen
from kamflow.batch.engines import Ask
from kamflow.core.columns import ROOT
from kamflow.core.expr import PopKind
from kamflow.core.program import population_terms
from kamflow.core.standings import stages, term
from kamflow.core.term_digest import term_digest

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@frozen
class Outside:
    """``without`` of ``groups`` of a term have no answer; no groups: there is no member at all."""

    name: str
    without: int
    groups: int


def outside(connection: DuckDBPyConnection, ask: Ask, tables: Mapping[str, str]) -> tuple[Outside, ...]:
    """Find terms that leave everybody outside, or everybody of a group, as ``eval`` notes them.

    Only terms that rest on no other are looked at.
    """
    if find_spec("sqlglot") is None:
        return ()
    from kamflow.engines.sql.compile import compile_sql
    from kamflow.engines.sql.plan import Refused

    terms = population_terms(ask.program, ask.plan.order)
    first = stages(ask.program, ask.plan.record, terms)[:1]
    found: dict[str, Outside] = {}
    for stage in first:
        made = compile_sql(stage.program, stage.plan, ask.as_of, ask.overlay, rows=False, members=ask.members)
        if isinstance(made, Refused):
            return ()
        inside = f" AND row IN (SELECT row FROM {tables[ROOT]} WHERE member)" if ask.members else ""
        connection.execute(f"CREATE OR REPLACE TABLE gauges AS {made.select(tables)}")
        names = {o.key: o.name for o in made.outputs}
        for gauge in stage.gauges:
            measure, group = names[gauge.measure], names.get(gauge.group) if gauge.group else None
            there = f"ok AND {measure} IS NOT NULL{f' AND {group} IS NOT NULL' if group else ''}{inside}"
            by = f" GROUP BY {group}" if group else " GROUP BY ALL"
            totals = connection.execute(
                f"SELECT sum({measure}){f', {group}' if group else ', 1'} FROM gauges WHERE {there}{by}"
            ).fetchall()
            for key in gauge.terms:
                e = term(ask.program, key)
                by_total = e.kind in (PopKind.CLASSIFY, PopKind.SHARE)
                without = sum(total <= 0 for total, _ in totals) if by_total else 0
                if without or not totals:
                    digest = term_digest(ask.program, key, ask.as_of, ask.overlay)
                    found[digest] = Outside(key.name.partition("#")[0], without, len(totals))
    return tuple(found.values())
