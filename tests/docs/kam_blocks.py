"""``kam`` blocks and tables of expressions of one page: checked, and their tests run.

A block that begins with a policy header starts anew (``also``: beside what is there); any other is
added to the last policy. ``finds=KF0203,…``: it must give exactly these findings, and is not kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from kamflow.base.diagnostic import Diagnostic, Severity
from kamflow.base.span import Source, Span
from kamflow.core.expr import DefKey
from kamflow.core.ty import ScaledTy, show_ty, strip_opt
from kamflow.project.load import Project, load_sources
from kamflow.project.run_tests import run_tests
from tests.docs.blocks import Block, Table

_HEADER = re.compile(r"\A\s*(?:--[^\n]*\n\s*)*(policy|策略)\s")
_CODE = re.compile(r"KF\d{4}")
_UNUSED = "KF0219"  # an example uses what it shows, and leaves the rest


@dataclass(slots=True)
class KamPage:
    """What the blocks so far have declared: the texts of policies, the last one being extended."""

    texts: list[str] = field(default_factory=list)

    def run(self, block: Block) -> list[str]:
        """Return what is wrong with a block; [] where it does what the page says."""
        wanted = sorted(block.options["finds"].split(",")) if "finds" in block.options else []
        texts = self._with(block)
        project = load(texts)
        found = sorted({f.code for f in telling(project.findings, wanted)})
        if found != wanted:
            shown = "; ".join(f"{f.code} {f.message.en}" for f in telling(project.findings, wanted))
            return [f"findings expected: {wanted or 'none'}, found: {shown or 'none'}"]
        if wanted:
            return []
        self.texts = texts
        failures = [r for r in run_tests(project) if not r.passed]
        return [f"test “{r.title.en or r.title.zh}”: {f.message.en}" for r in failures for f in r.findings]

    def _with(self, block: Block) -> list[str]:
        if _HEADER.match(block.text) is None:
            assert self.texts, f"line {block.line}: no policy to add this block to"
            return [*self.texts[:-1], self.texts[-1] + "\n" + block.text]
        return [*self.texts, block.text] if "also" in block.words else [block.text]

    def evaluate(self, table: Table) -> list[str]:
        """Try each row of a table: its first cell is an expression, then what it is and what it gives."""
        given = _given(self.texts[-1], table.title)
        names = [f"doc_{i}" for i in range(len(table.rows))]
        written = [_plain(cells[0]) for _, cells in table.rows]
        value_at = next(i for i, h in enumerate(table.head) if h in {"gives", "finding", "得到", "提示"})
        lines = [f"define {n} of {given.record} as {w}" for n, w in zip(names, written, strict=True)]
        start = self.texts[-1] + "\n"
        codes = _codes_by_line(load([*self.texts[:-1], start + "\n".join(lines)]), start.count("\n") + 1)
        out: list[str] = []
        good: list[int] = []
        for i, (number, cells) in enumerate(table.rows):
            wanted = _CODE.findall(cells[value_at])[:1]
            if codes.get(i, []) != wanted:
                out.append(f"line {number}: `{written[i]}` gives {codes.get(i) or 'no finding'}")
            elif not wanted:
                good.append(i)
        tests = [_test(i, names[i], _plain(table.rows[i][1][value_at]), given) for i in good]
        project = load([*self.texts[:-1], start + "\n".join([*(lines[i] for i in good), *tests])])
        if project.has_errors:
            return [*out, *(f"`{f.message.en}`" for f in telling(project.findings, []))]
        for result in run_tests(project, wanted="documented row"):
            row = int(result.title.en.rpartition(" ")[2])
            out += [f"line {table.rows[row][0]}: `{written[row]}`: {f.message.en}" for f in result.findings]
        return out + _types(project, table, good, names, given)


@dataclass(frozen=True, slots=True)
class Given:
    record: str
    as_of: str
    lines: str


def load(texts: list[str]) -> Project:
    return load_sources({f"page{i}.kam": Source(f"page{i}.kam", text) for i, text in enumerate(texts)})


def telling(findings: tuple[Diagnostic, ...], wanted: list[str]) -> list[Diagnostic]:
    """Return the errors and warnings; that something is unused only where the page speaks of it."""
    serious = [f for f in findings if f.severity in {Severity.ERROR, Severity.WARNING} or f.code in wanted]
    return [f for f in serious if f.code != _UNUSED or _UNUSED in wanted]


def _codes_by_line(project: Project, first: int) -> dict[int, list[str]]:
    source = list(project.sources.values())[-1]
    out: dict[int, list[str]] = {}
    for finding in telling(project.findings, []):
        assert isinstance(finding.span, Span)
        line = source.text.count("\n", 0, finding.span.start) + 1
        out.setdefault(line - first, []).append(finding.code)
    return out


def _given(text: str, title: str) -> Given:
    found = re.search(
        rf'^test "{re.escape(title)}" as of (\S+)\n\s*given (\w+)\n(.*?)^\s*expect',
        text,
        re.DOTALL | re.MULTILINE,
    )
    assert found is not None, f"there is no test “{title}” before this table"
    return Given(found[2], found[1], found[3])


def _test(i: int, name: str, value: str, given: Given) -> str:
    expect = f"{name} is missing" if value == "missing" else f"{name} = {value}"
    return (
        f'test "documented row {i}" as of {given.as_of}\n  given {given.record}\n{given.lines}'
        f"  expect {expect}\nend"
    )


def _types(project: Project, table: Table, good: list[int], names: list[str], given: Given) -> list[str]:
    """Compare the columns `type` and `decimals`, where a table has them."""
    out: list[str] = []
    program = project.stretches[-1].program
    assert program is not None
    for i in good:
        ty = program.defs[DefKey(given.record, names[i])].ty
        number, cells = table.rows[i]
        row = dict(zip(table.head, cells, strict=True))
        scaled = strip_opt(ty)
        shown = show_ty(scaled).en.removesuffix(" in CNY")
        if "type" in row and row["type"] != shown:
            out.append(f"line {number}: it is {shown}, not {row['type']}")
        if "decimals" in row and isinstance(scaled, ScaledTy) and row["decimals"] != str(scaled.scale):
            out.append(f"line {number}: it has {scaled.scale} decimals, not {row['decimals']}")
    return out


def _plain(cell: str) -> str:
    found = re.match(r"`+ ?(.*?) ?`+", cell)
    assert found is not None, f"“{cell}” is not in backticks"
    return found[1]
