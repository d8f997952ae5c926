"""What would give another answer, as sentences in English and in Chinese, and as JSON.

``It would be A with any one of these changes: · share_of_wallet from 38% to 45% or more …``
Names stand as the policy writes them; in Chinese by their label, where there is one.
"""

from __future__ import annotations

from dataclasses import dataclass

from kamflow.advise.combine import Change
from kamflow.advise.levels import OTHER_TEXT
from kamflow.advise.wanted import How, field_at
from kamflow.advise.why_not import NotDecided, NotReachable, Reached
from kamflow.app.why_not import Already, WayOut, WhyNot
from kamflow.app.why_words import Line, Words, chain, name_of
from kamflow.base.text import NO_TEXT, Text
from kamflow.core.plain import Path
from kamflow.core.program import FieldDecl
from kamflow.core.ty import EnumTy, ScaledTy, UnitKind, strip_opt
from kamflow.core.wording import PERSONAL, own_label, say
from kamflow.engines.smt import available
from kamflow.project.explanation import Explanation
from kamflow.values.data import Value


@dataclass(frozen=True, slots=True)
class Advice:
    """Says one ``WhyNot``; ``everything``: with all that is behind each decision."""

    asked: WhyNot
    everything: bool = False

    def parts(self) -> list[list[Line]]:
        """Return the lines below the heading: how it is, what would have to change, what else to know."""
        step = self.asked.now.steps[self.asked.wanted.key.name]
        now = Words(self.asked.answer.decision.assumed)
        if self.asked.found is Already.SO:
            name, goal = name_of(step.name, step.label), self.goal()
            already = Text(f"{name.en} is {goal.en} already.", f"{name.zh or name.en}已经{goal.zh}。")
            return [[Line(0, already), *self._rests_on(self.asked.now, now, 1)]]
        return [
            self._rests_on(self.asked.now, now, 0),
            [Line(0, self.verdict()), *self._ways()],
            self._notes(),
        ]

    def _rests_on(self, explanation: Explanation, words: Words, depth: int) -> list[Line]:
        name = self.asked.wanted.key.name
        if self.everything:
            return list(chain(explanation, name, words, seen=set(), depth=depth))
        return [Line(depth, words.sentence(explanation.steps[name]))]

    # ---- what is wanted

    def goal(self) -> Text:
        """Say the wanted answer: ``A``, ``at least 80``; in Chinese with its verb."""
        wanted = self.asked.wanted
        ty = self.asked.program.defs[wanted.key].ty
        said = say(wanted.value, ty, self.asked.program)
        zh = said.zh or said.en
        inner = strip_opt(ty)
        date = isinstance(inner, ScaledTy) and inner.unit.kind is UnitKind.DATE
        match wanted.how:
            case How.IS:
                return Text(said.en, f"是“{zh}”")
            case How.AT_LEAST:
                return Text(
                    f"{said.en} or later" if date else f"at least {said.en}",
                    f"不{'早' if date else '低'}于 {zh}",
                )
            case How.AT_MOST:
                return Text(
                    f"{said.en} or earlier" if date else f"at most {said.en}",
                    f"不{'晚' if date else '高'}于 {zh}",
                )
            case How.ABOVE:
                return Text(
                    f"after {said.en}" if date else f"above {said.en}", f"{'晚' if date else '高'}于 {zh}"
                )
            case How.BELOW:
                return Text(
                    f"before {said.en}" if date else f"below {said.en}", f"{'早' if date else '低'}于 {zh}"
                )

    # ---- the verdict

    def verdict(self) -> Text:
        """Say whether the answer can be reached, and how the ways that follow are meant."""
        goal, found = self.goal(), self.asked.found
        zh = goal.zh.removeprefix("是")
        becomes = f"变为{zh}" if goal.zh.startswith("是") else f"达到“{zh}”"
        fields = self._fields()
        match found:
            case Reached(ways):
                return _opening(goal.en, becomes, len(ways), len(ways[0].changes))
            case NotReachable(how):
                return Text(
                    f"It can't be {goal.en} by changing {fields.en}: {how.en}.",
                    f"仅调整{fields.zh}，无法{becomes}：{how.zh}。",
                )
            case NotDecided(why):
                return Text(
                    f"No change of {fields.en} was found that makes it {goal.en}; "
                    f"whether there is one is not decided: {why.en}.",
                    f"调整{fields.zh}，未找到能{becomes}的办法；是否存在尚无定论：{why.zh}。",
                )
            case Already():
                return NO_TEXT

    def _fields(self) -> Text:
        count = len(self.asked.free)
        if not self.asked.named and count > _MOST_NAMED:
            return Text(f"any of its {count} changeable fields", f" {count} 个可调整字段")
        names = [self._name(p) for p in self.asked.free]
        en = [n.en for n in names]
        joined = en[0] if len(en) == 1 else f"{', '.join(en[:-1])} or {en[-1]}"
        return Text(joined, "、".join(n.zh or n.en for n in names))

    # ---- the ways

    def _ways(self) -> list[Line]:
        out: list[Line] = []
        for one in self.asked.ways:
            said = [self.change(c) for c in one.way.changes]
            bullet = Text("· " + ", and ".join(s.en for s in said), "· " + "，同时".join(s.zh for s in said))
            out += [Line(1, bullet), *self._then(one)]
        return out

    def _then(self, one: WayOut) -> list[Line]:
        assumed = set(self.asked.answer.decision.assumed) - {".".join(c.path) for c in one.way.changes}
        first, *rest = self._rests_on(one.then, Words(assumed), 2)
        return [Line(2, Text(f"then {first.text.en}", f"届时{first.text.zh}")), *rest]

    def change(self, change: Change) -> Text:
        """Say a change: ``share_of_wallet from 38% to 45% or more``."""
        decl = self._decl(change.path)
        old = PERSONAL if decl.personal else self._say(change.old, decl)
        new, around = self._say(change.new, decl), self._around(change, decl)
        name = self._name(change.path)
        return Text(
            f"{name.en} from {old.en} to {new.en}{around.en}",
            f"{name.zh or name.en}由 {old.zh or old.en} 改为 {new.zh or new.en}{around.zh}",
        )

    def _around(self, change: Change, decl: FieldDecl) -> Text:
        """Say which values beside the new one will do as well."""
        ty = strip_opt(decl.ty)
        lo, hi, new = change.lo, change.hi, change.new
        if lo == hi or not isinstance(new, int) or not isinstance(lo, int) or not isinstance(hi, int):
            return NO_TEXT
        bottom, top = (ty.lo, ty.hi) if isinstance(ty, ScaledTy) else (0, _last(ty))
        if lo == new:
            return _ORDERED[_kind(ty)][0] if hi == top else self._up_to(hi, decl, up=True)
        if hi == new:
            return _ORDERED[_kind(ty)][1] if lo == bottom else self._up_to(lo, decl, up=False)
        first, last = self._say(lo, decl), self._say(hi, decl)
        return Text(
            f" (or any from {first.en} to {last.en})",
            f"（{first.zh or first.en} 至 {last.zh or last.en} 均可）",
        )

    def _up_to(self, end: int, decl: FieldDecl, *, up: bool) -> Text:
        said = self._say(end, decl)
        word, word_zh = ("up", "最高") if up else ("down", "最低")
        if _kind(strip_opt(decl.ty)) == "date":
            return Text(f" (or any day to {said.en})", f"（至 {said.en} 之间任一天均可）")
        return Text(f" ({word} to {said.en})", f"（{word_zh}可至 {said.zh or said.en}）")

    def _say(self, value: Value, decl: FieldDecl) -> Text:
        if isinstance(value, str) and value and not value.strip(OTHER_TEXT):
            return Text("another text", "其他内容")
        return say(value, decl.ty, self.asked.program)

    def _decl(self, path: Path) -> FieldDecl:
        decl = field_at(self.asked.program, self.asked.record.record, path)
        assert decl is not None, "a changed field is declared"
        return decl

    def _name(self, path: Path) -> Text:
        return name_of(".".join(path), self._decl(path).label)

    # ---- what else has to be said

    def _notes(self) -> list[Line]:
        found = self.asked.found
        out: list[Line] = []
        if isinstance(found, Reached):
            if found.more:
                more = "1 more way" if found.more == 1 else f"{found.more} more ways"
                sets = Text(
                    f"{more} with as few changes; these are the easiest.",
                    f"另有 {found.more} 种改动项数相同的办法，以上最容易做到。",
                )
                out.append(Line(0, sets))
            out.append(Line(0, _proved(len(found.ways[0].changes), proved=found.smallest)))
        if not isinstance(found, Already) and found.kept:
            names = [
                name_of(k.name.partition("#")[0], own_label(self.asked.program, self.asked.program.defs[k]))
                for k in found.kept
            ]
            en, zh = (
                ", ".join(dict.fromkeys(n.en for n in names)),
                "、".join(dict.fromkeys(n.zh or n.en for n in names)),
            )
            out.append(
                Line(
                    0,
                    Text(
                        f"Kept as it is: its place among all others ({en}).",
                        f"与全体比较的结果（{zh}）按现状计算。",
                    ),
                )
            )
        return out


