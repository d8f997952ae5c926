"""`why --not` on policies worked by hand: dates, texts, nested records, standings, facts, overrides."""

from __future__ import annotations

from datetime import date

import pytest

from kamflow.advise import nearest_way
from kamflow.advise.combine import Combiner
from kamflow.advise.wanted import How, Wanted
from kamflow.advise.why_not import (
    BY_PROOF,
    NO_PART,
    TRIED_ALL,
    NotDecided,
    NotReachable,
    Question,
    Reached,
    holds_already,
    smallest_changes,
)
from kamflow.core.expr import DefKey
from kamflow.core.program import make_plan
from kamflow.project.load import load_project
from kamflow.project.survey import standings_among
from kamflow.values.data import TypedRecord

DAY = date(2026, 6, 30).toordinal()
HEAD = """\
policy p "p"
  owner "o"
  effective from 2025-01-01
  currency CNY
  month end clamp
end

"""


class Desk:
    """Compiles policies and asks what would change an answer."""

    def __init__(self, folder):
        self._file = folder / "p.kam"

    def compile(self, text, record):
        self._file.write_text(HEAD + text, encoding="utf-8")
        project = load_project([self._file])
        assert not project.has_errors, [(f.code, f.message.en) for f in project.findings]
        self.program = project.stretch_on(DAY).lowered
        self.record = record
        return self

    def question(self, fields, name, value, *, how=How.IS, members=None):
        plan = make_plan(self.program, self.record)
        wanted = Wanted(DefKey(self.record, name), how, value)
        standings = None if members is None else standings_among(self.program, plan, DAY, members)
        return Question(self.program, TypedRecord(self.record, fields), DAY, plan, wanted, standings)

    def ask(self, fields, name, value, *free, how=How.IS, members=None):
        question = self.question(fields, name, value, how=how, members=members)
        return smallest_changes(question, [tuple(f.split(".")) for f in free])


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


@pytest.fixture
def no_z3(monkeypatch):
    monkeypatch.setattr(nearest_way, "available", lambda: False)


def told(found):
    """Return the ways as (path, old, new, from, to) of each change."""
    assert isinstance(found, Reached), found
    return [[(".".join(c.path), c.old, c.new, c.lo, c.hi) for c in w.changes] for w in found.ways]


TIER = """\
record customer
  revenue : money, 0 CNY to 1,000,000,000 CNY
  wallet  : percent, optional, 0% to 100%
  overdue : days, 0 days to 3,650 days
  name    : text
end
parameter key_from : money
  from 2025-01-01 : 800,000 CNY
  from 2026-01-01 : 1,000,000 CNY
end
decision tier of customer : yes/no
  when overdue > 60 days then no
  otherwise when revenue >= key_from then yes
  otherwise when wallet is present and wallet >= 45% and revenue >= 500,000 CNY then yes
  otherwise no
end
"""


def record(**fields):
    return {"revenue": 87_000_000, "wallet": 3_800, "overdue": 0, "name": "n", **fields}


def test_each_field_that_will_do_alone_is_a_way_of_its_own(desk):
    """870,000 CNY and 38 %: 130,000 CNY more, at the parameter of today, or a wallet of 45 %."""
    found = desk.compile(TIER, "customer").ask(record(), "tier", True, "revenue", "wallet", "overdue")
    assert told(found) == [
        [("revenue", 87_000_000, 100_000_000, 100_000_000, 10**11)],
        [("wallet", 3_800, 4_500, 4_500, 10_000)],
    ]
    assert (found.smallest, found.more) == (True, 0)


def test_without_z3_the_same_ways_are_found_and_nothing_is_claimed_of_them(desk, no_z3):
    found = desk.compile(TIER, "customer").ask(record(), "tier", True, "revenue", "wallet")
    assert told(found) == [
        [("revenue", 87_000_000, 100_000_000, 100_000_000, 100_000_000)],
        [("wallet", 3_800, 4_500, 4_500, 4_500)],
    ]
    assert not found.smallest


