"""An impact on a terminal: who moves, the money, what was changed itself in full, what follows in a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kamflow.app.changes import Compared
from kamflow.app.impact import Judged
from kamflow.app.settings import Settings
from kamflow.base.display import display_width, visible
from kamflow.base.render.paint import Style, paint
from kamflow.base.text import Text
from kamflow.cli import impact_words as words
from kamflow.cli.changes_text import Page
from kamflow.cli.tables import Column, fit, header, line
from kamflow.compare.model import OutputChange, Verdict
from kamflow.core.ty import ScaledTy
from kamflow.core.wording import say_amount
from kamflow.impact.model import Grouping, Impact, Kind, Mover, OutputImpact

_MOVES = 5  # of a choice too wide for a matrix, of texts and lists
_GROUPS = 12
_STILL = 8  # more that stay are counted
_NOTHING = "·"


def impact_lines(found: Compared, judged: Judged, settings: Settings, *, color: bool) -> Iterator[str]:
    """Yield the lines of an impact."""
    page = Page(settings.lang, found.versions, found.comparison, color, settings.verbose > 0)
    yield from _ImpactPage(page, found, judged, settings, color).lines()


@dataclass(frozen=True, slots=True)
class _ImpactPage:
    page: Page
    found: Compared
    judged: Judged
    settings: Settings
    color: bool

    @property
    def impact(self) -> Impact:
        return self.judged.impact

    def say(self, text: Text) -> str:
        return self.page.say(text)

    def strong(self, text: str) -> str:
        return paint(text, Style.STRONG, self.color)

    def lines(self) -> Iterator[str]:
        yield self.strong(f"{visible(self.found.old)} → {visible(self.found.new)}")
        yield from self.page.declared(self.found.comparison.declared)
        yield ""
        yield from self._whole()
        yield from self._money()
        proved = {o.name: o for o in self.found.comparison.outputs if o.record == self.impact.record}
        moved = [o for o in self.impact.outputs if o.has_moved]
        own = [o for o in moved if _is_own(proved.get(o.name)) or self.settings.verbose > 0]
        for output in own:
            yield ""
            yield from self._output(output, proved.get(output.name))
        yield from self._following([o for o in moved if o not in own], proved)
        for grouping in self.impact.groups:
            yield from self._grouping(grouping)
        yield from self._quiet(proved)

    def _whole(self) -> Iterator[str]:
        impact, request = self.impact, self.judged.request
        head = Text(
            f"{visible(request.data)}, as of {request.as_of}: ",
            f"{visible(request.data)}，决策日期 {request.as_of}：",
        )
        yield f"{self.say(head)}{self.strong(self.say(words.moved_of(impact.moved, impact.records)))}"
        for text in words.rejection_words(impact):
            yield f"  {self.say(text)}"
        for r in impact.rejected:
            side = Text("rejected now", "现被拒") if r.newly else Text("rejected before", "原被拒")
            said = Text(
                f"{r.id} {side.en}: {r.finding.code} {r.finding.message.en}",
                f"{r.id} {side.zh}：{r.finding.code} {r.finding.message.zh or r.finding.message.en}",
            )
            yield from self.page.wrapped(said, 4)

    # ---- money

    def _money(self) -> Iterator[str]:
        rows: list[list[str]] = []
        for m in self.impact.measures:
            name = self._titled(m.name, m.label)
            rows.append([name, *self._total(m.ty, m.total.old, m.total.new), self.say(words.for_us(m)),
                         self.say(words.winners(m)) if m.total.moved or m.top else ""])  # fmt: skip
        for o in self.impact.outputs:
            if o.total is not None and o.has_moved:
                name = self._titled(o.name, o.label)
                side = self.say(words.directions(o))
                rows.append([name, *self._total(o.total.ty, o.total.old, o.total.new), "", side])
        if rows:
            yield from self._money_table(rows)
        if self.impact.moved and not self.impact.measures:
            yield from ["", *self.page.wrapped(words.NO_MEASURE, 0)][bool(rows) :]
        for name, is_new in self.impact.only_one:
            which = Text("the new", "新") if is_new else Text("the old", "旧")
            said = Text(f"measure {name}: {which.en} version only", f"度量 {name}：仅{which.zh}版本有")
            yield from self.page.wrapped(said, 0)

    def _money_table(self, rows: list[list[str]]) -> Iterator[str]:
        columns = [
            Column(self.say(Text("money", "金额")), most=28, needed=True),
            Column(self.say(words.MOVED_MONEY), right=True, needed=True),
            Column(self.say(words.BEFORE), right=True),
            Column(self.say(words.AFTER), right=True),
            Column(self.say(words.FOR_US), style=Style.STRONG),
            Column(self.say(words.RECORDS), most=28),
        ]
        yield ""
        yield from self._table(columns, rows)

    def _total(self, ty: ScaledTy, old: int, new: int) -> list[str]:
        before, after = say_amount(old, ty), say_amount(new, ty)
        return [self.say(words.signed(new - old, ty)), self.say(before), self.say(after)]

    def _titled(self, name: str, label: Text) -> str:
        return self.say(label) if label else visible(name)

    # ---- outputs

    def _output(self, output: OutputImpact, proved: OutputChange | None) -> Iterator[str]:
        label = self.say(output.label) if output.label else ""
        name = self.strong(visible(output.name))
        moved = words.moved_of(output.moved, self.impact.records)
        aside = words.directions(output)
        said = self.say(moved) + (f", {self.say(aside)}" if aside and not self._zh else "")
        said += f"，{self.say(aside)}" if aside and self._zh else ""
        yield f"{name}  {label}  {said}" if label and label != output.name else f"{name}  {said}"
        if proved is not None:
            yield from self.page.regions(proved, 2)
        if output.spread is not None:
            yield from self.page.wrapped(words.spread_words(output.spread), 2)
        if output.kind is Kind.CHOICE:
            yield from self._matrix(output)
        elif output.kind is Kind.OTHER:
            yield from self._moves(output)
        for mover in output.top:
            yield from self._mover(mover)

    @property
    def _zh(self) -> bool:
        return self.settings.lang.value == "zh"

    def _matrix(self, output: OutputImpact) -> Iterator[str]:
        """Show rows before, columns after; where that is too wide, the moves alone."""
        counts = {(m.old, m.new): m.count for m in output.moves}
        used = {c for pair in counts for c in pair}
        classes = [c for c in output.classes if c in used]
        title = self.say(Text("from ↓ to →", "由 ↓ 至 →"))
        columns = [Column(title, least=display_width(title), most=20, needed=True)]
        columns += [Column(self.say(c.text), right=True, most=12, needed=True) for c in classes]
        rows = [
            [self.say(a.text), *(f"{counts[a, b]:,}" if (a, b) in counts else _NOTHING for b in classes)]
            for a in classes
        ]
        layout = fit(columns, rows, self.page.width - 2)
        if sum(layout.widths) + 2 * len(layout.widths) > self.page.width:
            yield from self._moves(output)
            return
        for head in header(layout, color=self.color):
            yield f"  {head}"
        for row in rows:
            yield f"  {line(layout, row, color=self.color)}"
        measures = self.impact.measures
        for m in output.moves:
            if measures and not m.stays and any(m.money):
                said = (
                    f"{self.say(m.old.text)} → {self.say(m.new.text)}: {m.count:,}, {self._moneys(m.money)}"
                )
                yield from self.page.wrapped(Text(said, said), 2)

    def _moneys(self, sums: Sequence[int]) -> str:
        """Say what each measure moves, with its name."""
        pairs = zip(sums, self.impact.measures, strict=True)
        parts = [f"{self.say(words.signed(v, m.ty))} {self._titled(m.name, m.label)}" for v, m in pairs if v]
        return "; ".join(parts)

    def _moves(self, output: OutputImpact) -> Iterator[str]:
        gone = [m for m in output.moves if not m.stays]
        for m in gone[:_MOVES]:
            said = f"{m.count:,} × {self.say(m.old.text)} → {self.say(m.new.text)}"
            yield from self.page.wrapped(Text(said, said), 2)
        more = len(gone) - _MOVES + output.more_moves
        if more > 0:
            yield f"  {self.say(Text(f'and {more:,} more', f'另有 {more:,} 种'))}"

    def _mover(self, mover: Mover) -> Iterator[str]:
        money = f"  {self._moneys(mover.money)}" if any(mover.money) else ""
        what = f"{mover.id}  {self.say(mover.old.text)} → {self.say(mover.new.text)}{money}"
        yield from self.page.wrapped(Text(what, what), 2)
        old, new = self.say(mover.old_why), self.say(mover.new_why)
        if old or new:
            why = f"{old or _NOTHING} → {new or _NOTHING}" if old != new else old
            yield from (paint(x, Style.LABEL, self.color) for x in self.page.wrapped(Text(why, why), 6))

    def _following(self, outputs: Sequence[OutputImpact], proved: dict[str, OutputChange]) -> Iterator[str]:
        if not outputs:
            return
        title = Text("what follows from it", "随之变动")
        columns = [
            Column(self.say(title), least=display_width(self.say(title)), most=30, needed=True),
            Column(self.say(words.MOVE), right=True, needed=True),
            Column(self.say(words.SHARE), right=True),
            Column(self.say(words.CHANGE), least=20, grows=True),
        ]
        rows = []
        for o in outputs:
            if o.spread is not None:
                said = self.say(words.spread_words(o.spread))
            else:
                first = next(m for m in o.moves if not m.stays)
                said = f"{self.say(first.old.text)} → {self.say(first.new.text)}"
                if first.count < o.moved:
                    said = f"{first.count:,} × {said}, …"
            share = words.share(o.moved, self.impact.records)
            rows.append([self._titled(o.name, o.label), f"{o.moved:,}", share, said])
        yield ""
        yield from self._table(columns, rows)

    # ---- groups, and what stays

    def _grouping(self, grouping: Grouping) -> Iterator[str]:
        columns = [
            Column(self._titled(grouping.name, grouping.label), most=24, needed=True),
            Column(self.say(words.RECORDS), right=True, needed=True),
            Column(self.say(words.MOVE), right=True, needed=True),
            Column(self.say(words.SHARE), right=True),
        ]
        columns += [Column(self._titled(m.name, m.label), right=True, most=24) for m in self.impact.measures]
        rows = [
            [self.say(r.key.text), f"{r.records:,}", f"{r.moved:,}", words.share(r.moved, r.records),
             *(self.say(words.signed(t.moved, t.ty)) for t in r.totals)]
            for r in grouping.rows[:_GROUPS]
        ]  # fmt: skip
        yield ""
        yield from self._table(columns, rows)
        more = len(grouping.rows) - _GROUPS
        if more > 0:
            yield self.say(Text(f"and {more:,} more; JSON has all", f"另有 {more:,} 组，JSON 中列出全部"))

    def _quiet(self, proved: dict[str, OutputChange]) -> Iterator[str]:
        still = [o.name for o in self.impact.outputs if not o.has_moved]
        equal = [n for n in still if n not in proved or proved[n].is_equal]
        others = [n for n in still if n not in equal]
        yield ""
        if others:
            names = Text(", ".join(others), "、".join(others))
            said = Text(
                f"may change, but for nobody here: {names.en}", f"可能变动，但此处无一变动：{names.zh}"
            )
            yield from self.page.wrapped(said, 0)
        if equal:
            names = Text(", ".join(equal), "、".join(equal))
            if len(equal) > _STILL and not self.settings.verbose:  # nobody asked for them to change
                n = len(equal)
                names = Text(f"{n} outputs (-v names them)", f"{n} 项输出（-v 列出名称）")
            said = Text(
                f"unchanged, proved for everybody: {names.en}", f"不变（已证明对所有记录成立）：{names.zh}"
            )
            yield from self.page.wrapped(said, 0)
        if self.impact.not_compared:
            names = Text(", ".join(self.impact.not_compared), "、".join(self.impact.not_compared))
            said = Text(f"of another type, not compared: {names.en}", f"类型不同，未比较：{names.zh}")
            yield from self.page.wrapped(said, 0)
        alone = [o for o in proved.values() if _verdicts(o) & {Verdict.ADDED, Verdict.REMOVED}]
        for o in alone:
            new = Verdict.ADDED in _verdicts(o)
            said = Text(
                f"{o.name}: {'added' if new else 'removed'}", f"{o.name}：{'新增' if new else '已删除'}"
            )
            yield from self.page.wrapped(said, 0)

    def _table(self, columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> Iterator[str]:
        kept = [i for i in range(len(columns)) if any(r[i] for r in rows)]
        chosen = [columns[i] for i in kept]
        cells = [[r[i] for i in kept] for r in rows]
        layout = fit(chosen, cells, self.page.width)
        yield from header(layout, color=self.color)
        for row in cells:
            yield line(layout, row, color=self.color)


def _verdicts(output: OutputChange) -> set[Verdict]:
    return {c.verdict for _, c in output.stretches}


def _is_own(proved: OutputChange | None) -> bool:
    """Say whether an output was changed itself, and does not only follow from others."""
    return proved is None or any(c.own or not c.through for _, c in proved.stretches)
