"""What two versions declare differently beside their outputs, in words: fields, types, parameters, facts.

Labels, reasons and the order of what has none are not compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kamflow.base.text import NO_TEXT, Text
from kamflow.compare.model import Declared, Subject
from kamflow.compare.same_form import Forms, common_members, in_order, type_form, value_form
from kamflow.compare.words import Written
from kamflow.core.program import FieldDecl, Impossible, ParamDecl, PolicyInfo, Program
from kamflow.core.ty import DATE_CEIL, DATE_FLOOR, ListTy, OptTy, ScaledTy, show_ty, strip_opt
from kamflow.core.wording import say
from kamflow.prove.constants import constants
from kamflow.prove.intervals import Days
from kamflow.values.dates import show_day

if TYPE_CHECKING:
    from kamflow.compare.changes import InForce


def declared_changes(
    before: InForce | None, now: InForce | None, days: Days, old_text: Written, new_text: Written
) -> Iterator[Declared]:
    """Yield what changed on some days; one of the versions may have nothing in force."""
    if before is None or now is None:
        words = (
            Text("only the new version has policies in force", "只有新版本有生效的策略")
            if before is None
            else Text("only the old version has policies in force", "只有旧版本有生效的策略")
        )
        yield Declared(Subject.DAYS, show_day(days.first), words, days)
        return
    old, new = before.program, now.program
    if old is new:
        return
    yield from _policies(old, new)
    yield from _types(old, new)
    yield from _records(old, new)
    yield from _parameters(old, new)
    yield from _facts(before, now, days, old_text, new_text)


def _policies(old: Program, new: Program) -> Iterator[Declared]:
    was, now = ({p.name: p for p in program.policies} for program in (old, new))
    for name in was.keys() | now.keys():
        a, b = was.get(name), now.get(name)
        if a is None or b is None:
            yield Declared(Subject.POLICY, name, _gone(gone=b is None))
            continue
        for words, before, after in (
            (Text("owner", "负责人"), a.owner, b.owner),
            (Text("currency", "币种"), a.currency, b.currency),
            (Text("in force", "生效期"), _in_force(a).en, _in_force(b).en),
        ):
            if before != after:
                yield Declared(Subject.POLICY, name, _became(words, Text(before), Text(after)))


def _in_force(p: PolicyInfo) -> Text:
    start = "…" if p.effective_from <= DATE_FLOOR else show_day(p.effective_from)
    end = "…" if p.until is None or p.until > DATE_CEIL else show_day(p.until - 1)
    return Text(f"{start} – {end}")


def _types(old: Program, new: Program) -> Iterator[Declared]:
    for name in list(dict.fromkeys([*new.enums, *old.enums])):
        a, b = old.enums.get(name), new.enums.get(name)
        if a is None or b is None:
            yield Declared(Subject.TYPE, name, _gone(gone=b is None))
            continue
        was, now = a.ty.members, b.ty.members
        more, less = [m for m in now if m not in was], [m for m in was if m not in now]
        if more:
            yield Declared(Subject.TYPE, name, _listed(Text("new: ", "新增："), more))
        if less:
            yield Declared(Subject.TYPE, name, _listed(Text("removed: ", "删除："), less))
        orders = ([m for m in was if m in now], [m for m in now if m in was])
        if (a.ty.ordered or b.ty.ordered) and (orders[0] != orders[1] or a.ty.ordered != b.ty.ordered):
            texts = [
                Text(" < ".join(m) if t.ordered else ", ".join(m)) for m, t in ((was, a.ty), (now, b.ty))
            ]
            yield Declared(Subject.TYPE, name, _became(Text("order", "顺序"), texts[0], texts[1]))


def _records(old: Program, new: Program) -> Iterator[Declared]:
    for name in list(dict.fromkeys([*new.records, *old.records])):
        a, b = old.records.get(name), new.records.get(name)
        if a is None or b is None:
            yield Declared(Subject.RECORD, name, _gone(gone=b is None))
            continue
        for f in list(dict.fromkeys(d.name for d in (*b.fields, *a.fields))):
            was, now = a.field(f), b.field(f)
            full = f"{name}.{f}"
            if was is None and now is not None:
                yield Declared(Subject.FIELD, full, _new_field(now, new))
            elif now is None:
                yield Declared(Subject.FIELD, full, _gone(gone=True))
            elif was is not None:
                for words in _field(was, now, old, new):
                    yield Declared(Subject.FIELD, full, words)


def _new_field(f: FieldDecl, program: Program) -> Text:
    if f.has_default:
        said = say(f.default, f.ty, program)
        return Text(f"new field, default {said.en}", f"新增字段，默认 {said.zh or said.en}")
    if isinstance(f.ty, OptTy):
        return Text("new field, optional", "新增字段，可缺失")
    return Text("new field, required: records without it are rejected", "新增必填字段：没有它的记录会被拒绝")


def _field(was: FieldDecl, now: FieldDecl, old: Program, new: Program) -> Iterator[Text]:
    if type_form(was.ty) != type_form(now.ty):
        yield _became(Text("type", "类型"), show_ty(strip_opt(was.ty)), show_ty(strip_opt(now.ty)))
        return
    a, b = strip_opt(was.ty), strip_opt(now.ty)
    if isinstance(a, ScaledTy) and isinstance(b, ScaledTy):
        low, high = _bounds(a, old), _bounds(b, new)
        if low != high:
            yield _became(Text("range", "范围"), low, high)
        if a.scale != b.scale:
            yield _became(Text("decimals", "小数位数"), Text(str(a.scale)), Text(str(b.scale)))
    if isinstance(a, ListTy) and was.max_items != now.max_items:
        yield _became(
            Text("most entries", "最多条数"), Text(f"{was.max_items:,}"), Text(f"{now.max_items:,}")
        )
    before, after = _presence(was, old), _presence(now, new)
    if before.en != after.en:
        yield _became(NO_TEXT, before, after)


def _bounds(ty: ScaledTy, program: Program) -> Text:
    low, high = say(ty.lo, ty, program), say(ty.hi, ty, program)
    return Text(f"{low.en} to {high.en}", f"{low.zh or low.en} 至 {high.zh or high.en}")


def _presence(f: FieldDecl, program: Program) -> Text:
    if f.has_default:
        said = say(f.default, f.ty, program)
        return Text(f"default {said.en}", f"默认 {said.zh or said.en}")
    return Text("optional", "可缺失") if isinstance(f.ty, OptTy) else Text("required", "必填")


def _parameters(old: Program, new: Program) -> Iterator[Declared]:
    for name in list(dict.fromkeys([*new.params, *old.params])):
        a, b = old.params.get(name), new.params.get(name)
        if a is None or b is None:
            yield Declared(Subject.PARAMETER, name, _gone(gone=b is None))
            continue
        was = [(day, value_form(v, a.ty)) for day, v in a.versions]
        now = [(day, value_form(v, b.ty)) for day, v in b.versions]
        if was != now:
            yield Declared(Subject.PARAMETER, name, _became(NO_TEXT, _dated(a, b, old), _dated(b, a, new)))


def _dated(p: ParamDecl, other: ParamDecl, program: Program) -> Text:
    """Say a parameter's values; its days where there are several, or where they are what changed."""
    said = [(day, say(v, p.ty, program)) for day, v in p.versions]
    if len(p.versions) == len(other.versions) == 1 and p.versions[0][0] == other.versions[0][0]:
        return said[0][1]
    en = ", ".join(f"{s.en} from {show_day(day)}" for day, s in said)
    zh = "，".join(f"{show_day(day)} 起 {s.zh or s.en}" for day, s in said)
    return Text(en, zh)


