"""A checkpoint of the visitor's own: two files in, and it is opened like any other network."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from app import networks, selection, state
from app.i18n import Words, error_text, escaped
from app.selection import Selection
from app.widgets.upload import received
from drsn_core import hub
from drsn_core.errors import DrsnError
from drsn_core.question import AS_LEARNED

#: The shortest card that will do.
CARD = """[network]
kind = "classifier"
name = "drsn-cw"
n_classes = 8
ndim = 1
"""

#: The endings by which the two files are told apart.
CARD_ENDING, WEIGHTS_ENDING = ".toml", ".safetensors"


def bring(words: Words) -> None:
    """Take a card and weights, together or one after the other; what cannot be read changes nothing but a message."""
    with st.popover(words("inside.own"), icon=":material/upload:", width="stretch"):
        st.caption(words("inside.own.hint"))
        files = st.file_uploader(
            words("inside.own.files", megabytes=hub.WEIGHTS_BYTES >> 20),
            accept_multiple_files=True,
            key="own-files",
            max_upload_size=hub.WEIGHTS_BYTES >> 20,
        )
        held: dict[str, tuple[str, bytes]] = st.session_state.setdefault("own-files-held", {})
        try:
            for file in files or ():
                kind = "card" if file.name.lower().endswith(CARD_ENDING) else "weights"
                held[kind] = (file.name, received(file, hub.WEIGHTS_BYTES))
            if len(held) == 2:
                (_, card), (name, weights) = held["card"], held["weights"]
                held.clear()
                mine = networks.own()
                if mine is None or mine.name != networks.name_of(card, weights):
                    mine = networks.admit(card, weights, name.removesuffix(WEIGHTS_ENDING))
                if (networks.own(), selection.current().net) != (mine, mine.name):
                    adopt(mine)
        except DrsnError as error:
            st.error(error_text(words, error))
        for kind, (name, _) in held.items():
            if len(held) == 1:
                st.info(
                    words("inside.own.more-weights" if kind == "card" else "inside.own.more-card", name=escaped(name))
                )
        with st.expander(words("inside.own.card")):
            st.code(CARD, language="toml")
            st.caption(words("inside.own.card.hint"))


def adopt(network: networks.OwnNetwork) -> None:
    """Keep it, open it, and start the page again."""
    networks.keep(network)
    now, plain = selection.current(), Selection()
    if now.net != network.name:  # else a link has named it, with all that is to be seen
        fresh = {name: getattr(plain, name) for name in ("block", "channel", "position", "state")}
        selection.take(replace(now, net=network.name, asked=AS_LEARNED, **fresh))
    state.renew()
    st.rerun()
