"""What was written anew in one definition, where all that it reads is taken as the same.

Assumes: the definition in both programs, with tables as written. Leaves: its parts (rows, overrides, body)
that differ; an empty list where they mean the same.
"""

from __future__ import annotations

from dataclasses import dataclass

from kamflow.base.span import Span
from kamflow.compare.answers import Answers, NoAnswer, Result, answers_of
from kamflow.compare.model import OwnChange, Region, Where
from kamflow.compare.overlay import Difference, overlay
from kamflow.compare.same_form import Forms
from kamflow.compare.words import Speaker, say_where
from kamflow.core.expr import DefKey, Expr, Override, Ref
from kamflow.core.program import Def, DefKind, Program

_NO_RULES = Result(NoAnswer.BASE, is_sure=True)


@dataclass(frozen=True, slots=True)
class Side:
    """One program on some days. ``forms`` compares whole definitions, ``parts`` what is within them."""

    program: Program
    lowered: Program
    forms: Forms
    parts: Forms
    speaker: Speaker

    def base_of(self, key: DefKey) -> Expr:
        """Return a definition's body before overrides."""
        body = self.program.defs[key].body
        base = body.base if isinstance(body, Override) else body
        while isinstance(base, Ref) and self.program.defs[base.key].kind is DefKind.BASE:
            base = self.program.defs[base.key].body
        return base

    def base_key(self, key: DefKey) -> DefKey:
        """Return the definition that holds the value before overrides."""
        body = self.program.defs[key].body
        if isinstance(body, Override) and isinstance(body.base, Ref):
            return body.base.key
        return key


def own_changes(key: DefKey, old: Side, new: Side) -> list[OwnChange]:
    """Return the parts of a definition that differ; the regions are not yet asked for records."""
    if old.forms.of(old.program.defs[key].body) == new.forms.of(new.program.defs[key].body):
        return []
    parts: list[OwnChange] = []
    before, now = old.base_of(key), new.base_of(key)
    if old.forms.of(before) != new.forms.of(now):
        found = _overlaid(Where.ROWS, answers_of(old.parts, before), answers_of(new.parts, now), old, new)
        parts += [_rewritten(Where.BODY, key, old, new)] if found is None else found
    rules = [side.program.defs[key].body for side in (old, new)]
    if any(isinstance(r, Override) for r in rules):
        sides = [_rules_of(side, body) for side, body in zip((old, new), rules, strict=True)]
        found = _overlaid(Where.OVERRIDES, sides[0], sides[1], old, new)
        if found is not None:
            parts += found
        elif _rule_forms(old, rules[0]) != _rule_forms(new, rules[1]):
            parts.append(_rewritten(Where.OVERRIDES, key, old, new))
    return parts


def _rules_of(side: Side, body: Expr) -> Answers | None:
    if isinstance(body, Override):
        return answers_of(side.parts, body)
    return Answers((), (), (), _NO_RULES, Override(body, (), body.ty, body.span))


def _rule_forms(side: Side, body: Expr) -> object:
    if not isinstance(body, Override):
        return ()
    return [(side.parts.of(r.cond), side.parts.of(r.value), r.beats) for r in body.rules]


def _overlaid(
    part: Where, before: Answers | None, now: Answers | None, old: Side, new: Side
) -> list[OwnChange] | None:
    """Return where rows differ; None where they are no boxes."""
    if before is None or now is None:
        return None
    found = overlay(before, old.parts, now, new.parts)
    if found is None:
        return None
    if not found.differences:
        return []

    def region(d: Difference) -> Region:
        where = tuple(say_where(new.program, found.axes, b) for b in d.boxes)
        was = old.speaker.answer(before, d.old, d.new)
        return Region(where, was, new.speaker.answer(now, d.new, d.old), d)

    return [OwnChange(part, tuple(map(region, found.differences)), found.axes)]


def _rewritten(part: Where, key: DefKey, old: Side, new: Side) -> OwnChange:
    texts = [_text(side, side.program.defs[key], part) for side in (old, new)]
    return OwnChange(part, old_text=texts[0], new_text=texts[1])


def _text(side: Side, d: Def, part: Where) -> str:
    """Return what is written, as one line."""
    if part is Where.OVERRIDES and isinstance(d.body, Override):
        spans = [r.tag.span for r in d.body.rules]
    else:
        spans = [_whole(side.base_of(d.key), d)]
    return "; ".join(" ".join(side.speaker.written(s).split()) for s in spans)


def _whole(body: Expr, d: Def) -> Span:
    return body.span if body.span.end else d.span
