"""The page Play: beat the machine, and blind listening."""

from __future__ import annotations

from urllib.parse import urlencode

import streamlit as st

from app import classroom, compute, rounds, state
from app.i18n import Words
from app.rounds import GAMES, Deal, Ledger, Trial
from app.widgets import beat, blind, frame

#: What each game shows.
SHOW = {"beat": beat.play, "listen": blind.play}


def page() -> None:
    """Read aloud: a game is chosen and played; the link holds the round, not what the player did in it."""
    words = Words(state.view().lang)
    start()
    frame.tools(frame.heading("play", words), words, undo=False)
    game = st.segmented_control(
        words("play.title"),
        GAMES,
        default=st.session_state["game"],
        required=True,
        format_func=lambda key: words(f"play.game.{key}"),
        key=state.key("game"),
        label_visibility="collapsed",
    )
    st.session_state["game"] = game
    SHOW[game](words)
    share(game, words)
    st.caption(words(f"play.limits.{game}"))
    compute.warm_up()


def start() -> None:
    """Deal for a new session, from the link if it names a round."""
    first = state.is_first_run()
    if "deal" in st.session_state:
        return
    query = st.query_params.to_dict() if first else {}
    game, deal, problems = rounds.from_query(query)
    st.session_state.update(game=game, deal=deal, ledger=Ledger(), hands={}, submitted=set())
    st.session_state.update(trial=Trial(deal.seed), heard={})
    st.session_state["problems"] = [*st.session_state["problems"], *problems]


def share(game: str, words: Words) -> None:
    """Put the round into the link, and offer it."""
    deal: Deal = st.session_state["deal"]
    parts = {"lang": words.lang, **rounds.to_query(game, deal), **classroom.to_query(classroom.current())}
    if st.query_params.to_dict() != parts:
        st.query_params.from_dict(parts)
    with st.popover(words("download.link"), icon=":material/link:"):
        st.caption(words("play.link.hint"))
        base = str(st.context.url or "").partition("?")[0]
        st.code(f"{base}?{urlencode(parts)}", language=None, wrap_lines=True)
