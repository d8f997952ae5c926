"""Compile policies for somewhere else: a statement for a database, or the generated Python, with a header.

Assumes paths and names as a person typed them. Leaves text; nothing is printed or written. The header is of
comments only: of the policy there are names in it, of which letters, digits and a few signs are left.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from kamflow import __version__
from kamflow.app import compile_errors
from kamflow.base.diagnostic import Diagnostic
from kamflow.base.span import Source
from kamflow.base.text import Lang, Text
from kamflow.core.columns import ROOT, layout_of
from kamflow.core.expr import DefKey
from kamflow.core.program import EvalPlan, Program, uses_population
from kamflow.core.ty import BoolTy, EnumTy, ListTy, OptTy, ScaledTy, TextTy, Ty, UnitKind, strip_opt
from kamflow.engines.python.engine import Refused, compile_plan
from kamflow.engines.python.standalone import NoSource, standalone
from kamflow.project.engine import Engine, PolicyError, Question, UsageError
from kamflow.project.load import Project, load_project
from kamflow.project.slot import id_name_of
from kamflow.values.decimals import show_scaled

if TYPE_CHECKING:
    from kamflow.engines.sql.plan import SqlPlan
    from kamflow.engines.sql.script import Script, SourceTable


class Target(StrEnum):
    PYTHON = "python"
    DUCKDB = "duckdb"
    SPARK = "spark"
    POSTGRES = "postgres"
    SNOWFLAKE = "snowflake"
    BIGQUERY = "bigquery"


@dataclass(frozen=True, slots=True)
class CompileRequest:
    """``tables``: names of tables by child list (a dotted path; ``""``: the records themselves).

    ``key`` and ``view``: names of a column and of a view, or empty. ``typed``: the tables are those of
    ``core/columns.py``.
    """

    policies: tuple[Path, ...]
    target: Target
    as_of: date
    record: str | None = None
    only: tuple[str, ...] = ()
    tables: Mapping[str, str] = field(default_factory=dict)
    key: str = ""
    view: str = ""
    typed: bool = False


@dataclass(frozen=True, slots=True)
class Compiled:
    text: str
    record: str
    target: Target


@dataclass(frozen=True, slots=True)
class CannotCompile:
    """``not_compiled``: the policies are at fault; ``not_exact``: the target is; else the request."""

    findings: tuple[Diagnostic, ...]
    sources: Mapping[str, Source] = field(default_factory=dict)
    not_compiled: bool = False
    not_exact: bool = False


def compile_policies(request: CompileRequest, lang: Lang) -> Compiled | CannotCompile:
    """Compile the policies in force on a day for a target; what it can't do exactly is refused by name."""
    project = load_project(request.policies)
    try:
        engine = Engine(project)
        plan = engine.full_plan(Question(request.as_of, request.record, request.only))
    except PolicyError as error:
        return CannotCompile(error.findings, project.sources, not_compiled=True)
    except UsageError as error:
        return CannotCompile((error.finding,), project.sources)
    stretch = engine.stretch_on(request.as_of)
    lowered = stretch.lowered
    assert lowered is not None
    if request.target is Target.PYTHON:
        made = _python(project, lowered, plan, request)
    else:
        made = _sql(project, lowered, plan, request, lang, id_name_of(lowered.records[plan.record]))
    if isinstance(made, Diagnostic):
        return CannotCompile((made,), project.sources, not_exact=made.code == compile_errors.NOT_EXACT.code)
    return Compiled(made, plan.record, request.target)


# ---- SQL


def _sql(
    project: Project, program: Program, plan: EvalPlan, request: CompileRequest, lang: Lang, id_name: str
) -> str | Diagnostic:
    try:
        from kamflow.engines.sql.compile import compile_sql
        from kamflow.engines.sql.plan import Refused as NoPlan
        from kamflow.engines.sql.script import Sources, emit_script, quoted
    except ModuleNotFoundError as error:
        return compile_errors.no_sqlglot(error.name or "sqlglot")
    target = request.target
    made = compile_sql(program, plan, request.as_of.toordinal(), dialect=target)
    if isinstance(made, NoPlan):
        return compile_errors.not_exact(target, made.name, made.reason)
    names = _table_names(program, plan, request)
    if isinstance(names, Diagnostic):
        return names
    if request.typed:
        body, about = made.dialect.text(made.tree, pretty=True), list(_typed_contract(made, program))
    else:
        script = emit_script(program, made, Sources(names, request.key or id_name), lang)
        if isinstance(script, NoPlan):
            return compile_errors.not_exact(target, script.name, script.reason)
        body, about = script.text, list(_contract(script, program, made))
    lines = [*_header(project, program, plan, request), *about, *_ANSWERS[target is Target.SPARK]]
    text = "\n".join(f"-- {line}".rstrip() for line in lines)
    first = "SET spark.sql.ansi.enabled = true;\n\n" if target is Target.SPARK else ""
    view = f"CREATE OR REPLACE VIEW {quoted(request.view, made.dialect)} AS\n" if request.view else ""
    return f"{text}\n\n{first}{view}{body};\n"


