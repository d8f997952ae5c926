"""A record as the example of a finding: the fields that say something, in words."""

from __future__ import annotations

from kamflow.base.text import Text
from kamflow.core.plain import plain_field
from kamflow.core.program import Program
from kamflow.core.ty import EnumTy, ListTy, OptTy, RecordTy, Ty, strip_opt
from kamflow.core.wording import say
from kamflow.values.data import TypedRecord, Value


def example_of(program: Program, record: TypedRecord, as_of: int) -> tuple[tuple[str, str], ...]:
    """Return name and value of each field that is not as plain as it could be, and of what was assumed."""
    return tuple((name, said.en) for name, said in example_words(program, record, as_of))


def example_words(program: Program, record: TypedRecord, as_of: int) -> list[tuple[str, Text]]:
    """Return the same in both languages."""
    return _fields(program, record, as_of, "")


def _fields(program: Program, record: TypedRecord, as_of: int, prefix: str) -> list[tuple[str, Text]]:
    out: list[tuple[str, Text]] = []
    for decl in program.records[record.record].fields:
        value = record.fields.get(decl.name)
        if isinstance(value, TypedRecord):
            out += _fields(program, value, as_of, f"{prefix}{decl.name}.")
        elif value != plain_field(decl, program, as_of):
            out.append((prefix + decl.name, _say(program, value, decl.ty)))
    types = {k.name: d.ty for k, d in program.defs.items() if k.record == record.record}
    return out + [(prefix + n, _say(program, v, types[n])) for n, v in record.given.items()]


def _say(program: Program, value: Value, ty: Ty) -> Text:
    match ty:
        case EnumTy(_, members, _) | OptTy(EnumTy(_, members, _)) if isinstance(value, int):
            return Text(members[value])
        case _:
            inner = strip_opt(ty)
            if isinstance(inner, ListTy) and isinstance(inner.item, RecordTy) and isinstance(value, tuple):
                return Text(str(len(value)))
            return say(value, ty, program)
