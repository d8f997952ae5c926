"""The cases of the story, kept between two runs of the demo and made anew when anything they rest on changes.

    python -m examples.practice.state                # makes build/practice/cases.db

Assumes: a checkout. Leaves: ``build/practice`` with the database, and the hash of what it was made from.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

from examples.practice.history import ROOT, RULES, WORKFLOWS

FOLDER = ROOT / "build" / "practice"
DATABASE, CUSTOMERS, REPORT = FOLDER / "cases.db", FOLDER / "customers.json", FOLDER / "report"
_KEY = FOLDER / "cases.key"
_HERE = Path(__file__).parent


def inputs_hash() -> str:
    """Return the hash of all that the cases depend on: exports, policies, workflows, and the code."""
    found = hashlib.sha256()
    for folder, pattern in (
        (_HERE / "exports", "*.csv"), (_HERE, "books.py"), (_HERE, "records.py"), (_HERE, "history.py"),
        (RULES, "*.kam"), (WORKFLOWS, "*.yaml"), (ROOT / "kamflow", "**/*.py"),
    ):  # fmt: skip
        for path in sorted(folder.glob(pattern)):
            found.update(path.name.encode())
            found.update(path.read_bytes())
    return found.hexdigest()


def start_making() -> subprocess.Popen[bytes] | None:
    """Begin to make the database in another process; None: the one that is there is good."""
    if DATABASE.exists() and _KEY.exists() and _KEY.read_text(encoding="utf-8") == inputs_hash():
        return None
    return subprocess.Popen([sys.executable, "-m", "examples.practice.state"], cwd=ROOT)


def make() -> None:
    from examples.practice.books import read_books
    from examples.practice.history import live

    FOLDER.mkdir(parents=True, exist_ok=True)
    key = inputs_hash()
    fresh = FOLDER / "new.db"
    for old in (_KEY, fresh, *FOLDER.glob("new.db-*")):
        old.unlink(missing_ok=True)
    done = live(read_books(), fresh, FOLDER / "month.json")
    if done.refused or done.left_out:
        print(f"{len(done.refused)} refused, {len(done.left_out)} left out: {done.refused[:1]}", file=sys.stderr)
    fresh.replace(DATABASE)
    _KEY.write_text(key, encoding="utf-8")


if __name__ == "__main__":
    make()
