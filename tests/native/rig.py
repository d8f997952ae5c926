"""Records as columns, and outcomes of the interpreter as the results that an engine over columns leaves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kamflow.core.columns import ColumnTable, Layout, Physical
from kamflow.core.expr import Override
from kamflow.core.program import DefKind, EvalPlan, Program
from kamflow.core.ty import ListTy, strip_opt
from kamflow.engines.interp.interpreter import Interpreter
from kamflow.engines.python.engine import Refused
from kamflow.engines.python.native.engine import BoundNative, NativePlan, compile_native
from kamflow.values.data import TypedRecord, Value
from kamflow.values.outcome import Contradicts, Decided, NotDecided, RawOutcome

DTYPES = {
    Physical.BOOL: np.bool_,
    Physical.INT8: np.int8,
    Physical.INT16: np.int16,
    Physical.INT32: np.int32,
    Physical.INT64: np.int64,
    Physical.INT128: object,
    Physical.TEXT: object,
}


def to_columns(layout: Layout, records: Sequence[TypedRecord]) -> dict[str, dict[str, Any]]:
    """Lay records out as ``core/columns.py`` says; what lies under a mask is rubbish on purpose."""
    lines: dict[str, list[tuple[int, Value]]] = {"t0": [(0, r) for r in records]}
    out: dict[str, dict[str, Any]] = {}
    for table in layout.tables:
        if table.name != "t0":
            found: list[tuple[int, Value]] = []
            for number, (_, value) in enumerate(lines[table.parent]):
                found += [(number, item) for item in at(value, table.path) or ()]
            lines[table.name] = found
        out[table.name] = _table(table, lines[table.name])
    return out


def at(value: Value, path: tuple[str, ...]) -> Any:
    for name in path:
        if value is None:
            return None
        assert isinstance(value, TypedRecord)
        value = value.fields[name]
    return value


def _table(table: ColumnTable, lines: list[tuple[int, Value]]) -> dict[str, Any]:
    out: dict[str, Any] = {"row": np.arange(len(lines))}
    if table.name != "t0":
        out["parent"] = np.array([p for p, _ in lines], dtype=np.int64)
    for column in table.columns:
        values = [at(value, column.path) for _, value in lines]
        dtype = DTYPES[column.physical]
        if column.is_presence:
            out[column.name] = np.array([v is not None for v in values], dtype=bool)
            continue
        rubbish: Any = "?" if column.physical is Physical.TEXT else 77
        data = np.empty(len(values), dtype=dtype)
        data[:] = [rubbish if v is None else v for v in values]
        if column.nullable:
            data = np.ma.MaskedArray(data, mask=[v is None for v in values])
        out[column.name] = data
    return out


def native(program: Program, plan: EvalPlan, *, jit: bool = True) -> NativePlan | Refused:
    return compile_native(program, plan, jit=jit)


def without_lists(program: Program, plan: EvalPlan) -> bool:
    return not any(isinstance(strip_opt(program.defs[k].ty), ListTy) for k in plan.outputs)


def line_of(result: dict[str, Any], i: int, prefix: str) -> tuple[Value, ...]:
    out: list[Value] = []
    for number in range(len(result)):
        column = result.get(f"{prefix}{number}")
        if column is None:
            break
        value = column[i]
        if value is np.ma.masked:
            out.append(None)
        else:
            out.append(value.item() if isinstance(value, np.generic) else value)
    return tuple(out)


def expected(program: Program, plan: EvalPlan, outcome: RawOutcome) -> tuple[Any, Any, Any] | None:
    match outcome:
        case Decided(values, fired, overrides):
            rows = [k for k in plan.order if program.defs[k].kind is DefKind.ROWS]
            assert len(rows) == len(fired)
            assert len(overrides) == sum(isinstance(program.defs[k].body, Override) for k in plan.order)
            return values, tuple(_bits(f) for f in fired), tuple(_bits(o) for o in overrides)
        case NotDecided() | Contradicts():
            return None


def _bits(row: Value) -> Any:
    return sum(1 << i for i in row) if isinstance(row, tuple) else row


class Differs(AssertionError):  # noqa: N818
    pass


def compare(
    bound: BoundNative, records: Sequence[TypedRecord], law: Interpreter, *, threads: int = 1
) -> tuple[int, int]:
    """Return (decided, declined though decided); raises ``Differs`` at the first difference."""
    plan, program = bound.native.plan, bound.native.program
    result = bound.run(to_columns(bound.native.layout, records), threads=threads)
    decided = declined = 0
    for i, record in enumerate(records):
        want = expected(program, plan, law.decide(plan, record))
        if not result["ok"][i]:
            declined += want is not None
            continue
        got = line_of(result, i, "v"), line_of(result, i, "r"), line_of(result, i, "o")
        if got != want or _types(got) != _types(want):
            raise Differs(f"record {i}\n  got  {got}\n  want {want}\n  {str(record)[:2000]}")
        decided += 1
    return decided, declined


def _types(value: Any) -> Any:
    return tuple(_types(v) for v in value) if isinstance(value, tuple) else type(value)
