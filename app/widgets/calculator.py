"""Why a threshold is what it is, number by number, and what follows if it is another."""

from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from app import classroom, selection, state
from app.components import threshold_line
from app.compute import Opened
from app.figures import network, responses, style, waveforms
from app.figures.blocks import names
from app.i18n import Words
from app.selection import SCOPES, Selection
from app.widgets import frame, scores
from drsn_core import metrics
from drsn_core.data import FloatArray
from drsn_core.recipe import Experiment
from drsn_core.whatif import SHRINKS, Change

if TYPE_CHECKING:
    from drsn_core.nn.arithmetic import Arithmetic

#: Colours of the formula: those of the pictures.
COLORS = {"x": style.ROLES["noisy"].color, "tau": style.ROLES["threshold"].color, "yours": style.ROLES["yours"].color}
ALPHA = "#0072B2"


def why(experiment: Experiment, found: Opened, chosen: Selection, words: Words) -> None:
    """The arithmetic beside the histogram whose line can be dragged; below, one channel and the whole signal."""
    from drsn_core.learned import network_of
    from drsn_core.nn.arithmetic import arithmetic  # with PyTorch, which the first page does not wait for

    block, channel = chosen.block, int(chosen.channel or 0)
    way = arithmetic(network_of(chosen.net), found.changed.decisions, block, channel)
    name = names(found.changed.names[block], words)[1]
    left, right = st.columns(2, gap="large")
    with left:
        pick_channel(found, chosen, name, words)
        formula(way, words)
        trail(way, chosen, words)
    with right:
        handle(found, chosen, way, name, words)
    outcome(experiment, found, chosen, words)
    before, after = found.changed.before(block)[0, channel], found.changed.after(block)[0, channel]
    own = found.learned.after(block)[0, channel] if chosen.asked.count else None
    if before.ndim == 1:
        figure = network.features(before, after, own, way.used, words=words, theme=frame.theme())
    else:
        key = "after" if own is None else "after.mine"
        shown = [(words("inside.features.before.plain"), "noisy", before)]
        shown += [] if own is None else [(words("inside.features.ghost"), "learned", own)]
        shown += [(words(f"inside.features.{key}"), "learned" if own is None else "yours", after)]
        figure = network.pictures(shown, words=words, theme=frame.theme(), signed=True)
    zeroed = network.percent(float(((before != 0) & (after == 0)).mean()))
    frame.put(figure, "features", words("inside.features.sentence", channel=channel + 1, block=name, zeroed=zeroed))


def pick_channel(found: Opened, chosen: Selection, name: str, words: Words) -> None:
    """Name the block, and choose one of its channels."""
    count = found.changed.decisions[chosen.block].before.shape[1]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.subheader(name, anchor=False)
        if count > 1:
            key = f"channel-{chosen.net}-{chosen.block}-{chosen.channel}"

            def take() -> None:
                selection.take(replace(selection.current(), channel=int(st.session_state[key]) - 1))

            st.number_input(
                words("inside.channel", count=count), 1, count, int(chosen.channel or 0) + 1, key=key, on_change=take
            )


def formula(way: Arithmetic, words: Words) -> None:
    """Every number of this sample in the formula, in the colours of the pictures."""
    from drsn_core.nn.arithmetic import MEANS

    mean, alpha = f"{way.magnitude:.4g}", f"{way.alpha:.4g}"
    x, tau = _color("x", r"\overline{|x|}"), _color("tau", r"\tau")
    terms = way.contributions(3)
    sum_ = " ".join(f"{value:+.3f}" for _, value in terms).removeprefix("+")
    rest = way.z - sum(value for _, value in terms)
    active = int((way.hidden > 0).sum())
    if way.shared:
        st.caption(words("inside.why.mean.shared", count=way.pooled.size))
    else:
        st.caption(words("inside.why.mean"))
    st.latex(f"{x} = {_color('x', mean)}")
    seen = "inside.why.z" if way.pooling == MEANS else "inside.why.z.levels"
    st.caption(
        words(seen, norm="BN → " if way.norm else "", hidden=way.hidden.size, active=active, inputs=way.pooled.size)
    )
    st.latex(rf"\begin{{aligned}} z &= {sum_} \\ &\quad {rest:+.3f} = {way.z:.4g} \end{{aligned}}")
    st.caption(words("inside.why.alpha" if way.scale == 1 else "inside.why.alpha.scaled", scale=way.scale))
    s = "" if way.scale == 1 else rf"{way.scale:g} \cdot "
    share = rf"\textcolor{{{ALPHA}}}{{{alpha}}}"
    st.latex(rf"\textcolor{{{ALPHA}}}{{\alpha}} = {s}\frac{{1}}{{1 + e^{{{-way.z:.4g}}}}} = {share}")
    st.caption(words("inside.why.tau" if way.scale == 1 else "inside.why.tau.scaled"))
    product = rf"\textcolor{{{ALPHA}}}{{{alpha}}} \cdot {_color('x', mean)}"
    st.latex(rf"{tau} = \textcolor{{{ALPHA}}}{{\alpha}} \cdot {x} = {product} = {_color('tau', f'{way.learned:.4g}')}")
    if not math.isclose(way.used, way.learned, rel_tol=1e-6, abs_tol=1e-12):
        yours = _color("yours", r"\tau_{\text{" + words("inside.why.yours") + "}}")
        st.latex(f"{yours} = {_color('yours', f'{way.used:.4g}')}")


