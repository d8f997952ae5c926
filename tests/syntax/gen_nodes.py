"""Random policy files as nodes: valid syntax in every construct, without regard to names or types.

Seeded, so that a failure comes back with its number. Spans are nowhere: they take no part in equality.
"""

from __future__ import annotations

from random import Random

from kamflow.base.span import NOWHERE
from kamflow.base.text import Lang, Text
from kamflow.syntax import nodes as n

# `owner`, `first` and `table` are keywords at the start of certain lines only; words that are keywords in
# the middle of a line of their declaration (`weight`, `rest`) have tests of their own.
_NAMES = (
    "a", "b", "tier", "revenue_12m", "客户", "等级", "净价", "x1", "owner", "first", "table", "level_二",
)  # fmt: skip
_TEXTS = ("", "x", 'say "hi"', "好", "a “b” c", "“", "”", "tab\there", "-- no comment", "｜＂|", "é", '"')
_UNITS = ("", "%", "days", "months", "years", "CNY", "USD", "JPY")
_NUMBERS = (
    ("0", 0, 0), ("1", 1, 0), ("7", 7, 0), ("12M", 12_000_000, 0), ("1.5k", 1500, 0), ("5万", 50_000, 0),
    ("1.2亿", 120_000_000, 0), ("1,250.00", 1250, 0), ("0.01", 1, 2), ("97.25", 9725, 2),
    ("1_000", 1000, 0),
)  # fmt: skip
_COMPARE = tuple(n.CompareOp)
_BOUNDS = (
    n.CompareOp.AT_LEAST, n.CompareOp.AT_MOST, n.CompareOp.ABOVE, n.CompareOp.BELOW, n.CompareOp.LT,
    n.CompareOp.LE, n.CompareOp.GT, n.CompareOp.GE,
)  # fmt: skip


