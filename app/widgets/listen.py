"""Hear what came in, what is left, and what was removed, all at one volume."""

from __future__ import annotations

import io

import numpy as np
import soundfile
import streamlit as st

from app import state
from app.compute import Shown
from app.i18n import Words
from drsn_core.data import FloatArray
from drsn_core.recipe import Experiment

#: Below this rate a loudspeaker has nothing to play; slower signals are played at `PLAYED_HZ` samples a second.
SLOWEST_HZ, PLAYED_HZ = 3000, 8000

#: Shorter sounds are clicks.
SHORTEST_SECONDS = 0.1

PEAK = 0.9


def player(experiment: Experiment, shown: list[Shown], words: Words) -> None:
    """Offer every version of the signal; one player, so that two never sound at once."""
    noisy = experiment.noisy.samples[0]
    middle, peak = loudness(noisy)
    # What is taken from what: only the version that is played is worked out.
    versions: dict[str, tuple[FloatArray, FloatArray | float]] = {words("listen.noisy"): (noisy, middle)}
    if experiment.clean is not None:
        versions[words("listen.clean")] = (experiment.clean.samples[0], middle)
    for one in shown:
        versions[words("listen.denoised", method=one.slot.upper())] = (one.samples, middle)
    for one in shown:
        versions[words("listen.removed", method=one.slot.upper())] = (noisy, one.samples)
    rate, factor = played_rate(experiment.noisy.rate_hz)
    if noisy.size / rate < SHORTEST_SECONDS:
        st.caption(words("listen.short"))
        return
    chosen = st.pills(
        words("listen.title"),
        list(versions),
        default=words("listen.noisy"),
        key=state.key("listen"),
        required=True,
        label_visibility="collapsed",
    )
    samples, taken = versions[chosen]
    st.audio(sound((samples - taken) / peak, rate), format="audio/wav")
    notes = [words("listen.loudness")]
    if factor > 1:
        notes.append(words("listen.faster", factor=factor))
    st.caption(" ".join(notes))


def played_rate(rate_hz: float) -> tuple[int, float]:
    """Samples a second to play at, and how many times faster than life that is (1 if the rate is unknown)."""
    if rate_hz >= SLOWEST_HZ:
        return round(rate_hz), 1.0
    return PLAYED_HZ, 1.0 if rate_hz == 1.0 else PLAYED_HZ / rate_hz


def loudness(noisy: FloatArray) -> tuple[float, float]:
    """The offset to take away before playing, and what the largest deviation from it is divided by."""
    middle = float(np.mean(noisy))
    return middle, float(np.max(np.abs(noisy - middle))) / PEAK or 1.0


def sound(samples: FloatArray, rate: int) -> bytes:
    """Encode samples within -1..1 as a 16-bit WAV file; what lies outside is clipped."""
    buffer = io.BytesIO()
    soundfile.write(buffer, np.clip(samples, -1, 1), rate, format="WAV", subtype="PCM_16")
    return buffer.getvalue()
