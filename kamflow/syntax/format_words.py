"""How the formatter spells single things: keywords, texts, labels, amounts.

Assumes: nodes that were parsed without a finding. Leaves: text that reads back as the same node.
"""

from __future__ import annotations

from bisect import bisect_right

from kamflow.base.frozen import frozen
from kamflow.base.span import Source, Span
from kamflow.base.text import Lang
from kamflow.syntax import nodes
from kamflow.syntax.keywords import load_keywords

WIDTH = 100
"""Columns after which a condition is broken."""

# Where one Chinese word does not serve all places of a terminal.
_ZH_IN_RECORD = {"_UP_TO": "最多"}
_ZH_IN_EXPRESSION = {"IS_ONE_OF": "属于"}


@frozen
class Page:
    """What a declaration is written on: the language, and where the source has comments."""

    lang: Lang
    source: Source
    comments: tuple[int, ...]  # where they begin, in order

    def place(self, span: Span) -> int | None:
        """Return where a node begins in the source, None for one that no text of it stands for."""
        return span.start if span.source == self.source.name and span.end else None

    def has_comment(self, start: int | None, end: int | None) -> bool:
        if start is None or end is None:
            return False
        after = bisect_right(self.comments, start)
        return after < len(self.comments) and self.comments[after] < end


@frozen
class Line:
    """One line of output. ``at``: where its item begins in the source; ``joins``: a part of what
    stands above, never set off by a blank line."""

    indent: int
    text: str
    at: int | None = None
    joins: bool = False


def word(terminal: str, lang: Lang) -> str:
    """Return the canonical spelling of a keyword."""
    if lang is Lang.ZH and terminal in _ZH_IN_EXPRESSION:
        return _ZH_IN_EXPRESSION[terminal]
    return load_keywords().spell(terminal, lang)


def record_word(terminal: str, lang: Lang) -> str:
    if lang is Lang.ZH and terminal in _ZH_IN_RECORD:
        return _ZH_IN_RECORD[terminal]
    return word(terminal, lang)


def quote(text: str, lang: Lang) -> str:
    """Write a text: in “ ” in Chinese where it holds no ”, else in quotes that double inside."""
    if lang is Lang.ZH and "”" not in text:
        return f"“{text}”"
    doubled = text.replace('"', '""')
    return f'"{doubled}"'


def words(said: nodes.Words, lang: Lang) -> str:
    """Write a label: plain in the file's language, with its tag in the other one."""
    tags = {Lang.EN: word("EN", lang), Lang.ZH: word("ZH", lang)}
    own, other = (said.text.en, said.text.zh) if lang is Lang.EN else (said.text.zh, said.text.en)
    foreign = Lang.ZH if lang is Lang.EN else Lang.EN
    if not other:
        return quote(own, lang)
    tagged = f"{tags[foreign]} {quote(other, lang)}"
    return f"{tags[lang]} {quote(own, lang)} {tagged}" if own else tagged


def named(name: nodes.Name, label: nodes.Words | None, lang: Lang) -> str:
    """Write a name with its label."""
    if label is None:
        return name.text
    text = words(label, lang)
    tag = word(lang.value.upper(), lang)
    if name.text in (word("EN", lang), word("ZH", lang)) and text[0] in '"“':
        text = f"{tag} {text}"  # a policy called `en`: its name must not read as the tag of its label
    return f"{name.text} {text}"


_TIME = {
    "days": ("day", "天"),
    "months": ("month", "个月"),
    "years": ("year", "年"),
}


def amount(a: nodes.Amount, lang: Lang) -> str:
    """Write an amount: the number as it was spelled, the unit as the language writes it."""
    if a.unit in {"", "%"}:
        return a.written + a.unit
    if a.unit in _TIME:
        en, zh = _TIME[a.unit]
        if lang is Lang.ZH:
            return f"{a.written} {zh}"
        return f"{a.written} {en}" if a.written == "1" else f"{a.written} {en}s"
    if lang is Lang.ZH and a.unit == "CNY":
        # 5万元 is one word to a Chinese reader, 0.01 元 is read as two
        return f"{a.written}元" if a.written[-1] in "万亿" else f"{a.written} 元"
    return f"{a.written} {a.unit}"
