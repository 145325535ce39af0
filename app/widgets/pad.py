"""Draw the signal: a pad whose curve becomes part of the recipe."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from functools import partial
from typing import Any

from app import state
from app.components import pad
from app.i18n import Words
from drsn_core.errors import BadParameter
from drsn_core.recipe import Recipe
from drsn_core.synth import curves

WORDS = ("pad", "value", "down", "empty", "keys", "clear", "smooth", "flip")


def show(recipe: Recipe, words: Words) -> None:
    """Show the pad if the signal of the recipe is a drawn one; what is drawn on it can be undone."""
    if recipe.source.kind == "drawn":
        pad.show(picture(recipe.source.curve, words), "pad", partial(adopt, recipe))


def adopt(recipe: Recipe, curve: str) -> None:
    """Make a curve the source of the recipe, from within a callback; what is none is not taken."""
    with contextlib.suppress(BadParameter):
        curves.decode(curve)
        if curve != recipe.source.curve:
            state.take(replace(recipe, source=replace(recipe.source, curve=curve)))


def picture(curve: str, words: Words) -> dict[str, Any]:
    """Everything that the pad shows."""
    heights = curves.decode(curve)
    high, low = int(heights.argmax()), int(heights.argmin())
    facts = {"high": heights[high], "low": heights[low], "above": high + 1, "below": low + 1, "count": heights.size}
    return {
        "curve": curve,
        "heights": [round(float(h), 4) for h in heights],
        "alphabet": curves.ALPHABET,
        "alt": words("draw.alt", **facts) if heights.any() else words("draw.empty"),
        "words": {name: words(f"draw.{name}") for name in WORDS},
    }


def is_empty(recipe: Recipe) -> bool:
    """Whether nothing is on the pad."""
    return recipe.source.kind == "drawn" and not curves.decode(recipe.source.curve).any()
