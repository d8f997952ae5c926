"""Expressions as Python text, with the statements that have to run before it.

``Emitter.expr`` returns text that is pure, total and short; whatever is lazy, loops, may end
undecided or is worth a name becomes statements of the block it is given. A part that may not be
reached is emitted into a block of its own and runs only where that block runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, assert_never

from kamflow.base.frozen import frozen
from kamflow.core.expr import (
    Aggregate,
    Apply,
    Choose,
    DefKey,
    DivRound,
    Expr,
    Fold,
    Gather,
    Get,
    If,
    IsPresent,
    ListOf,
    Lit,
    Op,
    Override,
    Param,
    Pick,
    PopTerm,
    Ref,
    Struct,
    Table,
    Today,
    Unwrap,
    Var,
)
from kamflow.core.ty import BOOL, ScaledTy, Ty, strip_opt
from kamflow.engines.python import divide
from kamflow.engines.python.operators import CALLED, EMPTY, INFIX
from kamflow.engines.python.source import MAX_DEPTH, MAX_TEXT, Block, Unit, int_of, int_text, is_atom
from kamflow.engines.python.standings import emit_pop_term
from kamflow.values.data import Value
from kamflow.values.outcome import WhyUndecided
from kamflow.values.rounding import Rounding

if TYPE_CHECKING:
    from kamflow.engines.python.module import Module


@frozen
class Site:
    """A division in the generated code, for dressing what the trace recorded there."""

    name: str
    step: int
    scale: int
    mode: Rounding


@dataclass(slots=True)
class Frame:
    """What names mean in one function: the subject's fields, items of aggregates, known definitions."""

    name: str  # the definition being emitted, as outcomes name it
    fields: Mapping[str, str] | None  # of ``self`` where they are locals
    subject: str | None  # the record object of ``self``, where there is one
    known: dict[DefKey, str] = field(default_factory=dict)
    items: dict[str, str] = field(default_factory=dict)


def is_self(subject: Expr) -> bool:
    return isinstance(subject, Var) and subject.name == "self"


def sign_of(ty: Ty) -> int:
    """Return 1 for amounts that are never negative, -1 for never positive, else 0."""
    bare = strip_opt(ty)
    if isinstance(bare, ScaledTy):
        return 1 if bare.lo >= 0 else -1 if bare.hi <= 0 else 0
    return 0


def is_positive(ty: Ty) -> bool:
    bare = strip_opt(ty)
    return isinstance(bare, ScaledTy) and bare.lo > 0


