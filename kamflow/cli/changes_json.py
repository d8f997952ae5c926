"""A comparison as JSON, with stable keys (docs/changes.md lists them).

Every key is always there; what does not apply is ``null`` or empty. Days are ISO dates, both included;
``null`` is no bound. Texts have both languages.
"""

from __future__ import annotations

from kamflow.app.changes import Compared
from kamflow.base.render.jsons import Json
from kamflow.base.text import Lang, Text
from kamflow.compare.changes import Version
from kamflow.compare.model import Change, OutputChange, OwnChange, Shown, Verdict, Witness
from kamflow.core.program import Program
from kamflow.core.ty import DATE_CEIL, DATE_FLOOR, Ty
from kamflow.core.wording import plain
from kamflow.prove.intervals import Days
from kamflow.values.data import TypedRecord, Value
from kamflow.values.dates import show_day
from kamflow.values.trace import Trace


def comparison_json(found: Compared) -> dict[str, Json]:
    comparison = found.comparison
    declared: list[Json] = [
        {"subject": d.subject.value, "name": d.name, "text": _text(d.text)} for d in comparison.declared
    ]
    outputs: list[Json] = [_output(o, found.versions) for o in comparison.outputs]
    return {
        "old": found.old,
        "new": found.new,
        "equal": bool(comparison.is_equal),
        "declared": declared,
        "outputs": outputs,
    }


def _output(output: OutputChange, versions: tuple[Version, Version]) -> Json:
    stretches: list[Json] = [_stretch(days, change, versions) for days, change in output.stretches]
    return {
        "record": output.record,
        "name": output.name,
        "label": _text(output.label),
        "fact": not output.is_output,
        "equal": output.is_equal,
        "stretches": stretches,
    }


def _stretch(days: Days, change: Change, versions: tuple[Version, Version]) -> Json:
    through: list[Json] = list(change.through)
    own: list[Json] = [_own(o) for o in change.own]
    said = change.verdict is not Verdict.EQUAL
    return {
        "from": None if days.first <= DATE_FLOOR else show_day(days.first),
        "to": None if days.last >= DATE_CEIL else show_day(days.last),
        "verdict": change.verdict.value,
        "rewritten": change.rewritten,
        "through": through,
        "why": _text(change.why) if said else None,
        "own": own,
        "witness": None if change.witness is None else _witness(change.witness, versions),
    }


def _own(own: OwnChange) -> Json:
    regions: list[Json] = []
    for region in own.regions:
        where: list[Json] = [_text(w) for w in region.where]
        regions.append({"where": where, "old": _text(region.old), "new": _text(region.new)})
    return {
        "part": own.part.value,
        "regions": regions,
        "old_text": own.old_text or None,
        "new_text": own.new_text or None,
    }


def _witness(witness: Witness, versions: tuple[Version, Version]) -> Json:
    old, new = (v.on(witness.as_of) for v in versions)
    assert old is not None, "both versions took the record"
    assert new is not None, "both versions took the record"
    return {
        "as_of": show_day(witness.as_of),
        "without": witness.without or None,
        "record": record_json(witness.new_record, new.program, witness.without),
        "old": _shown(witness.old),
        "new": _shown(witness.new),
    }


def _shown(shown: Shown) -> Json:
    step = Trace({"": shown.step}).to_dict()["outputs"]
    assert isinstance(step, dict)
    return {
        "value": _json(shown.json),
        "text": _text(shown.value),
        "why_not": _text(shown.why_not),
        "trace": _json(step[""]),
    }


def record_json(record: TypedRecord, program: Program, without: str = "") -> dict[str, Json]:
    """Return a record as it could stand in a file of records."""
    out: dict[str, Json] = {}
    for f in program.records[record.record].fields:
        value = record.fields.get(f.name)
        if value is not None and f.name != without:
            out[f.name] = _field(value, f.ty, program)
    return out


def _field(value: Value, ty: Ty, program: Program) -> Json:
    if isinstance(value, TypedRecord):
        return record_json(value, program)
    if isinstance(value, tuple):
        items: list[Json] = [record_json(v, program) for v in value if isinstance(v, TypedRecord)]
        return items
    return _json(plain(value, ty))


def _json(value: object) -> Json:
    """Return a value that is JSON already, in the type of this file."""
    match value:
        case None | bool() | int() | str():
            return value
        case list() | tuple():
            return [_json(v) for v in value]
        case dict():
            return {str(k): _json(v) for k, v in value.items()}
        case _:
            raise AssertionError(f"no JSON: {value!r}")


def _text(text: Text) -> Json:
    return {"en": text.in_(Lang.EN), "zh": text.in_(Lang.ZH)} if text else None
