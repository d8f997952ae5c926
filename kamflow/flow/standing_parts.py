"""What a review needs of each of very many cases beside its state; apart from the arrays that need numpy."""

from __future__ import annotations

from kamflow.journal.standing import Standing
from kamflow.workflow.instance import JsonMap
from kamflow.workflow.instance_json import canonical

PARTS = ("last_at", "level", "pending", "override", "holds", "unknown", "vars")


def standing_text(body: JsonMap) -> str:
    """Return these parts of a case's JSON as the text of a list."""
    return canonical([body[part] for part in PARTS])


def last_at(found: Standing) -> int:
    """Return when something last happened to a case: the first of ``PARTS``."""
    return int(found.said[1 : found.said.index(",")])
