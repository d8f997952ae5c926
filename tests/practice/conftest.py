"""The practice example, lived through once for all of its tests."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

import kamflow
from examples.practice.books import Books, read_books
from examples.practice.history import RULES, Done, review_tiers
from examples.practice.quarter import Quarter, decide, with_cases
from examples.practice.records import write_records
from examples.practice.state import State


@dataclass(frozen=True)
class Lived:
    done: Done
    state: State
    quarter: Quarter


@pytest.fixture(scope="session")
def books() -> Books:
    return read_books()


@pytest.fixture(scope="session")
def engine() -> kamflow.Engine:
    return kamflow.load(RULES)


@pytest.fixture(scope="session")
def lived(books: Books, engine: kamflow.Engine, tmp_path_factory: pytest.TempPathFactory) -> Lived:
    state = State(tmp_path_factory.mktemp("practice"))
    done = state.make()
    quarter = decide(engine, books, review_tiers(engine, books), state.stages())
    write_records(state.customers, list(quarter.records.values()))
    return Lived(done, state, with_cases(quarter, state.database()))


@pytest.fixture(scope="session")
def readmes() -> tuple[str, str]:
    folder = RULES.parent / "examples" / "practice"
    english, chinese = (folder / name for name in ("README.md", "README.zh.md"))
    return english.read_text(encoding="utf-8"), chinese.read_text(encoding="utf-8")
