"""What is said about definitions: facts that cannot be, properties, tests, scenarios."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass, replace

from kamflow.base.span import Span
from kamflow.base.suggest import suggest
from kamflow.base.text import NO_TEXT, Text
from kamflow.check import decl_errors, errors
from kamflow.check.check_data import check_in_range, constant
from kamflow.check.check_expr import check_condition, check_expr, fit
from kamflow.check.compare import check_sides
from kamflow.check.facts import NO_FACTS
from kamflow.check.scope import Scope, is_declared, names_of
from kamflow.check.symbols import words
from kamflow.core import ty as t
from kamflow.core.expr import DefKey, Expr, Get, ListOf, Lit, Ref, Struct, Var
from kamflow.core.program import (
    Def,
    Expect,
    Impossible,
    ParamDecl,
    Property,
    PropertyKind,
    Scenario,
    TestCase,
)
from kamflow.syntax import nodes
from kamflow.values.data import TypedRecord, Value

_EQUAL = {nodes.CompareOp.EQ, nodes.CompareOp.IS}


# ---- which record a statement is about


def subject_of(name: nodes.Name | None, body: object, at: Span, scope: Scope) -> str | None:
    """Return the record that a statement names, or the only one that has all names in it."""
    symbols = scope.symbols
    if name is not None:
        if name.text in symbols.record_nodes:
            return name.text
        scope.sink.add(errors.unknown_type(name.span, name.text, suggest(name.text, symbols.record_nodes)))
        return None
    heads = {p.parts[0].text for p in _paths(body)}
    common = symbols.enum_members() | set(symbols.params)
    visible = [
        r for r, node in symbols.record_nodes.items() if symbols.owner(node).policy in scope.owner.sees
    ]
    fits = [r for r in visible if heads <= common | set(names_of(r, scope)) | {r} | _groups(r, scope)]
    strict = [r for r in fits if (heads - common) or len(fits) == 1]
    if len(strict) == 1:
        return strict[0]
    if not fits:
        # let the record that knows most of the names speak: it reports the unknown one
        best = max(visible, key=lambda r: len(heads & set(names_of(r, scope))), default=None)
        if best is not None:
            return best
    scope.sink.add(decl_errors.subject_unclear(at, fits))
    return None


def _groups(record: str, scope: Scope) -> set[str]:
    return {k.name for k in scope.symbols.groups if k.record == record}


def _paths(node: object) -> Iterator[nodes.Path]:
    stack = [node]
    while stack:
        item = stack.pop()
        if isinstance(item, nodes.Path):
            yield item
        elif isinstance(item, nodes.Agg):
            yield item.items  # names inside may belong to the item
        elif isinstance(item, tuple):
            stack.extend(item)
        elif is_dataclass(item) and not isinstance(item, type | Span):
            stack.extend(getattr(item, f.name) for f in fields(item) if f.name != "span")


def check_impossible(node: nodes.ImpossibleNode, scope: Scope) -> Impossible | None:
    record = subject_of(node.record, node.cond, node.span, scope)
    if record is None:
        return None
    cond = check_condition(node.cond, replace(scope, subject=record), NO_FACTS)
    if cond is None:
        return None
    return Impossible(record, cond, words(node.because) or NO_TEXT, node.span)


def check_property(node: nodes.PropertyNode, scope: Scope) -> Property | None:
    """Type a property; that it was not tried is said until a prover looks at it."""
    record = subject_of(node.record, node.body, node.span, scope)
    if record is None:
        return None
    inner = replace(scope, subject=record)
    title = node.title.text
    if not isinstance(node.body, nodes.Monotone):
        cond = check_condition(node.body, inner, NO_FACTS)
        if cond is None:
            return None
        kind = PropertyKind.ALWAYS if node.word is nodes.PropertyWord.ALWAYS else PropertyKind.NEVER
        return Property(kind, title, record, cond, None, scope.owner.policy, node.span)
    value = check_expr(node.body.value, inner, NO_FACTS)
    driver = check_expr(node.body.driver, inner, NO_FACTS)
    if value is None or driver is None:
        return None
    for side, written in ((value, node.body.value), (driver, node.body.driver)):
        ty = t.strip_opt(side.ty)
        ordered = isinstance(ty, t.ScaledTy) or (isinstance(ty, t.EnumTy) and ty.ordered)
        if not ordered:
            scope.sink.add(decl_errors.monotone_types(written.span))
            return None
    if not isinstance(driver, Get | Ref):
        what = Text("a computed value", "计算出来的值")
        hint = Text("give it a `define` and name that", "请先用“定义”命名")
        scope.sink.add(errors.wrong_place(node.body.driver.span, what, hint))
        return None
    kind = PropertyKind.NOT_FALL if node.body.falls else PropertyKind.NOT_RISE
    return Property(kind, title, record, value, driver, scope.owner.policy, node.span)


# ---- tests


@dataclass(slots=True)
class _Draft:
    """``failed``: a record could not be given; that nothing is given then is no news."""

    records: list[TypedRecord]
    is_portfolio: bool = False
    failed: bool = False


def check_test(node: nodes.TestNode, scope: Scope, default_as_of: int) -> TestCase | None:
    """Build a test's records and type what it expects of them."""
    draft = _Draft([])
    ok = True
    expects: list[Expect] = []
    if not any(isinstance(s, nodes.ExpectNode | nodes.ExpectTable) for s in node.steps):
        scope.sink.add(decl_errors.test_no_expectation(node.title.span))
        ok = False
    for step in node.steps:
        match step:
            case nodes.Given():
                draft.failed = not _given(step, draft, scope) or draft.failed
                ok = not draft.failed and ok
            case nodes.Assume(assign):
                if not draft.records:
                    ok = draft.failed or _nothing_given(step.span, scope)
                else:
                    done = [_assign(r, assign, scope) for r in draft.records]
                    ok = all(done) and ok
            case nodes.ExpectNode(cond):
                if not draft.records:
                    ok = (draft.failed or _nothing_given(step.span, scope)) and ok
                    continue
                found = _expect(cond, 0, _asked_of(draft.records[0].record, scope))
                ok = found is not None and ok
                expects += [found] if found is not None else []
            case nodes.ExpectTable():
                ok = _expect_table(step, draft, expects, scope) and ok
    if scope.hidden:
        what = Text("a population term", "总体比较")
        hint = Text("give it a `define` and expect that", "请先用“定义”命名，再写期望")
        scope.sink.add(errors.wrong_place(scope.hidden[0].span, what, hint))
        scope.hidden.clear()
        return None
    if not ok:
        return None
    for record in draft.records:
        _fill(record, scope)
    as_of = node.as_of.day if node.as_of is not None else default_as_of
    return TestCase(
        node.title.text,
        as_of,
        tuple(draft.records),
        draft.is_portfolio,
        tuple(expects),
        scope.owner.policy,
        node.span,
    )


