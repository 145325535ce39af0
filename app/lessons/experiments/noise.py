"""A signal, the noise, and their sum at a chosen SNR."""

from __future__ import annotations

from typing import NamedTuple

from app.lessons.controls import Choice, Control, Slider
from app.lessons.observed import Observed
from drsn_core import metrics, synth
from drsn_core.data import FloatArray
from drsn_core.noise import add_noise, root_mean_square

LENGTH = 1024

SIGNAL = Choice("heavisine", ("heavisine", "doppler", "blocks", "bumps"), "signal")
SNR = Slider(10.0, -10.0, 30.0, 1.0, "dB")

CONTROLS: dict[str, Control] = {
    "signal": SIGNAL,
    "snr_db": SNR,
    "noise": Choice("gaussian", ("gaussian", "laplacian", "uniform", "pink", "impulse"), "noise.kind"),
}


class Drawn(NamedTuple):
    """Three rows of samples, each (length,)."""

    clean: FloatArray
    noise: FloatArray
    noisy: FloatArray


def mixed(signal: str, snr_db: float, noise: str = "gaussian", length: int = LENGTH) -> tuple[FloatArray, FloatArray]:
    """A clean signal of mean 0 and root mean square 1, and the same with noise: (length,) each."""
    row = synth.signal(signal, length=length).samples[0]
    clean = row - row.mean()
    clean = clean / root_mean_square(clean)
    return clean, add_noise(clean, noise, snr_db, seed=0)


def observe(signal: str, snr_db: float, noise: str) -> Observed:
    """Facts: SNR as set and as measured, the power of the signal over that of the noise, and both root mean squares."""
    clean, noisy = mixed(signal, snr_db, noise)
    added = noisy - clean
    loud, faint = root_mean_square(clean), root_mean_square(added)
    facts = {
        "snr_db": snr_db,
        "measured_db": metrics.snr_db(clean, noisy),
        "power_ratio": metrics.power(clean) / metrics.power(added),
        "signal_rms": loud,
        "noise_rms": faint,
        "percent": 100 * faint / loud,
        "kind": f"noise.kind.{noise}",
        "signal": f"signal.{signal}",
    }
    return Observed(facts, Drawn(clean, added, noisy))
