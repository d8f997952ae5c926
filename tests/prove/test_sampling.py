"""Records tried before a search: what is met is true, and what asks for much at once is met too."""

from __future__ import annotations

from itertools import islice

import pytest

from kamflow.core.expr import DefKey, Ref, Var
from kamflow.core.ty import BOOL, RecordTy
from kamflow.engines.interp import Interpreter
from kamflow.prove.dice import Dice
from kamflow.prove.intervals import Days
from kamflow.prove.sampling import Trial, parts_of
from tests.prove.brute import load, records

DAYS = Days(738_886, 740_000)
SMALL = (
    "record deal\n  n : number with 0 decimals, 0 to 6\n  m : number with 0 decimals, 0 to 6, optional\n"
    "  late : yes/no\nend\n"
)


def asked(name, record="deal"):
    key = DefKey(record, name)
    return Ref(key, Var("self", RecordTy(record), None), BOOL, None)


def trial(program, name="all"):
    return Trial(program, "deal", DAYS, asked(name))


def test_what_asks_for_many_things_at_once_is_met_step_by_step():
    """Five fields that each have to have one of five values: hardly one throw in 5**5 has them all."""
    fields = "".join(f"  f{i} : number with 0 decimals, 0 to 1000\n" for i in range(5))
    wanted = " and ".join(f"f{i} = {(i + 1) * 7}" for i in range(5))
    made = trial(load(f"record deal\n{fields}end\ndefine all of deal as {wanted}\n"))
    assert not made.by_chance()
    assert made.step_by_step()


@pytest.mark.parametrize(
    "text",
    [
        "define all of deal as n > 3 and n < 3\n",
        "define all of deal as n > 3 and late\nimpossible of deal when n > 2\n  because \"no such deal\"\n",
        "define all of deal as m is present and m = n and m > n - 1 and late and not late\n",
    ],
    ids=["contradiction", "fact", "optional"],
)  # fmt: skip
def test_what_no_record_meets_is_not_met(text):
    made = trial(load(SMALL + text))
    assert not made.by_chance()
    assert not made.step_by_step()


def test_what_other_policies_name_does_not_dilute_the_dice():
    question = "define all of deal as n >= 5 and late\n"
    other = "record thing\n  x : number\nend\n" + "".join(
        f"define d{i} of thing as x > {i}\ndefine e{i} of deal as n > {i % 7}\n" for i in range(200)
    )

    def thrown(text):
        dice = Dice(load(text), DAYS.first, [asked("all")])
        return [dice.record("deal").fields for _ in range(50)]

    assert thrown(SMALL + question) == thrown(SMALL + question + other)


def test_a_record_is_thrown_again_only_in_the_fields_that_are_named():
    program = load(SMALL + "define all of deal as n >= 5 and late and m is present\n")
    dice = Dice(program, DAYS.first, [asked("all")])
    one = dice.record("deal")
    others = [dice.again(one, {("deal", "n")}) for _ in range(40)]
    assert {o.fields["late"] for o in others} == {one.fields["late"]}
    assert {o.fields["m"] for o in others} == {one.fields["m"]}
    assert len({o.fields["n"] for o in others}) > 1


@pytest.mark.parametrize("true", [True, False])
@pytest.mark.parametrize(
    "cond",
    [
        "n > 2 and (late or n < 5) and not (n = 4 or n = 5)",
        "not (n > 2 and late)",
        "n > 2 or low",
        "low and not late",
        "(m is present and m > 2) or not low",
    ],
)
def test_the_parts_of_a_condition_together_mean_the_condition(cond, true):
    program = load(SMALL + f"define low of deal as n < 4 and (late or n > 1)\ndefine all of deal as {cond}\n")
    parts = list(parts_of(program, asked("all"), true=true))
    interpreter = Interpreter(program, DAYS.first)
    held = set()
    for record in islice(records("deal", program), 1_000):
        whole = interpreter.evaluate(asked("all"), record) is true
        assert all(interpreter.evaluate(p, record) is True for p in parts) == whole
        held.add(whole)
    assert held == {True, False}
