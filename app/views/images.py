"""The page Images: one noisy picture, two methods, a line to move between before and after."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app import compute, picture_results, state, turns
from app.components import wipe
from app.compute import Shown
from app.figures import pixels, standing, thresholds
from app.figures.pixels import Part, Version
from app.i18n import Words, error_text, escaped
from app.state import PAIRS, View
from app.widgets import enlarged, frame, methods, noise, picture, picture_home, picture_scores, ruler, work
from drsn_core.data import FloatArray
from drsn_core.errors import DrsnError
from drsn_core.pictures import PictureExperiment
from drsn_core.recipe import Choice, Recipe

#: Time for the browser to draw the sketch before it is given the controls, and the longest side of the sketch.
PAINT_SECONDS, SKETCHED = 0.4, 400

#: The sketch lies over the place of the picture, as large as it will be, until that has been drawn.
SKETCH_STYLE = """<style>
.st-key-picture-sketch { height: 0; overflow: visible; z-index: 1; pointer-events: none; }
.st-key-picture-sketch img { display: block; margin: 0 auto; max-width: calc(78vh * %.4f) !important; }
.stColumn:has(.stBidiComponent) .st-key-picture-sketch { display: none; }
</style>"""


def page() -> None:
    """Read aloud: a recipe is changed by widgets, run, and shown."""
    words = Words(state.view().lang)
    settings = st.container()
    hero, board = st.columns([5, 1], gap="medium")
    below = st.container()
    if state.is_first_run():
        foretaste(state.recipe(), hero, words)

    with settings:
        tools = frame.heading("images", words)
        recipe = methods.controls(state.recipe(), picture.pick, noise.set_level_of_picture, words)
        picture.what_we_read(recipe, words)
    with hero:
        view = pick_pair(state.view(), words)
    with below:
        view = enlarged.place(view, words)
        close = st.container()
    state.keep(recipe, view, tools=False)
    frame.tools(tools, words)

    if recipe.source.is_file and state.picture() is None:
        hero.info(words("empty.file", name=escaped(recipe.source.name)))
        return
    try:
        experiment = compute.scene(recipe)
    except DrsnError as error:
        hero.error(error_text(words, error))
        return
    long = experiment.noisy.pixels.size > compute.LONG_PICTURE
    shown = work.run(recipe, partial(compute.developed, experiment), long, hero, words)
    if not shown:
        return

    cut = pixels.part(experiment.noisy.pixels.shape, view.x, view.y, float(view.zoom))
    with board:
        picture_scores.board(experiment, shown, words)
    with hero:
        before_after(experiment, shown, view, cut, words)
    with close:
        enlarged.crops(experiment, shown, cut, words)
    with below:
        view = enlarged.choose_residue(experiment, view, words)
        enlarged.residues(experiment, shown, view, words)
        view = lines(experiment, shown, view, words)
        state.keep(recipe, view)
        results(words)
        st.subheader(words("download.title"), anchor=False)
        picture_home.offer(experiment, shown, view, words)
    st.caption(words("images.limits"))
    compute.warm_up()


def foretaste(recipe: Recipe, hero: DeltaGenerator, words: Words) -> None:
    """Show the noisy picture at once, small; it goes when the component has been drawn."""
    if recipe.source.is_file:
        return
    try:
        noisy = compute.scene(recipe).noisy.pixels
    except DrsnError:
        return  # the page will say so in its place
    with hero, st.container(key="picture-sketch"):
        st.html(SKETCH_STYLE % (noisy.shape[2] / noisy.shape[1]))
        drawn = pixels.encoded(pixels.smaller(noisy, SKETCHED))
        st.image(drawn.data, width="stretch", alt=words("figure.noisy"), output_format=drawn.format)
    turns.PAGES.rest(PAINT_SECONDS)


def pick_pair(view: View, words: Words) -> View:
    """Choose the two versions that the line goes between."""
    pair = st.segmented_control(
        words("images.pair"),
        PAIRS,
        default=view.pair,
        required=True,
        format_func=lambda key: words(f"images.pair.{key}"),
        key=state.key("pair"),
        label_visibility="collapsed",
    )
    return replace(view, pair=pair)


def before_after(experiment: PictureExperiment, shown: list[Shown], view: View, cut: Part, words: Words) -> None:
    """The hero: two versions, one over the other."""
    versions = {"noisy": version(experiment, None, words("figure.noisy"), "noisy", experiment.noisy.pixels)}
    for one in shown:
        choice: Choice = getattr(experiment.recipe, one.slot)
        versions[one.slot] = version(experiment, choice, one.label, one.family, one.result.estimate.pixels)
    first, second = view.pair.split("-")
    last = list(versions.values())[-1]  # a method that failed is replaced by the one that did not
    drawn = pixels.wipe(
        versions.get(first, versions["noisy"]),
        versions.get(second, last),
        experiment.noisy.pixels.shape,
        cut,
        words=words,
        theme=frame.theme(),
    )
    wipe.show(drawn, "wipe", partial(look_at, view))
    st.caption(f"{words('images.wipe.caption')} {picture_scores.takeaway(experiment, shown, words)}")


def version(experiment: PictureExperiment, choice: Choice | None, label: str, role: str, values: FloatArray) -> Version:
    return Version(label, role, compute.seen(experiment, choice, "whole", lambda: values).address)


def look_at(view: View, x: float, y: float) -> None:
    """Enlarge the place that was clicked."""
    state.see(replace(view, x=x, y=y))


def lines(experiment: PictureExperiment, shown: list[Shown], view: View, words: Words) -> View:
    """Thresholds and attention weights of both methods, block by block."""
    view = ruler.pick(view, "picture-ruler-of-thresholds", words)
    traces = [(one.label, one.family, one.result.trace) for one in shown]
    drawn = thresholds.side_by_side(traces, words=words, theme=frame.theme(), ruler=view.ruler)
    frame.put(drawn, "picture-thresholds", thresholds.takeaway(traces, words))
    return view


def results(words: Words) -> None:
    """The table that was measured once, and where the network loses."""
    found = picture_results.results()
    if found is None:
        return
    st.subheader(words("images.results.title"), anchor=False)
    spread = max(row.spread_db[picture_results.METHODS[0]] for row in found.rows if row.set == found.rows[0].set)
    intro = words("images.results.intro", date=found.date, machine=found.machine, spread=spread)
    st.caption(intro)
    two_digits = {words(f"method.{m}"): st.column_config.NumberColumn(format="%.2f") for m in picture_results.METHODS}
    table = standing.rows(found.rows, words)
    st.dataframe(table, hide_index=True, column_config=two_digits, key="picture-results", alt=intro)
    with st.expander(words("images.results.lose"), expanded=True):
        st.markdown("\n".join(f"- {sentence}" for sentence in standing.losses(found.rows, words)))
