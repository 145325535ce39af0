"""Declare a component: its style and its script lie beside this file, and what all scripts share stands before it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

_HERE = Path(__file__).parent


def component(name: str, root: str) -> Any:
    """Declare the component of ``name.css`` and ``name.js``, whose script fills an element of the class ``root``.

    The texts have many lines; Streamlit takes one that has none for the name of a file.
    """
    return st.components.v2.component(
        f"drsn_{name}",
        html=f'<div class="{root}">\n</div>',
        css=_read(f"{name}.css"),
        js=_read("shared.js") + _read(f"{name}.js"),
    )


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")
