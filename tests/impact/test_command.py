"""`kamflow diff --data`: limits and exit codes, words of both languages, JSON, a page of its own."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.display import display_width
from kamflow.impact.gates import parse_max_cost, parse_max_moved
from tests.cli.conftest import Run
from tests.impact.rig import Settings

# Three move from B to A when a_from goes from 15 to 12: 5 % of 100, 200 and 300 is given away, 30.00 in all.
RECORDS = [
    {"id": "K1", "score": 12, "revenue": "100.00", "region": "North", "phone": "555-0001"},
    {"id": "K2", "score": 13, "revenue": "200.00", "region": "North"},
    {"id": "K3", "score": 14, "revenue": "300.00", "region": "东区"},
    {"id": "K4", "score": 15, "revenue": "400.00", "region": "东区"},
    {"id": "K5", "score": 3, "revenue": "500.00"},
    {"id": "K6", "score": "many", "revenue": "600.00"},
]
DAY = ("--as-of", "2026-06-30")


@pytest.fixture
def two(folder: Path) -> Path:
    for name, settings in (("old", Settings(a=15)), ("new", Settings(a=12))):
        (folder / name).mkdir()
        (folder / name / "p.kam").write_text(settings.text(), encoding="utf-8")
    (folder / "k.json").write_text(json.dumps(RECORDS, ensure_ascii=False), encoding="utf-8")
    return folder


def test_who_moves_and_the_money_are_said_beside_what_was_changed(two: Path, run: Run) -> None:
    said = run("diff", "old", "new", "--data", "k.json", *DAY)
    assert said.code == 1
    assert "parameter a_from: 15 → 12" in said.out
    assert "3 of 6 move (50.0%)" in said.out
    assert "1 rejected by both" in said.out
    assert "only for score 12 to 14: Tier B → Tier A" in said.out
    assert re.search(r"Given +\+30\.00 CNY +20\.00 CNY +50\.00 CNY +worse +0 better, 3 worse", said.out)
    assert "K3  Tier B → Tier A  +15.00 CNY Given; −15.00 CNY kept" in said.out
    assert "row 3: middle → row 1: high" in said.out
    assert "555-0001" not in said.out


def test_in_chinese_the_columns_stay_straight(two: Path, run: Run) -> None:
    said = run("--lang", "zh", "diff", "old", "new", "--data", "k.json", "--by", "region", *DAY)
    assert "6 条中 3 条变动（50.0%）" in said.out
    lines = said.out.splitlines()
    start = next(i for i, x in enumerate(lines) if x.startswith("金额"))
    widths = [display_width(x) for x in lines[start + 1 : start + 2]]
    rule = [m.span() for m in re.finditer("─+", lines[start + 1])]
    assert widths
    for row in lines[start + 2 : start + 4]:
        for _, end in rule[:-1]:  # the gap after each column is blank, measured as a terminal shows it
            assert _cells(row)[end : end + 2] in ("  ", ""), row


def _cells(text: str) -> str:
    """Return a text with one character for each column of the terminal."""
    return "".join(c if display_width(c) == 1 else f"{c}\0" for c in text)


def test_json_has_its_keys_and_exact_amounts(two: Path, run: Run) -> None:
    said = run("diff", "old", "new", "--data", "k.json", "--by", "region", "--format", "json", *DAY)
    impact = json.loads(said.out)["impact"]
    assert set(impact) == {
        "data", "as_of", "record", "records", "decided_by_both", "newly_rejected", "newly_decided",
        "rejected_by_both", "moved", "measures", "outputs", "by", "rejected", "not_compared",
        "measures_of_one_version", "failed",
    }  # fmt: skip
    assert (impact["records"], impact["moved"], impact["rejected_by_both"]) == (6, 3, 1)
    given = impact["measures"][0]
    assert given["total"] == {"old": "20.00", "new": "50.00", "moved": "30.00"}
    assert given["change"] == {
        "up": 3, "down": 0, "appeared": 0, "vanished": 0, "least": "5.00", "median": "10.00", "most": "15.00",
    }  # fmt: skip
    tier = next(o for o in impact["outputs"] if o["name"] == "tier")
    moves = {
        (m["old"]["value"], m["new"]["value"]): (m["records"], m["money"]["given"]) for m in tier["moves"]
    }
    assert moves == {
        ("B", "A"): (3, "30.00"), ("A", "A"): (1, "0.00"), ("C", "C"): (1, "0.00"), (None, None): (1, "0.00"),
    }  # fmt: skip
    rows = {r["key"]["value"]: (r["records"], r["moved"], r["measures"]["given"]["moved"])
            for r in impact["by"]["region"]}  # fmt: skip
    assert rows == {"North": (2, 2, "15.00"), "东区": (2, 1, "15.00"), None: (2, 0, "0.00")}
    assert "phone" not in said.out


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_needs_nothing_else_and_escapes_what_it_is_given(two: Path, run: Run, lang: str) -> None:
    bad = '<script>alert("x")</script>\u202e'
    records = [*RECORDS, {"id": bad, "score": 13, "revenue": "900.00", "region": bad}]
    (two / "k.json").write_text(json.dumps(records), encoding="utf-8")
    args = ("diff", "old", "new", "--data", "k.json", "--by", "region", "--format", "html", "-o", "i.html")
    assert run("--lang", lang, *args, *DAY).code == 1
    text = (two / "i.html").read_text(encoding="utf-8")
    page = _Page()
    page.feed(text)
    assert page.open == []
    assert not {"script", "link", "img", "iframe"} & set(page.tags)
    assert not [v for n, v in page.attributes if n in {"src", "onclick"} or (n == "href" and v[0] != "#")]
    assert "&lt;script&gt;" in text
    assert "\u202e" not in text
    assert "url(" not in text
    assert "555-0001" not in text
    assert {"en": "worse for us", "zh": "对我方变差"}[lang] in text


def test_a_file_is_written_whole_or_not_at_all(two: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    (two / "i.html").write_text("as it was", encoding="utf-8")

    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    said = run("diff", "old", "new", "--data", "k.json", "--format", "html", "-o", "i.html", *DAY)
    assert said.code not in {0, 1}
    assert (two / "i.html").read_text(encoding="utf-8") == "as it was"
    assert sorted(p.name for p in two.iterdir()) == ["i.html", "k.json", "new", "old"]


# ---- limits


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("--max-moved", "50%"), 0, ""),
        (("--max-moved", "49.999%"), 1, "KF0870"),
        (("--max-moved", "3"), 0, ""),
        (("--max-moved", "2"), 1, "KF0870"),
        (("--max-moved", "tier=3"), 0, ""),
        (("--max-moved", "tier=2"), 1, "3 of 6 records move in tier: 50.0%"),
        (("--max-moved", "first_visit=0"), 0, ""),
        (("--max-cost", "30"), 0, ""),
        (("--max-cost", "29.99"), 1, "given is worse for us by 30.00 CNY: 0.01 CNY above the limit"),
        (("--max-cost", "given=30.00 CNY", "--max-cost", "kept=30"), 0, ""),
        (("--max-cost", "kept=29"), 1, "kept is worse for us by 30.00 CNY: 1.00 CNY above the limit"),
        (("--max-moved", "50%", "--fail-on-change"), 1, ""),
        (("--max-moved", "1", "--max-cost", "1"), 1, "KF0871"),
    ],
)
def test_a_limit_decides_the_exit_code(
    two: Path, run: Run, args: tuple[str, ...], code: int, said: str
) -> None:
    found = run("diff", "old", "new", "--data", "k.json", *DAY, *args)
    assert found.code == code, found.err
    assert said in found.err
    assert ("KF087" in found.err) == bool(said)


@pytest.mark.parametrize(
    "args",
    [
        ("--max-moved", "teir=2%"),
        ("--max-moved", "given=2%"),  # a measure is not a decision: nobody moves by it
        ("--max-cost", "tier=3"),
        ("--max-cost", "given=3 days"),
        ("--by", "phone"),
        ("--by", "revenue"),
        ("--by", "regoin"),
        ("--record", "nobody"),
    ],
)
def test_what_can_not_be_tried_is_no_success(two: Path, run: Run, args: tuple[str, ...]) -> None:
    found = run("diff", "old", "new", "--data", "k.json", *DAY, *args)
    assert found.code == 2
    assert "KF08" in found.err + found.out or "KF05" in found.err + found.out


def test_a_limit_in_another_currency_says_which_one_the_measure_has(two: Path, run: Run) -> None:
    found = run("diff", "old", "new", "--data", "k.json", *DAY, "--max-cost", "given=30 USD")
    assert found.code == 2
    assert "KF0872" in found.err
    assert "given=100,000.00 CNY" in found.err


@pytest.mark.parametrize(
    ("setting", "codes", "cure"),
    [
        ("a_form=12", ["KF0875"], "did you mean `a_from`?"),
        ("a_from=12 CNY", ["KF0878", "KF0202"], "12 CNY"),
        ("a_from=many", ["KF0878", "KF0201"], "there is no `many`"),
        ("a_from", ["KF0879"], "NAME=VALUE"),
    ],
)
def test_a_setting_that_is_wrong_is_told_with_its_cure(
    two: Path, run: Run, setting: str, codes: list[str], cure: str
) -> None:
    found = run("diff", "old", "--set", setting, "--data", "k.json", *DAY)
    assert found.code == 2
    assert re.findall(r"KF\d{4}", found.out + found.err) == codes
    assert cure in found.out + found.err
    assert "fix:" not in found.out  # the file does not hold what was set


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("gone.csv", None, "KF0640"),
        ("k.csv", "", "KF0643"),
        ("k.csv", "id,score,revenue\n", "KF0874"),
        ("k.ndjson", "", "KF0643"),
        ("k.json", "", "KF0643"),
    ],
)
def test_a_file_that_holds_nobody_is_one_finding(
    two: Path, run: Run, name: str, text: str | None, code: str
) -> None:
    if text is not None:
        (two / name).write_text(text, encoding="utf-8")
    found = run("diff", "old", "new", "--data", name, *DAY)
    assert found.code != 0
    assert re.findall(r"KF\d{4}", found.out + found.err) == [code]
    assert "hint" in found.err


def test_without_a_measure_the_cost_is_said_to_be_unknown(two: Path, run: Run) -> None:
    for name in ("old", "new"):
        path = two / name / "p.kam"
        path.write_text(re.sub(r"(?m)^measure .*$", "", path.read_text(encoding="utf-8")), encoding="utf-8")
    found = run("diff", "old", "new", "--data", "k.json", *DAY)
    assert "what it costs is not known" in found.out
    assert "what it costs is not known" not in run("diff", "old", "old", "--data", "k.json", *DAY).out


def test_many_outputs_that_stay_are_counted_and_named_on_request(two: Path, run: Run) -> None:
    more = "".join(f"\ndecision same{i} of account : count as score + {i}\n" for i in range(9))
    for name in ("old", "new"):
        with (two / name / "p.kam").open("a", encoding="utf-8") as file:
            file.write(more)
    args = ("diff", "old", "new", "--data", "k.json", *DAY)
    assert "unchanged, proved for everybody: 10 outputs" in run(*args).out
    assert "same8" not in run(*args).out
    assert "same8" in run(*args, "-v").out


def test_a_version_that_rejects_everybody_does_not_pass(two: Path, run: Run) -> None:
    (two / "new" / "p.kam").write_text(Settings(a=15, most=2).text(), encoding="utf-8")
    found = run("diff", "old", "new", "--data", "k.json", *DAY, "--max-moved", "50%")
    assert found.code == 1
    assert "5 of 6 records move: 83.3%" in found.err
    assert "5 decided before, rejected now" in found.out
    assert "KF0705" in found.out


def test_an_empty_file_is_not_judged(two: Path, run: Run) -> None:
    (two / "k.json").write_text("[]", encoding="utf-8")
    found = run("diff", "old", "new", "--data", "k.json", *DAY, "--max-moved", "0")
    assert found.code == 2
    assert "KF0874" in found.err


@pytest.mark.parametrize(
    "text", ["", "%", "2 %%", "-1", "101%", "tier=", "=2%", "1e9", "٢%", "2.5", "9" * 20]
)
def test_a_limit_on_who_moves_that_is_none(text: str) -> None:
    assert isinstance(parse_max_moved(text), Diagnostic)


@pytest.mark.parametrize("text", ["", "given=", "=5"])
def test_a_limit_on_cost_that_is_none(text: str) -> None:
    assert isinstance(parse_max_cost(text), Diagnostic)


@pytest.mark.parametrize(
    "args", [("--max-moved", "2%"), ("--by", "region"), ("--prove",), ("--format", "html", "-o", "x.html")]
)
def test_what_needs_data_says_so(two: Path, run: Run, args: tuple[str, ...]) -> None:
    found = run("diff", "old", "new", *args)
    assert found.code == 2
    assert "--data FILE" in found.err


# ---- overlays on the command line


def test_one_version_is_compared_with_itself_changed(two: Path, run: Run) -> None:
    one = run("diff", "old", "--set", "a_from=12", "--data", "k.json", "--format", "json", *DAY)
    other = run("diff", "old", "new", "--data", "k.json", "--format", "json", *DAY)
    a, b = (json.loads(x.out) for x in (one, other))
    assert a["impact"] == b["impact"]
    assert a["new"] == "old + a_from=12"


def test_eval_and_why_take_settings_too(two: Path, run: Run) -> None:
    records = [r for r in RECORDS if r["id"] == "K1"]
    (two / "k.json").write_text(json.dumps(records), encoding="utf-8")
    args = ("k.json", "--policies", "old", *DAY, "--set", "a_from=12", "--only", "tier")
    decided = run("eval", *args, "-q")
    assert json.loads(decided.out)["decisions"] == {"tier": "A"}
    assert "Tier A because row 1" in run("why", *args, "--id", "K1").out
    assert "KF0875" in run("eval", "k.json", "--policies", "old", *DAY, "--set", "a_form=1").err


def test_a_text_that_rests_on_personal_data_is_not_shown(two: Path, run: Run) -> None:
    for name, note in (("old", '"ok"'), ("new", 'phone otherwise "none"')):
        text = Settings(note=note).text().replace("currency CNY", "currency CNY\n  purpose service", 1)
        (two / name / "p.kam").write_text(text, encoding="utf-8")
    for form in ("text", "json"):
        found = run("diff", "old", "new", "--data", "k.json", "--format", form, "-v", *DAY)
        assert found.code == 1, found.err
        assert "555-0001" not in found.out
        assert "(personal)" in found.out
