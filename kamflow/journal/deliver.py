"""Delivery of effects from the outbox to handlers, at least once each.

Assumes: a receiver knows an effect by its key (``delivery_key``) and does nothing the second time.
Leaves: what was taken over is marked; what failed waits longer each time and keeps nobody else waiting;
nothing is ever dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.frozen import frozen
from kamflow.journal import chain_errors
from kamflow.journal.rows import PendingEffect
from kamflow.journal.store import Store

Handler: TypeAlias = Callable[[PendingEffect], object]
"""Takes an effect over for good before it returns; raises where it can't."""

_SECOND = 1_000_000
LEASE = 60 * _SECOND
"""Microseconds for which a worker keeps what it has taken; a handler must be done in less."""
_FIRST_WAIT, _LONGEST_WAIT = 10 * _SECOND, 6 * 3_600 * _SECOND
_AT_ONCE = 50


@frozen
class Delivered:
    """``delivered`` and ``failed``: effects of this call. ``findings``: why, and what has no handler."""

    delivered: int
    failed: int
    findings: tuple[Diagnostic, ...]


def delivery_key(effect: PendingEffect) -> str:
    """Return what an effect is known by everywhere: the same at each try, and no other's. Its own key, which
    names its case already (``workflow/instance/…``), or is made to."""
    case, key = f"{effect.workflow}/{effect.instance}/", effect.effect.key
    return key if key.startswith(case) else case + key


def deliver(
    store: Store,
    handlers: Mapping[str, Handler],
    now: Callable[[], int],
    limit: int = 1_000,
    lease: int = LEASE,
) -> Delivered:
    """Hand effects that may be tried now to the handler of their kind, oldest first, at most ``limit``.

    ``now``: microseconds since 1970; of the waiting after a failure, the only clock here.
    """
    delivered = failed = 0
    findings: list[Diagnostic] = []
    while delivered + failed < limit:
        taken = store.take_effects(tuple(handlers), now(), lease, min(_AT_ONCE, limit - delivered - failed))
        if isinstance(taken, Diagnostic):
            return Delivered(delivered, failed, (*findings, taken))
        if not taken:
            break
        for effect in taken:
            problem = _hand_over(store, effect, handlers[effect.effect.kind], now)
            if problem is None:
                delivered += 1
            else:
                failed += 1
                findings.append(problem)
    waiting = store.undelivered()
    if isinstance(waiting, Diagnostic):
        return Delivered(delivered, failed, (*findings, waiting))
    unknown = {kind: count for kind, count in waiting.items() if kind not in handlers}
    if unknown:
        findings.append(chain_errors.no_handler(unknown))
    return Delivered(delivered, failed, tuple(findings))


def _hand_over(
    store: Store, effect: PendingEffect, handler: Handler, now: Callable[[], int]
) -> Diagnostic | None:
    try:
        handler(effect)
    except Exception as error:  # whatever a handler does wrong, the others go on
        said = f"{type(error).__name__}: {error}"
        wait = min(_FIRST_WAIT * 2 ** min(effect.attempts, 20), _LONGEST_WAIT)
        problem = store.mark_failed(effect.id, said, now() + wait)
        tries = effect.attempts + 1
        return problem or chain_errors.not_delivered(delivery_key(effect), effect.effect.kind, tries, said)
    return store.mark_delivered(effect.id, now())
