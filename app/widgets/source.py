"""Where the signal comes from: the gallery, the drawing pad, a file, the microphone."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from app import classroom, state
from app.i18n import Words, escaped
from app.state import OpenFile
from app.widgets.upload import UPLOAD_MB, Desk, Tray
from drsn_core import synth
from drsn_core.data import Data, Signal
from drsn_core.recipe import LENGTHS, Noise, Recipe, Source, drawn

MICROPHONE = "microphone.wav"

#: What kinds of source go by on the page; a file is an upload or a recording.
SHOWN_AS = {"synth": "gallery", "drawn": "draw"}


def kept(mark: str, data: bytes, found: Data) -> OpenFile:
    """Keep a file that has been read as the open one."""
    assert isinstance(found, Signal)
    opened = OpenFile(mark, found.name, data, found)
    state.open_file(opened)
    return opened


TRAY = Tray("file", Signal, "denoise.nav", "images", "source.signals-only", state.file, kept)


def pick(recipe: Recipe, words: Words) -> Recipe:
    """Choose the signal. A file that cannot be read changes nothing but a message."""
    source = recipe.source
    now = SHOWN_AS.get(source.kind, "microphone" if source.name == MICROPHONE else "upload")
    kind = st.segmented_control(
        words("source.title"),
        ("gallery", "draw", "upload", "microphone"),
        default=now,
        required=True,
        format_func=lambda k: words(f"source.{k}"),
        key=state.key("source-kind"),
        width="stretch",
    )
    if kind == "gallery":
        return _gallery(recipe, words)
    if kind == "draw":
        return _drawn(recipe, words)
    if kind == "upload":
        upload = st.file_uploader(
            words("source.upload.hint", megabytes=UPLOAD_MB), key="upload", max_upload_size=UPLOAD_MB
        )
    else:
        upload = st.audio_input(words("source.microphone.hint"), key="microphone", sample_rate=16_000)
    if upload is not None:
        name = upload.name if kind == "upload" else MICROPHONE
        recipe = TRAY.put(recipe, upload, name, words)
    elif recipe.source.kind != "file":
        st.caption(words(f"empty.{kind}"))
    return column(recipe, words) if recipe.source.kind == "file" else recipe


def _gallery(recipe: Recipe, words: Words) -> Recipe:
    names = tuple(synth.SIGNALS)
    source = recipe.source if recipe.source.kind == "synth" else Source()
    name = st.selectbox(
        words("source.pick"),
        names,
        index=names.index(source.name),
        format_func=lambda key: words(f"signal.{key}"),
        key=state.key("signal"),
        help=words("source.gallery.hint"),
        label_visibility="collapsed",
    )
    st.caption(words(f"signal.{name}.hint"))
    chosen = Source(name=name, length=_length(source, words))
    return _formula(recipe, chosen)


def _drawn(recipe: Recipe, words: Words) -> Recipe:
    """The pad itself is shown by `app.widgets.pad`, where there is room for it."""
    source = recipe.source if recipe.source.kind == "drawn" else drawn(state.drawn_last())
    st.caption(words("draw.hint"))
    return _formula(recipe, replace(source, length=_length(source, words)))


def _length(source: Source, words: Words) -> int:
    if classroom.hides("more"):
        return source.length
    with st.popover(words("app.more"), width="stretch"):
        length = st.number_input(
            words("source.length"),
            *LENGTHS,
            value=source.length,
            step=1,
            key=state.key("length"),
            help=words("source.length.hint"),
        )
    return int(length)


def _formula(recipe: Recipe, source: Source) -> Recipe:
    """Take a source whose clean signal is known."""
    chosen = replace(recipe, source=source)
    if recipe.source.kind == "file" and recipe.noise.kind == "none":
        state.adopt(replace(chosen, noise=Noise()))  # a recording brings its own noise, a formula does not
    return chosen


def column(recipe: Desk, words: Words) -> Desk:
    """Choose one of several columns or arrays, and give a rate to a file without one."""
    opened = state.file()
    if opened is None:
        return recipe
    source = recipe.source
    if opened.digest != source.digest:
        st.warning(words("empty.other-file", name=escaped(source.name)))
    columns = (*opened.columns, *opened.other_arrays)
    if len(columns) > 1:
        named = st.selectbox(
            words("source.column"),
            columns,
            index=columns.index(source.column) if source.column in columns else 0,
            key=state.key("column"),
            help=words("source.column.hint", count=len(columns)),
        )
        source = replace(source, column="" if named == columns[0] else named)  # a default leaves no trace to undo
    if opened.signal.rate_hz == 1.0 and not classroom.hides("more"):
        with st.popover(words("app.more"), width="stretch"):
            rate = st.number_input(
                words("source.rate"),
                0.0,
                1e9,
                value=source.rate_hz,
                key=state.key("rate"),
                help=words("source.rate.hint"),
            )
        source = replace(source, rate_hz=float(rate))
    return replace(recipe, source=source)


def what_we_read(recipe: Desk, words: Words) -> None:
    """Say in one line what the open file was taken for, with the details behind it; nothing for the gallery."""
    opened = state.file()
    if recipe.source.kind != "file" or opened is None:
        return
    signal = opened.signal
    origin = signal.origin
    facts = {
        "format": origin.format if origin else "",
        "channels": signal.channels,
        "length": signal.length,
        "low": signal.samples.min(),
        "high": signal.samples.max(),
    }
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.popover(words("read.title"), icon=":material/description:"):
            for line in _details(opened, words):
                st.text(line)  # as text: names in a stranger's file must not act as Markdown
        if signal.rate_hz == 1.0:
            st.text(words("read.line.rateless", **facts))
        else:
            st.text(words("read.line", rate=signal.rate_hz, seconds=signal.seconds, **facts))


def _details(opened: state.OpenFile, words: Words) -> list[str]:
    origin = opened.signal.origin
    if origin is None:
        return []
    lines = [words("read.stored", dtype=origin.dtype, shape=" × ".join(map(str, origin.shape)))]
    lines.append(words("read.columns", columns=", ".join(opened.columns)))
    known = [(f"read.note.{key}", fact) for key, fact in origin.notes]
    return lines + [words(key, fact=fact) for key, fact in known if key in words]
