"""The words of policies for what tests reach: a row as it is written, the parts of a choice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass

from kamflow.base.span import Source, Span
from kamflow.base.text import Lang, Text
from kamflow.syntax import nodes
from kamflow.syntax.format_expr import LOGIC, SUM, show_expr
from kamflow.syntax.format_table import show_cell

_LONGEST = 160


@dataclass(frozen=True, slots=True)
class Described:
    """``rows``: what stands on a row or clause, by its span; ``choices``: the values of `a when c,
    otherwise b` and of `a otherwise b`, by the span of the whole."""

    sources: Mapping[str, Source]
    policies: Mapping[str, str]  # source -> policy
    rows: Mapping[Span, str]
    choices: Mapping[Span, tuple[Span, ...]]
    rules: Mapping[str, tuple[str, tuple[str, ...]]]  # name -> (condition, targets)
    params: Mapping[str, tuple[Span, ...]]

    def policy_of(self, span: Span) -> str:
        return self.policies.get(span.source, "")

    def row(self, span: Span) -> Text:
        found = self.rows.get(span)
        return Text(found, found) if found is not None else self.text(span)

    def rule(self, name: str) -> Text:
        said = self.rules.get(name, ("", ()))[0]
        return Text(said, said)

    def targets(self, name: str) -> tuple[str, ...]:
        return self.rules.get(name, ("", ()))[1]

    def versions(self, name: str) -> tuple[Span, ...]:
        return self.params.get(name, ())

    def text(self, span: Span) -> Text:
        """Return what is written at a place, in one line."""
        source = self.sources.get(span.source)
        said = " ".join(source.text[span.start : span.end].split()) if source is not None else ""
        said = said if len(said) <= _LONGEST else said[: _LONGEST - 1] + "…"
        return Text(said, said)


def describe(files: Iterable[nodes.PolicyFile], sources: Mapping[str, Source]) -> Described:
    """Collect the words of files."""
    rows: dict[Span, str] = {}
    choices: dict[Span, tuple[Span, ...]] = {}
    rules: dict[str, tuple[str, tuple[str, ...]]] = {}
    params: dict[str, tuple[Span, ...]] = {}
    policies: dict[str, str] = {}
    for file in files:
        policies[file.source] = file.header.name.text if file.header is not None else ""
        for decl in file.decls:
            match decl:
                case nodes.DecisionNode(body=nodes.TableBody() as body):
                    rows |= _table(body, file.lang)
                case nodes.DecisionNode(body=nodes.Clauses() as clauses):
                    rows |= _clauses(clauses, file.lang)
                case nodes.ScorecardNode(criteria=criteria):
                    for c in criteria:
                        subject = show_expr(c.subject, file.lang, SUM)
                        for band in c.bands:
                            points = show_expr(band.points, file.lang, SUM)
                            rows[band.span] = f"{subject} {show_cell(band.cell, file.lang)} → {points}"
                case nodes.RuleNode(cond=cond, targets=targets):
                    outputs = tuple(t.parts[-1].text for t in targets)
                    rules[decl.name.text] = (show_expr(cond, file.lang, LOGIC), outputs)
                case nodes.ParamNode(versions=versions):
                    params[decl.name.text] = tuple(v.value.span for v in versions)
                case _:
                    pass
            choices |= dict(_choices(decl))
    assigned = {n: (c, tuple(t for t in ts if t not in rules)) for n, (c, ts) in rules.items()}
    return Described(sources, policies, rows, choices, assigned, params)


def _table(body: nodes.TableBody, lang: Lang) -> dict[Span, str]:
    table = body.table
    out: dict[Span, str] = {}
    columns = [show_expr(c, lang, SUM) for c in table.columns]
    for row in table.rows:
        cells = [
            f"{column} {show_cell(cell, lang)}"
            for column, cell in zip(columns, row.cells, strict=False)
            if not isinstance(cell, nodes.CellAny)
        ]
        results = [
            f"{c.name.text} {show_expr(v, lang, SUM)}"
            for c, v in zip(table.outs, row.outs, strict=False)
            if c.name is not None and v is not None
        ]
        every = show_cell(nodes.CellAny(row.span), lang)
        out[row.span] = f"{', '.join(cells) or every} → {', '.join(results)}"
    return out | _otherwise(body.other, lang)


def _otherwise(results: nodes.Results | None, lang: Lang) -> dict[Span, str]:
    if results is None:
        return {}
    return {results.span: f"{'否则' if lang is Lang.ZH else 'otherwise'} {_results(results, lang)}"}


def _clauses(body: nodes.Clauses, lang: Lang) -> dict[Span, str]:
    out = {c.span: f"{show_expr(c.cond, lang, LOGIC)} → {_results(c.results, lang)}" for c in body.clauses}
    return out | _otherwise(body.other, lang)


def _results(results: nodes.Results, lang: Lang) -> str:
    if results.plain is not None:
        return show_expr(results.plain, lang, SUM)
    return ", ".join(f"{a.path} {show_expr(a.value, lang, SUM)}" for a in results.named)


def _choices(node: object) -> Iterator[tuple[Span, tuple[Span, ...]]]:
    stack = [node]
    while stack:
        item = stack.pop()
        match item:
            case nodes.Cond(branches, other, span):
                yield span, (*(v.span.to(c.span) for v, c in branches), other.span)
            case nodes.Fallback(arg, other, span):
                yield span, (arg.span, other.span)
            case nodes.TestNode():
                continue
            case _:
                pass
        if isinstance(item, tuple):
            stack.extend(item)
        elif is_dataclass(item) and not isinstance(item, type | Span):
            stack.extend(getattr(item, f.name) for f in fields(item) if f.name != "span")
