"""One raw record → a typed record, or every finding about it."""

from kamflow.intake.read_record import ReadRecord, RecordReader, Unreadable, read_record
from kamflow.intake.run import Locate

__all__ = ["Locate", "ReadRecord", "RecordReader", "Unreadable", "read_record"]
