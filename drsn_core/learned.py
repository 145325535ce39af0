"""Trained networks as denoisers: arrays in, arrays and a trace out."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from drsn_core.data import Data, FloatArray, Signal
from drsn_core.inspection import together
from drsn_core.method import Progress, Report, channel_by_channel, choice, ignore, number
from drsn_core.tiling import stitch, tiles
from drsn_core.trace import BlockRecord, Trace

if TYPE_CHECKING:
    from torch import Tensor

    from drsn_core.nn.kinds import Network
    from drsn_core.nn.shrinkage import Decision, Override

#: Longer signals take their thresholds from this many windows of this length, spread evenly, and run in tiles.
WHOLE = 2**18
WINDOWS, WINDOW = 16, 2**14
TILE = 2**16


@functools.cache
def network_of(name: str) -> Network:
    """One network for all callers: it is only ever read."""
    from drsn_core import hub

    return hub.load(name).requires_grad_(False)


@dataclass(frozen=True)
class NetworkDenoiser:
    r"""Denoise with a trained network that sets its thresholds for every sample.

    Each channel is shifted and scaled to mean 0 and standard deviation 1, denoised on its own, and scaled back. A
    recording is one sample: it has one threshold per block and channel, however long it is. Beyond
    `WHOLE` samples the thresholds are the mean of those of `WINDOWS` windows, and the recording is
    denoised in overlapping tiles with these same thresholds, so that no seam appears.

    Parameters
    ----------
    network : name of a trained network of `drsn_core.hub`
    threshold_factor : multiplies every learned threshold; 1 as learned, 0 switches shrinkage off
    views : "one" denoises the recording as it is; "all" also upside down, backwards, and both, and takes the mean of
        the four estimates turned back: four times the time, and the answer to a turned recording is the turned answer.
        The trace is that of the recording as it is.

    References
    ----------
    .. [1] R. Timofte, R. Rothe, L. Van Gool, "Seven ways to improve example-based single image super resolution",
       CVPR 2016: the mean over turned views ("geometric self-ensemble").
    """

    takes: ClassVar[tuple[type, ...]] = (Signal,)

    network: str
    threshold_factor: float = number(1.0, 0.0, 3.0)
    views: str = choice("one", ("one", "all"))

    def __call__(self, noisy: Data, report: Report = ignore) -> tuple[Data, Trace]:
        """Denoise every channel; ``report`` hears of each finished tile and may raise to stop."""
        return channel_by_channel(noisy, lambda row: self._row(row, report))

    def _row(self, row: FloatArray, report: Report) -> tuple[FloatArray, list[BlockRecord]]:
        if self.views == "one":
            return self._view(row, report)
        total = np.zeros(row.shape)
        records: list[BlockRecord] = []
        turns = [(sign, step) for sign in (1, -1) for step in (1, -1)]
        for done, (sign, step) in enumerate(turns):
            estimate, found = self._view(sign * row[::step], part_of(report, done, len(turns)))
            total += sign * estimate[::step]
            records = records or found
        return total / len(turns), records

    def _view(self, row: FloatArray, report: Report) -> tuple[FloatArray, list[BlockRecord]]:
        network = network_of(self.network)
        mean, scale = row.mean(), row.std()
        if not scale > 0:
            scale = 1.0  # a constant row: the network sees zeros
        y = (row - mean) / scale
        blocks = network.names()
        factor = [self._factor] * len(blocks)
        if row.size <= WHOLE:
            estimate, decisions = run(network, y[None], factor)
            report(Progress(1, 1))
            clean = estimate[0]
        else:
            starts = np.linspace(0, row.size - WINDOW, WINDOWS).astype(int) // network.grid * network.grid
            denoise_part, decisions = self.fixed(np.stack([y[s : s + WINDOW] for s in starts]))
            around = network.around
            seen = marked(network, np.pad(y, around, mode="wrap") if around else y, -around, y.size)
            clean = stitch(
                seen,
                list(tiles(seen.shape[-1], TILE, network.reach, network.grid)),
                denoise_part,
                lambda done, total: report(Progress(done, total)),
            )[around : around + y.size]
        if row.min() == row.max():
            clean = y
        return clean * scale + mean, records_of(network, decisions)

    def fixed(self, windows: FloatArray) -> tuple[Callable[[FloatArray], FloatArray], list[Decision]]:
        """Take the thresholds from ``windows``, (windows, samples), of unit scale; how any stretch is denoised then.

        A stretch is what `marked` makes of it.
        """
        network = network_of(self.network)
        _, decisions = run(network, windows, [self._factor] * len(network.names()))
        thresholds = [always(d.threshold.mean(dim=0, keepdim=True)) for d in decisions]
        weights = basis_weights(network, windows)
        return lambda part: run(network, part[None], thresholds, weights)[0].reshape(part.shape[-1]), decisions

    def _factor(self, tau: Tensor) -> Tensor:
        return tau * self.threshold_factor


def marked(network: Network, samples: FloatArray, first: int, length: int) -> FloatArray:
    """Samples from place ``first`` on of a signal of ``length``, as a network is to be given them in tiles.

    For one that looks beyond the ends that is with a row that is 1 there and 0 within.
    """
    if not network.around:
        return samples
    place = np.arange(first, first + samples.size)
    return np.stack([samples, (place < 0) | (place >= length)])


def part_of(report: Report, number: int, parts: int) -> Report:
    """Report the progress of one of several equal parts of a work as that of all of it."""
    return lambda progress: report(Progress(number * progress.total + progress.done, parts * progress.total))


def always(tau: Tensor) -> Override:
    """An override that does not care what was learned."""
    return lambda learned: tau


def run(
    network: Network,
    samples: NDArray[np.floating],
    overrides: Sequence[Override | None] | None = None,
    weights: Tensor | None = None,
) -> tuple[FloatArray, list[Decision]]:
    """Run ``network`` on numbers of about unit scale; return the estimates and the decisions.

    They have the shape (batch, *space), or (batch, channels, *space), which the estimates keep.

    ``weights`` are those of several bases, see `drsn_core.nn.wavelet.WaveletAttention`; None leaves them to it.
    """
    import torch

    with torch.inference_mode():
        y = torch.from_numpy(samples.astype(np.float32))
        one = y.ndim == network.ndim + 1
        y = y.unsqueeze(1) if one else y
        estimate, decisions = network.traced(y, overrides, **({} if weights is None else {"weights": weights}))
    return (estimate.squeeze(1) if one else estimate).numpy().astype(np.float64), decisions


def basis_weights(network: Network, windows: FloatArray) -> Tensor | None:
    """What a network with several bases gives each of them in a recording; None for all others."""
    import torch

    from drsn_core.nn.wavelet import WaveletAttention

    if not isinstance(network, WaveletAttention):
        return None
    with torch.inference_mode():
        return network.basis_weights(torch.from_numpy(windows.astype(np.float32)).unsqueeze(1))


def records_of(network: Network, decisions: Sequence[Decision], prefix: str = "") -> list[BlockRecord]:
    """One record per block, in the order of the network's names."""
    shrink = getattr(network, "shrink", None)
    named = zip(network.names(), decisions, strict=True)
    return [together(prefix + name, decision, shrink) for name, decision in named]
