"""What a name of the policies means: type, place, rows with reasons, values by date, who reads it.

Assumes: a project without errors. Leaves: ``Explained`` values; nothing is evaluated.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from kamflow.base.span import NOWHERE, Source, Span
from kamflow.base.suggest import suggest
from kamflow.base.text import NO_TEXT, Text
from kamflow.core.expr import DefKey, Expr, Gather, Get, Override, Param, Pick, PopTerm, Ref, Table, walk
from kamflow.core.program import (
    Better,
    Def,
    DefKind,
    EnumDecl,
    FieldDecl,
    ParamDecl,
    Program,
    RecordDecl,
    tag_of,
)
from kamflow.core.ty import EnumTy, ListTy, RecordTy, Ty, show_ty, strip_opt
from kamflow.intake.show_value import show_value
from kamflow.project.load import Project
from kamflow.project.ranges import show_range
from kamflow.prove.effective import effective_conditions
from kamflow.values.dates import show_day

_KINDS = {
    DefKind.FACT: Text("definition", "定义"),
    DefKind.DECISION: Text("decision", "决策"),
    DefKind.SCORE: Text("total of a scorecard", "评分卡总分"),
    DefKind.CRITERION: Text("criterion of a scorecard", "评分卡指标"),
    DefKind.CLASS: Text("class within a population", "总体分级"),
    DefKind.MEASURE: Text("measure", "度量"),
}
_HIDDEN = frozenset({DefKind.ROWS, DefKind.BASE, DefKind.POP})
READS, READ_BY = Text("reads", "引用"), Text("read by", "被引用于")
_ROWS = Text("rows", "各行")
_LEFT = Text("each row answers when", "每行实际在何时命中")
_RULES = Text("overridden by", "可被覆盖")
_VALUES = Text("values", "取值")
_FIELDS = Text("fields", "字段")
_OUTPUTS = Text("decisions", "决策")
_MEMBERS = Text("members", "成员")
_CRITERIA = Text("criteria", "评分指标")


@dataclass(frozen=True, slots=True)
class Part:
    """A titled list of lines; names (``inline``) may share a line."""

    title: Text
    lines: tuple[Text, ...]
    inline: bool = False


@dataclass(frozen=True, slots=True)
class Explained:
    """``of``: the record it belongs to, empty for what belongs to none."""

    name: str
    kind: Text
    span: Span
    of: str = ""
    label: Text = NO_TEXT
    ty: Text = NO_TEXT
    parts: tuple[Part, ...] = ()


def program_on(project: Project, day: date) -> Program | None:
    """Return the policies in force on a day, or the last ones there are."""
    stretch = project.stretch_on(day.toordinal()) or (project.stretches[-1] if project.stretches else None)
    return stretch.program if stretch is not None else None


def explain_name(program: Program, sources: Mapping[str, Source], name: str, day: date) -> list[Explained]:
    """Return everything of that name, or else everything with that label, with the parameters of a day."""
    things = list(_things(program))
    for matches in (_by_name, _by_label):
        found = [make for own, of, label, make in things if matches(name, own, of, label)]
        if found:
            book = _Book(program, sources, day.toordinal())
            return [_explain(book, thing) for thing in found]
    return []


def nearest_name(program: Program, name: str) -> str | None:
    names = [own for own, _, _, _ in _things(program)]
    labels = [t for _, _, label, _ in _things(program) for t in (label.en, label.zh) if t]
    return suggest(name, names) or suggest(name, labels)


def _by_name(name: str, own: str, of: str, _: Text) -> bool:
    return name in {own, f"{of}.{own}", f"{own} of {of}"}


def _by_label(name: str, _own: str, _of: str, label: Text) -> bool:
    return name.casefold() in {label.en.casefold(), label.zh.casefold()} - {""}


@dataclass(frozen=True, slots=True)
class _Field:
    record: str
    decl: FieldDecl


@dataclass(frozen=True, slots=True)
class _Table:
    """A declaration with several outputs, under its own name."""

    name: str
    outputs: tuple[Def, ...]


_Thing = Def | ParamDecl | RecordDecl | EnumDecl | _Field | _Table


def _things(program: Program) -> Iterator[tuple[str, str, Text, _Thing]]:
    decls: dict[str, list[Def]] = {}
    for key, d in program.defs.items():
        if d.kind not in _HIDDEN:
            yield key.name, key.record, d.label, d
            if d.kind is DefKind.DECISION:
                decls.setdefault(d.decl, []).append(d)
    for param in program.params.values():
        yield param.name, "", param.label, param
    for record in program.records.values():
        yield record.name, "", record.label, record
        for decl in record.fields:
            yield decl.name, record.name, decl.label, _Field(record.name, decl)
    for enum in program.enums.values():
        yield enum.ty.name, "", NO_TEXT, enum
    for name, outputs in decls.items():
        if all(d.key.name != name for d in outputs):
            yield name, outputs[0].key.record, NO_TEXT, _Table(name, tuple(outputs))


@dataclass(frozen=True, slots=True)
class _Book:
    program: Program
    sources: Mapping[str, Source]
    day: int

    def line_of(self, span: Span) -> str:
        source = self.sources.get(span.source)
        return source.line_text(source.line_col(span.start)[0]).strip() if source is not None else ""


def _explain(book: _Book, thing: _Thing) -> Explained:
    match thing:
        case Def():
            return _of_def(book, thing)
        case ParamDecl():
            return _of_param(book, thing)
        case RecordDecl():
            return _of_record(book, thing)
        case EnumDecl():
            return _of_enum(book, thing)
        case _Field(record, decl):
            return _of_field(book, record, decl)
        case _Table(name, outputs):
            lines = tuple(_named(d.key.name, d.ty, d.label) for d in outputs)
            kind = Text("decision with several outputs", "多项输出的决策")
            rows = _rows(book, outputs[0])
            return Explained(name, kind, outputs[0].span, outputs[0].key.record, NO_TEXT, NO_TEXT,
                             _parts(Part(_OUTPUTS, lines), *rows))  # fmt: skip


def _of_def(book: _Book, d: Def) -> Explained:
    program = book.program
    prefix = f"{d.key.name}."
    criteria = tuple(
        _named(k.name, c.ty, c.label)
        for k, c in program.defs.items()
        if c.kind is DefKind.CRITERION and k.record == d.key.record and k.name.startswith(prefix)
    )
    kind = _KINDS[d.kind]
    if d.decl != d.key.name and d.kind is DefKind.DECISION:
        kind = Text(f"{kind.en}, an output of {d.decl}", f"{kind.zh}（{d.decl} 的一项输出）")
    if d.better is not None:
        zh = "越高越好" if d.better is Better.HIGHER else "越低越好"
        kind = Text(f"{kind.en} ({d.better.value} is better)", f"{kind.zh}（{zh}）")
    reads, readers = _reads(program, d.key), _readers(program, d.key)
    parts = _parts(
        *_rows(book, d), Part(_CRITERIA, criteria), Part(READS, reads, True), Part(READ_BY, readers, True)
    )
    return Explained(d.key.name, kind, d.span, d.key.record, d.label, show_range(d.ty), parts)


def _of_param(book: _Book, param: ParamDecl) -> Explained:
    values = tuple(
        Text(
            f"from {show_day(day)}: {show_value(v, param.ty)}",
            f"{show_day(day)} 起：{show_value(v, param.ty)}",
        )
        for day, v in param.versions
    )
    readers = _readers(book.program, param)
    return Explained(
        param.name, Text("parameter", "参数"), param.span, "", param.label, show_ty(param.ty),
        _parts(Part(_VALUES, values), Part(READ_BY, readers, True)),
    )  # fmt: skip


def _of_record(book: _Book, record: RecordDecl) -> Explained:
    fields = tuple(_named(f.name, f.ty, f.label) for f in record.fields)
    outputs = tuple(_named(d.key.name, d.ty, d.label) for d in book.program.outputs_of(record.name))
    parts = _parts(Part(_FIELDS, fields), Part(_OUTPUTS, outputs))
    return Explained(record.name, Text("record", "记录"), record.span, "", record.label, NO_TEXT, parts)


def _of_enum(book: _Book, enum: EnumDecl) -> Explained:
    kind = Text("ordered type", "有序类型") if enum.ty.ordered else Text("type", "类型")
    members = tuple(
        Text(f"{m}  {label.en}" if label.en else m, f"{m}  {label.zh}" if label.zh else m)
        for m, label in zip(enum.ty.members, enum.labels, strict=True)
    )
    users = tuple(
        Text(f"{f.name} of {r.name}", f"{f.name}（{r.name}）")
        for r in book.program.records.values()
        for f in r.fields
        if strip_opt(f.ty) == enum.ty
    )
    users += tuple(
        _key(k) for k, d in book.program.defs.items() if d.kind not in _HIDDEN and strip_opt(d.ty) == enum.ty
    )
    parts = _parts(Part(_MEMBERS, members), Part(Text("type of", "用于"), users, True))
    return Explained(enum.ty.name, kind, enum.span, "", NO_TEXT, NO_TEXT, parts)


def _of_field(book: _Book, record: str, decl: FieldDecl) -> Explained:
    ty = show_range(decl.ty)
    if decl.has_default:
        default = show_value(decl.default, decl.ty)
        ty = Text(f"{ty.en}, default {default}", f"{ty.zh}，默认 {default}")
    if decl.personal:
        ty = Text(f"{ty.en}; personal data", f"{ty.zh}；个人信息")
    if decl.changeable:
        ty = Text(f"{ty.en}; changeable", f"{ty.zh}；可调整")
    readers = _readers(book.program, _Field(record, decl))
    kind = Text("field", "字段")
    return Explained(decl.name, kind, decl.span, record, decl.label, ty, _parts(Part(READ_BY, readers, True)))


def _parts(*parts: Part) -> tuple[Part, ...]:
    return tuple(p for p in parts if p.lines)


def _named(name: str, ty: Ty, label: Text) -> Text:
    # the members of an enum stand at its own name
    shown = show_ty(ty) if isinstance(strip_opt(ty), EnumTy) else show_range(ty)
    en, zh = f"{name} : {shown.en}", f"{name} ： {shown.zh}"
    return Text(f"{en}  {label.en}" if label.en else en, f"{zh}  {label.zh}" if label.zh else zh)


def _key(key: DefKey) -> Text:
    return Text(f"{key.name} of {key.record}", f"{key.name}（{key.record}）")


def _rows(book: _Book, d: Def) -> list[Part]:
    """List the rows or clauses as written, and the rules that override them."""
    body: Expr = d.body
    parts: list[Part] = []
    if isinstance(body, Override):
        rules = tuple(
            Text(f"{r.tag.name}  {r.tag.because.en}", f"{r.tag.name}  {r.tag.because.zh}") for r in body.rules
        )
        parts.append(Part(_RULES, rules))
        body = book.program.defs[body.base.key].body if isinstance(body.base, Ref) else body.base
    if not isinstance(body, Pick | Gather):
        return parts
    row = body.row if isinstance(body, Pick) else body.rows
    if not isinstance(row, Ref):
        return parts
    lines: list[Text] = []
    table = book.program.defs[row.key].body
    if isinstance(table, Table) and table.columns and table.columns[0].span != NOWHERE:
        lines.append(Text(f"     {book.line_of(table.columns[0].span)}"))
    for i in range(len(body.values)):
        tag = tag_of(book.program, row.key, i)
        if tag is not None and tag.span != NOWHERE:
            lines.append(Text(f"{i + 1:>3}  {book.line_of(tag.span)}"))
    answers = effective_conditions(book.program, row.key, book.day) or ()
    left = tuple(
        Text(f"{i + 1:>3}  {when.en or 'never'}", f"{i + 1:>3}  {when.zh or '永远轮不到'}")
        for i, when in enumerate(answers)
    )
    return [Part(_ROWS, tuple(lines)), *_parts(Part(_LEFT, left)), *parts]


def _all_reads(program: Program, key: DefKey) -> Iterator[Expr]:
    """Yield the nodes of a definition, and of the hidden ones that belong to it."""
    seen, todo = {key}, [key]
    while todo:
        for node in walk(program.defs[todo.pop()].body):
            yield node
            if isinstance(node, Ref) and program.defs[node.key].kind in _HIDDEN and node.key not in seen:
                seen.add(node.key)
                todo.append(node.key)


def _reads(program: Program, key: DefKey) -> tuple[Text, ...]:
    found: dict[Text, None] = {}
    for node in _all_reads(program, key):
        match node:
            case Ref(other) if program.defs[other].kind not in _HIDDEN:
                found[_key(other) if other.record != key.record else Text(other.name)] = None
            case Get(record, name):
                of = _record_of(record.ty)
                found[Text(name) if of == key.record else _key(DefKey(of, name))] = None
            case Param(name):
                value = Text(f"{name} (parameter)", f"{name}（参数）")
                found[value] = None
            case PopTerm(population=name):
                found[Text(f"{name} (population)", f"{name}（总体）")] = None
            case _:
                pass
    return tuple(found)


def _record_of(ty: Ty) -> str:
    inner = strip_opt(ty)
    if isinstance(inner, ListTy):
        inner = strip_opt(inner.item)
    return inner.name if isinstance(inner, RecordTy) else ""


def _readers(program: Program, what: DefKey | ParamDecl | _Field) -> tuple[Text, ...]:
    out = [
        _key(key)
        for key, d in program.defs.items()
        if d.kind not in _HIDDEN and key != what and any(_is_read(n, what) for n in _all_reads(program, key))
    ]
    for fact in program.impossible:
        if any(_is_read(n, what) for n in walk(fact.cond)):
            reason = fact.because
            out.append(Text(f"impossible: {reason.en or reason.zh}", f"不可能：{reason.zh or reason.en}"))
    return tuple(out)


def _is_read(node: Expr, what: DefKey | ParamDecl | _Field) -> bool:
    match node, what:
        case Ref(key), DefKey():
            return key == what
        case Param(name), ParamDecl():
            return name == what.name
        case Get(record, name), _Field(own, decl):
            return name == decl.name and _record_of(record.ty) == own
        case _:
            return False
