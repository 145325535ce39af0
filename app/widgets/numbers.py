"""Numbers in formulas, in the colours of the pictures, and where each comes from."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from app.figures import style
from app.i18n import Words
from app.selection import Selection

if TYPE_CHECKING:
    from drsn_core.nn.arithmetic import Arithmetic, Number

#: Colours of the formula: those of the pictures.
COLORS = {"x": style.ROLES["noisy"].color, "tau": style.ROLES["threshold"].color, "yours": style.ROLES["yours"].color}
ALPHA = "#0072B2"


def colored(role: str, text: str) -> str:
    return rf"\textcolor{{{COLORS[role]}}}{{{text}}}"


def trail(way: Arithmetic, chosen: Selection, words: Words) -> None:
    """Where every number comes from: tensor, index, shape, formula; as a table and as JSON."""
    numbers = [number.to_dict() for number in way.numbers()]
    with st.popover(words("inside.trail"), icon=":material/data_object:"):
        st.caption(words("inside.trail.hint", count=len(numbers)))
        columns = {key: [str(n[key]) if key in ("index", "shape") else n[key] for n in numbers] for key in numbers[0]}
        st.dataframe(
            {words(f"inside.trail.{key}"): values for key, values in columns.items()}, height=260, hide_index=True
        )
        about = {"network": chosen.net, "block": chosen.block + 1, "channel": way.channel + 1}
        short = [n for n in numbers if "[" not in n["symbol"]]
        st.code(json.dumps({**about, "numbers": short}, ensure_ascii=False, indent=1), language="json", height=200)
        with st.container(horizontal=True):
            st.download_button(
                "JSON",
                lambda: json.dumps({**about, "numbers": numbers}, ensure_ascii=False, indent=1).encode(),
                "drsn-numbers.json",
                "application/json",
                on_click="ignore",
                key="numbers-json",
            )
            st.download_button(
                "CSV", lambda: table(numbers), "drsn-numbers.csv", "text/csv", on_click="ignore", key="numbers-csv"
            )


def few(numbers: Sequence[Number], words: Words) -> None:
    """Tensor, index, shape and formula of a few numbers, to be read and copied."""
    plain = [number.to_dict() for number in numbers]
    with st.popover(words("inside.trail"), icon=":material/data_object:"):
        st.code(json.dumps(plain, ensure_ascii=False, indent=1), language="json")


def table(rows: list[dict[str, object]]) -> bytes:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return b"\xef\xbb\xbf" + buffer.getvalue().encode()
