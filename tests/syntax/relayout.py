"""The same policy in another layout: blanks, line ends and comments wherever the language allows them."""

from __future__ import annotations

from random import Random

from kamflow.base.diagnostic import Sink
from kamflow.base.span import Source
from kamflow.base.text import Lang
from kamflow.syntax.keywords import load_keywords
from kamflow.syntax.tokens import Token, tokenize

_BLANKS = (" ", "  ", "\t", "　", " \t ")
_WITH_NEXT = frozenset({"MIN", "MAX", "ROUND", "ABS", "EN", "ZH", "_QUANTILE", "BECAUSE"})
"""Words that are keywords only with what follows on the same line."""


def relayout(text: str, lang: Lang, seed: int, *, comments: bool = True) -> tuple[str, int]:
    """Lay a policy out anew; returns the text and how many comments were put in."""
    random = Random(seed)
    words = load_keywords().by_first_word(lang)
    line_words = {w for w, keywords in words.items() if any(k.line for k in keywords)}
    source = Source("layout.kam", text)
    out: list[str] = []
    count = 0
    for chunk in tokenize(source, lang, Sink()).chunks:
        starts = {id(chunk.tokens[i]) for i in chunk.line_starts}
        in_row = False
        previous: Token | None = None
        for token in chunk.tokens:
            needs_line = id(token) in starts and (token.type == "_BAR" or _is_line_keyword(token, line_words))
            free = not (in_row or (token.type == "NAME" and token.text in line_words))
            if previous is None:
                out.append("\n" * random.randint(0, 2))
            elif (
                needs_line
                or previous.type == "_ROW_END"
                or (
                    free
                    and previous.type not in _WITH_NEXT
                    and token.type not in {"_ROW_END", "_BAR", "_DBAR"}
                    and random.random() < 0.3
                )
            ):
                for _ in range(random.randint(0, 1 if random.random() < 0.4 else 0) if comments else 0):
                    count += 1
                    out.append(f" -- c{count}" if random.random() < 0.5 else f"\n   -- c{count}")
                out.append("\n" * random.randint(1, 2) + random.choice((" ", "    ", "\t")))
            else:
                out.append(random.choice(_BLANKS))
            out.append(text[token.start : token.end])
            if token.type == "_BAR" and needs_line:
                in_row = True
            if token.type == "_ROW_END":
                in_row = False
            previous = token
        if comments and random.random() < 0.4:
            count += 1
            out.append(f"  -- c{count}")
        out.append("\n")
        if comments and random.random() < 0.4:
            count += 1
            out.append(random.choice(("\n", "")) + f"-- c{count}\n")
    return "".join(out), count


def _is_line_keyword(token: Token, line_words: set[str]) -> bool:
    return token.type != "NAME" and token.text in line_words
