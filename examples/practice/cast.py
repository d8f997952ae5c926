"""Who the customers of the story are: their names, their people, and how each of them fares over four years.

A customer is of a kind, and a kind has a *curve*: percent of its usual purchases, month by month from July
2022 (month 0) to June 2026 (month 47). Everything else that happens to it follows from the curve and, where
it falls, from the reason.

Assumes: nothing. Leaves: ``Account`` values, the same ones every time (each has a random stream of its own).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from random import Random

SEED = "kamflow practice"
BEGIN, END = date(2022, 7, 1), date(2026, 6, 30)
BOOKS = date(2023, 1, 1)  # orders are in the exports from then on
REASONS = ("price", "quality", "service", "relationship", "rival_offer", "own_business", "product_fit")

Curve = tuple[tuple[int, int], ...]
_STEADY: Curve = ((0, 94), (48, 104))


@dataclass(frozen=True, slots=True)
class Kind:
    """``revenue``: thousand CNY a year, ``orders`` a year, at 100 % of the curve; ``wallet``: our percent of
    what it buys. ``falls``: the month in which it begins to fall. ``shift``: a curve starts up to so many
    months later. ``depth``: levels of the relation."""

    name: str
    count: int
    revenue: tuple[int, int]
    orders: tuple[int, int]
    margin: tuple[int, int]
    wallet: tuple[int, int]
    curve: Curve = _STEADY
    reason: str = ""
    falls: int = 99
    shift: int = 0
    depth: tuple[int, int] = (2, 3)


def _drop(month: int, least: int = 0, slope: int = 4) -> Curve:
    """Usual until a month, then down to ``least`` percent within ``slope`` months."""
    return ((0, 98), (month, 100), (month + slope, least), (60, least))


def _middle(reason: str, count: int, month: int, least: int) -> Kind:
    curve = _drop(month, least)
    return Kind(
        f"middle, {reason}", count, (600, 1_500), (10, 18), (17, 30), (30, 60), curve, reason, month, 3
    )


KINDS = (
    # the few that bring most of the profit
    Kind("anchor", 5, (7_500, 13_500), (26, 38), (24, 33), (58, 78), ((0, 85), (48, 110)), depth=(4, 5)),
    Kind("large", 7, (2_900, 4_800), (20, 30), (21, 31), (30, 46), ((0, 88), (48, 106)), depth=(3, 4)),
    Kind("large, rising", 1, (8_200, 8_600), (26, 30), (24, 28), (62, 68),
         ((0, 35), (28, 50), (38, 100), (60, 108)), depth=(4, 4)),
    Kind("large, rising late", 1, (7_400, 7_800), (26, 30), (24, 28), (68, 70),
         ((0, 35), (30, 48), (42, 108), (60, 112)), depth=(4, 4)),
    Kind("anchor, rival_offer", 1, (8_800, 9_200), (28, 32), (25, 29), (66, 70),
         ((0, 96), (42, 104), (44, 12), (60, 8)), "rival_offer", 42, depth=(4, 4)),
    Kind("large, price", 1, (4_200, 4_600), (22, 26), (20, 24), (48, 54), _drop(34, 7, 5), "price", 34),
    Kind("large, quality", 1, (5_400, 5_800), (22, 26), (24, 28), (52, 58), _drop(41, 0, 2), "quality", 41,
         depth=(4, 4)),
    Kind("anchor, thinner", 1, (6_400, 6_800), (26, 30), (24, 28), (64, 66), ((0, 96), (48, 100)),
         depth=(4, 4)),
    Kind("large, service", 1, (3_900, 4_300), (22, 26), (23, 27), (44, 50),
         ((0, 98), (30, 100), (32, 8), (37, 10), (39, 96), (60, 104)), "service", 30, depth=(3, 3)),
    # the middle
    Kind("middle", 19, (600, 1_500), (10, 18), (17, 30), (22, 55)),
    Kind("middle, rising", 5, (1_000, 1_900), (12, 20), (18, 30), (20, 45), ((0, 30), (24, 55), (48, 118))),
    _middle("price", 1, 36, 8),
    _middle("quality", 1, 38, 0),
    _middle("service", 2, 35, 8),
    _middle("relationship", 2, 38, 4),
    _middle("rival_offer", 2, 37, 4),
    _middle("own_business", 2, 35, 3),
    _middle("product_fit", 2, 34, 5),
    Kind("middle, recovered", 2, (700, 1_200), (12, 16), (18, 26), (30, 50),
         ((0, 98), (28, 100), (30, 4), (35, 6), (37, 92), (60, 100)), "quality", 28, 2),
    Kind("middle, pays late", 3, (600, 1_200), (9, 14), (16, 26), (25, 50)),
    Kind("dealer", 4, (500, 1_300), (14, 24), (12, 18), (30, 60)),
    # the many
    Kind("small", 60, (35, 190), (5, 10), (12, 30), (8, 60), depth=(1, 2)),
    Kind("small, seldom", 22, (30, 150), (2, 4), (10, 26), (5, 30), depth=(1, 1)),
    Kind("small, fading", 14, (40, 180), (5, 9), (12, 26), (10, 45), _drop(19, 0, 5), "", 19, 24, (1, 1)),
    Kind("won back", 5, (90, 420), (7, 11), (14, 26), (15, 45),
         ((0, 96), (21, 100), (23, 0), (44, 0), (45, 90), (60, 100)), "service", 21, 3, (1, 2)),
    Kind("new", 12, (120, 900), (7, 14), (14, 28), (10, 40), ((0, 0), (27, 0), (28, 80), (60, 120)),
         shift=18, depth=(2, 2)),
    Kind("one order", 6, (20, 60), (1, 1), (10, 24), (5, 20), shift=15, depth=(1, 1)),
    Kind("dissolved", 2, (60, 160), (6, 9), (12, 20), (20, 40), _drop(34, 0, 2), "own_business", 34, 4,
         (1, 1)),
    Kind("prospect", 15, (100, 900), (8, 12), (14, 26), (0, 0), ((0, 0), (60, 0)), depth=(0, 1)),
)  # fmt: skip

# 33 cities and 29 words share no divisor: no name comes twice among 200
_CITIES = {
    "上海": "华东", "苏州": "华东", "无锡": "华东", "宁波": "华东", "杭州": "华东", "南京": "华东",
    "常州": "华东", "合肥": "华东", "嘉兴": "华东", "南通": "华东", "深圳": "华南", "东莞": "华南",
    "佛山": "华南", "广州": "华南", "厦门": "华南", "珠海": "华南", "天津": "华北", "青岛": "华北",
    "济南": "华北", "烟台": "华北", "石家庄": "华北", "唐山": "华北", "武汉": "华中", "长沙": "华中",
    "郑州": "华中", "襄阳": "华中", "成都": "西部", "重庆": "西部", "西安": "西部", "昆明": "西部",
    "沈阳": "东北", "大连": "东北", "长春": "东北",
}  # fmt: skip
_WORDS = (
    "华瑞", "恒达", "金拓", "明远", "博创", "天衡", "润泽", "东升", "永信", "嘉禾", "立德", "腾辉", "安捷",
    "鸿图", "新锐", "科隆", "中盛", "远航", "德瑞", "宏业", "万通", "精工", "泰和", "祥云", "卓越", "海纳",
    "京华", "同创", "瑞丰",
)  # fmt: skip
_TRADES = (
    "电子", "机械", "医疗器械", "汽车零部件", "新能源", "食品", "包装材料", "化工", "家居", "纺织",
    "精密铸造",
)  # fmt: skip
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙马朱胡郭何林高罗"
_GIVEN = (
    "伟", "芳", "敏", "静", "建国", "海燕", "志强", "晓梅", "立新", "文博", "俊杰", "雅琴", "国栋", "思远",
    "春兰", "永刚",
)  # fmt: skip

ACCOUNT_MANAGERS = {
    "华东": ("沈嘉宁", "陆文涛", "顾晓岚", "钱志远"), "华南": ("梁启明", "邓雪莹", "区浩然"),
    "华北": ("韩立军", "宋雨桐"), "华中": ("彭志刚", "谭静怡"), "西部": ("蒋大勇", "唐心怡"),
    "东北": ("佟国庆",),
}  # fmt: skip
AREA_MANAGERS = {
    "华东": "陈立群", "华南": "何婉仪", "华北": "赵振国", "华中": "易建平", "西部": "罗永川",
    "东北": "关晓峰",
}  # fmt: skip
SALES_DIRECTOR, GENERAL_MANAGER = "周慧敏", "林启东"


@dataclass(frozen=True, slots=True)
class Account:
    """One customer. Money in CNY, shares in percent, ``shift`` in months; ``known_since``: in our books."""

    id: str
    kind: Kind
    name: str
    industry: str
    region: str
    manager: str
    known_since: date
    revenue: int
    orders: int
    margin: int
    wallet: int
    shift: int
    depth: int
    pays_in: int

    def rng(self, purpose: str) -> Random:
        """Return a random stream for one purpose: what is drawn for another never moves it."""
        return Random(f"{SEED}:{self.id}:{purpose}")

    def level(self, day: date) -> int:
        """Return percent of the usual purchases on a day."""
        at = (day - BEGIN).days * 100  # hundredths of days
        knots = [(m + (self.shift if i else 0), v) for i, (m, v) in enumerate(self.kind.curve)]
        for (m0, v0), (m1, v1) in pairwise(knots):
            a, b = m0 * 3044, m1 * 3044
            if at < b:
                return v0 + (v1 - v0) * (at - a) // (b - a)
        return knots[-1][1]

    @property
    def falls_on(self) -> date | None:
        """The day on which it begins to fall, if it ever does."""
        month = self.kind.falls + self.shift
        day = BEGIN + timedelta(days=month * 3044 // 100)
        return day if day <= END else None

    def falling(self, day: date) -> bool:
        """Say whether it is below its usual purchases after it began to fall."""
        start = self.falls_on
        return start is not None and day >= start and self.level(day) < 80


def make_cast() -> list[Account]:
    """Return all customers; numbers are given in no order of size."""
    kinds = [k for k in KINDS for _ in range(k.count)]
    Random(f"{SEED}:order").shuffle(kinds)
    cities = list(_CITIES)
    out: list[Account] = []
    for i, kind in enumerate(kinds):
        id_ = f"C{i + 1:03d}"
        rng = Random(f"{SEED}:{id_}:who")
        city, trade = cities[i * 10 % 33], _TRADES[i * 3 % 11]
        dealer = kind.name == "dealer"
        region = _CITIES[city]
        shift = rng.randint(0, kind.shift)
        known = BEGIN - timedelta(days=rng.randint(300, 4_200))
        if kind.name in {"new", "prospect", "one order"}:
            first = BEGIN + timedelta(days=(28 + shift) * 3044 // 100)
            known = first - timedelta(days=rng.randint(110, 170))
        if kind.name == "prospect":
            known = END - timedelta(days=rng.randint(20, 300))
        out.append(Account(
            id_, kind, f"{city}{_WORDS[i * 7 % 29]}{'工业品贸易' if dealer else trade}有限公司",
            "经销" if dealer else trade, region, ACCOUNT_MANAGERS[region][i % len(ACCOUNT_MANAGERS[region])],
            known, rng.randint(*kind.revenue) * 1_000, rng.randint(*kind.orders), rng.randint(*kind.margin),
            rng.randint(*kind.wallet), shift, rng.randint(*kind.depth), rng.randint(18, 28),
        ))  # fmt: skip
    return out


def person(rng: Random) -> str:
    return rng.choice(_SURNAMES) + rng.choice(_GIVEN)
