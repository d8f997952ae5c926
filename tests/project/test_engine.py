"""The public engine: what goes in, what comes out, and that nothing about it changes afterwards."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from pathlib import Path

import pydantic
import pytest

import kamflow

DAY = date(2026, 6, 30)
POLICY = """policy p "P"
  effective from 2025-01-01
  currency CNY
end

type tier is ordered low en "Low" zh "低" < mid < high

record customer
  id      : text
  revenue : money, 0 CNY to 1亿 CNY
  margin  : percent
  orders  : list of order
  overdue : days, default 0 days
  since   : date, optional
  kind    : tier
end

record order
  amount : money
  placed : date
end

parameter bar : money
  from 2025-01-01 : 100 CNY
  from 2026-01-01 : 200 CNY
end

define recent of customer as sum of amount of orders where placed within last 90 days

decision level of customer : tier
  table unique
    | revenue       | since   || level | because            |
    | at least bar  | any     || high  | "large"            |
    | below bar     | missing || low   | "small and unknown" |
    | below bar     | at least 2026-01-01 || mid | "small but new" |
end

decision bonus of customer : money
  as round(revenue * margin / 3, 0.01 CNY)
end

decision spent of customer : money
  as recent
end

rule overdue_stop overrides level
  when overdue > 60 days
  then level = low
  because en "too late" zh "逾期"
end

impossible when revenue = 0 CNY and level is high because "no revenue, no top"

scenario "low bar"
  set bar = 50 CNY
