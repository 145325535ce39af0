"""What a network makes of its sample, as learned and with the reader's changes."""

from __future__ import annotations

import math

import plotly.graph_objects as go
import streamlit as st

from app import state
from app.components import wipe
from app.figures import decisive, feature_maps, pixels, waveforms
from app.i18n import Words
from app.opened import Opened
from app.selection import Selection
from app.widgets import frame, scores
from app.widgets.features import pick
from drsn_core import metrics
from drsn_core.data import FloatArray
from drsn_core.recipe import Experiment


def outcome(experiment: Experiment, found: Opened, chosen: Selection, words: Words) -> None:
    """What the network makes of the sample, and would make of it with the changes; the score of both."""
    if found.material.classes:
        classes = frame.classes(found.material.classes, words)
        learned = found.shares(found.learned)
        yours = found.shares(found.changed) if chosen.asked.count else None
        bars = decisive.shares(learned, yours, classes, words=words, theme=frame.theme())
        given, answer = st.columns([2, 3], gap="medium")
        with given:
            frame.put(window(found, words), "window", words("inside.window.sentence"))
        with answer:
            frame.put(bars, "outcome", decisive.share_sentence(learned, yours, classes, words))
        return
    noisy, clean = found.material.noisy, found.material.clean
    unit = "" if chosen.takes_pictures else experiment.noisy.unit
    rows = [(frame.network(chosen.net, words), "learned", found.estimate(found.learned))]
    if chosen.asked.count:
        rows.append((words("inside.yours"), "yours", found.estimate(found.changed)))
    hero, board = st.columns([5, 1], gap="medium")
    with hero:
        sentence = outcome_sentence(rows, clean, unit, words)
        if chosen.takes_pictures:
            before_after(found, chosen, [(words("figure.noisy"), "noisy", noisy), *rows], words)
            st.caption(f"{sentence} {words('inside.wipe.hint')}")
        else:
            figure = waveforms.compare(
                noisy,
                rows,  # type: ignore[arg-type]
                clean,
                rate_hz=experiment.noisy.rate_hz,
                unit=unit,
                words=words,
                theme=frame.theme(),
            )
            frame.put(figure, "outcome", sentence)
    with board:
        for name, role, estimate in rows:
            if clean is None:
                st.metric(name, scores.quantity(float(metrics.noise_level(estimate)), unit, words))
                continue
            snr = _snr(clean, estimate)
            gain = snr - _snr(clean, rows[0][2])
            told = role == "yours" and math.isfinite(gain)
            delta = words("score.value.db.gain", value=gain) if told else None
            st.metric(name, scores.decibels(snr, words), delta, help=words("score.snr.hint"))


def before_after(found: Opened, chosen: Selection, rows: list[tuple[str, str, FloatArray]], words: Words) -> None:
    """Two versions of the picture, one over the other; a click picks the position of the block that lies there."""
    versions = {role: pixels.Version(label, role, pixels.encoded(v[None]).address) for label, role, v in rows}
    pairs = ["noisy-learned", *(["noisy-yours", "learned-yours"] if len(rows) > 2 else [])]
    pair = pairs[-1]
    if len(pairs) > 1:
        pair = st.segmented_control(
            words("images.pair"),
            pairs,
            default=pair,
            required=True,
            format_func=lambda both: " | ".join(versions[one].label for one in both.split("-")),
            key=state.key("inside-pair"),
            label_visibility="collapsed",
        )
    picture, block = rows[0][2], found.changed.decisions[chosen.block].before.shape[2:]
    lens = None
    if chosen.position is not None:
        row, column = divmod(min(chosen.position, block[0] * block[1] - 1), block[1])
        high, wide = picture.shape[0] / block[0], picture.shape[1] / block[1]
        lens = pixels.Part(int(row * high), int((row + 1) * high), int(column * wide), int((column + 1) * wide))

    def clicked(x: float, y: float) -> None:
        row, column = (min(int(at / 100 * size), size - 1) for at, size in zip((y, x), block, strict=True))
        pick(chosen, row * block[1] + column)

    drawn = pixels.wipe(
        *(versions[one] for one in pair.split("-")), picture.shape, lens, words=words, theme=frame.theme()
    )
    wipe.show(drawn, "inside-wipe", clicked)
    st.download_button(
        "PNG",
        lambda: pixels.encoded(rows[-1][2][None]).data,
        f"{chosen.net}-{chosen.picture}.png",
        "image/png",
        key="outcome-png",
        on_click="ignore",
        type="tertiary",
        icon=":material/image:",
    )


def window(found: Opened, words: Words) -> go.Figure:
    """What a classifier was shown: a stretch of a recording, or a picture."""
    given = found.material
    if given.noisy.ndim == 2:
        return feature_maps.pictures([(words("figure.noisy"), "noisy", given.noisy)], words=words, theme=frame.theme())
    return waveforms.compare(
        given.noisy, [], None, rate_hz=given.rate_hz, unit=given.unit, words=words, theme=frame.theme()
    )


def _snr(clean: FloatArray, estimate: FloatArray) -> float:
    return metrics.snr_db(clean.ravel(), estimate.ravel())


def outcome_sentence(rows: list[tuple[str, str, FloatArray]], clean: FloatArray | None, unit: str, words: Words) -> str:
    """Say what the changes did."""
    if len(rows) == 1:
        return words("inside.outcome.learned", method=rows[0][0])
    own, yours = rows[0][2], rows[1][2]
    if clean is None:
        moved = metrics.rmse(own.ravel(), yours.ravel())
        return words("inside.outcome.moved", moved=scores.quantity(moved, unit, words))
    gain = _snr(clean, yours) - _snr(clean, own)
    key = "even" if abs(gain) < scores.EVEN_DB else "better" if gain > 0 else "worse"
    return words(f"inside.outcome.{key}", gain=abs(gain))
