"""Two policies that use the language as people would, in English and in Chinese."""

ENGLISH = """\
policy tiering "Key-account tiering"
  owner "Sales Operations"
  effective from 2025-01-01 until 2026-01-01
  currency CNY
  month end clamp
  uses pricing, limits
end

type tier   is ordered standard < growth < key < strategic
type status is one of active, dormant, closed

record customer "Customer"
  id               : text, personal(service, billing)
  status           : status
  revenue_12m      : money     "Net revenue, last 12 months"
  revenue_prev_12m : money
  score            : number with 2 decimals, 0 to 100
  last_order_on    : date, optional
  overdue_days     : days, default 0 days
  open_complaint: yes/no
  orders           : list of order, up to 500 items
end

parameter strategic_score : number "Score that opens the strategic tier"
  from 2024-01-01 : 78
  from 2025-07-01 : 82
end

-- 1. Derived facts
define recency of customer as days from last_order_on to today
define growth_12m of customer as
  (revenue_12m - revenue_prev_12m) / revenue_prev_12m when revenue_prev_12m > 0 CNY, otherwise 0%
define recent of customer as count of orders where placed_on within last 90 days

population accounts is customer where status is active and revenue_12m > 0 CNY

classify abc_class of customer over accounts : abc
  by revenue_12m, largest first
  A up to 80% of total
  C rest
  ties share the better class
  outside population C
end

define revenue_rank of customer as percentile of revenue_12m among accounts

scorecard value_score of customer "RFM"
  criterion recency   weight 25% on recency
    | at most 30 days     | 100 |
    | 31 days to 90 days  |  70 |
    | missing             |   0 |
end

-- 4. Decision table
decision tier of customer : tier
  table unique
    | abc_class | value_score                 || tier      | because                          |
    | A         | at least strategic_score    || strategic | "A account with a top score"     |
    | A or B    | 60 to below strategic_score || key       |                                  |
    | not A     | any                         || growth    | "B ""or"" C"                     |
end

decision playbook of customer gives play : text, respond_in : days
  when tier is key and revenue_12m >= 5M CNY then play = "call", respond_in = 2 days because "urgent"
  otherwise play = "mail", respond_in = 10 days
end

rule overdue_cap overrides tier, playbook.play
  when overdue_days > 60 days and tier is at least key
  then tier = growth
  because en "overdue" zh "逾期"
end

always "a better score never costs a tier"
  tier does not fall when value_score rises
never "strategic with long overdue"
  tier is strategic and overdue_days > 60 days
impossible when last_order_on is missing and recency <= 30 days because "no order"

test "top A account" as of 2025-09-30
  given customer
    status = active
    revenue_12m = 12M CNY
    last_order_on = missing
  given orders
    | id   | amount      |
    | "o1" | 700,000 CNY |
  assume abc_class = A
  expect tier is strategic
  expect actions = ["call", "mail"]
end

scenario "raise the strategic bar to 85"
  set strategic_score = 85
end
"""

CHINESE = """\
策略 定价 “按客户等级与产品生命周期定价”
  负责人 “价格管理部”
  生效自 2025-01-01 至止 2026-01-01
  币种 CNY
  引用 客户分级
结束

类型 产品阶段 取值 导入期, 成长期, 成熟期, 衰退期
类型 审批人 有序 无需 < 销售经理 < 价格部 < 销售副总

记录 报价 “报价行”
  客户 ： 客户
  阶段 ： 产品阶段
  数量 ： 个数
  目录价 ： 金额 “单位目录价”
  账期 ： 天数，缺省 ３０ 天
  急单 ： 是/否
  订单 ： 多条 订单，最多 500 条
结束

-- 4 个等级 × 4 个阶段 = 16 种情况，检查器证明每种情况恰好命中一行
决策 基础折扣 之 报价 ： 百分比
  表 唯一
    | 客户.等级  | 阶段             || 基础折扣 | 因为                 |
    | 战略客户   | 导入期           ||  6%      | “保护新品价格”       |
    | 战略客户   | 成长期 或 成熟期 ||  ( 12% ) |                      |
    | 重点客户   | 非 衰退期        ||  0%      | “目录价”             |
结束

定义 底价 之 报价 为 舍入（单位成本 * 108%, 0.01 元）
定义 净价 之 报价 为 最大（舍入（目录价 * (100% - 最大折扣), 0.01 元）, 底价）
定义 大单 之 报价 为 数量 属于 (100、200) 且 非 急单 或 目录价 >= 5万元

恒为 “净价不低于底价”
  净价 >= 底价
恒为 “等级越高价格不升”
  净价 不上升当 客户.等级 上升

测试 “重点客户，成熟产品，600 件”
  已知 报价
    客户.等级 = 重点客户
    数量 = 600
    目录价 = 1,250.00 元
    急单 = 是
  期望 净价 = 1,118.75 元
结束
"""
