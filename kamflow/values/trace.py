"""Why each output of a decision is what it is, ready to show.

``Trace.to_dict()`` has stable keys::

    {"outputs": {"tier": {"rows": [{"kind": "row", "row": 3, "because": {"en": "…", "zh": "…"}}],
                          "overrides": [{"rule": "vip", "because": {…}, "won": true}],
                          "base": "standard"}},
     "rounded": [{"definition": "net_price of quote", "exact": "1118.745", "result": "1118.75",
                  "mode": "half_up"}]}

``rows``: the row, clause or ``otherwise`` that answered (several of a collected list); empty for
outputs that are computed. ``overrides``: the rules that apply. ``base``: the value before
overrides, ``null`` where there are none or it isn't a constant of a row. ``exact`` is a decimal, or
a fraction where no decimal is exact.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from kamflow.base.frozen import frozen
from kamflow.base.text import Text
from kamflow.values.codec import Json
from kamflow.values.decimals import show_scaled
from kamflow.values.outcome import Rounded

_MAX_DECIMALS = 12


@frozen
class Answer:
    """``kind``: ``row``, ``clause``, ``otherwise``; ``row`` counts from 1."""

    kind: str
    row: int
    because: Text


@frozen
class Applied:
    """An override rule that applies; ``won``: it was not beaten by another."""

    rule: str
    because: Text
    won: bool


@frozen
class Step:
    rows: tuple[Answer, ...] = ()
    overrides: tuple[Applied, ...] = ()
    base: Json = None


@frozen
class Trace:
    outputs: Mapping[str, Step]
    rounded: tuple[Rounded, ...] = ()

    def to_dict(self) -> dict[str, Json]:
        """Return the trace with the keys that the module's text lists."""
        return {
            "outputs": {name: _step(step) for name, step in self.outputs.items()},
            "rounded": [_rounded(r) for r in self.rounded],
        }


def exact_text(r: Rounded) -> str:
    """Return the value before rounding: a decimal, or a fraction where that would not end."""
    exact = Fraction(r.num * r.step, r.den) / 10**r.scale
    scaled = exact * 10**_MAX_DECIMALS
    if scaled.denominator != 1:
        return str(exact)
    text = show_scaled(scaled.numerator, _MAX_DECIMALS).rstrip("0")
    return text.removesuffix(".")


def _step(step: Step) -> Json:
    return {
        "rows": [{"kind": a.kind, "row": a.row, "because": _text(a.because)} for a in step.rows],
        "overrides": [{"rule": o.rule, "because": _text(o.because), "won": o.won} for o in step.overrides],
        "base": step.base,
    }


def _rounded(r: Rounded) -> Json:
    return {
        "definition": r.name,
        "exact": exact_text(r),
        "result": show_scaled(r.result, r.scale),
        "mode": r.mode.value,
    }


def _text(text: Text) -> Json:
    return {"en": text.en, "zh": text.zh} if text else None
