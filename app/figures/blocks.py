"""A trace as a reader meets it: blocks in order, with names that fit under an axis and in their own language."""

from __future__ import annotations

import functools
import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from string import ascii_lowercase

import numpy as np

from app.i18n import Words
from drsn_core.data import FloatArray
from drsn_core.trace import BlockRecord, Trace

#: How the core names a block, the text that says it, and the mark that stands under the axis.
NAMES: tuple[tuple[re.Pattern[str], str, str], ...] = tuple(
    (re.compile(pattern), key, mark)
    for pattern, key, mark in (
        (r"detail (\d+)", "block.detail", "d{}"),
        (r"detail (\d+) horizontal", "block.horizontal", "h{}"),
        (r"detail (\d+) vertical", "block.vertical", "v{}"),
        (r"detail (\d+) diagonal", "block.diagonal", "x{}"),
        (r"down ([\d.]+)", "block.down", "↓<br>{}"),
        (r"up ([\d.]+)", "block.up", "↑<br>{}"),
        (r"blocks?[ .](\d+)", "block.block", "b{}"),
        (r"([a-z]+\d*) detail (\d+)", "block.basis", "{}<br>{}"),
    )
)
LONGEST_MARK = 6

_CHANNEL = re.compile(r"channel (\d+), (.+)")
#: Subbands of a picture that differ only in the direction of what they see stand side by side in one block.
_DIRECTION = re.compile(r"(detail \d+) (-?\d+°)")


@dataclass(frozen=True, eq=False)
class Block:
    """One subband or one network block, with everything that it shrinks.

    All arrays have shape (channels,); a value that the channels share is repeated. Where a signal has several channels,
    or a level several directions, theirs are put side by side, and ``channels`` tells them apart ("2", "1 · 2", "45°").

    Parameters
    ----------
    mark : short name, for the axis
    name : full name in the reader's language
    ratio : threshold / noise level; NaN where the noise level is 0, since nothing can be compared with it
    zeroed, energy_removed : in per cent
    alpha : None for wavelets
    """

    mark: str
    name: str
    channels: tuple[str, ...]
    threshold: FloatArray
    ratio: FloatArray
    zeroed: FloatArray
    energy_removed: FloatArray
    alpha: FloatArray | None

    def labels(self, words: Words) -> list[str]:
        """What each channel is called in hover labels, in which Plotly reads a little HTML."""
        name = html.escape(self.name)
        if len(self.channels) == 1:
            return [name]
        which = "direction" if self.channels[0].endswith("°") else "channel"
        before, after = words(f"thresholds.hover.{which}", channel="|").split("|")
        return [f"{name}, {before}{channel}{after}" for channel in self.channels]

    @property
    def numbers(self) -> FloatArray:
        """What `hover_pattern` names by number: (channels, 5), NaN where there is no attention weight."""
        alpha = np.full_like(self.threshold, np.nan) if self.alpha is None else self.alpha
        return np.stack((self.threshold, self.ratio, alpha, self.zeroed, self.energy_removed), axis=1)


def hover_pattern(words: Words, compared: bool, weighed: bool) -> str:
    """Everything about one channel, as Plotly fills it in from `Block.labels` and `Block.numbers`.

    Parameters
    ----------
    compared, weighed : whether its noise level, and its attention weight, are known
    """
    tau, ratio, alpha, zeroed, energy = (
        f"%{{customdata[{place}]:{form}}}" for place, form in enumerate((".3~g", ".2f", ".2f", ".0f", ".0f"))
    )
    plain = words("thresholds.hover.threshold.plain", threshold=tau)
    lines = ["%{text}", words("thresholds.hover.threshold", threshold=tau, ratio=ratio) if compared else plain]
    if weighed:
        lines.append(words("thresholds.hover.alpha", alpha=alpha))
    lines += [words("thresholds.hover.zeroed", zeroed=zeroed), words("thresholds.hover.energy", energy=energy)]
    return "<br>".join(lines) + "<extra></extra>"


@functools.lru_cache(8)  # a figure and its sentence read the same trace one after the other
def blocks(trace: Trace, words: Words) -> tuple[Block, ...]:
    """Read the records of a trace in order; those of one block in several signal channels become one."""
    grouped: dict[str, list[tuple[str, BlockRecord]]] = {}
    for record in trace.records:
        match = _CHANNEL.fullmatch(record.name)
        channel, name = match.groups() if match else ("", record.name)
        if turned := _DIRECTION.fullmatch(name):
            name, direction = turned.groups()
            channel = f"{channel} · {direction}" if channel else direction
        grouped.setdefault(name, []).append((channel, record))
    found = [_block(name, parts, words) for name, parts in grouped.items()]
    if len({block.mark for block in found}) < len(found):  # shortened until they are the same: count instead
        found = [replace(block, mark=str(place)) for place, block in enumerate(found, start=1)]
    return tuple(found)


def _block(name: str, parts: list[tuple[str, BlockRecord]], words: Words) -> Block:
    mark, full = names(name, words)
    threshold = np.concatenate([_each(r, r.threshold) for _, r in parts])
    noise = np.concatenate([_each(r, r.noise) for _, r in parts])
    alphas = [_each(r, r.alpha) for _, r in parts if r.alpha is not None]
    return Block(
        mark=mark,
        name=full,
        channels=tuple(c for channel, r in parts for c in _numbered(channel, r.zeroed.size)),
        threshold=threshold,
        ratio=np.divide(threshold, noise, out=np.full_like(threshold, np.nan), where=noise > 0),
        zeroed=100 * np.concatenate([r.zeroed for _, r in parts]),
        energy_removed=100 * np.concatenate([r.energy_removed for _, r in parts]),
        alpha=np.concatenate(alphas) if alphas else None,
    )


def _each(record: BlockRecord, values: FloatArray) -> FloatArray:
    """Repeat a value that the channels of a record share."""
    return np.broadcast_to(values, record.zeroed.shape).astype(np.float64)


def _numbered(channel: str, count: int) -> Iterator[str]:
    for feature in range(1, count + 1):
        yield (channel if count == 1 else f"{channel} · {feature}") if channel else str(feature)


def names(name: str, words: Words) -> tuple[str, str]:
    """Return the mark and the full name of a block; a name that is not in ``NAMES`` stays, its end as the mark."""
    for pattern, key, mark in NAMES:
        if match := pattern.fullmatch(name):
            *basis, level = match.groups()
            return mark.format(*(one[0] for one in basis), _lettered(level)), words(
                key, level=level, basis=basis[0] if basis else ""
            )
    return name[-LONGEST_MARK:], name


def marks(found: Sequence[str], words: Words) -> list[str]:
    """Short names of blocks, as they stand under an axis; numbers where two would be the same."""
    short = [names(name, words)[0] for name in found]
    return short if len(set(short)) == len(short) else [str(i) for i in range(1, len(short) + 1)]


def _lettered(level: str) -> str:
    """Write the second number of a level as a letter, to save width: "1.2" becomes "1b"."""
    scale, _, unit = level.partition(".")
    return scale + ascii_lowercase[int(unit) - 1] if unit and 0 < int(unit) <= len(ascii_lowercase) else level


def middle(values: FloatArray) -> float | None:
    """The median of the values that are numbers; None if none is."""
    finite = values[np.isfinite(values)]
    return float(np.median(finite)) if finite.size else None
