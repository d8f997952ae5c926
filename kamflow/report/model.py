"""What a report is: tables of exact values, charts as values, how each figure is made, and what is missing.

Assumes: nothing. Leaves: values only. A chart holds scaled integers like a table does; only who draws it
makes floats of them.
"""

from __future__ import annotations

from typing import TypeAlias

from kamflow.base.frozen import frozen
from kamflow.base.text import NO_TEXT, Text
from kamflow.core.ty import INT128, NUMBER, PERCENT, ScaledTy, Ty
from kamflow.values.data import Value

COUNT = ScaledTy(NUMBER, 0, 0, INT128)
TENTHS = ScaledTy(NUMBER, 1, -INT128, INT128)
SHARE = ScaledTy(PERCENT, 2, -INT128, INT128)


@frozen
class Label:
    """A name that the report gives: ``code`` in data, ``text`` for people."""

    code: str
    text: Text


Cell: TypeAlias = "Value | Label"


@frozen
class Column:
    """``ty``: how its values are written; None: its cells are ``Label``s."""

    name: str
    title: Text
    ty: Ty | None = None


@frozen
class Table:
    """``name`` is unique in its report and names the file. ``shown``: lines on the page; data has all."""

    name: str
    title: Text
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: Text = NO_TEXT
    shown: int = 60


@frozen
class Axis:
    """``scale``: decimals of the integers along it; ``unit`` stands beside the title."""

    title: Text
    scale: int = 0
    unit: str = ""


@frozen
class Line:
    """One value for each category or tick of the chart; None: there is none. ``tone``: its place among the
    colours, where that is not its place among the others."""

    label: Text
    values: tuple[int | None, ...]
    tone: int | None = None


@frozen
class Bars:
    """Bars by category; with several series side by side, or ``stacked``. ``alarm``: series from the worst to
    the best. ``over_time``: the categories are months."""

    name: str
    title: Text
    categories: tuple[Text, ...]
    series: tuple[Line, ...]
    across: Axis
    up: Axis
    stacked: bool = False
    alarm: bool = False
    over_time: bool = False


@frozen
class Lines:
    """Lines over the ticks; ``from_zero``: the axis upwards begins at zero."""

    name: str
    title: Text
    ticks: tuple[Text, ...]
    series: tuple[Line, ...]
    across: Axis
    up: Axis
    from_zero: bool = True


@frozen
class Heat:
    """A number for each pair of a row and a column; ``matrix``: from → to, where staying is the diagonal."""

    name: str
    title: Text
    rows: tuple[Text, ...]
    columns: tuple[Text, ...]
    cells: tuple[tuple[int | None, ...], ...]
    down: Text
    across: Text
    value: Axis
    matrix: bool = False


@frozen
class Points:
    """Points of one group: (across, up)."""

    label: Text
    at: tuple[tuple[int, int], ...]


@frozen
class Scatter:
    """``split``: where the quadrants meet; ``quadrants``: low-low, high-low, low-high, high-high
    (across, up)."""

    name: str
    title: Text
    groups: tuple[Points, ...]
    across: Axis
    up: Axis
    split: tuple[int, int]
    quadrants: tuple[Text, Text, Text, Text]
    log_up: bool = False


@frozen
class Bound:
    """A class ends here: ``across`` and ``up`` in percent of scale 2."""

    label: Text
    across: int
    up: int


@frozen
class Curve:
    """A Pareto curve: points in percent of scale 2, from 0 to 100 %."""

    name: str
    title: Text
    points: tuple[tuple[int, int], ...]
    bounds: tuple[Bound, ...]
    across: Axis
    up: Axis


Chart: TypeAlias = Bars | Lines | Heat | Scatter | Curve


@frozen
class Report:
    """``definition``: how each figure is computed, a sentence each. ``missing``: what could not be told,
    and why."""

    name: str
    title: Text
    definition: tuple[Text, ...]
    tables: tuple[Table, ...] = ()
    charts: tuple[Chart, ...] = ()
    missing: tuple[Text, ...] = ()


def ratio(part: int, whole: int, scale: int = 4) -> int | None:
    """Return part / whole times ``10**scale``, rounded half up once; None for nothing of nothing.

    The default gives a percent of scale 2: 1 of 3 is 3333, which is 33.33 %.
    """
    if whole == 0:
        return None
    if whole < 0:
        part, whole = -part, -whole
    return (2 * part * int(10**scale) + whole) // (2 * whole)
