"""All pieces of a text file in one set of typed tables, for whoever needs all records at once.

Pieces are read by several threads and appended in their order; the text of each is gone by then.
"""

from __future__ import annotations

from collections import Counter, deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from kamflow.batch.load import Loaded, forget, leave_out, put_in_order
from kamflow.batch.pieces import TextFile, load_piece, threads_of
from kamflow.core.columns import ROOT, ColumnTable, layout_of
from kamflow.core.program import Program
from kamflow.portfolio.pieces import Piece

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def load_pieces(
    connection: DuckDBPyConnection, program: Program, record: str, text: TextFile, id_name: str,
    prefix: str = "k", *, loose_parts: bool = False,
) -> Loaded | None:  # fmt: skip
    """Read a file into typed tables; None where a piece is not one for columns, or there is none."""
    layout = layout_of(program, record)
    rows: Counter[str] = Counter()
    declined: list[int] = []
    waiting: deque[tuple[str, Future[Loaded | None]]] = deque()
    setting = connection.execute("SELECT current_setting('threads')").fetchone()
    assert setting is not None
    threads = threads_of(int(setting[0]))
    pieces = text.pieces(threads)
    with ThreadPoolExecutor(threads) as pool:

        def begin(piece: Piece | None) -> None:
            if piece is not None:
                own = f"{prefix}_{piece.number}_"
                task = (connection.cursor(), program, record, text, piece, id_name, own)
                waiting.append((own, pool.submit(load_piece, *task, loose_parts=loose_parts)))

        try:
            for _ in range(threads):
                begin(next(pieces, None))
            while waiting:
                own, future = waiting.popleft()
                loaded = future.result()
                if loaded is None:
                    return None
                begin(next(pieces, None))
                declined += [rows[ROOT] + row for row in loaded.declined]
                base = Counter(rows)
                for table in layout.tables:
                    rows[table.name] += _append(connection, table, own, prefix, base)
                forget(connection, own)
        finally:
            pool.shutdown(cancel_futures=True)
    if not rows:
        return None
    put_in_order(connection, f"{prefix}{ROOT[1:]}")
    return leave_out(connection, layout, prefix, rows[ROOT], declined)


def _append(
    connection: DuckDBPyConnection, table: ColumnTable, own: str, prefix: str, base: Counter[str]
) -> int:
    """Append a piece's lines of a table, numbered on; return how many."""
    heads = [f"row + {base[table.name]} AS row"]
    heads += [] if table.name == ROOT else [f"parent + {base[table.parent]} AS parent"]
    columns = [*heads, *(c.name for c in table.columns), "good"]
    columns += ["absent", "id"] if table.name == ROOT else []
    name = f"{prefix}{table.name[1:]}"
    first = (
        not base[ROOT]
        and not connection.execute(f"SELECT 1 FROM duckdb_tables() WHERE table_name = '{name}'").fetchall()
    )
    into = f"CREATE TABLE {name} AS" if first else f"INSERT INTO {name} BY NAME"
    found = connection.execute(f"{into} SELECT {', '.join(columns)} FROM {own}{table.name[1:]}").fetchone()
    assert found is not None
    return int(found[0])
