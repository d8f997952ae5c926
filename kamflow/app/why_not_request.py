"""Reads what is wanted (``tier=S``, ``value_score>=80``) and which fields may change.

Assumes: text as a person typed it, in either language. Leaves: a ``Wanted`` and paths, or a finding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from kamflow.advise.wanted import How, Wanted, meets
from kamflow.app import why_errors
from kamflow.base.diagnostic import Diagnostic
from kamflow.base.span import DataPlace
from kamflow.base.suggest import suggest
from kamflow.base.text import Text
from kamflow.core.plain import Path
from kamflow.core.program import Def, FieldDecl, Program, RecordDecl
from kamflow.core.ty import (
    INT128,
    BoolTy,
    EnumTy,
    ListTy,
    OptTy,
    RecordTy,
    ScaledTy,
    StructTy,
    TextTy,
    UnitKind,
    strip_opt,
)
from kamflow.core.wording import own_label, say
from kamflow.intake.read_record import ReadRecord, RecordReader

_SIGNS = {
    ">=": How.AT_LEAST, "≥": How.AT_LEAST, "<=": How.AT_MOST, "≤": How.AT_MOST, ">": How.ABOVE,
    "<": How.BELOW, "==": How.IS, "=": How.IS, "＝": How.IS,
}  # fmt: skip
_WORDS = {
    "at least": How.AT_LEAST, "at most": How.AT_MOST, "above": How.ABOVE, "below": How.BELOW, "is": How.IS,
    "不低于": How.AT_LEAST, "不超过": How.AT_MOST, "高于": How.ABOVE, "低于": How.BELOW, "为": How.IS,
}  # fmt: skip
_BY_SIGN = re.compile(rf"\s*(.+?)\s*({'|'.join(map(re.escape, _SIGNS))})\s*(.+?)\s*")
_BY_WORD = re.compile(
    rf"\s*(.+?)(?:\s+({'|'.join(w for w in _WORDS if w.isascii())})\s+"
    rf"|\s*({'|'.join(w for w in _WORDS if not w.isascii())})\s*)(.+?)\s*"
)
_MISSING = frozenset({"missing", "缺失"})


def read_wish(written: str, program: Program, record: str) -> Wanted | Diagnostic:
    """Read ``NAME=VALUE``, also with ``>=``, ``at least`` and the like for what has an order."""
    outputs = program.outputs_of(record)
    parts = _parts(written)
    if parts is None:
        first = outputs[0].key.name if outputs else "name"
        return why_errors.wish_form(written, f"{first}=…")
    name, sign, how, value = parts
    d = _definition(name, program, record)
    if isinstance(d, Diagnostic):
        return d
    inner = strip_opt(d.ty)
    match inner:
        case ListTy() | StructTy() | RecordTy():
            return why_errors.wish_of_a_list(d.key.name)
        case EnumTy(_, _, ordered) if how is not How.IS and not ordered:
            return why_errors.wish_without_order(d.key.name, sign)
        case BoolTy() | TextTy() if how is not How.IS:
            return why_errors.wish_without_order(d.key.name, sign)
        case _:
            pass
    if value in _MISSING and isinstance(d.ty, OptTy) and how is How.IS:
        return Wanted(d.key, how, None)
    if value in _MISSING and not isinstance(inner, TextTy):
        return why_errors.wish_never_missing(d.key.name)
    # the value is read as a field of that type would be, with the same findings and suggestions
    wide = replace(inner, lo=-INT128, hi=INT128) if isinstance(inner, ScaledTy) else inner
    if isinstance(inner, ScaledTy) and inner.unit.kind is UnitKind.DATE:
        wide = inner  # there are no other days
    schema = RecordDecl("--not", (FieldDecl(d.key.name, wide),))
    read = RecordReader(schema, program).read({d.key.name: value}, DataPlace("--not"))
    if not isinstance(read, ReadRecord):
        return replace(read.findings[0], why=None)
    wanted = Wanted(d.key, how, read.record.fields[d.key.name])
    if isinstance(inner, ScaledTy) and isinstance(wanted.value, int) and not _within(wanted, inner):
        lo, hi = say(inner.lo, inner, program), say(inner.hi, inner, program)
        return why_errors.wish_out_of_range(d.key.name, lo, hi)
    return wanted


def _within(wanted: Wanted, ty: ScaledTy) -> bool:
    """Say whether any value of a type is what is wanted."""
    values = [v for v in (ty.lo, ty.hi, wanted.value) if isinstance(v, int) and ty.lo <= v <= ty.hi]
    return any(meets(wanted, v) for v in values)


def _parts(written: str) -> tuple[str, str, How, str] | None:
    """Cut at the first sign; without one at the first word, which may be part of a name otherwise."""
    found = _BY_SIGN.fullmatch(written)
    if found is not None:
        return found[1], found[2], _SIGNS[found[2]], found[3]
    found = _BY_WORD.fullmatch(written)
    if found is None:
        return None
    word = found[2] or found[3]
    return found[1], word, _WORDS[word], found[4]


def _definition(name: str, program: Program, record: str) -> Def | Diagnostic:
    known = {k.name: d for k, d in program.defs.items() if k.record == record and "#" not in k.name}
    if name in known:
        return known[name]
    labelled = [d for d in known.values() if name in _words(own_label(program, d))]
    if labelled:
        return labelled[0]
    every = [*known, *(w for d in known.values() for w in _words(own_label(program, d)))]
    outputs = [d.key.name for d in program.outputs_of(record)]
    return why_errors.wish_name(name, record, suggest(name, every), outputs[:8])


def _words(label: Text) -> set[str]:
    return {label.en, label.zh} - {""}


# ---- fields


def read_fields(
    names: Sequence[str], program: Program, record: str
) -> tuple[tuple[Path, ...], tuple[Diagnostic, ...]]:
    """Return the paths of fields that are named by name, path or label; without names the changeable ones."""
    every = list(_paths(program, record))
    if not names:
        declared = tuple(path for path, decl in every if decl.changeable)
        some = [".".join(p) for p, decl in every if isinstance(strip_opt(decl.ty), ScaledTy)][:2]
        return declared, () if declared else (why_errors.nothing_changeable(record, some),)
    paths: dict[Path, None] = {}
    wrong: list[Diagnostic] = []
    for name in names:
        path, decl = next(
            ((p, d) for p, d in every if name in {".".join(p), *_words(d.label)} or name == p[-1]),
            (None, None),
        )
        if path is None or decl is None:
            known = [w for p, d in every for w in (".".join(p), *sorted(_words(d.label)))]
            wrong.append(why_errors.no_such_field(name, record, suggest(name, known)))
        elif not _is_single(decl):
            inside = [".".join(p) for p, d in every if p[:-1] == path and _is_single(d)]
            wrong.append(why_errors.field_not_searched(".".join(path), inside))
        else:
            paths[path] = None
    return tuple(paths), tuple(wrong)


def _is_single(decl: FieldDecl) -> bool:
    return not isinstance(strip_opt(decl.ty), ListTy | RecordTy)


def _paths(program: Program, record: str, prefix: Path = ()) -> Iterator[tuple[Path, FieldDecl]]:
    """Yield the fields of a record, then those of the records that it holds."""
    fields = program.records[record].fields
    for decl in fields:
        yield (*prefix, decl.name), decl
    for decl in fields:
        inner = strip_opt(decl.ty)
        if isinstance(inner, RecordTy):
            yield from _paths(program, inner.name, (*prefix, decl.name))
