"""Currencies: the decimals of their minor units (ISO 4217), and what people call them."""

from __future__ import annotations

from kamflow.base.suggest import suggest

MINOR_UNIT = {
    "CNY": 2, "USD": 2, "EUR": 2, "GBP": 2, "HKD": 2, "TWD": 2, "SGD": 2, "CHF": 2, "AUD": 2,
    "CAD": 2, "INR": 2, "THB": 2, "MYR": 2, "BRL": 2, "MXN": 2, "SEK": 2, "JPY": 0, "KRW": 0,
    "VND": 0, "KWD": 3, "BHD": 3,
}  # fmt: skip
"""Decimals of each currency's minor unit."""

CURRENCIES = frozenset(MINOR_UNIT)

WORDS = {
    "元": "CNY", "人民币": "CNY", "美元": "USD", "欧元": "EUR", "英镑": "GBP", "港元": "HKD",
    "港币": "HKD", "日元": "JPY",
}  # fmt: skip
"""Words that a policy may write for a currency: behind an amount as in a header."""

_MEANT = {
    "rmb": "CNY", "yuan": "CNY", "renminbi": "CNY", "圆": "CNY", "块": "CNY", "块钱": "CNY",
    "dollar": "USD", "dollars": "USD", "美金": "USD", "euro": "EUR", "euros": "EUR", "pound": "GBP",
    "pounds": "GBP", "yen": "JPY", "日圆": "JPY",
}  # fmt: skip


def code_of(word: str) -> str:
    """Return the code that a word stands for; a word that is none is its own code."""
    return WORDS.get(word, word)


def meant_currency(word: str) -> str | None:
    """Return the code that was meant by a word that is no currency here, None where nobody can tell."""
    return _MEANT.get(word.casefold()) or suggest(word, CURRENCIES)
