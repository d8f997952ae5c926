"""Generated source holds nothing but what it should, and plans of any size compile."""

from __future__ import annotations

import pytest

from kamflow.base.span import NOWHERE
from kamflow.core.expr import (
    Apply,
    Branch,
    Choose,
    DefKey,
    Expr,
    Get,
    Hit,
    If,
    Lit,
    Op,
    Pick,
    Ref,
    Tag,
    TagKind,
    Var,
)
from kamflow.core.program import Def, DefKind, EnumDecl, FieldDecl, Program, RecordDecl, make_plan
from kamflow.core.ty import BOOL, NUMBER, TEXT, EnumTy, RecordTy, ScaledTy
from kamflow.engines.interp import Interpreter
from kamflow.engines.python.audit import first_offence, first_stranger
from kamflow.engines.python.engine import BoundPlan, CompiledPlan, Refused, compile_plan
from kamflow.values.data import TypedRecord
from kamflow.values.outcome import Decided, NotDecided, WhyUndecided
from tests.python_engine.gen_core import ROOT, Gen

SELF = Var("self", RecordTy("r"), NOWHERE)
INT = ScaledTy(NUMBER, 0, 0, 10**6)
VARIANTS = [(t, r) for t in (False, True) for r in (False, True)]
PAYLOADS = [
    "__import__('os').system('echo canary')",
    '"; raise SystemExit #',
    "'''\nimport os\n'''",
    "K0", "d", "return", "fields", "\\", "\n", "{0}", "%s", "合同; import os",
]  # fmt: skip


def compiled(program: Program, record: str = "r") -> BoundPlan:
    plan = compile_plan(program, make_plan(program, record))
    assert isinstance(plan, CompiledPlan)
    return plan.bind(739_000)


def program_of(bodies: dict[str, Expr], fields: tuple[FieldDecl, ...]) -> Program:
    defs = {}
    for name, body in bodies.items():
        key = DefKey("r", name)
        kind = DefKind.ROWS if isinstance(body, Choose) else DefKind.DECISION
        defs[key] = Def(key, body.ty, body, kind, name, "p")
    return Program((), {}, {"r": RecordDecl("r", fields)}, {}, defs)


def lit(value: int) -> Lit:
    return Lit(value, ScaledTy(NUMBER, 0, value, value), NOWHERE)


def get(name: str) -> Get:
    return Get(SELF, name, INT, NOWHERE)


def test_every_node_of_random_programs_is_on_the_list():
    for seed in range(40):
        gen = Gen(seed, flat=seed % 2 == 0)
        bound = compiled(gen.program(), ROOT)
        for traced, raw in VARIANTS:
            source = bound.source(traced=traced, from_raw=raw)
            assert first_offence(source) is None
            assert first_stranger(source) is None


@pytest.mark.parametrize(
    "source",
    [
        "import os", "x = 'a'", "K1.system", "t1 = K1.__class__", "lambda: 1", "t1 = open", "t1 = f'{K1}'",
        "class F1: pass", "del t1", "global t1", "while t1: pass", "t1 = b'x'", "exec(K1)",
        "t1 = [t1 for t1 in t2]",
    ],
)  # fmt: skip
def test_both_lists_stop_what_has_no_place_in_generated_code(source):
    assert first_offence(source) is not None
    if source != "t1 = [t1 for t1 in t2]":  # made of words that are allowed: the syntax tree tells
        assert first_stranger(source) is not None


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_name_or_text_of_a_policy_stands_in_the_source(payload):
    enum = EnumTy(payload, (payload, payload + "2"), ordered=False)
    fields = (
        FieldDecl(payload, TEXT),
        FieldDecl("e", enum),
        FieldDecl("x", TEXT, has_default=True, default=payload),
    )
    text = Get(SELF, payload, TEXT, NOWHERE)
    same = Apply(Op.EQ_TEXT, (text, Lit(payload, TEXT, NOWHERE)), BOOL, NOWHERE)
    row = Choose(Hit.FIRST, (Branch(same, Tag(TagKind.ROW, 1, name=payload)),), None, INT, NOWHERE)
    key = DefKey("r", payload + "#row")
    picked = Pick(Ref(key, SELF, INT, NOWHERE), (Lit(payload, TEXT, NOWHERE),), TEXT, NOWHERE)
    program = program_of({payload + "#row": row, payload: picked}, fields)
    program.enums[payload] = EnumDecl(enum, ())
    bound = compiled(program)
    for traced, raw in VARIANTS:
        source = bound.source(traced=traced, from_raw=raw)
        assert first_offence(source) is None
        assert len(payload) < 3 or payload not in source or payload in {"return", "fields"}
    raw_record = {payload: payload, "e": payload}
    if payload.isprintable() and payload.isascii():
        assert bound.fast(raw_record)[0] == payload
    other = TypedRecord("r", {payload: "else", "e": 0, "x": ""})
    assert bound.decide(other) == NotDecided(f"{payload}#row of r", WhyUndecided.NO_ROW)


def agree(program: Program, fields: dict) -> Decided:
    plan = make_plan(program, "r")
    bound = compiled(program)
    record = TypedRecord("r", dict(fields))
    want = Interpreter(program, 739_000).decide(plan, record)
    assert bound.decide_traced(record) == want
    fast = bound.fast(dict(fields))
    assert (None if fast is None else fast[:-1]) == (want.values if isinstance(want, Decided) else None)
    return want


