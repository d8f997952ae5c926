"""The text of a workflow file → ``Workflow``, or all that is wrong with its shape.

Assumes: a text. Leaves: frozen values with their places. Hand-written and not pydantic's: it can tell every
mistake once, with its place and in both languages, and a start need not load pydantic (100 ms). The models
in ``shape`` say the same for editors; tests hold the two together.
"""

from __future__ import annotations

from enum import StrEnum
from hashlib import sha256

from kamflow.base.collector import collector_at_rest
from kamflow.base.diagnostic import Sink
from kamflow.base.span import Source, Span
from kamflow.base.text import NO_TEXT, Text
from kamflow.base.yaml_tree import WORKFLOWS, YamlList, YamlMap, YamlNode, YamlValue, read_yaml
from kamflow.workflow import read_errors as errors
from kamflow.workflow.calendar import NO_CALENDAR
from kamflow.workflow.model import Declared, Event, Fill, Migration, Mode, Name, Workflow
from kamflow.workflow.read_slas import read_budgets, read_ladder, read_slas
from kamflow.workflow.read_states import Defaults, read_states
from kamflow.workflow.read_values import ZERO, Fields, Reading, maybe

FORMAT = "kamflow/workflow@1"
MAX_MICROSTEPS = 16

_REQUIRED = ("format", "id", "version", "label", "subject", "mode", "initial", "states")
_OPTIONAL = (
    "step", "max_microsteps", "calendar", "uses", "purposes", "defaults", "budgets", "vars", "fills",
    "events", "slas", "escalation", "global_transitions", "migrations",
)  # fmt: skip
_STEP = {Mode.STATE_DRIVEN: "single", Mode.EVENT_DRIVEN: "to-completion"}


class _Kept(StrEnum):
    """What a migration keeps."""

    ENTERED_AT = "entered_at"
    VAR = "var"
    HOLD = "hold"


def read_workflow(source: Source, sink: Sink) -> Workflow | None:
    """Read a workflow; None where anything is wrong. Warnings alone leave the workflow."""
    r = Reading(source)
    with collector_at_rest():
        root = open_file(r, FORMAT)
        found = _workflow(r, root) if root is not None else None
    sink.extend(r.sink.sorted())
    return None if r.sink.has_errors else found


def open_file(r: Reading, format_name: str) -> YamlNode | None:
    """Return the tree of a file; what is wrong with it as YAML is told."""
    tree = read_yaml(r.source.text, r.source.name, WORKFLOWS)
    for problem in tree.problems:
        r.tell(errors.not_read(problem))
    if tree.root is None and not tree.problems:
        r.tell(errors.empty_file(Span(r.source.name, 0, 0), format_name))
    return tree.root


def _workflow(r: Reading, root: YamlNode) -> Workflow:
    f = r.fields(root, Text("a workflow", "流程定义"), _REQUIRED, _OPTIONAL)
    r.word(f.get("format"), (FORMAT,))
    mode = r.choice(f.get("mode"), Mode, Mode.EVENT_DRIVEN)
    defaults = _defaults(r, f.get("defaults"))
    states, over = read_states(r, f.get("states"), f.get("global_transitions"), defaults)
    policy = Text("the name of a policy", "策略名")
    variable = Text("the name of a variable", "变量名")
    version = f.get("version")
    return Workflow(
        id=r.id(f.get("id"), Text("the id of a workflow", "流程标识")),
        version=r.whole(version, 1),
        label=r.label(f.get("label")),
        subject=r.name(f.get("subject"), Text("the name of a record", "记录名")),
        mode=mode,
        max_microsteps=_steps(r, f, mode),
        calendar=_calendar(r, f),
        uses=r.names(f.get("uses"), Text("a list of policies", "策略列表"), policy),
        purposes=r.names(
            f.get("purposes"), Text("a list of purposes", "用途列表"), Text("a purpose", "用途")
        ),
        stale_after=defaults.stale_after,
        budgets=read_budgets(r, f.get("budgets"), f.keys.get("budgets", f.span)),
        vars=_declared(r, f.get("vars"), Text("a map of variables", "变量映射"), variable),
        events=_events(r, f.get("events")),
        slas=read_slas(r, f.get("slas")),
        ladder=read_ladder(r, f.get("escalation")),
        initial=r.name(f.get("initial"), Text("the name of a state", "状态名")),
        states=states,
        global_transitions=over,
        migrations=_migrations(r, f.get("migrations")),
        source=r.source.name,
        digest=sha256(r.source.text.encode("utf-8", "surrogatepass")).hexdigest(),
        review_every=defaults.review_every,
        fills=_fills(r, f.get("fills"), variable),
        version_span=version.span if version is not None else f.span,
        span=root.span,
    )


