"""What explaining a record gives: values only, in both languages, and their JSON.

``Explanation.to_dict`` has the keys of ``Trace.to_dict`` and more::

    {"outputs": {"tier": {"value": "growth", "rows": [{"kind": "row", "row": 2, "because": {…}}],
                          "overrides": [{"rule": "overdue_cap", "because": {…}, "won": true}],
                          "base": "key", "lost": [], "read": {"abc_class": "A", "value_score": "71.50"}}},
     "facts": {…the same for what the outputs rest on…},
     "rounded": [{"definition": "net_price of quote", "exact": …, "result": …, "mode": …}]}
"""

from __future__ import annotations

from collections.abc import Mapping

from kamflow.base.frozen import frozen
from kamflow.base.text import NO_TEXT, Text
from kamflow.core.expr import TagKind
from kamflow.core.program import DefKind
from kamflow.values.codec import Json
from kamflow.values.decimals import show_scaled
from kamflow.values.outcome import Rounded
from kamflow.values.trace import exact_text


@frozen
class Shown:
    """A value for people and for JSON."""

    text: Text
    plain: Json


@frozen
class Read:
    """A value that a row, rule or formula read.

    ``name`` is its path, or the words of the policy for a computed column; ``test`` what the row asked
    of it, where that says more than the value. ``behind`` names the definitions it is made of.
    """

    name: str
    label: Text
    shown: Shown
    test: Text = NO_TEXT
    behind: tuple[str, ...] = ()
    is_input: bool = False


@frozen
class RowNote:
    """A row, clause or ``otherwise`` (number 0) that applies; ``shown`` is the value it gives."""

    kind: TagKind
    number: int
    because: Text
    reads: tuple[Read, ...] = ()
    shown: Shown | None = None


@frozen
class RuleNote:
    """An override that applies; ``won``: no other one beat it."""

    name: str
    because: Text
    won: bool
    shown: Shown | None
    reads: tuple[Read, ...] = ()


@frozen
class Ranked:
    """A place among members whose measures are known.

    ``rank`` counts from the best (1 is the first; ties share it) among ``members``; ``below`` have a
    smaller measure. ``before``: the part of the total that lies before it, in 1/10**6 (classes only).
    """

    rank: int
    members: int
    below: int
    before: int | None
    total: Shown
    has_total: bool


@frozen
class Within:
    """What cut-offs tell: the answer is the same ``low`` on up to below ``high``; a share is of ``total``."""

    low: Shown | None
    high: Shown | None
    total: Shown | None


@frozen
class StandingNote:
    """Where a record stands by a population term of definition ``name``; outside with neither of both."""

    name: str
    kind: str
    population: str
    measure: Read | None
    group: Read | None
    ranked: Ranked | None = None
    within: Within | None = None


@frozen
class Step:
    """One definition. ``table`` is the declaration its rows stand in; ``base`` the value before overrides.

    ``reads`` is everything that is read directly, each once. ``population``: whom it compares with.
    ``standings``: where the record stands by each population term in it. ``no_row``: it collects rows,
    and none applies.
    """

    name: str
    label: Text
    kind: DefKind
    table: str
    shown: Shown
    rows: tuple[RowNote, ...] = ()
    lost: tuple[RowNote, ...] = ()
    rules: tuple[RuleNote, ...] = ()
    base: Shown | None = None
    reads: tuple[Read, ...] = ()
    population: str = ""
    standings: tuple[StandingNote, ...] = ()
    rounded: tuple[Rounded, ...] = ()
    no_row: bool = False

    @property
    def because(self) -> Text:
        """The reason to show first: of the rule that won, else of the row that answered."""
        for rule in self.rules:
            if rule.won and rule.because:
                return rule.because
        found = [r.because for r in self.rows if r.because]
        return found[0] if found and not any(r.won for r in self.rules) else NO_TEXT


@frozen
class Explanation:
    """``steps``: name → step, in the order of evaluation; ``outputs`` are the names that were asked for."""

    record: str
    outputs: tuple[str, ...]
    steps: Mapping[str, Step]
    rounded: tuple[Rounded, ...]

    def to_dict(self) -> dict[str, Json]:
        """Return it for JSON, with the keys that the module's text lists."""
        facts = [n for n in self.steps if n not in self.outputs]
        return {
            "outputs": {n: _step_json(self.steps[n]) for n in self.outputs},
            "facts": {n: _step_json(self.steps[n]) for n in facts},
            "rounded": [rounded_json(r) for r in self.rounded],
        }


# ---- JSON


def _step_json(step: Step) -> Json:
    out: dict[str, Json] = {
        "value": step.shown.plain,
        "rows": [_row_json(r) for r in step.rows],
        "overrides": [{"rule": r.name, "because": _text_json(r.because), "won": r.won} for r in step.rules],
        "base": step.base.plain if step.base is not None else None,
        "lost": [_row_json(r) for r in step.lost],
        "read": {r.name: r.shown.plain for r in step.reads},
    }
    if step.standings:
        out["standings"] = [_standing_json(s) for s in step.standings]
    return out


def _standing_json(note: StandingNote) -> Json:
    out: dict[str, Json] = {
        "term": note.kind,
        "population": note.population,
        "group": note.group.shown.plain if note.group is not None else None,
        "measure": note.measure.shown.plain if note.measure is not None else None,
        "outside": note.ranked is None and note.within is None,
    }
    if note.ranked is not None:
        place = note.ranked
        out |= {"rank": place.rank, "members": place.members, "below": place.below}
        out["total"] = place.total.plain
        if place.before is not None:
            out["before"] = show_scaled(place.before, 4)
    if note.within is not None:
        for name, shown in (("answer_from", note.within.low), ("answer_below", note.within.high)):
            out[name] = shown.plain if shown is not None else None
        out["total"] = note.within.total.plain if note.within.total is not None else None
    return out


def _row_json(row: RowNote) -> Json:
    return {"kind": row.kind.value, "row": row.number, "because": _text_json(row.because)}


def _text_json(text: Text) -> Json:
    return {"en": text.en, "zh": text.zh} if text else None


def rounded_json(r: Rounded) -> Json:
    return {
        "definition": r.name,
        "exact": exact_text(r),
        "result": show_scaled(r.result, r.scale),
        "mode": r.mode.value,
    }
