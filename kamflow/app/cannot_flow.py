"""Why nothing was done with a workflow or a case; and what must be installed for any of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.span import Source
from kamflow.flow import errors

_NEEDED = ("sqlalchemy", "alembic", "transitions", "holidays")


@dataclass(frozen=True, slots=True)
class CannotFlow:
    """Nothing was done. ``not_compiled``: policies or workflows are at fault, not the request."""

    findings: tuple[Diagnostic, ...]
    sources: Mapping[str, Source] = field(default_factory=dict)
    not_compiled: bool = False


def not_installed() -> CannotFlow | None:
    """Say what is missing for cases to run; looked for, not imported."""
    missing = [name for name in _NEEDED if _absent(name)]
    return CannotFlow((errors.not_installed(missing),)) if missing else None


def _absent(name: str) -> bool:
    try:
        return find_spec(name) is None
    except ValueError:  # a module that was put out of the way
        return True
