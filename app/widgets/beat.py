"""Beat the machine: set the thresholds of a wavelet by hand, submit, and see who came closer to the clean signal."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from functools import partial

import streamlit as st

from app import classroom, matches, state
from app.components import subbands
from app.figures import levels as levels_
from app.figures import style, waveforms
from app.figures.ladder import Rung, ladder
from app.i18n import Words
from app.matches import SILENT
from app.rounds import DIFFICULTIES, LENGTH, Deal, Ledger, Standing
from app.widgets import frame, scores
from drsn_core.recipe import SEEDS

#: A row of coefficients reaches to this many noise levels at most; a line at its top lets nothing through.
REACH = 10.0


def play(words: Words) -> None:
    """One round: the coefficients with lines to drag, and what they make of the signal; then the reveal."""
    deal = controls(words)
    thresholds, open_ = hand(deal), deal.key not in st.session_state["submitted"]
    left, right = st.columns([3, 2], gap="large")
    with right:
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.subheader(words("play.levels"), anchor=False)
            if open_:
                st.button(
                    words("play.submit"),
                    "submit",
                    on_click=submit,
                    args=(deal,),
                    type="primary",
                    icon=":material/flag:",
                )
            else:
                st.button(
                    words("play.next"),
                    "next",
                    on_click=turn_to,
                    args=(deal.next(),),
                    type="primary",
                    icon=":material/arrow_forward:",
                )
        if open_:
            st.caption(words("play.levels.hint"))
        rows(deal, thresholds, open_, words)
    with left:
        if open_:
            guess(deal, thresholds, words)
        else:
            reveal(deal, thresholds, words)


def controls(words: Words) -> Deal:
    """Difficulty in sight, the seed behind "More", and the score so far."""
    deal: Deal = st.session_state["deal"]
    ledger: Ledger = st.session_state["ledger"]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        level = st.segmented_control(
            words("play.level"),
            tuple(DIFFICULTIES),
            default=deal.level,
            required=True,
            format_func=lambda key: words(f"play.level.{key}"),
            key=state.key("play-level"),
        )
        seed = deal.seed if classroom.hides("more") else _seed(deal, words)
        st.markdown(words("play.score", number=deal.number, points=ledger.points, streak=ledger.streak))
    st.caption(words(f"play.level.{level}.hint"))
    if (level, seed) != (deal.level, deal.seed):
        deal = Deal(level, seed)
        st.session_state["deal"] = deal
    return deal


def _seed(deal: Deal, words: Words) -> int:
    with st.popover(words("app.more")):
        seed = st.number_input(
            words("play.deal"),
            *SEEDS,
            value=deal.seed,
            step=1,
            key=f"deal-{deal.seed}-{state.key('')}",
            help=words("play.deal.hint"),
            disabled=classroom.locks("seed"),
        )
    return int(seed)


def hand(deal: Deal) -> tuple[float, ...]:
    """The player's thresholds; at first all let everything through."""
    kept: tuple[float, ...] = st.session_state["hands"].get(deal.key, (0.0,) * deal.difficulty.levels)
    return kept


def set_hand(deal: Deal, tops: list[float], wish: list[float | None]) -> None:
    """Take over what was dragged, from within a callback; a line at the top silences its level."""
    now = hand(deal)
    if deal.key in st.session_state["submitted"] or len(wish) != len(now):
        return
    wanted = zip(now, wish, tops, strict=True)
    st.session_state["hands"][deal.key] = tuple(
        old if tau is None or not math.isfinite(tau) else SILENT if tau >= top else max(0.0, tau)
        for old, tau, top in wanted
    )


def submit(deal: Deal) -> None:
    """The player is done with a round: it counts, once."""
    st.session_state["submitted"].add(deal.key)
    st.session_state["ledger"] = st.session_state["ledger"].plus(deal, matches.standing(deal, hand(deal)))


def turn_to(deal: Deal) -> None:
    """Go to another round, from within a callback."""
    st.session_state["deal"] = deal


