"""What the demonstration decides: a few of the example customers, or those of a new project.

A checkout has examples beside the policies; a wheel has none, so the files of `init` are written into
the folder given.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from kamflow.app.init import start_project
from kamflow.base.resources import resource_dir
from kamflow.base.text import Lang

SHOWN = 6  # customers: what fits on a screen
DAY = "2026-06-30"


@dataclass(frozen=True, slots=True)
class Demo:
    """``shown_id``: the customer whose decisions are explained."""

    customers: Path
    policies: Path
    shown_id: str


def prepare_demo(folder: Path, lang: Lang) -> Demo:
    """Write what the demonstration needs into an empty folder."""
    rules = resource_dir("rules")
    examples = rules.parent / "examples" / "customers.json"
    if examples.is_file() and any(rules.glob("*.kam")):
        records = json.loads(examples.read_text(encoding="utf-8"))
        few = folder / "customers.json"
        few.write_text(json.dumps(records[:SHOWN], ensure_ascii=False), encoding="utf-8")
        return Demo(few, rules, str(records[1]["id"]))
    start_project(folder, lang)
    return Demo(folder / "customers.json", folder / "rules", "C002")
