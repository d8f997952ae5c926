"""Search answer templates for forbidden phrases, and write the records that `rules/wording.kam` decides on.

    python examples/answers/find_phrases.py --day 2026-06-30 > answers.json
    kamflow eval answers.json --policies rules --record answer_template

A policy compares whole texts and never looks inside one, so the search is done here, where the data is made.
The phrases are the labels of `forbidden_phrase` in both languages; a member added there is searched for too.
A template is a text file: lines `name: value` up to the first empty line, then what the customer reads.
Found is what is written the same, whatever the case, spaces and line breaks; another wording of it is not.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TypeAlias

import kamflow

HERE = Path(__file__).resolve().parent
RULES = HERE.parents[1] / "rules"
Found: TypeAlias = "list[dict[str, str | int]]"


def folded(text: str) -> str:
    """Return a text without its case, spaces and line breaks."""
    return "".join(text.casefold().split())


def phrases_of(rules: Path, day: date) -> dict[str, tuple[str, ...]]:
    """Return each forbidden phrase with its wordings, as the policies of that day have them."""
    program = kamflow.load(rules).stretch_on(day).program
    assert program is not None
    enum = program.enums["forbidden_phrase"]
    return {
        member: tuple(folded(text) for text in (label.en, label.zh) if text)
        for member, label in zip(enum.ty.members, enum.labels, strict=True)
    }


def search(text: str, phrases: Mapping[str, tuple[str, ...]]) -> Found:
    """Return the phrases that a text uses, with how often."""
    where = folded(text)
    times = {phrase: sum(where.count(w) for w in wordings) for phrase, wordings in phrases.items()}
    return [{"phrase": phrase, "times": n} for phrase, n in times.items() if n]


def read_template(path: Path, phrases: Mapping[str, tuple[str, ...]], day: date) -> dict[str, object]:
    """Return the record of one template file."""
    head, _, body = path.read_text(encoding="utf-8").partition("\n\n")
    said = dict(line.split(": ", 1) for line in head.splitlines())
    return {"id": path.stem, **said, "searched_on": day.isoformat(), "phrases_found": search(body, phrases)}


def main() -> None:
    """Write the records of all templates in a folder to standard output."""
    options = argparse.ArgumentParser(description="Search answer templates for forbidden phrases.")
    options.add_argument("folder", nargs="?", type=Path, default=HERE)
    options.add_argument("--rules", type=Path, default=RULES)
    options.add_argument("--day", type=date.fromisoformat, required=True)
    asked = options.parse_args()
    phrases = phrases_of(asked.rules, asked.day)
    rows = [read_template(path, phrases, asked.day) for path in sorted(asked.folder.glob("*.txt"))]
    json.dump(rows, sys.stdout, ensure_ascii=False, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
