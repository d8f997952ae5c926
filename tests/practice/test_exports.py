"""The exports are those that the generator writes, and small enough to be kept."""

from __future__ import annotations

import pytest

from examples.practice.generate import EXPORTS, make_exports

pytestmark = pytest.mark.xdist_group("practice")


def test_the_exports_come_out_again_byte_for_byte() -> None:
    made = make_exports()
    assert sorted(made) == sorted(p.name for p in EXPORTS.iterdir())
    for name, data in made.items():
        assert (EXPORTS / name).read_bytes() == data, name
    assert sum(map(len, made.values())) < 1_500_000


def test_what_is_drawn_for_one_customer_does_not_move_another() -> None:
    from examples.practice.cast import make_cast
    from examples.practice.trade import make_orders

    one, *others = make_cast()
    alone = make_orders(one)
    for other in others[:5]:
        make_orders(other)
    assert make_orders(one) == alone
