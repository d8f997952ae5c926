"""The Python engine: plans compiled to functions, bound to a day.

Assumes: a lowered program (no ``Table``) that passed ``check``.
Leaves: outcomes equal to the interpreter's; ``fast`` and ``fast_traced`` answer a caller's dict or
say ``None``, which means: read it with intake and decide the typed record.

Parameters are constants of the generated code, so code is made once for each set of values and
kept; days on which they are equal share it, and ``today`` is an argument.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from types import CodeType, FunctionType
from typing import TypeAlias, cast

from kamflow.base.frozen import frozen
from kamflow.core.dress import build_trace
from kamflow.core.expr import DefKey, Param, PopTerm, Ref, walk
from kamflow.core.program import EvalPlan, Program, needs, reached
from kamflow.core.standings import Standings
from kamflow.engines.python import raw
from kamflow.engines.python.audit import first_stranger
from kamflow.engines.python.exprs import NeedsRecordError, is_self
from kamflow.engines.python.module import MAIN, Layout, Module
from kamflow.engines.python.source import Unit
from kamflow.engines.python.standings import Hole, fill
from kamflow.values.data import TypedRecord, Value
from kamflow.values.decision import Shape
from kamflow.values.outcome import Contradicts, Decided, RawOutcome, Rounded, Undecided
from kamflow.values.trace import Trace

Flat: TypeAlias = "tuple[Value, ...]"
RawFunction: TypeAlias = "Callable[[object], Flat | None]"


@frozen
class Refused:
    """Why the Python engine does not take a plan; the interpreter does."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class _Code:
    code: CodeType
    constants: Mapping[str, object]
    layout: Layout
    source: str
    function: FunctionType | None
    """None: the constants have holes that standings fill."""

    def on_day(self, day: int, standings: Standings | None) -> RawFunction:
        """Give the generated function its day as a default: the caller passes the record only."""
        made = self.function or _made(self.code, fill(self.constants, standings or {}))
        return cast(RawFunction, FunctionType(made.__code__, made.__globals__, MAIN, (day,)))


@dataclass(slots=True, eq=False)
class _Variants:
    """The four functions for one set of parameter values; each is made when first asked for.

    ``placed``: it will be known how everybody stands.
    """

    program: Program
    plan: EvalPlan
    params: dict[str, Value]
    placed: bool
    made: dict[tuple[bool, bool], _Code | None] = field(default_factory=dict)

    def get(self, *, traced: bool, from_raw: bool) -> _Code | None:
        key = (traced, from_raw)
        if key not in self.made:
            self.made[key] = self._make(traced=traced, from_raw=from_raw)
        return self.made[key]

    def _make(self, *, traced: bool, from_raw: bool) -> _Code | None:
        if from_raw and not raw.can_read(self.program.records[self.plan.record], self.program):
            return None
        module = Module(
            self.program, self.plan, self.params, traced=traced, from_raw=from_raw, placed=self.placed
        )
        try:
            source, constants, layout = module.emit()
        except NeedsRecordError:
            return None
        stranger = first_stranger(source)
        if stranger is not None:
            raise ValueError(f"generated code contains {stranger!r}")
        code = compile(source, "<kamflow plan>", "exec")
        whole = not any(isinstance(c, Hole) for c in constants.values())
        return _Code(code, constants, layout, source, _made(code, constants) if whole else None)


def _made(code: CodeType, constants: Mapping[str, object]) -> FunctionType:
    """Run a generated module: it holds functions only, and sees nothing but its constants."""
    space: dict[str, object] = {"__builtins__": {}, **constants}
    exec(code, space)
    return cast(FunctionType, space[MAIN])


def _no_raw(_record: object) -> Flat | None:
    return None


