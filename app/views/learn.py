"""The page Learn: a course from noise to a whole deep residual shrinkage network, each lesson with a live figure."""

from __future__ import annotations

from itertools import groupby

import streamlit as st

from app import compute, selection, state
from app.components import page_keys
from app.i18n import Words
from app.lessons import content, progress
from app.lessons.content import Lesson
from app.lessons.progress import LESSON, STEP, Place
from app.widgets import language, lesson
from drsn_core import recipe as recipes

#: Lessons side by side in the list.
COLUMNS = 4


def page() -> None:
    """Read aloud: the link says which lesson and step; without one all lessons are listed."""
    words = Words(state.view().lang)
    if state.is_first_run() or "learn-place" not in st.session_state or LESSON in st.query_params:
        follow_link()
    place = progress.place()
    if place.lesson is None:
        overview(words)
    else:
        one_step(place.lesson, place.step, words)
    remember(place)
    compute.warm_up()


def follow_link() -> None:
    """Go where the link says, if that is another place than where its last step on this page left it."""
    query = {part: st.query_params[part] for part in (LESSON, STEP) if part in st.query_params}
    if query != st.session_state.get("learn-link", {}):
        to, problems = progress.from_query(query)
        progress.go(to)
        st.session_state["learn-problems"] = problems


def remember(place: Place) -> None:
    """Put the place into the link, beside the language and whatever parts other pages do not use."""
    st.session_state["learn-link"] = place.to_query()
    foreign = {
        part: value
        for part, value in st.query_params.to_dict().items()
        if part not in (LESSON, STEP, *recipes.to_query(state.recipe()), *selection.PARTS.values())
        and part not in state.view_to_query(state.view())
    }
    query = {**foreign, "lang": state.view().lang, **place.to_query()}
    if st.query_params.to_dict() != query:
        st.query_params.from_dict(query)


def overview(words: Words) -> None:
    """All lessons, in the order of the course."""
    title, tools = st.columns([3, 2], vertical_alignment="bottom")
    with title:
        st.title(words("learn.title"), anchor=False)
    with tools, st.container(horizontal=True, horizontal_alignment="right"):
        language.switch(words)
    st.markdown(words("learn.intro"))
    problems(words)
    for part, members in groupby(content.lessons(), key=lambda one: one.part):
        st.subheader(words(f"learn.part.{part}"), anchor=False)
        row = list(members)
        for start in range(0, len(row), COLUMNS):
            for slot, one in zip(st.columns(COLUMNS), row[start : start + COLUMNS], strict=False):
                with slot, st.container(border=True, height="stretch"):
                    card(one, words)


def card(one: Lesson, words: Words) -> None:
    """One lesson in the list."""
    text = content.prose(one, words.lang)
    done = sum((one.slug, step.id) in progress.progress().reached for step in one.steps)
    mark = " :green[:material/check_circle:]" if done and progress.revealed(one) else ""
    st.markdown(f"**{one.number} · {text.title}**{mark}")
    st.markdown(text.idea)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            words("learn.open"),
            key=f"open-{one.slug}",
            on_click=progress.go,
            args=(Place(one.slug),),
            help=words("learn.open.hint", title=text.title),
        )
        st.caption(words("learn.minutes", minutes=one.minutes, steps=len(one.steps)))


def one_step(one: Lesson, index: int, words: Words) -> None:
    """A step with the way to the next: buttons, and the arrow keys."""
    text, count = content.prose(one, words.lang), len(one.steps)
    top, tools = st.columns([3, 2], vertical_alignment="bottom")
    with top:
        st.button(
            words("learn.all"),
            key="learn-all",
            type="tertiary",
            icon=":material/apps:",
            on_click=progress.go,
            args=(Place(),),
        )
        st.header(f"{one.number} · {text.title}", anchor=False)
    with tools, st.container(horizontal=True, horizontal_alignment="right"):
        language.switch(words)
    problems(words)
    steps(one, index, words)
    lesson.show(one, one.steps[index], words)
    page_keys.listen("learn-keys", progress.turn)
    if index == count - 1:
        onward(one, words)


def steps(one: Lesson, index: int, words: Words) -> None:
    """Where in the lesson one is, one step back, one step on."""
    count = len(one.steps)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            words("learn.back"),
            key="learn-back",
            icon=":material/arrow_back:",
            disabled=index == 0,
            on_click=progress.turn,
            args=(-1,),
            help=words("learn.back.hint"),
        )
        st.button(
            words("learn.next"),
            key="learn-next",
            icon=":material/arrow_forward:",
            icon_position="right",
            type="primary",
            disabled=index == count - 1,
            on_click=progress.turn,
            args=(1,),
            help=words("learn.next.hint"),
        )
        dots = "".join("●" if i == index else "○" for i in range(count))
        st.markdown(f"{dots} &ensp; {words('learn.step', step=index + 1, count=count)}")


def onward(one: Lesson, words: Words) -> None:
    """The way to the next lesson."""
    following = next((other for other in content.lessons() if other.number > one.number), None)
    if following is None:
        return
    st.divider()
    title = content.prose(following, words.lang).title
    st.button(
        words("learn.following", title=title),
        key="learn-following",
        icon=":material/school:",
        on_click=progress.go,
        args=(Place(following.slug),),
    )


def problems(words: Words) -> None:
    """What of the link was not understood."""
    for problem in st.session_state.get("learn-problems", []):
        st.warning(words(f"learn.link.{problem.part}"), icon=":material/link_off:")
