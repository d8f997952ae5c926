"""Core as z3 terms: finds records that meet conditions, or proves that there are none.

z3 is an extra: it is imported when the first question is asked, never before. Whoever asks without it
gets `NotKnown`.
"""

from __future__ import annotations

from importlib.util import find_spec


def available() -> bool:
    """Say whether z3 is installed; does not import it."""
    return find_spec("z3") is not None
