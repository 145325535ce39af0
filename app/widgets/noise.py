"""Noise to add: how much at a glance, kind and seed behind "More"."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from app import state
from app.i18n import Words
from drsn_core.noise import KINDS
from drsn_core.recipe import SEEDS, Noise, Recipe

SLIDER_DB = (-10.0, 30.0)


def set_level(recipe: Recipe, words: Words) -> Recipe:
    """Set the noise of a recipe."""
    noise = recipe.noise
    slot = st.container()
    with st.popover(words("app.more"), width="stretch"):
        kinds = ("none", *KINDS)
        kind = st.selectbox(
            words("noise.kind"),
            kinds,
            index=kinds.index(noise.kind),
            format_func=lambda key: words(f"noise.kind.{key}"),
            key=state.key("noise-kind"),
        )
        st.caption(words(f"noise.kind.{kind}.hint"))
        seed = st.number_input(
            words("noise.seed"),
            *SEEDS,
            value=noise.seed,
            step=1,
            key=state.key("seed"),
            help=words("noise.seed.hint"),
            disabled=kind == "none",
        )
    with slot:
        low, high = min(SLIDER_DB[0], noise.snr_db), max(SLIDER_DB[1], noise.snr_db)
        snr_db = st.slider(
            words("noise.snr"),
            low,
            high,
            value=noise.snr_db,
            step=0.5,
            format="%.1f dB",
            key=state.key("snr"),
            help=words("noise.snr.hint"),
            disabled=kind == "none",
        )
        st.caption(words(f"noise.kind.{kind}"))
    return replace(recipe, noise=Noise(kind, float(snr_db), int(seed)))
