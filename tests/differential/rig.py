"""One policy, its records, and every way to decide them: the interpreter is the law.

A *decision* here is one record on one day, decided by one variant and compared with the interpreter:
the outcome as a whole (values; for traced variants fired rows, overrides and roundings too).
"""

from __future__ import annotations

import tempfile
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from kamflow.base.diagnostic import Sink
from kamflow.base.span import DataPlace, Source
from kamflow.base.text import Lang
from kamflow.core.expr import walk
from kamflow.core.laws import check_laws
from kamflow.core.program import EvalPlan, Program, make_plan, uses_population
from kamflow.core.show import show_program
from kamflow.core.standings import Standings
from kamflow.core.ty import INT128, ScaledTy, strip_opt
from kamflow.core.ty_laws import value_fits
from kamflow.engines.interp.interpreter import Interpreter
from kamflow.engines.python.engine import BoundPlan, CompiledPlan, Refused, compile_plan
from kamflow.intake.read_record import ReadRecord, RecordReader
from kamflow.project.engine import Engine
from kamflow.project.load import Project, load_sources
from kamflow.project.survey import standings_among
from kamflow.syntax.format import format_file
from kamflow.syntax.parse import parse_file
from kamflow.values.data import TypedRecord
from kamflow.values.decision import Decision, Rejection
from kamflow.values.outcome import Contradicts, Decided, NotDecided, RawOutcome
from tests.differential.gen_policy import DAYS, policy_of
from tests.differential.gen_record import RecordGen
from tests.differential.inspect_values import Inspecting, OutOfTypeError

ROOT = "deal"
PLACE = DataPlace("record")


@dataclass
class Tally:
    policies: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    decisions: int = 0
    by_variant: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    met: Counter[str] = field(default_factory=Counter)
    zh: int = 0


