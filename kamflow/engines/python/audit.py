"""What generated source may contain: a last check before it is compiled.

The generator never copies text of a policy into source; should a bug let one through, these lists
stop it: no imports, no attributes but a few, no strings, calls of plain names only. The list of
words is tried on every source; the list of syntax tree nodes costs ten times as much and is for tests.
"""

from __future__ import annotations

import ast
import re

ALLOWED: frozenset[type[ast.AST]] = frozenset(
    {
        ast.Module, ast.FunctionDef, ast.arguments, ast.arg, ast.Return, ast.Assign, ast.AugAssign, ast.If,
        ast.For, ast.Try, ast.ExceptHandler, ast.Raise, ast.Pass, ast.Expr, ast.Name, ast.Load, ast.Store,
        ast.Constant, ast.Tuple, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Call,
        ast.Attribute, ast.Subscript, ast.Slice, ast.Dict, ast.List, ast.Add, ast.Sub, ast.Mult, ast.Div,
        ast.FloorDiv, ast.Mod, ast.BitAnd, ast.BitOr, ast.RShift,
        ast.Break, ast.Continue, ast.USub, ast.Not, ast.And, ast.Or, ast.Lt, ast.LtE,
        ast.Gt, ast.GtE, ast.Eq, ast.NotEq, ast.Is, ast.IsNot, ast.In, ast.NotIn,
    }
)  # fmt: skip
_ATTRIBUTES = frozenset({"get", "fields", "append", "isascii", "isprintable"})
_NAME = re.compile(r"[KFgvtixabpo]\d+|[rmTzdpq]", re.ASCII)
_WORDS = re.compile(
    r"(?:(?:[KFgvtixabpo]\d+|[rmTzdpq]|def|if|elif|else|for|in|is|not|and|or|return|raise|try|except|pass|break"
    r"|continue|None|True|False|\d+(?:\.\d+)?(?:e[-+]?\d+)?|(?<=[a-z0-9\]])\.(?:get|fields|append|isascii|isprintable))\b"
    r"|[-+*/%&|<>!=]=?|[()\[\]{},:;]|\s)*+",
    re.ASCII,
)


def first_stranger(source: str) -> str | None:
    """Return what follows the words that generated source is made of, or None."""
    found = _WORDS.match(source)
    end = found.end() if found else 0
    return None if end == len(source) else source[end : end + 40]


def first_offence(source: str) -> str | None:
    """Return what in the source is not allowed, or None."""
    for node in ast.walk(ast.parse(source)):
        if type(node) not in ALLOWED:
            return type(node).__name__
        match node:
            case ast.Attribute(attr=attr) if attr not in _ATTRIBUTES:
                return f"attribute {attr}"
            case ast.Name(id=name) | ast.arg(arg=name) | ast.FunctionDef(name=name) if not _NAME.fullmatch(
                name
            ):
                return f"name {name}"
            case ast.Constant(value=value) if not isinstance(value, int | float | None):
                return f"constant of type {type(value).__name__}"
            case ast.Call(func=ast.Attribute() | ast.Name(), keywords=[]):
                pass
            case ast.Call():
                return "call of an expression"
            case _:
                pass
    return None
