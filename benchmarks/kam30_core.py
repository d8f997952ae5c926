"""KAM-30 as a core program, built by hand: what `kam30.kam` compiles to, before it exists.

The tables come from the workload's neutral form; amounts have the workload's scales, and the four
roundings are half even, as `gold()` computes them.
"""

from __future__ import annotations

from kamflow.base.span import NOWHERE
from kamflow.base.text import NO_TEXT, Text
from kamflow.core.expr import (
    Apply,
    Branch,
    Choose,
    DefKey,
    DivRound,
    Expr,
    Get,
    Hit,
    Lit,
    Op,
    Pick,
    Ref,
    Tag,
    TagKind,
    Var,
)
from kamflow.core.program import Def, DefKind, EnumDecl, FieldDecl, Program, RecordDecl
from kamflow.core.ty import BOOL, NUMBER, EnumTy, RecordTy, ScaledTy, Ty, money
from kamflow.values.rounding import Rounding

RECORD = "account"
SELF = Var("self", RecordTy(RECORD), NOWHERE)
CNY = money("CNY")


def build(w) -> Program:
    """Build the program from the module ``kam30_workload``."""
    return _Builder(w).build()


class _Builder:
    def __init__(self, w) -> None:
        self.w = w
        self.enums: dict[str, EnumDecl] = {}
        self.fields: dict[str, FieldDecl] = {}
        self.defs: dict[DefKey, Def] = {}
        self.env: dict[str, Expr] = {}

    def build(self) -> Program:
        for name, members in self.w.ENUMS.items():
            self.enum(name, members)
        count = lambda lo, hi: ScaledTy(NUMBER, 0, lo, hi)  # noqa: E731
        cash = ScaledTy(CNY, 2, 0, 10**13)
        ranges: dict[str, Ty] = {
            "id": count(0, 10**9),
            "annual_revenue": cash,
            "orders_12m": count(0, 10**6),
            "recency_days": count(0, 10**5),
            "total_spend": ScaledTy(CNY, 2, 1, 10**13),
            "nps": count(-100, 100),
            "satisfaction_perceived": count(1, 5),
            "satisfaction_expected": count(1, 5),
            "years_as_customer": count(0, 200),
            "debt_ratio": ScaledTy(NUMBER, 4, 0, 100_000),
            "overdue_days": count(0, 10**5),
            "complaints_12m": count(0, 10**6),
            "profit": ScaledTy(CNY, 2, -(10**13), 10**13),
            "list_price": cash,
            "unit_cost": cash,
            "switching_cost": ScaledTy(NUMBER, 2, 0, 100),
            "cost_down_requested": BOOL,
        }
        for name in self.w.FIELDS:
            ty = self.enums[name].ty if name in self.enums else ranges[name]
            self.fields[name] = FieldDecl(name, ty)
            self.env[name] = Get(SELF, name, ty, NOWHERE)
        e = self.env
        self.fact("gap", sub(e["satisfaction_perceived"], e["satisfaction_expected"]), DefKind.FACT)
        share = div(mul(e["annual_revenue"], num(10_000)), e["total_spend"], 4, NUMBER)
        self.fact("share_of_wallet", share)
        for name in ("r", "f", "m", "segment"):
            self.table(name)
        self.fact("score", self.score())
        self.table("tier")
        self.table("pricing")
        price = div(mul(e["list_price"], sub(num(10_000), e["discount_bp"])), num(10_000), 2, CNY)
        floor = div(mul(e["unit_cost"], num(105)), num(100), 2, CNY)
        self.fact("price", apply(Op.MAX, price, floor))
        self.table("credit")
        self.fact("credit_limit", div(mul(e["annual_revenue"], e["credit_bp"]), num(10_000), 2, CNY))
        self.table("retention")
        self.table("lifecycle")
        record = RecordDecl(RECORD, tuple(self.fields.values()))
        return Program((), self.enums, {RECORD: record}, {}, self.defs)

    def score(self) -> Expr:
        e = self.env
        satisfaction = apply(Op.MIN, apply(Op.MAX, add(num(50), mul(num(25), e["gap"])), num(0)), num(100))
        parts = (
            mul(num(25), apply(Op.MIN, e["share_of_wallet"], num(10_000))),
            mul(num(20_000), sub(add(add(e["r"], e["f"]), e["m"]), num(3))),
            mul(num(750), add(e["nps"], num(100))),
            mul(num(1200), satisfaction),
            mul(num(10_000), apply(Op.MIN, e["years_as_customer"], num(10))),
            mul(num(14), sub(num(10_000), e["debt_ratio"])),
        )
        total = parts[0]
        for part in parts[1:]:
            total = add(total, part)
        return div(total, num(100), 2, NUMBER)

    def enum(self, name: str, members) -> EnumTy:
        ty = EnumTy(name, tuple(members), ordered=False)
        self.enums[name] = EnumDecl(ty, tuple(Text(m) for m in members))
        return ty

    def fact(self, name: str, body: Expr, kind: DefKind = DefKind.DECISION) -> None:
        key = DefKey(RECORD, name)
        self.defs[key] = Def(key, body.ty, body, kind, name.partition("#")[0], "kam30")
        self.env[name] = Ref(key, SELF, body.ty, NOWHERE)

    def table(self, name: str) -> None:
        table = self.w.T[name]
        rows = table["rows"]
        branches = tuple(
            Branch(self.condition(conds), Tag(TagKind.ROW, i, NO_TEXT))
            for i, (conds, _) in enumerate(rows, 1)
            if conds
        )
        otherwise = Tag(TagKind.OTHERWISE, len(rows)) if not rows[-1][0] else None
        ty = ScaledTy(NUMBER, 0, 0, len(rows))
        self.fact(f"{name}#row", Choose(Hit.FIRST, branches, otherwise, ty, NOWHERE), DefKind.ROWS)
        for column, out in enumerate(table["out"]):
            values = [outs[column] for _, outs in rows]
            out_ty: Ty
            if isinstance(values[0], str):
                out_ty = self.enum(out, dict.fromkeys(values))
                lits = tuple(Lit(out_ty.members.index(v), out_ty, NOWHERE) for v in values)
            else:
                out_ty = ScaledTy(NUMBER, 0, min(values), max(values))
                lits = tuple(Lit(v, out_ty, NOWHERE) for v in values)
            kind = DefKind.DECISION if out in self.w.OUT else DefKind.FACT
            self.fact(out, Pick(self.env[f"{name}#row"], lits, out_ty, NOWHERE), kind)

    def condition(self, conds) -> Expr:
        tests = [self.test(*c) for c in conds]
        return tests[0] if len(tests) == 1 else Apply(Op.AND, tuple(tests), BOOL, NOWHERE)

    def test(self, name: str, op: str, value) -> Expr:
        left = self.env[name]
        if value is True:
            return left
        if isinstance(value, tuple):
            return Apply(Op.OR, tuple(self.test(name, "==", v) for v in value), BOOL, NOWHERE)
        if isinstance(left.ty, EnumTy):
            right: Expr = Lit(left.ty.members.index(value), left.ty, NOWHERE)
        else:
            right = num(round(value * self.w.ISCALE.get(name, 1)))
        match op:
            case "==":
                return Apply(Op.EQ_INT, (left, right), BOOL, NOWHERE)
            case "<":
                return Apply(Op.LT, (left, right), BOOL, NOWHERE)
            case "<=":
                return Apply(Op.LE, (left, right), BOOL, NOWHERE)
            case ">":
                return Apply(Op.LT, (right, left), BOOL, NOWHERE)
            case _:
                return Apply(Op.LE, (right, left), BOOL, NOWHERE)


