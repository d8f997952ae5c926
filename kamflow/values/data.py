"""Values at run time, the same for the interpreter and for generated code.

| type | value |
|---|---|
| number, percent, money, days, months | scaled ``int`` |
| date | day number (``date.toordinal()``) as ``int`` |
| enum | position of the member as ``int`` |
| yes/no, text | ``bool``, ``str`` |
| missing | ``None`` |
| list | ``tuple``; one line with several outputs: ``tuple`` of its fields |
| record | ``TypedRecord`` |
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(slots=True, eq=False)
class TypedRecord:
    """A record that was read and found valid: field name to value, a missing optional as ``None``.

    ``given`` holds values of definitions that a test or a caller states instead of having them
    computed (``assume tier = key``). A field that is absent from ``fields`` was not given at all:
    only tests have such records, and reading it is a finding of the test.
    """

    record: str
    fields: dict[str, Value]
    given: dict[str, Value] = field(default_factory=dict)


Value: TypeAlias = "int | bool | str | tuple[Value, ...] | TypedRecord | None"
