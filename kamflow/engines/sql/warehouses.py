"""The table of dialects: DuckDB, and those that other people's machines run.

| | integers of 128 bits | their quotient | sums | lists of a decision |
|---|---|---|---|---|
| Spark | DECIMAL(38, 0) | ``(n - n % d) / d`` | as wide as what is summed | arrays |
| PostgreSQL | NUMERIC | ``div`` | widen once | jsonb |
| Snowflake | NUMBER(38, 0), for all integers | ``(n - n % d) / d`` | wide | arrays of objects |
| BigQuery | BIGNUMERIC | ``DIV`` | as wide as what is summed | arrays |

Spark's ``div`` of two decimals is a BIGINT that wraps, and Snowflake's ``/`` rounds to 6 decimals: both would
be wrong without a word. What is divided there is a multiple of the divisor; quotients have at most 32 digits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from kamflow.core.columns import Physical
from kamflow.core.ty import INT64
from kamflow.engines.sql.dialects import DUCKDB, Dialect

_DIGITS_38 = 10**38 - 1
_DIGITS_32 = 10**32 - 1


def _call(name: str, *args: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=name, expressions=list(args))


def _exact_quotient(num: exp.Expr, den: exp.Expr) -> exp.Expr:
    """Return the quotient by a division that leaves nothing."""
    multiple = exp.Paren(this=exp.Sub(this=num, expression=exp.Mod(this=num.copy(), expression=den.copy())))
    return exp.Div(this=multiple, expression=den, typed=True, safe=False)


@dataclass(frozen=True, slots=True)
class Spark(Dialect):
    def quotient(self, num: exp.Expr, den: exp.Expr, bits: int) -> exp.Expr:
        if bits <= 64:
            return exp.IntDiv(this=num, expression=den)
        return exp.Cast(this=_exact_quotient(num, den), to=self.type_of(Physical.INT128))

    def at(self, values: Sequence[exp.Expr], physical: Physical, index: exp.Expr) -> exp.Expr:
        array = exp.Array(expressions=[exp.Cast(this=v, to=self.type_of(physical)) for v in values])
        return _call("GET", array, exp.Sub(this=_wrapped(index), expression=exp.Literal.number(1)))

    def text(self, tree: exp.Expr, *, pretty: bool = False) -> str:
        """Return the text; ``${…}`` in it would be replaced by a setting of the session."""
        return Dialect.text(self, tree, pretty=pretty).replace("${", "\\u0024{")


@dataclass(frozen=True, slots=True)
class Postgres(Dialect):
    def quotient(self, num: exp.Expr, den: exp.Expr, bits: int) -> exp.Expr:
        if bits <= 64:
            return exp.Div(this=num, expression=den, typed=True, safe=False)
        return exp.IntDiv(this=num, expression=den)

    def number(self, cond: exp.Expr, physical: Physical) -> exp.Expr:
        return _one_or_zero(self, cond, physical)

    def at(self, values: Sequence[exp.Expr], physical: Physical, index: exp.Expr) -> exp.Expr:
        found = Dialect.at(self, values, physical, index)
        found.set("this", exp.Paren(this=found.this))
        return found

    def text(self, tree: exp.Expr, *, pretty: bool = False) -> str:
        """Return the text; each SELECT of the chain is computed once.

        Else PostgreSQL writes every column where it is read, again and again: 2^n times along a chain.
        """
        kept = tree.copy()
        for cte in kept.find_all(exp.CTE):
            cte.set("materialized", True)
        return Dialect.text(self, kept, pretty=pretty)

    def bit_count(self, mask: exp.Expr, bits: int) -> exp.Expr:
        return _bits_one_by_one(self, mask, bits)

    def list_of(self, items: Sequence[exp.Expr]) -> exp.Expr:
        return _call("JSONB_BUILD_ARRAY", *items)

    def joined(self, left: exp.Expr, right: exp.Expr) -> exp.Expr:
        return exp.Paren(this=exp.DPipe(this=left, expression=right))

    def struct(self, fields: Sequence[exp.Expr]) -> exp.Expr:
        named = [part for i, f in enumerate(fields) for part in (exp.Literal.string(f"f{i}"), f)]
        return _call("JSONB_BUILD_OBJECT", *named)


@dataclass(frozen=True, slots=True)
class Snowflake(Dialect):
    def quotient(self, num: exp.Expr, den: exp.Expr, bits: int) -> exp.Expr:
        return exp.Cast(this=_exact_quotient(num, den), to=self.type_of(Physical.INT128))

    def bit_count(self, mask: exp.Expr, bits: int) -> exp.Expr:
        return _bits_one_by_one(self, mask, bits)

    def at(self, values: Sequence[exp.Expr], physical: Physical, index: exp.Expr) -> exp.Expr:
        return _one_of(values, index)

    def struct(self, fields: Sequence[exp.Expr]) -> exp.Expr:
        named = [part for i, f in enumerate(fields) for part in (exp.Literal.string(f"f{i}"), f)]
        return _call("OBJECT_CONSTRUCT_KEEP_NULL", *named)


@dataclass(frozen=True, slots=True)
class BigQuery(Dialect):
    def at(self, values: Sequence[exp.Expr], physical: Physical, index: exp.Expr) -> exp.Expr:
        return _one_of(values, index)

    def smallest(self, values: Sequence[exp.Expr], *, largest: bool, beyond: int) -> exp.Expr:
        """``LEAST`` of a NULL is NULL here: what is missing counts as a number beyond all."""
        if len(values) == 1:
            return values[0]
        parts = [exp.Coalesce(this=v, expressions=[_number(beyond)]) for v in values]
        kind = exp.Greatest if largest else exp.Least
        found = kind(this=parts[0], expressions=list(parts[1:]), ignore_nulls=False)
        return exp.Nullif(this=found, expression=_number(beyond))

    def text(self, tree: exp.Expr, *, pretty: bool = False) -> str:
        """Return the text; a number beyond INT64 is a text that is cast, as there are no longer literals."""
        if not any(_is_long(n) for n in tree.find_all(exp.Literal)):
            return Dialect.text(self, tree, pretty=pretty)
        wide = self.type_of(Physical.INT128)
        short = tree.transform(
            lambda n: exp.Cast(this=exp.Literal.string(n.this), to=wide.copy()) if _is_long(n) else n
        )
        return Dialect.text(self, short, pretty=pretty)


def _is_long(node: exp.Expr) -> bool:
    if not isinstance(node, exp.Literal) or node.is_string:
        return False
    return node.this.isdecimal() and int(node.this) > INT64


def _number(value: int) -> exp.Expr:
    digits: exp.Expr = exp.Literal.number(abs(value))
    return exp.Paren(this=exp.Neg(this=digits)) if value < 0 else digits


def _wrapped(e: exp.Expr) -> exp.Expr:
    return exp.Paren(this=e) if isinstance(e, exp.Binary) else e


def _one_or_zero(dialect: Dialect, cond: exp.Expr, physical: Physical) -> exp.Expr:
    one = exp.Cast(this=exp.Literal.number(1), to=dialect.type_of(physical))
    return exp.Case(ifs=[exp.If(this=cond, true=one)], default=exp.Literal.number(0))


def _one_of(values: Sequence[exp.Expr], index: exp.Expr) -> exp.Expr:
    """Return a constant by its number, from 1, as a choice."""
    ifs = [exp.If(this=exp.Literal.number(i), true=v) for i, v in enumerate(values, 1)]
    return exp.Case(this=_wrapped(index), ifs=ifs)


def _bits_one_by_one(dialect: Dialect, mask: exp.Expr, bits: int) -> exp.Expr:
    ones = [
        exp.Case(
            ifs=[
                exp.If(
                    this=exp.NEQ(
                        this=exp.Paren(this=dialect.bits(mask.copy(), exp.Literal.number(1 << i))),
                        expression=exp.Literal.number(0),
                    ),
                    true=exp.Literal.number(1),
                )
            ],
            default=exp.Literal.number(0),
        )
        for i in range(bits)
    ]
    return exp.Paren(this=_balanced(ones))


def _balanced(parts: Sequence[exp.Expr]) -> exp.Expr:
    if len(parts) == 1:
        return parts[0]
    half = len(parts) // 2
    return exp.Add(this=_balanced(parts[:half]), expression=_balanced(parts[half:]))


SPARK = Spark(
    "spark",
    {
        Physical.BOOL: "BOOLEAN",
        Physical.INT8: "TINYINT",
        Physical.INT16: "SMALLINT",
        Physical.INT32: "INT",
        Physical.INT64: "BIGINT",
        Physical.INT128: "DECIMAL(38, 0)",
        Physical.TEXT: "STRING",
    },
    most=_DIGITS_38,
    most_quotient=_DIGITS_32,
    sums_widen=False,
    wide_bits=False,
    kinds=frozenset({exp.Div}),
    functions=frozenset({"GET"}),
)

POSTGRES = Postgres(
    "postgres",
    {
        Physical.BOOL: "BOOLEAN",
        Physical.INT8: "SMALLINT",
        Physical.INT16: "SMALLINT",
        Physical.INT32: "INTEGER",
        Physical.INT64: "BIGINT",
        Physical.INT128: "NUMERIC",
        Physical.TEXT: "TEXT",
    },
    sums_widen=False,
    wide_bits=False,
    kinds=frozenset({exp.Div, exp.DPipe}),
    functions=frozenset({"JSONB_BUILD_ARRAY", "JSONB_BUILD_OBJECT"}),
)

_NUMBER = "NUMBER(38, 0)"
SNOWFLAKE = Snowflake(
    "snowflake",
    {
        Physical.BOOL: "BOOLEAN",
        **dict.fromkeys(
            (Physical.INT8, Physical.INT16, Physical.INT32, Physical.INT64, Physical.INT128), _NUMBER
        ),
        Physical.TEXT: "VARCHAR",
    },
    most=_DIGITS_38,
    most_quotient=_DIGITS_32,
    wide_bits=False,
    kinds=frozenset({exp.Div}),
    functions=frozenset({"OBJECT_CONSTRUCT_KEEP_NULL"}),
)

BIGQUERY = BigQuery(
    "bigquery",
    {
        Physical.BOOL: "BOOL",
        **dict.fromkeys((Physical.INT8, Physical.INT16, Physical.INT32, Physical.INT64), "INT64"),
        Physical.INT128: "BIGNUMERIC",
        Physical.TEXT: "STRING",
    },
    sums_widen=False,
    wide_bits=False,
)

DIALECTS = {d.name: d for d in (DUCKDB, SPARK, POSTGRES, SNOWFLAKE, BIGQUERY)}