def num(value: int) -> Lit:
    return Lit(value, ScaledTy(NUMBER, 0, value, value), NOWHERE)


def apply(op: Op, *args: Expr) -> Expr:
    """Apply an operator; the range follows from the operands' ranges."""
    (a, b), (c, d) = (((x.ty.lo, x.ty.hi)) for x in args)
    corners = {
        Op.ADD: (a + c, b + d),
        Op.SUB: (a - d, b - c),
        Op.MUL: (min(a * c, a * d, b * c, b * d), max(a * c, a * d, b * c, b * d)),
        Op.MIN: (min(a, c), min(b, d)),
        Op.MAX: (max(a, c), max(b, d)),
    }[op]
    unit, scale = (args[0].ty.unit, args[0].ty.scale) if op in {Op.MIN, Op.MAX} else (NUMBER, 0)
    return Apply(op, args, ScaledTy(unit, scale, *corners), NOWHERE)


def add(x: Expr, y: Expr) -> Expr:
    return apply(Op.ADD, x, y)


def sub(x: Expr, y: Expr) -> Expr:
    return apply(Op.SUB, x, y)


def mul(x: Expr, y: Expr) -> Expr:
    return apply(Op.MUL, x, y)


def div(top: Expr, bottom: Expr, scale: int, unit) -> Expr:
    lo, hi = top.ty.lo, top.ty.hi
    reach = (lo // bottom.ty.lo - 1 if lo < 0 else 0, hi // bottom.ty.lo + 1)
    return DivRound(top, bottom, 1, Rounding.HALF_EVEN, ScaledTy(unit, scale, *reach), NOWHERE)
