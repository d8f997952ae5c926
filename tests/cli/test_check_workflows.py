"""`kamflow check` of policies and workflows together: what is named is told, what it needs is loaded."""

from __future__ import annotations

import json

import pytest

POLICY = """policy care
  effective from 2025-01-01
end

record client
  id    : text
  score : number, 0 to 100
end

define low of client as score < 20
"""
FLOW = """format: kamflow/workflow@1
id: care
version: 1
label: {en: "Care", zh: "关怀"}
subject: client
mode: state-driven
uses: [care]
initial: good
states:
  good:
    label: {en: "Good", zh: "良好"}
    transitions:
      - {id: leave, to: over, when: low, reason: {code: left, en: "Left", zh: "离开"}}
  over:
    label: {en: "Over", zh: "结束"}
    final: true
"""


@pytest.fixture
def project(folder):
    def write(flow=FLOW, policy=POLICY):
        for path, text in (("rules/care.kam", policy), ("workflows/care.yaml", flow)):
            (folder / path).parent.mkdir(exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")

    return write


def found(said):
    return [(f["code"], f["location"]["file"]) for f in json.loads(said.out)["findings"]]


def test_without_a_path_both_are_checked_and_counted(run, project):
    project()
    said = run("check")
    assert said.code == 0
    assert "2 files, 1 policy, 1 workflow checked" in said.err
    assert "已检查 2 个文件、1 个策略、1 个流程" in run("--lang", "zh", "check").err


def test_a_definition_that_only_the_workflow_reads_is_used(run, project):
    project()
    assert run("check").code == 0
    project(FLOW.replace("when: low", "when: score < 5"))
    said = run("check", "--output-format", "concise")
    assert (said.code, "KF0219" in said.out) == (1, True)


@pytest.mark.parametrize("path", ["workflows", "workflows/care.yaml"])
def test_a_workflow_that_is_named_finds_the_policies_of_the_project(run, project, path):
    project()
    said = run("check", path)
    assert (said.code, said.out) == (0, "")
    assert "1 file, 0 policies, 1 workflow checked" in said.err


def test_findings_are_about_what_was_named(run, project):
    project(FLOW.replace("when: low", "when: lwo"), POLICY + "define idle of client as score + 1\n")
    assert "KF0201" in run("check", "workflows", "--output-format", "concise").out
    assert "KF0219" not in run("check", "workflows", "--output-format", "concise").out
    assert "KF0201" not in run("check", "rules", "--output-format", "concise").out


def test_a_slip_in_a_guard_is_shown_in_the_yaml_file(run, project):
    project(FLOW.replace("when: low", "when: scroe < 5"))
    said = run("check")
    assert said.code == 1
    assert "--> workflows/care.yaml:13:37" in said.out
    assert "did you mean `score`?" in said.out


def test_fix_mends_a_guard_in_the_yaml_file(run, project, folder):
    project(FLOW.replace("when: low", "when: lwo or score < 5"))
    run("check", "--fix")
    assert "when: low or score < 5" in (folder / "workflows/care.yaml").read_text(encoding="utf-8")


def test_guards_are_proved_where_that_is_asked(run, project):
    pytest.importorskip("z3")
    also = "\n      - {id: also, to: over, when: score < 30, reason: {code: left, en: Left, zh: 离开}}"
    again = f"{also}\n  over:\n    label"
    project(FLOW.replace("\n  over:\n    label", again))
    assert run("check").code == 0
    said = run("check", "--prove")
    assert (said.code, "KF1111" in said.out) == (1, True)
    assert "2 guards looked at" in said.err


def test_both_have_to_compile(run, project):
    project(policy=POLICY.replace("score < 20", "scoore < 20"))
    said = run("check", "workflows")
    assert (said.code, "rules/care.kam" in said.out) == (1, True), "else guards would seem to be checked"
    assert run("check").code == 1


def test_a_yaml_file_of_somebody_else_is_left_alone(run, project, folder):
    project()
    (folder / "workflows/other.yaml").write_text("a: [1, 2\n", encoding="utf-8")
    said = run("check")
    assert said.code == 0
    assert "2 files" in said.err


def test_a_folder_with_policies_and_workflows_of_its_own_is_not_mixed_with_the_project(run, project, folder):
    project()
    (folder / "desk").mkdir()
    (folder / "desk/care.kam").write_text(POLICY, encoding="utf-8")  # of the same name as the project's
    (folder / "desk/care.yaml").write_text(FLOW, encoding="utf-8")
    said = run("check", "desk")
    assert (said.code, said.out) == (0, "")
