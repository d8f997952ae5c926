"""What reports need of records, in columns: decisions, and fields as they were read.

Assumes: an engine that knows how everybody stands. Leaves: values; no record is kept. Fields are asked for as
if they were definitions, so that a record is read once, by the generated code where it can.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from kamflow.app.eval_tally import Tally
from kamflow.base.span import NOWHERE
from kamflow.base.text import Text
from kamflow.core.expr import DefKey, Get, Var
from kamflow.core.program import Def, DefKind, FieldDecl, Program, RecordDecl, make_plan
from kamflow.core.ty import RecordTy
from kamflow.core.wording import id_field
from kamflow.engines.python.engine import Refused, compile_plan
from kamflow.intake.read_record import ReadRecord, Unreadable
from kamflow.portfolio import BadRecord, Item, RawRecord
from kamflow.project.engine import Engine, Question
from kamflow.project.slot import Fast, decline
from kamflow.report.portfolio import Series
from kamflow.values.data import Value
from kamflow.values.decision import Rejection


class Columns:
    """Values of decisions and fields, record by record; ``ids``: what records are called.

    ``fields``: names that may be fields; those of persons are left out.
    """

    def __init__(self, engine: Engine, question: Question, fields: tuple[str, ...]) -> None:
        base = engine.slot(question)
        stretch = engine.stretch_on(question.as_of)
        assert stretch.program is not None
        assert stretch.lowered is not None
        self._program = stretch.program
        self._schema = stretch.program.records[base.plan.record]
        self._fields = tuple(f for f in self._schema.fields if f.name in fields and not f.personal)
        self._outputs = tuple(k.name for k in base.plan.outputs)
        self._slot = base
        self._width = len(self._outputs) + len(self._fields)
        facts = tuple(_as_fact(f.name) for f in self._fields)
        program = _with_facts(stretch.lowered, self._schema, self._fields)
        compiled = compile_plan(program, make_plan(program, self._schema.name, (*self._outputs, *facts)))
        self._fast: Fast = decline
        if not isinstance(compiled, Refused):
            self._fast = compiled.bind(question.as_of, engine.overlay, base.standings).fast
        self._rows: list[tuple[Value, ...]] = []
        name = id_field(self._schema)
        decl = self._schema.field(name) if name is not None else None
        self._id_field = decl.name if decl is not None and not decl.personal else None
        self.ids: list[str] = []
        self.id_name = base.id_name

    def read(self, items: Iterable[Item], tally: Tally, *, ignore_unknown: bool) -> None:
        """Decide every record, and keep its values."""
        fast, width, keep = self._fast, self._width, self._rows.append
        for index, item in enumerate(items):
            tally.read += 1
            if isinstance(item, BadRecord):
                tally.rejected += 1
                tally.add((item.finding,))
                continue
            flat = None if item.blank_is_missing else fast(item.raw)
            if flat is None:
                found = self._slowly(item, ignore_unknown=ignore_unknown)
                if isinstance(found, Rejection | Unreadable):
                    tally.rejected += 1
                    tally.add(found.findings)
                    continue
                keep(found)
            else:
                keep(flat[:width])  # type: ignore[arg-type]  # values come before what was absent
            tally.decided += 1
            self.ids.append(self._name_of(item, index))

    def _slowly(self, item: RawRecord, *, ignore_unknown: bool) -> tuple[Value, ...] | Rejection | Unreadable:
        read = self._slot.reader.read(
            item.raw, item.place, ignore_unknown=ignore_unknown, blank_is_missing=item.blank_is_missing,
            locate=item.locate,
        )  # fmt: skip
        if not isinstance(read, ReadRecord):
            return read
        answer = self._slot.decide(read, None, item.place)
        if isinstance(answer, Rejection):
            return answer
        return (*answer.raw(), *(read.record.fields[f.name] for f in self._fields))

    def _name_of(self, item: RawRecord, index: int) -> str:
        said = item.raw.get(self._id_field) if self._id_field is not None else None
        is_name = isinstance(said, str | int) and not isinstance(said, bool) and said != ""
        return str(said) if is_name else f"#{index + 1}"

    def series(self) -> dict[str, Series]:
        """Return the columns by name."""
        columns: list[tuple[Value, ...]] = list(zip(*self._rows, strict=True))
        columns = columns or [()] * self._width
        found: dict[str, Series] = {}
        for name, values in zip(self._outputs, columns, strict=False):
            one = self._program.defs[DefKey(self._schema.name, name)]
            found[name] = Series(name, one.label or Text(name), one.ty, values)
        for f, values in zip(self._fields, columns[len(self._outputs) :], strict=True):
            found[f.name] = Series(f.name, f.label or Text(f.name), f.ty, values)
        return found


def _as_fact(name: str) -> str:
    return f"@{name}"  # no policy has such a name


def _with_facts(program: Program, schema: RecordDecl, fields: tuple[FieldDecl, ...]) -> Program:
    """Return the program with a fact for each field."""
    subject = Var("self", RecordTy(schema.name), NOWHERE)
    facts: dict[DefKey, Def] = {}
    for f in fields:
        key = DefKey(schema.name, _as_fact(f.name))
        facts[key] = Def(key, f.ty, Get(subject, f.name, f.ty, NOWHERE), DefKind.FACT, f.name, "")
    return replace(program, defs={**program.defs, **facts})
