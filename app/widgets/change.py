"""What the reader changes in a network: a line to drag, functions to swap, numbers to type."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from app import classroom, selection, state
from app.components import threshold_line
from app.figures import network
from app.i18n import Words
from app.opened import Opened
from app.selection import SCOPES, Selection
from drsn_core.data import FloatArray
from drsn_core.whatif import SHRINKS, Change

if TYPE_CHECKING:
    from drsn_core.nn.arithmetic import Arithmetic


def handle(found: Opened, chosen: Selection, way: Arithmetic, name: str, words: Words) -> None:
    """The histogram with the line to drag, what the line concerns, and further changes behind "More"."""
    values = found.changed.before(chosen.block)[0, int(chosen.channel or 0)]
    picture = network.line_picture(
        values, way.used, way.learned, bent(found, chosen), channel=int(chosen.channel or 0), block=name, words=words
    )
    threshold_line.show(picture, "threshold-line", partial(wish, chosen, way.learned))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        scope = st.segmented_control(
            words("inside.scope"),
            SCOPES,
            default=chosen.scope,
            required=True,
            format_func=lambda key: words(f"inside.scope.{key}"),
            key=state.key("scope"),
        )
        if scope != chosen.scope:
            selection.take(replace(selection.current(), scope=scope))
        if not classroom.hides("more"):
            with st.popover(words("app.more")):
                more(chosen, words)
    st.caption(picture["alt"])


def bent(found: Opened, chosen: Selection) -> FloatArray:
    """The shrink curve of the chosen channel for the threshold 1: what is left of sizes from 0 on."""
    import torch

    decision = found.changed.decisions[chosen.block]
    sizes = torch.arange(0.0, network.CURVE_END + network.CURVE_STEP / 2, network.CURVE_STEP)
    rows = sizes.expand(1, decision.before.shape[1], -1)
    if decision.before.ndim > 3:
        rows = rows[..., None]
    left = found.changed.shrinks[chosen.block](rows, torch.ones(1, rows.shape[1], *(1,) * (rows.ndim - 2)))
    curve: FloatArray = left[0, int(chosen.channel or 0)].double().numpy().ravel()
    return curve


def wish(shown: Selection, learned: float, kind: str, value: float) -> None:
    """The reader moved the line; what it means depends on whose thresholds are to change.

    The channel that is ``shown`` stays in sight, even if another one loses more energy from now on.
    """
    now = replace(selection.current(), block=shown.block, channel=shown.channel)
    block, channel = _place(now)
    if kind == "tau" and now.scope == "channel":
        change = Change("tau", float(f"{value:.6g}"), block, channel)
    else:  # for several thresholds at once: as many times what each of them was
        times = 1.0 if kind == "back" else value if kind == "times" else value / learned if learned > 0 else 1.0
        change = Change("times", float(f"{min(times, 100):.6g}"), block, channel)
    selection.take(replace(now, asked=now.asked.plus(change)))


def more(chosen: Selection, words: Words) -> None:
    """Another function, the mean over many samples in the place of this sample's thresholds, α as a number."""
    options = ("", *SHRINKS)

    def swap() -> None:
        now = selection.current()
        selection.take(replace(now, asked=replace(now.asked, shrink=st.session_state["shrink-swap"])))

    st.session_state["shrink-swap"] = chosen.asked.shrink
    st.selectbox(
        words("inside.more.shrink"),
        options,
        format_func=lambda key: words(f"choice.shrink.{key}") if key else words("inside.more.shrink.own"),
        key="shrink-swap",
        on_change=swap,
        help=words("inside.more.shrink.hint"),
    )
    with st.container(horizontal=True):
        put = [("mean", Change("mean")), ("off", Change("times", 0.0))]
        for key, change in put:
            st.button(
                words(f"inside.more.{key}"),
                key=f"put-{key}",
                on_click=partial(_put, change),
                help=words(f"inside.more.{key}.hint"),
            )
    alpha = st.number_input(words("inside.more.alpha"), 0.0, 6.0, 0.5, step=0.05, key="alpha-typed")
    st.button(
        words("inside.more.alpha.set", scope=words(f"inside.scope.{chosen.scope}")),
        key="put-alpha",
        on_click=partial(_set_alpha, chosen, float(alpha)),
    )


def _put(change: Change) -> None:
    now = selection.current()
    selection.take(replace(now, asked=replace(now.asked, changes=()).plus(change)))


def _place(now: Selection) -> tuple[int | None, int | None]:
    """Block and channel that a change concerns."""
    return None if now.scope == "all" else now.block, now.channel if now.scope == "channel" else None


def _set_alpha(shown: Selection, value: float) -> None:
    now = replace(selection.current(), block=shown.block, channel=shown.channel)
    block, channel = _place(now)
    selection.take(replace(now, asked=now.asked.plus(Change("alpha", value, block, channel))))
