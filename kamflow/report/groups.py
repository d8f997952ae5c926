"""What many reports do: count and sum records by one or two classes, as tables and heat maps.

Assumes: series of one portfolio. Leaves: lines in the order of the classes; who has no class
is a line of its own.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from kamflow.base.text import Text
from kamflow.report.cells import code_of
from kamflow.report.model import COUNT, SHARE, Axis, Bars, Cell, Column, Heat, Label, Line, Table, ratio
from kamflow.report.portfolio import NONE_GIVEN, Lookup, Series
from kamflow.values.data import Value

CUSTOMERS = Column("customers", Text("Customers", "客户数"), COUNT)
SHARE_OF_CUSTOMERS = Column("share_of_customers", Text("Share of customers", "客户占比"), SHARE)
HOW_MANY = Axis(Text("Customers", "客户数"))


def label_of(look: Lookup, series: Series, value: Value) -> Label:
    if value is None:
        return NONE_GIVEN
    return Label(code_of(series.ty, value), look.label_of(series, value))


def groups_of(look: Lookup, series: Series) -> list[Value]:
    """Return the values of a class that can be; missing last, where somebody has none."""
    known: list[Value] = [v for v, _ in look.members(series)]
    return [*known, None] if any(v is None for v in series.values) else known


def by_class(
    look: Lookup, name: str, title: Text, series: Series, sums: Sequence[Series], note: Text | None = None
) -> Table:
    """Count and sum the records of each class."""
    counts: Counter[Value] = Counter(series.values)
    totals: dict[tuple[int, Value], int] = defaultdict(int)
    for i, measure in enumerate(sums):
        for group, v in zip(series.values, measure.numbers(), strict=True):
            if v is not None:
                totals[i, group] += v
    all_ = len(series.values)
    rows: list[tuple[Cell, ...]] = []
    for group in groups_of(look, series):
        amounts = [totals[i, group] for i in range(len(sums))]
        rows.append((label_of(look, series, group), counts[group], ratio(counts[group], all_), *amounts))
    columns = [Column(series.name, series.label), CUSTOMERS, SHARE_OF_CUSTOMERS]
    columns += [Column(f"sum_{m.name}", m.label, m.scaled()) for m in sums]
    return Table(name, title, tuple(columns), tuple(rows), note or Text("", ""))


def count_bars(table: Table, title: Text, at: int = 1) -> Bars:
    """Draw a column of a table by its first one."""
    cells = [r[at] for r in table.rows]
    return Bars(
        table.name, title, tuple(r[0].text for r in table.rows if isinstance(r[0], Label)),
        (Line(table.columns[at].title, tuple(c if isinstance(c, int) else None for c in cells)),),
        Axis(table.columns[0].title), HOW_MANY if at == 1 else _axis(table.columns[at]),
    )  # fmt: skip


def _axis(column: Column) -> Axis:
    from kamflow.core.ty import ScaledTy, UnitKind

    ty = column.ty
    if not isinstance(ty, ScaledTy):
        return Axis(column.title)
    return Axis(column.title, ty.scale, "%" if ty.unit.kind is UnitKind.PERCENT else ty.unit.currency)


def crossed(
    look: Lookup, name: str, title: Text, down: Series, across: Series, *, matrix: bool = False
) -> tuple[Table, Heat]:
    """Count the records of each pair of classes: as lines of a table, and as a map."""
    counts: Counter[tuple[Value, Value]] = Counter(zip(down.values, across.values, strict=True))
    left, top = groups_of(look, down), groups_of(look, across)
    rows: list[tuple[Cell, ...]] = [
        (label_of(look, down, a), label_of(look, across, b), counts[a, b])
        for a in left
        for b in top
        if counts[a, b]
    ]
    first, second = (down.name, across.name) if down.name != across.name else ("from", "to")
    table = Table(
        name,
        title,
        (Column(first, down.label), Column(second, across.label), CUSTOMERS),
        tuple(rows),
        shown=16,
    )
    heat = Heat(
        name, title,
        tuple(label_of(look, down, v).text for v in left), tuple(label_of(look, across, v).text for v in top),
        tuple(tuple(counts[a, b] for b in top) for a in left),
        down.label, across.label, HOW_MANY, matrix,
    )  # fmt: skip
    return table, heat
