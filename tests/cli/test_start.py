"""`init`, `demo`, `doctor`: the first minutes with kamflow."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from kamflow.app.demo import prepare_demo
from kamflow.app.doctor import State, Terminal, examine
from kamflow.app.settings import Settings, load_settings
from kamflow.base.text import Lang

WANTED = {
    # 1.8 M is above the line of 1 M and pays in time; exactly 1 M counts, 45 days late; 64,000.50 is below
    "en": [("C001", "key", "8%"), ("C002", "key", "2%"), ("C003", "standard", "0%")],
    "zh": [("C001", "重点客户", "8%"), ("C002", "重点客户", "2%"), ("C003", "普通客户", "0%")],
}
NAMES = {"en": ("tier", "discount"), "zh": ("客户等级", "年度折扣")}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_new_project_checks_tests_decides_and_is_laid_out(run, folder, monkeypatch, lang):
    made = run("init", "mine", "--lang", lang)
    assert made.code == 0
    assert len(made.out.splitlines()) == 4
    monkeypatch.chdir(folder / "mine")
    assert run("check").code == 0
    assert run("test").code == 0
    assert run("fmt", "--check").code == 0
    said = run("eval", "customers.json", "--as-of", "2026-06-30", "--format", "ndjson")
    assert said.code == 0
    decided = [json.loads(line) for line in said.out.splitlines()]
    names = NAMES[lang]
    assert [(d["id"], *(d["decisions"][n] for n in names)) for d in decided] == WANTED[lang]
    assert list(decided[2]["assumed"].values()) == ["0 days"]
    assert run("why", "customers.json", "--id", "C002", "--as-of", "2026-06-30").code == 0
    assert run("explain", names[1]).code == 0


def test_a_chinese_project_speaks_chinese_without_being_asked(run, folder, monkeypatch):
    run("init", "--lang", "zh")
    assert "没有发现问题" in run("check").err


@pytest.mark.parametrize("taken", ["kamflow.toml", "README.md", "customers.json", "rules/old.kam"])
def test_init_never_overwrites(run, folder, taken):
    path = folder / taken
    path.parent.mkdir(exist_ok=True)
    path.write_text("mine", encoding="utf-8")
    before = sorted(folder.rglob("*"))
    said = run("init")
    assert (said.code, said.out) == (2, "")
    assert taken.split("/")[0] in said.err
    assert sorted(folder.rglob("*")) == before
    assert path.read_text(encoding="utf-8") == "mine"


def test_init_twice_is_a_mistake_the_second_time(run):
    assert [run("init").code, run("init").code] == [0, 2]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_demonstration_decides_and_explains_and_writes_nothing(run, folder, lang):
    said = run("demo", "--lang", lang)
    assert said.code == 0
    assert "C002" in said.out
    assert "kamflow init" in said.err
    assert not list(folder.iterdir())


def test_without_shipped_examples_the_demonstration_takes_the_sample_project(tmp_path, monkeypatch):
    from kamflow.app import demo

    (tmp_path / "data" / "rules").mkdir(parents=True)
    monkeypatch.setattr(demo, "resource_dir", lambda _name: tmp_path / "data" / "rules")
    target = tmp_path / "target"
    target.mkdir()
    found = prepare_demo(target, Lang.ZH)
    assert found.policies == target / "rules"
    assert found.shown_id in found.customers.read_text(encoding="utf-8")


UTF8 = Terminal("utf-8", 120, is_terminal=True)


def probes(folder, terminal=UTF8, **changes):
    settings = replace(load_settings(folder, {}), **changes)
    return {p.title.en: p for p in examine(settings, terminal, folder)}


def test_a_sound_installation_has_no_problem(tmp_path):
    found = probes(tmp_path)
    assert [t for t, p in found.items() if p.state is State.PROBLEM] == []
    assert all(p.title.in_(Lang.ZH) for p in found.values())


@pytest.mark.parametrize(
    ("terminal", "title", "state"),
    [
        (Terminal("ascii", 120, True), "encoding", State.PROBLEM),
        (Terminal("UTF8", 120, True), "encoding", State.FINE),
        (Terminal("utf-8", 60, True), "terminal", State.HINT),
        (Terminal("utf-8", 60, False), "terminal", State.FINE),
    ],
)
def test_the_terminal_is_judged(tmp_path, terminal, title, state):
    found = probes(tmp_path, terminal)[title]
    assert found.state is state
    assert (found.fix is None) == (state is State.FINE)


def test_a_missing_extra_is_a_hint_that_says_how_to_get_it(tmp_path, monkeypatch):
    from kamflow.app import doctor

    monkeypatch.setattr(doctor, "find_spec", lambda name: None if name == "duckdb" else True)
    found = probes(tmp_path)
    assert found["Parquet files"].state is State.HINT
    assert found["Parquet files"].fix.en == 'pip install "kamflow[parquet]"'
    assert found["Excel files"].state is State.FINE


def test_policies_that_are_gone_and_a_folder_that_refuses_are_problems(tmp_path, monkeypatch):
    from kamflow.app import doctor

    assert probes(tmp_path, policies=(tmp_path / "gone",))["policies"].state is State.PROBLEM

    def refused(**_how):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(doctor.tempfile, "mkstemp", refused)
    assert probes(tmp_path)["this folder"].state is State.PROBLEM


def test_missing_resources_are_a_problem(tmp_path, monkeypatch):
    from kamflow.app import doctor

    monkeypatch.setattr(doctor, "resource_dir", lambda name: tmp_path / name)
    found = probes(tmp_path)
    assert [found[t].state for t in ("grammar", "pages of findings")] == [State.PROBLEM] * 2


def test_doctor_prints_a_line_each_and_leaves_nothing_behind(run, folder):
    said = run("doctor")
    assert said.code == 0
    assert said.out.count("\n") >= 12
    assert not list(folder.iterdir())
    assert "编码" in run("doctor", "--lang", "zh").out


def test_settings_have_usable_values_of_their_own():
    assert Settings().lang is Lang.EN
