"""A page of ``docs/findings`` taken apart, and its examples tried as a user would try them.

The form of a page is fixed: title, facts, English, Chinese, each with a wrong and a right example.
An example is one or more policies, and where the finding is about data, a file of records.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from kamflow.app.check_workflows import check_together
from kamflow.app.measure import measure, suggest_tests
from kamflow.app.prove import prove_project
from kamflow.base.diagnostic import Diagnostic, Sink
from kamflow.base.span import Source
from kamflow.portfolio.open_records import open_records
from kamflow.portfolio.records import BadRecord
from kamflow.project.engine import Engine, Question
from kamflow.project.load import Project, load_sources
from kamflow.project.prove import prove_project_tables
from kamflow.project.run_tests import run_tests
from kamflow.syntax.parse import decode
from kamflow.values.decision import Rejection
from tests.pages.workflows import findings_of_definitions

AS_OF = date(2026, 6, 30)
_TITLE = re.compile(r"# (KF\d{4}) ([a-z0-9-]+)")
_FACTS = re.compile(r"since (\d+\.\d+) · (error|warning|note)")
_HEADS = {"English": ("Wrong", "Right"), "中文": ("错误", "正确")}


@dataclass(frozen=True)
class Block:
    language: str
    text: str

    @property
    def file(self) -> str:
        """The name that the first line gives the block, else one that its language implies."""
        named = re.match(r"-- file: (\S+)\n", self.text)
        return named[1] if named else f"{'policy' if self.language == 'kam' else 'records'}.{self.language}"


@dataclass(frozen=True)
class Page:
    """``prose`` and ``examples`` by heading: English, 中文; Wrong, Right, 错误, 正确."""

    code: str
    slug: str
    since: str
    severity: str
    front: dict[str, str]
    prose: dict[str, str] = field(default_factory=dict)
    examples: dict[str, list[Block]] = field(default_factory=dict)


def parse_page(text: str) -> Page:
    """Take a page apart; a page of another form is an ``AssertionError`` that says what is wrong."""
    title, blank, facts, *rest = text.split("\n")
    named, said = _TITLE.fullmatch(title), _FACTS.fullmatch(facts)
    assert named, f"the first line is `# KFnnnn slug`, not {title!r}"
    assert blank == "", "the second line is blank"
    assert said, f"the third line is `since 0.1 · error`, not {facts!r}"
    front: dict[str, str] = {}
    while rest and rest[0]:
        key, colon, value = rest.pop(0).partition(": ")
        assert colon, f"lines of facts are `key: value`, not {key!r}"
        front[key] = value
    page = Page(named[1], named[2], said[1], said[2], front)
    _read_sections("\n".join(rest), page)
    return page


def _read_sections(text: str, page: Page) -> None:
    top = re.split(r"^## (.+)\n", text, flags=re.M)
    assert top[0].strip() == "", f"nothing stands before `## English`: {top[0]!r}"
    assert top[1::2] == list(_HEADS), f"the sections are {list(_HEADS)}, not {top[1::2]}"
    for head, body in zip(top[1::2], top[2::2], strict=True):
        below = re.split(r"^### (.+)\n", body, flags=re.M)
        page.prose[head] = below[0].strip()
        assert below[1::2] in ([], list(_HEADS[head])), f"below {head}: {below[1::2]}"
        for name, example in zip(below[1::2], below[2::2], strict=True):
            page.examples[name] = list(_blocks(example))


def _blocks(text: str) -> Iterator[Block]:
    found = re.findall(r"^```(\w+)\n(.*?)^```\n", text, flags=re.M | re.S)
    left = re.sub(r"^```(\w+)\n(.*?)^```\n", "", text + "\n", flags=re.M | re.S)
    assert found, "an example is a fenced block"
    assert left.strip() == "", f"only fenced blocks stand below a third-level heading: {left!r}"
    for language, body in found:
        yield Block(language, body)


def measured_findings_of(blocks: Sequence[Block], folder: Path) -> list[Diagnostic]:
    """Everything that is found when the tests of policies are measured, and tests suggested."""
    for block in blocks:
        (folder / block.file).write_text(block.text, encoding="utf-8", newline="")
    found = measure([folder], cov=True, mutants=True).findings
    return [*findings_of(blocks, folder), *found, *suggest_tests([folder]).findings]


def findings_of(blocks: Sequence[Block], folder: Path) -> list[Diagnostic]:
    """Check the policies, run their tests, decide the records: everything that is found on the way."""
    yaml = [b.text for b in blocks if b.language == "yaml"]
    if yaml and len(yaml) == len(blocks):
        return findings_of_definitions(yaml, AS_OF.toordinal())
    if yaml:
        return _findings_together(blocks, folder)
    sink = Sink()
    sources: dict[str, Source] = {}
    for block in blocks:
        if block.language == "kam":
            source = decode(block.file, block.text.encode(), sink)
            assert source is not None
            sources[source.name] = source
    assert len(sources) == sum(b.language == "kam" for b in blocks), "two policies with one file name"
    project = load_sources(sources, sink)
    found = list(project.findings)
    if project.has_errors:
        return found
    found += prove_project_tables(project, ())
    for result in run_tests(project):
        found += result.findings
    found += prove_project(project, frozenset(project.sources)).findings
    for block in blocks:
        if block.language != "kam":
            (folder / block.file).write_text(block.text, encoding="utf-8", newline="")
            found += _decide(project, folder / block.file)
    return found


def _findings_together(blocks: Sequence[Block], folder: Path) -> list[Diagnostic]:
    """Check a workflow with its policies, and prove its guards."""
    for i, block in enumerate(blocks):
        (folder / f"{i}.{block.language}").write_text(block.text, encoding="utf-8", newline="")
    checked = check_together([folder], (), ())
    guards = checked.proved()[0] if checked.linked.engine is not None else ()
    return [*checked.findings, *guards]


def _decide(project: Project, path: Path) -> list[Diagnostic]:
    """Read a file of records and decide each of them."""
    slot = Engine(project).slot(Question(AS_OF))
    source = open_records(path)
    found: list[Diagnostic] = []
    for item in source.items:
        if isinstance(item, BadRecord):
            found.append(item.finding)
            continue
        notes: list[Diagnostic] = []
        blank, locate = item.blank_is_missing, item.locate
        answer = slot.answer(item.raw, item.place, blank_is_missing=blank, locate=locate, notes=notes)
        found += notes
        if isinstance(answer, Rejection):
            found += answer.findings
    return [*source.problems, *source.notes, *found]
