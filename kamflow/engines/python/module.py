"""One variant of a plan as a module of generated Python.

Four variants share everything but their ends: they read a typed record or a caller's dict, and
return values only or values with what the trace needs. What a variant returns is one flat tuple;
``Layout`` says what stands where.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from kamflow.base.frozen import frozen
from kamflow.core.expr import Choose, DefKey, Expr, Lit, Override, Param, Pick, PopTerm, Ref, Var, walk
from kamflow.core.program import DefKind, EvalPlan, Program
from kamflow.core.ty import Ty
from kamflow.engines.python import raw
from kamflow.engines.python.choose import Targets, Ways, emit_choose
from kamflow.engines.python.exprs import Emitter, Frame, Site
from kamflow.engines.python.source import Block, Unit, is_atom
from kamflow.values.data import Value
from kamflow.values.outcome import Contradicts, NotDecided, Undecided, WhyUndecided

MAIN = "F0"
_FIELD = re.compile(r"\bg\d+\b")
_COMPARED = re.compile(r"(?:if|elif) (g\d+) (?:<|<=|>|>=|==|!=) \(?-?\d+\)?:")
_LIST = re.compile(r"\bz\b")


class SlowPath(Exception):  # noqa: N818 - control flow: the record goes to intake
    """Raised inside a raw variant only, which then returns None."""


@frozen
class Layout:
    """The flat tuple: values, the mask of absent fields, rows, overrides, (num, den, result) of each
    site of the straight line, then the list of (site, num, den, result) of the others."""

    values: int
    fired: int
    overrides: int
    straight: tuple[Site, ...]
    sites: tuple[Site, ...]


class Module:
    """Emits one variant. ``params``: values of those that are read; ``placed``: standings will be known."""

    def __init__(
        self, program: Program, plan: EvalPlan, params: Mapping[str, Value], *, traced: bool, from_raw: bool,
        placed: bool = False,
    ) -> None:  # fmt: skip
        self.program, self.plan, self.params = program, plan, params
        self.traced, self.from_raw, self.placed = traced, from_raw, placed
        self.ways = Ways()
        self.noted = traced  # divisions are noted, too
        self.unit = Unit()
        self.passed = ", m, T, z" if traced else ", m, T"
        self.applied: dict[str, str] = {}
        self._straight: list[tuple[Site, tuple[str, str, str]]] = []
        self._sites: list[Site] = []
        self._foreign: dict[DefKey, str] = {}
        self._todo: list[DefKey] = []
        self._read_by = _readers(program, plan)
        self._terms = {id(d.body): k for k, d in program.defs.items() if isinstance(d.body, PopTerm)}

    # ---- what the emitters ask for

    def param(self, e: Param) -> Value:
        return self.params[e.name]

    def key_of(self, e: PopTerm) -> DefKey:
        """Return the definition whose whole body a population term is."""
        return self._terms[id(e)]

    def constant_of(self, e: Expr) -> Expr:
        return Lit(self.params[e.name], e.ty, e.span) if isinstance(e, Param) else e

    def value_of(self, e: Expr) -> Value:
        found = self.constant_of(e)
        assert isinstance(found, Lit)
        return found.value

    def foreign(self, key: DefKey) -> str:
        """Return the function of a definition that takes the record; it is emitted later."""
        if key not in self._foreign:
            self._foreign[key] = self.unit.fresh("F")
            self._todo.append(key)
        return self._foreign[key]

    def undecided(self, name: str, why: WhyUndecided, rows: str) -> str:
        if self.from_raw:
            return f"raise {self.unit.constant(SlowPath)}"
        k = self.unit.constant
        return f"raise {k(Undecided)}({k(NotDecided)}({k(name)}, {k(why)}, {rows}))"

    def record(self, site: Site, texts: tuple[str, str, str], block: Block) -> None:
        """Note a division: on the straight line it always happens, elsewhere it goes on a list."""
        if block.top:
            self._straight.append((site, texts))
            return
        num, den, result = texts
        block.add(f"if {num} % {den}: z.append(({len(self._sites)}, {num}, {den}, {result}))")
        self._sites.append(site)

    def choose(self, em: Emitter, e: Choose, block: Block) -> str:
        """Emit a row choice of which only the row is wanted."""
        name = self.unit.fresh()
        rows = [str(i) for i in range(len(e.branches) + 1)]
        emit_choose(em, e, block, Targets([(name, rows, e.ty)]), name)
        return name

    # ---- the module

    def emit(self) -> tuple[str, dict[str, object], Layout]:
        """Return the source, its constants and the layout of what ``F0`` returns."""
        body = Block(depth=2, top=True)
        record = self.program.records[self.plan.record]
        reading = Block(depth=2)
        loose = self.from_raw and any(raw.may_be_absent(f) for f in record.fields)
        absent = self.unit.fresh() if loose else "0"
        fields = {f.name: self.unit.fresh("g") for f in record.fields}
        frame = Frame("", fields, None if self.from_raw else "r")
        em = Emitter(self, frame)
        self._emit_order(em, body)
        while self._todo:  # before the end of the main function: they may note roundings too
            self._emit_foreign(self._todo.pop())
        said = absent
        if self.from_raw and raw.notes_gaps(record, self.program):
            said = self.unit.fresh()
            body.add(f"{said} = {raw.emit_absent(self.unit, record, fields, absent)}")
        body.add(f"return {em.tuple_of(self._returned(frame, said))}")
        if self.from_raw:
            floats = _only_compared(body, fields.values())
            raw.emit_reading(
                self.unit, reading, record, fields, absent, as_floats=floats, program=self.program
            )
        else:
            self._read_typed(reading, fields, body)
        self._emit_main(reading, body)
        layout = Layout(
            len(self.plan.outputs),
            len(self._row_keys()),
            len(self._override_keys()),
            tuple(s for s, _ in self._straight),
            tuple(self._sites),
        )
        return self.unit.source(), self.unit.constants, layout

    def _emit_main(self, reading: Block, body: Block) -> None:
        whole = Block(depth=1)
        whole.lines.extend(reading.lines)
        if self._foreign:
            whole.add("m = {}")
        if self.traced and _LIST.search("\n".join(body.lines)):
            whole.add("z = []")
        whole.lines.extend(body.lines)
        if not self.from_raw:
            self.unit.define(MAIN, ["r", "T"], whole)
            return
        guarded = Block()
        guarded.nest("try:", whole)
        failed = Block(depth=1)
        failed.add("return None")
        k = self.unit.constant
        guarded.nest(f"except ({k(KeyError)}, {k(SlowPath)}):", failed)
        self.unit.define(MAIN, ["d", "T"], guarded)

    def _read_typed(self, reading: Block, fields: dict[str, str], body: Block) -> None:
        used = set(_FIELD.findall("\n".join(body.lines)))
        reading.add("d = r.fields")
        for name, local in fields.items():
            if local in used:
                reading.add(f"{local} = d[{self.unit.constant(name)}]")

    def _returned(self, frame: Frame, absent: str) -> list[str]:
        out = [frame.known[k] for k in self.plan.outputs]
        out.append(absent)
        if self.traced:
            out += [frame.known[k] for k in self._row_keys()]
            out += [self.applied[str(k)] for k in self._override_keys()]
            for _, texts in self._straight:
                out += texts
            out.append("z" if self._sites else "()")
        return out

    def _row_keys(self) -> list[DefKey]:
        return [k for k in self.plan.order if self.program.defs[k].kind is DefKind.ROWS]

    def _override_keys(self) -> list[DefKey]:
        return [k for k in self.plan.order if isinstance(self.program.defs[k].body, Override)]

    def _emit_order(self, em: Emitter, body: Block) -> None:
        fused = self._fusible()
        for i, key in enumerate(self.plan.order):
            if i == self.plan.facts_after:
                self._emit_facts(em, body)
            if key in em.frame.known:
                continue
            em.frame.name = str(key)
            definition = self.program.defs[key]
            if isinstance(definition.body, Choose):
                self._emit_rows(em, key, definition.body, fused.get(key, []), body)
                continue
            text = em.expr(definition.body, body)
            if not is_atom(text):
                name = self.unit.fresh("v")
                em.assign(name, text, body, definition.ty)
                text = name
            em.frame.known[key] = text
        if self.plan.facts_after >= len(self.plan.order):
            self._emit_facts(em, body)

    def _emit_facts(self, em: Emitter, body: Block) -> None:
        for index in self.plan.facts:
            em.frame.name = f"impossible#{index}"
            cond = em.expr(self.program.impossible[index].cond, body)
            body.add(f"if {cond}: {self.contradicted(em, index, body)}")

    def contradicted(self, _em: Emitter, index: int, _block: Block) -> str:
        return f"return {'None' if self.from_raw else self.unit.constant(Contradicts(index))}"

    def _fusible(self) -> dict[DefKey, list[DefKey]]:
        """Return for each row definition the definitions that only pick a constant by it."""
        found: dict[DefKey, list[DefKey]] = {}
        for key in self.plan.order:
            match self.program.defs[key].body:
                case Pick(Ref(row, Var("self")), values) if all(isinstance(v, Lit | Param) for v in values):
                    found.setdefault(row, []).append(key)
        return found

    def _emit_rows(self, em: Emitter, key: DefKey, body: Choose, picks: list[DefKey], block: Block) -> None:
        """Set the row, and with it the constants picked by it; the row alone where nobody reads it."""
        row = self.unit.fresh("v")
        targets: list[tuple[str, list[str], Ty]] = []
        for pick in picks:
            values = self.program.defs[pick].body
            assert isinstance(values, Pick)
            texts = [em.expr(v, block) for v in values.values]
            targets.append((self.unit.fresh("v"), texts, values.ty))
        if self.traced or not picks or self._row_is_read(key, picks):
            targets.append((row, [str(i) for i in range(len(body.branches) + 1)], body.ty))
        em.frame.known[key] = row
        if emit_choose(em, body, block, Targets(targets), row):
            for pick, (name, _, _) in zip(picks, targets, strict=False):
                em.frame.known[pick] = name

    def _row_is_read(self, key: DefKey, picks: list[DefKey]) -> bool:
        return bool(self._read_by.get(key, set()).difference(picks))

    def _emit_foreign(self, key: DefKey) -> None:
        """A definition of another record (or seen from one): remembered for each record object."""
        body = Block(depth=1)
        number = self._foreign[key][1:]
        body.add(f"t0 = m.get(({number}, r), m)")
        body.add("if t0 is not m: return t0")
        em = Emitter(self, Frame(str(key), None, "r"))
        text = em.expr(self.program.defs[key].body, body)
        body.add(f"t0 = m[{number}, r] = {text}")
        body.add("return t0")
        params = ["r", "m", "T", "z"] if self.traced else ["r", "m", "T"]
        self.unit.define(self._foreign[key], params, body)


def _readers(program: Program, plan: EvalPlan) -> dict[DefKey, set[DefKey | None]]:
    """Return for each definition those of the plan that read it; None stands for its facts."""
    bodies: list[tuple[DefKey | None, Expr]] = [(k, program.defs[k].body) for k in plan.order]
    bodies += [(None, program.impossible[i].cond) for i in plan.facts]
    bodies += [(k, program.populations[b.population].where) for k, b in bodies if isinstance(b, PopTerm)]
    found: dict[DefKey, set[DefKey | None]] = {}
    for reader, body in bodies:
        for key in {n.key for n in walk(body) if isinstance(n, Ref)}:
            found.setdefault(key, set()).add(reader)
    return found


def _only_compared(body: Block, names: Iterable[str]) -> frozenset[str]:
    """Return the fields that the code uses in at most two comparisons with constants, if at all.

    For those a whole float does as well as an integer, and making the integer is the dearer part.
    """
    text = "\n".join(body.lines)
    uses = Counter(_FIELD.findall(text))
    compared = Counter(_COMPARED.findall(text))
    return frozenset(n for n in names if uses[n] == compared[n] <= 2)
