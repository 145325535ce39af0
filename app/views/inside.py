"""The page Inside: see, question and change every threshold of a trained network."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from app import compute, opened, selection, state
from app.components import network_map
from app.figures import network
from app.i18n import Words, error_text, escaped
from app.material import longest
from app.networks import around, networks, shape
from app.opened import Opened
from app.selection import DESK, SECTIONS, Selection
from app.widgets import calculator, frame, noise, own_network, pad, probes, source
from drsn_core.errors import DrsnError
from drsn_core.photographs import SMALL
from drsn_core.recipe import Recipe, Source
from drsn_core.whatif import WhatIf

#: A picture at 5 dB is hardly to be recognised: one that is opened has at least this SNR at first.
QUIET_DB = 15.0

#: What a classifier of vibration is shown first.
VIBRATION = Source(name="bearing-inner-race", length=4096)

#: What each section shows; all take the same, and only the chosen one is computed.
SHOW = {
    "why": calculator.why,
    "samples": probes.samples,
    "noise": probes.noise,
    "worth": probes.worth,
    "rulers": probes.rulers,
    "error": probes.error,
    "trust": probes.trust,
}


def page() -> None:
    """Read aloud: a sample and a network are chosen; its map is shown; a section asks one question of it."""
    words = Words(state.view().lang)
    state.is_first_run()
    tools = frame.heading("inside", words)
    recipe, chosen = controls(state.recipe(), selection.current(), words)
    if not own_source(chosen):
        source.what_we_read(recipe, words)
        pad.show(recipe, words)
    place = st.container()
    selection.take(chosen)
    state.keep(recipe, state.view(), tools=False)
    frame.tools(tools, words)
    if own_source(chosen):  # whatever signal other pages are at
        recipe = replace(recipe, source=Source())
    if recipe.source.kind == "file" and state.file() is None:
        place.info(words("empty.file", name=escaped(recipe.source.name)))
        return
    if chosen.net not in networks():
        place.info(words("inside.own.absent"), icon=":material/upload:")
        return
    try:
        experiment = compute.experiment(recipe)
        found = opened.open_(recipe, chosen)
    except DrsnError as error:
        place.error(error_text(words, error))
        if chosen.asked.count:
            place.button(words("inside.changes.back"), on_click=learned, key="as-learned")
        elif chosen.shape.task and not chosen.sample:  # a signal of another kind, or at another rate
            place.button(words("inside.fitting"), on_click=fitting, args=(recipe, chosen), key="fitting")
        return
    chosen = within(chosen, found)
    with place:
        if experiment.noisy.length > longest(chosen) and not own_source(chosen) and not chosen.shape.task:
            st.caption(words("inside.long", limit=longest(chosen)))
        if opened.unlike(recipe, chosen):
            st.warning(words("inside.unlike"), icon=":material/help:")
        overview(found, chosen, words)
        changes(chosen, words)
    see = st.segmented_control(
        words("inside.see"),
        SECTIONS,
        default=chosen.see,
        required=True,
        format_func=lambda key: words(f"inside.see.{key}"),
        key=state.key("see"),
        label_visibility="collapsed",
    )
    if see != chosen.see:
        chosen = replace(chosen, see=see)
        selection.take(replace(selection.current(), see=see))
        state.keep(state.recipe(), state.view())
    st.caption(words(f"inside.see.{see}.hint" + ("-classes" if see == "worth" and found.material.classes else "")))
    try:
        SHOW[see](experiment, found, chosen, words)
    except DrsnError as error:
        st.info(error_text(words, error))
    st.divider()
    probes.take_home(experiment, found, chosen, words)
    st.caption(words("app.limits"))
    compute.warm_up()


def controls(recipe: Recipe, chosen: Selection, words: Words) -> tuple[Recipe, Selection]:
    """Three controls in sight: the sample, its noise, the network."""
    net, about = chosen.net, chosen.shape.task

    def sample(recipe: Recipe, words: Words) -> Recipe:
        nonlocal chosen
        if chosen.takes_pictures:
            chosen = pick_picture(chosen, words)
            return recipe
        if chosen.shape.samples:
            chosen = pick_sample(chosen, words)
        return recipe if chosen.sample else source.pick(recipe, words)

    def network_(recipe: Recipe, words: Words) -> Recipe:
        nonlocal net, about
        choices = networks() if chosen.net in networks() else (chosen.net, *networks())
        net = st.selectbox(
            words("inside.network"),
            choices,
            index=choices.index(chosen.net),
            format_func=lambda key: frame.network(key, words),
            key=state.key("net"),
        )
        about = shape(net).task
        hint = "inside.net.classifier.hint" if about else f"method.{net}.hint"
        if hint in words:
            st.caption(words(hint))
        own_network.bring(words)
        return recipe

    recipe = frame.controls(recipe, {"source": sample, "noise": noise.set_level, "a": network_}, words)
    if net != chosen.net:  # blocks and channels of another network are others
        plain = Selection()
        fresh = {name: getattr(plain, name) for name in ("block", "channel", "position", "asked", "state")}
        selection.take(replace(chosen, net=net, **fresh))
        quiet = replace(recipe.noise, snr_db=max(recipe.noise.snr_db, QUIET_DB))
        if shape(net).ndim == 2 or (about and about.key == "speech"):
            recipe = replace(recipe, noise=quiet)
        fits = recipe.source.is_file or recipe.source.name.startswith("bearing")
        if about and about.key == "bearing" and not fits:
            recipe = replace(recipe, source=VIBRATION)
        state.adopt(recipe)
    return recipe, chosen


def own_source(chosen: Selection) -> bool:
    """Whether the network is shown something else than the signal of all pages."""
    return chosen.takes_pictures or bool(chosen.sample)


def pick_picture(chosen: Selection, words: Words) -> Selection:
    """Choose the photograph that is shown."""
    name = st.selectbox(
        words("inside.picture"),
        SMALL,
        index=SMALL.index(chosen.picture),
        format_func=lambda key: words(f"picture.{key}"),
        key=state.key("picture"),
    )
    st.caption(words("inside.picture.hint"))
    return replace(chosen, picture=name)


def pick_sample(chosen: Selection, words: Words) -> Selection:
    """Choose a sample of what a classifier was trained for, or, where it takes signals, that of the other pages."""
    shown = chosen.shape
    choices = shown.samples if shown.ndim == 2 else (*shown.samples, DESK)
    task = shown.task.key if shown.task else ""
    now = chosen.sample or DESK
    name = st.selectbox(
        words(f"inside.state.{task}"),
        choices,
        index=choices.index(now),
        format_func=lambda key: words(f"inside.class.name.{key}"),
        key=state.key(f"state-{task}"),
    )
    st.caption(words(f"inside.state.{task}.hint" if name != DESK else "inside.state.desk.hint"))
    return replace(chosen, state="" if name == choices[0] else name)


def within(chosen: Selection, found: Opened) -> Selection:
    """A block and a channel that this network has; without a channel, the one that loses most energy."""
    records = found.changed.trace.records
    block = min(chosen.block, len(records) - 1)
    lost = records[block].energy_removed
    channel = int(lost.argmax()) if chosen.channel is None else min(chosen.channel, lost.size - 1)
    return replace(chosen, block=block, channel=channel)


def overview(found: Opened, chosen: Selection, words: Words) -> None:
    """The map: all blocks in order; one is chosen by a click or with the arrow keys."""
    changed = {c.block for c in chosen.asked.changes if c.block is not None}
    if any(c.block is None for c in chosen.asked.changes) or chosen.asked.shrink:
        changed = set(range(len(found.changed.names)))
    length = found.material.noisy.shape[0]
    picture = network.map_picture(
        found.changed.trace.records,
        found.learned.trace.records,
        [tuple(d.before.shape[1:]) for d in found.changed.decisions],
        length=length + 2 * around(chosen.net, length),
        selected=chosen.block,
        changed=changed,
        words=words,
    )
    network_map.show(picture, "network-map", open_block)
    st.caption(picture["alt"])


def open_block(block: int) -> None:
    """Another block was chosen on the map."""
    selection.take(replace(selection.current(), block=block, channel=None))


def changes(chosen: Selection, words: Words) -> None:
    """Say how much is changed, and offer the way back; nothing while all is as learned."""
    if not chosen.asked.count and not selection.can_undo():
        return
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        count = chosen.asked.count
        st.markdown(f":green[●] {words('inside.changes', count=count)}" if count else words("inside.changes.none"))
        st.button(
            words("inside.changes.undo"),
            on_click=selection.undo,
            disabled=not selection.can_undo(),
            key="undo-change",
            icon=":material/undo:",
        )
        st.button(words("inside.changes.back"), on_click=learned, disabled=not count, key="as-learned")


def fitting(recipe: Recipe, chosen: Selection) -> None:
    """Show a classifier something of its task."""
    if chosen.shape.samples:
        selection.take(replace(selection.current(), state=""))
        state.renew()
    else:
        state.take(replace(recipe, source=VIBRATION))


def learned() -> None:
    """Give the network all its own thresholds back."""
    selection.take(replace(selection.current(), asked=WhatIf()))
