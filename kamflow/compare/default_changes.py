"""Defaults of fields that changed: what becomes of a record that leaves such a field out.

Each version fills in its own default, so the same file gives two different records. For an output that is
equal otherwise both programs are asked again, each with its default in place of the field.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from kamflow.base.span import NOWHERE
from kamflow.base.text import Text
from kamflow.compare.model import Change, Verdict, Witness
from kamflow.compare.own_changes import Side
from kamflow.compare.same_form import value_form
from kamflow.compare.search import ChangeSearch
from kamflow.core.expr import DefKey, Expr, Get, Lit, walk
from kamflow.core.plain import plain_record
from kamflow.core.program import FieldDecl, Program, reached
from kamflow.core.rewrite import rewrite
from kamflow.core.ty import RecordTy
from kamflow.engines.smt.answer import NotKnown
from kamflow.prove.constants import a_day
from kamflow.prove.intervals import Days
from kamflow.values.data import TypedRecord


@dataclass(frozen=True, slots=True)
class NewDefault:
    record: str
    old: FieldDecl
    new: FieldDecl


def new_defaults(old: Program, new: Program) -> Iterator[NewDefault]:
    """Yield the fields whose defaults differ; one that is new or gone rejects records, which is another
    matter."""
    for record, decl in new.records.items():
        before = old.records.get(record)
        for now in decl.fields if before is not None else ():
            was = before.field(now.name) if before is not None else None
            if was is None or not (was.has_default and now.has_default):
                continue
            if value_form(was.default, was.ty) != value_form(now.default, now.ty):
                yield NewDefault(record, was, now)


@dataclass
class DefaultChanges:
    """Adds to what became of an output what its records without a field meet."""

    old: Side
    new: Side
    days: Days
    _fields: Sequence[NewDefault] | None = None
    _searches: dict[tuple[str, str], ChangeSearch] = field(default_factory=dict)

    def added_to(self, key: DefKey, change: Change) -> Change:
        """Return the change of an output; one that is equal may differ for records without a field."""
        if self._fields is None:
            self._fields = tuple(new_defaults(self.old.program, self.new.program))
        if change.verdict is not Verdict.EQUAL or not self._fields:
            return change
        read = _fields_read(self.new.lowered, key)
        unknown: Change | None = None
        for found in self._fields:
            if (found.record, found.new.name) not in read:
                continue
            name = found.new.name
            why = Text(f"the default of {name} is another", f"字段 {name} 的默认值不同")
            answer = self._ask(key, found)
            match answer:
                case Witness():
                    return Change(Verdict.CHANGED, through=(name,), why=why, witness=answer)
                case NotKnown(reason):
                    words = Text(f"{why.en}: {reason.en}", f"{why.zh}：{reason.zh}")
                    unknown = Change(Verdict.NOT_DECIDED, through=(name,), why=words)
                case None:
                    pass
        return unknown or change

    def _ask(self, key: DefKey, found: NewDefault) -> Witness | NotKnown | None:
        """Return a record that leaves the field out and gets two answers; None where there is none."""
        search = self._search(found)
        day = a_day(self.days)
        plain = [plain_record(key.record, s.program, day) for s in (self.old, self.new)]
        witness = search.readings.witness(key, plain[0], plain[1], day, found.new.name)
        if witness is None:
            answer = search.ask(key)
            if isinstance(answer, NotKnown):
                return answer
            if not isinstance(answer, Witness):
                return None
            witness = answer
        old = _with(witness.old_record, found.record, found.old)
        new = _with(witness.new_record, found.record, found.new)
        return replace(witness, old_record=old, new_record=new, without=found.new.name)

    def _search(self, found: NewDefault) -> ChangeSearch:
        place = found.record, found.new.name
        if place not in self._searches:
            old, new = (
                _filled(side.lowered, found.record, decl)
                for side, decl in ((self.old, found.old), (self.new, found.new))
            )
            self._searches[place] = ChangeSearch(old, new, self.days)
        return self._searches[place]


def _filled(program: Program, record: str, decl: FieldDecl) -> Program:
    """Return a program in which a field has its default."""

    def swap(e: Expr) -> Expr | None:
        match e:
            case Get(owner, name) if name == decl.name and owner.ty == RecordTy(record):
                return Lit(decl.default, decl.ty, NOWHERE)
            case _:
                return None

    defs = {k: replace(d, body=rewrite(d.body, swap)) for k, d in program.defs.items()}
    facts = tuple(replace(f, cond=rewrite(f.cond, swap)) for f in program.impossible)
    people = {n: replace(p, where=rewrite(p.where, swap)) for n, p in program.populations.items()}
    return replace(program, defs=defs, impossible=facts, populations=people)


def _with(record: TypedRecord, kind: str, decl: FieldDecl) -> TypedRecord:
    fields = {
        name: _with(value, kind, decl) if isinstance(value, TypedRecord) else value
        for name, value in record.fields.items()
    }
    if record.record == kind:
        fields[decl.name] = decl.default
    return TypedRecord(record.record, fields, record.given)


def _fields_read(program: Program, key: DefKey) -> set[tuple[str, str]]:
    """Return the fields that a definition reads, through others too."""
    if key not in program.defs:
        return set()
    found = reached(program, [program.defs[key].body], populations=True)
    gets = (n for e in found for n in walk(e) if isinstance(n, Get))
    return {(g.record.ty.name, g.name) for g in gets if isinstance(g.record.ty, RecordTy)}
