"""The generated Python over columns, compiled by numba: ``native.engine`` is the door."""
