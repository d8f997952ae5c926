"""`kamflow diff`: what two versions of policies decide differently, for whom."""

from __future__ import annotations

import sys
from datetime import date
from typing import TYPE_CHECKING

from kamflow.app.settings import Settings
from kamflow.base.text import Text
from kamflow.cli import exits
from kamflow.cli.console import put, put_findings, tell, tell_findings, use_color
from kamflow.cli.eval import names_of
from kamflow.cli.frame import DAY, OneOf, argument, option, verb

if TYPE_CHECKING:
    from kamflow.app.changes import Compared


@verb(
    Text("Say what changes between two versions of policies.", "比较两个版本的策略有何不同。"),
    Text(
        "A version is a folder, a file, or what git has: HEAD~1, main, v1:rules/. Without NEW the policies"
        " as they are now are compared with OLD.\n"
        "An output is equal where that is proved for every record that both versions take; else it is"
        " said where it differs, with a record that shows it.\n"
        "Exit code 0: equal. 1: something differs, or is not decided. 4: a version does not compile.",
        "版本可以是文件夹、文件，或 git 中的版本：HEAD~1、main、v1:rules/。"
        "不写 NEW 时，把当前策略与 OLD 比较。\n"
        "对两个版本都接受的所有记录都证明相同，才算相同；否则说明在哪里不同，并给出一条能说明差异的记录。\n"
        "退出码 0：相同；1：有不同或尚无定论；4：有版本无法编译。",
    ),
)
@argument("old", metavar="OLD", words=Text("The version before.", "旧版本。"))
@argument(
    "new", required=False, metavar="NEW",
    words=Text("The version after [default: the policies as they are].", "新版本（默认当前策略）。"),
)  # fmt: skip
@option("--record", metavar="NAME", words=Text("Only outputs of this record.", "只比较这种记录的输出。"))
@option(
    "--only",
    multiple=True,
    metavar="NAME",
    words=Text("Only these outputs or facts: NAME,NAME.", "只比较这些输出或定义：名称,名称。"),
)
@option(
    "--facts", is_flag=True, words=Text("Facts (`define`) as well as outputs.", "同时比较定义（define）。")
)
@option(
    "--as-of",
    type=DAY,
    metavar="DATE",
    words=Text("Only this day [default: all days].", "只比较这一天（默认所有日期）。"),
)
@option(
    "--format",
    "form",
    type=OneOf(("text", "json")),
    default="text",
    show_default=True,
    words=Text("Form of the result.", "结果格式。"),
)
def command(
    settings: Settings,
    old: str,
    new: str | None,
    record: str | None,
    only: tuple[str, ...],
    facts: bool,
    as_of: date | None,
    form: str,
) -> int:
    from kamflow.app.changes import CannotCompare, compare_versions

    found = compare_versions(
        (old, new or ""), settings.policies, settings.root,
        record=record or "", only=names_of(only), facts=facts, as_of=as_of,
    )  # fmt: skip
    if isinstance(found, CannotCompare):
        put_findings(found.findings, found.sources, settings)
        return exits.USAGE if found.compiles else exits.NOT_COMPILED
    if form == "json":
        from kamflow.base.render.jsons import dump_json
        from kamflow.cli.changes_json import comparison_json

        put(dump_json(comparison_json(found)))
    else:
        _show(found, settings)
    return exits.FINE if found.comparison.is_equal else exits.FINDINGS


def _show(found: Compared, settings: Settings) -> None:
    from kamflow.cli.changes_text import comparison_lines
    from kamflow.compare.errors import not_decided

    color = use_color(settings, sys.stdout)
    for line in comparison_lines(found, settings, color=color):
        put(f"{line}\n")
    undecided = [o for o in found.comparison.outputs if o.is_undecided]
    if undecided and not settings.quiet:
        sys.stdout.flush()
        tell(settings, Text(""))
        tell_findings([not_decided(o) for o in undecided], {}, settings)
