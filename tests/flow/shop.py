"""A small shop and a workflow of its tickets, with every kind of gap in what guards read."""

from __future__ import annotations

from kamflow.base.span import Source
from kamflow.flow.link import Linked, link
from kamflow.workflow.model import StartPlay, Workflow
from tests.flow.written import Written

SHOP = """policy shop
  effective from 2025-01-01
  currency CNY
  month end clamp
end
type tier is ordered C < B < A
record order
  amount : money, 0 CNY to 1,000 CNY
end
record customer
  id      : text
  health  : number with 1 decimals, optional, 0 to 100
  debt    : number with 0 decimals, optional, 0 to 100
  regular : yes/no, optional
  level   : tier, optional
  since   : date, optional
  orders  : list of order, default []
end
record ticket
  id       : text
  severity : count, 0 to 5
  customer : customer, optional
end
define sum_of_orders of customer as sum of amount over orders
define ratio of customer as round(health / debt, 0.1)
decision limit of ticket : money as 100 CNY
"""
SHOP = SHOP.replace("sum of amount over orders", "count of orders where amount > 10 CNY")

GUARDS = (
    "customer.health > 50",
    "severity > 3 and customer.health > 50",
    "severity > 3 or customer.health > 50",
    "customer.regular",
    "not customer.regular or severity = 1",
    "customer is present and customer.health > 50",
    "customer is missing or customer.health > 50",
    "customer is present and customer.health is present and customer.health > 50",
    "customer is present and customer.debt is present and customer.debt > 0 and customer.ratio > 2",
    "customer.ratio > 2",
    "customer.level is at least B",
    "customer.level is one of (A, C) and customer.regular",
    "customer.since within last 90 days",
    "(customer.health otherwise 0) > 50",
    "customer.sum_of_orders > 1 and customer.health > 1",
    "(severity when customer.regular, otherwise 0) > 2",
    "max(customer.health, 3) > customer.debt",
    "customer is present and (count of customer.orders where amount > 10 CNY) > 1 and customer.level is A",
    "var.paid > 10 CNY and severity > 1",
    "ev.amount > limit",
    "state.dwell > 30 days and customer.health > 50",
    'var.note is "x" and ev.amount is present',
)


def desk(guards: tuple[str, ...] = GUARDS) -> tuple[Workflow, Written]:
    """Return a workflow with a transition for each guard; ``g0`` is the first."""
    w = Written("desk", "ticket", uses=["shop"])
    w.var("offers", "count, default 0")
    w.var("paid", "money, optional")
    w.var("note", "text, optional")
    w.var("grade", "tier, optional")
    w.var("seen", "date, optional")
    w.var("share", "percent, optional")
    w.var("warned", "yes/no, default no")
    w.event("offer", amount="money, optional", count="count", share="percent, optional", note="text")
    moves = [w.move(f"g{i}", "shut", g, event="offer") for i, g in enumerate(guards)]
    sets = {
        "offers": "var.offers + ev.count", "paid": "ev.amount", "note": "ev.note", "grade": "customer.level",
        "seen": "customer.since", "share": "ev.share", "warned": "yes",
    }  # fmt: skip
    moves.append(w.move("takes", "shut", "ev.count > 0", event="offer", **sets))
    play = StartPlay("care", None, None, ((w.name("how"), w.expression("customer.health")),))
    w.state("open", *moves, w.move("calm", "shut", "severity <= 1"))
    w.state("shut", final=True, entry=[play])
    return w.done(), w


def linked(workflow: Workflow, written: Written, shop: str = SHOP) -> Linked:
    return link({"shop.kam": Source("shop.kam", shop)}, [workflow], texts={written.file: written.source()})