def _facts(
    before: InForce, now: InForce, days: Days, old_text: Written, new_text: Written
) -> Iterator[Declared]:
    common = common_members(before.program, now.program)
    left: list[tuple[object, Impossible]] = []
    for fact, form in _fact_forms(before, days, common):
        left.append((form, fact))
    fresh: list[Impossible] = []
    for fact, form in _fact_forms(now, days, common):
        known = next((x for x in left if x[0] == form), None)
        if known is None:
            fresh.append(fact)
        else:
            left.remove(known)
    for fact in fresh:
        yield _fact(fact, new_text, gone=False)
    for _, fact in left:
        yield _fact(fact, old_text, gone=True)


def _fact_forms(
    version: InForce, days: Days, common: dict[str, frozenset[str]]
) -> Iterator[tuple[Impossible, object]]:
    ask = constants(version.lowered, days.first)
    forms = Forms(version.program, ask, in_order(version.program, common))
    for fact in version.program.impossible:
        yield fact, (fact.record, forms.of(fact.cond))


def _fact(fact: Impossible, written: Written, *, gone: bool) -> Declared:
    text = " ".join(written(fact.cond.span).split())
    because = Text(fact.because.en or fact.because.zh, fact.because.zh or fact.because.en)
    words = Text(f"{because.en} ({text})", f"{because.zh}（{text}）") if text else because
    if gone:
        said = Text(f"no longer impossible: {words.en}", f"不再视为不可能：{words.zh}")
    else:
        said = Text(
            f"now impossible, such records are rejected: {words.en}",
            f"新增不可能情形，此类记录会被拒绝：{words.zh}",
        )
    return Declared(Subject.FACT, fact.record, said)


def _gone(*, gone: bool) -> Text:
    return Text("removed", "已删除") if gone else Text("new", "新增")


def _listed(head: Text, names: list[str]) -> Text:
    return Text(head.en + ", ".join(names), head.zh + "、".join(names))


def _became(what: Text, before: Text, after: Text) -> Text:
    head, head_zh = (f"{what.en}: ", f"{what.zh}：") if what else ("", "")
    return Text(
        f"{head}{before.en} → {after.en}", f"{head_zh}{before.zh or before.en} → {after.zh or after.en}"
    )
