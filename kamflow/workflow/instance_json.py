"""Cases and journal entries as JSON, and back; folding entries into a case.

JSON of a case has every field; an entry's ``changes`` are laid over it field by field, of the ledgers, which
only grow in number, one by one: ``{"3": …}`` is the fourth. JSON of an entry leaves out what is empty.
``canonical`` is the one text that is hashed.
"""

from __future__ import annotations

import json
import json.encoder
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from typing import cast

from kamflow.base.text import Text
from kamflow.values.codec import Json
from kamflow.workflow.instance import (
    Block,
    Effect,
    Entry,
    Happened,
    Hold,
    Instance,
    JsonMap,
    Judged,
    Ledger,
    Override,
    Pending,
    Timer,
    TimerKind,
    Truth,
    Verdict,
)

_Map = dict[str, "Json"]
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
# What ``encode`` makes anew for each text, which takes as long as a short text does; None: not CPython
_MAKE: Callable[..., Callable[[object, int], Iterable[str]]] | None = getattr(
    json.encoder, "c_make_encoder", None
)
_ENCODE = _MAKE and _MAKE(
    None, _CANONICAL.default, json.encoder.encode_basestring, None, ":", ",", True, False, False
)


def canonical(value: Json | JsonMap) -> str:
    """Return the one text of a JSON value: sorted keys, no spaces, characters as they are."""
    if _ENCODE is None:
        return _CANONICAL.encode(value)
    return "".join(_ENCODE(value, 0))


def instance_json(instance: Instance) -> JsonMap:
    """Return a case as JSON, every field of it."""
    return {name: field_json(name, getattr(instance, name)) for name in _INSTANCE}


def instance_of(data: JsonMap) -> Instance:
    """Read what ``instance_json`` made."""
    return Instance(**{name: _read_field(name, value) for name, value in data.items()})  # type: ignore[arg-type]


def fold(entries: Iterable[Entry]) -> Instance:
    """Return the case that entries from its first one on lead to."""
    data: dict[str, Json] = {}
    for entry in entries:
        lay_over(data, entry.changes)
    return instance_of(data)


def lay_over(data: dict[str, Json], changes: JsonMap) -> None:
    """Bring the JSON of a case (or {}) up to date with the changes of its next entry."""
    for name, value in changes.items():
        if name == "ledgers":
            ledgers = [*_list(data.get(name, []))]
            for number, ledger in _map(value).items():
                ledgers[int(number) : int(number) + 1] = [ledger]
            data[name] = ledgers
        else:
            data[name] = value


def change_json(name: str, old: object, new: object) -> Json:
    """Return how one field changed; of the ledgers those that are new or changed, by their number."""
    if name != "ledgers":
        return field_json(name, new)
    before = old if isinstance(old, tuple) else ()
    after = cast("tuple[Ledger, ...]", new)
    return {
        str(n): _plain(ledger)
        for n, ledger in enumerate(after)
        if n >= len(before) or (ledger is not before[n] and ledger != before[n])
    }


def field_json(name: str, value: object) -> Json:
    """Return one field of ``Instance`` as JSON."""
    match name:
        case "holds":
            return {key: _plain(hold) for key, hold in cast("tuple[tuple[str, Hold], ...]", value)}
        case "unknown":
            return dict(cast("tuple[tuple[str, int], ...]", value))
        case "rungs":
            return list(cast("tuple[int, ...]", value))
        case "ledgers" | "timers":
            return [_plain(part) for part in cast("tuple[object, ...]", value)]
        case "pending" | "override":
            return None if value is None else _plain(value)
        case "vars" | "subject":
            return dict(cast("Mapping[str, Json]", value))
        case _:
            return cast("Json", value)


