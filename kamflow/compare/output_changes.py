"""Two programs on days on which no parameter changes: what became of each output.

A definition is compared on its own first. One that is the same, and reads only what is the same, is equal
by structure. For any other a record is looked for that shows the difference; where it is proved that there
is none the definition is equal, written differently.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from kamflow.base.text import Text
from kamflow.compare.decided_when import YES, agree, has_row, joined
from kamflow.compare.model import Change, OwnChange, Region, Verdict, Witness
from kamflow.compare.own_changes import Side, own_changes
from kamflow.compare.same_form import is_hidden, type_form
from kamflow.compare.search import GUESSED, ChangeSearch, conditions
from kamflow.core.expr import Choose, DefKey, Expr, Hit, Op, Override, PopTerm, walk
from kamflow.core.program import reads
from kamflow.core.ty import ListTy, OptTy, ScaledTy, StructTy, Ty, show_ty, strip_opt
from kamflow.engines.smt.answer import Found, NotKnown, Nowhere
from kamflow.prove.constants import field_path

_EQUAL = Change(Verdict.EQUAL)
_TRIED = 12  # regions of one definition for which a record is looked for by z3
FRAGILE = NotKnown(Text("a part that it reads may be without an answer", "它所读取的内容可能没有答案"))
NOT_LOOKED = Text("no record and no proof were looked for", "未寻找记录，也未求证")
_LISTS = NotKnown(Text("the lines of its list have another form", "其列表各行的结构有变化"))


@dataclass(frozen=True, slots=True)
class _Own:
    """``reads``: the visible definitions it needs; ``on_facts``: proved for records the facts allow."""

    change: Change
    on_facts: bool = False


@dataclass
class OutputChanges:
    """Compares definitions of two programs, each once. ``wanted``: those that somebody asks about.

    ``quick``: by their form alone; what has another form is not decided, and all its regions are named.
    """

    old: Side
    new: Side
    search: ChangeSearch
    wanted: Collection[DefKey]
    quick: bool = False
    _done: dict[DefKey, _Own] = field(default_factory=dict)
    _reads: dict[DefKey, tuple[DefKey, ...]] = field(default_factory=dict)
    _met: dict[DefKey, Found] = field(default_factory=dict)
    _own: dict[DefKey, list[OwnChange]] = field(default_factory=dict)

    def of(self, key: DefKey) -> Change:
        """Return what became of a definition; all that it reads is compared before."""
        todo = [key]
        while todo:
            now = todo[-1]
            fresh = [k for k in self._needs(now) if k not in self._done]
            if fresh:
                todo += fresh
                continue
            todo.pop()
            if now not in self._done:
                self._done[now] = self._compare(now)
        return self._done[key].change

    def _needs(self, key: DefKey) -> tuple[DefKey, ...]:
        """Return the visible definitions that one reads in either program, itself or through hidden ones."""
        if key not in self._reads:
            found: dict[DefKey, None] = {}
            for side in (self.old, self.new):
                if key in side.program.defs:
                    found.update(dict.fromkeys(visible_reads(side, key)))
            self._reads[key] = tuple(k for k in found if k != key)
        return self._reads[key]

    # ---- one definition

    def _compare(self, key: DefKey) -> _Own:
        before, now = self.old.program.defs.get(key), self.new.program.defs.get(key)
        if before is None:
            return _Own(Change(Verdict.ADDED))
        if now is None:
            return _Own(Change(Verdict.REMOVED))
        if type_form(before.ty) != type_form(now.ty):
            was, is_now = show_ty(before.ty), show_ty(now.ty)
            words = Text(f"{was.en} → {is_now.en}", f"{was.zh} → {is_now.zh}")
            return _Own(Change(Verdict.TYPE_CHANGED, why=words))
        is_same = self.old.forms.of(before.body) == self.new.forms.of(now.body)
        own = [] if is_same else self._settled(key, own_changes(key, self.old, self.new))
        dirty = [k for k in self._needs(key) if not self._is_equal(k, key.record)]
        rewritten = not is_same or any(self._done[k].change.rewritten for k in self._needs(key))
        if not own and not dirty:
            on_facts = self._on_facts(key, is_same=is_same)
            return _Own(replace(_EQUAL, rewritten=rewritten), on_facts)
        self._own[key] = own
        return self._searched(key, own, self._causes(key))

    def _is_equal(self, key: DefKey, reader: str) -> bool:
        """Say whether a definition is the same for all records that ``reader`` may hold."""
        done = self._done[key]
        if done.change.verdict is not Verdict.EQUAL:
            return False
        return key.record == reader or not done.on_facts

    def _on_facts(self, key: DefKey, *, is_same: bool) -> bool:
        rests = any(self._done[k].on_facts for k in self._needs(key))
        return rests or (not is_same and self._has_facts(key.record))

    def _has_facts(self, record: str) -> bool:
        return any(f.record == record for s in (self.old, self.new) for f in s.lowered.impossible)

    def _causes(self, key: DefKey) -> tuple[str, ...]:
        """Return what changed itself among all that a definition reads."""
        found: dict[str, None] = {}
        todo, seen = list(self._needs(key)), {key}
        while todo:
            k = todo.pop(0)
            if k in seen or self._is_equal(k, key.record):
                continue
            seen.add(k)
            change = self._done[k].change
            if change.own or change.verdict not in {Verdict.CHANGED, Verdict.NOT_DECIDED}:
                found[k.name if k.record == key.record else f"{k.record}.{k.name}"] = None
            todo += self._needs(k)
        return tuple(found)

    def _searched(self, key: DefKey, own: list[OwnChange], through: tuple[str, ...]) -> _Own:
        base = Change(Verdict.CHANGED, tuple(own), through)
        if self.quick:
            return _Own(replace(base, verdict=Verdict.NOT_DECIDED, why=NOT_LOOKED))
        found = self._without_z3(key, own)
        if found is None and not own and key not in self.wanted:
            return _Own(replace(base, verdict=Verdict.NOT_DECIDED))  # nobody asks: what reads it is asked
        answer = found if found is not None else self._with_z3(key, own)
        match answer:
            case Witness():
                self.search.remember(answer)
                return _Own(replace(base, witness=answer))
            case Nowhere():
                return _Own(replace(_EQUAL, rewritten=True), on_facts=self._has_facts(key.record))
            case NotKnown(why):
                return _Own(replace(base, verdict=Verdict.NOT_DECIDED, why=why))

    def _without_z3(self, key: DefKey, own: Sequence[OwnChange]) -> Witness | None:
        for part in own:
            for region in part.regions:
                for box in region.difference.boxes[:3]:
                    found = self.search.by_fields(key, part.axes, box)
                    if found is not None:
                        return found
        met = self._met.get(key)
        if met is not None:
            shown = self.search.shown(key, met)
            if isinstance(shown, Witness):
                return shown
        return self.search.by_pool(key)

    def _with_z3(self, key: DefKey, own: Sequence[OwnChange]) -> Witness | Nowhere | NotKnown:
        if self._stands(key):
            return GUESSED
        types = [side.lowered.defs[key].ty for side in (self.old, self.new)]
        if _listed(types[0]) != _listed(types[1]):
            return _LISTS
        extra = self._decided(key)
        equal = [k for k, d in self._done.items() if d.change.verdict is Verdict.EQUAL and not d.on_facts]
        if equal and not self._is_fragile(key) and self.search.is_apart(key, extra, equal):
            return Nowhere()
        beyond = self.search.beyond(key)
        if beyond is not None:
            return beyond
        for part in own:
            for region in part.regions[:2]:
                old_conds, new_conds = conditions(part.axes, region.difference.boxes[0])
                found = self.search.ask(key, extra, old_conds, new_conds)
                if isinstance(found, Witness):
                    return found
        answer = self.search.ask(key, extra)
        if isinstance(answer, Nowhere) and self._is_fragile(key):
            return FRAGILE
        return answer

    def _stands(self, key: DefKey) -> bool:
        """Say whether a definition is a standing among others that is measured anew."""
        bodies = [side.lowered.defs[key].body for side in (self.old, self.new)]
        return any(isinstance(b, PopTerm) for b in bodies)

    # ---- whether there is an answer at all

    def _decided(self, key: DefKey) -> list[tuple[Expr, Expr]]:
        """Return when all rows and overrides that changed have an answer, in both programs: one pair, with
        what is read before what reads it."""
        found: list[DefKey] = []
        seen: set[DefKey] = set()
        todo = [key]
        while todo:
            k = todo.pop()
            if k in seen or k.record != key.record or k not in self._own_or_done():
                continue
            seen.add(k)
            todo += self._needs(k)
            if self._may_lack_answer(k):
                found.append(k)
        place = {k: i for i, k in enumerate(self.new.program.defs)}
        out = [p for k in sorted(found, key=lambda k: place.get(k, -1)) for p in self._pairs_of(k)]
        return [(joined(Op.AND, [a for a, _ in out]), joined(Op.AND, [b for _, b in out]))] if out else []

    def _own_or_done(self) -> set[DefKey]:
        return self._own.keys() | {
            k for k, d in self._done.items() if d.change.verdict in {Verdict.CHANGED, Verdict.NOT_DECIDED}
        }

    def _may_lack_answer(self, key: DefKey) -> bool:
        """Say whether a definition may have an answer in one program only: because of its own change, or
        because what it reads now has values that none of its rows takes."""
        sides = [s for s in (self.old, self.new) if key in s.program.defs]
        if len(sides) < 2:
            return any(e != YES for e in _answered(sides[0], key).values())
        own = self._own.get(key, [])
        if any(not self._is_equal(k, key.record) for k in self._needs(key)):
            return bool(self._pairs_of(key))
        return any(
            not p.regions
            or any(r.difference.old.is_undecided or r.difference.new.is_undecided for r in p.regions)
            for p in own
        )

    def _pairs_of(self, key: DefKey) -> list[tuple[Expr, Expr]]:
        sides = [_answered(side, key) for side in (self.old, self.new)]
        names = sides[0].keys() | sides[1].keys()
        pairs = [(sides[0].get(n, YES), sides[1].get(n, YES)) for n in sorted(names)]
        return [p for p in pairs if p != (YES, YES)]

    def _is_fragile(self, key: DefKey) -> bool:
        """Say whether definitions of other records, which are not asked about, may lack an answer."""
        todo, seen = [key], {key}
        while todo:
            for k in self._needs(todo.pop()):
                if k not in seen:
                    seen.add(k)
                    todo.append(k)
        only_one = [k for k in seen if not (k in self.old.program.defs and k in self.new.program.defs)]
        if any(map(self._may_lack_answer, only_one)):
            return True
        other = any(k.record != key.record and self._may_lack_answer(k) for k in seen)
        return other or any(self._may_lack_answer(k) and self._may_disagree(k) for k in seen)

    def _may_disagree(self, key: DefKey) -> bool:
        """Say whether overrides may disagree in a way that can't be asked."""
        bodies = [s.lowered.defs[key].body for s in (self.old, self.new) if key in s.lowered.defs]
        return any(isinstance(b, Override) and agree(b) is None for b in bodies)

    # ---- regions: those that no record leads to are left out

    def _settled(self, key: DefKey, parts: list[OwnChange]) -> list[OwnChange]:
        if self.quick:
            return parts
        out: list[OwnChange] = []
        for part in parts:
            regions = tuple(
                r for i, r in enumerate(part.regions) if i >= _TRIED or self._is_met(key, part, r)
            )
            if regions or not part.regions:
                out.append(replace(part, regions=regions))
        return out

    def _is_met(self, key: DefKey, part: OwnChange, region: Region) -> bool:
        """Say whether a region may hold a record whose answers differ; False is proved."""
        difference = region.difference
        by_fields = all(field_path(a.axis.column) is not None for a in part.axes)
        if difference.is_sure and by_fields and not self._has_facts(key.record):
            return True
        pairs: list[tuple[Expr, Expr]] = []
        if not difference.is_sure:
            if len(difference.old.exprs) != 1 or len(difference.new.exprs) != 1:
                return True
            pairs = [(difference.old.exprs[0], difference.new.exprs[0])]
        for box in difference.boxes[:_TRIED]:
            old_conds, new_conds = conditions(part.axes, box)
            answer = self.search.where(key.record, pairs, old_conds, new_conds)
            if isinstance(answer, Found):
                self._met.setdefault(key, answer)
            if not isinstance(answer, Nowhere):
                return True
        return len(difference.boxes) > _TRIED


