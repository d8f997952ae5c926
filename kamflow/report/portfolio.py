"""A portfolio that was decided: columns of fields and decisions of the same records, by name.

Assumes: values as engines hold them. Leaves: lookups that remember what they did not find, so that each
report can say what is missing. Reports look for roles (`tier`, `value`), not for one policy's names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from kamflow.base.frozen import frozen
from kamflow.base.text import Text
from kamflow.core.program import Program
from kamflow.core.ty import INT128, EnumTy, ListTy, ScaledTy, StructTy, Ty, UnitKind, strip_opt
from kamflow.core.wording import say
from kamflow.report.cases import CaseFile
from kamflow.report.model import Label
from kamflow.report.roles import ROLES
from kamflow.values.data import TypedRecord, Value


@frozen
class Series:
    """One field or decision of all records, in order."""

    name: str
    label: Text
    ty: Ty
    values: Sequence[Value] = field(compare=False, repr=False)

    def numbers(self) -> list[int | None]:
        """Return amounts, days, counts, positions; None where it is missing."""
        return [v if isinstance(v, int) else None for v in self.values]

    def scaled(self) -> ScaledTy:
        """Return the type of a sum of these amounts."""
        ty = strip_opt(self.ty)
        assert isinstance(ty, ScaledTy)
        return ScaledTy(ty.unit, ty.scale, -INT128, INT128)

    def lists(self) -> list[tuple[TypedRecord, ...]]:
        """Return lists of records within the records; a missing one is empty."""
        return [
            tuple(x for x in v if isinstance(x, TypedRecord)) if isinstance(v, tuple) else ()
            for v in self.values
        ]


@frozen
class Assumption:
    """A parameter of a model that is not a policy's: a percent of scale 2, or a whole number."""

    name: str
    label: Text
    value: int
    ty: ScaledTy


@frozen
class Portfolio:
    """``read`` records came in, ``rejected`` of them have no decisions and stand in no column.

    ``ids``: what records are called; personal names are never among them. ``cases``: None where no database
    was named. ``names``: what a role is called here, before the usual names. ``strays``: lines of child files
    that belong to no record, of how many.
    """

    source: str
    as_of: date
    program: Program
    record: str
    columns: Mapping[str, Series]
    ids: Sequence[str] = field(repr=False)
    read: int
    rejected: int = 0
    cases: tuple[CaseFile, ...] | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    assumptions: Mapping[str, Assumption] = field(default_factory=dict)
    strays: tuple[int, int] = (0, 0)

    @property
    def count(self) -> int:
        return len(self.ids)

    @property
    def day(self) -> int:
        return self.as_of.toordinal()

    def parameter(self, name: str, default: int, scale: int = 0) -> int:
        """Return a parameter of the policies at a scale, rounded up; ``default`` where there is none."""
        decl = self.program.params.get(name)
        value = decl.value_on(self.day) if decl is not None else None
        ty = strip_opt(decl.ty) if decl is not None else None
        if not isinstance(ty, ScaledTy) or not isinstance(value, int):
            return default
        return -(-value * int(10**scale) // int(10**ty.scale))


@dataclass(slots=True)
class Lookup:
    """Finds what a report needs; what is not there is written down in ``missing``."""

    portfolio: Portfolio
    missing: list[Text] = field(default_factory=list)

    def __post_init__(self) -> None:
        p = self.portfolio
        if p.count == 0:
            self.say("there is no record that could be decided", "没有可供决策的记录")
        elif p.rejected:
            n, all_ = p.rejected, p.read
            self.say(
                f"{n:,} of {all_:,} records were rejected and count nowhere here",
                f"{all_:,} 条记录中有 {n:,} 条被拒绝，未计入本报告",
            )
        if p.strays[0]:
            n, all_ = p.strays
            self.say(
                f"{n:,} of {all_:,} lines of child files belong to no record and count nowhere here",
                f"{all_:,} 行明细中有 {n:,} 行不属于任何记录，未计入本报告",
            )

    def say(self, en: str, zh: str) -> None:
        self.missing.append(Text(en, zh))

    def find(self, role: str, *, quiet: bool = False) -> Series | None:
        """Return the series of a role, the first of its usual names that fits; None where there is none."""
        spec = ROLES[role]
        given = self.portfolio.names.get(role)
        names = (given,) if given is not None else spec.names
        for name in names:
            found = self.portfolio.columns.get(name)
            if found is not None and spec.fits(found.ty):
                return found
        if not quiet:
            some = ", ".join(names)
            self.say(
                f"{spec.label.en} is missing: no field or decision called {some}",
                f"缺少{spec.label.zh}：没有名为 {some} 的字段或决策",
            )
        return None

    def gaps(self, series: Series, what: Text | None = None) -> int:
        """Say how many records have no value; return how many."""
        n = sum(v is None for v in series.values)
        if n:
            label = what or series.label
            all_, name = self.portfolio.count, series.name
            self.say(
                f"{label.en}: {n:,} of {all_:,} have none ({name})",
                f"{label.zh or label.en}：{all_:,} 个客户中有 {n:,} 个未填（{name}）",
            )
        return n

    # ---- names of groups

    def members(self, series: Series) -> list[tuple[Value, Text]]:
        """Return the possible values of a class with their labels, the highest first where ordered."""
        ty, program = strip_opt(series.ty), self.portfolio.program
        if isinstance(ty, EnumTy):
            every: list[Value] = [*range(len(ty.members))]
            if ty.ordered:
                every.reverse()
        else:
            every = sorted({v for v in series.values if isinstance(v, int | str)}, key=str)
        return [(v, say(v, ty, program)) for v in every]

    def label_of(self, series: Series, value: Value) -> Text:
        return say(value, series.ty, self.portfolio.program)


NONE_GIVEN = Label("", Text("(not given)", "（未填）"))


def money_unit(ty: ScaledTy) -> str:
    """Return what stands beside an axis: a currency, or nothing."""
    return ty.unit.currency if ty.unit.kind is UnitKind.MONEY else ""


def line_fields(series: Series) -> tuple[tuple[str, Ty], ...]:
    """Return the parts of a line of a collected list, with their types."""
    ty = strip_opt(series.ty)
    item = strip_opt(ty.item) if isinstance(ty, ListTy) else None
    return item.fields if isinstance(item, StructTy) else ()
