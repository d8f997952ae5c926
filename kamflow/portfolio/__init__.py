"""Files of records: reading (`open_records`) and writing (`open_writer`)."""

from kamflow.portfolio.columns_out import Column, ColumnKind
from kamflow.portfolio.open_records import FORMATS, format_of, open_records
from kamflow.portfolio.open_writer import RecordWriter, WholeFile, open_whole, open_writer
from kamflow.portfolio.pick_records import pick_records
from kamflow.portfolio.records import BadRecord, Item, RawRecord, RecordSource

__all__ = [
    "FORMATS",
    "BadRecord",
    "Column",
    "ColumnKind",
    "Item",
    "RawRecord",
    "RecordSource",
    "RecordWriter",
    "WholeFile",
    "format_of",
    "open_records",
    "open_whole",
    "open_writer",
    "pick_records",
]
