"""Reports on a portfolio that was decided: from a ``Portfolio`` to ``Report``s, then to a page."""
