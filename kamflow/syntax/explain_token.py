"""Why a token does not fit, in words: the commonest slips first, the grammar's own answer last."""

from __future__ import annotations

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.span import Span
from kamflow.base.suggest import suggest
from kamflow.base.text import Lang, Text
from kamflow.syntax import errors, slips
from kamflow.syntax.grammar import UnexpectedTokenError
from kamflow.syntax.keywords import load_keywords
from kamflow.syntax.slips import SYMBOLS
from kamflow.syntax.tokens import Chunk, Token

_KINDS = {
    "NAME": Text("a name", "名称"),
    "STRING": Text('a text in "quotes"', "“文本”"),
    "AMOUNT": Text("a number", "数字"),
    "DATE": Text("a date like 2026-01-31", "日期（如 2026-01-31）"),
}
_FIRST = ("_END", "NAME", "STRING", "AMOUNT", "DATE", "_COLON", "_BAR", "_DBAR", "_ROW_END", "_COMMA")
_OPERAND = frozenset({"AMOUNT", "NAME", "STRING", "_LPAR", "MINUS", "TODAY"})
_FROM_FILE = ("TABLE_", Text("a table in a file of its own (CSV, Excel)", "单独文件（CSV、Excel）中的表"))
_LATER = {"from": _FROM_FILE, "来自": _FROM_FILE, "从": _FROM_FILE}
"""Words of the language that are to come: (terminal before them begins so, what they announce)."""


def explain_unexpected(e: UnexpectedTokenError, tokens: list[Token], chunk: Chunk, lang: Lang) -> Diagnostic:
    """Turn the parser's exception into the one finding that helps most."""
    words = load_keywords()
    token = e.token
    expected: set[str] = set(e.expected)
    opened = _span(tokens[0])
    at_end = token.type == "$END"
    if at_end:
        last = _span(tokens[-1])
        place = Span(last.source, last.end, last.end)
        if "_END" in expected:
            return errors.missing_end(last, opened, words.spell(chunk.kind, lang), words.spell("_END", lang))
        slip = _slip(tokens[-1:], expected, lang) if tokens[-1].type == "NAME" else None
        if slip is not None:
            return slip
        return errors.unexpected(
            place, Text("the end of this declaration", "声明在此结束"), _spell(expected, lang), context=None
        )
    span = _span(token)
    index = next((i for i, t in enumerate(tokens) if t is token), 0)
    before = tokens[index - 1] if index else token
    open_row = _open_row(tokens, index, chunk)
    if open_row is not None:
        return errors.open_row(Span(open_row.source, open_row.end, open_row.end))
    later = _LATER.get(token.text) if token.type == "NAME" else None
    if later is not None and before.type.startswith(later[0]):
        return errors.not_yet(span, later[1])
    if token.text == "按" and index > 1 and tokens[index - 2].type == "_AMONG":
        return errors.group_word(span, token.text, words.spell("_WITHIN", lang))
    if token.type == "_COMMA" and _after_group(tokens[:index]):
        return errors.two_groups(span)
    row = _row_before(tokens, index, chunk)
    notation = _notation(tokens, index, chunk, expected, lang)
    notation = notation or (_in_cell(row, tokens[index:], expected, lang) if row else None)
    if notation is not None:
        return notation
    for at in (index, max(0, index - 1)):
        if tokens[at].type == "NAME":
            slip = _slip(tokens[at : at + 4], expected, lang)
            if slip is not None:
                return slip
    if index and _begins_field(token, tokens[index + 1 : index + 2], chunk):
        end_of_line = Span(before.source, before.end, before.end)
        return errors.unexpected(
            end_of_line, Text("the end of this line", "行末"), _spell(expected, lang), context=None
        )
    if token.type == "NAME" and before.type == "NAME":
        both = f"{before.text} {token.text}"
        near = (f for forms in words.forms[lang].values() for f in forms if _shares_word(f, before, token))
        meant = suggest(both, near)
        if meant is not None:
            return errors.foreign_keyword(_span(before).to(span), both, meant)
    if token.type == "_WHERE":
        return errors.where_in_parentheses(span, token.text)
    if token.type == "_END":
        return errors.unexpected(
            span, Text(f"`{token.text}`", f"“{token.text}”"), _spell(expected, lang), context=None
        )
    if "NAME" in expected and not expected & {"AMOUNT", "STRING"} and words.lookup(lang, token.text):
        return errors.reserved_name(span, token.text)
    return errors.unexpected(span, _found(token), _spell(expected, lang), context=None)


