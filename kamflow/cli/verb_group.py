"""A verb with verbs of its own: `kamflow schema export`."""

from __future__ import annotations

import click

from kamflow.base.text import Lang, Text
from kamflow.cli.frame import Context, Verb, WordsOption, common_options, help_option, settings_of
from kamflow.cli.help_page import HelpPage
from kamflow.cli.usage_errors import no_such_command


class VerbGroup(click.Group):
    """Without a verb it shows its help."""

    context_class = Context

    def __init__(self, name: str, *, words: Text, verbs: tuple[Verb, ...]) -> None:
        super().__init__(
            name,
            help=words.en,
            params=[*common_options(), help_option()],
            add_help_option=False,
            invoke_without_command=True,
            no_args_is_help=False,
            callback=_show_help,
            commands={str(v.name): v for v in verbs},
        )
        self.words, self.verbs = words, verbs

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        command = self.get_command(ctx, args[0])
        if command is None and not ctx.resilient_parsing:
            raise no_such_command(args[0], self.commands, ctx)
        return args[0] if command else None, command, args[1:]

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        assert isinstance(formatter, HelpPage)
        lang = settings_of(ctx).lang
        formatter.write_usage(ctx.command_path, "命令 [参数]…" if lang is Lang.ZH else "COMMAND [ARGS]…")
        formatter.write_body(self.words.in_(lang))
        rows = [(str(v.name), v.words.in_(lang)) for v in self.verbs]
        formatter.write_rows(Text("Commands", "命令"), rows)
        options = [p.row(lang) for p in self.params if isinstance(p, WordsOption)]
        formatter.write_rows(Text("Common options", "通用选项"), options)


def _show_help() -> None:
    ctx = click.get_current_context()
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
