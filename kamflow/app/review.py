"""A file of customers reviewed: the request as a person makes it, over the store of cases.

Assumes: paths and names as a person typed them. Leaves: a ``FileReview`` to iterate, or findings; nothing is
printed here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from kamflow.app.flow import CannotFlow, only_published, open_cases
from kamflow.base.diagnostic import Diagnostic
from kamflow.base.span import DataPlace
from kamflow.base.text import Lang, Text
from kamflow.flow.review import CannotReview, FileReview, LeftOut, Moved, ReviewRequest, review_file
from kamflow.portfolio import errors as file_errors
from kamflow.values.codec import Json
from kamflow.values.decision import Rejection
from kamflow.workflow.model import Mode


@dataclass(frozen=True, slots=True)
class AskedReview:
    """``workflow`` None: the only one that reviews move. ``audit``: a share, 0 to 1."""

    file: str
    db: str
    as_of: date
    workflow: str | None = None
    chunk: int = 40_000
    audit: float = 0.01
    starts: bool = False
    dry: bool = False
    columns: bool = True
    actor: str = ""


def start_review(asked: AskedReview) -> FileReview | CannotFlow:
    """Prepare a review of a file; iterate what is returned."""
    path = Path(asked.file)
    if not path.is_file():
        return CannotFlow((file_errors.cant_open(DataPlace(asked.file), Text("no such file", "文件不存在")),))
    cases = open_cases(asked.db)
    if isinstance(cases, CannotFlow):
        return cases
    name = asked.workflow or only_published(cases, Mode.STATE_DRIVEN)
    if isinstance(name, Diagnostic):
        return CannotFlow((name,))
    made = review_file(cases, ReviewRequest(
        path, name, asked.as_of, asked.chunk, asked.audit, asked.starts, asked.dry, asked.columns, asked.actor
    ))  # fmt: skip
    return CannotFlow(made.findings) if isinstance(made, CannotReview) else made


def moved_json(moved: Moved) -> dict[str, Json]:
    """Return one move with stable keys."""
    return {
        "id": moved.case,
        "from": moved.source,
        "to": moved.target,
        "transition": moved.transition,
        "code": moved.code,
        "reason": {"en": moved.reason.en, "zh": moved.reason.zh},
        "awaits_approval": moved.parked,
    }


def left_out_json(left: LeftOut, as_of: date, lang: Lang) -> Mapping[str, object]:
    """Return a record that was not reviewed, as `--rejects` keeps it."""
    told = Rejection(left.case, as_of, left.findings).to_dict(lang)
    return {**told, "refused": left.refused, "record": left.raw}
