"""The options of `test` that measure tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import click

from kamflow.base.text import Text
from kamflow.cli.frame import Refused, option

if TYPE_CHECKING:
    _PercentType: TypeAlias = click.ParamType[float]
    _CountType: TypeAlias = click.ParamType[int]
else:  # older versions of click have no type arguments
    _PercentType = _CountType = click.ParamType


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be measured, and how much is enough."""

    cov: bool
    html: str | None
    cov_fail_under: float | None
    mutate: bool
    limit: int | None
    mutate_fail_under: float | None

    @property
    def anything(self) -> bool:
        return self.cov or self.mutate


class Percent(_PercentType):
    name = "percent"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        try:
            found = float(str(value).removesuffix("%"))
        except ValueError:
            found = -1.0
        if 0 <= found <= 100:
            return found
        name = max(param.opts, key=len) if param is not None else ""
        raise Refused(
            Text(
                f"{name} takes a number from 0 to 100, not `{value}`",
                f"{name} 应为 0 至 100 的数，不能是“{value}”",
            ),
            ctx,
        )


class Count(_CountType):
    name = "count"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        text = str(value)
        if text.isascii() and text.isdecimal() and int(text[:12]) > 0:
            return int(text[:12])
        name = max(param.opts, key=len) if param is not None else ""
        raise Refused(
            Text(
                f"{name} takes a whole number above 0, not `{value}`",
                f"{name} 应为大于 0 的整数，不能是“{value}”",
            ),
            ctx,
        )


cov = option(
    "--cov", is_flag=True,
    words=Text(
        "Show which rows, branches, rules and parameter values the tests reach.",
        "显示测试覆盖了哪些行、分支、规则和参数值。",
    ),
)  # fmt: skip
html = option(
    "--html", metavar="FILE",
    words=Text("Write coverage as one page; implies --cov.", "把覆盖情况写成一个网页文件，隐含 --cov。"),
)  # fmt: skip
cov_fail_under = option(
    "--cov-fail-under", metavar="N", type=Percent(),
    words=Text("Exit code 1 when less than N percent is reached.", "覆盖率低于 N% 时退出码为 1。"),
)  # fmt: skip
mutate = option(
    "--mutate", is_flag=True,
    words=Text(
        "Make small slips in the policies and show those that no test notices.",
        "在策略中制造细小的笔误，显示没有测试能发现的那些。",
    ),
)  # fmt: skip
mutate_limit = option(
    "--mutate-limit", metavar="N", type=Count(),
    words=Text("Make N slips only, always the same ones.", "只制造 N 处笔误，每次都相同。"),
)  # fmt: skip
mutate_fail_under = option(
    "--mutate-fail-under", metavar="N", type=Percent(),
    words=Text("Exit code 1 when tests notice less than N percent.", "被发现的笔误低于 N% 时退出码为 1。"),
)  # fmt: skip
