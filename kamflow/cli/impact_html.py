"""An impact as one page that needs nothing else: for those who decide whether the change ships.

Everything that comes from policies and records is escaped; the page has no script and asks no server for
anything. Leaves: a page that reads on a telephone, in the dark, and on paper.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from kamflow.app.changes import Compared
from kamflow.app.impact import Judged
from kamflow.base.display import visible
from kamflow.base.text import Lang, Text
from kamflow.cli import impact_words as words
from kamflow.cli.impact_style import STYLE
from kamflow.compare.model import OutputChange, Region
from kamflow.core.ty import ScaledTy
from kamflow.core.wording import say_amount
from kamflow.impact.model import Grouping, Impact, Kind, Mover, OutputImpact

_WIDE = 8  # classes of a matrix; with more only the moves are told
_REGIONS = 6


def impact_html(found: Compared, judged: Judged, lang: Lang) -> str:
    """Return the page."""
    return _Page(found, judged, lang).whole()


@dataclass(frozen=True, slots=True)
class _Page:
    found: Compared
    judged: Judged
    lang: Lang

    @property
    def impact(self) -> Impact:
        return self.judged.impact

    def say(self, text: Text) -> str:
        return safe(text.in_(self.lang))

    def whole(self) -> str:
        title = self.say(Text("What the change does to the portfolio", "变动对客户群的影响"))
        html_lang = "zh-CN" if self.lang is Lang.ZH else "en"
        body = "\n".join(self._body(title))
        return (
            f'<!doctype html>\n<html lang="{html_lang}">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
        )

    def _body(self, title: str) -> Iterator[str]:
        request, impact = self.judged.request, self.impact
        yield f"<h1>{title}</h1>"
        about = Text(f"as of {request.as_of}", f"决策日期 {request.as_of}")
        versions = f"{safe(self.found.old)} → {safe(self.found.new)}"
        yield f'<p class="dim">{versions} · {safe(request.data)} · {self.say(about)}</p>'
        for finding in self.judged.failed:
            yield f'<p class="failed"><b>{safe(finding.code)}</b> {self.say(finding.message)}</p>'
        yield from self._tiles()
        yield from self._declared()
        for text in words.rejection_words(impact):
            yield f"<p>{self.say(text)}</p>"
        yield from self._rejected()
        yield from self._money()
        proved = {o.name: o for o in self.found.comparison.outputs if o.record == impact.record}
        moved = [o for o in impact.outputs if o.has_moved]
        if moved:
            yield f"<h2>{self.say(Text('Decisions that move', '变动的决策'))}</h2>"
            yield from self._overview(moved)
        own = [o for o in moved if _is_own(proved.get(o.name))]
        for output in own:
            yield from self._output(output, proved.get(output.name), opened=True)
        for output in moved:
            if output not in own:
                yield from self._output(output, proved.get(output.name), opened=False)
        for grouping in impact.groups:
            yield from self._grouping(grouping)
        yield from self._quiet(proved)

    # ---- the whole

    def _tiles(self) -> Iterator[str]:
        impact = self.impact
        yield '<div class="tiles">'
        share = words.share(impact.moved, impact.records)
        of = Text(f"of {impact.records:,} records move", f"共 {impact.records:,} 条记录，发生变动")
        yield f'<div class="tile"><b>{impact.moved:,}</b><span>{self.say(of)} ({safe(share)})</span></div>'
        for m in impact.measures:
            side = words.for_us(m)
            kind = "" if not side else " bad" if m.is_worse else " good"
            label = self._titled(m.name, m.label)
            said = f"{label} · {self.say(side)} {self.say(words.FOR_US)}" if side else label
            if side and self.lang is Lang.ZH:
                said = f"{label} · {self.say(words.FOR_US)}{self.say(side)}"
            moved = self.say(words.signed(m.total.moved, m.ty))
            yield f'<div class="tile{kind}"><b>{moved}</b><span>{said}</span></div>'
        yield "</div>"

    def _declared(self) -> Iterator[str]:
        items = self.found.comparison.declared
        if items:
            yield f"<h2>{self.say(Text('What was changed', '改动内容'))}</h2><ul>"
            for item in items:
                yield f"<li><code>{safe(item.name)}</code> {self.say(item.text)}</li>"
            yield "</ul>"

    def _rejected(self) -> Iterator[str]:
        if self.impact.rejected:
            yield "<ul>"
            for r in self.impact.rejected:
                side = Text("rejected now", "现被拒") if r.newly else Text("rejected before", "原被拒")
                why = f"{safe(r.finding.code)} {self.say(r.finding.message)}"
                yield f"<li>{safe(r.id)} {self.say(side)}: {why}</li>"
            yield "</ul>"

    def _money(self) -> Iterator[str]:
        rows: list[list[str]] = []
        for m in self.impact.measures:
            direction = self.say(words.winners(m)) if m.top else ""
            row = [self._titled(m.name, m.label), *self._total(m.ty, m.total.old, m.total.new)]
            rows.append([*row, self.say(words.for_us(m)), direction])
        for o in self.impact.outputs:
            if o.total is not None and o.has_moved:
                row = [self._titled(o.name, o.label), *self._total(o.total.ty, o.total.old, o.total.new)]
                rows.append([*row, "", self.say(words.directions(o))])
        if rows:
            yield f"<h2>{self.say(Text('Money', '金额'))}</h2>"
            heads = [Text(""), words.BEFORE, words.AFTER, words.MOVED_MONEY, words.FOR_US, words.RECORDS]
            yield from self._table(heads, rows, texts=(0, 4, 5))
        if self.impact.moved and not self.impact.measures:
            yield f'<p class="dim">{self.say(words.NO_MEASURE)}</p>'

    def _total(self, ty: ScaledTy, old: int, new: int) -> list[str]:
        return [*(self.say(say_amount(v, ty)) for v in (old, new)), self.say(words.signed(new - old, ty))]

    def _overview(self, outputs: Sequence[OutputImpact]) -> Iterator[str]:
        rows = []
        for o in outputs:
            name = self._titled(o.name, o.label)
            share = words.share(o.moved, self.impact.records)
            said = self.say(words.spread_words(o.spread)) if o.spread is not None else self._first_move(o)
            rows.append([f'<a href="#{safe(o.name)}">{name}</a>', f"{o.moved:,}", share, said])
        yield from self._table([Text(""), words.MOVE, words.SHARE, words.CHANGE], rows, texts=(0, 3))

    def _first_move(self, output: OutputImpact) -> str:
        gone = [m for m in output.moves if not m.stays]
        if not gone or output.kind is Kind.OTHER:
            return self.say(words.directions(output))
        said = f"{gone[0].count:,} × {self.say(gone[0].old.text)} → {self.say(gone[0].new.text)}"
        return f"{said}, …" if len(gone) > 1 else said

    # ---- one output

    def _output(self, output: OutputImpact, proved: OutputChange | None, *, opened: bool) -> Iterator[str]:
        moved = words.moved_of(output.moved, self.impact.records)
        aside = words.directions(output)
        said = f"{self.say(moved)} {self.say(aside)}" if aside else self.say(moved)
        through = list(dict.fromkeys(t for _, c in proved.stretches for t in c.through)) if proved else []
        if through:
            said += f" · {self.say(Text('follows from', '随之变动：'))} {safe(', '.join(through))}"
        name = f"<b>{self._titled(output.name, output.label)}</b> <code>{safe(output.name)}</code>"
        yield f'<details id="{safe(output.name)}"{" open" if opened else ""}>'
        yield f'<summary>{name} <span class="dim">{said}</span></summary>'
        for region in _regions(proved):
            yield f"<p>{self._region(region)}</p>"
        if output.spread is not None:
            yield f"<p>{self.say(words.spread_words(output.spread))}</p>"
        if output.kind is Kind.CHOICE and len(output.classes) <= _WIDE:
            yield from self._matrix(output)
        elif output.kind is not Kind.AMOUNT:
            yield from self._moves(output)
        yield from self._top(output.top)
        yield "</details>"

    def _region(self, region: Region) -> str:
        joint = "；或 " if self.lang is Lang.ZH else "; or "
        where = joint.join(self.say(w) for w in region.where[:_REGIONS])
        more = len(region.where) - _REGIONS
        if more > 0:
            where += self.say(Text(f"; and {more} more", f"；另有 {more} 类"))
        only = self.say(Text("only for", "仅限"))
        return f"{only} {where}: {self.say(region.old)} → {self.say(region.new)}"

    def _matrix(self, output: OutputImpact) -> Iterator[str]:
        counts = {(m.old, m.new): m for m in output.moves}
        used = {c for pair in counts for c in pair}
        classes = [c for c in output.classes if c in used]
        corner = self.say(Text("from ↓ to →", "由 ↓ 至 →"))
        heads = "".join(f"<th>{self.say(c.text)}</th>" for c in classes)
        yield f'<div class="wide"><table class="matrix"><tr><th>{corner}</th>{heads}</tr>'
        for a in classes:
            cells = []
            for b in classes:
                move = counts.get((a, b))
                kind = "stay" if a == b else "" if move is None else "moved"
                cells.append(f'<td class="{kind}">{f"{move.count:,}" if move else "·"}</td>')
            yield f"<tr><th>{self.say(a.text)}</th>{''.join(cells)}</tr>"
        yield "</table></div>"
        if self.impact.measures:
            yield from self._moves(output)

    def _moves(self, output: OutputImpact) -> Iterator[str]:
        heads = [Text("from", "由"), Text("to", "至"), words.RECORDS]
        heads += [m.label or Text(m.name) for m in self.impact.measures]
        rows = [
            [self.say(m.old.text), self.say(m.new.text), f"{m.count:,}", *self._changes(m.money)]
            for m in output.moves if not m.stays
        ]  # fmt: skip
        yield from self._table(heads, rows, texts=(0, 1))
        if output.more_moves:
            more = Text(f"and {output.more_moves:,} more", f"另有 {output.more_moves:,} 种")
            yield f'<p class="dim">{self.say(more)}</p>'

    def _changes(self, sums: Iterable[int]) -> list[str]:
        pairs = zip(sums, self.impact.measures, strict=True)
        return [self.say(words.signed(v, m.ty)) if v else "" for v, m in pairs]

    def _top(self, top: Sequence[Mover]) -> Iterator[str]:
        if not top:
            return
        heads = [Text("record", "记录"), Text("from", "由"), Text("to", "至")]
        heads += [m.label or Text(m.name) for m in self.impact.measures]
        heads += [Text("reason before", "变动前理由"), Text("reason after", "变动后理由")]
        rows = [
            [safe(m.id), self.say(m.old.text), self.say(m.new.text), *self._changes(m.money),
             self.say(m.old_why), self.say(m.new_why)]
            for m in top
        ]  # fmt: skip
        last = len(heads) - 1
        yield from self._table(heads, rows, texts=(0, 1, 2, last - 1, last))

    # ---- groups, and what stays

    def _grouping(self, grouping: Grouping) -> Iterator[str]:
        title = self._titled(grouping.name, grouping.label)
        yield f"<h2>{self.say(Text('By', '按'))} {title}</h2>"
        heads = [grouping.label or Text(grouping.name), words.RECORDS, words.MOVE, words.SHARE]
        heads += [m.label or Text(m.name) for m in self.impact.measures]
        rows = [
            [self.say(r.key.text), f"{r.records:,}", f"{r.moved:,}", words.share(r.moved, r.records),
             *(self.say(words.signed(t.moved, t.ty)) for t in r.totals)]
            for r in grouping.rows
        ]  # fmt: skip
        yield from self._table(heads, rows, texts=(0,))

    def _quiet(self, proved: dict[str, OutputChange]) -> Iterator[str]:
        still = [o for o in self.impact.outputs if not o.has_moved]
        equal = [o for o in still if o.name not in proved or proved[o.name].is_equal]
        others = [o for o in still if o not in equal]
        if not still:
            return
        yield f"<h2>{self.say(Text('Decisions that stay', '不变的决策'))}</h2>"
        for text, some in (
            (Text("The same for everybody, which is proved:", "对所有记录都不变（已证明）："), equal),
            (Text("May change, but for nobody here:", "可能变动，但此处无一变动："), others),
        ):
            if some:
                joint = "、" if self.lang is Lang.ZH else ", "
                names = joint.join(self._titled(o.name, o.label) for o in some)
                yield f"<p>{self.say(text)} {names}</p>"

    def _titled(self, name: str, label: Text) -> str:
        return self.say(label) if label else safe(name)

    def _table(
        self, heads: Sequence[Text], rows: Sequence[Sequence[str]], texts: Sequence[int]
    ) -> Iterator[str]:
        """Yield a table of cells that are safe already; a column without any value is left out."""
        kept = [i for i in range(len(heads)) if any(r[i] for r in rows)]
        yield '<div class="wide"><table>'
        row = "".join(f"<th{_side(i, texts)}>{self.say(heads[i])}</th>" for i in kept)
        yield f"<tr>{row}</tr>"
        for cells in rows:
            row = "".join(f"<td{_side(i, texts)}>{cells[i]}</td>" for i in kept)
            yield f"<tr>{row}</tr>"
        yield "</table></div>"


def safe(text: str) -> str:
    return escape(visible(text), quote=True)


def _side(index: int, texts: Sequence[int]) -> str:
    return ' class="text"' if index in texts else ""


def _is_own(proved: OutputChange | None) -> bool:
    return proved is None or any(c.own or not c.through for _, c in proved.stretches)


def _regions(proved: OutputChange | None) -> Iterator[Region]:
    for _, change in proved.stretches if proved is not None else ():
        for own in change.own:
            yield from own.regions
