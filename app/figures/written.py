"""A figure that is encoded once and goes as it is to every visitor: Plotly would check and copy each property anew."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import orjson
import plotly.graph_objects as go

#: Types of arrays that Plotly.js reads from their bytes; it has none of 64-bit integers.
TYPES = ("i1", "u1", "i2", "u2", "i4", "u4", "f4", "f8")


class Written(go.Figure):
    """A figure that nobody changes; it becomes an ordinary one, with ``go.Figure(figure.to_dict())``, for who does.

    Parameters
    ----------
    encoded : the figure in JSON, its arrays as Plotly.js takes them, see `packed`

    Notes
    -----
    `plotly.graph_objects.Figure` is not initialised: it takes 5 to 10 ms to look at a figure. Its parts are looked at
    only when somebody asks for ``data`` or ``layout``.
    """

    #: In memory, about: numbers of arrays are one text, all else are small objects.
    nbytes = 0

    def __init__(self, encoded: bytes) -> None:
        self._plain: dict[str, Any] = orjson.loads(encoded)
        self.nbytes = 2 * len(encoded)

    @classmethod
    def of(cls, figure: go.Figure) -> Written:
        """An ordinary figure, written down."""
        return figure if isinstance(figure, Written) else cls(figure.to_json(validate=False).encode())

    @classmethod
    def down(cls, traces: list[dict[str, Any]], layout: dict[str, Any]) -> Written:
        """Write down a figure that Plotly need not look at: every property has its own name and a value it takes."""
        return cls(orjson.dumps(packed({"data": traces, "layout": layout}), option=orjson.OPT_SERIALIZE_NUMPY))

    def to_dict(self) -> dict[str, Any]:
        """What Streamlit and the page that is taken home ask for; nobody changes what is in it."""
        return {**self._plain, "layout": dict(self._plain["layout"])}

    @property
    def data(self) -> tuple[Any, ...]:
        """The traces as objects, made when they are asked for."""
        return tuple(go.Figure(unpacked(self._plain)).data)

    @property
    def layout(self) -> go.Layout:
        """The layout as an object, made when it is asked for."""
        return go.Figure(self._plain).layout


def packed(value: Any) -> Any:
    """Numbers of arrays as base64 in the machine's order of bytes, as Plotly.js reads them; all else as it is."""
    if isinstance(value, dict):
        return {key: packed(part) for key, part in value.items()}
    if isinstance(value, list):
        return [packed(part) for part in value]
    if not isinstance(value, np.ndarray):
        return value
    kind = value.dtype.str[1:]
    if kind not in TYPES or not value.size:
        return value.tolist()
    spec = {"dtype": kind, "bdata": base64.b64encode(np.ascontiguousarray(value)).decode("ascii")}
    return spec if value.ndim == 1 else {**spec, "shape": ", ".join(map(str, value.shape))}


def unpacked(value: Any) -> Any:
    """Undo `packed`."""
    if isinstance(value, list):
        return [unpacked(part) for part in value]
    if not isinstance(value, dict):
        return value
    if "bdata" not in value:
        return {key: unpacked(part) for key, part in value.items()}
    flat = np.frombuffer(base64.b64decode(value["bdata"]), value["dtype"])
    return flat.reshape([int(n) for n in value["shape"].split(",")]) if "shape" in value else flat
