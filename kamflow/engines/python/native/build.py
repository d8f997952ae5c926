"""Generated code made runnable: by numba, from a cache of compiled code, or as plain Python for tests.

The cache is a folder of the user's: ``<digest>.py`` with what numba keeps beside it, and a sum over those
files. The digest covers the text, the types, numba and the processor. Whatever is wrong with the cache
— not writable, cut off, changed — only costs the time to compile.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import hashlib
import inspect
import os
import platform
import re
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias, cast

from kamflow.core.columns import Physical
from kamflow.engines.python.audit import first_stranger
from kamflow.engines.python.module import MAIN
from kamflow.engines.python.native import civil
from kamflow.engines.python.native.lean import lean_pipeline
from kamflow.engines.python.native.module import NativeText

Loop: TypeAlias = Callable[..., None]

_IMPORTS = "from numpy import array, int8, int16, int32, int64"
_made: dict[str, Loop] = {}


def build(text: NativeText, types: list[Physical], *, jit: bool, cache: Path | None) -> Loop:
    """Return ``F0``; ``types`` are those of the arrays that it reads. The same text is compiled once."""
    stranger = first_stranger(text.source)
    if stranger is not None:
        raise ValueError(f"generated code contains {stranger!r}")
    source = _file_text(text)
    shapes = " ".join([*types, "|", *(out.physical for _, out in text.outputs)])
    digest = hashlib.sha256(f"{jit} {shapes}\n{source}".encode()).hexdigest()
    if digest not in _made:
        _made[digest] = _compiled(text, types, source, shapes, cache) if jit else _plain(source)
    return _made[digest]


def _file_text(text: NativeText) -> str:
    """Return the code as a module that needs only ``J``, the decorator of what it calls."""
    lines = [_IMPORTS, ""]
    if any(value in civil.CALLED for value in text.constants.values() if callable(value)):
        own = inspect.getsource(civil).split("\nHELPERS = ")[0]
        own = own.replace("from __future__ import annotations", "")
        lines.append(re.sub(r"^def ", "@J\ndef ", own, flags=re.MULTILINE))
    for name, value in text.constants.items():
        match value:
            case tuple():
                lines.append(f"{name} = array({value!r}, {_narrowest(value)})")
            case _ if callable(value):
                lines.append(f"{name} = {getattr(value, '__name__', '')}")
            case _:
                raise ValueError(f"a constant of type {type(value).__name__}")
    code = re.sub(r"^def (?!F0\()", "@J\ndef ", text.source, flags=re.MULTILINE)
    return "\n".join([*lines, "", code])


def _narrowest(values: tuple[int, ...]) -> str:
    most = max(*values, -min(values) - 1)
    return next((f"int{bits}" for bits in (8, 16, 32) if most < 1 << (bits - 1)), "int64")


def _total(function: Any) -> Any:  # noqa: ANN401 - as it was, or wrapped
    """Let a definition that nobody may need divide by zero, as compiled code does."""
    nones = [c for c in function.__code__.co_consts if isinstance(c, tuple) and c and c[0] is False]
    if not nones:
        return function

    def total(*args: int) -> object:
        try:
            return function(*args)
        except ZeroDivisionError:
            return nones[0]

    return total


def _plain(source: str) -> Loop:
    """Without numpy's numbers: so all is done in Python's own integers."""
    space: dict[str, Any] = {"J": _total, "array": lambda values, _: values}
    space.update(dict.fromkeys(("int8", "int16", "int32", "int64")))
    exec(compile(source.replace(_IMPORTS, ""), "<kamflow columns>", "exec"), space)
    return cast(Loop, space[MAIN])


def _compiled(text: NativeText, types: list[Physical], source: str, shapes: str, cache: Path | None) -> Loop:
    import numba

    pointers = [_pointer(t) for t in (*types, *(out.physical for _, out in text.outputs))]
    kinds: Any = numba.types
    whole = kinds.int64
    signature = kinds.void(whole, whole, whole, kinds.CPointer(whole), *pointers)

    def make(path: str, keep: bool) -> Loop:
        options: dict[str, Any] = {"error_model": "numpy"}
        if (lean := lean_pipeline()) is not None:
            options["pipeline_class"] = lean
        # what is read from the cache is tied to a module that can be imported
        space: dict[str, Any] = {"J": numba.njit(nogil=True, **options), "__name__": civil.__name__}
        exec(compile(source, path, "exec"), space)
        with warnings.catch_warnings(), _no_collection():
            warnings.simplefilter("ignore")  # numba's advice on its own use
            found = numba.cfunc(signature, cache=keep, **options)(space[MAIN])
        return _callable(found, len(pointers))

    if cache is not None:
        kept = _Kept(cache, hashlib.sha256(f"{_machine()} {shapes}\n{source}".encode()).hexdigest())
        if kept.prepare(source):
            try:
                found = make(str(kept.path), True)
            except Exception:  # whatever a damaged cache raises
                kept.forget()
            else:
                kept.seal()
                return found
    return make("<kamflow columns>", False)


def _machine() -> str:
    import numba
    from llvmlite import binding  # type: ignore[import-untyped]

    processor = f"{binding.get_host_cpu_name()} {binding.get_host_cpu_features().flatten()}"
    return f"{numba.__version__} {platform.python_version()} {processor}"


def _callable(compiled: Any, pointers: int) -> Loop:  # noqa: ANN401 - numba's own object
    """Call through ``ctypes``: arrays go as addresses, and other threads run meanwhile."""
    prototype = ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * 3, *[ctypes.c_void_p] * (pointers + 1))
    function = prototype(compiled.address)

    def loop(first: int, end: int, today: int, *arrays: Any) -> None:  # noqa: ANN401 - numpy's arrays
        for array in arrays:
            assert array.flags.c_contiguous
        function(first, end, today, *[array.__array_interface__["data"][0] for array in arrays])

    loop.compiled = compiled  # type: ignore[attr-defined]  # the code lives as long as this
    return loop


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    """Compiling makes many objects and few that are dropped: looking for those takes a sixth of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _pointer(physical: Physical) -> object:
    """Return the type of an array's first value; yes and no are bytes."""
    import numba

    kinds: Any = numba.types
    named = {Physical.BOOL: "uint8", Physical.TEXT: "int32"}
    pointer: object = kinds.CPointer(getattr(kinds, named.get(physical, physical.value)))
    return pointer


