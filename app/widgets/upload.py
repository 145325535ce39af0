"""A stranger's file: its bytes are read once, and it becomes the source of the recipe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import streamlit as st

from app import state
from app.i18n import Words, error_text, escaped
from app.state import OpenFile, OpenPicture
from drsn_core import io
from drsn_core.data import Data
from drsn_core.errors import DrsnError, Unsupported
from drsn_core.recipe import Noise, Recipe, Source, digest

UPLOAD_MB = 50


@dataclass(frozen=True)
class Tray:
    """Where the open file of one kind lies.

    Parameters
    ----------
    source : kind of source that it is in a recipe
    takes : what must be in the file
    page, others, only : texts of the refusal: who refuses, what, and what is accepted
    opened : the open file, if there is one
    keep : digest, bytes and contents of a file, to be kept as the open one
    """

    source: Literal["file", "picture-file"]
    takes: type[Data]
    page: str
    others: str
    only: str
    opened: Callable[[], OpenFile | OpenPicture | None]
    keep: Callable[[str, bytes, Data], OpenFile | OpenPicture]

    def put(self, recipe: Recipe, data: bytes, name: str, words: Words) -> Recipe:
        """Read new bytes; keep the recipe if they are the open file already, or cannot be read."""
        mark = digest(data)
        opened = self.opened()
        if opened is not None and opened.digest == mark == recipe.source.digest:
            return recipe
        if opened is None or opened.digest != mark:
            try:
                with st.spinner(words("progress.reading", name=escaped(name))):
                    found = io.read(data, name)
                    if not isinstance(found, self.takes):
                        raise Unsupported(words(self.page), self.others, words(self.only))
            except DrsnError as error:
                st.error(error_text(words, error))
                return recipe
            opened = self.keep(mark, data, found)
        if recipe.source.digest == mark:  # the file that a link asked for: all else is as the link says
            return recipe
        # Recordings and photographs are noisy already: nothing is added unless the reader asks for it.
        state.adopt(replace(recipe, source=Source(self.source, opened.name, digest=mark), noise=Noise("none")))
