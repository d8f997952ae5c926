"""Lists that a policy gives: the code leaves which rows apply and what differs from line to line.

A list is one of rows (``collect``) or the one that belongs to a row. The loop writes the bit mask or the row,
and an array for each part of an item that is no constant; tuples are made of them afterwards, one for
each distinct list where all parts are constants.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from kamflow.base.frozen import frozen
from kamflow.core.expr import Expr, Gather, ListOf, Lit, Pick, Struct
from kamflow.core.ty import Ty
from kamflow.engines.python.native.parts import RefusedError, zero_of
from kamflow.engines.python.source import Block
from kamflow.values.data import Value

if TYPE_CHECKING:
    from kamflow.engines.python.native.emit import NativeEmitter
    from kamflow.engines.python.native.feed import Arr


@frozen
class Part:
    """A constant, or the local that holds it (``name``); later the array that it is written to."""

    value: Value
    name: str
    ty: Ty


@frozen
class Item:
    """One value, or one line with several."""

    parts: tuple[Part, ...]
    is_struct: bool


@frozen
class ListForm:
    """``choices``: the items of each row; ``is_set``: all rows of a mask count, else the one row."""

    choices: tuple[tuple[Item, ...], ...]
    is_set: bool


def emit_list(em: NativeEmitter, e: Gather | Pick | ListOf, block: Block) -> tuple[str, ListForm]:
    """Emit which rows give the list and the parts of its items; return the name of the former."""
    if isinstance(e, ListOf):  # always the same row
        only = tuple(_item(em, item, block, block) for item in e.items)
        return em.named("0", block), ListForm((only,), is_set=False)
    rows = em.named(em.expr(e.rows if isinstance(e, Gather) else e.row, block), block)
    choices: list[tuple[Item, ...]] = []
    for i, value in enumerate(e.values):
        inner = block.sub()
        match e, value:
            case Gather(), _:
                choices.append((_item(em, value, block, inner),))
            case Pick(), ListOf(items=items):
                choices.append(tuple(_item(em, item, block, inner) for item in items))
            case _:
                raise RefusedError(em.frame.name, "a list that is made of lists")
        if inner.lines:
            test = f"{rows} >> {i} & 1" if isinstance(e, Gather) else f"{rows} == {i}"
            block.nest(f"if {test}:", inner)
    return rows, ListForm(tuple(choices), isinstance(e, Gather))


def _item(em: NativeEmitter, e: Expr, before: Block, inner: Block) -> Item:
    parts = e.fields if isinstance(e, Struct) else (e,)
    return Item(tuple(_part(em, p, before, inner) for p in parts), isinstance(e, Struct))


def _part(em: NativeEmitter, e: Expr, before: Block, inner: Block) -> Part:
    if isinstance(e, Lit):
        return Part(e.value, "", e.ty)
    name = em.unit.fresh()
    em.assign(name, zero_of(e.ty), before, e.ty)
    em.assign(name, em.expr(e, inner), inner, e.ty)
    return Part(None, name, e.ty)


def assemble(form: ListForm, chosen: Arr, made: Mapping[str, Any]) -> Arr:
    """Return the tuples of all lines; ``made`` has the arrays of the parts."""
    import numpy as np

    distinct, back = np.unique(chosen, return_inverse=True)
    table = np.empty(len(distinct), dtype=object)
    lists: list[tuple[int, list[Item]]] = []
    for place, choice in enumerate(distinct.tolist()):
        items = list(_items(form, choice))
        if any(p.name for item in items for p in item.parts):
            lists.append((place, items))
        else:
            table[place] = tuple(_constant(item) for item in items)
    out = table[back]
    for place, items in lists:
        lines = np.flatnonzero(back == place)
        columns = [_column(item, lines, made) for item in items]
        for line, row in zip(lines.tolist(), zip(*columns, strict=True), strict=True):
            out[line] = row
    return out


def _items(form: ListForm, choice: int) -> Iterator[Item]:
    if not form.is_set:
        yield from form.choices[choice]
        return
    for i, items in enumerate(form.choices):
        if choice >> i & 1:
            yield from items


def _constant(item: Item) -> Value:
    values = tuple(p.value for p in item.parts)
    return values if item.is_struct else values[0]


def _column(item: Item, lines: Arr, made: Mapping[str, Any]) -> list[Any]:
    """Return the item of each of these lines."""
    parts = [made[p.name][lines].tolist() if p.name else [p.value] * len(lines) for p in item.parts]
    return list(zip(*parts, strict=True)) if item.is_struct else parts[0]
