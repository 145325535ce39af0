"""The server: `drsn app`, or `streamlit run app/serve.py`, or any ASGI server with `app.serve:app`.

`app/main.py` is what a visitor sees; this is what stands between visitors and it.
"""

from __future__ import annotations

import sys
from pathlib import Path

# Streamlit puts this file's folder first on the import path; the package `app` is one folder up.
HERE = Path(__file__).resolve().parent
if str(HERE.parent) not in sys.path:
    sys.path.insert(0, str(HERE.parent))

import streamlit as st  # noqa: E402
from starlette.middleware import Middleware  # noqa: E402
from starlette.requests import Request  # noqa: E402
from starlette.responses import RedirectResponse  # noqa: E402
from starlette.routing import Route  # noqa: E402

from app.hosting import failure, life  # noqa: E402
from app.hosting.assets import Assets  # noqa: E402
from app.hosting.gate import Gate  # noqa: E402
from app.hosting.headers import Headers  # noqa: E402
from app.hosting.uploads import Uploads  # noqa: E402


async def to_the_first_page(request: Request) -> RedirectResponse:
    """Denoise is the page without a path; who writes one, as that of the other pages, is led there."""
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"./{query}", 307)


app = st.App(
    HERE / "main.py",
    lifespan=life.lifespan,
    routes=[Route("/ready", life.ready), Route("/denoise", to_the_first_page)],
    middleware=[Middleware(Headers), Middleware(Gate), Middleware(Assets), Middleware(Uploads)],
    on_script_error=failure.in_script,
    exception_handlers={Exception: failure.in_request},
)
