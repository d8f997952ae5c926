"""What came of simulated complaints: deadlines kept and missed, escalations, reopenings.

Assumes: trails of complaints. Leaves: ``Complaints``; lengths in microseconds of working time.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence

from kamflow.base.frozen import frozen
from kamflow.flow.published import Published
from kamflow.flow.simulate_complaints import CaseTrail
from kamflow.workflow.instance import Verdict


@frozen
class Deadline:
    """One SLA over all cases and epochs. ``exempt``: closed before any of its stop marks."""

    sla: str
    met: int
    breached: int
    exempt: int
    running: int


@frozen
class Complaints:
    """``reopened``: cases that came back at least once. ``levels``: level of the ladder → how often reached.

    ``median``, ``ninth``: working time to the first closing, of half and of nine in ten.
    """

    workflow: str
    version: int
    cases: int
    states: tuple[tuple[str, int], ...]
    severities: tuple[tuple[str, int], ...]
    closed: int
    reopened: int
    median: int
    ninth: int
    deadlines: tuple[Deadline, ...]
    levels: tuple[tuple[str, int], ...]
    counts: tuple[tuple[str, int], ...]
    digest: str


def summarise_complaints(published: Published, trails: Sequence[CaseTrail]) -> Complaints:
    """Count what became of complaints."""
    workflow = published.workflow
    counts: Counter[str] = Counter()
    for trail in trails:
        counts.update(dict(trail.counts))
    states = Counter(t.state for t in trails)
    verdicts = Counter(x for t in trails for x in t.slas)
    lengths = sorted(t.closed_after for t in trails if t.closed_after is not None)
    digest = hashlib.sha256("\n".join(t.digest for t in trails).encode()).hexdigest()
    return Complaints(
        workflow.id.text,
        workflow.version,
        len(trails),
        tuple((s.id.text, states[s.id.text]) for s in workflow.states if states[s.id.text]),
        tuple(sorted(Counter(t.severity for t in trails).items())),
        len(lengths),
        sum(t.epoch > 0 for t in trails),
        lengths[len(lengths) // 2] if lengths else 0,
        lengths[len(lengths) * 9 // 10] if lengths else 0,
        tuple(
            Deadline(
                s.id.text,
                *(
                    verdicts[s.id.text, v]
                    for v in (Verdict.MET, Verdict.BREACHED, Verdict.EXEMPT, Verdict.RUNNING)
                ),
            )
            for s in workflow.slas
        ),
        tuple(sorted((n.removeprefix("levels:"), c) for n, c in counts.items() if n.startswith("levels:"))),
        tuple(sorted(counts.items())),
        digest,
    )
