"""Every finding has a page; its wrong examples give that finding, its right ones none."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

import kamflow
from kamflow.base.diagnostic import CATALOG, Diagnostic
from tests.pages.page import Block, Page, findings_of, measured_findings_of, parse_page

ROOT = Path(kamflow.__file__).resolve().parents[1]
PAGES = {p.stem: p for p in sorted((ROOT / "docs" / "findings").glob("KF*.md"))}

for _path in sorted((ROOT / "kamflow").rglob("*errors.py")):
    if 'define("KF' in _path.read_text(encoding="utf-8"):
        importlib.import_module(".".join(_path.relative_to(ROOT).with_suffix("").parts))

NO_EXAMPLE = {
    "KF0101", "KF0102", "KF0106", "KF0107", "KF0109", "KF0111", "KF0129", "KF0308", "KF0404",
    "KF0490", "KF0614", "KF0619", "KF0642", "KF0645", "KF0646", "KF0648", "KF0657", "KF0665",
    "KF0670", "KF0671", "KF0672", "KF0673", "KF0674", "KF0706", "KF0884", "KF1117",
}  # fmt: skip
"""What a page cannot show; each of them says why."""

NOT_TRIED = {
    "KF0420", "KF0520", "KF0521", "KF0522", "KF0523", "KF0524", "KF0525", "KF0612", "KF0640",
    "KF0641", "KF0644", "KF0690", "KF0801", "KF0802", "KF0803", "KF0804", "KF0840", "KF0841", "KF0847",
    "KF0842", "KF0843", "KF0845", "KF0846", "KF0849", "KF0850", "KF0851", "KF0852", "KF0853", "KF0854",
    "KF0860", "KF0861", "KF0862", "KF0863", "KF0864", "KF0865", "KF0866",
    "KF0900", "KF0901", "KF0902", "KF0903", "KF0908",
    "KF0870", "KF0871", "KF0872", "KF0873", "KF0874", "KF0875", "KF0876", "KF0877", "KF0878", "KF0879",
    "KF0880", "KF0881", "KF0882", "KF0883", "KF0885", "KF0886", "KF0887", "KF0888",
    "KF1420", "KF1421", "KF1422", "KF1423",
    "KF0890", "KF0891", "KF0892", "KF0893", "KF0894", "KF0895", "KF0896", "KF0897", "KF0898", "KF0899",
    "KF1104",
    "KF1200", "KF1201", "KF1202", "KF1203", "KF1204", "KF1205", "KF1206", "KF1207", "KF1208", "KF1209",
    "KF1210", "KF1211", "KF1212", "KF1213", "KF1214", "KF1215", "KF1216", "KF1217", "KF1218",
    "KF1300", "KF1301", "KF1302", "KF1303", "KF1304", "KF1305", "KF1306", "KF1307", "KF1308",
    "KF1309", "KF1310", "KF1311", "KF1312", "KF1313", "KF1314", "KF1315", "KF1316", "KF1320",
    "KF1321", "KF1322", "KF1323", "KF1324", "KF1325", "KF1326", "KF1327", "KF1328", "KF1329",
    "KF1400", "KF1401", "KF1402", "KF1404", "KF1405", "KF1406", "KF1407", "KF1408", "KF1409", "KF1410",
    "KF1411", "KF1412", "KF1413",
    "KF1430", "KF1431", "KF1432", "KF1433", "KF1434", "KF1435",
    "KF1500", "KF1501", "KF1502", "KF1503", "KF1504", "KF1505", "KF1506",
}  # fmt: skip
"""Shown as a command line or a configuration; tests of the command line and of the journal try them."""

MEASURED = {"KF0540", "KF0541", "KF0542", "KF0543"}
"""About tests: the tests of their examples are measured too."""


def _page(code: str) -> Page:
    return parse_page(PAGES[code].read_text(encoding="utf-8"))


def _found(code: str, blocks: list[Block], folder: Path) -> list[Diagnostic]:
    return (measured_findings_of if code in MEASURED else findings_of)(blocks, folder)


def test_every_code_has_a_page_and_every_page_a_code() -> None:
    assert sorted(PAGES) == sorted(CATALOG)


@pytest.mark.parametrize("code", PAGES)
def test_the_first_lines_of_a_page_say_what_the_catalogue_says(code: str) -> None:
    page, kind = _page(code), CATALOG[code]
    assert (page.code, page.slug, page.since, page.severity) == (
        kind.code,
        kind.slug,
        kind.since,
        kind.severity.value,
    )
    assert page.code == code
    assert set(page.front) <= {"no example", "also"}


@pytest.mark.parametrize("code", PAGES)
def test_a_page_explains_in_both_languages(code: str) -> None:
    page = _page(code)
    english, chinese = page.prose["English"], page.prose["中文"]
    assert sum(english.count(end) for end in (". ", ".\n", ": ")) + 1 >= 2, english
    assert chinese.count("。") >= 2, chinese
    assert sum("\u4e00" <= c <= "\u9fff" for c in chinese) > len(chinese) * 0.4
    assert not any(
        "\u4e00" <= c <= "\u9fff" for c in english.replace("`策略 名称`", "").replace("`策略`", "")
    )


def test_only_what_cannot_be_shown_has_no_example() -> None:
    without = {code for code in PAGES if not _page(code).examples}
    assert without == NO_EXAMPLE
    assert all(_page(code).front.get("no example") for code in without)
    assert all("no example" not in _page(code).front for code in set(PAGES) - without)


_SHOWN = [code for code in PAGES if "no example" not in PAGES[code].read_text(encoding="utf-8")[:200]]
_TRIED = [(code, name) for code in _SHOWN for name in _page(code).examples]


@pytest.mark.parametrize(
    ("code", "name"),
    [(c, n) for c, n in _TRIED if n in {"Wrong", "错误"} and c not in NOT_TRIED],
)
def test_a_wrong_example_gives_its_own_code_and_only_it(code: str, name: str, tmp_path: Path) -> None:
    page = _page(code)
    found = _found(code, page.examples[name], tmp_path)
    codes = [f.code for f in found]
    also = set(filter(None, page.front.get("also", "").split(", ")))
    assert code in codes, [f.message.en for f in found]
    assert set(codes) - {code} == also, [f.message.en for f in found]


@pytest.mark.parametrize(
    ("code", "name"),
    [(c, n) for c, n in _TRIED if n in {"Right", "正确"} and c not in NOT_TRIED],
)
def test_a_right_example_gives_no_finding_at_all(code: str, name: str, tmp_path: Path) -> None:
    found = _found(code, _page(code).examples[name], tmp_path)
    assert [(f.code, f.message.en) for f in found] == []


def test_only_command_lines_and_configurations_are_not_tried() -> None:
    shown = {
        c for c in _SHOWN for blocks in _page(c).examples.values() for b in blocks if b.language in _OUTSIDE
    }
    assert shown == NOT_TRIED


_OUTSIDE = {"console", "toml"}


@pytest.mark.parametrize("code", _SHOWN)
def test_the_examples_of_both_languages_are_of_one_shape(code: str) -> None:
    examples = _page(code).examples
    assert list(examples) == ["Wrong", "Right", "错误", "正确"]
    for english, chinese in (("Wrong", "错误"), ("Right", "正确")):
        assert [b.language for b in examples[english]] == [b.language for b in examples[chinese]]
        for block in examples[chinese]:
            first = next((x for x in block.text.splitlines() if x and not x.startswith("--")), "")
            assert block.language != "kam" or not first.startswith("policy"), "keywords are Chinese"
