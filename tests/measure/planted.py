"""Small policies whose coverage and survivors are known, worked out by hand."""

from __future__ import annotations

from kamflow.base.span import Source
from kamflow.measure.coverage import Coverage, measure_coverage
from kamflow.measure.mutants import Mutant, Workshop
from kamflow.measure.readings import Reading, read_tests
from kamflow.measure.show_slip import changed_lines
from kamflow.project.load import Project, load_sources

HEAD = """\
policy p
  effective from 2025-01-01
  currency CNY
end

type tier is ordered low < mid < top

record customer
  id     : text
  score  : count, 0 to 100
  debt   : days, optional, 0 days to 100 days
  vip    : yes/no, default no
  spent  : money, default 0 CNY, 0 CNY to 1,000 CNY
end
"""


def load(text: str, name: str = "p.kam") -> Project:
    project = load_sources({name: Source(name, text)})
    assert [f.message.en for f in project.findings if f.is_error] == []
    return project


def readings_of(project: Project, wanted: str = "") -> tuple[Reading, ...]:
    return read_tests(project, set(project.sources), wanted=wanted)


def cover(text: str, wanted: str = "") -> Coverage:
    project = load(text)
    return measure_coverage(project, readings_of(project, wanted), set(project.sources))


def mutants_of(text: str) -> list[Mutant]:
    project = load(text)
    workshop = Workshop(project, readings_of(project))
    return list(workshop.mutants(workshop.places(set(project.sources))))


def slips(text: str, *, survived: bool | None = None) -> list[tuple[str, str]]:
    """Return the slips as (text before, text after), with line breaks for edits of several places."""
    source = Source("p.kam", text)
    out: list[tuple[str, str]] = []
    for mutant in mutants_of(text):
        if survived is None or mutant.survived is survived:
            old, new = changed_lines(source, mutant.slip.edits)
            out.append(("\n".join(old), "\n".join(new)))
    return out
