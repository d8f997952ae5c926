"""`kamflow check --prove`: what is said, what counts as an error, and what happens without z3."""

from __future__ import annotations

import pytest

from kamflow.app import prove as app_prove
from kamflow.engines.interp import apply_op

POLICY = """policy p
  effective from 2025-01-01
end

record deal
  n    : number with 0 decimals, 0 to 100
  late : yes/no
end

decision off of deal : number as min(n, 50)

rule stop overrides off
  when late
  then off = 0
end

always "never above fifty"
  off <= {most}
"""
HARD = """
record box
  a : number with 0 decimals, 1 to 1,000,000
  b : number with 0 decimals, 1 to 1,000,000
  c : number with 0 decimals, 1 to 1,000,000
end

never "two cubes make a cube"
  a * a * a + b * b * b = c * c * c
"""


@pytest.fixture
def write(folder):
    def to(text: str) -> None:
        (folder / "a.kam").write_text(text, encoding="utf-8")

    return to


def test_what_was_proved_is_said_in_one_line(run, write):
    write(POLICY.format(most=50))
    said = run("check", "a.kam", "--prove")
    assert (said.code, said.out) == (0, "")
    assert "1 property proved, 1 override looked at" in said.err
    assert "not yet proved" not in said.err
    assert "1 条性质已证明，1 条覆盖规则已检查" in run("check", "a.kam", "--prove", "--lang", "zh").err


def test_a_refutation_is_an_error_with_its_record(run, write):
    write(POLICY.format(most=49))
    said = run("check", "a.kam", "--prove", "--output-format", "concise")
    assert said.code == 1
    assert said.out.startswith('a.kam:17:1: KF0401 error: Not always true: "never above fifty": n 50')
    assert "1 refuted" in said.err
    assert run("check", "a.kam").code == 0  # a plain check does not try it


def test_what_is_not_decided_is_a_note_unless_proofs_are_required(run, write):
    write(POLICY.format(most=50) + HARD)
    said = run("check", "a.kam", "--prove")
    assert said.code == 0
    assert "KF0403 note" in said.out
    assert "1 property proved, 1 not decided" in said.err
    required = run("check", "a.kam", "--require-proof")
    assert required.code == 1
    assert "KF0403 error" in required.out


def test_without_z3_it_is_said_and_required_proofs_fail(run, write, monkeypatch):
    monkeypatch.setattr(app_prove, "available", lambda: False)
    write(POLICY.format(most=49))
    said = run("check", "a.kam", "--prove")
    assert said.code == 0
    assert "KF0404 note" in said.out
    assert "1 property and 1 override can't be proved here" in said.out
    assert "kamflow[prove]" in said.out
    required = run("check", "a.kam", "--require-proof")
    assert required.code == 1
    assert "KF0404 error" in required.out


def test_a_policy_with_errors_is_not_proved(run, write):
    write(POLICY.format(most="nothing"))
    said = run("check", "a.kam", "--prove")
    assert said.code == 1
    assert "proved" not in said.err


def test_a_replay_that_disagrees_is_our_bug_and_says_so(run, write, monkeypatch):
    write(POLICY.format(most=49))
    right = apply_op._on_ints
    monkeypatch.setattr(apply_op, "_on_ints", lambda op, a: 1 if op.name == "MIN" else right(op, a))
    assert run("check", "a.kam", "--prove").code == 70
