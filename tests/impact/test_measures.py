"""Measures in the language: both languages, what they may be, where they are evaluated."""

from __future__ import annotations

import pytest

from kamflow.base.span import Source
from kamflow.base.text import Lang
from kamflow.core.expr import DefKey
from kamflow.core.program import Better, DefKind
from kamflow.project.engine import Engine
from kamflow.project.load import Project, load_sources
from kamflow.syntax.format import format_file
from kamflow.values.decision import Decision
from tests.impact.rig import DAY

HEAD = """policy p
  currency CNY
end

record account
  id       : text
  price    : money, 0 CNY to 1,000 CNY
  rate     : percent, 0% to 100%
  since    : date
  last     : money, optional
end

decision free of account : yes/no as price = 0 CNY

"""
ENGLISH = (
    'measure cost of account : money, lower is better en "Cost" zh "成本" as round(price * rate, 0.01 CNY)\n'
)
CHINESE = "度量 cost 之 account : 金额, 越低越好 英文 “Cost” 中文 “成本” 为 舍入(price * rate, 0.01 元)\n"


def project_of(text: str) -> Project:
    return load_sources({"p.kam": Source("p.kam", HEAD + text)})


def errors_of(text: str) -> list[str]:
    return [f.code for f in project_of(text).findings if f.is_error]


def test_a_measure_is_evaluated_only_where_it_is_asked_for() -> None:
    project = project_of(ENGLISH)
    assert not project.findings, [f.message.en for f in project.findings]
    record = {"id": "a", "price": "10.01", "rate": "50%", "since": "2020-01-01"}
    engine = Engine(project)
    usual, asked = (engine.evaluate(record, as_of=DAY, only=only) for only in ((), ("cost",)))
    assert isinstance(usual, Decision)
    assert isinstance(asked, Decision)
    assert usual.to_dict()["decisions"] == {"free": False}
    assert asked.to_dict()["decisions"] == {"cost": "5.01"}  # 5.005, halves away from zero


@pytest.mark.parametrize(
    ("words", "better"),
    [("", None), (", lower is better", Better.LOWER), (", higher is better", Better.HIGHER)],
)
def test_a_direction_may_be_said(words: str, better: Better | None) -> None:
    program = project_of(f"measure m of account : money{words} as price\n").stretches[0].program
    assert program is not None
    made = program.defs[DefKey("account", "m")]
    assert (made.kind, made.better) == (DefKind.MEASURE, better)


@pytest.mark.parametrize(
    "text",
    [
        "measure m of account : percent as rate",
        "measure m of account : date as since",
        "measure m of account : text as id",
        "measure m of account : yes/no as free",
    ],
)
def test_what_does_not_add_up_is_refused(text: str) -> None:
    assert errors_of(text + "\n") == ["KF0345"]


@pytest.mark.parametrize("ty", ["money", "number", "count", "days", "months"])
def test_amounts_that_add_up_are_taken(ty: str) -> None:
    value = {"money": "price", "number": "1.5", "count": "1", "days": "3 days", "months": "2 months"}[ty]
    assert errors_of(f"measure m of account : {ty} as {value}\n") == []


@pytest.mark.parametrize(
    "text",
    [
        "measure m of account : money as last\n",  # may be missing: it would be counted as nothing
        "measure m of account as price\n",  # its type is what it is read by
        "measure m of account : money, better is lower as price\n",
        "measure m of account : money, lower is better, higher is better as price\n",
        "measure m of nobody : money as price\n",
    ],
)
def test_a_measure_that_is_not_one_is_an_error(text: str) -> None:
    assert errors_of(text)


def test_what_begins_a_measure_may_still_name_a_field() -> None:
    text = "policy p\n  currency CNY\nend\n\nrecord r\n  measure : count\n  better : count\nend\n\n"
    text += "decision d of r : count as measure + better\n"
    project = load_sources({"p.kam": Source("p.kam", text)})
    assert not project.has_errors, [f.message.en for f in project.findings]


def _formatted(project: Project, lang: Lang) -> str:
    (source,) = project.sources.values()
    (file,) = project.files
    return format_file(file, source, lang)


def test_the_formatter_writes_it_in_both_languages_and_reads_it_back() -> None:
    english = project_of(ENGLISH)
    chinese = _formatted(english, Lang.ZH)
    assert CHINESE.strip() in chinese or "度量 cost 之 account : 金额, 越低越好" in chinese
    again = load_sources({"p.kam": Source("p.kam", chinese)})
    assert not again.findings, [f.message.en for f in again.findings]
    assert _formatted(again, Lang.EN) == _formatted(english, Lang.EN)
