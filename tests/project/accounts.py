"""A policy that compares accounts, with and without groups, and a crowd of them with many ties."""

from __future__ import annotations

import random
from datetime import date

import kamflow

DAY = date(2026, 6, 30)
HEAD = """policy p "P"
  effective from 2026-01-01
  currency CNY
end

type region is one of north, south, west
type abc is ordered C < B < A

record account
  id      : text
  region  : region, optional
  active  : yes/no
  revenue : money with 0 decimals, -1,000 CNY to 1,000,000 CNY, optional
  seats   : count, 0 to 1,000
  opened  : date, default 2020-01-01
end

parameter least : money
  from 2026-01-01 : 0 CNY
  from 2026-07-01 : 10 CNY
end

population accounts is account where active and seats >= 1
"""
TERMS = """
classify class of account over accounts : abc
  by revenue, largest first{within}
  A up to 80% of total
  B up to 95% of total
  C rest
  ties share the better class
  outside population C
end
define a_rank of account as percentile of revenue among accounts{by}
define a_part of account as share of revenue among accounts{by}
define a_fifth of account as quantile 5 of revenue among accounts{by}
decision rank of account : percent with 4 decimals as a_rank otherwise -1%
decision part of account : percent with 4 decimals as a_part otherwise -1%
decision fifth of account : count as a_fifth otherwise 0
"""
PLAIN = HEAD + TERMS.format(within="", by="")
GROUPED = HEAD + TERMS.format(within="\n  within region", by=" within region")


def crowd(size: int, seed: int = 1, *, top: int = 60) -> list[dict[str, object]]:
    """Accounts with many ties; some without revenue, region, or a place in the population."""
    dice = random.Random(seed)
    return [
        {
            "id": f"a{i}",
            "region": dice.choice(["north", "north", "south", "west", None]),
            "active": dice.random() < 0.85,
            "revenue": None if dice.random() < 0.1 else dice.randint(-5, top),
            "seats": dice.choice([0, 1, 2, 3]),
        }
        for i in range(size)
    ]


def answers(engine: kamflow.Engine, records, **more) -> list[dict[str, object]]:
    found = engine.evaluate_many(records, as_of=DAY, **more)
    return [f.to_dict()["decisions"] if f.ok else [x.code for x in f.findings] for f in found]
