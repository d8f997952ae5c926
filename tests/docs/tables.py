"""Tables of the language reference that are made from the program: keywords, ranges, limits, currencies.

A page has them between ``<!-- table: NAME -->`` and ``<!-- end -->``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable

from kamflow.base.resources import resource_dir
from kamflow.check import resolve_types
from kamflow.core import ty
from kamflow.intake.scalar_readers import MAX_TEXT
from kamflow.portfolio.records import MAX_RECORD
from kamflow.syntax import parse, tokens
from kamflow.values.currencies import MINOR_UNIT
from kamflow.values.dates import show_day
from kamflow.values.decimals import MAX_DIGITS, MAX_EXPONENT

_PLACE = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def fill(page: str) -> str:
    """Return a page with its tables made anew."""
    return _PLACE.sub(lambda m: m[1] + TABLES[m[2]]() + m[3], page)


def _rows(*rows: tuple[str, ...]) -> str:
    head, *body = rows
    lines = [head, tuple("---" for _ in head), *body]
    return "".join("| " + " | ".join(c.replace("|", "\\|") for c in row) + " |\n" for row in lines)


def keywords() -> str:
    """Each keyword in both languages, all spellings, and where it is one."""
    with (resource_dir("grammar") / "keywords.toml").open("rb") as file:
        words = tomllib.load(file)
    rows = [("English", "中文", "where")]
    for entry in words.values():
        english, chinese = (", ".join(f"`{w}`" for w in entry[lang]) for lang in ("en", "zh"))
        if entry.get("top"):
            where = "first column"
        elif entry.get("in") and entry["in"] != ["*"]:
            where = ", ".join("always, never" if w == "always" else w for w in entry["in"])
        elif entry.get("after"):
            where = "labels" if "before" in entry else "types and what follows them"
        else:
            where = "before a bracket, text or number" if "before" in entry else "everywhere"
        rows.append((english, chinese, where))
    return _rows(*rows)


def ranges() -> str:
    """What a field holds where its author says nothing more."""

    def sides(bound: int, unit: str = "") -> str:
        return f"-{bound:,}{unit} to {bound:,}{unit}"

    number, percent = resolve_types.DEFAULT_DECIMALS[ty.UnitKind.NUMBER], resolve_types.DEFAULT_DECIMALS[
        ty.UnitKind.PERCENT
    ]  # fmt: skip
    return _rows(
        ("type", "default range", "decimals"),
        ("`number`", sides(ty.MAX_NUMBER), str(number)),
        ("`percent`", sides(ty.MAX_PERCENT, "%"), str(percent)),
        ("`money`, `money(USD)`", sides(ty.MAX_MONEY), "of the currency: CNY 2, JPY 0"),
        ("`count`", f"0 to {ty.MAX_COUNT:,}", "0"),
        ("`days`", sides(ty.MAX_DAYS), "0"),
        ("`months`", sides(ty.MAX_MONTHS), "0"),
        ("`date`", f"{show_day(ty.FIRST_DATE)} to {show_day(ty.LAST_DATE)}", ""),
        ("`yes/no`", "", ""),
        ("`text`", f"at most {MAX_TEXT:,} characters", ""),
        ("`NAME` of a `type`", "its members", ""),
        ("`list of NAME`", "at most 10,000 items", ""),
    )


def limits() -> str:
    return _rows(
        ("of", "at most"),
        ("a policy file", f"{parse.MAX_BYTES:,} bytes, {tokens.MAX_TOKENS:,} words and signs"),
        ("brackets in brackets", str(tokens.MAX_NESTING)),
        ("a name", f"{tokens.MAX_NAME} characters"),
        ("digits of a number", f"{MAX_DIGITS}, the exponent of an input within ±{MAX_EXPONENT}"),
        ("digits while computing", "38 (128 bits), proved from the ranges"),
        ("decimals of a type", str(resolve_types.MAX_DECIMALS)),
        ("findings shown about the form of one file", str(parse.MAX_FINDINGS)),
        ("one record of an input file", f"{MAX_RECORD // 2**20} MiB"),
    )


def currencies() -> str:
    by_decimals: dict[int, list[str]] = {}
    for code, decimals in MINOR_UNIT.items():
        by_decimals.setdefault(decimals, []).append(code)
    rows = [(str(d), ", ".join(codes)) for d, codes in sorted(by_decimals.items())]
    return _rows(("decimals", "currencies"), *rows)


TABLES: dict[str, Callable[[], str]] = {
    "keywords": keywords, "ranges": ranges, "limits": limits, "currencies": currencies,
}  # fmt: skip
