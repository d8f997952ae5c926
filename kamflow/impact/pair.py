"""One output of two versions, made comparable: one type, one scale, one numbering of members.

Assumes: columns of the same records. Leaves: two columns whose values are equal exactly when people would
call them equal. Where a version rejects a record there is ``REJECTED``, which equals itself alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import TypeAlias, overload

from kamflow.base.text import NO_TEXT, Text
from kamflow.core.expr import DefKey, Get, walk
from kamflow.core.program import Program, reached
from kamflow.core.ty import BoolTy, EnumTy, RecordTy, ScaledTy, Ty, strip_opt
from kamflow.core.wording import PERSONAL, plain, say
from kamflow.impact.answers import Answers
from kamflow.impact.model import Shown
from kamflow.values.data import Value


class Verdict(Enum):
    REJECTED = auto()


REJECTED = Verdict.REJECTED
Cell: TypeAlias = "Value | Verdict"
_PERSONAL = Shown(PERSONAL, None)
_REJECTED = Shown(Text("rejected", "被拒"), None, rejected=True)


@dataclass(frozen=True, slots=True)
class Pair:
    """``ty``: never optional; ``programs``: the new one first, for labels of members. ``personal``: its texts
    may be those of fields that are tagged so, and are not shown. ``apart``: the only
    rows in which the two may differ, where that is known."""

    name: str
    ty: Ty
    old: Sequence[Cell]
    new: Sequence[Cell]
    programs: tuple[Program, Program]
    personal: bool = False
    apart: Sequence[int] | None = None

    def show(self, cell: Cell) -> Shown:
        if isinstance(cell, Verdict):
            return _REJECTED
        if self.personal and cell is not None:
            return _PERSONAL
        if isinstance(self.ty, EnumTy) and isinstance(cell, int):
            member = self.ty.members[cell]
            return Shown(_label(self.ty.name, member, self.programs), member)
        return Shown(say(cell, self.ty, self.programs[0]), plain(cell, self.ty))

    def classes(self) -> list[Cell]:
        """Return all values that a choice has, in its order."""
        match self.ty:
            case BoolTy():
                return [False, True]
            case EnumTy(_, members, _):
                return list(range(len(members)))
            case _:
                return []


def pair_of(name: str, old: Answers, new: Answers) -> Pair | None:
    """Make an output of both versions comparable; None where their types don't allow it."""
    pair = _pair_of(name, old, new)
    return pair if pair is None or name not in new.apart else replace(pair, apart=new.apart[name])


def _pair_of(name: str, old: Answers, new: Answers) -> Pair | None:
    before, now = (strip_opt(a.program.defs[DefKey(a.record, name)].ty) for a in (old, new))
    a: Sequence[Cell] = old.columns[name]
    b: Sequence[Cell] = new.columns[name]
    if a is b and old.rejected.keys() == new.rejected.keys():
        a = b = Marked(a, old.rejected)
    else:
        a, b = _marked(a, old.rejected), _marked(b, new.rejected)
    programs = new.program, old.program
    match before, now:
        case ScaledTy(), ScaledTy():
            if before.unit != now.unit:
                return None
            scale = max(before.scale, now.scale)
            a, b = _scaled(a, scale - before.scale), _scaled(b, scale - now.scale)
            return Pair(name, replace(now, scale=scale), a, b, programs)
        case EnumTy(), EnumTy():
            if before.name != now.name:
                return None
            common = _common(before, now)
            return Pair(name, common, _numbered(a, before, common), _numbered(b, now, common), programs)
        case _:
            return Pair(name, now, a, b, programs, _is_personal(name, (old, new))) if before == now else None


def _is_personal(name: str, sides: Iterable[Answers]) -> bool:
    """Say whether a text rests on a field that is tagged as personal, in either version."""
    for side in sides:
        start = side.program.defs[DefKey(side.record, name)].body
        for root in reached(side.program, [start]):
            for node in walk(root):
                owner = strip_opt(node.record.ty) if isinstance(node, Get) else None
                if isinstance(owner, RecordTy) and isinstance(node, Get):
                    decl = side.program.records[owner.name].field(node.name)
                    if decl is not None and decl.personal:
                        return True
    return False


def label_of(name: str, new: Answers, old: Answers) -> Text:
    """Return what people call a definition, in the newer version that has it."""
    for side in (new, old):
        found = side.program.defs.get(DefKey(side.record, name))
        if found is not None:
            return found.label
    return NO_TEXT


def _marked(column: Sequence[Cell], rejected: Mapping[int, object]) -> Sequence[Cell]:
    out: list[Cell] = list(column)  # which is read faster than a column that is fetched when it is asked for
    for i in rejected:
        out[i] = REJECTED
    return out


class Marked(Sequence[Cell]):
    """A column that is the same in both versions. It is looked at only where somebody asks for it."""

    def __init__(self, column: Sequence[Cell], rejected: Mapping[int, object]) -> None:
        self._column, self._rejected = column, rejected
        self._cells: Sequence[Cell] | None = None

    def _all(self) -> Sequence[Cell]:
        if self._cells is None:
            self._cells = _marked(self._column, self._rejected)
        return self._cells

    @overload
    def __getitem__(self, index: int) -> Cell: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Cell]: ...
    def __getitem__(self, index: int | slice) -> Cell | Sequence[Cell]:
        return self._all()[index]

    def __len__(self) -> int:
        return len(self._all())

    def __iter__(self) -> Iterator[Cell]:
        return iter(self._all())


def _scaled(column: Sequence[Cell], power: int) -> Sequence[Cell]:
    if power == 0:
        return column
    return [v * 10**power if isinstance(v, int) else v for v in column]


def _common(old: EnumTy, new: EnumTy) -> EnumTy:
    """Number the members of both. There is an order only where one version's holds in the other too."""
    if old.members == new.members:
        return replace(new, ordered=old.ordered and new.ordered)
    for longer, shorter in ((new, old), (old, new)):
        if _is_part(shorter.members, longer.members):
            return replace(new, members=longer.members, ordered=old.ordered and new.ordered)
    members = tuple(dict.fromkeys((*new.members, *old.members)))
    return replace(new, members=members, ordered=False)


def _is_part(shorter: Iterable[str], longer: Iterable[str]) -> bool:
    rest = iter(longer)
    return all(m in rest for m in shorter)


def _numbered(column: Sequence[Cell], own: EnumTy, common: EnumTy) -> Sequence[Cell]:
    if own.members == common.members:
        return column
    place = [common.members.index(m) for m in own.members]
    return [place[v] if isinstance(v, int) else v for v in column]


def _label(enum: str, member: str, programs: Iterable[Program]) -> Text:
    for program in programs:
        decl = program.enums.get(enum)
        if decl is not None and member in decl.ty.members:
            return decl.labels[decl.ty.members.index(member)] or Text(member)
    return Text(member)
