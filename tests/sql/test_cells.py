"""Tables that answer in every cell are not asked whether they do; those with a hole are."""

from __future__ import annotations

from itertools import product

import pytest

from kamflow.core.program import make_plan
from kamflow.engines.sql import cells, choices
from kamflow.engines.sql.cells import by_cells
from kamflow.values.outcome import Decided
from tests.sql.rig import check, compiled, lowered

GRADES = "type grade is ordered\n  C < B < A\n"
RECORD = "record deal\n  grade : grade, optional\n  n : count, 0 to 50\n  old : yes/no\nend\n"
HEAD = GRADES + RECORD


def table(hit: str, *rows: str) -> str:
    columns = "  | grade   | n             | old || x |\n"
    lines = "".join(f"  | {row} || {i} |\n" for i, row in enumerate(rows))
    return f"{HEAD}decision x of deal : count\n  table {hit}\n  {columns}{lines}end\n"


COMPLETE = {
    "unique": table("unique", "missing | any | any", "C | any | any", "at least B | below 7 | any",
                    "at least B | at least 7 | yes", "at least B | at least 7 | no"),
    "first": table("first", "A | any | yes", "any | below 7 | any", "any | at least 7 | any"),
    "two of yes and no": table("unique", "any | any | yes", "any | any | no"),
}  # fmt: skip
HOLES = {
    "a missing value": table("unique", "C | any | any", "at least B | below 7 | any",
                             "at least B | at least 7 | any"),
    "one number": table("unique", "any | below 7 | any", "any | above 7 | any"),
    "two rows": table("unique", "any | at most 7 | any", "any | at least 7 | any"),
    "the last row of first": table("first", "any | below 50 | any"),
}  # fmt: skip


def records() -> list[dict[str, object]]:
    grades: tuple[str | None, ...] = (None, "C", "B", "A")
    return [
        {"grade": g, "n": n, "old": old} for g, n, old in product(grades, (0, 6, 7, 8, 49, 50), (True, False))
    ]


@pytest.mark.parametrize("text", COMPLETE.values(), ids=COMPLETE)
def test_a_complete_table_is_not_asked(text: str) -> None:
    program = lowered(text)
    tree = compiled(program, make_plan(program, "deal")).tree
    assert next(c for c in tree.selects if c.alias == "ok").this.sql() == "TRUE"
    assert all(isinstance(found, Decided) for found in check(text, records()))


@pytest.mark.parametrize("text", HOLES.values(), ids=HOLES)
def test_a_hole_is_found(text: str) -> None:
    assert not all(isinstance(found, Decided) for found in check(text, records()))


@pytest.mark.parametrize("text", HOLES.values(), ids=HOLES)
def test_a_table_taken_for_complete_is_found(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def always_sure(*args: object) -> object:
        found = by_cells(*args)  # type: ignore[arg-type]
        return None if found is None else cells.Found(found.row, sure=True)

    monkeypatch.setattr(choices, "by_cells", always_sure)
    with pytest.raises(AssertionError):
        check(text, records())
