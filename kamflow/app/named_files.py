"""Load the files that were named, and where these use other policies, those beside them.

So that `kamflow check rules/pricing.kam` says what is wrong with pricing, not that tiering was not named.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kamflow.base.diagnostic import Diagnostic
from kamflow.check.decl_errors import UNKNOWN_POLICY
from kamflow.project.load import Project, load_project


@dataclass(frozen=True, slots=True)
class Named:
    """``files``: the sources that were asked for; the project may have more."""

    project: Project
    files: frozenset[str]
    findings: tuple[Diagnostic, ...]
    """Those about what was asked for."""


def _named(project: Project, files: frozenset[str]) -> Named:
    others = project.sources.keys() - files
    return Named(project, files, tuple(f for f in project.findings if f.span.source not in others))


def load_named(paths: Sequence[Path]) -> Named:
    """Load policy files and folders, and the neighbours that they use."""
    project = load_project(paths)
    files = frozenset(project.sources)
    alone = {f.span.source for f in project.findings if f.code == UNKNOWN_POLICY.code}
    folders = {Path(name).parent for name in alone}
    if not folders:
        return _named(project, files)
    wider = load_project([*paths, *(p for folder in sorted(folders) for p in _others(folder, files))])
    return _named(wider, files)


def _others(folder: Path, files: frozenset[str]) -> list[Path]:
    # one folder, not what is below it: a neighbour, not another project
    return sorted(p for p in folder.glob("*.kam") if p.is_file() and str(p) not in files)
