"""Workflows beside policies: what was named is checked, what it needs is loaded with it.

`kamflow check workflows` needs the project's policies, and one file of a workflow the calendars that lie
beside it. Findings are about what was named, and about what keeps it from being checked.
Assumes: paths; that there is a YAML file among them. Leaves: values.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from kamflow.base.diagnostic import Diagnostic, Sink
from kamflow.base.span import Source, Span
from kamflow.check.decl_errors import UNKNOWN_POLICY
from kamflow.flow.discover import Definitions, find_definitions, read_definitions, unknown_countries
from kamflow.flow.expressions import all_transitions
from kamflow.flow.link import Linked, link
from kamflow.flow.prove import prove_workflows, quick_findings
from kamflow.project.errors import NO_POLICIES, no_such_path
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
    """Check policies and workflows that are named.

    ``policies``, ``workflows``: what the project has; of that only what is needed is loaded: policies where
    those that are named are not all that workflows use, and calendars.
    """
    sink = Sink()
    named, own = _once(_policies_named(paths, sink)), _once(find_definitions(paths))
    definitions = _definitions(own, find_definitions(workflows))
    files = frozenset([*map(str, named), *(t for t in definitions.texts if t in set(map(str, own)))])
    linked = _linked(named, definitions, sink)
    if not named or any(f.code == UNKNOWN_POLICY.code for f in linked.findings):
        more = Sink()
        wider = _linked(_once([*named, *find_policies(policies, Sink())]), definitions, more)
        linked, sink = wider, _joined(sink, more)
    found = _joined(sink)
    found.extend(f for f in definitions.findings if f.span.source in files)
    found.extend(unknown_countries(definitions.calendars))
    found.extend(linked.findings)
    today = datetime.now(UTC).date().toordinal()
    for workflow in linked.workflows:
        validate(workflow, definitions.calendars, found, today)
    if not found.has_errors:
        found.extend(quick_findings(linked))
    said = [f for f in found.sorted() if not isinstance(f.span, Span) or f.span.source in files]
    if found.has_errors and not any(f.is_error for f in said):
        said += [f for f in found.sorted() if f.is_error]  # else it would seem that guards were checked
    return Checked(linked, definitions, files, tuple(said))


def _definitions(own: Sequence[Path], others: Sequence[Path]) -> Definitions:
    """Read the workflows that are named, and the calendars beside them and of the project."""
    beside = [p for folder in dict.fromkeys(f.parent for f in own) for p in _in(folder)]
    read = read_definitions(_once([*own, *beside, *others]))
    names = set(map(str, own))
    return replace(read, workflows=tuple(w for w in read.workflows if w.source in names))


def _linked(policies: Sequence[Path], definitions: Definitions, sink: Sink) -> Linked:
    sources: dict[str, Source] = {}
    for path in policies:
        try:
            source = decode(str(path), path.read_bytes(), sink)
        except OSError:
            sink.add(no_such_path(str(path)))
            continue
        if source is not None:
            sources[source.name] = source
    return link(sources, definitions.workflows, definitions.calendars, definitions.texts)


def _joined(*sinks: Sink) -> Sink:
    found = Sink()
    for sink in sinks:
        found.extend(sink.sorted())
    return found


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
