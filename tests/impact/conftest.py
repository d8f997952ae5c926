"""The command line's own folder and runner."""

from tests.cli.conftest import folder, run

__all__ = ["folder", "run"]
