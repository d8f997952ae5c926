"""The reference interpreter: plain and slow; where engines differ, it is right."""

from __future__ import annotations

from kamflow.engines.interp.interpreter import Interpreter
from kamflow.engines.interp.scope import NotGiven
from kamflow.engines.interp.watch import WatchedInterpreter

__all__ = ["Interpreter", "NotGiven", "WatchedInterpreter"]