def _color(role: str, text: str) -> str:
    return rf"\textcolor{{{COLORS[role]}}}{{{text}}}"


def trail(way: Arithmetic, chosen: Selection, words: Words) -> None:
    """Where every number comes from: tensor, index, shape, formula; as a table and as JSON."""
    numbers = [number.to_dict() for number in way.numbers()]
    with st.popover(words("inside.trail"), icon=":material/data_object:"):
        st.caption(words("inside.trail.hint", count=len(numbers)))
        columns = {key: [str(n[key]) if key in ("index", "shape") else n[key] for n in numbers] for key in numbers[0]}
        st.dataframe(
            {words(f"inside.trail.{key}"): values for key, values in columns.items()}, height=260, hide_index=True
        )
        about = {"network": chosen.net, "block": chosen.block + 1, "channel": way.channel + 1}
        short = [n for n in numbers if "[" not in n["symbol"]]
        st.code(json.dumps({**about, "numbers": short}, ensure_ascii=False, indent=1), language="json", height=200)
        with st.container(horizontal=True):
            st.download_button(
                "JSON",
                lambda: json.dumps({**about, "numbers": numbers}, ensure_ascii=False, indent=1).encode(),
                "drsn-numbers.json",
                "application/json",
                on_click="ignore",
                key="numbers-json",
            )
            st.download_button(
                "CSV", lambda: _csv(numbers), "drsn-numbers.csv", "text/csv", on_click="ignore", key="numbers-csv"
            )


def _csv(rows: list[dict[str, object]]) -> bytes:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return b"\xef\xbb\xbf" + buffer.getvalue().encode()


def handle(found: Opened, chosen: Selection, way: Arithmetic, name: str, words: Words) -> None:
    """The histogram with the line to drag, what the line concerns, and further changes behind "More"."""
    values = found.changed.before(chosen.block)[0, int(chosen.channel or 0)]
    picture = network.line_picture(
        values, way.used, way.learned, channel=int(chosen.channel or 0), block=name, words=words
    )
    threshold_line.show(picture, "threshold-line", partial(wish, chosen, way.learned))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        scope = st.segmented_control(
            words("inside.scope"),
            SCOPES,
            default=chosen.scope,
            required=True,
            format_func=lambda key: words(f"inside.scope.{key}"),
            key=state.key("scope"),
        )
        if scope != chosen.scope:
            selection.take(replace(selection.current(), scope=scope))
        if not classroom.hides("more"):
            with st.popover(words("app.more")):
                more(chosen, words)
    st.caption(picture["alt"])


def wish(shown: Selection, learned: float, kind: str, value: float) -> None:
    """The reader moved the line; what it means depends on whose thresholds are to change.

    The channel that is ``shown`` stays in sight, even if another one loses more energy from now on.
    """
    now = replace(selection.current(), block=shown.block, channel=shown.channel)
    block, channel = _place(now)
    if kind == "tau" and now.scope == "channel":
        change = Change("tau", float(f"{value:.6g}"), block, channel)
    else:  # for several thresholds at once: as many times what each of them was
        times = 1.0 if kind == "back" else value if kind == "times" else value / learned if learned > 0 else 1.0
        change = Change("times", float(f"{min(times, 100):.6g}"), block, channel)
    selection.take(replace(now, asked=now.asked.plus(change)))


