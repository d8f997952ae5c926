"""The stable text of the core: goldens and digests depend on every character."""

from dataclasses import replace

import pytest

from kamflow.base.span import Span
from kamflow.base.text import Text
from kamflow.core.expr import (
    AnyCell,
    Fold,
    Hit,
    MissingCell,
    NotCell,
    Op,
    OrCell,
    PointCell,
    PopKind,
    RangeCell,
)
from kamflow.core.program import Expect, PolicyInfo, Scenario, TestCase
from kamflow.core.show import show, show_program, show_type, show_value
from kamflow.core.ty import BOOL, TEXT, ListTy, OptTy, ScaledTy, money
from kamflow.values.rounding import Rounding
from tests.interp.build import (
    CENTS,
    INTS,
    ITEM,
    LINE,
    TIER,
    TODAY,
    YES,
    add,
    aggregate,
    choose,
    customer,
    div,
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
    pop_term,
    present,
    program,
    ref,
    table,
    unwrap,
)

CELLS = (
    AnyCell(),
    MissingCell(),
    RangeCell(lit(1), True, lit(2), False),
    RangeCell(None, False, lit(2), True),
    PointCell(lit(3)),
    NotCell(OrCell((PointCell(lit(4)), PointCell(lit(5))))),
)


@pytest.mark.parametrize(
    ("expr", "text"),
    [
        (lit(1250, CENTS), "1250:number/2"),
        (lit('a "b"', TEXT), '"a \\"b\\"":text'),
        (lit(None, OptTy(TIER)), "missing:tier?"),
        (YES, "true:bool"),
        (add(get("a"), param("limit")), "add(self.a, $limit)"),
        (get("amount", ITEM), "item1.amount"),
        (ref("tier#row"), "customer.tier#row(self)"),
        (lt(TODAY, get("on")), "lt(today, self.on)"),
        (
            div(get("a"), lit(3), Rounding.HALF_EVEN, 5, CENTS),
            "div_round(self.a, 3:number/0, 5, half_even):number/2",
        ),
        (
            if_(present(get("opt")), unwrap(get("opt")), lit(0)),
            "if(is_present(self.opt), unwrap(self.opt), 0:number/0)",
        ),
        (
            choose(Hit.FIRST, YES, get("flag"), otherwise=True),
            "choose first(row 1: true:bool; row 2: self.flag; otherwise 0)",
        ),
        (
            table(Hit.UNIQUE, (get("opt"),) * 6, CELLS),
            "table unique[self.opt, self.opt, self.opt, self.opt, self.opt, self.opt]"
            "(row 1: any | missing | [1:number/0, 2:number/0) | (.., 2:number/0] | 3:number/0"
            " | not(or(4:number/0, 5:number/0)))",
        ),
        (pick(ref("r#row"), lit(1), lit(2)), "pick(customer.r#row(self): 1:number/0, 2:number/0)"),
        (gather(ref("r#row", INTS), Fold.SUM, lit(1)), "gather sum(customer.r#row(self): 1:number/0)"),
        (
            override(lit(0), (YES, lit(1), (1,)), (YES, lit(2), ())),
            "override(0:number/0; rule 0 r0 beats 1: true:bool -> 1:number/0;"
            " rule 1 r1: true:bool -> 2:number/0)",
        ),
        (
            aggregate(Fold.SUM, get("orders"), YES, get("amount", ITEM)),
            "sum(item1.amount for item1 in self.orders where true:bool)",
        ),
        (aggregate(Fold.COUNT, get("orders")), "count(for item1 in self.orders)"),
        (list_of(line("a", lit(1))), '[{what="a":text, n=1:number/0}]'),
        (pop_term(PopKind.PERCENTILE, get("a")), "percentile(self.a among active)"),
        (pop_term(PopKind.QUANTILE, get("a"), n=5), "quantile(self.a among active, 5)"),
        (
            pop_term(PopKind.CLASSIFY, get("a"), classes=((2, 800_000), (0, None))),
            "classify(self.a among active, 2 to 800000, 0 to .., largest first, outside 0)",
        ),
    ],
)  # fmt: skip
def test_the_text_of_a_node(expr, text):
    assert show(expr) == text


def test_places_are_no_part_of_the_text():
    here = lit(1)
    assert show(replace(here, span=Span("a.kam", 5, 9))) == show(here)


def test_reasons_are_part_of_the_text():
    body = choose(Hit.FIRST, YES)
    tagged = replace(body.branches[0].tag, because=Text("late", "逾期"))
    shown = show(replace(body, branches=(replace(body.branches[0], tag=tagged),)))
    assert shown == 'choose first(row 1 "late"/"逾期": true:bool)'


@pytest.mark.parametrize(
    ("ty", "text"),
    [
        (ScaledTy(money("CNY"), 2, -5, 10), "money_CNY/2 -5..10"),
        (OptTy(BOOL), "bool?"),
        (ListTy(TEXT), "[text]"),
        (TIER, "tier"),
        (replace(LINE, fields=LINE.fields[:1]), "{what: text}"),
    ],
)
def test_the_text_of_a_type(ty, text):
    assert show_type(ty) == text


def test_the_text_of_a_record_does_not_depend_on_the_order_of_its_fields():
    one = customer(b=1, a=(order(2), None), given_x="y")
    other = customer(a=(order(2), None), b=1, given_x="y")
    assert show_value(one) == show_value(other)
    assert show_value(one) == ('customer{a=[order{amount=2, buyer=missing}, missing], b=1, assume x="y"}')


def test_a_program_says_all_it_means_and_nothing_about_its_texts():
    info = PolicyInfo("demo", Text("Demo", "示例"), "Sales", 5, None, "CNY", (), (), "sha256:1", "en")
    prog = replace(
        program(("x", add(get("a"), lit(1))), impossible=(op(Op.NOT, get("flag")),)),
        policies=(info,),
        scenarios=(Scenario(Text("higher"), (("limit", 7),), "demo"),),
    )
    shown = show_program(prog)
    for line_ in (
        'policy demo "Demo"/"示例" "Sales" 5.. CNY uses [] for []',
        'record customer ""',
        '  opt: number/0 -1000000000000000..1000000000000000? "" ""',
        '  orders: [order] max 10000 "" ""',
        'param limit: number/0 -1000000000000000..1000000000000000 = 100: 5; 200: 9 ""',
        "population active is customer where true:bool",
        'impossible customer when not(self.flag) "no"',
        "  = add(self.a, 1:number/0)",
        'scenario "higher" in demo: limit=7',
    ):
        assert line_ in shown.splitlines()
    again = replace(prog, policies=(replace(info, digest="sha256:2"),))
    assert show_program(again) == shown
    assert show_program(replace(prog, records=dict(reversed(prog.records.items())))) == shown


def test_a_program_s_text_changes_with_any_value():
    one, two = (show_program(program(("x", add(get("a"), lit(n))))) for n in (1, 2))
    assert one != two


def test_what_a_test_expects_is_part_of_the_text():
    expects = (Expect(get("flag"), 0), Expect(None, 1, (get("a"), get("b"))))
    case = TestCase(Text("t"), 9, (customer(a=1), customer()), True, expects, "demo")
    shown = show_program(replace(program(), tests=(case,))).splitlines()
    assert shown[-5:] == [
        'test "t" as of 9 in demo portfolio',
        "  given customer{a=1}",
        "  given customer{}",
        "  expect 0: self.flag",
        "  expect 1: self.a == self.b",
    ]
