"""What is kept of a customer's facts: what its workflow reads, and what a record can't be without.

Assumes: a link without errors. Leaves: records with fewer fields that decide the same. A journal is kept
for years and can't be changed, so a name or a telephone number that no guard reads does not get into it:
fields that may be absent and that nothing of the workflow reads are left out; personal texts that must be
there become `…`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias, cast

from kamflow.core.expr import DefKey, Expr, Get, walk
from kamflow.core.program import FieldDecl, Program, reached
from kamflow.core.ty import ListTy, RecordTy, TextTy, Ty, strip_opt
from kamflow.flow.as_policy import record_of
from kamflow.flow.link import Linked
from kamflow.project.slot import id_name_of
from kamflow.values.codec import Json
from kamflow.workflow.instance import JsonMap
from kamflow.workflow.model import Workflow

HIDDEN = "…"

_Keeps: TypeAlias = "dict[str, Ty | bool | None]"
"""What becomes of each field: kept as it is (yes), hidden (no), kept in part (its type), left out (None)."""
_Read: TypeAlias = frozenset[tuple[str, str]]


class KeptFacts:
    """Reduces the records of one linked workflow."""

    def __init__(self, linked: Linked, workflow: Workflow) -> None:
        own = record_of(workflow.id.text)
        programs = [s.lowered for s in linked.project.stretches if s.lowered is not None]
        self._programs = [p for p in programs if own in p.records]
        self._read: _Read = frozenset(pair for p in self._programs for pair in _fields_read(p, own))
        self._subject = workflow.subject.text
        self._keeps: dict[str, _Keeps] = {}

    def reduce(self, subject: JsonMap) -> JsonMap:
        """Return the facts without what nobody here needs."""
        return cast("JsonMap", self._record(subject, self._subject)) if self._programs else subject

    def _record(self, raw: object, record: str) -> Json:
        if not isinstance(raw, dict | Mapping):  # nearly always the first, which is quickly told
            return cast("Json", raw)  # it will be refused, and nothing of it kept
        keeps = self._keeps.get(record)
        if keeps is None:
            keeps = self._keeps[record] = self._plan(record)
        out: dict[str, Json] = {}
        for name, value in raw.items():
            keep = keeps.get(name, True)
            if keep is True:
                out[str(name)] = value
            elif keep is False:
                out[name] = HIDDEN
            elif keep is not None:
                out[name] = self._value(value, keep)
        return out

    def _plan(self, record: str) -> _Keeps:
        schema = self._programs[-1].records[record]
        named = id_name_of(schema)
        found: _Keeps = {}
        for field in schema.fields:
            whole = _is_plain(field.ty) or field.ty
            if field.name == named or (record, field.name) in self._read:
                found[field.name] = whole
            elif field.has_default or _is_optional(field):
                found[field.name] = None
            else:
                found[field.name] = False if _hides(field) else whole
        return found

    def _value(self, value: object, ty: Ty) -> Json:
        match strip_opt(ty):
            case RecordTy(name):
                return self._record(value, name)
            case ListTy(item) if isinstance(value, list):
                return [self._value(v, item) for v in value]
            case _:
                return cast("Json", value)


def _fields_read(program: Program, own: str) -> Iterator[tuple[str, str]]:
    """Yield (record, field) of all that the definitions of a workflow come to, directly or not."""
    roots: list[Expr] = [d.body for k, d in program.defs.items() if _is_of(k, own)]
    roots += [f.cond for f in program.impossible]
    for root in reached(program, roots, populations=True):
        for node in walk(root):
            if isinstance(node, Get) and isinstance(ty := strip_opt(node.record.ty), RecordTy):
                yield ty.name, node.name


def _is_of(key: DefKey, own: str) -> bool:
    return key.record.startswith(own)


def _is_plain(ty: Ty) -> bool:
    return not isinstance(strip_opt(ty), RecordTy | ListTy)


def _is_optional(field: FieldDecl) -> bool:
    return strip_opt(field.ty) is not field.ty


def _hides(field: FieldDecl) -> bool:
    return bool(field.personal) and isinstance(field.ty, TextTy)
