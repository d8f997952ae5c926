"""Values: frozen, slotted dataclasses that cost little to declare.

``@frozen`` is ``@dataclass(frozen=True, slots=True)``, with the same fields, ``replace`` and ``match``. But
the library's decorator writes and compiles six methods for every class when it is declared, and 200 classes
made a third of a cold start. Here what differs from class to class is compiled when it is first called, and
what does not is shared.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, FrozenInstanceError, dataclass, field, fields
from typing import Any, TypeVar, dataclass_transform

_T = TypeVar("_T")
_set = object.__setattr__


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(kind: type[_T]) -> type[_T]:
    """Make a class a value: frozen, slotted, equal by the fields that are compared."""
    kind.__doc__ = kind.__doc__ or kind.__name__  # else a signature is written out for it
    made = dataclass(init=False, repr=False, eq=False, slots=True)(kind)
    for name, method in _METHODS.items():
        if name not in kind.__dict__:
            setattr(made, name, method)
    return made


def _compile(kind: type, name: str, args: str, body: str, names: dict[str, object]) -> Callable[..., Any]:
    """Compile a method, and let it take the place of the shared one that called for it."""
    space: dict[str, Any] = dict(names)
    exec(f"def {name}({args}):\n {body}", space)
    method: Callable[..., Any] = space[name]
    method.__qualname__ = f"{kind.__qualname__}.{name}"
    setattr(kind, name, method)
    return method


def _init(self: object, *args: object, **named: object) -> None:
    kind = type(self)
    params, lines, names = ["self"], [], {"_set": _set, "_missing": MISSING}
    for f in fields(kind):  # type: ignore[arg-type]  # the decorator made it a dataclass
        if not f.init:
            continue
        value = f.name
        if f.default is not MISSING:
            names[f"_default_{f.name}"] = f.default
            params.append(f"{f.name}=_default_{f.name}")
        elif f.default_factory is not MISSING:
            names[f"_make_{f.name}"] = f.default_factory
            params.append(f"{f.name}=_missing")
            value = f"_make_{f.name}() if {f.name} is _missing else {f.name}"
        else:
            params.append(f.name)
        lines.append(f"_set(self, {f.name!r}, {value})")
    if hasattr(kind, "__post_init__"):
        lines.append("self.__post_init__()")
    _compile(kind, "__init__", ", ".join(params), "\n ".join(lines) or "pass", names)(self, *args, **named)


def _compared(kind: type, owner: str) -> str:
    own = fields(kind)
    return "(" + "".join(f"{owner}.{f.name}, " for f in own if f.compare) + ")"


def _equal(self: object, other: object) -> bool:
    kind = type(self)
    same = f"{_compared(kind, 'self')} == {_compared(kind, 'other')}"
    body = f"return {same} if other.__class__ is self.__class__ else NotImplemented"
    return _compile(kind, "__eq__", "self, other", body, {})(self, other)  # type: ignore[no-any-return]


def _hash(self: object) -> int:
    kind = type(self)
    return _compile(kind, "__hash__", "self", f"return hash({_compared(kind, 'self')})", {})(self)  # type: ignore[no-any-return]


def _show(self: object) -> str:
    shown = ", ".join(f"{f.name}={getattr(self, f.name)!r}" for f in fields(type(self)) if f.repr)  # type: ignore[arg-type]
    return f"{type(self).__qualname__}({shown})"


def _refuse_to_set(self: object, name: str, value: object) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: object, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _reduce(self: object) -> tuple[type, tuple[object, ...]]:
    """Say how to make the value again: what goes from one process to another is many of them."""
    kind = type(self)
    values = "".join(f"self.{f.name}, " for f in fields(kind) if f.init)  # type: ignore[arg-type]
    return _compile(kind, "__reduce__", "self", f"return _kind, ({values})", {"_kind": kind})(self)  # type: ignore[no-any-return]


_METHODS = {
    "__init__": _init,
    "__eq__": _equal,
    "__hash__": _hash,
    "__repr__": _show,
    "__setattr__": _refuse_to_set,
    "__delattr__": _refuse_to_delete,
    "__reduce__": _reduce,
}
