"""The words of both languages, read once from ``grammar/keywords.toml``."""

from __future__ import annotations

import re
import tomllib
from functools import cache

from kamflow.base.frozen import frozen
from kamflow.base.resources import resource_dir
from kamflow.base.text import Lang

_BEFORE = {
    "(": re.compile(r"[ \t]*\("),
    "string": re.compile(r'[ \t]*["“]'),
    "number": re.compile(r"[ \t]*\d"),
}
_FIRST_WORD = re.compile(r"\w+")
_NOT_EVERYWHERE = frozenset({"_POLICY", "_TYPE"})
_SCOPES = {
    "policy": ("_POLICY",),
    "type": ("_TYPE",),
    "record": ("_RECORD",),
    "parameter": ("_PARAMETER",),
    "measure": ("_MEASURE",),
    "classify": ("_CLASSIFY",),
    "scorecard": ("_SCORECARD",),
    "decision": ("_DECISION",),
    "rule": ("_RULE",),
    "always": ("ALWAYS", "NEVER"),
    "test": ("_TEST",),
    "scenario": ("_SCENARIO",),
}


@frozen
class Keyword:
    """One spelling of a terminal in one language, with the places where it is a keyword."""

    terminal: str
    words: str
    lang: Lang
    scopes: frozenset[str] | None  # None: everywhere; else terminals that begin the declaration
    line: bool
    top: bool
    after: frozenset[str]
    before: re.Pattern[str] | None

    @property
    def pattern(self) -> re.Pattern[str]:
        return _pattern(self.words, self.lang)

    def active_in(self, kind: str) -> bool:
        """Say whether this is a keyword in a declaration that begins with terminal ``kind``."""
        if self.scopes is None:
            return True
        return kind in self.scopes if self.scopes else kind not in _NOT_EVERYWHERE


@frozen
class Keywords:
    forms: dict[Lang, dict[str, tuple[str, ...]]]  # language -> terminal -> spellings, canonical first
    first_word: dict[Lang, dict[str, tuple[Keyword, ...]]]

    def by_first_word(self, lang: Lang) -> dict[str, tuple[Keyword, ...]]:
        return self.first_word[lang]

    def lookup(self, lang: Lang, word: str) -> str | None:
        """Return the terminal that ``word`` begins in ``lang``, wherever it is a keyword."""
        found = self.first_word[lang].get(word)
        return found[0].terminal if found else None

    def phrase(self, lang: Lang, text: str) -> Keyword | None:
        """Return the longest keyword of ``lang`` that ``text`` begins with, wherever it is one."""
        first = _FIRST_WORD.match(text)
        found = self.first_word[lang].get(first[0], ()) if first is not None else ()
        return next((k for k in found if k.pattern.match(text)), None)

    def spell(self, terminal: str, lang: Lang) -> str:
        """Return the spelling that the formatter writes."""
        forms = self.forms[lang].get(terminal) or self.forms[Lang.EN].get(terminal)
        return forms[0] if forms else terminal.strip("_").lower()


@cache  # a policy holds few of the words: the others need no pattern
def _pattern(words: str, lang: Lang) -> re.Pattern[str]:
    gap = r"[ \t]+" if lang is Lang.EN else r"[ \t]*"  # `x : days` and `from …` below it are two words
    return re.compile(gap.join(re.escape(w) for w in words.split()) + r"(?!\w)")


@cache
def load_keywords() -> Keywords:
    """Read the keyword file; the same object for the whole process (it never changes)."""
    raw = tomllib.loads((resource_dir("grammar") / "keywords.toml").read_text(encoding="utf-8"))
    forms: dict[Lang, dict[str, tuple[str, ...]]] = {Lang.EN: {}, Lang.ZH: {}}
    tables: dict[Lang, dict[str, list[Keyword]]] = {Lang.EN: {}, Lang.ZH: {}}
    for terminal, entry in raw.items():
        scopes = entry.get("in")
        active = (
            frozenset()
            if scopes is None
            else None
            if scopes == ["*"]
            else frozenset(t for s in scopes for t in _SCOPES[s])
        )
        for lang in Lang:
            forms[lang][terminal] = tuple(entry[lang.value])
            for words in entry[lang.value]:
                keyword = Keyword(
                    terminal,
                    words,
                    lang,
                    active,
                    entry.get("line", False),
                    entry.get("top", False),
                    frozenset(entry.get("after", ())),
                    _BEFORE[entry["before"]] if "before" in entry else None,
                )
                first = _FIRST_WORD.match(words)
                assert first is not None
                tables[lang].setdefault(first[0], []).append(keyword)
    return Keywords(
        forms,
        {
            lang: {w: tuple(sorted(ks, key=lambda k: -len(k.words))) for w, ks in table.items()}
            for lang, table in tables.items()
        },
    )
