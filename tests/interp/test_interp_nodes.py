"""Each node of the core does what `core/expr.py` says of it."""

from datetime import date

import pytest

from kamflow.core.expr import DefKey, Fold, Hit, Op
from kamflow.core.ty import BOOL, TEXT, ListTy, OptTy
from kamflow.engines.interp import Interpreter, NotGiven
from kamflow.engines.interp.scope import UnprovedError
from kamflow.values.outcome import NotDecided, Undecided, WhyUndecided
from tests.interp.build import (
    DAY,
    INT,
    ITEM,
    NO,
    ORDER,
    SELF,
    STATUS,
    TIER,
    TODAY,
    YES,
    add,
    aggregate,
    choose,
    customer,
    definition,
    gather,
    get,
    if_,
    line,
    list_of,
    lit,
    lt,
    op,
    order,
    override,
    param,
    pick,
    present,
    program,
    ref,
    table,
    unwrap,
    var,
)


def run(expr, *defs, record=None, as_of=150, **kwargs):
    return Interpreter(program(*defs), as_of, **kwargs).evaluate(expr, record or customer())


def undecided(expr, *defs, record=None):
    with pytest.raises(Undecided) as caught:
        run(expr, *defs, record=record)
    return caught.value.what


def day(text):
    return lit(date.fromisoformat(text).toordinal(), DAY)


@pytest.mark.parametrize(
    ("what", "args", "result"),
    [
        (Op.ADD, (7, -9), -2),
        (Op.SUB, (7, -9), 16),
        (Op.MUL, (-7, 6), -42),
        (Op.NEG, (7,), -7),
        (Op.ABS, (-7,), 7),
        (Op.MIN, (3, -1, 2), -1),
        (Op.MAX, (3, -1, 4, 2), 4),
        (Op.LT, (2, 2), False),
        (Op.LT, (1, 2), True),
        (Op.LE, (2, 2), True),
        (Op.LE, (3, 2), False),
        (Op.EQ_INT, (2, 2), True),
        (Op.EQ_INT, (2, 3), False),
        (Op.ADD, (2**62, 2**62), 2**63),  # no width of its own: ranges are the checker's
    ],
)
def test_an_operator_on_integers(what, args, result):
    assert run(op(what, *(lit(a) for a in args))) == result


@pytest.mark.parametrize(
    ("what", "args", "result"),
    [
        (Op.EQ_TEXT, (lit("ä", TEXT), lit("ä", TEXT)), True),
        (
            Op.EQ_TEXT,
            (lit("\u00e4", TEXT), lit("a\u0308", TEXT)),
            False,
        ),  # composed and not: code points count
        (Op.EQ_TEXT, (lit("A", TEXT), lit("a", TEXT)), False),
        (Op.EQ_BOOL, (NO, NO), True),
        (Op.EQ_BOOL, (YES, NO), False),
        (Op.NOT, (NO,), True),
        (Op.AND, (YES, YES, NO), False),
        (Op.AND, (YES, YES), True),
        (Op.OR, (NO, NO, YES), True),
        (Op.OR, (NO, NO), False),
        (Op.LT, (lit(0, TIER), lit(2, TIER)), True),
        (Op.EQ_INT, (lit(0, STATUS), lit(1, STATUS)), False),
        (Op.YEAR_OF, (day("2025-12-31"),), 2025),
        (Op.MONTH_OF, (day("2025-12-31"),), 12),
        (Op.WHOLE_MONTHS, (day("2026-01-31"), day("2026-02-28")), 0),
        (Op.WHOLE_MONTHS, (day("2026-03-01"), day("2026-01-31")), -1),
        (Op.ADD_MONTHS_CLAMP, (day("2024-01-31"), lit(1)), date(2024, 2, 29).toordinal()),
        (Op.ADD_MONTHS_NEXT, (day("2024-01-31"), lit(1)), date(2024, 3, 1).toordinal()),
    ],
)
def test_an_operator_on_other_values(what, args, result):
    found = run(op(what, *args))
    assert found == result
    assert type(found) is type(result)


