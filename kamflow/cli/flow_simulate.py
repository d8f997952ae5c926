"""`kamflow flow simulate`: customers over years, complaints with people who take their time."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from kamflow.app.settings import Settings
from kamflow.base.text import Text
from kamflow.cli import exits
from kamflow.cli import flow_options as on
from kamflow.cli.console import tell
from kamflow.cli.frame import DAY, Refused, argument, option, verb
from kamflow.cli.measure_options import Count
from kamflow.cli.record_options import overlay_set

if TYPE_CHECKING:
    from kamflow.workflow.model import Duration

_DURATION = re.compile(r"([1-9][0-9]{0,3})\s*(day|week|business day)?s?")


@verb(
    Text(
        "Simulate customers over years: where they stand, how often they turn back.",
        "模拟客户多年的变化：各阶段分布、反复次数、衰退识别情况。",
    ),
    Text(
        "Lives of customers are drawn from a seed; the facts that follow take the way of every record.\n"
        "A year before --start is simulated too and does not count.\n"
        "  kamflow flow simulate --customers 1000 --years 3 --complaints -o months.csv\n"
        "  kamflow flow simulate --grid hold:stable_declines=14,30,60 --set silent_for='4 months'",
        "客户的真实状态由随机种子生成，得到的数据与真实记录一样经过策略判定。\n"
        "--start 之前先模拟一年，不计入结果。\n"
        "  kamflow flow simulate --customers 1000 --years 3 --complaints -o months.csv\n"
        "  kamflow flow simulate --grid hold:stable_declines=14,30,60 --set silent_for='4 months'",
    ),
    name="simulate",
)
@argument(
    "workflow",
    required=False,
    metavar="WORKFLOW",
    words=Text("A lifecycle [default: customer-lifecycle].", "生命周期流程（默认 customer-lifecycle）。"),
)
@option(
    "--customers",
    type=Count(),
    default=1000,
    show_default=True,
    metavar="N",
    words=Text("How many.", "客户数。"),
)
@option("--years", type=Count(), default=3, show_default=True, metavar="N", words=Text("How long.", "年数。"))
@option(
    "--seed",
    type=Count(),
    default=7,
    show_default=True,
    metavar="N",
    words=Text("Another seed, other lives.", "随机种子。"),
)
@option(
    "--start",
    type=DAY,
    default="2026-01-01",
    show_default=True,
    metavar="DATE",
    words=Text("The first day that counts.", "计入结果的第一天。"),
)
@option(
    "--review-every",
    "every",
    default="30 days",
    show_default=True,
    metavar="DURATION",
    words=Text("How often customers are reviewed: 7 days, 1 week.", "评审周期，如 7 days、1 week。"),
)
@option("--complaints", is_flag=True, words=Text("Simulate complaints too.", "同时模拟投诉。"))
@overlay_set
@option(
    "--grid",
    multiple=True,
    metavar="NAME=A,B",
    words=Text(
        "Try several values, with the same customers: hold:TRANSITION=14,30 or dwell:STATE=30,90 (days), "
        "PARAMETER=VALUE;VALUE. May be repeated.",
        "以同一批客户尝试多个取值：hold:迁移=14,30、dwell:状态=30,90（天）或 参数=值;值，可重复。",
    ),
)
@option(
    "--workers", type=Count(), default=1, show_default=True, metavar="N", words=Text("Processes.", "进程数。")
)
@option(
    "-o",
    "--output",
    metavar="FILE",
    words=Text("Write the months to a CSV file.", "把按月数据写入 CSV 文件。"),
)
@on.policies
@on.workflows
@on.form
def simulate(
    settings: Settings, workflow: str | None, customers: int, years: int, seed: int, start: date, every: str,
    complaints: bool, sets: tuple[str, ...], grid: tuple[str, ...], workers: int, output: str | None,
    policies: tuple[str, ...], workflows: tuple[str, ...], form: str | None,
) -> int:  # fmt: skip
    from kamflow.app.simulate import LIFECYCLE, SimulateRequest, simulate_files
    from kamflow.cli import flow_simulate_text as text
    from kamflow.cli.flow_simulate_json import as_json, csv_of

    cadence = _duration(every)
    if years > 50 or not 1902 < start.year <= 2100:
        raise Refused(
            Text(
                "at most 50 years are simulated, from a day between 1903 and 2100",
                "最多模拟 50 年，起始日须在 1903 至 2100 年之间",
            )
        )
    done = simulate_files(
        SimulateRequest(
            *on.paths_of(settings, policies, workflows), workflow or LIFECYCLE, customers, years, seed, start,
            cadence, sets, grid, complaints, workers,
        )
    )  # fmt: skip
    from kamflow.app.flow import CannotFlow

    if isinstance(done, CannotFlow):
        return on.refuse(settings, done)
    if output is not None and not _write(output, csv_of(done)):
        raise Refused(Text(f"`{output}` can't be written", f"无法写入“{output}”"))
    if on.wants_text(form):
        text.show(settings, done)
    else:
        on.put_json(as_json(done))
    first = done.variants[0].result
    tell(
        settings,
        Text(
            f"seed {seed}: {first.customers:,} customers from {first.first} to {first.last}, "
            f"reviewed every {first.every}",
            f"种子 {seed}：{first.customers:,} 个客户，{first.first} 至 {first.last}，评审周期 {first.every}",
        ),
    )
    return exits.FINE


def _duration(said: str) -> Duration:
    from kamflow.workflow.model import Duration, Unit

    found = _DURATION.fullmatch(said.strip())
    if found is None:
        raise Refused(
            Text(
                f"--review-every takes a duration such as 30 days or 1 week, not `{said}`",
                f"--review-every 应为 30 days、1 week 这样的时长，不能是“{said}”",
            )
        )
    unit = {"week": Unit.WEEKS, "business day": Unit.BUSINESS_DAYS}.get(found[2] or "day", Unit.DAYS)
    return Duration(int(found[1]), unit)


def _write(path: str, text: str) -> bool:
    from pathlib import Path

    try:
        Path(path).write_text(text, encoding="utf-8", newline="")
    except OSError:
        return False
    return True