def test_a_sum_of_500_terms_compiles():
    total: Expr = get("x")
    for i in range(500):
        total = Apply(Op.ADD, (total, Apply(Op.MUL, (get("x"), lit(i + 2)), INT, NOWHERE)), INT, NOWHERE)
    program = program_of({"total": total}, (FieldDecl("x", INT),))
    assert compiled(program).fast({"x": 3})[0] == 3 + 3 * sum(range(2, 502))


def test_conditions_nested_60_deep_compile():
    value: Expr = get("x")
    for i in range(60):
        cond = Apply(Op.LT, (Apply(Op.ADD, (get("x"), lit(i)), INT, NOWHERE), lit(50)), BOOL, NOWHERE)
        branch = (
            Apply(Op.MUL, (value, Apply(Op.ADD, (value, lit(1)), INT, NOWHERE)), INT, NOWHERE)
            if i == 0
            else value
        )
        value = If(cond, branch, lit(i), INT, NOWHERE) if i % 2 else If(cond, lit(i), branch, INT, NOWHERE)
    agree(program_of({"out": value}, (FieldDecl("x", INT),)), {"x": 3})


def test_5000_definitions_in_a_row_compile():
    bodies: dict[str, Expr] = {"a0": get("x")}
    for i in range(1, 5000):
        before = Ref(DefKey("r", f"a{i - 1}"), SELF, INT, NOWHERE)
        bodies[f"a{i}"] = Apply(Op.ADD, (before, lit(1)), INT, NOWHERE)
    bound = compiled(program_of(bodies, (FieldDecl("x", INT),)))
    assert bound.fast({"x": 1})[4999] == 5000


def stretches(count: int, hit: Hit, *, overlap: int = -1) -> Program:
    """A table of ``count`` neighbouring stretches of ten; row ``overlap`` is one longer."""
    branches = tuple(
        Branch(
            Apply(
                Op.AND,
                (
                    Apply(Op.LE, (lit(10 * i), get("x")), BOOL, NOWHERE),
                    Apply(Op.LT, (get("x"), lit(10 * i + 10 + (i == overlap))), BOOL, NOWHERE),
                ),
                BOOL,
                NOWHERE,
            ),
            Tag(TagKind.ROW, i + 1),
        )
        for i in range(count)
    )
    return program_of(
        {"t#row": Choose(hit, branches, None, INT, NOWHERE), "t": lit(1)}, (FieldDecl("x", INT),)
    )


@pytest.mark.parametrize("hit", [Hit.FIRST, Hit.UNIQUE])
@pytest.mark.parametrize("count", [3, 40, 300])
def test_a_table_of_any_length_gives_the_row_at_both_ends_of_each_stretch(hit, count):
    program = stretches(count, hit)
    key = DefKey("r", "t#row")
    plan = make_plan(program, "r", ("t#row",))
    bound = compile_plan(program, plan).bind(1)
    for i in (0, 1, count // 2, count - 1):
        for x in (10 * i, 10 * i + 9):
            assert bound.fast({"x": x})[0] == i
    beyond = bound.decide(TypedRecord("r", {"x": 10 * count}))
    assert beyond == NotDecided(str(key), WhyUndecided.NO_ROW)


@pytest.mark.parametrize("count", [3, 40, 300])
def test_two_rows_of_a_unique_table_are_seen_where_they_meet_and_only_there(count):
    program = stretches(count, Hit.UNIQUE, overlap=1)
    plan = make_plan(program, "r", ("t#row",))
    bound = compile_plan(program, plan).bind(1)
    assert bound.fast({"x": 19})[0] == 1
    assert bound.fast({"x": 21})[0] == 2
    assert bound.fast({"x": 20}) is None
    both = NotDecided("t#row of r", WhyUndecided.TWO_ROWS, (1, 2))
    assert bound.decide(TypedRecord("r", {"x": 20})) == both


def test_definitions_of_other_records_that_nest_too_deeply_are_refused_by_name():
    inner = Var("self", RecordTy("i"), NOWHERE)
    defs = {}
    for i in range(400):
        key = DefKey("i", f"a{i}")
        body: Expr = Get(inner, "x", INT, NOWHERE)
        if i:
            body = Apply(Op.ADD, (Ref(DefKey("i", f"a{i - 1}"), inner, INT, NOWHERE), lit(1)), INT, NOWHERE)
        defs[key] = Def(key, INT, body, DefKind.FACT, key.name, "p")
    out = DefKey("r", "out")
    seen = Ref(DefKey("i", "a399"), Get(SELF, "i", RecordTy("i"), NOWHERE), INT, NOWHERE)
    defs[out] = Def(out, INT, seen, DefKind.DECISION, "out", "p")
    records = {
        "i": RecordDecl("i", (FieldDecl("x", INT),)),
        "r": RecordDecl("r", (FieldDecl("i", RecordTy("i")),)),
    }
    program = Program((), {}, records, {}, defs)
    refused = compile_plan(program, make_plan(program, "r"))
    assert isinstance(refused, Refused)
    assert refused.name == "r"
