"""Whole records: defaults, missing values, unknown fields, nested records and lists, places."""

from __future__ import annotations

import time

import pytest

from kamflow.base.diagnostic import Severity
from kamflow.base.span import DataPlace
from kamflow.intake import ReadRecord, RecordReader, Unreadable
from kamflow.values.data import TypedRecord
from tests.hostile.customer_schema import CUSTOMER, PROGRAM

READER = RecordReader(CUSTOMER, PROGRAM)
AT = DataPlace("customers.json", "[3]", 8, 3)


def good(raw: dict[str, object], **options: bool) -> ReadRecord:
    read = READER.read(raw, AT, **options)  # type: ignore[arg-type]
    assert isinstance(read, ReadRecord), read
    return read


def bad(raw: dict[str, object], **options: bool) -> list[tuple[str, str]]:
    read = READER.read(raw, AT, **options)  # type: ignore[arg-type]
    assert isinstance(read, Unreadable)
    return [(f.code, str(f.span)) for f in read.findings]


def test_what_was_assumed_and_what_is_missing_is_listed_by_path() -> None:
    read = good({"id": "A", "revenue": 5, "margin": None})
    assert read.assumed == (("overdue", "0 days"), ("orders", "[]"))
    assert read.missing == ("margin", "visits", "café", "since", "vip", "tier", "note", "contact")
    assert read.record.fields["overdue"] == 0
    assert read.record.fields["margin"] is None


def test_null_and_absent_are_one_state() -> None:
    absent, null = (
        good({"id": "A", "revenue": 5}),
        good({"id": "A", "revenue": 5, "overdue": None, "tier": None}),
    )
    assert absent.record.fields == null.record.fields
    assert (absent.assumed, absent.missing) == (null.assumed, null.missing)


def test_every_finding_of_a_record_is_reported_not_only_the_first() -> None:
    assert bad({"revenue": "x", "tier": "keyy", "vip": 1, "colour": "red"}) == [
        ("KF0611", "customers.json[3].colour"),
        ("KF0610", "customers.json[3].id"),
        ("KF0601", "customers.json[3].revenue"),
        ("KF0608", "customers.json[3].vip"),
        ("KF0609", "customers.json[3].tier"),
    ]


def test_a_value_inside_a_list_is_placed_by_its_number() -> None:
    orders = [{"amount": 1, "on": "2025-01-01"}] * 3 + [{"amount": "x", "on": 5}]
    assert bad({"id": "A", "revenue": 5, "orders": orders}) == [
        ("KF0601", "customers.json[3].orders[3].amount"),
        ("KF0607", "customers.json[3].orders[3].on"),
    ]


def test_lists_become_tuples_of_typed_records_in_their_order() -> None:
    orders = [{"amount": 2, "on": "2025-01-02"}, {"amount": 1, "on": "2025-01-01"}]
    items = good({"id": "A", "revenue": 5, "orders": orders}).record.fields["orders"]
    assert isinstance(items, tuple)
    assert [i.fields["amount"] for i in items if isinstance(i, TypedRecord)] == [200, 100]


@pytest.mark.parametrize(
    ("word", "position"), [("key", 2), ("Key", 2), ("重点", 2), ("standard", 0), ("战略", 3)]
)
def test_a_member_is_known_by_its_name_and_by_its_label(word: str, position: int) -> None:
    assert good({"id": "A", "revenue": 5, "tier": word}).record.fields["tier"] == position


@pytest.mark.parametrize(
    ("word", "value"),
    [(True, True), (False, False), ("yes", True), ("NO", False), ("是", True), ("否", False), ("TRUE", True)],
)
def test_yes_and_no_are_words_or_truth_values(word: object, value: bool) -> None:
    assert good({"id": "A", "revenue": 5, "vip": word}).record.fields["vip"] is value


def test_a_missing_required_field_names_its_label_in_both_languages() -> None:
    read = READER.read({"id": "A"}, AT)
    assert isinstance(read, Unreadable)
    (finding,) = read.findings
    assert "Net revenue" in finding.message.en
    assert "净收入" in finding.message.zh


