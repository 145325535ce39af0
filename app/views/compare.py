"""The page Compare: every method on one signal, ranked, timed, and shown where it comes closest."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from time import perf_counter

import plotly.graph_objects as go
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app import compute, drawings, state
from app.compute import Contender, Failure
from app.figures import ranking
from app.figures.ranking import Entry
from app.i18n import Words, error_text, escaped
from app.state import PANELS, View
from app.widgets import frame, noise, pad, scores, source, takehome
from drsn_core.errors import DrsnError
from drsn_core.method import Progress, ignore
from drsn_core.metrics import noise_level
from drsn_core.recipe import Choice, Experiment, Recipe

#: Seconds of work before the first drawing, and between two drawings after it.
FIRST_SECONDS, STEP_SECONDS = 0.3, 1.5

#: Panels drawn at first; the page's own two methods are always among them.
BEST = 8

#: The table: pixels of a row, and rows in sight; the others are reached by scrolling.
ROW_HEIGHT, MOST_ROWS = 35, 14

Found = dict[Choice, Contender | Failure]
#: Draws a figure, or finds the one that was drawn of the same before; see `app.drawings.once`.
Draw = Callable[[tuple[object, ...], Callable[[], go.Figure]], go.Figure]


def page() -> None:
    """Read aloud: a recipe is changed by widgets; what is known is ranked and shown; then more methods are run."""
    words = Words(state.view().lang)
    state.is_first_run()
    tools = frame.heading("compare", words)
    recipe = controls(state.recipe(), words)
    source.what_we_read(recipe, words)
    pad.show(recipe, words)
    place = st.container()
    standing = st.container()
    view = looks(state.view(), words)
    below = st.container()
    state.keep(recipe, view, tools=False)
    frame.tools(tools, words)

    if recipe.source.kind == "file" and state.file() is None:
        place.info(words("empty.file", name=escaped(recipe.source.name)))
        return
    if pad.is_empty(recipe):
        place.info(words("draw.empty"))
        return
    try:
        experiment = compute.experiment(recipe)
    except DrsnError as error:
        place.error(error_text(words, error))
        return
    choices = compute.line_up(recipe)
    found = known(recipe, choices)
    if not found:
        found = work(experiment, choices, found, FIRST_SECONDS, place.empty(), words)
    contenders = ranked(found)
    if contenders:
        entries = [entry(n, one, recipe, words) for n, one in enumerate(contenders, start=1)]
        draw = partial(drawings.once, recipe) if len(found) == len(choices) else _anew
        with standing:
            board(experiment, contenders, entries, draw, words)
        with below:
            gallery(experiment, contenders, entries, view, draw, words)
            share(experiment, contenders, entries, view, words)
    with below:
        for failure in (one for one in found.values() if isinstance(one, Failure)):
            name = words(f"method.{failure.choice.method}")
            st.caption(words("compare.failed", method=name, reason=error_text(words, failure.error)))
        st.caption(words("compare.limits"))
    if len(found) < len(choices):
        go_on(experiment, choices, found, place, words)
    else:
        compute.warm_up()


def controls(recipe: Recipe, words: Words) -> Recipe:
    """Signal and noise, the same as on the page Denoise."""
    return frame.controls(recipe, {"source": source.pick, "noise": noise.set_level}, words)


def looks(view: View, words: Words) -> View:
    """Choose how many methods are drawn."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.subheader(words("compare.panels.title"), anchor=False)
        panels = st.segmented_control(
            words("compare.panels.title"),
            PANELS,
            default=view.panels,
            required=True,
            format_func=lambda key: words(f"compare.panels.{key}", count=BEST),
            key=state.key("panels"),
            label_visibility="collapsed",
        )
    return replace(view, panels=panels)


def known(recipe: Recipe, choices: Sequence[Choice]) -> Found:
    """What earlier runs have found."""
    tried = {choice: compute.tried(recipe, choice) for choice in choices}
    return {choice: one for choice, one in tried.items() if one is not None}


def work(
    experiment: Experiment, choices: Sequence[Choice], found: Found, seconds: float, place: DeltaGenerator, words: Words
) -> Found:
    """Run methods that have not run, one after the other, until ``seconds`` are over; at least one."""
    found = dict(found)
    long = experiment.noisy.length > compute.LONG
    began = perf_counter()
    for choice in choices:
        if choice in found:
            continue
        report = partial(_advance, place, len(found) / len(choices), choice, words)
        found[choice] = compute.contend(experiment, choice, report if long else ignore)
        if perf_counter() - began > seconds:
            break
    return found


