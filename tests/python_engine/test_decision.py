"""What a caller gets: exact values by name, a record for files, and why."""

from __future__ import annotations

import copy
import json
from datetime import date
from decimal import Decimal

import pytest

from kamflow.base.diagnostic import Diagnostic, Severity
from kamflow.base.span import NOWHERE, DataPlace
from kamflow.base.text import Text
from kamflow.core.dress import build_trace, codec_of, shape_of, traced_shape
from kamflow.core.expr import (
    Apply,
    Branch,
    Choose,
    DefKey,
    Get,
    Hit,
    Lit,
    Op,
    Override,
    OverrideRule,
    Pick,
    Ref,
    Tag,
    TagKind,
    Var,
)  # fmt: skip
from kamflow.core.program import Def, DefKind, FieldDecl, PolicyInfo, Program, RecordDecl, make_plan
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
    StructTy,
    money,
)  # fmt: skip
from kamflow.engines.python.engine import CompiledPlan, compile_plan
from kamflow.values.codec import to_json, to_python
from kamflow.values.decision import Absent, Decision, Loose, Rejection, Shape
from kamflow.values.outcome import Rounded
from kamflow.values.rounding import Rounding
from kamflow.values.trace import exact_text

TIER = EnumTy("tier", ("basic", "key"), ordered=True)
CASH = ScaledTy(money("CNY"), 2, -(10**15), 10**15)
ACTION = StructTy((("action", TEXT), ("due", ScaledTy(DATE, 0, 1, 10**6))))
DUE = date(2026, 7, 2)


@pytest.mark.parametrize(
    ("ty", "value", "plain", "written"),
    [
        (CASH, 111_875, Decimal("1118.75"), "1118.75"),
        (CASH, -5, Decimal("-0.05"), "-0.05"),
        (ScaledTy(money("JPY"), 0, 0, 10**9), 1200, Decimal(1200), "1200"),
        (ScaledTy(NUMBER, 4, 0, 10**6), 4500, Decimal("0.4500"), "0.4500"),
        (ScaledTy(NUMBER, 0, 0, 10**6), 12, 12, 12),
        (ScaledTy(DAYS, 0, 0, 10**6), 30, 30, 30),
        (ScaledTy(PERCENT, 2, 0, 10**6), 1250, Decimal("12.50"), "12.5%"),
        (ScaledTy(PERCENT, 2, 0, 10**6), 10_000, Decimal("100.00"), "100%"),
        (ScaledTy(PERCENT, 0, 0, 10**6), 100, Decimal(100), "100%"),
        (ScaledTy(DATE, 0, 1, 10**6), DUE.toordinal(), DUE, "2026-07-02"),
        (TIER, 1, "key", "key"),
        (BOOL, False, False, False),
        (TEXT, "好", "好", "好"),
        (OptTy(CASH), None, None, None),
        (ListTy(TIER), (1, 0), ("key", "basic"), ["key", "basic"]),
    ],
)  # fmt: skip
def test_each_type_has_one_exact_python_value_and_one_text(ty, value, plain, written):
    codec = codec_of(ty)
    got = to_python(codec, value)
    assert (got, str(got), type(got)) == (plain, str(plain), type(plain))
    assert to_json(codec, value) == written


def test_an_amount_of_38_digits_keeps_them_all():
    huge = 12345678901234567890123456789012345678
    assert str(to_python(codec_of(CASH), huge)) == "123456789012345678901234567890123456.78"


def test_a_line_with_several_outputs_reads_as_a_mapping_and_by_attribute():
    lines = to_python(codec_of(ListTy(ACTION)), (("visit", DUE.toordinal()),))
    (line,) = lines
    assert (line.action, line["due"]) == ("visit", DUE)
    assert line == {"action": "visit", "due": DUE}
    assert copy.deepcopy(line) == line
    with pytest.raises(AttributeError, match="owner"):
        line.owner  # noqa: B018


SHAPE = Shape(
    "customer",
    {"tier": 0, "price": 1},
    (codec_of(TIER), codec_of(CASH)),
    date(2026, 6, 30),
    {"tiering": "sha256:ab"},
    (Loose("overdue_days", "0 days"), Loose("note", None), Loose("region", "north")),
)


def test_a_decision_gives_its_outputs_by_name_and_nothing_else():
    decision = Decision(SHAPE, (1, 995, 0), "C1")
    assert (decision.ok, decision.id, decision.tier, decision["price"]) == (
        True,
        "C1",
        "key",
        Decimal("9.95"),
    )
    assert decision.trace is None
    with pytest.raises(AttributeError, match="has no output `teir`; it has: tier, price"):
        decision.teir  # noqa: B018
    with pytest.raises(KeyError):
        decision["teir"]


def test_a_decision_can_not_be_changed():
    decision = Decision(SHAPE, (1, 995, 0))
    for name in ("tier", "id", "other"):
        with pytest.raises(AttributeError):
            setattr(decision, name, "basic")


def test_decisions_are_equal_where_record_day_and_values_are_and_survive_copying():
    decision = Decision(SHAPE, (1, 995, 0), "C1")
    assert decision == Decision(SHAPE, (1, 995, 0), "C1")
    assert decision != Decision(SHAPE, (1, 996, 0), "C1")
    assert decision != Decision(SHAPE, (1, 995, 0), "C2")
    assert copy.copy(decision) == decision