class _Kept:
    """One policy's files in the cache."""

    def __init__(self, folder: Path, digest: str) -> None:
        self.path = folder / f"{digest[:40]}.py"
        self._sum = self.path.with_suffix(".sum")

    def prepare(self, source: str) -> bool:
        """Put the source there, drop files that are not as they were sealed; say whether it can be used."""
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            whole = self._is(self.path, source) and (not self._files() or self._is(self._sum, self._digest()))
            if not whole:
                self.forget()
                self._replace(self.path, source)
            return os.access(self.path.parent, os.W_OK)
        except OSError:
            return False

    def seal(self) -> None:
        with contextlib.suppress(OSError):
            if not self._is(self._sum, self._digest()):
                self._replace(self._sum, self._digest())

    def forget(self) -> None:
        with contextlib.suppress(OSError):
            for file in (*self._files(), self._sum):
                file.unlink(missing_ok=True)

    def _files(self) -> list[Path]:
        folder = self.path.parent / "__pycache__"
        return sorted(folder.glob(f"{self.path.stem}.*.nb?")) if folder.is_dir() else []

    def _digest(self) -> str:
        total = hashlib.sha256()
        for file in self._files():
            total.update(f"{file.name}\n".encode())
            total.update(file.read_bytes())
        return total.hexdigest()

    def _is(self, path: Path, text: str) -> bool:
        return path.is_file() and path.read_bytes() == text.encode()

    def _replace(self, path: Path, text: str) -> None:
        """Write beside it and rename: another process sees the old file or the new one."""
        handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(text)
        Path(name).replace(path)
