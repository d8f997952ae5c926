"""A large file decided in columns: read once into DuckDB, then each version's policies as one query over it.

Assumes: a file of a format for columns. Leaves: columns of answers in the order of the file, and the rows
that the query does not judge: these are the single path's. What gave an answer is looked up for the few
records that somebody asks about.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import compress
from typing import TYPE_CHECKING, Any, overload

from kamflow.batch.decided import as_tuples
from kamflow.core.columns import ROOT
from kamflow.core.dress import build_trace
from kamflow.core.expr import Choose, DefKey, Hit, Override, Table
from kamflow.core.program import Def, DefKind, EvalPlan, Program, needs, uses_population
from kamflow.core.ty import BoolTy, EnumTy, ListTy, ScaledTy, StructTy, UnitKind, strip_opt
from kamflow.engines.sql.compile import NOWHERE, compile_sql
from kamflow.engines.sql.plan import Refused, SqlPlan
from kamflow.impact.opened import Found, Opened
from kamflow.impact.together import Together
from kamflow.values.data import Value
from kamflow.values.outcome import Decided
from kamflow.values.trace import Step

if TYPE_CHECKING:
    pass


_EXACT = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "BOOLEAN")
"""Types whose numpy form holds every value; wider ones would become floats."""
_PART = 20_000
"""Records for which a query by itself pays."""


class Column(Sequence[Value]):
    """An output's values in the order of the file, fetched when the first one is asked for.

    One object may stand for both versions, which is then known to be equal without a look.
    """

    def __init__(self, fetch: Callable[[], list[Value]]) -> None:
        self._fetch = fetch
        self._values: list[Value] | None = None
        self.patches: dict[int, Value] = {}

    def values(self) -> list[Value]:
        if self._values is None:
            self._values = self._fetch()
            for row, value in self.patches.items():
                self._values[row] = value
        return self._values

    @overload
    def __getitem__(self, index: int) -> Value: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Value]: ...
    def __getitem__(self, index: int | slice) -> Value | Sequence[Value]:
        return self.values()[index]

    def __len__(self) -> int:
        return len(self.values())

    def __iter__(self) -> Iterator[Value]:
        return iter(self.values())

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return self.values() == (other.values() if isinstance(other, Column) else other)

    __hash__ = None  # type: ignore[assignment]  # it can be patched


@dataclass(frozen=True, slots=True)
class InColumns:
    """One version's answers. ``columns``: of each of the plan's outputs. The rows of ``slow`` are not
    decided: they wait for their patches. ``marks``: the columns that say what gave an answer, where kept."""

    program: Program
    plan: EvalPlan
    columns: Sequence[Column]
    made: _Made
    marks: Mapping[DefKey, str]

    @property
    def slow(self) -> Sequence[int]:
        return self.made.slow

    def steps(self, rows: Sequence[int]) -> dict[int, Mapping[str, Step]]:
        """Return what gave the outputs of some records, none of them slow, as far as there are marks."""
        fired = [k for k in self.plan.order if self.program.defs[k].kind is DefKind.ROWS]
        ruled = [k for k in self.plan.order if isinstance(self.program.defs[k].body, Override)]
        some = ", ".join(str(int(r)) for r in rows)
        if not some:
            return {}
        names = [self.marks.get(k, "NULL") for k in fired]
        rules = [self.marks.get(k, "NULL") for k in ruled]
        found = self.made.rows(", ".join(["row", *names, *rules]), f" WHERE row IN ({some})").fetchall()
        many = [_is_collect(self.program, k) for k in fired]
        out: dict[int, Mapping[str, Step]] = {}
        for row, *marks in found:
            rows_of = [_bits(m) if all_ else m for m, all_ in zip(marks, many, strict=False)]
            applied = tuple(_bits(m) for m in marks[len(fired) :])
            nothing = (None,) * len(self.columns)  # a trace is made of what answered, not of the answers
            trace = build_trace(self.program, self.plan, Decided(nothing, tuple(rows_of), applied))
            out[row] = trace.outputs
        return out


def decide_in_columns(
    opened: Opened, program: Program, plan: EvalPlan, day: int, table: str
) -> InColumns | None:
    """Decide all records by a lowered program; None where these policies are not for columns."""
    query = _compiled(program, plan, day, None)
    made = None if query is None else _run(opened, query, table)
    if made is None:
        return None
    return InColumns(program, plan, [made.column(k) for k in plan.outputs], made, made.marks)


@dataclass(frozen=True, slots=True)
class Both:
    """Both versions' answers. ``apart``: outputs → the only rows in which they may differ."""

    old: InColumns
    new: InColumns
    apart: Mapping[str, Sequence[int]]


