"""Compare two versions of policies: load both, ask what changed.

Assumes: words and settings as the command line has them. Leaves: a ``Comparison``, or findings.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from kamflow.app.overlays import Overlay, with_overlay
from kamflow.app.version_errors import no_such_name
from kamflow.app.versions import WORKING_TREE, Loaded, load_version
from kamflow.base.diagnostic import Diagnostic
from kamflow.base.span import Source, Span
from kamflow.base.suggest import suggest
from kamflow.compare.changes import Asked, InForce, Version, compare, names_of
from kamflow.compare.model import Comparison
from kamflow.project import errors
from kamflow.project.load import Project
from kamflow.project.overlay import NotOverlaid
from kamflow.prove.intervals import Days

NO_OVERLAY = Overlay()


@dataclass(frozen=True, slots=True)
class CannotCompare:
    """``compiles``: what is wrong is not in the policies."""

    findings: tuple[Diagnostic, ...]
    sources: dict[str, Source]
    compiles: bool


@dataclass(frozen=True, slots=True)
class Compared:
    old: str
    new: str
    comparison: Comparison
    versions: tuple[Version, Version]
    projects: tuple[Project, Project]


def compare_versions(
    words: tuple[str, str],
    policies: Sequence[Path],
    root: Path,
    *,
    record: str = "",
    only: tuple[str, ...] = (),
    facts: bool = False,
    as_of: date | None = None,
    quick: bool = False,
    overlay: Overlay = NO_OVERLAY,
    progress: Callable[[str], None] | None = None,
) -> Compared | CannotCompare:
    """Compare two versions. A revision that names no folder has the one that the other version names.

    ``quick``: what is written differently is named, and nothing is proved about it. ``overlay``: what the
    new version's parameters are set to; a single version is then compared with itself so changed.
    """
    if overlay and words[1] == WORKING_TREE:
        words = words[0], words[0]
    on_disk = [Path(w) for w in words if w != WORKING_TREE and Path(w).exists()]
    once = {
        w: load_version(w, policies if w == WORKING_TREE else on_disk or policies, root)
        for w in dict.fromkeys(words)
    }
    loaded = [once[w] for w in words]
    failed = [side for side in loaded if side.has_errors]
    if failed:
        return _failed(failed)
    projects = [side.project for side in loaded if side.project is not None]
    laid = with_overlay(projects[1], overlay)
    if isinstance(laid, NotOverlaid):
        return CannotCompare(laid.findings, dict(laid.sources), compiles=True)
    projects[1] = laid
    old, new = map(version_of, projects)
    unknown = _unknown(old, new, record, only)
    if unknown is not None:
        return CannotCompare((unknown,), {}, compiles=True)
    day = None if as_of is None else as_of.toordinal()
    if day is not None and old.on(day) is None and new.on(day) is None:
        some = [s.show() for p in projects for s in p.stretches]
        assert as_of is not None
        return CannotCompare((errors.not_in_force(as_of.isoformat(), some),), {}, compiles=True)
    comparison = compare(old, new, Asked(day, record, only, facts, quick), progress)
    name = f"{loaded[1].name} + {overlay.name}" if overlay else loaded[1].name
    return Compared(loaded[0].name, name, comparison, (old, new), (projects[0], projects[1]))


def _failed(failed: Sequence[Loaded]) -> CannotCompare:
    findings = tuple(f for side in failed for f in side.findings)
    sources = {n: s for side in failed if side.project is not None for n, s in side.project.sources.items()}
    outside = (errors.NO_SUCH_PATH.code, errors.NO_POLICIES.code)
    compiles = all(s.project is None or all(f.code in outside for f in s.findings) for s in failed)
    return CannotCompare(findings, sources, compiles)


def _unknown(old: Version, new: Version, record: str, only: tuple[str, ...]) -> Diagnostic | None:
    records = {n: None for v in (old, new) for p in v.programs for n in p.program.records}
    if record and record not in records:
        return no_such_name(record, suggest(record, list(records)))
    known = {n: None for v in (old, new) for n in names_of(v, [record] if record else [])}
    name = next((n for n in only if n not in known), None)
    return None if name is None else no_such_name(name, suggest(name, list(known)))


def version_of(project: Project) -> Version:
    """Return a project's programs with the texts at hand."""

    def written(span: Span) -> str:
        source = project.sources.get(span.source)
        return source.text[span.start : span.end] if source is not None else ""

    programs = tuple(
        InForce(Days(s.start, s.end - 1), s.program, s.lowered)
        for s in project.stretches
        if s.program is not None and s.lowered is not None
    )
    return Version(programs, written)
