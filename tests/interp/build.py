"""Small core programs by hand, for tests of what works on the core."""

from __future__ import annotations

from kamflow.base.span import NOWHERE
from kamflow.base.text import Text
from kamflow.core.expr import (
    Aggregate,
    Apply,
    Branch,
    Choose,
    DefKey,
    DivRound,
    Expr,
    Fold,
    Gather,
    Get,
    Hit,
    If,
    IsPresent,
    ListOf,
    Lit,
    Op,
    Override,
    OverrideRule,
    Param,
    Pick,
    PopKind,
    PopTerm,
    Ref,
    Row,
    Struct,
    Table,
    Tag,
    TagKind,
    Today,
    Unwrap,
    Var,
)
from kamflow.core.program import (
    Def,
    DefKind,
    FieldDecl,
    Impossible,
    ParamDecl,
    Population,
    Program,
    RecordDecl,
)
from kamflow.core.ty import (
    BOOL,
    DATE,
    DATE_CEIL,
    DATE_FLOOR,
    DAYS,
    MONTHS,
    NUMBER,
    TEXT,
    EnumTy,
    ListTy,
    OptTy,
    RecordTy,
    ScaledTy,
    StructTy,
    Ty,
)
from kamflow.values.data import TypedRecord, Value
from kamflow.values.rounding import Rounding

BIG = 10**15
INT = ScaledTy(NUMBER, 0, -BIG, BIG)
CENTS = ScaledTy(NUMBER, 2, -BIG, BIG)
DAY = ScaledTy(DATE, 0, DATE_FLOOR, DATE_CEIL)
SPAN = ScaledTy(DAYS, 0, -BIG, BIG)
MONTH = ScaledTy(MONTHS, 0, -BIG, BIG)
TIER = EnumTy("tier", ("low", "mid", "top"), ordered=True)
STATUS = EnumTy("status", ("active", "closed"), ordered=False)
ORDER = RecordTy("order")
CUSTOMER = RecordTy("customer")
INTS = ListTy(INT)
LINE = StructTy((("what", TEXT), ("n", INT)))

RECORDS = {
    "customer": RecordDecl(
        "customer",
        (
            FieldDecl("a", INT),
            FieldDecl("b", INT),
            FieldDecl("opt", OptTy(INT)),
            FieldDecl("word", TEXT),
            FieldDecl("wordopt", OptTy(TEXT)),
            FieldDecl("flag", BOOL),
            FieldDecl("flagopt", OptTy(BOOL)),
            FieldDecl("on", DAY),
            FieldDecl("grade", TIER),
            FieldDecl("status", STATUS),
            FieldDecl("orders", ListTy(ORDER)),
        ),
    ),
    "order": RecordDecl("order", (FieldDecl("amount", INT), FieldDecl("buyer", CUSTOMER))),
}
PARAMS = {"limit": ParamDecl("limit", INT, ((100, 5), (200, 9)))}


def customer(**fields: Value) -> TypedRecord:
    """Return a customer with these fields only; ``given_…`` states a definition."""
    given = {k.removeprefix("given_"): v for k, v in fields.items() if k.startswith("given_")}
    return TypedRecord("customer", {k: v for k, v in fields.items() if not k.startswith("given_")}, given)


def order(amount: int, buyer: TypedRecord | None = None) -> TypedRecord:
    return TypedRecord("order", {"amount": amount, "buyer": buyer})


def lit(value: Value, ty: Ty = INT) -> Lit:
    return Lit(value, ty, NOWHERE)


YES, NO = lit(True, BOOL), lit(False, BOOL)
SELF = Var("self", CUSTOMER, NOWHERE)
TODAY = Today(DAY, NOWHERE)


def get(name: str, record: Expr = SELF) -> Get:
    assert isinstance(record.ty, RecordTy)
    found = RECORDS[record.ty.name].field(name)
    assert found is not None
    return Get(record, name, found.ty, NOWHERE)


def var(name: str, ty: Ty) -> Var:
    return Var(name, ty, NOWHERE)


def ref(name: str, ty: Ty = INT, subject: Expr = SELF) -> Ref:
    assert isinstance(subject.ty, RecordTy)
    return Ref(DefKey(subject.ty.name, name), subject, ty, NOWHERE)


def param(name: str, ty: Ty = INT) -> Param:
    return Param(name, ty, NOWHERE)


_RESULT = {
    **dict.fromkeys((Op.LT, Op.LE, Op.EQ_INT, Op.EQ_TEXT, Op.EQ_BOOL, Op.AND, Op.OR, Op.NOT), BOOL),
    Op.ADD_MONTHS_CLAMP: DAY,
    Op.ADD_MONTHS_NEXT: DAY,
    Op.WHOLE_MONTHS: MONTH,
    Op.YEAR_OF: INT,
    Op.MONTH_OF: INT,
}