def visible_reads(side: Side, key: DefKey) -> list[DefKey]:
    """Return the definitions that one reads, looking through hidden ones, populations included."""
    out: dict[DefKey, None] = {}
    todo, seen = [side.program.defs[key].body], {key}
    while todo:
        body = todo.pop()
        todo += [side.program.populations[e.population].where for e in walk(body) if isinstance(e, PopTerm)]
        for k in reads(body):
            if not is_hidden(k.name):
                out[k] = None
            elif k not in seen:
                seen.add(k)
                todo.append(side.program.defs[k].body)
    return list(out)


def _answered(side: Side, key: DefKey) -> dict[str, Expr]:
    """Return for the hidden parts of a definition when they have an answer."""
    out: dict[str, Expr] = {}
    todo = [side.lowered.defs[key].body]
    while todo:
        body = todo.pop()
        if isinstance(body, Choose) and body.hit is not Hit.COLLECT:
            out[f"row {len(out)}"] = has_row(body)
        if isinstance(body, Override):
            found = agree(body)
            if found is not None:
                out["rules"] = found
        todo += [side.lowered.defs[k].body for k in reads(body) if is_hidden(k.name)]
    return out


def _listed(ty: Ty) -> object:
    """Return what z3 compares without a look at the types: what stands in the lines of a list."""
    inner = strip_opt(ty)
    if isinstance(inner, ListTy):
        return _lines(inner.item)
    return _lines(inner) if isinstance(inner, StructTy) else None


def _lines(ty: Ty) -> object:
    match strip_opt(ty):
        case StructTy(fields):
            return tuple((n, isinstance(t, OptTy), _lines(t)) for n, t in fields)
        case ScaledTy(unit, scale):
            return unit, scale
        case other:
            return other
