"""Overlays: read as policies are read, checked as if they had been written, and nothing else is touched."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

import pytest

from kamflow.app.overlays import Overlay, read_overlay, with_overlay
from kamflow.base.diagnostic import Diagnostic
from kamflow.base.span import Source
from kamflow.base.yaml_tree import YamlProblem, parse_yaml
from kamflow.project.engine import Engine
from kamflow.project.load import Project, load_sources
from kamflow.project.overlay import NotOverlaid
from tests.impact.rig import DAY, Settings, by_chance, judged, project_of, records_by_chance, written


def laid(project: Project, *sets: str) -> Project:
    found = with_overlay(project, Overlay(sets))
    assert isinstance(found, Project), [f.message.en for f in found.findings]
    return found


def refused(project: Project, *sets: str) -> list[str]:
    found = with_overlay(project, Overlay(sets))
    assert isinstance(found, NotOverlaid)
    return [f.code for f in found.findings]


@pytest.mark.parametrize("seed", range(6))
def test_an_overlay_is_the_policy_with_the_value_written_in_it(seed: int, tmp_path: Path) -> None:
    rng = Random(seed)
    base, other = by_chance(rng), by_chance(rng)
    edited = Settings(**{**vars(base), "a": other.a, "b": other.b, "rate": other.rate})
    by_hand = project_of(edited.text())
    overlaid = laid(project_of(base.text()), f"a_from={other.a}", f"b_from={other.b}", f"rate={other.rate}%")
    data = written(tmp_path, records_by_chance(rng, 40))
    impact = judged(by_hand, overlaid, data).impact
    assert impact.moved == impact.newly_rejected == 0
    assert all(m.total.moved == 0 for m in impact.measures)


@pytest.mark.parametrize("seed", range(4))
def test_the_baseline_stays_as_it_was(seed: int) -> None:
    """Before and after, and while other threads decide with overlays."""
    rng = Random(seed)
    project = project_of(by_chance(rng).text())
    records = records_by_chance(rng, 30)
    engine = Engine(project)

    def decided(asked: Engine) -> list[object]:
        return [asked.evaluate(r, as_of=DAY, trace=True).to_dict() for r in records]

    before, digest = decided(engine), project.digest
    with ThreadPoolExecutor(4) as pool:
        others = [pool.submit(lambda n=n: decided(Engine(laid(project, f"a_from={n}")))) for n in (1, 9, 19)]
        same = [pool.submit(decided, engine) for _ in range(4)]
        assert all(s.result() == before for s in same)
        assert any(o.result() != before for o in others)
    assert decided(engine) == decided(Engine(project)) == before
    assert project.digest == digest


def test_the_words_of_both_languages_are_read_in_either() -> None:
    chinese = """策略 p
  币种 CNY
结束

记录 客户
  编号 : 文本
结束

参数 期限 : 天数
  自 2025-01-01 : 30 天
结束

参数 底价 : 金额
  自 2025-01-01 : 5 元
  自 2026-01-01 : 6 元
结束

