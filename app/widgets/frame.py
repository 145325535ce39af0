"""What all pages share: the heading and its tools, and a figure with its sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import plotly.graph_objects as go
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app import classroom, state
from app.case import Case
from app.figures import style, tables
from app.i18n import Words
from app.networks import is_own, own, shape
from app.state import UNUSED
from app.widgets import language
from drsn_core.recipe import Recipe
from drsn_core.train.race import Race

#: What lies on a page's desk.
Lying = TypeVar("Lying", Recipe, Case, Race)


def heading(page: str, words: Words) -> DeltaGenerator:
    """Title, one sentence for newcomers, and what of the link was not understood; returns the place for `tools`."""
    title, place = st.columns([3, 2], vertical_alignment="bottom")
    with title:
        st.title(words(f"{page}.title"), anchor=False)
    st.markdown(words(f"{page}.intro"))
    if state.problems():
        with st.container(border=True):
            st.markdown(f":material/link_off: **{words('link.title')}**")
            for problem in state.problems():  # as text: a stranger's link must not act as Markdown
                st.text(words("link.unknown" if problem.used == UNUSED else "link.problem", **problem._asdict()))
    return place


def tools(place: DeltaGenerator, words: Words, undo: bool = True) -> None:
    """Undo and reset, where there is an experiment, and the language, beside the title.

    To be drawn after `state.keep`: only then is it known whether the reader has just changed what can be undone.
    """
    with place, st.container(horizontal=True, horizontal_alignment="right"):
        if undo:
            st.button(
                words("app.undo"),
                key="undo",
                on_click=state.undo,
                disabled=not state.can_undo(),
                icon=":material/undo:",
            )
            st.button(words("app.reset"), key="reset", on_click=state.reset, help=words("app.reset.hint"))
        language.switch(words)


#: Widths of controls side by side: where the signal comes from needs half as much room again.
WIDTHS = {"source": 6}


def controls(recipe: Lying, picks: Mapping[str, Callable[[Lying, Words], Lying]], words: Words) -> Lying:
    """The controls in sight, side by side, by name; those of `classroom.CONTROLS` that a class hides are left out."""
    seen = [name for name in picks if not classroom.hides(name)]
    if seen:
        for slot, name in zip(st.columns([WIDTHS.get(name, 4) for name in seen], border=True), seen, strict=True):
            with slot:
                recipe = picks[name](recipe, words)
    return recipe


def put(
    figure: go.Figure, name: str, sentence: str, on_select: Callable[[], None] | None = None, key: str = ""
) -> None:
    """Show a figure with its sentence, which also stands for it where it cannot be seen, and its numbers to take home.

    With ``on_select`` its points can be clicked, and the chart's key is ``key``, for the callback to read.
    """
    if classroom.current().big:
        figure = style.enlarged(figure)
    config = style.toolbar(f"drsn-{name}", st.session_state.get(PICTURE_FORMAT, "png"))
    if on_select is None:
        st.plotly_chart(figure, key=f"figure-{name}", config=config, theme=None, alt=sentence)
    else:
        st.plotly_chart(
            figure, key=key, config=config, theme=None, alt=sentence, on_select=on_select, selection_mode="points"
        )
    with st.container(horizontal=True, vertical_alignment="top"):
        st.caption(sentence, width="stretch")
        st.download_button(
            "CSV",
            lambda: tables.table(figure),
            f"drsn-{name}.csv",
            "text/csv",
            key=f"csv-{name}",
            on_click="ignore",
            type="tertiary",
            icon=":material/table:",
        )


def network(net: str, words: Words) -> str:
    """What a network goes by: a denoiser by its method, a classifier by its kind and its task."""
    mine = own()
    if mine is not None and mine.name == net:
        return words("inside.net.own", name=mine.card.name)
    if is_own(net):
        return words("inside.net.absent")
    if shape(net).task is None:
        return next((words(key) for key in (f"method.{net}", f"inside.net.{net}") if key in words), net)
    task, _, model = net.partition("-")
    return words("inside.net.classifier", model=words(f"method.{model}"), task=words(f"inside.task.{task}"))


def classes(names: Sequence[str], words: Words) -> list[str]:
    """What classes go by in the reader's language; those that it has no word for keep their names."""
    return [words(key) if (key := f"inside.class.name.{name}") in words else name for name in names]


#: Where the wish of `picture_format` is kept.
PICTURE_FORMAT = "picture-format"


def picture_format(words: Words) -> None:
    """Choose what the camera in the menu of every figure saves."""
    st.segmented_control(
        words("download.picture"),
        ("png", "svg"),
        default="png",
        required=True,
        format_func=str.upper,
        key=PICTURE_FORMAT,
        label_visibility="collapsed",
        help=words("download.picture.hint"),
    )


def theme() -> style.Theme:
    return "dark" if st.context.theme.type == "dark" else "light"
