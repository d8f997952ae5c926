"""The record that the hostile files claim to hold, built by hand."""

from datetime import date

from kamflow.base.text import Text
from kamflow.core.program import EnumDecl, FieldDecl, Program, RecordDecl
from kamflow.core.ty import (
    BOOL,
    DATE,
    DAYS,
    FIRST_DATE,
    NUMBER,
    PERCENT,
    TEXT,
    EnumTy,
    ListTy,
    OptTy,
    RecordTy,
    ScaledTy,
    money,
)

MONEY = ScaledTy(money("CNY"), 2, 0, 10**13)
COUNT = ScaledTy(NUMBER, 0, 0, 10**9)
DAY = ScaledTy(DATE, 0, FIRST_DATE, date(2199, 12, 31).toordinal())
TIER = EnumTy("tier", ("standard", "growth", "key", "strategic"), True)

ORDER = RecordDecl("order", (FieldDecl("amount", MONEY), FieldDecl("on", DAY)))
CONTACT = RecordDecl("contact", (FieldDecl("name", TEXT, personal=("service",)),))
CUSTOMER = RecordDecl(
    "customer",
    (
        FieldDecl("id", TEXT),
        FieldDecl("revenue", MONEY, label=Text("Net revenue", "净收入")),
        FieldDecl("margin", OptTy(ScaledTy(PERCENT, 2, 0, 100_00))),
        FieldDecl("visits", OptTy(COUNT)),
        FieldDecl("café", OptTy(COUNT)),
        FieldDecl("since", OptTy(DAY)),
        FieldDecl("vip", OptTy(BOOL)),
        FieldDecl("tier", OptTy(TIER)),
        FieldDecl("note", OptTy(TEXT)),
        FieldDecl("overdue", ScaledTy(DAYS, 0, 0, 1_000), has_default=True, default=0),
        FieldDecl("orders", ListTy(RecordTy("order")), has_default=True, default=(), max_items=20),
        FieldDecl("contact", OptTy(RecordTy("contact"))),
    ),
)
PROGRAM = Program(
    policies=(),
    enums={
        "tier": EnumDecl(
            TIER,
            (
                Text("Standard", "标准"),
                Text("Growth", "成长"),
                Text("Key", "重点"),
                Text("Strategic", "战略"),
            ),
        )
    },
    records={"customer": CUSTOMER, "order": ORDER, "contact": CONTACT},
    params={},
    defs={},
)