def test_an_unknown_field_is_an_error_with_a_suggestion_or_only_noted_when_asked() -> None:
    raw: dict[str, object] = {"id": "A", "revenue": 5, "margn": 5}
    read = READER.read(raw, AT)
    assert isinstance(read, Unreadable)
    assert read.findings[0].hint is not None
    assert "`margin`" in read.findings[0].hint.en
    accepted = good(raw, ignore_unknown=True)
    assert [(n.code, n.severity) for n in accepted.notes] == [("KF0612", Severity.NOTE)]
    assert accepted.record.fields["margin"] is None


def test_a_misspelt_name_of_a_required_field_is_one_finding() -> None:
    assert bad({"id": "A", "revenu": 5}) == [("KF0611", "customers.json[3].revenu")]
    assert [code for code, _ in bad({"id": "A", "revenu": 5}, ignore_unknown=True)] == ["KF0610"]


def test_a_column_named_by_a_label_is_told_its_field() -> None:
    read = READER.read({"id": "A", "净收入": 5}, AT)
    assert isinstance(read, Unreadable)
    (finding,) = read.findings
    assert finding.hint is not None
    assert "`revenue`" in finding.hint.en


def test_a_field_name_in_decomposed_letters_is_the_same_field() -> None:
    assert good({"id": "A", "revenue": 5, "cafe\u0301": 7}).record.fields["café"] == 7


def test_an_empty_text_is_a_text_and_only_in_a_cell_no_value() -> None:
    raw: dict[str, object] = {"id": "A", "revenue": 5, "note": "", "since": " ", "overdue": "", "vip": ""}
    assert bad(raw) == [
        ("KF0607", "customers.json[3].since"),
        ("KF0608", "customers.json[3].vip"),
        ("KF0601", "customers.json[3].overdue"),
    ]
    read = good(raw, blank_is_missing=True)
    assert read.record.fields["note"] == ""
    assert read.record.fields["since"] is None
    assert ("overdue", "0 days") in read.assumed


def test_a_nested_record_of_empty_cells_is_not_there() -> None:
    raw: dict[str, object] = {"id": "A", "revenue": 5, "contact": {"name": ""}}
    assert good(raw, blank_is_missing=True).record.fields["contact"] is None
    contact = good(raw).record.fields["contact"]
    assert isinstance(contact, TypedRecord)
    assert contact.fields["name"] == ""


def test_a_whole_number_in_a_cell_may_be_a_text_but_not_in_json() -> None:
    assert good({"id": 1001, "revenue": 5}, blank_is_missing=True).record.fields["id"] == "1001"
    assert bad({"id": 1001, "revenue": 5}) == [("KF0606", "customers.json[3].id")]
    assert bad({"id": 10.5, "revenue": 5}, blank_is_missing=True) == [("KF0606", "customers.json[3].id")]


def test_a_personal_value_is_not_repeated_in_a_finding() -> None:
    read = READER.read({"id": "A", "revenue": 5, "contact": {"name": 13_800_001}}, AT)
    assert isinstance(read, Unreadable)
    (finding,) = read.findings
    assert "13800001" not in repr(finding)


def test_a_record_with_thousands_of_mistakes_gives_a_hundred_and_counts_the_rest() -> None:
    raw: dict[str, object] = {"id": "A", "revenue": 5} | {f"unknown_{i}": i for i in range(50_000)}
    start = time.perf_counter()
    codes = [code for code, _ in bad(raw)]
    assert time.perf_counter() - start < 1
    assert codes == ["KF0611"] * 100 + ["KF0619"]


def test_reading_does_not_change_what_was_given() -> None:
    raw: dict[str, object] = {"id": "A", "revenue": "5", "orders": [{"amount": "1", "on": "2025-01-01"}]}
    before = repr(raw)
    good(raw)
    assert repr(raw) == before
