"""A workflow as a graph: what leads where, for pictures. Mermaid and dot are texts; ``draw_svg`` draws."""

from __future__ import annotations

from collections.abc import Mapping

from kamflow.base.frozen import frozen
from kamflow.base.text import Lang, Text
from kamflow.workflow.model import Workflow

_MANY = 3  # states from which a global transition is told once instead of drawn many times


@frozen
class Arrow:
    """All moves from one state to another. ``labels``: why, in the order of the document; ``by_time``: a
    timer.

    ``shared``: the global transition that it is one of many arrows of, else "".
    """

    source: str
    target: str
    labels: tuple[Text, ...]
    by_time: bool = False
    shared: str = ""


@frozen
class Graph:
    """``nodes``: (state, label, closed or final), in the order of the document."""

    initial: str
    nodes: tuple[tuple[str, Text, bool], ...]
    arrows: tuple[Arrow, ...]


def graph_of(workflow: Workflow) -> Graph:
    """Return the graph; moves within a state are no arrows, several moves between two states are one."""
    found: dict[tuple[str, str, bool, str], list[Text]] = {}
    for state in workflow.states:
        for t in workflow.leaving(state.id.text):
            if t.to is not None:
                shared = t.id.text if len(t.sources) >= _MANY else ""
                found.setdefault((state.id.text, t.to.text, False, shared), []).append(t.reason.text)
        for timer in state.timers:
            if timer.to is not None:
                label = timer.reason.text if timer.reason is not None else Text(timer.id.text)
                found.setdefault((state.id.text, timer.to.text, True, ""), []).append(label)
    nodes = tuple((s.id.text, s.label, s.final or s.closed) for s in workflow.states)
    arrows = tuple(Arrow(a, b, tuple(dict.fromkeys(ls)), t, m) for (a, b, t, m), ls in found.items())
    return Graph(workflow.initial.text, nodes, arrows)


def show_mermaid(graph: Graph, lang: Lang, counts: Mapping[str, int] | None = None) -> str:
    """Write a Mermaid state diagram; ``counts``: cases in each state."""
    lines = ["stateDiagram-v2"]
    lines += [f'  state "{_quoted(_label(n, counts, lang))}" as {n[0]}' for n in graph.nodes]
    lines.append(f"  [*] --> {graph.initial}")
    for a in graph.arrows:
        said = _joined(a, lang, "; ").replace(":", "：").replace(";", ",")  # both end a label in Mermaid
        lines.append(f"  {a.source} --> {a.target} : {said}")
    lines += [f"  {n[0]} --> [*]" for n in graph.nodes if n[2]]
    return "\n".join(lines) + "\n"


def show_dot(graph: Graph, lang: Lang, counts: Mapping[str, int] | None = None) -> str:
    """Write a Graphviz digraph."""
    lines = [
        "digraph workflow {",
        "  rankdir=LR;",
        '  node [shape=box, style=rounded, fontname="sans-serif"];',
    ]
    for n in graph.nodes:
        more = ", peripheries=2" if n[2] else ""
        lines.append(f'  "{n[0]}" [label="{_escaped(_label(n, counts, lang))}"{more}];')
    lines += ["  start [shape=point];", f'  start -> "{graph.initial}";']
    for a in graph.arrows:
        style = ", style=dashed" if a.by_time else ""
        said = "\\n".join(_escaped(x.in_(lang)) for x in a.labels)
        lines.append(f'  "{a.source}" -> "{a.target}" [label="{said}"{style}];')
    return "\n".join([*lines, "}"]) + "\n"


def _label(node: tuple[str, Text, bool], counts: Mapping[str, int] | None, lang: Lang) -> str:
    label = node[1].in_(lang) or node[0]
    return label if counts is None else f"{label} ({counts.get(node[0], 0):,})"


def _joined(arrow: Arrow, lang: Lang, separator: str) -> str:
    return separator.join(t.in_(lang) for t in arrow.labels)


def _quoted(text: str) -> str:
    return text.replace('"', "'").replace("\n", " ")


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
