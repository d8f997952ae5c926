"""A small policy, a few customers with answers reckoned by hand, and a way to run the command."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from kamflow.cli.main import main

POLICY = """\
policy grading en "Grading" zh "客户评级"
  owner "Sales"
  effective from 2025-01-01
  currency CNY
end

type tier en "Tier" zh "客户等级" is ordered
  basic en "Basic" zh "普通客户" <
  key en "Key account" zh "重点客户"

type owner is one of clerk en "Clerk" zh "专员", boss en "Boss" zh "总监"

record customer en "Customer" zh "客户"
  id      : text en "Number" zh "编号"
  name    : text en "Company" zh "公司名称"
  revenue : money, 0 CNY to 1,000,000,000 CNY en "Revenue" zh "销售额"
  overdue : days, default 0 days en "Overdue" zh "逾期天数"
  phone   : text, optional, personal(service) en "Telephone" zh "电话"
  nps     : count, optional, 0 to 10
end

parameter key_from : money en "Key from" zh "重点门槛"
  from 2025-01-01 : 1,000 CNY
end

decision tier of customer : tier en "Tier" zh "客户等级"
  table first
    | revenue           || tier  | because en     | because zh   |
    | at least key_from || key   | "large enough" | "规模达标"   |
    | any               || basic | "small"        | "规模较小"   |
end

rule late overrides tier
  when overdue > 60 days
  then tier = basic
  because en "pays late" zh "逾期付款"
end

decision discount of customer : percent en "Discount" zh "折扣"
  when tier is key then 12.5%
  otherwise 0%
end

decision rebate of customer : money en "Rebate" zh "返利" as round(revenue * discount, 0.01 CNY)

decision actions of customer en "Actions" zh "行动" gives action : text, owner : owner, due : date
  table collect list
    | overdue       | tier || action | owner | due              |
    | above 0 days  | any  || "call" | clerk | today + 3 days   |
    | above 60 days | any  || "visit" | boss | today + 10 days  |
end

scenario "stricter"
  set key_from = 5,000 CNY
end
"""

RANKED = """\
policy ranked "Ranked"
  owner "Sales"
  currency CNY
end

type abc is ordered C < B < A

record customer
  id      : text
  revenue : money
end

population all_customers is customer where revenue > 0 CNY

classify class of customer over all_customers : abc
  by revenue, largest first
  A up to 80% of total
  B up to 95% of total
  C rest
  ties share the better class
  outside population C
end
"""

CUSTOMERS = [
    {"id": "1", "name": "宁波恒达机械有限公司", "revenue": "1000.04", "phone": "139"},
    {"id": "2", "name": "Jura SA", "revenue": "5000", "overdue": 75, "nps": 9},
    {"id": "3", "name": "Baltic Pumps OÜ", "revenue": 999.99, "overdue": "1 day"},
]
"""1: key, 12.5 % of 1,000.04 = 125.005 → 125.01 (halves up). 2: large, but late. 3: below 1,000."""


@dataclass(frozen=True)
class Ran:
    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        return self.out.decode("utf-8")

    @property
    def records(self) -> list[dict]:
        return [json.loads(line) for line in self.text.splitlines()]


class Desk:
    """A folder with the policy and the customers; ``run`` works in it."""

    def __init__(
        self, folder: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.folder = folder
        self._capfd = capfd
        self._patch = monkeypatch
        (folder / "rules").mkdir()
        (folder / "rules" / "grading.kam").write_text(POLICY, encoding="utf-8")
        self.put("in.json", CUSTOMERS)
        monkeypatch.chdir(folder)
        for name in ("KAMFLOW_LANG", "KAMFLOW_POLICIES", "KAMFLOW_AS_OF", "COLUMNS", "LC_ALL", "LANG"):
            monkeypatch.delenv(name, raising=False)

    def put(self, name: str, records: object) -> Path:
        path = self.folder / name
        path.write_text(json.dumps(records, ensure_ascii=False), encoding="utf-8")
        return path

    def run(self, *args: str, stdin: bytes = b"", day: str | None = "2026-06-30") -> Ran:
        self._capfd.readouterr()
        self._patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        dated = ["--as-of", day] if day is not None and args[0] in ("eval", "why") else []
        code = main([args[0], *dated, *args[1:]])
        sys.stdout.flush()
        sys.stdout.buffer.flush()
        out, err = self._capfd.readouterr()
        return Ran(code, out.encode("utf-8"), err)
