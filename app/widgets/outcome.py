"""What a network makes of its sample, as learned and with the reader's changes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import plotly.graph_objects as go
import streamlit as st

from app.figures import decisive, feature_maps, waveforms
from app.i18n import Words
from app.opened import Opened
from app.selection import Selection
from app.widgets import frame, scores
from drsn_core import metrics
from drsn_core.data import FloatArray
from drsn_core.recipe import Experiment

if TYPE_CHECKING:
    pass


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
    if chosen.takes_pictures:
        shown = [(words("figure.noisy"), "noisy", noisy), *rows]
        figure = feature_maps.pictures(shown, words=words, theme=frame.theme())
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
    hero, board = st.columns([5, 1], gap="medium")
    with hero:
        frame.put(figure, "outcome", outcome_sentence(rows, clean, unit, words))
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
