"""Run the two methods of a page: long work shows a bar and a way to stop, a method that fails says why."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app import compute
from app.compute import Shown
from app.i18n import Words, error_text
from drsn_core import catalog
from drsn_core.errors import DrsnError
from drsn_core.method import Progress, Report, Result, ignore
from drsn_core.recipe import Choice, Recipe


def named(slot: str, choice: Choice, words: Words) -> str:
    """What a method goes by on a page: "A · BayesShrink"."""
    return words("denoise.slot", slot=slot.upper(), method=words(f"method.{choice.method}"))


def run(
    recipe: Recipe, result: Callable[[Choice, Report], Result], long: bool, hero: DeltaGenerator, words: Words
) -> list[Shown]:
    """Run both methods of a recipe by ``result``; one that fails is left out, and stopped work gives nothing."""
    shown: list[Shown] = []
    if compute.stopped(recipe):
        hero.info(words("progress.cancelled"))
        hero.button(words("progress.again"), on_click=compute.resume, key="again")
        return shown
    place = hero.empty()
    for slot, choice in zip("ab", recipe.choices, strict=True):
        label = named(slot, choice, words)
        report = ignore
        if long:
            with place.container():
                bar = st.progress(0.0, words("progress.starting", method=label))
                st.button(words("progress.cancel"), on_click=compute.stop, args=(recipe,), key=f"stop-{slot}")
            report = partial(_advance, bar, label, words)
        try:
            found = result(choice, report)
        except DrsnError as error:
            hero.error(f"{label}: {error_text(words, error)}")
            continue
        shown.append(Shown(slot, label, catalog.info(choice.method).family, found))
    place.empty()
    return shown


def _advance(bar: DeltaGenerator, label: str, words: Words, step: Progress) -> None:
    bar.progress(step.done / step.total, words("progress.working", method=label, done=step.done, total=step.total))
