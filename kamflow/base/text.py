"""Words for people, in English and in Chinese.

Every message, label and reason of kamflow is a ``Text``: the language is chosen when it is shown,
never when it is made.
"""

from __future__ import annotations

from enum import StrEnum

from kamflow.base.frozen import frozen


class Lang(StrEnum):
    """The two languages in which kamflow reads policies and speaks to people."""

    EN = "en"
    ZH = "zh"


@frozen
class Text:
    """One thing said in both languages; an empty side falls back on the other."""

    en: str
    zh: str = ""

    def in_(self, lang: Lang) -> str:
        """Return the words for ``lang``, or the other language's where there are none."""
        if lang is Lang.ZH:
            return self.zh or self.en
        return self.en or self.zh

    def __bool__(self) -> bool:
        return bool(self.en or self.zh)


NO_TEXT = Text("", "")
