"""Blind listening: A and B are two methods, X is one of them; say which."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
import streamlit as st

from app import classroom, matches, state
from app.figures.ladder import chances
from app.i18n import Words, error_text
from app.rounds import Trial, tail
from app.widgets import frame, methods
from app.widgets.listen import sound
from drsn_core.errors import DrsnError

#: Silence after each version in seconds: files of different length, so that their addresses do not give X away.
SILENCE = {"noisy": 0.0, "a": 0.01, "b": 0.02, "x": 0.03}

#: Noise in which a voice can still be followed, and noise that can hardly be heard.
SLIDER_DB = (-5.0, 20.0)

#: Guessing is doubted below this probability, as is usual.
DOUBT = 0.05


def play(words: Words) -> None:
    """One trial: two methods, three sounds, a guess; then the answer, and the score so far."""
    trial = controls(words)
    try:
        heard = matches.sounds(trial)
    except DrsnError as error:
        st.error(error_text(words, error))
        return
    log: dict[str, bool] = st.session_state["heard"]
    st.subheader(words("play.trial", number=trial.number), anchor=False)
    slots = st.columns(4, border=True)
    for slot, name in zip(slots, SILENCE, strict=True):
        with slot:
            st.markdown(f"**{words(f'play.version.{name}')}**")
            silence = np.zeros(round(SILENCE[name] * heard.rate_hz))
            samples = np.concatenate([getattr(heard, name), silence])
            st.audio(sound(samples, heard.rate_hz), format="audio/wav", alt=words(f"play.version.{name}"))
    with st.container(horizontal=True, vertical_alignment="center"):
        if trial.key not in log:
            for letter in ("a", "b"):
                st.button(
                    words(f"play.guess.{letter}"),
                    key=f"guess-{letter}",
                    type="primary",
                    on_click=guess,
                    args=(trial, letter == "a"),
                )
        else:
            letter = "A" if trial.is_a else "B"
            name = words(f"method.{trial.methods[0 if trial.is_a else 1]}")
            key = "play.right" if log[trial.key] else "play.wrong"
            st.markdown(words(key, letter=letter, method=name))
            st.button(words("play.another"), key="another", type="primary", on_click=another, args=(trial,))
    score(log, words)


def controls(words: Words) -> Trial:
    """Two methods in sight, the noise behind "More". Another pair begins the score anew."""
    trial: Trial = st.session_state["trial"]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        a, b = (
            method if classroom.hides(slot) else _method(slot, method, words)
            for slot, method in zip("ab", trial.methods, strict=True)
        )
        snr_db = trial.snr_db if classroom.hides("more") else _snr(trial, words)
    st.caption(words("play.listen.hint"))
    if ((a, b), snr_db) != (trial.methods, trial.snr_db):
        trial = replace(trial, methods=(a, b), snr_db=snr_db, number=1)
        st.session_state.update(trial=trial, heard={})
    return trial


def _method(slot: str, method: str, words: Words) -> str:
    keys = methods.offered()
    chosen: str = st.selectbox(
        words(f"denoise.method-{slot}"),
        keys,
        index=keys.index(method),
        format_func=lambda key: words(f"method.{key}"),
        key=state.key(f"play-method-{slot}"),
        width=260,
    )
    return chosen


def _snr(trial: Trial, words: Words) -> float:
    with st.popover(words("app.more")):
        snr_db = st.slider(
            words("noise.snr"),
            *SLIDER_DB,
            value=trial.snr_db,
            step=0.5,
            format="%.1f dB",
            key=state.key("play-snr"),
            help=words("noise.snr.hint"),
            disabled=classroom.locks("noise"),
        )
    return float(snr_db)


def guess(trial: Trial, is_a: bool) -> None:
    """Enter an answer, from within a callback; the first one counts."""
    st.session_state["heard"].setdefault(trial.key, is_a == trial.is_a)


def another(trial: Trial) -> None:
    st.session_state["trial"] = replace(trial, number=trial.number + 1)


def score(log: dict[str, bool], words: Words) -> None:
    """How many answers were right, and how often guessing does as well."""
    if not log:
        st.caption(words("play.chance.none"))
        return
    right, trials = sum(log.values()), len(log)
    chance = tail(right, trials)
    verdict: Literal["heard", "guessed"] = "heard" if chance <= DOUBT else "guessed"
    said = words("play.chance", right=right, trials=trials, chance=100 * chance)
    figure = chances(right, trials, words=words, theme=frame.theme())
    frame.put(figure, "chances", f"{said} {words(f'play.chance.{verdict}')}")
