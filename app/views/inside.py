"""The page Inside: see, question and change every threshold of a trained network."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from app import compute, selection, state
from app.components import network_map
from app.compute import Opened
from app.figures import network
from app.i18n import Words, error_text, escaped
from app.selection import FOR_PICTURES, SECTIONS, Selection, classifiers
from app.widgets import calculator, frame, noise, pad, probes, source
from drsn_core.errors import DrsnError
from drsn_core.photographs import SMALL
from drsn_core.recipe import Recipe, Source
from drsn_core.synth import STATES
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
    frame.heading("inside", words)
    recipe, chosen = controls(state.recipe(), selection.current(), words)
    if not own_source(chosen):
        source.what_we_read(recipe, words)
        pad.show(recipe, words)
    place = st.container()
    selection.take(chosen)
    state.keep(recipe, state.view())
    if own_source(chosen):  # whatever signal other pages are at
        recipe = replace(recipe, source=Source())
    if recipe.source.kind == "file" and state.file() is None:
        place.info(words("empty.file", name=escaped(recipe.source.name)))
        return
    try:
        experiment = compute.experiment(recipe)
        found = compute.opened(recipe, chosen)
    except DrsnError as error:
        place.error(error_text(words, error))
        place.button(words("inside.changes.back"), on_click=learned, key="as-learned")
        return
    chosen = within(chosen, found)
    with place:
        if experiment.noisy.length > compute.OPENED and not chosen.takes_pictures:
            st.caption(words("inside.long", limit=compute.OPENED))
        if found.material.unlike:
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
    net = chosen.net

    def sample(recipe: Recipe, words: Words) -> Recipe:
        nonlocal chosen
        if not own_source(chosen):
            return source.pick(recipe, words)
        about = ("picture", SMALL, "picture") if chosen.takes_pictures else ("state", STATES, "inside.class.name")
        chosen = pick_own(chosen, *about, words)
        return recipe

    def network_(recipe: Recipe, words: Words) -> Recipe:
        nonlocal net
        net = st.selectbox(
            words("inside.network"),
            selection.networks(),
            index=selection.networks().index(chosen.net),
            format_func=lambda key: frame.network(key, words),
            key=state.key("net"),
        )
        st.caption(words("inside.net.classifier.hint" if net in classifiers() else f"method.{net}.hint"))
        return recipe

    recipe = frame.controls(recipe, {"source": sample, "noise": noise.set_level, "a": network_}, words)
    if net != chosen.net:  # blocks and channels of another network are others
        selection.take(replace(chosen, net=net, block=Selection().block, channel=None, asked=WhatIf()))
        quiet = replace(recipe.noise, snr_db=max(recipe.noise.snr_db, QUIET_DB))
        if net in FOR_PICTURES:
            recipe = replace(recipe, noise=quiet)
        elif net in classifiers() and not (recipe.source.is_file or recipe.source.name.startswith("bearing")):
            recipe = replace(recipe, source=VIBRATION)
        state.adopt(recipe)
    return recipe, chosen


def own_source(chosen: Selection) -> bool:
    """Whether the network is shown something else than the signal of all pages."""
    return chosen.takes_pictures or chosen.on_rig


def pick_own(chosen: Selection, field: str, choices: tuple[str, ...], names: str, words: Words) -> Selection:
    """Choose what is shown instead, by the ``field`` of a selection; its names are texts under ``names``."""
    name = st.selectbox(
        words(f"inside.{field}"),
        choices,
        index=choices.index(getattr(chosen, field)),
        format_func=lambda key: words(f"{names}.{key}"),
        key=state.key(field),
    )
    st.caption(words(f"inside.{field}.hint"))
    return replace(chosen, **{field: name})


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
    picture = network.map_picture(
        found.changed.trace.records,
        found.learned.trace.records,
        [tuple(d.before.shape[1:]) for d in found.changed.decisions],
        length=found.material.noisy.shape[0],
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


def learned() -> None:
    """Give the network all its own thresholds back."""
    selection.take(replace(selection.current(), asked=WhatIf()))
