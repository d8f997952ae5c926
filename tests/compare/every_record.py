"""Small random policies, every record that they can meet, and the nearest of these: by trying them all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, product
from pathlib import Path
from random import Random

from kamflow.core.expr import DefKey
from kamflow.core.program import EvalPlan, Program, make_plan
from kamflow.engines.interp import Interpreter
from kamflow.project.load import load_project
from kamflow.values.data import TypedRecord, Value
from kamflow.values.outcome import Decided

DAY = 739_797  # 2026-06-30
DOMAINS: dict[str, tuple[Value, ...]] = {
    "a": tuple(range(10)), "b": tuple(range(-3, 5)), "c": (0, 1, 2), "d": (0, 1, 2, 3, None),
    "f": (False, True),
}  # fmt: skip
NAMES = tuple(DOMAINS)
KEY = DefKey("r", "out")

_HEAD = """\
policy p "p"
  owner "o"
  effective from 2025-01-01
  currency CNY
end

type level is ordered low < middle < high
type answer is one of red, green, blue, grey

record r
  a : number with 0 decimals, 0 to 9
  b : number with 0 decimals, -3 to 4
  c : level
  d : number with 0 decimals, optional, 0 to 3
  f : yes/no
end

"""


def write_policy(r: Random) -> str:
    """Return a policy of one table on fields, and on amounts made of two of them."""
    made = r.choice(["a + b", "a - b", "2 * a + 3 * b", "max(a, b)", "min(a, b + 4)", "a * b", "abs(b)"])
    guarded = r.choice(["d otherwise 2", "a + b when f, otherwise b", "(d otherwise 0) + a"])
    rows = "".join(
        f"    | {_row(r)} || {r.choice(['red', 'green', 'blue'])} |\n" for _ in range(r.randint(2, 5))
    )
    fact = "impossible of r when a > 6 and b < -1\n" if r.random() < 0.4 else ""
    return (
        f"{_HEAD}define m of r as {made}\ndefine g of r as {guarded}\n{fact}\n"
        "decision out of r : answer\n  table first\n    | a | b | c | d | f | m | g || out |\n"
        f"{rows}    | any | any | any | any | any | any | any || grey |\nend\n"
    )


def _row(r: Random) -> str:
    ranges = {"a": (0, 9), "b": (-3, 4), "d": (0, 3), "m": (-4, 14), "g": (0, 9)}
    cells = []
    for name in ("a", "b", "c", "d", "f", "m", "g"):
        if r.random() < 0.6:
            cells.append("any")
        elif name == "c":
            cells.append(r.choice(["low", "at least middle", "high", "not middle"]))
        elif name == "f":
            cells.append(r.choice(["yes", "no"]))
        elif name == "d" and r.random() < 0.3:
            cells.append("missing")
        else:
            lo, hi = ranges[name]
            x = r.randint(lo, hi)
            cells.append(r.choice([f"at least {x}", f"at most {x}", f"{x}", f"{x} to {x + 2}", f"not {x}"]))
    return " | ".join(cells)


@dataclass
class World:
    """One policy with the answer to each record; None where a record is impossible."""

    program: Program
    plan: EvalPlan
    answers: Mapping[tuple[Value, ...], Value]

    @classmethod
    def of(cls, text: str, folder: Path) -> World:
        file = folder / "p.kam"
        file.write_text(text, encoding="utf-8")
        project = load_project([file])
        assert not project.has_errors, [f.message.en for f in project.findings]
        stretch = project.stretch_on(DAY)
        assert stretch is not None
        program = stretch.lowered
        assert program is not None
        plan = make_plan(program, "r")
        law = Interpreter(program, DAY)
        answers: dict[tuple[Value, ...], Value] = {}
        for values in product(*DOMAINS.values()):
            outcome = law.decide(plan, record_of(values))
            answers[values] = outcome.values[0] if isinstance(outcome, Decided) else None
        return cls(program, plan, answers)

    def nearest(
        self, start: tuple[Value, ...], wanted: int, free: tuple[str, ...]
    ) -> dict[frozenset[str], Fraction]:
        """Return the smallest effort for each smallest set of fields that leads to an answer."""
        for count in range(1, len(free) + 1):
            found = {
                frozenset(names): min(efforts)
                for names in combinations(free, count)
                if (efforts := list(self._efforts(start, wanted, names)))
            }
            if found:
                return found
        return {}

    def _efforts(self, start: tuple[Value, ...], wanted: int, names: tuple[str, ...]) -> Iterator[Fraction]:
        for values in product(*(DOMAINS[n] for n in names)):
            changed = dict(zip(names, values, strict=True))
            if any(changed[n] == start[NAMES.index(n)] for n in names):
                continue
            end = tuple(changed.get(n, v) for n, v in zip(NAMES, start, strict=True))
            if self.answers[end] == wanted:
                yield sum((effort(n, start[NAMES.index(n)], v) for n, v in changed.items()), Fraction(0))


def effort(name: str, old: Value, new: Value) -> Fraction:
    """Weigh a change as docs/why-not.md says."""
    if new is None:
        return Fraction(2)
    if old is None or name == "f":
        return Fraction(1)
    assert isinstance(old, int)
    assert isinstance(new, int)
    return Fraction(abs(new - old), 2 if name == "c" else max(abs(old), 1))


def record_of(values: tuple[Value, ...]) -> TypedRecord:
    return TypedRecord("r", dict(zip(NAMES, values, strict=True)))
