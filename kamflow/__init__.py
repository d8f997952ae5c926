"""kamflow: policies and workflows for key-account management, exact and explained.

    engine = kamflow.load("rules/")
    decision = engine.evaluate(customer, as_of=date(2026, 6, 30))
    decision.tier, decision.trace

Names are imported when first used: `import kamflow` costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kamflow.base.version import VERSION

if TYPE_CHECKING:
    from kamflow.app.open_flow import Flow, open_flow
    from kamflow.base.diagnostic import Diagnostic
    from kamflow.base.text import Lang, Text
    from kamflow.batch.table import DecidedTable, evaluate_table
    from kamflow.project.engine import Engine, PolicyError, UsageError, load
    from kamflow.values.decision import Decision, Rejection
    from kamflow.values.trace import Trace

__version__ = VERSION

_HOMES = {
    "DecidedTable": "kamflow.batch.table",
    "Decision": "kamflow.values.decision",
    "Diagnostic": "kamflow.base.diagnostic",
    "Engine": "kamflow.project.engine",
    "Flow": "kamflow.app.open_flow",
    "Lang": "kamflow.base.text",
    "PolicyError": "kamflow.project.engine",
    "Rejection": "kamflow.values.decision",
    "Text": "kamflow.base.text",
    "Trace": "kamflow.values.trace",
    "UsageError": "kamflow.project.engine",
    "evaluate_table": "kamflow.batch.table",
    "load": "kamflow.project.engine",
    "open_flow": "kamflow.app.open_flow",
}

__all__ = [
    "DecidedTable",
    "Decision",
    "Diagnostic",
    "Engine",
    "Flow",
    "Lang",
    "PolicyError",
    "Rejection",
    "Text",
    "Trace",
    "UsageError",
    "__version__",
    "evaluate_table",
    "load",
    "open_flow",
]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'kamflow' has no attribute {name!r}")
    import importlib

    value = getattr(importlib.import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
