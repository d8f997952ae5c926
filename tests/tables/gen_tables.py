"""Random tables over small domains: cut into disjoint rows that leave nothing out, then given a defect.

Rows are sets of codes for each column; ``Column.cell`` writes a set in the language. What is wrong with a
table is not asked of its maker but of ``oracle``: every record, every interval, by the interpreter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

Codes = frozenset[int]
MISSING = -1


@dataclass(frozen=True)
class Column:
    """``codes``: its values (``MISSING`` among them where it is optional); ``values``: as input has them."""

    name: str
    declared: str
    values: tuple[object, ...]
    write: Callable[[Codes], str]
    is_line: bool = False
    has_missing: bool = False

    @property
    def codes(self) -> Codes:
        return frozenset(range(len(self.values))) | ({MISSING} if self.has_missing else frozenset())

    def value(self, code: int) -> object:
        return None if code == MISSING else self.values[code]

    def cell(self, codes: Codes) -> str:
        if codes == self.codes:
            return "any"
        inside = codes - {MISSING}
        parts = []
        if inside == self.codes - {MISSING} and self.has_missing:
            parts.append("not missing")
        elif inside:
            parts.append(self.write(inside))
        if MISSING in codes:
            parts.append("missing")
        return " or ".join(parts)


def _ranges(codes: Codes) -> list[tuple[int, int]]:
    out: list[tuple[int, int]] = []
    for c in sorted(codes):
        if out and c == out[-1][1] + 1:
            out[-1] = (out[-1][0], c)
        else:
            out.append((c, c))
    return out


def _line(show: Callable[[int], str]) -> Callable[[Codes], str]:
    return lambda codes: " or ".join(
        show(a) if a == b else f"{show(a)} to {show(b)}" for a, b in _ranges(codes)
    )


def _listed(names: tuple[str, ...]) -> Callable[[Codes], str]:
    return lambda codes: " or ".join(names[c] for c in sorted(codes))


def _texts(codes: Codes) -> str:
    """Two texts that cells name, and code 2 for any other."""
    names = ('"north"', '"south"')
    if 2 not in codes:
        return _listed(names)(codes)
    left = [names[c] for c in (0, 1) if c not in codes]
    return f"not {left[0]}" if len(left) == 1 else "not missing"


COUNT = Column("amount", "count, 0 to 4", (0, 1, 2, 3, 4), _line(str), is_line=True)
GAIN = Column("gain", "percent, -1% to 1%", ("-1", "-0.99", "0", "0.01", "1"), _line(str), is_line=True)
DAY = Column(
    "since", "date", ("2025-12-31", "2026-01-01", "2026-01-02"), lambda c: "", is_line=True
)  # fmt: skip
GRADE = Column("grade", "grade", ("low", "middle", "high"), _listed(("low", "middle", "high")))
KIND = Column("kind", "kind, optional", ("b", "a"), _listed(("b", "a")), has_missing=True)
FLAG = Column("flag", "yes/no", (False, True), _listed(("no", "yes")))
MAYBE = Column("maybe", "count, optional, 0 to 2", (0, 1, 2), _line(str), is_line=True, has_missing=True)
COLUMNS = (COUNT, GRADE, KIND, FLAG, MAYBE)

Box = tuple[Codes, ...]


@dataclass
class Made:
    """A table to be tried; ``late``: the bounds that are a parameter, which gets a new value in 2027."""

    columns: tuple[Column, ...]
    rows: list[Box]
    hit: str = "unique"
    has_otherwise: bool = False
    late: dict[int, str] = field(default_factory=dict)  # row -> cell of column 0 in terms of the parameter
    values: tuple[int, int] | None = None  # of the parameter, before and from 2027

    def text(self) -> str:
        fields = "\n".join(f"  {c.name} : {c.declared}" for c in self.columns)
        head = " | ".join(c.name for c in self.columns)
        lines = []
        for i, row in enumerate(self.rows):
            cells = [c.cell(codes) for c, codes in zip(self.columns, row, strict=True)]
            if i in self.late:
                cells[0] = self.late[i]
            lines.append(f"    | {' | '.join(cells)} || {i} |")
        param = ""
        if self.values is not None:
            before, after = self.values
            param = (
                f"parameter bound : count\n  from 2025-01-01 : {before}\n  from 2027-01-01 : {after}\nend\n"
            )
        other = f"  otherwise {len(self.rows)}\n" if self.has_otherwise else ""
        return (
            "policy tried\n  effective from 2025-01-01\nend\n"
            "type grade is ordered low < middle < high\ntype kind is one of b, a\n"
            f"record thing\n{fields}\nend\n{param}"
            f"decision answer of thing : number\n  table {self.hit}\n    | {head} || answer |\n"
            + "\n".join(lines)
            + f"\n{other}end\n"
        )


def partition(r: Random, columns: tuple[Column, ...], count: int) -> list[Box]:
    """Cut the whole domain into up to ``count`` disjoint rows."""
    rows: list[Box] = [tuple(c.codes for c in columns)]
    for _ in range(count * 3):
        if len(rows) >= count:
            break
        at = r.randrange(len(rows))
        col = r.randrange(len(columns))
        codes = rows[at][col]
        if len(codes) < 2:
            continue
        left = _part(r, columns[col], codes)
        row = rows[at]
        rows[at] = (*row[:col], left, *row[col + 1 :])
        rows.insert(r.randrange(len(rows) + 1), (*row[:col], codes - left, *row[col + 1 :]))
    return rows


def _part(r: Random, column: Column, codes: Codes) -> Codes:
    ordered = sorted(codes)
    if column.is_line or r.random() < 0.5:
        return frozenset(ordered[: r.randint(1, len(ordered) - 1)])
    return frozenset(r.sample(ordered, r.randint(1, len(ordered) - 1)))


def sound(r: Random) -> Made:
    """Return a table without a defect, as far as its maker knows."""
    columns = tuple(r.sample(COLUMNS, r.randint(1, 4)))
    rows = partition(r, columns, r.randint(2, 9))
    hit = "first" if r.random() < 0.25 else "unique"
    return Made(columns, rows, hit)


def with_gap(r: Random) -> Made:
    made = sound(r)
    while len(made.rows) < 2:
        made = sound(r)
    del made.rows[r.randrange(len(made.rows))]
    return made


def with_overlap(r: Random) -> Made:
    made = _unique(r)
    at = r.randrange(len(made.rows))
    col = r.randrange(len(made.columns))
    row = made.rows[at]
    free = made.columns[col].codes - row[col]
    if free:
        extra = frozenset(r.sample(sorted(free), r.randint(1, len(free))))
        made.rows[at] = (*row[:col], row[col] | extra, *row[col + 1 :])
    return made


def with_moved_bound(r: Random) -> Made:
    """One bound of one row moves by one unit: a gap or an overlap, of one value."""
    made = _unique(r)
    lines = [i for i, c in enumerate(made.columns) if c.is_line]
    if not lines:
        return with_moved_bound(r)
    col, at = r.choice(lines), r.randrange(len(made.rows))
    row = made.rows[at]
    inside = row[col] - {MISSING}
    if not inside:
        return with_moved_bound(r)
    last = max(inside)
    moved = row[col] - {last} if r.random() < 0.5 else row[col] | {last + 1}
    moved &= made.columns[col].codes
    if not moved or moved == row[col]:
        return with_moved_bound(r)
    made.rows[at] = (*row[:col], moved, *row[col + 1 :])
    return made


def with_missing_left_out(r: Random) -> Made:
    made = _unique(r)
    col = next((i for i, c in enumerate(made.columns) if c.has_missing), None)
    if col is None:
        return with_missing_left_out(r)
    rows = [(*row[:col], row[col] - {MISSING}, *row[col + 1 :]) for row in made.rows]
    made.rows = [row for row in rows if all(row)]
    return made if made.rows else with_missing_left_out(r)


def with_masked_row(r: Random) -> Made:
    made = sound(r)
    made.hit = "first"
    at = r.randrange(len(made.rows))
    part = tuple(frozenset(r.sample(sorted(c), r.randint(1, len(c)))) for c in made.rows[at])
    made.rows.insert(r.randint(at + 1, len(made.rows)), part)
    return made


def breaking_later(r: Random) -> Made:
    """Bands of one column that meet at a parameter; from 2027 on its value lies somewhere else."""
    columns = (COUNT, *r.sample((GRADE, KIND, FLAG), r.randint(0, 2)))
    rest = partition(r, columns[1:], r.randint(1, 3)) if len(columns) > 1 else [()]
    rows: list[Box] = []
    late: dict[int, str] = {}
    for box in rest:
        upper, lower = len(rows), len(rows) + 1
        rows += [(frozenset({2, 3, 4}), *box), (frozenset({0, 1}), *box)]
        late[upper] = "at least bound"
        late[lower] = "below bound" if r.random() < 0.5 else "below 2"
    return Made(columns, rows, "unique", late=late, values=(2, r.choice((0, 1, 2, 3, 4))))


def _unique(r: Random) -> Made:
    made = sound(r)
    made.hit = "unique"
    return made


DEFECTS = (with_gap, with_overlap, with_moved_bound, with_missing_left_out, with_masked_row, breaking_later)
