"""The page Denoise: one noisy signal, two methods, every threshold."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import plotly.graph_objects as go
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app import compute, drawings, state, turns
from app.compute import Shown
from app.figures import sketch, spectrogram, thresholds, waveforms
from app.i18n import Words, error_text, escaped
from app.state import SHOWS, View
from app.widgets import frame, listen, methods, noise, pad, ruler, scores, source, subbands, takehome, work
from drsn_core import catalog
from drsn_core.errors import DrsnError
from drsn_core.recipe import Experiment, Recipe

#: Time for the browser to draw the sketch before it is given the controls.
PAINT_SECONDS = 0.6

#: The sketch lies over the place of the figure until that has been drawn.
SKETCH_STYLE = """<style>
.st-key-sketch { height: 0; overflow: visible; z-index: 1; pointer-events: none; }
.st-key-sketch img { width: 100%; }
.stColumn:has(.js-plotly-plot .main-svg) .st-key-sketch { display: none; }
</style>"""


def page() -> None:
    """Read aloud: a recipe is changed by widgets, run, and shown."""
    words = Words(state.view().lang)
    settings = st.container()
    hero, board = st.columns([5, 1], gap="medium")
    below = st.container()
    if state.is_first_run():  # before everything else: the browser takes a while to set up the controls
        foretaste(state.recipe(), state.view(), hero, words)

    with settings:
        tools = frame.heading("denoise", words)
        recipe = methods.controls(state.recipe(), source.pick, noise.set_level, words)
        source.what_we_read(recipe, words)
        pad.show(recipe, words)
    view = looks(state.view(), recipe, hero, below, words)
    state.keep(recipe, view, tools=False)
    frame.tools(tools, words)

    if recipe.source.kind == "file" and state.file() is None:
        hero.info(words("empty.file", name=escaped(recipe.source.name)))
        return
    if pad.is_empty(recipe):
        hero.info(words("draw.empty"))
        return
    try:
        experiment = compute.experiment(recipe)
    except DrsnError as error:
        hero.error(error_text(words, error))
        return
    long = experiment.noisy.length > compute.LONG
    shown = work.run(recipe, partial(compute.result, experiment), long, hero, words)
    if not shown:
        return

    estimates = [(one.label, one.family, one.samples) for one in shown]
    traces = [(one.label, one.family, one.result.trace) for one in shown]
    with board:
        scores.board(experiment, shown, words)
    drawn_as = (words.lang, frame.theme(), tuple(label for label, _, _ in estimates))
    picture = drawings.once(
        recipe,
        ("signals", view.show, view.start, view.stop, *drawn_as),
        lambda: signals(experiment, estimates, view, words),
    )
    with hero:
        frame.put(picture, view.show, caption(experiment, shown, view, words))
    drawn = drawings.once(
        recipe,
        ("thresholds", view.ruler, *drawn_as),
        lambda: thresholds.side_by_side(
            traces, words=words, theme=frame.theme(), ruler=view.ruler, unit=experiment.noisy.unit
        ),
    )
    (sentence,) = drawings.texts(recipe, ("thresholds", *drawn_as), lambda: (thresholds.takeaway(traces, words),))
    with below:
        frame.put(drawn, "thresholds", sentence)
        view = inside(experiment, view, words)
        ears, home = st.columns(2, gap="large")
    with ears:
        st.subheader(words("listen.title"), anchor=False)
        listen.player(experiment, shown, words)
    with home:
        st.subheader(words("download.title"), anchor=False)
        takehome.offer(experiment, shown, lambda: [picture, drawn], view, words)
    st.caption(words("app.limits"))
    compute.warm_up()


def foretaste(recipe: Recipe, view: View, hero: DeltaGenerator, words: Words) -> None:
    """Show a sketch of the hero figure at once; it goes when the chart library has loaded and drawn the figure."""
    if recipe.source.kind == "file" or view != View(lang=view.lang):
        return
    try:
        (drawn,) = drawings.texts(recipe, ("sketch", words.lang, frame.theme()), lambda: (outline(recipe, words),))
    except DrsnError:
        return  # the page will say so in its place
    with hero, st.container(key="sketch"):
        st.html(SKETCH_STYLE)
        st.image(drawn, width="stretch", alt=words("denoise.title"))
    turns.PAGES.rest(PAINT_SECONDS)


def outline(recipe: Recipe, words: Words) -> str:
    """Draw the sketch, without the methods that take their time."""
    experiment = compute.experiment(recipe)
    quick = [
        (slot, choice, compute.quick(experiment, choice)) for slot, choice in zip("ab", recipe.choices, strict=True)
    ]
    rows = [
        (work.named(slot, choice, words), catalog.info(choice.method).family, result.estimate.samples[0])
        for slot, choice, result in quick
        if result is not None
    ]
    clean = None if experiment.clean is None else experiment.clean.samples[0]
    return sketch.svg(experiment.noisy.samples[0], rows, clean, words=words, theme=frame.theme())


def looks(view: View, recipe: Recipe, hero: DeltaGenerator, below: DeltaGenerator, words: Words) -> View:
    """Choose what is drawn: signal, removed or spectrogram; which part; thresholds on which ruler."""
    with hero, st.container(horizontal=True, vertical_alignment="center"):
        show = st.segmented_control(
            words("view.title"),
            SHOWS,
            default=view.show,
            required=True,
            format_func=lambda key: words(f"view.{key}"),
            key=state.key("show"),
            label_visibility="collapsed",
        )
        with st.popover(words("source.window"), icon=":material/zoom_in:"):
            start, stop = st.slider(
                words("source.window"),
                0.0,
                100.0,
                (view.start, view.stop),
                step=0.5,
                format="%.1f %%",
                key=state.key("window"),
                help=words("source.window.hint"),
            )
    with below:
        view = ruler.pick(view, "ruler", words)
    if start >= stop:
        start, stop = 0.0, 100.0
    return replace(view, show=show, start=start, stop=stop)


def inside(experiment: Experiment, view: View, words: Words) -> View:
    """The coefficients of a wavelet method, level by level, with thresholds to drag."""
    head = st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute")
    with head:
        title = st.empty()
        view, slot = subbands.pick(view, experiment.recipe, words)
    if slot is not None:
        title.subheader(words("levels.title"), anchor=False)
        st.caption(words("levels.intro"))
        subbands.look(experiment, slot, words)
        state.keep(experiment.recipe, view)
    return view


def signals(experiment: Experiment, estimates: list[waveforms.Estimate], view: View, words: Words) -> go.Figure:
    """The hero figure: what the reader chose to see, of the part of the signal that was chosen."""
    noisy, clean = experiment.noisy, experiment.clean
    whole = (view.start, view.stop) == (0.0, 100.0)
    window = None if whole else (view.start / 100 * noisy.seconds, view.stop / 100 * noisy.seconds)
    common = {"rate_hz": noisy.rate_hz, "words": words, "theme": frame.theme(), "window": window}
    arrays = (noisy.samples[0], estimates, None if clean is None else clean.samples[0])
    if view.show == "spectrogram":
        return spectrogram.spectrograms(*arrays, **common)
    draw = waveforms.removed if view.show == "removed" else waveforms.compare
    return draw(*arrays, unit=noisy.unit, **common)


def caption(experiment: Experiment, shown: list[Shown], view: View, words: Words) -> str:
    """One sentence on what is seen, one on what it means."""
    known = ".clean" if view.show == "signal" and experiment.clean is not None else ""
    return f"{words(f'figure.caption.{view.show}{known}')} {scores.takeaway(experiment, shown, words)}"
