"""All records of a small domain, tried by the interpreter: the verdict that a proof has to come to."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from kamflow.base.span import Source
from kamflow.core.expr import Get, Lit, Ref, Var, walk
from kamflow.core.program import Program, Property, PropertyKind
from kamflow.core.ty import BoolTy, EnumTy, ListTy, OptTy, RecordTy, ScaledTy, TextTy, Ty
from kamflow.engines.interp import Interpreter
from kamflow.project.load import load_sources
from kamflow.prove.intervals import Days
from kamflow.values.data import TypedRecord, Value
from kamflow.values.outcome import Undecided

HEADER = "policy p\n  effective from 2024-01-01\n  currency CNY\n  month end {end}\nend\n"


def load(text: str, end: str = "clamp") -> Program:
    """Return the lowered program of one policy without errors."""
    project = load_sources({"p.kam": Source("p.kam", HEADER.format(end=end) + text)})
    assert [f.message.en for f in project.findings if f.is_error] == []
    lowered = project.stretches[0].lowered
    assert lowered is not None
    return lowered


def texts(program: Program) -> tuple[str, ...]:
    found = {n.value for d in program.defs.values() for n in walk(d.body) if isinstance(n, Lit)}
    found |= {n.value for p in program.properties for n in walk(p.value) if isinstance(n, Lit)}
    return (*sorted(t for t in found if isinstance(t, str)), "none of them")


def domain(ty: Ty, program: Program, most: int) -> list[Value]:
    match ty:
        case OptTy(inner):
            return [None, *domain(inner, program, most)]
        case BoolTy():
            return [False, True]
        case EnumTy(_, members, _):
            return list(range(len(members)))
        case ScaledTy(_, _, lo, hi):
            assert hi - lo < 400, f"not a small domain: {lo} to {hi}"
            return list(range(lo, hi + 1))
        case TextTy():
            return list(texts(program))
        case RecordTy(name):
            return list(records(name, program))
        case ListTy(item):
            one = domain(item, program, most)
            return [tuple(items) for n in range(most + 1) for items in product(one, repeat=n)]
        case _:
            raise AssertionError(f"no domain of {ty}")


def records(name: str, program: Program) -> Iterator[TypedRecord]:
    """Yield every record of a kind."""
    fields = program.records[name].fields
    for values in product(*(domain(f.ty, program, f.max_items) for f in fields)):
        yield TypedRecord(name, dict(zip((f.name for f in fields), values, strict=True)))


def breaks(program: Program, days: Days, prop: Property) -> bool:
    """Say whether any valid record on any day breaks a property."""
    for day in range(days.first, days.last + 1):
        interpreter = Interpreter(program, day)
        for record in records(prop.record, program):
            if _valid(interpreter, program, record) and _breaks(interpreter, program, prop, record):
                return True
    return False


def _valid(interpreter: Interpreter, program: Program, record: TypedRecord) -> bool:
    facts = (f.cond for f in program.impossible if f.record == record.record)
    return not any(interpreter.evaluate(f, record) for f in facts)


def _breaks(interpreter: Interpreter, program: Program, prop: Property, record: TypedRecord) -> bool:
    if prop.kind in {PropertyKind.ALWAYS, PropertyKind.NEVER}:
        try:
            return interpreter.evaluate(prop.value, record) is (prop.kind is PropertyKind.NEVER)
        except Undecided:
            return False
    wrong = (lambda a, b: b > a) if prop.kind is PropertyKind.NOT_RISE else (lambda a, b: b < a)
    before = _number(interpreter, prop, record)
    for twin in _higher(program, prop, record):
        after = _number(interpreter, prop, twin) if _valid(interpreter, program, twin) else None
        if before is not None and after is not None and wrong(before, after):
            return True
    return False


def _number(interpreter: Interpreter, prop: Property, record: TypedRecord) -> int | None:
    try:
        value = interpreter.evaluate(prop.value, record)
    except Undecided:
        return None
    assert value is None or isinstance(value, int)
    return value


def _higher(program: Program, prop: Property, record: TypedRecord) -> Iterator[TypedRecord]:
    """Yield the record with each higher value of the driver: a field, or a part's field."""
    driver = prop.driver
    assert isinstance(driver, Get), "definitions are tried by other tests"
    path = []
    owner = driver.record
    while isinstance(owner, Get):
        path.append(owner.name)
        owner = owner.record
    assert isinstance(owner, Var | Ref)
    for value in domain(driver.ty, program, 0):
        twin = _with(record, tuple(reversed(path)), driver.name, value)
        if twin is not None:
            yield twin


def _with(record: TypedRecord, path: tuple[str, ...], name: str, value: Value) -> TypedRecord | None:
    fields = dict(record.fields)
    if path:
        part = fields[path[0]]
        inner = _with(part, path[1:], name, value) if isinstance(part, TypedRecord) else None
        if inner is None:
            return None
        fields[path[0]] = inner
        return TypedRecord(record.record, fields)
    was = fields[name]
    if value is None or was is None or not isinstance(value, int) or value <= was:
        return None
    fields[name] = value
    return TypedRecord(record.record, fields)
