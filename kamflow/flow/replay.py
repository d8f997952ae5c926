"""Play journals again: is the history whole, does it give the state, and does it follow from its policies?

Assumes: an open store. Leaves: findings for each case. Four questions, each of which a tampered journal
fails: the hashes chain; the changes of all entries fold into the case that is stored; each step, done
again with the texts that were pinned when its version was published, gives the same entries letter by
letter. The fourth is for a new definition: which recorded histories would have gone otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.frozen import frozen
from kamflow.base.text import Text
from kamflow.flow import errors
from kamflow.flow.commits import Recorded, case_of, recorded_steps
from kamflow.flow.published import Library, Published
from kamflow.journal.chain import verify
from kamflow.journal.reading import all_heads
from kamflow.journal.rows import ChainedEntry, Head, InstanceRow
from kamflow.journal.store import Store
from kamflow.workflow.instance import (
    MIGRATE,
    Advanced,
    Entry,
    Happened,
    Instance,
    Refused,
)
from kamflow.workflow.instance_json import canonical, entry_json, fold, instance_json
from kamflow.workflow.steps import advance


@frozen
class Verified:
    """One case: how many steps and entries were played again, and what was found."""

    workflow: str
    case: str
    steps: int
    entries: int
    findings: tuple[Diagnostic, ...]


def verify_all(store: Store, workflow: str) -> Iterator[Verified | Diagnostic]:
    """Verify every case of a workflow, one after the other; memory: one case. A finding is the last."""
    library = Library(store)
    for row in store.instances(workflow):
        yield row if isinstance(row, Diagnostic) else verify_case(store, library, row)


def verify_case(store: Store, library: Library, row: InstanceRow) -> Verified:
    """Ask all three questions of one case."""
    chained = _journal(store, row)
    if isinstance(chained, Diagnostic):
        return Verified(row.workflow, row.instance, 0, 0, (chained,))
    found = list(verify(chained, _head(store, row)))
    steps = list(recorded_steps(e.entry.body for e in chained))
    if not found:  # what is broken already need not be played
        entries = [e for s in steps for e in s.entries]
        found += _folded(row, entries)
        found += _played(row, steps, library)
    return Verified(row.workflow, row.instance, len(steps), len(chained), tuple(found))


def _journal(store: Store, row: InstanceRow) -> list[ChainedEntry] | Diagnostic:
    out: list[ChainedEntry] = []
    for line in store.entries(row.workflow, row.instance):
        if isinstance(line, Diagnostic):
            return line
        out.append(line)
    return out


def _head(store: Store, row: InstanceRow) -> list[Head]:
    """Return where the case itself says that its journal ends."""
    heads = store.database.read(lambda c: list(all_heads(c, row.workflow, row.instance)))
    return [] if isinstance(heads, Diagnostic) else heads


def _folded(row: InstanceRow, entries: Sequence[Entry]) -> Iterator[Diagnostic]:
    if not entries:
        return
    if canonical(instance_json(fold(entries))) != canonical(instance_json(case_of(row))):
        what = Text("the journal leads to another state than is stored", "按历史记录推出的状态与库中状态不同")
        yield errors.replay_differs(row.workflow, row.instance, entries[-1].seq, what)


def _played(row: InstanceRow, steps: Sequence[Recorded], library: Library) -> Iterator[Diagnostic]:
    """Do each step again with what was pinned, and compare."""
    case: Instance | None = None
    for step in steps:
        version = step.entries[0].changes.get("version")
        if not isinstance(version, int):
            version = case.version if case is not None else row.version
        published = library.get(row.workflow, version)
        if not isinstance(published, Published):
            yield from published
            return
        done = advance(published.ready, case, step.arrived, published.facts, case=row.instance)
        differs = _difference(step, done)
        if differs is not None:
            yield errors.replay_differs(row.workflow, row.instance, *differs)
            return
        assert isinstance(done, Advanced)
        case = done.instance


def _difference(step: Recorded, done: Advanced | Refused) -> tuple[int, Text] | None:
    first = step.entries[0].seq
    if isinstance(done, Refused):
        said = done.findings[0].message
        return first, Text(f"it is refused now: {said.en}", f"现在被拒绝：{said.zh}")
    for old, new in zip(step.entries, done.entries, strict=False):
        if canonical(entry_json(old)) != canonical(entry_json(new)):
            return old.seq, Text(
                f"{_told(old)} then, {_told(new)} now", f"当时为“{_told(old)}”，现在为“{_told(new)}”"
            )
    if len(step.entries) != len(done.entries):
        then, now = len(step.entries), len(done.entries)
        return first, Text(f"{then} entries then, {now} now", f"当时 {then} 条记录，现在 {now} 条")
    return None


def _told(e: Entry) -> str:
    move = f" {e.source} → {e.target}" if e.target and e.source != e.target else ""
    return f"{e.happened.value}{move}" + (f" ({e.transition})" if e.transition else "")


# ---- another definition


@frozen
class Otherwise:
    """A recorded history that another definition would have led elsewhere. ``seq``: the first entry that
    differs.

    ``then``, ``now``: the moves, as states in order; ``why``: of the first difference.
    """

    workflow: str
    case: str
    seq: int
    then: tuple[str, ...]
    now: tuple[str, ...]
    why: Text


def play_on(store: Store, other: Published, workflow: str) -> Iterator[Otherwise | Diagnostic | None]:
    """Play every recorded history on another definition: None where it would have gone the same way."""
    for row in store.instances(workflow):
        journal = row if isinstance(row, Diagnostic) else _journal(store, row)
        if isinstance(row, Diagnostic) or isinstance(journal, Diagnostic):
            yield row if isinstance(row, Diagnostic) else journal  # type: ignore[misc]  # one of them is
            return
        yield _otherwise(row, list(recorded_steps(e.entry.body for e in journal)), other)


def _otherwise(row: InstanceRow, steps: Sequence[Recorded], other: Published) -> Otherwise | None:
    case: Instance | None = None
    then: list[str] = []
    now: list[str] = []
    first: tuple[int, Text] | None = None
    for step in steps:
        if step.arrived.name == MIGRATE:
            continue  # it is on this definition from its first day
        done = advance(other.ready, case, step.arrived, other.facts, case=row.instance)
        then += _moves(step.entries)
        if isinstance(done, Refused):
            first = first or (step.entries[0].seq, done.findings[0].message)
            continue
        now += _moves(done.entries)
        case = done.instance
        if first is None and then != now:
            first = (step.entries[0].seq, _why(step.entries, done.entries))
    if then == now and first is None:
        return None
    assert first is not None
    return Otherwise(row.workflow, row.instance, first[0], tuple(then), tuple(now), first[1])


def _moves(entries: Sequence[Entry]) -> list[str]:
    moved = (Happened.STARTED, Happened.MOVED, Happened.OVERRIDDEN)
    return [e.target for e in entries if e.happened in moved or (e.target and e.target != e.source)]


def _why(then: Sequence[Entry], now: Sequence[Entry]) -> Text:
    """Say the reason of the move that only one of the two made."""
    made = next((e for e in now if _moves([e])), None)
    kept = next((e for e in then if _moves([e])), None)
    match made, kept:
        case Entry(), None:
            return Text(f"would move: {made.reason.en}", f"将会变动：{made.reason.zh}")
        case None, Entry():
            return Text(
                f"would stay; moved then: {kept.reason.en}", f"将保持不动；当时变动：{kept.reason.zh}"
            )
        case Entry(), Entry():
            return Text(
                f"to {made.target} ({made.reason.en}) in place of {kept.target} ({kept.reason.en})",
                f"改去“{made.target}”（{made.reason.zh}），而非“{kept.target}”（{kept.reason.zh}）",
            )
        case _:
            return Text("at another time", "时间不同")
