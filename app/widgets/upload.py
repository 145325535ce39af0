"""A stranger's file: its bytes are read once, and it becomes the source of the recipe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from app import state, turns
from app.case import Case
from app.i18n import Words, error_text, escaped
from app.shelves import Ledger
from app.state import OpenFile, OpenPicture
from drsn_core import io
from drsn_core.data import Data, Signal
from drsn_core.errors import DrsnError, TooLarge, Unsupported
from drsn_core.recipe import Noise, Recipe, Source, digest

UPLOAD_MB = 50

#: What lies on a desk: an experiment, or a case; both have a source and its noise.
Desk = TypeVar("Desk", Recipe, Case)

#: Bytes of files that are open at the same time, as sent and as read, of all visitors together.
OPEN_BYTES = 2_000_000_000
_OPEN = Ledger(OPEN_BYTES)


def received(upload: UploadedFile, limit: int) -> bytes:
    """Take the bytes of an upload, which Streamlit then holds no longer; it does not check ``limit`` on the server.

    Raises
    ------
    TooLarge
    """
    data = upload.getvalue() if upload.size <= limit else b""
    context = get_script_run_ctx()
    if context is not None:
        context.uploaded_file_mgr.remove_file(context.session_id, upload.file_id)
    if upload.size > limit:
        raise TooLarge(upload.name, upload.size, limit, "bytes")
    return data


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

    def put(self, recipe: Desk, upload: UploadedFile, name: str, words: Words) -> Desk:
        """Read new bytes; keep the recipe if they are the open file already, or cannot be read."""
        try:
            data = received(upload, UPLOAD_MB * 2**20)
        except DrsnError as error:
            st.error(error_text(words, error))
            return recipe
        mark = digest(data)
        opened = self.opened()
        if opened is not None and opened.digest == mark == recipe.source.digest:
            return recipe
        if opened is None or opened.digest != mark:
            try:
                with st.spinner(words("progress.reading", name=escaped(name))), turns.PAGES.left():
                    found = io.read(data, name)
                    if not isinstance(found, self.takes):
                        raise Unsupported(words(self.page), self.others, words(self.only))
            except DrsnError as error:
                st.error(error_text(words, error))
                return recipe
            nbytes = len(data) + (found.samples if isinstance(found, Signal) else found.pixels).nbytes
            if not _OPEN.room(nbytes, instead=opened):
                st.error(words("server.upload.all"))
                return recipe
            opened = self.keep(mark, data, found)
            _OPEN.enter(opened, nbytes)
        if recipe.source.digest == mark:  # the file that a link asked for: all else is as the link says
            return recipe
        # Recordings and photographs are noisy already: nothing is added unless the reader asks for it.
        state.adopt(replace(recipe, source=Source(self.source, opened.name, digest=mark), noise=Noise("none")))
