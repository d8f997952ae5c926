"""A compiled plan → one statement over tables as people have them; its answers by name, with reasons.

The chain: ``s0`` … the sources, ``k0`` … typed and checked, ``b1`` … whose lines spoil their record, ``t0`` …
what the plan reads, the plan's own SELECTs, ``decided``; the last SELECT has a line for each line of ``s0``.
No text of a policy stands outside a literal or a quoted name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from kamflow.base.text import Lang, Text
from kamflow.core.columns import ROOT, Column, ColumnTable
from kamflow.core.expr import Choose, Hit, Tag
from kamflow.core.program import FieldDecl, Program
from kamflow.core.ty import ListTy, OptTy, RecordTy, Ty, strip_opt
from kamflow.engines.sql.build import Builder
from kamflow.engines.sql.dialects import Dialect
from kamflow.engines.sql.natural import Natural, name_of, too_wide_for_natural
from kamflow.engines.sql.plan import Refused, SqlPlan

ROW, PARENT, FINE = "row", "parent", "fine"


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the records are: ``tables`` names each table of the layout, maybe with a schema before a dot.

    ``key``: the column of the records' table that tells them apart, and that a list's ``parent`` holds.
    """

    tables: Mapping[str, str]
    key: str


@dataclass(frozen=True, slots=True)
class SourceColumn:
    """A column that a script reads; ``decl`` is its field, None for values of a plain list."""

    name: str
    column: Column
    decl: FieldDecl | None


@dataclass(frozen=True, slots=True)
class SourceTable:
    table: ColumnTable
    name: str
    key: str | None
    columns: tuple[SourceColumn, ...]
    max_items: int | None


@dataclass(frozen=True, slots=True)
class Script:
    """``text`` is the statement, without a semicolon; ``results`` the names of its columns."""

    text: str
    sources: tuple[SourceTable, ...]
    results: tuple[str, ...]


def emit_script(program: Program, made: SqlPlan, sources: Sources, lang: Lang) -> Script | Refused:
    """Return a statement that decides the lines of a table of people, and says what it reads."""
    tables = tuple(_tables(program, made, sources))
    for t in tables:
        for c in t.columns:
            if too_wide_for_natural(c.column.ty):
                reason = Text(
                    "a decimal column for it would need more digits than the databases have",
                    "对应的小数列所需位数超过数据库的上限",
                )
                return Refused(c.name, reason)
    maker = _Maker(program, made, {t.table.name: t for t in tables}, Natural(made.dialect))
    results = maker.results(sources.key, lang)
    final = maker.final(results)
    for name, select in maker.ctes:
        final = final.with_(exp.to_identifier(name, quoted=True), as_=select, copy=False)
    text = made.dialect.text(final, pretty=True)
    return Script(text, tables, tuple(n for n, _ in results))


def quoted(name: str, dialect: Dialect) -> str:
    """Return the name of a table or view, each part of it quoted."""
    return _dotted(name).sql(dialect=dialect.name)


# ---- what is read


def _tables(program: Program, made: SqlPlan, sources: Sources) -> Iterator[SourceTable]:
    for table in made.layout.tables:
        if table.name not in made.reads:
            continue
        found = tuple(
            SourceColumn(name_of(c), c, _field(program, table.item, c.path)) for c in _needed(made, table)
        )
        key: str | None = sources.key
        most = None
        if table.name != ROOT:
            parent = next(t for t in made.layout.tables if t.name == table.parent)
            decl = _field(program, parent.item, table.path)
            most = None if decl is None else decl.max_items
            key = ROW if _reads_row(made, table.name) else None
        yield SourceTable(table, sources.tables[table.name], key, found, most)


def _needed(made: SqlPlan, table: ColumnTable) -> Iterator[Column]:
    """Yield the columns that the plan reads, and with one of an optional record all of that record's."""
    read = {c.path for c in table.columns if c.name in made.reads[table.name]}
    around = {c.path for c in table.columns if _is_record(c) and any(_within(p, c.path) for p in read)}
    for c in table.columns:
        if c.path in read or any(_within(c.path, a) for a in around):
            yield c


