"""Child lists and records within records: folds, what they reach outside, and what they leave to others."""

from __future__ import annotations

import random

import pytest

from kamflow.engines.sql import assemble, folds
from kamflow.values.outcome import Decided
from tests.sql.rig import check

TEXT = """
type size is ordered small < large
record part
  n : number with 0 decimals, optional
  at : date
  flag : yes/no, default no
end
record line
  price : money
  kind : size
  on : date, optional
  parts : list of part, optional
  place : spot, optional
end
record spot
  code : text
  far : number with 0 decimals
  stops : list of part
end
record deal
  id : text
  limit : money
  start : date
  lines : list of line
  home : spot
  away : spot, optional
end
parameter least : money
  from 2024-01-01 : 20 CNY
end
define near of spot as far < 10
define reach of spot as far * 2 + 1
define dear of line as price > least
define heavy of line as (count of parts where n is present and n > 3) when parts is present, otherwise 0
define worth of line as (sum of n of parts where n is present) when parts is present, otherwise -1
"""
DECISIONS = (
    ("count", "count of lines"),
    ("count", "count of lines where price > 20 CNY"),
    ("count", "count of lines where dear and kind is large"),
    ("count", "count of lines where price > limit"),
    ("count", "count of lines where on is present and on within last 90 days"),
    ("count", "count of lines where place is present and place.far > 10"),
    ("count", "count of lines where place is present and place.near"),
    ("money", "sum of price of lines"),
    ("money", "sum of price of lines where price < limit"),
    ("money", "(largest of price of lines) otherwise 0 CNY"),
    ("money", "(smallest of price of lines where price > limit) otherwise -1 CNY"),
    ("date", "(latest of on of lines where on is present) otherwise start"),
    ("count", "count of home.stops where n is present"),
    ("count", "count of different n of home.stops where n is present"),
    ("count", "count of different kind of lines"),
    ("count", "count of different (price - limit) of lines where price > limit"),
    ("count", "count of home.stops where n is present and n > home.far"),
    ("number", "home.reach + (away.reach when away is present, otherwise 0)"),
    ("count", "(count of away.stops) when away is present, otherwise 77"),
    ("yes/no", "away is present and away.near and home.near"),
)


def decisions() -> str:
    plain = "".join(f"decision d{i} of deal : {t}\n  as {x}\nend\n" for i, (t, x) in enumerate(DECISIONS))
    return TEXT + plain


def deals(seed: int, count: int) -> list[dict[str, object]]:
    r = random.Random(seed)

    def day() -> str:
        return f"2024-0{r.randint(1, 9)}-{r.randint(10, 28)}"

    def part() -> dict[str, object]:
        found: dict[str, object] = {"at": day(), "flag": r.random() < 0.5}
        return found | ({"n": r.randint(-5, 9)} if r.random() < 0.7 else {})

    def some(make, most: int) -> list[object]:
        return [make() for _ in range(r.choice((0, 0, 1, r.randint(0, most))))]

    def spot() -> dict[str, object]:
        return {"code": r.choice(("x", "y")), "far": r.randint(-3, 20), "stops": some(part, 4)}

    def line() -> dict[str, object]:
        found: dict[str, object] = {"price": f"{r.randint(-5, 60)} CNY", "kind": r.choice(("small", "large"))}
        for name, value in (("on", day()), ("parts", some(part, 5)), ("place", spot())):
            if r.random() < 0.6:
                found[name] = value
        return found

    def deal() -> dict[str, object]:
        found: dict[str, object] = {"id": str(r.random()), "limit": f"{r.randint(0, 50)} CNY", "start": day(),
                                    "lines": some(line, 6), "home": spot()}  # fmt: skip
        return found | ({"away": spot()} if r.random() < 0.5 else {})

    return [deal() for _ in range(count)]


def test_folds_over_items_and_what_is_around_them():
    want = check(decisions(), deals(1, 250))
    for i in range(len(DECISIONS)):
        assert len({w.values[i] for w in want if isinstance(w, Decided)}) > 1, DECISIONS[i]


NESTED = (
    "define heaviest of deal as (largest of heavy of lines) otherwise -1\n"
    "decision n1 of deal : number\n  as heaviest\nend\n"
    "decision n2 of deal : count\n  as count of lines where heavy > 0 and price > limit\nend\n"
    "decision n3 of deal : number\n  as sum of worth of lines where kind is large\nend\n"
)


def test_lists_of_items_of_lists():
    want = check(TEXT + NESTED, deals(2, 250))
    assert len({w.values for w in want if isinstance(w, Decided)}) > 5


UNDECIDED = """
record item
  n : count, 0 to 9
end
record deal
  items : list of item
  other : item, optional
end
decision grade of item : count
  table unique
    | n || grade |
    | below 3 || 1 |
    | 2 to 5 || 2 |
    | above 6 || 3 |
end
decision best of deal : count
  as (largest of grade of items where n > 1) otherwise 0
end
decision mine of deal : count
  as other.grade when other is present and other.n < 6, otherwise 9
end
"""


def test_items_without_an_answer_are_declined_reached_or_not():
    """Two rows apply to 2, none to 6; a record with such an item is decided by others."""
    raws = [
        {"items": [{"n": n} for n in ns]} for ns in ((), (0,), (1, 5), (7, 9), (2,), (4, 2), (6,), (5, 6, 7))
    ]
    raws += [{"items": [], "other": {"n": n}} for n in range(10)]
    want = check(UNDECIDED, raws, declined=1)  # `other` with 6, which `mine` does not ask
    assert sum(not isinstance(w, Decided) for w in want) == 5


def undecided_items_unseen(patch: pytest.MonkeyPatch) -> None:
    from kamflow.engines.sql import compile as compiling

    patch.setattr(compiling, "tell_undecided", lambda enc: None)


def another_list_counted(patch: pytest.MonkeyPatch) -> None:
    right = folds._list

    def wrong(enc, e, scope):
        place, path = right(enc, e, scope)
        return place, ("home", "stops") if path == ("away", "stops") else path

    patch.setattr(folds, "_list", wrong)


def joined_by_own_number(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(assemble, "PARENT", "row")


@pytest.mark.parametrize("bug", [undecided_items_unseen, another_list_counted, joined_by_own_number])
def test_a_planted_bug_is_seen(bug, monkeypatch):
    bug(monkeypatch)
    with pytest.raises((AssertionError, KeyError)):
        both()


def both() -> None:
    test_folds_over_items_and_what_is_around_them()
    test_items_without_an_answer_are_declined_reached_or_not()


def test_the_same_definition_of_two_records_inside_is_two_columns():
    """Each row of its table asks one computed column, which is made once for each of the two."""
    text = (
        "record spot\n  far : number with 0 decimals\n  n : number with 0 decimals\nend\n"
        "record deal\n  home : spot\n  away : spot, optional\nend\n"
        "decision zone of spot : count\n  table first\n    | abs(far - n) * 3 || zone |\n"
        "    | below 5 || 1 |\n"
        "    | below 30 || 2 |\n    | above 60 || 3 |\n  otherwise 4\nend\n"
        "decision a of deal : count\n  as home.zone\nend\n"
        "decision b of deal : count\n  as away.zone when away is present, otherwise 0\nend\n"
    )
    values = ((0, 0), (0, 9), (4, 30), (-9, 7))
    raws = [{"home": {"far": f, "n": n}, "away": {"far": g, "n": m}} for f, n in values for g, m in values]
    want = check(text, [*raws, {"home": {"far": 1, "n": 1}}])
    assert len({w.values for w in want if isinstance(w, Decided)}) > 8
