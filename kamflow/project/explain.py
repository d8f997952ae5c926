"""Why each definition of a record has its value: rows, rules, what they read, what lost, what was rounded.

Assumes: a stretch without errors and a record that was read. An ``Explainer`` is made once for many records.
Leaves: frozen ``Explanation`` values (``project.explanation``).

All definitions of the plan are decided in one run. They are then *given* to the interpreter, so that
asking it for a column, a bound or the rows that lost costs that one expression.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from kamflow.base.frozen import frozen
from kamflow.base.span import Source
from kamflow.base.text import NO_TEXT, Text
from kamflow.core.dress import beaten
from kamflow.core.expr import (
    Aggregate,
    AnyCell,
    Choose,
    DefKey,
    Expr,
    Gather,
    Get,
    If,
    Override,
    Param,
    Pick,
    PopTerm,
    Ref,
    Table,
    Tag,
    TagKind,
    Today,
    Unwrap,
    Var,
    children,
    walk,
)
from kamflow.core.program import Def, DefKind, EvalPlan, tag_of
from kamflow.core.standings import Standings
from kamflow.core.ty import Ty
from kamflow.core.wording import PERSONAL, own_label, plain, say, say_cell
from kamflow.engines.interp.interpreter import Interpreter
from kamflow.engines.python.engine import BoundPlan, Refused, compile_plan
from kamflow.project.explanation import Explanation, Read, RowNote, RuleNote, Shown, StandingNote, Step
from kamflow.project.load import Stretch
from kamflow.project.standing_notes import note_of, terms_of
from kamflow.values.data import TypedRecord, Value
from kamflow.values.outcome import Decided, Rounded, Undecided


class Explainer:
    """Explains records of one plan on one day; serves one thread."""

    __slots__ = (
        "_bound", "_full", "_interp", "_labels", "_lowered", "_of_self", "_plan", "_program",
        "_rows", "_ruled", "_sources", "_standings", "_terms",
    )  # fmt: skip

    def __init__(
        self,
        stretch: Stretch,
        plan: EvalPlan,
        as_of: int,
        sources: Mapping[str, Source],
        standings: Standings | None = None,
        overlay: Mapping[str, Value] | None = None,
    ) -> None:
        assert stretch.program is not None
        assert stretch.lowered is not None
        self._program = stretch.program
        self._lowered = stretch.lowered
        self._plan = plan
        self._sources = sources
        self._full = replace(plan, outputs=plan.order)
        self._interp = Interpreter(self._lowered, as_of, None, overlay or {}, standings)
        compiled = compile_plan(self._lowered, self._full)
        self._bound: BoundPlan | None = (
            None if isinstance(compiled, Refused) else compiled.bind(as_of, overlay or {}, standings)
        )
        self._standings = standings
        self._terms: dict[DefKey, tuple[DefKey, ...]] = {}
        self._labels = {k: own_label(self._program, self._program.defs[k]) for k in plan.order}
        self._of_self: dict[int, bool] = {}
        defs = self._lowered.defs
        self._rows = [k for k in plan.order if defs[k].kind is DefKind.ROWS]
        self._ruled = [k for k in plan.order if isinstance(defs[k].body, Override)]

    def _label(self, key: DefKey) -> Text:
        found = self._labels.get(key)
        return found if found is not None else own_label(self._program, self._program.defs[key])

    def _compared(self, key: DefKey) -> tuple[DefKey, ...]:
        """Return the population terms in a definition."""
        found = self._terms.get(key)
        if found is None:
            found = self._terms[key] = terms_of(self._lowered, key)
        return found

    def is_of_self(self, cond: Expr) -> bool:
        """Say whether an expression reads the record only, not the items of a list."""
        known = self._of_self.get(id(cond))  # nodes live as long as the program
        if known is None:
            known = all(n.name == "self" for n in walk(cond) if isinstance(n, Var))
            self._of_self[id(cond)] = known
        return known

    def explain(self, record: TypedRecord) -> Explanation | None:
        """Explain every definition that the plan needs; None where the record can't be decided."""
        if self._bound is not None:
            outcome = self._bound.decide_traced(record)
        else:
            outcome = self._interp.decide(self._full, record)
        if not isinstance(outcome, Decided):
            return None
        values = dict(zip(self._plan.order, outcome.values, strict=True))
        given = TypedRecord(record.record, record.fields, {k.name: v for k, v in values.items()})
        fired = dict(zip(self._rows, outcome.fired, strict=True))
        applied = dict(zip(self._ruled, outcome.overrides, strict=True))
        one = _One(self, given, values, fired, applied, _by_definition(outcome.rounded), {})
        steps = {k.name: one.step(k) for k in self._plan.order if "#" not in k.name}
        outputs = tuple(k.name for k in self._plan.outputs)
        return Explanation(record.record, outputs, steps, outcome.rounded)


