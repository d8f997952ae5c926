"""Every law of the core has a program that breaks it, and only it."""

from dataclasses import replace

import pytest

from kamflow.base.span import NOWHERE
from kamflow.base.text import Text
from kamflow.core.expr import (
    Apply,
    DefKey,
    Fold,
    Gather,
    Hit,
    NotCell,
    Op,
    PointCell,
    PopKind,
    RangeCell,
)
from kamflow.core.laws import check_laws
from kamflow.core.program import DefKind, Expect, ParamDecl, Property, PropertyKind, TestCase
from kamflow.core.ty import (
    BOOL,
    DAYS,
    TEXT,
    ListTy,
    OptTy,
    ScaledTy,
    money,
)
from tests.interp.build import (
    CENTS,
    DAY,
    INT,
    INTS,
    ITEM,
    LINE,
    MONTH,
    ORDER,
    SPAN,
    STATUS,
    TIER,
    TODAY,
    YES,
    add,
    aggregate,
    choose,
    customer,
    definition,
    div,
    gather,
    get,
    if_,
    line,
    list_of,
    lit,
    lt,
    op,
    override,
    param,
    pick,
    pop_term,
    present,
    program,
    ref,
    table,
    unwrap,
    var,
)

EUR, CNY = ScaledTy(money("EUR"), 2, 0, 10**6), ScaledTy(money("CNY"), 2, 0, 10**6)
ABC = ((2, 800_000), (1, 950_000), (0, None))
TWO_ROWS = ("r#row", choose(Hit.FIRST, YES, otherwise=True))
COLLECTED = ("r#row", choose(Hit.COLLECT, YES, YES))

KEPT = {
    "amounts": [("x", add(get("a"), op(Op.MUL, get("b"), lit(100))))],
    "a date and days": [("x", op(Op.ADD, get("on"), lit(3, SPAN), ty=DAY))],
    "days between dates": [("x", op(Op.SUB, TODAY, get("on"), ty=SPAN))],
    "months on a date": [("x", op(Op.ADD_MONTHS_NEXT, get("on"), lit(2, MONTH)))],
    "a narrower range": [("x", if_(YES, get("a"), lit(1, ScaledTy(INT.unit, 0, 0, 5))))],
    "an optional": [("x", if_(present(get("opt")), unwrap(get("opt")), lit(0)))],
    "ordered enums": [("x", lt(get("grade"), lit(2, TIER)))],
    "unordered enums": [("x", op(Op.EQ_INT, get("status"), lit(1, STATUS)))],
    "rows and values": [TWO_ROWS, ("x", pick(ref("r#row"), lit(1), lit(2)))],
    "rows and a sum": [COLLECTED, ("x", gather(ref("r#row", INTS), Fold.SUM, lit(1), lit(2)))],
    "rows and a count": [COLLECTED, ("x", gather(ref("r#row", INTS), Fold.COUNT))],
    "rows and lines": [
        COLLECTED,
        ("x", gather(ref("r#row", INTS), Fold.LIST, line("a", lit(1)), line("b", lit(2)), ty=ListTy(LINE))),
    ],
    "overrides": [("x", override(lit(0), (YES, lit(1), (1,)), (YES, lit(2), (2,)), (YES, lit(3), ())))],
    "aggregates": [("x", aggregate(Fold.MAX, get("orders"), YES, get("amount", ITEM), OptTy(INT)))],
    "populations": [
        ("x", pop_term(PopKind.CLASSIFY, get("a"), classes=ABC)),
        ("y", pop_term(PopKind.QUANTILE, get("opt"), n=4)),
    ],
    "lists": [("x", list_of(lit("a", TEXT), lit("b", TEXT)))],
    "a table": [("x#row", table(Hit.FIRST, (get("opt"),), (NotCell(PointCell(lit(1))),)))],
}


@pytest.mark.parametrize("name", KEPT)
def test_a_lawful_program_breaks_nothing(name):
    assert check_laws(program(*KEPT[name]), lowered=False) == []


def retyped(e, ty):
    return replace(e, ty=ty)


