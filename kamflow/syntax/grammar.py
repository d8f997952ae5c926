"""The LALR parser of the language, from ``grammar/kamflow.lark`` or its saved tables.

Building the tables takes half a second; ``kamflow/syntax/grammar.tables`` holds them ready, with the hash
of the grammar and the version of Lark they were made with. Stale or unreadable tables are never used:
the parser is then built from the grammar.
"""

from __future__ import annotations

import hashlib
import io
import pickle
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import lark
from lark import UnexpectedToken
from lark.lexer import Lexer
from lark.parsers.lalr_analysis import Shift

from kamflow.base.resources import resource_dir
from kamflow.syntax.build import Builder
from kamflow.syntax.tokens import Token

START = {
    "_POLICY": "policy",
    "_TYPE": "type_decl",
    "_RECORD": "record",
    "_PARAMETER": "parameter",
    "_DEFINE": "define",
    "_POPULATION": "population",
    "_CLASSIFY": "classify",
    "_SCORECARD": "scorecard",
    "_DECISION": "decision",
    "_RULE": "rule",
    "ALWAYS": "property",
    "NEVER": "property",
    "_IMPOSSIBLE": "impossible",
    "_TEST": "test",
    "_SCENARIO": "scenario",
}
"""First terminal of a declaration -> start symbol of its grammar."""

EXPRESSION = "expr"
END = Token("", "$END", "", 0, 0)
TABLES = Path(__file__).with_name("grammar.tables")


class GivenTokens(Lexer):
    """Lark's lexer interface over tokens that are already made."""

    def __init__(self, lexer_conf: Any) -> None:
        pass

    def lex(self, lexer_state: Any, parser_state: Any) -> Iterator[Any]:
        yield from lexer_state.text

    __future_interface__ = 2


def build_parser(*, strict: bool = False) -> lark.Lark:
    """Build the parser from the grammar; ``strict`` refuses any conflict (needs `interegular`)."""
    return lark.Lark(
        _grammar(),
        parser="lalr",
        lexer=GivenTokens,
        start=sorted({*START.values(), EXPRESSION}),
        maybe_placeholders=True,
        strict=strict,
    )


def _grammar() -> str:
    return (resource_dir("grammar") / "kamflow.lark").read_text(encoding="utf-8")


def _stamp() -> bytes:
    return hashlib.sha256(f"{lark.__version__}\n{_grammar()}".encode()).digest()


def save_tables(path: Path = TABLES) -> None:
    """Write the parser's tables; `make grammar` calls this after each change of the grammar."""
    buffer = io.BytesIO()
    build_parser().save(buffer)
    path.write_bytes(_stamp() + zlib.compress(buffer.getvalue(), 9))


def tables_are_fresh(path: Path = TABLES) -> bool:
    return path.is_file() and path.read_bytes()[:32] == _stamp()


@cache
def load_parser() -> lark.Lark:
    """Return the parser with its node builder; tables from the package when they are fresh."""
    parser = lark.Lark.__new__(lark.Lark)
    if tables_are_fresh():
        saved = pickle.loads(zlib.decompress(TABLES.read_bytes()[32:]))
    else:
        buffer = io.BytesIO()
        build_parser().save(buffer)
        saved = pickle.loads(buffer.getvalue())
    loaded: lark.Lark = parser._load(saved, transformer=Builder())
    return loaded


_Reduce: TypeAlias = tuple[int, Callable[[list[Any]], Any], str]
_Actions: TypeAlias = list[dict[str, int | _Reduce]]


@cache
def _actions() -> _Actions:
    """Return Lark's table with what each step needs at hand: the next state, or a rule's size, callback
    and name. Looking rules up by their contents, as Lark does, takes a third of the time of a parse."""
    inner = load_parser().parser.parser.parser
    states = inner.parse_table.states
    actions: _Actions = [{} for _ in states]
    for state, row in states.items():
        for symbol, (action, arg) in row.items():
            actions[state][symbol] = (
                arg if action is Shift else (len(arg.expansion), inner.callbacks[arg], arg.origin.name)
            )
    return actions


def parse_tokens(tokens: list[Token], start: str) -> Any:
    """Parse tokens into a node; raises Lark's ``UnexpectedToken``."""
    actions = _actions()
    table = load_parser().parser.parser.parser.parse_table
    end_state = table.end_states[start]
    states = [table.start_states[start]]
    values: list[Any] = []
    for token in (*tokens, END):
        while True:
            row = actions[states[-1]]
            action = row.get(token.type)
            if action is None:
                raise UnexpectedToken(token, {s for s in row if s.isupper()})  # type: ignore[no-untyped-call]
            if type(action) is int:
                states.append(action)
                values.append(token)
                break
            size, callback, origin = action
            children = values[-size:] if size else []
            if size:
                del states[-size:], values[-size:]
            values.append(callback(children))
            states.append(actions[states[-1]][origin])
            if token is END and states[-1] == end_state:
                return values[-1]
    raise AssertionError("the end of the tokens is an action or an error in every state")
