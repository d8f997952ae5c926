"""The shipped policies against copies of themselves: laid out anew, shuffled, translated, edited."""

from __future__ import annotations

from random import Random

import pytest

from kamflow.app.fmt import format_bytes
from kamflow.base.diagnostic import Sink
from kamflow.base.resources import resource_dir
from kamflow.base.span import Source
from kamflow.base.text import Lang
from kamflow.compare.changes import Asked
from kamflow.compare.model import Verdict
from kamflow.syntax.parse import parse_file
from tests.compare.two_versions import diff, only, output, regions

SHIPPED = {p.name: p.read_text(encoding="utf-8") for p in sorted(resource_dir("rules").glob("*.kam"))}


def edited(name: str, old: str, new: str) -> dict[str, str]:
    assert SHIPPED[name].count(old) == 1, f"{old!r} stands {SHIPPED[name].count(old)} times"
    return {**SHIPPED, name: SHIPPED[name].replace(old, new)}


def translated(name: str, text: str) -> str:
    made = format_bytes(name, text.encode(), Lang.ZH).text
    assert made is not None
    return made


def shuffled(name: str, text: str) -> str:
    """Return a file with its declarations in another order; what stands after one goes with it."""
    file = parse_file(Source(name, text), Sink())
    assert file is not None
    starts = [d.span.start for d in file.decls]
    # `impossible when …` is about the record of the one before it
    cuts = [s for s in starts if not text.startswith("impossible when", s)]
    parts = [text[a:b].rstrip("\n") for a, b in zip(cuts, [*cuts[1:], len(text)], strict=True)]
    Random(7).shuffle(parts)
    return text[: cuts[0]] + "\n\n".join(parts) + "\n"


@pytest.mark.parametrize("change", [translated, shuffled])
def test_a_copy_that_says_the_same_in_another_way_is_equal(change: object) -> None:
    assert callable(change)
    copy = {name: change(name, text) for name, text in SHIPPED.items()}
    assert copy != SHIPPED
    found = diff(SHIPPED, copy)
    assert len(found.outputs) > 30
    assert [(o.name, o.stretches) for o in found.outputs if not o.is_equal] == []
    assert found.declared == ()


def test_a_threshold_that_is_moved() -> None:
    new = edited("tiering.kam", "from 2025-01-01 : 80\nend", "from 2025-01-01 : 82\nend")
    found = diff(SHIPPED, new, Asked(only=("tier", "visit_every", "credit_limit")))
    assert regions(only(found, "tier")) == [(["value_score 80 to below 82"], "Tier S", "Tier A")]
    assert only(found, "tier").witness is not None
    assert only(found, "visit_every").through == ("tier",)
    assert output(found, "credit_limit").is_equal


def test_a_row_that_is_deleted() -> None:
    row = next(
        line for line in SHIPPED["pricing.kam"].splitlines() if line.startswith("    | A    | decline")
    )
    found = diff(SHIPPED, edited("pricing.kam", f"{row}\n", ""), Asked(only=("base_discount",)))
    change = only(found, "base_discount")
    assert regions(change) == [(["tier = A, product_stage = decline"], "15%", "no answer (no row applies)")]
    assert change.witness is not None
    assert change.witness.new.why_not.en == "no row applies"


def test_a_member_that_is_added() -> None:
    old = 'refuse en "Refuse" zh "拒绝"\n'
    new = edited("pricing.kam", old, 'refuse en "Refuse" zh "拒绝",\n  postpone en "Later" zh "延后"\n')
    found = diff(SHIPPED, new)
    assert [(d.name, d.text.en) for d in found.declared] == [("answer", "new: postpone")]
    assert all(o.is_equal for o in found.outputs)


def test_a_parameter_with_a_value_from_next_year_on() -> None:
    old = 'zh "S级起点分"\n  from 2025-01-01 : 80\n'
    found = diff(SHIPPED, edited("tiering.kam", old, f"{old}  from 2027-01-01 : 85\n"), Asked(only=("tier",)))
    *before, (days, after) = output(found, "tier").stretches
    assert all(c.verdict is Verdict.EQUAL for _, c in before)
    assert days.first == 739_982  # 2027-01-01
    assert regions(after) == [(["value_score 80 to below 85"], "Tier S", "Tier A")]


def test_a_formula_that_is_changed() -> None:
    new = edited("tiering.kam", "power_level - purchase_level", "purchase_level - power_level")
    change = only(diff(SHIPPED, new, Asked(only=("growth_room",))), "growth_room")
    assert change.verdict is Verdict.CHANGED
    (own,) = change.own
    assert (own.old_text, own.new_text) == ("power_level - purchase_level", "purchase_level - power_level")
    assert change.witness is not None
