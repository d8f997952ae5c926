"""What came of a run, counted: records in, decided, rejected, and findings by code with a few examples.

Memory stays flat however many findings there are. Law: ``read == decided + rejected``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from kamflow.base.diagnostic import Diagnostic, Severity

EXAMPLES = 3


@dataclass(slots=True)
class Group:
    """Findings of one code: how many, and the first few."""

    code: str
    slug: str
    severity: Severity
    count: int = 0
    examples: list[Diagnostic] = field(default_factory=list)


@dataclass(slots=True)
class Tally:
    """``problems`` are about a file, not one record; ``members_lost`` of the portfolio.

    ``lines`` of child files, of which ``stray_lines`` belong to no record.
    """

    read: int = 0
    decided: int = 0
    rejected: int = 0
    members: int = 0
    members_lost: int = 0
    lines: int = 0
    stray_lines: int = 0
    incomplete: bool = False
    groups: dict[str, Group] = field(default_factory=dict)
    problems: list[Diagnostic] = field(default_factory=list)

    def add(self, findings: Iterable[Diagnostic]) -> None:
        for finding in findings:
            group = self.groups.get(finding.code)
            if group is None:
                group = self.groups[finding.code] = Group(finding.code, finding.slug, finding.severity)
            group.count += 1
            if len(group.examples) < EXAMPLES:
                group.examples.append(finding)

    def count_more(self, code: str, count: int) -> None:
        """Say how many findings of a code there are, of which only examples were added."""
        if code in self.groups:
            self.groups[code].count = count

    def by_weight(self) -> list[Group]:
        """Return the groups, errors first, then the most frequent."""
        order = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}
        return sorted(self.groups.values(), key=lambda g: (order[g.severity], -g.count, g.code))

    @property
    def is_whole(self) -> bool:
        """Say whether everything that came in was decided."""
        return not (self.rejected or self.members_lost or self.stray_lines or self.incomplete)

    def check(self) -> None:
        assert self.read == self.decided + self.rejected, (self.read, self.decided, self.rejected)
