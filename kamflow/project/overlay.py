"""Parameters with other values: a project as it would be if its authors had written these.

Assumes: a project without errors, and values as a person writes them. Leaves: another project, checked
from its texts like any other, so that units, ranges and every proof hold for the new values too; the project
that was given is untouched. A value is read by the language itself, in the words of either language.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from kamflow.base.collector import collector_at_rest
from kamflow.base.diagnostic import Diagnostic, Sink
from kamflow.base.span import DataPlace, Source
from kamflow.base.suggest import suggest
from kamflow.base.text import Lang
from kamflow.project import errors
from kamflow.project.load import Project, project_of
from kamflow.syntax import nodes
from kamflow.syntax.format_expr import show_expr
from kamflow.syntax.format_words import word
from kamflow.syntax.parse import parse_expression, parse_file
from kamflow.values.dates import show_day

_MAX_VALUE = 10_000  # characters, as of a text of a record


@dataclass(frozen=True, slots=True)
class Written:
    """A value as a person wrote it. ``day``: from when it counts; None: on all days."""

    text: str
    place: DataPlace
    day: int | None = None


@dataclass(frozen=True, slots=True)
class Setting:
    """What a parameter is set to. Dated values leave those before the first of their days as they are."""

    name: str
    values: tuple[Written, ...]


@dataclass(frozen=True, slots=True)
class NotOverlaid:
    """``sources``: of the texts in which the findings stand."""

    findings: tuple[Diagnostic, ...]
    sources: Mapping[str, Source]


def overlaid(project: Project, settings: Sequence[Setting]) -> Project | NotOverlaid:
    """Return the project in which parameters have other values."""
    params = _params(project)
    found: list[Diagnostic] = []
    edits: dict[str, list[tuple[int, int, str]]] = {}
    for setting in settings:
        decls = params.get(setting.name)
        if decls is None:
            at = setting.values[0].place
            found.append(errors.nothing_to_set(at, setting.name, suggest(setting.name, params)))
            continue
        for file, node in decls:
            text = _rewritten(node, setting, file.lang)
            if isinstance(text, Diagnostic):
                found.append(text)
                break
            start = node.versions[0].start.span.start
            edits.setdefault(file.source, []).append((start, node.versions[-1].span.end, text))
    if found:
        return NotOverlaid(tuple(found), {})
    sources = {name: _edited(source, edits.get(name, [])) for name, source in project.sources.items()}
    made = _loaded(project, sources)
    if not made.has_errors:
        return made
    said = ", ".join(f"{s.name} = {'; '.join(v.text for v in s.values)}" for s in settings)
    # an edit of a file would not find there what was set for this run alone
    wrong = [replace(f, fix=()) for f in made.findings if f.is_error]
    return NotOverlaid((errors.does_not_hold(settings[0].values[0].place, said), *wrong), made.sources)


def _loaded(project: Project, sources: Mapping[str, Source]) -> Project:
    """Load the texts; those that nobody edited are not parsed again."""
    sink, known = Sink(), {f.source: f for f in project.files}
    parsed = [
        known[name] if name in known and source is project.sources[name] else parse_file(source, sink)
        for name, source in sources.items()
    ]
    with collector_at_rest():
        return project_of(sources, tuple(f for f in parsed if f is not None), sink)


def scenario_settings(project: Project, title: str) -> list[Setting] | Diagnostic:
    """Return what a scenario sets, as settings."""
    known: list[nodes.ScenarioNode] = []
    for file in project.files:
        for decl in file.decls:
            if isinstance(decl, nodes.ScenarioNode):
                known.append(decl)
                names = {decl.title.text.en, decl.title.text.zh} - {""}
                if title in names:
                    place = DataPlace("--scenario")
                    return [
                        Setting(n.text, (Written(show_expr(value, file.lang), place),))
                        for n, value in decl.sets
                    ]
    titles = [t for s in known for t in (s.title.text.en, s.title.text.zh) if t]
    shown = [s.title.text.en or s.title.text.zh for s in known]
    return errors.unknown_scenario(title, shown, suggest(title, titles))


def _params(project: Project) -> dict[str, list[tuple[nodes.PolicyFile, nodes.ParamNode]]]:
    """Return the parameters by name; one may stand in several versions of a policy."""
    out: dict[str, list[tuple[nodes.PolicyFile, nodes.ParamNode]]] = {}
    for file in project.files:
        for decl in file.decls:
            if isinstance(decl, nodes.ParamNode):
                out.setdefault(decl.name.text, []).append((file, decl))
    return out


def _rewritten(node: nodes.ParamNode, setting: Setting, lang: Lang) -> str | Diagnostic:
    """Write the dated values of a parameter anew, from the first date on."""
    lines: list[tuple[int, str]] = []
    days = [v.day for v in setting.values if v.day is not None]
    if days:
        first = min(days)
        lines = [(v.start.day, show_expr(v.value, lang)) for v in node.versions if v.start.day < first]
    for value in sorted(setting.values, key=lambda v: v.day or 0):
        read = _value(value, node, lang)
        if isinstance(read, Diagnostic):
            return read
        lines.append((node.versions[0].start.day if value.day is None else value.day, read))
    start = word("_FROM", lang)
    return f"\n  {start} ".join(f"{show_day(day)} : {text}" for day, text in lines)


def _value(value: Written, node: nodes.ParamNode, lang: Lang) -> str | Diagnostic:
    """Read one value and write it in the language of the file."""
    text = value.text.strip()
    if not text or len(text) > _MAX_VALUE:
        return errors.no_value(value.place, node.name.text, " ".join(text[:80].split()))
    is_text = isinstance(node.type, nodes.ScalarType) and node.type.word is nodes.TypeWord.TEXT
    if is_text and text[0] not in "\"“”'":
        return show_expr(nodes.TextLit(text, node.span), lang)
    for tried in (lang, *(x for x in Lang if x is not lang)):
        read = parse_expression(Source(str(value.place), text), tried, Sink())
        if read is not None and _is_constant(read):
            return show_expr(read, lang)
    return errors.no_value(value.place, node.name.text, " ".join(text[:80].split()))


def _is_constant(e: nodes.Expr) -> bool:
    """Say whether an expression is one value: nothing is computed on the command line."""
    match e:
        case nodes.Amount() | nodes.DateLit() | nodes.TextLit() | nodes.YesNo():
            return True
        case nodes.Minus(arg):
            return isinstance(arg, nodes.Amount)
        case nodes.Path(parts):
            return len(parts) == 1  # a member of a type
        case _:
            return False


def _edited(source: Source, edits: list[tuple[int, int, str]]) -> Source:
    text = source.text
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return Source(source.name, text) if edits else source
