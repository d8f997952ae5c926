"""Explanations as sentences, in English and in Chinese.

``tier is key because row 2 of tier applies: abc_class is A, value_score is 71.5 (60 to below 82).``
Names stand as the policy writes them; in Chinese by their label, where there is one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from kamflow.base.text import NO_TEXT, Lang, Text
from kamflow.core.expr import TagKind
from kamflow.core.program import DefKind
from kamflow.project.explanation import Explanation, Ranked, Read, RowNote, RuleNote, StandingNote, Step
from kamflow.values.decimals import show_scaled
from kamflow.values.outcome import Rounded
from kamflow.values.trace import exact_text

_KINDS = {
    TagKind.ROW: Text("row", "行"),
    TagKind.CLAUSE: Text("clause", "条"),
}
_MODES = {
    "half_up": Text("half up", "四舍五入"),
    "half_even": Text("half even", "银行家舍入"),
    "up": Text("up", "进位"),
    "down": Text("down", "舍去"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an explanation; ``depth`` says what it explains: the line above of one less."""

    depth: int
    text: Text


@dataclass(frozen=True, slots=True)
class Words:
    """Says steps of one explanation; ``assumed`` are the fields whose default was used."""

    assumed: Collection[str] = ()

    def sentence(self, step: Step) -> Text:
        """Say what a definition is and why."""
        won = [r for r in step.rules if r.won]
        name, value = name_of(step.name, step.label), step.shown.text
        en, zh = f"{name.en} is {value.en}", f"{_zh(name)}为“{_zh(value)}”"
        if won:
            how = self.overridden(step, won)
        elif len(step.rows) > 1 and isinstance(step.shown.plain, list):
            count, table = len(step.rows), table_of(step)
            return Text(
                f"{name.en} has {count} entries because {count} rows of {table} apply.",
                f"{_zh(name)}有 {count} 项，因为 {table} 表有 {count} 行命中。",
            )
        elif step.rows or step.no_row:
            how = self.rows(step)
        elif step.population:
            how = self.standing(step)
            return _ended(Text(f"{en} {how.en}", f"{zh}，{how.zh}"))
        elif step.reads:
            how = self.inputs(step)
            return _ended(Text(f"{en}: {how.en}", f"{zh}：{_zh(how)}"))
        else:
            return _ended(Text(en, zh))
        return _ended(Text(f"{en} because {how.en}", f"{zh}，因为{_zh(how)}"))

    def how(self, step: Step) -> list[Text]:
        """Say why a definition has its value, in parts that may stand on lines of their own."""
        won = [r for r in step.rules if r.won]
        if won:
            return [self.overridden(step, won)]
        if len(step.rows) > 1:
            return self.each_row(step)
        if step.rows or step.no_row:
            return [self.rows(step)]
        if step.population:
            return [self.standing(step)]
        return [self.inputs(step)] if step.reads else []

    def standing(self, step: Step) -> Text:
        reads = self.reads(step.reads)
        en, zh = f"among {step.population}: {reads.en}", f"在 {step.population} 中：{_zh(reads)}"
        for note in step.standings[:1]:
            place = place_among(note)
            en, zh = f"{en}; {place.en}", f"{zh}；{place.zh}"
        return Text(en, zh)

    def inputs(self, step: Step) -> Text:
        """Say what a formula read; criteria of a score go by their own names."""
        own = f"{step.name}."
        return self.reads([replace(r, name=r.name.removeprefix(own)) for r in step.reads])

    def overridden(self, step: Step, won: Sequence[RuleNote]) -> Text:
        said = [self._rule(r) for r in won]
        en, zh = " and ".join(s.en for s in said), "，且".join(s.zh for s in said)
        if step.base is not None:
            base = step.base.text
            en, zh = f"{en}; without it: {base.en}", f"{zh}；否则为“{_zh(base)}”"
        return Text(en, zh)

    def _rule(self, rule: RuleNote) -> Text:
        reads = self.reads(rule.reads)
        en, zh = f"rule {rule.name} overrides it", f"规则 {rule.name} 覆盖了它"
        return Text(f"{en}: {reads.en}", f"{zh}：{_zh(reads)}") if rule.reads else Text(en, zh)

    def rows(self, step: Step) -> Text:
        """Say which rows of which table apply, and what they read."""
        if not step.rows:
            return Text(f"no row of {table_of(step)} applies", f" {table_of(step)} 表没有任何一行命中")
        if len(step.rows) == 1:
            return self._row(step.rows[0], table_of(step))
        said = self.each_row(step)
        return Text(
            f"{len(said)} rows of {table_of(step)} apply: " + "; ".join(s.en for s in said),
            f" {table_of(step)} 表有 {len(said)} 行命中：" + "；".join(s.zh for s in said),
        )

    def each_row(self, step: Step) -> list[Text]:
        return [self._given(r, table_of(step)) for r in step.rows]

    def _given(self, row: RowNote, table: str) -> Text:
        where, reads = place_of(row, table, short=True), self.reads(row.reads)
        gives = row.shown.text if row.shown is not None else NO_TEXT
        en = f"{where.en} gives {gives.en}" if gives else where.en
        zh = f"{where.zh}得“{_zh(gives)}”" if gives else where.zh
        if row.because:
            en, zh = f"{en} ({row.because.in_(Lang.EN)})", f"{zh}（{row.because.in_(Lang.ZH)}）"
        return Text(f"{en}: {reads.en}", f"{zh}：{_zh(reads)}") if row.reads else Text(en, zh)

    def _row(self, row: RowNote, table: str) -> Text:
        where, reads = place_of(row, table), self.reads(row.reads)
        if row.number == 0:
            en, zh = f"nothing else of {table} applies (otherwise)", f" {table} 的其他情况都不符合（否则）"
        else:
            en, zh = f"{where.en} applies", f"命中{where.zh}"
        if row.reads:
            return Text(f"{en}: {reads.en}", f"{zh}：{_zh(reads)}")
        return Text(en, zh) if row.number == 0 else Text(f"{en} to all that is left", f"{zh}（其余情况）")

    def reads(self, reads: Sequence[Read]) -> Text:
        said = [self._read(r) for r in reads]
        return Text(", ".join(s.en for s in said), "，".join(s.zh for s in said))

    def _read(self, read: Read) -> Text:
        name, value = name_of(read.name, read.label), read.shown.text
        notes = [read.test] if read.test else []
        if read.is_input and read.name in self.assumed:
            notes.append(Text("assumed, not in the record", "记录未给出，取默认值"))
        en, zh = f"{name.en} is {value.en}", f"{_zh(name)}为 {_zh(value)}"
        if notes:
            en += f" ({', '.join(n.en for n in notes)})"
            zh += f"（{'，'.join(_zh(n) for n in notes)}）"
        return Text(en, zh)

    def details(self, step: Step) -> Iterator[Text]:
        """Say what belongs to a step beyond its sentence: reasons, rows beaten or lost, roundings."""
        won = any(r.won for r in step.rules)
        if step.because and (won or len(step.rows) < 2):
            yield Text(f"reason: {step.because.in_(Lang.EN)}", f"理由：{step.because.in_(Lang.ZH)}")
        if won and step.rows:
            before = self.rows(step)
            yield Text(f"before the rule: {before.en}", f"规则之前：{_zh(before)}")
        for rule in step.rules:
            if not rule.won:
                yield Text(
                    f"rule {rule.name} applies too, and another rule comes before it",
                    f"规则 {rule.name} 也适用，但被其他规则覆盖",
                )
        if step.lost:
            yield self.lost(step)
        for note in step.standings if not step.population else ():
            among, place = _among(note), place_among(note)
            yield Text(f"{among.en}: {place.en}", f"{among.zh}：{place.zh}")
        for r in step.rounded:
            mode = _MODES.get(r.mode.value, Text(r.mode.value))
            exact, result = _exact(r), show_scaled(r.result, r.scale)
            yield Text(f"rounded {mode.en}: {exact} to {result}", f"舍入（{_zh(mode)}）：{exact} → {result}")

    def lost(self, step: Step) -> Text:
        """Say which rows apply too, but come after the one that answered."""
        numbers = ", ".join(str(r.number) for r in step.lost[:8])
        more = len(step.lost) - 8
        if more > 0:
            numbers, zh_numbers = f"{numbers} and {more} more", f"{numbers} 等 {len(step.lost)}"
        else:
            zh_numbers = numbers
        if len(step.lost) == 1:
            return Text(f"row {numbers} applies too, but comes later", f"第 {numbers} 行也命中，但排在后面")
        return Text(f"rows {numbers} apply too, but come later", f"第 {zh_numbers} 行也命中，但排在后面")


