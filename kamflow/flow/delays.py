"""How long a transition has to wait although its guard is true: hold and least time in the state."""

from __future__ import annotations

from kamflow.base.frozen import frozen
from kamflow.workflow.model import Duration, State, Transition, Unit

_MINUTES = {Unit.MINUTES: 1, Unit.HOURS: 60, Unit.DAYS: 1_440, Unit.WEEKS: 10_080}
_BUSINESS = {Unit.BUSINESS_HOURS: 60, Unit.BUSINESS_DAYS: 1_440}


@frozen
class Delay:
    """Minutes of hold and of dwelling, at least; ``exact``: nothing of it is counted in business time,
    which takes longer."""

    hold: int
    dwell: int
    exact: bool = True

    def at_most(self, other: Delay) -> bool:
        """Say whether this is surely over when the other is."""
        return self.exact and self.hold <= other.hold and self.dwell <= other.dwell

    @property
    def minutes(self) -> int:
        return max(self.hold, self.dwell)


def delay_of(transition: Transition, state: State) -> Delay:
    """Return what holds up a transition out of a state."""
    hold, exact_hold = _minutes(transition.hold)
    dwell, exact_dwell = (0, True) if transition.bypass_dwell else _minutes(state.min_dwell)
    return Delay(hold, dwell, exact_hold and exact_dwell)


def _minutes(duration: Duration | None) -> tuple[int, bool]:
    if duration is None:
        return 0, True
    plain = _MINUTES.get(duration.unit)
    return duration.amount * (plain or _BUSINESS[duration.unit]), plain is not None
