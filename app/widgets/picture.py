"""Where the picture comes from: those at hand, or a file."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from app import state
from app.i18n import Words, escaped
from app.state import OpenPicture
from app.widgets.upload import UPLOAD_MB, Desk, Tray
from drsn_core.data import Data, Image
from drsn_core.pictures import PICTURES
from drsn_core.recipe import FIRST_PICTURE, Recipe, Source


def kept(mark: str, data: bytes, found: Data) -> OpenPicture:
    """Keep a picture that has been read as the open one."""
    assert isinstance(found, Image)
    opened = OpenPicture(mark, found.name, found)
    state.open_picture(opened)
    return opened


TRAY = Tray("picture-file", Image, "images.nav", "signals", "images.pictures-only", state.picture, kept)


def pick(recipe: Recipe, words: Words) -> Recipe:
    """Choose the picture. A file that cannot be read changes nothing but a message."""
    kind = st.segmented_control(
        words("images.source"),
        ("gallery", "upload"),
        default="upload" if recipe.source.is_file else "gallery",
        required=True,
        format_func=lambda k: words(f"source.{k}"),
        key=state.key("picture-kind"),
        width="stretch",
    )
    if kind == "gallery":
        return _gallery(recipe, words)
    upload = st.file_uploader(
        words("images.upload.hint", megabytes=UPLOAD_MB), key="picture-upload", max_upload_size=UPLOAD_MB
    )
    if upload is not None:
        recipe = TRAY.put(recipe, upload, upload.name, words)
    elif not recipe.source.is_file:
        st.caption(words("images.empty"))
    opened = state.picture()
    if recipe.source.is_file and opened is not None and opened.digest != recipe.source.digest:
        st.warning(words("empty.other-file", name=escaped(recipe.source.name)))
    return recipe


def _gallery(recipe: Recipe, words: Words) -> Recipe:
    source = FIRST_PICTURE.source if recipe.source.is_file else recipe.source
    name = st.selectbox(
        words("images.pick"),
        PICTURES,
        index=PICTURES.index(source.name),
        format_func=lambda key: words(f"picture.{key}"),
        key=state.key("picture"),
        label_visibility="collapsed",
    )
    st.caption(words(f"picture.{name}.hint"))
    chosen = replace(recipe, source=Source("picture", name))
    if recipe.source.is_file and recipe.noise.kind == "none":
        state.adopt(replace(chosen, noise=FIRST_PICTURE.noise))  # a file brings its own noise, these do not
    return chosen


def what_we_read(recipe: Desk, words: Words) -> None:
    """Say in one line what the open file was taken for; nothing for pictures at hand."""
    opened = state.picture()
    if not recipe.source.is_file or opened is None:
        return
    channels, height, width = opened.picture.pixels.shape
    origin = opened.picture.origin
    kind = words("images.read.grey" if channels == 1 else "images.read.colour")
    with st.container(horizontal=True, vertical_alignment="center"):
        if origin and origin.notes:
            with st.popover(words("read.title"), icon=":material/description:"):
                for key, fact in origin.notes:
                    if f"read.note.{key}" in words:
                        st.text(words(f"read.note.{key}", fact=fact))
        st.text(words("images.read", format=origin.format if origin else "", width=width, height=height, kind=kind))
