"""The page Diagnose: one recording, five networks, and what noise does to their answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import streamlit as st

from app import diagnoses, state
from app.case import SECTIONS, Case
from app.figures import accuracy, planes, thresholds, verdicts
from app.i18n import Words, error_text, escaped
from app.widgets import frame, listen, patient, repeated
from drsn_core import bundle, hub, plane
from drsn_core.data import Image, Signal
from drsn_core.errors import DrsnError
from drsn_core.inspection import BatchTrace
from drsn_core.prediction import Prediction

Found = Mapping[str, Prediction]

#: The networks that have thresholds.
SHRINKING = ("drsn-cs", "drsn-cw")


def page() -> None:
    """Read aloud: a case is changed by widgets, five networks are asked, and their answers are shown."""
    words = Words(state.view().lang)
    tools = frame.heading("diagnose", words)
    case = patient.controls(state.case(), words)
    patient.what_we_read(case, words)
    hero, board = st.columns([5, 1], gap="medium")
    below = st.container()
    state.keep(case, state.view(), tools=False)
    frame.tools(tools, words)

    if case.source.is_file and (state.picture() if case.on_picture else state.file()) is None:
        hero.info(words("empty.file", name=escaped(case.source.name)))
        return
    try:
        with hero, st.spinner(words("diagnose.asking")):
            found = diagnoses.answers(case)
    except DrsnError as error:
        hero.error(error_text(words, error))
        return
    names = dict(zip(case.about.classes, frame.classes(case.about.classes, words), strict=True))
    with hero:
        doubt(case, found[case.model], words)
        if case.on_picture:
            left, hero = st.columns([1, 5], vertical_alignment="center")
            with left:
                seen(case, words)
    with hero:
        drawn = verdicts.table(found, list(names.values()), case.truth, words=words, theme=frame.theme())
        said = verdicts.verdict(found, names, case.truth, words)
        windows = len(found[case.model].starts)
        frame.put(drawn, "verdicts", f"{said} {words('diagnose.said.frame', windows=windows)}")
    with board:
        scores(case, found[case.model], names, words)
    with below:
        case = look(case, words)
        state.keep(case, state.view())
        VIEWS[case.see](case, found, names, words)
        card = hub.read_card(bundle.folder("pretrained") / f"{case.task}-{case.model}")
        st.caption(words("diagnose.limits", model=words(f"diagnose.model.{case.model}"), limits=card.limits))


def seen(case: Case, words: Words) -> None:
    """The picture that was given to the networks."""
    shown = diagnoses.sample(case)
    assert isinstance(shown, Image)
    small = np.clip(shown.pixels.mean(axis=0), 0, 1)
    st.image(small, caption=words("diagnose.seen"), width=150, output_format="PNG")


def doubt(case: Case, one: Prediction, words: Words) -> None:
    """Say before the answer if the recording is unlike all that the network knows."""
    if one.unlike:
        share = 100 * float((one.strangeness > 1).mean())
        st.warning(words("diagnose.unlike", share=share, usual=100 * (1 - one.false_alarms)), icon=":material/help:")


def scores(case: Case, one: Prediction, names: Mapping[str, str], words: Words) -> None:
    """The answer of the network that is looked at, and how much it is worth."""
    count = len(one.starts)
    st.caption(words(f"diagnose.model.{case.model}"))
    st.subheader(names[one.label], anchor=False)  # a metric would cut a long name
    sure = words("diagnose.board.percent", value=100 * one.confidence)
    st.metric(words("diagnose.board.sure"), sure, help=words("diagnose.board.sure.hint"))
    if count > 1:
        agree = round(one.agreement * count)
        st.metric(words("diagnose.board.agreement"), words("diagnose.board.windows", agree=agree, count=count))
    usual, share = 100 * one.false_alarms, 100 * float((one.strangeness > 1).mean())
    if not one.unlike:
        st.badge(words("diagnose.like"), color="green", icon=":material/check:")
        if count > 1:
            st.caption(words("diagnose.like.hint", share=share, usual=usual))


def look(case: Case, words: Words) -> Case:
    """Choose what is shown below the answers."""
    offered = [see for see in SECTIONS if not (case.on_picture and see == "time")]
    see = st.segmented_control(
        words("diagnose.see"),
        offered,
        default=case.see if case.see in offered else offered[0],
        required=True,
        format_func=lambda key: words(f"diagnose.see.{key}"),
        key=state.key("diagnose-see"),
        label_visibility="collapsed",
    )
    return replace(case, see=see)


def by_time(case: Case, found: Found, names: Mapping[str, str], words: Words) -> None:
    """Window by window."""
    one = found[case.model]
    case = pick_window(case, one, words)
    signal = diagnoses.sample(case)
    assert isinstance(signal, Signal)
    rate_hz = case.about.rate_hz if signal.rate_hz == 1.0 else signal.rate_hz
    drawn = verdicts.windows(
        found,
        case.model,
        signal.samples[0],
        rate_hz,
        list(names.values()),
        case.window,
        unit=signal.unit,
        words=words,
        theme=frame.theme(),
    )
    differ = verdicts.disagreements(found)
    facts = {"windows": len(one.starts), "count": len(differ), "first": one.starts[differ[0]] if differ else 0.0}
    frame.put(drawn, "windows", words(f"diagnose.time.{'disagree' if differ else 'agree'}", **facts))
    middle, peak = listen.loudness(signal.samples[0])
    rate, _ = listen.played_rate(rate_hz)
    st.audio(listen.sound((signal.samples[0] - middle) / peak, rate), format="audio/wav")


def pick_window(case: Case, one: Prediction, words: Words) -> Case:
    """Choose the window whose thresholds are shown."""
    count = len(one.starts)
    chosen = min(case.window, count - 1)
    if count > 1:
        number = st.slider(words("diagnose.window"), 1, count, chosen + 1, key=state.key(f"window-{count}"))
        chosen = int(number) - 1
    case = replace(case, window=chosen)
    state.keep(case, state.view())
    return case


def by_noise(case: Case, found: Found, names: Mapping[str, str], words: Words) -> None:
    """What noise does: on the bench, and to this recording."""
    made, cells = diagnoses.measured(case.task)
    mine = accuracy.cells_of(cells, case.noise.kind)
    if not mine:
        st.info(words("diagnose.curves.none"))
        return
    label = case.truth or found[case.model].label
    place = st.empty()

    def report(done: int, total: int) -> None:
        place.progress(done / total, words("diagnose.curves.working", done=done, total=total))

    growing = diagnoses.growing(case, label, report)
    place.empty()
    here = None if case.noise.kind == "none" else case.noise.snr_db
    drawn = accuracy.against_noise(
        mine,
        1 / len(names),
        here,
        growing.levels_db,
        growing.shares,
        label=names[label],
        words=words,
        theme=frame.theme(),
    )
    level = accuracy.nearest(mine, case.model, here)
    assert level is not None
    there = sorted((c.accuracy, c.model) for c in mine if c.snr_db == level.snr_db)
    sentence = words(
        "diagnose.curves.said",
        windows=level.windows[1],
        noise=words(f"noise.kind.{level.noise}"),
        ahead=words(f"diagnose.model.{there[-1][1]}"),
        behind=words(f"diagnose.model.{there[0][1]}"),
        highest=100 * there[-1][0],
        lowest=100 * there[0][0],
        snr=float(level.snr_db),
        **diagnoses.origin(made),
    )
    frame.put(drawn, "accuracy", sentence)


def by_class(case: Case, found: Found, names: Mapping[str, str], words: Words) -> None:
    """What each class is taken for at the noise of the page."""
    made, cells = diagnoses.measured(case.task)
    here = None if case.noise.kind == "none" else case.noise.snr_db
    cell = accuracy.nearest(accuracy.cells_of(cells, case.noise.kind), case.model, here)
    if cell is None:
        st.info(words("diagnose.curves.none"))
        return
    labels = list(names.values())
    drawn = accuracy.confusion(cell, labels, words=words, theme=frame.theme())
    worst = accuracy.worst(cell)
    sentence = words(
        "diagnose.confusion.said",
        model=words(f"diagnose.model.{case.model}"),
        windows=cell.windows[1],
        snr=float(cell.snr_db),
        noise=words(f"noise.kind.{cell.noise}"),
        right=100 * cell.accuracy,
        **diagnoses.origin(made),
    )
    if worst is not None:
        sentence += " " + words("diagnose.confusion.worst", truth=labels[worst[0]], said=labels[worst[1]])
    frame.put(drawn, "confusion", sentence)


def by_threshold(case: Case, found: Found, names: Mapping[str, str], words: Words) -> None:
    """The thresholds of one window in the two networks that shrink."""
    if case.model not in SHRINKING:
        st.info(words("diagnose.thresholds.none", model=words(f"diagnose.model.{case.model}")))
    one = found[SHRINKING[0]]
    case = pick_window(case, one, words)
    traces = []
    for model in SHRINKING:
        trace = found[model].trace
        assert isinstance(trace, BatchTrace)
        traced = round(case.window * (len(trace.samples) - 1) / max(1, len(one.starts) - 1))
        traces.append((words(f"diagnose.model.{model}"), "learned", trace.samples[traced]))
    drawn = thresholds.side_by_side(traces, words=words, theme=frame.theme(), ruler=state.view().ruler)
    start = words("diagnose.thresholds.window", number=case.window + 1, start=one.starts[case.window])
    sentence = thresholds.takeaway(traces, words)
    frame.put(drawn, "diagnose-thresholds", sentence if case.on_picture else f"{start} {sentence}")


def by_features(case: Case, found: Found, names: Mapping[str, str], words: Words) -> None:
    """How well the classes come apart in the last features of each network, and where this recording falls."""
    made, seen = diagnoses.seen_by_networks(case.task)
    if seen is None:
        st.info(words("diagnose.curves.none"))
        return
    here = diagnoses.placed(case, seen)
    labels = list(names.values())
    drawn = planes.separation(seen, here, labels, picture=case.on_picture, words=words, theme=frame.theme())
    order = sorted(seen.networks, key=lambda model: seen.networks[model].apart)
    nearest = plane.vote(seen.networks[case.model].points, seen.labels, here[case.model])
    counts = np.bincount(nearest, minlength=len(labels))
    apart = words(
        "diagnose.features.said",
        ahead=words(f"diagnose.model.{order[-1]}"),
        highest=100 * seen.networks[order[-1]].apart,
        behind=words(f"diagnose.model.{order[0]}"),
        lowest=100 * seen.networks[order[0]].apart,
        neighbours=plane.NEAREST,
    )
    lies = words(
        f"diagnose.features.lies.{'picture' if case.on_picture else 'windows'}",
        model=words(f"diagnose.model.{case.model}"),
        count=int(counts.max()),
        windows=len(nearest),
        label=labels[int(counts.argmax())],
    )
    frame.put(drawn, "features", f"{apart} {lies}")
    shares = [100 * one.plane.share for one in seen.networks.values()]
    facts = {"drawn": len(seen.labels), "windows": seen.windows, "least": min(shares), "most": max(shares)}
    noise = words(f"noise.kind.{seen.noise}")
    st.caption(words("diagnose.features.how", noise=noise, snr=seen.snr_db, **facts, **diagnoses.origin(made)))


def by_likeness(case: Case, found: Found, names: Mapping[str, str], words: Words) -> None:
    """Where the windows lie among those that the network has learned from."""
    one = found[case.model]
    near = diagnoses.neighbourhood(case, case.model)
    drawn = planes.neighbours(near.known, near.here, one.strangeness, words=words, theme=frame.theme())
    sentence = words(
        "diagnose.known.said",
        model=words(f"diagnose.model.{case.model}"),
        share=100 * near.share,
        unlike=int((one.strangeness > 1).sum()),
        windows=len(one.starts),
        usual=100 * (1 - one.false_alarms),
    )
    frame.put(drawn, "known", sentence)


def by_paper(case: Case, found: Found, names: Mapping[str, str], words: Words) -> None:
    """The paper's experiment: networks trained for one noise level each, several times."""
    repeated.show(*diagnoses.measured(case.task), case, words)


VIEWS = {
    "time": by_time,
    "noise": by_noise,
    "confusion": by_class,
    "thresholds": by_threshold,
    "features": by_features,
    "known": by_likeness,
    "paper": by_paper,
}
