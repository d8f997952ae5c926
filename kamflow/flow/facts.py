"""What a step asks of the policies, answered by the engine: guards, values, payloads, first values.

Assumes: a link without errors. Leaves: values as JSON; *unknown* is None, with the names of what is missing.
A question is compiled once for its keys, and bound once for a day.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TypeAlias

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.frozen import frozen
from kamflow.base.span import DataPlace
from kamflow.core.dress import codec_of
from kamflow.core.expr import DefKey
from kamflow.core.program import FieldDecl, Program, make_plan, population_terms
from kamflow.core.ty import RecordTy, ScaledTy, strip_opt
from kamflow.core.wording import say_amount
from kamflow.engines.python.engine import BoundPlan, CompiledPlan, Refused, compile_plan, compile_reader
from kamflow.flow import link_errors
from kamflow.flow.as_policy import EV, STATE, VAR, event_record, fact, record_of, var_record
from kamflow.flow.link import Linked
from kamflow.intake.read_record import RecordReader, Unreadable
from kamflow.project.engine import Engine
from kamflow.project.errors import not_in_force
from kamflow.project.load import Stretch
from kamflow.values.codec import Json, json_reader, to_json
from kamflow.values.data import TypedRecord, Value
from kamflow.values.decision import Rejection
from kamflow.values.outcome import Decided
from kamflow.workflow.instance import Answer, Asked, JsonMap
from kamflow.workflow.model import Workflow

_Reader: TypeAlias = "Callable[[Value], Json]"
_MAX_DAYS = 256


@frozen
class _Line:
    """One key: its place in the answer, how its value is shown, and the facts it names with theirs."""

    key: str
    place: int
    show: _Reader
    facts: tuple[tuple[str, int, _Reader], ...]
    limits: FieldDecl | None  # the variable that it sets


class _Prepared:
    """One question on one record: keys compiled together, with all facts that they name."""

    __slots__ = ("_compiled", "_days", "lines", "names", "record")

    def __init__(
        self, program: Program, record: str, lines: tuple[_Line, ...], names: tuple[str, ...]
    ) -> None:
        self.record, self.lines, self.names = record, lines, names
        compiled = compile_plan(program, make_plan(program, record, names))
        self._compiled: CompiledPlan | None = None if isinstance(compiled, Refused) else compiled
        self._days: dict[int, BoundPlan] = {}

    def decide(self, record: TypedRecord, day: int) -> tuple[Value, ...] | None:
        """Return the values; None where there are none, for whatever reason."""
        if self._compiled is None:
            return None
        bound = self._days.get(day)
        if bound is None:
            if len(self._days) >= _MAX_DAYS:
                self._days = {}
            bound = self._days[day] = self._compiled.bind(day)
        outcome = bound.decide(record)
        return outcome.values if isinstance(outcome, Decided) else None


class _Part:
    """A part of the record of a question: it is read once for all questions that come with the same facts."""

    __slots__ = ("_last", "_read")

    def __init__(self, program: Program, kind: str) -> None:
        self._read = compile_reader(program, kind)
        self._last: tuple[object, TypedRecord | None] = (None, None)

    def read(self, raw: object) -> TypedRecord | None:
        """Return the part; None where it is for intake to say what it is."""
        last, typed = self._last  # one look: other threads write it
        if last is raw:
            return typed
        typed = None if self._read is None else self._read(raw)
        self._last = (raw, typed)
        return typed


class PolicyFacts:
    """The port ``workflow.instance.Facts`` for one workflow. May be shared by threads."""

    def __init__(self, linked: Linked, workflow: Workflow) -> None:
        assert linked.engine is not None, "a link without errors"
        self._engine: Engine = linked.engine
        self._linked, self._workflow = linked, workflow
        self._joint = linked.joints[workflow.id.text]
        self._prepared: dict[tuple[int, str, tuple[str, ...]], tuple[_Prepared, ...]] = {}
        self._parts: dict[tuple[int, str], Mapping[str, _Part]] = {}
        self._readers: dict[str, RecordReader] = {}
        self._events = {e.name.text for e in workflow.events if e.fields}
        self._subject, self._has_vars = workflow.subject.text, bool(workflow.vars)

    def answer(self, keys: Sequence[str], asked: Asked) -> Mapping[str, Answer] | tuple[Diagnostic, ...]:
        """Evaluate keys on the facts that came. Findings: the record can't be read or decided, a value
        does not fit into its variable, or no policy is in force that day."""
        stretch = self._stretch(asked.day)
        if isinstance(stretch, Diagnostic):
            return (stretch,)
        question = (stretch.start, asked.event, tuple(keys))
        parts = self._prepared.get(question)
        if parts is None:
            parts = self._prepared[question] = self._prepare(stretch, asked.event, keys)
        found: dict[str, Answer] = {}
        for part in parts:
            record = self._record(asked, part.record)
            typed = self._typed(stretch, part.record, record)
            values = None if typed is None else part.decide(typed, asked.day)
            if values is None:
                said = self._slowly(part, record, asked.day)
                if isinstance(said, Rejection):
                    return said.findings
                values = said
            for line in part.lines:
                lost = _outside(line, values[line.place])
                if lost is not None:
                    return (lost,)
                found[line.key] = _answer(line, values)
        return found

    def program_on(self, day: int) -> Program:
        """Return the lowered program of a day. Raises ``UsageError`` where no policy is in force then."""
        program = self._engine.stretch_on(date.fromordinal(day)).lowered
        assert program is not None, "a link without errors"
        return program

    def outputs(self, policy: str) -> tuple[str, ...]:
        """Return the decisions that `apply_rules` of a policy gives; those that compare with others are not
        among them. Their keys are ``keys.ruleset(policy, output)``."""
        program = self._programs()[-1]
        return tuple(
            o
            for o in self._joint.outputs.get(policy, ())
            if not population_terms(program, (DefKey(self._subject, o),))
        )

    def check_payload(self, event: str, payload: JsonMap) -> tuple[Diagnostic, ...]:
        """Read what came with an event; () where it is as declared, or the event declares nothing."""
        reader = self._readers.get(event)
        if reader is None:
            program = self._programs()[-1]
            schema = program.records.get(event_record(self._workflow.id.text, event))
            if schema is None:
                return ()
            reader = self._readers[event] = RecordReader(schema, program)
        read = reader.read(payload, DataPlace(event))
        return read.findings if isinstance(read, Unreadable) else ()

    def first_vars(self) -> JsonMap:
        """Return the variables of a new case: defaults, and null for what is optional."""
        record = self._programs()[-1].records.get(var_record(self._workflow.id.text))
        fields = record.fields if record is not None else ()
        return {f.name: to_json(codec_of(f.ty), f.default if f.has_default else None) for f in fields}

    # ---- inside

    def _stretch(self, day: int) -> Stretch | Diagnostic:
        """Return the policies of a day; a finding where not all that the workflow uses are in force."""
        own = record_of(self._workflow.id.text)
        known = [
            s for s in self._linked.project.stretches if s.lowered is not None and own in s.lowered.records
        ]
        found = next((s for s in known if s.holds(day)), None)
        return found or not_in_force(date.fromordinal(day).isoformat(), [s.show() for s in known])

    def _programs(self) -> list[Program]:
        own = record_of(self._workflow.id.text)
        found = [s.lowered for s in self._linked.project.stretches if s.lowered is not None]
        return [p for p in found if own in p.records]

    def _prepare(self, stretch: Stretch, event: str, keys: Sequence[str]) -> tuple[_Prepared, ...]:
        program = stretch.lowered
        assert program is not None
        at_event, plain = (record_of(self._workflow.id.text, e) for e in (event, ""))
        split: dict[str, list[str]] = {}
        for key in keys:
            split.setdefault(at_event if DefKey(at_event, key) in program.defs else plain, []).append(key)
        return tuple(self._part(program, record, own) for record, own in split.items())

    def _part(self, program: Program, record: str, keys: Sequence[str]) -> _Prepared:
        names = dict.fromkeys(keys)
        named: dict[str, list[str]] = {}
        for key in keys:
            paths = self._joint.facts.get((record, key), ())
            named[key] = [p for p in paths if DefKey(record, fact(p)) in program.defs]
            names |= dict.fromkeys(fact(p) for p in named[key])
        place = {name: i for i, name in enumerate(names)}
        show = {n: json_reader(codec_of(program.defs[DefKey(record, n)].ty)) for n in names}
        variables = program.records.get(var_record(self._workflow.id.text))
        lines: list[_Line] = []
        for key in keys:
            facts = tuple((p, place[fact(p)], show[fact(p)]) for p in named[key])
            var = key.rpartition(":")[2] if key.startswith("set:") else ""
            limits = variables.field(var) if variables is not None and var else None
            lines.append(_Line(key, place[key], show[key], facts, limits))
        return _Prepared(program, record, tuple(lines), tuple(names))

    def _record(self, asked: Asked, record: str) -> dict[str, object]:
        made: dict[str, object] = {self._subject: asked.subject, STATE: {"dwell": asked.dwell}}
        if self._has_vars:
            made[VAR] = asked.vars
        if asked.event in self._events and not record.endswith("@"):
            made[EV] = asked.payload
        return made

    def _typed(self, stretch: Stretch, record: str, raw: Mapping[str, object]) -> TypedRecord | None:
        parts = self._parts.get((stretch.start, record))
        if parts is None:
            parts = self._parts[stretch.start, record] = _parts_of(stretch, record)
        fields: dict[str, Value] = {}
        for name, part in parts.items():
            if name not in raw or (typed := part.read(raw[name])) is None:
                return None
            fields[name] = typed
        return TypedRecord(record, fields)

    def _slowly(self, part: _Prepared, record: dict[str, object], day: int) -> tuple[Value, ...] | Rejection:
        """Ask the engine, which says all that is wrong with a record."""
        found = self._engine.evaluate(
            record, as_of=date.fromordinal(day), only=part.names, record_type=part.record
        )
        return found if isinstance(found, Rejection) else found.raw()


def _parts_of(stretch: Stretch, record: str) -> dict[str, _Part]:
    """Return the parts of a question's record: the subject, variables, what came, the state."""
    program = stretch.lowered
    assert program is not None
    kinds = {f.name: strip_opt(f.ty) for f in program.records[record].fields}
    return {name: _Part(program, ty.name) for name, ty in kinds.items() if isinstance(ty, RecordTy)}


def _answer(line: _Line, values: tuple[Value, ...]) -> Answer:
    value = line.show(values[line.place])
    if not line.facts:
        return Answer(value)
    facts = {path: show(values[place]) for path, place, show in line.facts}
    missing = tuple(path for path, known in facts.items() if known is None) if value is None else ()
    return Answer(value, facts, missing)


def _outside(line: _Line, value: Value) -> Diagnostic | None:
    """Say where a value could not be read back from the variable that it is for."""
    field = line.limits
    ty = strip_opt(field.ty) if field is not None else None
    if field is None or not isinstance(ty, ScaledTy) or not isinstance(value, int) or ty.lo <= value <= ty.hi:
        return None
    said, low, high = (say_amount(v, ty) for v in (value, ty.lo, ty.hi))
    return link_errors.out_of_variable(field.name, said, low, high)
