"""The cases of the story, kept between two runs of the demo and made anew when anything they rest on changes.

    python -m examples.practice.state                # makes build/practice/cases.db

Assumes: a checkout. Leaves: ``build/practice`` with the database, and the hash of what it was made from.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import kamflow
from examples.practice.books import read_books
from examples.practice.history import ROOT, RULES, WORKFLOWS, Done, live
from kamflow.app.open_flow import FlowError

FOLDER = ROOT / "build" / "practice"
_HERE = Path(__file__).parent
_STAGED = b"staged\n"


class State:
    """A folder with the cases, made by another process where they have to be; each part is waited for when it
    is needed."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self.folder = folder
        self.customers, self.report = folder / "customers.json", folder / "report"
        self._database, self._stages, self._key = (
            folder / name for name in ("cases.db", "stages.json", "cases.key")
        )
        self._making: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Begin to make the cases, unless those that are there are good."""
        good = self._database.exists() and self._key.exists()
        if not good or self._key.read_text(encoding="utf-8") != inputs_hash():
            self._making = subprocess.Popen(
                [sys.executable, "-m", "examples.practice.state"], cwd=ROOT, stdout=subprocess.PIPE
            )

    @property
    def is_made(self) -> bool:
        return self._making is None or self._making.poll() is not None

    def stages(self) -> dict[str, str]:
        """Return the stage that each customer is in."""
        making = self._making
        if making is not None and making.stdout is not None and making.stdout.readline() != _STAGED:
            self.database()
        return dict(json.loads(self._stages.read_text(encoding="utf-8")))

    def database(self) -> Path:
        if self._making is not None and self._making.wait() != 0:
            raise SystemExit("the cases could not be made")
        return self._database

    def make(self) -> Done:
        """Make the database; what is there is replaced when it is whole."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._key.unlink(missing_ok=True)
        key, fresh = inputs_hash(), self._database.with_suffix(".new")
        # what is made in one go needs no disk for each of its thousand transactions
        memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        with tempfile.TemporaryDirectory(prefix="kamflow-practice-", dir=memory) as folder:
            made = Path(folder) / "cases.db"
            done = live(read_books(), made, Path(folder) / "month.json", self._tell_stages)
            shutil.copyfile(made, fresh)
        fresh.replace(self._database)
        self._key.write_text(key, encoding="utf-8")
        return done

    def _tell_stages(self, stages: dict[str, str]) -> None:
        self._stages.write_text(json.dumps(stages), encoding="utf-8")
        sys.stdout.write(_STAGED.decode())
        sys.stdout.flush()


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


def main() -> int:
    try:
        done = State().make()
    except (kamflow.PolicyError, FlowError) as wrong:
        print(wrong, file=sys.stderr)
        return 1
    if done.refused or done.left_out:
        print(f"refused: {done.refused[:3]}, left out: {done.left_out[:3]}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
