"""The page and the pictures: whole, safe, alone, in both languages, in the dark."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from kamflow.app.write_report import Written, write_reports
from kamflow.base.text import Lang, Text
from kamflow.report import canvas, draw
from kamflow.report.catalog import REPORTS, make_reports
from kamflow.report.cells import csv_text
from kamflow.report.model import (
    COUNT,
    Axis,
    Bars,
    Column,
    Curve,
    Heat,
    Label,
    Line,
    Lines,
    Points,
    Scatter,
    Table,
)
from kamflow.report.page import INLINE_COLORS, page
from kamflow.report.svg_inline import inline
from tests.report.conftest import Made, portfolio_of
from tests.report.test_gaps import customer, write

VOID = {"meta", "br", "link", "img", "input", "hr"}
A, B = Text("One <b>", "一"), Text("Two", "二")
CHARTS = (
    Bars("bars", A, (A, B), (Line(A, (1, 2)), Line(B, (3, None))), Axis(A), Axis(B, 2, "%")),
    Bars(
        "stacked", A, (A, B), (Line(A, (1, 2)), Line(B, (3, 4))), Axis(A), Axis(B), stacked=True, alarm=True
    ),
    Bars("long", A, (Text("A very long name " * 4),) * 6, (Line(A, (1,) * 6),), Axis(A), Axis(B)),
    Lines("lines", A, (A, B), (Line(A, (1, None)),), Axis(A), Axis(B)),
    Heat("heat", A, (A, B), (A, B), ((1, None), (0, 7)), A, B, Axis(A), matrix=True),
    Scatter(
        "scatter", A, (Points(A, ((10, 0), (20, 5))),), Axis(A, 0, "%"), Axis(B), (15, 3), (A, B, A, B), True
    ),
    Curve("curve", A, ((0, 0), (5000, 9000), (10000, 10000)), (), Axis(A, 2, "%"), Axis(B, 2, "%")),
)


class Tags(HTMLParser):
    """Checks that tags close in order; keeps the outline, ids and what is linked."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.outline: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.feed(text)
        assert not self.open, self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        self.ids += [found["id"]] if found.get("id") else []
        self.links += [v for k, v in attrs if k in ("href", "xlink:href", "src") and v]
        if tag in {"section", "table", "figure", "nav"} or found.get("class") == "missing":
            depth = sum(t in {"section", "nav"} for t in self.open[:-1])
            name = found.get("id") or found.get("class") or ""
            self.outline.append(f"{'  ' * depth}{tag} {name}".rstrip())
        if tag == "svg" and self.outline:
            self.outline[-1] += f" {found['aria-label']}"

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


