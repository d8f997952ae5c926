"""Whole files: the order of the text never matters, and one mistake gives one finding, in one place."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

import kamflow
from kamflow.base.diagnostic import Sink
from kamflow.base.span import Source, Span
from kamflow.check.check_program import check_program
from kamflow.core.program import Program
from kamflow.syntax.parse import parse_file
from tests.check.test_accepted import BASE, CASES, HEAD, check

RULES = sorted((Path(kamflow.__file__).resolve().parents[1] / "rules").glob("*.kam"))


def _program(texts: dict[str, str]) -> Program:
    sink = Sink()
    files = [parse_file(Source(n, t), sink) for n, t in texts.items()]
    program = check_program(tuple(f for f in files if f is not None), {}, sink)
    assert program is not None, [f.message.en for f in sink.sorted()]
    return program


def _shuffled(name: str, text: str, rng: random.Random) -> str:
    """Return the file with its declarations in another order (comments go: they belong to none)."""
    parsed = parse_file(Source(name, text), Sink())
    assert parsed is not None
    assert parsed.header is not None
    parts = [_cut(text, d.span) for d in parsed.decls]
    rng.shuffle(parts)
    return "\n\n".join([_cut(text, parsed.header.span), *parts]) + "\n"


def _cut(text: str, span: Span) -> str:
    return text[span.start : span.end]


@pytest.mark.parametrize("seed", range(6))
def test_the_order_of_declarations_and_files_changes_nothing(seed: int) -> None:
    rng = random.Random(seed)
    texts = {p.name: p.read_text(encoding="utf-8") for p in RULES}
    assert len(texts) >= 3
    plain = _program(texts)
    mixed = {n: _shuffled(n, t, rng) for n, t in texts.items()}
    names = list(mixed)
    rng.shuffle(names)
    other = _program({n: mixed[n] for n in names})
    assert dict(plain.defs) == dict(other.defs)
    assert plain.params == other.params
    assert plain.records == other.records
    assert plain.populations == other.populations
    assert sorted(map(str, plain.properties)) == sorted(map(str, other.properties))


def test_ten_independent_mistakes_give_ten_findings_each_once() -> None:
    text = (CASES / "ten_mistakes.kam").read_text(encoding="utf-8")
    _, found = check(BASE, text)
    lines = [text[: f.span.start].count("\n") for f in found if isinstance(f.span, Span)]
    decisions = [i for i, line in enumerate(text.splitlines()) if line.startswith("decision")]
    assert len(decisions) == 10
    assert lines == decisions


SHADOWS = {
    "an unknown name in a definition that ten others read": "define a of customer as scoer * 2\n"
    + "".join(f"decision d{i} of customer : number as a + {i}\n" for i in range(10)),
    "an unknown type of a field that is read": "record car\n  colour : colours\nend\n"
    "decision d of car : yes/no as colour is red\n",
    "a parameter with a mistake, read and set": "parameter bar : number\n  from 2020-01-01 : 5%\nend\n"
    'decision d of customer : yes/no as score > bar\nscenario "s"\n  set bar = 6\nend\n',
    "a broken decision, read by a rule, a property and a test": ""
    "decision fee of customer : number as reveneu\n"
    "rule r overrides fee\n  when score > 3\n  then fee = 2\nend\n"
    'always "small"\n  fee < 5\ntest "t"\n  given customer\n    score = 3\n  expect fee = 2\nend\n',
    "a circle, read from outside": "define a of customer as b\ndefine b of customer as a\n"
    "decision d of customer : yes/no as a > 3\n",
    "a population with a mistake, ranked among": "population p is customer where scoer > 3\n"
    "decision d of customer : yes/no as (percentile of score among p otherwise 0%) > 50%\n",
    "a declaration that cannot be parsed, read elsewhere": "define a of customer as score +\n"
    "decision d of customer : yes/no as a > 3\n",
    "one record of two cannot be read": "record car\n  doors count\n  wheels : count\nend\n"
    "decision d of car : yes/no as doors > wheels\n",
}


@pytest.mark.parametrize("body", SHADOWS.values(), ids=list(SHADOWS))
def test_one_mistake_gives_one_finding_however_often_it_is_read(body: str) -> None:
    _, found = check(BASE, HEAD + body)
    assert len(found) == 1, [(f.code, f.message.en) for f in found]


def test_what_cannot_be_read_in_one_file_is_no_finding_in_another() -> None:
    broken = "policy a\nend\n\nrecord car\n  doors : count\nend\n\ndefine wide of car as doors +\n"
    reads = "policy b\n  uses a\nend\n\ndecision d of car : yes/no as wide > 3\n"
    _, found = check(broken, reads)
    assert [f.code for f in found] == ["KF0120"]


def test_a_header_with_a_mistake_is_one_finding_also_for_the_policies_that_use_it() -> None:
    broken = 'policy a\n  owner "x"\n  owner "y"\nend\n\nrecord car\n  doors : count\nend\n'
    reads = "policy b\n  uses a\nend\n\ndecision d of car : yes/no as doors > 3\n"
    _, found = check(broken, reads)
    assert [f.code for f in found] == ["KF0124"]