def _read_field(name: str, value: Json) -> object:
    match name:
        case "holds":
            return tuple((key, Hold(**cast("dict[str, int]", hold))) for key, hold in _map(value).items())
        case "unknown":
            return tuple(_map(value).items())
        case "rungs":
            return tuple(_list(value))
        case "ledgers":
            return tuple(_ledger(_map(part)) for part in _list(value))
        case "timers":
            return tuple(_timer(_map(part)) for part in _list(value))
        case "pending":
            return None if value is None else Pending(**_map(value))  # type: ignore[arg-type]
        case "override":
            return None if value is None else Override(**_map(value))  # type: ignore[arg-type]
        case _:
            return value


def entry_json(entry: Entry) -> JsonMap:
    """Return a journal entry as JSON without what is empty."""
    found: _Map = {"seq": entry.seq, "at": entry.at, "happened": entry.happened.value, "cause": entry.cause}
    for name in ("actor", "source", "target", "transition", "code"):
        if getattr(entry, name):
            found[name] = getattr(entry, name)
    if entry.reason:
        found["reason"] = {"en": entry.reason.en, "zh": entry.reason.zh}
    if entry.judged:
        found["judged"] = [_judged_json(j) for j in entry.judged]
    if entry.detail:
        found["detail"] = dict(entry.detail)
    if entry.effects:
        found["effects"] = [_plain(e) for e in entry.effects]
    if entry.changes:
        found["changes"] = dict(entry.changes)
    return found


def entry_of(data: JsonMap) -> Entry:
    """Read what ``entry_json`` made."""
    found: dict[str, object] = {**data, "happened": Happened(cast("str", data["happened"]))}
    if "reason" in data:
        found["reason"] = Text(**_map(data["reason"]))  # type: ignore[arg-type]
    if "judged" in data:
        found["judged"] = tuple(_judged(_map(j)) for j in _list(data["judged"]))
    if "effects" in data:
        found["effects"] = tuple(Effect(**_map(e)) for e in _list(data["effects"]))  # type: ignore[arg-type]
    return Entry(**found)  # type: ignore[arg-type]


def _judged_json(judged: Judged) -> Json:
    found: _Map = {"transition": judged.transition, "value": judged.value.value}
    if judged.facts:
        found["facts"] = dict(judged.facts)
    if judged.missing:
        found["missing"] = list(judged.missing)
    if judged.blocked is not None:
        found["blocked"] = judged.blocked.value
    if judged.until is not None:
        found["until"] = judged.until
    return found


def _judged(data: _Map) -> Judged:
    blocked = data.get("blocked")
    return Judged(
        cast("str", data["transition"]),
        Truth(cast("str", data["value"])),
        _map(data.get("facts", {})),
        tuple(cast("list[str]", data.get("missing", []))),
        None if blocked is None else Block(cast("str", blocked)),
        cast("int | None", data.get("until")),
    )


def _ledger(data: _Map) -> Ledger:
    made: dict[str, object] = {
        **data,
        "warned": tuple(_list(data["warned"])),
        "verdict": Verdict(cast("str", data["verdict"])),
    }
    return Ledger(**made)  # type: ignore[arg-type]


def _timer(data: _Map) -> Timer:
    made: dict[str, object] = {**data, "kind": TimerKind(cast("str", data["kind"]))}
    return Timer(**made)  # type: ignore[arg-type]


def _plain(part: object) -> _Map:
    """Return a value whose fields are JSON, names of enums or lists as JSON."""
    found: _Map = {}
    for f in fields(part):  # type: ignore[arg-type]  # made by `frozen`
        value = getattr(part, f.name)
        if isinstance(value, tuple):
            value = list(value)
        elif isinstance(value, Mapping):
            value = dict(value)
        elif isinstance(value, TimerKind | Verdict):
            value = value.value
        found[f.name] = value
    return found


def _map(value: Json) -> _Map:
    return cast("_Map", value)


def _list(value: Json) -> list[Json]:
    return cast("list[Json]", value)


_INSTANCE = tuple(f.name for f in fields(Instance))