决策 到期 之 客户 : 天数 为 期限
决策 价格 之 客户 : 金额 为 底价
"""
    project = load_sources({"p.kam": Source("p.kam", chinese)})
    for sets in (("期限=20 days", "底价=1.2k CNY"), ("期限=20 天", "底价=1,200 元")):
        decision = Engine(laid(project, *sets)).evaluate({"编号": "a"}, as_of=DAY)
        assert decision.to_dict()["decisions"] == {"到期": 20, "价格": "1200.00"}  # type: ignore[index]


@pytest.mark.parametrize(
    ("setting", "codes"),
    [
        ("a_form=3", ["KF0875"]),
        ("a_from", ["KF0879"]),
        ("=3", ["KF0879"]),
        ("a_from=", ["KF0879"]),
        ("a_from=1 + 1", ["KF0876"]),
        ("a_from=b_from + 1", ["KF0876"]),
        ("a_from=sum of x", ["KF0876"]),
        ("a_from=3\nend\n\nimpossible of account when score >= 0", ["KF0876"]),
        ("a_from=" + "9" * 10_001, ["KF0876"]),
        ("a_from=3 days", ["KF0878", "KF0202"]),
        ("a_from=yes", ["KF0878", "KF0202"]),
        ("a_from=b_from", ["KF0878", "KF0223"]),
        ("a_from=1e5", ["KF0876"]),
    ],
)  # fmt: skip
def test_what_is_no_value_is_refused(setting: str, codes: list[str]) -> None:
    found = refused(project_of(Settings().text()), setting)
    assert found[0] == codes[0]
    assert len(found) >= len(codes)


def test_a_name_set_twice_is_refused_and_the_last_source_counts(tmp_path: Path) -> None:
    project = project_of(Settings().text())
    assert refused(project, "a_from=3", "a_from=4") == ["KF0879"]
    file = tmp_path / "o.yaml"
    file.write_text("parameters:\n  a_from: 3\n  b_from: 2\n", encoding="utf-8")
    both = with_overlay(project, Overlay(("a_from=4",), str(file)))
    assert isinstance(both, Project)
    program = both.stretches[0].program
    assert program is not None
    assert {n: p.value_on(DAY.toordinal()) for n, p in program.params.items()} == {
        "a_from": 4, "b_from": 2, "rate": 50,
    }  # fmt: skip


def test_dated_values_leave_what_comes_before_as_it_is(tmp_path: Path) -> None:
    project = project_of(Settings(a=15).text())
    file = tmp_path / "o.yaml"
    file.write_text("parameters:\n  a_from:\n    2027-01-01: 9\n    2026-08-01: 12\n", encoding="utf-8")
    found = with_overlay(project, Overlay((), str(file)))
    assert isinstance(found, Project)
    program = found.stretches[0].program
    assert program is not None
    days = ("2025-06-01", "2026-07-31", "2026-08-01", "2026-12-31", "2027-01-01")
    from datetime import date

    values = [program.params["a_from"].value_on(date.fromisoformat(d).toordinal()) for d in days]
    assert values == [15, 15, 12, 12, 9]


HOSTILE = {
    "twice": "parameters:\n  a: 1\n  a: 2\n",
    "alias": "parameters: &x\n  a: 1\nother: *x\n",
    "bomb": "a: &a [x]\nb: &b [*a,*a]\nparameters: *b\n",
    "merge": "parameters:\n  <<: *x\n",
    "tag": "parameters:\n  a: !!python/object/apply:os.system [ls]\n",
    "float tag": "parameters:\n  a: !!float 1\n",
    "list": "parameters:\n  a: [1, 2]\n",
    "list on top": "- a\n- b\n",
    "scalar": "just a text\n",
    "empty": "",
    "empty below": "parameters:\n",
    "two documents": "parameters:\n  a: 1\n---\nparameters:\n  a: 2\n",
    "other key": "params:\n  a: 1\n",
    "further key": "parameters:\n  a: 1\ntitle: x\n",
    "deep": "parameters:\n  a: " + "{b: " * 50 + "1" + "}" * 50 + "\n",
    "no yaml": "parameters: [\n",
    "tab": "parameters:\n\ta: 1\n",
    "control": "parameters:\n  a: \x07\n",
    "no date": "parameters:\n  a:\n    soon: 1\n",
    "impossible date": "parameters:\n  a:\n    2026-02-30: 1\n",
    "key as list": "parameters:\n  ? [a, b]\n  : 1\n",
    "long": "parameters:\n  a: " + "x" * 300_000,
    "nested brackets": "[" * 100_000,
    "nested maps": "{a: " * 20_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_overlays_are_one_coded_finding(text: str, tmp_path: Path) -> None:
    file = tmp_path / "o.yaml"
    file.write_text(text, encoding="utf-8")
    found = read_overlay(str(file))
    assert isinstance(found, Diagnostic)
    assert found.code == "KF0877"
    assert found.message.zh


def test_bytes_that_are_no_text_and_files_that_are_not_there(tmp_path: Path) -> None:
    (tmp_path / "o.yaml").write_bytes(b"parameters:\n  a: \xff\xfe\n")
    for name in (str(tmp_path / "o.yaml"), str(tmp_path / "none.yaml"), str(tmp_path), "a\0b"):
        found = read_overlay(name)
        assert isinstance(found, Diagnostic)
        assert found.code == "KF0877"


@pytest.mark.parametrize(
    "text", ["no", "NO", "1:30", "0.1", "1e3", "2026-06-30", "0o17", "~", "null", ".inf", "0x1F", "12_000"]
)
def test_a_value_is_the_text_that_stands_there(text: str) -> None:
    found = parse_yaml(f"parameters:\n  a: {text}\n")
    assert not isinstance(found, YamlProblem | None)
    ((_, below),) = found.items  # type: ignore[union-attr]
    ((_, value),) = below.items  # type: ignore[union-attr]
    assert value.text == text


def test_no_is_yes_or_no_and_a_decimal_is_exact(tmp_path: Path) -> None:
    text = """policy p
  currency CNY
end

record r
  id : text
end

parameter strict : yes/no
  from 2025-01-01 : yes
end

parameter rate : number with 12 decimals
  from 2025-01-01 : 0.000000000001
end

parameter word : text
  from 2025-01-01 : "a"
end

decision s of r : yes/no as strict
decision x of r : number with 12 decimals as rate
decision w of r : text as word
"""
    project = project_of(text)
    file = tmp_path / "o.yaml"
    file.write_text("parameters:\n  strict: no\n  rate: 0.1\n  word: no\n", encoding="utf-8")
    found = with_overlay(project, Overlay((), str(file)))
    assert isinstance(found, Project), [f.message.en for f in found.findings]
    decision = Engine(found).evaluate({"id": "a"}, as_of=DAY).to_dict()
    assert decision["decisions"] == {"s": False, "x": "0.100000000000", "w": "no"}
    assert json.dumps(decision)
