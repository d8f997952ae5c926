"""A workflow file is read, or each mistake of its shape is told once, at its place."""

from __future__ import annotations

import pytest

from kamflow.workflow.model import (
    ApplyRules,
    CreateTask,
    Decided,
    Duration,
    Edge,
    Escalate,
    Expression,
    Fill,
    FromTable,
    Mode,
    Name,
    OnReopen,
    OnTimeout,
    Recipient,
    Role,
    SlaDue,
    StartPlay,
    StopPlay,
    Unit,
)
from tests.workflow.definitions import HERE, NAMES, TABLED, edited, line_col, read, read_one, shipped, told
from tests.workflow.shape_slips import SLIPS


@pytest.mark.parametrize("name", NAMES)
def test_shipped_workflows_are_read_without_a_finding(name: str) -> None:
    found, findings = read(shipped(name))
    assert not findings
    assert found is not None


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_told_once_at_its_place(slip: str) -> None:
    name, old, new, code = SLIPS[slip]
    text, at = edited(name, old, new)
    found, findings = read(text)
    assert found is None
    assert [f.code for f in findings] == [code], [f.message.en for f in findings]
    if HERE in new:
        assert told(findings, text) == [(code, *line_col(text, at))]
    assert findings[0].message.zh
    assert findings[0].message.zh != findings[0].message.en


@pytest.mark.parametrize(
    ("slip", "said"),
    [
        ("a value where a map belongs", "a label is expected here, not one value"),
        ("a value where a list belongs", "a list of policies is expected here, not one value"),
        ("a map where a value belongs", "the name of a state is expected here, not a map"),
        ("nothing where a value belongs", "the name of a calendar is expected here, not nothing"),
        ("no recipients", "a list of recipients is expected here, not an empty one"),
        ("a key with a slip", "`moed` means nothing in a workflow"),
        ("no words in a label", "a label lacks `en`, `zh`"),
        ("a duration in a table", "`1h` is no duration"),
        ("a version with a point", "`2.1` is not a whole number from 1 to 999,999,999"),
    ],
)
def test_a_message_says_what_is_expected_and_what_was_found(slip: str, said: str) -> None:
    name, old, new, _ = SLIPS[slip]
    (finding,) = read(edited(name, old, new)[0])[1]
    assert finding.message.en == said


def test_all_slips_of_a_file_are_told() -> None:
    """Those of one file planted together give as many findings, none more."""
    text, planted = shipped("complaint"), 0
    for name, old, new, _ in SLIPS.values():
        if name == "complaint" and text.count(old) == 1:
            text, planted = text.replace(old, new.replace(HERE, "")), planted + 1
    assert planted > 20
    assert len(read(text)[1]) == planted


def test_a_label_in_one_language_is_a_warning() -> None:
    for new in ('§{en: "Lost"}', '§{zh: "流失", en: ""}'):
        text, at = edited("lifecycle", '{en: "Lost", zh: "流失"}', new)
        found, findings = read(text)
        assert told(findings, text) == [("KF1008", *line_col(text, at))]
        assert found is not None


# ---- what is read


