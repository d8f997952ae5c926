"""Lines of generated source, the pool of constants, and pieces moved out into functions of their own.

No text of a policy ever stands in generated source: names are a letter and a number, every string
and tuple is a constant of the pool, bound as a global (``K0`` …). Local names are unique within a
unit, so that moving lines into a function only needs to know which names they read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

MAX_DEPTH = 12  # CPython stops at 20 nested loops and 100 levels of indentation
MAX_TEXT = 200  # characters of one expression; keeps nested parentheses far below CPython's 200
# a, b, p: columns, their masks, parameters; only code over columns has such names
_LOCAL = re.compile(r"\b(?:[gvtixabp]\d+|[rmTzdq])\b")
_ASSIGNED = re.compile(r"\s*(?:for )?([gvtix]\d+)(?:, ([gvtix]\d+))?(?:, ([gvtix]\d+))?(?: [-+|]?= | in )")


@dataclass(slots=True)
class Block:
    """Statements at one level; ``depth`` counts the levels above it."""

    depth: int = 0
    lines: list[str] = field(default_factory=list)
    top: bool = False  # the straight line of the main function: runs exactly once

    def add(self, line: str) -> None:
        self.lines.append(line)

    def sub(self) -> Block:
        """Return an empty block for code that may not be reached."""
        return Block(self.depth + 1)

    def nest(self, head: str, inner: Block) -> None:
        self.add(head)
        self.lines.extend("    " + line for line in inner.lines or ["pass"])


class Unit:
    """One module of generated code: its constants, functions and fresh names."""

    def __init__(self) -> None:
        self.constants: dict[str, object] = {}
        self.functions: list[str] = []
        self._known: dict[tuple[type, object], str] = {}
        self._count = 0

    def fresh(self, letter: str = "t") -> str:
        self._count += 1
        return f"{letter}{self._count}"

    def constant(self, value: object) -> str:
        """Return the name of a constant; equal constants of one type share it."""
        key = (type(value), repr(value) if isinstance(value, tuple) else value)
        try:
            known = self._known.get(key)
        except TypeError:  # not hashable: dicts
            known, key = None, (type(value), id(value))
        if known is None:
            known = f"K{len(self.constants)}"
            self.constants[known] = value
            self._known[key] = known
        return known

    def outline(self, body: Block) -> str:
        """Move ``body``, which ends in ``return``, into a function; return the text that calls it."""
        params = free_names(body)
        name = self.fresh("F")
        self.define(name, params, body)
        return f"{name}({', '.join(params)})"

    def define(self, name: str, params: list[str], body: Block) -> None:
        lines = [f"def {name}({', '.join(params)}):", *("    " + line for line in body.lines)]
        self.functions.append("\n".join(lines))

    def source(self) -> str:
        return "\n\n".join(self.functions) + "\n"


def free_names(body: Block) -> list[str]:
    """Return the names that lines read and do not set, in order of reading."""
    assigned = {n for line in body.lines if (m := _ASSIGNED.match(line)) for n in m.groups()}
    return [n for n in dict.fromkeys(_LOCAL.findall("\n".join(body.lines))) if n not in assigned]


def is_atom(text: str) -> bool:
    """Say whether a text costs nothing to repeat: a name or a constant."""
    return text.isidentifier() or int_of(text) is not None


def int_of(text: str) -> int | None:
    """Return the integer that a text is, if it is one."""
    bare = text[1:-1] if text.startswith("(-") else text
    return int(bare) if bare.lstrip("-").isdigit() and bare.count("-") <= 1 else None


def int_text(value: int) -> str:
    return str(value) if value >= 0 else f"({value})"
