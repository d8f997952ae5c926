"""Frames → one query: columns become levels of a chain of SELECTs, as few and as narrow as can be.

A column that nobody reads is dropped, one that is read once is written where it is read. SELECT ``n`` of a
frame reads what SELECT ``n - 1`` left, joins the folds that are ready, and makes the columns of level ``n``;
it hands on what later ones need.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from kamflow.engines.sql.frame import DEEP, PARENT, ROW, Frame
from kamflow.engines.sql.terms import Term

MOST_LEVELS = 400
KEY = "key"


class TooLongError(Exception):
    """Columns that read each other in so long a chain that no database would take the query."""


@dataclass(slots=True, eq=False)
class _Body:
    """What is needed of a frame. ``exprs`` come after what they read; ``final`` is what leaves it.

    ``level`` of a made column, ``joined_at`` of a group: the number of the SELECT that makes, joins it.
    """

    frame: Frame
    final: dict[str, exp.Expr] = field(default_factory=dict)
    exprs: dict[str, exp.Expr] = field(default_factory=dict)
    brought: set[str] = field(default_factory=set)
    pinned: set[str] = field(default_factory=set)
    base: set[str] = field(default_factory=set)
    reads: dict[str, set[str]] = field(default_factory=dict)
    level: dict[str, int] = field(default_factory=dict)
    joined_at: dict[Frame, int] = field(default_factory=dict)
    sources: dict[int, str] = field(default_factory=dict)


def assemble(root: Frame, final: Mapping[str, Term]) -> tuple[exp.Select, dict[str, set[str]]]:
    """Return the query and the columns that it reads of each table. ``final``: the query's own columns."""
    made = _Assembly(root, {name: t.node() for name, t in final.items()})
    return made.query(), made.read


class _Assembly:
    def __init__(self, root: Frame, final: dict[str, exp.Expr]) -> None:
        self.bodies: dict[Frame, _Body] = {root: _Body(root, final)}
        self.ctes: list[tuple[str, exp.Select]] = []
        self.read: dict[str, set[str]] = {}
        self.root = root
        self._need(root)
        for body in self.bodies.values():
            _inline(body)
        for body in self.bodies.values():
            if body.frame is root:
                self._levels(body)

    # ---- what is needed

    def _need(self, root: Frame) -> None:
        todo = [(root, n) for e in self.bodies[root].final.values() for n in _names(e)]
        needed: set[tuple[int, str]] = set()
        owners: dict[int, dict[str, Frame]] = {}
        while todo:
            frame, name = todo.pop()
            if (id(frame), name) in needed:
                continue
            needed.add((id(frame), name))
            body = self.bodies[frame]
            folds = owners.setdefault(id(frame), {n: g for g in frame.groups for n in g.folds})
            if name in frame.made:
                todo.extend((frame, n) for n in _names(frame.made[name].sql))
            elif name in folds:
                group = folds[name]
                if group not in self.bodies:
                    self.bodies[group] = _Body(group)
                    if group.joined:
                        body.pinned.add(group.anchor)
                        todo.append((frame, group.anchor))
                self.bodies[group].final[name] = group.folds[name].copy()
                todo.extend((group, n) for n in _names(group.folds[name]))
            elif name in frame.brought:
                assert frame.context is not None
                body.brought.add(name)
                self.bodies[frame.context].pinned.add(frame.brought[name])
                todo.append((frame.context, frame.brought[name]))
            elif name not in (ROW, PARENT):
                body.base.add(name)
        for frame, body in self.bodies.items():
            body.exprs = {n: t.sql.copy() for n, t in frame.made.items() if (id(frame), n) in needed}

    # ---- levels

    def _levels(self, body: _Body) -> None:
        """Number the SELECTs; what a group brings in is made before the group."""
        folds = {n: g for g in body.frame.groups if g in self.bodies for n in self.bodies[g].final}
        for group in dict.fromkeys(folds.values()):
            self._levels(self.bodies[group])

        def given(name: str) -> int:
            """Return the first SELECT whose expressions can read a column."""
            if name in body.exprs:
                return level(name) + 1
            return joined(folds[name]) if name in folds else 1

        def level(name: str) -> int:
            if name not in body.level:
                body.level[name] = max((given(n) for n in _names(body.exprs[name])), default=1)
            return body.level[name]

        def joined(group: Frame) -> int:
            if group not in body.joined_at:
                inner = self.bodies[group]
                names = {group.brought[n] for n in inner.brought}
                if group.joined:
                    names.add(group.anchor)
                body.joined_at[group] = max((given(n) + (n in folds) for n in names), default=1)
            return body.joined_at[group]

        for name in body.exprs:
            if level(name) > MOST_LEVELS:
                raise TooLongError
        for group in dict.fromkeys(folds.values()):
            joined(group)

    def _last(self, body: _Body) -> int:
        """Return the number of a frame's final SELECT."""
        return max([1, *(n + 1 for n in body.level.values()), *body.joined_at.values()])

    # ---- the chain

    def query(self) -> exp.Select:
        top = self._final(self.bodies[self.root])
        for name, select in self.ctes:
            top = top.with_(exp.to_identifier(name, quoted=True), as_=select, copy=False)
        return top

    def _final(self, body: _Body) -> exp.Select:
        select = self._from(body, self._last(body))
        for name, e in body.final.items():
            select.append("expressions", _as(e, name))
        return select

    def _from(self, body: _Body, at: int) -> exp.Select:
        """Return SELECT ``at`` without its columns: what it reads and joins."""
        select = exp.Select().from_(_table(self._source(body, at)), copy=False)
        for group, n in body.joined_at.items():
            if n == at:
                select = self._join(select, group)
        return select

    def _source(self, body: _Body, at: int) -> str:
        """Return the name of what SELECT ``at`` reads."""
        for n in range(len(body.sources) + 1, at + 1):  # one after the other: chains are long
            body.sources[n] = self._base(body) if n == 1 else self._made(body, n - 1)
        return body.sources[at]

    def _made(self, body: _Body, at: int) -> str:
        select = self._from(body, at)
        for name in sorted(self._handed_on(body, at), key=_numbered):
            made = body.level.get(name) == at
            select.append("expressions", _as(body.exprs[name], name) if made else _column(name))
        name = f"{body.frame.name}_{at}"
        self.ctes.append((name, select))
        return name

    def _handed_on(self, body: _Body, at: int) -> set[str]:
        """Return what SELECT ``at`` leaves: all that later ones read and that is there by then."""
        if not body.reads:
            body.reads = {n: _names(e) for n, e in (*body.final.items(), *body.exprs.items())}
        needed: set[str] = set()
        for name in body.final:
            needed |= body.reads[name]
        for name, n in body.level.items():
            if n > at:
                needed |= body.reads[name]
        for group, n in body.joined_at.items():
            if n > at:
                needed |= {group.brought[name] for name in self.bodies[group].brought} | {ROW}
                needed |= {group.anchor} if group.joined else set()
        if body.frame.context is not None:
            needed.add(_key(body.frame))
        later = {n for n, made in body.level.items() if made > at}
        later |= {n for g, j in body.joined_at.items() if j > at for n in self.bodies[g].final}
        return needed - later

    def _base(self, body: _Body) -> str:
        """Return the table, or for items that need more than they hold: the items beside what is around."""
        frame = body.frame
        self.read.setdefault(frame.table.name, set()).update(body.base)
        if not frame.joined:
            return frame.table.name
        assert frame.context is not None
        outer = self.bodies[frame.context]
        source = self._source(outer, outer.joined_at[frame])
        select = exp.Select().from_(_table(frame.table.name, "i"), copy=False)
        on = exp.EQ(this=_column(PARENT, "i"), expression=_column(frame.anchor, "p"))
        select = select.join(_table(source, "p"), on=on, copy=False)
        for name in (ROW, *sorted(body.base, key=_numbered)):
            select.append("expressions", _column(name, "i"))
        select.append("expressions", _as(_column(ROW, "p"), KEY))
        for name in sorted(body.brought, key=_numbered):
            select.append("expressions", _as(_column(frame.brought[name], "p"), name))
        self.ctes.append((f"{frame.name}_0", select))
        return f"{frame.name}_0"

    def _join(self, select: exp.Select, group: Frame) -> exp.Select:
        """Join the folds of a group: a line for each line of the frame that has items."""
        folded = self._final(self.bodies[group])
        key = f"{group.name}_key"
        folded.append("expressions", _as(_column(_key(group)), key))
        folded = folded.group_by(_column(_key(group)), copy=False)
        name = f"{group.name}_all"
        self.ctes.append((name, folded))
        on = exp.EQ(this=_column(ROW), expression=_column(key))
        return select.join(_table(name), on=on, join_type="left", copy=False)


