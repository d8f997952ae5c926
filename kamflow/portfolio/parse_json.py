"""One strict JSON value out of a text: exact numbers, no double keys, bounded depth, or a fault.

The C scanner of the standard library does the work; what it lets through is caught by hooks that it
calls (keys, decimals, NaN) or looked at afterwards (depth, lone surrogates). Decimals are ``Decimal``:
a context of 38 digits refuses ``1E+999999`` while it is still text.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from decimal import Context, DecimalException, Inexact, InvalidOperation, Overflow
from enum import Enum, auto

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.span import DataPlace
from kamflow.base.text import Text
from kamflow.portfolio import errors
from kamflow.values.jsontext import show_text

MAX_DEPTH = 64
GIVE_UP_DEPTH = 200_000  # brackets; where the end of a malformed value is no longer looked for

_NUMBERS = Context(prec=38, Emax=99, Emin=-99, traps=[Inexact, Overflow, InvalidOperation])
_SURROGATE = re.compile("[\ud800-\udfff]")
_INSIDE = re.compile(r'"[^"\\\n]*(?:\\.[^"\\\n]*)*"?|[\[{]+|[\]}]+')
_AT_TOP = re.compile(r'"[^"\\\n]*(?:\\.[^"\\\n]*)*"?|[\[{]|[\]}]|,')
_ZH = {
    "Expecting value": "此处应有一个值",
    "Expecting ',' delimiter": "此处应有逗号",
    "Expecting ':' delimiter": "此处应有冒号",
    "Expecting property name enclosed in double quotes": "此处应有带双引号的字段名",
    "Unterminated string starting at": "文本没有结束引号",
    "Invalid control character at": "文本中有控制字符",
    "Invalid \\escape": "无效的转义字符",
    "Invalid \\uXXXX escape": "无效的 \\u 转义",
    "Extra data": "此处有多余内容",
}


class FaultKind(Enum):
    SYNTAX = auto()
    DUPLICATE_KEY = auto()
    NOT_A_NUMBER = auto()
    HUGE_NUMBER = auto()
    TOO_DEEP = auto()
    SURROGATE = auto()


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a text is no value; ``offset`` into the text where it is known, else the value's start."""

    kind: FaultKind
    offset: int
    detail: str = ""


_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')


class _KeyTwiceError(Exception):
    """Leaves the C scanner; never leaves this file."""


class _NotANumberError(Exception):
    """Leaves the C scanner; never leaves this file."""


def _make_object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _KeyTwiceError(key)
            seen.add(key)
    return made


def _no_constant(word: str) -> object:
    raise _NotANumberError(word)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_make_object, parse_float=_NUMBERS.create_decimal, parse_constant=_no_constant
)


def parse_value(text: str, start: int) -> tuple[object, int] | Fault:
    """Return the value that begins at ``start`` and where it ends."""
    try:
        value, end = _DECODER.raw_decode(text, start)
    except json.JSONDecodeError as fault:
        if _left_open(text[start : fault.pos]) > MAX_DEPTH:  # some versions of Python scan deeper than others
            return Fault(FaultKind.TOO_DEEP, start)
        return Fault(FaultKind.SYNTAX, fault.pos, fault.msg)
    except RecursionError:
        return Fault(FaultKind.TOO_DEEP, start)
    except _KeyTwiceError as fault:
        return Fault(FaultKind.DUPLICATE_KEY, start, str(fault.args[0]))
    except _NotANumberError as fault:
        return Fault(FaultKind.NOT_A_NUMBER, start, str(fault.args[0]))
    except (DecimalException, ValueError):  # ValueError: `int` of more than 4,300 digits
        return Fault(FaultKind.HUGE_NUMBER, start)
    brackets = text.count("[", start, end) + text.count("{", start, end)
    if brackets > MAX_DEPTH and _deeper_than(value, MAX_DEPTH):
        return Fault(FaultKind.TOO_DEEP, start)
    if text.find("\\u", start, end) >= 0:
        code = _find_surrogate(value)
        if code:
            return Fault(FaultKind.SURROGATE, start, code)
    return value, end


def _left_open(text: str) -> int:
    """Return how many brackets are open where a text ends."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return 0
    bare = _STRING.sub("", text)
    return bare.count("[") + bare.count("{") - bare.count("]") - bare.count("}")


def find_end(text: str, start: int) -> int | None:
    """Return where a malformed element of an array ends, or None when the text ends first.

    Strings end with their line at the latest, so that one missing quote costs one line.
    """
    depth, at = 0, start
    while depth <= GIVE_UP_DEPTH:
        found = (_INSIDE if depth else _AT_TOP).search(text, at)
        if found is None:
            return None
        token, at = found[0], found.end()
        first = token[0]
        if first in "[{":
            depth += len(token)
        elif first in "]}":
            if depth == 0:
                if first == "]":
                    return found.start()
            elif len(token) >= depth:
                return found.start() + depth
            else:
                depth -= len(token)
        elif first == "," and depth == 0:
            return found.start()
    return None


def fault_finding(fault: Fault, at: DataPlace, line: int, column: int) -> Diagnostic:
    """Return the finding for a fault; ``line`` and ``column`` are those of its offset."""
    match fault.kind:
        case FaultKind.SYNTAX:
            reason = Text(fault.detail[:1].lower() + fault.detail[1:], _ZH.get(fault.detail, "语法错误"))
            return errors.bad_json(at, line, column, reason)
        case FaultKind.DUPLICATE_KEY:
            return errors.duplicate_key(at, show_text(fault.detail))
        case FaultKind.NOT_A_NUMBER:
            return errors.not_json_number(at, fault.detail)
        case FaultKind.HUGE_NUMBER:
            return errors.huge_number(at)
        case FaultKind.TOO_DEEP:
            return errors.too_deep(at, MAX_DEPTH)
        case FaultKind.SURROGATE:
            return errors.lone_surrogate(at, ord(fault.detail))


def _deeper_than(value: object, limit: int) -> bool:
    level = [value]
    for _ in range(limit + 1):
        inner: list[object] = []
        for v in level:
            if isinstance(v, dict):
                inner.extend(v.values())
            elif isinstance(v, list):
                inner.extend(v)
        level = [v for v in inner if isinstance(v, dict | list)]
        if not level:
            return False
    return True


def _find_surrogate(value: object) -> str:
    todo = [value]
    while todo:
        v = todo.pop()
        if isinstance(v, str):
            found = _SURROGATE.search(v)
            if found is not None:
                return found[0]
        elif isinstance(v, dict):
            todo.extend(v)
            todo.extend(v.values())
        elif isinstance(v, list):
            todo.extend(v)
    return ""
