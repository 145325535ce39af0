"""One channel before and after its threshold, and what happened at one position of it."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial

import numpy as np
import streamlit as st

from app import selection
from app.figures import feature_maps, network
from app.figures.blocks import names
from app.i18n import Words
from app.networks import around
from app.opened import Opened
from app.selection import Selection
from app.widgets import frame, numbers


def features(found: Opened, chosen: Selection, used: float, words: Words) -> None:
    """One channel before and after its threshold; a click picks a position, whose numbers are shown."""
    block, channel = chosen.block, int(chosen.channel or 0)
    before, after = found.changed.before(block)[0, channel], found.changed.after(block)[0, channel]
    own = found.learned.after(block)[0, channel] if chosen.asked.count else None
    at = None if chosen.position is None else min(chosen.position, before.size - 1)
    if before.ndim == 1:
        figure = feature_maps.features(before, after, own, used, at, words=words, theme=frame.theme())
    else:
        key = "after" if own is None else "after.mine"
        shown = [(words("inside.features.before.plain"), "noisy", before)]
        shown += [] if own is None else [(words("inside.features.ghost"), "learned", own)]
        shown += [(words(f"inside.features.{key}"), "learned" if own is None else "yours", after)]
        place = None if at is None else divmod(at, before.shape[1])
        figure = feature_maps.pictures(shown, words=words, theme=frame.theme(), signed=True, pick=True, at=place)
    name = names(found.changed.names[block], words)[1]
    zeroed = network.percent(float(((before != 0) & (after == 0)).mean()))
    # Another block, channel or position: another chart, so that no click of before is heard again.
    key = f"features-{chosen.net}-{block}-{channel}-{at}"
    sentence = words("inside.features.sentence", channel=channel + 1, block=name, zeroed=zeroed)
    frame.put(figure, "features", sentence, on_select=partial(picked, key, chosen, before.shape), key=key)
    if beyond := around(chosen.net, found.material.noisy.shape[0]):
        count = math.ceil(beyond / stride_of(found, chosen, before.shape))
        st.caption(words("inside.features.around", count=count))
    position(found, replace(chosen, position=at), before.shape, words)


def stride_of(found: Opened, chosen: Selection, shape: tuple[int, ...]) -> int:
    """Samples, or pixels a side, that a position of a feature map stands for."""
    length = found.material.noisy.shape[0]
    return max(1, round((length + 2 * around(chosen.net, length)) / shape[0]))


def picked(key: str, shown: Selection, shape: tuple[int, ...]) -> None:
    """A point of the chart was clicked: its place along the feature map is the position."""
    points = st.session_state[key].selection.points
    places = [p["customdata"] if len(shape) > 1 else p["x"] - 1 for p in points]
    wish = [int(p[0] if isinstance(p, list) else p) for p in places]
    if wish:
        pick(shown, wish[0])


def pick(shown: Selection, position: int | None) -> None:
    """Take a position; the channel that is ``shown`` stays."""
    selection.take(replace(selection.current(), block=shown.block, channel=shown.channel, position=position))


def position(found: Opened, chosen: Selection, shape: tuple[int, ...], words: Words) -> None:
    """What happened at one position, as a formula and as numbers with their origin."""
    from drsn_core.nn.arithmetic import at_position

    size, block, channel = math.prod(shape), chosen.block, int(chosen.channel or 0)
    key = f"position-{chosen.net}-{block}-{channel}-{chosen.position}"

    def take() -> None:
        typed = st.session_state[key]
        pick(chosen, None if typed is None else int(typed) - 1)

    left, right = st.columns([1, 3], gap="medium", vertical_alignment="top")
    with left:
        st.number_input(
            words("inside.position", count=size),
            1,
            size,
            None if chosen.position is None else chosen.position + 1,
            key=key,
            on_change=take,
            placeholder=words("inside.position.none"),
            help=words("inside.position.hint"),
        )
    with right:
        if chosen.position is None:
            st.caption(words("inside.position.hint"))
            return
        steps = at_position(found.changed.decisions[block], found.changed.after(block), channel, chosen.position)
        x, tau, y = (step.value for step in steps)
        soft = math.isclose(y, math.copysign(max(abs(x) - tau, 0.0), x), rel_tol=1e-5, abs_tol=1e-12)
        middle = r"\operatorname{sign}(x)\,\max(|x| - \tau,\, 0) = " if soft else ""
        met, threshold = value("x", "x", x), value("tau", r"\tau", tau)
        st.latex(rf"\begin{{gathered}} {met} \qquad {threshold} \\ y = {middle}{y:.4g} \end{{gathered}}")
        length = found.material.noisy.shape[-1]
        before = around(chosen.net, length)
        stride = stride_of(found, chosen, shape)
        where = [int(i) for i in np.unravel_index(chosen.position, shape)]
        key = "zero" if y == 0 and x != 0 else "kept"
        st.caption(
            words(
                f"inside.position.{key}" + ("" if len(shape) == 1 else "-pixel"),
                x=f"{abs(x):.4g}",
                tau=f"{tau:.4g}",
                y=f"{y:.4g}",
                first=(where[-1] * stride - before) % length + 1,
                row=where[0] * stride + 1,
            )
        )
        numbers.few(steps, words)


def value(color: str, symbol: str, number: float) -> str:
    """A coloured symbol and its value, for a formula."""
    return f"{numbers.colored(color, symbol)} = {numbers.colored(color, f'{number:.4g}')}"
