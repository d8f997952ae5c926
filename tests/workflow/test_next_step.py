"""What an evaluation says about the next step of a case."""

from __future__ import annotations

from kamflow.workflow.instance import OVERRIDE, Block
from kamflow.workflow.next_step import Outlook, outlook, outlook_json
from tests.workflow.fakes import ALWAYS, DAY, Case, asks, days, edge, state, timer, workflow

APPROVED = asks("director", days(10))


def case() -> Case:
    return Case(
        workflow(
            state(
                "stable",
                edge("down", "decline", priority=20, hold=days(30)),
                edge("up", "strategic", priority=40, hold=days(90), approve=APPROVED),
                dwell=days(50),
            ),
            state("strategic"),
            state("decline"),
        )
    )


def look(made: Case, when: int, **facts) -> Outlook:
    before = made.case
    found = outlook(made.ready, before, when, facts, made.facts)
    assert isinstance(found, Outlook)
    assert made.case is before
    return found


def test_a_transition_that_has_to_hold_longer_says_until_when() -> None:
    made = case()
    made.review(10 * DAY, up=True, down=False)
    found = look(made, 70 * DAY, up=True, down=False)
    assert (found.next, found.eligible_at, found.blocked_by) == (
        "strategic",
        100 * DAY,
        (Block.HOLD, Block.APPROVAL),
    )
    assert outlook_json(found, ALWAYS) == {
        "state": "stable",
        "next": "strategic",
        "transition": "up",
        "eligible_on": "1970-04-11",
        "blocked_by": ["hold", "approval"],
    }


def test_everything_that_holds_it_back_is_named() -> None:
    found = look(case(), 5 * DAY, up=None, down=True)
    assert (found.transition, found.eligible_at, found.blocked_by) == (
        "down",
        50 * DAY,
        (Block.DWELL, Block.HOLD),
    )
    assert {j.transition: (j.value.value, j.missing) for j in found.judged} == {
        "down": ("true", ()),
        "up": ("unknown", ("up",)),
    }


def test_what_a_review_would_do_now_is_blocked_by_nothing() -> None:
    made = case()
    made.review(0, down=True, up=False)
    found = look(made, 60 * DAY, down=True, up=False)
    assert (found.next, found.eligible_at, found.blocked_by) == ("decline", 60 * DAY, ())


def test_no_true_guard_means_no_next_state_and_shows_the_facts() -> None:
    found = look(case(), 5 * DAY, up=False, down=False)
    assert (found.next, found.eligible_at) == ("", None)
    assert found.judged[0].facts == {"down": False}
    assert outlook_json(found, ALWAYS)["next"] is None


def test_two_that_tie_have_no_day() -> None:
    made = Case(workflow(state("a", edge("x", "b"), edge("y", "c")), state("b"), state("c")))
    found = look(made, DAY, x=True, y=True)
    assert (found.eligible_at, found.blocked_by) == (None, (Block.AMBIGUOUS,))


def test_a_state_set_by_hand_is_told_with_its_end() -> None:
    made = Case(workflow(state("a", edge("x", "b")), state("b")))
    made.send(OVERRIDE, DAY, {"to": "a", "until": "1970-01-11", "why": "x"}, actor="w")
    found = look(made, 2 * DAY, x=True)
    assert (found.eligible_at, found.blocked_by) == (11 * DAY, (Block.OVERRIDE,))


def test_timers_that_are_due_by_then_come_first() -> None:
    made = Case(workflow(state("a", timers=(timer("t", days(3), "b"),)), state("b", edge("x", "a"))))
    assert look(made, 5 * DAY, x=True).state == "b"
