"""The native engine: plans over columns, compiled by numba.

Assumes: a lowered program (no ``Table``) that passed ``check``; columns as ``core/columns.py`` says, and that
numpy and numba are installed (extra ``native``).
Leaves: the results that ``core/columns.py`` names, exact, or ``ok`` false.

Population terms are settled first: their measures by a loop of their own, standings by sorting; the loop
of the plan reads them like fields. All lines are the portfolio, or those with ``member`` in ``t0``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from kamflow.base.frozen import frozen
from kamflow.core.columns import ROOT, Layout, Physical, layout_of
from kamflow.core.program import EvalPlan, Program, population_terms
from kamflow.core.standings import Stage, stages, term
from kamflow.engines.python.engine import Refused
from kamflow.engines.python.native.lists import assemble
from kamflow.engines.python.native.module import NativeModule, NativeText, tables_read
from kamflow.engines.python.native.parts import Array, RefusedError, native_words
from kamflow.values.data import Value

if TYPE_CHECKING:
    from kamflow.engines.python.native.build import Loop
    from kamflow.engines.python.native.feed import Arr, Columns, Feed, Words

_CHUNK = 1 << 16
"""Lines that one thread takes at a time."""


def is_installed() -> bool:
    """Say whether what the engine runs on is there; it is imported only when a plan is run."""
    return find_spec("numba") is not None and find_spec("numpy") is not None


@frozen
class _Pass:
    """One loop: what it reads and writes. ``stage``: for its measures; None: the plan's own."""

    text: NativeText
    stage: Stage | None


@dataclass(slots=True, eq=False)
class NativePlan:
    """A plan for columns. ``reads``: the columns of each table that it needs, and every list on the way."""

    program: Program
    plan: EvalPlan
    layout: Layout
    reads: Mapping[str, tuple[str, ...]]
    stages: tuple[Stage, ...]
    cache: Path | None = None
    """A folder of the user's for compiled code; None: compiled anew in each process."""
    jit: bool = True
    """No: the same text runs as plain Python (slow, for tests)."""

    def bind(self, as_of: int | date, overlay: Mapping[str, Value] | None = None) -> BoundNative:
        """Bind to a day; ``overlay`` replaces parameters. A value that is too wide raises ``ValueError``."""
        day = as_of if isinstance(as_of, int) else as_of.toordinal()
        params = {n: p.value_on(day) for n, p in self.program.params.items()}
        params.update(overlay or {})
        return BoundNative(self, day, params)


