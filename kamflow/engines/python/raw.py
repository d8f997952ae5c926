"""Reading a caller's dict inside generated code: what it takes, intake takes with the same value.

Anything else — another type, an amount finer than its field, a value out of range, a key too many —
makes the function return ``None``: then intake reads the record and says what is wrong.

A float counts as the decimal of its shortest text. Below 10**15 units every decimal of a scale has
its own float, the one nearest to it, so ``x`` stands for ``n / 10**scale`` exactly where dividing
``n`` gives ``x`` back. Adding and subtracting 1.5 * 2**52 rounds a float below 2**51 to a whole one.
"""

from __future__ import annotations

from itertools import repeat
from math import floor
from operator import itemgetter

from kamflow.core.program import FieldDecl, Program, RecordDecl
from kamflow.core.ty import (
    BoolTy,
    EnumTy,
    ListTy,
    RecordTy,
    ScaledTy,
    StructTy,
    TextTy,
    Ty,
    UnitKind,
    strip_opt,
)
from kamflow.engines.python.source import Block, Unit, int_text
from kamflow.values.data import TypedRecord
from kamflow.values.dates import day_from_iso
from kamflow.values.decimals import scaled_from_plain
from kamflow.values.decision import PartGaps

_EXACT = 10**15
_MAGIC = "6755399441055744.0"
_MAX_TEXT = 10_000


def can_read(record: RecordDecl, program: Program) -> bool:
    """Say whether all fields have a form that the raw variant reads; also those no policy needs."""
    return all(_can_read(strip_opt(f.ty), program) for f in record.fields)


def _can_read(ty: Ty, program: Program) -> bool:
    match ty:
        case RecordTy(name) | ListTy(RecordTy(name)):
            return can_read(program.records[name], program)
        case ListTy() | StructTy():
            return False
        case _:
            return True


def emit_reading(
    unit: Unit,
    block: Block,
    record: RecordDecl,
    names: dict[str, str],
    mask: str,
    *,
    as_floats: frozenset[str],
    program: Program,
) -> None:
    """Emit reading ``d`` into the locals ``names``, and what was absent into ``mask``.

    Bit ``i`` of the mask stands for the ``i``-th of the fields that may be absent; records within the record
    that leave something out stand with their own masks in the list ``_GAPS``. Amounts that are only compared,
    named in ``as_floats``, stay floats where they came as floats.
    """
    parts = _Parts(unit, program)
    loose = [f for f in record.fields if may_be_absent(f)]
    block.add(f"if {unit.constant(type)}(d) is not {unit.constant(dict)}: return None")
    if notes_gaps(record, program):
        block.add(f"{_GAPS} = []")
    _emit_required(parts, block, [f for f in record.fields if f not in loose], names, as_floats)
    if not loose:
        block.add(f"if {unit.constant(len)}(d) != {len(record.fields)}: return None")
        return
    block.add(f"{mask} = 0")
    _emit_loose(parts, block, record, loose, names, as_floats, mask)


def emit_field_readers(unit: Unit, program: Program, record: RecordDecl) -> dict[str, str]:
    """Define for each field a function from what stands there, not None, to its value, or to None.

    Return their names.
    """
    parts = _Parts(unit, program, loose=True)
    names: dict[str, str] = {}
    for decl in record.fields:
        block, value = Block(depth=1), unit.fresh("v")
        _emit_field(parts, block, decl, value, stays_float=False)
        block.add(f"return {value}")
        names[decl.name] = unit.fresh("F")
        unit.define(names[decl.name], [value], block)
    return names


def _emit_loose(
    parts: _Parts,
    block: Block,
    record: RecordDecl,
    loose: list[FieldDecl],
    names: dict[str, str],
    as_floats: frozenset[str],
    mask: str = "",
) -> None:
    """Read the fields that may be absent, and see that there are no others than the record's."""
    unit = parts.unit
    count, get = unit.fresh(), unit.fresh()
    block.add(f"{count} = {len(record.fields)}")
    block.add(f"{get} = d.get")
    for i, decl in enumerate(loose):
        name, key = names[decl.name], unit.constant(decl.name)
        block.add(f"{name} = {get}({key})")
        absent, given = block.sub(), block.sub()
        if mask:
            absent.add(f"{mask} |= {1 << i}")
        absent.add(f"if {key} not in d: {count} -= 1")
        if decl.has_default:
            absent.add(f"{name} = {_default_text(unit, decl)}")
        _emit_field(parts, given, decl, name, stays_float=name in as_floats)
        block.nest(f"if {name} is None:", absent)
        block.nest("else:", given)
    block.add(f"if {unit.constant(len)}(d) != {count}: return None")