def test_the_mask_names_defaults_and_missing_fields():
    decision = Decision(SHAPE, (1, 995, 0b111), "C1")
    assert decision.assumed == {"overdue_days": "0 days", "region": "north"}
    assert decision.missing == ("note",)
    assert Decision(SHAPE, (1, 995, 0b010)).assumed == {}
    nested = Absent((("owner.region", "north"),), ("owner.note",))
    assert Decision(SHAPE, (1, 995, nested)).assumed == {"owner.region": "north"}


def test_a_decision_is_written_as_the_command_line_promises():
    written = json.loads(json.dumps(Decision(SHAPE, (1, 111_875, 1), "C001").to_dict()))
    assert written == {
        "id": "C001",
        "as_of": "2026-06-30",
        "decisions": {"tier": "key", "price": "1118.75"},
        "assumed": {"overdue_days": "0 days"},
        "missing": [],
        "policies": {"tiering": "sha256:ab"},
    }


def test_a_rejection_says_why_when_an_output_is_asked_for():
    place = DataPlace("c.json", "[3].nps")
    words = Text("101 is more than 100", "101 超过 100")
    finding = Diagnostic("KF0601", "out-of-range", Severity.ERROR, place, words)
    rejection = Rejection("C9", date(2026, 6, 30), (finding,))
    assert not rejection.ok
    with pytest.raises(
        AttributeError, match="record C9 was rejected, so there is no `tier`: KF0601 101 is more"
    ):
        rejection.tier  # noqa: B018
    assert rejection.to_dict()["findings"][0]["at"] == "c.json[3].nps"
    assert copy.copy(rejection) == rejection


@pytest.mark.parametrize(
    ("num", "den", "step", "scale", "text"),
    [(1_118_745, 10, 1, 2, "1118.745"), (1, 3, 1, 0, "1/3"), (-5, 2, 1, 0, "-2.5"), (7, 2, 100, 2, "3.5")],
)
def test_the_exact_value_of_a_rounding_is_a_decimal_or_a_fraction(num, den, step, scale, text):
    assert exact_text(Rounded("x", num, den, step, scale, Rounding.HALF_UP, 0)) == text


def traced_program() -> Program:
    """tier by a table of two rows and otherwise; a rule makes friends `key`."""
    me = Var("self", RecordTy("r"), NOWHERE)
    whole = ScaledTy(NUMBER, 0, 0, 100)
    score, friend = Get(me, "score", whole, NOWHERE), Get(me, "friend", BOOL, NOWHERE)

    def at_least(value: int):
        return Apply(Op.LE, (Lit(value, whole, NOWHERE), score), BOOL, NOWHERE)

    rows = Choose(
        Hit.FIRST,
        (
            Branch(at_least(60), Tag(TagKind.ROW, 1, Text("high score", "高分"))),
            Branch(at_least(40), Tag(TagKind.ROW, 2, Text("fair score"))),
        ),
        Tag(TagKind.OTHERWISE, 3, Text("the rest")),
        whole,
        NOWHERE,
    )
    row_key, base_key, key = DefKey("r", "tier#row"), DefKey("r", "tier#base"), DefKey("r", "tier")
    values = (Lit(1, TIER, NOWHERE), Lit(0, TIER, NOWHERE), Lit(0, TIER, NOWHERE))
    vip = Tag(TagKind.RULE, 1, Text("friends", "朋友"), name="vip")
    rule = OverrideRule(friend, Lit(1, TIER, NOWHERE), (), vip)
    picked = Pick(Ref(row_key, me, whole, NOWHERE), values, TIER, NOWHERE)
    body = Override(Ref(base_key, me, TIER, NOWHERE), (rule,), TIER, NOWHERE)
    defs = {
        row_key: Def(row_key, whole, rows, DefKind.ROWS, "tier", "p"),
        base_key: Def(base_key, TIER, picked, DefKind.BASE, "tier", "p"),
        key: Def(key, TIER, body, DefKind.DECISION, "tier", "p"),
    }
    record = RecordDecl("r", (FieldDecl("score", whole), FieldDecl("friend", BOOL)))
    policy = PolicyInfo("p", Text("P"), "o", 1, None, "CNY", (), (), "sha256:1", "en")
    return Program((policy,), {}, {"r": record}, {}, defs)


@pytest.mark.parametrize(
    ("score", "friend", "rows", "overrides", "base"),
    [
        (60, False, [{"kind": "row", "row": 1, "because": {"en": "high score", "zh": "高分"}}], [], None),
        (
            59,
            True,
            [{"kind": "row", "row": 2, "because": {"en": "fair score", "zh": ""}}],
            [{"rule": "vip", "because": {"en": "friends", "zh": "朋友"}, "won": True}],
            "basic",
        ),
        (39, False, [{"kind": "otherwise", "row": 0, "because": {"en": "the rest", "zh": ""}}], [], None),
    ],
)
def test_a_trace_names_the_row_the_rule_and_what_it_overrode(score, friend, rows, overrides, base):
    program = traced_program()
    plan = make_plan(program, "r")
    compiled = compile_plan(program, plan)
    assert isinstance(compiled, CompiledPlan)
    bound = compiled.bind(date(2026, 6, 30))
    shape = shape_of(program, plan, date(2026, 6, 30))
    flat = bound.fast_traced({"score": score, "friend": friend})
    written = Decision(bound.shape_traced(shape), flat).to_dict()["trace"]
    assert written == {
        "outputs": {"tier": {"rows": rows, "overrides": overrides, "base": base}},
        "rounded": [],
    }
    decided = bound.dress(flat)
    assert build_trace(program, plan, decided).to_dict() == written
    slow = Decision(traced_shape(shape, program, plan), (*decided.values, 0, decided))
    assert slow.to_dict()["trace"] == written
    assert shape.policies == {"p": "sha256:1"}