BROKEN = {
    "scales differ": (add(get("a"), lit(1, CENTS)), "`add` of"),
    "currencies differ": (add(lit(1, EUR), lit(1, CNY)), "`add` of"),
    "a result of another scale": (retyped(add(get("a"), get("b")), CENTS), "`add` of"),
    "two dates added": (op(Op.ADD, TODAY, TODAY), "`add` of"),
    "days and a number": (op(Op.ADD, get("on"), lit(3), ty=DAY), "`add` of"),
    "an amount and a text": (op(Op.LT, get("a"), get("word")), "`lt` of"),
    "an unordered enum": (lt(get("status"), get("status")), "`lt` of"),
    "two enums": (op(Op.EQ_INT, get("status"), get("grade")), "`eq_int` of"),
    "an optional operand": (add(get("opt"), lit(1)), "`add` of"),
    "an optional text": (op(Op.EQ_TEXT, get("wordopt"), get("word")), "`eq_text` of"),
    "an optional divisor": (div(get("a"), get("opt")), "a part of `div_round`"),
    "three operands": (Apply(Op.ADD, (lit(1), lit(1), lit(1)), INT, NOWHERE), "`add` has 3 operands"),
    "one operand": (op(Op.AND, YES), "`and` has 1 operands"),
    "no is a number": (op(Op.NOT, get("a")), "`not` of"),
    "min of two units": (op(Op.MIN, lit(1), lit(1, SPAN)), "`min` of"),
    "division by 0": (div(get("a"), lit(0)), "divides by 0"),
    "a step of 0": (div(get("a"), lit(2), step=0), "the step 0"),
    "a constant out of range": (lit(6, ScaledTy(DAYS, 0, 0, 5)), "the constant 6"),
    "a member that is none": (lit(3, TIER), "the constant 3"),
    "a yes that is 1": (lit(1, BOOL), "the constant 1"),
    "a number that is yes": (lit(True), "the constant true"),
    "a missing constant": (lit(None), "the constant missing"),
    "a free variable": (var("item7", INT), "`item7` is not in scope"),
    "self as another": (get("amount", var("self", ORDER)), "`self` is a customer"),
    "an unknown field": (replace(get("a"), name="zz"), "no field `zz`"),
    "a field of another type": (retyped(get("a"), CENTS), "field `a` is a"),
    "a field of a number": (replace(get("a"), record=lit(1)), "which is no record"),
    "an unknown definition": (ref("nobody"), "no definition `nobody of customer`"),
    "a definition of another type": (ref("before", CENTS), "`before of customer` is a"),
    "a definition of another record": (replace(ref("before"), subject=lit(1)), "is asked of"),
    "an unknown parameter": (param("nobody"), "no parameter `nobody`"),
    "a parameter of another type": (param("limit", TEXT), "parameter `limit` is no text"),
    "today as a number": (retyped(TODAY, INT), "today is a date"),
    "a condition that is a number": (if_(get("a"), lit(1), lit(2)), "the condition of `if`"),
    "branches that differ": (if_(YES, lit(1), lit("a", TEXT)), "a branch of `if`"),
    "an optional branch": (if_(YES, lit(1), get("opt")), "a branch of `if`"),
    "presence as a number": (retyped(present(get("opt")), INT), "gives yes or no"),
    "unwrapped twice": (replace(unwrap(get("opt")), arg=get("a")), "`unwrap` makes"),
    "a choice inside": (add(choose(Hit.FIRST, YES), lit(1)), "stands inside an expression"),
    "an override inside": (add(override(lit(1)), lit(1)), "stands inside an expression"),
    "a rule that beats itself": (
        override(lit(0), (YES, lit(1), (1,)), (YES, lit(2), (0,))),
        "rule r0 beats itself",
    ),
    "a rule that is not there": (override(lit(0), (YES, lit(1), (1,))), "beats a rule that is not there"),
    "a rule of another type": (override(lit(0), (YES, lit("a", TEXT), ())), "a value of an override"),
    "a rule that is a number": (override(lit(0), (lit(1), lit(1), ())), "the condition of rule r0"),
    "values of no row": (pick(ref("before"), lit(1)), "no choice of rows"),
    "an aggregate of a number": (aggregate(Fold.COUNT, get("a")), "an aggregate over"),
    "a sum of nothing": (aggregate(Fold.SUM, get("orders")), "`sum` without a value"),
    "a count of values": (aggregate(Fold.COUNT, get("orders"), None, lit(1)), "`count` with a value"),
    "a largest that can't be missing": (
        aggregate(Fold.MAX, get("orders"), None, get("amount", ITEM)),
        "`max` has the type",
    ),
    "a sum of another scale": (
        aggregate(Fold.SUM, get("orders"), None, get("amount", ITEM), CENTS),
        "`sum` of a",
    ),
    "an aggregated list": (
        aggregate(Fold.LIST, get("orders"), None, lit(1), INTS),
        "does not collect a list",
    ),
    "a `where` that is a number": (aggregate(Fold.COUNT, get("orders"), lit(1)), "the `where` of"),
    "an item outside": (add(aggregate(Fold.COUNT, get("orders")), get("amount", ITEM)), "`item1` is not in"),
    "an item in an item's name": (
        aggregate(Fold.SUM, get("orders"), None, aggregate(Fold.COUNT, get("orders", get("buyer", ITEM)))),
        "`item1` hides",
    ),
    "a list of two types": (replace(list_of(lit(1)), items=(lit(1), YES)), "an item of a list"),
    "a line too short": (replace(line("a", lit(1)), fields=(lit(1),)), "1 fields have"),
    "a line of another type": (line("a", YES), "field `n` is a bool"),
    "an unknown population": (
        replace(pop_term(PopKind.SHARE, get("a")), population="zz"),
        "no population `zz`",
    ),
    "a measure that is a text": (pop_term(PopKind.SHARE, get("word")), "the measure is a text"),
    "a rank that can't be missing": (retyped(pop_term(PopKind.SHARE, get("a")), INT), "it may be missing"),
    "no quantiles": (pop_term(PopKind.QUANTILE, get("a"), n=0), "0 quantiles"),
    "a last class with a bound": (pop_term(PopKind.CLASSIFY, get("a"), classes=ABC[:2]), "the bounds of"),
    "classes that don't ascend": (
        pop_term(PopKind.CLASSIFY, get("a"), classes=(ABC[1], ABC[0], ABC[2])),
        "the bounds of",
    ),
    "a class that is none": (
        pop_term(PopKind.CLASSIFY, get("a"), classes=((5, None),)),
        "a class is no tier",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_law_is_one_sentence(name):
    body, sentence = BROKEN[name]
    found = check_laws(program(("before", lit(1)), ("x", body)), lowered=True)
    assert any(sentence in f for f in found), found
    assert all(f.startswith("`x of customer`: ") for f in found)
    assert len(found) <= 2


def test_conditions_outside_definitions_keep_the_laws_too():
    prog = program(("x", lit(1)), impossible=(lt(get("opt"), lit(1)),), where=lt(ref("zz"), lit(1)))
    assert [f.split(":")[0] for f in check_laws(prog, lowered=True)] == [
        "`population active`",
        "`impossible#0`",
    ]


def test_a_population_is_of_one_record():
    (found,) = check_laws(program(("x", pop_term(PopKind.SHARE, lit(1))), record="order"), lowered=True)
    assert "population `active` is of `customer`" in found


@pytest.mark.parametrize(
    ("hit", "ty"), [(Hit.FIRST, INTS), (Hit.COLLECT, INT), (Hit.UNIQUE, BOOL), (Hit.COLLECT, ListTy(BOOL))]
)
def test_a_choice_gives_an_index_or_a_list_of_them(hit, ty):
    (found,) = check_laws(program(("x#row", retyped(choose(hit, YES), ty))), lowered=True)
    assert f"a choice `{hit}` has the type" in found


def test_a_step_of_one_and_one_quantile_are_lawful():
    prog = program(("x", div(get("a"), lit(2), step=1)), ("y", pop_term(PopKind.QUANTILE, get("a"), n=1)))
    assert check_laws(prog, lowered=True) == []


def test_a_property_s_two_sides_keep_the_laws():
    for value, driver in ((ref("zz"), get("a")), (get("a"), ref("zz"))):
        claim = Property(PropertyKind.NOT_FALL, Text("t"), "customer", value, driver, "demo")
        (found,) = check_laws(replace(program(), properties=(claim,)), lowered=True)
        assert found.startswith("`property#0`")


def test_what_a_test_expects_keeps_the_laws():
    good, bad = get("a"), ref("zz")
    for expect in (Expect(bad, 0), Expect(None, 0, (good, bad)), Expect(YES, 0, (bad, good))):
        case = TestCase(Text("t"), 0, (customer(),), False, (expect,), "demo")
        (found,) = check_laws(replace(program(), tests=(case,)), lowered=True)
        assert found.startswith("`test#0`")


def test_a_definition_comes_after_those_it_reads():
    links = [("x", add(ref("y"), lit(1))), ("y", lit(1))]
    assert check_laws(program(*links), lowered=True) == [
        "`x of customer`: reads `y of customer`, which comes later"
    ]
    assert check_laws(program(*reversed(links)), lowered=True) == []
    assert check_laws(program(("x", ref("x"))), lowered=True) != []


def test_another_record_s_definitions_may_come_later():
    of_order = definition("n", ref("rank", INT, get("buyer", var("self", ORDER))), "order")
    assert check_laws(program(("rank", lit(1)), others=(of_order,)), lowered=True) == []


@pytest.mark.parametrize("count", [1, 3])
def test_there_are_as_many_values_as_rows(count):
    values = [lit(i) for i in range(count)]
    (found,) = check_laws(program(TWO_ROWS, ("x", pick(ref("r#row"), *values))), lowered=True)
    assert f"{count} values for the 2 rows of `r#row of customer`" in found


def test_one_row_is_picked_and_collected_rows_are_gathered():
    picked = check_laws(program(COLLECTED, ("x", pick(ref("r#row", INTS), lit(1), lit(2)))), lowered=True)
    assert "chooses by `collect`" in picked[0]
    gathered = program(TWO_ROWS, ("x", Gather(ref("r#row"), Fold.SUM, (lit(1), lit(2)), INT, NOWHERE)))
    assert "chooses by `first`" in check_laws(gathered, lowered=True)[0]


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ((PointCell(lit("a", TEXT)),), "a value is a text"),
        ((RangeCell(lit(1, CENTS), True, None, True),), "a bound is a number/2"),
        ((), "0 cells for 1 columns"),
    ],
)
def test_cells_fit_their_columns(cells, sentence):
    (found,) = check_laws(program(("x#row", table(Hit.FIRST, (get("a"),), cells))), lowered=False)
    assert sentence in found


