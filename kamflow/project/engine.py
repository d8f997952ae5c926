"""The public engine: records in, decisions or rejections out.

Assumes: a project without errors. An ``Engine`` never changes once made and may be used from any
number of threads; what it caches is made of immutable values and published whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias, cast, runtime_checkable

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.frozen import frozen
from kamflow.base.span import DataPlace
from kamflow.base.suggest import suggest
from kamflow.base.text import Lang
from kamflow.core.dress import shape_of, traced_shape
from kamflow.core.expr import DefKey
from kamflow.core.program import EvalPlan, Program, RecordDecl, make_plan
from kamflow.core.ty import ListTy, RecordTy, strip_opt
from kamflow.engines.interp.interpreter import Interpreter
from kamflow.engines.python.engine import BoundPlan, Refused, compile_plan
from kamflow.engines.python.raw import may_be_absent
from kamflow.intake.read_record import ReadRecord, RecordReader
from kamflow.intake.show_value import show_value
from kamflow.project import errors
from kamflow.project.load import Project, Stretch, load_project
from kamflow.project.undecided import explain_undecided
from kamflow.values.data import TypedRecord, Value
from kamflow.values.decision import Absent, Decision, Flat, Loose, RecordId, Rejection, Shape
from kamflow.values.outcome import Decided, RawOutcome

if TYPE_CHECKING:
    import pydantic

    from kamflow.intake.run import Locate


@runtime_checkable
class _Model(Protocol):
    def model_dump(self) -> dict[str, object]: ...


RecordLike: TypeAlias = "Mapping[str, object] | str | bytes | pydantic.BaseModel"
_ID_NAMES = ("id", "编号", "客户编号")
_MAX_SLOTS = 64


class PolicyError(Exception):
    """The policies don't compile. ``findings`` say why; ``kamflow check`` shows them in full."""

    def __init__(self, findings: Sequence[Diagnostic]) -> None:
        self.findings = tuple(findings)
        first = next((f for f in self.findings if f.is_error), None)
        more = len(self.findings) - 1
        text = f"{first.code} {first.message.en}" if first else "no policy"
        super().__init__(text + (f" (and {more} more findings)" if more > 0 else ""))


class UsageError(ValueError):
    """The call itself is wrong (an unknown output, no policy in force that day); see ``finding``."""

    def __init__(self, finding: Diagnostic) -> None:
        self.finding = finding
        super().__init__(f"{finding.code} {finding.message.en}")


@frozen
class Question:
    """What is asked of every record: which day, which kind of record, which outputs, with a trace."""

    as_of: date
    record_type: str | None = None
    only: tuple[str, ...] = ()
    trace: bool = False


Fast: TypeAlias = "Callable[[object], Flat | None]"
"""A caller's record in, its flat answer out; None: read it the slow way."""

_Last: TypeAlias = "tuple[date | None, bool, Fast, Shape, str, Slot | None]"


def _decline(_record: object) -> Flat | None:
    return None


