"""Why a threshold is what it is, number by number."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from app import networks, selection
from app.figures.blocks import names
from app.i18n import Words
from app.opened import Opened
from app.selection import Selection
from drsn_core.recipe import Experiment

if TYPE_CHECKING:
    from drsn_core.nn.arithmetic import Arithmetic

from app.widgets import change, features, numbers, outcome


def why(experiment: Experiment, found: Opened, chosen: Selection, words: Words) -> None:
    """The arithmetic beside the histogram whose line can be dragged; below, one channel and the whole signal."""
    from drsn_core.nn.arithmetic import arithmetic  # with PyTorch, which the first page does not wait for

    block, channel = chosen.block, int(chosen.channel or 0)
    way = arithmetic(networks.network(chosen.net), found.changed.decisions, block, channel)
    name = names(found.changed.names[block], words)[1]
    left, right = st.columns(2, gap="large")
    with left:
        pick_channel(found, chosen, name, words)
        formula(way, words)
        numbers.trail(way, chosen, words)
    with right:
        change.handle(found, chosen, way, name, words)
    outcome.outcome(experiment, found, chosen, words)
    features.features(found, chosen, way.used, words)


def pick_channel(found: Opened, chosen: Selection, name: str, words: Words) -> None:
    """Name the block, and choose one of its channels."""
    count = found.changed.decisions[chosen.block].before.shape[1]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.subheader(name, anchor=False)
        if count > 1:
            key = f"channel-{chosen.net}-{chosen.block}-{chosen.channel}"

            def take() -> None:
                selection.take(replace(selection.current(), channel=int(st.session_state[key]) - 1))

            st.number_input(
                words("inside.channel", count=count), 1, count, int(chosen.channel or 0) + 1, key=key, on_change=take
            )


def formula(way: Arithmetic, words: Words) -> None:
    """Every number of this sample in the formula, in the colours of the pictures."""
    from drsn_core.nn.arithmetic import MEANS

    mean, alpha = f"{way.magnitude:.4g}", f"{way.alpha:.4g}"
    x, tau = numbers.colored("x", r"\overline{|x|}"), numbers.colored("tau", r"\tau")
    terms = way.contributions(3)
    sum_ = " ".join(f"{value:+.3f}" for _, value in terms).removeprefix("+")
    rest = way.z - sum(value for _, value in terms)
    active = int((way.hidden > 0).sum())
    if way.shared:
        st.caption(words("inside.why.mean.shared", count=way.pooled.size))
    else:
        st.caption(words("inside.why.mean"))
    st.latex(f"{x} = {numbers.colored('x', mean)}")
    seen = "inside.why.z" if way.pooling == MEANS else "inside.why.z.levels"
    st.caption(
        words(seen, norm="BN → " if way.norm else "", hidden=way.hidden.size, active=active, inputs=way.pooled.size)
    )
    st.latex(rf"\begin{{aligned}} z &= {sum_} \\ &\quad {rest:+.3f} = {way.z:.4g} \end{{aligned}}")
    st.caption(words("inside.why.alpha" if way.scale == 1 else "inside.why.alpha.scaled", scale=way.scale))
    s = "" if way.scale == 1 else rf"{way.scale:g} \cdot "
    share = rf"\textcolor{{{numbers.ALPHA}}}{{{alpha}}}"
    st.latex(rf"\textcolor{{{numbers.ALPHA}}}{{\alpha}} = {s}\frac{{1}}{{1 + e^{{{-way.z:.4g}}}}} = {share}")
    st.caption(words("inside.why.tau" if way.scale == 1 else "inside.why.tau.scaled"))
    product = rf"\textcolor{{{numbers.ALPHA}}}{{{alpha}}} \cdot {numbers.colored('x', mean)}"
    learned = numbers.colored("tau", f"{way.learned:.4g}")
    st.latex(rf"{tau} = \textcolor{{{numbers.ALPHA}}}{{\alpha}} \cdot {x} = {product} = {learned}")
    if not math.isclose(way.used, way.learned, rel_tol=1e-6, abs_tol=1e-12):
        yours = numbers.colored("yours", r"\tau_{\text{" + words("inside.why.yours") + "}}")
        st.latex(f"{yours} = {numbers.colored('yours', f'{way.used:.4g}')}")
