"""What differs between two versions of policies, as values: for each output, on which days, for whom.

Texts are in both languages; boxes stay at hand beside their words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from kamflow.base.text import NO_TEXT, Text
from kamflow.compare.common_axes import CommonAxis
from kamflow.compare.overlay import Difference
from kamflow.prove.intervals import Days
from kamflow.values.codec import Json
from kamflow.values.data import TypedRecord
from kamflow.values.trace import Step


class Verdict(StrEnum):
    EQUAL = "equal"  # proved for every record that both versions take
    CHANGED = "changed"  # a record shows it
    ADDED = "added"
    REMOVED = "removed"
    TYPE_CHANGED = "type changed"
    NOT_DECIDED = "not decided"


class Where(StrEnum):
    """The part of a definition that was written anew."""

    ROWS = "rows"  # of a table, clauses, bands of a criterion
    OVERRIDES = "overrides"
    BODY = "body"  # an expression, or rows that are no boxes


@dataclass(frozen=True, slots=True)
class Region:
    """Where one answer became another. ``where``: one text for each box."""

    where: tuple[Text, ...]
    old: Text
    new: Text
    difference: Difference = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class OwnChange:
    """What was written anew in a definition. Without ``regions`` only its texts say what."""

    part: Where
    regions: tuple[Region, ...] = ()
    axes: tuple[CommonAxis, ...] = field(default=(), compare=False, repr=False)
    old_text: str = ""
    new_text: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a version says about a record, and what gave it. ``why_not``: it has no answer."""

    value: Text
    json: Json
    step: Step = field(default_factory=Step)
    why_not: Text = NO_TEXT


@dataclass(frozen=True, slots=True)
class Witness:
    """A record as both versions read it, and their two answers; the interpreter gave them.

    ``without``: a field that the record leaves out, so that each version fills in its own default.
    """

    old_record: TypedRecord
    new_record: TypedRecord
    as_of: int
    old: Shown
    new: Shown
    without: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One output (or fact) on some days.

    ``own``: what was written anew in it; ``through``: the definitions it reads that changed themselves;
    ``rewritten``: it, or something it reads, is written differently, and means the same.
    """

    verdict: Verdict
    own: tuple[OwnChange, ...] = ()
    through: tuple[str, ...] = ()
    rewritten: bool = False
    why: Text = NO_TEXT
    witness: Witness | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class OutputChange:
    """An output, and what became of it: ``stretches`` of days, ascending, neighbours differ."""

    record: str
    name: str
    label: Text
    is_output: bool
    stretches: tuple[tuple[Days, Change], ...]

    @property
    def is_equal(self) -> bool:
        return all(c.verdict is Verdict.EQUAL for _, c in self.stretches)

    @property
    def is_undecided(self) -> bool:
        """Say whether it may be equal, for all that is known."""
        kinds = {c.verdict for _, c in self.stretches}
        return Verdict.NOT_DECIDED in kinds and kinds <= {Verdict.EQUAL, Verdict.NOT_DECIDED}


class Subject(StrEnum):
    """What else a version declares."""

    POLICY = "policy"
    RECORD = "record"
    FIELD = "field"
    TYPE = "type"
    PARAMETER = "parameter"
    FACT = "fact"
    DAYS = "days"


@dataclass(frozen=True, slots=True)
class Declared:
    """A change of something that is declared, in words. ``name`` is as policies write it.

    ``is_meant``: decisions may depend on it; else it is only said (an owner, a label).
    """

    subject: Subject
    name: str
    text: Text
    days: Days | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """``days``: all that were compared."""

    days: Days
    declared: tuple[Declared, ...]
    outputs: tuple[OutputChange, ...]
    without_z3: bool = False
    labels: Mapping[str, Text] = field(default_factory=dict)

    @property
    def is_equal(self) -> bool:
        return not self.declared and all(o.is_equal for o in self.outputs)
