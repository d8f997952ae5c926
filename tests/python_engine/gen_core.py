"""Random core programs, directed by types, and records that sit on their edges.

Every program keeps what engines rely on: guards before what needs them, true ranges, divisors that
are not 0. Units and scales are mixed freely, as engines compute on integers and never look at them.
A seed gives one program and any number of records, typed and (for flat ones) as a caller's dict.
"""

from __future__ import annotations

import random
from datetime import date

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
    Ref,
    Struct,
    Tag,
    TagKind,
    Today,
    Unwrap,
    Var,
)  # fmt: skip
from kamflow.core.program import (
    Def,
    DefKind,
    EnumDecl,
    FieldDecl,
    Impossible,
    ParamDecl,
    Program,
    RecordDecl,
)  # fmt: skip
from kamflow.core.ty import (
    BOOL,
    DATE,
    DAYS,
    NUMBER,
    TEXT,
    BoolTy,
    EnumTy,
    ListTy,
    OptTy,
    RecordTy,
    ScaledTy,
    StructTy,
    TextTy,
    Ty,
    UnitKind,
    money,
    optional,
    strip_opt,
)  # fmt: skip
from kamflow.values.data import TypedRecord, Value
from kamflow.values.rounding import Rounding
from tests.python_engine.core_terms import arithmetic, flip, integer, is_day, lit, op

ROOT = "account"
TIER = EnumTy("tier", ("low", "mid", "high", "top"), ordered=True)
KIND = EnumTy("kind", ("new", "old"), ordered=False)
WORDS = ("", "a", "b", "A", "ä")
CASH = money("CNY")
FAR = (date(2024, 1, 31), date(2024, 2, 29), date(2023, 12, 31), date(2025, 3, 1), date(1999, 4, 30))


DAY = ScaledTy(DATE, 0, date(1990, 1, 1).toordinal(), date(2060, 12, 31).toordinal())


