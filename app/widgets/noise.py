"""Noise to add: how much at a glance, kind and seed behind "More"."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from app import classroom, state
from app.i18n import Words
from app.widgets.upload import Desk
from drsn_core.noise import KINDS
from drsn_core.picture_noise import PICTURE_KINDS
from drsn_core.recipe import SEEDS, Noise, Recipe

SLIDER_DB = (-10.0, 30.0)

#: Highest standard deviation on the slider for pictures, on the 0..255 scale, and the one it starts with.
SLIDER_SIGMA, USUAL_SIGMA = 75.0, 25.0


def set_level(recipe: Recipe, words: Words) -> Recipe:
    """Set the noise of a recipe on a signal."""
    return set_ratio(recipe, tuple(KINDS), words)


def set_ratio(recipe: Desk, kinds: tuple[str, ...], words: Words) -> Desk:
    """Set the noise of an experiment or a case by its SNR."""
    return replace(recipe, noise=ratio(recipe.noise, kinds, words))


def ratio(noise: Noise, kinds: tuple[str, ...], words: Words) -> Noise:
    """Set noise by its SNR."""
    slot = st.container()
    kind, seed = noise.kind, noise.seed
    if not classroom.hides("more"):
        with st.popover(words("app.more"), width="stretch"):
            kind = _kind(noise, kinds, "noise-kind", words)
            seed = _seed(noise, kind, "seed", words)
    with slot:
        snr_db = _ratio(noise, kind, "snr", words)
        st.caption(words(f"noise.kind.{kind}"))
    return Noise(kind, snr_db, seed)


def set_level_of_picture(recipe: Recipe, words: Words) -> Recipe:
    """Set the noise of a picture: by its standard deviation on the 0..255 scale, or by its SNR."""
    noise = recipe.noise
    slot = st.container()
    kind, seed = noise.kind, noise.seed
    ruler = "sigma" if noise.sigma or kind == "none" else "snr"
    if not classroom.hides("more"):
        with st.popover(words("app.more"), width="stretch"):
            kind = _kind(noise, tuple(PICTURE_KINDS), "picture-noise-kind", words)
            ruler = st.segmented_control(
                words("images.ruler"),
                ("sigma", "snr"),
                default="sigma" if noise.sigma or kind == "none" else "snr",
                required=True,
                format_func=lambda key: words(f"images.ruler.{key}"),
                key=state.key("picture-ruler"),
                disabled=kind == "none" or classroom.locks("noise"),
            )
            seed = _seed(noise, kind, "picture-seed", words)
    sigma, snr_db = noise.sigma, noise.snr_db
    with slot:
        if ruler == "sigma":
            sigma = st.slider(
                words("images.sigma"),
                1.0,
                max(SLIDER_SIGMA, sigma),
                value=max(1.0, sigma or USUAL_SIGMA),
                step=1.0,
                format="%.0f / 255",
                key=state.key("sigma"),
                help=words("images.sigma.hint"),
                disabled=kind == "none" or classroom.locks("noise"),
            )
        else:
            sigma, snr_db = 0.0, _ratio(noise, kind, "picture-snr", words)
        st.caption(words(f"noise.kind.{kind}"))
    if kind == "none":  # the strength of no noise is nothing to undo
        return replace(recipe, noise=replace(noise, kind=kind))
    return replace(recipe, noise=Noise(kind, float(snr_db), seed, float(sigma)))


def _kind(noise: Noise, kinds: tuple[str, ...], name: str, words: Words) -> str:
    """Choose a kind of noise, or none; ``name`` is that of the widget, here and below."""
    choices = ("none", *kinds)
    kind = st.selectbox(
        words("noise.kind"),
        choices,
        index=choices.index(noise.kind),
        format_func=lambda key: words(f"noise.kind.{key}"),
        key=state.key(name),
        disabled=classroom.locks("noise"),
    )
    st.caption(words(f"noise.kind.{kind}.hint"))
    return kind


def _seed(noise: Noise, kind: str, name: str, words: Words) -> int:
    seed = st.number_input(
        words("noise.seed"),
        *SEEDS,
        value=noise.seed,
        step=1,
        key=state.key(name),
        help=words("noise.seed.hint"),
        disabled=kind == "none" or classroom.locks("seed"),
    )
    return int(seed)


def _ratio(noise: Noise, kind: str, name: str, words: Words) -> float:
    """Set the SNR in dB; a link may have brought one from beyond the slider's ends."""
    snr_db = st.slider(
        words("noise.snr"),
        min(SLIDER_DB[0], noise.snr_db),
        max(SLIDER_DB[1], noise.snr_db),
        value=noise.snr_db,
        step=0.5,
        format="%.1f dB",
        key=state.key(name),
        help=words("noise.snr.hint"),
        disabled=kind == "none" or classroom.locks("noise"),
    )
    return float(snr_db)