@frozen
class _One:
    """One record being explained."""

    of: Explainer
    record: TypedRecord
    values: Mapping[DefKey, Value]
    fired: Mapping[DefKey, Value]
    applied: Mapping[DefKey, tuple[int, ...]]
    rounded: Mapping[tuple[str, str], Sequence[Rounded]]
    known: dict[str, Read]

    def step(self, key: DefKey) -> Step:
        found = self.of._program.defs[key]
        body = found.body
        rules: tuple[RuleNote, ...] = ()
        base: Shown | None = None
        leaves: list[Expr] = []
        if isinstance(body, Override):
            applied = self.applied.get(key, ())
            rules = tuple(self._rule(body, i, applied) for i in applied)
            leaves += [x for i in applied for x in self._leaves(body.rules[i].cond)]
            base = self._shown(body.base) if applied else None
            body = self._before(body.base)
        rows, lost, more = self._rows_of(body)
        leaves += more if rows or isinstance(body, Pick | Gather) else self._leaves(body)
        return Step(
            name=key.name,
            label=self.of._labels[key],
            kind=found.kind,
            table=found.decl,
            shown=self._made(self.values[key], found.ty),
            rows=rows,
            lost=lost,
            rules=rules,
            base=base,
            reads=self._reads(leaves, key),
            population=_population(body, self.of._program.defs),
            standings=self._standings(key),
            rounded=tuple(self.rounded.get((key.record, key.name), ())),
            no_row=isinstance(body, Gather) and not rows,
        )

    def _standings(self, key: DefKey) -> tuple[StandingNote, ...]:
        if not self.of._standings:
            return ()
        found = [note_of(self, k, self.of._standings) for k in self.of._compared(key)]
        return tuple(n for n in found if n is not None)

    def _before(self, e: Expr) -> Expr:
        """Follow a reference to the value before overrides."""
        if isinstance(e, Ref) and self.of._program.defs[e.key].kind is DefKind.BASE:
            return self.of._program.defs[e.key].body
        return e

    # ---- rows

    def _rows_of(self, body: Expr) -> tuple[tuple[RowNote, ...], tuple[RowNote, ...], list[Expr]]:
        """Return the rows that answered, those that apply too but lost, and what was read for them."""
        match body:
            case Pick(Ref(key), values) | Gather(Ref(key), _, values):
                pass
            case _:
                return (), (), []
        found = self.fired.get(key)
        indexes = [i for i in (found if isinstance(found, tuple) else (found,)) if isinstance(i, int)]
        rows: list[RowNote] = []
        leaves: list[Expr] = []
        for index in indexes:
            tag = tag_of(self.of._program, key, index)
            assert tag is not None
            reads, more = self._row_reads(key, index)
            value = values[index] if values else None
            rows.append(_note(tag, reads, None if value is None else self._shown(value)))
            leaves += [*more, *(() if value is None else self._leaves(value))]
        lost: list[RowNote] = []
        for index in self.of._interp.lost_rows(key, self.record):
            tag = tag_of(self.of._program, key, index)
            if tag is not None:
                lost.append(_note(tag, (), self._shown(values[index]) if values else None))
        return tuple(rows), tuple(lost), leaves

    def _row_reads(self, key: DefKey, index: int) -> tuple[tuple[Read, ...], list[Expr]]:
        body = self.of._program.defs[key].body
        match body:
            case Table(columns=columns, rows=rows) if index < len(rows):
                asked = [
                    (c, cell) for c, cell in zip(columns, rows[index].cells, strict=True)
                    if not isinstance(cell, AnyCell)
                ]  # fmt: skip
                leaves = [x for c, _ in asked for x in self._leaves(c)]
                notes: list[Read] = []
                for column, cell in asked:
                    read = self._read(column)
                    test = say_cell(cell, column.ty, self.of._program, self._ask)
                    if read is not None:
                        told = test is None or test.en == read.shown.text.en
                        notes.append(read if told or test is None else replace(read, test=test))
                return tuple(notes), leaves
            case Table(columns=columns):
                return self._reads(columns, None), [x for c in columns for x in self._leaves(c)]
            case Choose(branches=branches) if index < len(branches):
                leaves = list(self._leaves(branches[index].cond))
                return self._reads(leaves, None), leaves
            case Choose(branches=branches):
                leaves = [x for b in branches for x in self._leaves(b.cond)]
                return self._reads(leaves, None), leaves
            case _:
                return (), []

    def _rule(self, body: Override, index: int, applied: tuple[int, ...]) -> RuleNote:
        rule = body.rules[index]
        won = index not in beaten(body, applied)
        reads = self._reads(list(self._leaves(rule.cond)), None)
        shown = self._shown(rule.value) if won else None
        return RuleNote(rule.tag.name, rule.tag.because, won, shown, reads)

    # ---- values

    def _ask(self, e: Expr) -> Value:
        """Return the value of an expression; definitions are given already."""
        match e:
            case Get(Var("self"), name):
                return self.record.fields[name]
            case Ref(key, Var("self")) if key in self.values:
                return self.values[key]
            case Unwrap(arg):
                return self._ask(arg)
            case _:
                return self.of._interp.evaluate(e, self.record)

    def _shown(self, e: Expr) -> Shown | None:
        try:
            return self._made(self._ask(e), e.ty)
        except (Undecided, AssertionError, ZeroDivisionError):
            return None  # what lies behind a guard that did not hold

    def _made(self, value: Value, ty: Ty) -> Shown:
        return Shown(say(value, ty, self.of._program), plain(value, ty))

    def _read(self, e: Expr) -> Read | None:
        """Return what is read, made once a record where it has a path of its own."""
        if not isinstance(e, Get | Ref | Param):
            return self._make_read(e)
        path = f"${e.name}" if isinstance(e, Param) else _path(e)
        found = self.known.get(path)
        if found is None:
            found = self._make_read(e)
            if found is not None and "…" not in path:
                self.known[path] = found
        return found

    def _make_read(self, e: Expr) -> Read | None:
        shown = self._shown(e)
        if shown is None:
            return None
        program = self.of._program
        match e:
            case Unwrap(arg):
                return self._read(arg)
            case Get(owner, name):
                record = getattr(owner.ty, "name", "")
                schema = program.records.get(record)
                decl = schema.field(name) if schema is not None else None
                if decl is not None and decl.personal:
                    shown = Shown(PERSONAL, None)
                return Read(_path(e), decl.label if decl else NO_TEXT, shown, is_input=True)
            case Ref(key, subject):
                behind = (key.name,) if isinstance(subject, Var) and key in self.values else ()
                return Read(_path(e), self.of._label(key), shown, behind=behind)
            case Param(name):
                return Read(name, program.params[name].label, shown)
            case Today():
                return Read("today", Text("the day of the decision", "决策日期"), shown)
            case _:
                refs = [x for x in self._leaves(e) if isinstance(x, Ref) and isinstance(x.subject, Var)]
                return Read(
                    self._words(e),
                    NO_TEXT,
                    shown,
                    behind=tuple(r.key.name for r in refs if r.key in self.values),
                )

    def _words(self, e: Expr) -> str:
        source = self.of._sources.get(e.span.source)
        text = source.text[e.span.start : e.span.end] if source is not None else ""
        return " ".join(text.split()) or "…"

    def _reads(self, leaves: Sequence[Expr], own: DefKey | None) -> tuple[Read, ...]:
        found: dict[str, Read] = {}
        for leaf in leaves:
            read = self._read(leaf)
            if read is not None and (own is None or read.name != own.name):
                found.setdefault(read.name, read)
        return tuple(found.values())

    def _leaves(self, e: Expr) -> Iterator[Expr]:
        """Yield what an expression reads of the record: fields, definitions, parameters, the day.

        Of an ``If`` the side that was not taken is left out; hidden definitions are looked through.
        """
        match e:
            case Param() | Today():
                yield e
            case Ref(key, Var("self")) if "#" in key.name:
                if self.of._program.defs[key].kind is not DefKind.BASE:
                    yield from self._leaves(self.of._program.defs[key].body)
            case Get() | Ref():
                if _root(e) == "self":
                    yield e
            case If(cond, then, other) if self.of.is_of_self(cond):
                yield from self._leaves(cond)
                yield from self._leaves(then if self._ask(cond) else other)
            case Aggregate(items=items, where=where, value=value):
                for part in (items, where, value):
                    if part is not None:
                        yield from self._leaves(part)
            case _:
                for child in children(e):
                    yield from self._leaves(child)


