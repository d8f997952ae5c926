"""Findings about whole files in columns: engines that can't take a policy, children without a parent."""

from __future__ import annotations

from kamflow.base.diagnostic import Diagnostic, Severity, define
from kamflow.base.span import DataPlace
from kamflow.base.text import Text

ENGINE_REFUSES = define("KF0880", "engine-refuses", Severity.ERROR, since="0.2")
ENGINE_MISSING = define("KF0881", "engine-not-installed", Severity.ERROR, since="0.2")

_ENGINE = DataPlace("--engine")


def engine_refuses(engine: str, name: str, reason: Text) -> Diagnostic:
    return ENGINE_REFUSES.at(
        _ENGINE,
        Text(
            f"the engine `{engine}` does not take these policies: `{name}`: {reason.en}",
            f"引擎 {engine} 无法执行这些策略：`{name}`：{reason.zh}",
        ),
        hint=Text("leave --engine out: another engine is chosen", "请去掉 --engine，将自动选用其他引擎"),
        why=Text(
            "an engine that can't compute something exactly does not compute it at all",
            "不能精确计算的内容，引擎一律不算",
        ),
    )


def engine_missing(engine: str, extra: str) -> Diagnostic:
    return ENGINE_MISSING.at(
        _ENGINE,
        Text(
            f"the engine `{engine}` is not installed",
            f"未安装引擎 {engine}",
        ),
        hint=Text(f'pip install "kamflow[{extra}]"', f'pip install "kamflow[{extra}]"'),
    )
