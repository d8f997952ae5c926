"""The shape of workflow and calendar files as pydantic models: editors get their JSON Schema from here.

Assumes: plain data as a YAML 1.2 reader makes it (numbers and true/false are typed). Nothing of kamflow reads
files through these models: ``read`` does, and tests see to it that both refuse the same. Import it only
where a schema is made: pydantic takes its time to load.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic.config import JsonDict
from pydantic.fields import FieldInfo

_PUNCTUATION = r"\s!-/:-@\[-\^`\{-~"  # of ASCII, without `_`: a pattern that every dialect reads alike
Name: TypeAlias = Annotated[str, StringConstraints(pattern=f"^[^{_PUNCTUATION}0-9][^{_PUNCTUATION}]*$")]
_Word: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[^\s!-/:-@\[-`\{-~][^\s!-,/:-@\[-\^`\{-~]*$")]
Id: TypeAlias = _Word | int
Words: TypeAlias = Annotated[str, StringConstraints(min_length=1)] | int | float | bool
Expression: TypeAlias = Annotated[str, StringConstraints(pattern=r"\S")] | int | float | bool
_UNIT = r"(minutes?|hours?|days?|weeks?|business +(hours?|days?))"
Duration: TypeAlias = Annotated[str, StringConstraints(pattern=f"^(100000|0*[1-9][0-9]{{0,4}}) +{_UNIT}$")]
DurationOrNone: TypeAlias = Annotated[str, StringConstraints(pattern=f"^(100000|[0-9]{{1,5}}) +{_UNIT}$")]
Percent: TypeAlias = Annotated[str, StringConstraints(pattern=r"^(100|[1-9][0-9]?)%$")]
_IN_NAME = f"[^{_PUNCTUATION}0-9][^{_PUNCTUATION}]*"
Recipient: TypeAlias = Annotated[str, StringConstraints(pattern=rf"^(role:|subject\.){_IN_NAME}$")]
SlaDue: TypeAlias = Annotated[str, StringConstraints(pattern=rf"^sla\.{_IN_NAME}$")]
Mark: TypeAlias = Annotated[str, StringConstraints(pattern=rf"^(enter|exit)\({_IN_NAME}\)$")]
Priority: TypeAlias = Annotated[int, Field(ge=0, le=9999)]


def said(en: str, zh: str, *, alias: str | None = None) -> FieldInfo:
    """Describe a key in both languages; ``schema`` keeps the one that is asked for."""
    made: FieldInfo = Field(description=en, json_schema_extra={"x-zh": zh}, alias=alias)
    return made


class Shape(BaseModel):
    """A map with known keys, taken literally."""

    model_config = ConfigDict(extra="forbid", strict=True)

    @model_validator(mode="before")
    @classmethod
    def _says_something(cls, data: object) -> object:
        if isinstance(data, dict) and None in data.values():
            raise ValueError("a key without a value")
        return data


_NAME = re.compile(f"[^{_PUNCTUATION}0-9][^{_PUNCTUATION}]*")


class Named(BaseModel):
    """A map with a few known keys, and others that are names."""

    model_config = ConfigDict(extra="allow", strict=True)

    @model_validator(mode="after")
    def _keys_are_names(self) -> Self:
        for key in self.__pydantic_extra__ or ():
            if not _NAME.fullmatch(key):
                raise ValueError("a key is a name")
        return self


_NAMED_KEYS: JsonDict = {"propertyNames": {"pattern": f"^{_NAME.pattern}$"}}


class Label(Shape):
    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra={"minProperties": 1})
    en: Words | None = None
    zh: Words | None = None

    @model_validator(mode="after")
    def _one_at_least(self) -> Label:
        if self.en is None and self.zh is None:
            raise ValueError("a label needs words")
        return self


class Reason(Label):
    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra={"minProperties": 2})
    code: Annotated[Id, said("for statistics", "用于统计")]


# ---- actions


Unit: TypeAlias = Annotated[str, StringConstraints(pattern=f"^{_UNIT}$")]


class Decided(Shape):
    amount: Annotated[Expression, said("a whole number that policies decide", "由策略决定的整数")]
    unit: Unit


class Notify(Shape):
    to: Annotated[list[Recipient], Field(min_length=1)]
    template: Id


class CreateTask(Shape):
    id: Id
    role: Name
    due: Annotated[
        Duration | SlaDue | Decided | None, said("a duration, or sla.NAME", "时长，或 sla.时限名")
    ] = None
    label: Label | None = None


class Assign(Shape):
    role: Name
    by: Id


class StartPlay(Shape):
    id: Id
    after: Duration | None = None
    max_attempts: Annotated[int, Field(ge=1, le=1000)] | None = None
    args: dict[Name, Expression] | None = None


class StopPlay(Shape):
    id: Id
    args: dict[Name, Expression] | None = None


class ApplyRules(Shape):
    ruleset: Annotated[Name, said("a policy of `uses`", "uses 中的策略")]
    mode: Literal["propose"] | None = None
    min_options: Annotated[int, Field(ge=1, le=100)] | None = None


class RequireReason(Shape):
    field: Name
    values: Annotated[list[Name], Field(min_length=1, json_schema_extra={"uniqueItems": True})]

    @model_validator(mode="after")
    def _each_once(self) -> RequireReason:
        if len(set(self.values)) < len(self.values):
            raise ValueError("a reason is listed twice")
        return self


class EscalateLevel(Shape):
    level: Annotated[int, Field(ge=0, le=99)]


class EscalateTo(Shape):
    to: Recipient
    template: Id


class NotifyAction(Shape):
    notify: Notify


class TaskAction(Shape):
    create_task: CreateTask


class AssignAction(Shape):
    assign: Assign


class StartAction(Shape):
    start_play: StartPlay


class StopAction(Shape):
    stop_play: StopPlay


class RulesAction(Shape):
    apply_rules: ApplyRules


class ReasonAction(Shape):
    require_reason: RequireReason


class EscalateAction(Shape):
    escalate: EscalateLevel | EscalateTo


class EmitAction(Shape):
    emit: Id


Action: TypeAlias = (
    NotifyAction
    | TaskAction
    | AssignAction
    | StartAction
    | StopAction
    | RulesAction
    | ReasonAction
    | EscalateAction
    | EmitAction
)


# ---- states


class Hold(Shape):
    span: Annotated[Duration, Field(alias="for")]


class Approve(Shape):
    role: Name
    within: Duration
    on_timeout: Literal["reject", "escalate"] | None = None


class Internal(Shape):
    event: Name
    id: Id | None = None
    kind: Name | None = None
    priority: Priority | None = None
    when: Expression | None = None
    set: dict[Name, Expression] | None = None
    do: list[Action] | None = None
    reason: Reason | None = None


class Transition(Shape):
    id: Annotated[Id, said("unique in the workflow", "在流程内唯一")]
    to: Annotated[Name, said("the state that is entered", "进入的状态")]
    reason: Reason
    event: Annotated[Name | None, said("what it waits for", "等待的事件")] = None
    when: Annotated[Expression | None, said("a condition of the policy language", "条件，用策略语言书写")] = (
        None
    )
    kind: Annotated[Name | None, said("a kind of `defaults.priority`", "defaults.priority 中的类别")] = None
    priority: Annotated[Priority | None, said("the lowest goes first", "数字小者优先")] = None
    hold: Annotated[Duration | Hold | None, said("how long it has to hold", "条件须持续成立的时长")] = None
    bypass_dwell: Annotated[bool, said("regardless of `min_dwell`", "不受最短停留期限制")] = False
    approve: Approve | None = None
    set: Annotated[dict[Name, Expression] | None, said("variables that it changes", "修改的变量")] = None
    do: list[Action] | None = None


class GlobalTransition(Transition):
    sources: Annotated[list[Name], Field(alias="from", min_length=1)]


class Timer(Shape):
    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={
            "anyOf": [{"required": ["to"]}, {"required": ["do"]}],
            "dependentRequired": {"to": ["reason"]},
        },
    )
    id: Id
    after: Duration
    to: Name | None = None
    do: list[Action] | None = None
    reason: Reason | None = None

    @model_validator(mode="after")
    def _does_something(self) -> Timer:
        if self.to is None and self.do is None:
            raise ValueError("a timer leads somewhere or does something")
        if self.to is not None and self.reason is None:
            raise ValueError("a timer that moves has a reason")
        return self


class State(Shape):
    label: Label
    step: Annotated[int, Field(ge=0, le=999)] | None = None
    final: Annotated[bool, said("nothing leads out", "终结，不再离开")] = False
    closed: Annotated[bool, said("counts as closed, may be left", "计为结案，仍可离开")] = False
    min_dwell: Annotated[DurationOrNone | None, said("nobody leaves earlier", "最短停留期")] = None
    entry: list[Action] | None = None
    exit: list[Action] | None = None
    timers: list[Timer] | None = None
    transitions: list[Transition] | None = None
    internal: list[Internal] | None = None


# ---- service levels


class FromTable(Shape):
    table: Annotated[Name, Field(alias="from")]
    column: Name


class Sla(Shape):
    model_config = ConfigDict(
        extra="forbid", strict=True, json_schema_extra={"dependentRequired": {"max_pause": ["pausable"]}}
    )
    id: Name
    label: Label
    start: Annotated[Mark, said("enter(STATE) or exit(STATE)", "enter(状态) 或 exit(状态)")]
    stop: Annotated[list[Mark], Field(min_length=1)]
    budget: Duration | FromTable | Decided
    pausable: bool = False
    max_pause: Duration | None = None
    reopen: Literal["new_budget", "continue", "exempt"] | None = None
    parent: Annotated[Name | None, said("the SLA that it is part of", "所属的时限")] = None
    warn: Annotated[list[Percent] | None, said("ascending", "由低到高")] = None
    breach: list[Action] | None = None

    @model_validator(mode="after")
    def _fits(self) -> Sla:
        if self.max_pause is not None and not self.pausable:
            raise ValueError("a pause of what can't be paused")
        warned = [int(w.rstrip("%")) for w in self.warn or ()]
        if warned != sorted(set(warned)):
            raise ValueError("warnings ascend")
        return self


class Budgets(Named):
    model_config = ConfigDict(
        extra="allow", strict=True, json_schema_extra={"minProperties": 2, **_NAMED_KEYS}
    )
    __pydantic_extra__: dict[str, dict[Name, Duration]]
    by: Annotated[Expression, said("its value chooses the row", "按其取值选择行")]

    @model_validator(mode="after")
    def _has_rows(self) -> Budgets:
        if not self.__pydantic_extra__:
            raise ValueError("a table has rows")
        return self


class Level(Shape):
    level: Annotated[int, Field(ge=0, le=99)]
    label: Label
    to: Recipient


class AutoLevel(Shape):
    when: Expression
    level: Annotated[int, Field(ge=0, le=99)]


class Escalation(Shape):
    levels: Annotated[list[Level], Field(min_length=1)]
    auto: list[AutoLevel] | None = None


# ---- the file


class Defaults(Shape):
    min_dwell: DurationOrNone | None = None
    unknown: Literal["freeze"] | None = None
    stale_after: Duration | None = None
    priority: dict[Name, Priority] | None = None
    review_every: Duration | None = None


class Payload(Named):
    """``label`` with a map is the event's label, with a type a field."""

    model_config = ConfigDict(extra="allow", strict=True, json_schema_extra=_NAMED_KEYS)
    __pydantic_extra__: dict[str, Expression]
    label: Annotated[Label | Expression, said("of the event", "事件标签")] = ""


