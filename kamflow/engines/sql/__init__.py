"""The SQL engine: a plan as one query over columns (``core/columns.py``), for DuckDB, Spark and others."""
