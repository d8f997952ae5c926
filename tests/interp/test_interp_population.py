"""Population terms in the interpreter: who is compared with whom, and what outsiders get."""

import pytest

from kamflow.core.expr import DefKey, Hit, PopKind
from kamflow.core.program import make_plan
from kamflow.engines.interp import Interpreter, NotGiven
from kamflow.values.outcome import Decided, NotDecided, Rounded, WhyUndecided
from kamflow.values.rounding import Rounding
from tests.interp.build import (
    BOOL,
    INT,
    NO,
    TIER,
    OptTy,
    add,
    choose,
    customer,
    div,
    get,
    if_,
    lit,
    lt,
    order,
    pick,
    pop_term,
    program,
    ref,
    unwrap,
)

ABC = ((2, 800_000), (1, 950_000), (0, None))
TERMS = (
    ("class", pop_term(PopKind.CLASSIFY, get("a"), classes=ABC)),
    ("rank", pop_term(PopKind.PERCENTILE, get("a"))),
    ("share", pop_term(PopKind.SHARE, get("a"))),
    ("fifth", pop_term(PopKind.QUANTILE, get("a"), n=5)),
)
INSIDE = lt(lit(0), get("b"))
PROGRAM = program(*TERMS, where=INSIDE)


def members(*measures, b=1):
    return [customer(a=a, b=b) for a in measures]


def values(record, portfolio, prog=PROGRAM):
    names = tuple(k.name for k in prog.defs if not k.name.endswith("#row"))
    found = Interpreter(prog, 0, portfolio).decide(make_plan(prog, "customer", names), record)
    return found.values if isinstance(found, Decided) else found


PORTFOLIO = members(700, 150, 100, 50)


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        (0, (2, 750_000, 700_000, 4)),
        (1, (2, 500_000, 150_000, 3)),  # crosses 80 % and is still A
        (2, (1, 250_000, 100_000, 2)),  # 85 % before it
        (3, (0, 0, 50_000, 1)),
    ],
)
def test_members_stand_where_they_stand(index, expected):
    assert values(PORTFOLIO[index], PORTFOLIO) == expected


def test_a_subject_counts_by_its_value_and_need_not_be_a_member():
    assert values(customer(a=150, b=1), PORTFOLIO) == values(PORTFOLIO[1], PORTFOLIO)


def test_who_is_outside_gets_the_outside_class_and_nothing_else():
    outsider = customer(a=700, b=0)
    assert values(outsider, [*PORTFOLIO, outsider]) == (0, None, None, None)


def test_outsiders_are_not_compared_with():
    crowd = [*PORTFOLIO, *members(10**6, 0, 5, b=0), order(10**9)]
    assert values(PORTFOLIO[0], crowd) == values(PORTFOLIO[0], PORTFOLIO)


def test_a_missing_measure_is_outside():
    term = pop_term(PopKind.PERCENTILE, get("opt"))
    prog = program(("rank", term))
    crowd = [customer(opt=None), customer(opt=1), customer(opt=2), customer(opt=None)]
    assert [values(c, crowd, prog) for c in crowd] == [(None,), (0,), (500_000,), (None,)]


def test_without_a_portfolio_ranks_are_missing_and_a_class_is_undecided():
    ranks = program(*TERMS[1:], where=INSIDE)
    assert values(customer(), None, ranks) == (None, None, None)
    assert values(customer(), None) == NotDecided("class of customer", WhyUndecided.NO_PORTFOLIO)


def test_an_empty_portfolio_is_a_portfolio():
    assert values(customer(a=1, b=1), []) == (0, None, None, None)


@pytest.mark.parametrize("measures", [(0, 0), (5, -5), (-3, 1)])
def test_without_a_total_above_zero_all_are_outside(measures):
    crowd = members(*measures)
    assert [values(c, crowd)[0] for c in crowd] == [0, 0]
    assert [values(c, crowd)[2] for c in crowd] == [None, None]


def test_a_given_value_needs_no_portfolio():
    assert values(customer(given_class=2, given_rank=970_000), None)[:2] == (2, 970_000)


def test_an_undecided_member_is_outside_and_takes_nobody_with_it():
    rows = choose(Hit.UNIQUE, lt(lit(0), get("a")))
    measure = pick(ref("m#row"), get("a"))
    prog = program(("m#row", rows), ("m", measure), ("rank", pop_term(PopKind.PERCENTILE, ref("m"))))
    crowd = members(5, -1, 7)
    plan = make_plan(prog, "customer", ("rank",))
    found = [Interpreter(prog, 0, crowd).decide(plan, c) for c in crowd]
    assert [f.values if isinstance(f, Decided) else f.name for f in found] == [
        (0,),
        "m#row of customer",
        (500_000,),
    ]