def _nothing_given(span: Span, scope: Scope) -> bool:
    message = Text("no record is given before this", "在这之前没有给出任何记录")
    hint = Text("begin the test with `given customer` and its fields", "请先写“已知 客户”及其字段")
    scope.sink.add(decl_errors.test_given(span, message, hint))
    return False


def _record_named(name: str, scope: Scope) -> str | None:
    if name in scope.symbols.records:
        return name
    singular = name.removesuffix("s")
    return singular if singular in scope.symbols.records else None


def _given(step: nodes.Given, draft: _Draft, scope: Scope) -> bool:
    record = _record_named(step.subject.parts[0].text, scope) if len(step.subject.parts) == 1 else None
    if step.table is None:
        if record is None:
            return _unknown_subject(step.subject, scope)
        made = TypedRecord(record, {})
        done = [_assign(made, a, scope) for a in step.values]
        draft.records.append(made)
        return all(done)
    if record is None or (draft.records and _is_list(draft.records[0].record, step.subject, scope)):
        return _given_items(step, draft, scope)
    rows = _table_records(step.table, record, scope)
    draft.records += rows or []
    draft.is_portfolio = True
    return rows is not None


def _unknown_subject(path: nodes.Path, scope: Scope) -> bool:
    name = path.parts[0].text
    near = suggest(name, scope.symbols.records)
    if name not in scope.owner.broken:
        scope.sink.add(errors.unknown_type(path.span, str(path), near))
    return False


def _is_list(record: str, path: nodes.Path, scope: Scope) -> bool:
    decl = scope.symbols.records[record].field(path.parts[-1].text)
    return decl is not None and isinstance(decl.ty, t.ListTy)


def _given_items(step: nodes.Given, draft: _Draft, scope: Scope) -> bool:
    """`given orders | …`: the child list of the record given before."""
    if not draft.records:
        return _unknown_subject(step.subject, scope)
    parent = draft.records[-1]
    name = step.subject.parts[-1].text
    decl = scope.symbols.records[parent.record].field(name)
    item = decl.ty.item if decl is not None and isinstance(decl.ty, t.ListTy) else None
    if not isinstance(item, t.RecordTy) or step.table is None:
        return _unknown_subject(step.subject, scope)
    rows = _table_records(step.table, item.name, scope)
    if rows is None:
        return False
    parent.fields[name] = tuple(rows)
    return True


