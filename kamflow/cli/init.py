"""`kamflow init`: start a project."""

from __future__ import annotations

from pathlib import Path

from kamflow.app.settings import Settings
from kamflow.base.display import visible
from kamflow.base.text import Text
from kamflow.cli import exits
from kamflow.cli.console import complain, put, tell
from kamflow.cli.frame import argument, verb


@verb(
    Text("Start a project of your own.", "新建自己的项目。"),
    Text(
        "Writes kamflow.toml, rules/ with a small policy to change, customers.json with three customers\n"
        "and a README, in the language of --lang. Nothing is overwritten.",
        "写入 kamflow.toml、含一份小策略的 rules/、含三个客户的 customers.json 和 README，\n"
        "语言由 --lang 决定。不会覆盖任何文件。",
    ),
)
@argument(
    "folder",
    required=False,
    default=".",
    metavar="DIR",
    words=Text("Where; here by default.", "位置，默认为当前文件夹。"),
)
def command(settings: Settings, folder: str) -> int:
    from kamflow.app.init import start_project

    started = start_project(Path(folder), settings.lang)
    if started.in_the_way:
        names = ", ".join(visible(str(p)) for p in started.in_the_way)
        complain(
            settings,
            Text(f"already there, so nothing was written: {names}", f"已存在，未写入任何文件：{names}"),
        )
        return exits.USAGE
    put("".join(f"{visible(str(p))}\n" for p in started.written))
    go = "" if folder == "." else f"cd {visible(folder)} && "
    try_it = f"{go}kamflow check && kamflow test && kamflow eval customers.json"
    tell(settings, Text(f"try it: {try_it}", f"试一试：{try_it}"))
    return exits.FINE
