"""The database that runs queries reaches nothing but what it was given."""

from __future__ import annotations

import duckdb
import pytest

from kamflow.engines.sql.duck import locked

PROBES = {
    "a file is read": "SELECT * FROM read_csv('/etc/passwd')",
    "a file is scanned by name": "SELECT * FROM '/etc/passwd'",
    "a file is written": "COPY (SELECT 1) TO '{tmp}/out.csv'",
    "a database is attached": "ATTACH '{tmp}/other.db' AS other",
    "an extension is installed": "INSTALL httpfs",
    "an extension is loaded": "LOAD '{tmp}/some.duckdb_extension'",
    "the net is read": "SELECT * FROM read_csv('https://example.invalid/a.csv')",
    "a variable of the environment is read": "SELECT getenv('HOME')",
    "a setting is changed": "SET enable_external_access = true",
    "the lock is taken off": "SET lock_configuration = false",
    "more memory is taken": "SET memory_limit = '64GB'",
    "a database is exported": "EXPORT DATABASE '{tmp}/all'",
}


@pytest.mark.parametrize("what", PROBES)
def test_it_is_refused_that(what, tmp_path):
    with locked(threads=1, memory="100MB") as connection, pytest.raises(duckdb.Error) as refused:
        connection.execute(PROBES[what].format(tmp=tmp_path))
    assert isinstance(
        refused.value,
        duckdb.PermissionException
        | duckdb.InvalidInputException
        | duckdb.CatalogException
        | duckdb.IOException,
    )
    assert not list(tmp_path.iterdir())


def test_files_that_the_caller_means_are_open_and_no_others(tmp_path):
    mine, other = tmp_path / "mine.csv", tmp_path / "other.csv"
    for path in (mine, other):
        path.write_text("a\n1\n", encoding="utf-8")
    with locked(threads=1, allowed_paths=[mine]) as connection:
        assert connection.execute("SELECT * FROM read_csv(?)", [str(mine)]).fetchall() == [(1,)]
        with pytest.raises(duckdb.PermissionException):
            connection.execute("SELECT * FROM read_csv(?)", [str(other)])
        with pytest.raises(duckdb.Error):
            connection.execute("SET allowed_paths = ?", [[str(other)]])


def test_memory_and_threads_are_limited():
    with locked(threads=1, memory="50MB") as connection:
        assert connection.execute("SELECT current_setting('threads')").fetchone() == (1,)
        with pytest.raises(duckdb.OutOfMemoryException):
            connection.execute("SELECT sum(len(l)) FROM (SELECT list(range) AS l FROM range(8_000_000))")
