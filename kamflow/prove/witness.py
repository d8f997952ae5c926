"""What to show of a record that was found: the fields that matter, what they lead to, the rows that answered.

A field matters when the expression reads it and, set to something else, it changes what is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from kamflow.base.text import Text
from kamflow.core.expr import DefKey, Expr, Get, Ref, Tag, Today, Unwrap, Var, walk
from kamflow.core.program import DefKind, FieldDecl, Program, tag_of
from kamflow.core.ty import BoolTy, EnumTy, ListTy, OptTy, RecordTy, ScaledTy, Ty, strip_opt
from kamflow.core.wording import MISSING, PERSONAL, name_of, say
from kamflow.engines.interp import NotGiven
from kamflow.prove.replay import Replayed
from kamflow.values.data import TypedRecord, Value
from kamflow.values.outcome import Undecided

MOST_SHOWN = 8

Holds = Callable[[TypedRecord], bool]
"""Whether a record still shows what it was found for."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A name, and its value in words."""

    name: str
    value: Text


class _Noting(dict[str, Value]):
    """A dict that remembers what was asked of it."""

    def __init__(self, of: dict[str, Value], seen: dict[tuple[int, str], None], owner: int) -> None:
        super().__init__(of)
        self._seen, self._owner = seen, owner

    def __getitem__(self, name: str) -> Value:
        self._seen[self._owner, name] = None
        return super().__getitem__(name)


@dataclass(frozen=True, slots=True)
class _Place:
    """A field of a record, or a definition that it states."""

    path: tuple[str, ...]
    owner: TypedRecord
    name: str
    decl: FieldDecl | None
    ty: Ty

    @property
    def values(self) -> dict[str, Value]:
        return self.owner.fields if self.decl is not None else self.owner.given


def _places(record: TypedRecord, program: Program, path: tuple[str, ...] = ()) -> Iterator[_Place]:
    """Yield the fields of a record and of its parts; entries of lists count as one with their list."""
    types = {k.name: d.ty for k, d in program.defs.items() if k.record == record.record}
    for name in record.given:
        yield _Place((*path, name), record, name, None, types[name])
    for decl in program.records[record.record].fields:
        value = record.fields.get(decl.name)
        if isinstance(value, TypedRecord):
            yield from _places(value, program, (*path, decl.name))
        else:
            yield _Place((*path, decl.name), record, decl.name, decl, decl.ty)


def matters(one: Replayed, holds: Holds, roots: Sequence[Expr]) -> tuple[Shown, ...]:
    """Return the fields that matter, in the order of the record; after ``roots`` were evaluated."""
    program = one.program
    places = list(_places(one.record, program))
    seen = _read(one, roots, places)
    found: list[Shown] = []
    for place in places:
        if (id(place.owner), place.name) in seen and _changes(place, program, one.record, holds):
            name = ".".join(place.path).partition("#")[0]
            found.append(Shown(name, _words(place, program)))
    return tuple(found)


def _read(one: Replayed, roots: Sequence[Expr], places: Sequence[_Place]) -> dict[tuple[int, str], None]:
    """Evaluate expressions and return which fields of which records were asked for."""
    seen: dict[tuple[int, str], None] = {}
    owners = {id(p.owner): p.owner for p in places}
    kept = [(o, o.fields, o.given) for o in owners.values()]
    for owner in owners.values():
        owner.fields = _Noting(owner.fields, seen, id(owner))
        owner.given = _Noting(owner.given, seen, id(owner))
    try:
        for root in roots:
            one.value(root)
    finally:
        for owner, fields, given in kept:
            owner.fields, owner.given = fields, given
    return seen


def _changes(place: _Place, program: Program, record: TypedRecord, holds: Holds) -> bool:
    """Say whether another value of a field would end what is shown."""
    values, own = place.values, place.values[place.name]
    try:
        for other in _others(place.ty, own):
            values[place.name] = other
            if not _still(holds, record):
                return True
    finally:
        values[place.name] = own
    return False


def _still(holds: Holds, record: TypedRecord) -> bool:
    try:
        return holds(record)
    except (Undecided, NotGiven, AssertionError, ZeroDivisionError):
        return False


