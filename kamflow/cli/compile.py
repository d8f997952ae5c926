"""`kamflow compile`: policies as a script for a database, or as Python."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from kamflow.app.settings import Settings
from kamflow.base.display import visible
from kamflow.base.text import Text
from kamflow.cli import exits
from kamflow.cli.console import put, tell, tell_findings
from kamflow.cli.eval import names_of
from kamflow.cli.frame import DAY, OneOf, Refused, argument, option, verb

_TARGETS = ("python", "duckdb", "spark", "postgres", "snowflake", "bigquery")


@verb(
    Text("Write policies as a script for a database, or as Python.", "把策略写成数据库脚本或 Python。"),
    Text(
        "The script decides every line of a table, with the same answers as `eval`. Its header says what each"
        " column must hold. What a target can't do exactly is refused by name.\n"
        "Exit code 0: written. 1: the target can't do it. 2: usage. 4: the policies do not compile.",
        "脚本对表中每一行作出决策，结果与 eval 相同。"
        "脚本开头说明每列应存放什么。目标无法精确计算的内容会指名拒绝。\n"
        "退出码 0：已写出；1：目标无法做到；2：用法错误；4：策略无法编译。",
    ),
)
@argument(
    "paths", nargs=-1, metavar="[PATH]...",
    words=Text("Policy files or folders [default: the project's].", "策略文件或文件夹（默认用项目的策略）。"),
)  # fmt: skip
@option("--target", type=OneOf(_TARGETS), required=True, words=Text("What for.", "编译目标。"))
@option(
    "--as-of",
    type=DAY,
    metavar="DATE",
    words=Text("The day that counts [default: today].", "决策日期（默认今天）。"),
)
@option("--record", metavar="NAME", words=Text("Decide this record.", "对哪种记录决策。"))
@option(
    "--only",
    multiple=True,
    metavar="NAME",
    words=Text("Only these outputs or facts: NAME,NAME.", "只要这些输出或定义：名称,名称。"),
)
@option(
    "--table",
    "tables",
    multiple=True,
    metavar="[LIST=]TABLE",
    words=Text("Where the records are, or the lines of a list.", "记录所在的表，或某个列表的行所在的表。"),
)
@option("--key", metavar="COLUMN", words=Text("The column that tells records apart.", "区分各条记录的列。"))
@option("--view", metavar="NAME", words=Text("Make a view of this name.", "创建该名称的视图。"))
@option(
    "--typed",
    is_flag=True,
    words=Text("The tables hold kamflow's own typed columns.", "表中已是 kamflow 自己的类型化列。"),
)
@option(
    "-o", "--output", metavar="FILE", words=Text("Write here, not to stdout.", "写入文件，而不是标准输出。")
)
def command(
    settings: Settings,
    paths: tuple[str, ...],
    target: str,
    as_of: date | None,
    record: str | None,
    only: tuple[str, ...],
    tables: tuple[str, ...],
    key: str | None,
    view: str | None,
    output: str | None,
    typed: bool,
) -> int:
    from kamflow.app.compile import CannotCompile, CompileRequest, Target, compile_policies

    day = as_of or settings.as_of or datetime.now(UTC).astimezone().date()
    if target == "python" and (tables or key or view or typed):
        raise Refused(Text("--target python has no tables", "--target python 不涉及表"))
    request = CompileRequest(
        tuple(Path(p) for p in paths) or settings.policies, Target(target), day, record or settings.record,
        names_of(only), _tables(tables), key or "", view or "", typed,
    )  # fmt: skip
    done = compile_policies(request, settings.lang)
    if isinstance(done, CannotCompile):
        tell_findings(done.findings, done.sources, settings)
        if done.not_compiled:
            return exits.NOT_COMPILED
        return exits.FINDINGS if done.not_exact else exits.USAGE
    if output is None:
        put(done.text)
        return exits.FINE
    from kamflow.base.write_file import write_text

    write_text(Path(output), done.text)
    en = f"wrote {visible(output)}: decisions on {done.record} as of {day.isoformat()} for {target}"
    zh = f"已写入 {visible(output)}：{done.record} 在 {day.isoformat()} 的决策，目标 {target}"
    tell(settings, Text(en, zh))
    return exits.FINE


def _tables(given: tuple[str, ...]) -> dict[str, str]:
    """Return tables by the list they hold; the records' own, by no name, under ``""``."""
    found: dict[str, str] = {}
    for one in given:
        name, equals, table = one.partition("=")
        if not equals:
            name, table = "", one
        if name in found:
            raise Refused(
                Text(f"--table is given twice for {visible(name)}", f"--table 对 {visible(name)} 给了两次")
            )
        found[name] = table
    return found
