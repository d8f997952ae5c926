"""The parser of the language: LALR tables of ``grammar/kamflow.lark``, and the loop over them.

Lark reads the grammar, searches it for conflicts and makes the tables; ``kamflow/syntax/grammar.tables``
holds them ready (JSON, compressed) with the hash of the grammar, so that a start costs no import of Lark
and no analysis. Stale tables are never used: they are then made anew, which takes half a second.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from kamflow.base.resources import resource_dir
from kamflow.syntax.build import Builder
from kamflow.syntax.tokens import Token

if TYPE_CHECKING:
    import lark

START = {
    "_POLICY": "policy",
    "_TYPE": "type_decl",
    "_RECORD": "record",
    "_PARAMETER": "parameter",
    "_DEFINE": "define",
    "_MEASURE": "measure",
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
FIELD = "field"
"""Start symbols of what stands alone in other files: guards and the types of variables in a workflow."""
END = Token("", "$END", "", 0, 0)
TABLES = Path(__file__).with_name("grammar.tables")


class UnexpectedTokenError(Exception):
    """A token for which the state has no action; becomes a finding in ``explain_token``."""

    def __init__(self, token: Token, expected: set[str]) -> None:
        super().__init__(token.type)
        self.token = token
        self.expected = expected


class Rule(NamedTuple):
    """One production. ``keep``: its children that carry content, as (index, spread, nones before it).

    ``spread``: the child is a list that a repetition collected. ``method`` of the ``Builder`` makes the
    node; "" collects a repetition. ``single``: one child stands for itself.
    """

    size: int
    origin: str
    method: str
    single: bool
    keep: list[tuple[int, bool, int]]
    nones: int


class Tables(NamedTuple):
    """``states``: symbol -> next state, or ``-1 - index`` of the rule to reduce by."""

    start: dict[str, int]
    end: dict[str, int]
    rules: list[Rule]
    states: list[dict[str, int]]


def build_parser(*, strict: bool = False) -> lark.Lark:
    """Have Lark analyse the grammar; ``strict`` refuses any conflict (needs `interegular`)."""
    from lark import Lark
    from lark.lexer import Lexer

    class NoLexer(Lexer):
        def __init__(self, lexer_conf: object) -> None:
            pass

        def lex(self, lexer_state: object, parser_state: object) -> Any:
            raise NotImplementedError

    return Lark(
        _grammar(),
        parser="lalr",
        lexer=NoLexer,
        start=sorted({*START.values(), EXPRESSION, FIELD}),
        maybe_placeholders=True,
        strict=strict,
    )


def make_tables() -> Tables:
    """Make the tables from the grammar."""
    from lark.parsers.lalr_analysis import Shift

    parser = build_parser()
    found = parser.parser.parser.parser.parse_table
    numbers = {rule: i for i, rule in enumerate(parser.rules)}
    states = [
        {
            symbol: arg if action is Shift else -1 - numbers[arg]
            for symbol, (action, arg) in found.states[i].items()
        }
        for i in range(len(found.states))
    ]
    rules = [_rule(rule) for rule in parser.rules]
    return _numbered(Tables(dict(found.start_states), dict(found.end_states), rules, states))


def _numbered(tables: Tables) -> Tables:
    """Number the states in the order in which they are reached: Lark's numbers differ from run to run."""
    order = {tables.start[name]: i for i, name in enumerate(sorted(tables.start))}
    todo = list(order)
    for state in todo:
        for _, following in sorted(tables.states[state].items()):
            if following >= 0 and following not in order:
                order[following] = len(order)
                todo.append(following)
    states = [
        {symbol: order[to] if to >= 0 else to for symbol, to in sorted(tables.states[old].items())}
        for old in todo
    ]
    start = {name: order[state] for name, state in sorted(tables.start.items())}
    end = {name: order[state] for name, state in sorted(tables.end.items())}
    return Tables(start, end, tables.rules, states)


def _rule(rule: Any) -> Rule:
    """Say what Lark's tree builder would do with a production: filter, place nones, spread, inline."""
    options = rule.options
    gaps = [0] * (len(rule.expansion) + 1)
    if options.empty_indices:
        gaps = [len(ones) for ones in "".join(str(int(b)) for b in options.empty_indices).split("0")]
    keep: list[tuple[int, bool, int]] = []
    nones = 0
    for i, symbol in enumerate(rule.expansion):
        nones += gaps[i]
        if options.keep_all_tokens or not (symbol.is_term and symbol.filter_out):
            keep.append((i, not symbol.is_term and symbol.name.startswith("_"), nones))
            nones = 0
    origin = rule.origin.name
    method = "" if origin.startswith("_") else rule.alias or origin
    single = bool(options.expand1 and not rule.alias)
    return Rule(len(rule.expansion), origin, method, single, keep, nones + gaps[-1])


