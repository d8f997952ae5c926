"""Random expressions as text, by the kind that is wanted; nearly all pass the checker."""

from __future__ import annotations

import random
from dataclasses import replace

from tests.differential.terms import (
    AMOUNTS,
    AND,
    ATOM,
    COMPARISON,
    EXPR,
    LOGIC,
    MONEY,
    MOST_DECIMALS,
    NOT,
    OR,
    PRODUCT,
    STEPS,
    SUM,
    UNARY,
    Place,
    Val,
    World,
    literal,
)

MODES = ("half_up", "half_even", "up", "down", "floor", "ceiling")
DATES = (738_945, 738_946, 738_974, 739_004, 739_310, 738_886, 730_179, 703_250)
"""2024-02-28/29 and 03-28, 04-27, 2025-02-27, 2023-12-31, 2000-02-29, 1926-06-07 and their like."""
TEXTS = ("", "a", "b", "ab", "A", "é", "a b", "你好", "0")


class ExprGen:
    def __init__(self, r: random.Random, world: World) -> None:
        self.r, self.world = r, world

    # ---- leaves

    def leaves(self, place: Place) -> list[Val]:
        """Everything with a name here, as it is read here."""
        found = list(self.world.params)
        record = place.record
        found += record.leaves
        if record.part_record is not None and (not record.part_opt or record.part in place.present):
            found += [replace(v, text=f"{record.part}.{v.text}") for v in record.part_record.leaves]
        if place.item is not None:
            inner = {v.text for v in place.item.leaves}  # these hide what is outside
            found = [replace(v, text=f"{record.name}.{v.text}") if v.text in inner else v for v in found]
            found += place.item.leaves * 3
        return [replace(v, opt=False) if v.text in place.present else v for v in found]

    def leaf(self, kind: str, place: Place, *, path: bool = False) -> Val:
        found = [v for v in self.leaves(place) if v.kind == kind]
        if found and (path or self.r.random() < 0.75):
            return self.r.choice(found)
        return self.literal(kind)

    def optional_paths(self, place: Place) -> list[Val]:
        found = [v for v in self.leaves(place) if v.opt and v.is_path]
        record = place.record
        if record.part_opt and record.part is not None and record.part not in place.present:
            found += [Val(record.part, "record", opt=True, is_path=True)] * 2
        return found

    def literal(self, kind: str) -> Val:
        r = self.r
        if kind == "bool":
            return Val(r.choice(("yes", "no")), kind)
        if kind == "text":
            return Val(f'"{r.choice(TEXTS)}"', kind)
        if kind == "date":
            return literal(r.choice(DATES) + r.choice((0, 0, 1, -1, 30)), "date", 0)
        if kind in self.world.enums:
            return Val(r.choice(self.world.enums[kind].members), kind)
        scale = r.choice((0, 0, 1, STEPS[kind])) if STEPS[kind] else 0
        size = r.choice((3, 10, 60, 100, 1000)) if kind != "months" else r.choice((2, 14, 40))
        value = r.randint(0, size) * 10**scale + r.choice((0, 0, 1, 5)) * (scale > 0)
        return literal(-value if r.random() < 0.15 else value, kind, scale)

    # ---- any kind

    def expr(self, kind: str, place: Place, depth: int) -> Val:
        if depth <= 0 or self.r.random() < 0.12:
            return self.leaf(kind, place)
        if kind == "bool":
            return self.condition(place, depth)
        if self.r.random() < 0.22:
            return self.choice(kind, place, depth)
        if kind == "date":
            return self.date(place, depth)
        if kind in AMOUNTS:
            found = self.amount(kind, place, depth)
            wide = max(abs(found.lo), abs(found.hi)) > self.world.widest or found.scale > MOST_DECIMALS
            return self.leaf(kind, place) if wide else found
        if kind in self.world.enums and self.world.enums[kind].ordered and self.r.random() < 0.5:
            return self.extreme(kind, place, depth)
        return self.leaf(kind, place)

    def sure(self, kind: str, place: Place, depth: int) -> Val:
        """An expression that is never missing."""
        found = self.expr(kind, place, depth)
        if not found.opt:
            return found
        other = self.literal(kind)
        return self.either(found, other, f"{found.at(LOGIC)} otherwise {other.at(LOGIC)}", EXPR, opt=False)

    def either(self, a: Val, b: Val, text: str, level: int, *, opt: bool) -> Val:
        scale = max(a.scale, b.scale)
        up, vp = 10 ** (scale - a.scale), 10 ** (scale - b.scale)
        return Val(text, a.kind, level, scale, min(a.lo * up, b.lo * vp), max(a.hi * up, b.hi * vp), opt=opt)

    def choice(self, kind: str, place: Place, depth: int) -> Val:
        """`a when c, otherwise b`, often under a guard; `a otherwise b`."""
        optional = [v for v in self.optional_paths(place) if v.kind == kind or self.r.random() < 0.3]
        if optional and self.r.random() < 0.5:
            path = self.r.choice(optional)
            if path.kind == kind and self.r.random() < 0.4:
                other = self.sure(kind, place, 0)
                text = f"{path.text} otherwise {other.at(LOGIC)}"
                return self.either(path, other, text, EXPR, opt=False)
            then = self.expr(kind, place.knowing(present=path.text), depth - 1)
            other = self.expr(kind, place, depth - 2)
            if self.r.random() < 0.5:
                return self._when(then, f"{path.text} is present", other)
            return self._when(other, f"{path.text} is missing", then)
        branches: list[tuple[Val, Val]] = []
        for _ in range(self.r.choice((1, 1, 2))):
            branches.append((self.expr(kind, place, depth - 1), self.condition(place, depth - 1)))
        other = self.expr(kind, place, depth - 1)
        out = other
        for value, _ in branches:
            out = self.either(out, value, "", EXPR, opt=out.opt or value.opt)
        text = ", ".join(f"{v.at(LOGIC)} when {c.at(LOGIC)}" for v, c in branches)
        return replace(out, text=f"{text}, otherwise {other.at(LOGIC)}")

    def _when(self, then: Val, cond: str, other: Val) -> Val:
        text = f"{then.at(LOGIC)} when {cond}, otherwise {other.at(LOGIC)}"
        return self.either(then, other, text, EXPR, opt=then.opt or other.opt)

    # ---- amounts

    def amount(self, kind: str, place: Place, depth: int) -> Val:
        ways = [self.add, self.add, self.multiply, self.multiply, self.round, self.round, self.divide]
        ways += [self.extreme, self.absolute, self.minus, self.aggregate]
        if kind == "number":
            ways += [self.count, self.part_of]
        if kind == "days":
            ways += [self.days_from] * 4
        if kind == "months":
            ways = [self.add, self.extreme, self.absolute, self.months_from, self.months_from]
        return self.r.choice(ways)(kind, place, depth)

    def add(self, kind: str, place: Place, depth: int) -> Val:
        a, b = self.expr(kind, place, depth - 1), self.expr(kind, place, depth - 1)
        scale = max(a.scale, b.scale)
        u, v = 10 ** (scale - a.scale), 10 ** (scale - b.scale)
        sign = self.r.choice("+-")
        lo, hi = (a.lo * u + b.lo * v, a.hi * u + b.hi * v)
        if sign == "-":
            lo, hi = (a.lo * u - b.hi * v, a.hi * u - b.lo * v)
        text = f"{a.at(SUM)} {sign} {b.at(PRODUCT)}"
        return Val(text, kind, SUM, scale, lo, hi, a.opt or b.opt)

    def multiply(self, kind: str, place: Place, depth: int) -> Val:
        factor = self.r.choice(("number", "percent")) if kind != "percent" else "percent"
        if kind in {"days", "months"}:  # whole days only: dates are moved by them
            factor = "number"
        a, b = self.expr(factor, place, depth - 1), self.expr(kind, place, depth - 1)
        if kind in {"days", "months"} and a.scale:
            a = self.literal("number")
            a = literal(a.lo // 10**a.scale, "number", 0)
        scale = a.scale + b.scale + (2 if "percent" in {factor, kind} else 0)
        if factor == "percent" and kind == "percent":
            scale = a.scale + b.scale + 2
        corners = (a.lo * b.lo, a.lo * b.hi, a.hi * b.lo, a.hi * b.hi)
        if self.r.random() < 0.5:
            a, b = b, a
        text = f"{a.at(PRODUCT)} * {b.at(UNARY)}"
        return Val(text, kind, PRODUCT, scale, min(corners), max(corners), a.opt or b.opt)

    def step(self, kind: str) -> tuple[str, int, int]:
        """A rounding step as text, digits, scale."""
        digits, scale = self.r.choice(((1, 0), (5, 0), (10, 0), (1, 1), (5, 1), (1, 2), (5, 2), (25, 2)))
        if kind in {"days", "months"}:
            scale = 0
        one = literal(digits, kind, scale)
        return one.text, one.lo, one.scale

    def mode(self) -> str:
        return "" if self.r.random() < 0.4 else f", {self.r.choice(MODES)}"

    def round(self, kind: str, place: Place, depth: int) -> Val:
        a = self.expr(kind, place, depth - 1)
        text, digits, scale = self.step(kind)
        return self.rounded(a, f"round({a.text}, {text}{self.mode()})", digits, scale)

    def rounded(self, a: Val, text: str, digits: int, scale: int) -> Val:
        up = 10 ** max(0, scale - a.scale)
        size = 10 ** max(0, a.scale - scale) * digits
        lo, hi = a.lo * up // size * digits, -(-a.hi * up // size) * digits
        kept = max(scale, a.scale) if size == 1 else scale
        return Val(text, a.kind, ATOM, kept, lo, hi, a.opt)

    def divide(self, kind: str, place: Place, depth: int) -> Val:
        """A rounded quotient, its divisor a fixed amount, guarded, or with an `otherwise`."""
        r = self.r
        if kind in {"number", "percent"} and r.random() < 0.6:
            unit = r.choice(("number", "percent", "CNY", "USD", "days"))
            a, b = self.expr(unit, place, depth - 1), self.leaf(unit, place, path=True)
        else:
            a, b = self.expr(kind, place, depth - 1), self.leaf(r.choice(("number", "percent")), place)
        if b.text in place.not_zero:
            b = replace(b, lo=1, hi=max(1, b.hi))
        text, digits, scale = self.step(kind)
        if b.kind in MONEY and b.lo == b.hi == 0:
            b = literal(7, b.kind, 0)
        if b.lo == b.hi == 0:
            b = literal(3, b.kind, 0)
        size = max(abs(a.lo), abs(a.hi)) * 10 ** (b.scale + scale + 2) // 10**a.scale + digits
        opt = a.opt or b.opt or b.may_be_zero
        quotient = Val(f"round({a.at(PRODUCT)} / {b.at(UNARY)}, {text}{self.mode()})", kind, ATOM, scale,
                       -size, size, opt)  # fmt: skip
        if not b.may_be_zero or r.random() < 0.3:
            return quotient
        if b.is_path and not b.opt and r.random() < 0.6:
            zero = literal(0, b.kind, 0).text
            guard = r.choice((f"{b.text} > {zero}", f"{b.text} <> {zero}", f"not {b.text} = {zero}"))
            guard = guard.replace("<>", "!=")
            other = self.literal(kind)
            return self._when(replace(quotient, opt=a.opt), guard, other)
        other = self.literal(kind)
        return self.either(
            quotient, other, f"{quotient.at(LOGIC)} otherwise {other.at(LOGIC)}", EXPR, opt=other.opt
        )

    def extreme(self, kind: str, place: Place, depth: int) -> Val:
        word = self.r.choice(("min", "max"))
        parts = [self.expr(kind, place, depth - 1) for _ in range(self.r.choice((2, 2, 3)))]
        out = parts[0]
        for part in parts[1:]:
            out = self.either(out, part, "", ATOM, opt=out.opt or part.opt)
        return replace(out, text=f"{word}({', '.join(p.text for p in parts)})", level=ATOM, is_path=False)

    def absolute(self, kind: str, place: Place, depth: int) -> Val:
        a = self.expr(kind, place, depth - 1)
        most = max(abs(a.lo), abs(a.hi))
        return Val(f"abs({a.text})", kind, ATOM, a.scale, 0, most, a.opt)

    def minus(self, kind: str, place: Place, depth: int) -> Val:
        a = self.expr(kind, place, depth - 1)
        text = a.at(UNARY)
        text = f"-({text})" if text.startswith("-") else f"-{text}"
        return Val(text, kind, UNARY, a.scale, -a.hi, -a.lo, a.opt)

    # ---- child lists

    def where(self, place: Place, depth: int) -> tuple[Place, str]:
        """Return the inside of an aggregate and its `where`, if any."""
        assert place.record.child_record is not None
        item = place.record.child_record
        hidden = {v.text for v in item.leaves}
        inner = replace(place, item=item, present=place.present - hidden, not_zero=place.not_zero - hidden)
        if self.r.random() < 0.35:
            return inner, ""
        cond = self.condition(inner, max(1, depth - 1))
        return inner, f" where {cond.at(LOGIC)}"

    def count(self, kind: str, place: Place, depth: int) -> Val:
        if place.item is not None or place.record.child_record is None:
            return self.add(kind, place, depth)
        inner, where = self.where(place, depth)
        level = EXPR if where else ATOM
        what = ""
        if self.r.random() < 0.35:  # how many different values
            value = self.sure(self.r.choice(sorted(STEPS)), inner, self.r.choice((0, 0, 1)))
            what = f"different {value.at(UNARY)} of "
        text = f"count of {what}{place.record.child}{where}"
        return Val(text, kind, level, 0, 0, place.record.most_items)

    def aggregate(self, kind: str, place: Place, depth: int) -> Val:
        if place.item is not None or place.record.child_record is None:
            return self.add(kind, place, depth)
        inner, where = self.where(place, depth)
        word = self.r.choice(("sum", "sum", "average", "largest", "smallest"))
        value = self.sure(kind, inner, self.r.choice((0, 0, 1)))
        level = EXPR if where else ATOM
        text = f"{word} of {value.at(UNARY)} of {place.record.child}{where}"
        most, scale, lo, hi = place.record.most_items, value.scale, value.lo, value.hi
        if word == "sum":
            lo, hi = min(0, lo) * most, max(0, hi) * most
        if word == "average":
            scale = max(value.scale, STEPS[kind])
            up = 10 ** (scale - value.scale)
            lo, hi = lo * up, hi * up
        return Val(text, kind, level, scale, lo, hi, word != "sum")

    # ---- the calendar

    def part_of(self, kind: str, place: Place, depth: int) -> Val:
        a = self.expr("date", place, depth - 1)
        word, hi = self.r.choice((("year of", 9999), ("month of", 12)))
        return Val(f"{word} {a.at(UNARY)}", kind, ATOM, 0, 1, hi, a.opt)

    def days_from(self, kind: str, place: Place, depth: int) -> Val:
        a, b = self.expr("date", place, depth - 1), self.expr("date", place, depth - 1)
        text, level = f"days from {a.at(UNARY)} to {b.at(UNARY)}", ATOM
        if self.r.random() < 0.3:
            text, level = f"{b.at(SUM)} - {a.at(PRODUCT)}", SUM
        return Val(text, kind, level, 0, b.lo - a.hi, b.hi - a.lo, a.opt or b.opt)

    def months_from(self, kind: str, place: Place, depth: int) -> Val:
        a, b = self.expr("date", place, depth - 1), self.expr("date", place, depth - 1)
        lo, hi = (b.lo - a.hi) // 28 - 1, (b.hi - a.lo) // 28 + 1
        return Val(f"months from {a.at(UNARY)} to {b.at(UNARY)}", kind, ATOM, 0, lo, hi, a.opt or b.opt)

    def date(self, place: Place, depth: int) -> Val:
        r = self.r
        today = Val("today", "date", ATOM, 0, 693_596, 803_168)
        base = today if r.random() < 0.2 else self.expr("date", place, depth - 1)
        way = r.random()
        if way < 0.2:
            return self.extreme("date", place, depth)
        if way < 0.35 and place.item is None and place.record.child_record is not None:
            inner, where = self.where(place, depth)
            value = self.sure("date", inner, 0)
            word = r.choice(("latest", "earliest"))
            level = EXPR if where else ATOM
            text = f"{word} of {value.at(UNARY)} of {place.record.child}{where}"
            return Val(text, "date", level, 0, value.lo, value.hi, opt=True)
        sign = r.choice("+-")
        unit = "months" if self.world.month_end and r.random() < 0.6 else "days"
        by = self.expr(unit, place, depth - 1)
        if by.scale:
            by = self.literal(unit)
        days = 1 if unit == "days" else 31
        low, high = (by.lo, by.hi) if sign == "+" else (-by.hi, -by.lo)
        lo, hi = base.lo + min(0, low) * days - 3, base.hi + max(0, high) * days + 3
        if lo < 1 or hi > 3_652_059:
            return base
        text = f"{base.at(SUM)} {sign} {by.at(PRODUCT)}"
        return Val(text, "date", SUM, 0, lo, hi, base.opt or by.opt)

    # ---- conditions

    def condition(self, place: Place, depth: int) -> Val:
        r = self.r
        if depth > 1 and r.random() < 0.35:
            return self.logic(place, depth)
        optional = self.optional_paths(place)
        if optional and r.random() < 0.3:
            path = r.choice(optional)
            if r.random() < 0.3:
                return Val(f"{path.text} is {r.choice(('present', 'missing'))}", "bool", COMPARISON)
            inner = self.condition(place.knowing(present=path.text), depth - 1)
            if r.random() < 0.4:
                return Val(f"{path.text} is missing or {inner.at(AND)}", "bool", OR)
            word = r.choice(("and", "implies"))
            level, side = (AND, NOT) if word == "and" else (LOGIC, OR)
            return Val(f"{path.text} is present {word} {inner.at(side)}", "bool", level)
        return self.comparison(place, depth)

    def logic(self, place: Place, depth: int) -> Val:
        word, own, side = self.r.choice(
            (("and", AND, NOT), ("or", OR, AND), ("not", NOT, NOT), ("implies", LOGIC, OR))
        )
        if word == "not":
            inner = self.condition(place, depth - 1)
            return Val(f"not {inner.at(NOT)}", "bool", NOT)
        count = 2 if word == "implies" else self.r.choice((2, 2, 3))
        parts = [self.condition(place, depth - 1).at(side) for _ in range(count)]
        return Val(f" {word} ".join(parts), "bool", own)

    def comparison(self, place: Place, depth: int) -> Val:
        r = self.r
        kinds = [*AMOUNTS, "number", "CNY", "date", "date", "text", "bool", *self.world.enums]
        named = [v.kind for v in self.leaves(place)]
        kind = r.choice(named) if named and r.random() < 0.7 else r.choice(kinds)
        if kind == "bool":
            found = self.leaf("bool", place, path=True)
            if not found.opt and r.random() < 0.6:
                return found
            found = self.sure("bool", place, 0) if found.opt else found
            other = self.literal("bool")
            return Val(f"{found.at(SUM)} {r.choice(('=', 'is', '!='))} {other.text}", "bool", COMPARISON)
        if kind in self.world.enums:  # a bare member has a type only beside something that has one
            found = [v for v in self.leaves(place) if v.kind == kind]
            if not found:
                return Val("today >= 2024-06-01", "bool", COMPARISON)
            left = r.choice(found)
            if left.opt:
                left = replace(left, text=f"({left.text} otherwise {self.literal(kind).text})", opt=False)
        else:
            left = self.sure(kind, place, depth - 1 if r.random() < 0.4 else 0)
        if kind == "date" and r.random() < 0.4:
            unit = r.choice(("days", "months")) if self.world.month_end else "days"
            length = r.choice((1, 2, 13, 30, 400))
            return Val(f"{left.at(SUM)} within last {length} {unit}", "bool", COMPARISON)
        right = self.near(left, kind, place, depth)
        ordered = kind not in {"text"} and not (
            kind in self.world.enums and not self.world.enums[kind].ordered
        )
        if r.random() < 0.15:
            items = [right, *(self.literal(kind) for _ in range(r.choice((1, 2))))]
            text = f"{left.at(SUM)} is one of ({', '.join(i.at(SUM) for i in items)})"
            return Val(text, "bool", COMPARISON)
        words = ["=", "!=", "is", "is not"]
        if ordered:
            words += ["<", "<=", ">", ">=", "is at least", "is at most", "is above", "below"] * 2
        return Val(f"{left.at(SUM)} {r.choice(words)} {right.at(SUM)}", "bool", COMPARISON)

    def near(self, left: Val, kind: str, place: Place, depth: int) -> Val:
        """What to compare with: often a fixed value in reach."""
        if kind in AMOUNTS and self.r.random() < 0.5:
            low, high = max(left.lo, -(10**6)), min(left.hi, 10**6)
            if low < high and left.scale <= 4:
                return literal(self.r.randint(low, high), kind, left.scale)
        if self.r.random() < 0.5 or kind not in {*AMOUNTS, "date"}:
            return self.sure(kind, place, 0)
        return self.sure(kind, place, depth - 1)


__all__ = ["ATOM", "ExprGen"]
