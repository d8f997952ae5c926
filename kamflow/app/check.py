"""Check policies: all findings, tables proved, what was not proved, and the edits that mend findings.

Assumes: paths. Leaves: values; ``apply_fixes`` is the only one that writes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from kamflow.app.named_files import Named, load_named
from kamflow.base.diagnostic import Diagnostic, Edit, Severity, Sink
from kamflow.base.span import Source
from kamflow.base.write_file import write_text
from kamflow.check.decl_errors import not_tried
from kamflow.core.program import Program
from kamflow.project.errors import NO_POLICIES, NO_SUCH_PATH
from kamflow.project.load import Project, find_policies
from kamflow.project.prove import prove_project_tables

if TYPE_CHECKING:
    from kamflow.app.check_workflows import Checked
    from kamflow.app.prove import Proofs

_NOT_FOUND = frozenset({NO_SUCH_PATH.code, NO_POLICIES.code})


@dataclass(frozen=True, slots=True)
class CheckResult:
    """``files``, ``policies``: how many were checked; ``findings`` are about those.

    ``untried``: a note for each property; a plain check looks at its types only.
    ``proofs`` is there where properties and overrides were to be proved, and could be tried; ``guards``:
    how many guards of workflows were tried then.
    """

    project: Project
    findings: tuple[Diagnostic, ...]
    files: int
    policies: int
    untried: tuple[Diagnostic, ...]
    proofs: Proofs | None = None
    workflows: int = 0
    guards: int = 0

    @property
    def has_errors(self) -> bool:
        return any(f.is_error for f in self.findings)

    @property
    def is_clean(self) -> bool:
        """Say whether there is neither an error nor a warning."""
        return all(f.severity is Severity.NOTE for f in self.findings)

    @property
    def not_found(self) -> bool:
        """Say whether a path that was named holds nothing to check."""
        return any(f.code in _NOT_FOUND for f in self.findings)


@dataclass(frozen=True, slots=True)
class AskData:
    """A file of records in which those are counted whom a flaw concerns, as of a day (a day number)."""

    path: str
    day: int


def check_policies(
    paths: Sequence[Path],
    data: AskData | None = None,
    *,
    prove: bool = False,
    require_proof: bool = False,
    project_has: tuple[Sequence[Path], Sequence[Path]] = ((), ()),
) -> CheckResult:
    """Load and check files and folders of policies and workflows, and prove tables where nothing else is
    wrong.

    ``prove``: properties, overrides and guards too; ``require_proof``: what stays open is an error.
    ``project_has``: the policies and workflows of the project: workflows need policies.
    """
    if not any(_holds_yaml(p) for p in paths):
        return _checked(load_named(paths), None, data, prove=prove, require_proof=require_proof)
    from kamflow.app.check_workflows import check_together

    both = check_together(paths, *project_has)
    named = Named(both.linked.project, both.files, both.findings)
    return _checked(named, both, data, prove=prove, require_proof=require_proof)


def _holds_yaml(path: Path) -> bool:
    found = path.rglob("*") if path.is_dir() else (path,)
    return any(p.suffix.lower() in {".yaml", ".yml"} for p in found)


def _checked(
    named: Named, both: Checked | None, data: AskData | None, *, prove: bool, require_proof: bool
) -> CheckResult:
    project = named.project
    programs = [s.program for s in project.stretches if s.program is not None]
    files = [f for f in project.files if f.source in named.files]
    policies = {f.header.name.text for f in files if f.header is not None}
    untried = _untried(programs, named.files)
    workflows = both.named_workflows if both is not None else 0
    result = CheckResult(
        project, named.findings, len(named.files), len(policies), untried, workflows=workflows
    )
    if project.has_errors or result.has_errors:
        return result
    found = [*named.findings, *_about_tables(project, named.files, data)]
    proofs, guards = None, 0
    if prove or require_proof:
        from kamflow.app.prove import prove_project, required

        proofs = prove_project(project, named.files)
        found += proofs.findings
        if both is not None:
            about_guards, guards = both.proved()
            found += about_guards
        if require_proof:
            found = [required(f) for f in found]
    sink = Sink()
    sink.extend(found)
    return replace(result, findings=sink.sorted(), proofs=proofs, guards=guards)


def _about_tables(project: Project, files: frozenset[str], data: AskData | None) -> Sequence[Diagnostic]:
    if data is None:
        return prove_project_tables(project, files)
    from kamflow.app.check_data import Census

    census = Census(data.path, data.day, project)
    return [*prove_project_tables(project, files, census.touched), *census.findings]


def _untried(programs: Sequence[Program], files: frozenset[str]) -> tuple[Diagnostic, ...]:
    """Collect over all versions; what stands in several of them counts once."""
    properties = Sink()
    properties.extend(
        not_tried(p.span, p.title)
        for program in programs
        for p in program.properties
        if p.span.source in files
    )
    return properties.sorted()


@dataclass(frozen=True, slots=True)
class Mended:
    """A file after its fixes: the findings that are mended, and the whole new text."""

    source: Source
    findings: tuple[Diagnostic, ...]
    text: str


def plan_fixes(findings: Sequence[Diagnostic], sources: Mapping[str, Source]) -> Iterator[Mended]:
    """Apply edits, first come first served: one that touches an earlier one waits for the next run."""
    for name, source in sources.items():
        taken: list[Edit] = []
        mended: list[Diagnostic] = []
        for finding in findings:
            edits = [e for e in finding.fix if e.span.source == name]
            # a fix of several files, or one that meets another, is not applied in part
            if not edits or len(edits) != len(finding.fix) or any(_meet(e, t) for e in edits for t in taken):
                continue
            taken += edits
            mended.append(finding)
        if taken:
            yield Mended(source, tuple(mended), apply_edits(source.text, taken))


def _meet(a: Edit, b: Edit) -> bool:
    """Say whether two edits overlap, or insert at one place."""
    return a.span.start <= b.span.end and b.span.start <= a.span.end


def apply_edits(text: str, edits: Sequence[Edit]) -> str:
    """Return the text with edits that do not overlap."""
    for edit in sorted(edits, key=lambda e: e.span.start, reverse=True):
        text = text[: edit.span.start] + edit.new_text + text[edit.span.end :]
    return text


def apply_fixes(mended: Sequence[Mended]) -> None:
    """Write mended files."""
    for one in mended:
        write_text(Path(one.source.name), one.text)


def stamps(paths: Sequence[Path]) -> dict[Path, tuple[int, int]]:
    """Return what changes when a file of policies or workflows does: time of change and size."""
    found: dict[Path, tuple[int, int]] = {}
    yaml = (f for p in paths for f in (p.rglob("*") if p.is_dir() else ()) if _holds_yaml(f))
    for path in (*find_policies(paths, Sink()), *yaml):
        try:
            state = path.stat()
        except OSError:
            continue  # gone since it was listed
        found[path] = (state.st_mtime_ns, state.st_size)
    return found
