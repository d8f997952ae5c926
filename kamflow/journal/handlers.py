"""Two handlers of effects that ship: one that tells the log, one that appends to a file.

A file of JSON lines is what another program can follow (and post to a webhook, say): each line is on the disk
before the effect counts as delivered. A line may stand there twice after a crash; its ``key`` is the same.
"""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path

from kamflow.journal.deliver import Handler, delivery_key
from kamflow.journal.rows import PendingEffect

_LOG = logging.getLogger("kamflow.effects")


def to_log(effect: PendingEffect) -> None:
    """Tell the log `kamflow.effects`, one line for each effect."""
    _LOG.info("%s", as_line(effect))


def to_file(path: Path) -> Handler:
    """Return a handler that appends a JSON line to a file and syncs it."""

    def append(effect: PendingEffect) -> None:
        line = f"{as_line(effect)}\n".encode()
        with path.open("a+b") as file:
            # what a crash left of a line is closed, so that it spoils no other
            if file.tell() and not _ends_well(file.fileno(), file.tell()):
                line = b"\n" + line
            file.write(line)
            file.flush()
            os.fsync(file.fileno())

    return append


def as_line(effect: PendingEffect) -> str:
    """Return an effect as one line of JSON."""
    made = effect.effect
    return json.dumps(
        {
            "key": delivery_key(effect),
            "kind": made.kind,
            "workflow": effect.workflow,
            "instance": effect.instance,
            "due": made.due,
            "attempt": effect.attempts + 1,
            "payload": json.loads(made.payload),
        },
        ensure_ascii=False,
    )


def _ends_well(descriptor: int, size: int) -> bool:
    return os.pread(descriptor, 1, size - 1) == b"\n"
