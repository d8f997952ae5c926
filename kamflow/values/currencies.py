"""Currencies and the decimals of their minor units (ISO 4217)."""

from __future__ import annotations

MINOR_UNIT = {
    "CNY": 2, "USD": 2, "EUR": 2, "GBP": 2, "HKD": 2, "TWD": 2, "SGD": 2, "CHF": 2, "AUD": 2,
    "CAD": 2, "INR": 2, "THB": 2, "MYR": 2, "BRL": 2, "MXN": 2, "SEK": 2, "JPY": 0, "KRW": 0,
    "VND": 0, "KWD": 3, "BHD": 3,
}  # fmt: skip
"""Decimals of each currency's minor unit."""

CURRENCIES = frozenset(MINOR_UNIT)
