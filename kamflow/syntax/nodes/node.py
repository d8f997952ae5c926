"""How nodes are made: frozen slotted dataclasses that compare and print by one shared function each.

The dataclass decorator writes and compiles these methods anew for every class; for 70 kinds of node that
was a tenth of a cold start.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TypeVar, dataclass_transform

_T = TypeVar("_T")


_NAMES: dict[type, tuple[tuple[str, ...], tuple[str, ...]]] = {}


def _names(kind: type) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the fields that are compared, and those that are shown."""
    known = _NAMES.get(kind)
    if known is None:
        own = fields(kind)
        known = (tuple(f.name for f in own if f.compare), tuple(f.name for f in own if f.repr))
        _NAMES[kind] = known
    return known


def _equal(self: object, other: object) -> bool:
    if self.__class__ is not other.__class__:
        return NotImplemented  # type: ignore[no-any-return]  # what Python asks for
    return all(getattr(self, n) == getattr(other, n) for n in _names(self.__class__)[0])


def _hash(self: object) -> int:
    return hash((self.__class__, *(getattr(self, n) for n in _names(self.__class__)[0])))


def _show(self: object) -> str:
    shown = ", ".join(f"{n}={getattr(self, n)!r}" for n in _names(self.__class__)[1])
    return f"{self.__class__.__name__}({shown})"


_SHARED = {"__eq__": _equal, "__hash__": _hash, "__repr__": _show}


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def node(kind: type[_T]) -> type[_T]:
    """Make a class a node: frozen, slotted, equal by content without spans and spelling."""
    made = dataclass(frozen=True, slots=True, eq=False, repr=False)(kind)
    for name, method in _SHARED.items():
        setattr(made, name, method)
    return made
