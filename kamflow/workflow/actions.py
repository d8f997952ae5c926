"""Actions of a definition become effects: records of what is to be done outside, nothing is done here.

A field of the subject is named, not copied: whoever delivers looks it up, so that erased data is gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from kamflow.base.text import Text
from kamflow.values.codec import Json
from kamflow.workflow import keys
from kamflow.workflow.draft import Cause, Draft, Planned
from kamflow.workflow.instance import Answer
from kamflow.workflow.model import (
    Action,
    ApplyRules,
    Assign,
    CreateTask,
    Decided,
    Due,
    Duration,
    Emit,
    Escalate,
    Expression,
    Name,
    Notify,
    Recipient,
    RequireReason,
    Role,
    SlaDue,
    StartPlay,
    StopPlay,
)
from kamflow.workflow.slas import due_of


def plan(d: Draft, owner: str, actions: tuple[Action, ...], cause: Cause) -> tuple[list[Planned], list[int]]:
    """Return the effects of some actions on the case as it is now, and the levels that they raise it to.

    ``owner``: as in ``keys.argument``.
    """
    if not actions:
        return [], []
    answers = d.ask(_wanted(d, owner, actions), cause.event, cause.payload)
    effects = [made for a in actions if (made := _effect(d, owner, a, answers)) is not None]
    return effects, [a.level for a in actions if isinstance(a, Escalate) and a.level is not None]


def show_recipient(to: Recipient) -> str:
    """Return a recipient as it is written."""
    return f"role:{to.name}" if to.kind is Role.ROLE else f"subject.{to.name}"


def show_text(text: Text) -> Json:
    return {"en": text.en, "zh": text.zh}


def _wanted(d: Draft, owner: str, actions: tuple[Action, ...]) -> tuple[str, ...]:
    wanted: list[str] = []
    for action in actions:
        if isinstance(action, CreateTask) and isinstance(action.due, Decided):
            wanted.append(keys.due(owner, action.id))
        elif isinstance(action, StartPlay | StopPlay):
            wanted += [keys.argument(owner, action.id, name.text) for name, _ in action.args]
        elif isinstance(action, ApplyRules):
            policy = action.ruleset.text
            wanted += [keys.ruleset(policy, output) for output in d.ready.outputs.get(policy, ())]
    return tuple(wanted)


def _effect(d: Draft, owner: str, action: Action, answers: Mapping[str, Answer]) -> Planned | None:
    def value(key: str) -> Json:
        found = answers.get(key)
        return None if found is None else found.value

    def given(play: str, args: tuple[tuple[Name, Expression], ...]) -> Json:
        return {name.text: value(keys.argument(owner, play, name.text)) for name, _ in args}

    match action:
        case Notify(to, template):
            return Planned("notify", {"to": [show_recipient(r) for r in to], "template": template})
        case CreateTask(name, role, due, label):
            return Planned(
                "create_task", {"id": name, "role": role, "label": show_text(label)},
                *_due(d, due, value(keys.due(owner, name))),
            )  # fmt: skip
        case Assign(role, by):
            return Planned("assign", {"role": role, "by": by})
        case StartPlay(play, after, max_attempts, args):
            return Planned(
                "start_play", {"id": play, "args": given(play, args), "max_attempts": max_attempts},
                *_due(d, after),
            )  # fmt: skip
        case StopPlay(play, args):
            told: dict[str, Json] = {"args": given(play, args)} if args else {}
            return Planned("stop_play", {"id": play, **told})
        case ApplyRules(ruleset, mode, min_options):
            policy = ruleset.text
            decided: Json = {o: value(keys.ruleset(policy, o)) for o in d.ready.outputs.get(policy, ())}
            return Planned(
                "apply_rules",
                {"ruleset": policy, "mode": mode, "min_options": min_options, "decisions": decided},
            )
        case RequireReason(field, values):
            return Planned("require_reason", {"field": field.text, "values": list(values)})
        case Escalate(level, to, template):
            if level is not None or to is None:
                return None  # the ladder writes its own entry
            return Planned("escalate", {"to": show_recipient(to), "template": template})
        case Emit(event):
            return Planned("emit", {"event": event})
        case _:
            assert_never(action)


def _due(d: Draft, due: Due | None, amount: Json = None) -> tuple[int | None, bool]:
    """Return when something is due. ``amount``: what policies decided, where it is theirs to say."""
    match due:
        case None:
            return None, False
        case Duration():
            return d.ready.time.add(d.at, due)
        case Decided(_, unit):
            if not isinstance(amount, int):
                return None, False
            return d.ready.time.add(d.at, Duration(amount, unit))
        case SlaDue(sla):
            return due_of(d, sla.text) or (None, False)
        case _:
            assert_never(due)
