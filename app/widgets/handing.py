"""Hand out: what learners see and may change, and the link and the squares that take them there."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st

from app import classroom, handouts, rounds, state
from app.classroom import LOCKS, Room
from app.guesses import LONGEST, MOST_OPTIONS, Question
from app.handouts import HAS, OF_LESSON, PAGES, Handout, Lesson
from app.i18n import Words, escaped
from drsn_core.train.race import Race

#: Kinds of questions; that of a lesson only where a lesson is handed out.
ASKS = ("none", "choice", "number", "lesson")


def offer(handout: Handout, words: Words) -> Handout:
    """The controls on the left, what comes of them on the right."""
    left, right = st.columns([3, 2], gap="large")
    with left:
        handout = settings(handout, words)
    with right:
        result(handout, words)
    return handout


def settings(handout: Handout, words: Words) -> Handout:
    """Where learners go, what they may change, and what they are asked."""
    handout = where(handout, words)
    room = handout.room
    # The controls of a lesson are those that its steps say.
    hide, lock = ((), ()) if handout.lesson else (hidden(handout, words), locked(room, words))
    big = st.toggle(words("class.big"), value=room.big, key=state.key("class-big"), help=words("class.big.hint"))
    asked = question(handout, words)
    return replace(handout, room=Room(hide, lock, big, asked))


def hidden(handout: Handout, words: Words) -> tuple[str, ...]:
    """Choose what learners do not see of the controls that the page has."""
    names = HAS[handout.page]

    def named(name: str) -> str:
        return words("inside.network") if (handout.page, name) == ("inside", "a") else words(f"class.control.{name}")

    chosen = st.pills(
        words("class.hide"),
        names,
        default=[name for name in handout.room.hide if name in names],
        selection_mode="multi",
        format_func=named,
        key=state.key(f"class-hide-{handout.page}"),
        help=words("class.hide.hint"),
    )
    return tuple(name for name in names if name in chosen)


def locked(room: Room, words: Words) -> tuple[str, ...]:
    """Choose what learners see and cannot change."""
    chosen = st.pills(
        words("class.lock"),
        LOCKS,
        default=room.lock,
        selection_mode="multi",
        format_func=lambda key: words(f"class.lock.{key}"),
        key=state.key("class-lock"),
        help=words("class.lock.hint"),
    )
    return tuple(name for name in LOCKS if name in chosen)


def where(handout: Handout, words: Words) -> Handout:
    """Choose a page, as the teacher left it, or a step of a lesson."""
    lessons = {one.slug: one for one in handouts.lessons(words.lang)}
    places = (*PAGES, *lessons)

    def named(place: str) -> str:
        if place in lessons:
            return words("class.place.lesson", title=lessons[place].title)
        return words("class.place.page", page=words(f"{place}.nav"))

    place = st.selectbox(
        words("class.place"),
        places,
        index=places.index(handout.lesson or handout.page),
        format_func=named,
        key=state.key("class-place"),
        help=words("class.place.hint"),
    )
    if place not in lessons:
        return replace(handout, page=place, lesson="", step=1)
    count = len(lessons[place].steps)
    step = st.number_input(
        words("class.step", count=count),
        1,
        count,
        value=min(handout.step if place == handout.lesson else 1, count),
        key=state.key(f"class-step-{place}"),
    )
    return replace(handout, lesson=place, step=int(step))


def lesson_of(handout: Handout, words: Words) -> Lesson | None:
    """The lesson that is handed out."""
    return next((one for one in handouts.lessons(words.lang) if one.slug == handout.lesson), None)


def question(handout: Handout, words: Words) -> Question | None:
    """Write a question, or take that of the lesson."""
    now, lesson = handout.room.question, lesson_of(handout, words)
    ready = lesson is not None and lesson.question is not None
    kinds = ASKS if ready else ASKS[:-1]
    kind = "none"
    if now is not None:
        kind = "lesson" if now.text == OF_LESSON and ready else "choice" if now.options else "number"
    kind = st.segmented_control(
        words("class.ask"),
        kinds,
        default=kind,
        required=True,
        format_func=lambda key: words(f"class.ask.{key}"),
        key=state.key(f"class-ask-{ready}"),
    )
    if kind == "none":
        return None
    if kind == "lesson" and lesson is not None:
        st.caption(escaped(lesson.asked))
        return Question(OF_LESSON, unit=lesson.slug)
    old = now if now is not None and now.text != OF_LESSON else None
    text = st.text_input(
        words("class.ask.text"),
        value=old.text if old else words("class.ask.example"),
        max_chars=LONGEST,
        key=state.key("class-text"),
    )
    if kind == "number":
        unit = st.text_input(
            words("class.ask.unit"), value=old.unit if old else "dB", max_chars=20, key=state.key("class-unit")
        )
        return classroom.asked(text, [], unit)
    lines = st.text_area(
        words("class.ask.options", count=MOST_OPTIONS),
        value="\n".join(old.options if old and old.options else (words("method.ebayes"), words("method.drsn-cw"))),
        max_chars=MOST_OPTIONS * LONGEST,
        key=state.key("class-options"),
    )
    asked = classroom.asked(text, lines.splitlines(), "")
    if asked is not None and not asked.options:
        st.warning(words("class.ask.two"))
        return None
    return asked


def experiment(handout: Handout) -> state.Lying:
    """What lies on the desk of the page that is handed out."""
    return state.on_desk(state.SITS.get(handout.page, "signals"))


def parts(handout: Handout) -> dict[str, str]:
    """The parts of the link that hold the page as the teacher left it."""
    if handout.page == "play" and not handout.lesson:
        deal = st.session_state.get("deal", rounds.Deal())
        return {"lang": state.view().lang} | rounds.to_query(st.session_state.get("game", "beat"), deal)
    query = state.link_parts(experiment(handout), state.view())
    return {part: value for part, value in query.items() if part not in classroom.PARTS}


def result(handout: Handout, words: Words) -> None:
    """The squares, the link, and in one sentence what learners will find."""
    base = str(st.context.url or "").partition("?")[0].removesuffix("class")
    address = handouts.link(handout, base, parts(handout))
    said = sentence(handout, words)
    picture = handouts.squares(address)
    if picture is None or len(address) > handouts.READABLE:
        st.info(words("class.squares.long"))
    if picture is not None:
        st.image(picture, width="stretch", alt=words("class.squares", sentence=said))
    st.caption(said)
    st.code(address, language=None, wrap_lines=True)
    with st.container(horizontal=True):
        st.link_button(words("class.open"), address, icon=":material/open_in_new:")
        if picture is not None:
            st.download_button(
                words("class.squares.save"),
                partial(str.encode, picture),
                "drsn-class.svg",
                "image/svg+xml",
                key="class-squares",
                on_click="ignore",
                icon=":material/qr_code_2:",
            )
    lying = experiment(handout)
    if not isinstance(lying, Race) and lying.source.is_file and handout.page != "play" and not handout.lesson:
        st.warning(words("download.link.file"))


def sentence(handout: Handout, words: Words) -> str:
    """Say where the link leads, what is hidden and locked, and whether there is a question."""
    room, lesson = handout.room, lesson_of(handout, words)
    page = words(f"{handout.page}.nav")
    place = words("class.to.lesson", title=lesson.title) if lesson else words("class.to.page", page=page)
    said = [words("class.leads", place=place)]
    for what, names in (("hide", room.hide), ("lock", room.lock)):
        if names:
            keys = [f"class.{'control' if what == 'hide' else 'lock'}.{name}" for name in names]
            said.append(words(f"class.leads.{what}", names=", ".join(map(words, keys))))
    if room.question is not None:
        said.append(words("class.leads.ask"))
    return " ".join(said)
