"""Small policies for the native engine."""

HEADER = 'policy p "P"\n  currency CNY\n  month end clamp\nend\n'

OPERATORS = (
    HEADER
    + """
type grade is ordered low < mid < top
record buyer
  city : text
  rank : grade, optional
end
record line
  item  : text
  cost  : money, optional
end
record order
  on     : date
  amount : money, -1,000 CNY to 1,000 CNY
  paid   : yes/no
  lines  : list of line, up to 20 items
end
record deal
  n      : number with 2 decimals, -1,000 to 1,000
  m      : number with 0 decimals, -50 to 50
  maybe  : number with 0 decimals, -9 to 9, optional
  d      : date
  e      : date, optional
  word   : text
  other  : text, optional
  grade  : grade
  buyer  : buyer
  agent  : buyer, optional
  orders : list of order, default [], up to 20 items
end
parameter bar : number "Bar"
  from 2026-01-01 : 5
  from 2026-07-01 : 7
end
parameter who : text "Who"
  from 2026-01-01 : "x"
end
define total of order as amount * 2
define paid_total of order as total when paid, otherwise 0 CNY
define known of buyer as city = "Bern" or city = who
define nearest of deal as round(n / 0.3, 1, half_up)
define even of deal as round(n, 1, half_even)
define cut of deal as round(n, 1, down)
define away of deal as round(n, 1, up)
define ceil of deal as round(n, 1, ceiling)
define flo of deal as round(n, 1, floor)
define part of deal as round(n / m, 0.01, half_even) otherwise -0.01
define part_up of deal as round(n / m, 0.01, half_up) otherwise 9
define most of deal as max(n, m, bar)
define least of deal as min(n, m, bar)
define size of deal as abs(n - bar)
define later of deal as d + 1 months * m
define age of deal as months from d to today
define in_year of deal as year of d
define guess of deal as maybe + 1
define same of deal as word = other when other is present, otherwise word = who
define said of deal as other
define knows of deal as buyer.known or (agent is present and agent.known)
define early of deal as e is present and e <= d
define spent of deal as sum of paid_total of orders
define top of deal as largest of amount of orders where paid
define lows of deal as count of orders where amount < 0 CNY
define kinds of deal as count of different on of orders where paid
define paid_cost of line as cost otherwise 0 CNY
define costs of order as sum of paid_cost of lines where not (item = "free")
define costs of deal as sum of costs of orders
"""
)

POPULATION = (
    HEADER
    + """
type region is one of north, south, west
type abc is ordered C < B < A
record account
  id      : text
  region  : region, optional
  city    : text, optional
  key     : yes/no
  revenue : number with 0 decimals, -1,000,000,000,000 to 1,000,000,000,000
  active  : number with 0 decimals, 0 to 9
end
population accounts is account where active > 0
classify class of account over accounts : abc
  by revenue, largest first
  within region
  A up to 80% of total
  B up to 95% of total
  C rest
  ties share the better class
  outside population C
end
classify small of account over accounts : abc
  by revenue, smallest first
  A up to 33.3% of total
  B up to 95% of total
  C rest
  ties share the better class
  outside population C
end
define rank of account as percentile of revenue among accounts within city
define part of account as share of revenue among accounts
define fifth of account as quantile 5 of revenue among accounts within key
define again of account as percentile of rank among accounts
define a of account as class
define b of account as small
define c of account as rank
define e of account as part
define f of account as fifth
define g of account as again
"""
)
