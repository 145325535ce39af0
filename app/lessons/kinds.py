"""All live figures of the lessons, by the key that ``lesson.toml`` names."""

from __future__ import annotations

from app.figures import lessons_coefficients, lessons_curves, lessons_noise
from app.lessons.experiments import coefficients, curves, noise
from app.lessons.kind import Kind

KINDS: dict[str, Kind] = {
    "noise": Kind(noise.CONTROLS, noise.observe, lessons_noise.rows),
    "coefficients": Kind(coefficients.CONTROLS, coefficients.observe, lessons_coefficients.sizes),
    "curves": Kind(curves.CONTROLS, curves.observe, lessons_curves.curves),
}
