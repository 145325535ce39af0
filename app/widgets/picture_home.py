"""Pictures to take home, the script, the command lines, the link. Each is made only when it is asked for."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from app.compute import Shown
from app.i18n import Words
from app.state import View
from app.widgets.takehome import offer_link, stem_of
from drsn_core.data import Image
from drsn_core.io import write
from drsn_core.pictures import PictureExperiment
from drsn_core.script import to_commands, to_script


def offer(experiment: PictureExperiment, shown: list[Shown], view: View, words: Words) -> None:
    """Draw a row of download buttons, the command lines, and the link."""
    recipe = experiment.recipe
    stem = stem_of(recipe)
    files: list[tuple[str, str, str, str, Callable[[], bytes]]] = []
    for one in shown:
        label, name = words("images.download.png", slot=one.slot.upper()), f"{stem}-{one.slot}.png"
        files.append((f"png-{one.slot}", label, name, "image/png", _written(one.result.estimate, name)))
    noisy = f"{stem.removesuffix('-denoised')}-noisy.tif"
    files += [
        ("noisy", words("images.download.noisy"), noisy, "image/tiff", _written(experiment.noisy, noisy)),
        ("script", words("download.script"), f"{stem}.py", "text/x-python", lambda: to_script(recipe).encode()),
    ]
    with st.container(horizontal=True):
        for key, label, name, mime, make in files:
            st.download_button(
                label,
                make,
                name,
                mime,
                key=f"picture-download-{key}",
                help=words("images.download.png.hint") if mime == "image/png" else None,
                on_click="ignore",
                icon=":material/download:",
            )
        with st.popover(words("images.download.commands"), icon=":material/terminal:"):
            if recipe.source.is_file and recipe.noise.kind != "none":
                st.caption(words("images.download.commands.file"))
            st.code("\n".join(to_commands(recipe)), language="bash", wrap_lines=True)
        offer_link(recipe, view, words)


def _written(picture: Image, name: str) -> Callable[[], bytes]:
    return lambda: write(picture, name)
