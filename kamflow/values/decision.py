"""What a caller gets for one record: a ``Decision``, or a ``Rejection`` that says why there is none.

A decision holds the integers that an engine returned and the shape of its plan; nothing is
converted before it is asked for, so that deciding is not slowed down by dressing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from datetime import date
from typing import Literal, TypeAlias

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.frozen import frozen
from kamflow.base.span import DataPlace
from kamflow.base.text import Lang
from kamflow.values.codec import Codec, Json, Plain, json_reader, python_reader
from kamflow.values.data import TypedRecord, Value
from kamflow.values.trace import Trace

RecordId: TypeAlias = "str | int | None"


@frozen
class Absent:
    """What a record did not give: defaults assumed (path, value as shown), optionals missing."""

    assumed: tuple[tuple[str, str], ...] = ()
    missing: tuple[str, ...] = ()


@frozen
class Loose:
    """A field that may be absent; ``default`` as shown, None for an optional one."""

    name: str
    default: str | None


@frozen
class Part:
    """A field of a record as far as it matters for what was absent: a field that may be (``loose``), or one
    that holds records of a ``kind``."""

    name: str
    loose: Loose | None = None
    kind: str = ""


@frozen
class PartGaps:
    """What the fast path found absent: a mask of the record, and of each record within it that left something
    out. ``parts``: what the fields that hold records hold. Paths are made of it when somebody asks."""

    mask: int
    parts: Mapping[str, Value]
    gaps: Sequence[tuple[TypedRecord, int]]


@frozen
class Shape:
    """What all decisions of one plan on one day share.

    ``loose`` are the fields that may be absent, in the order of the bits of the mask; ``parts`` has them for
    each kind of record that stands within records. ``trace_of``
    makes the trace from what the engine returned; None: it was not asked for. ``left_out`` are the outputs
    that compare the record with all others, where there was nobody to compare with.
    """

    record: str
    outputs: Mapping[str, int]
    codecs: tuple[Codec, ...]
    as_of: date
    policies: Mapping[str, str]
    loose: tuple[Loose, ...] = ()
    trace_of: Callable[[Flat], Trace] | None = field(default=None, compare=False)
    left_out: tuple[str, ...] = ()
    parts: Mapping[str, tuple[Part, ...]] = field(default_factory=dict, compare=False, repr=False)
    readers: Mapping[str, tuple[int, Callable[[Value], Plain]]] = field(init=False, compare=False, repr=False)
    writers: tuple[tuple[str, Callable[[Value], Json]], ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        readers = {n: (i, python_reader(self.codecs[i])) for n, i in self.outputs.items()}
        object.__setattr__(self, "readers", readers)
        writers = tuple((n, json_reader(self.codecs[i])) for n, i in self.outputs.items())
        object.__setattr__(self, "writers", writers)

    def absent_of(self, absent: int | Absent | PartGaps) -> Absent:
        if isinstance(absent, Absent):
            return absent
        if isinstance(absent, PartGaps):
            return _named(absent, self.record, self.parts)
        found = [one for i, one in enumerate(self.loose) if absent >> i & 1]
        return Absent(
            tuple((one.name, one.default) for one in found if one.default is not None),
            tuple(one.name for one in found if one.default is None),
        )


def _named(absent: PartGaps, record: str, parts: Mapping[str, tuple[Part, ...]]) -> Absent:
    """Name what was absent by its path, in the order of the fields: ``complaints[1].severity``."""
    masks = {id(one): mask for one, mask in absent.gaps}
    assumed: list[tuple[str, str]] = []
    missing: list[str] = []

    def walk(kind: str, mask: int, values: Mapping[str, Value], path: str) -> None:
        bit = 0
        for part in parts[kind]:
            if part.loose is not None:
                bit += 1
                if mask >> (bit - 1) & 1:
                    name, default = path + part.name, part.loose.default
                    if default is None:
                        missing.append(name)
                    else:
                        assumed.append((name, default))
                    continue
            if part.kind:
                inside(part.kind, values[part.name], path + part.name)

    def inside(kind: str, held: Value, path: str) -> None:
        if isinstance(held, TypedRecord):
            walk(kind, masks.get(id(held), 0), held.fields, f"{path}.")
        elif isinstance(held, tuple):
            for i, one in enumerate(held):
                inside(kind, one, f"{path}[{i}]")

    walk(record, absent.mask, absent.parts, "")
    return Absent(tuple(assumed), tuple(missing))


Flat: TypeAlias = "tuple[Value | Absent | PartGaps, ...]"
"""The outputs' values, then what was absent (a mask of ``Shape.loose``, ``PartGaps`` or ``Absent``), then
whatever ``Shape.trace_of`` needs."""


class Decision:
    """The outputs decided for one record: ``decision.tier``, ``decision["tier"]``. Immutable.

    Amounts are ``Decimal`` with exactly their decimals, dates ``datetime.date``, enum members ``str``;
    ``kamflow.values.codec`` has the table.
    """

    __slots__ = ("_flat", "_id", "_shape")

    ok: Literal[True] = True

    def __init__(self, shape: Shape, flat: Flat, record_id: RecordId = None) -> None:
        self._shape = shape
        self._flat = flat
        self._id = record_id

    def __getattr__(self, name: str) -> Plain:
        if name == "_shape":  # while an instance is copied, before it has its slots
            raise AttributeError(name)
        found = self._shape.readers.get(name)
        if found is not None:
            return found[1](self._flat[found[0]])  # type: ignore[arg-type]
        if name in self._shape.left_out:
            how = "engine.with_portfolio(records, as_of=…) or engine.with_cutoffs(file)"
            raise AttributeError(f"`{name}` compares the {self._shape.record} with all others: use {how}")
        known = ", ".join(self._shape.outputs)
        raise AttributeError(f"`{self._shape.record}` has no output `{name}`; it has: {known}")

    def __getitem__(self, name: str) -> Plain:
        index, read = self._shape.readers[name]
        return read(self._flat[index])  # type: ignore[arg-type]

    @property
    def id(self) -> RecordId:
        return self._id

    @property
    def as_of(self) -> date:
        return self._shape.as_of

    @property
    def assumed(self) -> dict[str, str]:
        """The defaults that were used, as shown."""
        return dict(self._absent().assumed)

    @property
    def missing(self) -> tuple[str, ...]:
        """The optional fields without a value."""
        return self._absent().missing

    @property
    def policies(self) -> Mapping[str, str]:
        """The policies in force and the digests of their texts."""
        return self._shape.policies

    @property
    def trace(self) -> Trace | None:
        """Why each output is what it is; None where no trace was asked for."""
        make = self._shape.trace_of
        return None if make is None else make(self._flat)

    def raw(self) -> tuple[Value, ...]:
        """Return the outputs as engines hold them: scaled integers, day numbers, positions."""
        return self._flat[: len(self._shape.codecs)]  # type: ignore[return-value]

    def to_dict(self) -> dict[str, Json]:
        """Return what ``kamflow eval`` writes: decimals as strings, percent with ``%``, dates ISO."""
        shape, raw = self._shape, self.raw()
        out: dict[str, Json] = {
            "id": self._id,
            "as_of": shape.as_of.isoformat(),
            "decisions": {n: write(v) for (n, write), v in zip(shape.writers, raw, strict=True)},
            "assumed": {**self.assumed},
            "missing": list(self.missing),
            "policies": dict(shape.policies),
        }
        trace = self.trace
        if trace is not None:
            out["trace"] = trace.to_dict()
        return out

    def _absent(self) -> Absent:
        absent = self._flat[len(self._shape.codecs)]
        assert isinstance(absent, int | Absent | PartGaps)
        return self._shape.absent_of(absent)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._shape.outputs]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Decision):
            return NotImplemented
        mine, theirs = self._shape, other._shape
        same = self._id == other._id and self.raw() == other.raw() and mine.as_of == theirs.as_of
        return same and mine.outputs == theirs.outputs and mine.codecs == theirs.codecs

    def __hash__(self) -> int:
        return hash((self._id, self.raw(), self._shape.as_of))

    def __repr__(self) -> str:
        values = ", ".join(f"{n}={self[n]!r}" for n in self._shape.outputs)
        return f"Decision(id={self._id!r}, as_of={self._shape.as_of.isoformat()}, {values})"


@frozen
class Rejection:
    """A record that was not decided; ``findings`` say why, the most important first."""

    id: RecordId
    as_of: date
    findings: tuple[Diagnostic, ...]
    outputs: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def ok(self) -> Literal[False]:
        return False

    def __getattr__(self, name: str) -> Plain:
        if name.startswith("_") or (self.outputs and name not in self.outputs):
            raise AttributeError(f"a rejected record has no `{name}`")
        who = "the record" if self.id is None else f"record {self.id}"
        why = "; ".join(f"{f.code} {f.message.en}" for f in self.findings[:3])
        more = f" (and {len(self.findings) - 3} more)" if len(self.findings) > 3 else ""
        raise AttributeError(f"{who} was rejected, so there is no `{name}`: {why}{more}")

    def to_dict(self, lang: Lang = Lang.EN) -> dict[str, Json]:
        """Return what ``--rejects`` writes: id, day and findings (code, slug, at, message, hint)."""
        return {
            "id": self.id,
            "as_of": self.as_of.isoformat(),
            "findings": [_brief(f, lang) for f in self.findings],
        }


def _brief(finding: Diagnostic, lang: Lang) -> Json:
    place = finding.span
    at = str(place) if isinstance(place, DataPlace) else place.source
    return {
        "code": finding.code,
        "slug": finding.slug,
        "at": at,
        "message": finding.message.in_(lang),
        "hint": finding.hint.in_(lang) if finding.hint else None,
    }
