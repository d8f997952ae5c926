"""Simulations as JSON with stable keys, and their months as CSV. Shares and rates are decimal texts."""

from __future__ import annotations

import csv
import io
from fractions import Fraction
from typing import TYPE_CHECKING

from kamflow.values.codec import Json

if TYPE_CHECKING:
    from kamflow.app.simulate import Simulation
    from kamflow.flow.complaints_simulated import Complaints
    from kamflow.flow.simulated import Simulated

_HOUR = 3_600_000_000  # microseconds


def decimal(value: Fraction | None, places: int = 4) -> str | None:
    """Write a fraction with some decimals, rounded half up."""
    if value is None:
        return None
    scale = 10**places
    units = (2 * value.numerator * scale + value.denominator) // (2 * value.denominator)
    return f"{units // scale}.{units % scale:0{places}d}" if places else str(units)


def hours(microseconds: int) -> str:
    return decimal(Fraction(microseconds, _HOUR), 1) or ""


def as_json(done: Simulation) -> dict[str, Json]:
    """Return a simulation; the keys of its first variant stand at the top."""
    out = _simulated(done.variants[0].result)
    if len(done.variants) > 1 or done.variants[0].tried:
        out["grid"] = [{"set": list(v.tried), **_key_figures(v.result)} for v in done.variants]
    if done.complaints is not None:
        out["complaints"] = _complaints(done.complaints)
    return out


def csv_of(done: Simulation) -> str:
    """Return the months of all variants as CSV: one line for each month and state."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["set", "month", "state", "customers"])
    for variant in done.variants:
        result = variant.result
        for month in result.months:
            for state, count in zip(result.states, month.customers, strict=True):
                writer.writerow([" ".join(variant.tried), month.month, state, count])
    return out.getvalue()


def _simulated(s: Simulated) -> dict[str, Json]:
    return {
        "workflow": s.workflow,
        "version": s.version,
        "seed": s.seed,
        "customers": s.customers,
        "from": s.first,
        "to": s.last,
        "review_every": s.every,
        **_key_figures(s),
        "months": [
            {
                "month": m.month,
                "customers": dict(zip(s.states, m.customers, strict=True)),
                "really_losing": m.losing,
            }
            for m in s.months
        ],
        "moves": [
            {"from": x.source, "to": x.target, "transition": x.transition, "kind": x.kind, "count": x.count}
            for x in s.steps
        ],
        "stays": [
            {
                "state": x.state,
                "ended": x.ended,
                "mean_days": decimal(x.mean_days, 1),
                "share_of_time": decimal(x.share),
            }
            for x in s.stays
        ],
        "approvals": dict(s.counted("approvals")),
        "incidents": dict(s.counted("incidents")),
        "timers": dict(s.counted("timers")),
        "slas": dict(s.counted("slas")),
        "effects": dict(s.counted("effects")),
        "digest": s.digest,
    }


def _key_figures(s: Simulated) -> dict[str, Json]:
    return {
        "customer_years": decimal(s.customer_years, 1),
        "reviews": s.count("reviews"),
        "reversals": s.reversals,
        "reversals_per_customer_year": decimal(s.reversals_a_year),
        "share_in_decline": decimal(s.share_in_decline),
        "really_losing": decimal(s.really_losing),
        "decline_rightly_seen": decimal(s.seen.right),
        "decline_found": decimal(s.seen.found),
        "win_backs": s.of_kind("winback"),
        "lost": s.of_kind("exit"),
        "ambiguous": s.count("incidents:ambiguous"),
        "stale_facts": s.count("incidents:stale_facts"),
    }


def _complaints(c: Complaints) -> dict[str, Json]:
    return {
        "workflow": c.workflow,
        "version": c.version,
        "cases": c.cases,
        "states": dict(c.states),
        "severities": dict(c.severities),
        "closed": c.closed,
        "reopened": c.reopened,
        "median_hours": hours(c.median),
        "ninth_decile_hours": hours(c.ninth),
        "deadlines": [
            {"sla": d.sla, "met": d.met, "breached": d.breached, "exempt": d.exempt, "running": d.running}
            for d in c.deadlines
        ],
        "escalations": dict(c.levels),
        "approvals": {
            name.removeprefix("approvals:"): n for name, n in c.counts if name.startswith("approvals:")
        },
        "digest": c.digest,
    }
