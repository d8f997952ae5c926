"""The cases of the story, kept between two runs of the demo and made anew when anything they rest on changes.

    python -m examples.practice.state                # makes build/practice/cases.db

Assumes: a checkout. Leaves: ``build/practice`` with the database, and the hash of what it was made from.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

from examples.practice.history import ROOT, RULES, WORKFLOWS

FOLDER = ROOT / "build" / "practice"
DATABASE, CUSTOMERS, REPORT = FOLDER / "cases.db", FOLDER / "customers.json", FOLDER / "report"
_STAGES, _KEY = FOLDER / "stages.json", FOLDER / "cases.key"
_HERE = Path(__file__).parent
_STAGED = b"staged\n"


def shown(path: Path) -> str:
    """Return a path as it is typed in the checkout."""
    return str(path.relative_to(ROOT))


def inputs_hash() -> str:
    """Return the hash of all that the cases depend on: exports, policies, workflows, and the code."""
    found = hashlib.sha256()
    for folder, pattern in (
        (_HERE / "exports", "*.csv"), (_HERE, "books.py"), (_HERE, "record*.py"), (_HERE, "history.py"),
        (RULES, "*.kam"), (WORKFLOWS, "*.yaml"), (ROOT / "kamflow", "**/*.py"),
    ):  # fmt: skip
        for path in sorted(folder.glob(pattern)):
            found.update(path.name.encode())
            found.update(path.read_bytes())
    return found.hexdigest()


class State:
    """The database, made by another process where it has to be; each part is waited for when it is needed."""

    def __init__(self) -> None:
        self._making: subprocess.Popen[bytes] | None = None
        good = DATABASE.exists() and _KEY.exists() and _KEY.read_text(encoding="utf-8") == inputs_hash()
        if not good:
            self._making = subprocess.Popen(
                [sys.executable, "-m", "examples.practice.state"], cwd=ROOT, stdout=subprocess.PIPE
            )

    def stages(self) -> dict[str, str]:
        """Return the stage that each customer is in."""
        making = self._making
        if making is not None and making.stdout is not None and making.stdout.readline() != _STAGED:
            self.database()
        return dict(json.loads(_STAGES.read_text(encoding="utf-8")))

    def database(self) -> Path:
        if self._making is not None and self._making.wait() != 0:
            raise SystemExit("the cases could not be made")
        return DATABASE


def make() -> None:
    """Make the database; what is there is replaced when it is whole."""
    from examples.practice.books import read_books
    from examples.practice.history import live

    FOLDER.mkdir(parents=True, exist_ok=True)
    key, fresh = inputs_hash(), FOLDER / "new.db"
    for old in (_KEY, fresh, *FOLDER.glob("new.db-*")):
        old.unlink(missing_ok=True)
    done = live(read_books(), fresh, FOLDER / "month.json", _tell_stages)
    if done.refused or done.left_out:
        print(f"refused: {done.refused[:3]}, left out: {done.left_out[:3]}", file=sys.stderr)
    fresh.replace(DATABASE)
    _KEY.write_text(key, encoding="utf-8")


def _tell_stages(stages: dict[str, str]) -> None:
    _STAGES.write_text(json.dumps(stages), encoding="utf-8")
    sys.stdout.buffer.write(_STAGED)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    make()
