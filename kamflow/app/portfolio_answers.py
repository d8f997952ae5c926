"""A file of records, read once and decided by a version: columns of answers.

Assumes: a version that compiles and a file that is there. Leaves: ``Answers``, or findings.
``decide_portfolio`` is the only place that knows how a whole file is decided.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from kamflow.app import eval_errors
from kamflow.app.eval import EvalRequest, best_record, read_portfolio
from kamflow.app.eval_tally import Tally
from kamflow.base.diagnostic import Diagnostic
from kamflow.base.span import DataPlace
from kamflow.core.expr import DefKey
from kamflow.core.program import Program, RecordDecl, make_plan, uses_population
from kamflow.core.wording import id_field
from kamflow.impact.answers import Answers, names_to_decide
from kamflow.intake.read_record import ReadRecord, RecordReader
from kamflow.portfolio import BadRecord, Item, RawRecord, open_records
from kamflow.project.engine import Engine, Question, Slot, UsageError, root_records
from kamflow.project.load import Project
from kamflow.values.data import TypedRecord, Value
from kamflow.values.decision import Decision, Rejection
from kamflow.values.trace import Step


@dataclass(frozen=True, slots=True)
class PortfolioRequest:
    """``portfolio``: everybody to compare with; None: the records of ``data`` are all there are."""

    data: str
    as_of: date
    portfolio: str | None = None
    record: str | None = None
    only: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    ignore_unknown: bool = False
    sheet: str | None = None


@dataclass(frozen=True, slots=True)
class PortfolioFile:
    """All records of a file, kept for both versions. ``problems``: about the file; ``notes``: seen beside."""

    name: str
    items: Sequence[Item]
    problems: Sequence[Diagnostic] = ()
    notes: Sequence[Diagnostic] = ()

    @property
    def is_broken(self) -> bool:
        return any(p.is_error for p in self.problems)


def read_file(request: PortfolioRequest) -> PortfolioFile:
    """Read all records; a file that can't be read to its end has a problem that is an error."""
    source = open_records(request.data, sheet=request.sheet)
    items = list(source.items)
    return PortfolioFile(request.data, items, tuple(source.problems), tuple(source.notes))


def record_in(file: PortfolioFile, program: Program) -> str | None:
    """Return the kind of record that a file holds, by its first record; None where it can't be told."""
    roots = root_records(program)
    if len(roots) == 1:
        return roots[0]
    first = next((i for i in file.items if isinstance(i, RawRecord)), None)
    return None if first is None else best_record(program, roots, first.raw)


@dataclass(slots=True)
class _Reasons:
    """Decides a record again, with its trace, when somebody asks for it."""

    engine: Engine
    question: Question
    file: PortfolioFile
    members: Sequence[TypedRecord] | None
    ignore_unknown: bool
    slot: Slot | None = None
    known: dict[int, Mapping[str, Step]] = field(default_factory=dict)

    def __call__(self, index: int) -> Mapping[str, Step]:
        found = self.known.get(index)
        if found is None:
            found = self.known[index] = self._steps(self.file.items[index])
        return found

    def _steps(self, item: Item) -> Mapping[str, Step]:
        if isinstance(item, BadRecord):
            return {}
        if self.slot is None:
            self.slot = self.engine.slot(replace(self.question, trace=True), self.members)
        answer = _decide(self.slot, item, self.ignore_unknown)
        trace = answer.trace if isinstance(answer, Decision) else None
        return {} if trace is None else trace.outputs