def test_a_test_s_member_with_a_field_not_given_is_a_finding():
    crowd = [customer(a=1, b=1), customer(a=1)]
    with pytest.raises(NotGiven) as caught:
        values(crowd[0], crowd)
    assert caught.value.record is crowd[1]


def test_a_population_of_a_population_s_standing():
    """The measure is itself a rank, so ranking it again changes nothing."""
    prog = program(
        ("rank", pop_term(PopKind.PERCENTILE, get("a"))),
        ("again", pop_term(PopKind.PERCENTILE, ref("rank", OptTy(INT)))),
    )
    crowd = members(9, 3, 3, 1)
    assert [values(c, crowd, prog) for c in crowd] == [(750_000,) * 2, (250_000,) * 2, (250_000,) * 2, (0, 0)]


def test_a_measure_at_the_end_of_a_long_chain_is_found_for_every_member():
    links = [("d0", get("a"))] + [(f"d{i}", add(ref(f"d{i - 1}"), lit(1))) for i in range(1, 300)]
    prog = program(*links, ("rank", pop_term(PopKind.PERCENTILE, ref("d299"))))
    crowd = members(*range(50))
    interp = Interpreter(prog, 0, crowd)
    assert interp.value(DefKey("customer", "rank"), crowd[25]) == 500_000
    plan = make_plan(prog, "customer", ("rank",))
    assert interp.decide(plan, crowd[10]) == Decided((200_000,))


def test_the_members_roundings_are_their_own():
    prog = program(("h", div(get("a"), lit(2))), ("rank", pop_term(PopKind.PERCENTILE, ref("h"))))
    crowd = members(1, 2, 5)
    found = Interpreter(prog, 0, crowd).decide(make_plan(prog, "customer", ("rank",)), crowd[0])
    assert found == Decided((0,), rounded=(Rounded("h of customer", 1, 2, 1, 0, Rounding.HALF_UP, 1),))


def test_a_class_is_an_ordinary_value_for_what_comes_after():
    prog = program(
        *TERMS,
        ("good", if_(lt(lit(1, TIER), ref("class", TIER)), lit(1), lit(0))),
        ("top", unwrap(ref("rank", OptTy(INT)))),
        where=INSIDE,
    )
    assert values(PORTFOLIO[0], PORTFOLIO, prog)[-2:] == (1, 750_000)


def test_nobody_is_in_a_population_that_nobody_enters():
    prog = program(*TERMS, where=NO)
    assert values(PORTFOLIO[0], PORTFOLIO, prog) == (0, None, None, None)


# ---- within a group


def grouped(kind, group, **more):
    return program(("x", pop_term(kind, get("a"), group=group, **more)), where=INSIDE)


def in_groups(*pairs, field):
    return [customer(a=a, b=1, **{field: group}) for group, a in pairs]


def test_within_a_group_only_its_members_are_compared_with():
    crowd = in_groups(("n", 90), ("n", 10), ("s", 3), ("s", 1), ("s", 1), field="word")
    by = get("word")
    rank = [values(c, crowd, grouped(PopKind.PERCENTILE, by))[0] for c in crowd]
    assert rank == [500_000, 0, 666_666, 0, 0]
    part = [values(c, crowd, grouped(PopKind.SHARE, by))[0] for c in crowd]
    assert part == [900_000, 100_000, 600_000, 200_000, 200_000]
    half = [values(c, crowd, grouped(PopKind.QUANTILE, by, n=2))[0] for c in crowd]
    assert half == [2, 1, 2, 1, 1]
    best = [values(c, crowd, grouped(PopKind.CLASSIFY, by, classes=ABC))[0] for c in crowd]
    assert best == [2, 1, 2, 2, 2]  # 90 % before the second; 60 % before the two that tie


def test_who_has_no_group_is_outside_and_so_is_who_is_alone_in_an_unknown_one():
    crowd = in_groups(("n", 90), (None, 10), ("n", 10), field="wordopt")
    by = get("wordopt")
    rank, kind = grouped(PopKind.PERCENTILE, by), grouped(PopKind.CLASSIFY, by, classes=ABC)
    assert [values(c, crowd, rank)[0] for c in crowd] == [500_000, None, 0]
    assert [values(c, crowd, kind)[0] for c in crowd] == [2, 0, 1]
    stranger = in_groups(("s", 90), field="wordopt")[0]
    assert values(stranger, crowd, rank) == (None,)
    assert values(stranger, crowd, kind) == (0,)


def test_a_group_may_be_yes_or_no_and_a_definition():
    crowd = members(1, 2, 3, 4)
    prog = program(
        ("low", lt(get("a"), lit(3))),
        ("x", pop_term(PopKind.PERCENTILE, get("a"), group=ref("low", BOOL))),
        where=INSIDE,
    )
    assert [values(c, crowd, prog)[1] for c in crowd] == [0, 500_000, 0, 500_000]