class BoundPlan:
    """A plan with its parameters' values, its day, and how everybody stands (where that is known).

    Immutable once made; safe to share.
    """

    __slots__ = ("_fast", "_standings", "_typed", "_typed_traced", "_variants", "as_of")

    def __init__(self, variants: _Variants, as_of: int, standings: Standings | None) -> None:
        self._variants = variants
        self._standings = standings
        self.as_of = as_of
        self._fast: RawFunction | None = None
        self._typed: Callable[[TypedRecord], Flat | Contradicts] | None = None
        self._typed_traced: Callable[[TypedRecord], Flat | Contradicts] | None = None

    @property
    def fast(self) -> RawFunction:
        """A caller's dict in; values of the plan's outputs and the mask of absent fields out, or None."""
        if self._fast is None:  # not everybody has dicts
            self._fast = self._on_day(from_raw=True, traced=False)
        return self._fast

    @property
    def has_fast(self) -> bool:
        return self.fast is not _no_raw

    @property
    def fast_traced(self) -> RawFunction:
        """Like ``fast``, with all that ``dress`` needs for the trace. Keep the function: it is made anew."""
        return self._on_day(from_raw=True, traced=True)

    def decide(self, record: TypedRecord) -> RawOutcome:
        """Decide a typed record without a trace."""
        if self._typed is None:
            self._typed = self._function(traced=False)
        values = _run(self._typed, record)
        if not isinstance(values, tuple):
            return values
        return Decided(values[:-1])

    def decide_traced(self, record: TypedRecord) -> RawOutcome:
        """Decide a typed record with its full trace, equal to the interpreter's."""
        if self._typed_traced is None:
            self._typed_traced = self._function(traced=True)
        flat = _run(self._typed_traced, record)
        if not isinstance(flat, tuple):
            return flat
        code = self._variants.get(traced=True, from_raw=False)
        assert code is not None
        return dress(code.layout, flat)

    def dress(self, flat: Flat) -> Decided:
        """Dress what ``fast_traced`` returned."""
        code = self._variants.get(traced=True, from_raw=True)
        assert code is not None
        return dress(code.layout, flat)

    def shape_traced(self, shape: Shape) -> Shape:
        """Return the shape of decisions made of what ``fast_traced`` returns; their traces are lazy."""
        program, plan = self._variants.program, self._variants.plan

        def trace_of(flat: tuple[object, ...]) -> Trace:
            return build_trace(program, plan, self.dress(cast(Flat, flat)))

        return replace(shape, trace_of=trace_of)

    def source(self, *, traced: bool = False, from_raw: bool = False) -> str:
        """Return the generated source, for people and tests."""
        code = self._variants.get(traced=traced, from_raw=from_raw)
        return "" if code is None else code.source

    def constants(self) -> dict[str, object] | None:
        """Return the constants that ``source(from_raw=True)`` reads; None where there is no such function."""
        code = self._variants.get(traced=False, from_raw=True)
        return None if code is None or code.function is None else dict(code.constants)

    def _function(self, *, traced: bool) -> Callable[[TypedRecord], Flat | Contradicts]:
        return cast(
            "Callable[[TypedRecord], Flat | Contradicts]", self._on_day(traced=traced, from_raw=False)
        )

    def _on_day(self, *, traced: bool, from_raw: bool) -> RawFunction:
        code = self._variants.get(traced=traced, from_raw=from_raw)
        return _no_raw if code is None else code.on_day(self.as_of, self._standings)


def _run(function: Callable[[TypedRecord], Flat | Contradicts], record: TypedRecord) -> Flat | RawOutcome:
    if record.given:
        raise ValueError("records with given definitions are the interpreter's")
    try:
        return function(record)
    except Undecided as end:
        return end.what


def dress(layout: Layout, flat: Flat) -> Decided:
    """Make the traced outcome of a flat tuple: roundings that came out even are left out here."""
    fired = layout.values + 1
    overrides = fired + layout.fired
    straight = overrides + layout.overrides
    rounded: set[Rounded] = set()
    numbers = cast("tuple[int, ...]", flat)
    for i, site in enumerate(layout.straight):
        num, den, result = numbers[straight + 3 * i : straight + 3 * i + 3]
        if num % den:
            rounded.add(Rounded(site.name, num, den, site.step, site.scale, site.mode, result))
    for index, num, den, result in cast("list[tuple[int, int, int, int]]", flat[-1]):
        site = layout.sites[index]
        rounded.add(Rounded(site.name, num, den, site.step, site.scale, site.mode, result))
    return Decided(
        flat[: layout.values],
        flat[fired:overrides],
        cast("tuple[tuple[int, ...], ...]", flat[overrides:straight]),
        tuple(sorted(rounded)),
    )


