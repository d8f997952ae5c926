"""`kamflow doctor`: a line for each thing examined, and what to do about what is odd."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from kamflow.app.settings import Settings
from kamflow.base.display import display_width, pad, visible
from kamflow.base.text import Lang, Text
from kamflow.cli import exits
from kamflow.cli.console import put, use_color
from kamflow.cli.frame import verb


@verb(
    Text("Examine the installation.", "检查安装与环境。"),
    Text("Exit code 1 where something needs mending.", "有需要处理的问题时退出码为 1。"),
)
def command(settings: Settings) -> int:
    from kamflow.app.doctor import State, Terminal, examine

    out = sys.stdout
    terminal = Terminal(out.encoding or "?", shutil.get_terminal_size().columns, out.isatty())
    probes = list(examine(settings, terminal, Path.cwd()))
    lang, color = settings.lang, use_color(settings, out)
    words = {
        State.FINE: (Text("ok", "正常"), "32"),
        State.HINT: (Text("hint", "提示"), "36"),
        State.PROBLEM: (Text("PROBLEM", "问题"), "1;31"),
    }
    wide = max(display_width(p.title.in_(lang)) for p in probes)
    mark_wide = 4 if lang is Lang.ZH else 7
    for probe in probes:
        word, code = words[probe.state]
        mark = pad(word.in_(lang), mark_wide)
        mark = f"\x1b[{code}m{mark}\x1b[0m" if color else mark
        put(f"{mark}  {pad(probe.title.in_(lang), wide)}  {visible(probe.found.in_(lang))}\n")
        if probe.fix is not None:
            put(f"{' ' * (mark_wide + wide + 4)}-> {visible(probe.fix.in_(lang))}\n")
    return exits.FINDINGS if any(p.state is State.PROBLEM for p in probes) else exits.FINE
