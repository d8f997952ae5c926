"""The same tests on SQLite and on a real PostgreSQL: a fresh database for each test."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kamflow.journal.schema import Schema, upgrade
from kamflow.journal.store import Store
from tests.journal.rig import opened
from tests.warehouses import cluster

_COUNT = itertools.count()
TEMPLATE = "kamflow_template"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What needs the server runs on one worker: one server for all."""
    for item in items:
        if Path(__file__).parent in item.path.parents and "server" in _needs(item):
            item.add_marker(pytest.mark.xdist_group("journal-postgres"))


def _needs(item: pytest.Item) -> set[str]:
    params = getattr(getattr(item, "callspec", None), "params", {})
    names = set(getattr(item, "fixturenames", ()))
    if params.get("backend") == "sqlite":
        return names - {"server"}
    return names | ({"server"} if params.get("backend") == "postgres" else set())


@pytest.fixture(scope="session")
def server() -> Iterator[cluster.Cluster]:
    """A PostgreSQL of our own; as root it is run by another user, since it refuses to be run by root."""
    why = cluster.missing()
    if why is not None and os.environ.get("KAMFLOW_CI"):
        pytest.fail(f"CI runs on a real PostgreSQL: {why}")
    if why is not None:
        pytest.skip(why)
    folder = Path(tempfile.mkdtemp(prefix="kam"))  # short: a socket's path has at most 107 characters
    made = cluster.make(folder)
    made.start()
    made.execute(f"CREATE DATABASE {TEMPLATE}")
    assert isinstance(upgrade(postgres_address(made, TEMPLATE)), Schema)
    yield made
    made.stop()
    shutil.rmtree(folder)


def postgres_address(server: cluster.Cluster, database: str) -> str:
    return f"postgresql://kam@/{database}?host={server.folder}"


@pytest.fixture(params=["sqlite", "postgres"])
def backend(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def empty_address(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """An address of a database without tables."""
    if backend == "sqlite":
        return str(tmp_path / "journal.db")
    server = request.getfixturevalue("server")
    name = f"t{next(_COUNT)}"
    server.execute(f"CREATE DATABASE {name}")
    return postgres_address(server, name)


@pytest.fixture
def address(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """An address of a store that is set up."""
    if backend == "sqlite":
        return str(tmp_path / "journal.db")
    server = request.getfixturevalue("server")
    name = f"t{next(_COUNT)}"
    server.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    return postgres_address(server, name)


@pytest.fixture
def open_again(address: str) -> Iterator[Callable[[], Store]]:
    """Open the store of this test once more, with connections of its own."""
    stores: list[Store] = []

    def open_one() -> Store:
        stores.append(opened(address))
        return stores[-1]

    yield open_one
    for store in stores:
        store.close()


@pytest.fixture
def store(open_again: Callable[[], Store]) -> Store:
    return open_again()
