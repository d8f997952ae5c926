"""A record of the input as a pydantic model: made at run time, or written as source.

Assumes a checked program. A model that was made can be given to ``Engine.evaluate``: fields that were
not set stay away, so that the defaults used are still listed in the decision.
"""

from __future__ import annotations

import keyword
import unicodedata
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, ForwardRef, Literal, assert_never

from pydantic import BaseModel, ConfigDict, Field, create_model

from kamflow.base.frozen import frozen
from kamflow.core.dress import codec_of
from kamflow.core.program import FieldDecl, Program, RecordDecl
from kamflow.core.ty import (
    BoolTy,
    EnumTy,
    ListTy,
    OptTy,
    RecordTy,
    ScaledTy,
    StructTy,
    TextTy,
    Ty,
    UnitKind,
    strip_opt,
)
from kamflow.intake.scalar_readers import MAX_TEXT
from kamflow.project.schema import is_required, records_of
from kamflow.values.codec import to_python
from kamflow.values.decimals import show_scaled, to_decimal

_CONFIG = ConfigDict(extra="forbid", populate_by_name=True, protected_namespaces=())
_TAKEN = frozenset(dir(BaseModel))


class InputRecord(BaseModel):
    """What all models share: names as the policy has them, and nothing that was not said."""

    model_config = _CONFIG

    def model_dump(self, **how: Any) -> dict[str, Any]:  # noqa: ANN401
        """Return the fields that were set, by the policy's names."""
        return super().model_dump(**{"by_alias": True, "exclude_unset": True, **how})


def pydantic_model(program: Program, record: str) -> type[BaseModel]:
    """Make the model of a record; models of the records inside it are made with it."""
    decls = records_of(program, record)
    names = class_names(decls)
    made: dict[str, type[BaseModel]] = {}
    for decl in decls:
        attrs = attribute_names(decl)
        fields: dict[str, Any] = {attrs[f.name]: _field(f, attrs[f.name], names) for f in decl.fields}
        model: type[BaseModel] = create_model(
            names[decl.name], __base__=InputRecord, __module__=__name__, **fields
        )
        made[names[decl.name]] = model
    for model in made.values():
        model.model_rebuild(_types_namespace=made)
    return made[names[record]]


def class_names(decls: Iterable[RecordDecl]) -> dict[str, str]:
    """Return a class name for each record: ``customer`` → ``Customer``, different for different ones."""
    out: dict[str, str] = {}
    for decl in decls:
        words = [w[:1].upper() + w[1:] for w in decl.name.split("_") if w]
        name = "".join(words) or "Record"
        while not _is_plain(name) or name in out.values() or name in _SOURCE_NAMES:
            name = f"{name}Record" if _is_plain(name) else f"Record{len(out) + 1}"
        out[decl.name] = name
    return out


def attribute_names(decl: RecordDecl) -> dict[str, str]:
    """Return an attribute for each field: its name, where Python and pydantic leave that free."""
    out: dict[str, str] = {}
    taken = {f.name for f in decl.fields}
    for i, field in enumerate(decl.fields):
        name = field.name
        if not _is_plain(name) or name in _TAKEN or name in _SOURCE_NAMES or name.startswith("_"):
            name = f"{name}_" if _is_plain(f"{name}_") and not name.startswith("_") else f"field_{i + 1}"
            while name in taken or name in out.values():
                name += "_"
        out[field.name] = name
    return out


def _is_plain(name: str) -> bool:
    """Say whether a name can be a Python identifier; Python reads identifiers in the form NFKC."""
    return name.isidentifier() and not keyword.iskeyword(name) and unicodedata.normalize("NFKC", name) == name


def _field(decl: FieldDecl, attr: str, names: dict[str, str]) -> tuple[Any, Any]:
    ty: Any = _type(strip_opt(decl.ty), decl, names)
    about: dict[str, Any] = {"title": decl.label.en or decl.label.zh or decl.name}
    if attr != decl.name:
        about["alias"] = decl.name
    if is_required(decl):
        return ty, Field(**about)
    if decl.has_default and isinstance(decl.ty, ListTy):
        return ty, Field(default_factory=list, **about)
    default = to_python(codec_of(decl.ty), decl.default) if decl.has_default else None
    return (ty if decl.has_default else ty | None), Field(default=default, **about)


def _type(ty: Ty, decl: FieldDecl, names: dict[str, str]) -> Any:  # noqa: ANN401  # types as values
    match ty:
        case BoolTy():
            return bool
        case TextTy():
            return Annotated[str, Field(max_length=MAX_TEXT)]
        case ScaledTy():
            return _amount(ty)
        case EnumTy(_, members, _):
            return Literal[members]
        case RecordTy(name):
            return ForwardRef(names[name])
        case ListTy(item):
            return Annotated[list[_type(strip_opt(item), decl, names)], Field(max_length=decl.max_items)]  # type: ignore[misc]
        case OptTy(inner):
            return _type(inner, decl, names)
        case StructTy():
            raise TypeError(f"field {decl.name}: only decisions have such values")
        case _:
            assert_never(ty)