_GAPS = "q"
"""The local list of (part, mask) for parts that left something out; passed to the functions that read
parts."""


def kinds_within(record: RecordDecl, program: Program) -> set[str]:
    """Return all kinds of records within a record."""
    found: set[str] = set()
    todo = [record]
    while todo:
        for f in todo.pop().fields:
            match strip_opt(f.ty):
                case RecordTy(name) | ListTy(RecordTy(name)) if name not in found:
                    found.add(name)
                    todo.append(program.records[name])
                case _:
                    pass
    return found


def notes_gaps(record: RecordDecl, program: Program) -> bool:
    """Say whether a part of the record may leave something out, which is noted."""
    kinds = kinds_within(record, program)
    return any(may_be_absent(f) for kind in kinds for f in program.records[kind].fields)


def emit_absent(unit: Unit, record: RecordDecl, names: dict[str, str], mask: str) -> str:
    """Return the expression of what was absent: a mask, or the masks of the parts too."""
    held = ", ".join(
        f"{unit.constant(f.name)}: {names[f.name]}" for f in record.fields if _holds_records(f.ty)
    )
    return f"{unit.constant(PartGaps)}({mask}, {{{held}}}, {_GAPS}) if {_GAPS} else {mask}"


def _holds_records(ty: Ty) -> bool:
    return isinstance(plain := strip_opt(ty), RecordTy) or (
        isinstance(plain, ListTy) and isinstance(plain.item, RecordTy)
    )


class _Parts:
    """The functions that read records within the record, one for each kind; made when first needed.

    A part that leaves out what it may lack is noted with its mask, since that is said with its path.
    ``loose``: nobody asks for that.
    """

    def __init__(self, unit: Unit, program: Program, *, loose: bool = False) -> None:
        self.unit, self.program, self.loose = unit, program, loose
        self._readers: dict[str, str] = {}

    def takes_gaps(self, record: str) -> bool:
        """Say whether the function of a kind takes the list of gaps."""
        decl = self.program.records[record]
        own = not self.loose and any(may_be_absent(f) for f in decl.fields)
        return own or (not self.loose and notes_gaps(decl, self.program))

    def read(self, record: str, value: str) -> str:
        """Return the expression that reads one part."""
        return (
            f"{self.reader(record)}({value}, {_GAPS})"
            if self.takes_gaps(record)
            else f"{self.reader(record)}({value})"
        )

    def read_all(self, record: str, values: str) -> str:
        """Return the expression that reads a list of parts."""
        more = f", {self.unit.constant(repeat)}({_GAPS})" if self.takes_gaps(record) else ""
        return f"{self.unit.constant(map)}({self.reader(record)}, {values}{more})"

    def reader(self, record: str) -> str:
        """Return the name of the function from a dict to a ``TypedRecord``, or to None."""
        if record not in self._readers:
            self._readers[record] = self.unit.fresh("F")
            self._emit(self.program.records[record], self._readers[record])
        return self._readers[record]

    def _emit(self, record: RecordDecl, function: str) -> None:
        unit, block = self.unit, Block(depth=1)
        names = {f.name: unit.fresh("v") for f in record.fields}
        block.add(f"if {unit.constant(type)}(d) is not {unit.constant(dict)}: return None")
        loose = [f for f in record.fields if may_be_absent(f)]
        if not loose:
            block.add(f"if {unit.constant(len)}(d) != {len(record.fields)}: return None")
        _emit_required(self, block, [f for f in record.fields if f not in loose], names, frozenset())
        mask = unit.fresh() if loose and not self.loose else ""
        if mask:
            block.add(f"{mask} = 0")
        if loose:
            _emit_loose(self, block, record, loose, names, frozenset(), mask)
        fields = ", ".join(f"{unit.constant(n)}: {local}" for n, local in names.items())
        made = f"{unit.constant(TypedRecord)}({unit.constant(record.name)}, {{{fields}}})"
        if mask:
            one = unit.fresh()
            block.add(f"{one} = {made}")
            block.add(f"if {mask}: {_GAPS}.append(({one}, {mask}))")
            made = one
        block.add(f"return {made}")
        unit.define(function, ["d", _GAPS] if self.takes_gaps(record.name) else ["d"], block)


def _emit_required(
    parts: _Parts, block: Block, fields: list[FieldDecl], names: dict[str, str], as_floats: frozenset[str]
) -> None:
    """Fetch all required fields at once (an ``itemgetter`` is the quickest way), then test each."""
    unit = parts.unit
    if len(fields) > 2:
        getter = unit.constant(itemgetter(*(f.name for f in fields)))
        block.add(f"{', '.join(names[f.name] for f in fields)} = {getter}(d)")
    else:
        for decl in fields:
            block.add(f"{names[decl.name]} = d[{unit.constant(decl.name)}]")
    for decl in fields:
        _emit_field(parts, block, decl, names[decl.name], stays_float=names[decl.name] in as_floats)


