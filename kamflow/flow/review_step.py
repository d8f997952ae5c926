"""One customer's step of a review, worked out and ready to be written: what a second process can do as well.

Assumes: a case as it was read, and the facts of its customer. Leaves: a ``Worked`` that is light to hand from
one process to another: the transaction as the journal takes it, and of its entries what is told and counted.
"""

from __future__ import annotations

from dataclasses import replace

from kamflow.base.frozen import frozen
from kamflow.flow.commits import case_of, commit_of, digest_of
from kamflow.flow.published import Published
from kamflow.flow.review_one import Sitting, label_of
from kamflow.journal.rows import Commit, InstanceRow
from kamflow.workflow.instance import Advanced, Arrived, Entry, JsonMap, Refused
from kamflow.workflow.steps import advance


@frozen
class Task:
    """``row``: of the file. ``before``: the case as it was read, None where there is none."""

    row: int
    name: str
    before: InstanceRow | None
    subject: JsonMap


@frozen
class Worked:
    """``label``: what the step comes to, as columns foresee it. ``commit`` None: there is nothing to write.

    ``entries``: without what was judged, changed and effected.
    """

    label: str
    commit: Commit | None
    entries: tuple[Entry, ...]


def arrived_for(task: Task, sitting: Sitting) -> Arrived:
    return (sitting.start if task.before is None else sitting.review)(task.name, task.subject)


def advanced(task: Task, arrived: Arrived, published: Published) -> tuple[Arrived, Advanced | Refused]:
    """Let the event happen, with the facts that are kept."""
    kept = replace(arrived, subject=published.kept.reduce(task.subject))
    case = None if task.before is None else case_of(task.before)
    return kept, advance(published.ready, case, kept, published.facts, case=task.name)


def work(task: Task, sitting: Sitting, published: Published) -> Worked | Refused:
    """Work out the step of a customer."""
    arrived = arrived_for(task, sitting)
    kept, done = advanced(task, arrived, published)
    if isinstance(done, Refused):
        return done
    commit = commit_of(task.before, kept, done, digest_of(arrived)) if done.entries else None
    light = tuple(replace(e, judged=(), changes={}, effects=()) for e in done.entries)
    return Worked(label_of(done.entries), commit, light)
