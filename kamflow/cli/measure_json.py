"""Coverage and mutants as JSON: the stable keys that scripts read."""

from __future__ import annotations

from kamflow.app.measure import Measured
from kamflow.app.test import TestReport
from kamflow.base.render.jsons import Json, dump_json, finding_json
from kamflow.base.span import Source, Span
from kamflow.base.text import Lang, Text
from kamflow.measure.coverage import Covered, PolicyCoverage, Tally
from kamflow.measure.mutation import PolicyMutation, Survivor
from kamflow.measure.places import Group
from kamflow.measure.show_slip import changed_lines


def render_measured(report: TestReport, measured: Measured) -> str:
    """Return one object: how the tests went, what they reach, what they notice."""
    sources = report.project.sources
    failed = sum(p.failed for p in report.policies)
    out: dict[str, Json] = {
        "tests": {"run": len(report.ran), "failed": failed},
        "failures": [finding_json(f, sources) for f in report.findings],
        "coverage": None,
        "mutation": None,
    }
    if measured.coverage is not None:
        policies: list[Json] = [_policy(p, measured) for p in measured.coverage.policies]
        out["coverage"] = {**_counts(measured.coverage.tally()), "policies": policies}
    if measured.mutation is not None:
        mutation = measured.mutation
        tried: list[Json] = [_mutants(p, measured) for p in mutation.policies]
        out["mutation"] = {
            "score": str(mutation.score),
            "noticed": mutation.noticed,
            "mutants": mutation.total,
            "slips": mutation.slips,
            "tried": mutation.tried,
            "policies": tried,
        }
    return dump_json(out)


def _counts(tally: Tally) -> dict[str, Json]:
    return {"percent": str(tally.percent), "reached": tally.reached, "total": tally.total}


def _policy(policy: PolicyCoverage, measured: Measured) -> dict[str, Json]:
    groups: dict[str, Json] = {g.value: _counts(policy.tally(g)) for g in Group}
    return {
        "policy": policy.policy,
        "file": policy.file,
        **_counts(policy.tally()),
        "groups": groups,
        "places": [_place(c, measured) for c in policy.places],
    }


def _place(covered: Covered, measured: Measured) -> dict[str, Json]:
    place = covered.place
    return {
        "kind": place.kind.value,
        "group": place.group.value,
        "name": place.owner,
        "number": place.number,
        **_at(place.span, measured.project.sources[place.span.source]),
        "words": _text(place.words),
        "tests": covered.tests,
    }


def _at(span: Span, source: Source) -> dict[str, Json]:
    line, column = source.line_col(span.start)
    return {"line": line, "column": column}


def _text(text: Text) -> dict[str, Json]:
    return {"en": text.in_(Lang.EN), "zh": text.in_(Lang.ZH)}


def _mutants(policy: PolicyMutation, measured: Measured) -> dict[str, Json]:
    return {
        "policy": policy.policy,
        "file": policy.file,
        "score": str(policy.score),
        "noticed": policy.noticed,
        "mutants": policy.total,
        "survivors": [_survivor(s, measured) for s in policy.survivors],
    }


def _survivor(survivor: Survivor, measured: Measured) -> dict[str, Json]:
    mutant = survivor.mutant
    source = measured.project.sources[mutant.span.source]
    old, new = changed_lines(source, mutant.slip.edits)
    return {
        "kind": mutant.kind.value,
        "name": mutant.decl,
        **_at(mutant.span, source),
        "old": list(old),
        "new": list(new),
        "edits": [
            {"start": e.span.start, "end": e.span.end, "new_text": e.new_text} for e in mutant.slip.edits
        ],
        "expectations_tried": mutant.tried,
        "suggested_test": survivor.suggestion.test or None,
    }