def _table_names(program: Program, plan: EvalPlan, request: CompileRequest) -> dict[str, str] | Diagnostic:
    """Return the name of each table of the layout: as asked for, else by record and list."""
    layout = layout_of(program, plan.record)
    names: dict[str, str] = {}
    paths: dict[str, str] = {}
    for table in layout.tables:
        outer = paths.get(table.parent, "") if table.name != ROOT else ""
        path = ".".join(p for p in (outer, *table.path) if p)
        paths[table.name] = path
        usual = "_".join((plan.record, *path.split("."))) if path else plan.record
        names[table.name] = request.tables.get(path, usual)
    known = list(paths.values())
    for asked, name in request.tables.items():
        if asked not in known:
            return compile_errors.no_such_list(asked, [p for p in known if p])
        if not all(part.strip() for part in name.split(".")) or len(name.split(".")) > 3:
            return compile_errors.no_table_name(name)
    return names


_ANSWERS = {
    spark: (
        "",
        "Answers: one line for each line of the records' table. `ok` is no for a record that has no answer,",
        "or whose columns do not hold what is said above: then the others are NULL; `kamflow why` says why.",
        "NAME_row is the row of the table that answered, from 1; NAME_because its reason in the policy.",
        *(("Run it with ANSI mode on, as the first statement sets it.",) if spark else ()),
        "",
    )
    for spark in (False, True)
}


def _header(project: Project, program: Program, plan: EvalPlan, request: CompileRequest) -> Iterator[str]:
    yield f"Decisions on `{word(plan.record)}` as of {request.as_of.isoformat()}, for {request.target}."
    yield f"Made by kamflow {__version__} from policies {word(project.digest)}:"
    for policy in program.policies:
        yield f"  {word(policy.name)}  {word(policy.digest)}"
    yield "Not to be edited: change the policies and compile again. It holds for this day alone."


def _contract(script: Script, program: Program, made: SqlPlan) -> Iterator[str]:
    """Say what each column of the sources must hold."""
    for t in script.sources:
        yield ""
        yield f"Table `{word(t.name)}`: {_of_what(t, script)}"
        rows = [("column", "holds", "from", "to", "missing (NULL)")]
        for c in t.columns:
            if isinstance(strip_opt(c.column.ty), ListTy):
                rows.append((c.name, "yes/no: whether the list is there", "", "", "never"))
            elif not c.column.is_presence:
                missing = "never"
                if c.decl is not None and c.decl.has_default:
                    missing = "the default"
                elif c.decl is None or isinstance(c.column.ty, OptTy):
                    missing = (
                        "allowed" if c.decl is None or isinstance(c.decl.ty, OptTy) else "with its record"
                    )
                rows.append((c.name, *_holds(c.column.ty, made), missing))
        yield from _laid_out(rows)


def _of_what(t: SourceTable, script: Script) -> str:
    if t.table.name == ROOT:
        return f"the records, told apart by `{word(t.key or '')}`, which is unique and never NULL."
    outer = next(s for s in script.sources if s.table.name == t.table.parent)
    key = " `row` tells its lines apart." if t.key is not None else ""
    return (
        f"the lines of `{word('.'.join(t.table.path))}`; `parent` is the `{word(outer.key or '')}`"
        f" of `{word(outer.name)}`.{key}"
    )


def _holds(ty: Ty, made: SqlPlan) -> tuple[str, str, str]:
    match strip_opt(ty):
        case BoolTy():
            return "yes/no", "", ""
        case TextTy():
            return "text", "", ""
        case EnumTy(_, members, _):
            return "one of " + ", ".join(members), "", ""
        case ScaledTy(unit, _, lo, hi) if unit.kind is UnitKind.DATE:
            return "date", date.fromordinal(lo).isoformat(), date.fromordinal(hi).isoformat()
        case ScaledTy(unit, scale, lo, hi):
            what = {UnitKind.PERCENT: "percent points", UnitKind.MONEY: f"money {unit.currency}"}
            name = what.get(unit.kind, unit.kind.value)
            decimals = f", {scale} decimals" if scale else ", whole"
            return f"{name}{decimals}", show_scaled(lo, scale), show_scaled(hi, scale)
        case _:
            return "", "", ""


