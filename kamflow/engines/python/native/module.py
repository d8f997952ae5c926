"""A plan as a loop over columns.

``F0(x1, x2, T, p, …)`` decides the lines from ``x1`` to before ``x2``: it reads arrays, and writes results
into arrays; that of ``ok`` says whether the line has an answer. Parameters that are integers are read
from ``p``, so that other values need no other code, as long as they lie in the same order.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial

from kamflow.base.frozen import frozen
from kamflow.core.columns import (
    MAX_SET,
    ROOT,
    Column,
    Layout,
    Physical,
    layout_of,
    physical_of,
)
from kamflow.core.expr import Choose, DefKey, Expr, Hit, Param, PopTerm, Ref, walk
from kamflow.core.program import EvalPlan, Program
from kamflow.core.ty import INT64, EnumTy, ListTy, RecordTy, ScaledTy, StructTy, TextTy, Ty, strip_opt
from kamflow.engines.python.exprs import Emitter, Frame, is_self
from kamflow.engines.python.module import MAIN, Module
from kamflow.engines.python.native.emit import NativeEmitter
from kamflow.engines.python.native.lists import Item, ListForm, Part
from kamflow.engines.python.native.parts import (
    Array,
    End,
    NativeUnit,
    Place,
    RefusedError,
    is_optional,
    native_words,
    zero_of,
)
from kamflow.engines.python.native.rows import NativeWays
from kamflow.engines.python.source import Block, free_names, int_text
from kamflow.values.data import Value

_NUMBER = re.compile(r"\b\d+\b")
MAX_LINES = 2_500  # of generated code: what compiles within a minute


@frozen
class Output:
    """One array that the code writes: ``key`` is the column's name, with a ``?`` for its mask."""

    key: str
    physical: Physical
    is_text: bool = False


@frozen
class NativeText:
    """Generated code with what it reads and writes, in the order of the arguments after ``p``."""

    source: str
    constants: Mapping[str, object]
    arrays: tuple[tuple[str, Array], ...]
    outputs: tuple[tuple[str, Output], ...]
    params: tuple[str, ...]
    lists: Mapping[str, ListForm]