def _after_group(before: list[Token]) -> bool:
    """Say whether these tokens end in `within region`."""
    at = len(before) - 1
    while at > 0 and before[at].type in ("NAME", "_DOT"):
        at -= 1
    return 0 < at < len(before) - 1 and before[at].type == "_WITHIN"


def _row_before(tokens: list[Token], index: int, chunk: Chunk) -> list[Token]:
    """Return the tokens of this line before a token, where the line is a row of a table."""
    starts = {id(chunk.tokens[i]) for i in chunk.line_starts}
    begin = index
    while begin > 0 and id(tokens[begin]) not in starts:
        begin -= 1
    return tokens[begin:index] if tokens[begin].type == "_BAR" else []


def _notation(
    tokens: list[Token], index: int, chunk: Chunk, expected: set[str], lang: Lang
) -> Diagnostic | None:
    """Recognise numbers, amounts and dates that are written as elsewhere."""
    token, before = tokens[index], tokens[index - 1] if index else tokens[index]
    if any(chunk.tokens[i] is token for i in chunk.line_starts):
        return None
    if token.type == "AMOUNT" and "DATE" in expected and "AMOUNT" not in expected:
        iso = slips.compact_date(token.text)
        return errors.date_notation(_span(token), token.text, iso) if iso is not None else None
    if token.type == "AMOUNT" and before.type == "NAME" and slips.is_currency(before.text):
        span = Span(before.source, before.start, token.start + len(token.text))
        return errors.currency_before(span, before.text, f"{token.text} {before.text}")
    if before.type != "AMOUNT" or before.unit:
        return None
    if token.type == "NAME":
        meant = slips.meant_unit(token.text, before.text, lang)
        words = load_keywords()
        known = token.text in slips.WORDS or any(words.lookup(x, token.text.lower()) for x in Lang)
        return errors.unknown_unit(_span(token), token.text, meant) if meant or not known else None
    return _number_run(tokens, index)


def _number_run(tokens: list[Token], index: int) -> Diagnostic | None:
    """Recognise `5,0000`, `50.000,00`, `8,5` and `50 000`: numbers that other hands wrote."""
    run = [tokens[index - 1]]
    for i in range(index, len(tokens)):
        spaced = (
            tokens[i].type == "AMOUNT" and run[-1].type == "AMOUNT" and tokens[i].start == run[-1].end + 1
        )
        joined = {tokens[i].type, run[-1].type} == {"AMOUNT", "_COMMA"} and tokens[i].start == run[-1].end
        if not (spaced or joined) or run[-1].unit:
            break
        run.append(tokens[i])
    parts = [t.text.replace(",", "") for t in run if t.type == "AMOUNT"]
    spaced = len(run) > 1 and run[1].type == "AMOUNT"
    if len(parts) < 2 or (spaced and any(len(p.partition(".")[0]) != 3 for p in parts[1:])):
        return None
    if "." in parts[0] or (len(parts) == 2 and len(parts[1]) < 3 and not spaced):
        number, decimals = parts[0].replace(".", ""), "." + parts[1]  # a comma before the decimals
    else:
        number, _, rest = "".join(parts).partition(".")
        decimals = "." + rest if rest else ""
    if not number.isdecimal():
        return None
    span = Span(run[0].source, run[0].start, run[-1].start + len(run[-1].text))
    written = "".join((" " if spaced and t is not run[0] else "") + t.text for t in run)
    return errors.amount_notation(span, written, f"{int(number):,}{decimals}")


def _in_cell(row: list[Token], rest: list[Token], expected: set[str], lang: Lang) -> Diagnostic | None:
    """Recognise what people put into cells before `||`: nothing, a dash, values joined by commas."""
    if any(t.type == "_DBAR" for t in row):
        return None
    words = load_keywords()
    token, before = rest[0], row[-1]
    if token.type == before.type == "_BAR":
        end = next((t.type for t in rest if t.type in {"_DBAR", "_ROW_END"}), "_ROW_END")
        if end == "_ROW_END":  # the row has no `||`: these two were meant as it
            return errors.split_bars(_span(before).to(_span(token)))
    if "OR" in expected and (token.type in {"_COMMA", "AND", "SLASH"} or token.text in slips.JOINERS):
        return errors.between_values(_span(token), token.text, words.spell("OR", lang))
    if token.type in {"_BAR", "_DBAR", "_ROW_END"}:
        if before.type == "_BAR":
            return errors.empty_cell(Span(before.source, before.end, token.start), words.spell("ANY", lang))
        if before.type in {"MINUS", "STAR"} and len(row) > 1 and row[-2].type == "_BAR":
            return errors.foreign_keyword(_span(before), before.text, words.spell("ANY", lang), replaces=True)
    if token.type == "STAR" and before.type == "_BAR":
        return errors.foreign_keyword(_span(token), token.text, words.spell("ANY", lang), replaces=True)
    return None