class Emitter:
    """Emits the expressions of one frame into the blocks of a unit."""

    forks = True  # a fork is cheaper than arithmetic that does without

    def __init__(self, module: Module, frame: Frame) -> None:
        self.module = module
        self.unit: Unit = module.unit
        self.frame = frame
        self._sums: set[str] = set()  # bracketed sums: a longer one needs no more brackets

    # ---- entry points

    def expr(self, e: Expr, block: Block) -> str:
        text = self._expr(e, block)
        return self.named(text, block, e.ty) if len(text) > MAX_TEXT else text

    def atom(self, e: Expr, block: Block) -> str:
        text = self.expr(e, block)
        return text if is_atom(text) else self.named(text, block, e.ty)

    def named(self, text: str, block: Block, ty: Ty = BOOL) -> str:
        name = self.unit.fresh()
        self.assign(name, text, block, ty)
        return name

    def assign(self, name: str, text: str, block: Block, _ty: Ty) -> None:
        """Give a name a value of a type; of which type matters where missing is not a value."""
        block.add(f"{name} = {text}")

    def is_present(self, text: str) -> str:
        return f"{text} is not None"

    def is_missing(self, text: str) -> str:
        return f"{text} is None"

    def symbol(self, _e: Expr) -> str | None:
        """Return the name of a parameter that is not written as its value; here all are."""
        return None

    def stop(self, why: WhyUndecided, rows: str, _block: Block) -> str:
        """Return the statement that ends the record undecided."""
        return self.module.undecided(self.frame.name, why, rows)

    def lazy(self, e: Expr, block: Block) -> tuple[Block, str]:
        """Emit a part that may not be reached, below ``block``; deep ones into a function."""
        inner = block.sub()
        if inner.depth <= MAX_DEPTH:
            return inner, self.expr(e, inner)
        apart = Block()
        text = self.expr(e, apart)
        if not apart.lines:
            return inner, text
        apart.add(f"return {text}")
        name = self.unit.fresh()
        inner.add(f"{name} = {self.unit.outline(apart)}")
        return inner, name

    def literal(self, value: Value) -> str:
        if value is None or isinstance(value, bool):
            return str(value)
        if isinstance(value, int):
            return int_text(value)
        return self.unit.constant(value)

    # ---- nodes

    def _expr(self, e: Expr, block: Block) -> str:
        match e:
            case Lit(value=value):
                return self.literal(value)
            case Param():
                return self.literal(self.module.param(e))
            case Today():
                return "T"
            case Var(name=name):
                return self._var(name)
            case Get(record=record, name=name):
                return self._get(record, name, block)
            case Ref():
                return self._ref(e, block)
            case Apply():
                return self._apply(e, block)
            case DivRound():
                return self._div_round(e, block)
            case If():
                return self._if(e, block)
            case IsPresent(arg=arg):
                return f"({self.is_present(self.expr(arg, block))})"
            case Unwrap(arg=arg):
                return self.expr(arg, block)
            case Choose():
                return self.module.choose(self, e, block)
            case Pick():
                return self._pick(e, block)
            case Gather():
                return self._gather(e, block)
            case Override():
                return self._override(e, block)
            case Aggregate():
                return self._aggregate(e, block)
            case ListOf(items=parts) | Struct(fields=parts):
                return self.tuple_of([self.expr(p, block) for p in parts])
            case Table():
                raise ValueError("a table was not unfolded before code generation")
            case PopTerm():
                return emit_pop_term(self, e, self.module.key_of(e), block)
            case _:
                assert_never(e)

    def tuple_of(self, parts: list[str]) -> str:
        return "(" + "".join(f"{p}, " for p in parts).rstrip(" ") + ")" if parts else "()"

    def _var(self, name: str) -> str:
        if name != "self":
            return self.frame.items[name]
        if self.frame.subject is None:
            raise NeedsRecordError
        return self.frame.subject

    def _get(self, record: Expr, name: str, block: Block) -> str:
        if is_self(record) and self.frame.fields is not None:
            return self.frame.fields[name]
        return f"{self.expr(record, block)}.fields[{self.unit.constant(name)}]"

    def _ref(self, e: Ref, block: Block) -> str:
        """A call may end undecided, so it is a statement: those before it have had their turn."""
        known = self.frame.known.get(e.key)
        if known is not None and is_self(e.subject):
            return known
        subject = self.expr(e.subject, block)
        return self.named(f"{self.module.foreign(e.key)}({subject}{self.module.passed})", block)

    def _apply(self, e: Apply, block: Block) -> str:
        match e.op:
            case Op.AND | Op.OR:
                return self._and_or(e, block)
            case Op.NOT:
                return f"(not {self.expr(e.args[0], block)})"
            case Op.MIN | Op.MAX:
                return self._extreme(e, block)
            case Op.NEG:
                text = self.expr(e.args[0], block)
                number = int_of(text)
                return f"(-{text})" if number is None else int_text(-number)
            case Op.ABS:
                return self._abs(e.args[0], block)
            case Op.ADD | Op.MUL | Op.SUB:
                return self._arithmetic(e, block)
            case Op.LT | Op.LE | Op.EQ_INT | Op.EQ_TEXT | Op.EQ_BOOL:
                left, right = (self.expr(a, block) for a in e.args)
                return f"({left} {INFIX[e.op]} {right})"
            case Op.ADD_MONTHS_CLAMP | Op.ADD_MONTHS_NEXT | Op.WHOLE_MONTHS | Op.YEAR_OF | Op.MONTH_OF:
                args = ", ".join([self.expr(a, block) for a in e.args])
                return self.named(f"{self.unit.constant(CALLED[e.op])}({args})", block)
            case _:
                assert_never(e.op)

    def _arithmetic(self, e: Apply, block: Block) -> str:
        """Go down the left side without recursion: a long sum is as deep as it is long."""
        spine: list[Apply] = []
        node: Expr = e
        while isinstance(node, Apply) and node.op in (Op.ADD, Op.SUB, Op.MUL):
            spine.append(node)
            node = node.args[0]
        text = self.expr(node, block)
        for part in reversed(spine):
            for arg in part.args[1:]:
                text = self._combined(part.op, text, self.expr(arg, block), block)
        return text

    def _combined(self, op: Op, left: str, right: str, block: Block) -> str:
        """Constants are computed now; ``x + 0`` and ``x * 1`` are ``x``."""
        a, b = int_of(left), int_of(right)
        if a is not None and b is not None:
            return int_text(_compute(op, a, b))
        neutral = 1 if op is Op.MUL else 0
        if b == neutral:
            return left
        if a == neutral and op is not Op.SUB:
            return right
        bare = left[1:-1] if op is Op.ADD and left in self._sums else left
        text = f"({bare} {INFIX[op]} {right})"
        if len(text) > MAX_TEXT:
            return self.named(text, block)
        if op is Op.ADD:
            self._sums.add(text)
        return text

    def _extreme(self, e: Apply, block: Block) -> str:
        best = self.atom(e.args[0], block)
        for i, arg in enumerate(e.args[1:], 2):
            other = self.atom(arg, block)
            text = f"({best} if {best} {INFIX[e.op]} {other} else {other})"
            best = self.named(text, block) if i < len(e.args) else text
        return best

    def _abs(self, arg: Expr, block: Block) -> str:
        sign = sign_of(arg.ty)
        text = self.atom(arg, block)
        if sign:
            return text if sign > 0 else f"(-{text})"
        return f"({text} if {text} >= 0 else -{text})"

    def _and_or(self, e: Apply, block: Block) -> str:
        word = "and" if e.op is Op.AND else "or"
        parts = [self.lazy(a, block) for a in e.args]
        if not any(inner.lines for inner, _ in parts[1:]):
            block.lines.extend(parts[0][0].lines)
            joined = f" {word} ".join(text for _, text in parts)
            if len(joined) <= MAX_TEXT:
                return f"({joined})"
        else:
            block.lines.extend(parts[0][0].lines)
        name = self.named(parts[0][1], block)
        for inner, text in parts[1:]:
            inner.add(f"{name} = {text}")
            block.nest(f"if {name}:" if e.op is Op.AND else f"if not {name}:", inner)
        return name

    def _if(self, e: If, block: Block) -> str:
        cond = self.expr(e.cond, block)
        then_block, then = self.lazy(e.then, block)
        other_block, other = self.lazy(e.other, block)
        if not then_block.lines and not other_block.lines:
            return f"({then} if {cond} else {other})"
        return self._forked(e, cond, (then_block, then), (other_block, other), block)

    def _forked(
        self, e: If, cond: str, then: tuple[Block, str], other: tuple[Block, str], block: Block
    ) -> str:
        name = self.unit.fresh()
        then_block, other_block = then[0], other[0]
        self.assign(name, then[1], then_block, e.ty)
        self.assign(name, other[1], other_block, e.ty)
        block.nest(f"if {cond}:", then_block)
        block.nest("else:", other_block)
        return name

    def operands(self, e: DivRound, block: Block) -> tuple[str, str]:
        return self.atom(e.num, block), self.atom(e.den, block)

    def stepped(self, e: DivRound, text: str, _block: Block) -> str:
        return f"({text} * {int_text(e.step)})"

    def _div_round(self, e: DivRound, block: Block) -> str:
        num, den = self.operands(e, block)
        text = divide.emit_quotient(
            self.unit,
            block,
            num,
            den,
            e.mode,
            num_sign=sign_of(e.num.ty),
            den_positive=is_positive(e.den.ty),
            forks=self.forks,
        )
        if e.step != 1:
            text = self.stepped(e, text, block)
        if not self.module.noted or int_of(den) in (1, -1):
            return text
        result = text if is_atom(text) else self.named(text, block)
        if result == num:  # a name of its own: the number itself may be a counter of the code
            result = self.named(text, block)
        ty = strip_opt(e.ty)
        scale = ty.scale if isinstance(ty, ScaledTy) else 0
        self.module.record(Site(self.frame.name, e.step, scale, e.mode), (num, den, result), block)
        return result

    # ---- rows and their values

    def _pick(self, e: Pick, block: Block) -> str:
        row = self.atom(e.row, block)
        if all(isinstance(v, Lit | Param) for v in e.values):
            return f"{self.unit.constant(tuple(self.module.value_of(v) for v in e.values))}[{row}]"
        name = self.unit.fresh()
        self._pick_between(e.ty, e.values, 0, row, name, block)
        return name

    def _pick_between(
        self, ty: Ty, values: tuple[Expr, ...], first: int, row: str, name: str, block: Block
    ) -> None:
        """Halve the rows until one is left: a long table costs few comparisons."""
        if len(values) == 1:
            inner, text = self.lazy(values[0], block)
            block.lines.extend(inner.lines)
            self.assign(name, text, block, ty)
            return
        half = (len(values) + 1) // 2
        below, above = block.sub(), block.sub()
        self._pick_between(ty, values[:half], first, row, name, below)
        self._pick_between(ty, values[half:], first + half, row, name, above)
        block.nest(f"if {row} < {first + half}:", below)
        block.nest("else:", above)

    def _gather(self, e: Gather, block: Block) -> str:
        rows = self.expr(e.rows, block)
        constant = all(isinstance(v, Lit | Param) for v in e.values)
        if e.fold is Fold.COUNT and constant:
            return self.named(f"{self.unit.constant(len)}({rows})", block)
        name, index = self.unit.fresh(), self.unit.fresh("x")
        block.add(f"{name} = {EMPTY[e.fold]}")
        loop = block.sub()
        if constant:
            value = f"{self.unit.constant(tuple(self.module.value_of(v) for v in e.values))}[{index}]"
        else:
            value = self.unit.fresh()
            self._pick_between(e.values[0].ty, e.values, 0, index, value, loop)
        self._fold(e.fold, name, value, loop)
        block.nest(f"for {index} in {rows}:", loop)
        return name

    def _aggregate(self, e: Aggregate, block: Block) -> str:
        if block.depth >= MAX_DEPTH - 2:  # loops nest: give this one a function of its own
            apart = Block()
            apart.add(f"return {self._aggregate(e, apart)}")
            return self.named(self.unit.outline(apart), block)
        items = self.expr(e.items, block)
        name, item = self.unit.fresh(), self.unit.fresh("i")
        block.add(f"{name} = {EMPTY[e.fold]}")
        loop = block.sub()
        before = self.frame.items.get(e.var)
        self.frame.items[e.var] = item
        if e.where is None:
            self._fold(e.fold, name, item if e.value is None else self.expr(e.value, loop), loop)
        else:
            inner = loop.sub()
            where = self.expr(e.where, loop)
            self._fold(e.fold, name, item if e.value is None else self.expr(e.value, inner), inner)
            loop.nest(f"if {where}:", inner)
        block.nest(f"for {item} in {items}:", loop)
        if e.fold is Fold.DISTINCT:
            block.add(f"{name} = {self.unit.constant(len)}({self.unit.constant(set)}({name}))")
        if before is None:
            del self.frame.items[e.var]
        else:
            self.frame.items[e.var] = before
        return name

    def _fold(self, fold: Fold, name: str, value: str, block: Block) -> None:
        match fold:
            case Fold.SUM:
                block.add(f"{name} += {value}")
            case Fold.COUNT:
                block.add(f"{name} += 1")
            case Fold.DISTINCT:
                block.add(f"{name}.append({value})")
            case Fold.LIST:
                block.add(f"{name} += ({value},)")
            case Fold.MIN | Fold.MAX:
                new = value if value.isidentifier() else self.named(value, block)
                less = "<" if fold is Fold.MIN else ">"
                block.add(f"if {name} is None or {new} {less} {name}: {name} = {new}")
            case _:
                assert_never(fold)

    # ---- overrides

    def _override(self, e: Override, block: Block) -> str:
        """Rules that apply and are not beaten must agree; the trace has all that apply."""
        conds = [self.atom(r.cond, block) for r in e.rules]
        if self.module.traced:
            applied = self.unit.fresh()
            block.add(f"{applied} = ()")
            for i, cond in enumerate(conds):
                block.add(f"if {cond}: {applied} += ({i},)")
            self.module.applied[self.frame.name] = applied
        base = self.expr(e.base, block)
        name, winners, clash = self.unit.fresh(), self.unit.fresh(), self.unit.fresh()
        block.add(f"{name} = {base}")
        several = len(e.rules) > 1
        if several:
            block.add(f"{winners} = ()")
            block.add(f"{clash} = False")
        for i, (rule, beaters) in enumerate(zip(e.rules, beaten_by(e), strict=True)):
            guard = " and ".join([conds[i], *(f"not {conds[j]}" for j in beaters)])
            inner = block.sub()
            value = self.expr(rule.value, inner)
            if several:
                new = value if is_atom(value) else self.named(value, inner)
                inner.add(f"if {winners} and {new} != {name}: {clash} = True")
                inner.add(f"{winners} += ({i},)")
                inner.add(f"{name} = {new}")
            else:
                inner.add(f"{name} = {value}")
            block.nest(f"if {guard}:", inner)
        if several:
            stop = self.stop(WhyUndecided.OVERRIDES_DISAGREE, winners, block)
            block.add(f"if {clash}: {stop}")
        return name


class NeedsRecordError(Exception):
    """The raw variant has no record object to hand on: the plan gets no raw variant."""


def _compute(op: Op, left: int, right: int) -> int:
    return left + right if op is Op.ADD else left * right if op is Op.MUL else left - right


def beaten_by(e: Override) -> list[list[int]]:
    """Return for each rule those that beat it, also through others."""
    beats = [set(r.beats) for r in e.rules]
    for mid in range(len(beats)):
        for first in range(len(beats)):
            if mid in beats[first]:
                beats[first] |= beats[mid]
    return [[j for j in range(len(beats)) if i in beats[j] and j != i] for i in range(len(beats))]
