"""A network from outside to inside: its map, and the sizes that meet one threshold."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from app.figures import style
from app.figures.blocks import names
from app.i18n import Words
from drsn_core.data import FloatArray
from drsn_core.trace import BlockRecord

#: Bars of the histogram, and quantiles from which the browser tells the share below a line.
BARS, QUANTILES = 48, 200

#: The histogram ends at this quantile, or this factor beyond the threshold.
REACH, ROOM = 0.995, 1.25

#: Sizes at which the shrink curve is sent to the browser, in thresholds; beyond the last it goes on straight.
CURVE_STEP, CURVE_END = 0.02, 6.0

ROLES = {"tau": "threshold", "zeroed": "removed", "energy": "noisy", "yours": "yours"}
LINE_ROLES = {"removed": "removed", "kept": "learned", "threshold": "threshold", "yours": "yours"}
LINE_WORDS = ("removed", "kept", "threshold", "yours", "ghost", "mean", "axis", "curve")
LINE_WORDS += ("drag", "bend", "typed", "said", "times")


def ratio(record: BlockRecord) -> FloatArray:
    """Thresholds in mean magnitudes: α, where the network has learned them."""
    tau, mean = np.broadcast_arrays(record.threshold, record.magnitude)
    return np.divide(tau, mean, out=np.zeros(tau.shape), where=mean > 0)


def map_picture(
    used: Sequence[BlockRecord],
    learned: Sequence[BlockRecord],
    shapes: Sequence[tuple[int, ...]],
    *,
    length: int,
    selected: int,
    changed: Collection[int],
    words: Words,
) -> dict[str, Any]:
    """Everything that the map shows: plain values.

    Parameters
    ----------
    used, learned : a record for every block, as changed and as learned
    shapes : of every block's features, (channels, *space)
    length : samples of the signal, for the step that each block works on
    changed : numbers of the blocks whose thresholds the reader has changed
    """
    full = max(1.0, float(np.ceil(max(ratio(r).mean() for r in (*used, *learned)))))
    blocks = []
    finest = max(shape[1] for shape in shapes)
    for index, (now, own, shape) in enumerate(zip(used, learned, shapes, strict=True)):
        mark, name = names(now.name, words)
        stride = max(1, round(length / shape[1]))
        facts = {
            "alpha": float(ratio(now).mean()),
            "zeroed": 100 * float(now.zeroed.mean()),
            "energy": 100 * float(now.energy_removed.mean()),
            "channels": shape[0],
            "stride": stride,
        }
        blocks.append(
            {
                "mark": mark.replace("<br>", " "),
                "size": words("inside.map.size", **facts),
                "label": words("inside.map.label", name=name, **facts),
                "depth": int(np.log2(finest / shape[1])),
                "tau": round(facts["alpha"] / full, 4),
                "learned": round(float(ratio(own).mean()) / full, 4),
                "zeroed": round(facts["zeroed"] / 100, 4),
                "energy": round(facts["energy"] / 100, 4),
                "changed": index in changed,
            }
        )
    return {
        "blocks": blocks,
        "selected": selected,
        "colors": {name: style.ROLES[role].color for name, role in ROLES.items()},
        "alt": map_sentence(used, words),
        "words": {key: words(f"inside.map.{key}") for key in ("zeroed", "energy", "changed", "hint")}
        | {"tau": words("inside.map.tau", full=full)},
    }


def map_sentence(used: Sequence[BlockRecord], words: Words) -> str:
    """Say in one sentence which block takes most."""
    energy = [float(record.energy_removed.mean()) for record in used]
    most = int(np.argmax(energy))
    return words(
        "inside.map.sentence",
        count=len(used),
        name=names(used[most].name, words)[1],
        energy=100 * energy[most],
        zeroed=100 * float(np.mean([record.zeroed.mean() for record in used])),
    )


def line_picture(
    values: FloatArray, tau: float, learned: float, curve: FloatArray, *, channel: int, block: str, words: Words
) -> dict[str, Any]:
    """Everything that the histogram with its threshold, and the shrink curve under it, show.

    Parameters
    ----------
    values : of one channel before shrinking
    tau, learned : its threshold as it is used and as it was learned
    curve : what is left of the sizes 0, `CURVE_STEP`, 2 `CURVE_STEP` ... by the threshold 1
    """
    size = np.abs(values).ravel()
    mean = float(size.mean())
    top = max(float(np.quantile(size, REACH)), ROOM * tau, ROOM * learned, 1.1 * mean) or 1.0
    counts, _ = np.histogram(size, BARS, (0.0, top))
    quantiles = np.quantile(size, np.linspace(0, 1, QUANTILES + 1))
    moved = not np.isclose(tau, learned, rtol=1e-5, atol=0)
    return {
        "counts": counts.tolist(),
        "quantiles": [_short(q) for q in quantiles],
        "curve": [_short(size) for size in curve],
        "step": CURVE_STEP,
        "top": _short(top),
        "tau": _short(tau),
        "learned": _short(learned),
        "mean": _short(mean),
        "changed": bool(moved),
        "colors": {name: style.ROLES[role].color for name, role in LINE_ROLES.items()},
        "alt": line_sentence(size, tau, channel=channel, block=block, words=words),
        # The last two are filled in by the browser, while the line moves.
        "words": {
            key: words(f"inside.line.{key}", tau="{tau}", times="{times}", alpha="{alpha}", zeroed="{zeroed}")
            for key in LINE_WORDS
        },
    }


def line_sentence(size: FloatArray, tau: float, *, channel: int, block: str, words: Words) -> str:
    """Say in one sentence how many of the values are below the line."""
    below = percent(float(np.mean(size <= tau)))
    return words("inside.line.sentence", channel=channel + 1, block=block, below=below, tau=f"{tau:.3g}")


def percent(share: float) -> float:
    """A share in per cent that is rounded to 100 only where it is all."""
    return 100.0 if share == 1 else min(100 * share, 99.0)


def _short(value: float) -> float:
    return float(f"{value:.4g}")
