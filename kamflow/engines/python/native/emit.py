"""Expressions over columns: the emitter of the Python engine, where a record is a line of a table.

- A missing value is a pair: a text of the value and one that says whether it is there
  (``_presence``, by the value's text); ``None`` never reaches the generated code.
- A record that is undecided is left: by ``continue`` in the main loop, by ``break`` and a flag in loops
  within, by a tuple that starts with ``False`` from functions.
- Widths: where the types alone do not prove that 64 bits hold a sum or product, a test of its
  operands stands before it, and a record that fails it is left too. So every value in the code lies
  within 64 bits, and what the loop leaves alone is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kamflow.core.expr import (
    Aggregate,
    Apply,
    DefKey,
    DivRound,
    Expr,
    Fold,
    Gather,
    Get,
    If,
    ListOf,
    Lit,
    Op,
    Override,
    Param,
    Pick,
    PopTerm,
    Ref,
    Struct,
    Unwrap,
    Var,
)
from kamflow.core.ty import INT64, BoolTy, ListTy, RecordTy, StructTy, Ty, strip_opt
from kamflow.engines.python.exprs import Emitter, Frame, beaten_by
from kamflow.engines.python.native import civil
from kamflow.engines.python.native.lists import emit_list
from kamflow.engines.python.native.parts import (
    End,
    Place,
    RefusedError,
    bound_of,
    is_optional,
    is_wide,
    zero_of,
)
from kamflow.engines.python.operators import CALLED, EMPTY
from kamflow.engines.python.source import MAX_DEPTH, Block, int_of, int_text, is_atom
from kamflow.values.data import Value
from kamflow.values.outcome import WhyUndecided

if TYPE_CHECKING:
    from kamflow.engines.python.native.module import NativeModule

CIVIL: dict[Op, Callable[..., int]] = {
    Op.ADD_MONTHS_CLAMP: civil.add_months_clamp,
    Op.ADD_MONTHS_NEXT: civil.add_months_next,
    Op.WHOLE_MONTHS: civil.whole_months,
    Op.YEAR_OF: civil.year_of,
    Op.MONTH_OF: civil.month_of,
}


class NativeEmitter(Emitter):
    """Emits for one subject: ``here``. ``is_main``: into the loop, where the subject's fields are locals."""

    forks = False

    def __init__(self, module: NativeModule, frame: Frame, here: Place, *, is_main: bool) -> None:
        super().__init__(module, frame)
        self.native, self.here, self.is_main = module, here, is_main
        self.ends = [End("continue")] if is_main else []
        self.places: dict[str, Place] = {}
        self._presence: dict[str, str] = {}
        self._pairs: dict[str, str] = {}
        self._met: dict[tuple[DefKey, Place], str] = {}

    # ---- pairs

    def present(self, text: str) -> str:
        """Return the text that says whether a value is there; what has none always is."""
        return "False" if text == "None" else self._presence.get(text, "True")

    def is_present(self, text: str) -> str:
        return self.present(text)

    def is_missing(self, text: str) -> str:
        return f"not {self.present(text)}"

    def assign(self, name: str, text: str, block: Block, ty: Ty) -> None:
        if not is_optional(ty):
            block.add(f"{name} = {text}")
            return
        present = self.pair(name)
        block.add(f"{name} = {zero_of(ty) if text == 'None' else text}")
        block.add(f"{present} = {self.present(text)}")

    def with_presence(self, text: str, present: str) -> str:
        self._presence[text] = present
        return text

    def pair(self, name: str) -> str:
        """Return the name beside ``name`` that says whether its value is there."""
        if name not in self._pairs:
            self._pairs[name] = self._presence[name] = self.unit.fresh()
        return self._pairs[name]

    def atom(self, e: Expr, block: Block) -> str:
        text = self.expr(e, block)
        return text if is_atom(text) or text == "None" else self.named(text, block, e.ty)

    # ---- where a record is left

    def stop(self, _why: WhyUndecided, _rows: str, _block: Block) -> str:
        return self.leave()

    def leave(self) -> str:
        self.ends[-1].used = True
        return self.ends[-1].text

    @contextmanager
    def ending(self, text: str) -> Iterator[End]:
        end = End(text)
        self.ends.append(end)
        yield end
        self.ends.pop()

    def apart(self, ty: Ty, fill: Callable[[Block], str], block: Block) -> str:
        """Emit into a function of its own and call it: deep code, and definitions of other records."""
        optional, body = is_optional(ty), Block()
        none = f"(False, {zero_of(ty)}, False)" if optional else f"(False, {zero_of(ty)})"
        with self.ending(f"return {none}") as end:
            text = fill(body)
        self.give_back(body, text, ty, may_leave=end.used)
        return self.received(self.unit.outline(body), block, ty, may_leave=end.used)

    def tried(self, ty: Ty, fill: Callable[[Block], str], block: Block) -> tuple[str, str]:
        """Like ``apart``, but what is undecided there only says so: return (judged, value)."""
        optional, body = is_optional(ty), Block()
        none = f"(False, {zero_of(ty)}, False)" if optional else f"(False, {zero_of(ty)})"
        with self.ending(f"return {none}"):
            text = fill(body)
        self.give_back(body, text, ty, may_leave=True)
        judged, value = self.unit.fresh(), self.unit.fresh()
        names = [judged, value, *([self.pair(value)] if optional else [])]
        block.add(f"{', '.join(names)} = {self.unit.outline(body)}")
        return judged, value

    def give_back(self, body: Block, text: str, ty: Ty, *, may_leave: bool) -> None:
        parts = ["True"] if may_leave else []
        parts.append(zero_of(ty) if text == "None" else text)
        if is_optional(ty):
            parts.append(self.present(text))
        body.add(f"return ({', '.join(parts)})" if len(parts) > 1 else f"return {parts[0]}")

    def received(self, call: str, block: Block, ty: Ty, *, may_leave: bool) -> str:
        value = self.unit.fresh()
        names = [self.unit.fresh()] if may_leave else []
        names.append(value)
        if is_optional(ty):
            names.append(self.pair(value))
        block.add(f"{', '.join(names)} = {call}")
        if may_leave:
            block.add(f"if not {names[0]}: {self.leave()}")
        return value

    def lazy(self, e: Expr, block: Block) -> tuple[Block, str]:
        inner = block.sub()
        if inner.depth <= MAX_DEPTH:
            return inner, self.expr(e, inner)
        return inner, self.apart(e.ty, lambda body: self.expr(e, body), inner)

    # ---- nodes

    def literal(self, value: Value) -> str:
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) > INT64:
            raise RefusedError(self.frame.name, f"a number of {len(str(abs(value)))} digits")
        return super().literal(value)

    def symbol(self, e: Expr) -> str | None:
        return self.native.named_param(e) if isinstance(e, Param) else None

    def _expr(self, e: Expr, block: Block) -> str:
        match e:
            case Param() if (name := self.symbol(e)) is not None:
                return name
            case PopTerm():
                return self._standing(block, e.ty)
            case Gather(fold=Fold.LIST) | Pick() if isinstance(e.ty, ListTy) and self.is_main:
                name, form = emit_list(self, e, block)
                self.native.lists[name] = form
                return name
            case ListOf() | Struct() | Gather(fold=Fold.LIST):
                raise RefusedError(self.frame.name, "a list of values")
            case If() | Override() | Pick() | Lit() if isinstance(strip_opt(e.ty), ListTy | StructTy):
                raise RefusedError(self.frame.name, "a list of values")
            case _:
                pass
        return super()._expr(e, block)

    def _standing(self, block: Block, ty: Ty) -> str:
        if self.here.table != "t0" or self.here.path:
            raise RefusedError(self.frame.name, "a term over a population, asked of another record")
        value, outside, judged = self.native.standing(self.frame.name)
        line = self.here.line
        block.add(f"if {judged}[{line}] == 0: {self.leave()}")
        text = f"({value}[{line}] + 0)"
        if is_optional(ty):
            self._presence[text] = f"({outside}[{line}] == 0)"
        return text

    # ---- places

    def place(self, e: Expr) -> Place:
        """Return where a record lies."""
        match e:
            case Var(name="self"):
                return self.here
            case Var(name=name):
                return self.places[name]
            case Unwrap(arg=arg):
                return self.place(arg)
            case Get(record=record, name=name) if isinstance(strip_opt(e.ty), RecordTy):
                at = self.place(record)
                return Place(at.table, at.line, (*at.path, name))
            case _:
                raise RefusedError(self.frame.name, "a record that is no field")

    def _var(self, name: str) -> str:
        """The item itself: a value of a list of plain values."""
        at = self.here if name == "self" else self.places[name]
        return self._column(at.table, at.line, at.path)

    def _get(self, record: Expr, name: str, block: Block) -> str:
        at = self.place(record)
        return self._column(at.table, at.line, (*at.path, name))

    def _column(self, table: str, line: str, path: tuple[str, ...]) -> str:
        column = self.native.layout.table(table).column(path)
        if column is None:  # a record or a list that is always there
            return "True"
        if self.is_main and table == "t0":
            name, present = self.native.local(column)
            if present is not None:
                self._presence[name] = present
            return name
        value, mask = self.native.column(table, column)
        plain = isinstance(strip_opt(column.ty), BoolTy) or column.is_presence
        text = f"({value}[{line}] != 0)" if plain else f"({value}[{line}] + 0)"
        if column.is_presence:
            self._presence[text] = text
        elif mask is not None:
            self._presence[text] = f"({mask}[{line}] == 0)"
        return text

    # ---- definitions

    def _ref(self, e: Ref, block: Block) -> str:
        at = self.place(e.subject)
        if at == self.here and e.key in self.frame.known:
            return self.frame.known[e.key]
        met = self._met.get((e.key, at))
        if met is not None:
            return met
        function, others, may_leave = self.native.function(e.key, at)
        call = f"{function}({', '.join([at.line, *others])})"
        text = self.received(call, block, self.native.program.defs[e.key].ty, may_leave=may_leave)
        if block.top:
            self._met[e.key, at] = text
        return text

    def _apply(self, e: Apply, block: Block) -> str:
        if e.op in CIVIL:
            args = ", ".join([self.expr(a, block) for a in e.args])
            return self.named(f"{self.unit.constant(CIVIL[e.op])}({args})", block)
        assert e.op not in CALLED
        return super()._apply(e, block)

    def _if(self, e: If, block: Block) -> str:
        if not is_optional(e.ty):
            return super()._if(e, block)
        cond = self.expr(e.cond, block)
        return self._forked(e, cond, self.lazy(e.then, block), self.lazy(e.other, block), block)

    # ---- widths

    def _arithmetic(self, e: Apply, block: Block) -> str:
        spine: list[Apply] = []
        node: Expr = e
        while isinstance(node, Apply) and node.op in (Op.ADD, Op.SUB, Op.MUL):
            spine.append(node)
            node = node.args[0]
        if not any(is_wide(part.ty) for part in spine):
            return super()._arithmetic(e, block)
        text, bound = self.expr(node, block), bound_of(node.ty)
        for part in reversed(spine):
            for arg in part.args[1:]:
                other = self.expr(arg, block)
                text, bound = self._within(part.op, (text, bound), (other, bound_of(arg.ty)), block)
            bound = min(bound, bound_of(part.ty))
        return text

    def _within(self, op: Op, left: tuple[str, int], right: tuple[str, int], block: Block) -> tuple[str, int]:
        """Combine two values, after a test of them where the result might not fit."""
        (a, most_a), (b, most_b) = left, right
        if op is Op.MUL:
            if most_a * most_b > INT64:
                root = 3_037_000_499
                a, b = self._atom_of(a, block), self._atom_of(b, block)
                most_a = self._at_most(a, most_a, max(INT64 // max(most_b, 1), root), block)
                most_b = self._at_most(b, most_b, INT64 // max(most_a, 1), block)
            most = most_a * most_b
        else:
            if most_a + most_b > INT64:
                a, b = self._atom_of(a, block), self._atom_of(b, block)
                most_a = self._at_most(a, most_a, max(INT64 - most_b, INT64 // 2), block)
                most_b = self._at_most(b, most_b, INT64 - most_a, block)
            most = most_a + most_b
        return self._combined(op, a, b, block), most

    def _atom_of(self, text: str, block: Block) -> str:
        return text if is_atom(text) else self.named(text, block)

    def _at_most(self, text: str, known: int, most: int, block: Block) -> int:
        """Leave the record where the absolute value is larger, unless it is ``known`` not to be."""
        number = int_of(text)
        known = known if number is None else abs(number)
        if known <= most:
            return known
        if self.native.lazily:  # a measure that is left would be no member, and change all others
            raise RefusedError(self.frame.name, "a measure that may have more than 18 digits")
        block.add(f"if not {int_text(-most)} <= {text} <= {most}: {self.leave()}")
        return most

    def operands(self, e: DivRound, block: Block) -> tuple[str, str]:
        """Inside a rounding, up to twice the dividend plus the divisor has to fit."""
        num, den = super().operands(e, block)
        most_num, most_den = bound_of(e.num.ty), bound_of(e.den.ty)
        if 2 * most_num + most_den > INT64:
            most_den = self._at_most(den, most_den, INT64 // 2, block)
            self._at_most(num, most_num, (INT64 - most_den) // 2, block)
        return num, den

    def stepped(self, e: DivRound, text: str, block: Block) -> str:
        if is_wide(e.ty):
            text = self.named(text, block)
            self._at_most(text, INT64, INT64 // abs(e.step), block)
        return super().stepped(e, text, block)

    # ---- lists

    def _aggregate(self, e: Aggregate, block: Block) -> str:
        if block.depth >= MAX_DEPTH - 2:
            return self.apart(e.ty, lambda body: self._aggregate(e, body), block)
        at = self.place_of_list(e.items)
        offsets = self.native.offsets(at.table)
        name, line = self.unit.fresh(), self.unit.fresh("x")
        empty = "0" if e.fold is Fold.DISTINCT else EMPTY[e.fold]
        self.assign(name, empty, block, e.ty)
        loop = block.sub()
        flag = self.unit.fresh()
        text = self.ends[-1].text
        leaves = text if text.startswith("return") else f"{flag} = True; break"
        before = self.places.get(e.var)
        self.places[e.var] = Place(at.table, line, ())
        scratch = ""
        if e.fold is Fold.DISTINCT:
            scratch = self.native.scratch(at.table)
            self.named(f"{self.unit.constant(civil.start_set)}({scratch})", block)
        with self.ending(leaves) as end:
            self._fold_item(e, name, loop, scratch)
        if before is None:
            del self.places[e.var]
        else:
            self.places[e.var] = before
        flagged = end.used and leaves != text
        if end.used:
            self.ends[-1].used = True
        if flagged:
            block.add(f"{flag} = False")
        rows = self.unit.constant(range)
        block.nest(f"for {line} in {rows}({offsets}[{at.line}], {offsets}[{at.line} + 1]):", loop)
        if flagged:
            block.add(f"if {flag}: {self.leave()}")
        return name

    def _fold_item(self, e: Aggregate, name: str, loop: Block, scratch: str) -> None:
        inner = loop if e.where is None else loop.sub()
        where = "" if e.where is None else self.expr(e.where, loop)
        value = "0" if e.value is None and e.fold is Fold.COUNT else ""
        if not value:
            value = self._var(e.var) if e.value is None else self.expr(e.value, inner)
        if e.fold is Fold.SUM and is_wide(e.ty):
            value = self._atom_of(value, inner)
            most = INT64 if e.value is None else bound_of(e.value.ty)
            most = self._at_most(value, most, INT64 // 2, inner)
            self._at_most(name, INT64, INT64 - most, inner)
        if scratch:
            inner.add(f"{name} += {self.unit.constant(civil.add_to_set)}({scratch}, {value})")
        else:
            self._fold(e.fold, name, value, inner)
        if e.where is not None:
            loop.nest(f"if {where}:", inner)

    def place_of_list(self, e: Expr) -> Place:
        """Return the table of a child list, and the line of which its items are asked."""
        inner = e
        while isinstance(inner, Unwrap):
            inner = inner.arg
        if not isinstance(inner, Get):
            raise RefusedError(self.frame.name, "a list that is no field")
        at = self.place(inner.record)
        table = self.native.layout.list_table(at.table, (*at.path, inner.name))
        assert table is not None
        return Place(table.name, at.line, ())

    def _fold(self, fold: Fold, name: str, value: str, block: Block) -> None:
        if fold not in (Fold.MIN, Fold.MAX):
            super()._fold(fold, name, value, block)
            return
        new = value if is_atom(value) else self.named(value, block)
        less, present, inner = "<" if fold is Fold.MIN else ">", self.pair(name), block.sub()
        inner.add(f"{name} = {new}")
        inner.add(f"{present} = True")
        block.nest(f"if not {present} or {new} {less} {name}:", inner)

    # ---- rows and their values

    def _pick(self, e: Pick, block: Block) -> str:
        values = [v.value for v in e.values if isinstance(v, Lit)]
        kinds = {type(v) for v in values}
        if len(values) > 4 and len(values) == len(e.values) and kinds <= {int}:
            row = self.atom(e.row, block)
            for v in values:
                self.literal(v)
            return f"({self.unit.constant(tuple(values))}[{row}] + 0)"
        row, name = self.atom(e.row, block), self.unit.fresh()
        self._pick_between(e.ty, e.values, 0, row, name, block)
        return name

    def _gather(self, e: Gather, block: Block) -> str:
        rows = self.atom(e.rows, block)
        if e.fold is Fold.COUNT:
            return self.named(f"{self.unit.constant(civil.count_bits)}({rows})", block)
        name = self.unit.fresh()
        self.assign(name, EMPTY[e.fold], block, e.ty)
        for i, v in enumerate(e.values):
            inner, value = self.lazy(v, block)
            if e.fold is Fold.SUM and is_wide(e.ty):
                value = self._atom_of(value, inner)
                most = self._at_most(value, bound_of(v.ty), INT64 // 2, inner)
                self._at_most(name, INT64, INT64 - most, inner)
            self._fold(e.fold, name, value, inner)
            block.nest(f"if {rows} >> {i} & 1:", inner)
        return name

    # ---- overrides

    def _override(self, e: Override, block: Block) -> str:
        conds = [self.atom(r.cond, block) for r in e.rules]
        if self.native.traced and self.is_main:
            self._note_rules(conds, block)
        base = self.expr(e.base, block)
        name, won, clash = self.unit.fresh(), self.unit.fresh(), self.unit.fresh()
        self.assign(name, base, block, e.ty)
        several = len(e.rules) > 1
        if several:
            block.add(f"{won} = False")
            block.add(f"{clash} = False")
        for i, (rule, beaters) in enumerate(zip(e.rules, beaten_by(e), strict=True)):
            guard = " and ".join([conds[i], *(f"not {conds[j]}" for j in beaters)])
            inner, value = self.lazy(rule.value, block)
            if several:
                value = (
                    value if is_atom(value) or value == "None" else self.named(value, inner, rule.value.ty)
                )
                inner.add(f"if {won} and {self._differ(value, name, e.ty)}: {clash} = True")
                inner.add(f"{won} = True")
            self.assign(name, value, inner, e.ty)
            block.nest(f"if {guard}:", inner)
        if several:
            block.add(f"if {clash}: {self.leave()}")
        return name

    def _note_rules(self, conds: list[str], block: Block) -> None:
        if len(conds) > self.native.max_set:
            raise RefusedError(self.frame.name, f"{len(conds)} overrides")
        applied = self.unit.fresh()
        block.add(f"{applied} = 0")
        for i, cond in enumerate(conds):
            block.add(f"if {cond}: {applied} |= {1 << i}")
        self.native.applied[self.frame.name] = applied

    def _differ(self, one: str, two: str, ty: Ty) -> str:
        if not is_optional(ty):
            return f"{one} != {two}"
        first, second = self.present(one), self.present(two)
        if one == "None":
            return second
        return f"({first} != {second} or ({first} and {one} != {two}))"
