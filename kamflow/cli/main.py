"""The command `kamflow`: finds the verb, runs it, and turns whatever happens into an exit code.

Only click is imported before a verb is known. Nothing that a user can cause ends in a traceback.
"""

from __future__ import annotations

import errno
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

import kamflow
from kamflow.app.settings import Settings, load_settings
from kamflow.base.text import Lang, Text
from kamflow.cli import exits
from kamflow.cli.console import complain, tell_findings
from kamflow.cli.frame import Context, WordsOption, common_options, help_option, settings_of
from kamflow.cli.help_page import HelpPage
from kamflow.cli.registry import GROUPS, VERBS
from kamflow.cli.usage_errors import describe, no_such_command

_WORDS = Text(
    "Rules for key accounts: exact, explained, in English and Chinese.",
    "大客户管理规则引擎：精确、可解释，支持中英文。",
)
_EPILOG = Text(
    'Completion of commands: eval "$(kamflow completion bash)" (or zsh; fish: … | source)\n'
    "Settings: kamflow.toml or [tool.kamflow], then KAMFLOW_LANG, KAMFLOW_POLICIES …, then options.\n"
    "Exit codes: 0 fine, 1 findings, 2 usage, 3 some records rejected, 4 policies don't compile.",
    '命令补全：eval "$(kamflow completion bash)"（zsh 同理；fish：… | source）\n'
    "设置：kamflow.toml 或 [tool.kamflow]，其次 KAMFLOW_LANG、KAMFLOW_POLICIES 等变量，选项优先。\n"
    "退出码：0 正常，1 有问题，2 用法错误，3 部分记录被拒，4 策略无法编译。",
)
COMPLETE_VARIABLE = "_KAMFLOW_COMPLETE"
_RUNS_ANYWAY = frozenset({"doctor", "completion"})
"""Verbs that help to mend a broken configuration."""


class Main(click.Group):
    """The group: verbs are imported when they are asked for."""

    context_class = Context

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = VERBS.get(cmd_name)
        if entry is None:
            return None
        command = importlib.import_module(entry.module).command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        command = self.get_command(ctx, name)
        if command is None and not ctx.resilient_parsing:
            raise no_such_command(name, VERBS, ctx)
        return name if command else None, command, args[1:]

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        assert isinstance(formatter, HelpPage)
        lang = settings_of(ctx).lang
        formatter.write_usage(
            "kamflow", "[选项] 命令 [参数]…" if lang is Lang.ZH else "[OPTIONS] COMMAND [ARGS]…"
        )
        formatter.write_body(_WORDS.in_(lang))
        for group in GROUPS:
            formatter.write_rows(group.title, [(n, e.short.in_(lang)) for n, e in group.verbs.items()])
        options = [p.row(lang) for p in self.params if isinstance(p, WordsOption)]
        formatter.write_rows(Text("Options", "选项"), options)
        formatter.write_body(_EPILOG.in_(lang))

    def shell_complete(
        self, ctx: click.Context, incomplete: str
    ) -> list[click.shell_completion.CompletionItem]:
        from click.shell_completion import CompletionItem

        lang = settings_of(ctx).lang
        if incomplete.startswith("-"):
            return click.Command.shell_complete(self, ctx, incomplete)
        found = ((n, e) for n, e in VERBS.items() if n.startswith(incomplete))
        return [CompletionItem(n, help=e.short.in_(lang)) for n, e in found]


def _show_version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        click.echo(f"kamflow {kamflow.__version__}")
        ctx.exit()


