"""The grammar is free of conflicts, its saved tables are those of the grammar, both languages are whole."""

from __future__ import annotations

import json
import re
import tomllib

import pytest

from kamflow.base.resources import resource_dir
from kamflow.base.text import Lang
from kamflow.syntax.grammar import (
    EXPRESSION,
    FIELD,
    START,
    build_parser,
    load_tables,
    make_tables,
    tables_are_fresh,
)
from kamflow.syntax.keywords import load_keywords
from tests.syntax.reading import parsed
from tests.syntax.samples import CHINESE, ENGLISH

# In both languages a single word opens each of these; `yes` is 是, the word of IS.
_ONE_WORD_FOR_TWO = {"YES"}


def test_the_grammar_has_no_conflicts() -> None:
    build_parser(strict=True)


def test_the_saved_tables_are_those_of_the_grammar() -> None:
    assert tables_are_fresh(), "run `make grammar`"
    # Lark numbers states in an order of its own each time, and JSON knows no tuples
    saved, made = (json.loads(json.dumps(t)) for t in (load_tables(), make_tables()))
    for saved_part, made_part in zip(saved[2:], made[2:], strict=True):
        assert sorted(_flat(x) for x in saved_part) == sorted(_flat(x) for x in made_part)


def _flat(part: list[object] | dict[str, int]) -> str:
    """Write a rule in full, a state by its symbols."""
    return repr(sorted(part) if isinstance(part, dict) else part)


def test_every_kind_of_declaration_is_a_start_of_the_tables() -> None:
    assert {*START.values(), EXPRESSION, FIELD} == set(load_tables().start)


def test_the_samples_parse_without_a_finding() -> None:
    assert len(parsed(ENGLISH).decls) == 19
    assert len(parsed(CHINESE).decls) == 10


def test_every_declared_keyword_has_a_word_in_both_languages() -> None:
    words = load_keywords()
    for terminal in words.forms[Lang.EN]:
        assert words.forms[Lang.EN][terminal], terminal
        assert words.forms[Lang.ZH][terminal] or terminal in _ONE_WORD_FOR_TWO, terminal


def test_the_keyword_file_names_terminals_of_the_grammar_only() -> None:
    grammar = (resource_dir("grammar") / "kamflow.lark").read_text(encoding="utf-8")
    declared = set(re.findall(r"\b_?[A-Z][A-Z_]+\b", "\n".join(re.findall(r"%declare (.*)", grammar))))
    named = set(tomllib.loads((resource_dir("grammar") / "keywords.toml").read_text(encoding="utf-8")))
    assert named <= declared


@pytest.mark.parametrize("lang", list(Lang))
def test_no_two_keywords_of_one_place_have_the_same_spelling(lang: Lang) -> None:
    """A word may mean two things only where the place tells which."""
    seen: dict[str, list[tuple[str, frozenset[str] | None, frozenset[str]]]] = {}
    clashes = []
    for keywords in load_keywords().by_first_word(lang).values():
        for k in keywords:
            for terminal, scopes, after in seen.get(k.words, []):
                told_apart = after != k.after or (scopes and k.scopes and not scopes & k.scopes)
                if terminal != k.terminal and not told_apart:
                    clashes.append((k.words, terminal, k.terminal))
            seen.setdefault(k.words, []).append((k.terminal, k.scopes, k.after))
    assert clashes == []


def test_the_saved_tables_are_those_that_the_grammar_makes_state_by_state() -> None:
    """Made in another process: the numbers of states don't depend on the run."""
    assert json.dumps(load_tables()) == json.dumps(make_tables())