class Maker:
    def __init__(self, seed: int) -> None:
        self.r = Random(seed)

    def maybe(self, share: float = 0.5) -> bool:
        return self.r.random() < share

    def some(self, make, low: int = 1, high: int = 3) -> tuple:
        return tuple(make() for _ in range(self.r.randint(low, high)))

    # ---- leaves
    def name(self) -> n.Name:
        return n.Name(self.r.choice(_NAMES), NOWHERE)

    def path(self) -> n.Path:
        return n.Path(self.some(self.name), NOWHERE)

    def text(self) -> n.TextLit:
        return n.TextLit(self.r.choice([t for t in _TEXTS if t != "“" or self.maybe()]), NOWHERE)

    def words(self) -> n.Words:
        said = Text(self.r.choice(_TEXTS), self.r.choice(_TEXTS))
        return n.Words(self.r.choice([said, Text(said.en, ""), Text("", said.zh)]), NOWHERE)

    def label(self) -> n.Words | None:
        return self.words() if self.maybe(0.3) else None

    def amount(self, *units: str) -> n.Amount:
        written, digits, scale = self.r.choice(_NUMBERS)
        return n.Amount(digits, scale, self.r.choice(units or _UNITS), written, NOWHERE)

    def whole(self) -> n.Amount:
        k = self.r.choice((1, 2, 10))
        return n.Amount(k, 0, "", str(k), NOWHERE)

    def date(self) -> n.DateLit:
        return n.DateLit(self.r.randint(1, 3_000_000), NOWHERE)

    # ---- expressions
    def expr(self, depth: int = 4) -> n.Expr:
        if depth <= 0 or self.maybe(0.2):
            return self.leaf()
        e = lambda: self.expr(depth - 1)  # noqa: E731 - the shortest way to say "a smaller one"
        makers = (
            lambda: n.Arith(self.r.choice(tuple(n.ArithOp)), e(), e(), NOWHERE),
            lambda: n.Minus(e(), NOWHERE),
            lambda: n.Compare(self.r.choice(_COMPARE), e(), e(), NOWHERE),
            lambda: n.Presence(e(), self.maybe(), NOWHERE),
            lambda: n.OneOf(e(), self.some(e), NOWHERE),
            lambda: n.WithinLast(e(), self.amount("days", "months", "years"), NOWHERE),
            lambda: n.Logic(n.LogicOp.AND, self.some(e, 2), NOWHERE),
            lambda: n.Logic(n.LogicOp.OR, self.some(e, 2), NOWHERE),
            lambda: n.Logic(n.LogicOp.IMPLIES, (e(), e()), NOWHERE),
            lambda: n.Not(e(), NOWHERE),
            lambda: n.Cond(self.some(lambda: (e(), e()), 1, 2), e(), NOWHERE),
            lambda: n.Fallback(e(), e(), NOWHERE),
            lambda: n.Call(self.r.choice(tuple(n.Function)), self.some(e), NOWHERE),
            lambda: n.Between(self.maybe(), e(), e(), NOWHERE),
            lambda: n.PartOf(self.maybe(), e(), NOWHERE),
            lambda: self.aggregate(depth),
            lambda: self.population_term(depth),
            lambda: n.ListLit(self.some(e, 0), NOWHERE),
        )
        return self.r.choice(makers)()

    def leaf(self) -> n.Expr:
        makers = (
            self.amount, self.date, self.text, self.path, self.path,
            lambda: n.YesNo(self.maybe(), NOWHERE), lambda: n.TodayLit(NOWHERE),
        )  # fmt: skip
        return self.r.choice(makers)()

    def aggregate(self, depth: int) -> n.Agg:
        kind = self.r.choice(tuple(n.AggKind))
        value = None if kind is n.AggKind.COUNT else self.expr(depth - 1)
        where = self.expr(depth - 1) if self.maybe() else None
        return n.Agg(kind, value, self.path(), where, NOWHERE)

    def group(self) -> n.Path | None:
        return self.path() if self.maybe() else None

    def population_term(self, depth: int) -> n.PopExpr:
        kind = self.r.choice(tuple(n.PopWord))
        count = self.whole() if kind is n.PopWord.QUANTILE else None
        return n.PopExpr(kind, count, self.expr(depth - 1), self.name(), self.group(), NOWHERE)

    # ---- tables
    def cell_item(self, depth: int = 2) -> n.Cell:
        e = lambda: self.expr(2)  # noqa: E731
        makers = (
            lambda: n.CellMissing(NOWHERE),
            lambda: n.CellBound(self.r.choice(_BOUNDS), e(), NOWHERE),
            lambda: n.CellRange(e(), self.maybe(), e(), self.maybe(), NOWHERE),
            lambda: n.CellValue(e(), NOWHERE),
            lambda: n.CellNot(self.cell_item(depth - 1), NOWHERE) if depth else n.CellValue(e(), NOWHERE),
        )
        return self.r.choice(makers)()

    def cell(self) -> n.Cell:
        if self.maybe(0.2):
            return n.CellAny(NOWHERE)
        return n.CellOr(self.some(self.cell_item, 2), NOWHERE) if self.maybe(0.3) else self.cell_item()

    def table(self) -> n.TableNode:
        columns = self.some(lambda: self.expr(2))
        outs = self.some(self.out_column)
        value = lambda: self.expr(2) if self.maybe(0.7) else n.Hole(NOWHERE) if self.maybe() else None  # noqa: E731
        row = lambda: n.TableRow(  # noqa: E731
            tuple(self.cell() for _ in columns), tuple(value() for _ in outs), NOWHERE
        )
        return n.TableNode(self.r.choice(tuple(n.HitPolicy)), columns, outs, self.some(row, 1, 4), NOWHERE)

    def out_column(self) -> n.OutColumn:
        if self.maybe(0.7):
            return n.OutColumn(self.name(), None, NOWHERE)
        return n.OutColumn(None, self.r.choice(tuple(Lang)), NOWHERE)

    def data_table(self) -> n.DataTable:
        head = self.some(self.path)
        row = lambda: tuple(self.data_cell() for _ in head)  # noqa: E731
        return n.DataTable(head, self.some(row, 1, 4), NOWHERE)

    def data_cell(self) -> n.Expr | None:
        return None if self.maybe(0.2) else self.given_value()

    def given_value(self) -> n.Expr:
        return n.MissingLit(NOWHERE) if self.maybe(0.2) else self.expr(2)

    # ---- types
    def type(self) -> n.TypeNode:
        kind = self.r.randrange(4)
        if kind == 0:
            return n.NamedType(self.name(), NOWHERE)
        if kind == 1:
            return n.ListType(self.scalar() if self.maybe() else n.NamedType(self.name(), NOWHERE), NOWHERE)
        return self.scalar()

    def scalar(self) -> n.ScalarType:
        word = self.r.choice(tuple(n.TypeWord))
        currency = n.Name("USD", NOWHERE) if word is n.TypeWord.MONEY and self.maybe() else None
        return n.ScalarType(word, currency, self.whole() if self.maybe(0.3) else None, NOWHERE)

    # ---- declarations
    def assign(self) -> n.Assign:
        return n.Assign(self.path(), self.expr(2), NOWHERE)

    def given(self) -> n.Assign:
        return n.Assign(self.path(), self.given_value(), NOWHERE)

    def field(self) -> n.FieldNode:
        e = lambda: self.expr(2)  # noqa: E731
        return n.FieldNode(
            self.name(), self.type(), self.maybe(0.3), e() if self.maybe(0.3) else None,
            (e(), e()) if self.maybe(0.3) else None,
            tuple(n.Name(x, NOWHERE) for x in ("a", "b")) if self.maybe(0.2) else (),
            self.text() if self.maybe(0.2) else None, self.whole() if self.maybe(0.2) else None,
            self.maybe(0.2), self.label(), NOWHERE,
        )  # fmt: skip

    def results(self) -> n.Results:
        if self.maybe():
            return n.Results(self.expr(2), (), self.label(), NOWHERE)
        return n.Results(None, self.some(self.assign), self.label(), NOWHERE)

    def body(self) -> n.DecisionBody:
        kind = self.r.randrange(3)
        if kind == 0:
            return n.ExprBody(self.expr(), self.label(), NOWHERE)
        if kind == 1:
            clause = lambda: n.Clause(self.expr(3), self.results(), NOWHERE)  # noqa: E731
            return n.Clauses(self.some(clause), self.results(), NOWHERE)
        return n.TableBody(self.table(), self.results() if self.maybe(0.4) else None, NOWHERE)

    def decision(self) -> n.DecisionNode:
        name, single = self.name(), self.maybe()
        if single:
            outputs = (n.Output(name, self.type(), None, NOWHERE),)
        else:
            outputs = self.some(lambda: n.Output(self.name(), self.type(), self.label(), NOWHERE), 1, 6)
        return n.DecisionNode(name, self.name(), single, outputs, self.label(), self.body(), NOWHERE)

    def step(self) -> n.TestStep:
        kind = self.r.randrange(5)
        if kind == 0:
            return n.Given(self.path(), self.some(self.given), None, NOWHERE)
        if kind == 1:
            return n.Given(self.path(), (), self.data_table(), NOWHERE)
        if kind == 2:
            return n.Assume(self.given(), NOWHERE)
        if kind == 3:
            return n.ExpectTable(self.path(), self.data_table(), NOWHERE)
        return n.ExpectNode(self.expr(), NOWHERE)

    def property(self) -> n.PropertyNode:
        word = self.r.choice(tuple(n.PropertyWord))
        monotone = self.maybe(0.3)
        body = n.Monotone(self.expr(2), self.maybe(), self.expr(2), NOWHERE) if monotone else self.expr()
        return n.PropertyNode(word, self.words(), self.record(), body, NOWHERE)

    def record(self) -> n.Name | None:
        return self.name() if self.maybe(0.3) else None

    def decl(self) -> n.Decl:
        criterion = lambda: n.Criterion(  # noqa: E731
            self.name(), self.label(), self.amount("%"), self.expr(2),
            self.some(lambda: n.Band(self.cell(), self.expr(2), NOWHERE)), NOWHERE,
        )  # fmt: skip
        member = lambda: n.Member(self.name(), self.label(), NOWHERE)  # noqa: E731
        line = lambda: n.ClassLine(  # noqa: E731
            self.name(), self.amount("%", "") if self.maybe(0.7) else None, NOWHERE
        )
        version = lambda: n.DatedValue(self.date(), self.expr(2), NOWHERE)  # noqa: E731
        makers = (
            lambda: n.TypeDecl(self.name(), self.label(), self.maybe(), self.some(member, 1, 9), NOWHERE),
            lambda: n.RecordNode(self.name(), self.label(), self.some(self.field), NOWHERE),
            lambda: n.ParamNode(self.name(), self.type(), self.label(), self.some(version), NOWHERE),
            lambda: n.DefineNode(
                self.name(), self.name(), self.type() if self.maybe() else None, self.label(), self.expr(),
                NOWHERE,
            ),
            lambda: n.DefineNode(
                self.name(), self.name(), self.type(), self.label(), self.expr(), NOWHERE,
                self.r.choice(list(n.MeasureWord)),
            ),
            lambda: n.PopulationNode(self.name(), self.name(), self.expr(), NOWHERE),
            lambda: n.ClassifyNode(
                self.name(), self.name(), self.name(), self.type(), self.label(), self.expr(2), self.maybe(),
                self.some(line), self.maybe(), self.record(), self.group(), NOWHERE,
            ),
            lambda: n.ScorecardNode(self.name(), self.name(), self.label(), self.some(criterion), NOWHERE),
            self.decision,
            lambda: n.RuleNode(
                self.name(), self.label(), self.some(self.path), self.record(), self.expr(),
                self.some(self.assign), self.label(), NOWHERE,
            ),
            self.property,
            lambda: n.ImpossibleNode(self.record(), self.expr(), self.label(), NOWHERE),
            lambda: n.TestNode(
                self.words(), self.date() if self.maybe() else None, self.some(self.step), NOWHERE
            ),
            lambda: n.ScenarioNode(
                self.words(), self.some(lambda: (self.name(), self.expr(2))), NOWHERE
            ),
        )  # fmt: skip
        return self.r.choice(makers)()

    def header(self) -> n.Header:
        names = lambda: self.some(self.name, 0)  # noqa: E731
        starts = self.date() if self.maybe() else None
        return n.Header(
            self.name(), self.label(), self.text() if self.maybe() else None, starts,
            self.date() if starts and self.maybe() else None,
            n.Name("CNY", NOWHERE) if self.maybe() else None, self.r.choice((None, True, False)),
            names(), names(), NOWHERE,
        )  # fmt: skip

    def file(self, lang: Lang) -> n.PolicyFile:
        return n.PolicyFile("gen.kam", lang, self.header(), self.some(self.decl, 1, 4), (), frozenset())
