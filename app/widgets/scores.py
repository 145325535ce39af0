"""Numbers beside the picture."""

from __future__ import annotations

import math

import streamlit as st

from app.compute import Shown
from app.i18n import Words
from drsn_core.method import Result
from drsn_core.metrics import Scores, noise_level, scores, snr_db
from drsn_core.recipe import Experiment

#: A smaller difference than this is no difference.
EVEN_DB = 0.05


def board(experiment: Experiment, shown: list[Shown], words: Words) -> None:
    """Show how close each estimate is to the clean signal, or, where that is not known, how much noise is left."""
    unit = experiment.noisy.unit
    if experiment.clean is None:
        level = float(noise_level(experiment.noisy.samples)[0])
        st.metric(words("score.noise-level"), quantity(level, unit, words), help=words("score.noise-level.hint"))
    else:
        noisy = snr_db(experiment.clean.samples, experiment.noisy.samples)
        st.metric(words("score.noisy"), decibels(noisy, words), help=words("score.snr.hint"))
    for one in shown:
        score = score_of(experiment, one)
        if score is None:
            left = float(noise_level(one.samples))
            st.metric(one.label, quantity(left, unit, words), help=words("score.noise-left.hint"))
            st.caption(duration(one.result, words))
            continue
        gain = words("score.value.db.gain", value=score.gain_db) if math.isfinite(score.gain_db) else None
        st.metric(one.label, decibels(score.snr_db, words), gain, help=words("score.gain.hint"))
        st.caption(f"{words('score.rmse')} {quantity(score.rmse, unit, words)} · {duration(one.result, words)}")


def score_of(experiment: Experiment, one: Shown) -> Scores | None:
    """How close a result is to the clean signal; None where that is not known."""
    if experiment.clean is None:
        return None
    return scores(experiment.clean.samples, experiment.noisy.samples, one.result.estimate.samples)


def takeaway(experiment: Experiment, shown: list[Shown], words: Words) -> str:
    """Say in one sentence which method came closer."""
    found = [score.snr_db for one in shown if (score := score_of(experiment, one))]
    if not found:
        return words("score.unknown")
    return verdict(found[0] - found[1], [one.label for one in shown], words) if len(found) == 2 else ""


def verdict(gap_db: float, labels: list[str], words: Words) -> str:
    """Name the better of two methods, the first being ahead by ``gap_db``."""
    if not math.isfinite(gap_db) or abs(gap_db) < EVEN_DB:
        return words("score.even")
    return words("score.better", method=labels[0] if gap_db > 0 else labels[-1], gap=abs(gap_db))


def decibels(value: float, words: Words) -> str:
    if value == math.inf:
        return words("score.value.db.perfect")
    return words("score.value.db", value=round(value, 1) + 0.0)  # "+ 0.0" makes -0.0 a plain 0.0


def quantity(value: float, unit: str, words: Words) -> str:
    return words("score.value.unit", value=value, unit=unit) if unit else words("score.value.plain", value=value)


def duration(result: Result, words: Words) -> str:
    return taken(result.seconds, words)


def taken(seconds: float, words: Words) -> str:
    """Write a time: milliseconds below one second, else seconds."""
    if seconds < 1:
        return words("score.value.milliseconds", value=1000 * seconds)
    return words("score.value.seconds", value=seconds)
