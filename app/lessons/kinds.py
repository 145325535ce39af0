"""All live figures of the lessons, by the key that ``lesson.toml`` names."""

from __future__ import annotations

from app.figures import (
    lessons_bars,
    lessons_channels,
    lessons_coefficients,
    lessons_curves,
    lessons_depth,
    lessons_levels,
    lessons_limits,
    lessons_noise,
    lessons_picture,
    lessons_risk,
    lessons_samples,
    lessons_units,
)
from app.lessons.experiments import (
    channels,
    coefficients,
    curves,
    depth,
    drawn,
    haar,
    levels,
    limits,
    noise,
    picture,
    risk,
    samples,
    units,
)
from app.lessons.kind import Kind

KINDS: dict[str, Kind] = {
    "noise": Kind(noise.CONTROLS, noise.observe, lessons_noise.rows),
    "coefficients": Kind(coefficients.CONTROLS, coefficients.observe, lessons_coefficients.sizes),
    "curves": Kind(curves.CONTROLS, curves.observe, lessons_curves.curves),
    "drawn": Kind(drawn.CONTROLS, drawn.observe, lessons_bars.drawn),
    "haar": Kind(haar.CONTROLS, haar.observe, lessons_bars.haar),
    "risk": Kind(risk.CONTROLS, risk.observe, lessons_risk.curve),
    "levels": Kind(levels.CONTROLS, levels.observe, lessons_levels.levels),
    "picture": Kind(picture.CONTROLS, picture.observe, lessons_picture.four),
    "unit": Kind(units.CONTROLS, units.observe, lessons_units.unit),
    "gradients": Kind(depth.GRADIENTS, depth.gradients, lessons_depth.gradients),
    "race": Kind(depth.RACE, depth.waiting, lessons_depth.race, depth.laps, depth.raced),
    "weights": Kind(channels.WEIGHTS, channels.weights, lessons_channels.weights),
    "shared": Kind(channels.SHARED, channels.shared, lessons_channels.shared),
    "pair": Kind(samples.PAIR, samples.pair, lessons_samples.pair),
    "whole": Kind(samples.WHOLE, samples.whole, lessons_samples.whole),
    "limits": Kind(limits.CONTROLS, limits.observe, lessons_limits.both),
}
