"""`kamflow schema export`: the form of the input, for the programs and people that produce it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kamflow.app.settings import Settings
from kamflow.base.display import visible
from kamflow.base.text import Text
from kamflow.cli import exits
from kamflow.cli.console import put, tell, tell_findings
from kamflow.cli.frame import DAY, OneOf, Refused, argument, option, verb
from kamflow.cli.verb_group import VerbGroup

if TYPE_CHECKING:
    from kamflow.app.schema import Exported

_FORMS = ("jsonschema", "csv-template", "pydantic", "workflow", "calendar")
_TABLES = (".csv", ".xlsx")
_WORDS = Text("Export the form of the input.", "导出输入数据的格式。")


@verb(
    Text("Export the form of a record of the input.", "导出一种输入记录的格式。"),
    Text(
        "jsonschema: JSON Schema 2020-12. csv-template: the header of a table (-o FILE.xlsx for Excel).\n"
        "pydantic: a Python module with models whose instances `engine.evaluate` takes.\n"
        "workflow, calendar: JSON Schema of workflows/*.yaml, for editors; no record is needed.",
        "jsonschema：JSON Schema 2020-12。csv-template：表格的表头（-o 文件.xlsx 得到 Excel）。\n"
        "pydantic：Python 模块，其中模型的实例可直接交给 engine.evaluate。\n"
        "workflow、calendar：workflows/*.yaml 的 JSON Schema，供编辑器使用，无需指定记录。",
    ),
    name="export",
)
@argument(
    "record",
    required=False,
    metavar="RECORD",
    words=Text("The record; that with decisions by default.", "记录名，默认为带决策的记录。"),
)
@option(
    "--format",
    "form",
    type=OneOf(_FORMS),
    default="jsonschema",
    show_default=True,
    words=Text("What to write.", "输出格式。"),
)
@option(
    "-o", "--output", metavar="FILE", words=Text("Write here, not to stdout.", "写入文件，而不是标准输出。")
)
@option(
    "--policies", multiple=True, metavar="PATH", words=Text("Policies with the record.", "包含该记录的策略。")
)
@option(
    "--as-of",
    type=DAY,
    metavar="DATE",
    words=Text("The day whose policies count.", "以哪一天生效的策略为准。"),
)
def export(
    settings: Settings,
    record: str | None,
    form: str,
    output: str | None,
    policies: tuple[str, ...],
    as_of: date | None,
) -> int:
    from kamflow.app.schema import OF_FILES, CannotExport, SchemaForm, export_file_schema, export_schema

    if SchemaForm(form) in OF_FILES:
        return _write(export_file_schema(SchemaForm(form)), output, settings)
    day = as_of or settings.as_of or datetime.now(UTC).astimezone().date()
    paths = tuple(Path(p) for p in policies) or settings.policies
    done = export_schema(paths, record or settings.record, SchemaForm(form), settings.lang, day)
    if isinstance(done, CannotExport):
        tell_findings(done.findings, done.project.sources, settings)
        return exits.NOT_COMPILED if done.not_compiled else exits.USAGE
    code = _write(done, output, settings)
    if done.left_out and not code:
        names = ", ".join(done.left_out)
        en = f"a table has no place for the lists {names}: give those as JSON"
        tell(settings, Text(f"note: {en}", f"提示：表格放不下列表 {names}，请用 JSON 提供"))
    return code


def _write(done: Exported, output: str | None, settings: Settings) -> int:
    if output is None:
        put(done.text)
        return exits.FINE
    from kamflow.app.schema import write_export

    if done.columns and Path(output).suffix.lower() not in _TABLES:
        raise Refused(Text("-o takes a .csv or .xlsx file here", "此处 -o 应为 .csv 或 .xlsx 文件"))
    finding = write_export(done, Path(output))
    if finding is not None:
        tell_findings([finding], {}, settings)
        return exits.USAGE
    tell(settings, Text(f"wrote {visible(output)}", f"已写入 {visible(output)}"))
    return exits.FINE


command: click.Command = VerbGroup("schema", words=_WORDS, verbs=(export,))
