"""How records lie in columns: a table for each list, a column for each plain field."""

from __future__ import annotations

from kamflow.core.columns import Physical, layout_of, physical_of
from kamflow.core.program import FieldDecl, Program, RecordDecl
from kamflow.core.ty import BOOL, INT64, NUMBER, TEXT, EnumTy, ListTy, OptTy, RecordTy, ScaledTy

SMALL = ScaledTy(NUMBER, 0, -128, 127)
TIER = EnumTy("tier", ("a", "b"), ordered=False)


def program() -> Program:
    address = RecordDecl("address", (FieldDecl("city", TEXT), FieldDecl("zone", OptTy(SMALL))))
    line = RecordDecl("line", (FieldDecl("amount", SMALL),))
    order = RecordDecl("order", (FieldDecl("paid", BOOL), FieldDecl("lines", ListTy(RecordTy("line")))))
    customer = RecordDecl(
        "customer",
        (
            FieldDecl("tier", TIER),
            FieldDecl("home", RecordTy("address")),
            FieldDecl("billing", OptTy(RecordTy("address"))),
            FieldDecl("orders", ListTy(RecordTy("order"))),
            FieldDecl("tags", OptTy(ListTy(TEXT))),
        ),
    )
    return Program((), {}, {r.name: r for r in (address, line, order, customer)}, {}, {})


def test_fields_of_records_within_the_record_are_columns_and_lists_are_tables() -> None:
    root, orders, tags, lines = layout_of(program(), "customer").tables
    assert [(c.path, c.physical, c.nullable) for c in root.columns] == [
        (("tier",), Physical.INT8, False),
        (("home", "city"), Physical.TEXT, False),
        (("home", "zone"), Physical.INT8, True),
        (("billing",), Physical.BOOL, False),
        (("billing", "city"), Physical.TEXT, True),
        (("billing", "zone"), Physical.INT8, True),
        (("tags",), Physical.BOOL, False),
    ]
    assert (orders.parent, orders.path, lines.parent, lines.path) == ("t0", ("orders",), "t1", ("lines",))
    assert [(c.path, c.physical) for c in tags.columns] == [((), Physical.TEXT)]
    assert [c.path for c in lines.columns] == [("amount",)]


def test_a_column_is_as_narrow_as_its_range() -> None:
    bounds = {127: Physical.INT8, 128: Physical.INT16, 2**31 - 1: Physical.INT32, INT64: Physical.INT64}
    found = {hi: physical_of(ScaledTy(NUMBER, 0, 0, hi)) for hi in bounds}
    assert found == bounds
    assert physical_of(ScaledTy(NUMBER, 0, -(2**15), 0)) is Physical.INT16
    assert physical_of(ScaledTy(NUMBER, 0, 0, INT64 + 1)) is Physical.INT128
