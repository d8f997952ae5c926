"""Records decided by the SQL engine on DuckDB, all in one query, beside the interpreter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import duckdb

from kamflow.base.span import DataPlace, Source
from kamflow.core.expr import Choose, Hit
from kamflow.core.program import EvalPlan, Program, make_plan
from kamflow.engines.interp import Interpreter
from kamflow.engines.sql.compile import compile_sql
from kamflow.engines.sql.duck import insert_records, locked
from kamflow.engines.sql.plan import SqlPlan
from kamflow.intake.read_record import ReadRecord, RecordReader
from kamflow.project.load import load_sources
from kamflow.values.data import TypedRecord, Value
from kamflow.values.outcome import Decided, RawOutcome

DAY = 739_000  # 2024-04-20
HEADER = "policy p\n  currency CNY\n  month end clamp\nend\n"


@cache
def connection() -> duckdb.DuckDBPyConnection:
    return locked(threads=1)


def lowered(text: str, *, header: str = HEADER) -> Program:
    """Load a policy that must be without errors."""
    project = load_sources({"p.kam": Source("p.kam", header + text)})
    assert not [f for f in project.findings if f.is_error], [f.message.en for f in project.findings]
    stretch = project.stretch_on(DAY)
    assert stretch is not None
    assert stretch.lowered is not None
    return stretch.lowered


def typed(program: Program, record: str, raws: Sequence[dict[str, object]]) -> list[TypedRecord]:
    reader = RecordReader(program.records[record], program)
    found = [reader.read(raw, DataPlace("record")) for raw in raws]
    assert all(isinstance(r, ReadRecord) for r in found), found
    return [r.record for r in found if isinstance(r, ReadRecord)]


def compiled(program: Program, plan: EvalPlan, day: int = DAY, **how: object) -> SqlPlan:
    made = compile_sql(program, plan, day, **how)  # type: ignore[arg-type]
    assert isinstance(made, SqlPlan), made
    return made


def outcomes(
    program: Program,
    plan: EvalPlan,
    records: Sequence[TypedRecord],
    day: int = DAY,
    *,
    overlay: Mapping[str, Value] | None = None,
    members: Sequence[bool] | None = None,
) -> list[Decided | None]:
    """Return what the query says of each record; None where it declines."""
    made = compiled(program, plan, day, overlay=overlay, members=members is not None)
    insert_records(connection(), made.layout, records, members=members)
    return fetched(program, made, len(records))


def fetched(program: Program, made: SqlPlan, count: int) -> list[Decided | None]:
    lines = connection().execute(made.select()).fetchall()
    assert len(lines) == count
    found: list[Decided | None] = [None] * count
    for row, ok, *rest in lines:
        assert isinstance(ok, bool)
        if ok:
            found[row] = _decided(program, made, rest)
    return found


def _decided(program: Program, made: SqlPlan, rest: list[object]) -> Decided:
    outs, fires = len(made.outputs), len(made.row_keys)
    fired: list[Value] = []
    for key, value in zip(made.row_keys, rest[outs : outs + fires], strict=True):
        body = program.defs[key].body
        assert isinstance(body, Choose)
        assert isinstance(value, int)
        fired.append(_bits(value) if body.hit is Hit.COLLECT else value)
    overrides = tuple(_bits(m) for m in rest[outs + fires :] if isinstance(m, int))
    return Decided(tuple(plain(v) for v in rest[:outs]), tuple(fired), overrides)


def _bits(mask: int) -> tuple[int, ...]:
    return tuple(i for i in range(mask.bit_length()) if mask >> i & 1)


def plain(value: object) -> Value:
    """Return a value as it is in Python: lists and lines with several outputs are tuples."""
    match value:
        case list():
            return tuple(plain(v) for v in value)
        case dict():
            return tuple(plain(v) for v in value.values())
        case None | bool() | int() | str():
            return value
        case _:
            raise AssertionError(f"{value!r} is no value")


def same(got: Decided | None, want: RawOutcome) -> bool:
    """Say whether a query's answer is the interpreter's; roundings are not told by a query."""
    if got is None:
        return not isinstance(want, Decided)
    return isinstance(want, Decided) and (
        strictly(got.values) == strictly(want.values)
        and (got.fired, got.overrides) == (want.fired, want.overrides)
    )


def strictly(value: object) -> object:
    """Return a value with its types: ``True`` is no 1."""
    if isinstance(value, tuple):
        return tuple(strictly(v) for v in value)
    return (type(value), value)


def check(
    text: str,
    raws: Sequence[dict[str, object]],
    record: str = "deal",
    day: int = DAY,
    *,
    declined: int = 0,
    header: str = HEADER,
) -> list[RawOutcome]:
    """Compare the query with the interpreter for each record; return what the interpreter says.

    ``declined``: how many records that have an answer the query may leave to others.
    """
    program = lowered(text, header=header)
    plan = make_plan(program, record)
    records = typed(program, record, raws)
    law = Interpreter(program, day)
    want = [law.decide(plan, r) for r in records]
    got = outcomes(program, plan, records, day)
    left = 0
    for raw, g, w in zip(raws, got, want, strict=True):
        if declined and g is None and isinstance(w, Decided):
            left += 1
        else:
            assert same(g, w), f"{raw}\n got {g}\n want {w}"
    assert left == declined
    return want
