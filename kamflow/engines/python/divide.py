"""Division with rounding as Python text, specialised by mode, sign and divisor.

``values.rounding.round_div`` is the law; each form here says why it gives the same.
"""

from __future__ import annotations

from typing import assert_never

from kamflow.engines.python.source import Block, Unit, int_of, int_text
from kamflow.values.rounding import Rounding


def emit_quotient(
    unit: Unit,
    block: Block,
    num: str,
    den: str,
    mode: Rounding,
    *,
    num_sign: int,
    den_positive: bool,
    forks: bool = True,
) -> str:
    """Return the text of ``round(num / den)``; ``num`` and ``den`` are atoms.

    ``num_sign`` is 1 where ``num >= 0`` is known, -1 where ``num <= 0`` is, else 0. Without ``forks`` a tie
    is counted instead of tried: for compiled code, where a wrong guess costs more.
    """
    const = int_of(den)
    if (const is not None and const < 0) or (const is None and not den_positive):
        num, den, num_sign, const = _make_positive(unit, block, (num, den, num_sign), const)
    if const == 1:
        return num
    match mode:
        case Rounding.FLOOR:
            return f"({num} // {den})"
        case Rounding.CEILING:
            return f"(-(-{num} // {den}))"
        case Rounding.DOWN | Rounding.UP:
            return _directed(num, den, num_sign, away=mode is Rounding.UP)
        case Rounding.HALF_UP:
            return _half_up(num, den, const, num_sign)
        case Rounding.HALF_EVEN:
            return _half_even(unit, block, num, den, const, forks=forks)
        case _:
            assert_never(mode)


def _make_positive(
    unit: Unit, block: Block, signed: tuple[str, str, int], const: int | None
) -> tuple[str, str, int, int | None]:
    """Turn both signs where the divisor is (or may be) negative: the quotient stays the same."""
    num, den, num_sign = signed
    if const is not None:
        turned = unit.fresh()
        block.add(f"{turned} = -{num}")
        return turned, int_text(-const), -num_sign, -const
    n, d = unit.fresh(), unit.fresh()
    block.add(f"{n} = {num} if {den} > 0 else -{num}")
    block.add(f"{d} = {den} if {den} > 0 else -{den}")
    return n, d, 0, None


def _directed(num: str, den: str, sign: int, *, away: bool) -> str:
    """Cut towards zero, or away from it: floor and ceiling by the sign of the dividend."""
    low, high = f"({num} // {den})", f"(-(-{num} // {den}))"
    if away:
        low, high = high, low
    if sign:
        return low if sign > 0 else high
    return f"({low} if {num} >= 0 else {high})"


def _half_up(num: str, den: str, const: int | None, sign: int) -> str:
    """floor(|n|/d + 1/2), with the sign put back; for an odd divisor (d-1)/2 serves: no ties."""
    if const is not None:
        up, down = f"(({num} + {const // 2}) // {den})", f"(-(({const // 2} - {num}) // {den}))"
    else:
        up, down = f"((2 * {num} + {den}) // (2 * {den}))", f"(-(({den} - 2 * {num}) // (2 * {den})))"
    if sign:
        return up if sign > 0 else down
    return f"({up} if {num} >= 0 else {down})"


def _half_even(unit: Unit, block: Block, num: str, den: str, const: int | None, *, forks: bool) -> str:
    """Floor of n/d + 1/2, one less where that is odd and came from a tie."""
    q = unit.fresh()
    if const is None:
        rest = unit.fresh()
        block.add(f"{q}, {rest} = {unit.constant(divmod)}({num}, {den})")
        block.add(f"{rest} += {rest}")
        if forks:
            block.add(f"if {rest} > {den} or ({rest} == {den} and {q} & 1): {q} += 1")
        else:
            block.add(f"{q} += ({rest} > {den}) | (({rest} == {den}) & ({q} & 1))")
        return q
    half = const // 2
    block.add(f"{q} = ({num} + {half}) // {den}")
    if const % 2 == 0 and forks:
        block.add(f"if {q} & 1 and {q} * {den} == {num} + {half}: {q} -= 1")
    elif const % 2 == 0:
        block.add(f"{q} -= ({q} & 1) & ({q} * {den} == {num} + {half})")
    return q
