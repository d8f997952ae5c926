"""`kamflow completion SHELL`: the script that lets a shell complete commands and options."""

from __future__ import annotations

from click.shell_completion import BashComplete, FishComplete, ZshComplete

from kamflow.app.settings import Settings
from kamflow.base.text import Text
from kamflow.cli import exits
from kamflow.cli.console import put
from kamflow.cli.frame import OneOf, argument, verb

_SHELLS = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}


@verb(
    Text("Print a script that completes commands and options.", "输出命令和选项的补全脚本。"),
    Text(
        'Put one line into your shell\'s start file:\n\n  bash, zsh:  eval "$(kamflow completion bash)"\n'
        "  fish:       kamflow completion fish | source",
        '在 shell 的启动文件中加一行：\n\n  bash、zsh：  eval "$(kamflow completion bash)"\n'
        "  fish：       kamflow completion fish | source",
    ),
)
@argument("shell", type=OneOf(_SHELLS), metavar="bash|zsh|fish", words=Text("Your shell.", "所用的 shell。"))
def command(settings: Settings, shell: str) -> int:
    from kamflow.cli.main import COMPLETE_VARIABLE, make_group

    script = _SHELLS[shell](make_group(), {}, "kamflow", COMPLETE_VARIABLE)
    # not `source()`: for bash it would start a shell to ask for its version
    put(script.source_template % script.source_vars())
    return exits.FINE
