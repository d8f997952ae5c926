"""Export the form of a record of the input, or of the files of workflows: JSON Schema, a pydantic module, the
header of a table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

from kamflow.app import errors
from kamflow.base.diagnostic import Diagnostic
from kamflow.base.suggest import suggest
from kamflow.base.text import Lang
from kamflow.base.write_file import write_text
from kamflow.core.program import Program
from kamflow.portfolio import Column, open_writer
from kamflow.project.engine import root_records
from kamflow.project.errors import which_record
from kamflow.project.load import Project, load_project
from kamflow.project.schema import json_schema, template_columns


class SchemaForm(StrEnum):
    JSON_SCHEMA = "jsonschema"
    TEMPLATE = "csv-template"
    PYDANTIC = "pydantic"
    WORKFLOW = "workflow"
    CALENDAR = "calendar"


OF_FILES = (SchemaForm.WORKFLOW, SchemaForm.CALENDAR)
"""Forms of files that kamflow reads, not of records: no policy is needed for them."""


@dataclass(frozen=True, slots=True)
class Exported:
    """``text`` is the result; ``columns`` those of a template; ``left_out``: lists it has no place for."""

    record: str
    text: str
    columns: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CannotExport:
    project: Project
    findings: tuple[Diagnostic, ...]
    not_compiled: bool


def export_file_schema(form: SchemaForm) -> Exported:
    """Export the JSON Schema of workflow or calendar files, for editors; described in both languages."""
    from kamflow.workflow.schema import calendar_schema, workflow_schema

    schema = calendar_schema() if form is SchemaForm.CALENDAR else workflow_schema()
    return Exported("", json.dumps(schema, ensure_ascii=False, indent=2) + "\n")


def export_schema(
    paths: Sequence[Path], record: str | None, form: SchemaForm, lang: Lang, day: date
) -> Exported | CannotExport:
    """Export a record of the policies in force on a day; without a name, the one with decisions."""
    project = load_project(paths)
    stretch = project.stretch_on(day.toordinal()) or (project.stretches[-1] if project.stretches else None)
    program = stretch.program if stretch is not None else None
    if project.has_errors or program is None:
        return CannotExport(project, project.findings, not_compiled=True)
    name = _record(program, record)
    if isinstance(name, Diagnostic):
        return CannotExport(project, (name,), not_compiled=False)
    match form:
        case SchemaForm.JSON_SCHEMA:
            schema = json_schema(program, name, lang)
            return Exported(name, json.dumps(schema, ensure_ascii=False, indent=2) + "\n")
        case SchemaForm.PYDANTIC:
            from kamflow.project.models import pydantic_source  # pydantic takes its time to load

            return Exported(name, pydantic_source(program, name))
        case SchemaForm.TEMPLATE:
            columns, lists = template_columns(program, name)
            return Exported(name, ",".join(columns) + "\n", columns, lists)
        case SchemaForm.WORKFLOW | SchemaForm.CALENDAR:
            return export_file_schema(form)


def _record(program: Program, asked: str | None) -> str | Diagnostic:
    if asked is not None:
        if asked in program.records:
            return asked
        return errors.no_such_record(asked, suggest(asked, program.records), list(program.records))
    found = root_records(program)
    return found[0] if len(found) == 1 else which_record(found, "", None)


def write_export(done: Exported, path: Path) -> Diagnostic | None:
    """Write what was exported; a template becomes a CSV file or an Excel workbook by its suffix."""
    if not done.columns:
        write_text(path, done.text)
        return None
    writer = open_writer(path, [Column(name) for name in done.columns])
    return writer if isinstance(writer, Diagnostic) else writer.finish()