def _open_row(tokens: list[Token], index: int, chunk: Chunk) -> Token | None:
    """Return the last token of the row before this line where its closing `|` was forgotten."""
    starts = {id(chunk.tokens[i]) for i in chunk.line_starts}
    begin = index
    while begin > 0 and id(tokens[begin]) not in starts:
        begin -= 1
    if begin == 0:
        return None
    last = tokens[begin - 1]
    row = begin - 1
    while row > 0 and id(tokens[row]) not in starts:
        row -= 1
    return last if tokens[row].type == "_BAR" and last.type != "_ROW_END" else None


def _begins_field(token: Token, following: list[Token], chunk: Chunk) -> bool:
    """Say whether a token begins a line `name : …`: then what is wrong stands on the line before."""
    starts_line = any(chunk.tokens[i] is token for i in chunk.line_starts)
    return starts_line and token.type == "NAME" and bool(following) and following[0].type == "_COLON"


def _shares_word(form: str, first: Token, second: Token) -> bool:
    """Say whether a keyword of two words has one of them right."""
    parts = form.split()
    return len(parts) == 2 and (parts[0] == first.text or parts[1] == second.text)


def _slip(tokens: list[Token], expected: set[str], lang: Lang) -> Diagnostic | None:
    """Recognise a name (the first of ``tokens``) that was meant as a keyword."""
    words = load_keywords()
    token = tokens[0]
    span = _span(token)
    other = Lang.ZH if lang is Lang.EN else Lang.EN
    foreign = words.phrase(other, " ".join(t.text for t in tokens))
    if foreign is not None:
        last = tokens[len(foreign.words.split()) - 1]
        right = words.spell(foreign.terminal, lang)
        return errors.other_language(span.to(_span(last)), foreign.words, right, lang)
    own = words.lookup(lang, token.text)
    if own is not None and own in TOP and "NAME" not in expected:
        return errors.indented(span, token.text)
    if own is None and lang is Lang.EN:
        own = words.lookup(lang, token.text.lower())
        if own is not None and own in expected:
            return errors.foreign_keyword(span, token.text, words.spell(own, lang), replaces=True)
    meant = slips.WORDS.get(token.text)
    if meant is not None:
        right = SYMBOLS.get(meant) or words.spell(meant, lang)
        return errors.foreign_keyword(span, token.text, right + " …" * (token.text in slips.BEHIND))
    if not expected & {"NAME", "AMOUNT", "STRING"}:
        spelled = [words.spell(t, lang) for t in expected if t in words.forms[lang]]
        near = suggest(token.text, sorted(spelled))
        if near is not None:
            return errors.foreign_keyword(span, token.text, near, replaces=True)
    return None


TOP = frozenset(
    {
        "_POLICY", "_TYPE", "_RECORD", "_PARAMETER", "_DEFINE", "_MEASURE", "_POPULATION", "_CLASSIFY",
        "_SCORECARD", "_DECISION", "_RULE", "ALWAYS", "NEVER", "_IMPOSSIBLE", "_TEST", "_SCENARIO",
    }
)  # fmt: skip


def _span(token: Token) -> Span:
    return Span(token.source, token.start, token.end)


def _found(token: Token) -> Text:
    match token.type:
        case "STRING":
            return Text(f'the text "{token.text[:40]}"', f"文本“{token.text[:40]}”")
        case "_ROW_END":
            return Text("the end of the row", "行末的“|”")
        case _:
            return Text(f"`{token.text}`", f"“{token.text}”")


def _spell(expected: set[str], lang: Lang) -> list[str]:
    """Name what could stand here, the likeliest first; everything an operand can be is one word."""
    words = load_keywords()
    rest = set(expected) - {"$END"}
    out: list[str] = []
    if rest >= _OPERAND:
        out.append("a value" if lang is Lang.EN else "一个值")
        keep = {"ANY", "AT_LEAST", "_ROW_END", "_END", "MISSING"}
        rest = {t for t in rest if t in keep}
    ordered = [t for t in _FIRST if t in rest] + sorted(rest - set(_FIRST))
    for terminal in ordered:
        if terminal in _KINDS:
            out.append(_KINDS[terminal].in_(lang))
        elif terminal in SYMBOLS:
            out.append(f"`{SYMBOLS[terminal]}`")
        else:
            out.append(f"`{words.spell(terminal, lang)}`")
    return list(dict.fromkeys(out))
