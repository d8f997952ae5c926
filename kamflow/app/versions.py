"""Two versions of policies to compare: folders, files, or what git has of them.

Assumes: words as they are typed. Leaves: loaded projects; git is only read (`rev-parse`, `ls-tree`, `show`).
A word that is a path on disk is that path; any other is a revision: `HEAD~1`, `main`, `v1:rules/`.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from kamflow.app import version_errors as errors
from kamflow.app.named_files import load_named
from kamflow.base.diagnostic import Diagnostic, Sink
from kamflow.base.span import Source
from kamflow.check.decl_errors import UNKNOWN_POLICY
from kamflow.project.load import Project, load_sources
from kamflow.syntax.parse import decode

_SECONDS = 60
WORKING_TREE = ""


@dataclass(frozen=True, slots=True)
class Loaded:
    """``findings``: what is wrong with what was asked for. ``found``: there was something to load."""

    name: str
    project: Project | None
    findings: tuple[Diagnostic, ...] = ()

    @property
    def has_errors(self) -> bool:
        return self.project is None or any(f.is_error for f in self.findings)


def load_version(word: str, paths: Sequence[Path], root: Path) -> Loaded:
    """Load one version; ``paths``: the policies of a revision that names none, or of the working tree."""
    if word == WORKING_TREE or Path(word).exists():
        chosen = list(paths) if word == WORKING_TREE else [Path(word)]
        named = load_named(chosen)
        return Loaded(word or ", ".join(map(str, chosen)), named.project, named.findings)
    revision, colon, inside = word.partition(":")
    git = _Git(root)
    problem = git.problem(word, revision)
    if problem is not None:
        return Loaded(word, None, (problem,))
    wanted = [inside] if colon else [w for p in paths if (w := git.place_of(p)) is not None]
    if not wanted:
        return Loaded(word, None, (errors.outside_of_git(word, [str(p) for p in paths]),))
    return _load_revision(git, word, revision, wanted)


def _load_revision(git: _Git, word: str, revision: str, wanted: Sequence[str]) -> Loaded:
    names = [n for w in wanted for n in git.policies(revision, w)]
    if not names:
        return Loaded(word, None, (errors.nothing_in_revision(revision, wanted),))
    sink = Sink()
    sources = git.sources(revision, names, sink)
    project = load_sources(sources, sink)
    alone = {f.span.source for f in project.findings if f.code == UNKNOWN_POLICY.code}
    if alone:  # a file that uses policies beside it
        folders = {str(PurePosixPath(n.partition(":")[2]).parent) for n in alone}
        beside = [n for f in sorted(folders) for n in git.policies(revision, f, below=False)]
        sink = Sink()
        wider = git.sources(revision, list(dict.fromkeys([*names, *beside])), sink)
        others = wider.keys() - sources.keys()
        project = load_sources(wider, sink)
        return Loaded(word, project, tuple(f for f in project.findings if f.span.source not in others))
    return Loaded(word, project, project.findings)


@dataclass(frozen=True, slots=True)
class _Git:
    """A repository, read by its own program."""

    root: Path

    def _run(self, *args: str) -> bytes | None:
        """Return what git prints; None where it fails."""
        command = ["git", "-C", str(self.root), "--no-pager", "--literal-pathspecs", *args]
        try:
            done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)
        except (OSError, subprocess.TimeoutExpired):
            return None
        return done.stdout if done.returncode == 0 else None

    def problem(self, word: str, revision: str) -> Diagnostic | None:
        """Return what keeps a revision from being read."""
        if self._run("--version") is None:
            return errors.no_git(word)
        if self._run("rev-parse", "--is-inside-work-tree") is None:
            return errors.no_repository(word)
        if (
            revision.startswith("-")
            or self._run("rev-parse", "--verify", "-q", f"{revision}^{{commit}}") is None
        ):
            return errors.no_revision(word, revision)
        return None

    def place_of(self, path: Path) -> str | None:
        """Return where a path on disk stands in the repository; None where it is outside."""
        top = self._run("rev-parse", "--show-toplevel")
        if top is None:
            return None
        folder = Path(top.decode(errors="surrogateescape").strip()).resolve()
        whole = path.resolve()
        return whole.relative_to(folder).as_posix() if whole.is_relative_to(folder) else None

    def policies(self, revision: str, place: str, *, below: bool = True) -> list[str]:
        """Return the policy files of a revision at a place, in a stable order."""
        at = place.strip("/")
        at = "" if at in {"", "."} else at
        args = ["ls-tree", "--full-tree", "-r", "-z", "--name-only", revision]
        listed = self._run(*args, "--", at) if at else self._run(*args)
        names = (listed or b"").decode(errors="replace").split("\0")
        found = sorted(n for n in names if n.endswith(".kam"))
        return [n for n in found if below or str(PurePosixPath(n).parent) == (at or ".")]

    def sources(self, revision: str, names: Sequence[str], sink: Sink) -> dict[str, Source]:
        out: dict[str, Source] = {}
        for name in names:
            data = self._run("show", f"{revision}:{name}")
            source = None if data is None else decode(f"{revision}:{name}", data, sink)
            if source is not None:
                out[source.name] = source
        return out