class Slot:
    """One question, ready to be answered: plan, reader, compiled functions."""

    __slots__ = (
        "_interpreter", "_plain", "bound", "fast", "fast_shape", "id_name", "plan", "program", "question",
        "reader", "shape",
    )  # fmt: skip

    def __init__(
        self, stretch: Stretch, question: Question, record: str, portfolio: Sequence[TypedRecord] | None,
        overlay: Mapping[str, Value],
    ) -> None:  # fmt: skip
        assert stretch.program is not None
        assert stretch.lowered is not None
        self.question = question
        self.program = stretch.program
        lowered = stretch.lowered
        self.plan: EvalPlan = _plan(lowered, record, question.only)
        schema = lowered.records[record]
        self.reader = RecordReader(schema, lowered)
        self.id_name = next((n for n in _ID_NAMES if schema.field(n) is not None), schema.fields[0].name)
        plain = shape_of(lowered, self.plan, question.as_of, _loose(schema))
        self._plain = plain
        self.shape: Shape = traced_shape(plain, lowered, self.plan) if question.trace else plain
        day = question.as_of.toordinal()
        self._interpreter = Interpreter(lowered, day, portfolio, overlay)
        compiled = compile_plan(lowered, self.plan) if portfolio is None else Refused("", "portfolio")
        self.bound: BoundPlan | None = None if isinstance(compiled, Refused) else compiled.bind(day, overlay)
        self.fast: Fast = _decline
        self.fast_shape: Shape = plain
        if self.bound is not None and self.bound.has_fast:
            self.fast = self.bound.fast_traced if question.trace else self.bound.fast
            if question.trace:
                self.fast_shape = self.bound.shape_traced(plain)

    def answer(
        self,
        raw: object,
        place: DataPlace,
        *,
        ignore_unknown: bool = False,
        blank_is_missing: bool = False,
        locate: Locate | None = None,
        notes: list[Diagnostic] | None = None,
    ) -> Decision | Rejection:
        """Read and decide one record the slow way: every finding, every kind of input."""
        if not isinstance(raw, Mapping):
            return self._reject(None, (errors.not_a_record(place, type(raw).__name__),))
        read = self.reader.read(
            raw, place, ignore_unknown=ignore_unknown, blank_is_missing=blank_is_missing, locate=locate
        )
        record_id = id_of(raw, self.id_name)
        if not isinstance(read, ReadRecord):
            return self._reject(record_id, read.findings)
        if notes is not None:
            notes.extend(read.notes)
        return self.decide(read, record_id, place)

    def decide(self, read: ReadRecord, record_id: RecordId, place: DataPlace) -> Decision | Rejection:
        """Decide a record that was read."""
        outcome = self._run(read.record)
        if not isinstance(outcome, Decided):
            ask = self._interpreter.evaluate
            return self._reject(
                record_id, (explain_undecided(self.program, outcome, read.record, ask, place),)
            )
        flat: tuple[object, ...] = (*outcome.values, Absent(read.assumed, read.missing))
        if self.question.trace:
            flat = (*flat, outcome)  # `traced_shape` reads it back
        return Decision(self.shape, cast("Flat", flat), record_id)

    def _run(self, record: TypedRecord) -> RawOutcome:
        if self.bound is None:
            return self._interpreter.decide(self.plan, record)
        if self.question.trace:
            return self.bound.decide_traced(record)
        return self.bound.decide(record)

    def _reject(self, record_id: RecordId, findings: tuple[Diagnostic, ...]) -> Rejection:
        return Rejection(record_id, self.question.as_of, findings, frozenset(self._plain.outputs))


def _loose(schema: RecordDecl) -> tuple[Loose, ...]:
    """Return the fields that may be absent, in the order of the bits of the fast path's mask."""
    return tuple(
        Loose(f.name, show_value(f.default, f.ty) if f.has_default else None)
        for f in schema.fields
        if may_be_absent(f)
    )


def _parse(text: str | bytes, place: DataPlace) -> object:
    """Return the value of a JSON text, or the finding that says why it is none."""
    from kamflow.portfolio.parse_json import Fault, fault_finding, parse_value  # only for texts

    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8")
        except UnicodeDecodeError:
            return errors.not_a_record(place, "bytes that are not UTF-8")
    found = parse_value(text, len(text) - len(text.lstrip()))
    if isinstance(found, Fault):
        line = text.count("\n", 0, found.offset) + 1
        return fault_finding(found, place, line, found.offset - text.rfind("\n", 0, found.offset))
    value, end = found
    return value if not text[end:].strip() else errors.not_a_record(place, "text after the record")


def id_of(raw: Mapping[str, object], name: str) -> RecordId:
    value = raw.get(name)
    return value if isinstance(value, str | int) and not isinstance(value, bool) else None


