"""One record as two programs read it, and what each of them says about it.

Assumes: lowered programs. Leaves: a ``Witness`` where the two answers differ, None where they are the same,
where one of the programs does not take the record, or where only a portfolio could tell.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from kamflow.base.text import Text
from kamflow.compare.model import Shown, Witness
from kamflow.compare.same_form import type_form, value_form
from kamflow.core.dress import build_trace
from kamflow.core.expr import DefKey
from kamflow.core.plain import plain_field, plain_record
from kamflow.core.program import EvalPlan, Program, make_plan
from kamflow.core.ty import EnumTy, ListTy, OptTy, RecordTy, ScaledTy, Ty, strip_opt
from kamflow.core.wording import plain, say
from kamflow.engines.interp import Interpreter
from kamflow.engines.python.engine import BoundPlan, Refused, compile_plan
from kamflow.values.data import TypedRecord, Value
from kamflow.values.outcome import Contradicts, Decided, NotDecided, WhyUndecided

_WHY = {
    WhyUndecided.NO_ROW: Text("no row applies", "没有适用的行"),
    WhyUndecided.TWO_ROWS: Text("two rows apply", "有两行同时命中"),
    WhyUndecided.OVERRIDES_DISAGREE: Text("overrides disagree", "覆盖规则互相矛盾"),
    WhyUndecided.NO_PORTFOLIO: Text("it needs a portfolio", "需要全部客户数据"),
}
NO_ANSWER = Text("no answer", "没有答案")


@dataclass
class Reader:
    """One program, asked about records."""

    program: Program
    _plans: dict[DefKey, EvalPlan] = field(default_factory=dict)
    _many: dict[tuple[str, tuple[str, ...], int], BoundPlan | None] = field(default_factory=dict)
    _interpreters: dict[int, Interpreter] = field(default_factory=dict)

    def values(
        self, record: str, names: tuple[str, ...], asked: TypedRecord, day: int
    ) -> list[object] | None:
        """Return the values of several definitions in a form to compare; None where one has none.

        Many records are tried, so this is compiled; what it finds the interpreter is asked about again.
        """
        if (record, names, day) not in self._many:
            compiled = compile_plan(self.program, make_plan(self.program, record, names))
            self._many[record, names, day] = None if isinstance(compiled, Refused) else compiled.bind(day)
        bound = self._many[record, names, day]
        outcome = None if bound is None else bound.decide(asked)
        if not isinstance(outcome, Decided):
            return None
        types = (self.program.defs[DefKey(record, n)].ty for n in names)
        return [value_form(v, t) for v, t in zip(outcome.values, types, strict=True)]

    def _interpreter(self, day: int) -> Interpreter:
        if day not in self._interpreters:
            self._interpreters[day] = Interpreter(self.program, day)
        return self._interpreters[day]

    def answer(self, key: DefKey, record: TypedRecord, day: int) -> tuple[object, Shown] | None:
        """Return the answer in a form to compare, and to show; None where the record can't be decided."""
        if key not in self._plans:
            self._plans[key] = make_plan(self.program, key.record, (key.name,))
        plan, ty = self._plans[key], self.program.defs[key].ty
        match self._interpreter(day).decide(plan, record):
            case Decided(values) as decided:
                step = build_trace(self.program, plan, decided).outputs[key.name]
                value = values[0]
                shown = Shown(say(value, ty, self.program), plain(value, ty), step)
                return (True, value_form(value, ty)), shown
            case NotDecided(_, WhyUndecided.NO_PORTFOLIO) | Contradicts():
                return None
            case NotDecided(_, why):
                return (False, None), Shown(NO_ANSWER, None, why_not=_WHY[why])


