"""What a review of a file comes to, counted; kept with the run, so that a run that goes on counts on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import cast

from kamflow.values.codec import Json
from kamflow.workflow.instance import Block, Entry, Judged, Truth


@dataclass(slots=True)
class Counts:
    """``read`` = ``unchanged`` + ``changed`` + ``started`` + ``rejected`` + ``refused``.

    Customers: ``final`` (among the unchanged), ``hold`` and ``dwell`` (a true guard waits for that),
    ``unknown`` (some guard), ``before`` (done by an earlier run of that day). Entries: ``moves`` (from, to),
    ``incidents``, ``parked``. ``audited``: unchanged ones that were done again singly; ``singly``: not over
    columns; ``conflicts``: others wrote meanwhile.
    """

    read: int = 0
    unchanged: int = 0
    changed: int = 0
    started: int = 0
    rejected: int = 0
    refused: int = 0
    final: int = 0
    hold: int = 0
    dwell: int = 0
    unknown: int = 0
    before: int = 0
    incidents: int = 0
    parked: int = 0
    audited: int = 0
    singly: int = 0
    conflicts: int = 0
    moves: dict[tuple[str, str], int] = field(default_factory=dict)

    def add_entries(self, said: Iterable[Mapping[str, Json]]) -> None:
        """Count what a step wrote, as ``commits.result_of`` tells it."""
        for e in said:
            source, target = str(e.get("source", "")), str(e.get("target", ""))
            match e["happened"]:
                case "moved" | "overridden":
                    self.moves[source, target] = self.moves.get((source, target), 0) + 1
                case "parked":
                    self.parked += 1
                case "incident":
                    self.incidents += 1
                case _:
                    pass

    def add_judged(self, judged: Iterable[Judged]) -> None:
        """Count one customer by what was judged of it."""
        seen = tuple(judged)
        self.hold += any(j.blocked is Block.HOLD for j in seen)
        self.dwell += any(j.blocked is Block.DWELL for j in seen)
        self.unknown += any(j.value is Truth.UNKNOWN for j in seen)

    def to_json(self) -> dict[str, Json]:
        said: dict[str, Json] = {name: cast("int", getattr(self, name)) for name in _NUMBERS}
        said["moves"] = [[a, b, n] for (a, b), n in sorted(self.moves.items())]
        return said

    def copy(self) -> Counts:
        return counts_of(self.to_json())


_NUMBERS = tuple(name for name in Counts.__dataclass_fields__ if name != "moves")


def counts_of(said: Mapping[str, Json]) -> Counts:
    """Read what ``to_json`` made."""
    made = Counts()
    for name in _NUMBERS:
        setattr(made, name, cast("int", said.get(name, 0)))
    for a, b, n in cast("list[tuple[str, str, int]]", said.get("moves", [])):
        made.moves[a, b] = n
    return made


def judged_of(entries: Iterable[Entry], cause: str) -> tuple[Judged, ...] | None:
    """Return what a review judged, where its entries tell."""
    return next((e.judged for e in entries if e.judged and e.cause == cause), None)
