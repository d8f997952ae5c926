"""Deciding a record: order, traces, what is given, what is undecided, how deep it may go."""

import sys

import pytest

from kamflow.core.expr import DefKey, Fold, Hit, Op
from kamflow.core.program import make_plan
from kamflow.engines.interp import Interpreter, NotGiven
from kamflow.values.outcome import (
    Contradicts,
    Decided,
    NotDecided,
    Rounded,
    Undecided,
    WhyUndecided,
)
from kamflow.values.rounding import Rounding
from tests.interp.build import (
    BOOL,
    CENTS,
    INT,
    ITEM,
    NO,
    ORDER,
    YES,
    add,
    aggregate,
    choose,
    customer,
    definition,
    div,
    get,
    if_,
    lit,
    lt,
    op,
    order,
    override,
    pick,
    present,
    program,
    ref,
    unwrap,
    var,
)


def decide(prog, record, only=()):
    return Interpreter(prog, 0).decide(make_plan(prog, record.record, only), record)


TIERED = program(
    ("score", add(get("a"), get("b"))),
    ("tier#row", choose(Hit.FIRST, lt(lit(10), ref("score")), lt(lit(5), ref("score")), otherwise=True)),
    ("tier#base", pick(ref("tier#row"), lit(2), lit(1), lit(0))),
    ("tier", override(ref("tier#base"), (lt(get("b"), lit(0)), lit(-1), (1,)), (YES, lit(9), ()))),
    ("all#row", choose(Hit.COLLECT, YES, lt(lit(10), get("a")), YES)),
)


def test_a_decision_has_values_and_a_trace_in_the_order_of_the_plan():
    assert decide(TIERED, customer(a=8, b=-2), ("tier", "score", "all#row")) == Decided(
        values=(-1, 6, (0, 2)), fired=(1, (0, 2)), overrides=((0, 1),)
    )
    assert decide(TIERED, customer(a=8, b=4), ("tier",)) == Decided(
        values=(9,), fired=(0,), overrides=((1,),)
    )


def test_only_what_the_outputs_need_is_evaluated():
    prog = program(("x", get("a")), ("y", get("b")))
    assert decide(prog, customer(a=1), ("x",)) == Decided((1,))
    with pytest.raises(NotGiven):
        decide(prog, customer(a=1))


UNDECIDED = choose(Hit.UNIQUE, NO)


def test_the_first_undecided_definition_of_the_plan_is_reported():
    prog = program(("p#row", choose(Hit.UNIQUE, YES, YES)), ("q#row", UNDECIDED), ("x", lit(1)))
    plan = make_plan(prog, "customer", ("x", "q#row", "p#row"))
    found = Interpreter(prog, 0).decide(plan, customer())
    assert found == NotDecided("p#row of customer", WhyUndecided.TWO_ROWS, (0, 1))


def test_what_is_undecided_elsewhere_names_the_definition_that_has_no_answer():
    inner = definition("r#row", UNDECIDED, "order")
    prog = program(("n", aggregate(Fold.SUM, get("orders"), None, ref("r#row", INT, ITEM))), others=(inner,))
    assert decide(prog, customer(orders=(order(1),))) == NotDecided("r#row of order", WhyUndecided.NO_ROW)
    assert decide(prog, customer(orders=())) == Decided((0,))


FACTS = program(
    ("early", add(get("a"), lit(1))),
    ("late#row", UNDECIDED),
    ("late", pick(ref("late#row"), lit(0))),
    impossible=(lt(get("a"), lit(0)), lt(ref("early"), lit(10)), lt(ref("early"), lit(20))),
)


@pytest.mark.parametrize(
    ("a", "outcome"),
    [
        (-5, Contradicts(0)),
        (5, Contradicts(1)),
        (15, Contradicts(2)),
        (25, NotDecided("late#row of customer", WhyUndecided.NO_ROW)),
    ],
)
def test_facts_are_tried_as_soon_as_what_they_need_is_known(a, outcome):
    assert decide(FACTS, customer(a=a)) == outcome


def test_a_fact_that_needs_an_undecided_definition_leaves_the_record_undecided():
    prog = program(("r#row", UNDECIDED), impossible=(lt(ref("r#row"), lit(1)),))
    assert decide(prog, customer()) == NotDecided("r#row of customer", WhyUndecided.NO_ROW)