def _by_definition(rounded: Sequence[Rounded]) -> Mapping[tuple[str, str], Sequence[Rounded]]:
    """Sort roundings by record and definition; hidden parts belong to the definition that is seen."""
    found: dict[tuple[str, str], list[Rounded]] = {}
    for r in rounded:
        own, _, record = r.name.rpartition(" of ")
        found.setdefault((record, own.partition("#")[0]), []).append(r)
    return found


def _note(tag: Tag, reads: tuple[Read, ...], shown: Shown | None) -> RowNote:
    number = 0 if tag.kind is TagKind.OTHERWISE else tag.index
    return RowNote(tag.kind, number, tag.because, reads, shown)


def _root(e: Expr) -> str:
    """Return the variable that a path begins with."""
    while not isinstance(e, Var):
        match e:
            case Get(record=inner) | Ref(subject=inner) | Unwrap(arg=inner):
                e = inner
            case _:
                return ""
    return e.name


def _path(e: Expr) -> str:
    match e:
        case Get(Var("self"), name):
            return name
        case Ref(key, Var("self")):
            return key.name
        case Get(owner, name):
            return f"{_path(owner)}.{name}"
        case Ref(key, owner):
            return f"{_path(owner)}.{key.name}"
        case Unwrap(arg):
            return _path(arg)
        case _:
            return "…"


def _population(body: Expr, defs: Mapping[DefKey, Def]) -> str:
    if isinstance(body, Ref) and defs[body.key].kind is DefKind.POP:
        body = defs[body.key].body
    return body.population if isinstance(body, PopTerm) else ""