def _inline(body: _Body) -> None:
    """Write a column where it is read, if that is one place and it is no window."""
    uses: Counter[str] = Counter()
    for e in (*body.exprs.values(), *body.final.values()):
        uses.update(c.name for c in e.find_all(exp.Column))
    depths: dict[str, int] = {}

    def inlined(e: exp.Expr, *, most: int) -> tuple[exp.Expr, int]:
        deepest = 0
        for c in list(e.find_all(exp.Column)):
            name = c.name
            if uses[name] != 1 or name in body.pinned or name not in body.exprs or depths[name] > most:
                continue
            if body.exprs[name].find(exp.Window) is not None:
                continue
            deepest = max(deepest, depths[name])
            inner = body.exprs.pop(name)
            if c is e:
                return inner, depths[name]
            c.replace(_wrapped(inner))
        return e, _depth(e) if deepest == 0 else deepest + DEEP

    for name in list(body.exprs):
        body.exprs[name], depths[name] = inlined(body.exprs[name], most=DEEP)
    for name in list(body.final):
        body.final[name], _ = inlined(body.final[name], most=3 * DEEP)


def _depth(e: exp.Expr) -> int:
    deepest, todo = 0, [(e, 1)]
    while todo:
        node, depth = todo.pop()
        deepest = max(deepest, depth)
        todo.extend((child, depth + 1) for child in node.iter_expressions())
    return deepest


def _wrapped(e: exp.Expr) -> exp.Expr:
    if isinstance(e, exp.Binary | exp.Not | exp.Neg | exp.Between | exp.In):
        return exp.Paren(this=e)
    return e


def _key(frame: Frame) -> str:
    return KEY if frame.joined else PARENT


def _names(e: exp.Expr) -> set[str]:
    return {c.name for c in e.find_all(exp.Column)}


def _numbered(name: str) -> tuple[str, int]:
    return name.rstrip("0123456789"), int("0" + name.lstrip("abcdefghijklmnopqrstuvwxyz_"))


def _column(name: str, table: str = "") -> exp.Column:
    qualifier = exp.to_identifier(table, quoted=True) if table else None
    return exp.Column(this=exp.to_identifier(name, quoted=True), table=qualifier)


def _table(name: str, alias: str = "") -> exp.Table:
    named = exp.TableAlias(this=exp.to_identifier(alias, quoted=True)) if alias else None
    return exp.Table(this=exp.to_identifier(name, quoted=True), alias=named)


def _as(e: exp.Expr, name: str) -> exp.Expr:
    return exp.Alias(this=e, alias=exp.to_identifier(name, quoted=True))
