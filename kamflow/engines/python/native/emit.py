"""Expressions over columns: the emitter of the Python engine, where a record is a line of a table.

A field of the record is a local of the loop; fields of other records are read where they are used. A
definition of another record is evaluated once, in the block in which its line is known.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from kamflow.core.columns import ROOT
from kamflow.core.expr import (
    Aggregate,
    Apply,
    DefKey,
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
    PopKind,
    PopTerm,
    Ref,
    Struct,
    Unwrap,
    Var,
)
from kamflow.core.ty import BoolTy, ListTy, RecordTy, StructTy, Ty, strip_opt
from kamflow.engines.python.exprs import Frame, beaten_by
from kamflow.engines.python.native import civil
from kamflow.engines.python.native.careful import CarefulEmitter
from kamflow.engines.python.native.lists import emit_list
from kamflow.engines.python.native.parts import (
    End,
    Place,
    RefusedError,
    is_optional,
    is_wide,
)
from kamflow.engines.python.operators import CALLED, EMPTY
from kamflow.engines.python.source import MAX_DEPTH, Block, is_atom

if TYPE_CHECKING:
    from kamflow.engines.python.native.module import NativeModule

CIVIL: dict[Op, Callable[..., int]] = {
    Op.ADD_MONTHS_CLAMP: civil.add_months_clamp,
    Op.ADD_MONTHS_NEXT: civil.add_months_next,
    Op.WHOLE_MONTHS: civil.whole_months,
    Op.YEAR_OF: civil.year_of,
    Op.MONTH_OF: civil.month_of,
}


class NativeEmitter(CarefulEmitter):
    """Emits for one subject: ``here``. ``is_main``: into the loop, where the subject's fields are locals.
    ``is_apart``: into the function of a definition, which is handed the others of its record."""

    def __init__(
        self, module: NativeModule, frame: Frame, here: Place, body: Block, *, is_main: bool, is_apart: bool
    ) -> None:
        super().__init__(module, frame)
        self.here, self.is_main, self.is_apart = here, is_main, is_apart
        self.scopes = {here.line: body}  # by line: the block in which it is known
        self.given: dict[DefKey, tuple[str, str]] = {}
        self._shared: dict[tuple[DefKey, Place], tuple[str, str]] = {}
        self.ends = [End("continue")] if is_main else []
        self.places: dict[str, Place] = {}

    # ---- nodes

    def symbol(self, e: Expr) -> str | None:
        return self.native.named_param(e) if isinstance(e, Param) else None

    def _expr(self, e: Expr, block: Block) -> str:
        match e:
            case Param() if (name := self.symbol(e)) is not None:
                return name
            case PopTerm():
                return self._standing(e, block)
            case Gather(fold=Fold.LIST) | Pick() | ListOf() if isinstance(e.ty, ListTy) and self.is_main:
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

    def _standing(self, e: PopTerm, block: Block) -> str:
        if self.here.table != ROOT or self.here.path:
            return self._among_nobody(e, block)
        ty = e.ty
        value, outside, judged = self.native.standing(self.native.key_of(e))
        line = self.here.line
        block.add(f"if {judged}[{line}] == 0: {self.leave()}")
        text = f"({value}[{line}] + 0)"
        if is_optional(ty):
            self._presence[text] = f"({outside}[{line}] == 0)"
        return text

    def _among_nobody(self, e: PopTerm, block: Block) -> str:
        """A record within the record: the portfolio has none of its kind. It may still be undecided."""
        where, measured = self.expr(self.native.program.populations[e.population].where, block), block.sub()
        measure = self.atom(e.measure, measured)
        if e.group is not None:
            grouped = measured.sub()
            self.expr(e.group, grouped)
            measured.nest(f"if {self.present(measure)}:", grouped)
        block.nest(f"if {where}:", measured)
        return str(e.outside) if e.kind is PopKind.CLASSIFY else "None"

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
        if self.is_main and table == ROOT:
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
        judged, value = self._given(e.key) if at == self.here and self.is_apart else self.share(e.key, at)
        block.add(f"if not {judged}: {self.leave()}")
        return value

    def _given(self, key: DefKey) -> tuple[str, str]:
        """Return what a function is handed of another definition of its record."""
        if key not in self.given:
            self.given[key] = (self.unit.fresh(), self.unit.fresh())
            if is_optional(self.native.program.defs[key].ty):
                self.pair(self.given[key][1])
        return self.given[key]

    def share(self, key: DefKey, at: Place) -> tuple[str, str]:
        """Evaluate a definition of another record and those it needs, once: where its line is known.

        There it is not sure that they are needed. So they only say whether they are judged; who reads
        them leaves the record where they are not. Without a guard what they compute may be rubbish,
        which nobody reads: integers wrap, and a division by zero gives zero.
        """
        scope = self.scopes[at.line]
        for each in self.native.below(key, at):
            if (each, at) not in self._shared:
                self._shared[each, at] = self._called(each, at, scope)
        return self._shared[key, at]

    def _called(self, key: DefKey, at: Place, scope: Block) -> tuple[str, str]:
        function, given, others = self.native.function(key, at)
        args = [at.line]
        for name in given:
            judged, value = self._shared[name, at]
            args += [judged, value, *([self._pairs[value]] if value in self._pairs else [])]
        judged, value = self.unit.fresh(), self.unit.fresh()
        names = [judged, value]
        if is_optional(self.native.program.defs[key].ty):
            names.append(self.pair(value))
        scope.add(f"{', '.join(names)} = {function}({', '.join([*args, *others])})")
        return judged, value

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
        self.scopes[line] = loop
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
            self._only_if(f"{self.unit.constant(civil.sum_fits)}({name}, {value})", inner)
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
                self._only_if(f"{self.unit.constant(civil.sum_fits)}({name}, {value})", inner)
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
