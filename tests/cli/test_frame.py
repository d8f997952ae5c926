"""What all commands share: help and usage errors in two languages, common options, exit codes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kamflow.cli.main import main
from kamflow.cli.registry import VERBS

VERB_LINES = [*([v] for v in VERBS), ["schema", "export"]]
GOOD = "policy p\nend\n\nrecord customer\n  id : text\nend\n\ndecision tier of customer : text as id\n"
BAD = GOOD.replace("as id", "as idd")


def has_chinese(text: str) -> bool:
    return any("\u4e00" <= c <= "\u9fff" for c in text)


@pytest.mark.parametrize("line", VERB_LINES, ids=" ".join)
def test_every_verb_has_help_in_both_languages(run, line):
    english = run(*line, "--help")
    chinese = run(*line, "--help", "--lang", "zh")
    assert (english.code, english.err) == (0, "")
    assert english.out.startswith(f"Usage: kamflow {' '.join(line)}")
    assert not has_chinese(english.out)
    assert chinese.out.startswith("用法：")
    # every option that one page explains stands in the other, explained in Chinese
    explained = [row for row in chinese.out.splitlines() if row.strip().startswith("-")]
    assert len(explained) == len([row for row in english.out.splitlines() if row.strip().startswith("-")])
    assert "--lang" in chinese.out


def test_the_main_help_lists_every_verb_with_its_line_in_both_languages(run):
    english, chinese = run("--help").out, run("--lang", "zh", "--help").out
    for name, entry in VERBS.items():
        assert f"{name:10}  {entry.short.en}" in english
        assert f"{name:10}  {entry.short.zh}" in chinese


def test_no_arguments_show_the_help(run):
    assert run().out == run("--help").out
    assert run("--lang", "zh").out == run("--lang", "zh", "-h").out


def test_chinese_help_is_never_wider_than_the_terminal(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    for line in VERB_LINES:
        for row in run(*line, "--help", "--lang", "zh").out.splitlines():
            wide = sum(2 if "\u2e80" <= c <= "\uffef" else 1 for c in row)
            assert wide <= 60 or row.startswith(("用法", "  -")) or "kamflow" in row, row


def test_common_options_count_before_and_after_the_verb(run, folder):
    (folder / "a.kam").write_text(GOOD, encoding="utf-8")
    before = run("--lang", "zh", "--quiet", "check", "a.kam")
    after = run("check", "a.kam", "--lang", "zh", "--quiet")
    assert before == after
    assert before.err == ""
    assert "没有发现问题" in run("check", "--lang=zh", "a.kam").err
    assert "no findings" in run("--lang", "zh", "check", "--lang", "en", "a.kam").err


@pytest.mark.parametrize(
    ("args", "en", "zh"),
    [
        (["chekc"], "did you mean `check`", "是否想写“check”"),
        (["schema", "exprt"], "did you mean `export`", "是否想写“export”"),
        (["check", "--quite"], "did you mean --quiet", "是否想写 --quiet"),
        (["check", "--output-format", "jsn"], "did you mean json", "是否想写 json"),
        (["explain"], "CODE|NAME is missing", "缺少 CODE|NAME"),
        (["init", "a", "b"], "too many arguments: b", "多余的参数：b"),
        (["explain", "x", "--as-of", "2026-02-30"], "takes a date such as", "应为日期"),
        (["explain", "x", "--as-of"], "--as-of needs a value", "--as-of 的用法不对"),
        (["test", "--cov"], "--cov is not there yet", "尚不支持 --cov"),
        (["test", "--mutate"], "--mutate is not there yet", "尚不支持 --mutate"),
        (["fmt"], "name the files", "请指定要排版"),
        (["fmt", "-", "a.kam"], "- stands alone", "- 必须单独使用"),
    ],
)  # fmt: skip
def test_a_wrong_command_line_is_code_2_and_says_what_was_meant(run, args, en, zh):
    english, chinese = run(*args), run(*args, "--lang", "zh")
    assert (english.code, english.out) == (2, "")
    assert en in english.err
    if args[-1] != "--as-of":  # that one would take --lang for its value
        assert chinese.code == 2
        assert zh in chinese.err


def test_the_version_is_that_of_the_package(run):
    import kamflow

    assert run("--version").out == f"kamflow {kamflow.__version__}\n"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_our_own_mistake_is_code_70_without_a_traceback(run, folder, monkeypatch, lang):
    import kamflow.app.check

    def broken(_paths):
        raise ValueError("a secret of the innards")

    monkeypatch.setattr(kamflow.app.check, "check_policies", broken)
    said = run("check", "--lang", lang)
    assert said.code == 70
    assert "KAMFLOW_DEBUG=1" in said.err
    assert "Traceback" not in said.err
    assert "a secret" not in said.err
    assert has_chinese(said.err) == (lang == "zh")
    monkeypatch.setenv("KAMFLOW_DEBUG", "1")
    assert "Traceback" in run("check").err


def test_an_interruption_is_code_130(run, monkeypatch):
    import kamflow.app.check

    def interrupted(_paths, **_how):
        raise KeyboardInterrupt

    monkeypatch.setattr(kamflow.app.check, "check_policies", interrupted)
    assert run("check").code == 130


def test_a_refusal_of_the_system_is_told_in_a_line(run, folder):
    (folder / "a.kam").write_text(GOOD, encoding="utf-8")
    said = run("test", "a.kam", "--junit", "no/such/folder/report.xml")
    assert said.code == 2
    assert "No such file" in said.err
    assert "Traceback" not in said.err


def test_a_reader_that_goes_away_leaves_no_complaint(folder):
    many = "".join(f"decision d{i} of customer : text as id{i}\n" for i in range(24))
    (folder / "a.kam").write_text(GOOD + many, encoding="utf-8")
    command = [sys.executable, "-c", "from kamflow.cli.main import main; raise SystemExit(main())"]
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [*command, "check", "--quiet", "a.kam"], stdout=write, stderr=subprocess.PIPE, check=False,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip
    os.close(write)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_completion_script_asks_kamflow_what_is_possible(run, shell):
    said = run("completion", shell)
    assert said.code == 0
    assert "_KAMFLOW_COMPLETE" in said.out


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["kamflow", "ch"], "check"),
        (["kamflow", "check", "--outp"], "--output-format"),
        (["kamflow", "check", "--output-format", "sa"], "sarif"),
        (["kamflow", "schema", "e"], "export"),
    ],
)
def test_completion_finds_verbs_options_and_values(run, monkeypatch, words, wanted):
    monkeypatch.setenv("_KAMFLOW_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", " ".join(words))
    monkeypatch.setenv("COMP_CWORD", str(len(words) - 1))
    assert run().out == f"plain,{wanted}\n"


def test_colours_only_where_they_are_asked_for(run, folder, monkeypatch):
    (folder / "a.kam").write_text(BAD, encoding="utf-8")
    assert "\x1b[" not in run("check", "a.kam").out  # no terminal
    assert "\x1b[" in run("check", "a.kam", "--color", "always").out
    monkeypatch.setenv("KAMFLOW_COLOR", "always")
    assert "\x1b[" in run("check", "a.kam").out
    assert "\x1b[" not in run("check", "a.kam", "--color", "never").out


def test_a_broken_configuration_stops_every_verb_but_the_doctor(run, folder):
    (folder / "kamflow.toml").write_text('polices = ["rules"]\n', encoding="utf-8")
    said = run("check")
    assert said.code == 2
    assert "KF0802" in said.err
    assert "did you mean `policies`" in said.err
    assert run("check", "--help").code == 0
    doctor = run("doctor")
    assert doctor.code == 1
    assert "polices" in doctor.out


def test_a_command_line_that_is_no_utf_8_is_refused_without_a_crash(run):
    said = run("explain", "\udcff\udcfe")
    assert said.code == 2


def test_main_takes_its_arguments_from_the_command_line(monkeypatch, folder, capsys):
    monkeypatch.setattr(sys, "argv", ["kamflow", "--version"])
    assert main() == 0
    assert capsys.readouterr().out.startswith("kamflow ")
