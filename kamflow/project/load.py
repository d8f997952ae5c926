"""Policy files on disk → programs in force: discovery, parsing, versions, checking.

Assumes: paths. Leaves: a ``Project``: for each stretch of days in which the same files are in force one
checked program, and all findings of all files, each once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from pathlib import Path

from kamflow.base.collector import collector_at_rest
from kamflow.base.diagnostic import Diagnostic, Sink
from kamflow.base.frozen import frozen
from kamflow.base.span import Source
from kamflow.check import decl_errors
from kamflow.check.check_program import check_program
from kamflow.core.program import Program
from kamflow.core.ty import DATE_CEIL, DATE_FLOOR
from kamflow.passes import run_passes
from kamflow.project import errors
from kamflow.syntax import nodes
from kamflow.syntax.parse import decode, parse_file
from kamflow.values.dates import show_day


@frozen
class Stretch:
    """Days ``start`` to ``end`` (not included) in which the same policy files are in force.

    ``program`` has tables as written, ``lowered`` is what engines run; None where there are errors.
    """

    start: int
    end: int
    program: Program | None
    lowered: Program | None

    def holds(self, day: int) -> bool:
        return self.start <= day < self.end

    def show(self) -> str:
        start = "…" if self.start == DATE_FLOOR else show_day(self.start)
        end = "…" if self.end > DATE_CEIL else show_day(self.end - 1)
        return f"{start} – {end}"


@frozen
class Project:
    """Everything that was loaded. ``sources``: name → text, for showing findings.

    ``guests``: workflows that were checked with the policies, as policies.
    """

    sources: Mapping[str, Source]
    files: tuple[nodes.PolicyFile, ...]
    stretches: tuple[Stretch, ...]
    findings: tuple[Diagnostic, ...]
    digests: Mapping[str, str] = field(default_factory=dict)
    guests: tuple[nodes.PolicyFile, ...] = ()

    @property
    def has_errors(self) -> bool:
        return any(f.is_error for f in self.findings)

    @property
    def digest(self) -> str:
        """The identity of the whole project: changes when any text does."""
        joined = "\n".join(f"{n} {d}" for n, d in sorted(self.digests.items()))
        return "sha256:" + hashlib.sha256(joined.encode()).hexdigest()

    def stretch_on(self, day: int) -> Stretch | None:
        return next((s for s in self.stretches if s.holds(day)), None)


def find_policies(paths: Iterable[Path], sink: Sink) -> list[Path]:
    """Return the .kam files named, or anywhere below the folders named, in a stable order."""
    out: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            found = sorted(p for p in path.rglob("*.kam") if p.is_file() and _inside(p, path))
            if not found:
                sink.add(errors.no_policies(str(path)))
            out.update(dict.fromkeys(found))
        elif path.is_file():
            out[path] = None
        else:
            sink.add(errors.no_such_path(str(path)))
    return list(out)


def _inside(path: Path, root: Path) -> bool:
    """Refuse links that lead out of the folder that was named."""
    return path.resolve().is_relative_to(root.resolve())


def load_project(paths: Sequence[Path]) -> Project:
    """Load policy files and folders; findings are values, nothing is raised."""
    sink = Sink()
    sources: dict[str, Source] = {}
    for path in find_policies(paths, sink):
        try:
            data = path.read_bytes()
        except OSError:
            sink.add(errors.no_such_path(str(path)))
            continue
        source = decode(str(path), data, sink)
        if source is not None:
            sources[source.name] = source
    return load_sources(sources, sink)


def load_sources(sources: Mapping[str, Source], sink: Sink | None = None) -> Project:
    """Load policies from texts."""
    sink = sink if sink is not None else Sink()
    with collector_at_rest():
        parsed = [parse_file(s, sink) for s in sources.values()]
        files = tuple(f for f in parsed if f is not None)
        return project_of(sources, files, sink)


def project_of(
    sources: Mapping[str, Source],
    files: tuple[nodes.PolicyFile, ...],
    sink: Sink,
    guests: tuple[nodes.PolicyFile, ...] = (),
) -> Project:
    """Check files that were parsed; ``sink`` holds what was found then.

    ``guests``: what is checked with the policies but written elsewhere (workflows). They are in force
    whenever all policies that they use are; ``sources`` hold their texts too.
    """
    digests = {n: "sha256:" + hashlib.sha256(s.text.encode()).hexdigest() for n, s in sources.items()}
    broken = sink.has_errors
    stretches = _stretches(files, guests, digests, sink, runnable=not broken)
    return Project(sources, files, stretches, sink.sorted(), digests, guests)


def _stretches(
    files: tuple[nodes.PolicyFile, ...],
    guests: tuple[nodes.PolicyFile, ...],
    digests: Mapping[str, str],
    sink: Sink,
    *,
    runnable: bool,
) -> tuple[Stretch, ...]:
    """Check each set of files that is in force together, once."""
    _refuse_overlaps(files, sink)
    days = sorted({DATE_FLOOR, *(d for f in files for d in _interval(f) if d <= DATE_CEIL)})
    made: dict[tuple[str, ...], tuple[Program | None, Program | None]] = {}
    out: list[Stretch] = []
    sets = [tuple(f for f in files if _interval(f)[0] <= start < _interval(f)[1]) for start in days]
    homeless = [g for g in guests if not any(_at_home(g, own) for own in sets)]
    for start, end, own_files in zip(days, [*days[1:], DATE_CEIL + 1], sets, strict=True):
        if not own_files:
            continue
        last = own_files == next(s for s in reversed(sets) if s)  # there it is said what a guest misses
        active = (*own_files, *(g for g in guests if _at_home(g, own_files) or (last and g in homeless)))
        names = tuple(f.source for f in active)
        if names not in made:
            own = Sink()
            program = check_program(active, digests, own, readable=runnable)
            sink.extend(own.sorted())
            usable = program is not None and runnable
            made[names] = (program, run_passes(program)) if usable and program is not None else (None, None)
        out.append(Stretch(start, end, *made[names]))
    return tuple(out)


def _at_home(guest: nodes.PolicyFile, files: tuple[nodes.PolicyFile, ...]) -> bool:
    """Say whether all policies are there that a guest uses."""
    there = {f.header.name.text for f in files if f.header is not None}
    return guest.header is not None and all(u.text in there for u in guest.header.uses)


def _interval(file: nodes.PolicyFile) -> tuple[int, int]:
    header = file.header
    start = header.effective_from.day if header and header.effective_from else DATE_FLOOR
    end = header.until.day if header and header.until else DATE_CEIL + 1
    return start, max(end, start + 1)


def _refuse_overlaps(files: tuple[nodes.PolicyFile, ...], sink: Sink) -> None:
    seen: dict[str, list[nodes.PolicyFile]] = {}
    for file in files:
        if file.header is None:
            continue
        for other in seen.get(file.header.name.text, []):
            (a, b), (c, d) = _interval(file), _interval(other)
            if a < d and c < b and other.header is not None:
                sink.add(
                    decl_errors.policy_overlap(
                        file.header.name.span, file.header.name.text, other.header.name.span
                    )
                )
        seen.setdefault(file.header.name.text, []).append(file)
