"""A slip as people read it: the lines that went, and what stands there instead."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

from kamflow.base.diagnostic import Edit
from kamflow.base.span import Source
from kamflow.measure.mutants import apply_edits

_MOST_LINES = 8


def changed_lines(source: Source, edits: Sequence[Edit]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the lines before and after the edits, without those that stay; blanks are squeezed."""
    text = source.text
    start = text.rfind("\n", 0, min(e.span.start for e in edits)) + 1
    end = text.find("\n", max(e.span.end for e in edits))
    end = len(text) if end < 0 else end
    before = _squeezed(text[start:end])
    after = _squeezed(apply_edits(text[:end], edits)[start:])
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    old: list[str] = []
    new: list[str] = []
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag != "equal":
            old += before[a:b]
            new += after[c:d]
    return _shortened(old), _shortened(new)


def _squeezed(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.split("\n") if line.strip()]


def _shortened(lines: Sequence[str]) -> tuple[str, ...]:
    return tuple(lines) if len(lines) <= _MOST_LINES else (*lines[: _MOST_LINES - 1], "…")


def diff_text(source: Source, edits: Sequence[Edit]) -> str:
    """Return the changed lines with `-` and `+` before them."""
    old, new = changed_lines(source, edits)
    return "\n".join([*(f"- {line}" for line in old), *(f"+ {line}" for line in new)])
