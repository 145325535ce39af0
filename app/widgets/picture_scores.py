"""Numbers beside a picture: PSNR and SSIM, or, where no clean picture is known, how much noise is left."""

from __future__ import annotations

import math

import numpy as np
import streamlit as st

from app import compute
from app.compute import Shown
from app.i18n import Words
from app.widgets import scores
from drsn_core.data import FloatArray
from drsn_core.metrics import noise_level
from drsn_core.pictures import PictureExperiment, PictureScores
from drsn_core.recipe import Choice


def board(experiment: PictureExperiment, shown: list[Shown], words: Words) -> None:
    """Show how close each estimate is to the clean picture, or, where that is not known, how much noise is left."""
    before = compute.picture_score(experiment, None, experiment.noisy)
    if before is None:
        st.metric(
            words("images.score.level"), level(experiment.noisy.pixels, words), help=words("score.noise-level.hint")
        )
    else:
        st.metric(
            words("images.score.noisy"),
            scores.decibels(before.psnr_db, words),
            help=words("images.score.noisy.hint"),
        )
        st.caption(similarity(before, words), help=words("images.score.ssim.hint"))
    for one in shown:
        score = score_of(experiment, one)
        time = scores.duration(one.result, words)
        if score is None:
            label = words("images.score.left", label=one.label)
            st.metric(label, level(one.result.estimate.pixels, words), help=words("score.noise-left.hint"))
            st.caption(time)
            continue
        gain = words("score.value.db.gain", value=score.gain_db) if math.isfinite(score.gain_db) else None
        st.metric(one.label, scores.decibels(score.psnr_db, words), gain, help=words("images.score.gain.hint"))
        alike = similarity(score, words)
        st.caption(words("images.score.line", ssim=alike, time=time) if alike else time)


def score_of(experiment: PictureExperiment, one: Shown) -> PictureScores | None:
    """How close a result is to the clean picture; None where that is not known."""
    choice: Choice = getattr(experiment.recipe, one.slot)
    return compute.picture_score(experiment, choice, one.result.estimate)


def similarity(score: PictureScores, words: Words) -> str:
    return words("images.score.ssim", value=score.ssim) if math.isfinite(score.ssim) else ""


def level(pixels: FloatArray, words: Words) -> str:
    """The noise level of a picture: the median of that of its rows, on the 0..255 scale."""
    return words("images.score.level.value", value=255 * float(np.median(noise_level(pixels))))


def takeaway(experiment: PictureExperiment, shown: list[Shown], words: Words) -> str:
    """Say in one sentence which method came closer."""
    found = [score.psnr_db for one in shown if (score := score_of(experiment, one))]
    if not found:
        return words("images.score.unknown")
    if len(found) < 2:
        return ""
    gap = found[0] - found[1]
    if not math.isfinite(gap) or abs(gap) < scores.EVEN_DB:
        return words("images.score.even")
    return words("images.score.better", method=shown[0 if gap > 0 else 1].label, gap=abs(gap))
