"""Two texts → a comparison, and what brute force says about the same two texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product

from kamflow.base.span import Source
from kamflow.compare.changes import Asked, InForce, Version, compare
from kamflow.compare.model import Change, Comparison, OutputChange, Verdict
from kamflow.compare.same_form import value_form
from kamflow.core.expr import DefKey
from kamflow.core.program import Program, make_plan
from kamflow.engines.interp import Interpreter
from kamflow.project.load import Project, load_sources
from kamflow.prove.intervals import Days
from kamflow.tables.grid import holds
from kamflow.values.data import TypedRecord, Value
from kamflow.values.outcome import Contradicts, Decided

HEAD = "policy p\n  currency CNY\nend\n\n"
DAY = 739_800


def project_of(text: str | Mapping[str, str]) -> Project:
    files = {"p.kam": text} if isinstance(text, str) else text
    project = load_sources({n: Source(n, t) for n, t in files.items()})
    assert not project.has_errors, [f.message.en for f in project.findings if f.is_error]
    return project


def version_of(text: str | Mapping[str, str]) -> Version:
    project = project_of(text)
    programs = tuple(
        InForce(Days(s.start, s.end - 1), s.program, s.lowered)
        for s in project.stretches
        if s.program is not None and s.lowered is not None
    )
    return Version(programs, lambda s: project.sources[s.source].text[s.start : s.end])


def diff(
    old: str | Mapping[str, str], new: str | Mapping[str, str], asked: Asked | None = None
) -> Comparison:
    return compare(version_of(old), version_of(new), asked)


def output(comparison: Comparison, name: str) -> OutputChange:
    return next(o for o in comparison.outputs if o.name == name)


def only(comparison: Comparison, name: str) -> Change:
    ((_, change),) = output(comparison, name).stretches
    return change


def regions(change: Change) -> list[tuple[list[str], str, str]]:
    return [([w.en for w in r.where], r.old.en, r.new.en) for o in change.own for r in o.regions]


# ---- brute force


def domain(program: Program, record: str = "r") -> Iterator[TypedRecord]:
    """Yield every record of a kind whose fields have few values."""
    fields = program.records[record].fields
    values: list[list[Value]] = []
    for f in fields:
        inner = getattr(f.ty, "inner", f.ty)
        found: list[Value] = [None] if inner is not f.ty else []
        if hasattr(inner, "lo"):
            found += range(inner.lo, inner.hi + 1)
        elif hasattr(inner, "members"):
            found += range(len(inner.members))
        else:
            found += [False, True]
        values.append(found)
    for chosen in product(*values):
        yield TypedRecord(record, dict(zip((f.name for f in fields), chosen, strict=True)))


def answer(program: Program, record: TypedRecord, name: str) -> object:
    plan = make_plan(program, record.record, (name,))
    match Interpreter(program, DAY).decide(plan, record):
        case Decided(values):
            return value_form(values[0], program.defs[DefKey(record.record, name)].ty)
        case Contradicts():
            return "no such record"
        case _:
            return "no answer"


def differing(old: Version, new: Version, name: str) -> set[tuple[object, ...]]:
    """Return the records (by their values) on which two versions with equal fields answer differently."""
    before, now = old.programs[0].lowered, new.programs[0].lowered
    out: set[tuple[object, ...]] = set()
    for record in domain(now):
        a, b = answer(before, record, name), answer(now, record, name)
        if "no such record" not in {a, b} and a != b:
            out.add(tuple(record.fields.values()))
    return out


def said_to_differ(change: Change, program: Program) -> set[tuple[object, ...]]:
    """Return the records that lie in a box of the change; columns are fields of ``r``."""
    out: set[tuple[object, ...]] = set()
    for record in domain(program):
        for own in change.own:
            codes = [a.axis.code_of(record.fields[a.axis.column.name]) for a in own.axes]  # type: ignore[union-attr]
            if any(c is None for c in codes):
                continue
            point = [c for c in codes if c is not None]
            if any(holds(b, point) for r in own.regions for b in r.difference.boxes):
                out.add(tuple(record.fields.values()))
    return out


def is_equal(change: Change) -> bool:
    return change.verdict is Verdict.EQUAL
