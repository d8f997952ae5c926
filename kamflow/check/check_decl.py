"""Definitions one by one: `define`, `classify`, `scorecard`, `decision`, and overrides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

from kamflow.base.suggest import suggest
from kamflow.base.text import Text
from kamflow.check import amounts, decl_errors
from kamflow.check.aggregates import check_group, check_measure
from kamflow.check.check_asked import check_asked
from kamflow.check.check_expr import check_condition, check_expr
from kamflow.check.check_table import Rows, Want, check_bands, check_clauses, check_table, common_type, settle
from kamflow.check.errors import policy_not_used, unknown_type
from kamflow.check.facts import NO_FACTS, assume
from kamflow.check.order import Unit
from kamflow.check.resolve_types import Wanted, resolve_type
from kamflow.check.scope import Scope
from kamflow.check.symbols import words
from kamflow.core import ty as t
from kamflow.core.expr import (
    Choose,
    DefKey,
    Expr,
    Fold,
    Gather,
    Hit,
    Op,
    Override,
    OverrideRule,
    Pick,
    PopKind,
    PopTerm,
    Ref,
    Struct,
    Tag,
    TagKind,
    Var,
)  # fmt: skip
from kamflow.core.program import Better, Def, DefKind
from kamflow.syntax import nodes
from kamflow.values.decimals import show_scaled


def check_unit(unit: Unit, scope: Scope, overridden: frozenset[DefKey]) -> list[Def]:
    """Return the definitions of a unit in dependency order; [] where something was reported.

    An overridden output is defined as ``name#base`` by its declaration, as ``name`` by its rules.
    """
    node = unit.node
    if node.record.text not in scope.symbols.record_nodes:
        _unknown_record(node.record, scope)
        return []
    if unit.rules:
        return _check_override(unit, scope)
    foreign = scope.symbols.foreign(scope.symbols.record_nodes[node.record.text], scope.owner)
    if foreign is not None:
        scope.sink.add(policy_not_used(node.record.span, node.record.text, foreign))
    match node:
        case nodes.DefineNode():
            plain = node.role is nodes.DefineRole.PLAIN
            found = _check_define(node, scope) if plain else check_asked(node, scope)
        case nodes.ClassifyNode():
            found = _check_classify(node, scope)
        case nodes.ScorecardNode():
            found = _check_scorecard(node, scope)
        case nodes.DecisionNode():
            found = _check_decision(node, scope)
        case _:
            assert_never(node)
    done = [_as_base(d) if d.key in overridden else d for d in found]
    return [*scope.hidden, *done] if found else []


def _as_base(d: Def) -> Def:
    key = DefKey(d.key.record, f"{d.key.name}#base")
    return Def(key, d.ty, d.body, DefKind.BASE, d.decl, d.policy, d.label, d.span)


def _unknown_record(name: nodes.Name, scope: Scope) -> None:
    if name.text not in scope.owner.broken:
        scope.sink.add(unknown_type(name.span, name.text, suggest(name.text, scope.symbols.record_nodes)))


def _self(node: nodes.Name, record: str) -> Var:
    return Var("self", t.RecordTy(record), node.span)


def _check_define(node: nodes.DefineNode, scope: Scope) -> list[Def]:
    wanted = resolve_type(node.type, scope.owner, scope.symbols, scope.sink) if node.type else None
    if node.type is not None and wanted is None:
        return []
    value = check_expr(node.value, scope, NO_FACTS, wanted.ty if wanted else None)
    if wanted is not None:
        want = Want(node.name.text, wanted, node.name.span)
        value = settle(value, node.value, want, scope, NO_FACTS)
    if value is None:
        return []
    key = DefKey(node.record.text, node.name.text)
    made = Def(
        key,
        value.ty,
        value,
        DefKind.FACT,
        node.name.text,
        scope.owner.policy,
        words(node.label),
        node.name.span,
    )
    return [made] if node.measure is None else _as_measure(made, node, node.measure, scope)


_ADDS_UP = frozenset({t.UnitKind.MONEY, t.UnitKind.NUMBER, t.UnitKind.DAYS, t.UnitKind.MONTHS})


def _as_measure(made: Def, node: nodes.DefineNode, word: nodes.MeasureWord, scope: Scope) -> list[Def]:
    """Refuse what has no sum over a portfolio: percentages, dates, members, texts."""
    ty = made.ty
    if not isinstance(ty, t.ScaledTy) or ty.unit.kind not in _ADDS_UP:
        at = node.type.span if node.type is not None else node.span
        scope.sink.add(decl_errors.measure_type(at, node.name.text, t.show_ty(ty)))
        return []
    match word:
        case nodes.MeasureWord.PLAIN:
            better = None
        case nodes.MeasureWord.HIGHER:
            better = Better.HIGHER
        case nodes.MeasureWord.LOWER:
            better = Better.LOWER
        case _:
            assert_never(word)
    return [replace(made, kind=DefKind.MEASURE, better=better)]


def _check_classify(node: nodes.ClassifyNode, scope: Scope) -> list[Def]:
    wanted = resolve_type(node.type, scope.owner, scope.symbols, scope.sink)
    measure = check_measure(node.measure, node.population, scope)
    group = check_group(node.group, scope)
    if wanted is None or measure is None or (group is None) != (node.group is None):
        return []
    ty = wanted.ty
    if not isinstance(ty, t.EnumTy):
        message = Text("the classes are members of a type declared with `type`", "类别应为“类型”声明的成员")
        hint = Text("declare `type abc is ordered C < B < A`", "请声明“类型 abc类 有序 C < B < A”")
        scope.sink.add(decl_errors.classes(node.type.span, message, hint))
        return []
    classes = _class_bounds(node, ty, scope)
    if classes is None:
        return []
    outside = _member(node.outside, ty, scope) if node.outside is not None else None
    if outside is None:
        if node.outside is None:
            message = Text("it is not said which class the others have", "没有说明总体之外的客户属于哪一类")
            hint = Text(f"add `outside population {ty.members[0]}`", f"请补一行“总体之外 {ty.members[0]}”")
            scope.sink.add(decl_errors.classes(node.name.span, message, hint))
        return []
    if not node.ties_better:
        message = Text("it is not said how ties are classed", "没有说明并列时如何归类")
        hint = Text("add `ties share the better class`", "请补一行“并列取优”")
        scope.sink.add(decl_errors.classes(node.name.span, message, hint))
        return []
    body = PopTerm(
        PopKind.CLASSIFY,
        node.population.text,
        measure,
        group,
        0,
        classes,
        node.largest_first,
        outside,
        ty,
        node.span,
    )
    key = DefKey(node.record.text, node.name.text)
    return [
        Def(
            key,
            ty,
            body,
            DefKind.CLASS,
            node.name.text,
            scope.owner.policy,
            words(node.label),
            node.name.span,
        )
    ]


def _member(name: nodes.Name, ty: t.EnumTy, scope: Scope) -> int | None:
    if name.text in ty.members:
        return ty.members.index(name.text)
    message = Text(f"`{name.text}` is no member of `{ty.name}`", f"“{name.text}”不是类型“{ty.name}”的成员")
    some = ", ".join(ty.members)
    hint = Text(f"its members are {some}", f"其成员为：{some}")
    scope.sink.add(decl_errors.classes(name.span, message, hint))
    return None


def _class_bounds(
    node: nodes.ClassifyNode, ty: t.EnumTy, scope: Scope
) -> tuple[tuple[int, int | None], ...] | None:
    """Return the classes with their upper bounds in millionths; they must rise, `rest` comes last."""
    out: list[tuple[int, int | None]] = []
    last = 0
    for i, line in enumerate(node.classes):
        member = _member(line.name, ty, scope)
        if member is None:
            return None
        if line.bound is not None and line.bound.unit == "?":
            return None
        if line.bound is None:
            if i != len(node.classes) - 1:
                message = Text("`rest` is the last class", "“其余”应为最后一类")
                scope.sink.add(decl_errors.classes(line.span, message, Text("move it down", "请移到最后")))
                return None
            out.append((member, None))
            continue
        bound, rest = divmod(line.bound.digits * 10**4, 10**line.bound.scale)
        if line.bound.unit != "%" or rest or not last < bound <= 10**6:
            message = Text(
                "bounds are percentages of the total that rise from class to class, at most 100%",
                "界限应为占总额的百分比，逐级增大，且不超过 100%",
            )
            scope.sink.add(decl_errors.classes(line.span, message, Text("write for example 80%", "例如 80%")))
            return None
        last = bound
        out.append((member, bound))
    if not out or out[-1][1] is not None:
        message = Text("the last class takes the `rest`", "最后一类应写“其余”")
        hint = Text("add for example `C rest`", "例如“C 其余”")
        scope.sink.add(decl_errors.classes(node.name.span, message, hint))
        return None
    return tuple(out)


def _check_scorecard(node: nodes.ScorecardNode, scope: Scope) -> list[Def]:
    record, name = node.record.text, node.name.text
    weight_scale = max(c.weight.scale for c in node.criteria)
    weights = [c.weight.digits * int(10 ** (weight_scale - c.weight.scale)) for c in node.criteria]
    if any(c.weight.unit == "?" for c in node.criteria):  # its unit was reported
        return []
    bare = next((c.weight for c in node.criteria if c.weight.unit != "%"), None)
    if bare is not None:
        part = bare.digits <= 10**bare.scale
        meant = _percent(bare.digits * 100 if part else bare.digits, bare.scale)
        scope.sink.add(decl_errors.weight_without_percent(bare.span, bare.written, meant))
        return []
    if sum(weights) != 100 * 10**weight_scale:
        shown = [(c.weight.span, f"{c.weight.written}{c.weight.unit}") for c in node.criteria]
        shown_total = _percent(sum(weights), weight_scale)
        scope.sink.add(decl_errors.weights(node.name.span, shown_total, shown))
        return []
    defs: list[Def] = []
    parts: list[Expr] = []
    for criterion, weight in zip(node.criteria, weights, strict=True):
        subject = check_expr(criterion.subject, scope, NO_FACTS)
        rows = check_bands(criterion, subject, scope, NO_FACTS) if subject is not None else None
        if rows is None:
            continue
        own = f"{name}.{criterion.name.text}"
        points_want = Want(own, Wanted(t.ScaledTy(t.NUMBER, 4, 0, 0)), criterion.name.span)
        made = _row_defs(own, rows, [points_want], scope, record, name)
        points = made[-1]
        labelled = replace(points, kind=DefKind.CRITERION, label=words(criterion.label))
        defs += [*made[:-1], labelled]
        ref = Ref(points.key, _self(criterion.name, record), points.ty, criterion.span)
        share = amounts.lit(weight, t.PERCENT, weight_scale, criterion.weight.span)
        scale = amounts.scaled(ref).scale + weight_scale + 2
        parts.append(amounts.multiply(NO_FACTS, ref, share, t.NUMBER, scale, criterion.span))
    if len(parts) != len(node.criteria):
        return []
    parts = amounts.align(NO_FACTS, parts)
    total_expr = parts[0]
    for part in parts[1:]:
        total_expr = amounts.add(NO_FACTS, Op.ADD, total_expr, part, t.NUMBER, node.name.span)
    key = DefKey(record, name)
    total = Def(
        key,
        total_expr.ty,
        total_expr,
        DefKind.SCORE,
        name,
        scope.owner.policy,
        words(node.label),
        node.name.span,
    )
    return [*defs, total]


def _percent(digits: int, scale: int) -> str:
    text = show_scaled(digits, scale)
    return (text.rstrip("0").rstrip(".") if "." in text else text) + "%"


def _row_defs(
    decl: str, rows: Rows, wants: Sequence[Want], scope: Scope, record: str, owner: str
) -> list[Def]:
    """Return the row definition and one definition for each output that picks from it."""
    at = wants[0].span
    row_key = DefKey(record, f"{decl}#row")
    row = Def(row_key, rows.body.ty, rows.body, DefKind.ROWS, owner, scope.owner.policy, span=at)
    ref = Ref(row_key, Var("self", t.RecordTy(record), at), row.ty, at)
    out = [row]
    for want, values in zip(wants, rows.values, strict=True):
        ty = common_type(values)
        pick = Pick(ref, values, ty, want.span)
        key = DefKey(record, want.name)
        out.append(Def(key, ty, pick, DefKind.DECISION, owner, scope.owner.policy, span=want.span))
    return out


def _check_decision(node: nodes.DecisionNode, scope: Scope) -> list[Def]:
    wants: list[Want] = []
    for output in node.outputs:
        wanted = resolve_type(output.type, scope.owner, scope.symbols, scope.sink)
        if wanted is None:
            return []
        wants.append(Want(output.name.text, wanted, output.name.span))
    label, record = words(node.label), node.record.text
    match node.body:
        case nodes.ExprBody(value, because):
            if len(wants) > 1:
                names = ", ".join(w.name for w in wants)
                message = Text(f"one value cannot give {names}", f"一个值无法给出 {names}")
                hint = Text("use a table or `when` clauses", "请用表或“当”子句")
                scope.sink.add(decl_errors.output_columns(value.span, message, hint))
                return []
            found = check_expr(value, scope, NO_FACTS, wants[0].wanted.ty)
            core = settle(found, value, wants[0], scope, NO_FACTS)
            if core is None:
                return []
            if because is not None:
                tag = Tag(TagKind.OTHERWISE, 0, because.text, span=value.span)
                body = Choose(Hit.FIRST, (), tag, t.ScaledTy(t.NUMBER, 0, 0, 0), node.span)
                defs = _row_defs(node.name.text, Rows(body, ((core,),)), wants, scope, record, node.name.text)
            else:
                key = DefKey(record, wants[0].name)
                defs = [
                    Def(
                        key,
                        core.ty,
                        core,
                        DefKind.DECISION,
                        node.name.text,
                        scope.owner.policy,
                        span=node.name.span,
                    )
                ]
        case nodes.Clauses():
            rows = check_clauses(node.body, wants, scope, NO_FACTS)
            if rows is None:
                return []
            defs = _row_defs(node.name.text, rows, wants, scope, record, node.name.text)
        case nodes.TableBody(table):
            if table.hit in {nodes.HitPolicy.UNIQUE, nodes.HitPolicy.FIRST}:
                rows = check_table(node.body, wants, scope, NO_FACTS)
                if rows is None:
                    return []
                defs = _row_defs(node.name.text, rows, wants, scope, record, node.name.text)
            else:
                defs = _check_collect(node, node.body, wants, scope)
        case _:
            assert_never(node.body)
    labels = {o.name.text: words(o.label) or label for o in node.outputs}
    return [
        replace(d, label=labels.get(d.key.name, label)) if d.kind is DefKind.DECISION else d for d in defs
    ]


_FOLDS = {
    nodes.HitPolicy.SUM: Fold.SUM, nodes.HitPolicy.MIN: Fold.MIN, nodes.HitPolicy.MAX: Fold.MAX,
    nodes.HitPolicy.COUNT: Fold.COUNT, nodes.HitPolicy.LIST: Fold.LIST,
}  # fmt: skip


def _check_collect(
    node: nodes.DecisionNode, body: nodes.TableBody, wants: list[Want], scope: Scope
) -> list[Def]:
    """Check a collect table: one folded output, or a list of lines with all outputs."""
    fold = _FOLDS[body.table.hit]
    if body.other is not None:
        message = Text("a collect table needs no `otherwise`", "汇总表不需要“否则”")
        hint = Text("rows that do not apply add nothing", "不命中的行不计入")
        scope.sink.add(decl_errors.collect_outputs(body.other.span, message, hint))
        return []
    inner = _collect_wants(node, fold, wants, scope)
    rows = check_table(body, inner, scope, NO_FACTS) if inner is not None else None
    if rows is None or inner is None:
        return []
    record, name = node.record.text, node.name.text
    row_key = DefKey(record, f"{name}#row")
    row = Def(row_key, rows.body.ty, rows.body, DefKind.ROWS, name, scope.owner.policy, span=node.name.span)
    ref = Ref(row_key, _self(node.name, record), row.ty, node.name.span)
    values = rows.values[0]
    ty = common_type(values)
    if fold is Fold.LIST and not node.single:
        line_ty = t.StructTy(tuple((w.name, common_type(v)) for w, v in zip(inner, rows.values, strict=True)))
        lines = zip(*rows.values, strict=True)
        values = tuple(Struct(tuple(line), line_ty, node.name.span) for line in lines)
        ty = t.ListTy(line_ty)
    elif fold is Fold.LIST:
        ty = t.ListTy(ty)
    elif fold is Fold.COUNT:
        ty = t.ScaledTy(t.NUMBER, 0, 0, len(values))
    elif isinstance(ty, t.ScaledTy) and fold is Fold.SUM:
        low = sum(min(0, amounts.scaled(v).lo) for v in values)
        high = sum(max(0, amounts.scaled(v).hi) for v in values)
        ty = t.ScaledTy(ty.unit, ty.scale, low, high)
    elif fold in {Fold.MIN, Fold.MAX}:
        ty = t.OptTy(ty)
    gather = Gather(ref, fold, values, ty, node.name.span)
    key = DefKey(record, name)
    policy = scope.owner.policy
    return [row, Def(key, ty, gather, DefKind.DECISION, name, policy, span=node.name.span)]


def _collect_wants(
    node: nodes.DecisionNode, fold: Fold, wants: list[Want], scope: Scope
) -> list[Want] | None:
    """Return what each row gives: of `list of T`, a T; of a sum, an amount."""
    if fold is Fold.LIST:
        if not node.single:
            return wants
        want = wants[0]
        if isinstance(want.wanted.ty, t.ListTy):
            return [Want(want.name, Wanted(want.wanted.ty.item), want.span)]
        message = Text("`collect list` gives a list", "“汇总 列表”的结果是列表")
        hint = Text(
            "declare the output as `list of …`, or use `gives`", "请把输出声明为“多条 …”，或使用“给出”"
        )
        scope.sink.add(decl_errors.collect_outputs(want.span, message, hint))
        return None
    if len(wants) > 1 or not node.single:
        message = Text("a collected value is one output", "汇总的结果只能有一个输出")
        hint = Text("use one decision for each", "请为每个结果各写一个决策")
        scope.sink.add(decl_errors.collect_outputs(node.name.span, message, hint))
        return None
    ty = wants[0].wanted.ty
    ordered = isinstance(ty, t.EnumTy) and ty.ordered and fold in {Fold.MIN, Fold.MAX}
    if fold is not Fold.COUNT and not isinstance(ty, t.ScaledTy) and not ordered:
        shown = t.show_ty(ty)
        message = Text(f"{shown.en} cannot be collected with {fold.value}", f"{shown.zh}不能这样汇总")
        hint = Text("use an amount, or `collect list`", "请使用数量，或改用“汇总 列表”")
        scope.sink.add(decl_errors.collect_outputs(node.name.span, message, hint))
        return None
    return wants


# ---- overrides


def _check_override(unit: Unit, scope: Scope) -> list[Def]:
    """Check the rules that override one output, and which of them beat which."""
    key = unit.key
    base = scope.defs.get(DefKey(key.record, f"{key.name}#base"))
    if base is None:
        return []
    names = [r.name.text for r in unit.rules]
    rules: list[OverrideRule] = []
    for rule in unit.rules:
        own = frozenset(DefKey(key.record, p.parts[-1].text) for p in rule.targets)
        inner = replace(scope, base_of=own, owner=scope.symbols.owner(rule))
        cond = check_condition(rule.cond, inner, NO_FACTS)
        value = _assigned(rule, key, base, inner, cond)
        if cond is None or value is None:
            return []
        beats = tuple(
            names.index(p.parts[0].text)
            for p in rule.targets
            if len(p.parts) == 1 and p.parts[0].text in names
        )
        because = rule.because.text if rule.because is not None else words(rule.label)
        tag = Tag(TagKind.RULE, len(rules) + 1, because, rule.name.text, rule.name.span)
        rules.append(OverrideRule(cond, value, beats, tag))
    ref = Ref(base.key, Var("self", t.RecordTy(key.record), base.span), base.ty, base.span)
    ty = common_type([ref, *(r.value for r in rules)])
    body = Override(ref, tuple(rules), ty, base.span)
    return [
        *scope.hidden,
        Def(key, ty, body, DefKind.DECISION, base.decl, base.policy, base.label, base.span),
    ]


def _assigned(rule: nodes.RuleNode, key: DefKey, base: Def, scope: Scope, cond: Expr | None) -> Expr | None:
    """Return what a rule assigns to one of its targets, with the base value's unit and scale."""
    found = [a for a in rule.assigns if a.path.parts[-1].text == key.name]
    if not found:
        message = Text(
            f"the rule overrides `{key.name}` but assigns nothing to it",
            f"规则覆盖了“{key.name}”，却没有给它赋值",
        )
        scope.sink.add(decl_errors.rule_assigns(rule.name.span, message))
        return None
    facts = assume(NO_FACTS, cond, True) if cond is not None else NO_FACTS
    node = found[0].value
    value = check_expr(node, scope, facts, base.ty)
    explicit = base.ty.scale if isinstance(base.ty, t.ScaledTy) else None
    return settle(value, node, Want(key.name, Wanted(base.ty, explicit), node.span), scope, facts)