def go_on(experiment: Experiment, choices: Sequence[Choice], found: Found, place: DeltaGenerator, words: Words) -> None:
    """Run the next methods under a progress bar with a way to stop, and draw the page again with what they gave."""
    this = ("compare", experiment.recipe)
    with place, st.container(horizontal=True, vertical_alignment="center"):
        if compute.stopped(this):
            st.info(words("compare.stopped", done=len(found), total=len(choices)))
            st.button(words("progress.again"), on_click=compute.resume, key="again")
            return
        bar = st.empty()
        bar.progress(len(found) / len(choices), words("compare.progress", done=len(found), total=len(choices)))
        st.button(words("progress.cancel"), on_click=compute.stop, args=(this,), key="stop")
    work(experiment, choices, found, STEP_SECONDS, bar, words)
    st.rerun()


def _advance(place: DeltaGenerator, share: float, choice: Choice, words: Words, step: Progress) -> None:
    name = words(f"method.{choice.method}")
    place.progress(share, words("progress.working", method=name, done=step.done, total=step.total))


def ranked(found: Found) -> list[Contender]:
    """Best SNR first; in the order of the list where no clean signal is known."""
    contenders = [one for one in found.values() if isinstance(one, Contender)]
    return sorted(contenders, key=lambda one: -one.scores.snr_db if one.scores else 0.0)


def slot(choice: Choice, recipe: Recipe) -> str:
    """The letter that a method has on the page Denoise, "" for the others."""
    return next((letter for letter, own in zip("AB", recipe.choices, strict=True) if own == choice), "")


def named(choice: Choice, recipe: Recipe, words: Words) -> str:
    name, letter = words(f"method.{choice.method}"), slot(choice, recipe)
    return words("denoise.slot", slot=letter, method=name) if letter else name


def entry(number: int, one: Contender, recipe: Recipe, words: Words) -> Entry:
    """A contender as the figures take it."""
    name = named(one.choice, recipe, words)
    if one.scores:
        name = words("compare.numbered", number=number, label=name)
        score = scores.decibels(one.scores.snr_db, words)
    else:
        score = words("compare.left", value=f"{one.noise_left:.3g}")
    line = words("compare.score", score=score, time=scores.taken(one.seconds, words))
    return Entry(name, one.family, line, one.at, one.line, one.errors)


def _anew(_about: tuple[object, ...], make: Callable[[], go.Figure]) -> go.Figure:
    """A figure that nobody sees again: more methods are still to come."""
    return make()


def board(experiment: Experiment, contenders: list[Contender], entries: list[Entry], draw: Draw, words: Words) -> None:
    """The table of ranks, and the figure of where each comes closest."""
    left, right = st.columns(2, gap="medium")
    sentence = verdict(experiment, contenders, words)
    two_digits = st.column_config.NumberColumn(format="%.2f")
    with left:
        st.subheader(words("compare.table.title"), anchor=False)
        height = ROW_HEIGHT * (1 + min(len(contenders), MOST_ROWS)) + 3
        st.dataframe(
            rows(experiment, contenders, entries, words),
            hide_index=True,
            height=height,
            row_height=ROW_HEIGHT,
            column_config={
                words("compare.column.rank"): st.column_config.NumberColumn(width=50),
                words("compare.column.method"): st.column_config.TextColumn(width=165),
                words("compare.column.snr"): two_digits,
                words("compare.column.gain"): two_digits,
            },
            key="ranks",
            alt=sentence,
        )
        st.caption(sentence)
    if experiment.clean is None or any(one.errors is None for one in contenders):
        return
    with right:
        st.subheader(words("compare.winners.title"), anchor=False)
        pairs = zip(entries, contenders, strict=True)
        plain = [e._replace(label=named(c.choice, experiment.recipe, words)) for e, c in pairs]  # without the rank
        clean = experiment.clean.samples[0]
        figure = draw(
            drawn_as("winners", plain, words),
            lambda: ranking.winners(
                experiment.noisy.samples[0],
                clean,
                plain,
                rate_hz=experiment.noisy.rate_hz,
                unit=experiment.noisy.unit,
                words=words,
                theme=frame.theme(),
            ),
        )
        frame.put(figure, "winners", ranking.takeaway(plain, words))


