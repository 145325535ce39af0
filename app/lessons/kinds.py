"""All live figures of the lessons, by the key that ``lesson.toml`` names."""

from __future__ import annotations

from app.figures import (
    lessons_bars,
    lessons_coefficients,
    lessons_curves,
    lessons_levels,
    lessons_noise,
    lessons_picture,
    lessons_risk,
)
from app.lessons.experiments import coefficients, curves, drawn, haar, levels, noise, picture, risk
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
}
