"""The map docs/practice.md taken apart: for each system its places, the names to change, its commands."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

_PLACE = re.compile(r"\[[^\]]+\]\((?P<file>[^)]+)\)(?P<names>[^\[]*)")
_NAME = re.compile(r"`([^`]+)`")
_WHERE = ("- Where: ", "- 位置：")
_CHANGE = ("- Change: ", "- 可改：")


@dataclass(frozen=True, slots=True)
class Place:
    """``file`` as linked from the page: a policy, a workflow, or the page of reports."""

    file: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class System:
    section: str
    title: str
    told: str
    places: tuple[Place, ...]
    change: tuple[str, ...]
    commands: tuple[str, ...]


def wanted(language: int) -> list[tuple[str, str]]:
    """Return section and title of each system that the map must have, in order; 0 English, 1 Chinese."""
    path = Path(__file__).with_name("practice_systems.toml")
    sections = tomllib.loads(path.read_text(encoding="utf-8"))["section"]
    return [(s["title"][language], names[language]) for s in sections for names in s["systems"]]


def read_map(text: str) -> list[System]:
    """Return the systems of a map in order; numbers before titles must count without a gap."""
    out: list[System] = []
    for number, part in enumerate(re.split(r"^## ", text, flags=re.M)[1:], 1):
        head, _, body = part.partition("\n")
        assert head.startswith(f"{number}. "), f"section {number} is called “{head}”"
        for place, entry in enumerate(re.split(r"^### ", body, flags=re.M)[1:], 1):
            title, _, rest = entry.partition("\n")
            assert title.startswith(f"{number}.{place} "), f"system {number}.{place} is called “{title}”"
            out.append(_system(head.partition(" ")[2], title.partition(" ")[2], rest))
    return out


def _system(section: str, title: str, body: str) -> System:
    prose, _, code = body.partition("```console\n")
    lines = [line for line in prose.splitlines() if line]
    where = [line for line in lines if line.startswith(_WHERE)]
    change = [line for line in lines if line.startswith(_CHANGE)]
    told = " ".join(line for line in lines if line not in (*where, *change))
    assert len(where) == 1, f"“{title}” says {len(where)} times where it is"
    places = [Place(m["file"], tuple(_NAME.findall(m["names"]))) for m in _PLACE.finditer(where[0])]
    commands = [line[2:] for line in code.splitlines() if line.startswith("$ ")]
    names = [n for line in change for n in _NAME.findall(line)]
    return System(section, title, told, tuple(places), tuple(names), tuple(commands))
