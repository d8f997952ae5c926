"""Which types and values go together."""

from dataclasses import replace

import pytest

from kamflow.core.expr import Op
from kamflow.core.op_laws import op_faults
from kamflow.core.ty import BOOL, TEXT, EnumTy, ListTy, OptTy, RecordTy, ScaledTy, StructTy, money
from kamflow.core.ty_laws import fits, same_kind, value_fits
from tests.interp.build import CENTS, CUSTOMER, DAY, INT, LINE, MONTH, ORDER, SPAN, STATUS, TIER, customer

SMALL = ScaledTy(INT.unit, 0, -2, 5)


@pytest.mark.parametrize(
    ("ty", "into"),
    [
        (SMALL, INT),
        (INT, SMALL),  # ranges don't count
        (INT, OptTy(INT)),
        (OptTy(SMALL), OptTy(INT)),
        (ListTy(SMALL), ListTy(OptTy(INT))),
        (StructTy((("what", TEXT), ("n", SMALL))), LINE),
        (TIER, TIER),
        (CUSTOMER, RecordTy("customer")),
    ],
)
def test_a_type_that_fits(ty, into):
    assert fits(ty, into)


@pytest.mark.parametrize(
    ("ty", "into"),
    [
        (OptTy(INT), INT),
        (INT, CENTS),
        (INT, SPAN),
        (ScaledTy(money("EUR"), 2, 0, 1), ScaledTy(money("CNY"), 2, 0, 1)),
        (TIER, STATUS),
        (TIER, replace(TIER, ordered=False)),
        (TIER, INT),
        (BOOL, INT),
        (ListTy(TEXT), ListTy(INT)),
        (ListTy(INT), INT),
        (StructTy(LINE.fields[:1]), LINE),
        (StructTy((("what", TEXT), ("m", INT))), LINE),
        (StructTy((("what", TEXT), ("n", TEXT))), LINE),
        (CUSTOMER, ORDER),
        (OptTy(TEXT), OptTy(INT)),
    ],
)
def test_a_type_that_does_not_fit(ty, into):
    assert not fits(ty, into)


def test_same_kind_is_about_integers_only():
    assert same_kind(SMALL, INT)
    assert same_kind(TIER, TIER)
    assert not same_kind(TEXT, TEXT)
    assert not same_kind(OptTy(INT), OptTy(INT))


@pytest.mark.parametrize(
    ("ty", "good", "bad"),
    [
        (SMALL, (-2, 0, 5), (-3, 6, True, None, "1", 1.0)),
        (TIER, (0, 2), (-1, 3, False, "low")),
        (BOOL, (True, False), (0, 1, None)),
        (TEXT, ("", "a"), (None, 1)),
        (OptTy(SMALL), (None, 5), (6, "")),
        (ListTy(SMALL), ((), (1, 2)), ((1, 9), [1], None)),
        (LINE, (("a", 1),), (("a",), ("a", "b"), ("a", 1, 2), ["a", 1])),
        (CUSTOMER, (customer(),), (None, "customer")),
        (ORDER, (), (customer(),)),
    ],
)
def test_a_value_is_one_of_its_type(ty, good, bad):
    assert all(value_fits(v, ty) for v in good)
    assert [v for v in bad if value_fits(v, ty)] == []


EUR = ScaledTy(money("EUR"), 2, 0, 9)


@pytest.mark.parametrize(
    ("op", "args", "ty"),
    [
        (Op.ADD, (DAY, SPAN), DAY),
        (Op.ADD, (SPAN, DAY), DAY),
        (Op.SUB, (DAY, SPAN), DAY),
        (Op.SUB, (DAY, DAY), SPAN),
        (Op.SUB, (EUR, EUR), EUR),
        (Op.MUL, (EUR, INT), EUR),
        (Op.NEG, (EUR,), EUR),
        (Op.MIN, (TIER, TIER), TIER),
        (Op.MAX, (EUR, EUR, EUR), EUR),
        (Op.LE, (DAY, DAY), BOOL),
        (Op.ADD_MONTHS_CLAMP, (DAY, MONTH), DAY),
        (Op.WHOLE_MONTHS, (DAY, DAY), MONTH),
        (Op.YEAR_OF, (DAY,), INT),
        (Op.OR, (BOOL, BOOL, BOOL), BOOL),
    ],
)
def test_an_operator_s_types(op, args, ty):
    assert list(op_faults(op, args, ty)) == []


@pytest.mark.parametrize(
    ("op", "args", "ty"),
    [
        (Op.SUB, (SPAN, DAY), DAY),
        (Op.SUB, (DAY, DAY), DAY),
        (Op.ADD, (DAY, MONTH), DAY),
        (Op.ADD, (EUR, EUR), CENTS),
        (Op.ADD, (TEXT, INT), INT),
        (Op.MUL, (EUR, TIER), EUR),
        (Op.MUL, (EUR, OptTy(INT)), EUR),
        (Op.NEG, (TIER,), TIER),
        (Op.ABS, (EUR,), CENTS),
        (Op.MAX, (EUR, CENTS), EUR),
        (Op.LT, (EUR, EUR), INT),
        (Op.LT, (EnumTy("e", ("a",), ordered=False),) * 2, BOOL),
        (Op.EQ_INT, (EUR, EUR), INT),
        (Op.EQ_INT, (TEXT, TEXT), BOOL),
        (Op.EQ_TEXT, (TEXT, TEXT), TEXT),
        (Op.EQ_BOOL, (BOOL, INT), BOOL),
        (Op.NOT, (BOOL,), INT),
        (Op.AND, (BOOL, OptTy(BOOL)), BOOL),
        (Op.ADD_MONTHS_NEXT, (INT, MONTH), DAY),
        (Op.ADD_MONTHS_NEXT, (DAY, MONTH), SPAN),
        (Op.WHOLE_MONTHS, (DAY, INT), MONTH),
        (Op.WHOLE_MONTHS, (DAY, DAY), TEXT),
        (Op.MONTH_OF, (INT,), INT),
        (Op.NOT, (BOOL, BOOL), BOOL),
        (Op.MIN, (INT,), INT),
    ],
)
def test_an_operator_s_wrong_types(op, args, ty):
    assert len(list(op_faults(op, args, ty))) == 1