def test_a_lifecycle_says_what_its_file_says() -> None:
    w = read_one(shipped("lifecycle"))
    assert (w.id.text, w.version, w.mode, w.calendar.text) == (
        "customer-lifecycle",
        3,
        Mode.STATE_DRIVEN,
        "cn-hq",
    )
    assert [s.id.text for s in w.states] == [
        "gestation", "initial", "stable", "strategic", "decline", "lost", "closed",
    ]  # fmt: skip
    assert w.stale_after == Duration(45, Unit.DAYS)
    stable = w.state("stable")
    assert stable is not None
    assert stable.min_dwell == Duration(90, Unit.DAYS)
    initial = w.state("initial")
    assert initial is not None
    assert initial.min_dwell == Duration(30, Unit.DAYS)  # the default of the file
    promote = next(t for t in stable.transitions if t.id.text == "promote_strategic")
    assert (promote.priority, promote.hold) == (40, Duration(90, Unit.DAYS))
    assert promote.approve is not None
    assert (promote.approve.role, promote.approve.on_timeout) == ("sales_director", OnTimeout.REJECT)
    assert promote.reason.text.zh == "连续90天满足战略客户标准"
    assert [t.id.text for t in w.leaving("stable")] == [
        "close_account", "stable_declines", "blacklisted_us", "stable_regresses", "stable_relation_lost",
        "promote_strategic",
    ]  # fmt: skip
    assert w.global_transitions[0].bypass_dwell
    assert w.global_transitions[0].is_global
    assert not any(t.is_global for s in w.states for t in s.transitions)
    within = [t.order for s in w.states for t in (*s.transitions, *s.internal)]
    assert w.global_transitions[0].order == max(within) + 1
    decline = w.state("decline")
    assert decline is not None
    play = decline.entry[0]
    assert isinstance(play, StartPlay)
    assert [name.text for name, _ in play.args] == [
        "play", "owner", "due", "max_offer", "tools", "tier", "cause", "control",
    ]  # fmt: skip
    assert play.args[2][1] == Expression("today + respond_in")
    root_cause = decline.entry[1]
    assert isinstance(root_cause, CreateTask)
    assert root_cause.due == Decided(Expression("respond_in"), Unit.DAYS)
    assert decline.exit == (StopPlay("retention", ((Name("outcome"), Expression("movement")),)),)
    assert w.fills[1] == Fill(Name("decline_reason"), Name("cause"))
    recovers = next(t for t in decline.transitions if t.id.text == "recover_stable")
    assert recovers.set == ((Name("stage"), Expression("stable")), (Name("cause"), None))
    assert decline.timers[0].do == (
        Escalate(None, Recipient(Role.ROLE, "sales_director"), "decline_unresolved"),
    )
    assert w.migrations[0].keep == ("entered_at", "var")


def test_a_complaint_says_what_its_file_says() -> None:
    w = read_one(shipped("complaint"))
    assert (w.mode, w.max_microsteps) == (Mode.EVENT_DRIVEN, 16)
    verify = w.state("verify")
    assert verify is not None
    assert verify.entry == (CreateTask("verify", "owner", SlaDue(Name("verify"))),)
    assert verify.internal[0].id.text == "verify.evidence_added"
    assert verify.internal[0].to is None
    assert verify.internal[0].set == ((Name("evidence_count"), Expression("var.evidence_count + ev.count")),)
    resolve = w.slas[3]
    assert (resolve.reopen, resolve.warn, resolve.pausable) == (OnReopen.NEW_BUDGET, (50, 80), True)
    assert resolve.budget == Decided(Expression("resolve_days"), Unit.BUSINESS_DAYS)
    assert (resolve.stop[1].edge, resolve.stop[1].state.text) == (Edge.ENTER, "closed_unfounded")
    tabled = read_one(shipped(TABLED))
    assert tabled.budgets[0].rows[0][1][0] == (Name("ack"), Duration(1, Unit.BUSINESS_HOURS))
    assert tabled.slas[3].budget == FromTable(Name("budgets"), Name("resolve"))
    assert [a.level for a in w.ladder.auto] == [2, 3, 2]
    listened = w.event("listened")
    assert listened is not None
    assert [(f.name.text, f.type.source_text) for f in listened.fields] == [
        ("apology_given", "yes/no"), ("summary", "text"),
    ]  # fmt: skip
    propose = w.state("propose")
    assert propose is not None
    assert propose.entry == (ApplyRules(Name("compensation"), "propose", 2),)
    closed = w.state("closed_resolved")
    assert closed is not None
    assert (closed.closed, closed.final) == (True, False)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_every_expression_stands_in_the_file_where_it_says(name: str, line_end: str) -> None:
    text = "\ufeff" + shipped(name).replace("\n", line_end)
    w = read_one(text)
    whens = [t.when for s in w.states for t in s.transitions if t.when is not None]
    assert len(whens) >= 6
    for when in whens:
        assert len(when.source_text) == when.span.end - when.span.start
        for i, ch in enumerate(when.source_text):
            assert ch in (text[when.span.start + i], " ")
    written = shipped(name).replace(">-", "  ").split()
    longest = max(whens, key=lambda e: len(e.source_text)).source_text.split()
    assert any(written[i : i + len(longest)] == longest for i in range(len(written)))


