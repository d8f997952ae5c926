"""Time simulated: reproducible, counted as by hand, and the shipped lifecycle held to what it promises."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from datetime import date
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.resources import resource_dir
from kamflow.cli.main import main
from kamflow.flow.fact_model import FactModel
from kamflow.flow.published import Published
from kamflow.flow.simulate import Answers, Move, Trail, plan_of, simulate_trails
from kamflow.flow.simulate_complaints import CaseTrail, People, complaint_trails
from kamflow.flow.simulated import Simulated, simulate, summarise
from kamflow.flow.vary import Knob
from kamflow.workflow.instance import Verdict
from kamflow.workflow.model import Duration, Unit
from kamflow.workflow.wall_time import DAY
from tests.flow.simulations import published, rewritten, varied

START = date(2026, 1, 1).toordinal()
BOUND = Fraction(5, 100)
"""Reversals within 180 days, for each customer and year."""


def run(one: Published, customers: int = 130, years: int = 2, seed: int = 20) -> Simulated:
    found = simulate(one, FactModel(), customers=customers, years=years, seed=seed, start=START)
    assert isinstance(found, Simulated), found
    return found


@cache
def shipped_run() -> Simulated:
    return run(published())


# ---- the shipped lifecycle


def test_the_shipped_lifecycle_seldom_turns_back() -> None:
    assert shipped_run().customer_years > 150
    assert shipped_run().reversals_a_year <= BOUND


def test_as_many_are_in_decline_as_really_decline() -> None:
    """Within a factor of two of those who really fade or are silent; a call is right three times as often as
    chance would be, which decline by growth alone does not reach."""
    found = shipped_run()
    assert found.really_losing / 2 < found.share_in_decline < 2 * found.really_losing
    assert found.seen.right is not None
    assert found.seen.right > 3 * found.really_losing
    assert found.seen.found is not None
    assert found.seen.found > Fraction(4, 10)


def test_incidents_are_few() -> None:
    found = shipped_run()
    assert found.count("incidents:ambiguous") == 0
    assert found.count("incidents:stale_facts") / found.customer_years < Fraction(5, 100)


def test_without_holds_dwell_and_hysteresis_the_same_customers_flap() -> None:
    """The bound can be missed: the same thresholds, with nothing between the way in and the way out."""
    signal = "overdue_ratio > 3 or health < 70"
    calm = "overdue_ratio <= 3 and health >= 70"
    bare = rewritten(
        ("initial_declines", f"orders_12m >= 1 and ({signal})"),
        ("stable_declines", signal),
        ("strategic_declines", signal),
        ("recover_stable", f"{calm} and orders_12m >= 4"),
        ("recover_initial", f"{calm} and orders_12m >= 1 and orders_12m < 4"),
        ("stabilise", f"orders_12m >= 6 and {calm}"),
        ("stable_regresses", f"orders_12m < 6 and {calm}"),
        knobs=_NO_PATIENCE,
    )
    assert run(bare).reversals_a_year > 4 * BOUND


_HELD = (
    "initial_declines", "no_repeat", "stabilise", "stable_declines", "stable_regresses", "promote_strategic",
    "strategic_declines", "strategic_regresses", "recover_stable", "recover_initial",
)  # fmt: skip
_NO_PATIENCE = (
    *(Knob("hold", name, 0) for name in _HELD),
    *(Knob("dwell", name, 0) for name in ("initial", "stable", "strategic", "decline")),
)


def test_longer_holds_turn_back_less_often() -> None:
    """With nothing else changed: the shipped holds against none."""
    assert run(varied(*_NO_PATIENCE), customers=60).reversals > run(published(), customers=60).reversals


# ---- reproducible


def test_a_customer_fares_the_same_among_few_and_many() -> None:
    plan = plan_of(seed=3, start=START, years=1, every=None)
    many = simulate_trails(published(), FactModel(), plan, range(8))
    few = simulate_trails(published(), FactModel(), plan, [6, 2])
    assert few == (many[6], many[2])
    assert many != simulate_trails(
        published(), FactModel(), plan_of(seed=4, start=START, years=1, every=None), range(8)
    )


def test_two_runs_are_the_same_bit_for_bit_under_any_hash_seed_and_in_two_processes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ["--customers", "6", "--years", "1", "--complaints", "--format", "json", "-q"]
    assert main(["flow", "simulate", *words]) == 0
    here = capsys.readouterr().out
    elsewhere = subprocess.run(
        [sys.executable, "-m", "kamflow", "flow", "simulate", *words, "--workers", "2"],
        env=os.environ | {"PYTHONHASHSEED": "2"},
        capture_output=True,
        check=True,
        text=True,
    )
    assert elsewhere.stdout == here
    assert json.loads(here)["complaints"]["cases"] > 0


# ---- counted as by hand


def _trail(*moves: tuple[int, str, str], ended: str = "x") -> Trail:
    ready = published().ready
    midnight = ready.time.at_midnight(START)
    return Trail(
        ended, midnight - 300 * DAY, "gestation",
        tuple(Move(midnight + day * DAY, a, b, "t") for day, a, b in moves), (), (), "",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("moves", "reversals"),
    [
        ([(10, "stable", "decline"), (190, "decline", "stable")], 1),
        ([(10, "stable", "decline"), (191, "decline", "stable")], 0),
        ([(10, "stable", "decline"), (60, "decline", "initial"), (120, "initial", "stable")], 1),
        ([(-200, "stable", "decline"), (-100, "decline", "stable")], 0),
        ([(-100, "stable", "decline"), (20, "decline", "stable")], 1),
        ([(10, "stable", "decline"), (30, "decline", "stable"), (50, "stable", "decline")], 2),
        ([(10, "stable", "strategic"), (30, "strategic", "decline")], 0),
    ],
)
def test_a_reversal_is_a_return_within_180_days(moves: list[tuple[int, str, str]], reversals: int) -> None:
    plan = plan_of(seed=1, start=START, years=1, every=None)
    whole = [(-250, "gestation", "stable"), *moves]
    assert summarise(published(), plan, [_trail(*whole)]).reversals == reversals


def test_months_and_stays_are_those_of_the_moves() -> None:
    plan = plan_of(seed=1, start=START, years=1, every=None)
    moves = [(-250, "gestation", "initial"), (73, "initial", "stable"), (292, "stable", "closed")]
    found = summarise(published(), plan, [_trail(*moves)])
    stood = [dict(zip(found.states, m.customers, strict=True)) for m in found.months]
    assert [m.month for m in found.months] == [f"2026-{n:02d}" for n in range(1, 13)]
    assert [next(s for s, n in m.items() if n) for m in stood] == (
        ["initial"] * 2 + ["stable"] * 7 + ["closed"] * 3
    )
    stays = {s.state: s for s in found.stays}
    assert (stays["initial"].ended, stays["initial"].mean_days) == (1, 323)
    assert stays["stable"].share == Fraction(219, 365)
    assert found.customer_years == Fraction(292, 365), "a final state is no life"


def test_approvals_are_answered_as_the_policy_of_the_simulation_says() -> None:
    """Nobody rejects, all grant: whoever is asked is granted, unless time or the guard is faster."""

    def ask(answers: Answers) -> Simulated:
        found = simulate(
            varied(Knob("hold", "promote_strategic", 0)), FactModel(), customers=60, years=1, seed=2,
            start=START, answers=answers,
        )  # fmt: skip
        assert isinstance(found, Simulated)
        return found

    granted = ask(Answers(1.0, 0.0, (1.0, 0.1))).counted("approvals")
    silent = ask(Answers(0.0, 0.0)).counted("approvals")
    assert granted["parked"] == granted["approved"] > 0
    assert silent.get("approved", 0) == 0
    assert silent["timed_out"] > 0


# ---- complaints


def _cases(people: People) -> tuple[CaseTrail, ...]:
    plan = plan_of(seed=9, start=START, years=1, every=None)
    found = complaint_trails(published("complaint"), FactModel(), plan, range(14), people)
    cases = tuple(c for c in found if isinstance(c, CaseTrail))
    assert len(cases) == len(found) > 3
    return cases


def _scaled(factor: float) -> People:
    return People(hours={k: v * factor for k, v in People().hours.items()})


def test_people_who_act_at_once_keep_every_deadline_and_slow_ones_miss_them() -> None:
    quick = [v for c in _cases(_scaled(0.001)) for _, v in c.slas]
    slow = [v for c in _cases(_scaled(20.0)) for _, v in c.slas]
    assert set(quick) <= {Verdict.MET, Verdict.EXEMPT}
    assert slow.count(Verdict.BREACHED) > len(slow) / 2


def test_who_is_never_content_comes_back_and_who_always_is_does_not() -> None:
    calm = _cases(People(satisfied=1.0, satisfied_when_late=1.0, reopens=0.0, appeals=0.0))
    angry = _cases(People(reopens=1.0, appeals=1.0, withdraws=0.0))
    assert all(c.epoch == 0 for c in calm)
    assert any(c.epoch > 0 for c in angry)


def test_a_lifecycle_is_no_complaint_and_a_complaint_no_lifecycle() -> None:
    plan = plan_of(seed=9, start=START, years=1, every=Duration(7, Unit.DAYS))
    wrong = simulate_trails(published("complaint"), FactModel(), plan, [1])
    also = complaint_trails(published(), FactModel(), plan, [1], People())
    assert [f.code for f in (*wrong, *also) if isinstance(f, Diagnostic)] == ["KF1430", "KF1435"]


# ---- the command


def _command(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(["flow", "simulate", "--customers", "5", "--years", "1", *words])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_a_grid_tries_each_value_and_writes_the_months(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "months.csv"
    code, out, _ = _command(
        capsys, "--grid", "hold:stable_declines=14,60", "--set", "silent_for=4 months", "--format", "json",
        "-o", str(path),
    )  # fmt: skip
    said = json.loads(out)
    assert code == 0
    assert [g["set"] for g in said["grid"]] == [["hold:stable_declines=14"], ["hold:stable_declines=60"]]
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
    assert len(rows) == 2 * 12 * len(published().workflow.states)
    last = [r for r in rows if r["month"] == "2026-12" and r["set"] == "hold:stable_declines=14"]
    assert {r["state"]: int(r["customers"]) for r in last} == said["months"][-1]["customers"]


def test_the_keys_of_the_result_are_those_that_scripts_rely_on(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = _command(capsys, "--complaints", "--format", "json", "--review-every", "2 weeks")
    said = json.loads(out)
    assert list(said) == [
        "workflow", "version", "seed", "customers", "from", "to", "review_every", "customer_years", "reviews",
        "reversals", "reversals_per_customer_year", "share_in_decline", "really_losing",
        "decline_rightly_seen", "decline_found", "win_backs", "lost", "ambiguous", "stale_facts", "months",
        "moves", "stays", "approvals", "incidents", "timers", "slas", "effects", "digest", "complaints",
    ]  # fmt: skip
    assert list(said["complaints"]) == [
        "workflow", "version", "cases", "states", "severities", "closed", "reopened", "median_hours",
        "ninth_decile_hours", "deadlines", "escalations", "approvals", "digest",
    ]  # fmt: skip
    assert (said["from"], said["to"], said["review_every"]) == ("2026-01-01", "2026-12-31", "2 weeks")


def test_tables_are_in_the_language_that_was_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = _command(capsys, "--complaints", "--format", "text", "--lang", "zh")
    assert code == 0
    assert "衰退期" in out
    assert "180天内反复" in out
    assert "受理确认时限" in out
    assert "种子 7：5 个客户" in err


def test_policies_that_ask_for_more_than_the_shipped_ones_are_told_what_is_missing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for path in resource_dir("rules").glob("*.kam"):
        text = path.read_text(encoding="utf-8")
        wanted = text.replace("  -- who it is\n", "  -- who it is\n  region_code : text\n")
        (tmp_path / path.name).write_text(wanted, encoding="utf-8")
    exit_code, out, err = _command(capsys, "--policies", str(tmp_path))
    assert (exit_code, out) == (2, "")
    assert "KF1431" in err
    assert "region_code" in err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["complaint"], "KF1430"),
        (["--grid", "hold:stable_decline=14,30"], "KF1432"),
        (["--grid", "hold:stable_declines=soon"], "KF1433"),
        (["--grid", "dwell:stable"], "KF1433"),
        (["--start", "2025-03-01"], "KF1434"),
        (["--set", "no_such_thing=1"], "KF0875"),
    ],
)
def test_what_cannot_be_simulated_is_told(
    capsys: pytest.CaptureFixture[str], words: list[str], code: str
) -> None:
    exit_code, out, err = _command(capsys, *words)
    assert (exit_code, out) == (2, "")
    assert code in err
