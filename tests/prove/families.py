"""Small policies with many properties: each domain is small enough to try every record."""

from __future__ import annotations

from dataclasses import dataclass

MODES = ("half_up", "half_even", "up", "down", "ceiling", "floor")


@dataclass(frozen=True)
class Family:
    """``first``: the day on which it begins; it is tried on ``days`` days from there."""

    name: str
    text: str
    properties: tuple[str, ...]
    first: str = "2024-02-27"
    days: int = 1
    end: str = "clamp"


def _always(*conds: str) -> tuple[str, ...]:
    return tuple(f'always "p{i}"\n  {c}' for i, c in enumerate(conds))


ROUNDING = Family(
    "rounding",
    "record deal\n  x : number with 1 decimals, -3 to 3\nend\n",
    _always(
        *(f"round(x, {s}, {m}) <= x" for m in MODES for s in ("1", "0.5", "2")),
        *(f"round(x, {s}, {m}) >= x" for m in MODES for s in ("1", "0.5", "2")),
        *(f"abs(round(x, {s}, {m}) - x) <= {h}" for m in MODES for s, h in (("1", "0.5"), ("0.5", "0.4"))),
        *(f"abs(round(x, 1, {m})) <= abs(x)" for m in MODES),
    ),
)

DIVISION = Family(
    "division",
    "record deal\n  a : number with 0 decimals, -4 to 6\n  b : number with 0 decimals, -3 to 3\nend\n",
    _always(
        *(f"(round(a / b, 1, {m}) otherwise 0) * b <= a" for m in MODES),
        *(f"a >= 0 and b > 0 implies (round(a / b, 0.1, {m}) otherwise 0) * b <= a + 0.1" for m in MODES),
        *(f"(round(a / b, 1, {m}) otherwise 0) <= 6" for m in MODES),
        *(f"(round(a / b, 1, {m}) otherwise 0) != 5" for m in MODES),
    ),
)

CHOICES = Family(
    "choices",
    """type tier is ordered C < B < A
record deal
  t    : tier
  n    : count, optional, 0 to 4
  flag : yes/no
end
decision off of deal : percent
  table unique
    | t          | n          || off |
    | A          | at least 3 || 10% |
    | A          | below 3    ||  5% |
    | A          | missing    ||  4% |
    | B          | any        ||  5% |
    | C          | not 2      ||  1% |
    | C          | 2          ||  0% |
    | C          | missing    ||  2% |
end
decision first_of of deal : number
  table first
    | n            | flag || first_of |
    | 1 or 3       | any  ||        1 |
    | at least 2   | yes  ||        2 |
    | missing      | any  ||        3 |
    | any          | any  ||        4 |
end
decision sum_of of deal : number
  table collect sum
    | n          | flag || sum_of |
    | at least 1 | any  ||      1 |
    | at least 3 | any  ||      2 |
    | any        | yes  ||      4 |
end
define most of deal as largest_of otherwise 0
decision largest_of of deal : number
  table collect max
    | n          | flag || largest_of |
    | at least 1 | any  ||          1 |
    | at least 3 | yes  ||          7 |
end
""",
    (
        *_always(
            "off >= 0%", "off > 0%", "off <= 10%", "off < 10%", "t is A implies off >= 4%",
            "t is A implies off >= 5%", "t is below B implies off <= 2%", "n is missing implies off != 0%",
            "n is missing implies off > 2%", "off = 0% implies t is C",
            "off = 5% implies t is A",
            "off = 5% implies t is at least B", "first_of >= 1 and first_of <= 4", "first_of != 2",
            "first_of = 2 implies flag", "first_of = 4 implies not flag", "n is missing implies first_of = 3",
            "sum_of <= 7", "sum_of <= 6", "sum_of != 5", "sum_of != 6", "flag implies sum_of >= 4",
            "sum_of >= 4 implies flag", "most <= 7", "most < 7", "most = 7 implies flag", "most != 0",
            "flag or sum_of < 4",
        ),
        'never "n1"\n  off = 10% and not flag', 'never "n2"\n  off = 10% and n is missing',
        'never "n3"\n  sum_of = 7 and not flag', 'never "n4"\n  first_of = 1 and n is missing',
        'always "m1"\n  off does not fall when t rises', 'always "m2"\n  off does not rise when t rises',
        'always "m3"\n  off does not fall when n rises', 'always "m4"\n  sum_of does not fall when n rises',
        'always "m5"\n  first_of does not fall when n rises',
        'always "m6"\n  most does not fall when n rises',
        'always "m7"\n  sum_of does not rise when n rises',
        'always "m8"\n  sum_of does not fall when t rises',
        'always "m9"\n  largest_of does not fall when n rises',
    ),
)  # fmt: skip

_DATES = """record deal
  d : date, 2024-01-29 to 2024-03-02
  m : months, 0 months to 13 months
end
define later of deal as d + m
define whole of deal as months from d to today
define part of deal as months from d to later
"""
_ABOUT_DATES = _always(
    "later >= d", "later > d", "month of later >= 1", "month of later != 5", "year of later <= 2025",
    "year of later <= 2024", "days from d to later <= 398 days", "days from d to later <= 397 days",
    "part <= m", "part = m", "part >= m - 1 months", "whole <= 1 months", "whole >= -1 months",
    "month of d = 2 implies month of today >= 2", "later <= today or later > 2024-02-01",
    "later != 2024-02-29", "later != 2024-02-30".replace("30", "28"), "days from d to today <= 31 days",
)  # fmt: skip
DATES = Family("dates, the month's end clamped", _DATES, _ABOUT_DATES, days=3)
DATES_NEXT = Family("dates, the next day", _DATES, _ABOUT_DATES, days=3, end="next day")

