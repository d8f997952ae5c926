"""Small policies by chance, records by chance, and what plain counting says about two versions of them.

The counting asks the public engine one record at a time and adds up in fractions: nothing of the code that
is tested.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path
from random import Random

from kamflow.app.impact import Judged, judge
from kamflow.app.portfolio_answers import PortfolioRequest
from kamflow.base.span import Source
from kamflow.impact.gates import Gate
from kamflow.impact.impact import Wanted
from kamflow.project.engine import Engine
from kamflow.project.load import Project, load_sources
from kamflow.values.decision import Decision

DAY = date(2026, 6, 30)

TEXT = """policy p
  currency CNY
end

type tier en "Tier" zh "等级" is ordered C en "Tier C" zh "丙" < B en "Tier B" zh "乙" < A en "Tier A" zh "甲"

record account
  id      : text
  region  : text, optional
  score   : count, 0 to 20
  revenue : money, 0 CNY to 1,000 CNY
  vip     : yes/no, default no
  phone   : text, optional, personal(service)
end

parameter a_from : count
  from 2025-01-01 : {a}
end

parameter b_from : count
  from 2025-01-01 : {b}
end

parameter rate : percent with 1 decimal
  from 2025-01-01 : {rate}%
end

decision tier of account : tier en "Tier" zh "等级"
  table first
    | score           | vip || tier | because en | because zh |
    | at least a_from | any || A    | "high"     | "高"       |
    | any             | yes || {vip}    | "friend"   | "朋友"     |
    | at least b_from | any || B    | "middle"   | "中"       |
    | any             | any || C    | "low"      | "低"       |
end

decision discount of account : percent with 1 decimal as
  rate when tier is A, rate when tier is B and vip, otherwise 0%

decision price of account : money as round(revenue * (100% - discount), 0.01 CNY)

decision first_visit of account : days as {days} days when tier is at least B, otherwise 90 days

decision note of account : text as {note}

measure given of account : money, lower is better en "Given" zh "让利" as revenue - price

measure kept of account : money, higher is better as price

impossible of account when score > {most} because en "too high" zh "过高"
"""


@dataclass(frozen=True)
class Settings:
    a: int = 15
    b: int = 8
    rate: str = "5"
    vip: str = "B"
    days: int = 7
    note: str = '"ok"'
    most: int = 20

    def text(self) -> str:
        return TEXT.format(**vars(self))


def by_chance(rng: Random) -> Settings:
    b = rng.randint(0, 12)
    return Settings(
        rng.randint(b, 20), b, rng.choice(["0", "2.5", "5", "7.5", "33.3"]), rng.choice("ABC"),
        rng.randint(1, 30), rng.choice(['"ok"', '"fine"', 'region otherwise "none"']),
        rng.choice([20, 20, 18]),
    )  # fmt: skip


def records_by_chance(rng: Random, count: int) -> list[dict[str, object]]:
    out: list[dict[str, object]] = []
    for i in range(count):
        one: dict[str, object] = {
            "id": f"K{i:03d}", "score": rng.randint(0, 20), "revenue": f"{rng.randint(0, 100_000) / 100:.2f}",
            "phone": f"555-{i:04d}",
        }  # fmt: skip
        if rng.random() < 0.8:
            one["region"] = rng.choice(["North", "South", "东区"])
        if rng.random() < 0.5:
            one["vip"] = rng.random() < 0.5
        if rng.random() < 0.05:
            one["score"] = "many"
        out.append(one)
    return out


def project_of(text: str) -> Project:
    project = load_sources({"p.kam": Source("p.kam", text)})
    assert not project.has_errors, [f.message.en for f in project.findings if f.is_error]
    return project


def written(folder: Path, records: list[dict[str, object]]) -> str:
    path = folder / "records.json"
    path.write_text(json.dumps(records, ensure_ascii=False), encoding="utf-8")
    return str(path)


def judged(
    old: Project, new: Project, data: str, *, by: tuple[str, ...] = (), only: tuple[str, ...] = (),
    top: int = 5, gates: tuple[Gate, ...] = (),
) -> Judged:  # fmt: skip
    found = judge(old, new, PortfolioRequest(data, DAY, only=only, by=by), Wanted(by, top), gates)
    assert isinstance(found, Judged), [f.message.en for f in found]
    return found


# ---- plain counting

REJECTED = "rejected"


def answers(project: Project, records: list[dict[str, object]], name: str) -> list[object]:
    """Return what a version says about each record, as `eval` writes it."""
    engine = Engine(project)
    out: list[object] = []
    for record in records:
        got = engine.evaluate(record, as_of=DAY, only=[name])
        out.append(got.to_dict()["decisions"][name] if isinstance(got, Decision) else REJECTED)
    return out


def transitions(old: Project, new: Project, records: list[dict[str, object]], name: str) -> Counter[object]:
    return Counter(zip(answers(old, records, name), answers(new, records, name), strict=True))


def total(project: Project, records: list[dict[str, object]], name: str) -> Fraction:
    return sum((Fraction(str(v)) for v in answers(project, records, name) if v != REJECTED), Fraction(0))
