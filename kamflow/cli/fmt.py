"""`kamflow fmt`: lay policies out."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kamflow.app.settings import Origin, Settings
from kamflow.base.display import visible
from kamflow.base.span import Source
from kamflow.base.text import Lang, Text
from kamflow.cli import exits
from kamflow.cli.console import put, tell, tell_findings, use_color
from kamflow.cli.frame import OneOf, Refused, argument, option, verb

if TYPE_CHECKING:
    from kamflow.app.fmt import Formatted


@verb(
    Text("Lay policies out; switch the keyword language.", "统一排版策略，可切换关键字语言。"),
    Text(
        "Only files that change are written. A file with syntax errors is left alone.\n"
        "`--keywords zh` writes Chinese keywords, whatever the language of messages (--lang).",
        "只写入有变化的文件；有语法错误的文件保持原样。\n"
        "用 --keywords en 可改成英文关键字，与消息语言（--lang）无关。",
    ),
)
@argument(
    "paths", nargs=-1, metavar="PATH",
    words=Text("Policy files or folders; - reads stdin.", "策略文件或文件夹；- 表示标准输入。"),
)  # fmt: skip
@option(
    "--check",
    is_flag=True,
    words=Text(
        "Write nothing; exit code 1 where a file would change.", "不写入；有文件需要改动时退出码为 1。"
    ),
)
@option(
    "--diff", is_flag=True, words=Text("Write nothing; show what would change.", "不写入；显示将要做的改动。")
)
@option("--keywords", type=OneOf(("en", "zh")), words=Text("Language of keywords.", "关键字语言。"))
def command(settings: Settings, paths: tuple[str, ...], check: bool, diff: bool, keywords: str | None) -> int:
    from kamflow.app.fmt import format_bytes, format_paths

    lang = Lang(keywords) if keywords else None
    if paths == ("-",):
        found = [format_bytes("-", sys.stdin.buffer.read(), lang)]
    elif "-" in paths:
        raise Refused(Text("- stands alone", "- 必须单独使用"))
    elif not paths and settings.policies_from is Origin.BUILT_IN:
        raise Refused(Text("name the files or folders to lay out", "请指定要排版的文件或文件夹"))
    else:
        found = list(format_paths(tuple(Path(p) for p in paths) or settings.policies, lang))
    return _finish(found, settings, check=check, diff=diff)


def _finish(files: Sequence[Formatted], settings: Settings, *, check: bool, diff: bool) -> int:
    from kamflow.app.fmt import write_formatted

    changed = [f for f in files if f.changes]
    for one in files:
        source = one.source or Source(one.name, "")
        if one.findings:
            tell_findings(one.findings, {source.name: source}, settings)
        elif diff:
            _put_diff(source.text, one.text or "", one.name, settings)
        elif one.name == "-" and not check:
            put(one.text or "")
        elif one.changes and check:
            put(f"{visible(one.name)}\n")
        elif one.changes:
            write_formatted(one)
            tell(settings, Text(f"laid out {visible(one.name)}", f"已排版 {visible(one.name)}"))
    broken = sum(bool(f.findings) for f in files)
    tell(settings, _summary(len(changed), len(files) - len(changed) - broken, broken, dry=check or diff))
    if any(f.source is None for f in files if f.findings):
        return exits.USAGE
    return exits.FINDINGS if broken or (check and changed) else exits.FINE


def _put_diff(old: str, new: str, name: str, settings: Settings) -> None:
    from kamflow.cli.text_diff import show_diff

    put(show_diff(name, old, new, color=use_color(settings, sys.stdout)))


def _summary(changed: int, same: int, broken: int, *, dry: bool) -> Text:
    word, word_zh = ("would change", "个需要改动") if dry else ("changed", "个已改动")
    en, zh = f"{changed} {word}, {same} left as they were", f"{changed} {word_zh}，{same} 个无需改动"
    if broken:
        return Text(f"{en}, {broken} with errors left alone", f"{zh}，{broken} 个有错误未动")
    return Text(en, zh)
