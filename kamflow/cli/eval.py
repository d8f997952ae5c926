"""`kamflow eval`: decide every record of a file; results to stdout or a file, the summary to stderr."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from kamflow.app.settings import Settings
from kamflow.base.text import Text
from kamflow.cli import exits, record_options
from kamflow.cli.console import tell, tell_findings
from kamflow.cli.frame import OneOf, Refused, argument, option, verb

if TYPE_CHECKING:
    from kamflow.app.eval import CannotEval, EvalRequest, EvalRun
    from kamflow.base.diagnostic import Diagnostic
    from kamflow.cli.eval_output import Output
    from kamflow.cli.eval_summary import Progress
    from kamflow.portfolio import RecordWriter

FORMATS = ("table", "json", "ndjson", "csv", "xlsx", "parquet")
_IN_FORMATS = ("json", "ndjson", "csv", "xlsx", "parquet")
_ENGINES = ("auto", "python", "duckdb", "native", "spark")
_BINARY = frozenset({"xlsx", "parquet"})
_FLAT = frozenset({"csv", "xlsx", "parquet"})


@verb(
    Text("Decide every record of a file.", "对文件中的每条记录作出决策。"),
    Text(
        "INPUT: json, ndjson, csv, xlsx or parquet; - is standard input. On a terminal the result is a"
        " table, else ndjson. Records that can't be decided don't stop the others: exit code 3.",
        "INPUT 可为 json、ndjson、csv、xlsx 或 parquet 文件，- 表示标准输入。"
        "在终端上输出表格，否则输出 ndjson。"
        "个别记录无法决策不影响其他记录，此时退出码为 3。",
    ),
)
@argument(
    "inputs",
    nargs=-1,
    metavar="INPUT",
    words=Text("Files of records; none where --child makes them.", "记录文件；用 --child 生成记录时可省略。"),
)
@option(
    "--child",
    "child",
    multiple=True,
    metavar="FIELD=FILE[:KEY]",
    words=Text("A child list from a file of its own; may be repeated.", "来自单独文件的明细列表，可重复。"),
)
@option(
    "--map",
    "map_file",
    metavar="FILE",
    words=Text("Which columns of child files are which fields (toml).", "明细文件的列与字段对照（toml）。"),
)
@record_options.policies
@record_options.as_of
@record_options.portfolio
@record_options.cutoffs
@option(
    "--write-cutoffs",
    metavar="FILE",
    words=Text("Write the portfolio's cut-offs there.", "把全体客户的界值写入该文件。"),
)
@record_options.record
@option(
    "--only",
    multiple=True,
    metavar="NAME",
    words=Text("Only these outputs: NAME,NAME; may be repeated.", "只要这些输出：名称,名称；可重复。"),
)
@option("--explain", is_flag=True, words=Text("Say why, for every decision.", "说明每项决策的原因。"))
@option("--format", "form", type=OneOf(FORMATS), words=Text("Form of the result.", "结果格式。"))
@option("-o", "--output", metavar="FILE", words=Text("Write the result there.", "把结果写入文件。"))
@option(
    "--rejects",
    metavar="FILE",
    words=Text("Write rejected records there (ndjson).", "把被拒记录写入该文件（ndjson）。"),
)
@option(
    "--reject-limit",
    type=int,
    metavar="N",
    words=Text("Stop when more than N are rejected.", "被拒记录超过 N 条时停止。"),
)
@record_options.ignore_unknown
@record_options.scenario
@record_options.overlay_set
@record_options.overlay_file
@record_options.sheet
@option(
    "--engine",
    type=OneOf(_ENGINES),
    default="auto",
    words=Text(
        "What decides: auto, python, duckdb, native or spark.",
        "执行引擎：auto、python、duckdb、native 或 spark。",
    ),
)
@option(
    "--workers",
    type=int,
    metavar="N",
    words=Text("Threads of an engine over columns [default: all].", "列式引擎的线程数（默认全部）。"),
)
@option(
    "--db", metavar="URL",
    words=Text(
        "Show stages from this database [default: kamflow.db, if there].",
        "显示该数据库中的客户阶段（默认 kamflow.db，若存在）。",
    ),
)  # fmt: skip
@option("--no-stages", is_flag=True, words=Text("Decisions only.", "只要决策，不显示阶段。"))
@option(
    "--input-format", type=OneOf(_IN_FORMATS),
    words=Text("Format of standard input.", "标准输入的格式。"),
)  # fmt: skip
def command(
    settings: Settings,
    inputs: tuple[str, ...],
    child: tuple[str, ...],
    map_file: str | None,
    policies: tuple[str, ...],
    as_of: date | None,
    portfolio: str | None,
    cutoffs: str | None,
    write_cutoffs: str | None,
    record: str | None,
    only: tuple[str, ...],
    explain: bool,
    form: str | None,
    output: str | None,
    rejects: str | None,
    reject_limit: int | None,
    ignore_unknown: bool,
    scenario: str | None,
    sets: tuple[str, ...],
    overlay: str | None,
    sheet: str | None,
    engine: str,
    workers: int | None,
    db: str | None,
    no_stages: bool,
    input_format: str | None,
) -> int:
    from kamflow.app.eval import CannotEval, EvalRequest
    from kamflow.app.overlays import Overlay
    from kamflow.batch.engines import EngineName

    if workers is not None and workers < 1:
        raise Refused(Text("--workers: at least 1", "--workers：至少为 1"))
    chosen = _form(form, output, explain=explain)
    request = EvalRequest(
        inputs=inputs,
        policies=paths_of(policies, settings),
        as_of=day_of(as_of, settings),
        portfolio=portfolio,
        cutoffs=cutoffs,
        write_cutoffs=write_cutoffs,
        record=record or settings.record,
        only=names_of(only),
        explain=explain,
        reasons=chosen == "table" and not explain,
        ignore_unknown=ignore_unknown,
        scenario=scenario,
        sheet=sheet,
        input_format=input_format,
        overlay=Overlay(sets, overlay),
        engine=EngineName(engine),
        workers=workers,
        keeps_rejects=rejects is not None,
    )
    run = _start(request, child, map_file)
    if not isinstance(run, CannotEval) and not no_stages:
        run = _with_stages(run, settings, db)
    if isinstance(run, CannotEval):
        return refuse(run, settings)
    if run.guessed:
        tell(
            settings,
            Text(f"record: {run.record} (its fields fit best)", f"记录类型：{run.record}（字段最匹配）"),
        )
    return _work(run, settings, chosen, output, rejects, reject_limit)


def _start(request: EvalRequest, child: tuple[str, ...], map_file: str | None) -> EvalRun | CannotEval:
    from kamflow.app.eval import CannotEval
    from kamflow.app.eval_batch import start_run

    if not child:
        if not request.inputs:
            raise Refused(Text("Missing argument 'INPUT...'.", "缺少参数 INPUT。"))
        return start_run(request)
    from kamflow.app.eval_joined import children_of, start_joined
    from kamflow.base.diagnostic import Diagnostic

    children = children_of(child, map_file)
    return CannotEval((children,)) if isinstance(children, Diagnostic) else start_joined(request, children)


def _with_stages(run: EvalRun, settings: Settings, db: str | None) -> EvalRun | CannotEval:
    """Add where the customers stand, if a database of cases says so; then records go one by one."""
    said = db or settings.db
    if db is None and said.startswith("sqlite:///") and not Path(said.removeprefix("sqlite:///")).exists():
        return run  # before anything heavy is imported
    from kamflow.app.eval import CannotEval, EvalRun, start_eval
    from kamflow.app.eval_stages import find_stages
    from kamflow.base.diagnostic import Diagnostic

    stages = find_stages(said, run.record, run.request.as_of, asked=db is not None)
    if isinstance(stages, Diagnostic):
        return CannotEval((stages,))
    if stages is None:
        return run
    single = run if type(run) is EvalRun else start_eval(run.request)
    if not isinstance(single, CannotEval):
        single.stages = stages
    return single


# ---- what `why` shares


def paths_of(policies: Sequence[str], settings: Settings) -> tuple[Path, ...]:
    return tuple(Path(p) for p in policies) or settings.policies


def names_of(only: Sequence[str]) -> tuple[str, ...]:
    """Split ``tier,net_price``; each name once."""
    return tuple(dict.fromkeys(n.strip() for part in only for n in part.split(",") if n.strip()))


def day_of(asked: date | None, settings: Settings) -> date:
    """Return the day asked for, or today, which is then said."""
    day = asked or settings.as_of
    if day is not None:
        return day
    today = date.today()  # noqa: DTZ011 - the day where the person sits; it is printed and recorded
    tell(
        settings,
        Text(
            f"as of {today} (today; --as-of says another day)",
            f"决策日期：{today}（今天；可用 --as-of 指定）",
        ),
    )
    return today


def refuse(found: CannotEval, settings: Settings) -> int:
    """Say why nothing was decided."""
    tell_findings(found.findings, found.sources, settings)
    return exits.NOT_COMPILED if found.not_compiled else exits.USAGE


# ---- the run


def _form(form: str | None, output: str | None, *, explain: bool) -> str:
    """Settle the format: asked for, by the file's name, or by where it goes."""
    from kamflow.portfolio import format_of

    if form is None:
        if output is not None and output != "-":
            form = format_of(output)
            if form is None:
                raise Refused(
                    Text(
                        f"the name {output} says no format: end it in .json, .ndjson, .csv, .xlsx or"
                        " .parquet, or add --format",
                        f"从文件名 {output} 看不出格式：请以 .json、.ndjson、.csv、.xlsx 或 .parquet 结尾，"
                        "或加上 --format",
                    )
                )
        else:
            form = "table" if sys.stdout.isatty() else "ndjson"
    if form in _BINARY and output is None and sys.stdout.isatty():
        raise Refused(Text(f"{form} needs a file: add -o FILE", f"{form} 需要写入文件：请加上 -o 文件"))
    if explain and form in _FLAT:
        raise Refused(
            Text(
                f"--explain has no place in {form}: use table, json or ndjson",
                f"{form} 放不下 --explain 的内容：请用 table、json 或 ndjson",
            )
        )
    return form