def may_be_absent(decl: FieldDecl) -> bool:
    return decl.has_default or strip_opt(decl.ty) is not decl.ty


def _default_text(unit: Unit, decl: FieldDecl) -> str:
    value = decl.default
    if isinstance(value, int) and not isinstance(value, bool):
        return int_text(value)
    return str(value) if value is None or isinstance(value, bool) else unit.constant(value)


def _emit_field(parts: _Parts, block: Block, decl: FieldDecl, name: str, *, stays_float: bool) -> None:
    unit = parts.unit
    type_of = unit.constant(type)
    match strip_opt(decl.ty):
        case ScaledTy(unit=measure) as ty if measure.kind is UnitKind.DATE:
            _emit_date(unit, block, ty, name)
        case ScaledTy() as ty:
            _emit_amount(unit, block, ty, name, stays_float=stays_float)
        case EnumTy(_, members, _):
            codes = unit.constant({m: i for i, m in enumerate(members)})
            block.add(f"if {type_of}({name}) is not {unit.constant(str)}: return None")
            block.add(f"{name} = {codes}[{name}]")
        case BoolTy():
            block.add(f"if {name} is not True and {name} is not False: return None")
        case TextTy():
            string = unit.constant(str)
            block.add(f"if {type_of}({name}) is not {string}: return None")
            # no NUL, no lone surrogate; Chinese names are printable
            block.add(
                f"if {unit.constant(len)}({name}) > {_MAX_TEXT} or not {name}.isprintable(): return None"
            )
        case RecordTy(record):
            block.add(f"{name} = {parts.read(record, name)}")
            block.add(f"if {name} is None: return None")
        case ListTy(RecordTy(record)):
            block.add(f"if {type_of}({name}) is not {unit.constant(list)}: return None")
            block.add(f"if {unit.constant(len)}({name}) > {decl.max_items}: return None")
            block.add(f"{name} = {unit.constant(tuple)}({parts.read_all(record, name)})")
            block.add(f"if None in {name}: return None")
        case _:
            raise ValueError("plain lists are not read by generated code")


def _emit_amount(unit: Unit, block: Block, ty: ScaledTy, name: str, *, stays_float: bool) -> None:
    """Whole numbers are scaled; floats must lie in range, then be exact at the scale.

    NaN is neither below nor above, and fails as it differs from itself. What files hold, decimals and
    plain texts, goes through a function; anything else is for the full reader.
    """
    type_of, factor = unit.constant(type), 10**ty.scale
    lo, hi = max(ty.lo, -_EXACT + 1), min(ty.hi, _EXACT - 1)
    scaled = unit.fresh()
    floats, ints, other = block.sub(), block.sub(), block.sub()
    floats.add(f"if {name} < {_float(lo / factor)} or {name} > {_float(hi / factor)}: return None")
    shifted = f"{name} * {_float(factor)}" if factor > 1 else name
    floats.add(f"{scaled} = {shifted} + {_MAGIC} - {_MAGIC}")
    back = f"{scaled} / {_float(factor)}" if factor > 1 else scaled
    floats.add(f"if {back} != {name}: return None")
    floats.add(f"{name} = {scaled if stays_float else f'{unit.constant(floor)}({scaled})'}")
    if factor > 1:
        ints.add(f"{name} *= {factor}")
    ints.add(f"if {name} < {int_text(ty.lo)} or {name} > {int_text(ty.hi)}: return None")
    plain = unit.constant(scaled_from_plain)
    other.add(f"{name} = {plain}({name}, {ty.scale})")
    other.add(f"if {name} is None or {name} < {int_text(ty.lo)} or {name} > {int_text(ty.hi)}: return None")
    ways = [
        (f"{type_of}({name}) is {unit.constant(float)}:", floats),
        (f"{type_of}({name}) is {unit.constant(int)}:", ints),
    ]
    first, second = ways if factor > 1 else reversed(ways)
    block.nest(f"if {first[0]}", first[1])
    block.nest(f"elif {second[0]}", second[1])
    block.nest("else:", other)


def _float(value: float) -> str:
    return repr(float(value)) if value >= 0 else f"({float(value)!r})"


def _emit_date(unit: Unit, block: Block, ty: ScaledTy, name: str) -> None:
    block.add(f"if {unit.constant(type)}({name}) is not {unit.constant(str)}: return None")
    block.add(f"{name} = {unit.constant(day_from_iso)}({name})")
    block.add(f"if {name} is None or not {int_text(ty.lo)} <= {name} <= {int_text(ty.hi)}: return None")
