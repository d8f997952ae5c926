"""Workflows beside policies: what was named is checked, what it needs is loaded with it.

`kamflow check workflows` needs the project's policies, and one file of a workflow the calendars that lie
beside it. Findings are about what was named, and about what keeps it from being checked.
Assumes: paths; that there is a YAML file among them. Leaves: values.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from kamflow.base.diagnostic import Diagnostic, Sink
from kamflow.base.span import Source, Span
from kamflow.flow.discover import Definitions, find_definitions, read_definitions
from kamflow.flow.expressions import all_transitions
from kamflow.flow.link import Linked, link
from kamflow.flow.prove import prove_workflows, quick_findings
from kamflow.project.errors import NO_POLICIES
from kamflow.project.load import find_policies
from kamflow.syntax.parse import decode
from kamflow.workflow.validate import validate


@dataclass(frozen=True, slots=True)
class Checked:
    """``files``: names of the files that were asked for; ``findings`` are about these."""

    linked: Linked
    definitions: Definitions
    files: frozenset[str]
    findings: tuple[Diagnostic, ...]

    @property
    def named_workflows(self) -> int:
        return sum(w.source in self.files for w in self.definitions.workflows)

    def proved(self) -> tuple[tuple[Diagnostic, ...], int]:
        """Return what a search finds about guards, and how many guards it looked at."""
        guards = sum(
            t.when is not None
            for w in self.definitions.workflows
            if w.source in self.files
            for t in all_transitions(w)
        )
        return self._about_named(prove_workflows(self.linked)), guards

    def _about_named(self, findings: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
        return tuple(f for f in findings if not isinstance(f.span, Span) or f.span.source in self.files)


def check_together(paths: Sequence[Path], policies: Sequence[Path], workflows: Sequence[Path]) -> Checked:
    """Check policies and workflows that are named. ``policies``, ``workflows``: what the project has."""
    sink = Sink()
    named = _policies_named(paths, sink)
    sources: dict[str, Source] = {}
    for path in _once([*named, *find_policies(policies, Sink())]):
        source = decode(str(path), path.read_bytes(), sink)
        if source is not None:
            sources[source.name] = source
    own = find_definitions(paths)
    beside = [p for folder in dict.fromkeys(f.parent for f in own) for p in _in(folder)]
    definitions = read_definitions(_once([*own, *beside, *find_definitions(workflows)]))
    files = frozenset(map(str, [*named, *own]))
    linked = link(sources, definitions.workflows, definitions.calendars, definitions.texts)
    found = Sink()
    found.extend([*sink.sorted(), *definitions.findings, *linked.findings])
    today = datetime.now(UTC).date().toordinal()
    for workflow in linked.workflows:
        validate(workflow, definitions.calendars, found, today)
    if not found.has_errors:
        found.extend(quick_findings(linked))
    said = [f for f in found.sorted() if not isinstance(f.span, Span) or f.span.source in files]
    if found.has_errors and not any(f.is_error for f in said):
        said += [f for f in found.sorted() if f.is_error]  # else it would seem that guards were checked
    return Checked(linked, definitions, files, tuple(said))


def _policies_named(paths: Sequence[Path], sink: Sink) -> list[Path]:
    """Return the policy files named; a folder of workflows need not have any."""
    asked = [p for p in paths if p.is_dir() or p not in find_definitions([p])]
    found = Sink()
    named = find_policies(asked, found)
    empty = {str(p) for p in paths if p.is_dir() and find_definitions([p])}
    for finding in found.sorted():
        if finding.code != NO_POLICIES.code or finding.span.source not in empty:
            sink.add(finding)
    return named


def _in(folder: Path) -> list[Path]:
    # one folder, not what is below it: a neighbour, not another project
    return [p for p in find_definitions([folder]) if p.parent == folder]


def _once(paths: Iterable[Path]) -> list[Path]:
    """Return each file once, by the name it is called first."""
    found: dict[Path, Path] = {}
    for path in paths:
        found.setdefault(path.resolve(), path)
    return list(found.values())