def _table_records(table: nodes.DataTable, record: str, scope: Scope) -> list[TypedRecord] | None:
    out: list[TypedRecord] = []
    ok = True
    for row in table.rows:
        if len(row) != len(table.head):
            span = next((c.span for c in row if c is not None), table.span)
            side = Text("", "")
            scope.sink.add(decl_errors.row_shape(span, len(row), len(table.head), side, table.span))
            ok = False
            continue
        made = TypedRecord(record, {})
        for path, value in zip(table.head, row, strict=True):
            if value is not None:
                ok = _assign(made, nodes.Assign(path, value, value.span), scope) and ok
        out.append(made)
    return out if ok else None


def _assign(record: TypedRecord, assign: nodes.Assign, scope: Scope) -> bool:
    """Set a field, or state the value of a definition, of a test's record."""
    target = record
    *owners, last = assign.path.parts
    if (
        owners
        and owners[0].text == record.record
        and scope.symbols.records[record.record].field(owners[0].text) is None
    ):
        owners = owners[1:]
    for part in owners:
        decl = scope.symbols.records[target.record].field(part.text)
        ty = t.strip_opt(decl.ty) if decl is not None else None
        if not isinstance(ty, t.RecordTy):
            where = Text(f"in {target.record}", f"“{target.record}”中")
            near = suggest(part.text, names_of(target.record, scope))
            lost = is_declared(DefKey(target.record, part.text), scope) or part.text in scope.owner.broken
            if not lost:
                scope.sink.add(errors.unknown_name(part.span, part.text, near, where))
            return False
        nested = target.fields.setdefault(part.text, TypedRecord(ty.name, {}))
        assert isinstance(nested, TypedRecord)
        target = nested
    decl = scope.symbols.records[target.record].field(last.text)
    key = DefKey(target.record, last.text)
    if decl is not None:
        value, ok = _test_value(assign.value, decl.ty, scope)
        if ok:
            check_in_range(value, decl.ty, assign.value.span, scope.sink)
            target.fields[last.text] = value
        return ok
    found = scope.defs.get(key)
    if found is not None:
        value, ok = _test_value(assign.value, found.ty, scope)
        if ok:
            target.given[last.text] = value
            scope.symbols.used.add(f"def:{key.record}.{key.name}")
        return ok
    if not is_declared(key, scope) and last.text not in scope.owner.broken:
        where = Text(f"in {target.record}", f"“{target.record}”中")
        near = suggest(last.text, names_of(target.record, scope))
        scope.sink.add(errors.unknown_name(last.span, last.text, near, where))
    return False


def _test_value(node: nodes.Expr, ty: t.Ty, scope: Scope) -> tuple[Value, bool]:
    if isinstance(node, nodes.MissingLit):
        if isinstance(ty, t.OptTy):
            return None, True
        scope.sink.add(errors.missing_not_allowed(node.span, ty))
        return None, False
    inner = t.strip_opt(ty)
    found = check_expr(
        node, scope if scope.subject is None else replace(scope, subject=None), NO_FACTS, inner
    )
    fitted = fit(found, node, inner, scope, NO_FACTS) if found is not None else None
    return constant(fitted, node, scope.sink)


def _fill(record: TypedRecord, scope: Scope) -> None:
    """Give a test's record what a reader would: defaults, and missing optional fields."""
    for value in record.fields.values():
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, TypedRecord):
                _fill(part, scope)
    record.fields = {**scope.symbols.records[record.record].left_out, **record.fields}


def _asked_of(record: str, scope: Scope) -> Scope:
    """Return the scope of what is expected of a record."""
    return replace(scope, subject=record, lenient=True)


def _expect(cond: nodes.Expr, subject: int, inner: Scope) -> Expect | None:
    if isinstance(cond, nodes.Compare) and cond.op in _EQUAL:
        quiet = check_sides(cond.left, cond.right, inner, NO_FACTS)
        if quiet is None:
            return None
        left, right = quiet
        if isinstance(t.strip_opt(left.ty), t.ListTy):
            fitted = fit(right, cond.right, left.ty, inner, NO_FACTS)
            return Expect(None, subject, (left, fitted), cond.span) if fitted is not None else None
        test = check_condition(cond, inner, NO_FACTS)
        return Expect(test, subject, (left, right), cond.span) if test is not None else None
    test = check_condition(cond, inner, NO_FACTS)
    return Expect(test, subject, None, cond.span) if test is not None else None


