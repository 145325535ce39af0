"""When something breaks, a visitor is told a number and the log has the rest under it."""

from __future__ import annotations

import logging
import uuid

import streamlit as st
from starlette.requests import Request
from starlette.responses import PlainTextResponse

from app.i18n import LANGUAGES, Words

log = logging.getLogger("drsn_studio")


def noted(error: BaseException) -> str:
    """Write an error to the log and return the number that it goes by."""
    number = uuid.uuid4().hex[:8]
    log.error("failed, error number %s", number, exc_info=error)
    return number


def in_script(error: Exception) -> bool:
    """Tell the visitor of a page whose script, or whose answer to a click, failed."""
    view = st.session_state.get("view")
    st.error(Words(getattr(view, "lang", "en"))("app.failure", number=noted(error)))
    return True  # Streamlit shows nothing of its own


async def in_request(request: Request, error: Exception) -> PlainTextResponse:
    """Answer a request whose handling failed."""
    number = noted(error)
    return PlainTextResponse("\n".join(Words(lang)("app.failure", number=number) for lang in LANGUAGES) + "\n", 500)
