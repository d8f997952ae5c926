"""Small policies by chance: a record of few values, one decision by table or clauses; and edits of it."""

from __future__ import annotations

from random import Random

_RECORD = """policy p
  currency CNY
end

type kind is ordered low < mid < high

record r
  n : count, 0 to 3
  k : kind
  b : yes/no
  m : count, 0 to 1, optional
end

"""
_COLUMNS = ("n", "k", "b", "m")


def _cell(rng: Random, column: str) -> str:
    if rng.random() < 0.3:
        return "any"
    match column:
        case "n":
            a, b = sorted(rng.sample(range(4), 2))
            return rng.choice(
                [f"{a}", f"{a} to {b}", f"at least {a}", f"below {b}", f"not {a}", f"{a} or {b}"]
            )
        case "k":
            return rng.choice(["low", "mid", "high", "low or high", "not mid", "at least mid"])
        case "b":
            return rng.choice(["yes", "no"])
        case _:
            return rng.choice(["missing", "0", "at least 1", "not missing", "1 or missing"])


def _row(rng: Random, columns: list[str]) -> list[str]:
    return [*(_cell(rng, c) for c in columns), str(rng.randint(0, 3))]


def _edited(rng: Random, rows: list[list[str]], columns: list[str]) -> list[list[str]]:
    out = [list(r) for r in rows]
    for _ in range(rng.randint(0, 3)):
        i = rng.randrange(len(out))
        match rng.randint(0, 4):
            case 0:
                out[i][-1] = str(rng.randint(0, 3))
            case 1:
                j = rng.randrange(len(columns))
                out[i][j] = _cell(rng, columns[j])
            case 2:
                out.insert(i, _row(rng, columns))
            case 3 if len(out) > 1:
                out.pop(i)
            case _:
                rng.shuffle(out)
    return out


def _table(how: str, columns: list[str], rows: list[list[str]], otherwise: str) -> str:
    lines = [f"  table {how}", f"    | {' | '.join(columns)} || x |"]
    lines += [f"    | {' | '.join(r[:-1])} || {r[-1]} |" for r in rows]
    if otherwise:
        lines.append(f"  otherwise {otherwise}")
    return "\n".join(["decision x of r : count", *lines, "end", ""])


_WORDS = {
    "n": ("n >= 2", "n = 3", "n < 1", "not (n = 2)"),
    "k": ("k is mid", "k is not low", "k is at least mid"),
    "b": ("b", "not b"),
    "m": ("m is missing", "m is present and m > 0", "m is present"),
}


def _clauses(rng: Random, count: int) -> list[list[str]]:
    return [[_when(rng), str(rng.randint(0, 3))] for _ in range(count)]


def _when(rng: Random) -> str:
    parts = [f"({rng.choice(_WORDS[rng.choice(_COLUMNS)])})" for _ in range(rng.randint(1, 2))]
    return rng.choice([" and ", " or "]).join(parts)


def _chain(clauses: list[list[str]], otherwise: str) -> str:
    lines = ["decision x of r : count"]
    for i, (when, value) in enumerate(clauses):
        lines.append(f"  {'otherwise when' if i else 'when'} {when} then {value}")
    return "\n".join([*lines, f"  otherwise {otherwise}", "end", ""])


def _clauses_edited(rng: Random, clauses: list[list[str]]) -> list[list[str]]:
    out = [list(c) for c in clauses]
    i = rng.randrange(len(out))
    match rng.randint(0, 3):
        case 0:
            out[i][1] = str(rng.randint(0, 3))
        case 1:
            out[i][0] = _when(rng)
        case 2:
            out.insert(i, [_when(rng), str(rng.randint(0, 3))])
        case _:
            out.reverse()
    return out


def pair(seed: int) -> tuple[str, str]:
    """Return two versions of a policy."""
    rng = Random(seed)
    how = rng.choice(["unique", "first", "first", "collect sum", "collect count", "clauses"])
    ends = [rng.choice(["0", "1", ""]) if how == "first" else "" for _ in range(2)]
    if rng.random() < 0.6:
        ends[1] = ends[0]
    if how == "clauses":
        clauses = _clauses(rng, rng.randint(1, 4))
        end = str(rng.randint(0, 3))
        old, new = _chain(clauses, end), _chain(_clauses_edited(rng, clauses), end)
        return _RECORD + old, _RECORD + new
    columns = rng.sample(_COLUMNS, rng.randint(1, 3))
    rows = [_row(rng, columns) for _ in range(rng.randint(1, 5))]
    later = _edited(rng, rows, columns)
    if rng.random() < 0.15 and len(columns) < 4:  # a column more
        more = next(c for c in _COLUMNS if c not in columns)
        later = [[*r[:-1], _cell(rng, more) if rng.random() < 0.4 else "any", r[-1]] for r in later]
        return _RECORD + _table(how, columns, rows, ends[0]), _RECORD + _table(
            how, [*columns, more], later, ends[1]
        )
    return _RECORD + _table(how, columns, rows, ends[0]), _RECORD + _table(how, columns, later, ends[1])


_READERS = """
define twice of r as x * 2 when b, otherwise x

decision y of r : count as max(twice, 2)

decision z of r : count
  table unique
    | y          | k      || z |
    | at least 4 | any    || 1 |
    | below 4    | high   || 2 |
    | below 4    | not high || 3 |
end
"""
_FACTS = (
    "",
    '\nimpossible of r when b and k is low\n  because en "never"\n',
    '\nimpossible of r when n = 0\n  because en "never"\n',
)


def _rule(rng: Random, name: str, above: str) -> str:
    when = _when(rng)
    value = rng.randint(0, 3)
    lines = [f"rule {name} overrides x{above}", f"  when {when}", f"  then x = {value}", "end"]
    return "\n" + "\n".join(lines) + "\n"


def ruled_pair(seed: int) -> tuple[str, str]:
    """Return two versions with rules over ``x``, outputs that read it, and facts that both have."""
    rng = Random(seed)
    old, new = pair(seed)
    rules = [_rule(rng, "one", ""), _rule(rng, "two", ", one")]
    later = list(rules)
    if rng.random() < 0.6:
        later[rng.randint(0, 1)] = ""
    if not later[0]:
        later[1] = later[1].replace(", one", "")
    readers = _READERS
    if rng.random() < 0.5:  # values that no row takes
        readers = readers.replace("| at least 4 ", f"| {rng.choice(['4 to 5', 'at least 5'])} ")
    end = readers + rng.choice(_FACTS)
    return old + "".join(rules) + end, new + "".join(later) + end