@dataclass(frozen=True, slots=True)
class BothQuery:
    """Two versions as one query; outputs that are the same by construction are one column of both.

    Nobody may ask for the values of these, unless they are named in ``also``, or ``everything`` is wanted.
    """

    joint: Together
    plans: tuple[EvalPlan, EvalPlan]
    also: Container[str]
    query: _Query

    @classmethod
    def compile(
        cls, joint: Together, plans: tuple[EvalPlan, EvalPlan], day: int, also: Container[str] = (), *,
        everything: bool = False,
    ) -> BothQuery | None:  # fmt: skip
        """Return None where these policies are not for columns."""
        before, now = plans
        kept = {k.name for k in before.outputs if everything or k.name in also or _measures(joint.old, k)}
        pairs = _pairs(joint, plans)
        wanted = [k for pair in pairs for k in pair if pair[0] != pair[1]]
        marked = _deciding(joint.program, wanted)
        wanted += [k for k in before.outputs if k not in now.outputs]
        wanted += [joint.of_new(k) for k in now.outputs if k not in before.outputs]
        wanted += [a for a, b in pairs if a == b and a.name in kept]
        thin = [] if everything else _thin(joint, pairs, also)
        where = {k: moved for a, b in thin if (moved := joint.moved_by(a)) is not None for k in (a, b)}
        plan = joint.plan(before, now, dict.fromkeys(wanted))
        query = _compiled(joint.program, plan, day, marked, where)
        return None if query is None else cls(joint, plans, also, query)

    def decide(self, opened: Opened, table: str) -> Both | None:
        """Decide all records of a file; None where it can't be judged in columns."""
        made = _run(opened, self.query, table)
        if made is None:
            return None
        joint, (before, now) = self.joint, self.plans
        pairs = _pairs(joint, self.plans)
        thin = {k for pair in _thin(joint, pairs, self.also) for k in pair}
        found = made.apart([(a, b) for a, b in pairs if a != b], thin)
        columns = {k: made.column(k) for k in self.query.plan.outputs}
        columns |= {a: Column(_nothing) for a, b in pairs if a == b and a not in columns}
        apart: dict[str, Sequence[int]] = {}
        for (a, b), rows in found.items():
            old, new = (strip_opt(joint.program.defs[k].ty) for k in (a, b))
            if not (isinstance(old, ScaledTy) and isinstance(new, ScaledTy) and old.scale != new.scale):
                apart[a.name] = sorted({*rows, *made.slow})
        marks = {k: made.marks[joint.of_new(k)] for k in joint.new.defs if joint.of_new(k) in made.marks}
        return Both(
            InColumns(joint.old, before, [columns[k] for k in before.outputs], made, made.marks),
            InColumns(joint.new, now, [columns[joint.of_new(k)] for k in now.outputs], made, marks),
            apart,
        )


def _pairs(joint: Together, plans: tuple[EvalPlan, EvalPlan]) -> list[tuple[DefKey, DefKey]]:
    """Return each output of both versions, and what the new version's is called."""
    return [(k, joint.of_new(k)) for k in plans[1].outputs if k in plans[0].outputs]


def _thin(
    joint: Together, pairs: Iterable[tuple[DefKey, DefKey]], also: Container[str]
) -> list[tuple[DefKey, DefKey]]:
    """Return the pairs of which nobody asks more than what becomes of those who move."""
    return [
        (a, b) for a, b in pairs if a != b and a.name not in also and not _counts_all(joint.program.defs[a])
    ]


def _nothing() -> list[Value]:
    raise AssertionError("an output that is the same for everybody was not asked for")


def _measures(program: Program, key: DefKey) -> bool:
    return program.defs[key].kind is DefKind.MEASURE


