"""Reports on a portfolio that was decided: functions from a ``Portfolio`` to a ``Report``, then pages and files."""
