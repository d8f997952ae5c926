"""The kinds of SQL node that a query may consist of; a finished tree is walked and must have no other."""

from __future__ import annotations

from sqlglot import exp

from kamflow.engines.sql.dialects import Dialect

ALLOWED: frozenset[type[exp.Expr]] = frozenset(
    {
        # the query
        exp.Select, exp.From, exp.Join, exp.With, exp.CTE, exp.TableAlias, exp.Table, exp.Group, exp.Alias,
        exp.Column, exp.Identifier,
        # values
        exp.Literal, exp.Boolean, exp.Null, exp.Paren, exp.Cast, exp.DataType, exp.DataTypeParam, exp.Case,
        exp.If, exp.Coalesce, exp.Nullif, exp.Bracket, exp.Array, exp.ArrayConcat, exp.Struct, exp.PropertyEQ,
        # integers
        exp.Add, exp.Sub, exp.Mul, exp.IntDiv, exp.Mod, exp.Neg, exp.Least, exp.Greatest, exp.BitwiseAnd,
        exp.BitwiseCount,
        # conditions
        exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.Is, exp.In, exp.NullSafeNEQ,
        # folds and windows
        exp.Sum, exp.Count, exp.Distinct, exp.Min, exp.Max, exp.Window, exp.WindowSpec, exp.Order,
        exp.Ordered,
    }
)  # fmt: skip


def first_stranger(tree: exp.Expr, dialect: Dialect) -> exp.Expr | None:
    """Return a node of a kind that no query may have."""
    return next((node for node in tree.walk() if not _may_be(node, dialect)), None)


def _may_be(node: exp.Expr, dialect: Dialect) -> bool:
    if isinstance(node, exp.Anonymous):
        return node.name in dialect.functions
    return type(node) in ALLOWED or type(node) in dialect.kinds
