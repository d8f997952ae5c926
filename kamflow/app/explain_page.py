"""The page of a finding's code, in one language.

Assumes the form that CONTRIBUTING.md describes: ``# KFnnnn slug``, ``since … · severity``, then
``## English`` and ``## 中文``; a section of any other title is for both.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from kamflow.base.resources import resource_dir
from kamflow.base.text import Lang

_CODE = re.compile(r"(?:KF)?(\d{3,4})", re.IGNORECASE | re.ASCII)
_TITLES = {"English": Lang.EN, "中文": Lang.ZH}


@dataclass(frozen=True, slots=True)
class Page:
    """``title``: code and slug; ``about``: since when, how severe; ``body``: Markdown."""

    title: str
    about: str
    body: str


def code_of(text: str) -> str | None:
    """Return the code that a text is meant to be: ``KF0203``, ``kf203``, ``0203``."""
    found = _CODE.fullmatch(text)
    return f"KF{int(found[1]):04}" if found is not None else None


def known_codes() -> list[str]:
    return sorted(p.stem for p in resource_dir("findings").glob("KF*.md"))


def read_page(code: str, lang: Lang) -> Page | None:
    """Return the page of a code; None where there is none."""
    path = resource_dir("findings") / f"{code}.md"
    return parse_page(path, lang) if path.is_file() else None


def parse_page(path: Path, lang: Lang) -> Page:
    title, about = path.stem, ""
    body: list[str] = []
    wanted, fenced = True, False
    for line in path.read_text(encoding="utf-8").splitlines():
        fenced ^= line.startswith("```")
        if not fenced and line.startswith("# "):
            title = line[2:].strip()
        elif not fenced and not about and not any(body) and line.strip():
            about = line.strip()
        elif not fenced and line.startswith("## "):
            own = _TITLES.get(line[3:].strip())
            wanted = own is None or own is lang
            if own is None:
                body.append(line)
        elif wanted:
            body.append(line)
    return Page(title, about, "\n".join(body).strip("\n"))
