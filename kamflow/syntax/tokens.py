"""Text of a policy as tokens, cut into declarations at the keywords of column 0.

Assumes: decoded text. Leaves: for each declaration its tokens; comments aside; findings for what is no
token at all. Full-width punctuation and digits count as their ASCII forms outside strings; positions are
those of the text as written.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from kamflow.base.diagnostic import Sink
from kamflow.base.frozen import frozen
from kamflow.base.span import Source, Span
from kamflow.base.text import Lang
from kamflow.syntax import errors, slips
from kamflow.syntax.keywords import Keyword, Keywords, load_keywords
from kamflow.syntax.nodes import Comment
from kamflow.values.currencies import CURRENCIES, WORDS, meant_currency
from kamflow.values.dates import day_from_iso
from kamflow.values.decimals import MAX_DIGITS

MAX_TOKENS = 400_000
MAX_NESTING = 64
MAX_NAME = 256

_FULL_WIDTH = {
    ord(wide): narrow
    for wide, narrow in zip(
        "（），：；．％＜＞＋－＊／＝｜［］＂！　×÷－＿\u00a0−", '(),:;.%<>+-*/=|[]"! */-_ -', strict=True
    )
} | {ord("０") + i: str(i) for i in range(10)}

_WIDE = re.compile(f"[{''.join(map(chr, _FULL_WIDTH))}]")
_BLANKS = frozenset(" \t\r\n\f\ufeff")
_SKIP = re.compile(f"[{''.join(sorted(_BLANKS))}]+")
_COMMENT = re.compile(r"--[^\n\r]*")
_LINE_SEPARATOR = re.compile("[\v\f\x85\u2028\u2029]")  # some editors show a new line there
_STRING = re.compile(r'"((?:[^"\n\r]|"")*)"|“([^”\n\r]*)”|＂([^＂\n\r]*)＂')  # on the text as written
_OTHER_QUOTES = re.compile(
    r"'[^'\n]*'|‘[^’\n]*’|「[^」\n]*」|『[^』\n]*』|《[^》\n]*》|”[^“”\n]*[“”]|`[^`\n]*`"
)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?!\d)", re.ASCII)
_NUMBER = re.compile(r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d(?:_?\d)*)(?:\.\d+)?", re.ASCII)
_MAGNITUDE = re.compile(r"[kM](?![a-z])|[ \t]*(?:万|亿)")
_UNIT = re.compile(
    rf"[ \t]*(?:%|([A-Z]{{3}})(?!\w)|({'|'.join(sorted(WORDS, key=len, reverse=True))})"
    r"|(days?|months?|years?)(?!\w)|(天|日|个月|月|年)内?)"
)
_REST = re.compile(r"\w+")
_WORD = re.compile(r"[^\W\d][\w\u0300-\u036f]*")  # with accents that are characters of their own
_OPERATORS = {
    "||": "_DBAR", "<=": "LE", ">=": "GE", "!=": "NE", "<>": "NE", "≤": "LE", "≥": "GE", "≠": "NE",
    "==": "EQ", "+": "PLUS", "-": "MINUS", "*": "STAR", "/": "SLASH", "=": "EQ", "<": "LT", ">": "GT",
    ",": "_COMMA", "、": "_COMMA", ":": "_COLON", ".": "_DOT", "(": "_LPAR", ")": "_RPAR",
    "[": "_LSQB", "]": "_RSQB", "|": "_BAR", "?": "HOLE",
}  # fmt: skip
_OPERATOR = re.compile("|".join(re.escape(op) for op in sorted(_OPERATORS, key=len, reverse=True)))
_ROW_END = re.compile(r"\|(?=[ \t]*(?:(?:--|#|//|——)[^\n\r]*)?(?:[\n\r]|\Z))")
_LINE_END = re.compile(r"[\n\r]|\Z")
_ALWAYS_OPERATORS = frozenset(op[0] for op in _OPERATORS) - slips.FIRST_SIGNS
"""Signs with which nothing else begins."""
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")

_TIME_UNITS = {"天": "days", "日": "days", "个月": "months", "月": "months", "年": "years"}
UNKNOWN_UNIT = "?"
"""Of an amount whose unit was reported: nothing more is said about it."""

POWERS = {"": 0, "k": 3, "M": 6, "万": 4, "亿": 8}


class Token:
    """One token; ``unit`` is that of an amount, or the language of a text."""

    __slots__ = ("end", "source", "start", "text", "type", "unit")

    def __init__(  # made 100,000 times a file: no keywords
        self, source: str, type_: str, text: str, start: int, end: int, unit: str = ""
    ) -> None:
        self.source = source
        self.type = type_
        self.text = text
        self.unit = unit
        self.start = start
        self.end = end


@dataclass(slots=True)
class Chunk:
    """The tokens of one declaration; ``kind`` is the terminal of its first word."""

    kind: str
    tokens: list[Token]
    line_starts: list[int] = field(default_factory=list)  # indexes of tokens that begin a line


@frozen
class Tokens:
    lang: Lang
    chunks: tuple[Chunk, ...]
    comments: tuple[Comment, ...]


def detect_lang(text: str) -> Lang | None:
    """Return the language that the first word of a file picks, None where it is neither."""
    body = text.lstrip("\ufeff \t\r\n\u3000")
    while (comment := _COMMENT.match(body[:2].translate(_FULL_WIDTH) + body[2:])) is not None:
        body = body[comment.end() :].lstrip(" \t\r\n\u3000")
    word = re.match(r"\w+", body)
    if word is None:
        return None
    return {"policy": Lang.EN, "策略": Lang.ZH}.get(word[0])


def tokenize(source: Source, lang: Lang, sink: Sink, base: int = 0) -> Tokens:
    """Cut a file into tokens; what is no token gives a finding and is passed over.

    ``base``: where the text begins in the file that is named, so that places are true for a part of one.
    """
    return _Scanner(source, lang, sink, base).run()


class _Scanner:
    def __init__(self, source: Source, lang: Lang, sink: Sink, base: int) -> None:
        self.source = source
        self.base = base
        self.raw = source.text
        self.text = _WIDE.sub(
            lambda m: _FULL_WIDTH[ord(m[0])], source.text
        )  # ``translate`` takes three times as long
        self.lang = lang
        self.sink = sink
        self.words: Keywords = load_keywords()
        self.table = self.words.by_first_word(lang)
        self.chunks: list[Chunk] = []
        self.comments: list[Comment] = []
        self.before_first: list[Token] = []
        self.depth = 0
        self.count = 0

    def run(self) -> Tokens:
        for bidi in list(_BIDI.finditer(self.raw))[:20]:
            self.sink.add(errors.bidi_control(self._span(*bidi.span()), bidi[0]))
        text = self.text
        pos, size = 0, len(text)
        line_start = True
        while pos < size:
            ch = text[pos]
            if ch in _BLANKS:
                skip = _SKIP.match(text, pos)
                assert skip is not None  # it is one at least
                line_start = line_start or "\n" in skip[0] or "\r" in skip[0]
                pos = skip.end()
                continue
            if ch == "-" and text.startswith("--", pos):
                end = _COMMENT.match(text, pos).end()  # type: ignore[union-attr]  # it begins so
                self.comments.append(
                    Comment(self.raw[pos:end].rstrip("\r \t"), line_start, self._span(pos, end))
                )
                hidden = _LINE_SEPARATOR.search(text, pos, end)
                if hidden is not None:  # what seems to stand below the comment would be part of it
                    self.sink.add(errors.stray_character(self._span(*hidden.span()), hidden[0]))
                pos = end
                continue
            pos, ok = self._token(pos, line_start)
            line_start = False
            if not ok:
                break
        return Tokens(self.lang, tuple(self.chunks), tuple(self.comments))

    def _span(self, start: int, end: int) -> Span:
        return Span(self.source.name, max(0, self.base + start), max(0, self.base + end))

    def _make(self, type_: str, text: str, start: int, end: int, unit: str = "") -> Token:
        return Token(self.source.name, type_, text, self.base + start, self.base + end, unit)

    def _token(self, pos: int, line_start: bool) -> tuple[int, bool]:
        """Take one token at ``pos``; the second value is False when the file is given up."""
        text = self.text
        ch = text[pos]
        if ch in _ALWAYS_OPERATORS:
            return self._operator(pos, line_start)
        if ch in {'"', "“"}:
            return self._string(pos, line_start), True
        if ch.isdigit() and ch.isascii():
            return self._number(pos, line_start), True
        word = _WORD.match(text, pos)
        if word is not None:
            return self._word(pos, word[0], line_start), True
        quoted = _OTHER_QUOTES.match(self.raw, pos)
        if quoted is not None:  # meant as a text: what is in it are no names
            self.sink.add(errors.other_quotes(self._span(pos, quoted.end()), quoted[0][1:-1], self.lang))
            text_token = self._make("STRING", quoted[0][1:-1], pos, quoted.end(), self.lang)
            return quoted.end(), self._push(text_token, line_start)
        if ch in slips.FIRST_SIGNS:
            if slips.COMMENT_SIGN.match(text, pos) is not None:
                return self._other_comment(pos), True
            if slips.SIGN.match(text, pos) is not None:
                return self._other_sign(pos, line_start)
        return self._operator(pos, line_start)

    def _operator(self, pos: int, line_start: bool) -> tuple[int, bool]:
        text = self.text
        op = _OPERATOR.match(text, pos)
        if op is None:
            return self._stray(pos), True
        kind = _OPERATORS[op[0]]
        if kind == "_BAR" and _ROW_END.match(text, pos) and not line_start:
            kind = "_ROW_END"
        elif kind == "_DBAR" and _ROW_END.match(text, pos + 1) and self._row_has_results():
            # the last cell is empty and was left out: `12% ||` ends its row like `12% | |`
            return pos + 1, self._push(self._make("_BAR", "|", pos, pos + 1), line_start)
        if kind in {"_LPAR", "_LSQB"}:
            self.depth += 1
            if self.depth > MAX_NESTING:
                self.sink.add(errors.too_deep(self._span(pos, pos + 1)))
                return pos, False
        elif kind in {"_RPAR", "_RSQB"}:
            self.depth = max(0, self.depth - 1)
        return op.end(), self._push(self._make(kind, op[0], pos, op.end()), line_start)

    def _stray(self, pos: int) -> int:
        end = pos + 1
        while end < len(self.text) and self.text[end] == self.text[pos]:
            end += 1
        self.sink.add(errors.stray_character(self._span(pos, end), self.raw[pos]))
        return end

    def _other_comment(self, pos: int) -> int:
        sign = slips.COMMENT_SIGN.match(self.text, pos)
        assert sign is not None
        self.sink.add(errors.other_comment(self._span(pos, sign.end()), sign[0]))
        return _LINE_END.search(self.text, pos).start()  # type: ignore[union-attr]  # \Z at the latest

    def _other_sign(self, pos: int, line_start: bool) -> tuple[int, bool]:
        """Take a sign of other notations for the one that was meant, so that nothing else is said."""
        found = slips.SIGN.match(self.text, pos)
        assert found is not None
        sign, end = found[0], found.end()
        if sign in slips.CURRENCY_SIGNS:
            number = _NUMBER.match(self.text, end)
            assert number is not None  # the pattern looks ahead for it
            self._push(self._make("AMOUNT", "0", pos, pos, UNKNOWN_UNIT), line_start)
            meant = f"{number[0]} {slips.CURRENCY_SIGNS[sign]}"
            self.sink.add(errors.currency_before(self._span(pos, number.end()), self.raw[pos], meant))
            rest = _UNIT.match(self.text, number.end())
            return (rest or number).end(), True
        terminal = slips.SIGNS[sign]
        meant = slips.SYMBOLS.get(terminal) or self.words.spell(terminal, self.lang)
        span = self._span(pos, end)
        self.sink.add(errors.other_sign(span, self.raw[pos:end], meant))
        return end, self._push(self._make(terminal, meant, pos, end), line_start)

    def _row_has_results(self) -> bool:
        """Say whether `||` stands already on this line."""
        if not self.chunks or not self.chunks[-1].line_starts:
            return False
        chunk = self.chunks[-1]
        return any(t.type == "_DBAR" for t in chunk.tokens[chunk.line_starts[-1] :])

    def _push(self, token: Token, line_start: bool) -> bool:
        self.count += 1
        if self.count > MAX_TOKENS:
            self.sink.add(errors.too_many_tokens(self._span(token.start, token.end)))
            return False
        if not self.chunks:
            if not self.before_first:
                self.sink.add(errors.text_before_policy(self._span(token.start, token.end)))
            self.before_first.append(token)
            return True
        chunk = self.chunks[-1]
        if line_start:
            chunk.line_starts.append(len(chunk.tokens))
        chunk.tokens.append(token)
        return True

    def _string(self, pos: int, line_start: bool) -> int:
        found = _STRING.match(self.raw, pos)
        if found is None:
            end = _LINE_END.search(self.text, pos).start()  # type: ignore[union-attr]  # \Z at the latest
            self.sink.add(errors.open_string(self._span(pos, pos + 1), self.raw[pos]))
            self._push(
                self._make("STRING", self.raw[pos + 1 : end].rstrip(), pos, end, self.lang), line_start
            )
            return end
        value = self.raw[pos + 1 : found.end() - 1]
        if found[1] is not None:
            value = value.replace('""', '"')
        bad = None if value.isprintable() else next((c for c in value if _is_control(c)), None)
        if bad is not None:
            self.sink.add(errors.control_in_string(self._span(pos, found.end()), bad))
            value = value.replace(bad, "?")
        self._push(self._make("STRING", value, pos, found.end(), self.lang), line_start)
        return found.end()

    def _number(self, pos: int, line_start: bool) -> int:
        text = self.text
        day = _DATE.match(text, pos)
        if day is not None:
            self._push(self._make("DATE", day[0], pos, day.end()), line_start)
            return day.end()
        number = _NUMBER.match(text, pos)
        assert number is not None
        end = number.end()
        if text[end : end + 1] in slips.DATE_JOINTS:
            other = slips.read_date(text, pos)
            if other is not None:
                span = self._span(pos, other.end)
                if day_from_iso(other.guess) is not None:  # else the parser says that there is no such day
                    self.sink.add(errors.date_notation(span, self.raw[pos : other.end], other.iso))
                self._push(self._make("DATE", other.guess, pos, other.end), line_start)
                return other.end
        magnitude = _MAGNITUDE.match(text, end)
        written = number[0]
        if magnitude is not None:
            written += magnitude[0].strip()
            end = magnitude.end()
        unit = ""
        found = _UNIT.match(text, end)
        if found is not None:
            code, word, english, chinese = found.groups()
            unit = (
                code
                or WORDS.get(word or "", "")
                or (english or "").removesuffix("s") + ("s" if english else "")
                or _TIME_UNITS.get(chinese or "", "")
                or "%"
            )
            end = found.end()
            if len(unit) == 3 and unit.isupper() and unit not in CURRENCIES:
                meant = meant_currency(unit)
                self.sink.add(errors.unknown_currency(self._span(end - 3, end), unit, meant))
                unit = UNKNOWN_UNIT
        if len(written) > MAX_DIGITS and sum(c.isdigit() for c in written) > MAX_DIGITS:
            self.sink.add(errors.number_too_long(self._span(pos, end)))
            written = "0"
        rest = _REST.match(text, end)
        if rest is not None and self.words.lookup(self.lang, rest[0]) is None:
            span = self._span(rest.start(), rest.end())
            self.sink.add(errors.unknown_unit(span, rest[0], slips.meant_unit(rest[0], written, self.lang)))
            end, unit = rest.end(), UNKNOWN_UNIT
        self._push(self._make("AMOUNT", written, pos, end, unit), line_start)
        return end

    def _word(self, pos: int, word: str, line_start: bool) -> int:
        keyword, end = self._keyword(pos, word, line_start)
        if keyword is not None:
            token = self._make(keyword.terminal, word, pos, end)
            if keyword.top:
                self.depth = 0
                self.chunks.append(Chunk(keyword.terminal, [], []))
            self._push(token, line_start)
            return end
        end = pos + len(word)
        name = word if word.isascii() else unicodedata.normalize("NFC", word)
        if len(name) > MAX_NAME:
            self.sink.add(errors.name_too_long(self._span(pos, end)))
        strange = mixed_scripts(name)
        if strange is not None:
            self.sink.add(errors.look_alike(self._span(pos, end), name, strange))
        self._push(self._make("NAME", name, pos, end), line_start)
        return end

    def _keyword(self, pos: int, word: str, line_start: bool) -> tuple[Keyword | None, int]:
        keywords = self.table.get(word)
        if keywords is None:
            return None, pos
        kind = self.chunks[-1].kind if self.chunks else ""
        last = self.chunks[-1].tokens[-1].type if self.chunks and self.chunks[-1].tokens else ""
        column_0 = line_start and (pos == 0 or self.text[pos - 1] in "\n\r\ufeff")
        for keyword in keywords:
            found = keyword.pattern.match(self.text, pos)
            if found is None:
                continue
            if keyword.top and not column_0:
                continue
            if keyword.line and not line_start:
                continue
            if not keyword.top and not keyword.active_in(kind):
                continue
            if keyword.before is not None:
                fits = keyword.before.match(self.text, found.end()) is not None or (
                    bool(keyword.after) and last in keyword.after
                )
            else:
                fits = not keyword.after or last in keyword.after
            if fits:
                return keyword, found.end()
        return None, pos


def _is_control(ch: str) -> bool:
    return ch != "\t" and unicodedata.category(ch) in {"Cc", "Cs", "Zl", "Zp"}


_SCRIPTS = (
    ("Latin", "LATIN"),
    ("Cyrillic", "CYRILLIC"),
    ("Greek", "GREEK"),
)


def mixed_scripts(name: str) -> str | None:
    """Return the letters of a name that only look Latin (or the like), None for an honest name.

    Chinese characters mix with Latin letters as they do in every Chinese table; Cyrillic or Greek
    letters beside Latin ones are look-alikes (Unicode TR39, 'highly restrictive').
    """
    if name.isascii():
        return None
    found: dict[str, str] = {}
    for ch in name:
        if ch.isalpha():
            official = unicodedata.name(ch, "")
            for script, prefix in _SCRIPTS:
                if official.startswith((prefix, f"MODIFIER LETTER {prefix}")):
                    found.setdefault(script, "")
                    found[script] += ch
            if official.startswith(("MATHEMATICAL", "FULLWIDTH LATIN")):
                return ch
    if len(found) > 1:
        return "".join(v for k, v in found.items() if k != "Latin") or next(iter(found.values()))
    return None
