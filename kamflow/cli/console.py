"""What commands write: results to stdout, everything else to stderr.

Assumes: texts free of terminal escapes of other people (see ``base.display.visible``).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import IO, assert_never

import kamflow
from kamflow.app.settings import Color, Settings
from kamflow.base.diagnostic import Diagnostic
from kamflow.base.span import Source
from kamflow.base.text import Text


class Form(StrEnum):
    """How findings are written."""

    FULL = "full"
    CONCISE = "concise"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"
    JUNIT = "junit"


def use_color(settings: Settings, stream: IO[str]) -> bool:
    """Say whether a stream gets colours: asked for, or a terminal that wants them."""
    if settings.color is not Color.AUTO:
        return settings.color is Color.ALWAYS
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb" and stream.isatty()


def put(text: str) -> None:
    """Write a result."""
    sys.stdout.write(text)


def tell(settings: Settings, text: Text) -> None:
    """Write a line about the work to stderr; `--quiet` leaves it out."""
    if not settings.quiet:
        complain(settings, text)


def complain(settings: Settings, text: Text) -> None:
    """Write a line to stderr that even `--quiet` needs: what went wrong."""
    sys.stdout.flush()  # the order on a terminal
    sys.stderr.write(text.in_(settings.lang) + "\n")


def put_findings(
    findings: Sequence[Diagnostic], sources: Mapping[str, Source], settings: Settings, form: Form = Form.FULL
) -> None:
    """Write findings as a result."""
    color = use_color(settings, sys.stdout)
    put(render_findings(findings, sources, settings, form, color=color))


def tell_findings(findings: Sequence[Diagnostic], sources: Mapping[str, Source], settings: Settings) -> None:
    """Write findings for people to stderr: they are not the result, but must be seen."""
    sys.stdout.flush()
    color = use_color(settings, sys.stderr)
    sys.stderr.write(render_findings(findings, sources, settings, Form.FULL, color=color))


def render_findings(
    findings: Sequence[Diagnostic],
    sources: Mapping[str, Source],
    settings: Settings,
    form: Form,
    *,
    color: bool = False,
) -> str:
    from kamflow.base import render

    match form:
        case Form.FULL:
            return render.render_full(findings, sources, settings.lang, color)
        case Form.CONCISE:
            return render.render_concise(findings, sources, settings.lang)
        case Form.JSON:
            return render.render_json(findings, sources)
        case Form.SARIF:
            return render.render_sarif(findings, sources, settings.lang, kamflow.__version__)
        case Form.GITHUB:
            return render.render_github(findings, sources, settings.lang)
        case Form.JUNIT:
            return render.render_junit(findings, sources, settings.lang)
        case _:
            assert_never(form)
