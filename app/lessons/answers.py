"""What is right: every question of every lesson has its answer computed here by the core, once."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable

from app.lessons.observing import observe

Answer = float | str


def fact(figure: str, name: str, **state: float | str) -> float:
    """One number of a live figure in a given state."""
    return float(observe(figure, dict(state)).facts[name])


def nearest(value: float, choices: dict[str, float]) -> str:
    """The choice whose number is nearest to a computed one."""
    return min(choices, key=lambda name: abs(choices[name] - value))


def noise_amplitude() -> Answer:
    """How much larger the noise becomes when the SNR falls from 20 dB to 0 dB."""
    grown = fact("noise", "noise_rms", snr_db=0.0) / fact("noise", "noise_rms", snr_db=20.0)
    return nearest(grown, {"two": 2, "ten": 10, "twenty": 20, "hundred": 100})


def coefficients_needed() -> Answer:
    """How many of the 1024 coefficients of HeaviSine hold almost all of its energy."""
    return nearest(fact("coefficients", "few"), {"dozen": 12, "hundred": 100, "half": 512, "nearly-all": 1000})


def soft_of_minus_three() -> Answer:
    """What soft thresholding with τ = 1.2 makes of -3."""
    return fact("curves", "soft", tau=1.2, x=-3.0)


def what_bars_lose() -> Answer:
    """Whether the tallest or the lowest of the numbers that survive a threshold loses more of its size."""
    tall, low = (fact("drawn", name, tau=2.0) for name in ("tallest_lost", "lowest_lost"))
    return "same" if abs(tall - low) < 1e-9 else "tall" if tall > low else "low"


def what_an_offset_changes() -> Answer:
    """Which coefficients of Haar change when 2 is added to all eight numbers."""
    plain = observe("haar", {}).drawn
    raised = observe("haar", {"numbers": tuple(float(value + 2) for value in plain.numbers)}).drawn
    moved = abs(raised.before - plain.before) > 1e-9
    of_averages, of_details = (any(m for m, k in zip(moved, plain.levels, strict=True) if (k > 0) == d) for d in (0, 1))
    return {(1, 1): "all", (1, 0): "sum", (0, 1): "details", (0, 0): "none"}[int(of_averages), int(of_details)]


def best_in_coarse_levels() -> Answer:
    """How the best threshold of a coarse level compares with that of a fine one."""
    fine, coarse = (fact("risk", "best", level=level) for level in (2.0, 5.0))
    return "same" if abs(fine - coarse) <= 0.25 else "lower" if coarse < fine else "higher"


def what_a_shift_changes() -> Answer:
    """Which transforms give another estimate when the recording is shifted by one sample, and shifted back."""
    changed = [fact("levels", f"{way}_moved", signal="doppler", shift=1.0) > 1e-6 for way in ("level", "spin")]
    return {(True, False): "plain", (False, True): "averaged", (True, True): "both", (False, False): "neither"}[
        changed[0], changed[1]
    ]


def where_errors_are() -> Answer:
    """Where the error of a shrunk picture is the largest."""
    return nearest(fact("picture", "edge_times"), {"flat": 0.5, "same": 1.0, "edges": 2.5})


def gradient_of_plain_units() -> Answer:
    """How many times larger the gradient of 24 plain units is at the first than at the last."""
    found = fact("gradients", "plain", units=24.0)
    return nearest(math.log10(found), {"vanishes": -4, "same": 0, "ten": 1, "ten-thousand": 4})


def zeros_of_attention() -> Answer:
    """How many per cent of a branch a squeeze-and-excitation unit sets to zero."""
    return fact("unit", "zeroed_all", net="se", block=7.0)


def negative_thresholds() -> Answer:
    """How many of a block's thresholds become negative when x is averaged in the place of its size."""
    return fact("unit", "negative", block=6.0, pool="signed")


def who_suffers_from_sharing() -> Answer:
    """Whether a threshold that all channels share zeroes more of the weakest or of the strongest channel."""
    weak, strong = fact("shared", "cs_weak", block=6.0), fact("shared", "cs_strong", block=6.0)
    return "same" if abs(weak - strong) < 10 else "weak" if weak > strong else "strong"


def what_noise_does_to_alpha() -> Answer:
    """What more noise does to the attention weights of the blocks."""
    rise, fall = fact("pair", "rise"), fact("pair", "fall")
    return {(True, False): "rise", (False, True): "fall", (False, False): "stay"}.get((rise > 0, fall > 0), "mixed")


def share_of_zeros() -> Answer:
    """Which share of what meets a threshold in the whole network becomes zero, rounded to whole per cents."""
    return round(fact("whole", "zeroed", snr_db=5.0))


def where_the_wavelet_wins() -> Answer:
    """The recording on which a wavelet rule is furthest ahead of the network."""
    leads = {name: fact("limits", "behind", signal=name) for name in ("blocks", "doppler", "bearing-inner-race")}
    return max(leads, key=leads.__getitem__)


ANSWERS: dict[str, Callable[[], Answer]] = {
    "noise-amplitude": noise_amplitude,
    "coefficients-needed": coefficients_needed,
    "soft-of-minus-three": soft_of_minus_three,
    "what-bars-lose": what_bars_lose,
    "what-an-offset-changes": what_an_offset_changes,
    "best-in-coarse-levels": best_in_coarse_levels,
    "what-a-shift-changes": what_a_shift_changes,
    "where-errors-are": where_errors_are,
    "gradient-of-plain-units": gradient_of_plain_units,
    "zeros-of-attention": zeros_of_attention,
    "negative-thresholds": negative_thresholds,
    "who-suffers-from-sharing": who_suffers_from_sharing,
    "what-noise-does-to-alpha": what_noise_does_to_alpha,
    "share-of-zeros": share_of_zeros,
    "where-the-wavelet-wins": where_the_wavelet_wins,
}


@functools.cache
def answer(name: str) -> Answer:
    """What is right, by the key of a question."""
    found = ANSWERS[name]()
    return found if isinstance(found, str) else round(float(found), 9)
