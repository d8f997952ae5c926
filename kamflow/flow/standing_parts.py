"""What a review needs of each of very many cases beside its state; apart from the arrays that need numpy."""

from __future__ import annotations

from collections.abc import Iterable

from kamflow.journal.standing import Standing
from kamflow.workflow.instance import JsonMap
from kamflow.workflow.instance_json import canonical

PARTS = ("last_at", "level", "pending", "override", "holds", "unknown", "vars")


def standing_text(body: JsonMap) -> str:
    """Return these parts of a case's JSON as the text of a list."""
    return canonical([body[part] for part in PARTS])


def touched_since(found: Iterable[Standing], at: int) -> list[str]:
    """Return the cases to which something happened at an instant or later: the first of ``PARTS`` tells.

    Texts of cases to which nothing ever happened are few.
    """
    later: dict[str, bool] = {}
    names: list[str] = []
    for s in found:
        is_later = later.get(s.said)
        if is_later is None:
            is_later = later[s.said] = int(s.said[1 : s.said.index(",")]) >= at
        if is_later:
            names.append(s.instance)
    return names
