"""Limits that a change has to keep to: how many may move, what it may cost.

``--max-moved 2%`` is about all outputs together, ``--max-moved tier=2%`` about one; ``--max-cost 100000``
about each measure by itself, ``--max-cost discount_cost=100000`` about one. All of it is exact: shares are
compared as whole numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias, assert_never

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.suggest import suggest
from kamflow.core.ty import PERCENT, UnitKind
from kamflow.core.wording import say_amount
from kamflow.impact import errors
from kamflow.impact.model import Impact
from kamflow.intake.read_amount import parse_amount

_SHARE_SCALE = 6


@dataclass(frozen=True, slots=True)
class MaxMoved:
    """``share``: of all records, where the limit is written with %; else ``count`` of records."""

    written: str
    output: str
    share: Fraction | None
    count: int = 0


@dataclass(frozen=True, slots=True)
class MaxCost:
    """``amount`` as written: it is read in the measure's own unit."""

    written: str
    measure: str
    amount: str


Gate: TypeAlias = MaxMoved | MaxCost


def parse_max_moved(text: str) -> MaxMoved | Diagnostic:
    """Read ``2%``, ``50`` or ``tier=2%``."""
    name, sign, limit = text.rpartition("=")
    limit = limit.strip()
    if sign and not name.strip():
        return errors.no_gate("--max-moved", text)
    if limit.endswith(("%", "％")):
        share = parse_amount(limit, PERCENT, _SHARE_SCALE)
        if not isinstance(share, int) or not 0 <= share <= 100 * 10**_SHARE_SCALE:
            return errors.no_gate("--max-moved", text)
        return MaxMoved(text, name.strip(), Fraction(share, 100 * 10**_SHARE_SCALE))
    if not limit.isascii() or not limit.isdigit() or len(limit) > 12:
        return errors.no_gate("--max-moved", text)
    return MaxMoved(text, name.strip(), None, int(limit))


def parse_max_cost(text: str) -> MaxCost | Diagnostic:
    """Read ``100000`` or ``discount_cost=100,000 CNY``; the amount is read with its measure."""
    name, sign, limit = text.rpartition("=")
    if not limit.strip() or (sign and not name.strip()):
        return errors.no_gate("--max-cost", text)
    return MaxCost(text, name.strip(), limit.strip())


def failed_gates(gates: Sequence[Gate], impact: Impact) -> tuple[Diagnostic, ...] | Diagnostic:
    """Return what does not keep to its limit; one finding where a gate can't be tried at all."""
    failed: list[Diagnostic] = []
    for gate in gates:
        match gate:
            case MaxMoved():
                found = _moved(gate, impact)
            case MaxCost():
                found = _cost(gate, impact)
            case _:
                assert_never(gate)
        if isinstance(found, Diagnostic):
            return found
        failed += found
    return tuple(failed)


def _moved(gate: MaxMoved, impact: Impact) -> list[Diagnostic] | Diagnostic:
    moved = impact.moved
    if gate.output:
        output = next((o for o in impact.outputs if o.name == gate.output), None)
        if output is None:
            known = [o.name for o in impact.outputs]
            return errors.gate_of_nothing("--max-moved", gate.output, suggest(gate.output, known))
        moved = output.moved
    if gate.share is None:
        return [errors.too_many_move(gate.written, gate.output, moved, impact.records)] * (moved > gate.count)
    over = Fraction(moved, impact.records) > gate.share
    return [errors.too_many_move(gate.written, gate.output, moved, impact.records)] * over


def _cost(gate: MaxCost, impact: Impact) -> list[Diagnostic] | Diagnostic:
    measures = [m for m in impact.measures if gate.measure in {"", m.name}]
    if not gate.measure:
        measures = [m for m in measures if m.ty.unit.kind is UnitKind.MONEY]
    if not measures:
        known = [m.name for m in impact.measures]
        return errors.gate_of_nothing("--max-cost", gate.measure, suggest(gate.measure, known))
    failed: list[Diagnostic] = []
    for measure in measures:
        limit = parse_amount(gate.amount, measure.ty.unit, measure.ty.scale)
        if not isinstance(limit, int):
            like = say_amount(100_000 * 10**measure.ty.scale, measure.ty)
            return errors.cost_in_another_unit(gate.written, measure.name, like)
        cost = measure.cost
        if cost > limit:
            said = say_amount(cost, measure.ty), say_amount(cost - limit, measure.ty)
            failed.append(errors.costs_too_much(gate.written, measure.name, *said))
    return failed
