"""Prove what policies promise: their properties, and that their overrides go together.

Assumes: a loaded project without errors. Leaves: findings and counts; a policy file that stands in several
versions is proved for each, and what is found is said once, for the first of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from kamflow.base.diagnostic import Diagnostic, Severity, Sink
from kamflow.base.span import Span
from kamflow.core.program import Program
from kamflow.engines.smt import available
from kamflow.flow.prove_errors import NOT_DECIDED as GUARD_NOT_DECIDED
from kamflow.project.load import Project
from kamflow.project.prove import in_force
from kamflow.prove import errors, table_errors
from kamflow.prove.intervals import Days
from kamflow.prove.overrides import overridden, try_overrides
from kamflow.prove.properties import NotDecided, Proved, Refuted, try_property
from kamflow.prove.property_findings import refuted


@dataclass(frozen=True, slots=True)
class Proofs:
    """``proved``, ``refuted``, ``undecided``: properties; ``overrides``: rules without an open question."""

    findings: tuple[Diagnostic, ...] = ()
    proved: int = 0
    refuted: int = 0
    undecided: int = 0
    overrides: int = 0


@dataclass(slots=True)
class _Tally:
    """Verdicts by place: refuted outweighs not decided, and that outweighs proved."""

    proved: set[Span] = field(default_factory=set)
    undecided: dict[Span, Diagnostic] = field(default_factory=dict)
    refuted: dict[Span, Diagnostic] = field(default_factory=dict)


def prove_project(project: Project, files: frozenset[str]) -> Proofs:
    """Try all properties and overrides of some files."""
    if not available():
        return _unavailable(project, files)
    tally, sink = _Tally(), Sink()
    tried: set[Span] = set()
    open_rules: set[Span] = set()
    for _, _, program, days in in_force(project):
        _try_properties(program, days, files, tally)
        if any(r.tag.span.source in files for _, body in overridden(program) for r in body.rules):
            found = try_overrides(program, days)
            sink.extend(f for f in found.findings if isinstance(f.span, Span) and f.span.source in files)
            tried |= {s for s in found.tried if s.source in files}
            open_rules |= {s for s in found.undecided if s.source in files}
    sink.extend(tally.refuted.values())
    sink.extend(f for s, f in tally.undecided.items() if s not in tally.refuted)
    shown = _first_of_each(sink.sorted())
    undecided = len(tally.undecided.keys() - tally.refuted.keys())
    proved = len(tally.proved - tally.undecided.keys() - tally.refuted.keys())
    return Proofs(shown, proved, len(tally.refuted), undecided, len(tried - open_rules))


def _try_properties(program: Program, days: Days, files: frozenset[str], tally: _Tally) -> None:
    for prop in program.properties:
        if prop.span.source not in files or prop.span in tally.refuted:
            continue
        verdict = try_property(program, prop, days)
        match verdict:
            case Proved():
                tally.proved.add(prop.span)
            case Refuted():
                tally.refuted[prop.span] = refuted(prop, verdict)
            case NotDecided(why):
                finding = errors.not_decided(prop.span, errors.property_name(prop), why)
                tally.undecided.setdefault(prop.span, finding)


def _first_of_each(findings: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    """Keep one finding of a kind at a place: other versions of the files bring up the same again."""
    kept: dict[tuple[str, object, object], Diagnostic] = {}
    for finding in findings:
        kept.setdefault((finding.code, finding.span, finding.labels[:1]), finding)
    return tuple(kept.values())


_OPEN = frozenset(
    {errors.NOT_DECIDED.code, errors.NEEDS_Z3.code, table_errors.NOT_DECIDED.code, GUARD_NOT_DECIDED.code}
)


def required(finding: Diagnostic) -> Diagnostic:
    """Return a finding with what stays open as an error."""
    return replace(finding, severity=Severity.ERROR) if finding.code in _OPEN else finding


def _unavailable(project: Project, files: frozenset[str]) -> Proofs:
    properties: set[Span] = set()
    rules: set[Span] = set()
    for _, _, program, _ in in_force(project):
        properties |= {p.span for p in program.properties if p.span.source in files}
        found = {r.tag.span for _, body in overridden(program) for r in body.rules}
        rules |= {s for s in found if s.source in files}
    if not properties and not rules:
        return Proofs()
    finding = errors.needs_z3(min(properties | rules), len(properties), len(rules))
    return Proofs((finding,), undecided=len(properties))
