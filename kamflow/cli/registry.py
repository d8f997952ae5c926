"""The verbs: where each lives and what it does in a line, so that `--help` imports none of them."""

from __future__ import annotations

from dataclasses import dataclass

from kamflow.base.text import Text


@dataclass(frozen=True, slots=True)
class Entry:
    """A verb; its module has a ``command``."""

    module: str
    short: Text


@dataclass(frozen=True, slots=True)
class Group:
    title: Text
    verbs: dict[str, Entry]


def _entry(module: str, en: str, zh: str) -> Entry:
    return Entry(f"kamflow.cli.{module}", Text(en, zh))


GROUPS = (
    Group(
        Text("Decide", "决策"),
        {
            "eval": _entry("eval", "Decide every record of a file.", "对文件中的每条记录作出决策。"),
            "why": _entry("why", "Explain the decisions on one record.", "解释对某一条记录的决策。"),
            "report": _entry("report", "Report on a portfolio, with charts.", "生成客户组合报告，含图表。"),
        },
    ),
    Group(
        Text("Write policies", "编写策略"),
        {
            "check": _entry(
                "check", "Check policies: names, types, tables, dates.", "检查策略：名称、类型、表格、日期。"
            ),
            "diff": _entry(
                "changes", "Say what changes between two versions.", "比较两个版本的策略有何不同。"
            ),
            "test": _entry("test", "Run the tests that stand in policies.", "运行策略文件中的测试。"),
            "fmt": _entry(
                "fmt", "Lay policies out; switch the keyword language.", "统一排版策略，可切换关键字语言。"
            ),
            "explain": _entry(
                "explain", "Explain a finding's code, or a name.", "解释一个问题编号，或一个名称。"
            ),
            "compile": _entry("compile", "Write policies as SQL for a database.", "把策略写成数据库的 SQL。"),
            "schema": _entry("schema", "Export the form of the input.", "导出输入数据的格式。"),
        },
    ),
    Group(
        Text("Run workflows", "运行流程"),
        {
            "flow": _entry("flow", "Publish workflows and run cases.", "发布流程并运行实例。"),
            "graph": _entry("graph", "Draw a workflow.", "绘制流程图。"),
            "db": _entry("db", "Look after the database of cases.", "维护实例数据库。"),
        },
    ),
    Group(
        Text("Start", "入门"),
        {
            "init": _entry("init", "Start a project of your own.", "新建自己的项目。"),
            "demo": _entry("demo", "Decide example customers, and see why.", "用示例客户演示决策与原因。"),
            "doctor": _entry("doctor", "Examine the installation.", "检查安装与环境。"),
            "completion": _entry(
                "completion", "Print a script that completes commands.", "输出命令补全脚本。"
            ),
        },
    ),
)

VERBS = {name: entry for group in GROUPS for name, entry in group.verbs.items()}
