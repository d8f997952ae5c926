"""How everybody stood, and whether that still counts: for a policy, on a day.

``Placed`` is made of a portfolio, or read from a file of cut-offs. Terms go by what they mean
(``term_digest``), not by name: cut-offs serve every policy whose terms are the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.frozen import frozen
from kamflow.base.text import Text
from kamflow.core.expr import DefKey, PopTerm
from kamflow.core.program import Program
from kamflow.core.standings import Places, Standings, places_fit, term
from kamflow.core.term_digest import term_digest
from kamflow.project import errors
from kamflow.values.data import Value
from kamflow.values.decision import Rejection


@frozen
class PlacedTerm:
    """``name`` is what the policy that measured calls it, ``term`` what it writes (not known of a file)."""

    name: str
    places: Places
    term: PopTerm | None = None


@frozen
class Placed:
    """``terms`` by their digests. ``file`` is where cut-offs were read from, empty for a
    portfolio; ``rejections`` are those of its records that can't be read, and are no members."""

    as_of: date
    policies: str
    record: str
    size: int
    terms: Mapping[str, PlacedTerm]
    file: str = ""
    rejections: tuple[Rejection, ...] = ()

    def standings(
        self, program: Program, terms: Sequence[DefKey], day: date, overlay: Mapping[str, Value]
    ) -> Standings | Diagnostic:
        """Return how everybody stands by the terms of a program in force on a day, or why that is not known.

        A portfolio counts on its own day only. Cut-offs are for later ones, while the terms stay the same.
        """
        if not self.file and terms and day != self.as_of:
            return errors.portfolio_of_another_day(self.as_of.isoformat(), day.isoformat())
        found: dict[DefKey, Places] = {}
        for key in terms:
            if key.record != self.record:
                found[key] = Places({})
                continue
            placed = self.terms.get(term_digest(program, key, day.toordinal(), overlay))
            if placed is None:
                name = key.name.partition("#")[0]
                known = [t.name for t in self.terms.values()]
                return errors.not_measured(self.file, name, known, self.as_of.isoformat())
            if self.file and not places_fit(term(program, key), placed.places):
                return errors.cutoffs_form(self.file, Text(f"`{placed.name}`", f"“{placed.name}”"))
            found[key] = placed.places
        return found


def placed_terms(
    program: Program, standings: Standings, record: str, as_of: int, overlay: Mapping[str, Value]
) -> dict[str, PlacedTerm]:
    """Return the terms that were measured, by what they mean."""
    return {
        term_digest(program, key, as_of, overlay): PlacedTerm(
            key.name.partition("#")[0], places, term(program, key)
        )
        for key, places in standings.items()
        if key.record == record
    }
