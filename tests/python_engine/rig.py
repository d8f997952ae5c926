"""Deciding the same records with the interpreter and with every variant of generated code."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

from kamflow.core.program import make_plan
from kamflow.core.ty import EnumTy, ListTy, OptTy, RecordTy, ScaledTy, strip_opt
from kamflow.engines.interp.interpreter import Interpreter
from kamflow.engines.python.engine import CompiledPlan, compile_plan
from kamflow.values.data import TypedRecord
from kamflow.values.decision import PartGaps
from kamflow.values.outcome import Decided, NotDecided
from tests.python_engine.core_terms import is_day, kinds_of
from tests.python_engine.gen_core import ROOT, Gen

DAYS = (738_990, 739_100, 739_390)  # the parameters' first versions begin between them


@dataclass
class Tally:
    decisions: int = 0
    decided: int = 0
    fast: int = 0
    nested: int = 0  # of those, with records or entries of lists inside
    gaps: int = 0  # of those, where a part leaves something out
    slow: int = 0  # plans that read typed records only
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
        if not bound.has_fast:
            tally.slow += 1
            continue
        raw = raw_of(gen, record)
        got, traced = bound.fast(raw), fast_traced(raw)
        is_taken = isinstance(want, Decided) and not is_for_intake(gen, record)
        want_fast = want.values if isinstance(want, Decided) and is_taken else None
        expect(seed, "fast", None if got is None else got[:-1], want_fast)
        expect(seed, "fast traced", None if traced is None else bound.dress(traced), want_fast and want)
        if got is not None:
            tally.fast += 1
            tally.nested += any(isinstance(v, dict | list) and v for v in raw.values())
            gaps = got[-1]
            expect(seed, "absent", gaps.mask if isinstance(gaps, PartGaps) else gaps, mask_of(raw, gen))
            tally.gaps += isinstance(gaps, PartGaps)


def mask_of(raw: dict[str, object], gen: Gen) -> int:
    """Return which of the fields that may be absent are."""
    fields = gen.records[ROOT].fields
    loose = [f for f in fields if f.has_default or isinstance(f.ty, OptTy)]
    return sum(1 << i for i, f in enumerate(loose) if raw.get(f.name) is None)


def expect(seed: int, variant: str, got: object, want: object) -> None:
    if got != want or type(got) is not type(want) or repr(got) != repr(want):
        raise Mismatch(f"seed {seed}, {variant}:\n  got  {got}\n  want {want}")


def is_for_intake(gen: Gen, record: TypedRecord) -> bool:
    """Say whether a record holds what generated code leaves to intake: odd texts."""
    for f in gen.records[record.record].fields:
        value = record.fields[f.name]
        if isinstance(value, str) and not value.isprintable():
            return True
        parts = value if isinstance(value, tuple) else (value,)
        if any(isinstance(p, TypedRecord) and is_for_intake(gen, p) for p in parts):
            return True
    return False


def raw_of(gen: Gen, record: TypedRecord, *, inside: bool = False) -> dict[str, object]:
    """Write a typed record as a caller would; what is absent is left out or null, in parts always null."""
    out: dict[str, object] = {}
    for f in gen.records[record.record].fields:
        value = record.fields[f.name]
        ty = strip_opt(f.ty)
        is_default = f.has_default and value == f.default and not inside
        if value is None or (is_default and gen.r.random() < 0.7):
            if inside or gen.r.random() < 0.5:
                out[f.name] = None
        elif isinstance(value, TypedRecord):
            out[f.name] = raw_of(gen, value, inside=True)
        elif isinstance(ty, ListTy) and isinstance(ty.item, RecordTy):
            out[f.name] = [raw_of(gen, item, inside=True) for item in value]
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