def _plan(program: Program, record: str, only: tuple[str, ...]) -> EvalPlan:
    for name in only:
        if DefKey(record, name) not in program.defs or "#" in name:
            known = [k.name for k in program.defs if k.record == record and "#" not in k.name]
            raise UsageError(errors.unknown_output(name, suggest(name, known)))
    return make_plan(program, record, only)


class Engine:
    """Policies compiled once. ``evaluate`` decides one record, ``evaluate_many`` any number."""

    __slots__ = ("_last", "_overlay", "_paths", "_slots", "project")

    def __init__(
        self, project: Project, overlay: Mapping[str, Value] | None = None, paths: Sequence[Path] = ()
    ) -> None:
        if project.has_errors:
            raise PolicyError(project.findings)
        self.project = project
        self._paths = tuple(paths)
        self._overlay: Mapping[str, Value] = overlay or {}
        self._slots: dict[Question, Slot] = {}
        # the last question, unpacked: one tuple, so that another thread sees all of it or none
        self._last: _Last = (None, False, _decline, cast("Shape", None), "", None)

    @property
    def digest(self) -> str:
        """The hash of all policy texts: two engines with one digest decide alike."""
        return self.project.digest

    def evaluate(
        self,
        record: RecordLike,
        *,
        as_of: date,
        trace: bool = False,
        only: Sequence[str] = (),
        record_type: str | None = None,
        ignore_unknown: bool = False,
    ) -> Decision | Rejection:
        """Decide one record: a dict, the JSON text of an object, or a pydantic model.

        ``as_of`` is the day for which the policies and parameters count; there is no default, because
        a decision must not depend on the clock. Returns a ``Decision``, or a ``Rejection`` whose
        findings say what is wrong with the record. Raises ``UsageError`` where the question itself
        is wrong (no policy in force, unknown output).
        """
        day, traced, fast, shape, id_name, slot = self._last
        if day is not as_of or traced is not trace or only or record_type is not None:
            slot = self.slot(Question(as_of, record_type, tuple(only), trace))
            fast, shape, id_name = slot.fast, slot.fast_shape, slot.id_name
            if not only and record_type is None:
                self._last = (as_of, trace, fast, shape, id_name, slot)
        flat = fast(record)
        if flat is not None:
            return Decision(shape, flat, record.get(id_name))  # type: ignore[arg-type, union-attr]  # a dict
        assert slot is not None
        return self._answer(slot, record, ignore_unknown=ignore_unknown)

    def _answer(self, slot: Slot, record: RecordLike, *, ignore_unknown: bool) -> Decision | Rejection:
        place = DataPlace("record")
        raw: object = record
        if isinstance(record, str | bytes):
            raw = _parse(record, place)
            if isinstance(raw, Diagnostic):
                return Rejection(None, slot.question.as_of, (raw,))
        elif isinstance(record, _Model):
            raw = record.model_dump()
        return slot.answer(raw, place, ignore_unknown=ignore_unknown)

    def evaluate_many(
        self,
        records: Iterable[RecordLike],
        *,
        as_of: date,
        trace: bool = False,
        only: Sequence[str] = (),
        record_type: str | None = None,
        ignore_unknown: bool = False,
    ) -> Iterator[Decision | Rejection]:
        """Decide records one after the other, in order; a bad one gives a ``Rejection`` in its place."""
        slot = self.slot(Question(as_of, record_type, tuple(only), trace))
        fast = slot.fast
        shape, id_name = slot.fast_shape, slot.id_name
        for record in records:
            flat = fast(record)
            if flat is not None:
                yield Decision(shape, flat, record.get(id_name))  # type: ignore[arg-type, union-attr]  # a dict
                continue
            yield self._answer(slot, record, ignore_unknown=ignore_unknown)

    def slot(self, question: Question, portfolio: Sequence[TypedRecord] | None = None) -> Slot:
        """Return the prepared answerer of a question; kept for the next time (not with a portfolio)."""
        found = self._slots.get(question) if portfolio is None else None
        if found is not None:
            return found
        stretch = self.stretch_on(question.as_of)
        record = self._record(stretch, question.record_type)
        made = Slot(stretch, question, record, portfolio, self._overlay)
        if portfolio is None:
            kept = dict(list(self._slots.items())[-_MAX_SLOTS:])
            kept[question] = made
            self._slots = kept
        return made

    def stretch_on(self, as_of: date) -> Stretch:
        """Return the policies in force on a day."""
        day = as_of.toordinal()
        found = self.project.stretch_on(day)
        if found is None or found.program is None:
            raise UsageError(
                errors.not_in_force(as_of.isoformat(), [s.show() for s in self.project.stretches])
            )
        return found

    def _record(self, stretch: Stretch, asked: str | None) -> str:
        program = stretch.program
        assert program is not None
        found = root_records(program)
        if asked is not None:
            if asked not in program.records:
                raise UsageError(errors.which_record(found, asked, suggest(asked, program.records)))
            return asked
        if len(found) != 1:
            raise UsageError(errors.which_record(found, "", None))
        return found[0]

    def reload(self) -> Engine:
        """Return an engine of the policies as they stand now: itself where no text has changed.

        Raises ``PolicyError`` where they no longer compile; this engine goes on as it is.
        """
        fresh = load_project(self._paths)
        if fresh.digest == self.digest and not fresh.has_errors:
            return self
        return Engine(fresh, self._overlay, self._paths)

    def json_schema(
        self, record_type: str | None = None, *, as_of: date, lang: Lang = Lang.EN
    ) -> dict[str, object]:
        """Return the JSON Schema (2020-12) of a record as the policies in force that day read it."""
        from kamflow.project.schema import json_schema

        program, record = self._schema_of(record_type, as_of)
        return dict(json_schema(program, record, lang))

    def model(self, record_type: str | None = None, *, as_of: date) -> type[pydantic.BaseModel]:
        """Return a pydantic model of a record; its instances are records for ``evaluate``."""
        from kamflow.project.models import pydantic_model

        return pydantic_model(*self._schema_of(record_type, as_of))

    def _schema_of(self, record_type: str | None, as_of: date) -> tuple[Program, str]:
        stretch = self.stretch_on(as_of)
        assert stretch.program is not None
        return stretch.program, self._record(stretch, record_type)

    def scenario(self, title: str) -> Engine:
        """Return a new engine in which a declared scenario's values replace the parameters' own."""
        overlay = {**self._overlay, **scenario_values(self.project, title)}
        return Engine(self.project, overlay, self._paths)


