"""The texts of a workflow that are in the policy language: parsed where they stand in the YAML file.

A policy file says its language by its first word; a workflow has none, so the language in which more of its
texts can be read counts, for all of them.
Assumes: a workflow that has the right shape. Leaves: nodes with spans in the YAML file; findings of the
one language.
"""

from __future__ import annotations

from collections.abc import Iterator

from kamflow.base.diagnostic import Sink
from kamflow.base.frozen import frozen
from kamflow.base.span import Source
from kamflow.base.text import Lang
from kamflow.flow.expressions import all_asked
from kamflow.syntax import nodes
from kamflow.syntax.parse import parse_expression, parse_field
from kamflow.workflow.model import Declared, Expression, Workflow


@frozen
class Fragments:
    """``expressions`` and ``fields`` by the offset at which they begin; what can't be read is not there."""

    lang: Lang
    expressions: dict[int, nodes.Expr]
    fields: dict[int, nodes.FieldNode]

    def expression(self, of: Expression) -> nodes.Expr | None:
        return self.expressions.get(of.span.start)

    def field(self, of: Declared) -> nodes.FieldNode | None:
        return self.fields.get(of.name.span.start)


def read_fragments(workflow: Workflow, sink: Sink) -> Fragments:
    """Parse all texts, in English, and where that fails in Chinese too."""
    english, found = _read(workflow, Lang.EN)
    if not len(found):
        return english
    chinese, in_chinese = _read(workflow, Lang.ZH)
    best, said = (english, found) if _size(english) >= _size(chinese) else (chinese, in_chinese)
    sink.extend(said.sorted())
    return best


def _size(read: Fragments) -> int:
    return len(read.expressions) + len(read.fields)


def _read(workflow: Workflow, lang: Lang) -> tuple[Fragments, Sink]:
    sink = Sink()
    expressions: dict[int, nodes.Expr] = {}
    fields: dict[int, nodes.FieldNode] = {}
    for asked in all_asked(workflow):
        text, at = asked.expression.source_text, asked.expression.span.start
        if at not in expressions:
            found = parse_expression(Source(workflow.source, text), lang, sink, at)
            expressions |= {at: found} if found is not None else {}
    for declared in _declared(workflow):
        name = nodes.Name(declared.name.text, declared.name.span)
        text, at = declared.type.source_text, declared.type.span.start
        field = parse_field(name, Source(workflow.source, text), lang, sink, at)
        fields |= {declared.name.span.start: field} if field is not None else {}
    return Fragments(lang, expressions, fields), sink


def _declared(workflow: Workflow) -> Iterator[Declared]:
    yield from workflow.vars
    for event in workflow.events:
        yield from event.fields