class Migration(Shape):
    source: Annotated[int, Field(alias="from", ge=1)]
    map: dict[Name, Name]
    on_missing: Literal["reject"] | None = None
    keep: list[Literal["entered_at", "var", "hold"]] | None = None


Mode: TypeAlias = Literal["state-driven", "event-driven"]


class WorkflowFile(Shape):
    format: Literal["kamflow/workflow@1"]
    id: Id
    version: Annotated[int, Field(ge=1, le=999_999_999)]
    label: Label
    subject: Annotated[Name, said("a record of the policies", "策略中的一种记录")]
    mode: Annotated[Mode, said("moved by reviews, or by events", "由评审推动，或由事件推动")]
    initial: Annotated[Name, said("the first state", "初始状态")]
    states: Annotated[dict[Name, State], Field(min_length=1)]
    step: Literal["single", "to-completion"] | None = None
    max_microsteps: Annotated[int, Field(ge=1, le=1000)] | None = None
    calendar: Annotated[Id | None, said("a calendar of calendars.yaml", "calendars.yaml 中的日历")] = None
    uses: Annotated[list[Name] | None, said("policies whose decisions it reads", "所用策略")] = None
    purposes: Annotated[list[Name] | None, said("of personal data", "个人信息的使用目的")] = None
    defaults: Defaults | None = None
    budgets: Budgets | None = None
    vars: Annotated[dict[Name, Expression] | None, said("what a case remembers", "案件变量及类型")] = None
    fills: Annotated[
        dict[Name, Name] | None,
        said("field: the variable that stands in where the record is silent", "字段：档案未填写时代入的变量"),
    ] = None
    events: Annotated[dict[Name, Payload] | None, said("and what is told with them", "事件及其字段")] = None
    slas: list[Sla] | None = None
    escalation: Escalation | None = None
    global_transitions: list[GlobalTransition] | None = None
    migrations: list[Migration] | None = None

    @model_validator(mode="after")
    def _fits_the_mode(self) -> WorkflowFile:
        single = self.mode == "state-driven"
        if self.step is not None and (self.step == "single") != single:
            raise ValueError("the step goes with the mode")
        if self.max_microsteps is not None and single:
            raise ValueError("a review moves once")
        return self

    @model_validator(mode="after")
    def _kinds_have_priorities(self) -> WorkflowFile:
        ranks = self.defaults.priority if self.defaults is not None else None
        if ranks is None:
            return self
        moves = [t for s in self.states.values() for t in s.transitions or ()]
        for move in [*moves, *(self.global_transitions or ())]:
            if move.kind is None and move.priority is None:
                raise ValueError("a transition has a kind")
        within = [t for s in self.states.values() for t in s.internal or ()]
        for edge in [*moves, *(self.global_transitions or ()), *within]:
            if edge.kind is not None and edge.kind not in ranks:
                raise ValueError("a kind has a priority")
        return self


