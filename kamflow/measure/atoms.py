"""What a definition rests on directly: fields and other definitions, which a test can set one by one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kamflow.core.expr import Apply, DefKey, DivRound, Expr, Get, Lit, Op, Ref, Var, walk
from kamflow.core.program import DefKind, Program
from kamflow.core.ty import ListTy, OptTy, RecordTy, Ty, strip_opt
from kamflow.values.data import TypedRecord, Value

COMPARED = frozenset({Op.LT, Op.LE, Op.EQ_INT, Op.EQ_TEXT})


@dataclass(frozen=True, slots=True)
class Atom:
    """``owners``: the fields that lead to the record it belongs to, () for the subject itself."""

    owners: tuple[str, ...]
    record: str
    name: str
    is_def: bool
    ty: Ty

    @property
    def path(self) -> tuple[str, ...]:
        return (*self.owners, self.name)


@dataclass(frozen=True, slots=True)
class Ground:
    """``atoms`` that the bodies read, ``compared``: the comparisons in them, ``texts`` they mention;
    ``rounds``: something is rounded."""

    atoms: tuple[Atom, ...]
    compared: tuple[Expr, ...]
    texts: tuple[str, ...]
    rounds: bool = False

    def __add__(self, other: Ground) -> Ground:
        return Ground(
            tuple(dict.fromkeys(self.atoms + other.atoms)),
            self.compared + other.compared,
            tuple(dict.fromkeys(self.texts + other.texts)),
            self.rounds or other.rounds,
        )


def ground_of(program: Program, keys: Iterable[DefKey]) -> Ground:
    """Return what definitions of one record rest on; hidden ones and criteria are looked through."""
    atoms: dict[Atom, None] = {}
    compared: list[Expr] = []
    texts: dict[str, None] = {}
    rounds = False
    todo, seen = list(keys), set(keys)
    while todo:
        for node in walk(program.defs[todo.pop()].body):
            match node:
                case Ref(key, Var("self")) if _is_inside(program, key):
                    if key not in seen:
                        seen.add(key)
                        todo.append(key)
                case Ref(key, subject, ty):
                    owners = _owners(subject)
                    if owners is not None:
                        atoms[Atom(owners, key.record, key.name, True, ty)] = None
                case Get(record, name, ty) if not isinstance(strip_opt(ty), RecordTy):
                    owners = _owners(record)
                    if owners is not None and isinstance(record.ty, RecordTy):
                        atoms[Atom(owners, record.ty.name, name, False, ty)] = None
                case Apply() if is_edge(node):
                    compared.append(node)
                case DivRound():
                    rounds = True
                case _:
                    pass
            if isinstance(node, Lit) and isinstance(node.value, str):
                texts[node.value] = None
    return Ground(tuple(sorted(atoms, key=lambda a: a.path)), tuple(compared), tuple(texts), rounds)


def is_edge(e: Expr) -> bool:
    """Say whether an expression compares what can be asked of the record itself, not of an item of a list."""
    if not isinstance(e, Apply) or e.op not in COMPARED:
        return False
    return all(n.name == "self" for n in walk(e) if isinstance(n, Var))


def _is_inside(program: Program, key: DefKey) -> bool:
    return "#" in key.name or program.defs[key].kind is DefKind.CRITERION


def _owners(subject: Expr) -> tuple[str, ...] | None:
    """Return the fields from the subject to a record; None for items of lists."""
    match subject:
        case Var("self"):
            return ()
        case Get(record, name):
            above = _owners(record)
            return None if above is None else (*above, name)
        case _:
            return None


Draft = dict[Atom, Value]
"""The values that a record under construction has so far."""


def record_of(program: Program, record: str, draft: Draft) -> TypedRecord:
    """Build the record that a test with these values would give: defaults filled in."""
    made = TypedRecord(record, {})
    for atom, value in draft.items():
        target = made
        for field in atom.owners:
            decl = program.records[target.record].field(field)
            assert decl is not None
            ty = strip_opt(decl.ty)
            assert isinstance(ty, RecordTy)
            nested = target.fields.setdefault(field, TypedRecord(ty.name, {}))
            assert isinstance(nested, TypedRecord)
            target = nested
        (target.given if atom.is_def else target.fields)[atom.name] = value
    _fill(program, made)
    return made


def _fill(program: Program, record: TypedRecord) -> None:
    for decl in program.records[record.record].fields:
        if decl.name not in record.fields:
            if decl.has_default:
                record.fields[decl.name] = decl.default
            elif isinstance(decl.ty, OptTy):
                record.fields[decl.name] = None
            elif isinstance(decl.ty, ListTy):
                record.fields[decl.name] = ()
        nested = record.fields.get(decl.name)
        if isinstance(nested, TypedRecord):
            _fill(program, nested)


def value_in(record: TypedRecord, atom: Atom) -> tuple[bool, Value]:
    """Return whether a test's record states an atom, and its value."""
    target = record
    for field in atom.owners:
        nested = target.fields.get(field)
        if not isinstance(nested, TypedRecord):
            return False, None
        target = nested
    values = target.given if atom.is_def else target.fields
    return (atom.name in values, values.get(atom.name))


def draft_from(record: TypedRecord, atoms: Sequence[Atom]) -> Draft:
    """Return what a test's record says about atoms."""
    found = ((a, value_in(record, a)) for a in atoms)
    return {a: value for a, (stated, value) in found if stated}
