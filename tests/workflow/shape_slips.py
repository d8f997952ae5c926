"""Slips of shape, planted in the shipped workflows: (file, what stands there, what is written, code).

§ marks where the finding has to stand.
"""

from __future__ import annotations

L, C, D, B = "lifecycle", "complaint", "development", "tabled"

SLIPS: dict[str, tuple[str, str, str, str]] = {
    "a key with a slip": (L, "mode: state-driven ", "§moed: state-driven ", "KF1002"),
    "a key that means nothing": (L, "initial: gestation\n", "§owner: sales\ninitial: gestation\n", "KF1002"),
    "a slip in a required key of a transition": (
        C,
        "{id: ack, event: acknowledged, to: listen,",
        "{id: ack, event: acknowledged, §too: listen,",
        "KF1002",
    ),
    "a slip in a language": (D, '{en: "Make a plan", zh:', '{en: "Make a plan", §zn:', "KF1002"),
    "an action that there is none of": (
        L,
        "- stop_play: {id: relisting}",
        "- §stopplay: {id: relisting}",
        "KF1002",
    ),
    "no version": (L, "version: 3 ", "# version: 3 ", "KF1003"),
    "no label of a state": (
        L,
        '    label: {en: "Decline", zh: "衰退期"}\n    min_dwell: 14 days\n',
        "    §min_dwell: 14 days\n",
        "KF1003",
    ),
    "no words in a label": (L, 'label: {en: "Lost", zh: "流失"}', "label: §{}", "KF1003"),
    "no reason": (
        C,
        ', reason: {code: aligned, en: "Expectation aligned", zh: "期望已对齐"}}',
        "}",
        "KF1003",
    ),
    "no reason of a timer that moves": (
        C,
        'after: 10 business days, to: closed_resolved, reason: {code: no_answer, en: "No answer '
        'to the survey", zh: "回访未回复"}}',
        "after: 10 business days, to: closed_resolved}",
        "KF1003",
    ),
    "a value where a map belongs": (L, 'label: {en: "Lost", zh: "流失"}', "label: §Lost", "KF1001"),
    "a map where a value belongs": (L, "initial: gestation", "initial: §{state: gestation}", "KF1001"),
    "a value where a list belongs": (C, "uses: [tiering, compensation]", "uses: §tiering", "KF1001"),
    "a decided time of no unit": (
        C,
        "{amount: verify_days, unit: business days}",
        "§{amount: verify_days}",
        "KF1003",
    ),
    "a decided time of a unit that there is none of": (
        C,
        "{amount: verify_days, unit: business days}",
        "{amount: verify_days, unit: §shifts}",
        "KF1004",
    ),
    "a decided time with a column": (
        C,
        "{amount: verify_days, unit: business days}",
        "{amount: verify_days, unit: business days, §column: verify}",
        "KF1002",
    ),
    "a variable for a field that is no name": (
        C,
        "  claimed_amount: expected_amount\n",
        "  claimed_amount: §expected amount\n",
        "KF1006",
    ),
    "fields that are filled, as a list": (
        C,
        "  liability:      liability\n  objection:      objection\n  claimed_amount: expected_amount\n",
        "  §- liability\n",
        "KF1001",
    ),
    "nothing where a value belongs": (C, "calendar: cn-hq", "calendar:§", "KF1001"),
    "nothing where a map belongs": (C, "acknowledged:        {}", "acknowledged:§", "KF1001"),
    "an action without a key": (L, "- stop_play: {id: relisting}", "- §stop", "KF1001"),
    "an action with two keys": (
        L,
        "- stop_play: {id: relisting}",
        "- §{stop_play: {id: relisting}, emit: lost}",
        "KF1001",
    ),
    "no recipients": (L, "notify: {to: [role:executive_sponsor],", "notify: {to: §[],", "KF1001"),
    "no states to stop in": (C, "stop: [exit(verify)]", "stop: §[]", "KF1001"),
    "a type cut by its comma": (
        C,
        "listened:            {apology_given: yes/no, summary: text}",
        "listened: {apology_given: yes/no, §optional, summary: text}",
        "KF1001",
    ),
    "a format of the future": (L, "format: kamflow/workflow@1 ", "format: §kamflow/workflow@2 ", "KF1004"),
    "a mode that there is none of": (C, "mode: event-driven", "mode: §event-drivn", "KF1004"),
    "a version that is no number": (C, "version: 2", "version: §v2", "KF1004"),
    "a version with a point": (C, "version: 2", "version: §2.1", "KF1004"),
    "version zero": (C, "version: 2", "version: §0", "KF1004"),
    "NO for false": (C, "pausable: false", "pausable: §NO", "KF1004"),
    "a percentage without its sign": (C, "warn: [50%]", "warn: [§50]", "KF1004"),
    "a percentage over the whole": (C, "warn: [50%]", "warn: [§150%]", "KF1004"),
    "a place of an SLA that is no place": (C, "start: enter(verify)", "start: §verify", "KF1004"),
    "a recipient without a kind": (C, "to: role:area_manager}", "to: §area_manager}", "KF1004"),
    "a way to time out that there is none of": (
        L,
        "on_timeout: reject",
        "on_timeout: §rejected",
        "KF1004",
    ),
    "a kind without a priority": (
        L,
        "- id: close_account\n    kind: close\n",
        "- id: close_account\n    kind: §shut\n",
        "KF1004",
    ),
    "a way to reopen that there is none of": (C, "reopen: new_budget ", "reopen: §new_budgets ", "KF1004"),
    "something kept that can't be": (L, "keep: [entered_at, var]", "keep: [entered_at, §vars]", "KF1004"),
    "a step that is no number": (C, "step: 0\n", "step: §first\n", "KF1004"),
    "a step out of range": (C, "step: 0\n", "step: §1000\n", "KF1004"),
    "a short duration": (L, "hold: {for: 14 days}", "hold: {for: §14d}", "KF1005"),
    "a number for a duration": (L, "stale_after: 45 days", "stale_after: §45", "KF1005"),
    "a unit that there is none of": (
        C,
        "max_pause: 10 business days",
        "max_pause: §10 working days",
        "KF1005",
    ),
    "no time at all": (L, "hold: {for: 14 days}", "hold: §0 days", "KF1005"),
    "half a day": (L, "hold: {for: 14 days}", "hold: §0.5 days", "KF1005"),
    "a time of day for a duration": (C, "within: 1 business day,", "within: §18:00,", "KF1005"),
    "more days than anybody waits": (L, "hold: {for: 14 days}", "hold: §100001 days", "KF1005"),
    "a duration in a table": (B, "critical: {ack: 1 business hour,", "critical: {ack: §1h,", "KF1005"),
    "a state with a hyphen": (
        L,
        "initial: gestation\nstates:\n  gestation:",
        "initial: gestation\nstates:\n  §gest-ation:",
        "KF1006",
    ),
    "a play with a space": (L, "{id: onboarding_90_days}", "{id: §onboarding 90 days}", "KF1006"),
    "a variable that begins with a digit": (
        C,
        "  offers:               count",
        "  §3offers:              count",
        "KF1006",
    ),
    "a column with a hyphen": (
        B,
        "critical: {ack: 1 business hour,",
        "critical: {§a-ck: 1 business hour,",
        "KF1006",
    ),
    "a row with a hyphen": (B, "  critical: {ack", "  §very-critical: {ack", "KF1006"),
    "a field with a space": (
        C,
        "reopen:              {why: text}",
        "reopen:              {§why not: text}",
        "KF1006",
    ),
    "escapes in an expression": (
        L,
        "when: orders_12m >= 1 and qualified",
        'when: "industry is §\\"x\\""',
        "KF1007",
    ),
    "a doubled quote in an expression": (
        L,
        "when: orders_12m >= 1 and qualified",
        "when: 'industry is §''x'' '",
        "KF1007",
    ),
    "all states": (L, "from: [gestation, initial, stable, strategic, decline, lost]", 'from: §"*"', "KF1009"),
    "all states in a list": (
        L,
        "from: [gestation, initial, stable, strategic, decline, lost]",
        'from: [§"*"]',
        "KF1009",
    ),
    "one state without a list": (
        L,
        "from: [gestation, initial, stable, strategic, decline, lost]",
        "from: §lost",
        "KF1009",
    ),
    "a step that does not go with the mode": (L, "step: single ", "§step: to-completion ", "KF1010"),
    "microsteps of reviews": (L, "step: single ", "§max_microsteps: 3\nstep: single ", "KF1010"),
    "a timer that does nothing": (
        C,
        "- {id: send_survey, after: 3 business days, do: [{notify: {to: [subject.contact], "
        "template: survey}}]}",
        "- {§id: send_survey, after: 3 business days}",
        "KF1010",
    ),
    "a hold of an internal transition": (
        C,
        "- {event: evidence_added, set:",
        "- {event: evidence_added, §hold: 3 days, set:",
        "KF1010",
    ),
    "a pause of an SLA that is not paused": (
        C,
        "pausable: false",
        "pausable: false\n    §max_pause: 3 days",
        "KF1010",
    ),
    "an escalation to nobody": (
        C,
        "breach: [{escalate: {level: 2}}]\n",
        "breach: [{escalate: §{}}]\n",
        "KF1010",
    ),
    "an escalation to two": (
        C,
        "breach: [{escalate: {level: 2}}]\n",
        "breach: [{escalate: §{level: 2, to: role:ceo, template: x}}]\n",
        "KF1010",
    ),
    "an escalation without its template": (
        C,
        "breach: [{escalate: {level: 2}}]\n",
        "breach: [{escalate: §{to: role:ceo}}]\n",
        "KF1003",
    ),
    "a reason twice": (D, "values: [price, quality,", "values: [price, §price,", "KF1010"),
    "warnings that fall": (C, "warn: [80%]", "warn: [80%, §50%]", "KF1011"),
    "a warning twice": (C, "warn: [80%]", "warn: [80%, §80%]", "KF1011"),
}

BEYOND_JSON_SCHEMA = {
    "a kind without a priority",
    "a step that does not go with the mode",
    "microsteps of reviews",
    "a pause of an SLA that is not paused",
    "warnings that fall",
    "a warning twice",
    "escapes in an expression",
    "a doubled quote in an expression",
}
"""What JSON Schema cannot say (one key against another), or does not see (how a value is quoted)."""

BEYOND_MODELS = {
    "escapes in an expression",
    "a doubled quote in an expression",
}
"""What is no longer there in plain data."""
