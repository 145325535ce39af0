"""What is right: every question of every lesson has its answer computed here by the core, once."""

from __future__ import annotations

import functools
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


ANSWERS: dict[str, Callable[[], Answer]] = {
    "noise-amplitude": noise_amplitude,
    "coefficients-needed": coefficients_needed,
    "soft-of-minus-three": soft_of_minus_three,
}


@functools.cache
def answer(name: str) -> Answer:
    """What is right, by the key of a question."""
    found = ANSWERS[name]()
    return found if isinstance(found, str) else round(float(found), 9)