class Mismatch(AssertionError):  # noqa: N818
    """Something differs. ``kind`` says what, so that shrinking keeps to the same difference."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind, self.detail = kind, detail
        self.raw: dict[str, object] | None = None
        self.day = 0
        self.crowd: Sequence[dict[str, object]] = ()


@dataclass(frozen=True)
class Loaded:
    text: str
    project: Project
    program: Program
    lowered: Program
    plan: EvalPlan


# ---- the policy


def load(text: str) -> Loaded | list[str]:
    """Load one policy: what is wrong with it are codes, never an exception."""
    project = guarded("load", load_sources, {"p.kam": Source("p.kam", text)})
    codes = [f.code for f in project.findings if f.is_error]
    if codes:
        return codes
    stretch = project.stretch_on(DAYS[0])
    if stretch is None or stretch.program is None or stretch.lowered is None:
        raise Mismatch("load", "no error and no program")
    if ROOT not in stretch.program.records:
        return ["no root"]
    plan = make_plan(stretch.lowered, ROOT)
    return Loaded(text, project, stretch.program, stretch.lowered, plan)


def check_text(loaded: Loaded) -> None:
    """The laws hold, every range fits 128 bits, and the formatted text means the same in both languages."""
    for program, lowered in ((loaded.program, False), (loaded.lowered, True)):
        broken = guarded("laws", check_laws, program, lowered=lowered)
        if broken:
            raise Mismatch("laws", "; ".join(broken[:3]))
    for d in loaded.lowered.defs.values():
        for e in walk(d.body):
            ty = strip_opt(e.ty)
            if isinstance(ty, ScaledTy) and max(-ty.lo, ty.hi) > INT128:
                raise Mismatch("width", f"{d.key}: {ty}")
    source = loaded.project.sources["p.kam"]
    file = loaded.project.files[0]
    want = show_program(loaded.program)
    for lang in (Lang.EN, Lang.ZH):
        text = guarded("format", format_file, file, source, lang)
        again = load(text)
        if not isinstance(again, Loaded):
            raise Mismatch(f"format {lang}", f"{again} in\n{text}")
        got = show_program(again.program)
        if got != want:
            raise Mismatch(f"format {lang}", _first_difference(got, want))
        sink = Sink()
        parsed = parse_file(Source("p.kam", text), sink)
        if parsed is None or format_file(parsed, Source("p.kam", text)) != text:
            raise Mismatch(f"format {lang}", "formatting again changes the text")


def _first_difference(got: str, want: str) -> str:
    for a, b in zip(got.splitlines(), want.splitlines(), strict=False):
        if a != b:
            return f"\n  got  {a}\n  want {b}"
    return "one is longer"


def guarded(kind, function, *args, **kwargs):
    """Call; an exception is a mismatch of its own kind."""
    try:
        return function(*args, **kwargs)
    except (Mismatch, KeyboardInterrupt):
        raise
    except Exception as error:
        name = type(error).__name__
        raise Mismatch(f"{kind} raised {name}", traceback.format_exc(limit=-4)) from error


# ---- its records


class Bench:
    """All variants of one policy on one day."""

    def __init__(
        self,
        loaded: Loaded,
        day: int,
        tally: Tally,
        engine: Engine | None = None,
        crowd: Sequence[dict[str, object]] = (),
    ) -> None:
        self.loaded, self.day, self.tally = loaded, day, tally
        self.reader = RecordReader(loaded.lowered.records[ROOT], loaded.lowered)
        self.crowd = crowd
        compares = uses_population(loaded.lowered, loaded.plan)
        members = self._members() if compares else None
        self.law = Interpreter(loaded.lowered, day, members)
        self.inspecting = Inspecting(loaded.lowered, day, members)
        self.inspecting.met = tally.met
        compiled = guarded("compile", compile_plan, loaded.lowered, loaded.plan)
        if isinstance(compiled, Refused):
            raise Mismatch("compile", compiled.reason)
        assert isinstance(compiled, CompiledPlan)
        standings = self._standings(members) if members is not None else None
        self.bound: BoundPlan = guarded("compile", compiled.bind, day, None, standings)
        self.fast_traced = guarded("compile", lambda: self.bound.fast_traced)
        self.as_of = date.fromordinal(day)
        self.engine = engine
        if engine is not None and compares:
            self.engine = guarded("portfolio", self._compared, engine)

    def _compared(self, engine: Engine) -> Engine:
        """Return an engine that knows the crowd, or the cut-offs of it."""
        known = engine.with_portfolio(self.crowd, as_of=self.as_of, record_type=ROOT)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "cut-offs.json"
            known.write_cutoffs(file)
            return engine.with_cutoffs(file) if len(self.loaded.text) % 2 else known

    def _members(self) -> list[TypedRecord]:
        read = [guarded("intake", self.reader.read, raw, PLACE) for raw in self.crowd]
        return [r.record for r in read if isinstance(r, ReadRecord)]

    def _standings(self, members: Sequence[TypedRecord]) -> Standings:
        """Measure the members with generated code."""
        lowered, plan = self.loaded.lowered, self.loaded.plan
        found = guarded("survey", standings_among, lowered, plan, self.day, members)
        self.tally.by_variant["survey"] += len(members)
        groups = sum(len(p.cut_offs) for p in found.values())
        self.tally.met["group"] += groups
        self.tally.met["group without total"] += sum(len(p.members or {}) for p in found.values()) - groups
        return found

    def run(self, raw: dict[str, object], number: int) -> None:
        """Decide a record in every way; raises ``Mismatch`` at the first difference."""
        try:
            self._run(raw, number)
        except Mismatch as found:
            found.raw, found.day, found.crowd = raw, self.day, self.crowd
            raise

    def _run(self, raw: dict[str, object], number: int) -> None:
        read = guarded("intake", self.reader.read, raw, PLACE)
        if not isinstance(read, ReadRecord):
            self.tally.outcomes["Unreadable"] += 1
            self._all_raw(raw, None, None, number)
            return
        law = self.inspecting if number % 8 == 0 else self.law
        try:
            want = guarded("interpreter", law.decide, self.loaded.plan, read.record)
        except Mismatch as found:
            if isinstance(found.__cause__, OutOfTypeError):
                raise Mismatch("range", str(found.__cause__)) from found
            raise
        self._values_fit(law)
        self._note(want)
        plain = replace(want, fired=(), overrides=(), rounded=()) if isinstance(want, Decided) else want
        self._same("plain", guarded("plain", self.bound.decide, read.record), plain)
        self._same("traced", guarded("traced", self.bound.decide_traced, read.record), want)
        self._all_raw(raw, want, read, number)

    def _values_fit(self, law: Interpreter) -> None:
        """Every definition's value lies in the range of its type."""
        defs = self.loaded.lowered.defs
        for (_, key), known in law._known.items():
            if not value_fits(known.value, defs[key].ty):
                raise Mismatch("range", f"{key}: {known.value!r} is no {defs[key].ty}")

    def _all_raw(
        self, raw: dict[str, object], want: RawOutcome | None, read: ReadRecord | None, number: int
    ) -> None:
        """The variants that take the caller's dict; the fast ones may decline, but not differ."""
        decided = isinstance(want, Decided)
        fast = guarded("fast", self._fast, raw, traced=False)
        if fast is not None or self.bound.has_fast:
            self.tally.by_variant["declined"] += fast is None
            if fast is not None:
                self._same("fast", fast[:-1], want.values if isinstance(want, Decided) else None)
        traced = guarded("fast traced", self._fast, raw, traced=True)
        if traced is not None:
            got = guarded("fast traced", self.bound.dress, traced)
            self._same("fast traced", got, want)
        if self.engine is None:
            return
        trace = number % 3 == 0
        got = guarded("evaluate", self.engine.evaluate, raw, as_of=self.as_of, trace=trace, record_type=ROOT)
        if not decided:
            self._same("evaluate", type(got), Rejection)
            return
        assert isinstance(want, Decided)
        assert read is not None
        if not isinstance(got, Decision):
            raise Mismatch("evaluate", f"{got.findings} instead of {want}")
        self._same("evaluate", got.raw(), want.values)
        self._same(
            "absent", (dict(read.assumed), set(read.missing)), (got.assumed, set(got.missing)), count=False
        )
        if number % 9 == 0:
            guarded("to_dict", got.to_dict)

    def _fast(self, raw: dict[str, object], *, traced: bool):
        if not self.bound.has_fast:
            return None
        try:
            return (self.fast_traced if traced else self.bound.fast)(raw)
        except Exception:
            if isinstance(raw, dict):
                raise
            return None

    def _note(self, want: RawOutcome) -> None:
        match want:
            case Decided():
                self.tally.outcomes["Decided"] += 1
            case NotDecided(why=why):
                self.tally.outcomes[why.name] += 1
            case Contradicts():
                self.tally.outcomes["Contradicts"] += 1

    def _same(self, kind: str, got: object, want: object, *, count: bool = True) -> None:
        if count:
            self.tally.decisions += 1
            self.tally.by_variant[kind] += 1
        if got != want or _types(got) != _types(want):
            raise Mismatch(kind, f"\n  got  {got}\n  want {want}")


