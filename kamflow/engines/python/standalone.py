"""The generated function for raw records as a file: its source, after the constants that it reads.

Constants that are data stand written out, as ``ascii`` does: no text of a policy becomes code. Functions and
types are imported from where they live, so that the file needs kamflow only where the function does.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from types import BuiltinFunctionType, FunctionType
from typing import cast

from kamflow.base.text import Text
from kamflow.engines.python.engine import BoundPlan


@dataclass(frozen=True, slots=True)
class Standalone:
    """``needs``: modules of kamflow that the file imports."""

    source: str
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NoSource:
    reason: Text


def standalone(bound: BoundPlan) -> Standalone | NoSource:
    """Return a module whose ``F0(record, day)`` is ``bound.fast``."""
    found = bound.constants()
    if found is None:
        reason = Text(
            "its records are of a form that only kamflow itself reads", "其记录的形式只能由 kamflow 本身读取"
        )
        return NoSource(reason)
    lines: list[str] = []
    needs: set[str] = set()
    for name, value in found.items():
        line, module = _defined(name, value)
        lines.append(line)
        if module is not None and module.startswith("kamflow"):
            needs.add(module)
    imports = sorted(line for line in lines if line.startswith("from "))
    data = [line for line in lines if not line.startswith("from ")]
    head = "\n".join(["from operator import itemgetter", *imports, "", *data])
    return Standalone(f"{head}\n\n\n{bound.source(from_raw=True)}", tuple(sorted(needs)))


def _defined(name: str, value: object) -> tuple[str, str | None]:
    """Return the line that makes a constant, and the module that it is from."""
    if isinstance(value, operator.itemgetter):
        fields = cast("tuple[type, tuple[str, ...]]", value.__reduce__())[1]
        return f"{name} = itemgetter({', '.join(map(ascii, fields))})", None
    if isinstance(value, type | FunctionType | BuiltinFunctionType):
        module = value.__module__
        return f"from {module} import {value.__qualname__} as {name}", module
    return f"{name} = {_written(value)}", None


def _written(value: object) -> str:
    match value:
        case None | bool() | int() | str():
            return ascii(value)
        case tuple():
            return f"({''.join(f'{_written(v)}, ' for v in value)})"
        case list():
            return f"[{', '.join(_written(v) for v in value)}]"
        case dict():
            return f"{{{', '.join(f'{_written(k)}: {_written(v)}' for k, v in value.items())}}}"
        case frozenset():
            return f"frozenset({_written(sorted(value, key=repr))})"
        case _:
            raise AssertionError(f"no constant: {value!r}")
