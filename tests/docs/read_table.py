"""A table of values as a file may hold them: each is read, and given back by a decision ``got_FIELD``."""

from __future__ import annotations

import json
import re
from datetime import date

import kamflow
from tests.docs.blocks import Table

_DAY = date(2026, 6, 30)


def read_values(table: Table) -> list[str]:
    """Compare what each row's value is read as, or the code of its finding, with what the page says."""
    engine = kamflow.load(table.title)
    out: list[str] = []
    for number, cells in table.rows:
        row = dict(zip(table.head, cells, strict=True))
        field = row["field"].strip("`")
        raw = json.loads(row["value"].strip("`"))
        decision = engine.evaluate({"id": "x", field: raw}, as_of=_DAY, only=[f"got_{field}"])
        if decision.ok:
            found = json.dumps(decision.to_dict()["decisions"][f"got_{field}"], ensure_ascii=False)
        else:
            found = decision.findings[0].code
        code = re.search(r"KF\d{4}", row["read as"])
        wanted = code[0] if code is not None else row["read as"].strip("`")
        if found != wanted:
            out.append(f"line {number}: {row['value']} is read as {found}")
    return out
