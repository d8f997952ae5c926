"""Some records of a file, by their numbers, with the places that they have when all are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from kamflow.portfolio.open_records import format_of, open_records
from kamflow.portfolio.read_parquet import pick_rows
from kamflow.portfolio.records import Item

_FEW = 0.05  # of the records: above it, reading on is quicker than asking for each


def pick_records(path: str, wanted: Sequence[int], count: int) -> Iterator[tuple[int, Item]]:
    """Yield number and record for each of ``wanted`` (ascending), of a file that has ``count``."""
    if format_of(path) == "parquet" and len(wanted) < _FEW * count:
        yield from zip(wanted, pick_rows(Path(path), wanted), strict=True)
        return
    todo = iter(wanted)
    next_one = next(todo, None)
    if next_one is None:
        return
    for number, item in enumerate(open_records(path)):
        if number == next_one:
            yield number, item
            next_one = next(todo, None)
            if next_one is None:
                return
