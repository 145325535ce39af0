"""Signals and pictures made from formulas: known exactly, so that a denoiser can be held against the truth."""

from __future__ import annotations

from drsn_core.data import Signal
from drsn_core.errors import UnknownName
from drsn_core.synth.curves import drawn
from drsn_core.synth.digits import drawn_digit, written_digit
from drsn_core.synth.images import IMAGES, Picture, image
from drsn_core.synth.rig import STATES, rig
from drsn_core.synth.signals import SHAPES, Source, generator, times
from drsn_core.synth.spoken import spoken_digit
from drsn_core.synth.vibration import BEARINGS, SKF_6205, Bearing, FaultFrequencies, fault_frequencies, vibration

__all__ = [
    "IMAGES",
    "SIGNALS",
    "SKF_6205",
    "STATES",
    "Bearing",
    "FaultFrequencies",
    "Picture",
    "Source",
    "drawn",
    "drawn_digit",
    "fault_frequencies",
    "image",
    "rig",
    "signal",
    "spoken_digit",
    "vibration",
    "written_digit",
]

#: Every synthetic signal by its key.
SIGNALS: dict[str, Source] = SHAPES | BEARINGS


def signal(name: str, length: int = 2048, seed: int = 0) -> Signal:
    """Draw one of ``SIGNALS``, without noise.

    Parameters
    ----------
    name : key in ``SIGNALS``
    length : samples, 16 to 20,000,000
    seed : a whole number from 0; it matters where something is random (``SIGNALS[name].seeded``)

    Returns
    -------
    Signal
        One channel, at the signal's natural rate and in its unit. Signals without a natural rate (benchmarks,
        chirps, tones) last one second: their rate is ``length``, and a longer one is drawn more finely.

    Raises
    ------
    UnknownName, BadParameter

    Examples
    --------
    >>> signal("doppler", length=2048).seconds, signal("ecg", length=720).seconds
    (1.0, 2.0)
    """
    if not isinstance(name, str) or name not in SIGNALS:
        raise UnknownName("signal", name, SIGNALS)
    source, rng = SIGNALS[name], generator(seed)
    t = times(length, source.rate_hz)
    samples = source.shape(t, rng) if source.seeded else source.shape(t)
    return Signal(samples, rate_hz=source.rate_hz or length, name=name, unit=source.unit)
