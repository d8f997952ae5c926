"""A workflow written down piece by piece: every name and expression stands in a text, at a true place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kamflow.base.span import Source, Span
from kamflow.base.text import NO_TEXT
from kamflow.workflow.model import (
    Action,
    AutoLevel,
    BudgetTable,
    Declared,
    Duration,
    Event,
    Expression,
    Ladder,
    Mode,
    Name,
    Reason,
    State,
    StateTimer,
    Transition,
    Unit,
    Workflow,
)

NO_TIME = Duration(0, Unit.DAYS)


def days(n: int) -> Duration:
    return Duration(n, Unit.DAYS)


class Written:
    """Collects the text; ``done`` makes the workflow."""

    def __init__(self, name: str, subject: str, *, uses: Sequence[str] = (), mode: Mode = Mode.EVENT_DRIVEN):
        self.file = f"{name}.yaml"
        self.text = "format: kamflow/workflow@1\n"
        self.id, self.subject = self.name(name), self.name(subject)
        self.uses = tuple(self.name(u) for u in uses)
        self.mode = mode
        self.vars: list[Declared] = []
        self.events: list[Event] = []
        self.states: list[State] = []
        self.everywhere: list[Transition] = []
        self.auto: list[AutoLevel] = []
        self.budgets: list[BudgetTable] = []
        self._order = 0

    def _put(self, text: str) -> Span:
        start = len(self.text)
        self.text += f"{text}\n"
        return Span(self.file, start, start + len(text))

    def name(self, text: str) -> Name:
        return Name(text, self._put(text))

    def expression(self, text: str) -> Expression:
        return Expression(text, self._put(text))

    def declared(self, name: str, kind: str) -> Declared:
        return Declared(self.name(name), self.expression(kind))

    def var(self, name: str, kind: str) -> None:
        self.vars.append(self.declared(name, kind))

    def event(self, name: str, **fields: str) -> None:
        made = tuple(self.declared(n, k) for n, k in fields.items())
        self.events.append(Event(self.name(name), made))

    def move(
        self,
        name: str,
        to: str | None,
        when: str | None = None,
        *,
        event: str | None = None,
        sources: Sequence[str] = (),
        priority: int = 40,
        hold: int | None = None,
        bypass: bool = False,
        do: Sequence[Action] = (),
        **sets: str,
    ) -> Transition:
        self._order += 1
        return Transition(
            self.name(name),
            "",
            tuple(self.name(s) for s in sources),
            self.name(event) if event is not None else None,
            self.name(to) if to is not None else None,
            self.expression(when) if when is not None else None,
            priority,
            days(hold) if hold is not None else None,
            bypass,
            None,
            tuple((self.name(v), self.expression(e)) for v, e in sets.items()),
            tuple(do),
            Reason(name, NO_TEXT),
            self._order,
            bool(sources),
        )

    def state(
        self,
        name: str,
        *moves: Transition,
        dwell: int = 0,
        final: bool = False,
        entry: Sequence[Action] = (),
        timers: Sequence[StateTimer] = (),
    ) -> None:
        own = self.name(name)
        placed = [replace(m, sources=(own,)) for m in moves]
        self.states.append(
            State(
                own, NO_TEXT, None, final, False, days(dwell), tuple(entry), (), tuple(timers),
                tuple(m for m in placed if m.to is not None),
                tuple(m for m in placed if m.to is None),
            )
        )  # fmt: skip

    def done(self) -> Workflow:
        return Workflow(
            self.id, 1, NO_TEXT, self.subject, self.mode, 16, Name("always"), self.uses, (), None,
            tuple(self.budgets), tuple(self.vars), tuple(self.events), (), Ladder((), tuple(self.auto)),
            self.states[0].id, tuple(self.states), tuple(self.everywhere), (), self.file, "sha256:0",
        )  # fmt: skip

    def source(self) -> Source:
        return Source(self.file, self.text)