# ---- what is given


def test_a_given_value_wins_over_the_definition_and_its_parts():
    prog = Interpreter(TIERED, 0)
    assert prog.value(DefKey("customer", "tier"), customer(given_tier=7)) == 7
    assert prog.value(DefKey("customer", "tier#base"), customer(**{"given_tier#row": 2})) == 0
    assert prog.value(DefKey("customer", "tier#row"), customer(given_score=6)) == 1


def test_a_given_override_shows_no_rule_and_a_given_row_is_the_one_that_fired():
    record = customer(b=0, given_tier=7, given_score=0, **{"given_tier#row": 1})
    assert decide(TIERED, record, ("tier",)) == Decided((7,), fired=(1,), overrides=((),))


def test_given_and_missing_is_given():
    prog = program(("x", get("opt")))
    assert decide(prog, customer(given_x=None)) == Decided((None,))


def test_given_belongs_to_the_record_that_states_it():
    inner = definition("net", get("amount", var("self", ORDER)), "order")
    total = aggregate(Fold.SUM, get("orders"), None, ref("net", INT, ITEM))
    stated = order(1)
    stated.given["net"] = 50
    prog = program(("total", total), others=(inner,))
    assert decide(prog, customer(orders=(stated, order(1)))) == Decided((51,))


# ---- by need


def test_a_definition_that_is_not_needed_is_not_touched():
    prog = program(
        ("bad", get("a")),
        ("undecided#row", UNDECIDED),
        ("x", if_(present(get("opt")), unwrap(get("opt")), add(ref("bad"), ref("undecided#row")))),
    )
    interp = Interpreter(prog, 0)
    assert interp.value(DefKey("customer", "x"), customer(opt=3)) == 3
    with pytest.raises(NotGiven):
        interp.value(DefKey("customer", "x"), customer(opt=None))
    with pytest.raises(Undecided):
        interp.value(DefKey("customer", "x"), customer(opt=None, a=1))


CHAIN = 5_000


def chain(start):
    links = [("d0", start)]
    links += [(f"d{i}", add(ref(f"d{i - 1}"), lit(1))) for i in range(1, CHAIN)]
    return program(*links)


def test_a_chain_of_5000_definitions_is_evaluated_by_need():
    prog = chain(get("a"))
    last = DefKey("customer", f"d{CHAIN - 1}")
    limit = sys.getrecursionlimit()
    assert Interpreter(prog, 0).value(last, customer(a=10)) == 10 + CHAIN - 1
    assert Interpreter(prog, 0).evaluate(ref(last.name), customer(a=0)) == CHAIN - 1
    assert sys.getrecursionlimit() == limit


def test_a_chain_of_5000_definitions_is_decided():
    prog = chain(get("a"))
    found = decide(prog, customer(a=1))
    assert isinstance(found, Decided)
    assert found.values[-1] == CHAIN


def test_a_chain_by_need_reports_what_was_not_given_at_its_end():
    with pytest.raises(NotGiven):
        Interpreter(chain(get("a")), 0).value(DefKey("customer", f"d{CHAIN - 1}"), customer())


def test_tall_bodies_nest_without_reaching_the_host_s_limit():
    """64 levels a definition, as deep as a policy may nest them, and 60 definitions in a row."""

    def tall(inner):
        for _ in range(64):
            inner = op(Op.AND, YES, op(Op.NOT, inner))
        return inner

    links = [("d0", tall(YES))] + [(f"d{i}", tall(ref(f"d{i - 1}", BOOL))) for i in range(1, 60)]
    assert Interpreter(program(*links), 0).value(DefKey("customer", "d59"), customer()) is True


def test_a_definition_of_many_items_is_evaluated_for_each_item_once_in_a_chain():
    """Chains below each item of a list, deeper than what is nested at once."""
    me = var("self", ORDER)
    links = [definition("c0", get("amount", me), "order")]
    links += [definition(f"c{i}", add(ref(f"c{i - 1}", INT, me), lit(1)), "order") for i in range(1, 200)]
    prog = program(
        ("total", aggregate(Fold.SUM, get("orders"), None, ref("c199", INT, ITEM))), others=tuple(links)
    )
    record = customer(orders=tuple(order(i) for i in range(20)))
    assert Interpreter(prog, 0).value(DefKey("customer", "total"), record) == sum(range(20)) + 20 * 199


