"""The options that every command on files of records has: which policies, day, portfolio, record."""

from __future__ import annotations

from kamflow.base.text import Text
from kamflow.cli.frame import DAY, argument, option

inputs = argument(
    "inputs", nargs=-1, required=True, metavar="INPUT", words=Text("Files of records.", "记录文件。")
)
policies = option(
    "--policies",
    multiple=True,
    metavar="PATH",
    words=Text("Policy file or folder; may be repeated.", "策略文件或文件夹，可重复。"),
)
as_of = option(
    "--as-of",
    type=DAY,
    metavar="DATE",
    words=Text("The day that counts [default: today].", "决策日期（默认今天）。"),
)
portfolio = option(
    "--portfolio",
    metavar="FILE",
    words=Text("All customers, for classes and ranks among them.", "全体客户文件，用于分级和排名。"),
)
cutoffs = option(
    "--cutoffs",
    metavar="FILE",
    words=Text("Cut-offs in place of all customers.", "以界值文件代替全体客户文件。"),
)
record = option("--record", metavar="NAME", words=Text("Which record the input holds.", "输入是哪种记录。"))
ignore_unknown = option(
    "--ignore-unknown",
    is_flag=True,
    words=Text("Ignore fields that the record has not.", "忽略未定义的字段。"),
)
scenario = option(
    "--scenario", metavar="TITLE", words=Text("Use a scenario's parameters.", "使用某个情景的参数。")
)
overlay_set = option(
    "--set", "sets", multiple=True, metavar="NAME=VALUE",
    words=Text("Set a parameter; may be repeated.", "设置一个参数，可重复。"),
)  # fmt: skip
overlay_file = option(
    "--overlay", metavar="FILE",
    words=Text("Set the parameters that a YAML file names.", "按 YAML 文件设置参数。"),
)  # fmt: skip
sheet = option("--sheet", metavar="NAME", words=Text("Sheet of a workbook.", "工作簿中的工作表。"))
