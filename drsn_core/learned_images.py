"""Trained networks as denoisers of pictures: the bridge of `drsn_core.learned` with one axis more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from drsn_core.data import Data, FloatArray, Image
from drsn_core.errors import Unsupported
from drsn_core.learned import always, network_of, part_of, records_of, run
from drsn_core.method import Progress, Report, choice, ignore, number
from drsn_core.tiling import squares, stitch_squares
from drsn_core.trace import BlockRecord, Trace

if TYPE_CHECKING:
    from torch import Tensor

    from drsn_core.nn.kinds import Network

#: Pictures with more pixels take their thresholds from WINDOWS x WINDOWS squares of this side, and run in tiles.
WHOLE = 2**20
WINDOWS, WINDOW = 4, 128
TILE = 320  # a quarter more work at the seams than 512, and 0.1 GB less beside a large picture

#: Networks see intensities shifted and scaled by these fixed numbers: dark and bright, flat and rich in contrast
#: mean something in a picture, so it is not standardised like a signal.
MIDDLE, CONTRAST = 0.5, 0.25

#: Values farther from 0 are no intensities of 0..1 with noise on them; such pictures are brought into 0..1 and back.
STRANGE = 100.0


@dataclass(frozen=True)
class ImageNetworkDenoiser:
    r"""Denoise pictures with a trained network that sets its thresholds for every picture.

    Colour channels are denoised one by one, or, by a network that has learned from colours, together; pictures with
    another number of channels than that go through ``otherwise``. Nothing is clipped: the estimate of a pixel may lie a
    little outside 0..1. A picture with values beyond `STRANGE` is brought into 0..1 first and back again. Beyond
    `WHOLE` pixels the thresholds are the mean of those of squares spread over the picture, and the picture is denoised
    in overlapping tiles with these same thresholds, so that no seam appears and memory grows with the picture alone.

    Parameters
    ----------
    network : name of a trained network of `drsn_core.hub`
    threshold_factor : multiplies every learned threshold; 1 as learned, 0 switches shrinkage off
    views : "one" denoises the picture as it is; "all" turned and mirrored in all eight ways, and takes the mean of the
        estimates turned back, see `drsn_core.learned.NetworkDenoiser`
    otherwise : name of a network of one channel, for pictures whose channels ``network`` does not take; "" for none

    Raises
    ------
    Unsupported
        If no network takes the channels of the picture.
    """

    takes: ClassVar[tuple[type, ...]] = (Image,)

    network: str
    threshold_factor: float = number(1.0, 0.0, 3.0)
    views: str = choice("one", ("one", "all"))
    otherwise: str = ""

    def __call__(self, noisy: Data, report: Report = ignore) -> tuple[Data, Trace]:
        """Denoise every stack of channels; ``report`` hears of each finished tile and may raise to stop."""
        assert isinstance(noisy, Image)
        network = self._taking(noisy.channels)
        together = network.channels
        result = np.empty(noisy.pixels.shape)
        records: list[BlockRecord] = []
        low, high = float(noisy.pixels.min()), float(noisy.pixels.max())
        strange = max(-low, high) > STRANGE and high > low
        for first in range(0, noisy.channels, together):
            stack, estimate = noisy.pixels[first : first + together], result[first : first + together]
            prefix = f"channel {first + 1}, " if noisy.channels > together else ""
            records += self._stack(
                network, (stack - low) / (high - low) if strange else stack, estimate, prefix, report
            )
            if strange:
                np.add(low, (high - low) * estimate, out=estimate)
        result.flags.writeable = False  # so that it is taken over, not copied
        return noisy.with_pixels(result), Trace(tuple(records))

    def _taking(self, channels: int) -> Network:
        """The network for a picture of so many channels."""
        network = network_of(self.network)
        if network.channels in (1, channels):
            return network
        if not self.otherwise:
            accepted = f"it takes pictures of {network.channels} channels, such as red, green and blue"
            raise Unsupported(self.network, f"a picture of {channels}", accepted)
        return network_of(self.otherwise)

    def _stack(
        self, network: Network, stack: FloatArray, result: FloatArray, prefix: str, report: Report
    ) -> list[BlockRecord]:
        """Fill ``result`` with the estimate of a stack of channels, (channels, height, width), in one or all views."""
        if self.views == "one":
            return self._view(network, stack, result, prefix, report)
        result[:] = 0
        records: list[BlockRecord] = []
        turns = [(quarters, step) for step in (1, -1) for quarters in range(4)]
        for done, (quarters, step) in enumerate(turns):
            turned = np.ascontiguousarray(np.rot90(stack[..., ::step], quarters, axes=(1, 2)))
            estimate = np.empty(turned.shape)
            found = self._view(network, turned, estimate, prefix, part_of(report, done, len(turns)))
            result += np.rot90(estimate, -quarters, axes=(1, 2))[..., ::step] / len(turns)
            records = records or found
        return records

    def _view(
        self, network: Network, stack: FloatArray, result: FloatArray, prefix: str, report: Report
    ) -> list[BlockRecord]:
        """Fill ``result`` with the estimate of a stack of channels as it is."""
        factor = [self._factor] * len(network.names())
        height, width = stack.shape[1:]
        if height * width <= WHOLE:
            estimate, decisions = run(network, scaled(stack)[None], factor)
            result[:] = estimate[0] * CONTRAST + MIDDLE
            records = records_of(network, decisions, prefix)
            report(Progress(1, 1))
        else:
            corners = [np.linspace(0, max(0, n - WINDOW), WINDOWS).astype(int) for n in (height, width)]
            windows = [stack[:, r : r + WINDOW, c : c + WINDOW] for r in corners[0] for c in corners[1]]
            _, decisions = run(network, np.stack([scaled(window) for window in windows]), factor)
            fixed = [always(d.threshold.mean(dim=0, keepdim=True)) for d in decisions]
            records = records_of(network, decisions, prefix)
            del decisions
            stitch_squares(
                stack,
                list(squares((height, width), TILE, network.reach, network.grid)),
                lambda part: run(network, scaled(part)[None], fixed)[0][0] * CONTRAST + MIDDLE,
                result,
                lambda done, total: report(Progress(done, total)),
            )
        for plane, kept in zip(stack, result, strict=True):
            if plane.min() == plane.max():
                kept[:] = plane
        return records

    def _factor(self, tau: Tensor) -> Tensor:
        return tau * self.threshold_factor


def scaled(pixels: FloatArray) -> FloatArray:
    """Pixels as the networks see them."""
    return (pixels - MIDDLE) / CONTRAST
