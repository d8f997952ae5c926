"""A program in which nothing is left open but the record: parameters and standings have their values.

An account's standing among all others (class, rank, share) is kept as it is today. That is how advice
about one record has to be read: the others do not move, and neither does its place among them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from kamflow.core.expr import DefKey, Get, Lit, PopTerm, Ref, Unwrap, Var, walk
from kamflow.core.plain import Path
from kamflow.core.program import Program, reads
from kamflow.core.standings import Standings
from kamflow.core.ty import ListTy, RecordTy, strip_opt
from kamflow.engines.interp import Interpreter
from kamflow.values.data import TypedRecord, Value
from kamflow.values.outcome import Undecided


def settle(
    program: Program,
    record: TypedRecord,
    as_of: int,
    standings: Standings | None,
    overlay: Mapping[str, Value],
) -> tuple[Program, tuple[DefKey, ...]]:
    """Return the program with its parameters' values of the day and the record's standings, and which
    definitions those standings are."""
    params = {
        n: replace(p, versions=((1, overlay.get(n, p.value_on(as_of))),)) for n, p in program.params.items()
    }
    interpreter = Interpreter(program, as_of, None, overlay, standings)
    subjects = _subjects(program, record)
    defs = dict(program.defs)
    kept: list[DefKey] = []
    for key, d in program.defs.items():
        subject = subjects.get(key.record)
        if not isinstance(d.body, PopTerm) or subject is None:
            continue
        if standings is not None and key not in standings:
            continue  # nothing that is asked for needs it
        try:
            value = interpreter.value(key, subject)
        except Undecided:
            continue
        defs[key] = replace(d, body=Lit(value, d.ty, d.span))
        kept.append(key)
    return replace(program, params=params, defs=defs), tuple(kept)


def behind(program: Program, key: DefKey) -> frozenset[DefKey]:
    """Return a definition and all that it reads, directly or not."""
    seen, todo = {key}, [key]
    while todo:
        fresh = [k for k in reads(program.defs[todo.pop()].body) if k not in seen]
        seen.update(fresh)
        todo.extend(fresh)
    return frozenset(seen)


def _subjects(program: Program, record: TypedRecord) -> dict[str, TypedRecord]:
    """Return the one record of each kind that is here; a kind with several, or in a list, has none."""
    found: dict[str, list[TypedRecord]] = {}
    todo = [record]
    while todo:
        one = todo.pop()
        found.setdefault(one.record, []).append(one)
        for decl in program.records[one.record].fields:
            value = one.fields.get(decl.name)
            if isinstance(value, TypedRecord):
                todo.append(value)
            elif isinstance(decl.ty, ListTy) and isinstance(value, tuple):
                todo.extend(2 * [v for v in value if isinstance(v, TypedRecord)])  # twice: never the only one
    return {name: ones[0] for name, ones in found.items() if len(ones) == 1}


def parts_read(program: Program, record: str, keys: Sequence[DefKey]) -> frozenset[Path]:
    """Return the paths of all fields of the subject that definitions and facts read, directly or not.

    A field that is no longer in sight (behind the items of a list) is left out: its record is.
    """
    found: set[Path] = set()
    todo: list[tuple[Path, DefKey | int]] = [((), k) for k in keys]
    todo += [((), i) for i, f in enumerate(program.impossible) if f.record == record]
    seen = set(todo)
    while todo:
        prefix, key = todo.pop()
        body = program.impossible[key].cond if isinstance(key, int) else program.defs[key].body
        for node in walk(body):
            path = path_of(node)
            if path:
                found.add((*prefix, *path))
            if isinstance(node, Ref):
                subject = path_of(node.subject)
                step = ((*prefix, *(subject or ())), node.key)
                if subject is not None and step not in seen:
                    seen.add(step)
                    todo.append(step)
    return frozenset(found)


def path_of(e: object) -> Path | None:
    """Return the path of a field from the subject, ``()`` for the subject itself."""
    match e:
        case Var("self"):
            return ()
        case Unwrap(arg):
            return path_of(arg)
        case Get(record, name):
            owner = path_of(record)
            return None if owner is None else (*owner, name)
        case _:
            return None


def record_at(program: Program, record: str, path: Path) -> str:
    """Return the kind of record that a path leads to."""
    for name in path:
        decl = program.records[record].field(name)
        assert decl is not None, f"`{name}` is declared"
        ty = strip_opt(decl.ty)
        assert isinstance(ty, RecordTy), "a path leads through records"
        record = ty.name
    return record
