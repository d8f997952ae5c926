"""Core programs as flat Python functions: fast and traced, from typed records or straight from dicts."""
