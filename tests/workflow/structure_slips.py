"""Slips of structure, planted in the shipped workflows: (file, edits, codes in the order of the file).

§ marks where each finding has to stand. The shape of all of them is right.
"""

from __future__ import annotations

L, C, D, B = "lifecycle", "complaint", "development", "tabled"
Edits = tuple[tuple[str, str], ...]

_FINAL = '    label: {en: "Withdrawn", zh: "客户撤诉"}\n    final: true\n'
_LATER = "transitions: [{id: later, event: reopen, to: verify, reason: {code: l, en: a, zh: b}}]"

SLIPS: dict[str, tuple[str, Edits, str]] = {
    # names
    "an initial state that there is none of": (L, (("initial: gestation", "initial: §gestatoin"),), "KF1020"),
    "a transition to nowhere": (L, (("        to: strategic\n", "        to: §strategical\n"),), "KF1020"),
    "a timer to nowhere": (D, (("after: 90 days, to: assess,", "after: 90 days, to: §asess,"),), "KF1020"),
    "a state that global transitions leave": (
        D,
        (("from: [collect, screen,", "from: [collect, §scren,"),),
        "KF1020",
    ),
    "an event that is not declared": (C, (("event: offer_accepted", "event: §offer_acepted"),), "KF1020"),
    "a variable that is not declared": (
        C,
        (("- {event: offer_made, set: {offers:", "- {event: offer_made, set: {§ofers:"),),
        "KF1020",
    ),
    "a variable that stands in for a field": (
        C,
        (("  claimed_amount: expected_amount\n", "  claimed_amount: §expected_amuont\n"),),
        "KF1020",
    ),
    "a state of an SLA": (C, (("start: enter(verify)", "start: enter(§verfy)"),), "KF1020"),
    "a state where an SLA stops": (C, (("stop: [exit(verify)]", "stop: [exit(§verfy)]"),), "KF1020"),
    "a table of budgets": (B, (("{from: budgets, column: ack}", "{from: §budget, column: ack}"),), "KF1020"),
    "a column": (B, (("{from: budgets, column: ack}", "{from: budgets, column: §acknowledge}"),), "KF1020"),
    "an SLA of a task": (C, (("due: sla.verify", "due: sla.§verfy"),), "KF1020"),
    "a parent": (
        C,
        (('    label: {en: "Acknowledge"', '    parent: §resolved\n    label: {en: "Acknowledge"'),),
        "KF1020",
    ),
    "a level of an action": (
        D,
        (
            (
                "max_pause: 10 business days\n    warn: [50%, 80%]\n    breach: [{escalate: {level: 1}}]",
                "max_pause: 10 business days\n    warn: [50%, 80%]\n    breach: [{escalate: {level: §7}}]",
            ),
        ),
        "KF1020",
    ),
    "a level that is raised by itself": (
        D,
        (("when: var.refusals >= 2, level: 2", "when: var.refusals >= 2, level: §5"),),
        "KF1020",
    ),
    "a policy that is not used": (
        L,
        (
            ("uses: [tiering, pricing, retention,", "uses: [tiering, retention,"),
            ("ruleset: pricing", "ruleset: §pricing"),
        ),
        "KF1020",
    ),
    "a calendar": (C, (("calendar: cn-hq", "calendar: §cn-hk"),), "KF1020"),
    "a state that a migration leads to": (L, (("growth: initial", "growth: §initiall"),), "KF1020"),
    "a play that nobody starts": (
        L,
        (("stop_play: {id: relisting}", "§stop_play: {id: re_listing}"),),
        "KF1020",
    ),
    # twice
    "a transition twice": (L, (("id: recover_initial\n", "id: §recover_stable\n"),), "KF1021"),
    "a transition like a global one": (D, (("- id: give_up\n", "- id: §failed\n"),), "KF1021"),
    "a timer twice in a state": (C, (("{id: no_answer, after", "{id: §send_survey, after"),), "KF1021"),
    "an SLA twice": (
        C,
        (
            ("  - id: propose\n", "  - id: §verify\n"),
            ("stop: [enter(offered), enter(closed_unfounded)]", "stop: [exit(exceed)]"),
        ),
        "KF1021",
    ),
    "a task twice": (
        D,
        (
            (
                'unit: days}, label: {en: "Call after the order", zh: "下单后回访"}}}]',
                "unit: days}}}, §{create_task: {id: after_order, role: sales_rep}}]",
            ),
        ),
        "KF1021",
    ),
    # the graph
    "a state that nothing leads to": (
        D,
        (
            ("event: assessed, to: filed,", "event: assessed, to: lost,"),
            ("after: 180 days, to: filed,", "after: 180 days, to: lost_for_good,"),
            ("  filed:\n", "  lost_for_good: {label: {en: Gone, zh: 失联}, final: true}\n  §filed:\n"),
        ),
        "KF1022",
    ),
    "states behind one that nothing leads to": (
        C,
        (
            ("event: acknowledged, to: listen,", "event: acknowledged, to: received,"),
            ("  listen:\n    step: 1", "  §listen:\n    step: 1"),
        ),
        "KF1022",
    ),
    "a state that is not left": (
        L,
        (
            (
                "- id: winback\n        kind: winback\n        to: initial\n",
                "- id: winback\n        kind: winback\n        to: parked\n",
            ),
            ("  closed:\n", "  §parked: {label: {en: Parked, zh: 搁置}}\n  closed:\n"),
        ),
        "KF1023",
    ),
    "a closed state that is not left": (
        D,
        (
            ("event: assessed, to: filed,", "event: assessed, to: done,"),
            ("  lost:\n", "  §done: {label: {en: Done, zh: 完成}, closed: true}\n  lost:\n"),
        ),
        "KF1023",
    ),
    "a circle that is not left": (
        D,
        (
            ("event: assessed, to: filed,", "event: assessed, to: one,"),
            (
                "  lost:\n",
                "  §one:\n    label: {en: One, zh: 一}\n    timers: [{id: a, after: 1 day, to: two, "
                "reason: {code: a, en: a, zh: a}}]\n  two:\n    label: {en: Two, zh: 二}\n"
                "    timers: [{id: a, after: 1 day, to: one, reason: {code: a, en: a, zh: a}}]\n  lost:\n",
            ),
        ),
        "KF1024",
    ),
    "no final state": (
        L,
        (
            ("id: customer-lifecycle", "id: §customer-lifecycle"),
            (
                '    label: {en: "Closed", zh: "关闭"}\n    final: true',
                '    label: {en: "Closed", zh: "关闭"}',
            ),
        ),
        "KF1024",
    ),
    "a transition out of a final state": (
        C,
        ((_FINAL, _FINAL + "    " + _LATER.replace("id: later", "id: §later") + "\n"),),
        "KF1025",
    ),
    "a timer in a final state": (
        C,
        ((_FINAL, _FINAL + "    timers: [{id: §later, after: 3 days, do: [{emit: x}]}]\n"),),
        "KF1025",
    ),
    "a global transition out of a final state": (
        C,
        (("exceed, follow_up]", "exceed, follow_up, §archived]"),),
        "KF1025",
    ),
    "an event that nobody waits for": (
        C,
        (("  withdraw:            {why: text}", "  withdraw:            {why: text}\n  §escalated: {}"),),
        "KF1026",
    ),
    "moves that need nothing": (
        D,
        (
            ("  maintain:\n    step: 8\n", "  §maintain:\n    step: 8\n".replace("§", "")),
            (
                "    internal:\n      - {event: followed_up",
                "    transitions: [{id: §a, to: maintain, reason: {code: a, en: a, zh: a}}]\n"
                "    internal:\n      - {event: followed_up",
            ),
        ),
        "KF1037",
    ),
    # service levels
    "an SLA that never starts": (C, (("start: enter(verify)", "start: exit(§archived)"),), "KF1027"),
    "an SLA that never stops": (
        C,
        (("  - id: verify\n", "  - id: §verify\n"), ("stop: [exit(verify)]", "stop: [enter(received)]")),
        "KF1027",
    ),
    "an SLA with a stop that can't happen": (
        C,
        (("stop: [exit(verify)]", "stop: [exit(verify), exit(§received)]"),),
        "KF1027",
    ),
    "a part longer than its whole": (
        B,
        (
            (
                "minor:    {ack: 4 business hours, verify: 3 business days, propose: 6 business days,",
                "minor:    {ack: 4 business hours, verify: 3 business days, propose: §13 business days,",
            ),
        ),
        "KF1028",
    ),
    "hours longer than days": (
        B,
        (("critical: {ack: 1 business hour,", "critical: {ack: §16 business hours,"),),
        "KF1028",
    ),
    "a part longer than the parent that it names": (
        B,
        (
            ("    start: enter(verify)\n", "    parent: propose\n    start: enter(verify)\n"),
            (
                "major:    {ack: 2 business hours, verify: 2 business days,",
                "major:    {ack: 2 business hours, verify: §5 business days,",
            ),
        ),
        "KF1028",
    ),
    "parents in a circle": (
        C,
        (
            ("  - id: verify\n", "  - id: verify\n    parent: §resolve\n"),
            ("  - id: resolve\n", "  - id: resolve\n    parent: verify\n"),
        ),
        "KF1028",
    ),
    "a row without a budget": (
        B,
        (
            (
                "  major:    {ack: 2 business hours, verify: 2 business days,",
                "  §major:    {ack: 2 business hours,",
            ),
        ),
        "KF1029",
    ),
    # times
    "a hold shorter than reviews are apart": (
        L,
        (("review_every: 1 day", "review_every: 15 days"), ("hold: {for: 14 days}", "hold: {for: §10 days}")),
        "KF1030",
    ),
    "a timer before one may leave": (
        C,
        (
            ("after: 10 business days, to: closed_resolved", "after: §10 business days, to: closed_resolved"),
            ("  follow_up:\n    step: 6\n", "  follow_up:\n    step: 6\n    min_dwell: 12 business days\n"),
        ),
        "KF1031",
    ),
    "levels that fall": (
        C,
        (
            ("- {level: 3, label", "- {level: §1, label"),
            ("- {when: var.reopens >= 2, level: 3}", "- {when: var.reopens >= 2, level: 2}"),
        ),
        "KF1032",
    ),
    "business days without a calendar": (
        D,
        (
            ("calendar: cn-hq\n", ""),
            ("id: no_lead, after: 3 business days", "id: no_lead, after: §3 business days"),
        ),
        "KF1036",
    ),
}
