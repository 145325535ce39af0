"""A small part of all versions of a picture side by side, and differences as pictures around grey."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st

from app import compute, state
from app.compute import Shown
from app.figures import pixels
from app.i18n import Words
from app.state import RESIDUES, ZOOMS, View
from app.widgets import scores
from drsn_core.data import FloatArray
from drsn_core.metrics import psnr_db
from drsn_core.pictures import PictureExperiment
from drsn_core.recipe import Choice


def place(view: View, words: Words) -> View:
    """Choose the enlarged part by numbers; a click in the picture sets the same."""
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        st.subheader(words("images.crops.title"), anchor=False)
        with st.container(horizontal=True, vertical_alignment="bottom", width="content"):
            x = st.number_input(
                words("images.crops.x"), 0.0, 100.0, view.x, 1.0, format="%.1f", key=state.look_key("crop-x"), width=130
            )
            y = st.number_input(
                words("images.crops.y"), 0.0, 100.0, view.y, 1.0, format="%.1f", key=state.look_key("crop-y"), width=130
            )
            zoom = st.segmented_control(
                words("images.crops.zoom"),
                ZOOMS,
                default=view.zoom,
                required=True,
                format_func=lambda factor: words("images.crops.zoom.value", factor=factor),
                key=state.key("zoom"),
            )
    return replace(view, x=float(x), y=float(y), zoom=zoom)


def crops(experiment: PictureExperiment, shown: list[Shown], cut: pixels.Part, words: Words) -> None:
    """Show the part of the noisy picture, of each result and, if known, of the clean one, with the PSNR there."""
    clean = None if experiment.clean is None else cut.of(experiment.clean.pixels)
    where = "-".join(map(str, cut))
    versions: list[tuple[str, Choice | None, str, FloatArray]] = [
        (words("figure.noisy"), None, "part", experiment.noisy.pixels)
    ]
    for one in shown:
        versions.append((one.label, getattr(experiment.recipe, one.slot), "part", one.result.estimate.pixels))
    if experiment.clean is not None:
        versions.append((words("figure.clean"), None, "clean", experiment.clean.pixels))
    for column, (label, choice, what, whole) in zip(st.columns(len(versions)), versions, strict=True):
        part = cut.of(whole)
        caption = label
        if clean is not None and what != "clean":
            here = scores.decibels(psnr_db(clean, part), words)
            caption = words("images.crops.caption", label=label, score=here)
        drawn = compute.seen(experiment, choice, f"{what}-{where}", partial(pixels.larger, part, pixels.ENLARGED))
        with column:
            _picture(drawn, caption, words("images.crops.alt", label=label))


def choose_residue(experiment: PictureExperiment, view: View, words: Words) -> View:
    """Choose between what was removed and what is wrong; the latter is only known with the clean picture."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.subheader(words("images.residue.title"), anchor=False)
        known = experiment.clean is not None
        residue = st.segmented_control(
            words("images.residue"),
            RESIDUES if known else RESIDUES[:1],
            default=view.residue if known else RESIDUES[0],
            required=True,
            format_func=lambda key: words(f"images.residue.{key}"),
            key=state.key("residue"),
            label_visibility="collapsed",
        )
    return replace(view, residue=residue) if known else view


def residues(experiment: PictureExperiment, shown: list[Shown], view: View, words: Words) -> None:
    """Show what each method removed, or its error, strengthened around grey."""
    noisy, clean = experiment.noisy.pixels, experiment.clean
    residue = view.residue if clean is not None else RESIDUES[0]
    for column, one in zip(st.columns(max(2, len(shown))), shown, strict=False):
        choice: Choice = getattr(experiment.recipe, one.slot)
        estimate = one.result.estimate.pixels
        pair = (noisy, estimate) if residue == "removed" or clean is None else (estimate, clean.pixels)
        drawn = compute.seen(experiment, choice, residue, partial(difference, *pair))
        alt = words(f"images.residue.{residue}.alt", label=one.label, gain=pixels.GAIN)
        with column:
            _picture(drawn, alt, alt)
    hint = words(f"images.residue.{residue}.hint", gain=pixels.GAIN)
    st.caption(hint if clean is not None else f"{hint} {words('images.residue.unknown')}")


def difference(first: FloatArray, second: FloatArray) -> FloatArray:
    """First minus second as a picture; both are averaged down before, which is the same and takes less memory."""
    return pixels.around_grey(pixels.smaller(first, pixels.SHOWN) - pixels.smaller(second, pixels.SHOWN))


def _picture(drawn: pixels.File, caption: str, alt: str) -> None:
    st.image(drawn.data, caption=caption, width="stretch", alt=alt, output_format=drawn.format)
