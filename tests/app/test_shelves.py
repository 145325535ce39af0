"""What is kept of results: bounded for each visitor and for all, gone with the visitor."""

import contextlib
import gc
import threading

import numpy as np
import pytest

from app.shelves import Ledger, Room, Shelf
from drsn_core import bundle


def size(value: np.ndarray) -> int:
    return value.nbytes


def block(kilobytes: int) -> np.ndarray:
    return np.zeros(kilobytes * 1000, np.uint8)


def test_a_shelf_keeps_what_was_used_last():
    shelf = Shelf(10_000, size)
    for key in "abc":
        shelf.once(key, lambda: block(4))
        shelf.get("a")
    assert shelf.get("a") is not None
    assert shelf.get("b") is None
    assert shelf.nbytes <= 10_000


def test_what_is_kept_is_made_once_and_what_is_too_large_is_made_again():
    shelf, made = Shelf(10_000, size), []
    for key, kilobytes in (("small", 1), ("small", 1), ("huge", 20), ("huge", 20)):
        shelf.once(key, lambda k=key, n=kilobytes: made.append(k) or block(n))
    assert made == ["small", "huge", "huge"]


def test_large_things_are_held_until_others_are_wanted():
    shelf, made = Shelf(10_000, size), []

    def ask(key: str, wanted: list[str]) -> None:
        shelf.once(key, lambda: made.append(key) or block(50), wanted=wanted)

    for key in ("noisy", "a", "noisy", "a"):
        ask(key, ["noisy", "a"])
    ask("other", ["other"])
    ask("a", ["a"])
    assert made == ["noisy", "a", "other", "a"]
    assert shelf.nbytes == 50_000


def test_what_all_share_is_made_by_one_while_the_others_rest():
    resting, made, began, go = [], [], threading.Event(), threading.Event()

    @contextlib.contextmanager
    def rest():
        resting.append(1)
        if len(resting) == 3:
            go.set()
        yield

    shelf = Shelf(10_000, size, resting=rest)

    def make() -> np.ndarray:
        made.append(1)
        began.set()
        assert go.wait(30)  # until all the others wait for it
        return block(1)

    found = []
    threads = [
        threading.Thread(target=lambda: found.append(shelf.once("key", make, waits=True)), daemon=True)
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert (len(made), len(resting), len(found)) == (1, 3, 4)
    assert all(one is found[0] for one in found)


def test_where_making_fails_those_who_wait_try_for_themselves():
    shelf, tries = Shelf(10_000, size), []

    def fail() -> np.ndarray:
        tries.append(1)
        raise KeyError("key")

    for _ in range(2):
        with pytest.raises(KeyError):
            shelf.once("key", fail, waits=True)
    assert len(tries) == 2
    assert shelf.once("key", lambda: block(1), waits=True).nbytes == 1000


def test_what_somebody_else_made_during_the_wait_is_not_made_again():
    shelf = Shelf(10_000, size)
    theirs = block(1)

    @contextlib.contextmanager
    def wait():
        shelf.once("key", lambda: theirs)
        yield

    assert shelf.once("key", lambda: block(1), wait) is theirs


def test_all_visitors_together_keep_no_more_than_there_is_room_for():
    room = Room(100_000)
    shelves = [Shelf(60_000, size, room) for _ in range(5)]
    for i, shelf in enumerate(shelves):
        shelf.used = i  # the first has not come for longest
        shelf.once("key", lambda: block(30))
        assert room.nbytes <= 100_000
    assert shelves[0].get("key") is None
    assert shelves[-1].get("key") is not None


def test_one_visitor_cannot_hold_more_than_all_may():
    room = Room(100_000)
    shelf = Shelf(60_000, size, room)
    shelf.once("key", lambda: block(500), wanted=["key"])
    assert room.nbytes <= 100_000


def test_what_a_visitor_kept_goes_with_the_visitor():
    room = Room(100_000)
    shelf = Shelf(60_000, size, room)
    shelf.once("key", lambda: block(30))
    del shelf
    gc.collect()
    assert room.nbytes == 0


class Thing:
    pass


def test_a_ledger_has_room_up_to_its_limit_and_forgets_what_is_gone():
    ledger, first, second = Ledger(100), Thing(), Thing()
    ledger.enter(first, 60)
    assert ledger.room(40)
    assert not ledger.room(60)
    assert ledger.room(60, instead=first)
    ledger.enter(second, 40)
    del first
    gc.collect()
    assert ledger.room(60)
    assert not ledger.room(61)


def test_a_second_visitor_gets_the_figures_that_were_drawn_for_the_first(monkeypatch):
    from streamlit.testing.v1 import AppTest

    from app import compute
    from app.figures import thresholds

    drawn, draw = [], thresholds.side_by_side
    monkeypatch.setattr(thresholds, "side_by_side", lambda *a, **k: drawn.append(k["words"].lang) or draw(*a, **k))
    compute._SHARED.clear()
    for lang in ("en", "en", "zh"):
        page = AppTest.from_file(str(bundle.folder("app") / "main.py"), default_timeout=120)
        page.query_params["lang"] = lang
        page.run()
        assert not page.exception
    assert drawn == ["en", "zh"]


def test_a_kept_figure_is_the_figure_and_what_is_made_of_it_leaves_it_as_it_was():
    import plotly.graph_objects as go

    from app.figures import tables
    from app.figures.written import Written

    figure = go.Figure([go.Scatter(y=[1.0, 2.0, 4.0], name="a"), go.Box(y=np.arange(5.0))], {"title": {"text": "a"}})
    figure.add_heatmap(z=np.arange(6.0).reshape(2, 3))
    kept = Written.of(figure)
    kept.to_dict()["layout"]["height"] = 5
    assert kept.to_dict() == figure.to_dict()
    assert kept.to_json(validate=False) == figure.to_json(validate=False)
    assert kept.to_html(full_html=False, include_plotlyjs=False, div_id="x") == figure.to_html(
        full_html=False, include_plotlyjs=False, div_id="x"
    )
    assert tables.table(kept) == tables.table(figure)