# ---- roundings


def rounded(name, num, den, result, *, mode=Rounding.HALF_UP, step=1, scale=0):
    return Rounded(name, num, den, step, scale, mode, result)


def test_roundings_are_noted_once_each_and_sorted():
    third = div(get("a"), lit(3))
    prog = program(
        ("y", add(third, third)),
        ("even", div(get("a"), lit(2))),
        ("x", add(ref("y"), div(get("a"), lit(-4), Rounding.FLOOR, 5, CENTS))),
    )
    found = decide(prog, customer(a=10), ("x", "even"))
    assert isinstance(found, Decided)
    assert found.values == (3 + 3 - 15, 5)
    assert found.rounded == (
        rounded("x of customer", 10, -4, -15, mode=Rounding.FLOOR, step=5, scale=2),
        rounded("y of customer", 10, 3, 3),
    )


def test_roundings_of_what_is_read_elsewhere_are_noted_under_its_own_name():
    half = definition("half", div(get("amount", var("self", ORDER)), lit(2)), "order")
    total = aggregate(Fold.SUM, get("orders"), None, ref("half", INT, ITEM))
    prog = program(("total", total), others=(half,))
    found = decide(prog, customer(orders=(order(3), order(4), order(3), order(5))))
    assert found == Decided(
        (2 + 2 + 2 + 3,), rounded=(rounded("half of order", 3, 2, 2), rounded("half of order", 5, 2, 3))
    )


def test_a_branch_that_is_not_taken_rounds_nothing():
    prog = program(("x", if_(NO, div(lit(1), lit(3)), lit(0))))
    assert decide(prog, customer()) == Decided((0,))


def test_a_fact_s_roundings_are_noted():
    prog = program(("x", lit(0)), impossible=(lt(div(get("a"), lit(2)), lit(0)),))
    assert decide(prog, customer(a=1)) == Decided((0,), rounded=(rounded("impossible#0", 1, 2, 1),))


def test_one_decision_leaves_nothing_behind_for_the_next():
    prog = program(("x", div(get("a"), lit(2))))
    interp, plan = Interpreter(prog, 0), make_plan(prog, "customer")
    first, second = customer(a=3), customer(a=4)
    alone = interp.decide(plan, second)
    interp.decide(plan, first)
    assert interp.decide(plan, second) == alone == Decided((2,))
    second.fields["a"] = 8
    assert interp.decide(plan, second) == Decided((4,))


# ---- rows that lost


@pytest.mark.parametrize(
    ("conds", "otherwise", "lost"),
    [
        ((NO, YES, YES, NO, YES), False, (2, 4)),
        ((YES, NO), True, ()),
        ((NO, NO), True, ()),
        # the second row may rest on the first having failed: `opt` is missing here
        ((op(Op.NOT, present(get("opt"))), lt(lit(1), unwrap(get("opt"))), YES), False, (2,)),
        ((YES, lt(lit(0), div(lit(1), get("a"))), YES), False, (2,)),  # a guarded division by 0
        ((YES, lt(lit(0), get("b")), YES), False, (2,)),  # not given
    ],
)
def test_rows_that_apply_after_the_one_that_fired(conds, otherwise, lost):
    prog = program(("x#row", choose(Hit.FIRST, *conds, otherwise=otherwise)))
    assert Interpreter(prog, 0).lost_rows(DefKey("customer", "x#row"), customer(opt=None, a=0)) == lost


@pytest.mark.parametrize("hit", [Hit.UNIQUE, Hit.COLLECT])
def test_no_row_is_lost_where_all_rows_count(hit):
    prog = program(("x#row", choose(hit, YES, YES)), ("y", lit(1)))
    assert Interpreter(prog, 0).lost_rows(DefKey("customer", "x#row"), customer()) == ()
    assert Interpreter(prog, 0).lost_rows(DefKey("customer", "y"), customer()) == ()
