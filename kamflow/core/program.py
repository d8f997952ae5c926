"""A checked set of policies that are in force together: everything an engine needs.

One ``Program`` belongs to one set of policy files; parameters keep all their dated values, so the
same program serves every ``as of`` date on which these policies are in force.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import field
from enum import StrEnum

from kamflow.base.frozen import frozen
from kamflow.base.span import NOWHERE, Span
from kamflow.base.text import NO_TEXT, Text
from kamflow.core.expr import Choose, DefKey, Expr, PopTerm, Ref, Table, Tag, walk
from kamflow.core.ty import EnumTy, ListTy, OptTy, Ty
from kamflow.values.data import TypedRecord, Value


@frozen
class PolicyInfo:
    """A policy's header. Days are day numbers; ``until`` is the first day out of force."""

    name: str
    title: Text
    owner: str
    effective_from: int
    until: int | None
    currency: str
    uses: tuple[str, ...]
    purposes: tuple[str, ...]
    digest: str
    lang: str
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@frozen
class EnumDecl:
    ty: EnumTy
    labels: tuple[Text, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@frozen
class FieldDecl:
    """``ty`` is optional (``OptTy``) for an optional field; a default is given only for the others.

    ``changeable``: those who work with the record can influence it; advice is about such fields.
    """

    name: str
    ty: Ty
    has_default: bool = False
    default: Value = None
    label: Text = NO_TEXT
    unit: str = ""
    personal: tuple[str, ...] = ()
    max_items: int = 10_000
    changeable: bool = False
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@frozen
class RecordDecl:
    name: str
    fields: tuple[FieldDecl, ...]
    label: Text = NO_TEXT
    span: Span = field(default=NOWHERE, compare=False, repr=False)
    left_out: dict[str, Value] = field(init=False, compare=False, repr=False)
    """What a field has that nobody gives: its default, missing, no entries; the others have to be given."""
    _by_name: dict[str, FieldDecl] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        optional = [f for f in self.fields if f.has_default or isinstance(f.ty, OptTy | ListTy)]
        empty = {f.name: f.default if f.has_default or isinstance(f.ty, OptTy) else () for f in optional}
        object.__setattr__(self, "left_out", empty)
        object.__setattr__(self, "_by_name", {f.name: f for f in reversed(self.fields)})  # of two the first

    @property
    def shown(self) -> Text:
        """Name it for people: one that was made for a workflow (`complaint@verified`) by what it is."""
        return self.label if "@" in self.name else Text(self.name, self.name)

    def field(self, name: str) -> FieldDecl | None:
        return self._by_name.get(name)


@frozen
class ParamDecl:
    """``versions``: (first day, value), ascending; the last one not after ``as of`` counts."""

    name: str
    ty: Ty
    versions: tuple[tuple[int, Value], ...]
    label: Text = NO_TEXT
    span: Span = field(default=NOWHERE, compare=False, repr=False)

    def value_on(self, day: int) -> Value:
        """Return the value in force; before the first version, the first (check forbids needing it)."""
        current = self.versions[0][1]
        for first_day, value in self.versions:
            if first_day > day:
                break
            current = value
        return current


class DefKind(StrEnum):
    FACT = "fact"  # `define`
    DECISION = "decision"  # an output of a `decision`
    SCORE = "score"  # a scorecard's total
    CRITERION = "criterion"  # points of one criterion, named `score.criterion`
    CLASS = "class"  # `classify`
    MEASURE = "measure"  # what a portfolio is judged by: evaluated where it is asked for
    ROWS = "rows"  # hidden: which row of a table or clause list answers
    BASE = "base"  # hidden: a value before overrides
    POP = "pop"  # hidden: a population term inside a larger expression


class Better(StrEnum):
    """Which way a measure is better for us, whose policies these are."""

    HIGHER = "higher"
    LOWER = "lower"


PUBLIC_OUTPUTS = frozenset({DefKind.DECISION, DefKind.SCORE, DefKind.CLASS})
"""What leaves a policy unless the caller asks for more."""


@frozen
class Def:
    """One definition. ``decl`` is the declaration it belongs to (``playbook`` for ``max_offer``).

    The subject inside ``body`` is ``Var("self", RecordTy(key.record))``. ``better`` only of a measure;
    None: it is no gain and no loss.
    """

    key: DefKey
    ty: Ty
    body: Expr
    kind: DefKind
    decl: str
    policy: str
    label: Text = NO_TEXT
    span: Span = field(default=NOWHERE, compare=False, repr=False)
    better: Better | None = None


@frozen
class Population:
    name: str
    record: str
    where: Expr
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@frozen
class Impossible:
    """A fact that no record has: a record for which ``cond`` holds is rejected."""

    record: str
    cond: Expr
    because: Text
    span: Span = field(default=NOWHERE, compare=False, repr=False)


class PropertyKind(StrEnum):
    ALWAYS = "always"
    NEVER = "never"
    NOT_FALL = "does not fall"
    NOT_RISE = "does not rise"


@frozen
class Property:
    """``ALWAYS``/``NEVER``: ``value`` is the condition. Else ``value`` must not fall (rise) when
    ``driver`` rises and everything else stays."""

    kind: PropertyKind
    title: Text
    record: str
    value: Expr
    driver: Expr | None
    policy: str
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@frozen
class Expect:
    """``cond`` must hold for the ``subject``-th record of the test; ``shown`` are the two sides.

    Without ``cond`` (lists) the two sides must be equal values; ``columns``: of the left side's lines
    only these fields count.
    """

    cond: Expr | None
    subject: int
    shown: tuple[Expr, Expr] | None = None
    span: Span = field(default=NOWHERE, compare=False, repr=False)
    columns: tuple[int, ...] = ()


@frozen
class TestCase:
    """``records`` are complete as far as given; with more than one they are also the portfolio."""

    __test__ = False  # not a pytest class

    title: Text
    as_of: int
    records: tuple[TypedRecord, ...] = field(compare=False)
    is_portfolio: bool
    expects: tuple[Expect, ...]
    policy: str
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@frozen
class Scenario:
    """Parameter values that replace all dated versions."""

    title: Text
    sets: tuple[tuple[str, Value], ...]
    policy: str
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@frozen
class Program:
    """``defs`` stand in an order in which each comes after those it reads (for the same subject)."""

    policies: tuple[PolicyInfo, ...]
    enums: dict[str, EnumDecl]
    records: dict[str, RecordDecl]
    params: dict[str, ParamDecl]
    defs: dict[DefKey, Def]
    populations: dict[str, Population] = field(default_factory=dict)
    impossible: tuple[Impossible, ...] = ()
    properties: tuple[Property, ...] = ()
    tests: tuple[TestCase, ...] = ()
    scenarios: tuple[Scenario, ...] = ()

    def outputs_of(self, record: str) -> tuple[Def, ...]:
        """Return the public outputs of a record, in order of definition."""
        return tuple(d for k, d in self.defs.items() if k.record == record and d.kind in PUBLIC_OUTPUTS)


@frozen
class EvalPlan:
    """What to compute for one kind of record: the outputs, and all definitions they need.

    ``order`` lists definitions of the root record in dependency order. All of them are evaluated
    for every record, by every engine, so that traces are equal; definitions of other records
    (``customer.tier`` of a quote, facts of child items) are evaluated where they are referred to.
    The facts that no record has (``facts``: indexes into ``program.impossible``) are tried after the
    first ``facts_after`` definitions of ``order``, which are those they need.
    """

    record: str
    outputs: tuple[DefKey, ...]
    order: tuple[DefKey, ...]
    facts: tuple[int, ...]
    facts_after: int


def reads(e: Expr) -> tuple[DefKey, ...]:
    """Return the definitions that an expression refers to, each once, in order of reading."""
    return tuple(dict.fromkeys(n.key for n in walk(e) if isinstance(n, Ref)))


def reached(program: Program, roots: Iterable[Expr], *, populations: bool = False) -> Iterator[Expr]:
    """Yield expressions and the body of each definition that they read, of any record, directly or not.

    ``populations``: the conditions of the populations that are compared with, and what those read, too.
    """
    todo, seen = list(roots), set()
    while todo:
        root = todo.pop()
        yield root
        for node in walk(root):
            if isinstance(node, Ref) and node.key not in seen:
                seen.add(node.key)
                todo.append(program.defs[node.key].body)
            elif populations and isinstance(node, PopTerm):
                todo.append(program.populations[node.population].where)


def needs(program: Program, key: DefKey) -> tuple[DefKey, ...]:
    """Return the definitions that one needs directly: a population term needs its condition's, too."""
    body = program.defs[key].body
    if not isinstance(body, PopTerm):
        return reads(body)
    return tuple(dict.fromkeys((*reads(program.populations[body.population].where), *reads(body))))


def population_terms(program: Program, roots: Iterable[DefKey]) -> tuple[DefKey, ...]:
    """Return the population terms that definitions need, of any record: each after those it needs itself."""
    todo = list(roots)
    seen = set(todo)
    while todo:
        fresh = [k for k in needs(program, todo.pop()) if k not in seen]
        seen.update(fresh)
        todo.extend(fresh)
    found = [k for k in program.defs if k in seen and isinstance(program.defs[k].body, PopTerm)]
    return tuple(sorted(found, key=lambda k: _depth(program, k)))


def _depth(program: Program, key: DefKey) -> int:
    """Return how many population terms stand on top of each other below one."""
    below, todo = {key}, [key]
    while todo:
        fresh = [k for k in needs(program, todo.pop()) if k not in below]
        below.update(fresh)
        todo.extend(fresh)
    return sum(isinstance(program.defs[k].body, PopTerm) for k in below)


def uses_population(program: Program, plan: EvalPlan) -> bool:
    """Say whether a plan needs to know everybody (then one record alone is not enough)."""
    return bool(population_terms(program, plan.order))


def compared_outputs(program: Program, plan: EvalPlan) -> tuple[str, ...]:
    """Name the outputs of a plan that rest on where the record stands among others."""
    return tuple(k.name for k in plan.outputs if population_terms(program, (k,)))


def make_plan(program: Program, record: str, only: tuple[str, ...] = ()) -> EvalPlan:
    """Plan the outputs of ``record``; ``only`` names outputs or facts, empty means all public ones.

    Facts that no record has (``impossible``) are part of every plan: their definitions are ordered
    too. Unknown names in ``only`` are the caller's to report: they raise ``KeyError``.
    """
    if only:
        outputs = tuple(program.defs[DefKey(record, name)].key for name in only)
    else:
        outputs = tuple(d.key for d in program.outputs_of(record))
    facts = tuple(i for i, f in enumerate(program.impossible) if f.record == record)
    for_facts = _closure(program, record, [k for i in facts for k in reads(program.impossible[i].cond)])
    needed = _closure(program, record, list(outputs)) - for_facts
    first = tuple(k for k in program.defs if k in for_facts)
    rest = tuple(k for k in program.defs if k in needed)
    return EvalPlan(record, outputs, first + rest, facts, len(first))


def _closure(program: Program, record: str, todo: list[DefKey]) -> set[DefKey]:
    """Return the definitions of ``record`` that those in ``todo`` need, themselves included."""
    needed: set[DefKey] = set()
    while todo:
        key = todo.pop()
        if key.record == record and key not in needed:
            needed.add(key)
            todo.extend(needs(program, key))
    return needed


def tag_of(program: Program, rows: DefKey, index: int) -> Tag | None:
    """Return the tag of row ``index`` (0-based) of a row definition."""
    body = program.defs[rows].body
    match body:
        case Choose(branches=branches, otherwise=otherwise):
            tags = [b.tag for b in branches]
        case Table(rows=trows, otherwise=otherwise):
            tags = [r.tag for r in trows]
        case _:
            return None
    if otherwise is not None:
        tags.append(otherwise)
    return tags[index] if 0 <= index < len(tags) else None