@dataclass(slots=True, eq=False)
class BoundNative:
    """A plan on a day. Safe to share between threads once it has run."""

    native: NativePlan
    as_of: int
    params: Mapping[str, Value]
    _passes: dict[bool, tuple[_Pass, ...]] = field(default_factory=dict)

    def run(self, columns: Columns, *, threads: int = 1, rows: bool = True) -> dict[str, Arr]:
        """Decide all lines; ``rows``: with the rows that answered and the overrides that apply."""
        import numpy as np

        from kamflow.engines.python.native.feed import Feed, Words
        from kamflow.engines.python.native.standing import Crowd

        passes = self.passes(rows=rows)
        words = Words(native_words(self.native.program))
        feed = Feed(self.native.layout, columns, words)
        member = columns[ROOT].get("member")
        for one in passes[:-1]:
            assert one.stage is not None
            found = self._loop(one, feed, words, threads)
            outputs = {key: i for i, key in enumerate(one.stage.plan.outputs)}
            for gauge in one.stage.gauges:
                at = outputs[gauge.measure]
                judged, measure = found[f"j{at}"], found[f"v{at}"]
                asked, group = judged & ~np.ma.getmaskarray(measure), None
                # a group is asked only of who has a measure
                if gauge.group is not None:
                    at = outputs[gauge.group]
                    group = found[f"v{at}"]
                    judged = judged & (~asked | found[f"j{at}"])
                    asked &= judged & ~np.ma.getmaskarray(group)
                inside = asked if member is None else asked & np.ma.filled(member, False)
                crowd = Crowd(measure, asked, inside, group)
                for key in gauge.terms:
                    value, outside = crowd.standing(term(self.native.program, key))
                    feed.add(Array(ROOT, str(key), "standing"), value)
                    feed.add(Array(ROOT, str(key), "outside"), outside)
                    feed.add(Array(ROOT, str(key), "judged"), judged)
        result = self._loop(passes[-1], feed, words, threads)
        if feed.lost is not None:
            result["ok"] &= ~feed.lost
        return result

    def prepare(self, *, rows: bool = True) -> None:
        """Compile, or read what the cache has, before the first run."""
        for one in self.passes(rows=rows):
            self._built(one)

    def source(self, *, rows: bool = True) -> str:
        """Return the generated source of the plan's own loop, for people and tests."""
        return self.passes(rows=rows)[-1].text.source

    def passes(self, *, rows: bool) -> tuple[_Pass, ...]:
        if rows not in self._passes:
            native = self.native
            try:
                self._passes[rows] = tuple(
                    _passes(native.program, native.plan, native.stages, self.params, traced=rows)
                )
            except RefusedError as refused:
                raise ValueError(str(refused)) from refused
        return self._passes[rows]

    def _built(self, one: _Pass) -> Loop:
        from kamflow.engines.python.native.build import build

        types = [_physical(self.native.layout, array) for _, array in one.text.arrays]
        return build(one.text, types, jit=self.native.jit, cache=self.native.cache)

    def _loop(self, one: _Pass, feed: Feed, words: Words, threads: int) -> dict[str, Arr]:
        import numpy as np

        from kamflow.engines.python.native.feed import DTYPES, new_set

        text, jit = one.text, self.native.jit
        loop = self._built(one)
        arrays = [None if a.kind == "scratch" else feed.get(a) for _, a in text.arrays]
        sizes = [feed.set_size(a.table) if a.kind == "scratch" else 0 for _, a in text.arrays]
        params = np.array([words.number(self.params[n]) for n in text.params], dtype=np.int64)
        made: dict[str, Arr] = {}
        for _, out in text.outputs:
            made[out.key] = np.zeros(feed.count, DTYPES[out.physical])
        outputs, today = list(made.values()), self.as_of

        def work(first: int, end: int) -> None:
            given = [new_set(size) if a is None else a for a, size in zip(arrays, sizes, strict=True)]
            if jit:
                loop(first, end, today, params, *given, *outputs)
            else:
                loop(first, end, today, params.tolist(), *(a.tolist() for a in given), *outputs)

        _spread(work, feed.count, threads if jit else 1)
        for _, out in text.outputs:
            if out.is_text and one.stage is None:  # groups stay codes
                made[out.key] = words.decode(made[out.key])
        whole = {
            key: np.ma.MaskedArray(values, mask=made[f"{key}?"]) if f"{key}?" in made else values
            for key, values in made.items()
            if not key.endswith("?")
        }
        for key, form in text.lists.items():
            whole[key] = assemble(form, whole[key], whole)
        return {key: values for key, values in whole.items() if "." not in key}


def _spread(work: Callable[[int, int], None], count: int, threads: int) -> None:
    """Share lines out to threads; the loop holds no lock while it runs."""
    if threads <= 1 or count <= _CHUNK:
        work(0, count)
        return
    size = max(_CHUNK // 8, min(_CHUNK, -(-count // (4 * threads))))
    starts = range(0, count, size)
    with ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(work, s, min(s + size, count)) for s in starts]:
            done.result()


def _physical(layout: Layout, array: Array) -> Physical:
    match array.kind:
        case "offsets" | "standing" | "scratch":
            return Physical.INT64
        case "value":
            table = layout.table(array.table)
            return next(c.physical for c in table.columns if c.name == array.column)
        case _:
            return Physical.BOOL


def _passes(
    program: Program,
    plan: EvalPlan,
    stages: tuple[Stage, ...],
    params: Mapping[str, Value],
    *,
    traced: bool,
) -> Iterator[_Pass]:
    for stage in stages:
        loop = NativeModule(stage.program, stage.plan, params, traced=False, lazily=True)
        yield _Pass(loop.emit_loop(), stage)
    yield _Pass(NativeModule(program, plan, params, traced=traced, lazily=False).emit_loop(), None)


def compile_native(
    program: Program, plan: EvalPlan, *, cache: Path | None = None, jit: bool = True
) -> NativePlan | Refused:
    """Take a plan of a lowered program for columns, or say why not.

    Code is generated once to see it; values of parameters don't matter for what is refused, except that
    one of more than 64 bits is refused when it is bound.
    """
    params = {n: p.versions[-1][1] for n, p in program.params.items()}
    layout = layout_of(program, plan.record)
    try:
        found = _stages(program, plan)
        passes = list(_passes(program, plan, found, params, traced=True))
    except RefusedError as refused:
        return Refused(refused.name, refused.reason)
    reads: dict[str, dict[str, None]] = {}
    for one in passes:
        for table, columns in tables_read(one.text, layout).items():
            reads.setdefault(table, {}).update(dict.fromkeys(columns))
    tables = {table: tuple(columns) for table, columns in reads.items()}
    return NativePlan(program, plan, layout, tables, found, cache, jit)


def _stages(program: Program, plan: EvalPlan) -> tuple[Stage, ...]:
    return stages(program, plan.record, population_terms(program, plan.order))