def drawn_as(figure: str, entries: list[Entry], words: Words) -> tuple[object, ...]:
    """What a figure of some contenders depends on besides the recipe: which they are, and what stands beside each."""
    return (figure, words.lang, frame.theme(), *((one.label, one.score) for one in entries))


def verdict(experiment: Experiment, contenders: list[Contender], words: Words) -> str:
    """Say in one sentence who leads, or that nobody can know."""
    best = contenders[0]
    if best.scores is None:
        level = float(noise_level(experiment.noisy.samples)[0])
        unit = experiment.noisy.unit
        return words("compare.unranked", level=scores.quantity(level, unit, words))
    name = named(best.choice, experiment.recipe, words)
    if len(contenders) == 1 or not math.isfinite(best.scores.snr_db) or contenders[1].scores is None:
        return words("compare.leads.alone", method=name, score=scores.decibels(best.scores.snr_db, words))
    other = named(contenders[1].choice, experiment.recipe, words)
    gap = best.scores.snr_db - contenders[1].scores.snr_db
    return words("compare.leads", method=name, score=scores.decibels(best.scores.snr_db, words), other=other, gap=gap)


def rows(
    experiment: Experiment, contenders: list[Contender], entries: list[Entry], words: Words
) -> dict[str, list[object]]:
    """The table by columns, in the reader's words."""
    names = [named(one.choice, experiment.recipe, words) for one in contenders]
    scored = [one.scores for one in contenders if one.scores]
    milliseconds = [float(f"{1000 * one.seconds:.3g}") for one in contenders]
    if len(scored) < len(contenders):
        return {
            words("compare.column.method"): list(names),
            words("compare.column.left"): [float(f"{one.noise_left:.3g}") for one in contenders],
            words("compare.column.removed"): [float(f"{one.removed:.3g}") for one in contenders],
            words("compare.column.time"): list(milliseconds),
        }
    return {
        words("compare.column.rank"): list(range(1, len(contenders) + 1)),
        words("compare.column.method"): list(names),
        words("compare.column.snr"): [round(s.snr_db, 2) for s in scored],
        words("compare.column.time"): list(milliseconds),
        words("compare.column.share"): [round(float(v)) for v in ranking.shares(entries)],
        words("compare.column.gain"): [round(s.gain_db, 2) for s in scored],
        words("compare.column.rmse"): [float(f"{s.rmse:.3g}") for s in scored],
    }


def gallery(
    experiment: Experiment, contenders: list[Contender], entries: list[Entry], view: View, draw: Draw, words: Words
) -> None:
    """Small multiples: the best methods and the page's own, or all."""
    drawn = [
        e
        for n, (e, c) in enumerate(zip(entries, contenders, strict=True))
        if view.panels == "all" or n < BEST or slot(c.choice, experiment.recipe)
    ]
    figure = draw(
        drawn_as("methods", drawn, words),
        lambda: ranking.multiples(
            drawn,
            None if experiment.clean is None else experiment.clean.samples[0],
            length=experiment.noisy.length,
            rate_hz=experiment.noisy.rate_hz,
            unit=experiment.noisy.unit,
            words=words,
            theme=frame.theme(),
        ),
    )
    key = "compare.caption.clean" if experiment.clean is not None else "compare.caption"
    frame.put(figure, "methods", words(key, count=len(drawn), total=len(entries)))


def share(experiment: Experiment, contenders: list[Contender], entries: list[Entry], view: View, words: Words) -> None:
    """The table as a file, and the link."""
    with st.container(horizontal=True):
        st.download_button(
            words("download.csv"),
            lambda: table(experiment, contenders, entries, words),
            f"{takehome.stem_of(experiment.recipe).removesuffix('-denoised')}-compared.csv",
            "text/csv",
            key="download-ranks",
            on_click="ignore",
            icon=":material/download:",
        )
        takehome.offer_link(experiment.recipe, view, words)


def table(experiment: Experiment, contenders: list[Contender], entries: list[Entry], words: Words) -> bytes:
    """The table of ranks as CSV, with a byte-order mark so that spreadsheets read Chinese."""
    columns = rows(experiment, contenders, entries, words)
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return b"\xef\xbb\xbf" + buffer.getvalue().encode()