def _deciding(program: Program, keys: Iterable[DefKey]) -> frozenset[DefKey]:
    """Return definitions with the hidden ones that decide them: rows of tables, values before overrides."""
    todo = list(keys)
    seen = set(todo)
    while todo:
        fresh = [k for k in needs(program, todo.pop()) if k not in seen and _is_hidden(program, k)]
        seen.update(fresh)
        todo += fresh
    return frozenset(seen)


def _is_hidden(program: Program, key: DefKey) -> bool:
    return program.defs[key].kind in {DefKind.ROWS, DefKind.BASE}


@dataclass(frozen=True, slots=True)
class _Query:
    program: Program
    plan: EvalPlan
    sql: SqlPlan


def _compiled(
    program: Program, plan: EvalPlan, day: int, marked: Container[DefKey] | None,
    where: Mapping[DefKey, Sequence[tuple[DefKey, DefKey]]] = NOWHERE,
) -> _Query | None:  # fmt: skip
    """Compile a plan; ``marked``: definitions of which is kept what gave them, None: of all."""
    made = compile_sql(program, plan, day, rows=True if marked is None else marked, where=where)
    return None if isinstance(made, Refused) else _Query(program, plan, made)


def _run(opened: Opened, query: _Query, table: str) -> _Made | None:
    """Decide all records into a table."""
    if uses_population(query.program, query.plan) and (
        len(opened.lost) == opened.count or (opened.lost and not opened.everybody)
    ):
        return None  # there is nobody; or who was not recognised may be somebody all the same
    db, made = opened.connection, query.sql
    _answer(opened, made, table)
    undecided = [row for (row,) in db.execute(f"SELECT row FROM {table} WHERE NOT ok").fetchall()]
    marks = {k: f"r{i}" for i, k in enumerate(made.row_keys)}
    marks |= {k: f"o{i}" for i, k in enumerate(made.override_keys)}
    names = {o.key: o.name for o in made.outputs}
    return _Made(opened, table, query.program, sorted({*opened.lost, *undecided}), names, marks)


