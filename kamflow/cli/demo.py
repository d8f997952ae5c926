"""`kamflow demo`: decide example customers, and say what to try next."""

from __future__ import annotations

import tempfile
from pathlib import Path

from kamflow.app.settings import Settings
from kamflow.base.text import Text
from kamflow.cli import exits
from kamflow.cli.console import tell
from kamflow.cli.frame import verb


@verb(
    Text("Decide example customers, and see why.", "用示例客户演示决策与原因。"),
    Text("Writes no file of yours.", "不会改动您的文件。"),
)
def command(settings: Settings) -> int:
    from kamflow.app.demo import DAY, prepare_demo

    with tempfile.TemporaryDirectory(prefix="kamflow-demo-") as name:
        demo = prepare_demo(Path(name), settings.lang)
        common = [str(demo.customers), "--policies", str(demo.policies), "--as-of", DAY]
        code = _run("eval", [*common, "--format", "table"], settings)
        if code == exits.FINE:
            tell(settings, Text(f"\nwhy, for {demo.shown_id}:\n", f"\n{demo.shown_id} 的决策原因：\n"))
            code = _run("why", [*common, "--id", demo.shown_id], settings)
    tell(
        settings,
        Text(
            "\nnext: kamflow init my-rules   (then change the policy in my-rules/rules)",
            "\n下一步：kamflow init my-rules   （然后修改 my-rules/rules 中的策略）",
        ),
    )
    return code


def _run(name: str, args: list[str], settings: Settings) -> int:
    from kamflow.cli.main import run_verb

    return run_verb([name, *args], settings)
