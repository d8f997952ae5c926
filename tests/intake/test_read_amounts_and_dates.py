"""What counts as an amount or a date, and what each wrong one is told."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kamflow.base.span import DataPlace
from kamflow.core.program import FieldDecl, Program, RecordDecl
from kamflow.core.ty import (
    DATE,
    DAYS,
    FIRST_DATE,
    LAST_DATE,
    MONTHS,
    NUMBER,
    PERCENT,
    ScaledTy,
    Ty,
    money,
)  # fmt: skip
from kamflow.intake import ReadRecord, Unreadable, read_record

MONEY = ScaledTy(money("CNY"), 2, -(10**13), 10**13)
SHARE = ScaledTy(PERCENT, 2, 0, 100_00)
COUNT = ScaledTy(NUMBER, 0, 0, 10**9)
DAY = ScaledTy(DATE, 0, FIRST_DATE, LAST_DATE)
WAIT = ScaledTy(DAYS, 0, 0, 10_000)
TERM = ScaledTy(MONTHS, 0, 0, 120)
NOTHING = Program((), {}, {}, {}, {})
AT = DataPlace("customers.json", "[412]", 9, 412)


def read(value: object, ty: Ty) -> object:
    """Return the value of the one field, or the code of its finding."""
    done = read_record({"x": value}, RecordDecl("r", (FieldDecl("x", ty),)), NOTHING, AT)
    if isinstance(done, Unreadable):
        assert len(done.findings) == 1
        return done.findings[0].code
    return done.record.fields["x"]


@pytest.mark.parametrize(
    ("written", "fen"),
    [
        (1200, 120_000),
        (1200.5, 120_050),
        (0.1, 10),
        (Decimal("1200.50"), 120_050),
        (Decimal("1.2E+3"), 120_000),
        (Decimal("5.000"), 500),
        ("1200000", 120_000_000),
        ("1,200,000.5", 120_000_050),
        ("-12.34", -1234),
        ("+12.34", 1234),
        ("  12  ", 1200),
        ("1.2e3", 120_000),
        ("1.2M CNY", 120_000_000),
        ("CNY 1.2M", 120_000_000),
        ("cny 5", 500),
        ("1.5k", 150_000),
        ("1.5K CNY", 150_000),
        ("1.2万 元", 1_200_000),
        ("120万", 120_000_000),
        ("0.5亿元", 5_000_000_000),
        ("1200元", 120_000),
        ("１，２００．５０", 120_050),
        ("\u22125", -500),
        ("0.00001M", 1_000),
    ],
)
def test_an_amount_of_money_is_read_exactly(written: object, fen: int) -> None:
    assert read(written, MONEY) == fen


@pytest.mark.parametrize(
    ("written", "ty", "scaled"),
    [
        (12.5, SHARE, 1250),  # a bare number counts percent points
        ("12.5", SHARE, 1250),
        ("12.5%", SHARE, 1250),
        ("12.5 ％", SHARE, 1250),
        ("12.5 percent", SHARE, 1250),
        (0.125, SHARE, "KF0603"),  # an eighth of a percent has three decimals: no guess that 12.5 % is meant
        ("30", WAIT, 30),
        ("30 days", WAIT, 30),
        ("1 day", WAIT, 1),
        ("30天", WAIT, 30),
        ("3 months", TERM, 3),
        ("3个月", TERM, 3),
        ("3 months", WAIT, "KF0617"),
        ("30 days", TERM, "KF0617"),
        ("12 CNY", SHARE, "KF0617"),
        ("40.0", COUNT, 40),
        (40.0, COUNT, 40),
        ("1.2万", COUNT, 12_000),
        (-1, COUNT, "KF0604"),
        (True, COUNT, "KF0606"),
        (None, COUNT, "KF0610"),
        (float("nan"), COUNT, "KF0601"),
        (float("inf"), MONEY, "KF0601"),
        (Decimal("NaN"), MONEY, "KF0601"),
        (Decimal("sNaN"), MONEY, "KF0601"),
        (Decimal("1E+999999"), MONEY, "KF0605"),
        (Decimal("1E-999999"), MONEY, "KF0605"),
        (10**400, MONEY, "KF0605"),
        (Decimal("5." + "0" * 68 + "1"), MONEY, "KF0605"),
        (1e23, ScaledTy(NUMBER, 0, 0, 10**30), 10**23),  # as its shortest text, not its binary value
        (date(2025, 3, 1), MONEY, "KF0606"),
    ],
)
def test_each_unit_reads_its_own_words_and_refuses_others(written: object, ty: Ty, scaled: object) -> None:
    assert read(written, ty) == scaled


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2025-03-01", date(2025, 3, 1)),
        ("2024-02-29", date(2024, 2, 29)),
        ("２０２５-０３-０１", date(2025, 3, 1)),
        (date(2025, 3, 1), date(2025, 3, 1)),
        (datetime(2025, 3, 1), date(2025, 3, 1)),  # noqa: DTZ001 - as a spreadsheet gives it
    ],
)
def test_a_date_is_read_as_its_day_number(written: object, day: date) -> None:
    assert read(written, DAY) == day.toordinal()


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("2025/3/1", ["2025-03-01"]),
        ("2025年3月1日", ["2025-03-01"]),
        ("20250301", ["2025-03-01"]),
        (20250301, ["2025-03-01"]),
        ("03.04.2025", ["2025-04-03", "2025-03-04"]),  # which one is for people to say
        ("31.12.2025", ["2025-12-31"]),
        (45000, ["2023-03-15"]),  # Excel: day 45,000 counted from 1899-12-30
        ("45000", ["2023-03-15"]),
        ("2025-03-01 00:00:00", ["2025-03-01"]),
        ("soon", ["2026-06-30"]),  # nothing to go by: an example of the form
    ],
)
def test_a_wrongly_written_date_is_never_guessed_but_the_right_form_is_shown(
    written: object, said: list[str]
) -> None:
    done = read_record({"x": written}, RecordDecl("r", (FieldDecl("x", DAY),)), NOTHING, AT)
    assert isinstance(done, Unreadable)
    (finding,) = done.findings
    assert finding.code == "KF0607"
    assert finding.hint is not None
    assert all(text in finding.hint.en and text in finding.hint.zh for text in said)


def test_a_decimal_comma_gets_the_amount_that_it_may_mean() -> None:
    done = read_record({"x": "1,2M"}, RecordDecl("r", (FieldDecl("x", MONEY),)), NOTHING, AT)
    assert isinstance(done, Unreadable)
    (finding,) = done.findings
    assert str(finding.span) == "customers.json[412].x"
    assert finding.message.en == '"1,2M" is not money.'
    assert finding.hint is not None
    assert "1.2M" in finding.hint.en


def test_a_yen_sign_says_why_it_is_not_enough() -> None:
    done = read_record({"x": "¥5"}, RecordDecl("r", (FieldDecl("x", MONEY),)), NOTHING, AT)
    assert isinstance(done, Unreadable)
    assert done.findings[0].why is not None
    assert "yen" in done.findings[0].why.en


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**12), max_value=10**12))
def test_number_and_text_give_what_exact_fractions_say(amount: Decimal) -> None:
    exact = Fraction(amount) * 100
    if exact.denominator != 1:
        expected: object = "KF0603"
    elif abs(exact) > 10**13:
        expected = "KF0604"
    else:
        expected = exact.numerator
    assert read(amount, MONEY) == expected
    assert read(f"{amount:f}", MONEY) == expected


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e9, max_value=1e9))
def test_a_float_counts_as_its_shortest_text(number: float) -> None:
    exact = Fraction(json.dumps(number)) * 10**30
    got = read(number, ScaledTy(NUMBER, 30, -(10**40), 10**40))
    if exact.denominator == 1:
        assert got == exact.numerator
    else:  # finer than thirty decimals: too fine, or an exponent beyond what amounts have
        assert got in {"KF0603", "KF0605"}


@given(st.text(max_size=100))
def test_no_text_makes_a_reader_fail(text: str) -> None:
    for ty in (MONEY, SHARE, COUNT, DAY, WAIT, TERM):
        got = read(text, ty)
        assert isinstance(got, int) or str(got).startswith("KF06")


_LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.decimals(), st.text(max_size=20), st.dates(),
    st.datetimes(), st.binary(max_size=4),
)  # fmt: skip


@example(Decimal("sNaN"))
@given(
    st.recursive(
        _LEAVES,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
        max_leaves=5,
    )
)
def test_no_value_makes_a_reader_fail(value: object) -> None:
    for ty in (MONEY, COUNT, DAY):
        done = read_record({"x": value}, RecordDecl("r", (FieldDecl("x", ty),)), NOTHING, AT)
        assert isinstance(done, ReadRecord | Unreadable)
