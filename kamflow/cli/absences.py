"""What a decision took for granted, in a line each: defaults that were assumed, fields without a value."""

from __future__ import annotations

from kamflow.app.eval import Answer, EvalRun
from kamflow.base.text import Lang, Text
from kamflow.core.expr import DefKey, Get, walk
from kamflow.core.program import reached
from kamflow.core.wording import say_default


def absences(answer: Answer, run: EvalRun, lang: Lang) -> list[str]:
    """Say which defaults were assumed, and which optional fields have no value.

    Where only some outputs were asked for: of the fields that these read.
    """
    decision = answer.decision
    seen = _fields_read(run) if run.request.only else None
    out: list[str] = []
    assumed = {n: v for n, v in decision.assumed.items() if seen is None or _last(n) in seen}
    if assumed:
        values = {n: say_default(n, run.record, run.program) or Text(v) for n, v in assumed.items()}
        said = ", ".join(f"{n} = {v.in_(lang)}" for n, v in values.items())
        out.append(Text(f"assumed: {said}", f"取默认值：{said}").in_(lang))
    missing = [n for n in decision.missing if seen is None or _last(n) in seen]
    if missing:
        said = ", ".join(missing)
        out.append(Text(f"missing: {said}", f"缺失：{said}").in_(lang))
    return out


def _fields_read(run: EvalRun) -> frozenset[str]:
    """Return the names of fields that the outputs asked for read, directly or not, of any record."""
    roots = [run.program.defs[DefKey(run.record, name)].body for name in run.request.only]
    whole = reached(run.program, roots)
    return frozenset(node.name for body in whole for node in walk(body) if isinstance(node, Get))


def _last(path: str) -> str:
    return path.rpartition(".")[2]
