"""`kamflow diff`: what two versions of policies decide differently, for whom, for how much money."""

from __future__ import annotations

from datetime import date

from kamflow.app.settings import Settings
from kamflow.base.text import Text
from kamflow.cli import record_options
from kamflow.cli.eval import names_of
from kamflow.cli.frame import DAY, OneOf, argument, option, verb

_FORMS = ("text", "json", "html")


@verb(
    Text("Say what changes between two versions of policies.", "比较两个版本的策略有何不同。"),
    Text(
        "A version is a folder, a file, or what git has: HEAD~1, main, v1:rules/. Without NEW the policies"
        " as they are now are compared with OLD.\n"
        "An output is equal where that is proved for every record that both versions take; else it is"
        " said where it differs, with a record that shows it.\n"
        "With --data both versions decide the records of a file: who moves, and how much money with them."
        " What is written differently is named beside it; --prove proves as well.\n"
        "--set, --overlay and --scenario change parameters of NEW; without NEW OLD is compared with itself so"
        " changed.\n"
        "Exit code 0: equal. 1: something differs, or is not decided; with limits (--max-moved, --max-cost)"
        " only where one is exceeded. 4: a version does not compile.",
        "版本可以是文件夹、文件，或 git 中的版本：HEAD~1、main、v1:rules/。"
        "不写 NEW 时，把当前策略与 OLD 比较。\n"
        "对两个版本都接受的所有记录都证明相同，才算相同；否则说明在哪里不同，并给出一条能说明差异的记录。\n"
        "加上 --data 时，两个版本都对文件中的记录作决策：哪些变动，涉及多少金额。"
        "同时列出写法不同之处；加上 --prove 则一并证明。\n"
        "--set、--overlay、--scenario 改变 NEW 的参数；不写 NEW 时，把 OLD 与如此改动后的自身比较。\n"
        "退出码 0：相同；1：有不同或尚无定论，设有上限（--max-moved、--max-cost）时仅在超限时；"
        "4：有版本无法编译。",
    ),
)
@argument("old", metavar="OLD", words=Text("The version before.", "旧版本。"))
@argument(
    "new", required=False, metavar="NEW",
    words=Text("The version after [default: the policies as they are].", "新版本（默认当前策略）。"),
)  # fmt: skip
@option("--record", metavar="NAME", words=Text("Only outputs of this record.", "只比较这种记录的输出。"))
@option(
    "--only",
    multiple=True,
    metavar="NAME",
    words=Text("Only these outputs or facts: NAME,NAME.", "只比较这些输出或定义：名称,名称。"),
)
@option(
    "--facts", is_flag=True, words=Text("Facts (`define`) as well as outputs.", "同时比较定义（define）。")
)
@option(
    "--as-of",
    type=DAY,
    metavar="DATE",
    words=Text(
        "Only this day [default: all days; with --data today].",
        "只比较这一天（默认所有日期；有 --data 时为今天）。",
    ),
)
@option(
    "--data", metavar="FILE",
    words=Text("Records that both versions decide: the portfolio.", "由两个版本分别决策的记录文件。"),
)  # fmt: skip
@record_options.portfolio
@option(
    "--by", multiple=True, metavar="NAME",
    words=Text("With --data: also by this field or output.", "配合 --data：再按该字段或输出分组。"),
)  # fmt: skip
@option(
    "--top", type=int, default=5, show_default=True, metavar="N",
    words=Text("With --data: how many records are named.", "配合 --data：列出多少条记录。"),
)  # fmt: skip
@option(
    "--max-moved", multiple=True, metavar="LIMIT",
    words=Text("Fail where more move: 2%, 50, tier=2%.", "变动超过上限即失败：2%、50、tier=2%。"),
)  # fmt: skip
@option(
    "--max-cost", multiple=True, metavar="LIMIT",
    words=Text("Fail where a measure gets worse by more: 100000.", "度量变差超过上限即失败：100000。"),
)  # fmt: skip
@option(
    "--fail-on-change", is_flag=True,
    words=Text("With limits: fail on any change as well.", "设有上限时：有任何不同也算失败。"),
)  # fmt: skip
@option(
    "--prove", is_flag=True,
    words=Text("With --data: prove what changes as well.", "配合 --data：同时证明有何不同。"),
)  # fmt: skip
@record_options.overlay_set
@record_options.overlay_file
@record_options.scenario
@record_options.ignore_unknown
@record_options.sheet
@option(
    "--format",
    "form",
    type=OneOf(_FORMS),
    default="text",
    show_default=True,
    words=Text("Form of the result.", "结果格式。"),
)
@option("-o", "--output", metavar="FILE", words=Text("Write the result there.", "把结果写入文件。"))
def command(
    settings: Settings,
    old: str,
    new: str | None,
    record: str | None,
    only: tuple[str, ...],
    facts: bool,
    as_of: date | None,
    data: str | None,
    portfolio: str | None,
    by: tuple[str, ...],
    top: int,
    max_moved: tuple[str, ...],
    max_cost: tuple[str, ...],
    fail_on_change: bool,
    prove: bool,
    sets: tuple[str, ...],
    overlay: str | None,
    scenario: str | None,
    ignore_unknown: bool,
    sheet: str | None,
    form: str,
    output: str | None,
) -> int:
    from kamflow.app.overlays import Overlay
    from kamflow.cli.run_changes import Wanted, run

    return run(
        settings,
        Wanted(
            old, new, record, names_of(only), facts, as_of, data, portfolio, names_of(by), top, max_moved,
            max_cost, fail_on_change, prove, Overlay(sets, overlay, scenario), ignore_unknown, sheet, form,
            output,
        ),
    )  # fmt: skip
