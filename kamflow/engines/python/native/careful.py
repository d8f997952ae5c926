"""What all emitted expressions over columns share: pairs, ways to leave a record, and widths.

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

from kamflow.core.expr import Apply, DivRound, Expr, Op
from kamflow.core.ty import INT64, Ty
from kamflow.engines.python.exprs import Emitter, Frame
from kamflow.engines.python.native import civil
from kamflow.engines.python.native.parts import End, RefusedError, bound_of, is_optional, is_wide, zero_of
from kamflow.engines.python.source import MAX_DEPTH, Block, int_of, int_text, is_atom
from kamflow.values.data import Value
from kamflow.values.outcome import WhyUndecided

if TYPE_CHECKING:
    from kamflow.engines.python.native.module import NativeModule


class CarefulEmitter(Emitter):
    """``ends``: how to leave the record from where code is emitted, the innermost last."""

    forks = False

    def __init__(self, module: NativeModule, frame: Frame) -> None:
        super().__init__(module, frame)
        self.native = module
        self.ends: list[End] = []
        self._presence: dict[str, str] = {}
        self._pairs: dict[str, str] = {}

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

    def literal(self, value: Value) -> str:
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) > INT64:
            raise RefusedError(self.frame.name, f"a number of {len(str(abs(value)))} digits")
        return super().literal(value)

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
        most = most_a * most_b if op is Op.MUL else most_a + most_b
        if most > INT64:
            a, b, most = self._atom_of(a, block), self._atom_of(b, block), INT64
            test = civil.product_fits if op is Op.MUL else civil.sum_fits
            self._only_if(f"{self.unit.constant(test)}({a}, {f'-{b}' if op is Op.SUB else b})", block)
        return self._combined(op, a, b, block), most

    def _only_if(self, test: str, block: Block) -> None:
        if self.native.lazily:  # a measure that is left would be no member, and change all others
            raise RefusedError(self.frame.name, "a measure that may have more than 18 digits")
        block.add(f"if not {test}: {self.leave()}")

    def _atom_of(self, text: str, block: Block) -> str:
        return text if is_atom(text) else self.named(text, block)

    def _at_most(self, text: str, known: int, most: int, block: Block) -> int:
        """Leave the record where the absolute value is larger, unless it is ``known`` not to be."""
        number = int_of(text)
        known = known if number is None else abs(number)
        if known <= most:
            return known
        self._only_if(f"({int_text(-most)} <= {text} <= {most})", block)
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
            self._only_if(f"{self.unit.constant(civil.product_fits)}({text}, {e.step})", block)
        return super().stepped(e, text, block)
