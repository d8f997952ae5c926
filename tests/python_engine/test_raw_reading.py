"""What generated code takes from a caller's dict, intake takes too, with the same value."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import IntEnum, StrEnum

import pytest

from kamflow.base.span import NOWHERE, DataPlace
from kamflow.base.text import Text
from kamflow.core.dress import shape_of
from kamflow.core.expr import Aggregate, DefKey, Fold, Get, Var
from kamflow.core.program import Def, DefKind, EnumDecl, FieldDecl, Program, RecordDecl, make_plan
from kamflow.core.ty import (
    BOOL,
    DATE,
    DAYS,
    NUMBER,
    PERCENT,
    TEXT,
    EnumTy,
    ListTy,
    OptTy,
    RecordTy,
    ScaledTy,
    Ty,
    money,
)  # fmt: skip
from kamflow.engines.python.engine import CompiledPlan, compile_plan
from kamflow.intake.read_record import ReadRecord, RecordReader
from kamflow.project.slot import loose_fields, parts_within
from kamflow.values.decision import Absent, PartGaps

TIER = EnumTy("tier", ("low", "high"), ordered=True)
FIELDS: dict[str, Ty] = {
    "cash": ScaledTy(money("CNY"), 2, -(10**13), 10**13),
    "wide": ScaledTy(money("CNY"), 2, -(10**17), 10**17),
    "ratio": ScaledTy(NUMBER, 4, 0, 10_000),
    "fine": ScaledTy(NUMBER, 6, 1, 10**15),
    "share": ScaledTy(PERCENT, 2, 0, 10_000),
    "count": ScaledTy(NUMBER, 0, 0, 1000),
    "big": ScaledTy(NUMBER, 0, -(10**18), 10**18),
    "days": ScaledTy(DAYS, 0, -5, 5),
    "since": ScaledTy(DATE, 0, date(1900, 1, 1).toordinal(), date(2199, 12, 31).toordinal()),
    "tier": TIER,
    "flag": BOOL,
    "note": TEXT,
    "maybe": OptTy(ScaledTy(money("CNY"), 2, 0, 10**6)),
}
GOOD: dict[str, object] = {
    "cash": 12.34, "wide": 5, "ratio": 0.25, "fine": 0.000001, "share": 12.5, "count": 3, "big": 7,
    "days": -5,
    "since": "2024-02-29", "tier": "high", "flag": True, "note": "ok", "maybe": 0.01,
}  # fmt: skip


class Sly(StrEnum):
    LOW = "low"


class Whole(IntEnum):
    ONE = 1


class Word(str):
    __slots__ = ()


class Record(dict):
    pass


def build() -> tuple[Program, RecordDecl]:
    fields = tuple(
        FieldDecl(n, t, has_default=n == "count", default=9 if n == "count" else None)
        for n, t in FIELDS.items()
    )
    record = RecordDecl("r", fields)
    subject = Var("self", RecordTy("r"), NOWHERE)
    defs = {}
    for name, ty in FIELDS.items():
        key = DefKey("r", f"out_{name}")
        defs[key] = Def(key, ty, Get(subject, name, ty, NOWHERE), DefKind.DECISION, name, "p")
    enums = {"tier": EnumDecl(TIER, (Text("Low", "低"), Text("High", "高")))}
    return Program((), enums, {"r": record}, {}, defs), record


PROGRAM, RECORD = build()
_compiled = compile_plan(PROGRAM, make_plan(PROGRAM, "r"))
assert isinstance(_compiled, CompiledPlan)
FAST = _compiled.bind(739_000).fast
READER = RecordReader(RECORD, PROGRAM)
HERE = DataPlace("test")


def agree(raw: object) -> bool:
    """Assert the law for one input; return whether the short way was taken."""
    got = FAST(raw)
    if got is None:
        return False
    read = READER.read(raw, HERE)
    assert isinstance(read, ReadRecord), f"only generated code takes {raw!r}"
    want = tuple(read.record.fields[n] for n in FIELDS)
    assert got[:-1] == want
    assert [type(v) for v in got[:-1]] == [type(v) for v in want]
    assert bool(got[-1] & 1) == bool(read.assumed)
    assert bool(got[-1] & 2) == bool(read.missing)
    return True


ODD: list[object] = [
    None, True, False, 0, 1, -1, 5, 6, 1000, 1001, 10**11, 10**11 + 1, 10**15, 10**18, 10**18 + 1, 10**400,
    -(10**400),
    0.0, -0.0, 0.1, 0.01, 0.001, 0.005, 0.1 + 0.2, 1.1, 2.675, 1e11, 1e11 + 0.01, 99999999999.99, 1e13,
    9e12 + 0.01,
    1e15, 1e15 + 0.25, 1e16, 1e22, 1e300, 5e-324, 1e-6, 1.5e-6, 123456789.123456, 999999999.999999, 1e9,
    math.nan,
    math.inf, -math.inf, 4503599627370497.5, 2.0**51, 2.0**52 + 1, "12.34", "1,2", "1.2M CNY", "", " ",
    "high",
    "HIGH", "low", "高", "mid", Sly.LOW, Word("low"), Whole.ONE, Decimal("12.34"), Decimal("NaN"),
    Decimal("1E+999999"), Decimal("0.001"), "2024-02-29", "2023-02-29", "2024-W01-1", "20240229", "2024-2-29",
    "２０２４-02-29", "2024-02-29T00:00", "1899-12-31", "2200-01-01", "0000-01-01", date(2024, 2, 29),
    datetime(2024, 2, 29, 1, tzinfo=UTC), b"low", [], {}, (), object(), 1j, "x" * 10_000, "x" * 10_001,
    "\ud800", "a\x00b", "ä",
    "line\nline", "yes", "true", "5%",
]  # fmt: skip


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.filterwarnings("ignore")
def test_an_odd_value_is_read_as_intake_reads_it_or_left_to_intake(name):
    taken = sum(agree({**GOOD, name: odd}) for odd in ODD)
    assert 0 < taken < len(ODD)


def test_a_float_counts_as_its_shortest_text_or_is_left_to_intake():
    r = random.Random(7)
    taken = 0
    for _ in range(6000):
        scale = r.choice([2, 4, 6])
        name = {2: r.choice(["cash", "wide", "share", "maybe"]), 4: "ratio", 6: "fine"}[scale]
        number = r.randint(0, 10 ** r.randint(1, 16)) / 10**scale
        for x in (
            number,
            -number,
            math.nextafter(number, 0),
            math.nextafter(number, math.inf),
            number * 1.001,
        ):
            taken += agree({**GOOD, name: x})
    assert taken > 4000


@pytest.mark.parametrize("name", ["cash", "ratio", "fine", "share", "count", "days", "maybe"])
def test_the_first_and_last_value_of_a_field_are_taken_and_their_neighbours_are_not(name):
    ty = FIELDS[name].inner if isinstance(FIELDS[name], OptTy) else FIELDS[name]
    unit = 10**ty.scale
    for edge, beyond in ((ty.lo, ty.lo - 1), (ty.hi, ty.hi + 1)):
        if abs(edge) < 10**15:
            assert agree({**GOOD, name: edge / unit})
            assert FAST({**GOOD, name: beyond / unit}) is None


def test_all_fields_as_they_should_be_take_the_short_way():
    assert FAST(dict(GOOD)) is not None
    assert FAST({**GOOD, "maybe": None}) is not None
    assert FAST({k: v for k, v in GOOD.items() if k not in {"maybe", "count"}})[-1] == 0b11


@pytest.mark.parametrize(
    "raw",
    [
        {k: v for k, v in GOOD.items() if k != "cash"},
        {**GOOD, "extra": 1},
        {**{k: v for k, v in GOOD.items() if k != "maybe"}, "mybe": 1},
        {**GOOD, 5: 1},
        {**GOOD, None: None},
        Record(GOOD),
        [GOOD],
        None,
        {},
    ],
)  # fmt: skip
def test_a_record_with_a_field_too_many_or_too_few_or_of_another_kind_is_left_to_intake(raw):
    assert FAST(raw) is None


def _with_parts(item: Ty) -> tuple[Program, CompiledPlan]:
    """A record with a list of entries and one part, and a plan that reads both."""
    entry = RecordDecl(
        "i",
        (
            FieldDecl("on", FIELDS["since"]),
            FieldDecl("cash", FIELDS["cash"]),
            FieldDecl("maybe", FIELDS["maybe"]),
            FieldDecl("note", TEXT),
        ),
    )
    fields = (
        FieldDecl("items", ListTy(item), max_items=3),
        FieldDecl("one", RecordTy("i")),
        FieldDecl("n", BOOL),
    )
    outer = RecordDecl("o", fields)
    subject = Var("self", RecordTy("o"), NOWHERE)
    total = ScaledTy(money("CNY"), 2, -(10**15), 10**15)
    cash = Get(Var("x", RecordTy("i"), NOWHERE), "cash", FIELDS["cash"], NOWHERE)
    bodies = {
        "total": Aggregate(
            Fold.SUM, Get(subject, "items", ListTy(item), NOWHERE), "x", None, cash, total, NOWHERE
        ),
        "own": Get(Get(subject, "one", RecordTy("i"), NOWHERE), "cash", FIELDS["cash"], NOWHERE),
    }
    keys = {name: DefKey("o", name) for name in bodies}
    defs = {keys[n]: Def(keys[n], b.ty, b, DefKind.DECISION, n, "p") for n, b in bodies.items()}
    program = Program((), {}, {"i": entry, "o": outer}, {}, defs)
    compiled = compile_plan(program, make_plan(program, "o"))
    assert isinstance(compiled, CompiledPlan)
    return program, compiled


ENTRY: dict[str, object] = {"on": "2026-01-31", "cash": "12.50", "maybe": 1, "note": "客户来函"}


def test_records_within_the_record_are_read_inline_and_equal_what_intake_reads():
    program, compiled = _with_parts(RecordTy("i"))
    raw = {"items": [ENTRY, {**ENTRY, "cash": 0.25}], "one": {**ENTRY, "cash": -3}, "n": True}
    read = RecordReader(program.records["o"], program).read(raw, DataPlace("r"))
    assert isinstance(read, ReadRecord)
    bound = compiled.bind(1)
    assert bound.fast(raw) == (1275, -300, 0)  # nothing was absent: a plain mask
    assert bound.decide(read.record).values == (1275, -300)
    assert bound.fast({**raw, "items": []}) == (0, -300, 0)


@pytest.mark.parametrize(
    "part",
    [
        {k: v for k, v in ENTRY.items() if k != "cash"},
        {**ENTRY, "extra": 1},
        {**{k: v for k, v in ENTRY.items() if k != "maybe"}, "mybe": 1},
        {**ENTRY, "on": "2026-02-30"},
        {**ENTRY, "cash": 0.001},
        {**ENTRY, "note": "a\x00b"},
        {**ENTRY, "note": "\ud800"},
        [ENTRY],
        None,
        5,
    ],
    ids=repr,
)
def test_a_part_with_a_fault_leaves_the_record_to_intake(part):
    _, compiled = _with_parts(RecordTy("i"))
    fast = compiled.bind(1).fast
    assert fast({"items": [ENTRY, part], "one": ENTRY, "n": True}) is None
    assert fast({"items": [ENTRY], "one": part, "n": True}) is None


def test_what_parts_leave_out_is_said_with_its_path_as_intake_says_it():
    """A record of records of records, each with an optional field and one with a default, in all ways."""
    leaf = RecordDecl(
        "leaf",
        (
            FieldDecl("maybe", FIELDS["maybe"]),
            FieldDecl("n", FIELDS["count"], True, 9),
            FieldDecl("yes", BOOL),
        ),
    )
    middle = RecordDecl(
        "middle",
        (
            FieldDecl("leaves", ListTy(RecordTy("leaf")), True, (), max_items=5),
            FieldDecl("maybe", FIELDS["maybe"]),
            FieldDecl("one", RecordTy("leaf")),
        ),
    )  # fmt: skip
    top = RecordDecl(
        "top",
        (
            FieldDecl("maybe", FIELDS["maybe"]), FieldDecl("all", ListTy(RecordTy("middle")), max_items=5),
            FieldDecl("n", FIELDS["count"], True, 9), FieldDecl("own", RecordTy("middle")),
            FieldDecl("perhaps", OptTy(RecordTy("leaf"))),
        ),
    )  # fmt: skip
    subject = Var("self", RecordTy("top"), NOWHERE)
    keys = {f.name: DefKey("top", f"out_{f.name}") for f in top.fields if f.name in {"maybe", "n"}}
    defs = {
        k: Def(
            k,
            ty := FIELDS["maybe" if n == "maybe" else "count"],
            Get(subject, n, ty, NOWHERE),
            DefKind.DECISION,
            n,
            "p",
        )
        for n, k in keys.items()
    }
    program = Program((), {}, {"leaf": leaf, "middle": middle, "top": top}, {}, defs)
    compiled = compile_plan(program, make_plan(program, "top"))
    assert isinstance(compiled, CompiledPlan)
    fast, reader = compiled.bind(1).fast, RecordReader(top, program)
    plain = shape_of(program, make_plan(program, "top"), date(2026, 6, 30), loose_fields(top))
    shape = replace(plain, parts=parts_within(program, top))
    r = random.Random(3)

    def put(fields: dict[str, object]) -> dict[str, object]:
        """Leave out, or give as null, what may be absent."""
        for name in [n for n in ("maybe", "n", "leaves", "perhaps") if n in fields]:
            if (chance := r.random()) < 0.4:
                fields[name] = None
                if chance < 0.2:
                    del fields[name]
        return fields

    def a_leaf() -> dict[str, object]:
        return put({"maybe": 1, "n": 2, "yes": True})

    def a_middle() -> dict[str, object]:
        return put({"leaves": [a_leaf() for _ in range(r.randrange(3))], "maybe": 1, "one": a_leaf()})

    with_gaps = 0
    for _ in range(300):
        raw = put({
            "maybe": 1, "all": [a_middle() for _ in range(r.randrange(4))], "n": 3, "own": a_middle(),
            "perhaps": a_leaf(),
        })  # fmt: skip
        read = reader.read(raw, HERE)
        assert isinstance(read, ReadRecord)
        got = fast(raw)
        assert got is not None
        assert got[:-1] == tuple(read.record.fields[n] for n in keys)
        assert shape.absent_of(got[-1]) == Absent(read.assumed, read.missing)
        with_gaps += isinstance(got[-1], PartGaps)
    assert with_gaps > 250


@pytest.mark.parametrize("items", [None, {}, (), "x", [ENTRY] * 4])
def test_what_is_no_list_or_too_long_a_one_leaves_the_record_to_intake(items):
    _, compiled = _with_parts(RecordTy("i"))
    assert compiled.bind(1).fast({"items": items, "one": ENTRY, "n": True}) is None


def test_a_plan_over_a_record_with_a_list_of_plain_values_has_no_short_way():
    inner = RecordDecl("o", (FieldDecl("items", ListTy(BOOL)), FieldDecl("n", BOOL)))
    key = DefKey("o", "x")
    body = Get(Var("self", RecordTy("o"), NOWHERE), "n", BOOL, NOWHERE)
    program = Program((), {}, {"o": inner}, {}, {key: Def(key, BOOL, body, DefKind.DECISION, "x", "p")})
    compiled = compile_plan(program, make_plan(program, "o"))
    assert isinstance(compiled, CompiledPlan)
    bound = compiled.bind(1)
    assert not bound.has_fast
    assert bound.fast({"items": [], "n": True}) is None
