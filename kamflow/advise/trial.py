"""Tries changes of one record: does it reach the answer, and which comparisons come out how?

Assumes: a settled program (``prove.settled``). Runs generated code where it takes the plan, the
interpreter where it does not; what is told to people is replayed by the interpreter in any case.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import replace

from kamflow.advise.atoms import Atom, atoms_behind, with_atoms
from kamflow.advise.settled import parts_read
from kamflow.advise.wanted import Wanted, meets
from kamflow.core.expr import Lit, Param, walk
from kamflow.core.plain import Path
from kamflow.core.program import EvalPlan, Program, make_plan
from kamflow.engines.interp import Interpreter
from kamflow.engines.python.engine import Refused, compile_plan
from kamflow.prove.constants import constants
from kamflow.values.data import TypedRecord, Value
from kamflow.values.outcome import Decided, RawOutcome

Changes = Mapping[Path, Value]
Decide = Callable[[TypedRecord], RawOutcome]


class Trial:
    """``reaches`` says whether changes lead to what is wanted; ``signature`` what they do on the way."""

    def __init__(
        self, program: Program, record: TypedRecord, as_of: int, plan: EvalPlan, wanted: Wanted
    ) -> None:
        self.program, self.record, self.as_of, self.wanted = program, record, as_of, wanted
        name = record.record
        self.atoms: tuple[Atom, ...] = atoms_behind(program, name, (wanted.key,))
        self.read = parts_read(program, name, (wanted.key,))
        self._whole = _decider(program, plan, as_of)
        self._wanted = _decider(program, make_plan(program, name, (wanted.key.name,)), as_of)
        longer, names = with_atoms(program, name, self.atoms)
        self._signs = _decider(longer, make_plan(longer, name, (*names, wanted.key.name)), as_of)
        self._known: dict[tuple[tuple[Path, Value], ...], bool] = {}
        self.tries = 0

    def changed(self, changes: Changes) -> TypedRecord:
        """Return a new record with other values at some paths."""
        return changed_record(self.record, changes)

    def at(self, path: Path) -> Value:
        """Return what the record says at a path."""
        value: Value = self.record
        for name in path:
            if not isinstance(value, TypedRecord):
                return None
            value = value.fields.get(name)
        return value

    def has(self, path: Path) -> bool:
        """Say whether the record that a field belongs to is there at all."""
        return len(path) == 1 or isinstance(self.at(path[:-1]), TypedRecord)

    def reaches(self, changes: Changes) -> bool:
        """Say whether the changed record is decided, in all that was asked of it, with the wanted answer."""
        key = tuple(sorted(changes.items(), key=lambda c: c[0]))
        known = self._known.get(key)
        if known is None:
            self.tries += 1
            record = self.changed(changes)
            outcome = self._wanted(record)
            known = isinstance(outcome, Decided) and meets(self.wanted, outcome.values[-1])
            known = known and isinstance(self._whole(record), Decided)
            self._known[key] = known
        return known

    def signature(self, changes: Changes) -> Hashable:
        """Return what every comparison comes to, whether the answer is the wanted one, and whether all
        that was asked of the record can be decided."""
        self.tries += 1
        record = self.changed(changes)
        outcome, whole = self._signs(record), self._whole(record)
        if not isinstance(outcome, Decided):
            return outcome
        end = None if isinstance(whole, Decided) else whole
        return (*outcome.values[:-1], meets(self.wanted, outcome.values[-1]), end)

    def constants(self) -> frozenset[Value]:
        """Return the constants that stand in comparisons, and the wanted value."""
        ask = constants(self.program, self.as_of)
        nodes = (n for a in self.atoms for n in walk(a.cond))
        found = {ask(n) for n in nodes if isinstance(n, Lit | Param)} | {self.wanted.value}
        return frozenset(v for v in found if isinstance(v, int | str))


def changed_record(record: TypedRecord, changes: Changes) -> TypedRecord:
    fields = dict(record.fields)
    inside: dict[str, dict[Path, Value]] = {}
    for path, value in changes.items():
        if len(path) == 1:
            fields[path[0]] = value
        else:
            inside.setdefault(path[0], {})[path[1:]] = value
    for name, parts in inside.items():
        part = fields[name]
        assert isinstance(part, TypedRecord), "the changed field's record is there"
        fields[name] = changed_record(part, parts)
    return TypedRecord(record.record, fields, record.given)


def _decider(program: Program, plan: EvalPlan, as_of: int) -> Decide:
    """Return what decides a plan without a trace."""
    compiled = compile_plan(program, plan)
    if not isinstance(compiled, Refused):
        return compiled.bind(as_of).decide
    interpreter = Interpreter(program, as_of)

    def decide(record: TypedRecord) -> RawOutcome:
        outcome = interpreter.decide(plan, record)
        if isinstance(outcome, Decided):
            return replace(outcome, fired=(), overrides=(), rounded=())
        return outcome

    return decide