def rows(deal: Deal, thresholds: tuple[float, ...], open_: bool, words: Words) -> None:
    """The coefficients, level by level, with lines to drag; afterwards with the oracle's lines beside them."""
    found = matches.levels(deal, thresholds)
    tops = [min(1.02 * float(one.before.max()), REACH * one.sigma) or 1.0 for one in found]
    shown = [replace(one, threshold=min(one.threshold, top)) for one, top in zip(found, tops, strict=True)]
    aims = thresholds if open_ else matches.best(deal)
    best = [min(tau, top) for tau, top in zip(aims, tops, strict=True)]
    drawn = levels_.picture(
        shown,
        best,
        [not open_] * len(shown),
        length=LENGTH,
        rate_hz=1.0,
        unit="",
        shrink="soft",
        fixed=not open_,
        words=words,
        theme=frame.theme(),
    )
    for row, top in zip(drawn["levels"], tops, strict=True):
        row["top"] = float(f"{top:.4g}")
    if open_:  # the line is the player's from the start
        drawn["words"] |= {"threshold": words("play.line")}
        drawn["colors"] |= {"threshold": style.ROLES["yours"].color}
    else:
        drawn["words"] |= {"threshold": "", "yours": words("play.line"), "ghost": words("play.line.oracle")}
    drawn["whole"] = True  # all lines are told at once: there is no rule behind those that were not moved
    drawn["alt"] = levels_.takeaway(shown, 0, words)
    tops = [row["top"] for row in drawn["levels"]]
    subbands.show(json.dumps(drawn), f"beat-{deal.key}", partial(set_hand, deal, tops))
    st.caption(drawn["alt"])


def guess(deal: Deal, thresholds: tuple[float, ...], words: Words) -> None:
    """The noisy signal, and what the player's thresholds make of it; nobody is told how close that is."""
    figure = waveforms.compare(
        matches.round_of(deal).noisy,
        [(words("play.you"), "yours", matches.estimate(deal, thresholds))],  # type: ignore[list-item]
        None,
        rate_hz=1.0,
        unit="",
        words=words,
        theme=frame.theme(),
    )
    frame.put(figure, "guess", words("play.caption", levels=deal.difficulty.levels))


def reveal(deal: Deal, thresholds: tuple[float, ...], words: Words) -> None:
    """Everybody's SNR, everybody's estimate, and what the round was."""
    standing, found, dealt = matches.standing(deal, thresholds), matches.machines(deal), matches.round_of(deal)
    rungs = [
        Rung(words("play.noisy"), "noisy", standing.noisy),
        Rung(words("play.par"), "wavelet", standing.par),
        Rung(words("play.you"), "yours", standing.yours),
        Rung(words("play.ace"), "learned", standing.ace),
        Rung(words("play.ceiling"), "clean", standing.ceiling),
    ]
    st.subheader(words(f"play.verdict.{standing.verdict}", points=standing.points), anchor=False)
    st.markdown(told(deal, words))
    frame.put(ladder(rungs, words=words, theme=frame.theme()), "ladder", sentence(standing, words))
    estimates = [
        (words("play.you"), "yours", matches.estimate(deal, thresholds)),
        (words("play.par"), "wavelet", found.par),
        (words("play.ace"), "learned", found.ace),
        (words("play.ceiling"), "threshold", found.ceiling),
    ]
    figure = waveforms.compare(
        dealt.noisy,
        estimates,  # type: ignore[arg-type]
        dealt.clean,
        rate_hz=1.0,
        unit="",
        words=words,
        theme=frame.theme(),
    )
    frame.put(figure, "reveal", words("play.reveal"))


def sentence(standing: Standing, words: Words) -> str:
    """Say in words where the player stands, and whether the network could have been reached at all."""
    said = words(
        "play.sentence",
        yours=scores.decibels(standing.yours, words),
        par=abs(standing.yours - standing.par),
        side=words("play.above" if standing.made_par else "play.below"),
        left=standing.ceiling - standing.yours,
    )
    reach = "play.out-of-reach" if standing.ceiling < standing.ace else "play.in-reach"
    return f"{said} {words(reach, gap=abs(standing.ace - standing.ceiling))}"


def told(deal: Deal, words: Words) -> str:
    """Say what the round was made of."""
    dealt = matches.round_of(deal)
    names = [words(f"play.family.{name}") for name in dealt.families]
    families = names[0] if len(names) == 1 else words("play.mixed", first=names[0], second=names[1])
    said = words("play.was", families=families, snr=dealt.snr_db)
    return f"{said} {words(f'play.decoy.{dealt.noise}')}"
