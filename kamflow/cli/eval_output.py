"""Where decided records go: a file that is whole or not there, standard output, or a table for people."""

from __future__ import annotations

import io
import secrets
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Protocol, TypeAlias

from kamflow.app.eval import Answer, EvalRun, Refusal
from kamflow.app.eval_batch import BatchRun
from kamflow.app.eval_columns import Columns, columns_for
from kamflow.app.settings import Settings
from kamflow.base.diagnostic import Diagnostic
from kamflow.base.text import Lang
from kamflow.batch.decided import Block, Written
from kamflow.cli.console import use_color
from kamflow.cli.eval_table import DecisionBlocks, DecisionTable
from kamflow.portfolio import Column, RecordWriter, WholeFile, open_whole, open_writer
from kamflow.portfolio.write_text import CsvRows, JsonRows, NdjsonRows, to_json

WIDTH = 120  # where no terminal says how wide it is

Row: TypeAlias = Callable[[Answer], Mapping[str, object]]


class Output(Protocol):
    """Takes decided records. It ends with ``finish`` (a finding says why nothing came of it) or ``drop``.

    ``ready`` before ``finish`` writes all there is, and makes nothing visible yet.

    ``answers`` chooses in which form a run gives them.
    """

    def answers(self, run: EvalRun) -> Iterator[Answer | Refusal | Block | Written]: ...

    def write_block(self, block: Block) -> None: ...

    def write(self, answer: Answer) -> None: ...

    def ready(self) -> Diagnostic | None: ...

    def finish(self) -> Diagnostic | None: ...

    def drop(self) -> None: ...


class OneByOne:
    """Takes records one after the other."""

    def answers(self, run: EvalRun) -> Iterator[Answer | Refusal | Block | Written]:
        yield from run

    def write_block(self, block: Block) -> None:
        raise AssertionError("only lines come in blocks")

    def ready(self) -> Diagnostic | None:
        return None


class ToFile(OneByOne):
    """A file, or a binary format on standard output. ``lines``: it is NDJSON."""

    def __init__(self, writer: RecordWriter, row: Row, *, lines: bool = False) -> None:
        self._writer = writer
        self._row = row
        self._lines = lines

    def answers(self, run: EvalRun) -> Iterator[Answer | Refusal | Block | Written]:
        yield from run.blocks() if self._lines and isinstance(run, BatchRun) else run

    def write_block(self, block: Block) -> None:
        self._writer.write_lines(block.lines)

    def write(self, answer: Answer) -> None:
        self._writer.write(self._row(answer))

    def ready(self) -> Diagnostic | None:
        return self._writer.ready()

    def finish(self) -> Diagnostic | None:
        return self._writer.finish()

    def drop(self) -> None:
        self._writer.discard()


class IntoFile(OneByOne):
    """A file that a run over columns writes itself, or gives records for after all."""

    def __init__(self, whole: WholeFile, columns: tuple[Column, ...] = ()) -> None:
        self._whole = whole
        self._columns = columns
        self._writer: RecordWriter | None = None
        self._failure: Diagnostic | None = None

    def into(self, run: BatchRun, part: Path) -> Iterator[Answer | Refusal | Block | Written]:
        """Let the run write the file; what it yields are records that it gives after all."""
        raise NotImplementedError

    def row_of(self, answer: Answer) -> Mapping[str, object]:
        raise NotImplementedError

    def answers(self, run: EvalRun) -> Iterator[Answer | Refusal | Block | Written]:
        assert isinstance(run, BatchRun)
        try:
            yield from self.into(run, self._whole.part)
        except OSError as fault:
            self._failure = self._whole.fail(fault)

    def write(self, answer: Answer) -> None:
        if self._writer is None:
            self._writer = self._whole.rows(self._columns)
        self._writer.write(self.row_of(answer))

    def ready(self) -> Diagnostic | None:
        if self._failure is not None:
            return self._failure
        return self._whole.ready() if self._writer is None else self._writer.ready()

    def finish(self) -> Diagnostic | None:
        if self._failure is not None:
            return self._failure
        return self._whole.finish() if self._writer is None else self._writer.finish()

    def drop(self) -> None:
        if self._writer is not None:
            self._writer.discard()
        self._whole.discard()


class ToParquet(IntoFile):
    def __init__(self, whole: WholeFile, columns: Columns) -> None:
        super().__init__(whole, columns.columns)
        self._decided = columns

    def into(self, run: BatchRun, part: Path) -> Iterator[Answer | Refusal | Block | Written]:
        return run.into_parquet(part, self._decided)

    def row_of(self, answer: Answer) -> Mapping[str, object]:
        return self._decided.row(answer.decision)


class ToLines(IntoFile):
    """NDJSON."""

    def into(self, run: BatchRun, part: Path) -> Iterator[Answer | Refusal | Block | Written]:
        return run.into_lines(part, lambda answer: to_json(record_of(answer)))

    def row_of(self, answer: Answer) -> Mapping[str, object]:
        return record_of(answer)


