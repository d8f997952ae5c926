"""The files of a new project, in both languages: a small policy to change, three customers, a page."""

from __future__ import annotations

from collections.abc import Mapping

from kamflow.base.text import Lang

_CONFIG = {
    Lang.EN: """\
# Settings of this project; options on the command line win.
policies = ["rules"]
record = "customer"
# lang = "en"            # en, zh or auto
# as_of = "2026-06-30"   # the day that counts where --as-of is not given
""",
    Lang.ZH: """\
# 本项目的设置；命令行选项优先。
policies = ["rules"]
record = "客户"
lang = "zh"
# as_of = "2026-06-30"   # 不写 --as-of 时以这一天为准
""",
}

_POLICY_EN = """\
-- A policy of your own. Change it, then run: kamflow check, kamflow test.
policy discounts "Yearly discounts"
  owner "Sales"
  effective from 2025-01-01
  currency CNY
end

-- Ordered: a later member is the better one.
type tier is ordered standard en "Standard" zh "普通" < key en "Key account" zh "重点客户"

-- What you know about a customer. A range is checked when records are read.
record customer en "Customer" zh "客户"
  id           : text en "Customer number" zh "客户编号"
  name         : text en "Company" zh "公司名称"
  revenue_12m  : money, 0 CNY to 1,000,000,000 CNY en "Revenue, last 12 months" zh "近12个月销售额"
  overdue_days : days, default 0 days, 0 days to 3,650 days en "Days overdue" zh "逾期天数"
end

-- A value with a date: a new line changes it from that day on, and the past stays as it was.
parameter key_from : money en "A key account buys at least" zh "重点客户的最低销售额"
  from 2025-01-01 : 1,000,000 CNY
end

decision tier of customer : tier en "Tier" zh "客户等级"
  when revenue_12m >= key_from then key
    because en "buys much" zh "采购额高"
  otherwise standard
    because en "below the line" zh "未达到标准"
end

-- Every customer must meet exactly one row.
decision discount of customer : percent en "Discount" zh "折扣"
  table unique
    | tier     | overdue_days    || discount | because          | because zh |
    | key      | at most 30 days ||       8% | "pays in time"   | "按时付款" |
    | key      | above 30 days   ||       2% | "overdue"        | "有逾期"   |
    | standard | any             ||       0% | "the list price" | "目录价"   |
end

test "a key account that pays in time" as of 2026-06-30
  given customer
    id = "C1"
    revenue_12m = 1,200,000 CNY
    overdue_days = 30 days
  expect tier = key
  expect discount = 8%
end

test "the line itself counts as reached" as of 2026-06-30
  given customers
    | id   | revenue_12m      | overdue_days |
    | "on" | 1,000,000.00 CNY |      31 days |
    | "by" |   999,999.99 CNY |      31 days |
  expect customers
    | id   | tier     | discount |
    | "on" | key      |       2% |
    | "by" | standard |       0% |
end
"""

_POLICY_ZH = """\
-- 这是您自己的策略。修改后运行：kamflow check、kamflow test。
策略 折扣 “年度折扣”
  负责人 “销售部”
  生效自 2025-01-01
  币种 CNY
结束

-- 有序类型：越靠后越高。
类型 等级 有序 普通客户 < 重点客户

-- 您掌握的客户信息。读取数据时会检查范围。
记录 客户 “客户”
  编号         : 文本 “客户编号”
  名称         : 文本 “公司名称”
  近12月销售额 : 金额, 0 元 至 1,000,000,000 元
  逾期天数     : 天数, 缺省 0 天, 0 天 至 3,650 天
结束

-- 参数按日期取值：加一行即从该日起改变，以前的结果不变。
参数 重点客户门槛 : 金额
  从 2025-01-01 : 1,000,000 元
结束

决策 客户等级 之 客户 : 等级
  当 近12月销售额 >= 重点客户门槛 则 重点客户
    因为 “采购额高”
  否则 普通客户
    因为 “未达到标准”
结束

-- 每个客户恰好命中一行。
决策 年度折扣 之 客户 : 百分比
  表 唯一
    | 客户等级 | 逾期天数   || 年度折扣 | 因为       |
    | 重点客户 | 至多 30 天 ||       8% | “按时付款” |
    | 重点客户 | 高于 30 天 ||       2% | “有逾期”   |
    | 普通客户 | 任意       ||       0% | “目录价”   |
结束

测试 “按时付款的重点客户” 截至 2026-06-30
  已知 客户
    编号 = “C1”
    近12月销售额 = 1,200,000 元
    逾期天数 = 30 天
  期望 客户等级 = 重点客户
  期望 年度折扣 = 8%
结束

测试 “恰好达到门槛也算” 截至 2026-06-30
  已知 客户
    编号 = “C2”
    近12月销售额 = 1,000,000 元
    逾期天数 = 31 天
  期望 客户等级 = 重点客户
  期望 年度折扣 = 2%
结束
"""

_CUSTOMERS_EN = """\
[
  {"id": "C001", "name": "Aurora Electronics", "revenue_12m": "1800000", "overdue_days": 0},
  {"id": "C002", "name": "Beacon Tools", "revenue_12m": "1000000", "overdue_days": 45},
  {"id": "C003", "name": "Cedar Supplies", "revenue_12m": "64000.50"}
]
"""

_CUSTOMERS_ZH = """\
[
  {"编号": "C001", "名称": "曙光电子", "近12月销售额": "180万", "逾期天数": 0},
  {"编号": "C002", "名称": "灯塔工具", "近12月销售额": "1000000", "逾期天数": 45},
  {"编号": "C003", "名称": "雪松物资", "近12月销售额": "64000.50"}
]
"""

_README = {
    Lang.EN: """\
# Policies

`rules/` holds the policies, `customers.json` a few customers to try them on.

    kamflow check                                  names, types, tables
    kamflow test                                   the tests that stand in the policies
    kamflow eval customers.json --as-of 2026-06-30
    kamflow why customers.json --id C002 --as-of 2026-06-30
    kamflow explain discount                       what a name means
    kamflow fmt                                    lay the files out
""",
    Lang.ZH: """\
# 策略

`rules/` 存放策略，`customers.json` 是几个试用客户。

    kamflow check                                  检查名称、类型、表格
    kamflow test                                   运行策略中的测试
    kamflow eval customers.json --as-of 2026-06-30
    kamflow why customers.json --id C002 --as-of 2026-06-30
    kamflow explain 年度折扣                       一个名称的含义
    kamflow fmt                                    统一排版
""",
}


def project_files(lang: Lang) -> Mapping[str, str]:
    """Return the files of a new project: path inside it → text."""
    policy = {"rules/折扣.kam": _POLICY_ZH} if lang is Lang.ZH else {"rules/discounts.kam": _POLICY_EN}
    customers = _CUSTOMERS_ZH if lang is Lang.ZH else _CUSTOMERS_EN
    return {"kamflow.toml": _CONFIG[lang], **policy, "customers.json": customers, "README.md": _README[lang]}
