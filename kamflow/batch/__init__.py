"""Whole files at once: read into columns, decided by an engine over columns, written atomically."""