def test_every_operator_has_a_case_above():
    marks = [
        *test_an_operator_on_integers.pytestmark[0].args[1],
        *test_an_operator_on_other_values.pytestmark[0].args[1],
    ]
    assert {what for what, _, _ in marks} == set(Op)


FORBIDDEN = get("a")  # raises NotGiven for a record without fields


@pytest.mark.parametrize(
    ("expr", "result"),
    [
        (op(Op.AND, NO, lt(FORBIDDEN, lit(1))), False),
        (op(Op.OR, YES, lt(FORBIDDEN, lit(1))), True),
        (if_(YES, lit(1), FORBIDDEN), 1),
        (if_(NO, FORBIDDEN, lit(2)), 2),
    ],
)
def test_a_part_that_is_not_reached_is_not_evaluated(expr, result):
    assert run(expr) == result


def test_pick_evaluates_the_value_of_the_chosen_row_only():
    rows = ("x#row", choose(Hit.FIRST, NO, YES, YES))
    assert run(pick(ref("x#row"), FORBIDDEN, lit(20), FORBIDDEN), rows) == 20


def test_a_field_that_was_not_given_names_record_and_field():
    record = customer(b=1)
    with pytest.raises(NotGiven) as caught:
        run(add(get("b"), get("a")), record=record)
    assert (caught.value.record, caught.value.field) == (record, "a")


def test_a_missing_value_is_present_nowhere_and_cannot_be_unwrapped():
    record = customer(opt=None)
    assert run(present(get("opt")), record=record) is False
    assert run(present(get("opt")), record=customer(opt=0)) is True
    assert run(unwrap(get("opt")), record=customer(opt=7)) == 7
    assert run(if_(present(get("opt")), unwrap(get("opt")), lit(-1)), record=record) == -1
    with pytest.raises(UnprovedError):
        run(unwrap(get("opt")), record=record)


@pytest.mark.parametrize(("as_of", "limit"), [(99, 5), (100, 5), (199, 5), (200, 9), (10_000, 9)])
def test_a_parameter_has_its_value_of_the_day(as_of, limit):
    assert run(param("limit"), as_of=as_of) == limit


def test_an_overlay_replaces_all_dated_values():
    assert run(param("limit"), param_overlay={"limit": 77}) == 77


def test_today_is_the_as_of_date():
    assert run(TODAY, as_of=739_000) == 739_000


@pytest.mark.parametrize(
    ("hit", "conds", "otherwise", "row"),
    [
        (Hit.UNIQUE, (NO, YES, NO), False, 1),
        (Hit.UNIQUE, (NO, NO), True, 2),
        (Hit.UNIQUE, (YES, NO), True, 0),
        (Hit.FIRST, (NO, YES, YES), False, 1),
        (Hit.FIRST, (NO, NO), True, 2),
        (Hit.FIRST, (), True, 0),
        (Hit.COLLECT, (YES, NO, YES), False, (0, 2)),
        (Hit.COLLECT, (NO, NO), False, ()),
        (Hit.COLLECT, (NO, NO), True, (2,)),
        (Hit.COLLECT, (NO, YES), True, (1,)),
    ],
)
def test_the_row_of_each_hit_policy(hit, conds, otherwise, row):
    assert run(ref("x#row"), ("x#row", choose(hit, *conds, otherwise=otherwise))) == row


def test_first_does_not_look_at_rows_after_the_one_that_applies():
    assert run(ref("x#row"), ("x#row", choose(Hit.FIRST, YES, lt(FORBIDDEN, lit(1))))) == 0