def test_both_ways_to_write_a_hold_are_the_same() -> None:
    short, _ = edited("lifecycle", "hold: {for: 14 days}", "hold: 14 days")
    assert read_one(short).states == read_one(shipped("lifecycle")).states


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("30 days", Duration(30, Unit.DAYS)),
        ("1 business day", Duration(1, Unit.BUSINESS_DAYS)),
        ("4 business hours", Duration(4, Unit.BUSINESS_HOURS)),
        ("90 minutes", Duration(90, Unit.MINUTES)),
        ("2 weeks", Duration(2, Unit.WEEKS)),
        ("100000 days", Duration(100_000, Unit.DAYS)),
        ("'1 hour'", Duration(1, Unit.HOURS)),
    ],
)
def test_durations_are_a_number_and_a_unit(said: str, wanted: Duration) -> None:
    text, _ = edited("lifecycle", "stale_after: 45 days", f"stale_after: {said}")
    assert read_one(text).stale_after == wanted


def test_an_explicit_priority_wins_over_that_of_its_kind() -> None:
    text, _ = edited(
        "lifecycle", "- id: churn\n        kind: exit", "- id: churn\n        kind: exit\n        priority: 7"
    )
    decline = read_one(text).state("decline")
    assert decline is not None
    assert {t.id.text: t.priority for t in decline.transitions} == {
        "recover_stable": 30, "recover_initial": 30, "churn": 7, "terminated": 10,
    }  # fmt: skip


def test_where_kinds_have_priorities_a_transition_has_a_kind() -> None:
    text, at = edited("lifecycle", "- id: churn\n        kind: exit", "- §id: churn")
    _, findings = read(text)
    assert told(findings, text) == [("KF1003", *line_col(text, at))]


def test_an_internal_transition_needs_no_kind() -> None:
    text, _ = edited(
        "lifecycle",
        "    min_dwell: 0 days\n    entry:\n      - create_task: {id: qualify,",
        "    min_dwell: 0 days\n    internal: [{event: contract_terminated}]\n    entry:\n"
        "      - create_task: {id: qualify,",
    )
    found, findings = read(text)
    assert not findings
    assert found is not None


def test_the_digest_is_that_of_the_text() -> None:
    from hashlib import sha256

    text = shipped("complaint")
    assert read_one(text).digest == sha256(text.encode()).hexdigest()


def test_a_name_is_the_same_however_its_letters_are_composed() -> None:
    text, _ = edited("complaint", "initial: received\n", "initial: e\u0301\n")
    text = text.replace("received", "\u00e9")
    w = read_one(text)
    assert w.initial.text == w.states[0].id.text == "\u00e9"


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n"])
def test_an_empty_file_is_told(text: str) -> None:
    found, findings = read(text)
    assert found is None
    assert [f.code for f in findings] == ["KF1000"]


def test_what_is_no_yaml_is_told_with_its_place_and_nothing_else() -> None:
    text, at = edited("complaint", "initial: received", "initial: §&x received")
    _, findings = read(text)
    assert told(findings, text) == [("KF1000", *line_col(text, at))]


def test_a_star_for_all_states_is_told_as_what_it_is_to_yaml() -> None:
    text, _ = edited("lifecycle", "from: [gestation, initial, stable, strategic, decline, lost]", "from: *")
    _, findings = read(text)
    assert [f.code for f in findings] == ["KF1000"]
    assert line_col(text, findings[0].span.start)[0] == text[: text.index("from: *")].count("\n") + 1
    assert findings[0].hint is not None
    assert "[one, other]" in findings[0].hint.en


def test_a_key_given_twice_is_told_beside_slips_of_shape() -> None:
    text, at = edited("complaint", "initial: received", "§version: 3\ninitial: [received]")
    _, findings = read(text)
    assert told(findings, text) == [
        ("KF1000", *line_col(text, at)), ("KF1001", line_col(text, at)[0] + 1, 10),
    ]  # fmt: skip