def _amount(ty: ScaledTy) -> Any:  # noqa: ANN401
    if ty.unit.kind is UnitKind.DATE:
        return Annotated[date, Field(ge=date.fromordinal(ty.lo), le=date.fromordinal(ty.hi))]
    if ty.scale == 0:
        return Annotated[int, Field(ge=ty.lo, le=ty.hi)]
    low, high = to_decimal(ty.lo, ty.scale), to_decimal(ty.hi, ty.scale)
    return Annotated[Decimal, Field(ge=low, le=high, decimal_places=ty.scale)]


# -- the same as source ---------------------------------------------------------------------------

_SOURCE_NAMES = frozenset(
    {
        "Annotated",
        "Any",
        "BaseModel",
        "ConfigDict",
        "Decimal",
        "Field",
        "InputRecord",
        "Literal",
        "annotations",
    }
    | {"bool", "date", "int", "list", "str"}
)
_HEAD = '''\
"""Models of the input of kamflow, written by `kamflow schema export {record} --format pydantic`."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class InputRecord(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True, protected_namespaces=())

    def model_dump(self, **how: Any) -> dict[str, Any]:
        """Return the fields that were set, by the policy's names: defaults used stay visible."""
        return super().model_dump(**{{"by_alias": True, "exclude_unset": True, **how}})
'''


@frozen
class _Line:
    attr: str
    ty: str
    default: str


def pydantic_source(program: Program, record: str) -> str:
    """Write the model as a Python module that needs pydantic only."""
    decls = records_of(program, record)
    names = class_names(decls)
    parts = [_HEAD.format(record=ascii(record)[1:-1])]
    for decl in reversed(decls):
        attrs = attribute_names(decl)
        lines = [_line(f, attrs[f.name], names) for f in decl.fields]
        rows = [f"    {one.attr}: {one.ty}{one.default}" for one in lines]
        parts.append("\n".join([f"class {names[decl.name]}(InputRecord):", *rows]) + "\n")
    parts.append("".join(f"{names[d.name]}.model_rebuild()\n" for d in decls))
    return "\n\n".join(parts)


def _line(decl: FieldDecl, attr: str, names: dict[str, str]) -> _Line:
    ty = _source(strip_opt(decl.ty), decl, names)
    about = [f"title={decl.label.en or decl.label.zh or decl.name!r}"]
    if attr != decl.name:
        about.append(f"alias={decl.name!r}")
    if is_required(decl):
        return _Line(attr, ty, f" = Field({', '.join(about)})")
    if decl.has_default and isinstance(decl.ty, ListTy):
        return _Line(attr, ty, f" = Field(default_factory=list, {', '.join(about)})")
    if not decl.has_default:
        return _Line(attr, f"{ty} | None", f" = Field(default=None, {', '.join(about)})")
    default = to_python(codec_of(decl.ty), decl.default)
    return _Line(attr, ty, f" = Field(default={_constant(default)}, {', '.join(about)})")


def _constant(value: object) -> str:
    match value:
        case Decimal():
            return f'Decimal("{value}")'
        case date():
            return f"date({value.year}, {value.month}, {value.day})"
        case _:
            return repr(value)


def _source(ty: Ty, decl: FieldDecl, names: dict[str, str]) -> str:
    match ty:
        case BoolTy():
            return "bool"
        case TextTy():
            return f"Annotated[str, Field(max_length={MAX_TEXT})]"
        case ScaledTy(_, scale, lo, hi):
            if ty.unit.kind is UnitKind.DATE:
                low, high = _constant(date.fromordinal(lo)), _constant(date.fromordinal(hi))
                return f"Annotated[date, Field(ge={low}, le={high})]"
            if scale == 0:
                return f"Annotated[int, Field(ge={lo}, le={hi})]"
            bounds = f'ge=Decimal("{show_scaled(lo, scale)}"), le=Decimal("{show_scaled(hi, scale)}")'
            return f"Annotated[Decimal, Field({bounds}, decimal_places={scale})]"
        case EnumTy(_, members, _):
            return f"Literal[{', '.join(repr(m) for m in members)}]"
        case RecordTy(name):
            return names[name]
        case ListTy(item):
            inner = _source(strip_opt(item), decl, names)
            return f"Annotated[list[{inner}], Field(max_length={decl.max_items})]"
        case OptTy(inner_ty):
            return _source(inner_ty, decl, names)
        case StructTy():
            raise TypeError(f"field {decl.name}: only decisions have such values")
        case _:
            assert_never(ty)
