"""Records of files, decided for reports: a ``Portfolio`` of columns, or why there is none.

Assumes: files that are there. Leaves: values of fields and decisions in columns; the records themselves are
read twice (measured, then decided) and not kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from kamflow.app.eval import CannotEval, EvalRequest, best_record
from kamflow.app.eval_portfolio import placed_of, survey_of
from kamflow.app.eval_tally import Tally
from kamflow.app.overlays import Overlay, with_overlay
from kamflow.app.report_columns import Columns
from kamflow.app.report_input import Files, Joined, Records, join, missing_files
from kamflow.base.diagnostic import Diagnostic
from kamflow.base.suggest import suggest
from kamflow.base.text import Text
from kamflow.core.expr import DefKey
from kamflow.core.program import Program, make_plan, population_terms
from kamflow.portfolio import RawRecord
from kamflow.project import errors as project_errors
from kamflow.project.cutoffs import Placed
from kamflow.project.engine import Engine, Question, UsageError, root_records
from kamflow.project.load import load_project
from kamflow.project.overlay import NotOverlaid
from kamflow.report import errors
from kamflow.report.cases import CaseFile
from kamflow.report.catalog import ASSUMPTIONS, REPORTS
from kamflow.report.portfolio import Assumption, Portfolio
from kamflow.report.roles import ROLES, names_for
from kamflow.values.decimals import scaled_from_text

if TYPE_CHECKING:
    from kamflow.batch.children import ChildFile

_NO_OVERLAY = Overlay()


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """``reports``: names, or ``all``. ``names``: what roles are called here. ``overlay`` as for ``eval``."""

    inputs: tuple[str, ...]
    policies: tuple[Path, ...]
    as_of: date
    reports: tuple[str, ...] = ("all",)
    record: str | None = None
    names: Mapping[str, str] | None = None
    assumptions: Mapping[str, Assumption] | None = None
    overlay: Overlay = _NO_OVERLAY
    ignore_unknown: bool = False
    sheet: str | None = None
    children: tuple[ChildFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Gathered:
    """``tally``: what was found in the records, counted; ``problems`` of whole files are in it."""

    portfolio: Portfolio
    tally: Tally


def report_names(said: str) -> tuple[str, ...] | Diagnostic:
    """Return the reports that a name means; several are given with commas."""
    asked = tuple(n.strip() for n in said.split(",") if n.strip())
    if "all" in asked:
        return tuple(REPORTS)
    for name in asked:
        if name not in REPORTS:
            return errors.no_such_report(name, REPORTS, suggest(name, (*REPORTS, "all")))
    return asked if asked else errors.no_such_report(said, REPORTS, None)


def parse_assumptions(said: tuple[str, ...]) -> dict[str, Assumption] | Diagnostic:
    """Read ``silent=9%`` and the like; a share is from 0 to 100 %, a number a whole one from 0."""
    found: dict[str, Assumption] = {}
    for one in said:
        name, _, text = one.partition("=")
        known = ASSUMPTIONS.get(name.strip())
        if known is None:
            return errors.no_assumption(
                one, Text(f"there is no assumption `{name}`", f"没有名为“{name}”的假设"), ASSUMPTIONS
            )
        is_share, text = known.value > 0 and known.ty.scale == 2, text.strip()
        value = scaled_from_text(text.removesuffix("%") if is_share else text, known.ty.scale)
        top = 10_000 if is_share else 10**6
        if not isinstance(value, int) or not 0 <= value <= top or (is_share and not text.endswith("%")):
            what = Text("a percent from 0% to 100%", "0% 到 100% 的百分比")
            if not is_share:
                what = Text("a whole number from 0", "0 或更大的整数")
            return errors.no_assumption(
                one,
                Text(f"`{name}` takes {what.en}, not `{text}`", f"“{name}”应为 {what.zh}，不能是“{text}”"),
                ASSUMPTIONS,
            )
        found[known.name] = replace(known, value=value)
    return found


def parse_names(said: tuple[str, ...]) -> dict[str, str] | Diagnostic:
    """Read ``tier=net_tier``: what a role is called in these policies."""
    found: dict[str, str] = {}
    for one in said:
        role, _, name = (x.strip() for x in one.partition("="))
        if role not in ROLES or not name:
            return errors.no_role(
                one, Text(f"`{one}` names no role and field", f"“{one}”没有指明角色与字段"), ROLES
            )
        found[role] = name
    return found


def gather(request: ReportRequest, cases: tuple[CaseFile, ...] | None = None) -> Gathered | CannotEval:
    """Decide all records of the files for the reports that are asked for."""
    project = load_project(request.policies)
    if project.has_errors:
        return CannotEval(project.findings, project.sources, not_compiled=True)
    laid = with_overlay(project, request.overlay)
    if isinstance(laid, NotOverlaid):
        return CannotEval(laid.findings, laid.sources)
    try:
        with ExitStack() as stack:
            return _gathered(request, Engine(laid), cases, stack)
    except UsageError as wrong:
        return CannotEval((wrong.finding,), laid.sources)


def _gathered(
    request: ReportRequest, engine: Engine, cases: tuple[CaseFile, ...] | None, stack: ExitStack
) -> Gathered | CannotEval:
    stretch = engine.stretch_on(request.as_of)
    assert stretch.program is not None
    assert stretch.lowered is not None
    tally = Tally()
    record = request.record or _record_in(request, stretch.program, tally)
    if record is None or record not in stretch.program.records:
        roots = root_records(stretch.program)
        near = suggest(record or "", stretch.program.records)
        return CannotEval((*tally.problems, project_errors.which_record(roots, record or "", near)))
    asked = tuple(dict.fromkeys(r for n in request.reports for r in REPORTS[n].roles))
    names = names_for(asked, request.names or {})
    outputs = tuple(n for n in names if DefKey(record, n) in stretch.lowered.defs)
    fields = tuple(n for n in names if n not in outputs)
    records = _records(request, stretch.lowered, record, stack)
    if isinstance(records, Diagnostic):
        return CannotEval((records,))
    if outputs:
        placed = _placed(request, engine, record, outputs, records)
        if placed is not None:
            engine = Engine(engine.project, engine.overlay, placed=placed)
    columns = Columns(engine, Question(request.as_of, record, outputs), fields)
    columns.read(records.items(tally), tally, ignore_unknown=request.ignore_unknown)
    if isinstance(records, Joined):
        records.count_strays(tally, columns.id_name)
    made = Portfolio(
        records.name, request.as_of, stretch.program, record, columns.series(), columns.ids,
        tally.read,
        tally.rejected, cases, request.names or {}, request.assumptions or {},
        (tally.stray_lines, tally.lines),
    )  # fmt: skip
    return Gathered(made, tally)


def _records(request: ReportRequest, program: Program, record: str, stack: ExitStack) -> Records | Diagnostic:
    """Open what the records come from; files that are missing are told where they are read."""
    gone = missing_files(request.inputs, request.children) if request.children else []
    if gone or not request.children:
        return Files(gone or request.inputs, request.sheet)
    return join(stack, request.inputs, request.children, program, record)


def _record_in(request: ReportRequest, program: Program, tally: Tally) -> str | None:
    roots = root_records(program)
    if len(roots) == 1:
        return roots[0]
    files = Files(request.inputs, request.sheet)
    first = next((i for i in files.items(tally) if isinstance(i, RawRecord)), None)
    if first is None:  # nothing to tell it by: what most policies are about
        return max(program.records, key=lambda r: len(program.outputs_of(r)), default=None)
    return best_record(program, roots, first.raw)


def _placed(
    request: ReportRequest, engine: Engine, record: str, outputs: tuple[str, ...], records: Records
) -> Placed | None:
    """Measure everybody, where a decision compares with all others."""
    lowered = engine.stretch_on(request.as_of).lowered
    assert lowered is not None
    plan = make_plan(lowered, record, outputs)
    terms = population_terms(lowered, plan.order)
    if not terms:
        return None
    asked = EvalRequest((records.name,), (), request.as_of, ignore_unknown=request.ignore_unknown)
    seen = Tally()  # what can't be read is told when it is decided
    survey = survey_of(records.items(seen), asked, lowered, plan, terms, engine.overlay, seen)
    if not survey.size:
        return survey.placed(request.as_of, engine.digest)
    found = placed_of(survey, records.name, asked, engine.digest, seen)
    return found if isinstance(found, Placed) else None
