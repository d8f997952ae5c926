"""Generated Python compiled by numba, over columns that DuckDB hands out as arrays.

Lists that are decided go back as JSON and become lists of structs by a cast: of tuples DuckDB would have to
guess the types, from a sample, and a line of amounts and texts would come out as a list of texts.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.text import Text
from kamflow.batch import errors
from kamflow.batch.engines import Ask
from kamflow.batch.families import name
from kamflow.core.columns import ROOT, Physical, physical_of
from kamflow.core.ty import ListTy, StructTy, Ty, strip_opt
from kamflow.engines.python.engine import Refused
from kamflow.engines.python.native.engine import BoundNative, NativePlan, compile_native

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from kamflow.engines.python.native.feed import Arr

_MEMBER = ["member"]
_SQL = {Physical.BOOL: "BOOLEAN", Physical.TEXT: "VARCHAR", Physical.INT128: "HUGEINT"}  # others: BIGINT


@dataclass(frozen=True, slots=True)
class NativeEngine:
    bound: BoundNative
    threads: int
    members: bool

    by_piece: ClassVar[bool] = False

    def run(self, connection: DuckDBPyConnection, tables: Mapping[str, str]) -> None:
        import numpy as np

        plan: NativePlan = self.bound.native
        rows = {
            t: connection.execute(f"SELECT row FROM {s} ORDER BY row").fetchnumpy()["row"]
            for t, s in tables.items()
        }
        columns: dict[str, dict[str, object]] = {}
        for table in plan.layout.tables:
            if table.name != ROOT and table.name not in plan.reads:
                continue
            wanted = ["row", *plan.reads.get(table.name, ())]
            wanted += _MEMBER if table.name == ROOT and self.members else []
            wanted += [] if table.name == ROOT else ["parent"]
            order = "row" if table.name == ROOT else "parent, row"
            text = ", ".join(name(c) for c in dict.fromkeys(wanted))
            found = dict(
                connection.execute(f"SELECT {text} FROM {tables[table.name]} ORDER BY {order}").fetchnumpy()
            )
            if table.name != ROOT:  # the engine counts lines; rows have gaps where records were declined
                found["parent"] = np.searchsorted(rows[table.parent], found["parent"])
            columns[table.name] = found
        answers = self.bound.run(columns, threads=self.threads, rows=False)  # type: ignore[arg-type]
        answers["row"] = rows[ROOT]
        casts: list[str] = []
        for column, ty in self._lists():
            answers[column] = _as_json(answers[column], ty)
            casts.append(f"CAST(CAST({column} AS JSON) AS {_sql_type(ty)}) AS {column}")
        replaced = f" REPLACE ({', '.join(casts)})" if casts else ""
        connection.register("answers", answers)
        try:
            connection.execute(f"CREATE TABLE res AS SELECT *{replaced} FROM answers")
        finally:
            connection.unregister("answers")

    def _lists(self) -> Iterator[tuple[str, ListTy]]:
        """Yield the columns of outputs that are lists, with their types."""
        plan = self.bound.native
        for i, key in enumerate(plan.plan.outputs):
            ty = strip_opt(plan.program.defs[key].ty)
            if isinstance(ty, ListTy):
                yield f"v{i}", ty


def _as_json(lists: Arr, ty: ListTy) -> Arr:
    """Return an array of lists as JSON texts; each distinct list is written once."""
    import numpy as np

    known: dict[object, str] = {}
    out = np.empty(len(lists), dtype=object)
    for place, found in enumerate(lists):
        text = known.get(found)
        if text is None:
            struct = isinstance(ty.item, StructTy)
            items = [{f"f{i}": v for i, v in enumerate(line)} if struct else line for line in found]
            text = known[found] = json.dumps(items)
        out[place] = text
    return out


def _sql_type(ty: Ty) -> str:
    """Return what DuckDB calls a list, a line (fields ``f0`` …) or a plain value."""
    match strip_opt(ty):
        case ListTy(item):
            return f"{_sql_type(item)}[]"
        case StructTy(fields):
            return f"STRUCT({', '.join(f'f{i} {_sql_type(t)}' for i, (_, t) in enumerate(fields))})"
        case plain:
            return _SQL.get(physical_of(plain), "BIGINT")


def prepare_native(ask: Ask, threads: int | None) -> NativeEngine | Diagnostic:
    made = compile_native(ask.program, ask.plan, cache=_cache())
    if isinstance(made, Refused):
        return errors.engine_refuses("native", made.name, Text(made.reason, made.reason))
    try:
        bound = made.bind(ask.as_of, ask.overlay)
    except ValueError as wide:
        return errors.engine_refuses("native", ask.plan.record, Text(str(wide), str(wide)))
    return NativeEngine(bound, threads or os.cpu_count() or 1, ask.members)


def _cache() -> Path | None:
    """Return the user's own folder for compiled code."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")  # noqa: PTH111, PTH118
    folder = Path(home) / "kamflow" / "native"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:
        return None
    return folder
