"""Generated code made runnable: by numba, from a cache of compiled code, or as plain Python for tests.

The cache is a folder of the user's: ``<digest>.py`` with what numba keeps beside it, and a sum over those
files. The digest covers the text, the types, numba and the processor. Whatever is wrong with the cache
— not writable, cut off, changed — only costs the time to compile.
"""

from __future__ import annotations

import contextlib
import hashlib
import inspect
import os
import platform
import re
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias, cast

from kamflow.core.columns import Physical
from kamflow.engines.python.audit import first_stranger
from kamflow.engines.python.module import MAIN
from kamflow.engines.python.native import civil
from kamflow.engines.python.native.module import NativeText

Loop: TypeAlias = Callable[..., None]

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
    lines = ["from numpy import array, int64", ""]
    if any(value in civil.CALLED for value in text.constants.values() if callable(value)):
        own = inspect.getsource(civil).split("\nHELPERS = ")[0]
        own = own.replace("from __future__ import annotations", "")
        lines.append(re.sub(r"^def ", "@J\ndef ", own, flags=re.MULTILINE))
    for name, value in text.constants.items():
        match value:
            case tuple():
                lines.append(f"{name} = array({value!r}, int64)")
            case _ if callable(value):
                lines.append(f"{name} = {getattr(value, '__name__', '')}")
            case _:
                raise ValueError(f"a constant of type {type(value).__name__}")
    code = re.sub(r"^def (?!F0\()", "@J\ndef ", text.source, flags=re.MULTILINE)
    return "\n".join([*lines, "", code])


def _plain(source: str) -> Loop:
    space: dict[str, Any] = {"J": lambda function: function}
    exec(compile(source, "<kamflow columns>", "exec"), space)
    return cast(Loop, space[MAIN])


def _compiled(text: NativeText, types: list[Physical], source: str, shapes: str, cache: Path | None) -> Loop:
    import numba
    from llvmlite import binding  # type: ignore[import-untyped]

    arrays = [_array_type(t, written=False) for t in types]
    written = [_array_type(out.physical, written=True) for _, out in text.outputs]
    whole = numba.types.int64
    params = numba.types.Array(whole, 1, "C", readonly=True)
    signature = (whole, whole, whole, params, *arrays, *written)

    def make(path: str, keep: bool) -> Loop:
        options: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
        space: dict[str, Any] = {"J": numba.njit(**options)}
        exec(compile(source, path, "exec"), space)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # numba's advice on its own use
            return cast(Loop, numba.njit(signature, cache=keep, **options)(space[MAIN]))

    if cache is not None:
        machine = f"{binding.get_host_cpu_name()} {binding.get_host_cpu_features().flatten()}"
        versions = f"{numba.__version__} {platform.python_version()} {machine}"
        digest = hashlib.sha256(f"{versions} {shapes}\n{source}".encode()).hexdigest()
        kept = _Kept(cache, digest)
        if kept.prepare(source):
            try:
                found = make(str(kept.path), True)
            except Exception:  # whatever a damaged cache raises
                kept.forget()
            else:
                kept.seal()
                return found
    return make("<kamflow columns>", False)


def _array_type(physical: Physical, *, written: bool) -> object:
    import numba

    kinds = {
        Physical.BOOL: numba.types.boolean,
        Physical.INT8: numba.types.int8,
        Physical.INT16: numba.types.int16,
        Physical.INT32: numba.types.int32,
        Physical.INT64: numba.types.int64,
        Physical.TEXT: numba.types.int32,
    }
    return numba.types.Array(kinds[physical], 1, "C", readonly=not written)


class _Kept:
    """One policy's files in the cache."""

    def __init__(self, folder: Path, digest: str) -> None:
        self.path = folder / f"{digest[:40]}.py"
        self._sum = self.path.with_suffix(".sum")

    def prepare(self, source: str) -> bool:
        """Put the source there, drop files that are not as they were sealed; say whether it can be used."""
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not self.path.is_file() or self.path.read_text(encoding="utf-8") != source:
                self._replace(self.path, source)
            if self._files() and not (self._sum.is_file() and self._sum.read_text("ascii") == self._digest()):
                self.forget()
            return os.access(self.path.parent, os.W_OK)
        except (OSError, UnicodeError):
            return False

    def seal(self) -> None:
        with contextlib.suppress(OSError):
            if not self._sum.is_file() or self._sum.read_text("ascii") != self._digest():
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

    def _replace(self, path: Path, text: str) -> None:
        """Write beside it and rename: another process sees the old file or the new one."""
        handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(text)
        Path(name).replace(path)