def _among(note: StandingNote) -> Text:
    """Name a term inside an expression: ``revenue among accounts``."""
    name = name_of(note.measure.name, note.measure.label) if note.measure is not None else Text("…")
    return Text(f"{name.en} among {note.population}", f"{note.population} 中按{_zh(name)}")


def place_among(note: StandingNote) -> Text:
    """Say where a record stands: ``in region north: rank 3 of 120; 61.3% before it``."""
    said = _place(note)
    if note.group is None or (note.ranked is None and note.within is None):
        return said
    name, value = name_of(note.group.name, note.group.label), note.group.shown.text
    return Text(f"in {name.en} {value.en}: {said.en}", f"{_zh(name)}“{_zh(value)}”内：{said.zh}")


def _place(note: StandingNote) -> Text:
    if note.ranked is not None:
        return _rank(note, note.ranked)
    if note.within is None:
        return Text("outside the population", "在总体之外")
    low, high, total = note.within.low, note.within.high, note.within.total
    if total is not None:
        return Text(f"of a total of {total.text.en}", f"合计为 {_zh(total.text)}")
    en = [f"from {low.text.en} on" if low else "", f"below {high.text.en}" if high else ""]
    zh = [f"{_zh(low.text)} 起" if low else "", f"低于 {_zh(high.text)}" if high else ""]
    bounds = Text(" and ".join(filter(None, en)), "、".join(filter(None, zh)))
    if not bounds.en:
        return Text("by the cut-offs, whatever the measure", "按界值，与指标大小无关")
    return Text(f"by the cut-offs, the same {bounds.en}", f"按界值，{bounds.zh}结果相同")


