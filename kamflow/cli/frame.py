"""What every command is made of: bilingual commands, options and arguments, and the common options.

    @verb(Text("Check policies.", "检查策略。"))
    @option("--as-of", Text("The day that counts.", "以哪一天为准。"), type=DAY, metavar="DATE")
    def command(settings: Settings, as_of: date | None) -> int: ...

The callback gets the ``Settings`` first and returns the exit code. Texts are chosen when help is
shown: ``ctx.obj`` holds the settings from the start. Leaves: `--lang`, `--color`, `--quiet` and `-v`
are accepted before and after the verb.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeAlias, cast

import click

from kamflow.app.settings import Color, Settings, with_lang
from kamflow.base.text import NO_TEXT, Lang, Text
from kamflow.cli.help_page import HelpPage

P = ParamSpec("P")

if TYPE_CHECKING:
    _WordType: TypeAlias = click.ParamType[str]
    _DayType: TypeAlias = click.ParamType[date]
else:  # older versions of click have no type arguments
    _WordType = _DayType = click.ParamType


def settings_of(ctx: click.Context) -> Settings:
    return ctx.obj if isinstance(ctx.obj, Settings) else Settings()


class Refused(click.UsageError):
    """The command line itself is wrong; said in both languages. Exit code 2."""

    def __init__(self, text: Text, ctx: click.Context | None = None) -> None:
        super().__init__(text.en, ctx)
        self.text = text


class OneOf(_WordType):
    """One of some words; anything else is refused with the nearest one."""

    name = "choice"

    def __init__(self, words: Iterable[str]) -> None:
        self.words = tuple(str(w) for w in words)

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from kamflow.base.suggest import suggest

        word = str(value)
        if word in self.words:
            return word
        near, name = suggest(word, self.words), _name_of(param)
        some, some_zh = ", ".join(self.words), "、".join(self.words)
        en, zh = f"{name} takes {some}, not `{word}`", f"{name} 只能是 {some_zh}，不能是“{word}”"
        if near:
            en, zh = f"{en}: did you mean {near}?", f"{zh}：是否想写 {near}？"
        raise Refused(Text(en, zh), ctx)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[click.shell_completion.CompletionItem]:
        from click.shell_completion import CompletionItem

        return [CompletionItem(w) for w in self.words if w.startswith(incomplete)]


class Day(_DayType):
    """A date written ``2026-06-30``."""

    name = "date"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        text = str(value)
        try:
            if len(text) == 10:
                return date.fromisoformat(text)
        except ValueError:
            pass
        name = _name_of(param)
        raise Refused(
            Text(
                f"{name} takes a date such as 2026-06-30, not `{text}`",
                f"{name} 应为日期，例如 2026-06-30，不能是“{text}”",
            ),
            ctx,
        )


DAY = Day()


def _name_of(param: click.Parameter | None) -> str:
    if isinstance(param, click.Option):
        return max(param.opts, key=len)
    return (param.name or "").upper() if param is not None else ""


class WordsOption(click.Option):
    """An option with its text in both languages; ``common`` ones belong to every command."""

    def __init__(
        self, decls: Sequence[str], *, words: Text = NO_TEXT, common: bool = False, **attrs: object
    ) -> None:
        super().__init__(decls, help=words.en, **attrs)  # type: ignore[arg-type]
        self.words = words
        self.common = common

    def row(self, lang: Lang) -> tuple[str, str]:
        """Return what help shows: names with the metavar, and the text with the default."""
        names = ", ".join(sorted(self.opts, key=len))
        if not self.is_flag and not self.count:
            words = self.type.words if isinstance(self.type, OneOf) else ()
            names += f" {self.metavar or '|'.join(words) or self.type.name.upper()}"
        text = self.words.in_(lang)
        if self.show_default and self.default is not None:
            text += f"（默认 {self.default}）" if lang is Lang.ZH else f" [default: {self.default}]"
        return names, text


class WordsArgument(click.Argument):
    """An argument that help explains, in both languages."""

    def __init__(self, decls: Sequence[str], *, words: Text = NO_TEXT, **attrs: object) -> None:
        super().__init__(decls, **attrs)  # type: ignore[arg-type]
        self.words = words

    def row(self, lang: Lang) -> tuple[str, str]:
        return self.metavar or (self.name or "").upper(), self.words.in_(lang)


class Context(click.Context):
    """Writes help in the language of the settings."""

    def make_formatter(self) -> click.HelpFormatter:
        return HelpPage(settings_of(self).lang)


class Verb(click.Command):
    """A command whose help is in both languages: ``words`` (one line), ``more`` (what follows)."""

    context_class = Context

    def __init__(self, name: str | None, *, words: Text, more: Text = NO_TEXT, **attrs: object) -> None:
        super().__init__(name, help=words.en, add_help_option=False, **attrs)  # type: ignore[arg-type]
        self.words, self.more = words, more
        self.params += [*common_options(), help_option()]

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        lang = settings_of(ctx).lang
        self.format_usage(ctx, formatter)
        page = cast(HelpPage, formatter)
        page.write_body(self.words.in_(lang))
        if self.more:
            page.write_body(self.more.in_(lang))
        page.write_rows(
            Text("Arguments", "参数"), [p.row(lang) for p in self.params if isinstance(p, WordsArgument)]
        )
        options = [p for p in self.params if isinstance(p, WordsOption) and not p.hidden]
        page.write_rows(Text("Options", "选项"), [p.row(lang) for p in options if not p.common])
        page.write_rows(Text("Common options", "通用选项"), [p.row(lang) for p in options if p.common])

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        lang = settings_of(ctx).lang
        pieces = ["[选项]" if lang is Lang.ZH else "[OPTIONS]"]
        for param in self.params:
            if isinstance(param, WordsArgument):
                shown = param.row(lang)[0]
                many = "…" if param.nargs == -1 else ""
                pieces.append(f"{shown}{many}" if param.required else f"[{shown}{many}]")
        return pieces


def verb(
    words: Text, more: Text = NO_TEXT, name: str | None = None
) -> Callable[[Callable[Concatenate[Settings, P], int]], Verb]:
    """Make a command of a function that takes the settings and returns an exit code."""

    def decorate(function: Callable[Concatenate[Settings, P], int]) -> Verb:
        params = list(reversed(getattr(function, "__click_params__", [])))

        def callback(*args: P.args, **kwargs: P.kwargs) -> int:
            return function(settings_of(click.get_current_context()), *args, **kwargs)

        return Verb(name, words=words, more=more, params=params, callback=callback)

    return decorate


def option(*decls: str, **attrs: object) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Declare an option: ``option("-k", words=Text(…), metavar="TEXT")``."""
    return click.option(*decls, cls=WordsOption, **attrs)