def _typed_contract(made: SqlPlan, program: Program) -> Iterator[str]:
    """Say what each typed column holds: the form in which an engine reads it."""
    for table in made.layout.tables:
        if table.name not in made.reads:
            continue
        of = made.layout.record if table.name == ROOT else ".".join(table.path)
        head = "`row`" if table.name == ROOT else "`row`, `parent` (the `row` of the line that it belongs to)"
        yield ""
        yield f"Table `{table.name}`: {word(of)}; columns {head} and"
        rows = [("column", "type", "field", "holds", "from", "to")]
        for c in table.columns:
            if c.name in made.reads[table.name]:
                holds, lo, hi = _typed_holds(c.ty)
                kind = made.dialect.types[c.physical]
                rows.append((c.name, kind, ".".join(c.path) or "value", holds, lo, hi))
        yield from _laid_out(rows)
    yield ""
    yield "Columns of the answer: `row`, `ok`, then"
    out: list[tuple[str, ...]] = [("column", "is", "holds", "from", "to")]
    out += [(o.name, o.key.name, *_typed_holds(o.ty)) for o in made.outputs]
    out += [
        (f"r{i}", _plain_key(k), "row from 0, or a bit for each row", "", "")
        for i, k in enumerate(made.row_keys)
    ]
    out += [(f"o{i}", _plain_key(k), "a bit for each rule", "", "") for i, k in enumerate(made.override_keys)]
    yield from _laid_out(out)


def _plain_key(key: DefKey) -> str:
    return key.name.replace("#", " ")


def _typed_holds(ty: Ty) -> tuple[str, str, str]:
    match strip_opt(ty):
        case EnumTy(_, members, _):
            codes = ", ".join(f"{i} {m}" for i, m in enumerate(members))
            return f"code: {codes}", "0", str(len(members) - 1)
        case ScaledTy(unit, scale, lo, hi):
            name = unit.currency or unit.kind.value
            return (f"{name} in 1/{10**scale}" if scale else name), str(lo), str(hi)
        case BoolTy():
            return "yes/no", "", ""
        case TextTy():
            return "text", "", ""
        case _:
            return "list or presence", "", ""


def _laid_out(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    rows = [[word(cell) for cell in row] for row in rows]
    widths = [min(40, max(len(row[i]) for row in rows)) for i in range(len(rows[0]))]
    for row in rows:
        yield "  " + "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip()


_ALLOWED = frozenset(" .,:-_/()#")


def word(text: str) -> str:
    """Return a name as it may stand in a comment: letters, digits and a few signs."""
    return "".join(ch if ch.isalnum() or ch in _ALLOWED else "?" for ch in text)


# ---- Python


def _python(project: Project, program: Program, plan: EvalPlan, request: CompileRequest) -> str | Diagnostic:
    if uses_population(program, plan):
        why = Text("it compares each record with all others", "它需要把每条记录与其他所有记录比较")
        return compile_errors.not_exact(Target.PYTHON, plan.record, why)
    made = compile_plan(program, plan)
    if isinstance(made, Refused):
        why = Text(made.reason, made.reason)
        return compile_errors.not_exact(Target.PYTHON, made.name, why)
    found = standalone(made.bind(request.as_of))
    if isinstance(found, NoSource):
        return compile_errors.not_exact(Target.PYTHON, plan.record, found.reason)
    lines = list(_header(project, program, plan, request))
    lines.append("")
    lines.append(f"Needs kamflow {__version__} where it runs: {', '.join(found.needs) or 'nothing of it'}.")
    lines.append(
        "`decide(record)` takes a dict as JSON gives it, and returns None where the record is not of the"
    )
    lines.append(
        "plain form that this code reads, or has no answer: `Engine.evaluate` decides it, or says why not."
    )
    rows = [("output", "holds", "from", "to")]
    rows += [(k.name, *_typed_holds(program.defs[k].ty)) for k in plan.outputs]
    lines += _laid_out(rows)
    text = "\n".join(f"# {line}".rstrip() for line in lines)
    names = ", ".join(repr(k.name) for k in plan.outputs)
    return f"{text}\n\n{found.source}\nOUTPUTS = ({names},)\n{_DECIDE.format(day=request.as_of.toordinal())}"


_DECIDE = '''
AS_OF = {day}


def decide(record):
    """Return the outputs by name as integers of their scale, or None: ask the engine."""
    found = F0(record, AS_OF)
    return None if found is None else dict(zip(OUTPUTS, found))
'''

__all__ = ["CannotCompile", "CompileRequest", "Compiled", "Target", "compile_policies", "word"]
