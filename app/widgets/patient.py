"""What is diagnosed: the task, an example or a visitor's own recording, and the noise on it."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Any

import streamlit as st

from app import case as cases
from app import state
from app.case import Case
from app.components import digit_pad
from app.i18n import Words, escaped
from app.widgets import frame, noise, picture, source
from app.widgets.upload import UPLOAD_MB, Tray
from drsn_core.data import Image, Signal
from drsn_core.errors import BadParameter
from drsn_core.recipe import Noise, Source
from drsn_core.samples import SAMPLES
from drsn_core.synth.curves import ALPHABET
from drsn_core.synth.digits import MOST_POINTS, decode_strokes
from drsn_core.tasks import MODELS, TASKS

#: Where an opened file lies: the same places as on the pages for signals and for pictures.
SIGNALS = Tray("file", Signal, "diagnose.nav", "images", "diagnose.takes.signals", state.file, source.kept)
PICTURES = Tray(
    "picture-file", Image, "diagnose.nav", "signals", "diagnose.takes.pictures", state.picture, picture.kept
)

#: Where the sample may come from besides an example and a file, by task.
EXTRA = {"speech": ("microphone",), cases.DRAWN_TASK: ("draw",)}

#: Tasks in the order of a newcomer: what everyone has at hand first.
ORDER = tuple(sorted(TASKS, key=lambda task: (task != "rig", list(TASKS).index(task))))


def controls(case: Case, words: Words) -> Case:
    """The four controls in sight of the page."""
    picks = {"task": _task, "source": _source, "noise": _noise, "a": _model}
    return frame.controls(case, picks, words)


def _noise(case: Case, words: Words) -> Case:
    return noise.set_ratio(case, case.kinds, words)


def _task(case: Case, words: Words) -> Case:
    task = st.selectbox(
        words("diagnose.task"),
        ORDER,
        index=ORDER.index(case.task),
        format_func=lambda key: words(f"diagnose.task.{key}"),
        key=state.key("task"),
    )
    st.caption(words(f"diagnose.task.{task}.hint"))
    if task != case.task:
        state.adopt(cases.another_task(case, task))
    return case


def _source(case: Case, words: Words) -> Case:
    kinds = ("example", *EXTRA.get(case.task, ()), "upload")
    now = "draw" if case.is_drawn else "example"
    if case.source.is_file:
        now = "microphone" if case.source.name == source.MICROPHONE and "microphone" in kinds else "upload"
    kind = st.segmented_control(
        words("diagnose.source"),
        kinds,
        default=now,
        required=True,
        format_func=lambda k: words(f"diagnose.source.{k}"),
        key=state.key("case-kind"),
        width="stretch",
    )
    if kind == "example":
        return _example(case, words)
    if kind == "draw":
        return _pad(case, words)
    tray = PICTURES if case.on_picture else SIGNALS
    if kind == "microphone":
        upload = st.audio_input(words("source.microphone.hint"), key="case-microphone", sample_rate=16_000)
        name = source.MICROPHONE
    else:
        hint = "diagnose.upload.picture.hint" if case.on_picture else "diagnose.upload.hint"
        upload = st.file_uploader(
            words(hint, megabytes=UPLOAD_MB), key=f"case-upload-{case.on_picture}", max_upload_size=UPLOAD_MB
        )
        name = upload.name if upload is not None else ""
    if upload is not None:
        case = tray.put(case, upload, name, words)
    elif not case.source.is_file:
        opened = tray.opened()
        if opened is not None:  # it was opened on another page
            state.adopt(
                replace(case, source=Source(tray.source, opened.name, digest=opened.digest), noise=Noise("none"))
            )
        st.caption(words("diagnose.empty"))
    return source.column(case, words) if case.source.kind == "file" else case


def _pad(case: Case, words: Words) -> Case:
    """A pad to draw on; until something is drawn the example stays."""
    digit_pad.show(pad_picture(case, words), "digit-pad", adopt)
    return case


def adopt(strokes: str) -> None:
    """Make strokes the sample of the case, from within a callback; an empty pad brings the example back."""
    case = state.case()
    if not strokes:
        state.take(replace(case, source=cases.example_of(case.task)), renewed=False)
        return
    with contextlib.suppress(BadParameter):  # more strokes than a pad has
        decode_strokes(strokes)
        state.take(replace(case, source=cases.drawn(strokes)), renewed=False)


def pad_picture(case: Case, words: Words) -> dict[str, Any]:
    """Everything that the pad shows."""
    strokes = decode_strokes(case.source.curve) if case.is_drawn else []
    return {
        "strokes": [[[round(float(u), 4), round(float(v), 4)] for u, v in stroke] for stroke in strokes],
        "alphabet": ALPHABET,
        "most": MOST_POINTS,
        "alt": words("diagnose.pad.alt", count=len(strokes)),
        "words": {key: words(f"diagnose.pad.{key}") for key in ("pad", "empty", "keys", "back", "clear")},
    }


def _example(case: Case, words: Words) -> Case:
    names = SAMPLES[case.task]
    wanted = cases.example_of(case.task, case.source.name)
    name = st.selectbox(
        words("diagnose.example"),
        names,
        index=names.index(wanted.name),
        format_func=lambda key: frame.classes([key], words)[0],
        key=state.key(f"example-{case.task}"),
        label_visibility="collapsed",
    )
    st.caption(words(f"diagnose.example.{case.task}"))
    chosen = replace(case, source=cases.example_of(case.task, name))
    if case.source.is_file and case.noise.kind == "none":
        state.adopt(replace(chosen, noise=Case().noise))  # a recording brings its own noise, a formula does not
    return chosen


def _model(case: Case, words: Words) -> Case:
    model = st.selectbox(
        words("diagnose.model"),
        MODELS,
        index=MODELS.index(case.model),
        format_func=lambda key: words(f"diagnose.model.{key}"),
        key=state.key("model"),
    )
    st.caption(words(f"diagnose.model.{model}.hint"))
    return replace(case, model=model)


def what_we_read(case: Case, words: Words) -> None:
    """Say what the open file was taken for; nothing for an example."""
    if case.source.is_file:
        (picture if case.on_picture else source).what_we_read(case, words)
        opened = state.picture() if case.on_picture else state.file()
        if case.on_picture and opened is not None and opened.digest != case.source.digest:
            st.warning(words("empty.other-file", name=escaped(case.source.name)))
