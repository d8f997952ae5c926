"""Service levels: a ledger of consumed time for each SLA and epoch.

A ledger runs from its start mark to the first of its stop marks; a pause doesn't count. One timer a ledger
waits for its next rung: a warning, at last the breach. Started again within an epoch, an SLA gets a new
ledger. After a reopening the first ledger of the new epoch follows ``reopen``: a full budget, the old one's
consumption carried on (also its warnings and its breach, which are not told twice), or none (`exempt`).
Closing a case stops what still runs: no stop mark was met, so the verdict is `exempt`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from kamflow.workflow import keys
from kamflow.workflow.draft import Cause, Draft
from kamflow.workflow.instance import Happened, Instant, JsonMap, Ledger, TimerKind, Verdict
from kamflow.workflow.model import Decided, Duration, FromTable, OnReopen, Sla
from kamflow.workflow.timers import cancel, set_timer

NO_BUDGET = "no_budget"


def start(d: Draft, slas: Iterable[Sla]) -> tuple[str, ...]:
    """Start the ledgers of SLAs that do not run yet. Return those that have no budget for this subject."""
    lost: list[str] = []
    for sla in slas:
        name = sla.id.text
        if _running(d, name) is not None or _is_exempt(d, name):
            continue
        made = _first_of_epoch(d, sla)
        if made is None:
            duration = _budget(d, sla)
            if duration is None:
                lost.append(name)
                continue
            budget, business = d.ready.time.length(duration)
            made = Ledger(name, d.epoch, d.at, budget, business, since=d.at)
        d.ledgers = (*d.ledgers, made)
        if made.verdict is Verdict.EXEMPT:
            continue
        if d.suspended_at is not None and sla.pausable:
            _pause(d, sla, made)
        else:
            _wait_for_next_rung(d, sla, made)
    return tuple(lost)


def stop(d: Draft, names: Iterable[str], verdict: Verdict = Verdict.MET) -> tuple[Ledger, ...]:
    """Stop running ledgers. ``verdict``: of those that were not breached. Return them as they ended."""
    ended: list[Ledger] = []
    for name in names:
        ledger = _running(d, name)
        if ledger is not None:
            ledger = _counted(d, ledger)
            done = replace(
                ledger,
                since=None,
                paused_at=None,
                stopped_at=d.at,
                verdict=Verdict.BREACHED if ledger.breached_at is not None else verdict,
            )
            _put(d, done)
            cancel(d, (TimerKind.SLA, TimerKind.PAUSE), name)
            ended.append(done)
    return tuple(ended)


def write_stopped(d: Draft, cause: Cause, ended: Iterable[Ledger]) -> None:
    """Write an entry for each ledger that ended."""
    for ledger in ended:
        d.write(Happened.SLA_STOPPED, cause, detail=_told(ledger))


def write_lost(d: Draft, cause: Cause, lost: Iterable[str]) -> None:
    """Write an incident for each SLA that could not start for want of a budget."""
    for name in lost:
        d.write(Happened.INCIDENT, cause, code=NO_BUDGET, detail={"sla": name})


def all_running(d: Draft) -> tuple[str, ...]:
    """Return the SLAs whose ledgers are not stopped, paused ones too."""
    return tuple(x.sla for x in d.ledgers if _is_open(x))


def pause_all(d: Draft) -> None:
    """Pause what is pausable: the case is suspended."""
    for name in all_running(d):
        sla, ledger = d.ready.slas[name], _running(d, name)
        if ledger is not None and sla.pausable and ledger.since is not None:
            _pause(d, sla, _counted(d, ledger))


def resume_all(d: Draft) -> None:
    """Let all paused ledgers run on."""
    for name in all_running(d):
        _resume(d, name)


def end_pause(d: Draft, name: str, cause: Cause) -> None:
    """End a pause that has lasted as long as it may; the case stays suspended."""
    _resume(d, name)
    d.write(Happened.TIMER, cause, detail={"sla": name, "ended": "pause"})


def due_of(d: Draft, name: str) -> tuple[Instant, bool] | None:
    """Return when a running SLA will be breached if nothing changes, and whether that is provisional."""
    ledger = _running(d, name)
    if ledger is None or ledger.since is None:
        return None
    left = ledger.budget - ledger.consumed
    return d.ready.time.add_used(ledger.since, left, business=ledger.business)


def reach_rung(d: Draft, name: str) -> tuple[Ledger, int | None] | None:
    """Let the next rung of a ledger be reached: a percentage to warn of, or None: the breach."""
    ledger = _running(d, name)
    if ledger is None:
        return None
    sla = d.ready.slas[name]
    ledger = _counted(d, ledger)
    percent = _next_warning(sla, ledger)
    if percent is None:
        ledger = replace(ledger, breached_at=d.at, verdict=Verdict.BREACHED)
    else:
        ledger = replace(ledger, warned=(*ledger.warned, percent))
    _put(d, ledger)
    _wait_for_next_rung(d, sla, ledger)
    return ledger, percent


def told(ledger: Ledger, percent: int | None) -> JsonMap:
    """Return what an entry about a rung says."""
    return _told(ledger) if percent is None else {**_told(ledger), "percent": percent}


def _told(ledger: Ledger) -> JsonMap:
    return {
        "sla": ledger.sla,
        "epoch": ledger.epoch,
        "verdict": ledger.verdict.value,
        "consumed": ledger.consumed,
        "budget": ledger.budget,
    }


def _is_open(ledger: Ledger) -> bool:
    return ledger.stopped_at is None and ledger.verdict is not Verdict.EXEMPT


def _is_exempt(d: Draft, name: str) -> bool:
    """Return whether a reopening has left an SLA out of this epoch."""
    last = next((x for x in reversed(d.ledgers) if x.sla == name), None)
    return last is not None and last.epoch == d.epoch and last.verdict is Verdict.EXEMPT


def _running(d: Draft, name: str) -> Ledger | None:
    return next((x for x in reversed(d.ledgers) if x.sla == name and _is_open(x)), None)


def _put(d: Draft, ledger: Ledger) -> None:
    d.ledgers = tuple(ledger if x.sla == ledger.sla and _is_open(x) else x for x in d.ledgers)


def _counted(d: Draft, ledger: Ledger) -> Ledger:
    """Return the ledger with the time up to now in its books."""
    used = d.ready.time.used
    if ledger.since is not None:
        consumed = ledger.consumed + used(ledger.since, d.at, business=ledger.business)
        return replace(ledger, consumed=consumed, since=d.at)
    if ledger.paused_at is not None:
        paused = ledger.paused + used(ledger.paused_at, d.at, business=ledger.business)
        return replace(ledger, paused=paused, paused_at=d.at)
    return ledger


def _pause(d: Draft, sla: Sla, ledger: Ledger) -> None:
    _put(d, replace(ledger, since=None, paused_at=d.at))
    cancel(d, (TimerKind.SLA,), ledger.sla)
    if sla.max_pause is not None:
        set_timer(d, TimerKind.PAUSE, ledger.sla, d.ready.time.add(d.at, sla.max_pause))


def _resume(d: Draft, name: str) -> None:
    ledger = _running(d, name)
    if ledger is None or ledger.paused_at is None:
        return
    ledger = replace(_counted(d, ledger), paused_at=None, since=d.at)
    _put(d, ledger)
    cancel(d, (TimerKind.PAUSE,), name)
    _wait_for_next_rung(d, d.ready.slas[name], ledger)


def _next_warning(sla: Sla, ledger: Ledger) -> int | None:
    return next((p for p in sla.warn if p not in ledger.warned), None)


def _wait_for_next_rung(d: Draft, sla: Sla, ledger: Ledger) -> None:
    cancel(d, (TimerKind.SLA,), ledger.sla)
    if ledger.breached_at is not None or ledger.since is None:
        return
    percent = _next_warning(sla, ledger)
    goal = ledger.budget if percent is None else -(-ledger.budget * percent // 100)
    left = max(0, goal - ledger.consumed)
    set_timer(
        d, TimerKind.SLA, ledger.sla, d.ready.time.add_used(ledger.since, left, business=ledger.business)
    )


def _first_of_epoch(d: Draft, sla: Sla) -> Ledger | None:
    """Return what a reopening makes of an earlier epoch's ledger; None: a full budget."""
    name = sla.id.text
    before = next((x for x in reversed(d.ledgers) if x.sla == name), None)
    if before is None or before.epoch == d.epoch:
        return None
    match sla.reopen:
        case OnReopen.NEW_BUDGET:
            return None
        case OnReopen.EXEMPT:
            return Ledger(
                name, d.epoch, d.at, before.budget, before.business, stopped_at=d.at, verdict=Verdict.EXEMPT
            )
        case OnReopen.CONTINUE:
            breached = before.breached_at is not None
            return replace(
                before,
                epoch=d.epoch,
                started_at=d.at,
                since=d.at,
                paused_at=None,
                stopped_at=None,
                verdict=Verdict.BREACHED if breached else Verdict.RUNNING,
            )


def _budget(d: Draft, sla: Sla) -> Duration | None:
    match sla.budget:
        case Duration():
            return sla.budget
        case Decided(_, unit):
            amount = d.value(keys.budget(sla.id.text))
            return Duration(amount, unit) if isinstance(amount, int) and amount > 0 else None
        case FromTable(table, column):
            found = next((t for t in d.ready.workflow.budgets if t.name.text == table.text), None)
            row = d.value(keys.budget_by(table.text))
            columns = (
                () if found is None else next((cells for name, cells in found.rows if name.text == row), ())
            )
            return next((length for name, length in columns if name.text == column.text), None)
