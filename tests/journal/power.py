"""A disk that forgets: what SQLite writes and syncs is noted, and images show what a power cut may leave.

A layer in SQLite itself (a VFS that is the usual one, except that writes, truncations, syncs and deletions
are noted on their way). An image: for each file what was synced last, and of what was written since, any part
in any order, torn in the middle too. ``record`` changes the process for good: call it in one of its own.
"""

from __future__ import annotations

import ctypes as c
import random
from pathlib import Path

_FILE = c.c_void_p
_XOPEN = c.CFUNCTYPE(c.c_int, c.c_void_p, c.c_void_p, _FILE, c.c_int, c.c_void_p)
_XDELETE = c.CFUNCTYPE(c.c_int, c.c_void_p, c.c_char_p, c.c_int)
_XWRITE = c.CFUNCTYPE(c.c_int, _FILE, c.c_void_p, c.c_int, c.c_int64)
_XTRUNCATE = c.CFUNCTYPE(c.c_int, _FILE, c.c_int64)
_XSYNC = c.CFUNCTYPE(c.c_int, _FILE, c.c_int)
_XCLOSE = c.CFUNCTYPE(c.c_int, _FILE)
_POINTER = c.c_void_p


class _Vfs(c.Structure):
    _fields_ = (
        ("iVersion", c.c_int), ("szOsFile", c.c_int), ("mxPathname", c.c_int), ("pNext", _POINTER),
        ("zName", c.c_char_p), ("pAppData", _POINTER), ("xOpen", _XOPEN), ("xDelete", _XDELETE),
        *((f"x{n}", _POINTER) for n in range(13)),
    )  # fmt: skip


class _Methods(c.Structure):
    _fields_ = (
        ("iVersion", c.c_int), ("xClose", _XCLOSE), ("xRead", _POINTER), ("xWrite", _XWRITE),
        ("xTruncate", _XTRUNCATE), ("xSync", _XSYNC), *((f"x{n}", _POINTER) for n in range(13)),
    )  # fmt: skip


_KEPT: list[object] = []  # what SQLite holds pointers to
Op = tuple[str, str, int, bytes]
"""(what, file, offset or size, bytes)."""


def record() -> list[Op]:
    """Let SQLite note what it does to files from now on, in this process, in the list returned."""
    log: list[Op] = []
    library = c.CDLL("libsqlite3.so.0")
    library.sqlite3_vfs_find.restype = c.POINTER(_Vfs)
    usual = library.sqlite3_vfs_find(None)
    ours = _Vfs.from_buffer_copy(usual.contents)
    names: dict[int, str] = {}
    patched: dict[int, _Methods] = {}

    def methods_like(address: int) -> _Methods:
        if address not in patched:
            real = _Methods.from_address(address)
            made = _Methods.from_buffer_copy(real)

            def write(file, data, amount, offset):
                log.append(("write", names[file], offset, c.string_at(data, amount)))
                return real.xWrite(file, data, amount, offset)

            def truncate(file, size):
                log.append(("truncate", names[file], size, b""))
                return real.xTruncate(file, size)

            def sync(file, flags):
                done = real.xSync(file, flags)
                log.append(("sync", names[file], 0, b""))
                return done

            made.xWrite, made.xTruncate, made.xSync = _XWRITE(write), _XTRUNCATE(truncate), _XSYNC(sync)
            patched[address] = made
            _KEPT.append(made)
        return patched[address]

    def open_file(_, name, file, flags, out):
        done = usual.contents.xOpen(c.addressof(usual.contents), name, file, flags, out)
        if done == 0 and name:
            place = c.cast(file, c.POINTER(_POINTER))
            names[file] = Path(c.string_at(name).decode()).name  # the pointer itself is SQLite's to keep
            place[0] = c.addressof(methods_like(place[0]))
        return done

    def delete(_, name, synced):
        log.append(("delete", Path(name.decode()).name, 0, b""))
        return usual.contents.xDelete(c.addressof(usual.contents), name, synced)

    ours.zName = b"forgets"
    ours.xOpen, ours.xDelete = _XOPEN(open_file), _XDELETE(delete)
    _KEPT.append(ours)
    assert library.sqlite3_vfs_register(c.byref(ours), 1) == 0
    return log


def image(log: list[Op], chance: random.Random) -> dict[str, bytes]:
    """Return files as they may be found after the power went at the end of ``log``."""
    synced: dict[str, bytearray] = {}
    waiting: dict[str, list[Op]] = {}
    for op in log:
        what, name, _, _ = op
        if what == "delete":
            synced.pop(name, None)
            waiting.pop(name, None)
        elif what == "sync":
            _apply(synced.setdefault(name, bytearray()), waiting.pop(name, []))
        elif what != "said":
            waiting.setdefault(name, []).append(op)
    for name, ops in waiting.items():
        kept = [op for op in ops if chance.random() < chance.choice((0.0, 0.5, 1.0))]
        if chance.random() < 0.5:
            chance.shuffle(kept)
        if kept and chance.random() < 0.5:
            what, _, offset, data = kept.pop()
            kept.append((what, name, offset, data[: chance.randrange(len(data) + 1)]))
        _apply(synced.setdefault(name, bytearray()), kept)
    return {name: bytes(content) for name, content in synced.items()}


def _apply(content: bytearray, ops: list[Op]) -> None:
    for what, _, offset, data in ops:
        if what == "truncate":
            del content[offset:]
        else:
            if len(content) < offset:
                content.extend(bytes(offset - len(content)))
            content[offset : offset + len(data)] = data