class Gen:
    def __init__(self, seed: int, *, flat: bool) -> None:
        self.r = random.Random(seed)
        self.flat = flat
        self.records: dict[str, RecordDecl] = {}
        self.params: dict[str, ParamDecl] = {}
        self.defs: dict[DefKey, Def] = {}
        self.edges: dict[str, set[Value]] = {}  # values worth trying, by field
        self.subject: Expr = Var("self", RecordTy(ROOT), NOWHERE)
        self.record = ROOT
        self.items = 0
        self.open: set[Expr] = set()  # optionals that a guard around this place proved present

    # ---- schema

    def scalar(self) -> Ty:
        r = self.r
        lo = r.choice([0, 0, 1, -5, -100, 10**6])
        return r.choice([
            integer(lo, lo + r.choice([3, 10, 200, 10**6])),
            ScaledTy(CASH, 2, r.choice([0, 1, -(10**6)]), r.choice([10**6, 10**13])),
            ScaledTy(NUMBER, 4, 0, 12_000), TIER, KIND, BOOL, TEXT, DAY, integer(-3, 3),
        ])  # fmt: skip

    def fields(self, count: int) -> list[FieldDecl]:
        out: list[FieldDecl] = []
        for i in range(count):
            ty = self.scalar()
            how = self.r.random()
            if how < 0.25:
                out.append(FieldDecl(f"f{i}", optional(ty)))
            elif how < 0.35:
                out.append(FieldDecl(f"f{i}", ty, has_default=True, default=self.value(ty)))
            else:
                out.append(FieldDecl(f"f{i}", ty))
        return out

    def program(self) -> Program:
        r = self.r
        self.records["order"] = RecordDecl("order", tuple(self.fields(4)))
        self.records["owner"] = RecordDecl("owner", tuple(self.fields(4)))
        own = self.fields(r.randint(3, 8))
        if not self.flat:
            own += [
                FieldDecl("owner", RecordTy("owner")),
                FieldDecl("deputy", OptTy(RecordTy("owner"))),
                FieldDecl("orders", ListTy(RecordTy("order"))),
            ]
        self.records[ROOT] = RecordDecl(ROOT, tuple(own))
        for i in range(2):
            ty = integer(-50, 50)
            days = sorted(r.sample(range(739_000, 739_400), 2))
            self.params[f"p{i}"] = ParamDecl(f"p{i}", ty, tuple((d, self.value(ty)) for d in [1, *days]))
        if not self.flat:
            for name in ("owner", "order"):
                self.define(name, r.randint(1, 2))
        self.define(ROOT, r.randint(4, 9))
        facts = ()
        if r.random() < 0.3:
            self.at(ROOT)
            rare = Apply(Op.AND, (self.cond(2), self.cond(1), self.cond(1)), BOOL, NOWHERE)
            facts = (Impossible(ROOT, rare, Text("no such account")),)
        enums = {t.name: EnumDecl(t, tuple(Text(m) for m in t.members)) for t in (TIER, KIND)}
        return Program((), enums, self.records, self.params, self.defs, impossible=facts)

    # ---- definitions

    def at(self, record: str) -> None:
        self.record, self.subject = record, Var("self", RecordTy(record), NOWHERE)

    def define(self, record: str, count: int) -> None:
        self.at(record)
        for i in range(count):
            name = f"d{i}"
            r = self.r.random()
            if r < 0.35:
                self.table(name)
            elif r < 0.5 and record == ROOT:
                self.collected(name)
            elif r < 0.62 and record == ROOT:
                self.overridden(name)
            else:
                self.add(name, self.any(3), DefKind.DECISION)

    def add(self, name: str, body: Expr, kind: DefKind) -> Ref:
        key = DefKey(self.record, name)
        self.defs[key] = Def(key, body.ty, body, kind, name.partition("#")[0], "p")
        return Ref(key, self.subject, body.ty, NOWHERE)

    def table(self, name: str) -> None:
        r = self.r
        hit = r.choice([Hit.FIRST, Hit.FIRST, Hit.UNIQUE])
        rows = r.randint(2, 60) if r.random() < 0.06 else r.randint(1, 6)
        conds = self.partition(rows) if hit is Hit.UNIQUE else [self.cond(2) for _ in range(rows)]
        otherwise = Tag(TagKind.OTHERWISE, 1) if r.random() < (0.93 if hit is Hit.FIRST else 0.7) else None
        branches = tuple(Branch(c, Tag(TagKind.ROW, i)) for i, c in enumerate(conds, 1))
        body = Choose(hit, branches, otherwise, integer(0, len(conds)), NOWHERE)
        row = self.add(f"{name}#row", body, DefKind.ROWS)
        count = len(conds) + (otherwise is not None)
        for suffix in ("", "b")[: r.randint(1, 2)]:
            values = tuple(self.number(1) if r.random() < 0.1 else self.literal() for _ in range(count))
            self.add(name + suffix, Pick(row, values, self.cover(values), NOWHERE), DefKind.DECISION)

    def partition(self, rows: int) -> list[Expr]:
        """Rows that exclude each other, mostly: neighbouring stretches of one amount."""
        x = self.number(0)
        cuts = sorted({self.near(x) for _ in range(rows)})
        bounds = [x.ty.lo, *cuts]
        out: list[Expr] = []
        for lo, hi in zip(bounds, [*cuts, x.ty.hi + 1], strict=True):
            reach = hi - (self.r.random() > 0.05)  # now and then two rows share a value
            parts = (op(Op.LE, lit(lo), x), op(Op.LE, x, lit(reach)))
            out.append(Apply(Op.AND, parts, BOOL, NOWHERE))
        if self.r.random() < 0.3:
            out = [Apply(Op.AND, (c, self.cond(0)), BOOL, NOWHERE) for c in out]
        self.r.shuffle(out)
        return out

    def collected(self, name: str) -> None:
        r = self.r
        rows = r.randint(1, 4)
        branches = tuple(Branch(self.cond(1), Tag(TagKind.ROW, i)) for i in range(1, rows + 1))
        otherwise = Tag(TagKind.OTHERWISE, 1) if r.random() < 0.3 else None
        ty = ListTy(integer(0, rows))
        row = self.add(f"{name}#row", Choose(Hit.COLLECT, branches, otherwise, ty, NOWHERE), DefKind.ROWS)
        fold = r.choice([f for f in Fold if f is not Fold.DISTINCT])  # of child lists only
        count = rows + (otherwise is not None)
        values: tuple[Expr, ...]
        if fold is Fold.LIST and r.random() < 0.5:
            pair = StructTy((("a", integer(-(10**30), 10**30)), ("b", BOOL)))
            values = tuple(Struct((self.number(1), self.cond(0)), pair, NOWHERE) for _ in range(count))
            out: Ty = ListTy(pair)
        else:
            values = tuple(self.number(1) if r.random() < 0.3 else self.literal() for _ in range(count))
            whole = integer(-(10**40), 10**40)
            out = {Fold.LIST: ListTy(whole), Fold.MIN: OptTy(whole), Fold.MAX: OptTy(whole)}.get(fold, whole)
        if fold is Fold.COUNT and r.random() < 0.5:
            values = ()
        self.add(name, Gather(row, fold, values, out, NOWHERE), DefKind.DECISION)

    def overridden(self, name: str) -> None:
        r = self.r
        base = self.add(f"{name}#base", self.number(2), DefKind.BASE)
        count = r.randint(1, 3)
        rules = []
        shared = self.literal()
        for i in range(count):
            beats = tuple(j for j in range(i) if r.random() < 0.6)
            value = shared if r.random() < 0.5 else self.number(1)
            rules.append(OverrideRule(self.cond(1), value, beats, Tag(TagKind.RULE, i + 1, name=f"r{i}")))
        ty = self.cover([base, *(x.value for x in rules)])
        self.add(name, Override(base, tuple(rules), ty, NOWHERE), DefKind.DECISION)

    # ---- expressions

    def any(self, depth: int) -> Expr:
        make = self.r.choice([self.number, self.number, self.number, self.cond, self.day, self.words])
        return make(depth)

    def words(self, depth: int) -> Expr:
        found = self.reads(TextTy)
        if found and self.r.random() < 0.5:
            return found
        if self.r.random() < 0.3:
            parts = (self.literal(), self.literal())
            return ListOf(parts, ListTy(self.cover(parts)), NOWHERE)
        texts = (Lit(self.r.choice(WORDS), TEXT, NOWHERE), Lit(self.r.choice(WORDS), TEXT, NOWHERE))
        return If(self.cond(depth), *texts, TEXT, NOWHERE)

    def sources(self) -> list[Expr]:
        """What can be read here: fields of the subject, its definitions, those of records it holds."""
        out: list[Expr] = []
        own = self.record
        for f in self.records[own].fields:
            out.append(Get(self.subject, f.name, f.ty, NOWHERE))
        if isinstance(self.subject, Var) and self.subject.name == "self":
            out += [Ref(k, self.subject, d.ty, NOWHERE) for k, d in self.defs.items() if k.record == own]
        else:
            out += [Ref(k, self.subject, d.ty, NOWHERE) for k, d in self.defs.items() if k.record == own]
        if own == ROOT and not self.flat:
            owner = Get(self.subject, "owner", RecordTy("owner"), NOWHERE)
            out += [Get(owner, f.name, f.ty, NOWHERE) for f in self.records["owner"].fields]
            out += [Ref(k, owner, d.ty, NOWHERE) for k, d in self.defs.items() if k.record == "owner"] * 2
        return [e for e in out if not isinstance(strip_opt(e.ty), ListTy | RecordTy | StructTy)]

    def reads(self, kind: type, *, opt: bool = False) -> Expr | None:
        """Return something readable of a type; an optional only where it is known to be present."""
        found: list[Expr] = []
        for e in self.sources():
            if not isinstance(strip_opt(e.ty), kind) or (kind is ScaledTy and is_day(e.ty)):
                continue
            if not isinstance(e.ty, OptTy):
                found += [] if opt else [e]
            elif opt:
                found.append(e)
            elif e in self.open:
                found += [Unwrap(e, strip_opt(e.ty), NOWHERE)] * 3
        return self.r.choice(found) if found else None

    def number(self, depth: int) -> Expr:
        r = self.r
        if depth <= 0 or r.random() < 0.2:
            pick = r.random()
            if pick < 0.1:
                return Param("p0" if r.random() < 0.5 else "p1", integer(-50, 50), NOWHERE)
            found = self.reads(ScaledTy) if pick < 0.85 else None
            return found or self.literal()
        form = r.randrange(11)
        a = self.number(depth - 1)
        if form < 4:
            return arithmetic(r.choice([Op.ADD, Op.SUB, Op.MUL, Op.MIN, Op.MAX]), a, self.number(depth - 1))
        if form == 4:
            unary = r.choice([Op.NEG, Op.ABS])
            hi = max(abs(a.ty.lo), abs(a.ty.hi))
            lo, hi = (-a.ty.hi, -a.ty.lo) if unary is Op.NEG else (0, hi)
            return Apply(unary, (a,), integer(lo, hi), NOWHERE)
        if form <= 6:
            return self.divided(a)
        if form == 7:
            return self.guarded(depth)
        if form == 8 and self.record == ROOT and not self.flat:
            return self.folded(depth)
        if form == 9:
            return self.of_dates(depth)
        b = self.number(depth - 1)
        return If(self.cond(depth - 1), a, b, self.cover((a, b)), NOWHERE)

    def divided(self, a: Expr) -> Expr:
        r = self.r
        mode, step = r.choice(list(Rounding)), r.choice([1, 1, 5, 100])
        den: Expr = lit(r.choice([2, 3, 4, 10, 100, 10_000, 7, -2, -3, 1]))
        found = self.reads(ScaledTy)
        if found is not None and r.random() < 0.3:
            if found.ty.lo > 0 or found.ty.hi < 0:
                den = found
            else:  # the proof is a guard around the division
                hi = max(abs(a.ty.lo), abs(a.ty.hi)) * step + step
                div = DivRound(a, found, step, mode, integer(-hi, hi), NOWHERE)
                zero = op(Op.EQ_INT, found, lit(0))
                return If(zero, lit(0), div, integer(-hi, hi), NOWHERE)
        hi = max(abs(a.ty.lo), abs(a.ty.hi)) * step + step
        return DivRound(a, den, step, mode, integer(-hi, hi), NOWHERE)

    def guarded(self, depth: int) -> Expr:
        found = self.reads(ScaledTy, opt=True)
        if found is None or found in self.open:
            return self.number(depth - 1)
        inside = self.within(found, lambda: self.number(depth - 1))
        other = self.number(depth - 1)
        present = IsPresent(found, BOOL, NOWHERE)
        return If(present, inside, other, self.cover((inside, other)), NOWHERE)

    def within(self, proved: Expr, make):
        self.open.add(proved)
        made = make()
        self.open.discard(proved)
        return made

    def folded(self, depth: int) -> Expr:
        """An aggregate over the orders; a part of it may look at the account itself."""
        r = self.r
        self.items += 1
        name = f"item{self.items}"
        record, subject = self.record, self.subject
        items = Get(subject, "orders", ListTy(RecordTy("order")), NOWHERE)
        self.record, self.subject = "order", Var(name, RecordTy("order"), NOWHERE)
        where = self.cond(1) if r.random() < 0.6 else None
        value = self.number(depth - 1)
        self.record, self.subject = record, subject
        wide = integer(-(10**40), 10**40)
        fold = r.choice([Fold.SUM, Fold.COUNT, Fold.MIN, Fold.MAX])
        if fold is Fold.COUNT:
            return Aggregate(fold, items, name, where, None, integer(0, 10), NOWHERE)
        if fold is Fold.SUM:
            return Aggregate(fold, items, name, where, value, wide, NOWHERE)
        best = Aggregate(fold, items, name, where, value, OptTy(wide), NOWHERE)
        return If(IsPresent(best, BOOL, NOWHERE), Unwrap(best, wide, NOWHERE), lit(-1), wide, NOWHERE)

    def of_dates(self, depth: int) -> Expr:
        r = self.r
        a = self.day(depth - 1)
        form = r.randrange(4)
        if form == 0:
            return Apply(Op.WHOLE_MONTHS, (a, self.day(0)), integer(-3000, 3000), NOWHERE)
        if form == 1:
            return Apply(Op.YEAR_OF, (a,), integer(1900, 2100), NOWHERE)
        if form == 2:
            return Apply(Op.MONTH_OF, (a,), integer(1, 12), NOWHERE)
        return Apply(Op.SUB, (a, self.day(0)), ScaledTy(DAYS, 0, -(10**5), 10**5), NOWHERE)

    def day(self, depth: int) -> Expr:
        r = self.r
        found = [e for e in self.sources() if e.ty == DAY]
        base: Expr = r.choice(found) if found and r.random() < 0.7 else Today(DAY, NOWHERE)
        if depth > 0 and r.random() < 0.5:
            shift = r.choice([Op.ADD_MONTHS_CLAMP, Op.ADD_MONTHS_NEXT, Op.ADD])
            by = lit(r.randint(-14, 14))
            base = Apply(shift, (base, by), ScaledTy(DATE, 0, DAY.lo - 800, DAY.hi + 800), NOWHERE)
        return base

    def cond(self, depth: int) -> Expr:
        r = self.r
        if depth > 0 and r.random() < 0.6:
            form = r.randrange(4)
            if form == 0:
                return Apply(Op.NOT, (self.cond(depth - 1),), BOOL, NOWHERE)
            if form == 1:
                return self.guarded_cond(depth)
            parts = tuple(self.cond(depth - 1) for _ in range(r.randint(2, 3)))
            return Apply(r.choice([Op.AND, Op.OR]), parts, BOOL, NOWHERE)
        form = r.randrange(8)
        if form == 0:
            found = self.reads(BoolTy)
            if found is not None and r.random() < 0.4:
                return Apply(Op.EQ_BOOL, (found, self.reads(BoolTy)), BOOL, NOWHERE)
            return found or Lit(r.random() < 0.5, BOOL, NOWHERE)
        if form == 1 and (text := self.reads(TextTy)) is not None:
            word = Lit(r.choice(WORDS), TEXT, NOWHERE)
            self.edge(text, word.value)
            return Apply(Op.EQ_TEXT, (text, word), BOOL, NOWHERE)
        if form in {2, 3} and (member := self.reads(EnumTy)) is not None:
            ty = strip_opt(member.ty)
            assert isinstance(ty, EnumTy)
            right = Lit(r.randrange(len(ty.members)), ty, NOWHERE)
            ops = [Op.EQ_INT, Op.EQ_INT, Op.LE, Op.LT] if ty.ordered else [Op.EQ_INT]
            return flip(r, r.choice(ops), member, right)
        if form == 4:
            return op(r.choice([Op.LT, Op.LE]), self.day(1), self.day(1))
        if form == 5 and depth > 0:
            return op(r.choice([Op.LT, Op.LE, Op.EQ_INT]), self.number(depth), self.number(0))
        x = self.number(max(depth, 0) if r.random() < 0.3 else 0)
        return flip(r, r.choice([Op.LT, Op.LE, Op.EQ_INT]), x, self.cut(x))

    def guarded_cond(self, depth: int) -> Expr:
        found = self.reads(self.r.choice([ScaledTy, EnumTy, BoolTy, TextTy]), opt=True)
        if found is None or found in self.open:
            return self.cond(depth - 1)
        present = IsPresent(found, BOOL, NOWHERE)
        inside = self.within(found, lambda: self.cond(depth - 1))
        if self.r.random() < 0.5:
            return Apply(Op.AND, (present, inside), BOOL, NOWHERE)
        return Apply(Op.OR, (Apply(Op.NOT, (present,), BOOL, NOWHERE), inside), BOOL, NOWHERE)

    # ---- constants, on the edges of what they are compared with

    def literal(self) -> Lit:
        return lit(self.r.choice([0, 1, -1, 2, 5, 10, 99, 100, 250, self.r.randint(-1000, 1000)]))

    def cover(self, parts) -> ScaledTy:
        return integer(min(strip_opt(p.ty).lo for p in parts), max(strip_opt(p.ty).hi for p in parts))

    def near(self, x: Expr) -> int:
        lo, hi = x.ty.lo, x.ty.hi
        r = self.r
        value = r.choice([0, lo, hi, lo + 1, hi - 1, r.randint(lo, hi), r.randint(lo, min(hi, lo + 20))])
        self.edge(x, value)
        return value

    def cut(self, x: Expr) -> Lit:
        return lit(self.near(x))

    def edge(self, x: Expr, value: Value) -> None:
        inner = x.arg if isinstance(x, Unwrap) else x
        if isinstance(inner, Get):
            self.edges.setdefault(inner.name, set()).add(value)

    # ---- records

    def value(self, ty: Ty, edges: tuple[Value, ...] = ()) -> Value:
        r = self.r
        match ty:
            case BoolTy():
                return r.random() < 0.5
            case TextTy():
                return r.choice(WORDS)
            case EnumTy(_, members, _):
                return r.randrange(len(members))
            case ScaledTy(unit, _, lo, hi) if unit.kind is UnitKind.DATE:
                return r.choice(FAR).toordinal() if r.random() < 0.5 else r.randint(lo, hi)
            case ScaledTy(_, _, lo, hi):
                if edges and r.random() < 0.6:
                    near = int(r.choice(edges)) + r.choice([-1, 0, 0, 1])
                    if lo <= near <= hi:
                        return near
                some = r.choice([lo, hi, lo + 1, hi - 1, 0, 1, -1, r.randint(lo, hi), lo + r.randint(0, 9)])
                return some if lo <= some <= hi else lo
            case _:
                raise AssertionError(ty)

    def typed(self, name: str = ROOT) -> TypedRecord:
        fields: dict[str, Value] = {}
        for f in self.records[name].fields:
            inner = strip_opt(f.ty)
            if isinstance(f.ty, OptTy) and self.r.random() < 0.4:
                fields[f.name] = None
            elif f.has_default and self.r.random() < 0.3:
                fields[f.name] = f.default
            elif isinstance(inner, RecordTy):
                fields[f.name] = self.typed(inner.name)
            elif isinstance(inner, ListTy):
                orders = [self.typed("order") for _ in range(self.r.choice([0, 1, 2, 3]))]
                fields[f.name] = tuple(orders)
            else:
                edges = tuple(sorted(self.edges.get(f.name, ()), key=repr))
                fields[f.name] = self.value(inner, tuple(e for e in edges if isinstance(e, int)))
        return TypedRecord(name, fields)
