"""The page Train: races in processes of their own, watched, paused, stopped, and left when nobody looks."""

import time

import pytest

from app import races, track
from app.figures import training
from app.i18n import LANGUAGES, Words
from app.races import Training
from app.turns import Turns
from drsn_core.tasks import MODELS
from drsn_core.train.race import Lap, Race
from tests.app.test_images_page import go_to, text_of, widget
from tests.app.test_images_page import open_images as opened

#: As short as a race can be.
QUICK = Race(("resnet", "drsn-cw"), epochs=2, count=1)


def open_train(**query):
    return go_to(opened(**query), "train")


def wait(until, watched=None, seconds=240):
    end = time.monotonic() + seconds
    while not until():
        if watched is not None:
            watched.look()
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.fixture
def race():
    started = []

    def start(what=QUICK):
        started.append(Training(what).start())
        return started[-1]

    yield start
    for one in started:
        one.stop()
        one.join(60)


def test_paused_it_waits_a_step_is_one_epoch_and_stopped_it_keeps_what_it_has(race):
    running = Training(QUICK)
    running.pause()
    running.start()
    wait(lambda: running.state == "paused", running)
    assert running.laps == []
    running.step()
    wait(lambda: len(running.laps) == 2 and running.state == "paused", running)
    running.stop()
    running.join(60)
    assert running.state == "stopped"
    assert {lap.epoch for lap in running.laps} == {1}


def test_a_race_that_nobody_watches_ends(monkeypatch):
    monkeypatch.setattr(races, "UNSEEN", 0.2)
    running = Training(QUICK)
    running.pause()
    running.start().join(60)
    assert running.state == "stopped"


def test_after_too_long_a_pause_a_race_ends(monkeypatch):
    monkeypatch.setattr(races, "PAUSED", 0.2)
    running = Training(QUICK)
    running.pause()
    running.start().join(60)
    assert running.state == "forgotten"


def test_who_comes_later_waits_and_hears_how_many_are_before(monkeypatch):
    monkeypatch.setattr(races, "LANES", Turns(1))
    first, second, third = (Training(QUICK) for _ in range(3))
    first.pause()
    first.start()
    wait(lambda: first.state == "paused")
    for one in (second, third):
        one.pause()
        one.start()
        wait(lambda one=one: one._thread.is_alive())
        time.sleep(0.3)
    wait(lambda: third.ahead == 1)
    assert second.state == third.state == "waiting"
    for one in (third, second, first):
        one.stop()
    for one in (third, second, first):
        one.join(60)
        assert one.state == "stopped"


def test_a_process_that_dies_is_told(monkeypatch, race):
    monkeypatch.setattr(races.sys, "executable", "/bin/false")
    running = race()
    wait(lambda: not running.alive, running)
    assert running.state == "failed"


# ---- link and page


@pytest.mark.parametrize("given", [QUICK, Race(("se",)), Race(("drsn-cw", "drsn-cs"), "none", 3.5, 9, 30, 2)])
def test_a_race_comes_back_from_its_link(given):
    assert track.from_query(track.to_query(given)) == (given, [])


def test_what_is_wrong_in_a_link_takes_its_default_and_is_told():
    query = {"race": "magic", "against": "nobody else", "noise": "purple", "snr": "loud", "epochs": "0"}
    given, problems = track.from_query(query)
    assert given == Race()
    assert {problem.part for problem in problems} == set(query)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_opens_with_nothing_trained(lang):
    page = open_train(lang=lang, race="se", against="drsn-cs", epochs="3")
    assert not page.exception
    assert Words(lang)("train.state.ready") in text_of(page)
    assert page.query_params["race"] == "se"


def test_a_visitor_trains_two_networks_and_sees_both():
    page = open_train(lang="en", race="convnet", against="drsn-cs", epochs="1", count="1")
    widget(page, "button", "start").click().run()
    running = page.session_state["training"]
    wait(lambda: not running.alive, running)
    page.run()
    assert not page.exception
    assert "ConvNet names" in text_of(page)
    assert "DRSN-CS names" in text_of(page)
    assert len(page.get("plotly_chart")) == 1
    assert running.state == "done"
    assert [(lap.model, lap.epoch) for lap in running.laps] == [("convnet", 1), ("drsn-cs", 1)]
    assert running.of("convnet")[0].alphas == ()
    assert len(running.of("drsn-cs")[0].alphas) == 12
    widget(page, "selectbox", "train-first").set_value("resnet").run()
    assert "The figure shows the training before" in text_of(page)


# ---- its figure


def laps_of(models, epochs):
    def lap(model, epoch):
        shrinks = model.startswith("drsn")
        return Lap(model, epoch, 2 / epoch, 0.5, epoch / 10, (72, 24), tuple([0.1 * epoch] * 12) if shrinks else ())

    return [lap(model, epoch) for epoch in range(1, epochs + 1) for model in models]


@pytest.mark.parametrize("models", [("resnet",), ("resnet", "drsn-cw"), ("drsn-cs", "drsn-cw")])
@pytest.mark.parametrize("epochs", [0, 1, 4])
def test_the_figure_shows_every_lap(models, epochs):
    laps = laps_of(models, epochs)
    drawn = training.course(Race(models, epochs=8), laps, 1 / 8, words=Words("en"), theme="light")
    lines = [trace for trace in drawn.data if trace.type == "scatter"]
    assert len(lines) == 2 * len(models)
    assert all(len(line.x) == epochs for line in lines)
    maps = [trace for trace in drawn.data if trace.type == "heatmap"]
    assert len(maps) == sum(model.startswith("drsn") for model in models)
    for one in maps:
        assert one.z.shape == ((12, epochs) if epochs else (0, 0))
    said = training.standing(Race(models, epochs=8), laps, Words("en"))
    assert ("40.0 % rightly after 4 epochs" in said) == (epochs == 4)


def test_every_network_can_be_raced():
    for model in MODELS:
        assert Race((model,)).laps == 12
