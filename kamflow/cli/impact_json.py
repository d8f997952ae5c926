"""An impact as JSON, with stable keys (docs/changes.md lists them).

Every key is always there; what does not apply is ``null`` or empty. Amounts are as `eval` writes them:
money and decimals are strings. Records are named by their id; texts have both languages.
"""

from __future__ import annotations

from collections.abc import Sequence

from kamflow.app.impact import Judged
from kamflow.base.diagnostic import Diagnostic
from kamflow.base.render.jsons import Json
from kamflow.base.text import Lang, Text
from kamflow.core.ty import ScaledTy, UnitKind
from kamflow.impact.model import (
    Grouping,
    Impact,
    MeasureImpact,
    Mover,
    OutputImpact,
    Shown,
    Spread,
    Total,
)
from kamflow.values.decimals import show_scaled


def impact_json(judged: Judged) -> dict[str, Json]:
    impact, request = judged.impact, judged.request
    names = [m.name for m in impact.measures]
    groups: dict[str, Json] = {g.name: _grouping(g, names) for g in impact.groups}
    return {
        "data": request.data,
        "as_of": request.as_of.isoformat(),
        "record": impact.record,
        "records": impact.records,
        "decided_by_both": impact.both,
        "newly_rejected": impact.newly_rejected,
        "newly_decided": impact.newly_decided,
        "rejected_by_both": impact.neither,
        "moved": impact.moved,
        "measures": [_measure(m) for m in impact.measures],
        "outputs": [_output(o, impact) for o in impact.outputs],
        "by": groups,
        "rejected": [
            {"id": r.id, "newly": r.newly, "code": r.finding.code, "message": _text(r.finding.message)}
            for r in impact.rejected
        ],
        "not_compared": list(impact.not_compared),
        "measures_of_one_version": [
            {"name": n, "version": "new" if is_new else "old"} for n, is_new in impact.only_one
        ],
        "failed": [_finding(f) for f in judged.failed],
    }


def _output(output: OutputImpact, impact: Impact) -> Json:
    moves: list[Json] = [
        {"old": _shown(m.old), "new": _shown(m.new), "records": m.count,
         "money": _money(m.money, impact.measures)}
        for m in output.moves
    ]  # fmt: skip
    return {
        "name": output.name,
        "label": _text(output.label),
        "kind": output.kind.value,
        "moved": output.moved,
        "up": output.up,
        "down": output.down,
        "moves": moves,
        "more_moves": output.more_moves,
        "change": _spread(output.spread),
        "total": _total(output.total),
        "top": [_mover(m, impact) for m in output.top],
    }


def _measure(measure: MeasureImpact) -> Json:
    ty = measure.ty
    return {
        "name": measure.name,
        "label": _text(measure.label),
        "unit": str(ty.unit),
        "better": None if measure.better is None else measure.better.value,
        "total": _total(measure.total),
        "change": _spread(measure.spread),
        "on_newly_rejected": _amount(measure.lost, ty),
        "on_newly_decided": _amount(measure.gained, ty),
        "top": [{"id": m.id, "old": _shown(m.old), "new": _shown(m.new)} for m in measure.top],
    }


def _mover(mover: Mover, impact: Impact) -> Json:
    return {
        "id": mover.id,
        "old": _shown(mover.old),
        "new": _shown(mover.new),
        "old_why": _text(mover.old_why),
        "new_why": _text(mover.new_why),
        "money": _money(mover.money, impact.measures),
    }


def _grouping(grouping: Grouping, names: Sequence[str]) -> Json:
    return [
        {
            "key": _shown(r.key),
            "records": r.records,
            "moved": r.moved,
            "measures": {n: _total(t) for n, t in zip(names, r.totals, strict=True)},
            "outputs": dict(r.outputs),
        }
        for r in grouping.rows
    ]


def _money(sums: Sequence[int], measures: Sequence[MeasureImpact]) -> Json:
    return {m.name: _amount(v, m.ty) for v, m in zip(sums, measures, strict=True)}


def _total(total: Total | None) -> Json:
    if total is None:
        return None
    ty = total.ty
    return {"old": _amount(total.old, ty), "new": _amount(total.new, ty), "moved": _amount(total.moved, ty)}


def _spread(spread: Spread | None) -> Json:
    if spread is None:
        return None
    some = bool(spread.up or spread.down)
    return {
        "up": spread.up,
        "down": spread.down,
        "appeared": spread.appeared,
        "vanished": spread.vanished,
        "least": _amount(spread.least, spread.ty) if some else None,
        "median": _amount(spread.median, spread.ty) if some else None,
        "most": _amount(spread.most, spread.ty) if some else None,
    }


def _amount(value: int, ty: ScaledTy) -> Json:
    """Return a sum or a difference: a whole number where the unit has no decimals, else a decimal text."""
    if ty.scale == 0 and ty.unit.kind not in {UnitKind.MONEY, UnitKind.PERCENT}:
        return value
    return show_scaled(value, ty.scale)


def _shown(shown: Shown) -> Json:
    """Return a value as `eval` writes it; of a record that is rejected only that it is."""
    return {"value": _plain(shown.json), "text": _text(shown.text), "rejected": shown.rejected}


def _plain(value: object) -> Json:
    match value:
        case None | bool() | int() | str():
            return value
        case list() | tuple():
            return [_plain(v) for v in value]
        case dict():
            return {str(k): _plain(v) for k, v in value.items()}
        case _:
            raise AssertionError(f"no JSON: {value!r}")


def _finding(finding: Diagnostic) -> Json:
    return {"code": finding.code, "slug": finding.slug, "message": _text(finding.message)}


def _text(text: Text) -> Json:
    return {"en": text.in_(Lang.EN), "zh": text.in_(Lang.ZH)} if text else None
