"""``@frozen`` gives what the library's frozen, slotted dataclass gives."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError, dataclass, field, fields, replace

import pytest

from kamflow.base.frozen import frozen


@frozen
class Ours:
    a: int
    b: str = "b"
    notes: list[int] = field(default_factory=list)
    place: int = field(default=0, compare=False, repr=False)
    twice: int = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "twice", 2 * self.a)


@dataclass(frozen=True, slots=True)
class Theirs:
    a: int
    b: str = "b"
    notes: list[int] = field(default_factory=list)
    place: int = field(default=0, compare=False, repr=False)
    twice: int = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "twice", 2 * self.a)


@frozen
class Key:
    name: str
    span: int = field(default=0, compare=False)


@frozen
class Other:
    name: str
    span: int = field(default=0, compare=False)


def test_values_are_made_shown_and_listed_alike() -> None:
    for args, named in (((1,), {}), ((1, "x"), {"place": 7}), ((), {"a": 3, "notes": [1]})):
        ours, theirs = Ours(*args, **named), Theirs(*args, **named)  # type: ignore[arg-type]
        assert repr(ours) == repr(theirs).replace("Theirs", "Ours")
        assert [getattr(ours, f.name) for f in fields(ours)] == [
            getattr(theirs, f.name) for f in fields(theirs)
        ]  # type: ignore[arg-type]


def test_what_is_missing_or_too_much_is_refused() -> None:
    with pytest.raises(TypeError, match="'a'"):
        Ours()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="unexpected keyword"):
        Ours(1, c=2)  # type: ignore[call-arg]


def test_a_default_is_made_anew_for_each_value() -> None:
    first, second = Ours(1), Ours(1)
    first.notes.append(1)
    assert second.notes == []


def test_equality_goes_by_class_and_compared_fields() -> None:
    assert Key("a", 1) == Key("a", 2)
    assert Key("a") != Key("b")
    assert Key("a") != Other("a")
    assert Key("a") != "a"
    assert hash(Key("a", 1)) == hash(Key("a", 2))
    assert {Key("a"): 1}[Key("a", 9)] == 1


def test_nothing_can_be_changed_or_added() -> None:
    value = Key("a")
    with pytest.raises(FrozenInstanceError):
        value.name = "b"  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        del value.name
    with pytest.raises(FrozenInstanceError):
        value.extra = 1  # type: ignore[attr-defined]
    assert not hasattr(value, "__dict__")


def test_values_are_replaced_matched_copied_and_pickled() -> None:
    value = Ours(1, notes=[2])
    assert replace(value, a=5).twice == 10
    match value:
        case Ours(a, b):
            assert (a, b) == (1, "b")
    assert copy.copy(value) == value
    assert copy.deepcopy(value) == value
    assert pickle.loads(pickle.dumps(value)) == value


def test_a_method_that_a_class_has_is_kept() -> None:
    @frozen
    class Shown:
        a: int

        def __repr__(self) -> str:
            return "shown"

    assert repr(Shown(1)) == "shown"