def _grammar() -> str:
    return (resource_dir("grammar") / "kamflow.lark").read_text(encoding="utf-8")


def _stamp() -> bytes:
    return hashlib.sha256(_grammar().encode()).digest()


def save_tables(path: Path = TABLES) -> None:
    """Write the parser's tables; `make grammar` calls this after each change of the grammar."""
    path.write_bytes(_stamp() + zlib.compress(json.dumps(make_tables()).encode(), 9))


def tables_are_fresh(path: Path = TABLES) -> bool:
    return path.is_file() and path.read_bytes()[:32] == _stamp()


@cache
def load_tables() -> Tables:
    """Return the saved tables when they are fresh, else those made from the grammar."""
    if not tables_are_fresh():
        return make_tables()
    start, end, rules, states = json.loads(zlib.decompress(TABLES.read_bytes()[32:]))
    return Tables(start, end, [Rule(*r) for r in rules], states)


_Reduce: TypeAlias = "tuple[int, Callable[[list[Any]], Any] | None, str]"


@cache
def _actions() -> list[dict[str, int | _Reduce]]:
    """Return the states with what each step needs at hand: the next state, or size, function and origin.

    A production of one child that stands for itself has no function: an expression goes through ten of them.
    """
    tables = load_tables()
    builder = Builder()
    reduces: list[_Reduce] = [
        (r.size, None if _is_its_child(r) else _reducer(r, builder), r.origin) for r in tables.rules
    ]
    return [{s: a if a >= 0 else reduces[-1 - a] for s, a in row.items()} for row in tables.states]


def _is_its_child(rule: Rule) -> bool:
    return (
        rule.single and rule.size == 1 and not rule.nones and [tuple(k) for k in rule.keep] == [(0, False, 0)]
    )


def _collected(children: list[Any]) -> list[Any]:
    return children


def _reducer(rule: Rule, builder: Builder) -> Callable[[list[Any]], Any]:
    """Return the function that makes a production's value of its children's values."""
    # a rule that only stands for its one child may have no method
    make = getattr(builder, rule.method, None) if rule.method else _collected
    keep, nones, single = rule.keep, rule.nones, rule.single
    plain = not nones and [(i, False, 0) for i in range(rule.size)] == [tuple(k) for k in keep]

    def one_or(children: list[Any]) -> Any:
        if len(children) == 1:
            return children[0]
        assert make is not None, rule
        return make(children)

    last: Callable[[list[Any]], Any] | None = one_or if single else make
    assert last is not None, rule
    if plain:
        return last
    done = last
    if not nones and not any(spread or before for _, spread, before in keep):
        places = [i for i, _, _ in keep]
        return lambda children: done([children[i] for i in places])

    def reduce(children: list[Any]) -> Any:
        kept: list[Any] = []
        for i, spread, before in keep:
            if before:
                kept += [None] * before
            if not spread:
                kept.append(children[i])
            elif kept:
                kept += children[i]
            else:
                kept = children[i]  # a repetition grows its own list
        if nones:
            kept += [None] * nones
        return done(kept)

    return reduce


def parse_tokens(tokens: list[Token], start: str) -> Any:
    """Parse tokens into a node; raises ``UnexpectedTokenError``."""
    actions = _actions()
    tables = load_tables()
    end_state = tables.end[start]
    states = [tables.start[start]]
    values: list[Any] = []
    for token in (*tokens, END):
        kind = token.type
        while True:
            row = actions[states[-1]]
            action = row.get(kind)
            if action is None:
                raise UnexpectedTokenError(token, {s for s in row if s.isupper()})
            if isinstance(action, int):
                states.append(action)
                values.append(token)
                break
            size, make, origin = action
            if make is None:
                states.pop()
            elif size:
                children = values[-size:]
                del states[-size:], values[-size:]
                values.append(make(children))
            else:
                values.append(make([]))
            states.append(actions[states[-1]][origin])  # type: ignore[arg-type]  # after a rule, a state
            if token is END and states[-1] == end_state:
                return values[-1]
    raise AssertionError("the end of the tokens is an action or an error in every state")