def _rank(note: StandingNote, place: Ranked) -> Text:
    en = f"rank {place.rank:,} of {place.members:,}"
    zh = f"在 {place.members:,} 家中排第 {place.rank:,}"
    if place.before is not None:
        share = show_scaled(place.before // 1000, 1)  # cut down, as the classes are: never past a bound
        return Text(f"{en}; {share}% before it", f"{zh}；此前累计占 {share}%")
    if not place.has_total and note.kind in {"classify", "share"}:
        return Text(f"{en}; the total is not above zero", f"{zh}；合计不大于零")
    if note.kind == "share":
        return Text(f"{en}, of a total of {place.total.text.en}", f"{zh}，合计为 {_zh(place.total.text)}")
    return Text(f"{en}; {place.below:,} below it", f"{zh}；低于它的有 {place.below:,} 家")


def place_of(row: RowNote, table: str, *, short: bool = False) -> Text:
    """Name a row: ``row 2 of tier``."""
    if row.number == 0:
        return Text("otherwise", "否则")
    kind = _KINDS.get(row.kind, Text(row.kind.value))
    en, zh = f"{kind.en} {row.number}", f"第 {row.number} {_zh(kind)}"
    return Text(en, zh) if short else Text(f"{en} of {table}", f" {table} 表{zh}")


def table_of(step: Step) -> str:
    """Return where the rows of a step stand: its declaration, or its criterion of a scorecard."""
    return step.name if step.kind is DefKind.CRITERION else step.table


def name_of(name: str, label: Text) -> Text:
    """Return what a value is called: its name; in Chinese its label, where it has one."""
    return Text(name, label.zh or name)


def chain(
    explanation: Explanation, name: str, words: Words, *, seen: set[str], depth: int = 0
) -> Iterator[Line]:
    """Yield the sentence of a definition and, indented, those of everything behind it, each once."""
    todo: list[tuple[str, int]] = [(name, depth)]
    while todo:
        current, level = todo.pop()
        step = explanation.steps.get(current)
        if step is None or current in seen:
            continue
        seen.add(current)
        yield Line(level, words.sentence(step))
        if len(step.rows) > 1 and isinstance(step.shown.plain, list) and not any(r.won for r in step.rules):
            yield from (Line(level + 1, row) for row in words.each_row(step))
        for detail in words.details(step):
            yield Line(level + 1, detail)
        behind = list(dict.fromkeys(b for r in step.reads for b in r.behind))
        todo.extend((b, level + 1) for b in reversed(behind) if b not in seen)


def _exact(r: Rounded) -> str:
    """Return the value before rounding; one whose decimals don't end is cut."""
    text = exact_text(r)
    if "/" not in text:
        return text
    num, den = (int(part) for part in text.split("/"))
    places = r.scale + 4
    return f"{show_scaled(num * 10**places // den, places)}…"


def _zh(text: Text) -> str:
    return text.zh or text.en


def _ended(text: Text) -> Text:
    return Text(f"{text.en}.", f"{text.zh}。")
