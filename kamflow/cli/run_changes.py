"""`kamflow diff` at work: compare, decide the file that was named, write, and say which limits fail."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from kamflow.app.changes import CannotCompare, Compared, compare_versions
from kamflow.app.impact import Judged, judge
from kamflow.app.overlays import Overlay
from kamflow.app.portfolio_answers import PortfolioRequest
from kamflow.app.settings import Settings
from kamflow.base.collector import collector_at_rest
from kamflow.base.diagnostic import Diagnostic
from kamflow.base.text import NO_TEXT, Text
from kamflow.base.write_file import write_text
from kamflow.cli import exits
from kamflow.cli.console import put, put_findings, tell, tell_findings, use_color
from kamflow.cli.eval import day_of
from kamflow.cli.frame import Refused
from kamflow.impact import impact
from kamflow.impact.gates import Gate, parse_max_cost, parse_max_moved

_MOST_NAMED = 1000


@dataclass(frozen=True, slots=True)
class Wanted:
    """The command line, taken apart."""

    old: str
    new: str | None
    record: str | None
    only: tuple[str, ...]
    facts: bool
    as_of: date | None
    data: str | None
    portfolio: str | None
    by: tuple[str, ...]
    top: int
    max_moved: tuple[str, ...]
    max_cost: tuple[str, ...]
    fail_on_change: bool
    prove: bool
    overlay: Overlay
    ignore_unknown: bool
    sheet: str | None
    form: str
    output: str | None


def run(settings: Settings, wanted: Wanted) -> int:
    """Do what the command line says; return the exit code."""
    with collector_at_rest():  # policies and queries are kept to the end, and what is read leaves no cycles
        return _run(settings, wanted)


def _run(settings: Settings, wanted: Wanted) -> int:
    gates = _gates(wanted)
    _refuse_idle(wanted)
    day = wanted.as_of if wanted.data is None else day_of(wanted.as_of, settings)
    found = compare_versions(
        (wanted.old, wanted.new or ""), settings.policies, settings.root,
        record=wanted.record or "", only=wanted.only, facts=wanted.facts, as_of=wanted.as_of,
        quick=wanted.data is not None and not wanted.prove, overlay=wanted.overlay,
    )  # fmt: skip
    if isinstance(found, CannotCompare):
        put_findings(found.findings, found.sources, settings)
        return exits.USAGE if found.compiles else exits.NOT_COMPILED
    judged: Judged | None = None
    if wanted.data is not None and day is not None:
        request = PortfolioRequest(
            wanted.data, day, wanted.portfolio, wanted.record or settings.record, wanted.only, wanted.by,
            wanted.ignore_unknown, wanted.sheet,
        )  # fmt: skip
        answer = judge(*found.projects, request, impact.Wanted(wanted.by, wanted.top), gates)
        if not isinstance(answer, Judged):
            tell_findings(answer, {}, settings)
            return exits.USAGE
        judged = answer
    _put(found, judged, settings, wanted)
    return _code(found, judged, settings, wanted, has_gates=bool(gates))


def _code(
    found: Compared, judged: Judged | None, settings: Settings, wanted: Wanted, *, has_gates: bool
) -> int:
    """Say which limits fail; with limits these alone count, unless every change is to fail."""
    if judged is not None and judged.failed:
        sys.stdout.flush()
        tell_findings(judged.failed, {}, settings)
        return exits.FINDINGS
    moved = judged is not None and judged.impact.moved > 0
    is_equal = found.comparison.is_equal and not moved
    return exits.FINE if is_equal or (has_gates and not wanted.fail_on_change) else exits.FINDINGS


def _refuse_idle(wanted: Wanted) -> None:
    """Refuse options that would be without effect, and values that make no sense."""
    if wanted.data is None:
        idle = {
            "--max-moved": wanted.max_moved, "--max-cost": wanted.max_cost, "--by": wanted.by,
            "--portfolio": wanted.portfolio, "--prove": wanted.prove, "--sheet": wanted.sheet,
            "--format html": wanted.form == "html",
        }  # fmt: skip
        name = next((n for n, given in idle.items() if given), None)
        if name is not None:
            raise Refused(Text(f"{name} needs --data FILE", f"{name} 需要配合 --data 文件"))
    if wanted.data == "-":
        raise Refused(Text("--data takes a file, not -", "--data 应为文件，不能是 -"))
    if not 0 <= wanted.top <= _MOST_NAMED:
        raise Refused(Text(f"--top takes 0 to {_MOST_NAMED}", f"--top 应为 0 到 {_MOST_NAMED}"))
    if wanted.form == "html" and wanted.output is None and sys.stdout.isatty():
        raise Refused(Text("html needs a file: add -o FILE", "html 需要写入文件：请加上 -o 文件"))


def _gates(wanted: Wanted) -> list[Gate]:
    out: list[Gate] = []
    for parsed in (*map(parse_max_moved, wanted.max_moved), *map(parse_max_cost, wanted.max_cost)):
        if isinstance(parsed, Diagnostic):
            hint = parsed.hint or NO_TEXT
            raise Refused(Text(f"{parsed.message.en}: {hint.en}", f"{parsed.message.zh}：{hint.zh}"))
        out.append(parsed)
    return out


# ---- output


def _put(found: Compared, judged: Judged | None, settings: Settings, wanted: Wanted) -> None:
    """Print the result, or write it over the file in one step."""
    if wanted.form == "text" and wanted.output is None:
        for line in _lines(found, judged, settings, color=use_color(settings, sys.stdout)):
            put(f"{line}\n")
    else:
        text = _text(found, judged, settings, wanted.form)
        if wanted.output is None:
            put(text)
        else:
            write_text(Path(wanted.output), text)
    if judged is None and wanted.form == "text":
        _tell_undecided(found, settings)


def _text(found: Compared, judged: Judged | None, settings: Settings, form: str) -> str:
    match form:
        case "json":
            from kamflow.base.render.jsons import dump_json
            from kamflow.cli.changes_json import comparison_json
            from kamflow.cli.impact_json import impact_json

            out = comparison_json(found)
            if judged is not None:
                out["impact"] = impact_json(judged)
            return dump_json(out)
        case "html":
            from kamflow.cli.impact_html import impact_html

            assert judged is not None, "html is refused without --data"
            return impact_html(found, judged, settings.lang)
        case _:
            return "".join(f"{x}\n" for x in _lines(found, judged, settings, color=False))


def _lines(found: Compared, judged: Judged | None, settings: Settings, *, color: bool) -> Iterator[str]:
    if judged is not None:
        from kamflow.cli.impact_text import impact_lines

        return impact_lines(found, judged, settings, color=color)
    from kamflow.cli.changes_text import comparison_lines

    return comparison_lines(found, settings, color=color)


def _tell_undecided(found: Compared, settings: Settings) -> None:
    from kamflow.compare.errors import not_decided

    undecided: Sequence[Diagnostic] = [not_decided(o) for o in found.comparison.outputs if o.is_undecided]
    if undecided and not settings.quiet:
        sys.stdout.flush()
        tell(settings, Text(""))
        tell_findings(undecided, {}, settings)
