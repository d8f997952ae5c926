"""Single points: all fields of a record are fixed, and z3 must give every definition the interpreter's value.

The fields stay unknowns that are said to be equal to something, so that z3 reckons, not the encoder.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from kamflow.core.expr import DefKey
from kamflow.core.program import Program
from kamflow.core.ty import strip_opt
from kamflow.engines.interp import Interpreter
from kamflow.engines.smt import world as worlds
from kamflow.engines.smt.encode import Encoder
from kamflow.engines.smt.shapes import Items, Line, Opt, Rec, Rows, Seq, Sym
from kamflow.engines.smt.solve import Question, Verdict
from kamflow.engines.smt.terms import Term
from kamflow.engines.smt.world import Lists, World
from kamflow.intake.read_record import ReadRecord, RecordReader
from kamflow.values.data import TypedRecord, Value
from kamflow.values.outcome import Undecided
from tests.differential.gen_policy import DAYS, PolicyGen
from tests.differential.gen_record import RecordGen
from tests.differential.rig import PLACE, ROOT, Loaded, load

MOST = 3
LIMIT = 4_000_000


class Differs(AssertionError):  # noqa: N818
    """z3 and the interpreter say different things of one record."""


@dataclass
class Tally:
    policies: int = 0
    points: int = 0
    values: int = 0
    unknown: int = 0
    met: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Encoded:
    """A policy as terms, all its definitions of the root record."""

    world: World
    rec: Rec
    question: Question
    values: dict[DefKey, tuple[Sym, Term]]


def encode(program: Program, day: int) -> Encoded:
    """Encode every definition of the root record on one day, with lists of a few entries."""
    old, worlds.ENTRIES = worlds.ENTRIES, MOST
    try:
        world = World(day, day, Lists.FEW)
        encoder, rec = Encoder(world, program), Rec(ROOT, ())
        values: dict[DefKey, tuple[Sym, Term]] = {}
        for key in program.defs:
            if key.record == ROOT:
                known = encoder.definition(key, rec)
                values[key] = (known.value, known.decided)
    finally:
        worlds.ENTRIES = old
    return Encoded(world, rec, Question(world, LIMIT), values)


def records(loaded: Loaded, seed: int, count: int) -> Iterator[TypedRecord]:
    """Yield valid records with short lists."""
    gen = RecordGen(seed, loaded.lowered, DAYS)
    reader = RecordReader(loaded.lowered.records[ROOT], loaded.lowered)
    found = 0
    for _ in range(count * 4):
        read = reader.read(gen.record(ROOT), PLACE)
        if isinstance(read, ReadRecord):
            _shorten(read.record)
            yield read.record
            found += 1
            if found == count:
                return


def _shorten(record: TypedRecord) -> None:
    for name, value in record.fields.items():
        if isinstance(value, tuple):
            record.fields[name] = value[:MOST]
        elif isinstance(value, TypedRecord):
            _shorten(value)


def fixed(world: World, sym: Sym, value: Value) -> Iterator[Term]:
    """Yield what makes an unknown equal to a value; fields that no definition reads don't matter."""
    t = world.t
    match sym, value:
        case Opt(present, _), None:
            yield t.not_(present)
        case Opt(present, inner), _:
            yield present
            yield from fixed(world, inner, value)
        case Rec(), TypedRecord():
            for name, term in sym.fields.items():
                yield from fixed(world, term, value.fields[name])
        case Items(count, items), tuple():
            yield t.eq(count, len(value))
            for item, one in zip(items, value, strict=False):
                yield from fixed(world, item, one)
        case _, bool():
            yield t.same(sym, value)
        case _, str():
            yield t.eq(sym, world.texts.code(value))
        case _, int():
            yield t.eq(sym, value)
        case _:
            raise AssertionError(f"{sym} is not {value!r}")


def read(question: Question, sym: Sym, ty: object) -> Value:
    """Return the value that a shape has in the model."""
    match sym:
        case Opt(present, inner):
            return read(question, inner, ty) if question.read(present) else None
        case Rows(applies):
            return tuple(i for i, a in enumerate(applies) if question.read(a))
        case Seq(parts):
            item = strip_opt(ty.item)
            return tuple(read(question, p, item) for g, p in parts if question.read(g))
        case Line(parts):
            return tuple(read(question, p, strip_opt(f)) for p, (_, f) in zip(parts, ty.fields, strict=True))
        case _:
            value = question.read(sym)
            if type(ty).__name__ == "TextTy":
                return question.world.texts.text(int(value))
            return value


def compare(loaded: Loaded, encoded: Encoded, day: int, record: TypedRecord, tally: Tally) -> None:
    """Fix one record and compare all its definitions."""
    question = encoded.question
    verdict = question.check(*fixed(encoded.world, encoded.rec, record))
    if verdict is Verdict.UNKNOWN:
        tally.unknown += 1
        return
    if verdict is Verdict.UNSAT:
        raise Differs("a valid record is said to be impossible")
    tally.points += 1
    interpreter = Interpreter(loaded.lowered, day)
    for key, (sym, decided) in encoded.values.items():
        try:
            wanted: object = interpreter.value(key, record)
        except Undecided:
            wanted = "undecided"
        said: object = "undecided"
        if question.read(decided):
            said = read(question, sym, strip_opt(loaded.lowered.defs[key].ty))
        tally.values += 1
        tally.met["undecided" if wanted == "undecided" else type(wanted).__name__] += 1
        if said != wanted:
            raise Differs(f"{key}: z3 says {said!r}, the interpreter {wanted!r}")


def run_seed(seed: int, count: int, tally: Tally) -> None:
    """Generate one policy and compare some points of it."""
    loaded = load(PolicyGen(seed, flat=seed % 2 == 0).policy().text)
    if not isinstance(loaded, Loaded):
        return
    tally.policies += 1
    day = random.Random(seed).choice(DAYS)
    encoded = encode(loaded.lowered, day)
    for record in records(loaded, seed, count):
        compare(loaded, encoded, day, record, tally)