def scenario_values(project: Project, title: str) -> Mapping[str, Value]:
    """Return the parameter values that a declared scenario sets; ``UsageError`` for any other title."""
    found = [s for p in project.stretches if p.program is not None for s in p.program.scenarios]
    for one in found:
        if title in {one.title.en, one.title.zh} - {""}:
            return dict(one.sets)
    known = list(dict.fromkeys(s.title.en or s.title.zh for s in found))
    every = [t for s in found for t in (s.title.en, s.title.zh) if t]
    raise UsageError(errors.unknown_scenario(title, known, suggest(title, every)))


def root_records(program: Program) -> list[str]:
    """Return the records with outputs that are no part of another such record."""
    having = [r for r in program.records if program.outputs_of(r)]
    inside: set[str] = set()
    for name in having:
        for decl in program.records[name].fields:
            ty = strip_opt(decl.ty)
            part = strip_opt(ty.item) if isinstance(ty, ListTy) else ty
            if isinstance(part, RecordTy) and part.name != name:
                inside.add(part.name)
    roots = [r for r in having if r not in inside]
    return roots or having


def load(policies: str | Path | Sequence[str | Path]) -> Engine:
    """Compile policy files or folders; raises ``PolicyError`` with all findings where that fails."""
    paths = [Path(p) for p in ([policies] if isinstance(policies, str | Path) else policies)]
    return Engine(load_project(paths), paths=paths)