_MOST_NAMED = 5  # declared fields; more are counted

_ORDERED = {
    "date": (Text(" or later", " 或更晚"), Text(" or earlier", " 或更早")),
    "enum": (Text(" or higher", "或更高"), Text(" or lower", "或更低")),
    "amount": (Text(" or more", " 或以上"), Text(" or less", " 或以下")),
}


def _kind(ty: object) -> str:
    if isinstance(ty, ScaledTy):
        return "date" if ty.unit.kind is UnitKind.DATE else "amount"
    return "enum"


def _last(ty: object) -> int:
    return len(ty.members) - 1 if isinstance(ty, EnumTy) else 1


def _opening(goal: str, becomes: str, ways: int, changes: int) -> Text:
    if ways == 1 and changes == 1:
        return Text(f"It would be {goal} with this change:", f"作以下调整，即可{becomes}：")
    if changes == 1:
        return Text(
            f"It would be {goal} with any one of these changes:", f"以下调整任做一项，即可{becomes}："
        )
    if ways == 1:
        return Text(
            f"It would be {goal} with these {changes} changes together:",
            f"同时作以下 {changes} 项调整，即可{becomes}：",
        )
    return Text(
        f"It would be {goal} with any one of these sets of {changes} changes:",
        f"以下每组各 {changes} 项调整，任做一组，即可{becomes}：",
    )


def _proved(changes: int, *, proved: bool) -> Text:
    if proved and changes == 1:
        return Text(
            "Smaller changes of these fields would not do (proved).", "已证明：这些字段改得更少则达不到。"
        )
    if proved:
        return Text("Fewer changes would not do (proved).", "已证明：改动项数再少则达不到。")
    if available():
        return Text("That nothing smaller would do is not proved.", "是否有更小的改动，尚未证明。")
    return Text(
        "That nothing smaller would do is not proved (it needs kamflow[prove]).",
        "是否有更小的改动，尚未证明（需要安装 kamflow[prove]）。",
    )