class ToStream(OneByOne):
    """Text on standard output; a reader that goes away ends the run at once (``OSError``)."""

    def __init__(self, rows: NdjsonRows | JsonRows | CsvRows, row: Row) -> None:
        self._rows = rows
        self._row = row

    def answers(self, run: EvalRun) -> Iterator[Answer | Refusal | Block | Written]:
        by_line = isinstance(self._rows, NdjsonRows) and isinstance(run, BatchRun)
        yield from run.blocks() if by_line and isinstance(run, BatchRun) else run

    def write_block(self, block: Block) -> None:
        assert isinstance(self._rows, NdjsonRows)
        self._rows.write_lines(block.lines)

    def write(self, answer: Answer) -> None:
        self._rows.write(self._row(answer))

    def finish(self) -> Diagnostic | None:
        self._rows.close()
        return None

    def drop(self) -> None:
        sys.stdout.buffer.flush()


class ToTable(OneByOne):
    """A table or blocks for people, on standard output or in a text file written at the end."""

    def __init__(self, view: DecisionTable | DecisionBlocks) -> None:
        self._view = view

    def write(self, answer: Answer) -> None:
        self._view.write(answer)

    def finish(self) -> Diagnostic | None:
        self._view.finish()
        return None

    def drop(self) -> None:
        pass


class ToTextFile(ToTable):
    """A table in a file: kept in memory until it is complete."""

    def __init__(self, view: DecisionTable | DecisionBlocks, text: io.StringIO, path: str) -> None:
        super().__init__(view)
        self._text = text
        self._path = path

    def finish(self) -> Diagnostic | None:
        super().finish()
        return write_text_file(self._path, self._text.getvalue())


def write_text_file(path: str, text: str) -> Diagnostic | None:
    """Write a text file whole or not at all; return why it could not be written."""
    from pathlib import Path

    from kamflow.base.span import DataPlace
    from kamflow.base.text import Text
    from kamflow.portfolio import errors

    target = Path(path)
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        part.write_text(text, encoding="utf-8", newline="")
        part.replace(target)
    except OSError as fault:
        part.unlink(missing_ok=True)
        said = fault.strerror or type(fault).__name__
        return errors.cant_write(DataPlace(path), Text(said.lower(), said))
    return None


def open_output(run: EvalRun, settings: Settings, form: str, path: str | None) -> Output | Diagnostic:
    """Open what the format and the path ask for."""
    to_stdout = path is None or path == "-"
    if form == "table":
        return _table(run, settings, None if to_stdout else path)
    if form in ("json", "ndjson"):
        row: Row = record_of
        columns = None
    else:
        columns = columns_for(form, run.program, run.slot.plan, settings.lang)
        row = _row_of(columns)
    made = () if columns is None else columns.columns
    if to_stdout and form in ("json", "ndjson", "csv"):
        stream = sys.stdout.buffer
        match form:
            case "json":
                return ToStream(JsonRows(stream), row)
            case "ndjson":
                return ToStream(NdjsonRows(stream), row)
            case _:
                return ToStream(CsvRows(stream, made, bom=False), row)
    if form == "ndjson" and _is_new_file(path) and isinstance(run, BatchRun) and len(run.paths) == 1:
        whole = open_whole(path or "", form)
        return whole if isinstance(whole, Diagnostic) else ToLines(whole)
    if form == "parquet" and isinstance(run, BatchRun) and len(run.request.inputs) == 1:
        whole = open_whole("-" if path is None else path, form)
        if isinstance(whole, Diagnostic):
            return whole
        assert columns is not None
        return ToParquet(whole, columns)
    writer = open_writer("-" if path is None else path, made, format=form)
    return writer if isinstance(writer, Diagnostic) else ToFile(writer, row, lines=form == "ndjson")


def _is_new_file(path: str | None) -> bool:
    """Say whether an output is a file that is written beside its place: no device and no pipe."""
    from pathlib import Path

    return path is not None and path != "-" and (not Path(path).exists() or Path(path).is_file())


def _table(run: EvalRun, settings: Settings, path: str | None) -> Output:
    make = DecisionBlocks if run.request.explain else DecisionTable
    width = shutil.get_terminal_size((WIDTH, 24)).columns
    if path is None:
        color = use_color(settings, sys.stdout)
        return ToTable(make(run, sys.stdout, settings.lang, width, color=color))
    text = io.StringIO()
    return ToTextFile(make(run, text, settings.lang, WIDTH, color=False), text, path)


def _row_of(columns: Columns) -> Row:
    return lambda answer: columns.row(answer.decision)


def record_of(answer: Answer) -> Mapping[str, object]:
    """Return a decision as one JSON record; ``trace`` has the whole explanation where it was asked for."""
    record: dict[str, object] = dict(answer.decision.to_dict())
    if answer.stages:
        at = list(record).index("decisions") + 1
        items = list(record.items())
        items.insert(at, ("workflows", {s.workflow: dict(s.json) for s in answer.stages}))
        record = dict(items)
    if answer.explanation is not None:
        record["trace"] = answer.explanation.to_dict()
    return record


def reject_of(refusal: Refusal, lang: Lang) -> Mapping[str, object]:
    """Return a rejected record with its findings, as ``--rejects`` writes it."""
    return {**refusal.rejection.to_dict(lang), "record": refusal.raw}
