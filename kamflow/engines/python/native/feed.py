"""Columns as the generated code reads them: arrays of fixed types, masks, offsets, codes of texts.

Assumes columns as ``core/columns.py`` says. What can be seen to be no such column — a float, an integer
that does not fit its type, parents out of order — is a mistake of the caller and raises ``ValueError``. A
line whose required field is masked is declined (``lost``).
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any, TypeAlias

import numpy as np

from kamflow.core.columns import ROOT, ColumnTable, Layout, Physical
from kamflow.engines.python.native.parts import Array
from kamflow.values.data import Value

Arr: TypeAlias = "np.ndarray[Any, Any]"
Columns: TypeAlias = Mapping[str, Mapping[str, Arr]]
DTYPES: dict[Physical, type] = {
    Physical.BOOL: np.bool_,
    Physical.INT8: np.int8,
    Physical.INT16: np.int16,
    Physical.INT32: np.int32,
    Physical.INT64: np.int64,
    Physical.TEXT: np.int32,
}


def new_set(size: int) -> Arr:
    """Return an empty set (``civil.start_set`` says how it lies)."""
    scratch = np.zeros(2 + 2 * size, dtype=np.int64)
    scratch[1] = size
    return scratch


class Words:
    """Codes of texts: those that the policy names first, then others as they come."""

    def __init__(self, words: Mapping[str, int]) -> None:
        self.codes: dict[str | None, int] = dict(words.items())

    def encode(self, texts: list[str | None]) -> Arr:
        found = self.codes
        fresh = count(len(found))
        try:
            return np.fromiter(map(found.__getitem__, texts), dtype=np.int32, count=len(texts))
        except KeyError:
            pass
        for text in dict.fromkeys(texts):
            if text not in found:
                found[text] = next(fresh)
        return np.fromiter(map(found.__getitem__, texts), dtype=np.int32, count=len(texts))

    def number(self, value: Value) -> int:
        """Return a parameter as the code reads it."""
        if isinstance(value, str):
            return self.codes.setdefault(value, len(self.codes))
        assert isinstance(value, int)
        return value

    def decode(self, codes: Arr) -> Arr:
        words = np.empty(len(self.codes) + 1, dtype=object)
        words[:-1] = list(self.codes)
        return words[codes]


class Feed:
    """The arrays of one run, made when asked for; ``lost``: records with a required field masked, or None."""

    def __init__(self, layout: Layout, columns: Columns, words: Words) -> None:
        self._layout, self._columns, self._words = layout, columns, words
        self._made: dict[Array, Arr] = {}
        self.lost: Arr | None = None
        self.count = self._length(layout.tables[0])

    def add(self, array: Array, values: Arr) -> None:
        self._made[array] = values

    def get(self, array: Array) -> Arr:
        if array not in self._made:
            self._made[array] = self._make(array)
        return self._made[array]

    def set_size(self, table: str) -> int:
        """Return the size of a set for the items of the longest list: at least twice as many places."""
        offsets = self.get(Array(table, "", "offsets"))
        most = int(np.diff(offsets).max(initial=0))
        return 1 << (2 * most + 1).bit_length()

    def _make(self, array: Array) -> Arr:
        table = self._layout.table(array.table)
        match array.kind:
            case "offsets":
                return self._offsets(table)
            case "mask":
                return self._mask(table, array.column)
            case _:
                return self._values(table, array.column)

    def _length(self, table: ColumnTable) -> int:
        given = self._columns.get(table.name, {})
        lengths = {len(c) for c in given.values()}
        if len(lengths) != 1:
            raise ValueError(f"{table.name}: columns of {len(lengths)} lengths")
        return lengths.pop()

    def _mask(self, table: ColumnTable, name: str) -> Arr:
        given = self._columns[table.name][name]
        mask = np.ma.getmask(given)
        if mask is np.ma.nomask:
            return np.zeros(len(given), dtype=np.bool_)
        return np.ascontiguousarray(mask)

    def _values(self, table: ColumnTable, name: str) -> Arr:
        column = next(c for c in table.columns if c.name == name)
        given = self._columns[table.name][name]
        mask, data = np.ma.getmask(given), np.ma.getdata(given)
        if not column.nullable and mask.any():
            self._lose(table, np.ma.getmaskarray(given))
        if column.physical is Physical.TEXT:
            texts = data.tolist()
            if mask is np.ma.nomask and None in texts:
                raise ValueError(f"{table.name}.{name}: None that is not masked")
            if mask is not np.ma.nomask:
                hidden = np.ma.getmaskarray(given).tolist()
                texts = [None if m else t for t, m in zip(texts, hidden, strict=True)]
            return self._words.encode(texts)
        wanted = np.dtype(DTYPES[column.physical])
        if data.dtype == wanted:
            return np.ascontiguousarray(data)
        if data.dtype.kind not in "iub" or (data.dtype.kind == "b") != (wanted.kind == "b"):
            raise ValueError(f"{table.name}.{name}: {data.dtype} instead of {wanted}")
        cast = np.ascontiguousarray(data.astype(wanted))
        differ = cast != data
        if mask is not np.ma.nomask:
            differ &= ~mask
        if differ.any():
            raise ValueError(f"{table.name}.{name}: values that are no {wanted}")
        return cast

    def _parents(self, table: ColumnTable) -> Arr:
        """Return the parents of a list's lines: ascending lines of the table above."""
        parents = np.asarray(self._columns[table.name]["parent"])
        above = self._length(self._layout.table(table.parent))
        if parents.dtype.kind not in "iu":
            raise ValueError(f"{table.name}.parent: {parents.dtype}")
        parents = parents.astype(np.int64)
        if len(parents) and (parents[0] < 0 or parents[-1] >= above or (np.diff(parents) < 0).any()):
            raise ValueError(f"{table.name}.parent: no ascending lines of {table.parent}")
        return parents

    def _offsets(self, table: ColumnTable) -> Arr:
        above = self._length(self._layout.table(table.parent))
        offsets = np.zeros(above + 1, dtype=np.int64)
        np.cumsum(np.bincount(self._parents(table), minlength=above), out=offsets[1:])
        return offsets

    def _lose(self, table: ColumnTable, mask: Arr) -> None:
        lines = np.flatnonzero(mask)
        while table.name != ROOT:
            lines = self._parents(table)[lines]
            table = self._layout.table(table.parent)
        if self.lost is None:
            self.lost = np.zeros(self._length(table), dtype=np.bool_)
        self.lost[lines] = True
