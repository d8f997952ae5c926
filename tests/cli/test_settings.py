"""Who wins: options, then variables, then the configuration, then what is usual."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from kamflow.app.settings import Color, Origin, load_settings
from kamflow.base.resources import resource_dir
from kamflow.base.text import Lang

POLICY = "policy p\nend\n"


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("flag", "variable", "configured", "locale", "wanted", "origin"),
    [
        ("en", "zh", "zh", "zh_CN.UTF-8", Lang.EN, Origin.FLAG),
        (None, "en", "zh", "zh_CN.UTF-8", Lang.EN, Origin.VARIABLE),
        (None, None, "en", "zh_CN.UTF-8", Lang.EN, Origin.CONFIG),
        (None, None, "auto", "zh_CN.UTF-8", Lang.ZH, Origin.LOCALE),
        (None, None, None, "zh_TW", Lang.ZH, Origin.LOCALE),
        (None, None, None, "de_DE.UTF-8", Lang.EN, Origin.LOCALE),
        (None, None, None, "", Lang.EN, Origin.BUILT_IN),
        ("auto", "en", "en", "zh_CN.UTF-8", Lang.ZH, Origin.LOCALE),
    ],
)
def test_the_language_is_that_of_the_strongest_voice(
    tmp_path, flag, variable, configured, locale, wanted, origin
):
    if configured:
        write(tmp_path / "kamflow.toml", f'lang = "{configured}"\n')
    env = {"LANG": locale} | ({"KAMFLOW_LANG": variable} if variable else {})
    found = load_settings(tmp_path, env, flag)
    assert (found.lang, found.lang_from) == (wanted, origin)
    assert found.findings == ()


def test_lc_all_counts_more_than_lang(tmp_path):
    assert load_settings(tmp_path, {"LC_ALL": "C", "LANG": "zh_CN.UTF-8"}).lang is Lang.EN


def test_the_configuration_is_searched_upwards_and_its_paths_count_from_it(tmp_path):
    write(tmp_path / "kamflow.toml", 'policies = ["mine", "more"]\nrecord = "quote"\nas_of = 2026-06-30\n')
    inside = tmp_path / "a" / "b"
    inside.mkdir(parents=True)
    found = load_settings(inside, {})
    assert found.policies == (tmp_path / "mine", tmp_path / "more")
    assert (found.root, found.record, found.as_of) == (tmp_path, "quote", date(2026, 6, 30))
    assert found.policies_from is Origin.CONFIG


def test_the_section_of_pyproject_toml_counts_and_others_do_not(tmp_path):
    write(tmp_path / "pyproject.toml", '[tool.other]\nx = 1\n[tool.kamflow]\ncolor = "never"\n')
    assert load_settings(tmp_path, {}).color is Color.NEVER
    elsewhere = tmp_path / "sub"
    write(elsewhere / "pyproject.toml", "[tool.other]\nx = 1\n")
    assert load_settings(elsewhere, {}).config == tmp_path / "pyproject.toml"


def test_without_anything_the_shipped_policies_count(tmp_path):
    found = load_settings(tmp_path, {})
    assert found.policies == (resource_dir("rules"),)
    assert found.policies_from is Origin.BUILT_IN


def test_a_rules_folder_is_a_projects_only_with_a_policy_in_it(tmp_path):
    (tmp_path / "rules").mkdir()
    assert load_settings(tmp_path, {}).policies_from is Origin.BUILT_IN
    write(tmp_path / "rules" / "deep" / "a.kam", POLICY)
    found = load_settings(tmp_path, {})
    assert (found.policies, found.policies_from) == ((Path("rules"),), Origin.FOLDER)


def test_a_variable_names_several_policies(tmp_path):
    import os

    found = load_settings(tmp_path, {"KAMFLOW_POLICIES": os.pathsep.join(["a", "b.kam"])})
    assert found.policies == (Path("a"), Path("b.kam"))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("lang = ", "KF0801"),
        ("\x00", "KF0801"),
        ('langs = "en"', "KF0802"),
        ('lang = "de"', "KF0803"),
        ("lang = 3", "KF0803"),
        ('color = "blue"', "KF0803"),
        ('as_of = "yesterday"', "KF0803"),
        ("policies = [1]", "KF0803"),
        ('policies = { a = "b" }', "KF0803"),
        ('record = ""', "KF0803"),
    ],
)
def test_what_is_wrong_with_a_configuration_is_a_finding(tmp_path, text, code):
    write(tmp_path / "kamflow.toml", text)
    found = load_settings(tmp_path, {})
    assert [f.code for f in found.findings] == [code]
    assert found.findings[0].message.zh
    assert found.policies


def test_a_wrong_variable_is_a_finding_that_names_it(tmp_path):
    found = load_settings(tmp_path, {"KAMFLOW_LANG": "deutsch"})
    assert [(f.code, str(f.span)) for f in found.findings] == [("KF0803", "KAMFLOW_LANG")]
