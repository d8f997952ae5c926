"""The text of a calendar file → calendars, or all that is wrong with it.

Assumes: a text. Leaves: opening hours in minutes, days as day numbers. Whether a country's holidays are known
is for ``working_time``, which loads them.
"""

from __future__ import annotations

import re
from datetime import date
from hashlib import sha256
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kamflow.base.collector import collector_at_rest
from kamflow.base.diagnostic import Sink
from kamflow.base.span import Source
from kamflow.base.text import Text
from kamflow.base.yaml_tree import YamlMap, YamlNode, YamlValue
from kamflow.workflow import read_errors as errors
from kamflow.workflow.calendar import Calendar, HolidaySource, Hours
from kamflow.workflow.read import open_file
from kamflow.workflow.read_values import Fields, Reading, normal, shown

FORMAT = "kamflow/calendar@1"

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS = re.compile(r"([0-9]{2}):([0-5][0-9])-([0-9]{2}):([0-5][0-9])")
_COUNTRY = re.compile(r"[A-Z]{2}")
_REGION = re.compile(r"[A-Za-z0-9]{1,8}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
CLOSED = "closed"


def read_calendars(source: Source, sink: Sink) -> tuple[Calendar, ...]:
    """Read the calendars of a file; none where anything is wrong."""
    r = Reading(source)
    with collector_at_rest():
        root = open_file(r, FORMAT)
        found = _calendars(r, root) if root is not None else ()
    sink.extend(r.sink.sorted())
    return () if r.sink.has_errors else found


def _calendars(r: Reading, root: YamlNode) -> tuple[Calendar, ...]:
    what = Text("a file of calendars", "日历文件")
    if not isinstance(root, YamlMap):
        r.fields(root, what, ("format",))
        return ()
    head = YamlMap(tuple(p for p in root.items if p[0].text == "format"), root.line, root.span)
    r.word(r.fields(head, what, ("format",)).get("format"), (FORMAT,))
    digest = sha256(r.source.text.encode("utf-8", "surrogatepass")).hexdigest()
    below = [(key, node) for key, node in root.items if key.text != "format"]
    if not below and head.items:
        r.tell(errors.wrong_shape(root.span, what, Text("one without any", "没有日历的文件")))
    return tuple(_calendar(r, key, node, digest) for key, node in below)


def _calendar(r: Reading, key: YamlValue, node: YamlNode, digest: str) -> Calendar:
    name = r.id(key, Text("the name of a calendar", "日历名"))
    what = Text(f"the calendar `{shown(name.text)}`", f"日历“{shown(name.text)}”")
    f = r.fields(node, what, ("label", "tz", "hours"), ("holidays", "extra", "published_until"))
    mon, tue, wed, thu, fri, sat, sun = _week(r, f.get("hours"))
    return Calendar(
        id=name.text,
        label=r.label(f.get("label")),
        tz=_zone(r, f.get("tz")),
        week=(mon, tue, wed, thu, fri, sat, sun),
        holidays=_holidays(r, f.get("holidays")),
        extra=_extra(r, f.get("extra")),
        until=_until(r, f),
        source=r.source.name,
        digest=digest,
        span=name.span,
    )


def _until(r: Reading, f: Fields) -> int | None:
    return _day(r, f.get("published_until")) if "published_until" in f else None


def _zone(r: Reading, node: YamlNode | None) -> str:
    value = r.value(node)
    if value is None:
        return "UTC"
    try:
        ZoneInfo(value.text)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # also names that lead out of the tables
        wanted = Text("a time zone", "时区")
        hint = Text("write Asia/Shanghai", "请写 Asia/Shanghai 这样的名称")
        r.tell(errors.not_understood(value.span, shown(value.text), wanted, hint))
        return "UTC"
    return value.text


def _week(r: Reading, node: YamlNode | None) -> list[Hours]:
    week: list[Hours] = [()] * 7
    told: dict[int, str] = {}
    for key, below in r.pairs(node, Text("a map of opening hours", "营业时间映射")):
        hours = _hours(r, below)
        for day in _days(r, key):
            if day in told:
                said = f"`{_DAYS[day]}` has its hours already by `{told[day]}`"
                r.tell(errors.opening_hours(key.span, Text(said, f"“{told[day]}”已包含“{_DAYS[day]}”")))
                break
            told[day] = key.text
            week[day] = hours
    if isinstance(node, YamlMap) and not any(week) and not r.sink.has_errors:
        r.tell(errors.opening_hours(node.span, Text("it is never open", "全周都不营业")))
    return week


def _days(r: Reading, key: YamlValue) -> range:
    """Read ``mon`` or ``mon-fri``."""
    first, dash, last = key.text.partition("-")
    if first in _DAYS and (last in _DAYS if dash else True):
        a = _DAYS.index(first)
        b = _DAYS.index(last) if dash else a
        if a <= b:
            return range(a, b + 1)
    wanted = Text("a day or days of the week", "星期几")
    hint = Text("write mon, or mon-fri", "请写 mon（周一）或 mon-fri（周一至周五）")
    r.tell(errors.not_understood(key.span, shown(key.text), wanted, hint))
    return range(0)


def _hours(r: Reading, node: YamlNode | None) -> Hours:
    if isinstance(node, YamlValue) and node.text == CLOSED:
        return ()
    found: list[tuple[int, int]] = []
    what = Text("a list of opening hours, or `closed`,", "营业时间列表或 closed")
    for item in r.items(node, what, some=True):
        value = r.value(item)
        if value is None:
            continue
        read = _HOURS.fullmatch(value.text)
        start, end = (_minutes(read[1], read[2]), _minutes(read[3], read[4])) if read else (0, 0)
        if not 0 <= start < end <= 1440:
            said = f"`{shown(value.text)}` is no opening time"
            r.tell(errors.opening_hours(value.span, Text(said, f"“{shown(value.text)}”不是营业时段")))
        elif found and start <= found[-1][1]:
            said = f"`{value.text}` does not come after the hours before it"
            r.tell(errors.opening_hours(value.span, Text(said, f"“{value.text}”没有排在前一时段之后")))
        else:
            found.append((start, end))
    return tuple(found)


def _minutes(hours: str, minutes: str) -> int:
    return int(hours) * 60 + int(minutes)


def _holidays(r: Reading, node: YamlNode | None) -> HolidaySource | None:
    if node is None:
        return None
    optional = ("subdivision", "working_weekends")
    f = r.fields(node, Text("`holidays`", "“holidays”"), ("source", "country"), optional)
    r.word(f.get("source"), ("holidays",))
    country = _code(r, f.get("country"), _COUNTRY, Text("a country, such as CN", "国家代码，如 CN"))
    region = Text("a subdivision", "地区代码")
    subdivision = _code(r, f.get("subdivision"), _REGION, region) if "subdivision" in f else ""
    return HolidaySource(country, subdivision, r.flag(f.get("working_weekends")))


def _code(r: Reading, node: YamlNode | None, form: re.Pattern[str], wanted: Text) -> str:
    value = r.value(node)
    if value is not None and not form.fullmatch(value.text):
        r.tell(errors.not_understood(value.span, shown(value.text), wanted))
    return value.text if value is not None else ""


def _extra(r: Reading, node: YamlNode | None) -> tuple[tuple[int, Hours], ...]:
    what = Text("a map from dates to opening hours", "日期到营业时间的映射")
    found = {_day(r, key): _hours(r, below) for key, below in r.pairs(node, what)}
    return tuple(sorted(found.items()))


def _day(r: Reading, node: YamlNode | None) -> int:
    value = r.value(node)
    if value is None:
        return 1
    text = normal(value.text)
    try:
        if _DATE.fullmatch(text):
            return date.fromisoformat(text).toordinal()
    except ValueError:
        pass  # 2026-02-30
    wanted = Text("a date, such as 2026-12-31", "日期，如 2026-12-31")
    r.tell(errors.not_understood(value.span, shown(value.text), wanted))
    return 1