def _expect_table(step: nodes.ExpectTable, draft: _Draft, expects: list[Expect], scope: Scope) -> bool:
    """`expect customers | id | class |`: rows are found by their first column."""
    if not draft.records:
        return draft.failed or _nothing_given(step.span, scope)
    record = draft.records[0].record
    lines = scope.defs.get(DefKey(record, str(step.subject)))
    if lines is not None and isinstance(lines.ty, t.ListTy) and isinstance(lines.ty.item, t.StructTy):
        made = _expect_lines(step, lines, lines.ty.item, scope)
        expects += [made] if made is not None else []
        return made is not None
    if lines is None and DefKey(record, str(step.subject)) in scope.symbols.defs:
        return False  # what is wrong with it was said where it stands
    key_path = step.table.head[0]
    decl = scope.symbols.records[record].field(str(key_path))
    if decl is None or _record_named(str(step.subject), scope) != record:
        return _unknown_subject(step.subject if decl is not None else key_path, scope)
    ok, inner = True, _asked_of(record, scope)
    for row in step.table.rows:
        if len(row) != len(step.table.head) or row[0] is None:
            span = next((c.span for c in row if c is not None), step.span)
            head = step.table.span
            scope.sink.add(decl_errors.row_shape(span, len(row), len(step.table.head), Text("", ""), head))
            ok = False
            continue
        key, found = _test_value(row[0], decl.ty, scope)
        index = next((i for i, r in enumerate(draft.records) if r.fields.get(decl.name) == key), None)
        if not found or index is None:
            message = Text("no record given has this key", "给出的记录中没有这个键")
            hint = Text("the first column finds the record", "第一列用来查找记录")
            scope.sink.add(decl_errors.test_given(row[0].span, message, hint))
            ok = False
            continue
        for path, value in zip(step.table.head[1:], row[1:], strict=True):
            if value is None:
                continue
            cond: nodes.Expr = nodes.Compare(nodes.CompareOp.IS, path, value, value.span)
            if isinstance(value, nodes.MissingLit):
                cond = nodes.Presence(path, False, value.span)
            made = _expect(cond, index, inner)
            ok = made is not None and ok
            expects += [made] if made is not None else []
    return ok


def _expect_lines(step: nodes.ExpectTable, lines: Def, line_ty: t.StructTy, scope: Scope) -> Expect | None:
    """`expect actions | action | owner |`: all lines of a collected list, by the columns named."""
    places = {name: i for i, (name, _) in enumerate(line_ty.fields)}
    columns: list[int] = []
    for path in step.table.head:
        if str(path) not in places:
            where = Text(f"in {lines.key.name}", f"“{lines.key.name}”中")
            scope.sink.add(errors.unknown_name(path.span, str(path), suggest(str(path), places), where))
            return None
        columns.append(places[str(path)])
    own = t.StructTy(tuple(line_ty.fields[i] for i in columns))
    rows: list[Expr] = []
    for row in step.table.rows:
        values = [
            Lit(value, ty, cell.span)
            for cell, (_, ty) in zip(row, own.fields, strict=False)
            if cell is not None and (found := _test_value(cell, ty, scope))[1]
            for value in (found[0],)
        ]
        if len(values) != len(columns) or len(row) != len(columns):
            if len(row) != len(columns) or any(cell is None for cell in row):
                side = Text("", "")
                scope.sink.add(
                    decl_errors.row_shape(step.span, len(row), len(columns), side, step.table.span)
                )
            return None
        rows.append(Struct(tuple(values), own, step.span))
    scope.symbols.used.add(f"def:{lines.key.record}.{lines.key.name}")
    subject = Var("self", t.RecordTy(lines.key.record), step.span)
    left = Ref(lines.key, subject, lines.ty, step.span)
    right = ListOf(tuple(rows), t.ListTy(own), step.span)
    return Expect(None, 0, (left, right), step.span, tuple(columns))


# ---- scenarios


def check_scenario(node: nodes.ScenarioNode, params: dict[str, ParamDecl], scope: Scope) -> Scenario | None:
    sets: list[tuple[str, Value]] = []
    for name, value in node.sets:
        decl = params.get(name.text)
        if decl is None:
            if name.text not in scope.symbols.params and name.text not in scope.owner.broken:
                near = suggest(name.text, params)
                scope.sink.add(decl_errors.no_such_parameter(name.span, name.text, near))
            return None
        found: Expr | None = check_expr(value, scope, NO_FACTS, decl.ty)
        fitted = fit(found, value, decl.ty, scope, NO_FACTS) if found is not None else None
        const, ok = constant(fitted, value, scope.sink)
        if not ok:
            return None
        scope.symbols.used.add(f"param:{name.text}")
        sets.append((name.text, const))
    return Scenario(node.title.text, tuple(sets), scope.owner.policy, node.span)