TEXTS = Family(
    "texts",
    """record deal
  a : text
  b : text, optional
end
decision kind of deal : text
  table first
    | a            | b       || kind   |
    | "x" or "y"   | any     || "xy"   |
    | not "z"      | missing || "some" |
    | any          | "x"     || "x"    |
    | any          | any     || "rest" |
end
""",
    _always(
        'kind != "xy"', 'kind = "xy" implies a = "x" or a = "y"', 'a = "z" implies kind != "some"',
        'a = "z" implies kind = "rest"', 'b is present and b = a implies kind != "some"',
        'kind = "some" implies b is missing', 'b is missing implies kind = "some"',
        'kind = "x" or kind = "xy" or kind = "some" or kind = "rest"', 'a = "x" or a = "y" or a = "z"',
        'kind != "x" or b is present',
    ),
)  # fmt: skip

LISTS = Family(
    "lists",
    """record item
  amount : number with 0 decimals, 0 to 2
  ok     : yes/no
end
record deal
  items : list of item, default [], up to 2 items
  n     : number with 0 decimals, 0 to 2
end
define total of deal as sum of amount of items
define good of deal as sum of amount of items where ok
define how_many of deal as count of items
define how_good of deal as count of items where ok
define top of deal as largest of amount of items
define mean of deal as round(average of amount of items, 0.1)
""",
    _always(
        "total <= 4", "total <= 3", "good <= total", "good < total or total = 0", "how_good <= how_many",
        "how_many = 0 implies total = 0", "total = 0 implies how_many = 0",
        "top is present implies how_many > 0",
        "top is present and top = 2 implies total >= 2", "top is present implies top <= total",
        "mean is present and mean > 1 implies total > 1", "mean is missing implies how_many = 0",
        "how_good = how_many implies good = total", "good = total implies how_good = how_many",
        "(count of items where amount > n) <= 2", "n = 2 implies (count of items where amount > n) = 0",
        "(count of items where amount > n) = 0 implies n >= 1",
    ),
)  # fmt: skip

RULES = Family(
    "overrides and facts",
    """record deal
  n     : number with 0 decimals, 0 to 6
  late  : yes/no
  big   : yes/no
end
impossible when big and n < 3
  because "big ones have three at least"
decision off of deal : percent as 5%
rule large overrides off
  when big
  then off = 8%
end
rule debtor overrides off, large
  when late
  then off = 0%
end
rule half overrides off
  when n = 3 and off > 1%
  then off = 8%
end
""",
    _always(
        "off <= 8%", "off < 8%", "late implies off = 0%", "late and n != 3 implies off = 0%",
        "big and not late implies off = 8%", "big implies n >= 3", "big implies n >= 4",
        "n < 3 implies not big",
        "off = 8% implies big", "off = 8% implies big or n = 3", "off = 5% implies not late", "off != 5%",
    ),
)  # fmt: skip

PARAMETERS = Family(
    "parameters with a future",
    """parameter bar : number
  from 2024-01-01 : 4
  from 2024-03-01 : 6
  from 2024-03-03 : 6
end
record deal
  n : number with 0 decimals, 0 to 8
end
decision good of deal : yes/no as n >= bar
""",
    _always(
        "good implies n >= 4", "good implies n >= 5", "n >= 6 implies good", "n >= 5 implies good",
        "n >= 4 implies good", "n = 8 implies good", "today >= 2024-03-01 implies bar = 6",
        "today < 2024-03-01 or n < 6 or good", "bar >= 4", "bar >= 5", "bar <= 5", "good or n < bar",
    ),
    days=6,
)  # fmt: skip

NESTED = Family(
    "records in records",
    """type tier is ordered C < B < A
record customer
  t : tier
  s : number with 0 decimals, optional, 0 to 2
end
record deal
  customer : customer
  price    : number with 0 decimals, 0 to 12
end
define off of customer as 3 when t is A, 1 when t is B, otherwise 0
decision net of deal : number as max(price - customer.off, 2)
decision cut of deal : number as round(price * (1 - 0.1 * customer.off), 1)
""",
    (
        *_always(
            "net >= 2", "net > 2", "net <= price", "price >= 2 implies net <= price", "cut <= price",
            "customer.t is A implies net <= 9", "customer.t is C implies net = price or price < 2",
            "customer.s is present or net <= 12", "cut >= net", "price - cut <= 4", "price - cut <= 3",
        ),
        'always "m1"\n  net does not rise when customer.t rises',
        'always "m2"\n  net does not fall when price rises',
        'always "m3"\n  net does not fall when customer.t rises',
        'always "m4"\n  cut does not rise when customer.t rises',
        'always "m5"\n  cut does not fall when price rises',
        'always "m6"\n  net does not rise when customer.s rises',
        'always "m7"\n  net does not rise when price rises',
    ),
)  # fmt: skip

FAMILIES = (
    ROUNDING, DIVISION, CHOICES, DATES, DATES_NEXT, TEXTS, LISTS, RULES, PARAMETERS, NESTED,
)  # fmt: skip