class NativeModule(Module):
    """Emits one variant; ``traced``: with the rows that answered and the overrides that apply.

    ``lazily``: definitions are evaluated where they are needed only, as they are for measures.
    """

    def __init__(
        self, program: Program, plan: EvalPlan, params: Mapping[str, Value], *, traced: bool, lazily: bool
    ) -> None:
        super().__init__(program, plan, params, traced=traced, from_raw=False)
        self.unit: NativeUnit = NativeUnit(native_words(program))
        self.ways = NativeWays()
        self.noted = False
        self.max_set = MAX_SET
        self.lazily = lazily
        self.lists: dict[str, ListForm] = {}
        self.given_lists: dict[str, ListForm] = {}
        self.layout: Layout = layout_of(program, plan.record)
        self.arrays: dict[Array, str] = {}
        self._named: dict[str, str] = {}
        self._locals: dict[Column, tuple[str, str | None]] = {}
        self._functions: dict[tuple[DefKey, str, tuple[str, ...]], tuple[str, list[DefKey], list[str]]] = {}
        self._order = {key: place for place, key in enumerate(program.defs)}

    # ---- what the emitter asks for

    def array(self, table: str, column: str, kind: str) -> str:
        letter = "b" if kind in ("mask", "outside", "judged") else "a"
        key = Array(table, column, kind)
        if key not in self.arrays:
            self.arrays[key] = self.unit.fresh(letter)
        return self.arrays[key]

    def column(self, table: str, column: Column) -> tuple[str, str | None]:
        """Return the arrays of a column: its values and, where they may be missing, its mask."""
        if column.physical is Physical.INT128:
            raise RefusedError(".".join(column.path), "a field of more than 18 digits")
        mask = self.array(table, column.name, "mask") if column.nullable else None
        return self.array(table, column.name, "value"), mask

    def local(self, column: Column) -> tuple[str, str | None]:
        """Return the locals of a field of the record, which the loop reads first."""
        if column not in self._locals:
            self.column(ROOT, column)
            name = self.unit.fresh("g")
            present = name if column.is_presence else self.unit.fresh("g") if column.nullable else None
            self._locals[column] = (name, present)
        return self._locals[column]

    def offsets(self, table: str) -> str:
        return self.array(table, "", "offsets")

    def scratch(self, table: str) -> str:
        """Return a set of its own for one place in the code; as large as the table's longest list needs."""
        count = sum(a.kind == "scratch" for a in self.arrays)
        return self.array(table, str(count), "scratch")

    def standing(self, key: DefKey) -> tuple[str, str, str]:
        value, outside, judged = (self.array(ROOT, str(key), k) for k in ("standing", "outside", "judged"))
        return value, outside, judged

    def constant_of(self, e: Expr) -> Expr:
        """A text that is a parameter is known only when code runs."""
        if isinstance(e, Param) and isinstance(self.params[e.name], str):
            return e
        return super().constant_of(e)

    def named_param(self, e: Param) -> str | None:
        """Return the name of a parameter; yes and no are written as they are."""
        value = self.params[e.name]
        if isinstance(value, bool) or not isinstance(value, int | str):
            return None
        if isinstance(value, int) and abs(value) > INT64:
            raise RefusedError(e.name, f"a number of {len(str(abs(value)))} digits")
        return self._named.setdefault(e.name, f"p{len(self._named) + 1}")

    def below(self, key: DefKey, at: Place) -> tuple[DefKey, ...]:
        """Return a definition and those of the same record that it needs, each after those it needs."""
        found, todo = {key}, [key]
        while todo:
            body = self.program.defs[todo.pop()].body
            if isinstance(body, PopTerm) and at.table == ROOT and not at.path:
                continue  # its standing is read
            parts = [body]
            if isinstance(body, PopTerm):
                parts.append(self.program.populations[body.population].where)
            nodes = [n for part in parts for n in walk(part)]
            fresh = {n.key for n in nodes if isinstance(n, Ref) and is_self(n.subject)} - found
            found |= fresh
            todo.extend(fresh)
        return tuple(sorted(found, key=self._order.__getitem__))

    def function(self, key: DefKey, at: Place) -> tuple[str, list[DefKey], list[str]]:
        """Return the function of a definition at a place: its name, and what it takes after the line."""
        known = (key, at.table, at.path)
        if known not in self._functions:
            self._functions[known] = self._emit_function(key, at)
        return self._functions[known]

    def _emit_function(self, key: DefKey, at: Place) -> tuple[str, list[DefKey], list[str]]:
        definition = self.program.defs[key]
        ty, body = definition.ty, Block(top=True)
        frame = Frame(str(key), None, None)
        em = NativeEmitter(self, frame, Place(at.table, "x0", at.path), body, is_main=False, is_apart=True)
        zero = zero_of(ty)
        none = f"(False, {zero}, False)" if is_optional(ty) else f"(False, {zero})"
        body.add(f"{self.unit.fresh()} = {none}")  # plain Python gives this where it divides by zero
        em.ends.append(End(f"return {none}"))
        text = em.expr(definition.body, body)
        em.give_back(body, text, ty, may_leave=True)
        handed: list[str] = []
        for judged, value in em.given.values():
            handed += [judged, value, *([em.pair(value)] if em.present(value) != "True" else [])]
        others = [n for n in free_names(body) if n not in {"x0", *handed}]
        name = self.unit.fresh("F")
        self.unit.define(name, ["x0", *handed, *others], body)
        return name, list(em.given), others

    def contradicted(self, em: Emitter, _index: int, _block: Block) -> str:
        assert isinstance(em, NativeEmitter)
        return em.leave()

    # ---- the module

    def emit_loop(self) -> NativeText:
        body = Block(depth=1, top=True)
        em = NativeEmitter(
            self, Frame("", None, None), Place(ROOT, "x0", ()), body, is_main=True, is_apart=False
        )
        outputs: list[tuple[str, Output]] = []
        if self.lazily:
            for i, key in enumerate(self.plan.outputs):
                em.frame.name = str(key)
                definition = self.program.defs[key]
                judged, text = em.tried(definition.ty, partial(em.expr, definition.body), body)
                self._write(Output(f"j{i}", Physical.BOOL), judged, body, outputs)
                self._write_value(em, i, text, definition.ty, body, outputs)
        else:
            self._emit_order(em, body)
            for i, key in enumerate(self.plan.outputs):
                text = em.frame.known[key]
                self._write_value(em, i, text, self.program.defs[key].ty, body, outputs)
            if self.traced:
                self._write_rows(em, body, outputs)
        self._write(Output("ok", Physical.BOOL), "True", body, outputs)
        return self._finish(body, outputs)

    def _finish(self, body: Block, outputs: list[tuple[str, Output]]) -> NativeText:
        loop = Block(depth=1)
        for column, (name, present) in self._locals.items():
            self._read(column, name, present, loop)
        loop.lines.extend(body.lines)
        whole = Block()
        for i in range(len(self._named)):
            whole.add(f"p{i + 1} = p[{i}]")
        whole.nest(f"for x0 in {self.unit.constant(range)}(x1, x2):", loop)
        arrays = tuple((name, key) for key, name in self.arrays.items())
        taken = ["x1", "x2", "T", "p", *(n for n, _ in arrays), *(n for n, _ in outputs)]
        self.unit.define(MAIN, taken, whole)
        source = self.unit.source()
        if (lines := source.count("\n")) > MAX_LINES:
            raise RefusedError(self.plan.record, f"{lines:,} lines of code: too many to compile")
        if (wide := max(map(int, _NUMBER.findall(source)), default=0)) > INT64:
            raise RefusedError(self.plan.record, f"a number of {len(str(wide))} digits")
        params = tuple(self._named)
        return NativeText(source, self.unit.constants, arrays, tuple(outputs), params, self.given_lists)

    def _read(self, column: Column, name: str, present: str | None, loop: Block) -> None:
        """Read a field, and leave what lies outside its type: nothing is proved about such a line."""
        value = self.arrays[Array(ROOT, column.name, "value")]
        ty = strip_opt(column.ty)
        whole = isinstance(ty, ScaledTy | EnumTy | TextTy)
        loop.add(f"{name} = {value}[x0] + 0" if whole else f"{name} = {value}[x0] != 0")
        if column.nullable and present is not None:
            loop.add(f"{present} = {self.arrays[Array(ROOT, column.name, 'mask')]}[x0] == 0")
        bounds = _range_of(ty)
        if bounds is not None and not self.lazily:
            inside = f"{int_text(bounds[0])} <= {name} <= {int_text(bounds[1])}"
            guard = f"{present} and not {inside}" if column.nullable else f"not {inside}"
            loop.add(f"if {guard}: continue")

    def _write(self, out: Output, text: str, block: Block, outputs: list[tuple[str, Output]]) -> None:
        name = f"o{len(outputs)}"
        block.add(f"{name}[x0] = {text}")
        outputs.append((name, out))

    def _write_value(
        self, em: NativeEmitter, i: int, text: str, ty: Ty, block: Block, outputs: list[tuple[str, Output]]
    ) -> None:
        if isinstance(ty, ListTy):
            self._write_list(em, f"v{i}", text, block, outputs)
            return
        self._write_plain(em, f"v{i}", text, ty, block, outputs)

    def _write_list(
        self, em: NativeEmitter, key: str, text: str, block: Block, outputs: list[tuple[str, Output]]
    ) -> None:
        if text not in self.lists:
            raise RefusedError(em.frame.name, "a list of values")
        self._write(Output(key, Physical.INT64), text, block, outputs)
        choices: list[tuple[Item, ...]] = []
        for choice in self.lists[text].choices:
            items: list[Item] = []
            for item in choice:
                parts: list[Part] = []
                for part in item.parts:
                    name = f"{key}.{len(outputs)}" if part.name else ""
                    if part.name:
                        self._write_plain(em, name, part.name, part.ty, block, outputs)
                    parts.append(Part(part.value, name, part.ty))
                items.append(Item(tuple(parts), item.is_struct))
            choices.append(tuple(items))
        self.given_lists[key] = ListForm(tuple(choices), self.lists[text].is_set)

    def _write_plain(
        self, em: NativeEmitter, key: str, text: str, ty: Ty, block: Block, outputs: list[tuple[str, Output]]
    ) -> None:
        bare = strip_opt(ty)
        if isinstance(bare, TextTy):
            out = Output(key, Physical.INT32, is_text=True)
        elif isinstance(bare, ListTy | StructTy | RecordTy):
            raise RefusedError(em.frame.name, "a list of values")
        else:
            physical = physical_of(bare)
            out = Output(key, Physical.INT64 if physical is Physical.INT128 else physical)
        self._write(out, zero_of(ty) if text == "None" else text, block, outputs)
        if is_optional(ty):
            present = em.present(text)
            missing = {"True": "False", "False": "True"}.get(present, f"not {present}")
            self._write(Output(f"{key}?", Physical.BOOL), missing, block, outputs)

    def _write_rows(self, em: NativeEmitter, block: Block, outputs: list[tuple[str, Output]]) -> None:
        for i, key in enumerate(self._row_keys()):
            body = self.program.defs[key].body
            assert isinstance(body, Choose)
            count = len(body.branches) + 1
            narrow = Physical.INT8 if count < 128 else Physical.INT16 if count < 2**15 else Physical.INT32
            physical = Physical.INT64 if body.hit is Hit.COLLECT else narrow
            self._write(Output(f"r{i}", physical), em.frame.known[key], block, outputs)
        for i, key in enumerate(self._override_keys()):
            self._write(Output(f"o{i}", Physical.INT64), self.applied[str(key)], block, outputs)


def _range_of(ty: Ty) -> tuple[int, int] | None:
    match ty:
        case ScaledTy(_, _, lo, hi):
            return lo, hi
        case EnumTy(_, members, _):
            return 0, len(members) - 1
        case _:
            return None


def tables_read(text: NativeText, layout: Layout) -> dict[str, tuple[str, ...]]:
    """Return the columns of each table that the code reads; every list on the way to one is among them."""
    found: dict[str, dict[str, None]] = {ROOT: {}}
    for _, array in text.arrays:
        columns = found.setdefault(array.table, {})
        if array.kind in ("value", "mask"):
            columns[array.column] = None
    return {t.name: tuple(found[t.name]) for t in layout.tables if t.name in found}