end
"""


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> kamflow.Engine:
    folder = tmp_path_factory.mktemp("rules")
    (folder / "p.kam").write_text(POLICY, encoding="utf-8")
    return kamflow.load(folder)


def customer(**changes: object) -> dict[str, object]:
    base: dict[str, object] = {
        "id": "C1", "revenue": "150.00", "margin": "10%", "orders": [], "kind": "mid", "since": "2026-02-01",
    }  # fmt: skip
    return {**base, **changes}


def decided(found: kamflow.Decision | kamflow.Rejection) -> kamflow.Decision:
    assert isinstance(found, kamflow.Decision), found
    return found


def codes(found: kamflow.Decision | kamflow.Rejection) -> list[str]:
    assert isinstance(found, kamflow.Rejection), found
    return [f.code for f in found.findings]


def test_values_come_out_exact_and_by_name(engine: kamflow.Engine) -> None:
    found = decided(engine.evaluate(customer(), as_of=DAY))
    assert (found.level, found.bonus, found.id) == ("mid", Decimal("5.00"), "C1")
    assert found.assumed == {"overdue": "0 days"}


def test_the_parameter_of_the_day_counts(engine: kamflow.Engine) -> None:
    assert decided(engine.evaluate(customer(), as_of=date(2025, 12, 31))).level == "high"
    assert decided(engine.evaluate(customer(), as_of=date(2026, 1, 1))).level == "mid"


def test_a_window_is_open_at_its_far_end_and_closed_today(engine: kamflow.Engine) -> None:
    orders = [
        {"amount": 1, "placed": "2026-04-01"},  # 90 days before: outside
        {"amount": 10, "placed": "2026-04-02"},
        {"amount": 100, "placed": "2026-06-30"},
        {"amount": 1000, "placed": "2026-07-01"},  # not yet
    ]
    assert decided(engine.evaluate(customer(orders=orders), as_of=DAY)).spent == Decimal("110.00")


@pytest.mark.parametrize(
    "form",
    [150, 150.0, Decimal("150"), "150", "150.00", "150.00 CNY", "150元"],
)
def test_every_exact_way_to_write_an_amount_is_the_same_amount(engine: kamflow.Engine, form: object) -> None:
    assert decided(engine.evaluate(customer(revenue=form), as_of=DAY)).bonus == Decimal("5.00")


def test_json_text_and_models_are_records_too(engine: kamflow.Engine) -> None:
    class Customer(pydantic.BaseModel):
        id: str = "C1"
        revenue: Decimal = Decimal("150.00")
        margin: str = "10%"
        orders: list[dict[str, object]] = []
        kind: str = "mid"
        since: date = date(2026, 2, 1)

    plain = decided(engine.evaluate(customer(), as_of=DAY))
    assert engine.evaluate(json.dumps(customer()), as_of=DAY) == plain
    assert engine.evaluate(json.dumps(customer()).encode(), as_of=DAY) == plain
    assert engine.evaluate(Customer(), as_of=DAY) == plain


@pytest.mark.parametrize("text", ["", "[1]", "{", '{"id": 1, "id": 2}', '{"a": NaN}', "[" * 100_000, "{} {}"])
def test_text_that_is_no_record_is_rejected_with_a_code(engine: kamflow.Engine, text: str) -> None:
    assert codes(engine.evaluate(text, as_of=DAY))


def test_a_bad_record_is_rejected_in_its_place_and_the_others_go_on(engine: kamflow.Engine) -> None:
    inputs = [customer(), customer(revenue="1,2M"), customer(kind="gold"), customer()]
    found = list(engine.evaluate_many(inputs, as_of=DAY))
    assert [f.ok for f in found] == [True, False, False, True]


def test_all_that_is_wrong_with_a_record_is_said_at_once(engine: kamflow.Engine) -> None:
    wrong = customer(revenue=-1, margin="lots", typo=1)
    assert len(codes(engine.evaluate(wrong, as_of=DAY))) == 3


def test_a_gap_in_a_table_rejects_the_record_and_shows_its_values(engine: kamflow.Engine) -> None:
    found = engine.evaluate(customer(since="2020-01-01"), as_of=DAY)
    assert codes(found) == ["KF0701"]
    assert isinstance(found, kamflow.Rejection)
    assert ("revenue", "150.00 CNY") in found.findings[0].example
    assert ("since", "2020-01-01") in found.findings[0].example


def test_a_record_that_cannot_be_is_rejected_with_the_reason(engine: kamflow.Engine) -> None:
    low = engine.scenario("low bar")
    assert decided(low.evaluate(customer(revenue=0), as_of=DAY)).level == "mid"
    bar_0 = POLICY.replace("200 CNY", "0 CNY")
    found = _engine_of(bar_0).evaluate(customer(revenue=0), as_of=DAY)
    assert codes(found) == ["KF0705"]
    assert "no revenue, no top" in found.findings[0].message.en  # type: ignore[union-attr]


def _engine_of(text: str) -> kamflow.Engine:
    from kamflow.base.span import Source
    from kamflow.project.load import load_sources

    return kamflow.Engine(load_sources({"p.kam": Source("p.kam", text)}))


def test_a_trace_says_which_row_answered_what_was_overridden_and_what_was_rounded(
    engine: kamflow.Engine,
) -> None:
    found = decided(engine.evaluate(customer(overdue=61), as_of=DAY, trace=True))
    trace = found.trace
    assert trace is not None
    step = trace.outputs["level"]
    assert found.level == "low"
    assert [(a.kind, a.row, a.because.en) for a in step.rows] == [("row", 3, "small but new")]
    assert [(o.rule, o.because.zh, o.won) for o in step.overrides] == [("overdue_stop", "逾期", True)]
    assert step.base == "mid"
    odd = decided(engine.evaluate(customer(revenue="100.00"), as_of=DAY, trace=True)).trace
    assert odd is not None
    assert [(r.name, r.result) for r in odd.rounded] == [("bonus of customer", 333)]


def test_fast_and_slow_reading_give_the_same_trace(engine: kamflow.Engine) -> None:
    text = POLICY.replace("  orders  : list of order\n", "").replace(
        "sum of amount of orders where placed within last 90 days", "0 CNY"
    )
    text = text[: text.index("record order")] + text[text.index("parameter bar") :]
    flat = _engine_of(text)
    record = customer(revenue=100, margin=10)
    del record["orders"]
    as_text = {**record, "revenue": "100"}
    fast = decided(flat.evaluate(record, as_of=DAY, trace=True))
    slow = decided(flat.evaluate(as_text, as_of=DAY, trace=True))
    assert fast == slow
    assert fast.to_dict() == slow.to_dict()


def test_a_scenario_is_another_engine_and_leaves_the_first_as_it_was(engine: kamflow.Engine) -> None:
    before = decided(engine.evaluate(customer(), as_of=DAY)).level
    low = engine.scenario("low bar")
    assert decided(low.evaluate(customer(), as_of=DAY)).level == "high"
    assert decided(engine.evaluate(customer(), as_of=DAY)).level == before == "mid"
    with pytest.raises(kamflow.UsageError, match="low bar"):
        engine.scenario("lowbar")


def test_threads_get_what_one_thread_gets(engine: kamflow.Engine) -> None:
    days = [date(2025, 1 + i % 12, 1 + i % 28) for i in range(64)]
    records = [customer(revenue=i * 7, overdue=i % 90, since=None) for i in range(64)]
    alone = [engine.evaluate(r, as_of=d) for r, d in zip(records, days, strict=True)]
    fresh = _engine_of(POLICY)
    with ThreadPoolExecutor(8) as pool:
        together = list(
            pool.map(lambda rd: fresh.evaluate(rd[0], as_of=rd[1]), zip(records, days, strict=True))
        )
    assert [t.to_dict()["findings"] if not t.ok else t.raw() for t in together] == [  # type: ignore[union-attr]
        a.to_dict()["findings"] if not a.ok else a.raw()  # type: ignore[union-attr]
        for a in alone
    ]


def test_a_wrong_question_is_an_error_with_a_hint(engine: kamflow.Engine) -> None:
    with pytest.raises(kamflow.UsageError, match="KF0522"):
        engine.evaluate(customer(), as_of=date(2020, 1, 1))
    with pytest.raises(kamflow.UsageError) as caught:
        engine.evaluate(customer(), as_of=DAY, only=["levle"])
    assert "level" in (caught.value.finding.hint or kamflow.Text("")).en
    with pytest.raises(kamflow.UsageError, match="KF0523"):
        engine.evaluate(customer(), as_of=DAY, record_type="customr")


THREE = """policy p "P"
  effective from 2025-01-01
