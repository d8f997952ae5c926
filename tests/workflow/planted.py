"""Bugs planted into the steps; for each the check that has to find it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from kamflow.workflow import (
    choose,
    draft,
    firing,
    instance_json,
    machine,
    move,
    run,
    slas,
    steps,
    timers,
    working_time,
)
from kamflow.workflow.instance import Hold, TimerKind, Truth
from kamflow.workflow.model import Duration, Unit
from kamflow.workflow.wall_time import WallTime
from tests.workflow import model_based, test_working_time
from tests.workflow.year import check_ledger, check_pollers

Plant = Callable[[pytest.MonkeyPatch], None]
Check = Callable[[], object]


def _less_for_at_most(patch: pytest.MonkeyPatch) -> None:
    right = choose.blocks

    def wrong(d, candidate):
        d.at -= 1
        try:
            return right(d, candidate)
        finally:
            d.at += 1

    patch.setattr(choose, "blocks", wrong)


def _hold_kept_when_false(patch: pytest.MonkeyPatch) -> None:
    right = choose._run_hold
    patch.setattr(choose, "_run_hold", lambda at, hold, v: hold if v is Truth.NO else right(at, hold, v))


def _unknown_does_not_freeze(patch: pytest.MonkeyPatch) -> None:
    right = choose._run_hold
    patch.setattr(choose, "_run_hold", lambda at, hold, v: hold if v is Truth.UNKNOWN else right(at, hold, v))


def _unknown_resets(patch: pytest.MonkeyPatch) -> None:
    right = choose._run_hold
    patch.setattr(choose, "_run_hold", lambda at, hold, v: None if v is Truth.UNKNOWN else right(at, hold, v))


def _hold_begins_again_after_a_freeze(patch: pytest.MonkeyPatch) -> None:
    right = choose._run_hold

    def wrong(at, hold, value):
        thaws = hold is not None and hold.frozen_at is not None and value is Truth.YES
        return Hold(at) if thaws else right(at, hold, value)

    patch.setattr(choose, "_run_hold", wrong)


def _highest_priority_first(patch: pytest.MonkeyPatch) -> None:
    right = machine._edges
    patch.setattr(machine, "_edges", lambda workflow: right(workflow)[::-1])


def _order_breaks_ties(patch: pytest.MonkeyPatch) -> None:
    right = choose._told
    patch.setattr(choose, "_told", lambda *args: replace(right(*args), rivals=()))


def _holds_survive_a_move(patch: pytest.MonkeyPatch) -> None:
    right = move._leave

    def wrong(d, target, *, closes):
        kept = d.holds
        ended = right(d, target, closes=closes)
        d.holds = kept
        return ended

    patch.setattr(move, "_leave", wrong)


def _moves_forget_when_they_came(patch: pytest.MonkeyPatch) -> None:
    right = move.enter

    def wrong(d, source, cause, **more):
        if source:
            d.entered_at = d.last_at
        return right(d, source, cause, **more)

    patch.setattr(move, "enter", wrong)


def _livelock_is_not_undone(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(draft.Draft, "restore", lambda self, saved: None)


def _one_step_more(patch: pytest.MonkeyPatch) -> None:
    right = run._can_go_on
    counted = {"n": 0}

    def wrong(d):  # the first look of a run is free
        counted["n"] += 1
        return right(d) and (counted["n"] % 3 != 0)

    patch.setattr(run, "_can_go_on", wrong)


def _entries_leave_out_what_is_empty(patch: pytest.MonkeyPatch) -> None:
    right = instance_json.fold

    def wrong(entries):
        kept = [replace(e, changes={k: v for k, v in e.changes.items() if v or e.seq == 1}) for e in entries]
        return right(kept)

    patch.setattr(model_based, "fold", wrong)


def _timers_fire_when_the_poller_comes(patch: pytest.MonkeyPatch) -> None:
    def late(d, upto):
        while not d.final and (timer := firing.next_timer(d)) is not None and timer.due <= upto:
            d.at = upto
            d.timers = tuple(t for t in d.timers if t is not timer)
            firing._fire(d, timer, firing.Cause(timer.key))

    patch.setattr(steps, "fire_due", late)


def _events_come_before_timers(patch: pytest.MonkeyPatch) -> None:
    right = steps.fire_due
    patch.setattr(steps, "fire_due", lambda d, upto: right(d, upto) if upto >= year_end() else None)


def year_end() -> int:
    from tests.workflow.year import END

    return END


def _timers_survive_their_state(patch: pytest.MonkeyPatch) -> None:
    right = timers.cancel

    def wrong(d, kinds, name=None):
        right(d, tuple(k for k in kinds if k is not TimerKind.STATE), name)

    patch.setattr(move, "cancel", wrong)


def _a_timer_stays_after_it_fired(patch: pytest.MonkeyPatch) -> None:
    right, again = firing._fire, set()

    def wrong(d, timer, cause):
        done = right(d, timer, cause)
        if timer.name == "t2" and d.state == "a" and timer.key not in again:
            again.add(timer.key)
            d.timers = (*d.timers, replace(timer, due=timer.due + 1))
        return done

    patch.setattr(firing, "_fire", wrong)


def _pauses_count(patch: pytest.MonkeyPatch) -> None:
    right = slas._resume

    def wrong(d, name):
        ledger = slas._running(d, name)
        if ledger is not None and ledger.paused_at is not None:
            gone = d.at - ledger.paused_at
            slas._put(d, replace(ledger, consumed=ledger.consumed + gone))
        right(d, name)

    patch.setattr(slas, "_resume", wrong)


def _pauses_last_for_ever(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(slas, "end_pause", lambda d, name, cause: None)
    patch.setattr(firing.slas, "end_pause", lambda d, name, cause: None)


def _warnings_are_of_the_rest(patch: pytest.MonkeyPatch) -> None:
    right = slas._next_warning

    def wrong(sla, ledger):
        left = [p for p in sla.warn if p not in ledger.warned]
        return left[-1] if left else right(sla, ledger)

    patch.setattr(slas, "_next_warning", wrong)


def _a_warning_every_time(patch: pytest.MonkeyPatch) -> None:
    right = slas._counted
    patch.setattr(slas, "_counted", lambda d, ledger: replace(right(d, ledger), warned=ledger.warned[:-1]))


def _make_up_days_are_free(patch: pytest.MonkeyPatch) -> None:
    right = working_time._public
    patch.setattr(working_time, "_public", lambda source, year: (right(source, year)[0], frozenset()))


def _skipped_times_are_later(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(WallTime, "_end_of_gap", lambda self, before, after: after)


def _due_at_the_next_opening(patch: pytest.MonkeyPatch) -> None:
    right = working_time._Year.reached

    def wrong(self, worked):
        due = right(self, worked)
        return min(s for s in self.starts if s >= due) if due in self.ends else due

    patch.setattr(working_time._Year, "reached", wrong)


def _table() -> None:
    model_based.run(8_000, 50_000)


def _year() -> None:
    for seed in range(4):
        check_pollers(seed)


def _hours() -> None:
    for seed in range(30):
        check_ledger(seed)


def _schedule() -> None:
    test_working_time.china.cache_clear()
    try:
        test_working_time.test_every_day_of_china_is_as_the_state_council_published_it(2026)
    finally:
        test_working_time.china.cache_clear()


def _gap() -> None:
    test_working_time.test_a_day_later_is_the_same_time_on_the_wall(
        "America/New_York", "2026-03-07T02:30-05:00", "2026-03-08T03:00-04:00"
    )


def _due() -> None:
    test_working_time.china.cache_clear()
    test_working_time.test_due_dates_in_china(
        "2026-02-13T18:00+08:00", Duration(1, Unit.BUSINESS_DAYS), "2026-02-14T18:00+08:00"
    )


PLANTED: dict[str, tuple[Plant, Check]] = {
    "a dwell of 30 days lets go after 30 days and a moment": (_less_for_at_most, _table),
    "a false guard keeps its hold": (_hold_kept_when_false, _table),
    "an unknown guard's hold runs on": (_unknown_does_not_freeze, _table),
    "an unknown guard resets its hold": (_unknown_resets, _table),
    "a thawed hold begins anew": (_hold_begins_again_after_a_freeze, _table),
    "the highest priority wins": (_highest_priority_first, _table),
    "the order decides a tie": (_order_breaks_ties, _table),
    "holds survive a move": (_holds_survive_a_move, _table),
    "the dwell is counted from the last entry": (_moves_forget_when_they_came, _table),
    "a livelock is not undone": (_livelock_is_not_undone, _table),
    "runs end too early": (_one_step_more, _table),
    "changes to nothing are left out": (_entries_leave_out_what_is_empty, _table),
    "timers fire when the poller comes": (_timers_fire_when_the_poller_comes, _year),
    "events come before timers that were due": (_events_come_before_timers, _year),
    "timers survive their state": (_timers_survive_their_state, _year),
    "a timer fires twice": (_a_timer_stays_after_it_fired, _year),
    "pauses count": (_pauses_count, _hours),
    "pauses never end": (_pauses_last_for_ever, _hours),
    "the last warning comes first": (_warnings_are_of_the_rest, _hours),
    "a warning is told again": (_a_warning_every_time, _hours),
    "make-up days are days off": (_make_up_days_are_free, _schedule),
    "a time that clocks skip is an hour later": (_skipped_times_are_later, _gap),
    "what is used up at closing time is due at the next opening": (
        _due_at_the_next_opening,
        _due,
    ),
}
