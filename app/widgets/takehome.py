"""Files to take home: sound, table, arrays, figure, script, link. Each is made only when it is asked for."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from urllib.parse import urlencode

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from app import state
from app.compute import Shown
from app.i18n import Words
from app.state import View
from app.widgets.listen import played_rate
from drsn_core import __version__
from drsn_core import recipe as recipes
from drsn_core.data import Origin, Signal
from drsn_core.io import write
from drsn_core.recipe import Experiment, Recipe
from drsn_core.script import to_script


def offer(
    experiment: Experiment, shown: list[Shown], figures: Callable[[], list[go.Figure]], view: View, words: Words
) -> None:
    """Draw a row of download buttons, and the link."""
    recipe = experiment.recipe
    stem = stem_of(recipe)
    files: list[tuple[str, str, str, Callable[[], bytes]]] = [
        *(_wav(one.slot, one.result.estimate, stem) for one in shown),
        ("csv", f"{stem}.csv", "text/csv", lambda: table(experiment, shown)),
        ("npz", f"{stem}.npz", "application/octet-stream", lambda: arrays(experiment, shown)),
        ("figure", f"{stem}.html", "text/html", lambda: page(figures(), stem)),
        ("script", f"{stem}.py", "text/x-python", lambda: to_script(recipe).encode()),
    ]
    with st.container(horizontal=True):
        for kind, name, mime, make in files:
            key, _, slot = kind.partition("-")
            label = words(f"download.{key}") + (f" {slot.upper()}" if slot else "")
            hint = words(f"download.{key}.hint") if f"download.{key}.hint" in words else None
            st.download_button(
                label,
                make,
                name,
                mime,
                key=f"download-{kind}",
                help=hint,
                on_click="ignore",
                icon=":material/download:",
            )
        offer_link(recipe, view, words)


def offer_link(recipe: Recipe, view: View, words: Words) -> None:
    """Show the link to the page as it is, behind a button."""
    with st.popover(words("download.link"), icon=":material/link:"):
        st.caption(words("download.link.hint"))
        if recipe.source.is_file:
            st.caption(words("download.link.file"))
        st.code(link(recipe, view), language=None, wrap_lines=True)


def _wav(slot: str, estimate: Signal, stem: str) -> tuple[str, str, str, Callable[[], bytes]]:
    name = f"{stem}-{slot}.wav"

    def make() -> bytes:
        rate, _ = played_rate(estimate.rate_hz)
        return write(Signal(estimate.samples, rate, estimate.name), name)

    return f"wav-{slot}", name, "audio/wav", make


def stem_of(recipe: Recipe) -> str:
    """A file name without surprises: letters, digits and dashes of the source's name."""
    name = recipe.source.name.rsplit(".", 1)[0] if recipe.source.is_file else recipe.source.name
    plain = "".join(c if c.isascii() and c.isalnum() else "-" for c in name).strip("-").lower()
    return f"{plain[:40] or 'signal'}-denoised"


def table(experiment: Experiment, shown: list[Shown]) -> bytes:
    """Time, noisy, both estimates and, if known, the clean signal as CSV."""
    columns = {"noisy": experiment.noisy} | {f"{one.slot} {one.result.method}": one.result.estimate for one in shown}
    if experiment.clean is not None:
        columns["clean"] = experiment.clean
    samples = np.concatenate([signal.samples[:1] for signal in columns.values()])
    noisy = experiment.noisy
    origin = Origin("DRSN Studio", "float64", samples.shape, tuple(columns))
    return write(Signal(samples, noisy.rate_hz, noisy.name, noisy.unit, origin), "table.csv")


def arrays(experiment: Experiment, shown: list[Shown]) -> bytes:
    """All samples at full precision, the thresholds and the recipe as NPZ."""
    stored = {"noisy": experiment.noisy.samples, "rate_hz": np.float64(experiment.noisy.rate_hz)}
    if experiment.clean is not None:
        stored["clean"] = experiment.clean.samples
    for one in shown:
        stored[one.slot] = one.result.estimate.samples
        stored[f"{one.slot}_trace_json"] = np.array(json.dumps(one.result.trace.to_dict()))
    about = {"drsn_core": __version__, "recipe": recipes.to_query(experiment.recipe)}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, about_json=np.array(json.dumps(about)), **stored)
    return buffer.getvalue()


def page(figures: list[go.Figure], title: str) -> bytes:
    """The figures as one web page that needs no network; its menu saves pictures."""
    parts = [
        figure.to_html(full_html=False, include_plotlyjs=index == 0, default_width="100%")
        for index, figure in enumerate(figures)
    ]
    body = "\n".join(parts)
    return f'<!doctype html><html><meta charset="utf-8"><title>{title}</title><body>{body}</body></html>'.encode()


def link(recipe: Recipe, view: View) -> str:
    """The address of this page in this state."""
    base = str(st.context.url or "").partition("?")[0]
    return f"{base}?{urlencode(state.link_parts(recipe, view))}"