def argument(*decls: str, **attrs: object) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Declare an argument: ``argument("paths", nargs=-1, words=Text(…))``."""
    return click.argument(*decls, cls=WordsArgument, **attrs)


def _set_lang(ctx: click.Context, _: click.Parameter, value: str | None) -> None:
    if value is not None:
        ctx.obj = with_lang(settings_of(ctx), value, os.environ)


def _set_color(ctx: click.Context, _: click.Parameter, value: str | None) -> None:
    if value is not None:
        ctx.obj = replace(settings_of(ctx), color=Color(value))


def _set_quiet(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        ctx.obj = replace(settings_of(ctx), quiet=True)


def _set_verbose(ctx: click.Context, _: click.Parameter, value: int) -> None:
    if value:
        ctx.obj = replace(settings_of(ctx), verbose=settings_of(ctx).verbose + value)


def _show_help(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        click.echo(ctx.get_help())
        ctx.exit()


def common_options() -> list[click.Parameter]:
    """Make the options that every command has, before and after the verb."""

    def common(decls: Sequence[str], words: Text, **attrs: object) -> WordsOption:
        attrs |= {"is_eager": True, "expose_value": False}
        return WordsOption(decls, words=words, common=True, **attrs)

    langs = OneOf(("en", "zh", "auto"))
    lang, color = (
        Text("Language of messages.", "消息使用的语言。"),
        Text("Colours; NO_COLOR is respected.", "是否使用颜色；遵守 NO_COLOR。"),
    )
    quiet, more = (
        Text("Results only, no summary.", "只输出结果，不输出汇总。"),
        Text("Say more.", "输出更多信息。"),
    )
    return [
        common(["--lang"], lang, type=langs, callback=_set_lang),
        common(["--color"], color, type=OneOf(Color), callback=_set_color),
        common(["-q", "--quiet"], quiet, is_flag=True, callback=_set_quiet),
        common(["-v", "--verbose"], more, count=True, callback=_set_verbose),
    ]


def help_option() -> WordsOption:
    return WordsOption(
        ["-h", "--help"], is_flag=True, is_eager=True, expose_value=False, common=True,
        callback=_show_help, words=Text("Show this page.", "显示本页。"),
    )  # fmt: skip
