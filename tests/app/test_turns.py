"""The queue before the computations: first come, first served; long work gives way; who leaves is gone."""

import threading
import time

import pytest

from app import compute
from app.turns import Turns, told


def until(condition) -> None:
    """Wait for what another thread is about to do."""
    for _ in range(2000):
        if condition():
            return
        time.sleep(0.005)
    pytest.fail("it did not happen")


def start(turns: Turns, work, tell=None) -> threading.Thread:
    def run() -> None:
        with told(tell or (lambda ahead: None)):
            try:
                with turns.turn() as mine:
                    work(mine)
            except InterruptedError:
                pass

    before, thread = turns.running + turns.waiting, threading.Thread(target=run, daemon=True)
    thread.start()
    until(lambda: turns.running + turns.waiting > before or not thread.is_alive())
    return thread


def test_those_who_wait_are_served_in_the_order_in_which_they_came():
    turns, order, go = Turns(1), [], threading.Event()
    threads = [start(turns, lambda mine: go.wait())]
    threads += [start(turns, lambda mine, i=i: order.append(i)) for i in range(12)]
    go.set()
    for thread in threads:
        thread.join(30)
    assert order == list(range(12))
    assert (turns.running, turns.waiting) == (0, 0)


def test_never_more_compute_at_once_than_there_are_places():
    turns, seen, go = Turns(3), [], threading.Event()

    def work(_mine) -> None:
        seen.append(turns.running)
        go.wait()
        seen.append(turns.running)

    threads = [start(turns, work) for _ in range(12)]
    until(lambda: turns.waiting == 9)
    go.set()
    for thread in threads:
        thread.join(30)
    assert len(seen) == 24
    assert max(seen) == 3


def test_who_waits_is_told_the_place_and_when_it_has_come():
    turns, go, heard = Turns(1), threading.Event(), []
    first = start(turns, lambda mine: go.wait())
    second = start(turns, lambda mine: None)
    third = start(turns, lambda mine: None, heard.append)
    until(lambda: heard)
    go.set()
    for thread in (first, second, third):
        thread.join(30)
    assert heard[0] == 1
    assert heard[-1] is None
    assert [place for place in heard if place is not None] == sorted(heard[:-1], reverse=True)


def test_who_leaves_the_queue_holds_nobody_up():
    turns, go, served = Turns(1), threading.Event(), []

    def leave(ahead: int | None) -> None:
        raise InterruptedError

    first = start(turns, lambda mine: go.wait())
    second = start(turns, lambda mine: served.append("left"), leave)
    second.join(30)
    third = start(turns, lambda mine: served.append("stayed"))
    go.set()
    first.join(30)
    third.join(30)
    assert served == ["stayed"]
    assert (turns.running, turns.waiting) == (0, 0)


def test_long_work_lets_those_who_wait_go_first_at_each_step():
    turns, order, started = Turns(1), [], threading.Event()

    def long(mine) -> None:
        started.set()
        until(lambda: turns.waiting == 2)
        for step in range(2):
            order.append(f"long {step}")
            mine.give_way()

    first = start(turns, long)
    started.wait()
    others = [start(turns, lambda mine, i=i: order.append(f"short {i}")) for i in range(2)]
    for thread in (first, *others):
        thread.join(30)
    assert order == ["long 0", "short 0", "short 1", "long 1"]


def test_long_work_that_is_cancelled_while_it_gives_way_frees_its_place_once():
    turns, go, steps = Turns(1), threading.Event(), []

    def leave(ahead: int | None) -> None:
        raise InterruptedError

    def long(mine) -> None:
        until(lambda: turns.waiting == 1)
        steps.append("first")
        mine.give_way()
        steps.append("never")

    first = start(turns, long, leave)
    second = start(turns, lambda mine: go.wait())
    first.join(30)
    assert turns.running == 1  # the other has it
    go.set()
    second.join(30)
    assert steps == ["first"]
    assert (turns.running, turns.waiting) == (0, 0)


def test_who_has_a_turn_does_not_wait_for_another():
    turns = Turns(1)
    with turns.turn() as mine, turns.turn() as again:
        assert again is mine
        assert turns.running == 1
    assert turns.running == 0


def test_what_fails_during_a_turn_ends_the_turn():
    turns = Turns(1)
    with pytest.raises(ZeroDivisionError), turns.turn():
        _ = 1 / 0
    assert turns.running == 0


def test_who_computes_leaves_the_place_where_pages_are_built_to_others():
    pages = Turns(1, silent=True)
    turns, go, built = Turns(1, leaving=pages), threading.Event(), []

    def compute() -> None:
        with pages.turn(), turns.turn():
            go.wait(30)
        built.append("first")

    first = threading.Thread(target=compute, daemon=True)
    first.start()
    until(lambda: turns.running == 1)
    with pages.turn():
        assert pages.running == 1
        go.set()
        until(lambda: pages.waiting == 1)  # the first wants to go on with its page
        assert not built
    first.join(30)
    assert built == ["first"]
    assert (pages.running, turns.running) == (0, 0)


@pytest.mark.parametrize("first", [True, False])
def test_who_only_computed_goes_on_with_the_page_before_those_who_have_not_begun_theirs(first):
    pages, go, built = Turns(1, silent=True), threading.Event(), []

    def page(name, away) -> None:
        with pages.turn():
            if away:
                with pages.left(first):
                    go.wait(30)
            built.append(name)

    threads = [threading.Thread(target=page, args=("computed", True), daemon=True)]
    threads[0].start()
    until(lambda: pages.running == 0)
    with pages.turn():
        for name in ("second", "third"):
            threads.append(threading.Thread(target=page, args=(name, False), daemon=True))
            threads[-1].start()
            until(lambda: pages.waiting == len(threads) - 1)
        go.set()
        until(lambda: pages.waiting == 3)
    for thread in threads:
        thread.join(30)
    assert built == (["computed", "second", "third"] if first else ["second", "third", "computed"])


def test_who_rested_asks_for_the_long_turn_before_the_turn_as_everybody_does():
    rested, go, release = threading.Event(), threading.Event(), threading.Event()

    def rest() -> None:
        with compute.long_turn(), compute._resting():
            rested.set()
            go.wait(30)

    def hold() -> None:
        with compute.LONG_TURNS.turn():
            release.wait(30)

    threads = [threading.Thread(target=rest, daemon=True)]
    threads[0].start()
    assert rested.wait(30)
    threads += [threading.Thread(target=hold, daemon=True) for _ in range(compute.LONG_TURNS.at_once)]
    for thread in threads[1:]:
        thread.start()
    until(lambda: compute.LONG_TURNS.running == compute.LONG_TURNS.at_once)
    go.set()
    until(lambda: compute.LONG_TURNS.waiting == 1)
    assert compute.TURNS.running == 0
    release.set()
    for thread in threads:
        thread.join(30)
    assert (compute.LONG_TURNS.running, compute.TURNS.running) == (0, 0)


def test_who_rests_leaves_the_place_and_rests_the_shorter_the_more_wait(monkeypatch):
    turns = Turns(1)
    rests = []

    def sleep(seconds):
        rests.append((seconds, turns.running))

    monkeypatch.setattr("app.turns.time.sleep", sleep)
    with turns.turn():
        turns.rest(0.6)
        assert turns.running == 1
        monkeypatch.setattr(Turns, "waiting", 5)
        turns.rest(0.6)
    assert rests == [(0.6, 0), (pytest.approx(0.1), 0)]
