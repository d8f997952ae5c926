"""What is wrong with a command line, in words of both languages; click speaks English only."""

from __future__ import annotations

from collections.abc import Iterable

import click

from kamflow.base.display import visible
from kamflow.base.suggest import suggest
from kamflow.base.text import Text
from kamflow.cli.frame import Refused


def no_such_command(name: str, known: Iterable[str], ctx: click.Context) -> Refused:
    shown, near = visible(name), suggest(name, known)
    if near:
        return Refused(
            Text(
                f"there is no command `{shown}`: did you mean `{near}`?",
                f"没有命令“{shown}”：是否想写“{near}”？",
            ),
            ctx,
        )
    return Refused(Text(f"there is no command `{shown}`", f"没有命令“{shown}”"), ctx)


def describe(e: click.ClickException) -> Text:
    """Say what is wrong, with a suggestion where there is one."""
    match e:
        case Refused(text=text):
            return text
        case click.NoSuchOption(option_name=name, ctx=ctx):
            return _no_such_option(name, ctx)
        case click.MissingParameter(param=click.Argument() as param):
            shown = param.metavar or (param.name or "").upper()
            return Text(f"{shown} is missing", f"缺少 {shown}")
        case click.MissingParameter(param=param) if param is not None:
            shown = max(param.opts, key=len)
            return Text(f"{shown} is missing", f"缺少 {shown}")
        case click.BadOptionUsage(option_name=name):
            return Text(
                f"{name} needs a value, or takes none: {e.message}", f"{name} 的用法不对（需要或不接受值）"
            )
        case click.BadParameter(param=param) if param is not None:
            shown = (
                max(param.opts, key=len) if isinstance(param, click.Option) else (param.name or "").upper()
            )
            return Text(f"{shown}: {visible(e.message)}", f"{shown} 的值不对：{visible(e.message)}")
        case click.UsageError() if "unexpected extra" in e.message:
            extra = visible(e.message[e.message.find("(") + 1 : -1])
            return Text(f"too many arguments: {extra}", f"多余的参数：{extra}")
        case _:
            return Text(visible(e.format_message()))


def _no_such_option(name: str, ctx: click.Context | None) -> Text:
    shown = visible(name)
    known = [o for p in ctx.command.params for o in p.opts] if ctx is not None else []
    near = suggest(name, [o for o in known if o.startswith("--")])
    if near:
        return Text(
            f"there is no option {shown}: did you mean {near}?", f"没有选项 {shown}：是否想写 {near}？"
        )
    return Text(f"there is no option {shown}", f"没有选项 {shown}")
