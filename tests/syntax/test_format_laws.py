"""The laws of the formatter, over random files: 1,100 a language, and each of them in other layouts."""

from __future__ import annotations

import re

import pytest

from kamflow.base.diagnostic import Sink
from kamflow.base.span import Source
from kamflow.base.text import Lang
from kamflow.syntax.format import format_file, reads_back
from kamflow.syntax.nodes import PolicyFile
from kamflow.syntax.parse import parse_file
from tests.syntax.gen_nodes import Maker
from tests.syntax.reading import parsed
from tests.syntax.relayout import relayout
from tests.syntax.samples import CHINESE, ENGLISH

BATCHES, SIZE = 22, 50


def other(lang: Lang) -> Lang:
    return Lang.ZH if lang is Lang.EN else Lang.EN


def read(text: str) -> PolicyFile:
    sink = Sink()
    file = parse_file(Source("gen.kam", text), sink)
    assert not len(sink), (text, [f.message.en for f in sink.sorted()])
    assert file is not None
    return file


def fmt(file: PolicyFile, text: str, lang: Lang | None = None) -> str:
    return format_file(file, Source("gen.kam", text), lang)


@pytest.mark.parametrize("lang", list(Lang))
@pytest.mark.parametrize("batch", range(BATCHES))
def test_formatted_files_read_back_stay_put_and_switch_languages(batch: int, lang: Lang) -> None:
    for seed in range(batch * SIZE, (batch + 1) * SIZE):
        file = Maker(seed).file(lang)
        once = fmt(file, "")
        again = read(once)
        assert again == file, seed
        assert fmt(again, once) == once, seed
        switched = fmt(again, once, other(lang))
        assert fmt(read(switched), switched, lang) == once, seed


@pytest.mark.parametrize("lang", list(Lang))
@pytest.mark.parametrize("batch", range(6))
def test_layout_changes_no_node_and_no_comment_is_lost(batch: int, lang: Lang) -> None:
    for seed in range(batch * SIZE, (batch + 1) * SIZE):
        file = Maker(seed).file(lang)
        shuffled, comments = relayout(fmt(file, ""), lang, seed)
        again = read(shuffled)
        assert again == file, seed
        once = fmt(again, shuffled)
        assert sorted(re.findall(r"-- c\d+", once)) == sorted(f"-- c{i + 1}" for i in range(comments)), seed
        assert reads_back(once, again), seed
        assert fmt(read(once), once) == once, seed


@pytest.mark.parametrize(("text", "lang"), [(ENGLISH, Lang.EN), (CHINESE, Lang.ZH)], ids=["en", "zh"])
@pytest.mark.parametrize("seed", range(20))
def test_the_samples_mean_the_same_in_every_layout(text: str, lang: Lang, seed: int) -> None:
    shuffled, _ = relayout(text, lang, seed)
    assert parsed(shuffled) == parsed(text)


def test_the_generator_makes_every_kind_of_node() -> None:
    """A law over files that hold no tables would say nothing about tables."""
    seen: set[str] = set()
    for seed in range(300):
        seen |= set(re.findall(r"\b([A-Z][A-Za-z]+)\(", repr(Maker(seed).file(Lang.EN))))
    kinds = {
        "Amount", "DateLit", "TextLit", "YesNo", "TodayLit", "MissingLit", "Hole", "Path", "Arith",
        "Minus", "Compare", "Presence", "OneOf", "WithinLast", "Logic", "Not", "Cond",
        "Fallback", "Call", "Between", "PartOf", "Agg", "PopExpr", "ListLit", "CellAny",
        "CellMissing", "CellBound", "CellRange", "CellValue", "CellNot", "CellOr", "TableNode",
        "ScalarType", "NamedType", "ListType", "Header", "TypeDecl", "RecordNode", "ParamNode",
        "DefineNode", "PopulationNode", "ClassifyNode", "ScorecardNode", "DecisionNode",
        "Clauses", "TableBody", "ExprBody", "RuleNode", "PropertyNode", "Monotone",
        "ImpossibleNode", "DataTable", "Given", "Assume", "ExpectNode", "ExpectTable",
        "TestNode", "ScenarioNode", "OutColumn",
    }  # fmt: skip
    assert kinds <= seen, kinds - seen