def _steps(r: Reading, f: Fields, mode: Mode) -> int:
    """Read ``step`` and ``max_microsteps``, which follow from the mode or belong to it."""
    good_mode = isinstance(found := f.get("mode"), YamlValue) and found.text == mode
    step = r.word(f.get("step"), tuple(_STEP.values())) if "step" in f else _STEP[mode]
    if (
        good_mode
        and step != _STEP[mode]
        and isinstance(node := f.get("step"), YamlValue)
        and node.text == step
    ):
        said = Text(f"`{mode}` goes with `step: {_STEP[mode]}`", f"“{mode}”应配“step: {_STEP[mode]}”")
        r.tell(errors.not_together(f.keys["step"], said))
    if "max_microsteps" not in f:
        return MAX_MICROSTEPS
    if good_mode and mode is Mode.STATE_DRIVEN:
        said = Text(
            "`max_microsteps` is for event-driven workflows; a review moves once",
            "“max_microsteps”只用于 event-driven 流程；每次评审至多迁移一步",
        )
        r.tell(errors.not_together(f.keys["max_microsteps"], said))
    return r.whole(f.get("max_microsteps"), 1, 1000)


def _calendar(r: Reading, f: Fields) -> Name:
    if "calendar" not in f:
        return Name(NO_CALENDAR.id, f.span)
    return r.id(f.get("calendar"), Text("the name of a calendar", "日历名"))


def _defaults(r: Reading, node: YamlNode | None) -> Defaults:
    if node is None:
        return Defaults(ZERO)
    keys = ("min_dwell", "unknown", "stale_after", "priority", "review_every")
    f = r.fields(node, Text("`defaults`", "“defaults”"), (), keys)
    r.word(f.get("unknown"), ("freeze",))
    kind = Text("a kind of transition", "迁移类别")
    ranks = r.pairs(f.get("priority"), Text("a map of priorities", "优先级映射"))
    priority = {r.name(key, kind).text: r.whole(rank, 0, 9999) for key, rank in ranks}
    return Defaults(
        r.duration(f.get("min_dwell"), zero=True) if "min_dwell" in f else ZERO,
        priority if "priority" in f else None,
        maybe(r.duration, f.get("stale_after")),
        maybe(r.duration, f.get("review_every")),
    )


def _fills(r: Reading, node: YamlNode | None, variable: Text) -> tuple[Fill, ...]:
    """Read ``{FIELD: VARIABLE}``."""
    field = Text("the name of a field", "字段名")
    pairs = r.pairs(node, Text("a map from fields to variables", "字段与变量对应表"))
    return tuple(Fill(r.name(key, field), r.name(value, variable)) for key, value in pairs)


def _events(r: Reading, node: YamlNode | None) -> tuple[Event, ...]:
    what, field = Text("the name of an event", "事件名"), Text("the name of a field", "字段名")
    found: list[Event] = []
    for key, below in r.pairs(node, Text("a map of events", "事件映射")):
        name = r.name(key, what)
        label = NO_TEXT
        payload = below
        if isinstance(below, YamlMap):
            # a label is a map, a field of that name has a type
            labels = [v for k, v in below.items if k.text == "label" and isinstance(v, YamlMap)]
            label = r.label(labels[0]) if labels else NO_TEXT
            rest = tuple((k, v) for k, v in below.items if v not in labels)
            payload = YamlMap(rest, below.line, below.span)
        fields = Text("a map of fields (`{}` where there are none)", "字段映射（没有字段请写 {}）")
        found.append(Event(name, _declared(r, payload, fields, field), label))
    return tuple(found)


def _declared(r: Reading, node: YamlNode | None, what: Text, each: Text) -> tuple[Declared, ...]:
    found: list[Declared] = []
    for key, below in r.pairs(node, what):
        if isinstance(below, YamlValue) and below.is_empty and _in_braces(r, node):
            r.tell(errors.comma_in_type(key.span))
            continue
        found.append(Declared(r.name(key, each), r.expression(below)))
    return tuple(found)


def _in_braces(r: Reading, node: YamlNode | None) -> bool:
    return node is not None and r.source.text.startswith("{", node.span.start)


def _migrations(r: Reading, node: YamlNode | None) -> tuple[Migration, ...]:
    return tuple(_migration(r, item) for item in r.items(node, Text("a list of migrations", "迁移方案列表")))


def _migration(r: Reading, node: YamlNode) -> Migration:
    f = r.fields(node, Text("a migration", "版本迁移方案"), ("from", "map"), ("on_missing", "keep"))
    r.word(f.get("on_missing"), ("reject",))
    what = Text("the name of a state", "状态名")
    pairs = r.pairs(f.get("map"), Text("a map from states to states", "状态对应表"))
    keep = tuple(_Kept)[:2]
    if isinstance(kept := f.get("keep"), YamlList):
        keep = tuple(r.choice(item, _Kept, _Kept.VAR) for item in kept.items)
    elif kept is not None:
        tuple(r.items(kept, Text("a list of what is kept", "保留项列表")))
    return Migration(
        r.whole(f.get("from"), 1),
        tuple((r.name(old, what), r.name(new, what)) for old, new in pairs),
        tuple(str(k.value) for k in keep),
        node.span,
    )
