"""Terms of terms: each node of SQL that decides a value is made here or in the table of dialects."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from sqlglot import exp

from kamflow.core.columns import Physical, physical_of
from kamflow.core.ty import INT64, ListTy, RecordTy, StructTy, Ty, strip_opt
from kamflow.engines.sql.dialects import Dialect
from kamflow.engines.sql.terms import (
    NO_TYPE,
    Sort,
    Term,
    TooWideError,
    literal_bool,
    literal_int,
    literal_text,
    narrowest,
    physical_int,
    sort_of,
    width_of,
)
from kamflow.values.data import Value

_FEW = 16
FEW_VALUES = 4
"""Constants that are rather told apart by conditions than looked up."""


class Builder:
    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect

    # ---- constants

    def value(self, value: Value, ty: Ty) -> Term:
        """Return a constant; a missing one has the type that its place expects."""
        match value:
            case None:
                return self.null(ty)
            case bool():
                return literal_bool(value)
            case int():
                return literal_int(value)
            case str():
                return literal_text(value)
            case tuple():
                inner = strip_opt(ty)
                assert isinstance(inner, ListTy)
                return self.list_of([self.value(v, inner.item) for v in value])
            case _:
                raise AssertionError("a record is no constant")

    def null(self, ty: Ty) -> Term:
        sort = sort_of(ty)
        if sort is Sort.LIST or isinstance(strip_opt(ty), RecordTy | StructTy):
            return Term(exp.Null(), sort, nullable=True)
        physical = physical_of(ty)
        cast = exp.Cast(this=exp.Null(), to=self.dialect.type_of(physical))
        return Term(cast, sort, nullable=True, width=8 if sort is Sort.INT else 0, size=2, depth=2)

    def _null_like(self, t: Term) -> Term:
        physical = {Sort.BOOL: Physical.BOOL, Sort.TEXT: Physical.TEXT}.get(t.sort)
        if t.sort is Sort.LIST:
            return Term(exp.Null(), t.sort, nullable=True)
        bits = t.width or self.narrowest(t.lo, t.hi)
        cast = exp.Cast(this=exp.Null(), to=self.dialect.type_of(physical or physical_int(bits)))
        return Term(cast, t.sort, nullable=True, width=bits if physical is None else 0, size=2, depth=2)

    # ---- integers

    def bits(self, lo: int, hi: int) -> int:
        """Return the bits that arithmetic within a range is done in."""
        if max(hi, -lo) > self.dialect.most:
            raise TooWideError
        return width_of(lo, hi)

    def narrowest(self, lo: int, hi: int) -> int:
        """Return the bits of the narrowest type that holds a range and that queries make."""
        return max(narrowest(lo, hi), self.dialect.least)

    def left(self, t: Term) -> Term:
        """Return what the query leaves, no narrower than what it makes."""
        if t.sort is not Sort.INT or t.const is not None or t.width >= self.dialect.least:
            return t
        bits = self.dialect.least
        return _made(self.cast(t, bits), Sort.INT, [t], t.lo, t.hi, bits)

    def cast(self, t: Term, bits: int) -> exp.Expr:
        """Return an operand of at least so many bits; a literal takes the type of what is beside it."""
        if t.const is not None or t.width >= bits:
            return t.operand()
        return exp.Cast(this=t.node(), to=self.dialect.type_of(physical_int(bits)))

    def narrow(self, t: Term) -> Term:
        """Return an amount in 64 bits where its range says that it fits."""
        if t.width <= 64 or max(t.hi, -t.lo) > INT64:
            return t
        sql = exp.Cast(this=t.node(), to=self.dialect.type_of(Physical.INT64))
        return _made(sql, Sort.INT, [t], t.lo, t.hi, 64)

    def clipped(self, t: Term, lo: int, hi: int) -> Term:
        """Return an amount where a condition says that it is within a range."""
        return self.narrow(t.between(lo, hi))

    def _arithmetic(self, kind: type[exp.Binary], a: Term, b: Term, lo: int, hi: int) -> Term:
        bits = self.bits(min(a.lo, b.lo, lo), max(a.hi, b.hi, hi))
        bits = max(bits, a.width, b.width)
        return _made(
            kind(this=self.cast(a, bits), expression=self.cast(b, bits)), Sort.INT, [a, b], lo, hi, bits
        )

    def add(self, a: Term, b: Term) -> Term:
        if _both(a, b):
            return literal_int(a.lo + b.lo)
        if a.const == 0:
            return b
        return a if b.const == 0 else self._arithmetic(exp.Add, a, b, a.lo + b.lo, a.hi + b.hi)

    def sub(self, a: Term, b: Term) -> Term:
        if _both(a, b):
            return literal_int(a.lo - b.lo)
        return a if b.const == 0 else self._arithmetic(exp.Sub, a, b, a.lo - b.hi, a.hi - b.lo)

    def mul(self, a: Term, b: Term) -> Term:
        if _both(a, b):
            return literal_int(a.lo * b.lo)
        if b.const == 1 or a.const == 1:
            return a if b.const == 1 else b
        ends = [x * y for x in (a.lo, a.hi) for y in (b.lo, b.hi)]
        return self._arithmetic(exp.Mul, a, b, min(ends), max(ends))

    def neg(self, a: Term) -> Term:
        return self.sub(literal_int(0), a)

    def sum(self, terms: Sequence[Term]) -> Term:
        """Return a sum as a tree of few levels."""
        if len(terms) == 1:
            return terms[0]
        half = len(terms) // 2
        return self.add(self.sum(terms[:half]), self.sum(terms[half:]))

    def quot(self, num: Term, den: Term, lo: int, hi: int) -> Term:
        """Return ``num / den`` cut towards zero; the divisor is never 0."""
        if _both(num, den):
            return literal_int(abs(num.lo) // abs(den.lo) * (1 if (num.lo < 0) == (den.lo < 0) else -1))
        nearest = min(abs(den.lo), abs(den.hi)) if den.lo > 0 or den.hi < 0 else 1
        if max(num.hi, -num.lo) // nearest > self.dialect.most_quotient:
            raise TooWideError
        bits = max(self.bits(min(num.lo, den.lo, lo), max(num.hi, den.hi, hi)), num.width, den.width)
        sql = self.dialect.quotient(self.cast(num, bits), self.cast(den, bits), bits)
        return _made(sql, Sort.INT, [num, den], lo, hi, bits)

    def rem(self, num: Term, den: Term) -> Term:
        """Return what ``quot`` leaves: the sign is that of ``num``."""
        if _both(num, den):
            return literal_int(abs(num.lo) % abs(den.lo) * (-1 if num.lo < 0 else 1))
        bits = max(self.bits(min(num.lo, den.lo), max(num.hi, den.hi)), num.width, den.width)
        most = max(abs(den.lo), abs(den.hi)) - 1
        sql = self.dialect.remainder(self.cast(num, bits), self.cast(den, bits))
        lo, hi = max(num.lo, -most) if num.lo < 0 else 0, min(num.hi, most) if num.hi > 0 else 0
        return _made(sql, Sort.INT, [num, den], lo, hi, bits)

    def null_if_zero(self, t: Term) -> Term:
        sql = exp.Nullif(this=t.node(), expression=exp.Literal.number(0))
        return _made(sql, Sort.INT, [t], t.lo, t.hi, t.width, nullable=True)

    def zero_if_null(self, t: Term) -> Term:
        sql = exp.Coalesce(this=t.node(), expressions=[exp.Literal.number(0)])
        return _made(sql, Sort.INT, [t], min(t.lo, 0), max(t.hi, 0), t.width, nullable=False)

    # ---- comparisons and conditions

    def lt(self, a: Term, b: Term) -> Term:
        if _both(a, b):
            return literal_bool(a.lo < b.lo)
        return _compared(exp.LT, a, b)

    def le(self, a: Term, b: Term) -> Term:
        if _both(a, b):
            return literal_bool(a.lo <= b.lo)
        return _compared(exp.LTE, a, b)

    def eq(self, a: Term, b: Term) -> Term:
        if _both(a, b):
            return literal_bool(a.const == b.const)
        return _compared(exp.EQ, a, b)

    def ne(self, a: Term, b: Term) -> Term:
        return _compared(exp.NEQ, a, b)

    def among(self, t: Term, values: Sequence[int]) -> Term:
        if len(values) == 1:
            return self.eq(t, literal_int(values[0]))
        sql = exp.In(this=t.operand(), expressions=[literal_int(v).node() for v in values])
        return Term(sql, Sort.BOOL, t.nullable, size=t.size + len(values) + 1, depth=t.depth + 1)

    def differ(self, a: Term, b: Term) -> Term:
        """Say whether two values differ, missing equal to missing."""
        return _made(self.dialect.differ(a.operand(), b.operand()), Sort.BOOL, [a, b], nullable=False)

    def is_null(self, t: Term) -> Term:
        if not t.nullable:
            return literal_bool(False)
        return _made(exp.Is(this=t.operand(), expression=exp.Null()), Sort.BOOL, [t], nullable=False)

    def not_null(self, t: Term) -> Term:
        return self.not_(self.is_null(t))

    def is_true(self, t: Term) -> Term:
        """Return a condition that is never NULL."""
        if not t.nullable:
            return t
        return _made(exp.Coalesce(this=t.node(), expressions=[exp.false()]), Sort.BOOL, [t], nullable=False)

    def is_false(self, t: Term) -> Term:
        """Say whether a condition is known and false."""
        if not t.nullable:
            return self.not_(t)
        return self.not_(
            _made(exp.Coalesce(this=t.node(), expressions=[exp.true()]), Sort.BOOL, [t], nullable=False)
        )

    def not_(self, t: Term) -> Term:
        if isinstance(t.const, bool):
            return literal_bool(not t.const)
        if isinstance(t.sql, exp.Not):
            inner = t.sql.this
            return Term(inner.copy(), Sort.BOOL, t.nullable, size=t.size - 1, depth=t.depth - 1)
        return _made(exp.Not(this=t.operand()), Sort.BOOL, [t])

    def all_(self, terms: Iterable[Term]) -> Term:
        return self._connected(exp.And, list(terms), neutral=True)

    def any_(self, terms: Iterable[Term]) -> Term:
        return self._connected(exp.Or, list(terms), neutral=False)

    def _connected(self, kind: type[exp.Connector], terms: list[Term], *, neutral: bool) -> Term:
        kept = [t for t in terms if t.const is not neutral]
        if any(t.const is (not neutral) and isinstance(t.const, bool) for t in kept):
            return literal_bool(not neutral)
        if not kept:
            return literal_bool(neutral)
        while len(kept) > _FEW:  # a tree of few levels
            kept = [
                self._connected(kind, kept[i : i + _FEW], neutral=neutral) for i in range(0, len(kept), _FEW)
            ]
        sql = kept[0].node()
        if len(kept) == 1:
            return kept[0]
        sql = kept[0].operand()
        for t in kept[1:]:
            sql = kind(this=sql, expression=t.operand())
        return _made(sql, Sort.BOOL, kept, extra=len(kept) - 1)

    # ---- choices

    def case(self, whens: Sequence[tuple[Term, Term]], other: Term | None, *, least: int = NO_TYPE) -> Term:
        """Return the value of the first condition that is true, else ``other``, else NULL."""
        kept: list[tuple[Term, Term]] = []
        for cond, value in whens:
            if cond.const is True:
                other = value
                break
            if cond.const is not False:
                kept.append((cond, value))
        if not kept:
            return other if other is not None else self._null_like(whens[0][1])
        values = [v for _, v in kept] + ([other] if other is not None else [])
        bits = max(self._among(values), least)
        ifs = [exp.If(this=c.node(), true=self._branch(v, bits)) for c, v in kept]
        sql = exp.Case(ifs=ifs, default=None if other is None else self._branch(other, bits))
        nullable = other is None or any(v.nullable for v in values)
        return _hull(sql, values, [c for c, _ in kept], bits, nullable=nullable)

    def by_row(self, row: Term, values: Sequence[Term]) -> Term:
        """Return the value that belongs to a row; where there is none, any of them."""
        steps = {b.lo - a.lo for a, b in pairwise(values) if _both(a, b)}
        numbers = all(v.sort is Sort.INT and v.const is not None for v in values)
        if numbers and len(values) > 2 and len(steps) == 1 and steps != {0}:
            step = steps.pop()
            moved = self.mul(row, literal_int(abs(step)))
            return self.add(moved, values[0]) if step > 0 else self.sub(values[0], moved)
        if len(values) > FEW_VALUES and all(v.const is not None for v in values):
            return self.at([*values, *[values[0]] * (row.hi + 1 - len(values))], row)
        groups: dict[object, tuple[list[int], Term]] = {}
        for i, v in enumerate(values):
            alike = (v.sort, v.const) if v.const is not None else ("row", i)
            groups.setdefault(alike, ([], v))[0].append(i)
        ordered = sorted(groups.values(), key=lambda g: (len(g[0]), -g[0][0]))
        *first, (_, other) = ordered
        return self.case([(self.among(row, rows), v) for rows, v in first], other)

    def at(self, values: Sequence[Term], index: Term, *, first: int | None = None) -> Term:
        """Return one of several constants of a kind, ``index`` counting from 0, or from ``first``."""
        sort = values[0].sort
        lo, hi = min(v.lo for v in values), max(v.hi for v in values)
        bits = self.narrowest(lo, hi) if sort is Sort.INT else NO_TYPE
        physical = physical_int(bits) if bits else {Sort.BOOL: Physical.BOOL}.get(sort, Physical.TEXT)
        place = self.add(index, literal_int(1)) if first is None else index
        before = [values[0]] * (0 if first is None else first - 1)
        sql = self.dialect.at([v.node() for v in (*before, *values)], physical, place.node())
        return _made(sql, sort, [index], lo, hi, bits, extra=len(values))

    # ---- numbers that are not negative, by their bits

    def even_below(self, t: Term, cond: Term) -> Term:
        """Return a number, but where the condition is true and the number odd the even one below it."""
        if not self.dialect.by_bits or t.width > 64 or t.const is not None:
            return self.sub(t, self.one_if(self.all_([self.odd(t), cond]), among=t.hi))
        last = exp.BitwiseAnd(this=t.operand(), expression=self.one_if(cond, among=t.hi).operand())
        sql = exp.BitwiseXor(this=t.operand(), expression=exp.Paren(this=last))
        return _made(sql, Sort.INT, [t, t, cond], max(0, t.lo - 1), t.hi, t.width)

    def half(self, t: Term) -> Term:
        """Return half of a number, cut."""
        if not self.dialect.by_bits or t.width > 64 or t.const is not None:
            return self.quot(t, literal_int(2), t.lo // 2, t.hi // 2)
        sql = exp.BitwiseRightShift(this=t.operand(), expression=exp.Literal.number(1))
        return _made(sql, Sort.INT, [t], t.lo // 2, t.hi // 2, t.width)

    def odd_even(self, odd: Term, even: Term) -> Term:
        """Say whether the one number is odd and the other even."""
        bits = max(odd.width, even.width)
        if not self.dialect.by_bits or bits > 64 or odd.const is not None or even.const is not None:
            return self.all_([self.odd(odd), self.not_(self.odd(even))])
        turned = exp.BitwiseNot(this=exp.Paren(this=self.cast(even, bits)))
        both = exp.BitwiseAnd(this=self.cast(odd, bits), expression=turned)
        last = exp.BitwiseAnd(this=exp.Paren(this=both), expression=exp.Literal.number(1))
        return self.eq(_made(last, Sort.INT, [odd, even], 0, 1, bits), literal_int(1))

    def flags(self, conds: Sequence[tuple[Term, int]], more: Sequence[Term] = ()) -> Term:
        """Return the sum of powers of two whose conditions are true, and of ``more``: none share a bit."""
        bits = width_of(0, 2 * max((n for _, n in conds), default=0))
        kind = self.dialect.type_of(physical_int(bits))
        parts = list(more)
        for cond, power in conds:
            sql: exp.Expr = exp.Cast(this=cond.node(), to=kind.copy())
            if power > 1:  # minus one has all bits
                sql = exp.BitwiseAnd(
                    this=exp.Paren(this=exp.Neg(this=sql)), expression=exp.Literal.number(power)
                )
            parts.append(_made(sql, Sort.INT, [cond], 0, power, bits))
        found = parts[0]
        for part in parts[1:]:
            width = max(found.width, part.width)
            sql = exp.BitwiseOr(this=self.cast(found, width), expression=self.cast(part, width))
            found = _made(sql, Sort.INT, [found, part], 0, found.hi + part.hi, width)
        return found

    def odd(self, t: Term) -> Term:
        """Say whether a number that is not negative is odd."""
        if t.width > 64 and not self.dialect.wide_bits:
            return self.eq(self.rem(t, literal_int(2)), literal_int(1))
        return self.eq(self._bits(t, 1), literal_int(1))

    def bit_count(self, mask: Term) -> Term:
        bits = mask.hi.bit_length()
        if mask.const is not None:
            return literal_int(mask.lo.bit_count())
        return _made(self.dialect.bit_count(mask.node(), bits), Sort.INT, [mask], 0, bits, 8)

    def _bits(self, mask: Term, some: int) -> Term:
        sql = self.dialect.bits(mask.operand(), literal_int(some).node())
        return _made(sql, Sort.INT, [mask], 0, some, mask.width or 64)

    def has_bits(self, mask: Term, some: int) -> Term:
        """Say whether any of these bits is set."""
        return self.ne(self._bits(mask, some), literal_int(0))

    def has_exactly(self, mask: Term, among: int, those: int) -> Term:
        """Say whether of these bits just ``those`` are set."""
        return self.eq(self._bits(mask, among), literal_int(those))

    def _among(self, values: Sequence[Term]) -> int:
        """Return the width of a choice between integers: the narrowest that all fit."""
        if values[0].sort is not Sort.INT:
            return NO_TYPE
        return max(v.width if v.const is None else self.narrowest(v.lo, v.hi) for v in values)

    def _branch(self, t: Term, bits: int) -> exp.Expr:
        """Return a value of a choice; literals have the type of the choice, whatever stands beside them."""
        if t.sort is not Sort.INT or t.width >= bits:
            return t.node()
        return exp.Cast(this=t.node(), to=self.dialect.type_of(physical_int(bits)))

    def one_if(self, cond: Term, value: int = 1, *, among: int = 1) -> Term:
        """Return a number where a condition is true, else 0; typed for a sum of numbers up to ``among``."""
        bits = width_of(0, max(value, among))
        if value == 1 and not cond.nullable and cond.const is None:
            sql = self.dialect.number(cond.node(), physical_int(bits))
            return _made(sql, Sort.INT, [cond], 0, 1, bits)
        return self.case([(cond, literal_int(value))], literal_int(0), least=bits)

    def least(self, terms: Sequence[Term], *, largest: bool) -> Term:
        """Return the smallest (largest) of atoms; NULL where one is."""
        terms = list({t.sql.sql(): t for t in terms}.values())  # DuckDB does not always take one twice
        if len(terms) == 1:
            return terms[0]
        pick = max if largest else min
        lo, hi = pick(t.lo for t in terms), pick(t.hi for t in terms)
        if all(t.const is not None for t in terms):
            return literal_int(lo)
        bits = self._among(terms)
        if len(terms) == 2 and not any(t.nullable for t in terms):  # a third of the time of LEAST
            first, second = terms
            cond = self.le(second, first) if largest else self.le(first, second)
            return self.case([(cond, first)], second).between(lo, hi)
        parts = [self._branch(t, bits) for t in terms]
        sql = self.dialect.smallest(parts, largest=largest, beyond=_beyond(terms, largest=largest))
        found = _made(sql, Sort.INT, terms, lo, hi, bits, nullable=False)
        if not any(t.nullable for t in terms):
            return found
        return self.case([(self.all_(self.not_null(t) for t in terms), found)], None)

    def least_present(self, terms: Sequence[Term], *, largest: bool) -> Term:
        """Return the smallest (largest) of those that are not NULL, if any."""
        beyond = _beyond(terms, largest=largest)
        sql = self.dialect.smallest([t.operand() for t in terms], largest=largest, beyond=beyond)
        lo, hi = min(t.lo for t in terms), max(t.hi for t in terms)
        return _made(sql, Sort.INT, terms, lo, hi, max(t.width for t in terms), nullable=True)

    # ---- lists

    def list_of(self, items: Sequence[Term]) -> Term:
        sql = self.dialect.list_of([i.node() for i in items])
        return _made(sql, Sort.LIST, items, nullable=False)

    def struct(self, fields: Sequence[Term]) -> Term:
        return _made(self.dialect.struct([f.node() for f in fields]), Sort.LIST, fields, nullable=False)

    def joined(self, lists: Sequence[Term]) -> Term:
        if len(lists) == 1:
            return lists[0]
        half = len(lists) // 2
        left, right = self.joined(lists[:half]), self.joined(lists[half:])
        return _made(self.dialect.joined(left.node(), right.node()), Sort.LIST, [left, right])


def _beyond(terms: Sequence[Term], *, largest: bool) -> int:
    """Return a number that is smaller (larger) than any of these."""
    return min(t.lo for t in terms) - 1 if largest else max(t.hi for t in terms) + 1


def _both(a: Term, b: Term) -> bool:
    return a.const is not None and b.const is not None


def _compared(kind: type[exp.Binary], a: Term, b: Term) -> Term:
    return _made(kind(this=a.operand(), expression=b.operand()), Sort.BOOL, [a, b])


def _made(
    sql: exp.Expr,
    sort: Sort,
    parts: Sequence[Term],
    lo: int = 0,
    hi: int = 0,
    width: int = 0,
    *,
    nullable: bool | None = None,
    extra: int = 1,
) -> Term:
    return Term(
        sql,
        sort,
        any(p.nullable for p in parts) if nullable is None else nullable,
        lo,
        hi,
        width,
        size=sum(p.size for p in parts) + extra,
        depth=max((p.depth for p in parts), default=0) + 1,
    )


def _hull(sql: exp.Expr, values: Sequence[Term], conds: Sequence[Term], bits: int, *, nullable: bool) -> Term:
    known = [v for v in values if not isinstance(v.sql, exp.Cast) or not isinstance(v.sql.this, exp.Null)]
    lo, hi = min((v.lo for v in known), default=0), max((v.hi for v in known), default=0)
    parts = [*values, *conds]
    return _made(sql, values[0].sort, parts, lo, hi, bits, nullable=nullable)
