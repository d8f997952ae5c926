"""All slips that a person could make in a declaration: each once, in the order of the text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kamflow.base.diagnostic import Edit
from kamflow.measure.slip import Pen, Slip, SlipKind, moved
from kamflow.measure.slips_expr import expr_slips
from kamflow.measure.slips_table import clauses_slips, rule_slips, scorecard_slips, table_slips
from kamflow.syntax import nodes
from kamflow.syntax.format_words import word


def slips_in(decl: nodes.Decl, pen: Pen, others: Iterable[nodes.Decl]) -> Iterator[Slip]:
    """Yield slips in one declaration. ``others``: all declarations of the file, for what names a rule."""
    seen: set[tuple[Edit, ...]] = set()
    for slip in _slips(decl, pen, others):
        if slip.edits not in seen:
            seen.add(slip.edits)
            yield slip


def _slips(decl: nodes.Decl, pen: Pen, others: Iterable[nodes.Decl]) -> Iterator[Slip]:
    match decl:
        case nodes.DefineNode(value=value):
            yield from expr_slips(value, pen, condition=True)
        case nodes.DecisionNode(body=nodes.ExprBody(value)):
            yield from expr_slips(value, pen, condition=True)
        case nodes.DecisionNode(body=nodes.Clauses() as clauses):
            yield from clauses_slips(clauses, pen)
        case nodes.DecisionNode(body=nodes.TableBody() as table):
            yield from table_slips(table, pen)
        case nodes.ScorecardNode():
            yield from scorecard_slips(decl, pen)
        case nodes.RuleNode():
            yield from rule_slips(decl, pen)
            yield _rule_dropped(decl, pen, others)
        case nodes.ParamNode(versions=versions):
            for version in versions:
                for by in (-1, 1):
                    yield from (Slip(SlipKind.PARAMETER, (m,)) for m in moved(version.value, by, pen))
        case nodes.PopulationNode(where=where):
            yield from expr_slips(where, pen, condition=True)
        case nodes.ClassifyNode():
            yield from _classify_slips(decl, pen)
        case _:
            return


def _classify_slips(decl: nodes.ClassifyNode, pen: Pen) -> Iterator[Slip]:
    for line in decl.classes:
        if line.bound is not None:
            yield from (Slip(SlipKind.BOUND, (m,)) for by in (-1, 1) for m in moved(line.bound, by, pen))
    first, last = (word(t, pen.lang) for t in ("LARGEST_FIRST", "SMALLEST_FIRST"))
    old, new = (first, last) if decl.largest_first else (last, first)
    at = pen.source.text.find(old, decl.span.start, decl.span.end)
    if at >= 0:
        yield Slip(SlipKind.FORMULA, (pen.edit(at, at + len(old), new),))


def _rule_dropped(rule: nodes.RuleNode, pen: Pen, others: Iterable[nodes.Decl]) -> Slip:
    """Take a rule out, and its name out of the rules that are written to beat it."""
    text = pen.source.text
    end = text.find("\n", rule.span.end)
    edits = [pen.edit(rule.span.start, len(text) if end < 0 else end + 1, "")]
    for other in others:
        if not isinstance(other, nodes.RuleNode) or other is rule:
            continue
        for before, target in zip(other.targets, other.targets[1:], strict=False):
            if len(target.parts) == 1 and target.parts[0].text == rule.name.text:
                edits.append(pen.edit(before.span.end, target.span.end, ""))
    return Slip(SlipKind.DROP_RULE, tuple(edits))