def decide_portfolio(
    project: Project, file: PortfolioFile, request: PortfolioRequest
) -> Answers | tuple[Diagnostic, ...]:
    """Decide every record of a file by one version."""
    engine = Engine(project)
    try:
        stretch = engine.stretch_on(request.as_of)
        assert stretch.program is not None
        assert request.record is not None, "the kind of record is settled for both versions"
        names = names_to_decide(stretch.program, request.record, request.only)
        question = Question(request.as_of, request.record, names)
        members = _members(stretch.lowered, request, names)
        if isinstance(members, tuple):
            return members
        slot = engine.slot(question, members)
    except UsageError as wrong:
        return (wrong.finding,)
    rows: list[Sequence[Value]] = []
    rejected: dict[int, tuple[Diagnostic, ...]] = {}
    nothing: tuple[Value, ...] = (None,) * len(names)
    fast, width = slot.fast, len(names)
    for i, item in enumerate(file.items):
        if isinstance(item, RawRecord):
            flat = None if item.blank_is_missing else fast(item.raw)
            if flat is not None:
                rows.append(flat[:width])  # type: ignore[arg-type]  # values come before what was absent
                continue
            answer = _decide(slot, item, request.ignore_unknown)
            if isinstance(answer, Decision):
                rows.append(answer.raw())
                continue
            rejected[i] = answer.findings
        else:
            rejected[i] = (item.finding,)
        rows.append(nothing)
    columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)) if rows and names else {}
    schema = stretch.program.records[request.record]
    return Answers(
        program=stretch.program,
        record=request.record,
        ids=_ids(file, schema),
        columns=columns or {n: [] for n in names},
        rejected=rejected,
        steps=_Reasons(engine, question, file, members, request.ignore_unknown),
        groups={n: _field(file, schema, n, stretch.program) for n in request.by if schema.field(n)},
    )


def _decide(slot: Slot, item: RawRecord, ignore_unknown: bool) -> Decision | Rejection:
    return slot.answer(
        item.raw, item.place, ignore_unknown=ignore_unknown, blank_is_missing=item.blank_is_missing,
        locate=item.locate,
    )  # fmt: skip


def _members(
    program: Program | None, request: PortfolioRequest, names: tuple[str, ...]
) -> list[TypedRecord] | tuple[Diagnostic, ...] | None:
    """Read everybody to compare with, where the outputs compare; findings where there is nobody."""
    assert program is not None
    assert request.record is not None
    known = tuple(n for n in names if DefKey(request.record, n) in program.defs)
    plan = make_plan(program, request.record, known)
    if not uses_population(program, plan):
        return None
    everybody = request.portfolio or request.data
    asked = EvalRequest(
        (), (), request.as_of, portfolio=everybody, ignore_unknown=request.ignore_unknown,
        sheet=request.sheet,
    )  # fmt: skip
    members = read_portfolio(asked, program, plan, Tally())
    return members or (eval_errors.portfolio_empty(everybody),)


def _ids(file: PortfolioFile, schema: RecordDecl) -> list[str]:
    """Return what each record is called: its id, or its place where it has none that may be shown."""
    name = id_field(schema)
    decl = schema.field(name) if name is not None else None
    shown = name if decl is not None and not decl.personal else None
    out: list[str] = []
    for number, item in enumerate(file.items, 1):
        raw = item.raw.get(shown) if isinstance(item, RawRecord) and shown is not None else None
        known = isinstance(raw, str | int) and not isinstance(raw, bool) and raw != ""
        out.append(str(raw) if known else f"#{number}")
    return out


def _field(file: PortfolioFile, schema: RecordDecl, name: str, program: Program) -> list[Value]:
    """Read one field of all records; None where it is missing or no value of its type."""
    decl = schema.field(name)
    assert decl is not None
    reader = RecordReader(replace(schema, fields=(decl,)), program)
    known: dict[tuple[object, bool], Value] = {}
    out: list[Value] = []
    for item in file.items:
        raw = item.raw.get(name) if isinstance(item, RawRecord) else None
        cells = isinstance(item, RawRecord) and item.blank_is_missing
        key = (raw, cells) if isinstance(raw, str | int | bool | None) else None
        if key is None or key not in known:
            read = reader.read({name: raw}, DataPlace(file.name), blank_is_missing=cells)
            value = read.record.fields.get(name) if isinstance(read, ReadRecord) else None
            if key is None:
                out.append(value)
                continue
            known[key] = value
        out.append(known[key])
    return out