def test_two_changes_where_one_will_not_do(desk):
    found = desk.compile(TIER, "customer").ask(
        record(overdue=75), "tier", True, "revenue", "wallet", "overdue"
    )
    assert [[c[:3] for c in way] for way in told(found)] == [
        [("revenue", 87_000_000, 100_000_000), ("overdue", 75, 60)],
        [("wallet", 3_800, 4_500), ("overdue", 75, 60)],
    ]
    assert found.smallest


def test_a_value_where_there_is_none_is_a_change_too(desk):
    found = desk.compile(TIER, "customer").ask(record(wallet=None), "tier", True, "wallet")
    assert told(found) == [[("wallet", None, 4_500, 4_500, 10_000)]]


def test_what_cannot_be_reached_is_proved(desk):
    found = desk.compile(TIER, "customer").ask(record(overdue=75), "tier", True, "revenue", "wallet")
    assert found == NotReachable(BY_PROOF)


def test_without_z3_what_is_not_found_is_not_decided(desk, no_z3):
    found = desk.compile(TIER, "customer").ask(record(overdue=75), "tier", True, "revenue", "wallet")
    assert isinstance(found, NotDecided)
    assert "kamflow[prove]" in found.why.en


def test_fields_that_the_decision_never_reads_cannot_change_it(desk, no_z3):
    assert desk.compile(TIER, "customer").ask(record(overdue=75), "tier", True, "name") == NotReachable(
        NO_PART
    )


def test_an_answer_that_is_there_already_is_seen(desk):
    desk.compile(TIER, "customer")
    assert holds_already(desk.question(record(), "tier", False))
    assert not holds_already(desk.question(record(), "tier", True))


WISHES = """\
type grade is ordered low < middle < high
record r
  a : count, 0 to 100,000
  b : count, 0 to 100,000
  flag : yes/no
end
decision score of r : number as a + 2 * b
decision grade of r : grade
  when score >= 300 and flag then high
  otherwise when score >= 100 then middle
  otherwise low
end
"""


def test_one_side_of_a_value_can_be_wanted(desk):
    desk.compile(WISHES, "r")
    fields = {"a": 10, "b": 20, "flag": False}
    one = told(desk.ask(fields, "score", 90, "a", "b", how=How.AT_LEAST))
    assert [way[0][:3] for way in one] == [("b", 20, 40), ("a", 10, 50)]
    above = told(desk.ask(fields, "score", 90, "a", how=How.ABOVE))
    assert above[0][0][:3] == ("a", 10, 51)
    assert told(desk.ask(fields, "score", 49, "a", how=How.AT_MOST))[0][0] == ("a", 10, 9, 0, 9)
    assert told(desk.ask(fields, "score", 49, "a", how=How.BELOW))[0][0] == ("a", 10, 8, 0, 8)
    exact = told(desk.ask(fields, "score", 55, "a"))
    assert exact == [[("a", 10, 15, 15, 15)]]
    grade = told(desk.ask(fields, "grade", 1, "a", "flag", how=How.AT_LEAST))
    assert grade == [[("a", 10, 60, 60, 100_000)]]


def test_small_fields_are_proved_by_trying_all_even_without_z3(desk, no_z3):
    desk.compile(WISHES, "r")
    found = desk.ask({"a": 10, "b": 20, "flag": False}, "grade", 2, "flag")
    assert found == NotReachable(TRIED_ALL)


DATES = """\
record r
  last_order : date, optional
  orders     : count, 0 to 100
end
impossible of r when last_order is present and last_order > today
impossible of r when orders > 0 and last_order is missing
decision awake of r : yes/no
  when last_order is present and last_order + 6 months > today then yes
  otherwise no
end
"""


def test_a_date_moves_as_little_as_possible_and_not_into_the_future(desk):
    """2025-12-31 + 6 months (clamped) is the last day of June 2026: not after today."""
    desk.compile(DATES, "r")
    start = date(2025, 10, 1).toordinal()
    found = desk.ask({"last_order": start, "orders": 1}, "awake", True, "last_order")
    first = date(2026, 1, 1).toordinal()
    assert told(found) == [[("last_order", start, first, first, DAY)]]


