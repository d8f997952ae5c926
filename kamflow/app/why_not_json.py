"""What would give another answer, as JSON with stable keys; docs/why-not.md lists them."""

from __future__ import annotations

from collections.abc import Mapping

from kamflow.advise.combine import Change
from kamflow.advise.wanted import field_at
from kamflow.advise.why_not import NotDecided, NotReachable, Reached
from kamflow.app.why_not import Already, WayOut, WhyNot
from kamflow.core.wording import plain
from kamflow.values.codec import Json
from kamflow.values.data import Value

_NAMES: Mapping[type, str] = {Reached: "reached", NotReachable: "not_reachable", NotDecided: "not_decided"}


def advice_json(asked: WhyNot) -> dict[str, Json]:
    """Return everything that the sentences say."""
    found, key = asked.found, asked.wanted.key
    ty = asked.program.defs[key].ty
    reason = (
        found.how if isinstance(found, NotReachable) else found.why if isinstance(found, NotDecided) else None
    )
    record_id = asked.answer.decision.id
    return {
        "id": record_id if record_id is None else str(record_id),
        "as_of": asked.answer.decision.as_of.isoformat(),
        "name": key.name,
        "now": asked.now.steps[key.name].shown.plain,
        "wanted": {"how": asked.wanted.how.value, "value": plain(asked.wanted.value, ty)},
        "answer": "already" if isinstance(found, Already) else _NAMES[type(found)],
        "reason": None if reason is None else {"en": reason.en, "zh": reason.zh},
        "fields": [".".join(p) for p in asked.free],
        "standings_kept": [] if isinstance(found, Already) else [k.name for k in found.kept],
        "smallest": found.smallest if isinstance(found, Reached) else None,
        "more": found.more if isinstance(found, Reached) else 0,
        "ways": [_way(asked, w) for w in asked.ways],
    }


def _way(asked: WhyNot, one: WayOut) -> Json:
    then = one.then.to_dict()["outputs"]
    assert isinstance(then, dict)
    name = asked.wanted.key.name
    return {"changes": [_change(asked, c) for c in one.way.changes], "then": {name: then[name]}}


def _change(asked: WhyNot, change: Change) -> Json:
    decl = field_at(asked.program, asked.record.record, change.path)
    assert decl is not None, "a changed field is declared"

    def said(value: Value) -> Json:
        return plain(value, decl.ty)

    return {
        "field": ".".join(change.path),
        "from": None if decl.personal else said(change.old),
        "to": said(change.new),
        "will_do_from": said(change.lo),
        "will_do_to": said(change.hi),
    }
