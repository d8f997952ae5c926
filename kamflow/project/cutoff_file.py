"""Files of cut-offs: how everybody stood on a day, small enough to go with a service that decides one by one.

Two lines of JSON. The first says what the file is and has the SHA-256 of the second, byte for byte.
Numbers of a row stand in one text, each as the difference to the one before. Nothing that is read is
believed: what is not written so is a finding here, what does not fit a policy's term where it is used.
"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import date
from itertools import accumulate, pairwise
from pathlib import Path
from typing import TypeAlias, assert_never

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.text import Text
from kamflow.base.write_file import write_text
from kamflow.core.expr import PopKind
from kamflow.core.standings import Places
from kamflow.core.ty import BoolTy, EnumTy, strip_opt
from kamflow.project import errors
from kamflow.project.cutoffs import Placed, PlacedTerm
from kamflow.values.data import Value
from kamflow.values.population import CutOff, Part, Steps

VERSION = 1
MAX_BYTES = 512 * 2**20
_HEAD = re.compile(rb'\{"format": "kamflow cut-offs", "version": (\d{1,9}), "sha256": "([0-9a-f]{64})"\}\n')
_NUMBER = re.compile(r"-?\d{1,60}")
_ROW = re.compile(r"(?:-?\d{1,60}(?: -?\d{1,60})*)?")

_Json: TypeAlias = "dict[str, object]"


# ---- writing


def write_cutoffs(path: Path, placed: Placed) -> None:
    """Write what a portfolio was measured to, in one step. Raises ``OSError``."""
    content = {
        "policies": placed.policies,
        "as_of": placed.as_of.isoformat(),
        "record": placed.record,
        "members": placed.size,
        "terms": [_term_json(digest, t) for digest, t in placed.terms.items()],
    }
    body = json.dumps(content, ensure_ascii=False) + "\n"
    digest = hashlib.sha256(body.encode()).hexdigest()
    head = json.dumps({"format": "kamflow cut-offs", "version": VERSION, "sha256": digest})
    write_text(path, f"{head}\n{body}")


def _term_json(digest: str, placed: PlacedTerm) -> _Json:
    e = placed.term
    assert e is not None, "cut-offs of a file are not written again"
    out: _Json = {"name": placed.name, "kind": e.kind.value, "digest": digest}
    ty = strip_opt(e.ty)
    classes = list(ty.members) if isinstance(ty, EnumTy) else None
    if classes is not None:
        out["classes"] = classes
    members: list[str] | None = None
    if e.group is not None:
        group_ty = strip_opt(e.group.ty)
        members = list(group_ty.members) if isinstance(group_ty, EnumTy) else None
        out["within"] = members if members is not None else _within(group_ty)
    groups = []
    for group, cut_off in placed.places.cut_offs.items():
        one: _Json = {}
        if e.group is not None:
            one["group"] = members[group] if members is not None and isinstance(group, int) else group
        match cut_off:
            case Steps(starts, answers):
                one["from"] = _row(starts)
                one["answers"] = _row(answers) if classes is None else [classes[a] for a in answers]
            case Part(total):
                one["total"] = str(total)
            case _:
                assert_never(cut_off)
        groups.append(one)
    out["groups"] = groups
    return out


def _within(ty: object) -> str:
    return "yes/no" if isinstance(ty, BoolTy) else "text"


def _row(numbers: tuple[int, ...]) -> str:
    return " ".join(map(str, (b - a for a, b in pairwise((0, *numbers)))))


# ---- reading


class _BadError(Exception):
    """Inside this module: what is not written as it must be; ``where`` says in which part."""

    def __init__(self, where: str) -> None:
        super().__init__(where)
        self.where = where


def read_cutoffs(path: Path) -> Placed | Diagnostic:
    """Read a file of cut-offs, or say what is wrong with it."""
    name = str(path)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as problem:  # ValueError: a path that no system has
        return errors.cutoffs_not_read(name, getattr(problem, "strerror", None) or str(problem))
    head = _HEAD.match(data)
    if head is None:
        return errors.cutoffs_form(name, Text("its first line", "第一行"))
    if int(head[1]) != VERSION:
        return errors.cutoffs_version(name, int(head[1]), VERSION)
    body = data[head.end() :]
    if len(data) > MAX_BYTES:
        return errors.cutoffs_form(name, Text("its size", "文件大小"))
    if hashlib.sha256(body).hexdigest().encode() != head[2]:
        return errors.cutoffs_changed(name)
    try:
        return _placed(json.loads(body), name)
    except _BadError as bad:
        return errors.cutoffs_form(name, Text(f"`{bad.where}`", f"“{bad.where}”"))
    except (ValueError, RecursionError):
        return errors.cutoffs_form(name, Text("its second line", "第二行"))


def _placed(found: object, file: str) -> Placed:
    content = _dict(found, "content")
    try:
        as_of = date.fromisoformat(_text(content, "as_of"))
    except ValueError:
        raise _BadError("as_of") from None
    size = content.get("members")
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise _BadError("members")
    terms: dict[str, PlacedTerm] = {}
    for one in _list(content, "terms"):
        term = _dict(one, "terms")
        terms[_text(term, "digest")] = PlacedTerm(_text(term, "name"), _places(term))
    return Placed(as_of, _text(content, "policies"), _text(content, "record"), size, terms, file)


def _places(term: _Json) -> Places:
    kind = _text(term, "kind")
    if kind not in set(PopKind):
        raise _BadError("kind")
    classes = _names(term, "classes") if kind == PopKind.CLASSIFY else None
    within = term.get("within")
    members = _names(term, "within") if isinstance(within, list) else None
    cut_offs: dict[Value, CutOff] = {}
    for one in _list(term, "groups"):
        entry = _dict(one, "groups")
        group: Value = None
        if within is not None:
            group = _group(entry.get("group"), within, members)
        if group in cut_offs:
            raise _BadError("group")
        cut_offs[group] = _cut_off(entry, PopKind(kind), classes)
    return Places(cut_offs)


def _group(given: object, within: object, members: list[str] | None) -> Value:
    if isinstance(given, bool) and within == "yes/no":
        return given
    if isinstance(given, str):
        if members is not None:
            return _position(members, given, "group")
        if within == "text":
            return given
    raise _BadError("group")


def _cut_off(entry: _Json, kind: PopKind, classes: list[str] | None) -> CutOff:
    if kind is PopKind.SHARE:
        total = _text(entry, "total")
        if _NUMBER.fullmatch(total) is None or int(total) <= 0:
            raise _BadError("total")
        return Part(int(total))
    starts = _numbers(entry, "from")
    if classes is None:
        answers = _numbers(entry, "answers")
    else:
        answers = tuple(_position(classes, a, "answers") for a in _names(entry, "answers"))
    if len(answers) != len(starts) + 1:
        raise _BadError("answers")
    if any(a >= b for a, b in pairwise(starts)):
        raise _BadError("from")
    return Steps(starts, answers)


def _numbers(entry: _Json, name: str) -> tuple[int, ...]:
    text = _text(entry, name)
    if _ROW.fullmatch(text) is None:
        raise _BadError(name)
    return tuple(accumulate(map(int, text.split())))


def _position(names: list[str], name: str, where: str) -> int:
    if name not in names:
        raise _BadError(where)
    return names.index(name)


def _names(entry: _Json, name: str) -> list[str]:
    found = [x for x in _list(entry, name) if isinstance(x, str)]
    if len(found) != len(_list(entry, name)):
        raise _BadError(name)
    return found


def _dict(found: object, where: str) -> _Json:
    if not isinstance(found, dict):
        raise _BadError(where)
    return found


def _list(entry: _Json, name: str) -> list[object]:
    found = entry.get(name)
    if not isinstance(found, list):
        raise _BadError(name)
    return found


def _text(entry: _Json, name: str) -> str:
    found = entry.get(name)
    if not isinstance(found, str):
        raise _BadError(name)
    return found
