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
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import lark
from lark.lexer import Lexer

from kamflow.base.resources import resource_dir
from kamflow.syntax.build import Builder

if TYPE_CHECKING:
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


def parse_tokens(tokens: list[Token], start: str) -> Any:
    """Parse tokens into a node; raises Lark's ``UnexpectedToken``."""
    return load_parser().parse(tokens, start=start)