def _work(
    run: EvalRun, settings: Settings, form: str, output: str | None, rejects: str | None, limit: int | None
) -> int:
    """Decide, write, count; what is not finished leaves no file."""
    from kamflow.app import eval_errors
    from kamflow.base.diagnostic import Diagnostic
    from kamflow.cli.eval_output import open_output
    from kamflow.cli.eval_summary import Progress, put_summary
    from kamflow.portfolio import open_writer

    started = time.monotonic()
    with ExitStack() as stack:
        sink = open_output(run, settings, form, output)
        if isinstance(sink, Diagnostic):
            return _cannot(sink, settings)
        stack.callback(sink.drop)
        bin_ = None if rejects is None else open_writer(rejects, format="ndjson")
        if isinstance(bin_, Diagnostic):
            return _cannot(bin_, settings)
        if bin_ is not None:
            stack.enter_context(bin_)
        wanted = output is not None or not sys.stdout.isatty()
        with Progress(settings, wanted=wanted) as progress:
            stopped = _drain(run, sink, bin_, settings, limit, progress)
        nothing = not run.tally.read and run.tally.problems
        files: list[Output | RecordWriter] = [] if stopped or nothing else [sink]
        files += [] if bin_ is None or nothing else [bin_]
        failures = [f.ready() for f in files]
        if not any(failures):  # both are written: now they may be seen
            failures = [f.finish() for f in files]
    put_summary(run, settings, time.monotonic() - started, rejects)
    for failure in failures:
        if failure is not None:
            return _cannot(failure, settings)
    if stopped and limit is not None:
        tell_findings((eval_errors.reject_limit(limit, output),), {}, settings)
    if nothing:
        return exits.USAGE
    return exits.FINE if run.tally.is_whole else exits.REJECTED


def _drain(
    run: EvalRun, sink: Output, bin_: RecordWriter | None, settings: Settings, limit: int | None,
    progress: Progress,
) -> bool:  # fmt: skip
    """Take all answers; say whether it stopped because too many were rejected."""
    from kamflow.app.eval import Refusal
    from kamflow.batch.decided import Block, Written
    from kamflow.cli.eval_output import reject_of

    tally = run.tally
    for answer in sink.answers(run):
        if isinstance(answer, Block):
            sink.write_block(answer)
        elif isinstance(answer, Written):
            pass
        elif isinstance(answer, Refusal):
            if bin_ is not None:
                bin_.write(reject_of(answer, settings.lang))
            if limit is not None and tally.rejected > limit:
                return True
        else:
            sink.write(answer)
        progress.step(tally.read)
    return False


def _cannot(finding: Diagnostic, settings: Settings) -> int:
    tell_findings((finding,), {}, settings)
    return exits.USAGE
