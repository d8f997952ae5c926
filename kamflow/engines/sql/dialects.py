"""What differs from one SQL to another; all else is written once.

Assumed of every dialect: ``CASE`` evaluates what it reaches; ``AND``, ``OR`` and ``NOT`` are three-valued;
windows with ``RANGE`` count peers in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from kamflow.core.columns import Physical
from kamflow.core.ty import INT64, INT128


@dataclass(frozen=True, slots=True)
class Dialect:
    """``name`` is sqlglot's; ``types``: what columns and casts are called.

    ``most``: the largest integer that what stands for 128 bits holds; ``most_quotient``: the largest quotient
    of such; ``sums_widen``: a sum of integers has that type by itself; ``wide_bits``: such an integer can be
    looked at bit by bit; ``least``: the bits of the narrowest integers that a query makes; ``by_bits``: bits
    are combined and shifted where sums of numbers up to 64 bits would do. ``kinds``, ``functions``: what its
    queries may consist of besides what all may.
    """

    name: str
    types: dict[Physical, str]
    most: int = INT128
    most_quotient: int = INT128
    sums_widen: bool = True
    wide_bits: bool = True
    least: int = 8
    by_bits: bool = False
    kinds: frozenset[type[exp.Expr]] = frozenset()
    functions: frozenset[str] = frozenset()

    def type_of(self, physical: Physical) -> exp.DataType:
        return exp.DataType.build(self.types[physical], dialect=self.name)

    def quotient(self, num: exp.Expr, den: exp.Expr, bits: int) -> exp.Expr:
        """Return the integer quotient, cut towards zero; ``bits``: in which type both stand."""
        return exp.IntDiv(this=num, expression=den)

    def remainder(self, num: exp.Expr, den: exp.Expr) -> exp.Expr:
        """Return what the quotient leaves; it has the sign of ``num``."""
        return exp.Mod(this=num, expression=den)

    def bits(self, left: exp.Expr, right: exp.Expr) -> exp.Expr:
        """Return the bits that both have."""
        return exp.BitwiseAnd(this=left, expression=right)

    def bit_count(self, mask: exp.Expr, bits: int) -> exp.Expr:
        """Return how many bits are set; only the lowest ``bits`` can be."""
        return exp.BitwiseCount(this=mask)

    def summand(self, value: exp.Expr, lo: int, hi: int) -> exp.Expr:
        """Return what is summed up; the total is within a range."""
        if self.sums_widen or max(hi, -lo) <= INT64:
            return value
        return exp.Cast(this=value, to=self.type_of(Physical.INT128))

    def total(self, total: exp.Expr) -> exp.Expr:
        """Return a sum in 128 bits."""
        return total if self.sums_widen else exp.Cast(this=total, to=self.type_of(Physical.INT128))

    def number(self, cond: exp.Expr, physical: Physical) -> exp.Expr:
        """Return 1 for true and 0 for false; the condition is never NULL."""
        return exp.Cast(this=cond, to=self.type_of(physical))

    def at(self, values: Sequence[exp.Expr], physical: Physical, index: exp.Expr) -> exp.Expr:
        """Return one of several constants, ``index`` counting from 1; NULL where there is none."""
        of_type = exp.DataType.build(f"{self.types[physical]}[]", dialect=self.name)
        constants = exp.Cast(this=exp.Array(expressions=list(values)), to=of_type)
        return exp.Bracket(this=constants, expressions=[index], offset=1)

    def differ(self, left: exp.Expr, right: exp.Expr) -> exp.Expr:
        """Say whether two values differ; NULL equals NULL. Never NULL itself."""
        return exp.NullSafeNEQ(this=left, expression=right)

    def smallest(self, values: Sequence[exp.Expr], *, largest: bool, beyond: int) -> exp.Expr:
        """Return the smallest (largest) of those that are not NULL; NULL where all are.

        ``beyond``: a number that is larger (smaller) than any of them.
        """
        if len(values) == 1:
            return values[0]
        if largest:
            return exp.Greatest(this=values[0], expressions=list(values[1:]), ignore_nulls=True)
        return exp.Least(this=values[0], expressions=list(values[1:]), ignore_nulls=True)

    def list_of(self, items: Sequence[exp.Expr]) -> exp.Expr:
        return exp.Array(expressions=list(items))

    def joined(self, left: exp.Expr, right: exp.Expr) -> exp.Expr:
        """Return one list after the other."""
        return exp.ArrayConcat(this=left, expressions=[right])

    def struct(self, fields: Sequence[exp.Expr]) -> exp.Expr:
        """Return a line with the fields ``f0`` …"""
        return exp.Struct(
            expressions=[
                exp.PropertyEQ(this=exp.to_identifier(f"f{i}"), expression=f) for i, f in enumerate(fields)
            ]
        )

    def text(self, tree: exp.Expr, *, pretty: bool = False) -> str:
        return tree.sql(dialect=self.name, pretty=pretty)


DUCKDB = Dialect(
    "duckdb",
    {
        Physical.BOOL: "BOOLEAN",
        Physical.INT8: "TINYINT",
        Physical.INT16: "SMALLINT",
        Physical.INT32: "INTEGER",
        Physical.INT64: "BIGINT",
        Physical.INT128: "HUGEINT",
        Physical.TEXT: "VARCHAR",
    },
    least=32,  # DuckDB 2 puts these into a table three times as fast as narrower ones
    by_bits=True,  # a sum takes ten times as long where DuckDB knows no ranges and checks for overflow
    kinds=frozenset({exp.BitwiseOr, exp.BitwiseXor, exp.BitwiseNot, exp.BitwiseRightShift}),
)
