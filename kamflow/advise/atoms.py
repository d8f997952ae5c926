"""Every comparison behind a decision as a yes/no definition of its own, so that one can see which flips.

Between two values of a field where no comparison changes, no decision changes: so the places where one
does are the only ones worth trying. A comparison stands where something made sure that its operands are
there; taken out of that place it has to ask for itself (``_guards``), and is *no* where they are not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from kamflow.advise.settled import path_of, record_at
from kamflow.advise.wanted import get_at
from kamflow.base.span import NOWHERE
from kamflow.core.expr import (
    Apply,
    DefKey,
    DivRound,
    Expr,
    Get,
    If,
    IsPresent,
    Lit,
    Op,
    Ref,
    Unwrap,
    Var,
    children,
    walk,
)
from kamflow.core.plain import Path
from kamflow.core.program import Def, DefKind, Program
from kamflow.core.ty import BOOL, ScaledTy, strip_opt

_COMPARES = frozenset({Op.LT, Op.LE, Op.EQ_INT, Op.EQ_TEXT, Op.EQ_BOOL})


@dataclass(frozen=True, slots=True)
class Atom:
    """A comparison about the record that ``path`` leads to."""

    path: Path
    cond: Expr


def atoms_behind(program: Program, record: str, keys: tuple[DefKey, ...]) -> tuple[Atom, ...]:
    """Return the comparisons that definitions and the facts of a record rest on, each once."""
    found: dict[Atom, None] = {}
    todo: list[tuple[Path, Expr]] = [((), program.defs[k].body) for k in keys]
    todo += [((), f.cond) for f in program.impossible if f.record == record]
    seen: set[tuple[Path, DefKey]] = {((), k) for k in keys}
    while todo:
        path, body = todo.pop()
        for node in walk(body):
            if isinstance(node, Ref):
                subject = path_of(node.subject)
                if subject is not None and ((*path, *subject), node.key) not in seen:
                    seen.add(((*path, *subject), node.key))
                    todo.append(((*path, *subject), program.defs[node.key].body))
            elif _is_atom(node) and all(v.name == "self" for v in walk(node) if isinstance(v, Var)):
                found.update((Atom(path, cond), None) for cond in _monotone(node))
    return tuple(found)


def _is_atom(e: Expr) -> bool:
    return isinstance(e, IsPresent) or (isinstance(e, Apply) and e.op in _COMPARES)


def _monotone(e: Expr) -> tuple[Expr, ...]:
    """Split an equality of amounts: each half flips once where an amount rises, so none is passed over."""
    match e:
        case Apply(Op.EQ_INT, (a, b)) if isinstance(strip_opt(a.ty), ScaledTy):
            return (Apply(Op.LE, (a, b), BOOL, e.span), Apply(Op.LE, (b, a), BOOL, e.span))
        case _:
            return (e,)


def with_atoms(program: Program, record: str, atoms: tuple[Atom, ...]) -> tuple[Program, tuple[str, ...]]:
    """Return the program with a definition of ``record`` for each atom, and the names of these."""
    defs = dict(program.defs)
    names: list[str] = []
    for number, atom in enumerate(atoms):
        name = f"atom#{number}"
        owner = record_at(program, record, atom.path)
        body = _guarded(atom.cond, tuple(_guards(atom.cond)))
        _add(defs, DefKey(owner, name), body)
        if atom.path:
            name = f"atom#{number}#"
            subject, guards = get_at(program, record, atom.path)
            optional = subject.ty != strip_opt(subject.ty)
            if optional:
                guards = (*guards, IsPresent(subject, BOOL, NOWHERE))
                subject = Unwrap(subject, strip_opt(subject.ty), NOWHERE)
            _add(
                defs,
                DefKey(record, name),
                _guarded(Ref(DefKey(owner, f"atom#{number}"), subject, BOOL, NOWHERE), guards),
            )
        names.append(name)
    return replace(program, defs=defs), tuple(names)


def _add(defs: dict[DefKey, Def], key: DefKey, body: Expr) -> None:
    defs[key] = Def(key, BOOL, body, DefKind.FACT, key.name, "")


def _guarded(cond: Expr, guards: tuple[Expr, ...]) -> Expr:
    if not guards:
        return cond
    held = guards[0] if len(guards) == 1 else Apply(Op.AND, guards, BOOL, NOWHERE)
    return If(held, cond, Lit(False, BOOL, NOWHERE), BOOL, NOWHERE)


def _guards(e: Expr) -> Iterator[Expr]:
    """Yield what has to hold before ``e`` can be evaluated, the innermost first."""
    match e:
        case Unwrap(arg):
            yield from _guards(arg)
            yield IsPresent(arg, BOOL, NOWHERE)
        case DivRound(num, den):
            yield from _guards(num)
            yield from _guards(den)
            if not isinstance(den, Lit):
                zero = Apply(Op.EQ_INT, (den, Lit(0, den.ty, NOWHERE)), BOOL, NOWHERE)
                yield Apply(Op.NOT, (zero,), BOOL, NOWHERE)
        case Apply(Op.AND | Op.OR, args):
            yield from _guards(args[0])
        case If(cond):
            yield from _guards(cond)
        case Apply() | Get() | Ref() | IsPresent():
            for part in children(e):
                yield from _guards(part)
        case _:
            return  # lazy nodes guard their own parts