def more(chosen: Selection, words: Words) -> None:
    """Another function, the mean over many samples in the place of this sample's thresholds, α as a number."""
    options = ("", *SHRINKS)

    def swap() -> None:
        now = selection.current()
        selection.take(replace(now, asked=replace(now.asked, shrink=st.session_state["shrink-swap"])))

    st.session_state["shrink-swap"] = chosen.asked.shrink
    st.selectbox(
        words("inside.more.shrink"),
        options,
        format_func=lambda key: words(f"choice.shrink.{key}") if key else words("inside.more.shrink.own"),
        key="shrink-swap",
        on_change=swap,
        help=words("inside.more.shrink.hint"),
    )
    with st.container(horizontal=True):
        put = [("mean", Change("mean")), ("off", Change("times", 0.0))]
        for key, change in put:
            st.button(
                words(f"inside.more.{key}"),
                key=f"put-{key}",
                on_click=partial(_put, change),
                help=words(f"inside.more.{key}.hint"),
            )
    alpha = st.number_input(words("inside.more.alpha"), 0.0, 6.0, 0.5, step=0.05, key="alpha-typed")
    st.button(
        words("inside.more.alpha.set", scope=words(f"inside.scope.{chosen.scope}")),
        key="put-alpha",
        on_click=partial(_set_alpha, chosen, float(alpha)),
    )


def _put(change: Change) -> None:
    now = selection.current()
    selection.take(replace(now, asked=replace(now.asked, changes=()).plus(change)))


def _place(now: Selection) -> tuple[int | None, int | None]:
    """Block and channel that a change concerns."""
    return None if now.scope == "all" else now.block, now.channel if now.scope == "channel" else None


def _set_alpha(shown: Selection, value: float) -> None:
    now = replace(selection.current(), block=shown.block, channel=shown.channel)
    block, channel = _place(now)
    selection.take(replace(now, asked=now.asked.plus(Change("alpha", value, block, channel))))


def outcome(experiment: Experiment, found: Opened, chosen: Selection, words: Words) -> None:
    """What the network makes of the sample, and would make of it with the changes; the score of both."""
    if found.material.classes:
        classes = frame.classes(found.material.classes, words)
        learned = found.shares(found.learned)
        yours = found.shares(found.changed) if chosen.asked.count else None
        bars = responses.shares(learned, yours, classes, words=words, theme=frame.theme())
        frame.put(bars, "outcome", responses.share_sentence(learned, yours, classes, words))
        return
    noisy, clean = found.material.noisy, found.material.clean
    unit = "" if chosen.takes_pictures else experiment.noisy.unit
    rows = [(frame.network(chosen.net, words), "learned", found.estimate(found.learned))]
    if chosen.asked.count:
        rows.append((words("inside.yours"), "yours", found.estimate(found.changed)))
    if chosen.takes_pictures:
        shown = [(words("figure.noisy"), "noisy", noisy), *rows]
        figure = network.pictures(shown, words=words, theme=frame.theme())
    else:
        figure = waveforms.compare(
            noisy,
            rows,  # type: ignore[arg-type]
            clean,
            rate_hz=experiment.noisy.rate_hz,
            unit=unit,
            words=words,
            theme=frame.theme(),
        )
    hero, board = st.columns([5, 1], gap="medium")
    with hero:
        frame.put(figure, "outcome", outcome_sentence(rows, clean, unit, words))
    with board:
        for name, role, estimate in rows:
            if clean is None:
                st.metric(name, scores.quantity(float(metrics.noise_level(estimate)), unit, words))
                continue
            snr = _snr(clean, estimate)
            gain = snr - _snr(clean, rows[0][2])
            told = role == "yours" and math.isfinite(gain)
            delta = words("score.value.db.gain", value=gain) if told else None
            st.metric(name, scores.decibels(snr, words), delta, help=words("score.snr.hint"))


def _snr(clean: FloatArray, estimate: FloatArray) -> float:
    return metrics.snr_db(clean.ravel(), estimate.ravel())


def outcome_sentence(rows: list[tuple[str, str, FloatArray]], clean: FloatArray | None, unit: str, words: Words) -> str:
    """Say what the changes did."""
    if len(rows) == 1:
        return words("inside.outcome.learned", method=rows[0][0])
    own, yours = rows[0][2], rows[1][2]
    if clean is None:
        moved = metrics.rmse(own.ravel(), yours.ravel())
        return words("inside.outcome.moved", moved=scores.quantity(moved, unit, words))
    gain = _snr(clean, yours) - _snr(clean, own)
    key = "even" if abs(gain) < scores.EVEN_DB else "better" if gain > 0 else "worse"
    return words(f"inside.outcome.{key}", gain=abs(gain))