end

record customer
  id    : text
  units : number
end

record report
  id    : text
  units : number
end

record check
  id    : text
  units : number
end

decision of_report of report : number as units
decision of_check of check : number as units * 2
"""


@pytest.mark.parametrize(("decisions", "taken"), [(1, False), (2, False), (3, True)])
def test_a_record_with_more_decisions_than_all_others_together_is_taken_unasked(
    decisions: int, taken: bool
) -> None:
    text = THREE + "".join(f"decision d{n} of customer : number as units + {n}\n" for n in range(decisions))
    engine = _engine_of(text)
    record = {"id": "c", "units": 7}
    if taken:
        assert decided(engine.evaluate(record, as_of=DAY)).d2 == 9
    else:
        with pytest.raises(kamflow.UsageError, match="KF0523"):
            engine.evaluate(record, as_of=DAY)
    assert decided(engine.evaluate(record, as_of=DAY, record_type="check")).of_check == 14


def test_policies_that_do_not_compile_are_one_error_with_all_findings(tmp_path: Path) -> None:
    (tmp_path / "p.kam").write_text(POLICY.replace("at least bar", "at least barr"), encoding="utf-8")
    with pytest.raises(kamflow.PolicyError) as caught:
        kamflow.load(tmp_path)
    assert [f.code for f in caught.value.findings] == ["KF0201"]


def test_only_names_facts_too(engine: kamflow.Engine) -> None:
    found = decided(engine.evaluate(customer(), as_of=DAY, only=["recent"]))
    assert found.recent == Decimal("0.00")
    with pytest.raises(AttributeError, match="recent"):
        _ = found.level


def test_reload_is_the_same_engine_until_a_text_changes(tmp_path: Path) -> None:
    path = tmp_path / "p.kam"
    path.write_text(POLICY, encoding="utf-8")
    first = kamflow.load(path)
    assert first.reload() is first
    path.write_text(POLICY.replace("margin / 3", "margin / 2"), encoding="utf-8")
    second = first.reload()
    assert second.digest != first.digest
    assert decided(second.evaluate(customer(), as_of=DAY)).bonus == Decimal("7.50")
    assert decided(first.evaluate(customer(), as_of=DAY)).bonus == Decimal("5.00")
    path.write_text("policy", encoding="utf-8")
    with pytest.raises(kamflow.PolicyError):
        second.reload()


def test_a_model_and_a_schema_say_what_the_reader_wants(engine: kamflow.Engine) -> None:
    model = engine.model(as_of=DAY)
    made = model(id="C1", revenue="150.00", margin=10, orders=[], kind="mid", since="2026-02-01")
    assert decided(engine.evaluate(made, as_of=DAY)) == decided(engine.evaluate(customer(), as_of=DAY))
    with pytest.raises(pydantic.ValidationError):
        model(id="C1", revenue="-1", margin=10, orders=[], kind="mid")
    assert set(engine.json_schema(as_of=DAY)["required"]) >= {"id", "revenue", "margin", "kind"}  # type: ignore[call-overload]