def _show_help() -> None:
    ctx = click.get_current_context()
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def make_group() -> Main:
    version = WordsOption(
        ["--version"], is_flag=True, is_eager=True, expose_value=False, callback=_show_version,
        words=Text("Show the version.", "显示版本。"),
    )  # fmt: skip
    params = [*common_options(), version, help_option()]
    return Main(
        "kamflow", params=params, add_help_option=False, callback=_show_help, invoke_without_command=True,
        no_args_is_help=False,
    )  # fmt: skip


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line; return the exit code."""
    args = list(sys.argv[1:] if argv is None else argv)
    _set_streams()
    settings = Settings()
    try:
        settings = load_settings(Path.cwd(), os.environ, _asked_lang(args))
        code = _run(args, settings)
        sys.stdout.flush()
        return code
    except click.ClickException as e:
        return _wrong_usage(e, settings)
    except (KeyboardInterrupt, click.Abort):
        return _interrupted(settings)
    except OSError as e:
        if e.errno == errno.EPIPE:
            return _pipe_closed()
        return _system_refused(e, settings)
    except Exception as e:
        # Ctrl-C while DuckDB is at work in the main thread comes out of it in this form
        if isinstance(e, RuntimeError) and str(e) == "Query interrupted":
            return _interrupted(settings)
        return _our_bug(e, settings)


def _interrupted(settings: Settings) -> int:
    complain(settings, Text("interrupted", "已中断"))
    return exits.INTERRUPTED


def _run(args: list[str], settings: Settings) -> int:
    bad_config = (
        settings.findings and not _RUNS_ANYWAY.intersection(args) and not {"-h", "--help"}.intersection(args)
    )
    if bad_config:
        tell_findings(settings.findings, {}, settings)
        return exits.USAGE
    return run_verb(args, settings)


def run_verb(args: list[str], settings: Settings) -> int:
    """Run a command line that was not refused; click's own `main` has other ideas of exit codes."""
    group = make_group()
    asked = os.environ.get(COMPLETE_VARIABLE)
    if asked:
        from click.shell_completion import shell_complete

        return shell_complete(group, {"obj": settings}, "kamflow", COMPLETE_VARIABLE, asked)
    try:
        with group.make_context("kamflow", list(args), obj=settings) as ctx:
            code = group.invoke(ctx)
    except click.exceptions.Exit as e:
        return e.exit_code
    return code if isinstance(code, int) else exits.FINE


def _asked_lang(args: list[str]) -> str | None:
    """Return the language asked for anywhere: help and usage errors come before options are read."""
    asked = None
    for i, arg in enumerate(args):
        if arg == "--":
            break
        if arg == "--lang" and i + 1 < len(args):
            asked = args[i + 1]
        elif arg.startswith("--lang="):
            asked = arg.partition("=")[2]
    return asked


def _set_streams() -> None:
    """Write UTF-8 into files and pipes whatever the locale; a terminal gets what it can show."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            encoding = None if stream.isatty() else "utf-8"
            reconfigure(encoding=encoding, errors="backslashreplace")


def _wrong_usage(e: click.ClickException, settings: Settings) -> int:
    ctx = getattr(e, "ctx", None)
    text, head = describe(e), Text("usage", "用法错误")
    complain(settings, Text(f"{head.en}: {text.in_(Lang.EN)}", f"{head.zh}：{text.in_(Lang.ZH)}"))
    if isinstance(ctx, click.Context):
        path = ctx.command_path
        complain(settings, Text(f"see `{path} --help`", f"请看 {path} --help"))
    return exits.USAGE


def _pipe_closed() -> int:
    """The reader went away (`kamflow … | head`): nobody is left to tell."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())  # or Python complains when it flushes at exit
    return exits.PIPE_CLOSED


def _system_refused(e: OSError, settings: Settings) -> int:
    if os.environ.get("KAMFLOW_DEBUG") == "1":
        raise e
    what = f"{e.filename}: {e.strerror}" if e.filename else str(e.strerror or e)
    complain(settings, Text(f"the system refused: {what}", f"系统拒绝了操作：{what}"))
    return exits.USAGE


def _our_bug(e: Exception, settings: Settings) -> int:
    if os.environ.get("KAMFLOW_DEBUG") == "1":
        import traceback

        traceback.print_exception(e)
        return exits.BUG
    name, version = type(e).__name__, kamflow.__version__
    complain(
        settings,
        Text(
            f"kamflow {version} made a mistake of its own ({name}); no file was left half-written.\n"
            "To report it: run the same command with KAMFLOW_DEBUG=1 and send what it prints,\n"
            "with the command and, where you may, the policy and the record.",
            f"kamflow {version} 自身出错（{name}）；没有留下写了一半的文件。\n"
            "报告方法：设置 KAMFLOW_DEBUG=1 后重新运行同一命令，把输出连同命令发给维护者，\n"
            "方便的话请附上相关策略和记录。",
        ),
    )
    return exits.BUG
