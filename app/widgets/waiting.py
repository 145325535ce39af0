"""A visitor's place in the queue, while there is one."""

from __future__ import annotations

import streamlit as st

from app.i18n import Words


class Waiting:
    """Shows the place at the top of the page; made anew for every run.

    The place is written again while nothing changes: Streamlit then notices who has left, or changed a setting.
    """

    def __init__(self, words: Words) -> None:
        self.words = words
        self.spot = st.empty()

    def __call__(self, ahead: int | None) -> None:
        if ahead is None:
            self.spot.empty()
        else:
            self.spot.info(self.words("progress.waiting", place=ahead + 1), icon=":material/hourglass_top:")