class CompiledPlan:
    """A plan of a program; code is generated when a day's parameters are first asked for."""

    def __init__(self, program: Program, plan: EvalPlan) -> None:
        self.program, self.plan = program, plan
        self._params: tuple[str, ...] | None = None
        self._bound: dict[tuple[bool, tuple[tuple[str, Value], ...]], _Variants] = {}

    def bind(
        self,
        as_of: int | date,
        overlay: Mapping[str, Value] | None = None,
        standings: Standings | None = None,
    ) -> BoundPlan:
        """Bind to a day (day number or date); ``overlay`` replaces parameters (a scenario).

        ``standings``: how everybody stands; None where there is no portfolio.
        """
        day = as_of if isinstance(as_of, int) else as_of.toordinal()
        if self._params is None:
            self._params = _params_read(self.program, self.plan)
        params = {n: self.program.params[n].value_on(day) for n in self._params}
        params.update({n: v for n, v in (overlay or {}).items() if n in params})
        placed = standings is not None
        key = (placed, tuple(params.items()))
        variants = self._bound.get(key)
        if variants is None:
            made = _Variants(self.program, self.plan, params, placed)
            variants = self._bound.setdefault(key, made)
        return BoundPlan(variants, day, standings)


def _params_read(program: Program, plan: EvalPlan) -> tuple[str, ...]:
    """Return the parameters on which a plan rests: with those alone new code is made when one changes."""
    roots = [program.defs[k].body for k in (*plan.order, *plan.outputs)]
    roots += [program.impossible[i].cond for i in plan.facts]
    found = {
        node.name
        for root in reached(program, roots, populations=True)
        for node in walk(root)
        if isinstance(node, Param)
    }
    return tuple(n for n in program.params if n in found)


def compile_plan(program: Program, plan: EvalPlan) -> CompiledPlan | Refused:
    """Take a plan of a lowered program, or say why not."""
    if _nesting(program, plan) > _MAX_NESTED:
        return Refused(plan.record, "definitions of other records call each other too deeply")
    return CompiledPlan(program, plan)


def compile_reader(program: Program, record: str) -> Callable[[object], TypedRecord | None] | None:
    """Compile the reading of a record from a caller's dict, for who decides it several times.

    What it does not take is for intake, as with ``fast``; what was absent is not told. Made for records that
    leave most of their fields out: it takes time for those that are there. None: not for generated code.
    """
    schema = program.records[record]
    if not raw.can_read(schema, program):
        return None
    unit = Unit()
    names = raw.emit_field_readers(unit, program, schema)
    space: dict[str, object] = {"__builtins__": {}, **unit.constants}
    exec(compile(unit.source(), "<kamflow reader>", "exec"), space)
    readers = {n: cast("Callable[[object], Value]", space[name]) for n, name in names.items()}
    absent = {f.name: f.default for f in schema.fields if raw.may_be_absent(f)}
    required = {f.name for f in schema.fields} - absent.keys()

    def read(d: object) -> TypedRecord | None:
        if type(d) is not dict:
            return None
        fields: dict[str, Value] = absent.copy()
        try:
            for name, value in d.items():
                reader = readers[name]
                if value is not None:
                    if (typed := reader(value)) is None:
                        return None
                    fields[name] = typed
        except KeyError:  # no field of that name, or no such member
            return None
        return TypedRecord(record, fields) if fields.keys() >= required else None

    return read


_MAX_NESTED = 200  # calls; CPython allows 1,000 frames, and the caller needs some


def _nesting(program: Program, plan: EvalPlan) -> int:
    """Return how deeply the functions of other records' definitions call each other.

    ``program.defs`` has each definition after those it reads for the same subject; for another
    subject it may come later, so depths are settled by need, with a stack of our own.
    """
    depth: dict[DefKey, int] = {}
    bodies = [program.defs[k].body for k in plan.order]
    bodies += [program.impossible[i].cond for i in plan.facts]
    bodies += [program.populations[b.population].where for b in bodies if isinstance(b, PopTerm)]
    todo = [n.key for b in bodies for n in walk(b) if isinstance(n, Ref) and not is_self(n.subject)]
    while todo:
        key = todo[-1]
        below = needs(program, key)
        fresh = [] if key in depth else [k for k in below if k not in depth]
        todo.extend(fresh)
        if not fresh:
            todo.pop()
            depth.setdefault(key, 1 + max((depth[k] for k in below), default=0))
    return max(depth.values(), default=0)
