"""The exit codes: scripts rely on them."""

from __future__ import annotations

FINE = 0
FINDINGS = 1  # findings, failing tests, files that fmt would change
USAGE = 2
REJECTED = 3  # some records were rejected, the others are in the output
NOT_COMPILED = 4  # a policy does not compile
BUG = 70  # ours
INTERRUPTED = 130
PIPE_CLOSED = 141  # what the shell says of a program whose reader went away
