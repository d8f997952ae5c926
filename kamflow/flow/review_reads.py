"""What a review of many cases has to know of their variables: nothing, where no guard of it reads them.

Assumes: a version that is ready, and the program of a day. Leaves: keys and names; nothing is evaluated.
"""

from __future__ import annotations

from collections.abc import Iterator

from kamflow.base.frozen import frozen
from kamflow.core.expr import DefKey, Expr, Get, walk
from kamflow.core.program import Program, reached
from kamflow.core.ty import RecordTy, strip_opt
from kamflow.flow.as_policy import record_of, var_record
from kamflow.workflow import keys
from kamflow.workflow.ready import Ready


@frozen
class ReviewReads:
    """``vars``: some guard reads a variable. ``fills``: variables that stand in for a field which one reads:
    a case in which such a variable is set is judged singly, since columns have the file's words alone."""

    vars: bool
    fills: tuple[str, ...]


def review_keys(ready: Ready) -> tuple[str, ...]:
    """Return the expressions that a review may ask of a case that stays, each once."""
    guards = [g for (_, event), group in ready.candidates.items() if not event for g in group.guards]
    levels = [keys.auto_level(i) for i in range(len(ready.workflow.ladder.auto))]
    return tuple(dict.fromkeys((*guards, *levels)))


def review_reads(ready: Ready, program: Program) -> ReviewReads:
    """Say what the guards of a review come to read, directly or through decisions."""
    record, subject = record_of(ready.id), ready.workflow.subject.text
    roots = [program.defs[DefKey(record, key)].body for key in review_keys(ready)]
    read = set(_fields(program, roots))
    own = var_record(ready.id)
    fills = tuple(var for field, var in ready.fills if (subject, field) in read)
    return ReviewReads(any(name == own for name, _ in read), fills)


def _fields(program: Program, roots: list[Expr]) -> Iterator[tuple[str, str]]:
    for root in (*reached(program, roots, populations=True), *(f.cond for f in program.impossible)):
        for node in walk(root):
            if isinstance(node, Get) and isinstance(ty := strip_opt(node.record.ty), RecordTy):
                yield ty.name, node.name