def _within(path: tuple[str, ...], record: tuple[str, ...]) -> bool:
    return path[: len(record)] == record


def _is_record(c: Column) -> bool:
    return isinstance(strip_opt(c.ty), RecordTy)


def _field(program: Program, item: Ty, path: tuple[str, ...]) -> FieldDecl | None:
    found = None
    for name in path:
        inner = strip_opt(item)
        assert isinstance(inner, RecordTy)
        found = program.records[inner.name].field(name)
        assert found is not None
        item = found.ty
    return found


def _reads_row(made: SqlPlan, table: str) -> bool:
    """Say whether the lines of a list have to be told apart: lists within it, or joins, do that."""
    if any(t.parent == table and t.name in made.reads for t in made.layout.tables):
        return True
    for select in made.tree.find_all(exp.Select):
        source = select.args.get("from_") or select.args.get("from")
        named = source is not None and source.this.name == table
        if named and any(c.name == ROW and c.table in ("", "i") for c in select.find_all(exp.Column)):
            return True
    return False


# ---- the statement


class _Maker:
    def __init__(
        self, program: Program, made: SqlPlan, tables: Mapping[str, SourceTable], natural: Natural
    ) -> None:
        self.program, self.made, self.tables, self.natural = program, made, tables, natural
        self.b = Builder(made.dialect)
        self.ctes: list[tuple[str, exp.Select]] = []
        for t in tables.values():
            self._source(t)
            self._checked(t)
        for t in reversed(list(tables.values())):
            if t.table.name != ROOT:
                self._spoilt(t)
        for t in tables.values():
            self._typed(t)
        tree = made.tree.copy()
        with_ = tree.args.get("with_") or tree.args.get("with")
        if with_ is not None:
            self.ctes += [(c.alias, c.this) for c in with_.expressions]
            with_.pop()
        self.ctes.append(("decided", tree))

    def _source(self, t: SourceTable) -> None:
        select = exp.Select().from_(_dotted(t.name), copy=False)
        if t.key is not None:
            select.append("expressions", _as(_col(t.key), ROW))
        if t.table.name != ROOT:
            select.append("expressions", _as(_col(PARENT), PARENT))
        for c in t.columns:
            if not _is_record(c.column):
                select.append("expressions", _as(_col(c.name), c.column.name))
        self.ctes.append((f"s{_number(t)}", select))

    def _checked(self, t: SourceTable) -> None:
        select = exp.Select().from_(_table(f"s{_number(t)}"), copy=False)
        fine: list[exp.Expr] = []
        if t.key is not None:
            select.append("expressions", _col(ROW))
            once = exp.Window(this=exp.Count(this=exp.Star()), partition_by=[_col(ROW)])
            fine += [_present(_col(ROW)), exp.EQ(this=once, expression=exp.Literal.number(1))]
        if t.table.name != ROOT:
            select.append("expressions", _col(PARENT))
        for c in t.columns:
            value, condition = self._column(t, c)
            select.append("expressions", _as(value, c.column.name))
            fine.append(condition)
        select.append("expressions", _as(_all(fine), FINE))
        self.ctes.append((f"k{_number(t)}", select))

    def _column(self, t: SourceTable, c: SourceColumn) -> tuple[exp.Expr, exp.Expr]:
        """Return a column's typed value, and a condition, never NULL, that says that the source is fine."""
        around = [a for a in t.columns if _is_record(a.column) and _within(c.column.path, a.column.path)]
        around = [a for a in around if a is not c]
        within = None if not around else _all([self._is_given(t, a) for a in around])
        if _is_record(c.column):
            here = self._is_given(t, c)
            value = here if within is None else _all([within, here])
            return value, exp.true()
        raw = _col(c.column.name)
        if isinstance(strip_opt(c.column.ty), ListTy):
            return exp.Coalesce(this=raw, expressions=[exp.false()]), _present(raw.copy())
        value = self.natural.typed(raw.copy(), c.column.ty)
        condition: exp.Expr = _present(exp.Paren(this=value.copy()))
        optional = c.decl is not None and (isinstance(c.decl.ty, OptTy) or c.decl.has_default)
        if optional:
            condition = exp.Paren(this=exp.Or(this=_missing(raw.copy()), expression=condition))
        if c.decl is not None and c.decl.has_default:
            default = self.b.value(c.decl.default, c.decl.ty).node()
            ifs = [exp.If(this=_missing(raw.copy()), true=default)]
            value = exp.Case(ifs=ifs, default=value)
        if within is not None:
            value = exp.Case(ifs=[exp.If(this=within.copy(), true=value)])
            condition = exp.Paren(
                this=exp.Or(this=exp.Not(this=exp.Paren(this=within)), expression=condition)
            )
        return value, condition

    def _is_given(self, t: SourceTable, record: SourceColumn) -> exp.Expr:
        """Say whether an optional record is there: one of its columns is."""
        parts = [
            c for c in t.columns if _within(c.column.path, record.column.path) and not _is_record(c.column)
        ]
        found: exp.Expr = _present(_col(parts[0].column.name))
        for c in parts[1:]:
            found = exp.Or(this=found, expression=_present(_col(c.column.name)))
        return exp.Paren(this=found)

    def _spoilt(self, t: SourceTable) -> None:
        """The records (or items) that a line of a list spoils, or that have too many lines."""
        bad: exp.Expr = exp.Case(
            ifs=[exp.If(this=self._sound(t), true=exp.Null())], default=exp.Literal.number(1)
        )
        select = self._with_spoilt(t, exp.Select()).select(_qualified("k", PARENT), copy=False)
        select = select.group_by(_qualified("k", PARENT), copy=False)
        having: exp.Expr = exp.GT(this=exp.Count(this=bad), expression=exp.Literal.number(0))
        if t.max_items is not None:
            count = exp.GT(this=exp.Count(this=exp.Star()), expression=exp.Literal.number(t.max_items))
            having = exp.Or(this=having, expression=count)
        self.ctes.append((f"b{_number(t)}", select.having(having, copy=False)))

    def _lists_of(self, t: SourceTable) -> list[SourceTable]:
        return [c for c in self.tables.values() if c.table.parent == t.table.name and c.table.name != ROOT]

    def _with_spoilt(self, t: SourceTable, select: exp.Select) -> exp.Select:
        select = select.from_(_table(f"k{_number(t)}", "k"), copy=False)
        for child in self._lists_of(t):
            name = f"b{_number(child)}"
            on = exp.EQ(this=_qualified(name, PARENT), expression=_qualified("k", ROW))
            select = select.join(_table(name), on=on, join_type="left", copy=False)
        return select

    def _sound(self, t: SourceTable) -> exp.Expr:
        unspoilt = [_missing(_qualified(f"b{_number(c)}", PARENT)) for c in self._lists_of(t)]
        return _all([_qualified("k", FINE), *unspoilt])

    def _typed(self, t: SourceTable) -> None:
        name = t.table.name
        select = (
            self._with_spoilt(t, exp.Select())
            if name == ROOT
            else exp.Select().from_(_table(f"k{_number(t)}", "k"), copy=False)
        )
        if t.key is not None:
            select.append("expressions", _as(_qualified("k", ROW), ROW))
        if name != ROOT:
            select.append("expressions", _as(_qualified("k", PARENT), PARENT))
        for c in t.columns:
            select.append("expressions", _as(_qualified("k", c.column.name), c.column.name))
        if name == ROOT and self.made.members:
            select.append("expressions", _as(exp.true(), "member"))
        if name == ROOT:
            select = select.where(self._sound(t), copy=False)
        self.ctes.append((name, select))

    # ---- what comes out

    def results(self, key: str, lang: Lang) -> list[tuple[str, exp.Expr]]:
        """Return the columns of the result: the key, ``ok``, values by name, rows and their reasons."""
        made, taken = self.made, set[str]()
        found: list[tuple[str, exp.Expr]] = []

        def put(name: str, value: exp.Expr) -> None:
            free, n = name, 1
            while free.casefold() in taken:
                n += 1
                free = f"{name}_{n}"
            taken.add(free.casefold())
            found.append((free, value))

        put(key, _qualified("s", ROW))
        put("ok", _present(_qualified("d", ROW)))
        for o in made.outputs:
            put(o.key.name, self.natural.shown(_qualified("d", o.name), o.ty))
        shown = {self.program.defs[o.key].decl for o in made.outputs}
        for i, k in enumerate(made.row_keys):
            d = self.program.defs[k]
            if d.decl not in shown or not isinstance(d.body, Choose) or d.body.hit is Hit.COLLECT:
                continue
            row = _qualified("d", f"r{i}")
            put(f"{d.decl}_row", exp.Add(this=row, expression=exp.Literal.number(1)))
            reasons = _reasons(d.body, lang)
            if any(reasons):
                put(f"{d.decl}_because", _by_row(row, reasons))
        return found

    def final(self, results: Sequence[tuple[str, exp.Expr]]) -> exp.Select:
        select = exp.Select().from_(_table("s0", "s"), copy=False)
        same = exp.EQ(this=_qualified("d", ROW), expression=_qualified("s", ROW))
        on = exp.And(this=same, expression=_qualified("d", "ok"))
        select = select.join(_table("decided", "d"), on=on, join_type="left", copy=False)
        for name, value in results:
            select.append("expressions", _as(value, name))
        return select


