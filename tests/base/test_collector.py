"""The garbage collector rests while something is built, and does not walk over it afterwards."""

from __future__ import annotations

import gc

import pytest

from kamflow.base.collector import collector_at_rest


@pytest.fixture(autouse=True)
def collecting():
    gc.collect()
    yield
    gc.unfreeze()
    gc.enable()


def test_what_was_built_is_old_at_once():
    with collector_at_rest():
        assert not gc.isenabled()
        built = [[n] for n in range(50_000)]
    assert gc.isenabled()
    assert len(gc.get_objects(generation=0)) < 5_000
    assert len(built) == 50_000


def test_garbage_that_was_built_is_still_collected():
    class Loop:
        gone = 0

        def __del__(self):
            Loop.gone += 1

    with collector_at_rest():
        one = Loop()
        one.own = one
        del one
    gc.collect()
    assert Loop.gone == 1


def test_what_the_caller_froze_stays_frozen():
    gc.freeze()
    frozen = gc.get_freeze_count()
    assert frozen
    with collector_at_rest():
        pass
    assert gc.get_freeze_count() == frozen


def test_a_collector_that_was_off_stays_off():
    gc.disable()
    with collector_at_rest():
        pass
    assert not gc.isenabled()