def test_an_impossible_record_is_no_way(desk):
    desk.compile(DATES, "r")
    found = desk.ask({"last_order": DAY, "orders": 1}, "awake", False, "last_order")
    assert told(found)[0][0][2] == date(2025, 12, 31).toordinal(), "missing would contradict the orders"


TEXTS = """\
record r
  country : text
  vip     : yes/no
end
decision zone of r : text
  when country = "CN" then "home"
  otherwise when vip then "vip"
  otherwise "abroad"
end
"""


def test_texts_are_those_that_the_policy_names_and_any_other(desk):
    desk.compile(TEXTS, "r")
    here = desk.ask({"country": "DE", "vip": False}, "zone", "home", "country", "vip")
    assert told(here) == [[("country", "DE", "CN", "CN", "CN")]]
    away = desk.ask({"country": "CN", "vip": False}, "zone", "abroad", "country", "vip")
    assert told(away)[0][0][0] == "country"


NESTED = """\
record customer
  revenue : money, 0 CNY to 1,000,000 CNY
  since   : date
end
record quote
  customer : customer
  backer   : customer, optional
  quantity : count, 0 to 1,000
end
decision large of customer : yes/no as revenue >= 1,000 CNY
decision rebate of quote : percent
  when customer.large and quantity >= 50 then 5%
  otherwise 0%
end
"""


def test_a_field_of_a_record_inside_can_change(desk):
    desk.compile(NESTED, "quote")
    customer = TypedRecord("customer", {"revenue": 50_000, "since": DAY})
    fields = {"customer": customer, "backer": None, "quantity": 60}
    found = desk.ask(fields, "rebate", 5, "customer.revenue", "backer.revenue", "quantity")
    assert told(found) == [[("customer.revenue", 50_000, 100_000, 100_000, 100_000_000)]]
    assert customer.fields["revenue"] == 50_000, "the record itself stays as it is"


RANKED = """\
type abc is ordered C < B < A
record customer
  revenue : money, 0 CNY to 1,000,000 CNY
  overdue : days, 0 days to 1,000 days
end
population everyone is customer where revenue > 0 CNY
classify class of customer over everyone : abc
  by revenue, largest first
  A up to 80% of total
  B up to 95% of total
  C rest
  ties share the better class
  outside population C
end
decision served of customer : yes/no
  when class is A then yes
  otherwise when class is B and overdue <= 10 days then yes
  otherwise no
end
"""


def test_a_place_among_all_others_is_kept_as_it_is(desk):
    """80, 15 and 5: the second is B. More revenue is no advice, fewer days overdue are."""
    desk.compile(RANKED, "customer")
    members = [TypedRecord("customer", {"revenue": x, "overdue": 90}) for x in (8_000, 1_500, 500)]
    found = desk.ask(members[1].fields, "served", True, "revenue", "overdue", members=members)
    assert told(found) == [[("overdue", 90, 10, 0, 10)]]
    assert found.kept == (DefKey("customer", "class"),)
    never = desk.ask(members[2].fields, "served", True, "overdue", members=members)
    assert isinstance(never, NotReachable)
    assert never.kept == (DefKey("customer", "class"),)


def test_a_place_that_has_no_part_in_the_decision_is_not_mentioned(desk):
    text = RANKED + "decision late of customer : yes/no as overdue > 30 days\n"
    desk.compile(text, "customer")
    members = [TypedRecord("customer", {"revenue": x, "overdue": 90}) for x in (8_000, 1_500, 500)]
    found = desk.ask(members[1].fields, "late", False, "overdue", members=members)
    assert (told(found), found.kept) == ([[("overdue", 90, 30, 0, 30)]], ())


def test_a_scenario_counts(desk):
    desk.compile(TIER, "customer")
    question = desk.question(record(), "tier", True)
    tighter = Question(
        question.program, question.record, DAY, question.plan, question.wanted, None, {"key_from": 90_000_000}
    )
    assert told(smallest_changes(tighter, [("revenue",)]))[0][0][2] == 90_000_000