@pytest.fixture(scope="module")
def written(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    done = write_reports(make_reports(made.portfolio, tuple(REPORTS)), made.portfolio, folder, Lang.ZH)
    assert isinstance(done, Written), done
    assert done.files == sum(p.is_file() for p in folder.rglob("*"))
    return folder


def test_the_page_has_the_structure_that_was_agreed(written: Path, golden) -> None:
    tags = Tags((written / "report.html").read_text(encoding="utf-8"))
    golden(Path(__file__).parent / "page.txt", "\n".join(tags.outline) + "\n")


def test_every_id_is_there_once_and_every_link_leads_to_one(written: Path) -> None:
    tags = Tags((written / "report.html").read_text(encoding="utf-8"))
    assert len(set(tags.ids)) == len(tags.ids)
    assert {x.removeprefix("#") for x in tags.links if x.startswith("#")} <= set(tags.ids)


def test_the_page_asks_nobody_for_anything(written: Path) -> None:
    text = (written / "report.html").read_text(encoding="utf-8")
    assert all(x.startswith(("#", "data:image/png")) for x in Tags(text).links)
    assert "<script" not in text
    assert "@import" not in text
    assert not re.findall(r"url\((?!#)", text)
    assert set(re.findall(r"https?://[^\"'\s<>]+", text)) <= {
        "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink",
    }  # fmt: skip


def test_text_in_pictures_is_text_and_follows_the_colours_of_the_page(written: Path) -> None:
    text = (written / "report.html").read_text(encoding="utf-8")
    svg = "".join(re.findall(r"<svg.*?</svg>", text, re.DOTALL))
    assert "各等级客户数" in svg
    assert "font-family" not in svg  # the page's own fonts have every character
    assert "var(--ink)" in svg
    assert not any(color in svg for color in INLINE_COLORS)
    for mark in ("prefers-color-scheme: dark", "@media print"):
        assert mark in text
    assert {canvas.INK, canvas.PAPER, canvas.FAINT} == set(INLINE_COLORS)


def test_chinese_is_in_the_pictures_and_no_english_word_of_ours_on_the_page(written: Path) -> None:
    text = (written / "report.html").read_text(encoding="utf-8")
    body = re.sub(r"<style>.*?</style>|<[^>]+>", " ", text, flags=re.DOTALL)
    for word in ("Customers", "Share", "Revenue", "Missing", "Tier S", "Actions", "CNY"):
        assert word not in body, word


def test_data_lies_beside_the_page_for_every_report(written: Path, made: Made) -> None:
    for name in REPORTS:
        data = json.loads((written / name / "data.json").read_text(encoding="utf-8"))
        report = made.report(name)
        assert data["report"] == name
        assert data["as_of"] == "2026-06-30"
        assert set(data["tables"]) == {t.name for t in report.tables}
        for table in report.tables:
            lines = (written / name / f"{table.name}.csv").read_text(encoding="utf-8-sig").splitlines()
            assert len(lines) == len(table.rows) + 1
            assert len(data["tables"][table.name]["rows"]) == len(table.rows)
        for chart in report.charts:
            assert (written / name / f"{chart.name}.png").read_bytes().startswith(b"\x89PNG")
            assert (written / name / f"{chart.name}.svg").read_text(encoding="utf-8").startswith("<?xml")


def test_names_are_unique_in_their_report(made: Made) -> None:
    for name in REPORTS:
        report = made.report(name)
        for named in (report.tables, report.charts):
            assert len({x.name for x in named}) == len(named)


@pytest.mark.parametrize("lang", Lang)
@pytest.mark.parametrize("chart", CHARTS, ids=lambda c: c.name)
def test_each_kind_of_chart_is_drawn_alike_each_time(chart, lang: Lang) -> None:
    svg, png = draw.draw(chart, lang)
    assert (svg, png) == draw.draw(chart, lang)
    made = inline(svg, "x-y", chart.title.in_(lang), INLINE_COLORS)
    Tags(made)
    assert made.startswith("<svg")
    assert chart.title.in_(lang).replace("<", "&lt;").replace(">", "&gt;") in made


def test_what_records_say_is_no_markup_on_the_page_and_no_formula_in_a_sheet(tmp_path: Path) -> None:
    nasty = "=cmd|'/C calc'!A0<script>alert(1)</script>\u202e"
    people = [customer(nasty, complaints=[{"received_on": "2026-06-20"}])]
    p = portfolio_of(write(tmp_path, people))
    text = page(make_reports(p, ("complaints",)), p, {}, Lang.EN)
    assert "<script>" not in text
    assert "&lt;script&gt;" in text
    assert "\u202e" not in text
    (oldest,) = [t for t in REPORTS["complaints"].make(p).tables if t.name == "oldest"]
    assert csv_text(oldest).splitlines()[1].startswith("'=cmd")


def test_a_negative_number_stays_a_number_in_a_sheet() -> None:
    table = Table("t", A, (Column("a", A), Column("n", B, COUNT)), ((Label("-x", A), -5),))
    assert csv_text(table) == "\ufeffa,n\r\n'-x,-5\r\n"


def test_personal_fields_never_stand_in_a_report(tmp_path: Path) -> None:
    p = portfolio_of(write(tmp_path, [customer("a", contact_name="张三", contact_phone="13800138000")]))
    text = page(make_reports(p, tuple(REPORTS)), p, {}, Lang.ZH)
    assert "张三" not in text
    assert "13800138000" not in text