@pytest.mark.parametrize(
    ("hit", "conds", "why", "rows"),
    [
        (Hit.UNIQUE, (YES, NO, YES), WhyUndecided.TWO_ROWS, (0, 2)),
        (Hit.UNIQUE, (YES, YES, YES), WhyUndecided.TWO_ROWS, (0, 1, 2)),
        (Hit.UNIQUE, (NO, NO), WhyUndecided.NO_ROW, ()),
        (Hit.FIRST, (NO,), WhyUndecided.NO_ROW, ()),
    ],
)
def test_no_row_or_two_rows_are_undecided(hit, conds, why, rows):
    defs = [("x#row", choose(hit, *conds)), ("x", pick(ref("x#row"), *(lit(0) for _ in conds)))]
    assert undecided(ref("x"), *defs) == NotDecided("x#row of customer", why, rows)


@pytest.mark.parametrize(
    ("fold", "found", "ty", "result"),
    [
        (Fold.SUM, (0, 2), INT, 40),
        (Fold.SUM, (), INT, 0),
        (Fold.MIN, (0, 2), OptTy(INT), 10),
        (Fold.MIN, (), OptTy(INT), None),
        (Fold.MAX, (0, 2), OptTy(INT), 30),
        (Fold.MAX, (), OptTy(INT), None),
        (Fold.COUNT, (0, 1, 2), INT, 3),
        (Fold.COUNT, (), INT, 0),
        (Fold.LIST, (2, 1), ListTy(INT), (20, 30)),  # in the order of the rows
        (Fold.LIST, (), ListTy(INT), ()),
    ],
)
def test_collected_rows_are_folded(fold, found, ty, result):
    rows = ("x#row", choose(Hit.COLLECT, *(YES if i in found else NO for i in range(3))))
    expr = gather(ref("x#row", ListTy(INT)), fold, lit(10), lit(20), lit(30), ty=ty)
    assert run(expr, rows) == result


def test_a_count_of_rows_needs_no_values():
    rows = ("x#row", choose(Hit.COLLECT, YES, NO, YES))
    assert run(gather(ref("x#row", ListTy(INT)), Fold.COUNT), rows) == 2


def test_gather_evaluates_the_values_of_found_rows_only():
    rows = ("x#row", choose(Hit.COLLECT, NO, YES))
    assert run(gather(ref("x#row", ListTy(INT)), Fold.SUM, FORBIDDEN, lit(5)), rows) == 5


def test_lists_and_lines_are_tuples():
    found = run(list_of(line("visit", lit(1)), line("call", add(lit(1), lit(1)))))
    assert found == (("visit", 1), ("call", 2))


ORDERS = customer(a=5, orders=(order(3), order(8), order(5)))


@pytest.mark.parametrize(
    ("expr", "result"),
    [
        (aggregate(Fold.SUM, get("orders"), None, get("amount", ITEM)), 16),
        (aggregate(Fold.COUNT, get("orders"), lt(lit(4), get("amount", ITEM))), 2),
        (aggregate(Fold.COUNT, get("orders")), 3),
        (aggregate(Fold.DISTINCT, get("orders"), None, get("amount", ITEM)), 3),
        (aggregate(Fold.DISTINCT, get("orders"), None, get("a")), 1),
        (aggregate(Fold.DISTINCT, get("orders"), NO, get("amount", ITEM)), 0),
        (aggregate(Fold.MIN, get("orders"), None, get("amount", ITEM), OptTy(INT)), 3),
        (aggregate(Fold.MAX, get("orders"), None, get("amount", ITEM), OptTy(INT)), 8),
        (aggregate(Fold.MAX, get("orders"), NO, get("amount", ITEM), OptTy(INT)), None),
        (aggregate(Fold.SUM, get("orders"), NO, get("amount", ITEM)), 0),
        # the subject stays visible inside: orders above the customer's own `a`
        (aggregate(Fold.SUM, get("orders"), lt(get("a"), get("amount", ITEM)), get("amount", ITEM)), 8),
    ],
)
def test_an_aggregate_over_a_child_list(expr, result):
    assert run(expr, record=ORDERS) == result


