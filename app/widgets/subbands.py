"""Look into the subbands of a wavelet method, and set thresholds by hand: dragged, typed, or stepped with the keys."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Literal, cast

import orjson
import streamlit as st

from app import compute, drawings, state
from app.components import subbands
from app.figures import levels as figure
from app.i18n import Words, error_text
from app.state import View
from app.widgets import frame
from drsn_core import catalog
from drsn_core.errors import DrsnError
from drsn_core.method import read_numbers, write_numbers
from drsn_core.recipe import Choice, Experiment, Recipe, choose

Slot = Literal["a", "b"]

#: The parameter in which thresholds set by hand are kept; methods without it only show theirs.
PARAMETER = "thresholds"

#: What has this parameter has subbands.
TRANSFORM = "transform"


def pick(view: View, recipe: Recipe, words: Words) -> tuple[View, Slot | None]:
    """Choose whose subbands are shown, if both methods are wavelets; None if none is."""
    slots: list[Slot] = [s for s in ("a", "b") if TRANSFORM in catalog.info(getattr(recipe, s).method).parameters]
    if len(slots) < 2:
        return view, slots[0] if slots else None

    def named(slot: Slot) -> str:
        method = getattr(recipe, slot).method
        return words("denoise.slot", slot=slot.upper(), method=words(f"method.{method}"))

    chosen = st.segmented_control(
        words("levels.whose"),
        slots,
        default=view.bands if view.bands in slots else "a",
        required=True,
        format_func=named,
        key=state.key("bands"),
        label_visibility="collapsed",
    )
    return replace(view, bands="first" if chosen == "a" else chosen), chosen


def look(experiment: Experiment, slot: Slot, words: Words) -> None:
    """Show the coefficients of a method level by level, with the thresholds to drag."""
    recipe = experiment.recipe
    choice: Choice = getattr(recipe, slot)
    if experiment.noisy.length > compute.LONG:
        st.info(words("levels.long", limit=compute.LONG))
        return
    try:
        drawn, sentence = drawings.texts(
            recipe, ("subbands", slot, words.lang, frame.theme()), lambda: _picture(experiment, choice, words)
        )
    except DrsnError as error:
        st.info(error_text(words, error))
        return
    if drawn:
        subbands.show(drawn, f"subbands-{slot}", partial(adopt, recipe, slot))
        st.caption(sentence)


def _picture(experiment: Experiment, choice: Choice, words: Words) -> tuple[str, str]:
    """What the component shows, and its sentence; both empty for a method without subbands of its own."""
    used, own = compute.levels(experiment, choice), compute.levels(experiment, without(choice))
    if not used:
        return "", ""
    by_hand = read_numbers(cast("str | None", choice.values.get(PARAMETER)))
    changed = [level < len(by_hand) and by_hand[level] is not None for level in range(len(used))]
    drawn = figure.picture(
        used,
        [level.threshold for level in own],
        changed,
        length=experiment.noisy.length,
        rate_hz=experiment.noisy.rate_hz,
        unit=experiment.noisy.unit,
        shrink=str(choice.values.get("shrink") or catalog.info(choice.method).parameters["shrink"].default or "soft"),
        fixed=PARAMETER not in catalog.info(choice.method).parameters,
        words=words,
        theme=frame.theme(),
    )
    return orjson.dumps(drawn).decode(), drawn["alt"]


def without(choice: Choice) -> Choice:
    """The same method with the thresholds that its rule sets."""
    return replace(choice, parameters=tuple((n, v) for n, v in choice.parameters if n != PARAMETER))


def adopt(recipe: Recipe, slot: Slot, wish: list[float | None]) -> None:
    """Make the thresholds that the reader has set part of the recipe; undo takes them back."""
    choice: Choice = getattr(recipe, slot)
    values = without(choice).values | {PARAMETER: write_numbers(wish)}
    state.take(replace(recipe, **{slot: choose(choice.method, values)}))
