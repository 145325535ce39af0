"""A method and its parameters, drawn from what the method says of itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Literal

import streamlit as st

from app import classroom, state
from app.i18n import Words, error_text
from app.widgets import frame
from drsn_core import catalog
from drsn_core.data import Image, Signal
from drsn_core.errors import BadParameter
from drsn_core.method import Parameter, Value
from drsn_core.recipe import Choice, Recipe, choose


def controls(
    recipe: Recipe, source: Callable[[Recipe, Words], Recipe], noise: Callable[[Recipe, Words], Recipe], words: Words
) -> Recipe:
    """The four controls in sight of a page with two methods; the rest is behind "More"."""
    picks = {"source": source, "noise": noise, "a": partial(pick, slot="a"), "b": partial(pick, slot="b")}
    return frame.controls(recipe, picks, words)


def pick(recipe: Recipe, words: Words, slot: Literal["a", "b"]) -> Recipe:
    """Choose the method of a slot; its parameters are behind "More"."""
    choice: Choice = getattr(recipe, slot)
    keys = offered(Image if recipe.source.is_picture else Signal)
    method = st.selectbox(
        words(f"denoise.method-{slot}"),
        keys,
        index=keys.index(choice.method),
        format_func=lambda key: words(f"method.{key}"),
        key=state.key(f"method-{slot}"),
    )
    st.caption(words(f"method.{method}.hint"))
    given = choice.values if method == choice.method else {}
    if classroom.hides("more"):
        return replace(recipe, **{slot: choose(method, given)})
    with st.popover(words("app.more"), width="stretch"):
        values = {
            name: _parameter(parameter, given.get(name, parameter.default), f"{slot}-{method}", words)
            for name, parameter in catalog.info(method).parameters.items()
        }
    return replace(recipe, **{slot: choose(method, values)})


def offered(takes: type = Signal) -> tuple[str, ...]:
    """Methods for a kind of data as a newcomer needs them: presets, networks, others, last the wavelet to set up."""

    def place(key: str) -> int:
        entry = catalog.CATALOG[key]
        if entry.family == "wavelet":
            return 3 if key == "wavelet" else 0
        return 1 if entry.family == "learned" else 2

    return tuple(sorted(catalog.taking(takes), key=place))


def _parameter(parameter: Parameter, value: Value, place: str, words: Words) -> Value:
    label = words(f"parameter.{parameter.name}")
    common = {"key": state.key(f"{place}-{parameter.name}"), "help": words(f"parameter.{parameter.name}.hint")}
    if parameter.kind == "choice":

        def name(choice: str) -> str:
            key = f"choice.{parameter.name}.{choice}"
            return words(key) if key in words else choice

        options = ((None,) if parameter.optional else ()) + parameter.choices
        chosen: Value = st.selectbox(
            label,
            options,
            index=options.index(value),
            format_func=lambda option: words("app.auto") if option is None else name(option),
            **common,
        )
        return chosen
    if parameter.kind == "integer":
        low, high = int(parameter.low), int(parameter.high)
        whole = None if value is None else int(value)
        chosen = st.number_input(label, low, high, value=whole, step=1, placeholder=words("app.auto"), **common)
        return chosen
    if parameter.kind == "numbers":
        written = st.text_input(label, value=str(value or ""), placeholder=words("app.auto"), **common)
        try:
            return parameter.check(written.strip() or None)
        except BadParameter as error:
            st.error(error_text(words, error))
            return value
    if parameter.optional:
        real = None if value is None else float(value)
        chosen = st.number_input(
            label, parameter.low, value=real, format="%.4g", placeholder=words("app.auto"), **common
        )
        return chosen
    chosen = st.slider(label, float(parameter.low), float(parameter.high), value=float(value or 0), **common)
    return chosen
