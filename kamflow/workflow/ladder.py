"""The escalation ladder: a level only climbs until its case is closed; each rung is told once an epoch."""

from __future__ import annotations

from collections.abc import Iterable

from kamflow.workflow import keys
from kamflow.workflow.actions import show_recipient, show_text
from kamflow.workflow.draft import Cause, Draft, Planned
from kamflow.workflow.instance import Happened
from kamflow.workflow.model import Level, Role


def raise_to(d: Draft, levels: Iterable[int], cause: Cause, by: str) -> None:
    """Raise a case to the highest of some levels, if that is above its own. Rungs in between are skipped.

    ``by``: what asked for it, for the journal.
    """
    wanted = max(levels, default=-1)
    rung = next((r for r in d.ready.workflow.ladder.levels if r.level == wanted), None)
    if rung is None or wanted <= d.level or d.closed:
        return
    before, d.level = d.level, wanted
    d.rungs = (*d.rungs, wanted)
    told = Planned(
        "escalate", {"level": wanted, "to": show_recipient(rung.to), "label": show_text(rung.label)}
    )
    d.write(Happened.ESCALATED, cause, detail={"level": wanted, "before": before, "by": by}, effects=(told,))


def rung_above(d: Draft, role: str) -> Level | None:
    """Return the lowest rung above the case's level and above that of a role, if it stands on the ladder."""
    rungs = d.ready.workflow.ladder.levels
    floor = max((r.level for r in rungs if r.to.kind is Role.ROLE and r.to.name == role), default=d.level)
    above = [r for r in rungs if r.level > max(d.level, floor)]
    return min(above, key=lambda r: r.level, default=None)


def judge_rungs(d: Draft, cause: Cause) -> None:
    """Raise a case to the highest rung whose condition holds now; an unknown condition does not hold."""
    auto = d.ready.workflow.ladder.auto
    wanted = {keys.auto_level(i): rung.level for i, rung in enumerate(auto) if rung.level > d.level}
    if not wanted or d.closed:
        return
    answers = d.ask(tuple(wanted))
    held = {key: wanted[key] for key, answer in answers.items() if key in wanted and answer.value is True}
    if held:
        top = max(held, key=lambda key: held[key])
        raise_to(d, held.values(), cause, top)
