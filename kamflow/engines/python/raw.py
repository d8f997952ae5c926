"""Reading a caller's dict inside generated code: what it takes, intake takes with the same value.

Anything else — another type, an amount finer than its field, a value out of range, a key too many —
makes the function return ``None``: then intake reads the record and says what is wrong.

A float counts as the decimal of its shortest text. Below 10**15 units every decimal of a scale has
its own float, the one nearest to it, so ``x`` stands for ``n / 10**scale`` exactly where dividing
``n`` gives ``x`` back. Adding and subtracting 1.5 * 2**52 rounds a float below 2**51 to a whole one.
"""

from __future__ import annotations

from kamflow.core.program import FieldDecl, RecordDecl
from kamflow.core.ty import BoolTy, EnumTy, ListTy, RecordTy, ScaledTy, StructTy, TextTy, UnitKind, strip_opt
from kamflow.engines.python.source import Block, Unit, int_text
from kamflow.values.dates import day_from_iso

_EXACT = 10**15
_MAGIC = "6755399441055744.0"
_MAX_TEXT = 10_000


def can_read(record: RecordDecl) -> bool:
    """Say whether all fields have a form that the raw variant reads; also those no policy needs."""
    return not any(isinstance(strip_opt(f.ty), RecordTy | ListTy | StructTy) for f in record.fields)


def emit_reading(unit: Unit, block: Block, record: RecordDecl) -> tuple[dict[str, str], str]:
    """Emit reading ``d`` into locals; return their names and the text of the mask of what was absent.

    Bit ``i`` of the mask stands for the ``i``-th of the fields that may be absent.
    """
    names = {f.name: unit.fresh("g") for f in record.fields}
    loose = [f for f in record.fields if may_be_absent(f)]
    block.add(f"if {unit.constant(type)}(d) is not {unit.constant(dict)}: return None")
    for decl in record.fields:
        if decl not in loose:
            block.add(f"{names[decl.name]} = d[{unit.constant(decl.name)}]")
            _emit_field(unit, block, decl, names[decl.name])
    if not loose:
        block.add(f"if {unit.constant(len)}(d) != {len(record.fields)}: return None")
        return names, "0"
    mask, count, get = unit.fresh(), unit.fresh(), unit.fresh()
    block.add(f"{mask} = 0")
    block.add(f"{count} = {len(record.fields)}")
    block.add(f"{get} = d.get")
    for i, decl in enumerate(loose):
        name, key = names[decl.name], unit.constant(decl.name)
        block.add(f"{name} = {get}({key})")
        absent, given = block.sub(), block.sub()
        absent.add(f"{mask} |= {1 << i}")
        absent.add(f"if {key} not in d: {count} -= 1")
        if decl.has_default:
            absent.add(f"{name} = {_default_text(unit, decl)}")
        _emit_field(unit, given, decl, name)
        block.nest(f"if {name} is None:", absent)
        block.nest("else:", given)
    block.add(f"if {unit.constant(len)}(d) != {count}: return None")
    return names, mask


def may_be_absent(decl: FieldDecl) -> bool:
    return decl.has_default or strip_opt(decl.ty) is not decl.ty


def _default_text(unit: Unit, decl: FieldDecl) -> str:
    value = decl.default
    if isinstance(value, int) and not isinstance(value, bool):
        return int_text(value)
    return str(value) if value is None or isinstance(value, bool) else unit.constant(value)


def _emit_field(unit: Unit, block: Block, decl: FieldDecl, name: str) -> None:
    type_of = unit.constant(type)
    match strip_opt(decl.ty):
        case ScaledTy(unit=measure) as ty if measure.kind is UnitKind.DATE:
            _emit_date(unit, block, ty, name)
        case ScaledTy() as ty:
            _emit_amount(unit, block, ty, name)
        case EnumTy(_, members, _):
            codes = unit.constant({m: i for i, m in enumerate(members)})
            block.add(f"if {type_of}({name}) is not {unit.constant(str)}: return None")
            block.add(f"{name} = {codes}[{name}]")
        case BoolTy():
            block.add(f"if {name} is not True and {name} is not False: return None")
        case TextTy():
            string = unit.constant(str)
            block.add(f"if {type_of}({name}) is not {string}: return None")
            block.add(f"if {unit.constant(len)}({name}) > {_MAX_TEXT} or not {name}.isascii(): return None")
            block.add(f"if not {name}.isprintable(): return None")
        case _:
            raise ValueError("records and lists are not read by generated code")


def _emit_amount(unit: Unit, block: Block, ty: ScaledTy, name: str) -> None:
    """Whole numbers are scaled; floats must lie in range, then be exact at the scale."""
    type_of, factor = unit.constant(type), 10**ty.scale
    bounds = f"{int_text(ty.lo)} <= {name} <= {int_text(ty.hi)}"
    lo, hi = max(ty.lo, -_EXACT + 1), min(ty.hi, _EXACT - 1)
    floats, ints = block.sub(), block.sub()
    scaled = unit.fresh()
    low, high = int_text(lo // factor) if not lo % factor else repr(lo / factor), repr(hi / factor)
    low = f"({float(lo / factor)!r})" if lo < 0 else repr(lo / factor)
    floats.add(f"if not {low} <= {name} <= {high}: return None")
    shift = f"{name} * {float(factor)!r}" if factor > 1 else name
    floats.add(f"{scaled} = {shift} + {_MAGIC} - {_MAGIC}")
    back = f"{scaled} / {float(factor)!r}" if factor > 1 else scaled
    floats.add(f"if {back} != {name}: return None")
    floats.add(f"{name} = {unit.constant(int)}({scaled})")
    if factor > 1:
        ints.add(f"{name} *= {factor}")
    ints.add(f"if not {bounds}: return None")
    is_int = f"{type_of}({name}) is {unit.constant(int)}"
    is_float = f"{type_of}({name}) is {unit.constant(float)}"
    other = block.sub()
    other.add("return None")
    first, second = ((is_float, floats), (is_int, ints)) if factor > 1 else ((is_int, ints), (is_float, floats))
    block.nest(f"if {first[0]}:", first[1])
    block.nest(f"elif {second[0]}:", second[1])
    block.nest("else:", other)


def _emit_date(unit: Unit, block: Block, ty: ScaledTy, name: str) -> None:
    block.add(f"if {unit.constant(type)}({name}) is not {unit.constant(str)}: return None")
    block.add(f"{name} = {unit.constant(day_from_iso)}({name})")
    block.add(f"if {name} is None or not {int_text(ty.lo)} <= {name} <= {int_text(ty.hi)}: return None")
