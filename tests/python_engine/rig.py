"""Deciding the same records with the interpreter and with every variant of generated code."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

from kamflow.core.program import make_plan
from kamflow.core.ty import EnumTy, OptTy, ScaledTy, strip_opt
from kamflow.engines.interp.interpreter import Interpreter
from kamflow.engines.python.engine import CompiledPlan, compile_plan
from kamflow.values.data import TypedRecord
from kamflow.values.outcome import Decided, NotDecided
from tests.python_engine.core_terms import is_day, kinds_of
from tests.python_engine.gen_core import ROOT, Gen

DAYS = (738_990, 739_100, 739_390)  # the parameters' first versions begin between them


@dataclass
class Tally:
    decisions: int = 0
    decided: int = 0
    fast: int = 0
    rounded: int = 0
    kinds: set[str] = field(default_factory=set)
    why: set[str] = field(default_factory=set)


class Mismatch(AssertionError):  # noqa: N818
    pass


def run_seed(seed: int, records: int, tally: Tally) -> None:
    """Compare all variants on one random program; raise ``Mismatch`` at the first difference."""
    flat = seed % 2 == 0
    gen = Gen(seed, flat=flat)
    program = gen.program()
    tally.kinds |= kinds_of(program)
    plan = make_plan(program, ROOT)
    compiled = compile_plan(program, plan)
    assert isinstance(compiled, CompiledPlan)
    day = DAYS[seed % 3]
    law, bound = Interpreter(program, day), compiled.bind(day)
    fast_traced = bound.fast_traced
    for _ in range(records):
        record = gen.typed()
        want = law.decide(plan, record)
        tally.decisions += 1
        plain = replace(want, fired=(), overrides=(), rounded=()) if isinstance(want, Decided) else want
        expect(seed, "traced", bound.decide_traced(record), want)
        expect(seed, "plain", bound.decide(record), plain)
        if isinstance(want, Decided):
            tally.decided += 1
            tally.rounded += bool(want.rounded)
        else:
            tally.why.add(want.why.name if isinstance(want, NotDecided) else type(want).__name__)
        if not flat:
            continue
        raw = raw_of(gen, record)
        got, traced = bound.fast(raw), fast_traced(raw)
        if isinstance(want, Decided) and any(not t.isascii() for t in raw.values() if isinstance(t, str)):
            want_fast = None  # such texts are intake's
        else:
            want_fast = want.values if isinstance(want, Decided) else None
        expect(seed, "fast", None if got is None else got[:-1], want_fast)
        expect(seed, "fast traced", None if traced is None else bound.dress(traced), want_fast and want)
        if got is not None:
            tally.fast += 1
            expect(seed, "absent", got[-1], mask_of(raw, gen))


def mask_of(raw: dict[str, object], gen: Gen) -> int:
    """Return which of the fields that may be absent are."""
    fields = gen.records[ROOT].fields
    loose = [f for f in fields if f.has_default or isinstance(f.ty, OptTy)]
    return sum(1 << i for i, f in enumerate(loose) if raw.get(f.name) is None)


def expect(seed: int, variant: str, got: object, want: object) -> None:
    if got != want or type(got) is not type(want) or repr(got) != repr(want):
        raise Mismatch(f"seed {seed}, {variant}:\n  got  {got}\n  want {want}")


def raw_of(gen: Gen, record: TypedRecord) -> dict[str, object]:
    """Write a typed record as a caller would; what is absent is left out or null."""
    out: dict[str, object] = {}
    for f in gen.records[record.record].fields:
        value = record.fields[f.name]
        ty = strip_opt(f.ty)
        if value is None or (f.has_default and value == f.default and gen.r.random() < 0.7):
            if gen.r.random() < 0.5:
                out[f.name] = None
        elif isinstance(ty, EnumTy):
            out[f.name] = ty.members[value]
        elif is_day(ty):
            out[f.name] = date.fromordinal(value).isoformat()
        elif isinstance(ty, ScaledTy) and (ty.scale or gen.r.random() < 0.2):
            number = value / 10**ty.scale
            whole = value // 10**ty.scale
            out[f.name] = whole if number == whole and gen.r.random() < 0.5 else number
        else:
            out[f.name] = value
    return out