def _others(ty: Ty, own: Value) -> Iterator[Value]:
    """Yield some other values of a type: its ends, and what lies beside the own one."""
    if isinstance(ty, OptTy) and own is not None:
        yield None
    match strip_opt(ty):
        case BoolTy():
            yield not own
        case EnumTy(_, members, _):
            yield from (i for i in range(len(members)) if i != own)
        case ScaledTy(_, _, lo, hi):
            near = (own - 1, own + 1, own // 2, own * 2) if isinstance(own, int) else ()
            yield from (v for v in (lo, hi, *near) if lo <= v <= hi and v != own)
        case ListTy():
            if own:
                yield ()
        case RecordTy():
            return
        case _:
            yield from (t for t in ("", "another text") if t != own)


def _words(place: _Place, program: Program) -> Text:
    value = place.values[place.name]
    if place.decl is not None and place.decl.personal:
        return PERSONAL
    if isinstance(value, str):
        return Text(f'"{value}"', f"“{value}”")
    inner = strip_opt(place.ty)
    if isinstance(value, tuple) and isinstance(inner, ListTy) and value:
        return _entries(value, program)
    return MISSING if value is None else say(value, place.ty, program)


def _entries(items: Sequence[Value], program: Program) -> Text:
    """Say the entries of a list: ``[amount 3.00 CNY, placed_on 2025-01-01; …]``."""
    en: list[str] = []
    zh: list[str] = []
    for item in items:
        assert isinstance(item, TypedRecord), "lists are of records"
        parts = [
            (p.name, _words(p, program))
            for p in _places(item, program)
            if not isinstance(p.values[p.name], tuple)
        ]
        known = [(n, w) for n, w in parts if w is not MISSING][:4]
        en.append(", ".join(f"{n} {w.en}" for n, w in known))
        zh.append("，".join(f"{n} {w.zh or w.en}" for n, w in known))
    return Text(f"[{'; '.join(en)}]", f"[{'；'.join(zh)}]")


def results(one: Replayed, e: Expr) -> tuple[Shown, ...]:
    """Return the definitions that an expression reads itself, with their values."""
    found: dict[str, Shown] = {}
    for node in walk(e):
        if isinstance(node, Ref) and _of_record(node):
            name = name_of(node)
            try:
                found.setdefault(name, Shown(name, say(one.value(node), node.ty, one.program)))
            except (Undecided, AssertionError):
                continue  # not reached for this record
    return tuple(found.values())


def _of_record(e: Expr) -> bool:
    while isinstance(e, Ref | Get | Unwrap):
        e = e.subject if isinstance(e, Ref) else e.record if isinstance(e, Get) else e.arg
    return isinstance(e, Var) and e.name == "self"


def reads_today(one: Replayed, roots: Sequence[Expr]) -> bool:
    """Say whether the day itself plays a part; what the record states was not reckoned from it."""
    stated = {(p.owner.record, p.name) for p in _places(one.record, one.program) if p.decl is None}
    todo, seen = list(roots), set()
    while todo:
        for node in walk(todo.pop()):
            if isinstance(node, Today):
                return True
            if isinstance(node, Ref) and node.key not in seen:
                seen.add(node.key)
                if (node.key.record, node.key.name) not in stated:
                    todo.append(one.program.defs[node.key].body)
    return False


def rows_answering(one: Replayed, e: Expr) -> dict[tuple[str, DefKey], tuple[Tag, ...]]:
    """Return the rows that answered in the tables that an expression rests on, the nearest ones first.

    The key is the path to the table's subject, and the table; tables that were not reached are left out.
    """
    program = one.program
    found: dict[tuple[str, DefKey], tuple[Tag, ...]] = {}
    todo: list[tuple[Expr, TypedRecord, str]] = [(e, one.record, "")]
    seen: set[tuple[str, DefKey]] = set()
    while todo:
        root, subject, path = todo.pop(0)
        for node in walk(root):
            if not isinstance(node, Ref) or not _of_record(node):
                continue
            there = path if isinstance(node.subject, Var) else f"{path}.{name_of(node.subject)}"
            owner = _subject(one, node.subject, subject)
            if owner is None or (there, node.key) in seen or node.key.name in owner.given:
                continue
            seen.add((there, node.key))
            todo.append((program.defs[node.key].body, owner, there))
            if program.defs[node.key].kind is DefKind.ROWS:
                found[there, node.key] = _tags(Replayed(program, owner, one.as_of), node.key)
    return {k: tags for k, tags in found.items() if tags}


def _subject(one: Replayed, e: Expr, record: TypedRecord) -> TypedRecord | None:
    try:
        value = Replayed(one.program, record, one.as_of).value(e)
    except (Undecided, AssertionError):
        return None
    return value if isinstance(value, TypedRecord) else None


def _tags(one: Replayed, key: DefKey) -> tuple[Tag, ...]:
    d = one.program.defs[key]
    self_ = Var("self", RecordTy(key.record), d.span)
    try:
        value = one.value(Ref(key, self_, d.ty, d.span))
    except (Undecided, AssertionError):
        return ()
    rows = value if isinstance(value, tuple) else (value,)
    tags = [tag_of(one.program, key, r) for r in rows if isinstance(r, int)]
    return tuple(t for t in tags if t is not None)
