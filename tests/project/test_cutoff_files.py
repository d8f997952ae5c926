"""Cut-offs of another time or policy, and files that are not what they say."""

from __future__ import annotations

import hashlib
import json
from datetime import date

import pytest

import kamflow
from tests.project.accounts import DAY, GROUPED, HEAD, PLAIN, TERMS, answers, crowd


@pytest.fixture
def load(tmp_path):
    def load(text: str, name: str = "p.kam") -> kamflow.Engine:
        (tmp_path / name).write_text(text, encoding="utf-8")
        return kamflow.load(tmp_path / name)

    return load


# ---- cut-offs of another time or policy


def written(load, tmp_path, text=PLAIN, size=50):
    engine = load(text)
    engine.with_portfolio(crowd(size), as_of=DAY).write_cutoffs(tmp_path / "c.json")
    return tmp_path / "c.json"


def code_of(action) -> str:
    with pytest.raises(kamflow.UsageError) as caught:
        action()
    return caught.value.finding.code


def test_cut_offs_serve_another_policy_whose_terms_are_the_same(load, tmp_path):
    file = written(load, tmp_path)
    renamed = PLAIN.replace("a_rank", "its_rank").replace("policy p", "policy q") + (
        "decision more of account : percent as its_rank otherwise 5%\n"
    )
    other = load(renamed, "q.kam").with_cutoffs(file)
    assert other.digest != other.placed.policies
    records = crowd(20)
    want = load(PLAIN).with_cutoffs(file)
    assert [a["rank"] for a in answers(other, records)] == [a["rank"] for a in answers(want, records)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("where active and seats >= 1", "where active and seats >= 2"),
        ("by revenue, largest first", "by revenue, smallest first"),
        ("A up to 80% of total", "A up to 70% of total"),
        ("outside population C", "outside population B"),
        ("quantile 5 of revenue", "quantile 4 of revenue"),
        ("of revenue among accounts", "of seats among accounts"),
        ("share of revenue among accounts", "share of revenue among accounts within region"),
        ("money with 0 decimals", "money"),
        ("C < B < A", "B < C < A"),
    ],
)
def test_cut_offs_of_other_terms_are_refused(load, tmp_path, old, new):
    file = written(load, tmp_path)
    assert old in PLAIN
    other = load(PLAIN.replace(old, new), "q.kam").with_cutoffs(file)
    assert code_of(lambda: other.evaluate(crowd(1)[0], as_of=DAY)) == "KF0883"


LEAST = PLAIN.replace("seats >= 1", "seats >= 1 and revenue is present and revenue > least")


def test_a_parameter_behind_a_term_counts_with_its_value_on_the_day(load, tmp_path):
    file = written(load, tmp_path, LEAST)
    engine = load(LEAST).with_cutoffs(file)
    assert engine.evaluate(crowd(1)[0], as_of=DAY).ok
    assert code_of(lambda: engine.evaluate(crowd(1)[0], as_of=date(2026, 7, 1))) == "KF0883"
    plain = load(PLAIN).with_cutoffs(written(load, tmp_path))  # reads no parameter: later days are fine
    assert plain.evaluate(crowd(1)[0], as_of=date(2026, 7, 1)).ok


def test_a_portfolio_counts_on_its_own_day_only(load):
    engine = load(PLAIN).with_portfolio(crowd(9), as_of=DAY)
    assert code_of(lambda: engine.evaluate(crowd(1)[0], as_of=date(2026, 7, 1))) == "KF0884"
    assert engine.evaluate(crowd(1)[0], as_of=date(2026, 6, 30)).ok


def test_a_scenario_that_moves_a_term_is_refused_and_another_is_not(load, tmp_path):
    scenarios = 'scenario "high"\n  set least = 50 CNY\nend\n'
    engine = load(LEAST + scenarios).with_portfolio(crowd(50), as_of=DAY)
    assert code_of(lambda: engine.scenario("high").evaluate(crowd(1)[0], as_of=DAY)) == "KF0883"
    again = load(LEAST + scenarios).scenario("high").with_portfolio(crowd(50), as_of=DAY)
    assert again.evaluate(crowd(1)[0], as_of=DAY).ok
    unread = load(PLAIN + scenarios).with_portfolio(crowd(50), as_of=DAY)
    assert unread.scenario("high").evaluate(crowd(1)[0], as_of=DAY).ok


def test_cut_offs_that_were_never_measured_cannot_be_written(load, tmp_path):
    engine = load(PLAIN)
    assert code_of(lambda: engine.write_cutoffs(tmp_path / "c.json")) == "KF0883"
    assert not (tmp_path / "c.json").exists()


# ---- hostile files


