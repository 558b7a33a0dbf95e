"""What goes on beside other work ends with it, however that ends."""

import threading

import pytest

from lab.cluster.beside import every


def test_it_acts_again_and_again_until_the_block_ends() -> None:
    thrice = threading.Semaphore(0)
    before = threading.active_count()
    with every(0.001, thrice.release):
        assert all(thrice.acquire(timeout=10) for _ in range(3))
    assert threading.active_count() == before


def test_not_once_where_the_block_is_shorter() -> None:
    acted: list[int] = []
    with every(60, lambda: acted.append(1)):
        pass
    assert not acted


def test_a_block_that_fails_ends_it_too() -> None:
    before = threading.active_count()
    with pytest.raises(ZeroDivisionError), every(60, lambda: None):
        _ = 1 / 0
    assert threading.active_count() == before