@dataclass
class TwoReadings:
    old: Reader
    new: Reader

    def witness(
        self, key: DefKey, old_record: TypedRecord, new_record: TypedRecord, day: int, without: str = ""
    ) -> Witness | None:
        """Return the record as a witness, if the programs answer differently."""
        if self.is_guessed(old_record, new_record):
            return None
        before = self.old.answer(key, old_record, day)
        now = self.new.answer(key, new_record, day)
        if before is None or now is None or before[0] == now[0]:
            return None
        return Witness(old_record, new_record, day, before[1], now[1], without)

    def differing(
        self, record: str, names: tuple[str, ...], old_record: TypedRecord, new_record: TypedRecord, day: int
    ) -> Iterator[str]:
        """Yield what two readings of a record differ in, where every one of the names has an answer."""
        before = self.old.values(record, names, old_record, day)
        now = self.new.values(record, names, new_record, day)
        if before is None or now is None:
            return
        for name, a, b in zip(names, before, now, strict=True):
            if a != b:
                yield name

    def is_guessed(self, old_record: TypedRecord, new_record: TypedRecord) -> bool:
        """Say whether the two readings assume different standings among a population nobody has seen."""
        types = {k.name: d.ty for k, d in self.old.program.defs.items() if k.record == old_record.record}
        now = {k.name: d.ty for k, d in self.new.program.defs.items() if k.record == new_record.record}
        both = old_record.given.keys() & new_record.given.keys()
        if both != old_record.given.keys() | new_record.given.keys():
            return True
        return any(
            value_form(old_record.given[n], types[n]) != value_form(new_record.given[n], now[n]) for n in both
        )

    def both(self, record: TypedRecord, day: int, *, is_new: bool) -> tuple[TypedRecord, TypedRecord] | None:
        """Return a record of one program as both read it."""
        here, there = (self.new, self.old) if is_new else (self.old, self.new)
        other = translated(record, here.program, there.program, day)
        if other is None:
            return None
        return (other, record) if is_new else (record, other)

    def lifted(self, found: Witness, record: str) -> Iterator[tuple[TypedRecord, TypedRecord]]:
        """Yield plain records that hold the record of a witness, where it is of another kind."""
        if found.old_record.record == record:
            yield found.old_record, found.new_record
            return
        day, kind = found.as_of, found.old_record.record
        for decl in self.new.program.records[record].fields:
            is_list = isinstance(decl.ty, ListTy)
            inner = decl.ty.item if isinstance(decl.ty, ListTy) else strip_opt(decl.ty)
            before = self.old.program.records.get(record)
            if inner != RecordTy(kind) or before is None or before.field(decl.name) is None:
                continue
            parts = [(r,) if is_list else r for r in (found.old_record, found.new_record)]
            old, new = (
                plain_record(record, reader.program, day, {(decl.name,): part})
                for reader, part in zip((self.old, self.new), parts, strict=True)
            )
            yield old, new


def translated(record: TypedRecord, here: Program, there: Program, day: int) -> TypedRecord | None:
    """Return a record as another program reads it; None where it has no such value."""
    own, decl = here.records[record.record], there.records.get(record.record)
    if decl is None:
        return None
    fields: dict[str, Value] = {}
    for f in decl.fields:
        was = own.field(f.name)
        if was is None:
            fields[f.name] = plain_field(f, there, day)
            continue
        try:
            fields[f.name] = _moved(record.fields[f.name], was.ty, f.ty, (here, there, day))
        except _NoSuchValueError:
            return None
    return TypedRecord(record.record, fields)


class _NoSuchValueError(Exception):
    """Control flow of this file: the other program has no such value."""


def _moved(value: Value, was: Ty, now: Ty, at: tuple[Program, Program, int]) -> Value:
    if value is None:
        if isinstance(now, OptTy):
            return None
        raise _NoSuchValueError
    before, after = strip_opt(was), strip_opt(now)
    if type_form(before) != type_form(after):
        raise _NoSuchValueError
    moved: Value = value
    match before, after:
        case ScaledTy(scale=scale), ScaledTy(_, scale2, lo, hi) if isinstance(value, int):
            found, rest = divmod(value * 10**scale2, 10**scale)
            if rest or not lo <= found <= hi:
                raise _NoSuchValueError
            moved = found
        case EnumTy(members=members), EnumTy(members=members2) if isinstance(value, int):
            if members[value] not in members2:
                raise _NoSuchValueError
            moved = members2.index(members[value])
        case ListTy(a), ListTy(b) if isinstance(value, tuple):
            moved = tuple(_moved(v, a, b, at) for v in value)
        case RecordTy(), RecordTy() if isinstance(value, TypedRecord):
            made = translated(value, *at)
            if made is None:
                raise _NoSuchValueError
            moved = made
        case _:
            pass
    return moved
