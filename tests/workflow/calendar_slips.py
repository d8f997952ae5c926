"""Slips planted in the shipped calendar: (what stands there, what is written, code); § marks the place."""

from __future__ import annotations

SLIPS: dict[str, tuple[str, str, str]] = {
    "a format of workflows": ("kamflow/calendar@1", "§kamflow/workflow@1", "KF1004"),
    "no time zone": ("  tz: Asia/Shanghai\n", "", "KF1003"),
    "a time zone that there is none of": ("Asia/Shanghai", "§Asia/Shangai", "KF1004"),
    "a way out of the table of zones": ("Asia/Shanghai", "§../../etc/passwd", "KF1004"),
    "a day that there is none of": ("mon-fri:", "§mon-fry:", "KF1004"),
    "days from the last to the first": ("mon-fri:", "§fri-mon:", "KF1004"),
    "a day twice": ("    mon-fri:", '    wed: ["09:00-12:00"]\n    §mon-fri:', "KF1012"),
    "hours to the base of 60": ('["09:00-12:00", "13:30-18:00"]', "[§9:00-12:00]", "KF1012"),
    "hours without an end": ('"13:30-18:00"', '§"13:30"', "KF1012"),
    "an entry without hours": ('"13:30-18:00"', '§""', "KF1001"),
    "hours that end before they begin": ('"13:30-18:00"', '§"18:00-13:30"', "KF1012"),
    "hours that overlap": ('"13:30-18:00"', '§"11:30-18:00"', "KF1012"),
    "hours that touch": ('"13:30-18:00"', '§"12:00-18:00"', "KF1012"),
    "an hour after midnight": ('"13:30-18:00"', '§"13:30-24:30"', "KF1012"),
    "a minute too many": ('"13:30-18:00"', '§"13:30-17:60"', "KF1012"),
    "no hours": ('["09:00-12:00", "13:30-18:00"]', "§[]", "KF1001"),
    "never open": ('["09:00-12:00", "13:30-18:00"]', "closed", "KF1012"),
    "hours that are no list": ('["09:00-12:00", "13:30-18:00"]', '§"09:00-18:00"', "KF1001"),
    "a country by its name": ("country: CN", "country: §China", "KF1004"),
    "another source of holidays": ("source: holidays", "source: §internet", "KF1004"),
    "yes for true": ("working_weekends: true", "working_weekends: §yes", "KF1004"),
    "a date with slashes": ('"2026-12-31"', '§"2026/12/31"', "KF1004"),
    "a day that no month has": ('"2026-12-31"', '§"2026-02-30"', "KF1004"),
    "a key with a slip": ("published_until:", "§publishd_until:", "KF1002"),
    "a calendar without hours": ("cn-hq:\n", "other: §{label: {en: a, zh: b}, tz: UTC}\ncn-hq:\n", "KF1003"),
    "a name with a space": ("cn-hq:\n", "§cn hq:\n", "KF1006"),
}

BEYOND = {
    "a time zone that there is none of",
    "a way out of the table of zones",
    "days from the last to the first",
    "a day twice",
    "hours that end before they begin",
    "hours that overlap",
    "hours that touch",
    "an hour after midnight",
    "never open",
    "a day that no month has",
    "a name with a space",
}
"""What a pattern cannot say."""
