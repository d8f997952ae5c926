"""The public engine: records in, decisions or rejections out.

Assumes: a project without errors. An ``Engine`` never changes once made and may be used from any
number of threads; what it caches is made of immutable values and published whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, cast

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.suggest import suggest
from kamflow.base.text import Lang, Text
from kamflow.core.expr import DefKey
from kamflow.core.program import EvalPlan, Program, compared_outputs, make_plan, population_terms
from kamflow.core.standings import Standings
from kamflow.core.ty import ListTy, RecordTy, strip_opt
from kamflow.project import errors
from kamflow.project.cutoffs import Placed
from kamflow.project.load import Project, Stretch, load_project
from kamflow.project.slot import RECORD_PLACE, Fast, Question, Slot, decline, id_name_of, id_of, raw_of
from kamflow.project.survey import Survey, member_record
from kamflow.values.data import Value
from kamflow.values.decision import Decision, Rejection, Shape

if TYPE_CHECKING:
    import pydantic


RecordLike: TypeAlias = "Mapping[str, object] | str | bytes | pydantic.BaseModel"
_MAX_SLOTS = 64
__all__ = [
    "Engine", "PolicyError", "Question", "RecordLike", "Slot", "UsageError", "load", "root_records",
    "scenario_values",
]  # fmt: skip


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


_Last: TypeAlias = "tuple[date | None, bool, Fast, Shape, str, Slot | None]"


def _plan(program: Program, record: str, only: tuple[str, ...]) -> EvalPlan:
    for name in only:
        if DefKey(record, name) not in program.defs or "#" in name:
            known = [k.name for k in program.defs if k.record == record and "#" not in k.name]
            gives = [k for k in known if program.defs[DefKey(record, k)].decl == name]
            raise UsageError(errors.unknown_output(name, suggest(name, known), gives))
    return make_plan(program, record, only)


class Engine:
    """Policies compiled once. ``evaluate`` decides one record, ``evaluate_many`` any number.

    ``placed``: how everybody stands, for classes and ranks; see ``with_portfolio`` and ``with_cutoffs``.
    """

    __slots__ = ("_last", "_overlay", "_paths", "_slots", "placed", "project")

    def __init__(
        self,
        project: Project,
        overlay: Mapping[str, Value] | None = None,
        paths: Sequence[Path] = (),
        placed: Placed | None = None,
    ) -> None:
        if project.has_errors:
            raise PolicyError(project.findings)
        self.project = project
        self._paths = tuple(paths)
        self._overlay: Mapping[str, Value] = overlay or {}
        self.placed = placed
        self._slots: dict[Question, Slot] = {}
        # the last question, unpacked: one tuple, so that another thread sees all of it or none
        self._last: _Last = (None, False, decline, cast("Shape", None), "", None)

    @property
    def overlay(self) -> Mapping[str, Value]:
        """Values that stand in place of parameters' own: those of a scenario."""
        return self._overlay

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
        raw = raw_of(record)
        if isinstance(raw, Diagnostic):
            return Rejection(None, slot.question.as_of, (raw,))
        return slot.answer(raw, RECORD_PLACE, ignore_unknown=ignore_unknown)

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

    def slot(self, question: Question) -> Slot:
        """Return the prepared answerer of a question; it is kept for the next time."""
        found = self._slots.get(question)
        if found is not None:
            return found
        stretch = self.stretch_on(question.as_of)
        program = stretch.lowered
        assert program is not None
        plan = self.full_plan(question)
        gone = self._left_out(program, plan, question)
        if gone:
            plan = make_plan(program, plan.record, tuple(k.name for k in plan.outputs if k.name not in gone))
        standings = self._standings(program, plan, question.as_of)
        made = Slot(stretch, question, plan, standings, self._overlay, gone)
        kept = dict(list(self._slots.items())[-_MAX_SLOTS:])
        kept[question] = made
        self._slots = kept
        return made

    def full_plan(self, question: Question) -> EvalPlan:
        """Return what is computed where it is known how everybody stands."""
        stretch = self.stretch_on(question.as_of)
        assert stretch.lowered is not None
        return _plan(stretch.lowered, self._record(stretch, question.record_type), question.only)

    def _left_out(self, program: Program, plan: EvalPlan, question: Question) -> tuple[str, ...]:
        """Name the outputs that are not decided, because they compare with others and nobody is known.

        What is asked for by name (``only``) never is; nor is anything where all outputs compare.
        """
        if self.placed is not None or question.only:
            return ()
        compared = compared_outputs(program, plan)
        return compared if len(compared) < len(plan.outputs) else ()

    def _standings(self, program: Program, plan: EvalPlan, as_of: date) -> Standings | None:
        """Return how everybody stands by the terms of a plan; None where nobody is known."""
        if self.placed is None:
            return None
        terms = population_terms(program, plan.order)
        found = self.placed.standings(program, terms, as_of, self._overlay)
        if isinstance(found, Diagnostic):
            raise UsageError(found)
        return found

    # ---- compared with everybody

    def with_portfolio(
        self,
        records: Iterable[RecordLike],
        *,
        as_of: date,
        record_type: str | None = None,
        ignore_unknown: bool = False,
    ) -> Engine:
        """Return a new engine that compares records with these: all customers, measured as of a day.

        It decides for that day. A record that can't be read is no member; its ``Rejection`` is in
        ``placed.rejections`` of the new engine. Memory: the measures, not the records.
        """
        stretch = self.stretch_on(as_of)
        program = stretch.lowered
        assert program is not None
        terms = population_terms(program, program.defs)
        asked = record_type
        if asked is None:
            roots = root_records(program)
            asked = member_record(program, terms, roots[0]) if terms else self._record(stretch, None)
        elif asked not in program.records:
            near = suggest(asked, program.records)
            raise UsageError(errors.which_record(root_records(program), asked, near))
        survey = Survey(program, terms, asked, as_of.toordinal(), self._overlay)
        rejections: list[Rejection] = []
        for record in records:
            raw = raw_of(record)
            if isinstance(raw, Diagnostic):
                rejections.append(Rejection(None, as_of, (raw,)))
                continue
            if not isinstance(raw, Mapping):
                found = (errors.not_a_record(RECORD_PLACE, type(raw).__name__),)
                rejections.append(Rejection(None, as_of, found))
                continue
            lost = survey.add(raw, RECORD_PLACE, ignore_unknown=ignore_unknown)
            if lost:
                rejections.append(Rejection(id_of(raw, id_name_of(program.records[asked])), as_of, lost))
        placed = survey.placed(as_of, self.digest, tuple(rejections))
        return Engine(self.project, self._overlay, self._paths, placed)

    def with_cutoffs(self, path: str | Path) -> Engine:
        """Return a new engine that compares records by the cut-offs of a file, in O(log n) for each.

        Raises ``UsageError`` where it is no such file; ``evaluate`` does where the file was written for
        terms of a policy that are not those of this one.
        """
        from kamflow.project.cutoff_file import read_cutoffs  # only where it is used

        placed = read_cutoffs(Path(path))
        if isinstance(placed, Diagnostic):
            raise UsageError(placed)
        return Engine(self.project, self._overlay, self._paths, placed)

    def write_cutoffs(self, path: str | Path) -> None:
        """Write how everybody stands to a file, in one step; raises ``UsageError`` without a portfolio."""
        from kamflow.project.cutoff_file import write_cutoffs

        if self.placed is None or self.placed.file:
            raise UsageError(errors.nothing_measured(str(path)))
        write_cutoffs(Path(path), self.placed)

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
        return Engine(fresh, self._overlay, self._paths, self.placed)

    def labels(self, *, as_of: date) -> dict[str, dict[str, Text]]:
        """Return what members of types are called that day, for people: ``labels["tier"]["S"].zh``."""
        program = self.stretch_on(as_of).program
        assert program is not None
        return {
            name: {m: said or Text(m) for m, said in zip(decl.ty.members, decl.labels, strict=True)}
            for name, decl in program.enums.items()
        }

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
        return Engine(self.project, overlay, self._paths, self.placed)


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
    """Return the records with outputs that are no part of another such record.

    A part with more outputs than the whole is what the policies are about (customers, not their
    complaints): then the whole has to be asked for by name. So has any other record where one has more
    outputs than all the rest together (customers beside a daily report).
    """
    having = {r: len(program.outputs_of(r)) for r in program.records}
    having = {r: n for r, n in having.items() if n}
    inside: set[str] = set()
    for name, outputs in having.items():
        for decl in program.records[name].fields:
            ty = strip_opt(decl.ty)
            part = strip_opt(ty.item) if isinstance(ty, ListTy) else ty
            if isinstance(part, RecordTy) and part.name != name and part.name in having:
                inside.add(part.name if having[part.name] <= outputs else name)
    roots = [r for r in having if r not in inside] or list(having)
    total = sum(having[r] for r in roots)
    return [r for r in roots if 2 * having[r] > total] or roots


def load(policies: str | Path | Sequence[str | Path]) -> Engine:
    """Compile policy files or folders; raises ``PolicyError`` with all findings where that fails."""
    paths = [Path(p) for p in ([policies] if isinstance(policies, str | Path) else policies)]
    return Engine(load_project(paths), paths=paths)
