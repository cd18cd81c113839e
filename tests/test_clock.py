"""Virtual time: it passes where it is told to, costs a fixed amount to ask, and rules one thread alone."""

import threading

import pytest

from simulator import clock
from simulator.clock import READING_SECONDS, VirtualClock, running_on


def rounds(budget: float) -> int:
    """How often work that goes on until a budget is spent goes round."""
    until, count = clock.now() + budget, 0
    while clock.now() < until:
        count += 1
    return count


def test_a_budget_is_a_fixed_number_of_rounds() -> None:
    with running_on(VirtualClock()):
        assert rounds(0.0085) == rounds(0.0085) == int(0.0085 / READING_SECONDS)


def test_time_passes_where_it_is_told_to_and_never_back() -> None:
    virtual = VirtualClock()
    with running_on(virtual):
        virtual.move_to(5.0)
        assert clock.now() == pytest.approx(5.0 + READING_SECONDS)
        virtual.move_to(4.0)
        clock.rest(2.0)
        clock.rest(-1.0)
        assert clock.now() == pytest.approx(7.0 + 2 * READING_SECONDS)


def test_other_threads_keep_the_time_of_the_wall() -> None:
    seen: list[float] = []
    before = clock.now()
    with running_on(VirtualClock(-1e9)):
        thread = threading.Thread(target=lambda: seen.append(clock.now()))
        thread.start()
        thread.join()
        assert clock.now() < -1e8
    assert before <= seen[0] <= clock.now()
