"""What the emitter over columns speaks of: places, ends of a record, and what it does not take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kamflow.base.frozen import frozen
from kamflow.core.expr import Lit, walk
from kamflow.core.program import Program
from kamflow.core.ty import INT64, BoolTy, OptTy, RecordTy, ScaledTy, Ty, strip_opt
from kamflow.engines.python.source import Unit

ROOMY = INT64 // 2


class RefusedError(Exception):
    """A plan, or a part of it, that columns of 64 bits do not take."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name, self.reason = name, reason


@frozen
class Place:
    """Where a record lies: a line of a table, and the fields on the way to a record within it."""

    table: str
    line: str
    path: tuple[str, ...]


@dataclass(slots=True)
class End:
    """The statements that end the record undecided, from where they stand; ``used`` if they were."""

    text: str
    used: bool = False


@frozen
class Array:
    """One array that the generated code reads.

    ``kind``: ``value`` and ``mask`` of a column, ``offsets`` of a list's table (``column`` empty);
    ``scratch``: a set of different values, which a list's items are noted in;
    ``standing``, ``outside``, ``judged`` of the population term that is definition ``column``.
    """

    table: str
    column: str
    kind: str


class NativeUnit(Unit):
    """Texts are codes: ``words`` has all that the program names."""

    def __init__(self, words: Mapping[str, int]) -> None:
        super().__init__()
        self.words = words

    def constant(self, value: object) -> str:
        return str(self.words[value]) if isinstance(value, str) else super().constant(value)


def native_words(program: Program) -> dict[str, int]:
    """Return a code for each text that a program names; all code for it agrees on them."""
    bodies = [d.body for d in program.defs.values()]
    bodies += [f.cond for f in program.impossible] + [p.where for p in program.populations.values()]
    texts = {
        n.value for body in bodies for n in walk(body) if isinstance(n, Lit) and isinstance(n.value, str)
    }
    return {text: code for code, text in enumerate(sorted(texts))}


def zero_of(ty: Ty) -> str:
    """Return what stands for a missing value."""
    return "False" if isinstance(strip_opt(ty), BoolTy | RecordTy) else "0"


def is_optional(ty: Ty) -> bool:
    return isinstance(ty, OptTy)


def bound_of(ty: Ty) -> int:
    """Return the largest absolute value of a type, as far as the code lets one be that large."""
    bare = strip_opt(ty)
    return min(INT64, max(abs(bare.lo), abs(bare.hi))) if isinstance(bare, ScaledTy) else ROOMY


def is_wide(ty: Ty) -> bool:
    bare = strip_opt(ty)
    return isinstance(bare, ScaledTy) and max(-bare.lo, bare.hi) > INT64