_HOURS = r"^([01][0-9]|2[0-4]):[0-5][0-9]-([01][0-9]|2[0-4]):[0-5][0-9]$"
Hours: TypeAlias = (
    Literal["closed"]
    | Annotated[list[Annotated[str, StringConstraints(pattern=_HOURS)]], Field(min_length=1)]
)
Day: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[01][0-9]-[0-3][0-9]$")]
_DAY = "(mon|tue|wed|thu|fri|sat|sun)"
Days: TypeAlias = Annotated[str, StringConstraints(pattern=f"^{_DAY}(-{_DAY})?$")]


class Holidays(Shape):
    source: Literal["holidays"]
    country: Annotated[str, StringConstraints(pattern="^[A-Z]{2}$")]
    subdivision: Annotated[str, StringConstraints(pattern="^[A-Za-z0-9]{1,8}$")] | None = None
    working_weekends: Annotated[bool, said("make-up days are worked", "调休日上班")] = False


class Calendar(Shape):
    label: Label
    tz: Annotated[str, said("such as Asia/Shanghai", "如 Asia/Shanghai")]
    hours: dict[Days, Hours]
    holidays: Holidays | None = None
    extra: Annotated[dict[Day, Hours] | None, said("win over all else", "特别安排，优先于其他")] = None
    published_until: Annotated[Day | None, said("later days are provisional", "其后为暂定")] = None


class CalendarFile(BaseModel):
    model_config = ConfigDict(extra="allow", strict=True)
    __pydantic_extra__: dict[str, Calendar]
    format: Literal["kamflow/calendar@1"]
