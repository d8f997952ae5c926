"""Which parts of a case's body a review asks for; apart from the arrays that need numpy."""

from __future__ import annotations

from kamflow.journal.standing import Standing

PARTS = ("last_at", "level", "pending", "override", "holds", "unknown", "vars")


def last_at(found: Standing) -> int:
    """Return when something last happened to a case: the first of ``PARTS``."""
    return int(found.said[1 : found.said.index(",")])