def op(what: Op, *args: Expr, ty: Ty | None = None) -> Apply:
    return Apply(what, args, ty or _RESULT.get(what, args[0].ty), NOWHERE)


def lt(a: Expr, b: Expr) -> Apply:
    return op(Op.LT, a, b)


def add(a: Expr, b: Expr) -> Apply:
    return op(Op.ADD, a, b)


def div(num: Expr, den: Expr, mode: Rounding = Rounding.HALF_UP, step: int = 1, ty: Ty = INT) -> DivRound:
    return DivRound(num, den, step, mode, ty, NOWHERE)


def if_(cond: Expr, then: Expr, other: Expr) -> If:
    return If(cond, then, other, then.ty, NOWHERE)


def present(arg: Expr) -> IsPresent:
    return IsPresent(arg, BOOL, NOWHERE)


def unwrap(arg: Expr) -> Unwrap:
    assert isinstance(arg.ty, OptTy)
    return Unwrap(arg, arg.ty.inner, NOWHERE)


def tag(index: int, kind: TagKind = TagKind.ROW, because: str = "") -> Tag:
    return Tag(kind, index, Text(because))


OTHERWISE = tag(0, TagKind.OTHERWISE)


def choose(hit: Hit, *conds: Expr, otherwise: bool = False) -> Choose:
    branches = tuple(Branch(c, tag(i)) for i, c in enumerate(conds, 1))
    ty: Ty = INTS if hit is Hit.COLLECT else INT
    return Choose(hit, branches, OTHERWISE if otherwise else None, ty, NOWHERE)


def table(hit: Hit, columns: tuple[Expr, ...], *rows: tuple, otherwise: bool = False) -> Table:
    shown = tuple(Row(cells, tag(i)) for i, cells in enumerate(rows, 1))
    ty: Ty = INTS if hit is Hit.COLLECT else INT
    return Table(hit, columns, shown, OTHERWISE if otherwise else None, ty, NOWHERE)


def pick(row: Expr, *values: Expr) -> Pick:
    return Pick(row, values, values[0].ty, NOWHERE)


def gather(rows: Expr, fold: Fold, *values: Expr, ty: Ty = INT) -> Gather:
    return Gather(rows, fold, values, ty, NOWHERE)


def override(base: Expr, *rules: tuple[Expr, Expr, tuple[int, ...]]) -> Override:
    made = tuple(
        OverrideRule(cond, value, beats, Tag(TagKind.RULE, i, name=f"r{i}"))
        for i, (cond, value, beats) in enumerate(rules)
    )
    return Override(base, made, base.ty, NOWHERE)


def aggregate(
    fold: Fold, items: Expr, where: Expr | None = None, value: Expr | None = None, ty: Ty = INT
) -> Aggregate:
    return Aggregate(fold, items, "item1", where, value, ty, NOWHERE)


ITEM = var("item1", ORDER)


def list_of(*items: Expr) -> ListOf:
    return ListOf(items, ListTy(items[0].ty), NOWHERE)


def line(what: str, n: Expr) -> Struct:
    return Struct((lit(what, TEXT), n), LINE, NOWHERE)


def pop_term(
    kind: PopKind,
    measure: Expr,
    *,
    classes: tuple = (),
    n: int = 0,
    largest_first: bool = True,
    group: Expr | None = None,
) -> PopTerm:
    ty: Ty = TIER if kind is PopKind.CLASSIFY else OptTy(INT)
    return PopTerm(kind, "active", measure, group, n, classes, largest_first, 0, ty, NOWHERE)


def program(
    *defs: tuple[str, Expr],
    record: str = "customer",
    impossible: tuple[Expr, ...] = (),
    where: Expr | None = None,
    others: tuple[Def, ...] = (),
) -> Program:
    """Return a program with these definitions of a record, in this order; others come first."""
    made = (*others, *(definition(name, body, record) for name, body in defs))
    return Program(
        policies=(),
        enums={},
        records=RECORDS,
        params=PARAMS,
        defs={d.key: d for d in made},
        populations={"active": Population("active", "customer", where or YES)},
        impossible=tuple(Impossible(record, c, Text("no")) for c in impossible),
    )


def definition(name: str, body: Expr, record: str = "customer") -> Def:
    kind = DefKind.DECISION
    if isinstance(body, Choose | Table):
        kind = DefKind.ROWS
    elif "#" in name:
        kind = DefKind.BASE
    return Def(DefKey(record, name), body.ty, body, kind, name, "demo")