FLIPS = """\
record r
  a : count, 0 to 1,000,000
  b : count, 0 to 1,000,000
end
decision hit of r : yes/no as a * b = 391 and a > 1 and b > 1
"""


def test_a_needle_is_found_where_one_field_has_it(desk):
    """391 = 17 · 23: with b = 23 only a = 17 will do."""
    desk.compile(FLIPS, "r")
    assert told(desk.ask({"a": 4_711, "b": 23}, "hit", True, "a")) == [[("a", 4_711, 17, 17, 17)]]
    assert desk.ask({"a": 4_711, "b": 24}, "hit", True, "a") == NotReachable(BY_PROOF)


def test_a_needle_is_found_by_trying_as_well(desk, no_z3):
    """An equality holds at one value of a million; each of its halves flips once, which halving finds."""
    desk.compile(FLIPS.replace("a * b = 391", "3 * a = 70,692"), "r")
    assert told(desk.ask({"a": 4, "b": 23}, "hit", True, "a")) == [[("a", 4, 23_564, 23_564, 23_564)]]


def test_without_z3_that_two_changes_are_the_fewest_is_not_claimed(desk, no_z3):
    found = desk.compile(TIER, "customer").ask(record(overdue=75), "tier", True, "revenue", "overdue")
    assert len(told(found)[0]) == 2
    assert not found.smallest


GAP = """
decision bonus of customer : percent
  table unique
    | revenue                            || bonus |
    | below 900,000 CNY                  ||    1% |
    | 1,100,000 CNY to 1,000,000,000 CNY ||    2% |
end
"""


def test_a_way_on_which_another_decision_has_no_answer_is_none(desk):
    """1,000,000 CNY would do for the tier, but nobody says what bonus it then gets."""
    desk.compile(TIER + GAP, "customer")
    found = desk.ask(record(), "tier", True, "revenue", "wallet")
    first, second = (way[0][:3] for way in told(found))
    assert first == ("wallet", 3_800, 4_500)
    assert second == ("revenue", 87_000_000, 110_000_000)


def test_a_way_that_moves_its_own_place_is_not_told(desk):
    """With 50 CNY the third would serve as C; but 50 CNY make it B, and then it is not served."""
    text = RANKED.replace("when class is A then yes", "when class is C and revenue >= 50 CNY then yes")
    desk.compile(text.replace("class is B and overdue", "class is A and overdue"), "customer")
    members = [TypedRecord("customer", {"revenue": x, "overdue": 90}) for x in (8_000, 1_500, 500)]
    found = desk.ask(members[2].fields, "served", True, "revenue", members=members)
    assert isinstance(found, NotDecided)
    assert "only while its place among others stays" in found.why.en


def test_pairs_that_trying_missed_are_asked_for_before_more_is_changed(desk, monkeypatch):
    desk.compile(TIER, "customer")
    tried = Combiner.of_size
    monkeypatch.setattr(Combiner, "of_size", lambda self, n: [] if n == 2 else tried(self, n))
    found = desk.ask(record(overdue=75, wallet=None), "tier", True, "revenue", "wallet", "overdue")
    assert sorted(len(way) for way in told(found)) == [2, 2]
    assert found.smallest


MANY = """\
record r
  a : count, 0 to 20
  b : count, 0 to 20
  c : count, 0 to 20
end
decision hit of r : yes/no as a * b * c = 4,199
"""


def test_small_fields_with_too_many_combinations_prove_nothing_by_themselves(desk, no_z3):
    """4,199 = 13 · 17 · 19 is one of 9,261 combinations, more than are tried one by one."""
    desk.compile(MANY, "r")
    start = {"a": 0, "b": 0, "c": 0}
    assert isinstance(desk.ask(start, "hit", True, "a", "b", "c"), NotDecided)
    assert told(desk.ask({**start, "c": 19}, "hit", True, "a", "b", "c"))[0][0][:3] == ("a", 0, 13)
