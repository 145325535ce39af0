"""Questions to a network that need more than one run, and what can be taken home; each view says its sentence."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import replace
from typing import Any

import numpy as np
import streamlit as st

from app import opened, selection, state
from app.figures import decisive, fingerprints, mistakes, thresholds
from app.figures.blocks import names
from app.i18n import Words
from app.material import OPENED, told
from app.networks import networks, shape
from app.opened import Opened
from app.selection import Selection
from app.widgets import frame, takehome
from drsn_core.inside_script import to_script
from drsn_core.inspection import Finding, validity
from drsn_core.photographs import SMALL
from drsn_core.recipe import SNR_RANGE, Experiment, Recipe, Source
from drsn_core.residual import residual
from drsn_core.synth import SIGNALS

#: The second sample of the fingerprints has this much more noise, unless the reader says otherwise.
NOISIER_DB = 10.0

#: Wavelet methods on the common ruler.
RULES = ("visushrink", "sureshrink", "bayesshrink")

#: A correlation of what was removed with the estimate that deserves a word.
NOTABLE = 0.1


def samples(experiment: Experiment, found: Opened, chosen: Selection, words: Words) -> None:
    """Fingerprints of two samples and their difference."""
    recipe = experiment.recipe
    first, second, third = st.columns(3)
    kind = "picture" if chosen.takes_pictures else "inside.class.name" if chosen.sample else "signal"
    own = ("", *(SMALL if chosen.takes_pictures else sorted(chosen.shape.samples) if chosen.sample else SIGNALS))
    other = first.selectbox(
        words("inside.other"),
        own,
        index=own.index(chosen.other) if chosen.other in own else 0,
        format_func=lambda key: words(f"{kind}.{key}") if key else words("inside.other.same"),
        key=state.key(f"other-{kind}"),
    )
    usual = max(recipe.noise.snr_db - NOISIER_DB, SNR_RANGE[0])
    db = second.number_input(
        words("inside.other.snr"),
        *SNR_RANGE,
        value=usual if chosen.other_db is None else chosen.other_db,
        step=1.0,
        key=state.key(f"other-db-{usual}"),
    )
    alike = [net for net in networks() if shape(net) == shape(chosen.net)]
    nets = ("", *(net for net in alike if net != chosen.net))
    net = third.selectbox(
        words("inside.other.net"),
        nets,
        index=nets.index(chosen.other_net) if chosen.other_net in nets else 0,
        format_func=lambda key: frame.network(key, words) if key else words("inside.other.net.same"),
        key=state.key(f"other-net-{chosen.net}"),
    )
    kept = None if db == usual else float(db)
    if (other, kept, net) != (chosen.other, chosen.other_db, chosen.other_net):
        selection.take(replace(selection.current(), other=other, other_db=kept, other_net=net))
        state.keep(state.recipe(), state.view())
    noisy = "gaussian" if recipe.noise.kind == "none" else recipe.noise.kind
    there = replace(recipe, noise=replace(recipe.noise, kind=noisy, snr_db=float(db)))
    second_ = replace(chosen, net=net or chosen.net)
    if other and chosen.takes_pictures:
        second_ = replace(second_, picture=other)
    elif other and chosen.sample:
        second_ = replace(second_, state=other)
    elif other:
        there = replace(there, source=Source(name=other, length=min(experiment.noisy.length, OPENED)))
    a, b = opened.fingerprint(recipe, chosen), opened.fingerprint(there, second_)
    labels = (_label(recipe, chosen, words), _label(there, second_, words))
    if net:
        labels = tuple(f"{frame.network(n, words)}, {at}" for n, at in zip((chosen.net, net), labels, strict=True))
    if [v.size for v in a.ratio] != [v.size for v in b.ratio]:
        st.info(words("inside.other.net.unlike"))
        return
    figure = fingerprints.fingerprints(a, b, words=words, theme=frame.theme())
    frame.put(figure, "fingerprints", fingerprints.fingerprint_sentence(a, b, labels, words))


def _label(recipe: Recipe, shown: Selection, words: Words) -> str:
    known = {"synth": f"signal.{recipe.source.name}", "drawn": "draw.name"}
    name = words(known[recipe.source.kind]) if recipe.source.kind in known else recipe.source.name
    name = words(f"picture.{shown.picture}") if shown.takes_pictures else name
    name = words(f"inside.class.name.{shown.sample}") if shown.sample else name
    if recipe.noise.kind == "none":
        return name
    return words("inside.sample", name=name, snr=recipe.noise.snr_db)


def noise(experiment: Experiment, found: Opened, chosen: Selection, words: Words) -> None:
    """Dose and response: the same signal and the same draw of the noise, weaker and stronger."""
    recipe = experiment.recipe
    levels = opened.DOSES_DB
    with st.spinner(words("inside.working")):
        sweep = opened.doses(recipe, chosen)
    here = None if recipe.noise.kind == "none" else recipe.noise.snr_db
    figure = fingerprints.dose(levels, sweep, chosen.block, here, words=words, theme=frame.theme())
    key = state.key("dose")

    def load() -> None:
        points = st.session_state[key].selection.points
        wish = [p["x"] for p in points if isinstance(p.get("x"), int | float)]
        if wish and recipe.noise.kind != "none":
            state.take(replace(recipe, noise=replace(recipe.noise, snr_db=float(wish[0]))))

    sentence = fingerprints.dose_sentence(levels, sweep, chosen.block, words)
    frame.put(figure, "dose", sentence, on_select=load, key=key)


def worth(experiment: Experiment, found: Opened, chosen: Selection, words: Words) -> None:
    """What each block contributes on this sample: what is lost without it, or, of a classifier, where it tips."""
    if found.material.classes:
        classes = frame.classes(found.material.classes, words)
        with st.spinner(words("inside.working")):
            tipped = opened.tips(experiment.recipe, chosen)
        figure = decisive.tips(tipped, chosen.block, words=words, theme=frame.theme())
        label = classes[int(found.shares(found.learned).argmax())]
        frame.put(figure, "tips", decisive.tip_sentence(tipped, label, classes, words))
        return
    if found.material.clean is None:
        st.info(words("inside.no-clean"))
        return
    with st.spinner(words("inside.working")):
        snr = opened.worth(experiment.recipe, chosen)
    gains = snr[-1] - snr[:-1]
    figure = decisive.worth(gains, found.learned.names, chosen.block, words=words, theme=frame.theme())
    frame.put(figure, "worth", decisive.worth_sentence(gains, found.learned.names, words))


def rulers(experiment: Experiment, found: Opened, chosen: Selection, words: Words) -> None:
    """Wavelet rules and the network on one axis: thresholds in noise levels of their own subband or channel."""
    traced: list[thresholds.Traced] = [
        (words(f"method.{key}"), "wavelet", opened.ruled(experiment.recipe, chosen, key)) for key in RULES
    ]
    traced.append((frame.network(chosen.net, words), "learned", found.changed.trace))
    figure = thresholds.side_by_side(traced, words=words, theme=frame.theme(), ruler="noise")
    frame.put(figure, "rulers", thresholds.takeaway(traced, words))


def error(experiment: Experiment, found: Opened, chosen: Selection, words: Words) -> None:
    """The error against the threshold, and what it is made of."""
    if found.material.classes:
        st.info(words("inside.no-estimate"))
        return
    if found.material.clean is None or experiment.recipe.noise.kind == "none":
        st.info(words("inside.no-clean"))
        return
    block = names(found.learned.names[chosen.block], words)[1]
    options = ("all", "block", *(() if chosen.takes_pictures else (f"level{i}" for i in range(1, 5))))

    def named(key: str) -> str:
        if key.startswith("level"):
            return words("inside.error.of.level", level=key.removeprefix("level"))
        return words(f"inside.error.of.{key}", block=block)

    which = st.selectbox(words("inside.error.of"), options, format_func=named, key=state.key("error-of"))
    recipe = experiment.recipe
    with st.spinner(words("inside.working")):
        if which.startswith("level"):
            level = int(which.removeprefix("level"))
            parts, rules = opened.wavelet_curve(recipe, level)
            marked = {words(f"choice.rule.{rule}"): at for rule, at in rules.items()}
            axis, now = words("inside.error.sigmas"), rules["bayes"]
        else:
            place = chosen.block if which == "block" else None
            parts = opened.error_curve(recipe, chosen, place)
            marked, now = {words("inside.error.learned"): 1.0}, 1.0
            for rule, at in opened.rule_factors(recipe, chosen, place).items():
                marked[words(f"choice.rule.{rule}")] = at
            mine = _factor(found, chosen, which)
            if mine is not None:
                marked[words("inside.yours")] = now = mine
            axis = words("inside.error.factor")
    figure = mistakes.error(parts, marked, axis, words=words, theme=frame.theme())
    frame.put(figure, "error", mistakes.error_sentence(parts, now, words))
    if not which.startswith("level"):
        st.caption(words("inside.error.rules"))
    st.caption(words("inside.error.how", draws=2 if chosen.takes_pictures else opened.DRAWS))


def _factor(found: Opened, chosen: Selection, which: str) -> float | None:
    """The reader's thresholds as a multiple of the learned ones, in the block or in all; None if nothing is changed."""
    if not chosen.asked.changes:
        return None
    blocks = [chosen.block] if which == "block" else range(len(found.learned.names))
    used, own = (sum(float(r.values(b, "threshold").mean()) for b in blocks) for r in (found.changed, found.learned))
    factor = used / own if own > 0 else math.nan
    return factor if math.isfinite(factor) and abs(factor - 1) > 1e-3 else None


