"""A PostgreSQL server for one test run: a cluster in a folder of its own, reached by a socket in it alone."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

USERS = ("postgres", "nobody")


def missing() -> str | None:
    """Say why no server can be started here."""
    absent = [tool for tool in ("initdb", "pg_ctl", "psql") if shutil.which(tool) is None]
    if absent:
        return f"PostgreSQL is not installed here: {', '.join(absent)} is not on the PATH"
    if os.geteuid() == 0 and _other_user() is None:
        return "PostgreSQL does not run as root, and there is no other user to run it"
    return None


def _other_user() -> str | None:
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next((u for u in USERS if u in known), None)


@dataclass(frozen=True)
class Cluster:
    """``user``: who runs the programs of PostgreSQL, where that can't be the one who runs the tests."""

    folder: Path
    user: str | None

    def _run(self, *command: str, given: str | None = None) -> str:
        done = subprocess.run(
            command, input=given, capture_output=True, text=True, check=False, user=self.user,
            cwd=self.folder, timeout=60,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(self.folder)},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-2_000:]
        return done.stdout

    def start(self) -> None:
        self._run(
            "initdb", "-D", "data", "-A", "trust", "-U", "kam", "-E", "UTF8", "--no-sync", "--locale=C.UTF-8"
        )
        self.start_again()

    def start_again(self) -> None:
        """Start the server on the cluster that is there, after ``stop``: it recovers what was committed."""
        options = f"-k {self.folder} -c listen_addresses= -c fsync=off -c statement_timeout=30s"
        self._run("pg_ctl", "-D", "data", "-w", "-l", "log", "-o", options, "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", "data", "-w", "-m", "immediate", "stop")

    def execute(self, *statements: str) -> None:
        self._psql(";\n".join(statements) + ";\n")

    def query(self, sql: str) -> list[dict[str, object]]:
        """Return lines by column, numbers as they are written: exact."""
        wrapped = f"SELECT to_jsonb(answer) FROM ({sql}) AS answer;\n"
        return [json.loads(line, parse_float=Decimal) for line in self._psql(wrapped).splitlines()]

    def _psql(self, text: str) -> str:
        base = ("psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", str(self.folder), "-U", "kam")
        return self._run(*base, "-d", "postgres", given=text)


def make(folder: Path) -> Cluster:
    user = _other_user() if os.geteuid() == 0 else None
    if user is not None:
        for part in (folder, *folder.parents):
            if part.owner() != pwd.getpwuid(os.geteuid()).pw_name or part == Path("/"):
                break
            part.chmod(part.stat().st_mode | 0o011)
        shutil.chown(folder, user)
    return Cluster(folder, user)
