"""Malformed policy files: every one ends in findings with a code and a place, and in time."""

from __future__ import annotations

import json
import time

import pytest

from kamflow.base.diagnostic import CATALOG, Diagnostic, Sink
from kamflow.base.span import Source, Span
from kamflow.syntax.format import format_file, reads_back
from kamflow.syntax.parse import MAX_FINDINGS, decode, parse_file
from tests.hostile.make_policies import HERE, all_cases

FILES = sorted(HERE.glob("*.kam"))
MANIFEST: dict[str, list[str] | None] = json.loads((HERE / "manifest.json").read_text(encoding="utf-8"))
BY_HAND = [name for name, codes in MANIFEST.items() if codes is not None]


def read(name: str) -> tuple[Diagnostic, ...]:
    sink = Sink()
    source = decode(name, (HERE / name).read_bytes(), sink)
    if source is not None:
        parse_file(source, sink)
    return sink.sorted()


def test_the_corpus_is_large_and_is_what_its_maker_writes() -> None:
    made = all_cases()
    assert len(FILES) >= 130
    assert {f.name: f.read_bytes() for f in FILES} == {name: content for name, (content, _) in made.items()}
    assert {name: codes for name, (_, codes) in made.items()} == MANIFEST


@pytest.mark.parametrize("name", [f.name for f in FILES])
def test_a_hostile_file_gives_a_few_findings_with_places_in_time(name: str) -> None:
    begin = time.process_time()
    found = read(name)
    assert time.process_time() - begin < 1
    assert len(found) <= MAX_FINDINGS
    size = len((HERE / name).read_bytes())
    for f in found:
        assert f.code in CATALOG
        assert isinstance(f.span, Span)
        assert f.span.source == name
        assert f.span.end <= size
        assert f.message.en
        assert f.message.zh


@pytest.mark.parametrize("name", BY_HAND)
def test_the_findings_are_those_that_the_file_was_made_for(name: str) -> None:
    assert [f.code for f in read(name)] == MANIFEST[name]


@pytest.mark.parametrize("name", [f.name for f in FILES if f.name.startswith("mutation")])
def test_a_damaged_file_that_still_parses_is_laid_out_without_loss(name: str) -> None:
    sink = Sink()
    source = decode(name, (HERE / name).read_bytes(), sink)
    file = parse_file(source, sink) if source is not None else None
    if len(sink) or file is None or source is None:
        return
    once = format_file(file, source)
    assert reads_back(once, file)
    again = parse_file(Source(name, once), Sink())
    assert again is not None
    assert format_file(again, Source(name, once)) == once


def test_the_whole_corpus_takes_less_than_30_seconds() -> None:
    begin = time.process_time()
    for file in FILES:
        read(file.name)
    assert time.process_time() - begin < 30