def _reasons(body: Choose, lang: Lang) -> list[str]:
    tags: list[Tag] = [b.tag for b in body.branches]
    if body.otherwise is not None:
        tags.append(body.otherwise)
    return [t.because.in_(lang) or t.because.en or t.because.zh for t in tags]


def _by_row(row: exp.Expr, texts: Sequence[str]) -> exp.Expr:
    rows: dict[str, list[int]] = {}
    for i, text in enumerate(texts):
        if text:
            rows.setdefault(text, []).append(i)
    ifs = [
        exp.If(
            this=exp.In(this=row.copy(), expressions=[exp.Literal.number(i) for i in some]),
            true=exp.Literal.string(text),
        )
        for text, some in rows.items()
    ]
    return exp.Case(ifs=ifs)


def _number(t: SourceTable) -> str:
    return t.table.name[1:]


def _col(name: str) -> exp.Expr:
    return exp.Column(this=exp.to_identifier(name, quoted=True))


def _qualified(table: str, name: str) -> exp.Expr:
    return exp.Column(this=exp.to_identifier(name, quoted=True), table=exp.to_identifier(table, quoted=True))


def _table(name: str, alias: str = "") -> exp.Table:
    named = exp.TableAlias(this=exp.to_identifier(alias, quoted=True)) if alias else None
    return exp.Table(this=exp.to_identifier(name, quoted=True), alias=named)


def _dotted(name: str) -> exp.Table:
    """Return a table by its name, a schema and a database perhaps before it; each part is quoted."""
    *outer, last = (exp.to_identifier(part, quoted=True) for part in name.split("."))
    schema = outer[-1] if outer else None
    catalog = outer[-2] if len(outer) > 1 else None
    return exp.Table(this=last, db=schema, catalog=catalog)


def _as(value: exp.Expr, name: str) -> exp.Expr:
    return exp.Alias(this=value, alias=exp.to_identifier(name, quoted=True))


def _present(value: exp.Expr) -> exp.Expr:
    return exp.Not(this=_missing(value))


def _missing(value: exp.Expr) -> exp.Expr:
    return exp.Is(this=value, expression=exp.Null())


def _all(parts: Sequence[exp.Expr]) -> exp.Expr:
    kept = [p for p in parts if not (isinstance(p, exp.Boolean) and p.this is True)]
    if not kept:
        return exp.true()
    found = kept[0]
    for part in kept[1:]:
        found = exp.And(this=found, expression=part)
    return found
