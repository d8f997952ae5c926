"""Members of a type that nothing ever gives: a tier that was added to the list, and to no table."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from kamflow.base.diagnostic import Diagnostic
from kamflow.core.expr import Apply, Expr, Gather, If, Lit, Op, Override, Pick, PopTerm, Struct, Unwrap
from kamflow.core.program import EnumDecl, Program
from kamflow.core.ty import EnumTy, ListTy, StructTy, Ty, strip_opt
from kamflow.prove.table_errors import member_never_given

_PASSED_ON = Op.MIN, Op.MAX


def idle_members(program: Program, files: Collection[str]) -> Iterator[Diagnostic]:
    """Yield a finding for each member that no row, clause, rule or class gives, of types that no input has.

    Values that one definition takes over from another count where they are given. A type that only
    parameters or comparisons use is nobody's answer, and is left alone.
    """
    inputs = {t.name for r in program.records.values() for f in r.fields for t in _enums(f.ty)}
    given: dict[str, set[int]] = {}
    for d in program.defs.values():
        for result in _results(d.body):
            match result:
                case Lit(int() as value, ty) if isinstance(strip_opt(ty), EnumTy):
                    given.setdefault(_name(ty), set()).add(value)
                case PopTerm(classes=classes, outside=outside, ty=ty) if isinstance(ty, EnumTy):
                    given.setdefault(ty.name, set()).update([outside, *(c for c, _ in classes)])
                case _:
                    pass
    for name, decl in program.enums.items():
        if name in inputs or name not in given or (files and decl.span.source not in files):
            continue
        yield from _idle(decl, given[name])


def _idle(decl: EnumDecl, given: set[int]) -> Iterator[Diagnostic]:
    idle = [m for i, m in enumerate(decl.ty.members) if i not in given]
    if idle:
        yield member_never_given(decl.span, decl.ty.name, idle)


def _name(ty: Ty) -> str:
    inner = strip_opt(ty)
    assert isinstance(inner, EnumTy)
    return inner.name


def _enums(ty: Ty) -> Iterator[EnumTy]:
    match strip_opt(ty):
        case EnumTy() as found:
            yield found
        case ListTy(item):
            yield from _enums(item)
        case StructTy(fields):
            for _, inner in fields:
                yield from _enums(inner)
        case _:
            pass


def _results(body: Expr) -> Iterator[Expr]:
    """Yield the expressions whose value a definition can have."""
    todo = [body]
    while todo:
        e = todo.pop()
        match e:
            case Pick(values=values) | Gather(values=values) | Struct(fields=values):
                todo.extend(values)
            case Override(base, rules):
                todo += [base, *(r.value for r in rules)]
            case If(_, then, other):
                todo += [then, other]
            case Apply(op, args) if op in _PASSED_ON:
                todo.extend(args)
            case Unwrap(arg):
                todo.append(arg)
            case _:
                yield e