def test_ranges_need_an_order():
    cell = RangeCell(lit(0, STATUS), True, None, True)
    (found,) = check_laws(program(("x#row", table(Hit.FIRST, (get("status"),), (cell,)))), lowered=False)
    assert "a range in a column of status" in found


def test_rows_are_the_body_of_a_rows_definition_only():
    made = replace(definition("x", lit(1)), kind=DefKind.ROWS)
    assert "ROWS" in check_laws(program(others=(made,)), lowered=True)[0]
    made = replace(definition("x#row", choose(Hit.FIRST, YES)), kind=DefKind.DECISION)
    assert "ROWS" in check_laws(program(others=(made,)), lowered=True)[0]


def test_a_definition_has_the_type_of_its_body():
    made = replace(definition("x", lit(1)), ty=TEXT)
    assert "has type text, its body number/0" in check_laws(program(others=(made,)), lowered=True)[0]
    assert check_laws(program(others=(replace(made, ty=OptTy(INT)),)), lowered=True) == []


@pytest.mark.parametrize("versions", [(), ((5, 1), (5, 2)), ((9, 1), (5, 1)), ((5, "a"),)])
def test_parameters_have_versions_of_their_type(versions):
    prog = program()
    prog = replace(prog, params={"p": ParamDecl("p", INT, versions)})
    assert len(check_laws(prog, lowered=True)) == 1


def test_a_definition_is_filed_under_its_own_key():
    prog = program(("x", lit(1)))
    (made,) = prog.defs.values()
    prog = replace(prog, defs={DefKey("customer", "y"): made})
    assert "another name" in check_laws(prog, lowered=True)[0]
