"""What one version says about every record of a file, as columns: the way into an impact.

Whoever decides the file leaves these; nothing here knows how. Law: all columns are as long as ``ids``, in
the order of the file, so that index ``i`` is the same record for both versions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from kamflow.base.diagnostic import Diagnostic
from kamflow.core.expr import DefKey
from kamflow.core.program import DefKind, Program
from kamflow.values.data import Value
from kamflow.values.trace import Step

Steps: TypeAlias = "Callable[[Sequence[int]], Mapping[int, Mapping[str, Step]]]"
"""Indexes of records → what gave each of their outputs. Asked once: it may have to look into the file."""


@dataclass(frozen=True, slots=True)
class Answers:
    """``columns``: outputs and measures by name, None where a record was rejected or the value is missing.

    ``rejected``: index → why. ``ids`` are texts that may be shown; ``groups``: the field asked for → what
    each record has there, for people, None where it can't be read or is missing. ``apart``: of the newer
    version: outputs → the only rows in which the older one may have another answer, ascending, where known.
    """

    program: Program
    record: str
    ids: Sequence[str]
    columns: Mapping[str, Sequence[Value]]
    rejected: Mapping[int, tuple[Diagnostic, ...]]
    steps: Steps
    groups: Mapping[str, Sequence[Value]] = field(default_factory=dict)
    apart: Mapping[str, Sequence[int]] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return len(self.ids)


def names_to_decide(program: Program, record: str, only: Sequence[str]) -> tuple[str, ...]:
    """Return the outputs and measures of a record; of ``only`` those that this version has."""
    keys = {k.name for k in program.defs if k.record == record and "#" not in k.name}
    if only:
        return tuple(n for n in only if n in keys)
    outputs = [d.key.name for d in program.outputs_of(record)]
    return (*outputs, *measure_names(program, record))


def measure_names(program: Program, record: str) -> tuple[str, ...]:
    return tuple(k.name for k, d in program.defs.items() if k.record == record and is_measure(program, k))


def is_measure(program: Program, key: DefKey) -> bool:
    return program.defs[key].kind is DefKind.MEASURE