def test_the_value_is_evaluated_for_items_that_count_only():
    record = customer(orders=(order(3), customer()))  # the second has no amount
    first = op(Op.EQ_TEXT, lit("x", TEXT), lit("x", TEXT))
    assert run(aggregate(Fold.SUM, get("orders"), first, lit(1)), record=record) == 2
    with pytest.raises(NotGiven):
        run(aggregate(Fold.SUM, get("orders"), first, get("amount", ITEM)), record=record)


def test_self_is_the_subject_that_a_definition_is_asked_of():
    inner = definition("net", add(get("amount", var("self", ORDER)), lit(1)), "order")
    of_items = aggregate(Fold.SUM, get("orders"), None, ref("net", INT, ITEM))
    prog = program(("total", add(of_items, get("a"))), others=(inner,))
    assert Interpreter(prog, 0).value(DefKey("customer", "total"), ORDERS) == (4 + 9 + 6) + 5


def test_a_parent_record_is_asked_for_its_own_definitions():
    tier = definition("rank", add(get("a"), lit(100)))
    of_order = definition("r", ref("rank", INT, get("buyer", var("self", ORDER))), "order")
    prog = program(others=(tier, of_order))
    assert Interpreter(prog, 0).value(DefKey("order", "r"), order(1, customer(a=7))) == 107


APPLIES, NOT = YES, NO


@pytest.mark.parametrize(
    ("rules", "result"),
    [
        ([(NOT, 1, ())], 0),
        ([(APPLIES, 1, ())], 1),
        ([(APPLIES, 1, ()), (APPLIES, 1, ())], 1),  # two that agree
        ([(APPLIES, 1, (1,)), (APPLIES, 2, ())], 1),
        ([(NOT, 1, (1,)), (APPLIES, 2, ())], 2),  # who does not apply beats nobody
        ([(APPLIES, 1, (1,)), (APPLIES, 2, (2,)), (APPLIES, 3, ())], 1),
        # the order is transitive, also over a rule that does not apply itself
        ([(APPLIES, 1, (1,)), (NOT, 2, (2,)), (APPLIES, 3, ())], 1),
        ([(APPLIES, 1, (2,)), (APPLIES, 1, (3,)), (APPLIES, 2, ()), (APPLIES, 3, ())], 1),
    ],
)
def test_overrides_are_a_partial_order(rules, result):
    expr = override(lit(0), *((cond, lit(value), beats) for cond, value, beats in rules))
    assert run(expr) == result


@pytest.mark.parametrize(
    ("rules", "rows"),
    [
        ([(APPLIES, 1, ()), (APPLIES, 2, ())], (0, 1)),
        ([(APPLIES, 1, (2,)), (APPLIES, 2, ()), (APPLIES, 3, ())], (0, 1)),
        ([(NOT, 1, (1, 2)), (APPLIES, 2, ()), (APPLIES, 3, ())], (1, 2)),
    ],
)
def test_unordered_overrides_that_differ_are_undecided(rules, rows):
    expr = override(lit(0), *((cond, lit(value), beats) for cond, value, beats in rules))
    assert undecided(ref("x"), ("x", expr)) == NotDecided(
        "x of customer", WhyUndecided.OVERRIDES_DISAGREE, rows
    )


def test_the_value_of_a_beaten_rule_is_not_evaluated():
    assert run(override(lit(0), (YES, lit(1), (1,)), (YES, FORBIDDEN, ()))) == 1


def test_override_on_missing_values():
    base = lit(None, OptTy(INT))
    assert run(override(base, (YES, lit(3), ()))) == 3
    assert run(override(base, (NO, lit(3), ()))) is None


def test_no_table_reaches_the_interpreter():
    with pytest.raises(AssertionError, match="run the passes"):
        Interpreter(program(("x#row", table(Hit.FIRST, (SELF,)))), 0)


def test_a_condition_must_be_yes_or_no():
    with pytest.raises(AssertionError):
        run(if_(lit(1, BOOL), lit(1), lit(2)))