def _answer(opened: Opened, made: SqlPlan, table: str) -> None:
    """Make the answers to all records, for each thread a part of them where nobody is compared with another.

    DuckDB gives 122,880 rows to one thread; most portfolios have no more.
    """
    db, tables = opened.connection, opened.loaded.tables
    (threads,) = db.execute("SELECT current_setting('threads')").fetchone() or (1,)
    parts = min(int(threads), opened.count // _PART)
    if parts < 2 or made.compares:
        db.execute(f"CREATE TABLE {table} AS {made.select(tables)}")
        return
    with ThreadPoolExecutor(parts) as pool:
        size = -(-opened.count // parts)
        each = [(f"{table}_{i}", size * i, size * (i + 1) - 1) for i in range(parts)]
        list(pool.map(lambda one: _answer_some(opened, made, *one), each))
    db.execute(f"CREATE VIEW {table} AS {' UNION ALL '.join(f'FROM {name}' for name, _, _ in each)}")


def _answer_some(opened: Opened, made: SqlPlan, table: str, first: int, last: int) -> None:
    """Make the answers to the records of some rows, beside the items of their lists."""
    db, own = opened.connection.cursor(), dict(opened.loaded.tables)
    for t in opened.loaded.layout.tables:
        if ROOT in (t.name, t.parent):
            at, whole = "row" if t.name == ROOT else "parent", own[t.name]
            own[t.name] = f"{table}_{whole}"
            db.execute(f"CREATE VIEW {own[t.name]} AS FROM {whole} WHERE {at} BETWEEN {first} AND {last}")
    db.execute(f"CREATE TABLE {table} AS {made.select(own)}")


@dataclass(slots=True)
class _Made:
    """A table of answers. ``names``: in which column what is; narrow columns are fetched together."""

    opened: Opened
    table: str
    program: Program
    slow: Sequence[int]
    names: Mapping[DefKey, str]
    marks: Mapping[DefKey, str]
    _thin: Mapping[DefKey, tuple[Sequence[int], Sequence[Any]]] = field(default_factory=dict)
    _narrow: dict[str, Any] | None = None
    _at: Sequence[int] = ()

    def column(self, key: DefKey) -> Column:
        return Column(lambda: self._fetched(key))

    def apart(
        self, pairs: Sequence[tuple[DefKey, DefKey]], thin: Set[DefKey]
    ) -> dict[tuple[DefKey, DefKey], list[int]]:
        """Return in which rows two columns differ; of ``thin`` columns only such rows are kept."""
        if not pairs:
            return {}
        kept = list(thin)
        tests = [f"{self.names[a]} IS DISTINCT FROM {self.names[b]}" for a, b in pairs]
        columns = ", ".join(("row", *tests, *(self.names[k] for k in kept)))
        found = self.rows(columns, f" WHERE {' OR '.join(tests)}").fetchall()
        row, *others = zip(*found, strict=True) if found else ((), *(() for _ in (*tests, *kept)))
        values = dict(zip(kept, others[len(tests) :], strict=True))
        out: dict[tuple[DefKey, DefKey], list[int]] = {}
        thin_: dict[DefKey, tuple[Sequence[int], Sequence[Any]]] = {}
        for pair, flag in zip(pairs, others[: len(tests)], strict=True):
            out[pair] = list(compress(row, flag))
            thin_ |= {k: (out[pair], list(compress(values[k], flag))) for k in pair if k in values}
        self._thin = thin_
        return out

    def rows(self, names: str, where: str = "") -> Found:
        return self.opened.connection.execute(f"SELECT {names} FROM {self.table}{where} ORDER BY row")

    def _fetched(self, key: DefKey) -> list[Value]:
        name, is_list = self.names[key], isinstance(strip_opt(self.program.defs[key].ty), ListTy | StructTy)
        rows: Sequence[int]
        values: Sequence[Any]
        if key in self._thin:
            rows, values = self._thin[key]
        else:
            if self._narrow is None:
                self._narrow = self._fetch_narrow()
            rows, values = self._at, self._narrow.pop(name, ())
            if len(values):
                values = values.tolist()  # type: ignore[attr-defined]
            else:
                found = self.rows(f"row, {name}").fetchall()
                rows, values = [r for r, _ in found], [v for _, v in found]
        if is_list:
            values = list(map(as_tuples, values))
        if len(values) == self.opened.count:
            return list(values)
        out: list[Value] = [None] * self.opened.count
        for row, value in zip(rows, values, strict=True):
            out[row] = value
        return out

    def _fetch_narrow(self) -> dict[str, Any]:
        """Fetch the columns whose numpy form holds every value, together."""
        if find_spec("numpy") is None:
            return {}
        names = [n for k, n in self.names.items() if k not in self._thin]
        described = self.rows(", ".join(("row", *names)), " WHERE false").description or ()
        kinds = {str(n): str(kind) for n, kind, *_ in described}
        wide = [n for n, kind in kinds.items() if kind == "HUGEINT"]  # most hold what a narrower one would
        tests = ", ".join(f"count({n}) = count(TRY_CAST({n} AS BIGINT))" for n in wide)
        fits = self.opened.connection.execute(f"SELECT {tests} FROM {self.table}").fetchone() if wide else ()
        cast = {n for n, fit in zip(wide, fits or (), strict=True) if fit}
        chosen = [
            f"CAST({n} AS BIGINT) AS {n}" if n in cast else n
            for n, kind in kinds.items()
            if n in cast or kind in _EXACT
        ]
        found = dict(self.rows(", ".join(chosen)).fetchnumpy())
        self._at = found.pop("row").tolist()
        return found


def _counts_all(d: Def) -> bool:
    """Say whether those who stay are looked at, too: amounts that are added up, choices.

    Of all others only what moves is fetched: texts and lists take long.
    """
    match strip_opt(d.ty):
        case ScaledTy(unit):
            return d.kind is DefKind.MEASURE or unit.kind is UnitKind.MONEY
        case BoolTy() | EnumTy():
            return True
        case _:
            return False


def _is_collect(program: Program, key: DefKey) -> bool:
    body = program.defs[key].body
    return isinstance(body, Choose | Table) and body.hit is Hit.COLLECT


def _bits(mask: int | None) -> tuple[int, ...]:
    return tuple(i for i in range((mask or 0).bit_length()) if (mask or 0) >> i & 1)
