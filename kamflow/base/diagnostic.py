"""The single shape in which every room reports a problem, and the registry of its codes.

Codes are never reused. Ranges: KF01 text and syntax, KF02 names, types and missing values,
KF03 tables, KF04 properties, KF05 policies, dates, projects and tests, KF06 input data,
KF07 decisions on a record, KF08 and KF09 the command line, KF10 workflows as written, KF11 what they mean
and prove, KF12 running cases, KF13 the store and its journal, KF14 commands about workflows,
KF15 reports.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from kamflow.base.frozen import frozen
from kamflow.base.span import DataPlace, Place, Span
from kamflow.base.text import Text


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@frozen
class Label:
    """A further place that belongs to a finding, with what is to be seen there."""

    span: Place
    text: Text


@frozen
class Edit:
    """A replacement of source text that would mend a finding."""

    span: Span
    new_text: str


@frozen
class Diagnostic:
    """One finding. ``message`` must make sense without the labels and the hint.

    ``why`` says in business words what would go wrong; ``hint`` what to do; ``fix`` the same as
    edits; ``example`` is a record (name, value) that shows the problem.
    """

    code: str
    slug: str
    severity: Severity
    span: Place
    message: Text
    labels: tuple[Label, ...] = ()
    hint: Text | None = None
    why: Text | None = None
    fix: tuple[Edit, ...] = ()
    example: tuple[tuple[str, str], ...] = ()

    @property
    def sort_key(self) -> tuple[str, int, int, str, str]:
        match self.span:
            case Span(source, start, _):
                return (source, 0, start, "", self.code)
            case DataPlace(source, path, line, record):
                return (source, record, line, path, self.code)

    @property
    def is_error(self) -> bool:
        return self.severity is Severity.ERROR


@frozen
class Kind:
    """A catalogued sort of finding; ``kamflow explain`` prints its page."""

    code: str
    slug: str
    severity: Severity
    since: str

    def at(
        self,
        span: Place,
        message: Text,
        *labels: Label,
        hint: Text | None = None,
        why: Text | None = None,
        fix: Iterable[Edit] = (),
        example: Iterable[tuple[str, str]] = (),
    ) -> Diagnostic:
        return Diagnostic(
            self.code,
            self.slug,
            self.severity,
            span,
            message,
            labels,
            hint,
            why,
            tuple(fix),
            tuple(example),
        )


CATALOG: dict[str, Kind] = {}


def define(code: str, slug: str, severity: Severity, *, since: str = "0.1") -> Kind:
    """Register a kind; a code is never reused, not even after it is retired."""
    if code in CATALOG:
        raise ValueError(f"{code} is taken by {CATALOG[code].slug}")
    kind = Kind(code, slug, severity, since)
    CATALOG[code] = kind
    return kind


class Sink:
    """Collects findings; the same finding at the same place is kept once."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, Place, str], Diagnostic] = {}

    def add(self, finding: Diagnostic) -> None:
        self._found.setdefault((finding.code, finding.span, finding.message.en), finding)

    def extend(self, findings: Iterable[Diagnostic]) -> None:
        for finding in findings:
            self.add(finding)

    @property
    def has_errors(self) -> bool:
        return any(f.is_error for f in self._found.values())

    def __len__(self) -> int:
        return len(self._found)

    def sorted(self) -> tuple[Diagnostic, ...]:
        """Return what was found in the order of the text."""
        return tuple(sorted(self._found.values(), key=lambda f: f.sort_key))
