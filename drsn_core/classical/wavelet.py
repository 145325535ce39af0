"""Wavelet shrinkage of signals and images: decompose, threshold every subband by a rule, rebuild."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import pywt

from drsn_core.classical.rules import RULES, Band, noise_sigma
from drsn_core.classical.thresholding import SHRINKS
from drsn_core.classical.transforms import TRANSFORMS, Bands, Decimated, Stationary
from drsn_core.data import Data, FloatArray, Image, Signal
from drsn_core.errors import BadParameter, TooLarge
from drsn_core.method import (
    Progress,
    Report,
    channel_by_channel,
    choice,
    ignore,
    integer,
    number,
    numbers,
    read_numbers,
)
from drsn_core.tiling import stitch, tiles
from drsn_core.trace import BlockRecord, Trace, record

#: Longer signals are rebuilt in tiles if the transform is redundant, so that memory does not grow with the level.
WHOLE = 2**18
TILE = 2**17

#: Coefficients of a redundant transform of an image that fit into memory (8 bytes each, a few copies).
MOST_COEFFICIENTS = 2 * 10**8

#: Deeper levels pay little: at level 10 the approximation holds a thousandth of white noise's energy.
DEEPEST_DEFAULT = {1: 10, 2: 5}

ORIENTATIONS = {"d": "", "da": " horizontal", "ad": " vertical", "dd": " diagonal"}


def default_level(shape: tuple[int, ...]) -> int:
    """Levels used when none is asked for: log2 of the shortest side less 3, at most 10 (images: 5), at least 1."""
    return max(1, min(int(math.log2(min(shape))) - 3, DEEPEST_DEFAULT[len(shape)]))


@dataclass(frozen=True)
class WaveletShrinkage:
    r"""Denoise by shrinking wavelet coefficients with one threshold per subband.

    .. math:: \hat{x} = W^{-1}\, \operatorname{shrink}(W y, \tau), \quad \tau_j = \text{rule}(\text{band}_j, \hat\sigma)

    Channels are denoised one by one. Borders are mirrored. Constant channels come back as they are.

    Parameters
    ----------
    wavelet : any discrete wavelet of PyWavelets
    transform : "swt" (stationary: shifts do not matter, smoother result) or "dwt" (decimated: quicker)
    rule : how the threshold is set, see `drsn_core.classical.rules`
    shrink : "soft" or "hard"
    level : number of levels; None takes `default_level`
    sigma : standard deviation of the noise, in the unit of the data; None estimates it from the finest subband
    thresholds : thresholds set by hand, one per level from the finest on, as text: "0.3 auto 0.2". They stand for all
        orientations of a level; where one is auto or missing, the rule decides. Those beyond the last level are not
        used, so that they stay while data of another length are tried.

    References
    ----------
    .. [1] D. L. Donoho, I. M. Johnstone, "Ideal spatial adaptation by wavelet shrinkage", Biometrika 81, 1994.
    .. [2] G. P. Nason, B. W. Silverman, "The stationary wavelet transform and some statistical applications",
       in Wavelets and Statistics, Springer, 1995.
    """

    takes: ClassVar[tuple[type, ...]] = (Signal, Image)

    wavelet: str = choice("sym8", tuple(pywt.wavelist(kind="discrete")))
    transform: str = choice("swt", tuple(TRANSFORMS))
    rule: str = choice("sure", tuple(RULES))
    shrink: str = choice("soft", tuple(SHRINKS))
    level: int | None = integer(None, 1, 20)
    sigma: float | None = number(None, 0, 1e100, unit="in the unit of the data")
    thresholds: str | None = numbers(0, 1e100, unit="in the unit of the data")

    def __call__(self, noisy: Data, report: Report = ignore) -> tuple[Data, Trace]:
        """Denoise every channel; ``report`` hears of each finished part and may raise to stop."""
        return channel_by_channel(noisy, lambda row: self._row(row, report))

    def _row(self, row: FloatArray, report: Report) -> tuple[FloatArray, list[BlockRecord]]:
        transform = self._transform(row.shape)
        in_tiles = isinstance(transform, Stationary) and row.ndim == 1 and row.size > WHOLE
        cut = list(tiles(row.size, TILE, transform.reach, 2**transform.level)) if in_tiles else []
        total = transform.level + len(cut)

        sigma = self.sigma
        thresholds: list[dict[str, float]] = []
        records: list[BlockRecord] = []
        kept: list[Bands] = []
        for depth, bands in enumerate(transform.levels(row), start=1):
            if sigma is None:  # the first level is the finest; its last subband is detail along every axis
                sigma = noise_sigma(transform.inside(bands["d" * row.ndim]))
            taus: dict[str, float] = {}
            for key, band in bands.items():
                inside = transform.inside(band).ravel()
                taus[key] = self.threshold(Band(inside, sigma, row.size, depth))
                after = SHRINKS[self.shrink](inside, taus[key])
                name = f"detail {depth}{ORIENTATIONS[key]}"
                records.append(record(name, inside[None], after[None], taus[key]))
            thresholds.append(taus)
            if not in_tiles:
                kept.append(self._shrunk(bands, taus))
            report(Progress(depth, total))

        if row.min() == row.max():
            return row.copy(), records
        if not in_tiles:
            return transform.rebuild(kept), records

        def with_same_thresholds(part: FloatArray) -> FloatArray:
            local = self._transform(part.shape, transform.level)
            return local.rebuild(
                [self._shrunk(bands, taus) for bands, taus in zip(local.levels(part), thresholds, strict=True)]
            )

        def after_tile(done: int, _: int) -> None:
            report(Progress(transform.level + done, total))

        return stitch(row, cut, with_same_thresholds, after_tile), records

    def threshold(self, band: Band) -> float:
        """The threshold of a subband: the one set by hand for its level, else that of the rule."""
        by_hand = read_numbers(self.thresholds)[band.level - 1 : band.level]
        return by_hand[0] if by_hand and by_hand[0] is not None else RULES[self.rule](band)

    def _transform(self, shape: tuple[int, ...], level: int | None = None) -> Decimated | Stationary:
        level = level or self.level or default_level(shape)
        deepest = max(1, int(math.log2(min(shape))))
        if level > deepest:
            raise BadParameter("level", level, f"1 to {deepest} for {' x '.join(map(str, shape))} samples, or auto")
        transform = TRANSFORMS[self.transform](self.wavelet, level, shape)
        coefficients = transform.copies * math.prod(shape)
        if len(shape) == 2 and coefficients > MOST_COEFFICIENTS:
            raise TooLarge("The stationary transform of the picture", coefficients, MOST_COEFFICIENTS, "coefficients")
        return transform

    def _shrunk(self, bands: Bands, taus: dict[str, float]) -> Bands:
        return {key: SHRINKS[self.shrink](band, taus[key]) for key, band in bands.items()}
