"""One question, ready to be answered: how a caller's record becomes a decision, the fast way and the slow.

Assumes: a stretch without errors and a plan of its program. A ``Slot`` never changes once made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Protocol, TypeAlias, cast, runtime_checkable

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.frozen import frozen
from kamflow.base.span import DataPlace
from kamflow.core.dress import shape_of, traced_shape
from kamflow.core.program import EvalPlan, FieldDecl, Program, RecordDecl
from kamflow.core.standings import Standings
from kamflow.core.ty import ListTy, RecordTy, Ty, strip_opt
from kamflow.engines.interp.interpreter import Interpreter
from kamflow.engines.python.engine import BoundPlan, Refused, compile_plan
from kamflow.engines.python.raw import may_be_absent
from kamflow.intake.read_record import ReadRecord, RecordReader
from kamflow.intake.show_value import show_value
from kamflow.project import errors
from kamflow.project.load import Stretch
from kamflow.project.undecided import explain_undecided
from kamflow.values.data import TypedRecord, Value
from kamflow.values.decision import Absent, Decision, Flat, Loose, Part, RecordId, Rejection, Shape
from kamflow.values.outcome import Decided, RawOutcome

if TYPE_CHECKING:
    from kamflow.intake.run import Locate


@runtime_checkable
class _Model(Protocol):
    def model_dump(self) -> dict[str, object]: ...


_ID_NAMES = ("id", "编号", "客户编号")


@frozen
class Question:
    """What is asked of every record: which day, which kind of record, which outputs, with a trace."""

    as_of: date
    record_type: str | None = None
    only: tuple[str, ...] = ()
    trace: bool = False


Fast: TypeAlias = "Callable[[object], Flat | None]"
"""A caller's record in, its flat answer out; None: read it the slow way."""


def decline(_record: object) -> Flat | None:
    return None


class Slot:
    """One question, ready to be answered: plan, reader, compiled functions."""

    __slots__ = (
        "_interpreter", "_plain", "bound", "fast", "fast_shape", "id_name", "plan", "program", "question",
        "reader", "shape", "standings",
    )  # fmt: skip

    def __init__(
        self, stretch: Stretch, question: Question, plan: EvalPlan, standings: Standings | None,
        overlay: Mapping[str, Value], left_out: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        assert stretch.program is not None
        assert stretch.lowered is not None
        self.question = question
        self.program = stretch.program
        lowered = stretch.lowered
        self.plan = plan
        schema = lowered.records[plan.record]
        self.reader = RecordReader(schema, lowered)
        self.id_name = id_name_of(schema)
        shape = shape_of(lowered, self.plan, question.as_of, loose_fields(schema))
        plain = replace(shape, left_out=left_out, parts=parts_within(lowered, schema))
        self._plain = plain
        self.shape: Shape = traced_shape(plain, lowered, self.plan) if question.trace else plain
        day = question.as_of.toordinal()
        self.standings = standings
        self._interpreter = Interpreter(lowered, day, None, overlay, standings)
        compiled = compile_plan(lowered, self.plan)
        self.bound: BoundPlan | None = (
            None if isinstance(compiled, Refused) else compiled.bind(day, overlay, standings)
        )
        self.fast: Fast = decline
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


RECORD_PLACE = DataPlace("record")


def raw_of(record: object) -> object:
    """Return what a caller's record holds, or the finding that says why it holds nothing."""
    if type(record) is dict:  # nearly all of them: asking for a protocol is slow
        return record
    if isinstance(record, str | bytes):
        return _parse(record, RECORD_PLACE)
    return record.model_dump() if isinstance(record, _Model) else record


def id_name_of(schema: RecordDecl) -> str:
    """Return the field by which a record is named in answers."""
    return next((n for n in _ID_NAMES if schema.field(n) is not None), schema.fields[0].name)


def loose_fields(schema: RecordDecl) -> tuple[Loose, ...]:
    """Return the fields that may be absent, in the order of the bits of the fast path's mask."""
    return tuple(loose for f in schema.fields if (loose := _loose_field(f)) is not None)


def _loose_field(decl: FieldDecl) -> Loose | None:
    if not may_be_absent(decl):
        return None
    return Loose(decl.name, show_value(decl.default, decl.ty) if decl.has_default else None)


def parts_within(program: Program, schema: RecordDecl) -> dict[str, tuple[Part, ...]]:
    """Return what may be absent in the record and in all kinds of records within it."""
    found: dict[str, tuple[Part, ...]] = {}
    todo = [schema]
    while todo:
        decl = todo.pop()
        if decl.name not in found:
            kinds = [_kind_within(f.ty) for f in decl.fields]
            found[decl.name] = tuple(
                Part(f.name, _loose_field(f), kind) for f, kind in zip(decl.fields, kinds, strict=True)
            )
            todo += [program.records[kind] for kind in kinds if kind]
    return found


def _kind_within(ty: Ty) -> str:
    match strip_opt(ty):
        case RecordTy(name) | ListTy(RecordTy(name)):
            return name
        case _:
            return ""


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
