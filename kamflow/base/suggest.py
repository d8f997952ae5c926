"""'Did you mean …': the nearest known name, or none."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_MAX_CANDIDATES = 2000  # difflib is quadratic in the length of the list


def suggest(word: str, known: Iterable[str]) -> str | None:
    """Return the known name nearest to ``word`` when it is near enough to be a slip.

    Case is ignored; for words of one or two characters only a difference of case counts.
    """
    names = list(dict.fromkeys(known))[:_MAX_CANDIDATES]
    by_fold = {n.casefold(): n for n in reversed(names)}
    exact = by_fold.get(word.casefold())
    if exact is not None:
        return exact
    if len(word) < 2:
        return None
    # a missing Chinese character weighs more than a Latin letter, so the bar is lower for short words
    cutoff = 0.65 if len(word) > 3 else 0.5
    near = get_close_matches(word.casefold(), list(by_fold), n=1, cutoff=cutoff)
    return by_fold[near[0]] if near else None
