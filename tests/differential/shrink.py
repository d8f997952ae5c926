"""Making a failing case small: drop declarations, lines, fields and values while the same thing fails."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path

from tests.differential.rig import Mismatch, rerun

CASES = Path(__file__).parent / "cases"
_TRIES = 1500
_STARTS = re.compile(r"^(?!end\b)(?=\S)", re.MULTILINE)

Fails = Callable[[str, "dict[str, object] | None"], bool]


def shrink(text: str, found: Mismatch) -> tuple[str, dict[str, object] | None]:
    """Return a smaller policy and record that still show a difference of the same kind."""
    tries = 0
    with_text = found.raw is None

    def fails(text: str, raw: dict[str, object] | None) -> bool:
        nonlocal tries
        tries += 1
        if tries > _TRIES:
            return False
        again = rerun(text, raw, found.day, with_text=with_text, crowd=found.crowd)
        return again is not None and again.kind == found.kind

    raw = found.raw
    if not fails(text, raw):
        return text, raw  # it needs more than this record alone
    before = None
    while before != (text, raw):
        before = (text, raw)
        text = _fewer(_blocks(text), partial(fails, raw=raw))
        text = _fewer(text.splitlines(keepends=True), partial(fails, raw=raw))
        if raw is not None:
            text, raw = _fewer_fields(text, raw, fails)
            raw = _simpler(raw, partial(fails, text))
    return text, raw


def _blocks(text: str) -> list[str]:
    starts = [m.start() for m in _STARTS.finditer(text)]
    return [text[a:b] for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]


def _fewer(parts: list[str], fails: Callable[[str], bool]) -> str:
    """Drop runs of parts, long runs first."""
    size = max(1, len(parts) // 2)
    while size:
        at = 0
        while at < len(parts):
            rest = parts[:at] + parts[at + size :]
            if rest and fails("".join(rest)):
                parts = rest
            else:
                at += size
        size //= 2
    return "".join(parts)


def _fewer_fields(text: str, raw: dict[str, object], fails: Fails) -> tuple[str, dict[str, object]]:
    """Drop a field's line together with its value (a declared field must be given)."""
    for name in list(raw):
        lines = text.splitlines(keepends=True)
        kept = [line for line in lines if not line.startswith(f"  {name} : ")]
        fewer = {k: v for k, v in raw.items() if k != name}
        if len(kept) < len(lines) and fails("".join(kept), fewer):
            text, raw = "".join(kept), fewer
    return text, raw


def _simpler(raw: dict[str, object], fails: Callable[[dict[str, object]], bool]) -> dict[str, object]:
    for name in list(raw):
        for value in _simpler_values(raw[name]):
            tried = {**raw, name: value}
            if fails(tried):
                raw = tried
                break
    return raw


def _simpler_values(value: object) -> Iterator[object]:
    yield None
    if isinstance(value, list):
        yield []
        yield from (value[:i] + value[i + 1 :] for i in range(min(len(value), 8)))
    elif isinstance(value, float | int) and not isinstance(value, bool):
        yield 0
        yield 1
        if abs(value) < 1e18:  # not so for what is no number
            yield int(value)
    elif isinstance(value, str):
        yield ""


# ---- saved cases


def save(name: str, text: str, raw: dict[str, object] | None, day: int, why: str) -> Path:
    """Keep a case; the suite runs it from then on."""
    CASES.mkdir(exist_ok=True)
    path = CASES / f"{name}.kam"
    path.write_text(text, encoding="utf-8")
    said = {"why": why, "as_of": date.fromordinal(day or 738_946).isoformat(), "record": raw}
    body = json.dumps(said, ensure_ascii=False, indent=2, default=_encode)
    path.with_suffix(".json").write_text(body + "\n", encoding="utf-8")
    return path


def read(path: Path) -> tuple[str, dict[str, object] | None, int, str]:
    said = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"), object_hook=_decode)
    day = date.fromisoformat(said["as_of"]).toordinal()
    return path.read_text(encoding="utf-8"), said["record"], day, said["why"]


def _encode(value: object) -> object:
    match value:
        case Decimal():
            return {"$decimal": str(value)}
        case date():
            return {"$date": value.isoformat()}
        case _:
            return {"$object": type(value).__name__}


def _decode(found: dict[str, object]) -> object:
    match found:
        case {"$decimal": str(text)}:
            return Decimal(text)
        case {"$date": str(text)}:
            return date.fromisoformat(text)
        case {"$object": _}:
            return object
        case _:
            return found