def trust(experiment: Experiment, found: Opened, chosen: Selection, words: Words) -> None:
    """The lamp: are all thresholds possible? And the alarm: does what was removed look like noise?"""
    lamp, alarm = st.columns(2, gap="large")
    with lamp:
        st.subheader(words("inside.lamp"), anchor=False)
        trace = found.changed.trace
        findings = validity(trace).findings
        grave = [f for f in findings if f.kind not in ("open", "shut")]
        channels = sum(record.zeroed.size for record in trace.records)
        (st.error if grave else st.success)(
            words("inside.lamp.bad", count=len(grave)) if grave else words("inside.lamp.good", count=channels),
            icon=":material/error:" if grave else ":material/check_circle:",
        )
        for finding in grave:
            st.markdown(_said(finding, words))
        low, high = (sum(f.count for f in findings if f.kind == kind) for kind in ("open", "shut"))
        if low or high:
            weights = sum(record.threshold.size for record in trace.records)
            st.caption(words("inside.lamp.range", of=weights, low=low, high=high))
            with st.expander(words("inside.lamp.blocks")):
                for finding in (f for f in findings if f not in grave):
                    st.caption(_said(finding, words))
        st.caption(words("inside.lamp.hint"))
    with alarm:
        st.subheader(words("inside.leak"), anchor=False)
        if found.material.classes:
            st.info(words("inside.no-estimate"))
            return
        seen = residual(found.material.noisy, found.estimate(found.changed))
        leak = not seen.white or abs(seen.with_estimate) > NOTABLE
        facts = {
            "p": f"{seen.p_value:.2g}",
            "lag": seen.worst_lag,
            "rho": float(seen.autocorrelation[seen.worst_lag - 1]),
            "share": 100 * seen.with_estimate**2,
            "together": seen.with_estimate,
        }
        sentence = words("inside.leak.shape" if leak else "inside.leak.white", **facts)
        (st.warning if leak else st.success)(sentence, icon=":material/warning:" if leak else ":material/check_circle:")
        figure = mistakes.autocorrelation(seen, words=words, theme=frame.theme())
        frame.put(figure, "residual", words("inside.leak.sentence", band=seen.band, **facts))


