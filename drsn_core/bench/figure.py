"""The standings as a picture for a page or a paper: SVG, or a web page around it.

Written by hand, for it is a few lines and dots: no drawing library has to be installed, it needs no browser, and the
same standings give the same bytes. For PNG, any browser or vector program saves one from it.
"""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from pathlib import Path

from drsn_core.bench.contest import Bed
from drsn_core.bench.standings import Standing, columns
from drsn_core.errors import BadParameter

#: Colours as the Studio has them (Okabe and Ito); what has no family is drawn in the ink of the page.
COLOURS = {"wavelet": "#E69F00", "learned": "#0072B2"}
OTHERS = "#56B4E9"
SCORES = {"snr_db": "output SNR (dB)", "psnr_db": "PSNR (dB)"}
CONDITIONS = {"snr_db": "input SNR", "set": "set of pictures", "sigma": "noise level"}

ROW, TOP, FOOT, LEFT_CHAR, PLOT, RIGHT = 26, 64, 62, 7.4, 560, 150

STYLE = """
text { font: 14px system-ui, sans-serif; fill: #1F2933; } .small { font-size: 12.5px; }
.grid { stroke: #1F2933; stroke-opacity: .14; } .ink { stroke: #1F2933; fill: #1F2933; }
@media (prefers-color-scheme: dark) {
 svg { background: #14181D; } text { fill: #E6E9ED; } .grid { stroke: #E6E9ED; }
 .ink { stroke: #E6E9ED; fill: #E6E9ED; }
}"""


def draw(bed: Bed, table: Sequence[Standing], path: Path, heading: str) -> bytes:
    """Draw the standings for a file of that name.

    Raises
    ------
    BadParameter
        If the ending is neither .svg nor .html.
    """
    check(path)
    picture = svg(bed, table, heading)
    if path.suffix.lower() == ".svg":
        return picture.encode()
    title = html.escape(heading)
    return f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>{picture}</html>\n'.encode()


def check(path: Path) -> None:
    """Refuse a name whose ending is not one of those that can be drawn."""
    if path.suffix.lower() not in (".svg", ".html"):
        raise BadParameter("figure", path.name, "a name that ends in .svg or .html (a browser saves it as PNG)")


def takeaway(bed: Bed, table: Sequence[Standing]) -> str:
    """Say the outcome in one sentence, which also stands for the picture where it cannot be seen."""
    ranked = [one for one in table if one.rank is not None]
    if not ranked:
        return "No method was measured."
    best, score = ranked[0], bed.scores[0]
    cells = f"{len(bed.cells)} cell{'s' if len(bed.cells) > 1 else ''}"
    said = f"{best.method} leads with {best.mean[score]:.2f} dB in the mean over {cells}"
    if len(ranked) > 1:
        gap = best.mean[score] - ranked[1].mean[score]
        said += f", {gap:.2f} dB before {ranked[1].method}, and is best in {best.wins} of them"
    return said + "."


def svg(bed: Bed, table: Sequence[Standing], heading: str) -> str:
    """A row per entrant, best on top: a dot at its mean, a bar for its spread, small dots for groups of cells."""
    score = bed.scores[0]
    left = 40 + LEFT_CHAR * max((len(one.method) for one in table), default=0)
    width, height = left + PLOT + RIGHT, TOP + ROW * len(table) + FOOT
    groups = [columns(bed, one) for one in table]
    values = [v for group in groups for v in group.values() if math.isfinite(v)]
    low, high, step = _axis(min(values, default=0.0), max(values, default=1.0))

    def x(value: float) -> float:
        return left + PLOT * (min(max(value, low), high) - low) / (high - low)

    bottom = TOP + ROW * len(table)
    said = html.escape(takeaway(bed, table))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" role="img" '
        f'width="{width:.0f}" height="{height}"><title>{said}</title><style>{STYLE}</style>',
        f'<text x="12" y="24" font-weight="600">{said}</text>',
        f'<text x="12" y="44" class="small">{html.escape(heading)}</text>',
        f'<text x="{left + PLOT + 16}" y="{TOP - 6}" class="small">ms a call (median)</text>',
    ]
    for tick in range(round((high - low) / step) + 1):
        at = low + tick * step
        parts.append(f'<line class="grid" x1="{x(at):.1f}" x2="{x(at):.1f}" y1="{TOP}" y2="{bottom}"/>')
        parts.append(f'<text class="small" x="{x(at):.1f}" y="{bottom + 18}" text-anchor="middle">{at:g}</text>')
    for row, (one, group) in enumerate(zip(table, groups, strict=True)):
        y = TOP + ROW * (row + 0.5)
        colour = COLOURS.get(one.family or "", OTHERS) if one.role == "method" else None
        fill = f'fill="{colour}"' if colour else 'class="ink" fill-opacity="0"'
        rank = f"{one.rank}. " if one.rank else f"{one.role}: " if one.role == "oracle" else ""
        parts.append(
            f'<text x="{left - 10:.1f}" y="{y + 5:.1f}" text-anchor="end">{html.escape(rank + one.method)}</text>'
        )
        for name, value in group.items():
            if math.isfinite(value):
                parts.append(
                    f'<circle cx="{x(value):.1f}" cy="{y:.1f}" r="2.6" {fill} opacity=".45">'
                    f"<title>{html.escape(name)}: {value:.2f}</title></circle>"
                )
        mean, spread = one.mean[score], one.spread[score] or 0.0
        if math.isfinite(mean):
            ends = f'x1="{x(mean - spread):.1f}" x2="{x(mean + spread):.1f}" y1="{y:.1f}" y2="{y:.1f}"'
            stroke = f'stroke="{colour}"' if colour else 'class="ink"'
            parts.append(f'<line {ends} {stroke} stroke-width="3"/>')
            parts.append(f'<circle cx="{x(mean):.1f}" cy="{y:.1f}" r="6" {fill}><title>{mean:.2f}</title></circle>')
        parts.append(f'<text x="{left + PLOT + 16}" y="{y + 5:.1f}">{one.milliseconds:.3g}</text>')
    foot = (
        f"{SCORES[score]}: large dot the mean, bar ± one standard deviation over {bed.trial}, "
        f"small dots by {' and '.join(CONDITIONS[name] for name in bed.columns)}"
    )
    parts.append(
        f'<text x="{left + PLOT / 2:.1f}" y="{bottom + 44}" text-anchor="middle">{html.escape(foot)}</text></svg>'
    )
    return "\n".join(parts) + "\n"


def _axis(low: float, high: float) -> tuple[float, float, float]:
    """Round limits and a step of 1, 2 or 5 that gives five to ten ticks."""
    room = max(high - low, 1e-9)
    step = 10 ** math.floor(math.log10(room))
    step = next(step * f for f in (0.1, 0.2, 0.5, 1.0, 2.0) if room / (step * f) <= 10)
    return math.floor(low / step) * step, math.ceil(high / step) * step, step
