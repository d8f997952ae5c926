"""The modules of the checker need each other: the whole is loaded before a test takes one of them."""

from __future__ import annotations

import kamflow.check.check_program

__all__ = ["kamflow"]
