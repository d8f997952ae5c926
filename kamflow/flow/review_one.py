"""What a review of a day is for one customer: the law that reviews of whole files keep to.

One event a customer and a day. No case yet: where that is asked for, it is started at midnight of the day
in the initial state (``start:DAY:ID``); guards judge it for the first time at the next review. A case: it
is reviewed (``review:DAY:ID``), unless it is final, or began with that day's review. Facts are what the
file says of the customer, as JSON.

Assumes: a state-driven workflow. Leaves: nothing twice; the same review again changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import cast

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.frozen import frozen
from kamflow.core.program import RecordDecl
from kamflow.core.ty import TextTy, strip_opt
from kamflow.flow import errors
from kamflow.flow.cases import Cases, Receipt
from kamflow.flow.commits import digest_of
from kamflow.portfolio import RawRecord
from kamflow.values.codec import Json
from kamflow.workflow.choose import judge
from kamflow.workflow.draft import Draft
from kamflow.workflow.instance import (
    START,
    Arrived,
    Entry,
    Facts,
    Happened,
    Instance,
    Instant,
    JsonMap,
    Judged,
    Refused,
)
from kamflow.workflow.model import REVIEW
from kamflow.workflow.ready import Ready


@frozen
class Sitting:
    """One day's review. ``at``: midnight of the day in the calendar's zone; ``starts``: who has no case
    gets one."""

    workflow: str
    day: str
    at: Instant
    actor: str = ""
    starts: bool = False

    def start(self, case: str, subject: JsonMap) -> Arrived:
        return Arrived(f"start:{self.day}:{case}", START, self.at, {}, subject, self.actor)

    def review(self, case: str, subject: JsonMap) -> Arrived:
        return Arrived(f"review:{self.day}:{case}", REVIEW, self.at, {}, subject, self.actor)

    def ids(self, case: str) -> tuple[str, str]:
        return f"start:{self.day}:{case}", f"review:{self.day}:{case}"


def review_one(cases: Cases, sitting: Sitting, case: str, subject: JsonMap) -> Receipt | Refused | None:
    """Do what a day's review does to one customer; None: there was nothing to do."""
    row = cases.store.read(sitting.workflow, case)
    if isinstance(row, Diagnostic):
        return Refused((row,))
    start, review = sitting.start(case, subject), sitting.review(case, subject)
    if row is None:
        if not sitting.starts:
            return Refused((errors.no_case(sitting.workflow, case),))
        return cases.apply(sitting.workflow, case, start)
    begun = cases.store.known(sitting.workflow, case, start.event_id, digest_of(start))
    if begun is not None:
        return None
    if row.final and cases.store.known(sitting.workflow, case, review.event_id, digest_of(review)) is None:
        return None
    return cases.apply(sitting.workflow, case, review)


def subject_of(item: RawRecord, schema: RecordDecl) -> dict[str, Json]:
    """Return the facts of a record as they are kept with its case: JSON, amounts and dates as text."""
    raw: Mapping[str, object] = item.raw
    if item.blank_is_missing:
        texts = {f.name for f in schema.fields if isinstance(strip_opt(f.ty), TextTy)}
        raw = {name: value for name, value in raw.items() if value != "" or name in texts}
    return {name: _as_json(value) for name, value in raw.items()}


def _as_json(value: object) -> Json:
    match value:
        case None | str() | bool() | int():
            return value
        case float():
            return cast("Json", value)  # a number of the file, as its reader gave it
        case list() | tuple():
            return [_as_json(v) for v in value]
        case dict():
            return {str(name): _as_json(v) for name, v in value.items()}
        case _:  # exact numbers and dates, as `eval` reads them
            return str(value)


def label_of(entries: Iterable[Entry]) -> str:
    """Say in one word what a review did, as ``choose_columns`` says it."""
    found = "stays"
    for e in entries:
        if e.happened in {Happened.MOVED, Happened.INTERNAL} and e.transition:
            return f"fires:{e.transition}"
        if e.happened is Happened.PARKED:
            return f"parks:{e.transition}"
        if e.happened is Happened.INCIDENT and e.code == "ambiguous":
            return "ambiguous"
        found = "writes"
    return found


def judged_at(
    ready: Ready, case: Instance, facts: Facts, subject: JsonMap, at: Instant
) -> tuple[Judged, ...]:
    """Judge a case without changing it: what holds it where it is."""
    draft = Draft(ready, case, facts)
    draft.at = at
    draft.hear(subject)
    return judge(draft).judged
