"""The page Train: two networks learn before the eyes of the reader."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from app import classroom, state
from app.figures import training
from app.i18n import Words
from app.races import PAUSED, Training
from app.track import NOBODY
from app.widgets import frame, noise
from drsn_core.noise import KINDS
from drsn_core.recipe import Noise
from drsn_core.synth import STATES
from drsn_core.tasks import MODELS
from drsn_core.train.race import COUNTS, EPOCHS, Race

#: Seconds between two looks at a training that goes on.
LOOK = 1.0

#: Windows of one count, and seconds that a window takes in an epoch of one network on an idle core.
COMBINATIONS, WINDOW_S = 72, 0.0024


def page() -> None:
    """Read aloud: a race is set up, started, and watched."""
    words = Words(state.view().lang)
    state.is_first_run()
    tools = frame.heading("train", words)
    race = controls(state.race(), words)
    state.keep(race, state.view(), tools=False)
    frame.tools(tools, words)
    running = current()
    looking = running is not None and running.alive
    st.fragment(watch, run_every=LOOK if looking else None)(race, looking, words)
    st.caption(words("train.limits"))


def controls(race: Race, words: Words) -> Race:
    """Two networks, the noise, how long."""
    picks = {"a": first, "b": second, "noise": loudness, "epochs": length}
    return frame.controls(race, picks, words)


def first(race: Race, words: Words) -> Race:
    """The network that begins; if it is the second one too, that becomes another."""
    one = _network(race.models[0], "first", MODELS, words)
    two = race.models[1:]
    if one in two:
        two = (next(model for model in ("drsn-cw", *MODELS) if model != one),)
    return replace(race, models=(one, *two))


def second(race: Race, words: Words) -> Race:
    """The network against it, or none."""
    one, *two = race.models
    others = tuple(model for model in MODELS if model != one)
    chosen = _network(two[0] if two else NOBODY, "second", (*others, NOBODY), words)
    return replace(race, models=(one,) if chosen == NOBODY else (one, chosen))


def loudness(race: Race, words: Words) -> Race:
    """The noise on every window."""
    loud = noise.ratio(Noise(race.noise, race.snr_db, race.seed), tuple(KINDS), words)
    return replace(race, noise=loud.kind, snr_db=loud.snr_db, seed=loud.seed)


def length(race: Race, words: Words) -> Race:
    """How many epochs, of how many windows."""
    epochs = st.slider(
        words("train.epochs"), *EPOCHS, race.epochs, key=state.key("epochs"), help=words("train.epochs.hint")
    )
    count = race.count
    if not classroom.hides("more"):
        with st.popover(words("app.more"), width="stretch"):
            count = st.slider(
                words("train.count"), *COUNTS, race.count, key=state.key("count"), help=words("train.count.hint")
            )
    race = replace(race, epochs=int(epochs), count=int(count))
    windows = COMBINATIONS * race.count
    seconds = WINDOW_S * windows * race.laps
    st.caption(words("train.count.caption", windows=windows, seconds=seconds))
    return race


def _network(model: str, place: str, offered: tuple[str, ...], words: Words) -> str:
    chosen = st.selectbox(
        words(f"train.{place}"),
        offered,
        index=offered.index(model),
        format_func=lambda key: words("train.second.none" if key == NOBODY else f"diagnose.model.{key}"),
        key=state.key(f"train-{place}"),
    )
    if chosen != NOBODY:
        st.caption(words(f"diagnose.model.{chosen}.hint"))
    return chosen


def current() -> Training | None:
    """The training of this visitor, under way or over."""
    found: Training | None = st.session_state.get("training")
    return found


def start(race: Race) -> None:
    """Begin; what was under way ends."""
    before = current()
    if before is not None:
        before.stop()
    st.session_state["training"] = Training(race).start()


def watch(race: Race, looking: bool, words: Words) -> None:
    """What changes while a training runs: buttons, state, figure; ``looking`` says whether it comes again by itself."""
    running = current()
    if running is not None and running.alive != looking:
        st.rerun()  # the whole page, which begins to look, or ceases to
    buttons(race, running, words)
    if running is None:
        st.info(words("train.state.ready"))
        return
    running.look()
    told(running, words)
    if running.race != race and not running.alive:
        st.caption(words("train.other", before=named(running.race, words)))
    drawn = training.course(running.race, running.laps, 1 / len(STATES), words=words, theme=frame.theme())
    frame.put(drawn, "training", training.standing(running.race, running.laps, words))


def buttons(race: Race, running: Training | None, words: Words) -> None:
    """Start; or pause, one epoch, stop."""
    with st.container(horizontal=True, vertical_alignment="center"):
        if running is None or not running.alive:
            label = "train.start" if running is None else "train.again"
            st.button(
                words(label), on_click=start, args=(race,), type="primary", key="start", icon=":material/play_arrow:"
            )
            return
        if running.state == "paused":
            st.button(words("train.go"), on_click=running.go, key="go", icon=":material/play_arrow:")
        else:
            st.button(words("train.pause"), on_click=running.pause, key="pause", icon=":material/pause:")
        st.button(words("train.step"), on_click=running.step, key="step", icon=":material/skip_next:")
        st.button(words("train.stop"), on_click=running.stop, key="stop", icon=":material/stop:")


def told(running: Training, words: Words) -> None:
    """Say how far it is."""
    epoch = running.laps[-1].epoch if running.laps else 0
    facts = {
        "epoch": epoch,
        "epochs": running.race.epochs,
        "ahead": running.ahead,
        "seconds": running.laps[-1].seconds if running.laps else 0.0,
        "minutes": round(PAUSED / 60),
    }
    key = "preparing" if running.state == "running" and not running.laps else running.state
    st.progress(len(running.laps) / running.race.laps, words(f"train.state.{key}", **facts))


def named(race: Race, words: Words) -> str:
    models = " · ".join(words(f"diagnose.model.{model}") for model in race.models)
    return words(
        "train.other.race", models=models, noise=words(f"noise.kind.{race.noise}"), snr=race.snr_db, seed=race.seed
    )