def _said(finding: Finding, words: Words) -> str:
    facts = {"name": names(finding.place, words)[1], "count": finding.count, "of": finding.of, "worst": finding.worst}
    return words(f"inside.finding.{finding.kind.replace(' ', '-')}", **facts)


def take_home(experiment: Experiment, found: Opened, chosen: Selection, words: Words) -> None:
    """Every threshold as a table, and the link with all changes in it."""
    with st.container(horizontal=True):
        st.download_button(
            words("download.csv"),
            lambda: table(found),
            f"{takehome.stem_of(experiment.recipe).removesuffix('-denoised')}-{chosen.net}-inside.csv",
            "text/csv",
            key="download-inside",
            help=words("inside.csv.hint"),
            on_click="ignore",
            icon=":material/download:",
        )
        st.download_button(
            words("download.script"),
            lambda: to_script(told(experiment.recipe, chosen), chosen.asked).encode(),
            f"{chosen.net}-inside.py",
            "text/x-python",
            key="download-inside-script",
            help=words("inside.script.hint"),
            on_click="ignore",
            icon=":material/code:",
        )
        frame.picture_format(words)
        takehome.offer_link(experiment.recipe, state.view(), words)


def table(found: Opened) -> bytes:
    """A row for every block and channel, as learned and as changed."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(
        ["block", "channel", "mean", "alpha", "tau_learned", "tau_used", "noise", "zeroed", "energy_removed"]
    )
    for block, (now, own) in enumerate(zip(found.changed.trace.records, found.learned.trace.records, strict=True)):
        alpha = found.learned.ratio(block)[0]
        each: list[Any] = [
            np.broadcast_to(v, now.zeroed.shape)
            for v in (now.magnitude, alpha, own.threshold, now.threshold, now.noise, now.zeroed, now.energy_removed)
        ]
        for channel, values in enumerate(zip(*each, strict=True), start=1):
            writer.writerow([now.name, channel, *(f"{v:.7g}" for v in values)])
    return b"\xef\xbb\xbf" + buffer.getvalue().encode()