def test_every_changed_byte_is_noticed(load, tmp_path):
    file = written(load, tmp_path, GROUPED, size=12)
    data = file.read_bytes()
    engine = load(GROUPED)
    for at in range(0, len(data), 7):
        file.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        assert code_of(lambda: engine.with_cutoffs(file)) in {"KF0881", "KF0882"}, at
    for cut in (0, 1, 50, len(data) - 1):
        file.write_bytes(data[:cut])
        assert code_of(lambda: engine.with_cutoffs(file)) in {"KF0881", "KF0882"}, cut
    file.write_bytes(data)
    assert engine.with_cutoffs(file).evaluate(crowd(1)[0], as_of=DAY).ok


def forged(path, change) -> None:
    """Change the content and vouch for it again, as somebody would who means it."""
    _, body = path.read_text(encoding="utf-8").split("\n", 1)
    content = change(json.loads(body))
    body = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False) + "\n"
    digest = hashlib.sha256(body.encode()).hexdigest()
    head = json.dumps({"format": "kamflow cut-offs", "version": 1, "sha256": digest})
    path.write_text(f"{head}\n{body}", encoding="utf-8")


def put(*path, value):
    def change(content):
        at = content
        for step in path[:-1]:
            at = at[step]
        at[path[-1]] = value
        return content

    return change


def term_of(kind):
    return {"classify": 0, "percentile": 1, "share": 2, "quantile": 3}[kind]


FORGED = {
    "no object": lambda c: [c],
    "no JSON": lambda c: "{",
    "very deep": lambda c: "[" * 100_000,
    "a number of 5,000 digits": lambda c: "9" * 5_000,
    "no day": put("as_of", value="2026-02-30"),
    "a day as a number": put("as_of", value=7),
    "members below zero": put("members", value=-1),
    "terms are no list": put("terms", value={}),
    "no kind": put("terms", 0, "kind", value="median"),
    "a class that is none": put("terms", 0, "groups", 0, "answers", value=["Z", "B", "A"]),
    "answers lack": put("terms", 1, "groups", 0, "answers", value="0"),
    "thresholds that fall": put("terms", 1, "groups", 0, "from", value="5 -3"),
    "a threshold in words": put("terms", 1, "groups", 0, "from", value="five"),
    "a total of nothing": put("terms", 2, "groups", 0, "total", value="0"),
    "a total as a number": put("terms", 2, "groups", 0, "total", value=1e300),
    "a region that is none": put("terms", 3, "groups", 0, "group", value="east"),
    "a group twice": lambda c: (c["terms"][3]["groups"].append(c["terms"][3]["groups"][0]), c)[1],
    "a percentile above all": put(
        "terms", 1, "groups", 0, value={"group": "north", "from": "", "answers": "2000000"}
    ),
    "a quantile of none": put("terms", 3, "groups", 0, value={"group": "north", "from": "", "answers": "6"}),
    "groups where there are none": lambda c: (c["terms"][1].pop("within"), c)[1],
    "a share of steps": lambda c: (c["terms"][2].update(c["terms"][1], digest=c["terms"][2]["digest"]), c)[1],
    "classes of another order": lambda c: (c["terms"][0]["classes"].append("D"),
        put("terms", 0, "groups", 0, value={"group": "north", "from": "", "answers": ["D"]})(c))[1],
}  # fmt: skip


@pytest.mark.parametrize("how", FORGED)
def test_a_forged_file_is_a_finding(load, tmp_path, how):
    file = written(load, tmp_path, GROUPED)
    kinds = [t["kind"] for t in json.loads(file.read_text(encoding="utf-8").split("\n", 1)[1])["terms"]]
    assert kinds == ["classify", "percentile", "share", "quantile"]
    forged(file, FORGED[how])
    engine = load(GROUPED)
    assert code_of(lambda: engine.with_cutoffs(file).evaluate(crowd(1)[0], as_of=DAY)) == "KF0881"


def test_a_later_format_and_no_file_are_findings(load, tmp_path):
    file = written(load, tmp_path)
    file.write_bytes(file.read_bytes().replace(b'"version": 1', b'"version": 2', 1))
    assert code_of(lambda: load(PLAIN).with_cutoffs(file)) == "KF0881"
    assert code_of(lambda: load(PLAIN).with_cutoffs(tmp_path / "none.json")) == "KF0880"
    assert code_of(lambda: load(PLAIN).with_cutoffs("a\0b")) == "KF0880"
    assert code_of(lambda: load(PLAIN).with_cutoffs(tmp_path)) == "KF0880"


def test_a_file_is_small_and_readable(load, tmp_path):
    """Ten numbers a term but for percentiles, whatever the number of members."""
    text = HEAD + TERMS.format(within="", by="").replace(
        "define a_rank of account as percentile of revenue among accounts", "define a_rank of account as 5%"
    )
    sizes = [written(load, tmp_path, text, size).stat().st_size for size in (50, 2_000)]
    assert sizes[1] < 2_000
    body = json.loads((tmp_path / "c.json").read_text(encoding="utf-8").split("\n", 1)[1])
    assert body["terms"][0]["groups"][0]["answers"] == ["C", "B", "A"]
