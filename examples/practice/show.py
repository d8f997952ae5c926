"""What the demo prints with: headings, tables, commands, in English or Chinese.

Assumes: a console of rich. Leaves: text on it. Names of companies and people are Chinese in both, as they
would be.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text as Styled

from kamflow import Lang, Text

Column = tuple[Text, str]
"""A title, and how its cells stand: ``r`` right, ``w`` may be folded."""

NUMBER: Column = (Text("No.", "编号"), "")
CUSTOMER: Column = (Text("Customer", "客户"), "")
TIER: Column = (Text("Tier", "等级"), "")
BECAUSE: Column = (Text("Because", "原因"), "w")


class Show:
    def __init__(self, lang: Lang, console: Console) -> None:
        self.lang, self.console = lang, console

    def t(self, en: str, zh: str) -> str:
        return Text(en, zh).in_(self.lang)

    def words(self, text: Text) -> str:
        return text.in_(self.lang)

    def listed(self, texts: Iterable[Text]) -> str:
        return self.t(", ", "、").join(map(self.words, texts))

    @property
    def unit(self) -> str:
        return self.t("m CNY", "万元")

    def money(self, amount: Decimal) -> str:
        """Write an amount in millions, or in 万元."""
        return f"{amount / 10_000:,.1f}" if self.lang is Lang.ZH else f"{amount / 1_000_000:,.2f}"

    def head(self, en: str, zh: str) -> None:
        self.console.print()
        self.console.rule(Styled(self.t(en, zh), style="bold"), align="left", characters="─")

    def say(self, text: str, indent: int = 0) -> None:
        self.console.print(Padding(Styled(text), (0, 0, 0, indent)) if indent else Styled(text))

    def commands(self, *lines: str) -> None:
        """Print commands as they can be typed: never folded."""
        for line in lines:
            self.console.print(Styled(f"$ {line}", style="cyan"), soft_wrap=True)

    def table(self, columns: Sequence[Column], rows: Sequence[Sequence[str]], most: int = 99) -> None:
        """Print the first rows, and how many more there are."""
        made = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        for title, how in columns:
            right, folded = "r" in how, "w" in how
            made.add_column(self.words(title), justify="right" if right else "left", no_wrap=not folded,
                            overflow="fold")  # fmt: skip
        for row in rows[:most]:
            made.add_row(*(Styled(cell) for cell in row))
        self.console.print(made)
        if len(rows) > most:
            more = len(rows) - most
            self.say(self.t(f"… and {more} more", f"…另有 {more} 条"))


def short_name(name: str) -> str:
    """Return a company without its legal form, as people say it."""
    return name.removesuffix("有限公司")


def percent(value: object) -> str:
    return f"{Decimal(str(value)).normalize():f}%"
