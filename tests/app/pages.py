"""Pages by their address: AppTest.switch_page knows files only, and ours are functions."""

import functools

from streamlit.testing.v1 import AppTest

from drsn_core import bundle


def studio(**query):
    """A Studio that has not run yet, opened by a link."""
    page = AppTest.from_file(str(bundle.folder("app") / "main.py"), default_timeout=60)
    for part, value in query.items():
        page.query_params[part] = value
    return page


@functools.cache
def addresses():
    """The hash of every page, by its address; the first one has none of its own."""
    return {info["url_pathname"] or "denoise": key for key, info in studio().run()._registered_pages.items()}


def go(page, where):
    """Turn to another page of the same session."""
    page._page_hash = addresses()[where]
    return page.run()


def visit(where, **query):
    """Open a page by a link."""
    return go(studio(**query), where)