def _types(value: object) -> object:
    """Return the types inside a value: ``True`` is no 1."""
    match value:
        case tuple():
            return tuple([_types(v) for v in value])
        case Decided(values, fired):
            return (Decided, _types(values), _types(fired))
        case _:
            return type(value)


# ---- many of them


def run_seed(seed: int, records: int, days: int, tally: Tally) -> None:
    """Make a policy, check its text, and compare all variants on all records and days."""
    text = guarded("generator", lambda: policy_of(seed).text)
    try:
        loaded = load(text)
        tally.policies += 1
        if not isinstance(loaded, Loaded):
            tally.refused.update(set(loaded))
            return
        if seed % 4 == 0:  # the text in both languages, for a share: it takes as long as many records
            check_text(loaded)
            tally.zh += 1
        run_records(loaded, seed, records, days, tally)
    except Mismatch as found:
        found.add_note(f"seed {seed}\n{text}")
        raise


def run_records(loaded: Loaded, seed: int, records: int, days: int, tally: Tally) -> None:
    gen = RecordGen(seed, loaded.lowered, DAYS)
    raws = [gen.record(ROOT) for _ in range(records)]
    engine = guarded("engine", Engine, loaded.project)
    for place, day in enumerate(gen.r.sample(DAYS, days)):
        # the engine compiles on its own: one day of it for each policy
        bench = Bench(loaded, day, tally, engine if place == 0 else None, raws)
        for number, raw in enumerate(raws):
            bench.run(raw, number)


def rerun(
    text: str,
    raw: dict[str, object] | None,
    day: int,
    *,
    with_text: bool = True,
    crowd: Sequence[dict[str, object]] = (),
) -> Mismatch | None:
    """Return the difference that a policy (with a record on a day, among a crowd) shows, or None."""
    try:
        loaded = load(text)
        if not isinstance(loaded, Loaded):
            return None
        if with_text:
            check_text(loaded)
        if raw is not None:
            bench = Bench(loaded, day, Tally(), Engine(loaded.project), crowd or [raw])
            for number in (0, 1):
                bench.run(raw, number)
            from tests.differential.batches import run_batch  # it builds on this module

            run_batch(loaded, [*(r for r in crowd if r != raw), raw], day, Tally())
    except Mismatch as found:
        return found
    return None


def seeds(start: int = 0) -> Iterator[int]:
    while True:
        yield start
        start += 1


__all__: Sequence[str] = ("Bench", "Loaded", "Mismatch", "Tally", "load", "rerun", "run_seed", "seeds")
