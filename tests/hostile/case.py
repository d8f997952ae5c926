"""One hostile file: what it holds and what must come of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Case:
    """``readable`` + ``rejected`` = records met; ``codes`` of all findings but notes, ``notes`` theirs."""

    name: str
    content: bytes
    readable: int
    rejected: int
    codes: frozenset[str]
    notes: frozenset[str] = frozenset()


def case(name: str, content: bytes | str, counts: tuple[int, int], codes: str = "", notes: str = "") -> Case:
    data = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    return Case(name, data, *counts, frozenset(codes.split()), frozenset(notes.split()))
