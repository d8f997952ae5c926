"""Records for which two programs answer differently: by fields, by records found before, by z3; or none.

Assumes: days on which no parameter changes. Leaves: a ``Witness`` that the interpreter confirmed,
``Nowhere`` (proved), or ``NotKnown``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from kamflow.base.span import NOWHERE
from kamflow.base.text import Text
from kamflow.compare.common_axes import CommonAxis
from kamflow.compare.model import Witness
from kamflow.compare.neighbours import Named, named_values, neighbours
from kamflow.compare.same_form import is_hidden
from kamflow.compare.two_readings import Reader, TwoReadings, translated
from kamflow.core.expr import DefKey, Expr, Ref, Var
from kamflow.core.plain import Path, plain_record
from kamflow.core.program import Program, make_plan, uses_population
from kamflow.core.ty import RecordTy
from kamflow.engines.smt.answer import Answer, Found, NotKnown, Nowhere
from kamflow.engines.smt.search import Search
from kamflow.prove.constants import a_day, constants, field_path
from kamflow.prove.intervals import Days
from kamflow.prove.kept_free import kept_free
from kamflow.prove.realise import value_at
from kamflow.prove.regions import condition_of
from kamflow.tables.grid import Box
from kamflow.values.data import TypedRecord, Value

_LIMIT = 5_000_000  # steps of z3: many questions are asked, and the hard ones seldom end
_SPREAD = 3  # witnesses whose surroundings are looked at
_CENTRES = 20  # records beside them whose surroundings are looked at

Pairs: TypeAlias = Sequence[tuple[Expr, Expr]]
Beside: TypeAlias = tuple[TypedRecord, TypedRecord, int]

GUESSED = NotKnown(
    Text(
        "it rests on where a record stands among all others, which a single record does not show",
        "它取决于该记录在全部记录中的位次，单条记录无法说明",
    )
)
NOT_SHOWN = NotKnown(Text("the record that was found does not show a difference", "找到的记录未能重现差异"))


@dataclass
class ChangeSearch:
    """Asks about two lowered programs. ``pool``: records that showed a difference so far; ``near``: what
    records beside them show."""

    old: Program
    new: Program
    days: Days
    readings: TwoReadings = field(init=False)
    pool: list[Witness] = field(default_factory=list)
    near: dict[DefKey, Beside] = field(default_factory=dict)
    _named: Named | None = None
    _names: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.readings = TwoReadings(Reader(self.old), Reader(self.new))

    # ---- without z3

    def by_pool(self, key: DefKey) -> Witness | None:
        """Return a record that showed something else before, if it shows this too."""
        for found in self.pool:
            for old, new in self.readings.lifted(found, key.record):
                witness = self.readings.witness(key, old, new, found.as_of, found.without)
                if witness is not None:
                    return witness
        beside = self.near.get(key)
        return None if beside is None else self.readings.witness(key, *beside)

    def remember(self, found: Witness) -> None:
        """Keep a witness, and look at the records beside it."""
        if any(w.new_record is found.new_record for w in self.pool):
            return
        self.pool.append(found)
        if len(self.pool) > _SPREAD:
            return
        for record in (found.new_record.record, *self.new.records):
            names = self._common_names(record)
            for old, new in self.readings.lifted(found, record) if names else ():
                self._spread((old, new, found.as_of), names)

    def beyond(self, key: DefKey) -> Witness | None:
        """Look for a change of one definition beside the records that are beside a witness."""
        centres = {id(n): (o, n, d) for o, n, d in self.near.values() if n.record == key.record}
        if key.name in self._common_names(key.record):
            for centre in list(centres.values())[:_CENTRES]:
                self._spread(centre, (key.name,))
                if key in self.near:
                    return self.by_pool(key)
        return None

    def _spread(self, centre: Beside, names: tuple[str, ...]) -> None:
        """Note what the neighbours of a record show."""
        if self._named is None:
            self._named = named_values(self.new, constants(self.new, self.days.first))
        _, record, day = centre
        for made in neighbours(self.new, record, self._named):
            both = self.readings.both(made, day, is_new=True)
            if both is not None:
                for name in self.readings.differing(record.record, names, *both, day):
                    self.near.setdefault(DefKey(record.record, name), (*both, day))

    def _common_names(self, record: str) -> tuple[str, ...]:
        """Return what both programs say about a record, and one record is enough to know."""
        if record not in self._names:
            self._names[record] = tuple(
                k.name
                for k in self.new.defs
                if k.record == record
                and k in self.old.defs
                and not is_hidden(k.name)
                and not any(uses_population(p, make_plan(p, record, (k.name,))) for p in (self.old, self.new))
            )
        return self._names[record]

    def by_fields(self, key: DefKey, axes: Sequence[CommonAxis], box: Box) -> Witness | None:
        """Return a plain record with columns in a box, if the columns are fields and it shows a change."""
        fields: dict[bool, dict[Path, Value]] = {True: {}, False: {}}
        day = a_day(self.days)
        for axis, values in zip(axes, box, strict=True):
            path = field_path(axis.axis.column)
            if path is None:
                return None
            code = next((a for a, _ in values if a != axis.axis.missing), values[0][0])
            fields[axis.is_new][path] = value_at(axis.axis, code)
        both = self._made(key.record, fields[False], fields[True], day)
        return None if both is None else self.readings.witness(key, *both, day)

    def _made(
        self, record: str, before: Mapping[Path, Value], now: Mapping[Path, Value], day: int
    ) -> tuple[TypedRecord, TypedRecord] | None:
        """Return a plain record with fields that the older, and fields that the newer program names."""
        old = plain_record(record, self.old, day, before)
        seen = translated(old, self.old, self.new, day)
        if seen is None:
            return None
        here = {path[0] for path in before}
        if any(len(path) > 1 and path[0] in here for path in now):
            return None  # parts of one record within it: the search finds those
        known: dict[Path, Value] = {(n,): seen.fields[n] for n in here if n in seen.fields}
        both = self.readings.both(plain_record(record, self.new, day, {**now, **known}), day, is_new=True)
        if both is None:
            return None
        only_old = {n: old.fields[n] for n in here if n not in seen.fields}
        return TypedRecord(record, {**both[0].fields, **only_old}), both[1]

    # ---- with z3

    def ask(
        self, key: DefKey, extra: Pairs = (), conds: Sequence[Expr] = (), new_conds: Sequence[Expr] = ()
    ) -> Witness | Nowhere | NotKnown:
        """Search for a record for which a definition differs, or one of ``extra`` does.

        ``extra`` says when parts have an answer at all: a value that is gone is a difference too.
        """
        answer = self.where(
            key.record, [(_ref(key, self.old), _ref(key, self.new)), *extra], conds, new_conds
        )
        return self.shown(key, answer)

    def shown(self, key: DefKey, answer: Answer) -> Witness | Nowhere | NotKnown:
        """Return an answer with its record tried."""
        if not isinstance(answer, Found):
            return answer
        old, new = answer.records
        witness = self.readings.witness(key, old, new, answer.as_of)
        if witness is not None:
            return witness
        return GUESSED if self.readings.is_guessed(old, new) else NOT_SHOWN

    def is_apart(self, key: DefKey, extra: Pairs, equal: Collection[DefKey]) -> bool:
        """Say whether it is proved that no record shows a difference, whatever ``equal`` ones are."""
        old, new = (kept_free(p, equal) for p in (self.old, self.new))
        pairs = [(_ref(key, self.old), _ref(key, self.new)), *extra]
        search = Search(old, key.record, self.days, _LIMIT)
        return isinstance(search.find_changed(new, pairs), Nowhere)

    def where(
        self, record: str, pairs: Pairs, conds: Sequence[Expr] = (), new_conds: Sequence[Expr] = ()
    ) -> Answer:
        search = Search(self.old, record, self.days, _LIMIT)
        return search.find_changed(self.new, pairs, conds=conds, new_conds=new_conds)


def _ref(key: DefKey, program: Program) -> Expr:
    return Ref(key, Var("self", RecordTy(key.record), NOWHERE), program.defs[key].ty, NOWHERE)


def conditions(axes: Sequence[CommonAxis], box: Box) -> tuple[list[Expr], list[Expr]]:
    """Return the conditions of a box, for the older and for the newer program: each column in one of them."""
    old: list[Expr] = []
    new: list[Expr] = []
    for axis, values in zip(axes, box, strict=True):
        said = axis.said(values)
        (new if axis.is_new else old).extend(condition_of([axis.axis], (said,)))
    return old, new
