"""Wavelet shrinkage of signals and images: decompose, shrink every subband by a rule, rebuild."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pywt

from drsn_core.classical.crossvalidation import cross_validated, gcv
from drsn_core.classical.decide import (
    ALL_RULES,
    ALL_SHRINKS,
    CROSS_VALIDATION,
    GCV,
    Decision,
    by_threshold,
    check,
    decide,
)
from drsn_core.classical.dualtree import DualTree
from drsn_core.classical.groups import GROUPS
from drsn_core.classical.packets import Packets
from drsn_core.classical.rules import Band, noise_sigma, universal
from drsn_core.classical.transforms import BORDERS, PERIODIC, Bands, CycleSpinning, Decimated, Stationary, Transform
from drsn_core.data import Data, FloatArray, Image, Signal
from drsn_core.errors import BadParameter, TooLarge, Unsupported
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
from drsn_core.trace import BlockRecord, Row, Trace, records

#: Longer signals are rebuilt in tiles if the transform is redundant, so that memory does not grow with the level.
WHOLE = 2**18
TILE = 2**17

#: Coefficients of a redundant transform of an image that fit into memory (8 bytes each, a few copies).
MOST_COEFFICIENTS = 2 * 10**8

#: Coefficients of subbands that are described in one go; more would only cost memory.
TOGETHER = 2**12

#: Deeper levels pay little: at level 10 the approximation holds a thousandth of white noise's energy.
DEEPEST_DEFAULT = {1: 10, 2: 5}

#: Halves of shorter signals say nothing of each other.
SHORTEST_VALIDATED = 8

TRANSFORMS: dict[str, Callable[[str, int, tuple[int, ...], str], Transform]] = {
    "swt": Stationary,
    "dwt": Decimated,
    "cycle-spin": CycleSpinning,
    "dual-tree": DualTree,
    "packets": Packets,
}

ORIENTATIONS = {"d": "", "da": " horizontal", "ad": " vertical", "dd": " diagonal"}
ORIENTATIONS |= {key: f" {key}°" for key in ("15", "45", "75", "-15", "-45", "-75")}


def default_level(shape: tuple[int, ...]) -> int:
    """Levels used when none is asked for: log2 of the shortest side less 3, at most 10 (images: 5), at least 1."""
    return max(1, min(int(math.log2(min(shape))) - 3, DEEPEST_DEFAULT[len(shape)]))


#: Samples at either end that `natural_border` compares.
ENDS = 16


def natural_border(x: FloatArray) -> str:
    """How data go on beyond their ends best: round, if a signal ends about where it began; else mirrored.

    The means of the first and of the last `ENDS` samples are compared. Up to three standard deviations of what noise
    makes of their difference count as equal; the noise is judged by the median step from sample to sample. Mirroring
    repeats the noise near the ends, going round does not; but going round makes a jump where the ends do not meet.
    Images, very short and very long signals (more than `WHOLE` samples) are mirrored.
    """
    if x.ndim > 1 or not 4 * ENDS <= x.size <= WHOLE:
        return "symmetric"
    sigma = noise_sigma(x[1:] - x[:-1]) / math.sqrt(2)
    gap = abs(float(x[:ENDS].mean() - x[-ENDS:].mean()))
    return "periodization" if gap <= 3 * sigma * math.sqrt(2 / ENDS) else "symmetric"


#: Transforms whose subbands are in the order of time, as rules that look at neighbours need.
IN_ORDER = ("swt", "dwt")

NOISE_MODELS = ("white", "coloured")


@dataclass(frozen=True)
class WaveletShrinkage:
    r"""Denoise by shrinking wavelet coefficients, subband by subband.

    .. math:: \hat{x} = W^{-1}\, \operatorname{shrink}(W y, \tau), \quad \tau_j = \text{rule}(\text{band}_j, \hat\sigma)

    Channels are denoised one by one. Constant channels come back as they are.

    Parameters
    ----------
    wavelet : any discrete wavelet of PyWavelets
    transform : "swt" (stationary: shifts do not matter, smoother result), "dwt" (decimated: quicker), "cycle-spin" (the
        DWT averaged over shifts), "dual-tree" (complex wavelets: directions in images) or "packets" (best basis)
    rule : how much is shrunk, see `drsn_core.classical.rules`, `ebayes`, `groups` and `crossvalidation`
    shrink : how, see `drsn_core.classical.thresholding`; "median" and "mean" of the posterior for empirical Bayes; None
        takes what belongs to the rule
    level : number of levels; None takes `default_level`
    sigma : standard deviation of the noise, in the unit of the data; None estimates it from the finest subband
    noise_model : "white" has the same level in every subband; for "coloured" noise it is estimated in each, see [3]_
    border : how the data go on beyond their ends, a mode of PyWavelets; None takes `natural_border`
    shifts : copies that "cycle-spin" averages
    thresholds : thresholds set by hand, one per level from the finest on, as text: "0.3 auto 0.2". They stand for all
        orientations of a level; where one is auto or missing, the rule decides. Those beyond the last level are not
        used, so that they stay while data of another length are tried.

    Notes
    -----
    Signals of more than `WHOLE` samples are rebuilt in overlapping tiles with the decisions taken from the whole, if
    the transform is redundant. A periodic border is then replaced by a mirrored one while rebuilding.

    References
    ----------
    .. [1] D. L. Donoho, I. M. Johnstone, "Ideal spatial adaptation by wavelet shrinkage", Biometrika 81, 1994.
    .. [2] G. P. Nason, B. W. Silverman, "The stationary wavelet transform and some statistical applications",
       in Wavelets and Statistics, Springer, 1995.
    .. [3] I. M. Johnstone, B. W. Silverman, "Wavelet threshold estimators for data with correlated noise",
       J. R. Stat. Soc. B 59, 1997.
    """

    takes: ClassVar[tuple[type, ...]] = (Signal, Image)

    wavelet: str = choice("sym8", tuple(pywt.wavelist(kind="discrete")))
    transform: str = choice("swt", tuple(TRANSFORMS))
    rule: str = choice("ebayes", ALL_RULES)
    shrink: str | None = choice(None, ALL_SHRINKS)
    level: int | None = integer(None, 1, 20)
    sigma: float | None = number(None, 0, 1e100, unit="in the unit of the data")
    noise_model: str = choice("white", NOISE_MODELS)
    border: str | None = choice(None, BORDERS)
    shifts: int = integer(16, 1, 64)
    thresholds: str | None = numbers(0, 1e100, unit="in the unit of the data")

    def __call__(self, noisy: Data, report: Report = ignore) -> tuple[Data, Trace]:
        """Denoise every channel; ``report`` hears of each finished part and may raise to stop."""
        check(self.rule, self.shrink)
        if self.rule in GROUPS and self.transform not in IN_ORDER:
            raise BadParameter("transform", self.transform, f"with rule {self.rule}: {' or '.join(IN_ORDER)}")
        if isinstance(noisy, Image) and self.rule in (*GROUPS, CROSS_VALIDATION):
            raise Unsupported(f"rule {self.rule}", "images", "it looks at neighbours along time; it takes signals")
        return channel_by_channel(noisy, lambda row: self._row(row, report))

    def _row(self, row: FloatArray, report: Report) -> tuple[FloatArray, list[BlockRecord]]:
        transform = self.transform_of(row)
        in_tiles = transform.copies > 1 and row.ndim == 1 and row.size > WHOLE
        grid = 2**transform.level * (GROUPS[self.rule].block(row.size) if self.rule in GROUPS else 1)
        cut = list(tiles(row.size, TILE, transform.reach, grid)) if in_tiles else []
        total = transform.level + len(cut)

        decisions: list[dict[str, Decision]] = []
        described: list[BlockRecord] = []
        rows: list[Row] = []
        kept: list[Bands] = []
        for depth, (bands, decided) in enumerate(self.decisions(row, transform), start=1):
            for key, band in bands.items():
                inside = transform.inside(band)
                if in_tiles:
                    after = decided[key].apply(inside, 0)
                else:
                    bands[key] = decided[key].apply(band, transform.first)
                    after = transform.inside(bands[key])
                name = f"detail {depth}{ORIENTATIONS.get(key, f' {key}')}"
                rows.append((name, inside, after, decided[key].threshold))
                if sum(row.size for _, row, _, _ in rows) > TOGETHER:
                    described += records(rows)
                    rows.clear()
            decisions.append(decided)
            if not in_tiles:
                kept.append(bands)
            report(Progress(depth, total))
        described += records(rows)

        if row.min() == row.max():
            return row.copy(), described
        if not in_tiles:
            return transform.rebuild(kept), described

        def as_decided(part: FloatArray) -> FloatArray:
            local = self.transform_of(part, transform.level, tile=True)
            return local.rebuild(
                [
                    {key: decided[key].apply(band, local.first) for key, band in bands.items()}
                    for bands, decided in zip(local.levels(part), decisions, strict=True)
                ]
            )

        def after_tile(done: int, _: int) -> None:
            report(Progress(transform.level + done, total))

        return stitch(row, cut, as_decided, after_tile), described

    def decisions(self, row: FloatArray, transform: Transform) -> Iterator[tuple[Bands, dict[str, Decision]]]:
        """Take ``row`` apart, finest level first, and decide how each subband is shrunk."""
        sigma = self.sigma
        by_hand = read_numbers(self.thresholds)
        common = self._common(row, transform)
        for depth, bands in enumerate(transform.levels(row), start=1):
            if sigma is None:  # the first level is the finest
                sigma = noise_sigma(transform.noise_of(bands))
            decided: dict[str, Decision] = {}
            for key, band in bands.items():
                inside = transform.inside(band).ravel()
                tau = by_hand[depth - 1] if depth <= len(by_hand) else None
                tau = common if tau is None else tau
                level = noise_sigma(inside) if self.noise_model == "coloured" and self.sigma is None else sigma
                if tau is not None:
                    decided[key] = by_threshold(tau, level, self.shrink)
                else:
                    decided[key] = decide(Band(inside, level, row.size, depth), self.rule, self.shrink)
            yield bands, decided

    def _common(self, row: FloatArray, transform: Transform) -> float | None:
        """One threshold for all bands, of a rule that looks at the whole signal."""
        if self.rule == GCV:
            every = [transform.inside(band).ravel() for bands in transform.levels(row) for band in bands.values()]
            return gcv(np.concatenate(every))
        return self._cross_validated(row, transform.level) if self.rule == CROSS_VALIDATION else None

    def _cross_validated(self, row: FloatArray, level: int) -> float:
        def denoiser(half: FloatArray) -> Callable[[float], FloatArray]:
            transform = self.transform_of(half, min(level, _deepest(half.shape)))
            pyramid = list(transform.levels(half))

            def estimate(tau: float) -> FloatArray:
                shrink = by_threshold(tau, 0.0, self.shrink).apply
                return transform.rebuild([{key: shrink(band, 0) for key, band in bands.items()} for bands in pyramid])

            return estimate

        if row.size < SHORTEST_VALIDATED:
            return 0.0
        shallow = self.transform_of(row, 1)
        finest = shallow.noise_of(next(iter(shallow.levels(row))))
        highest = universal(Band(finest, noise_sigma(finest), row.size, 1))
        return cross_validated(row, highest, denoiser) if highest > 0 else 0.0

    def transform_of(self, x: FloatArray, level: int | None = None, tile: bool = False) -> Transform:
        """The transform for these data; a ``tile`` of a longer recording does not wrap round."""
        shape = x.shape
        level = level or self.level or default_level(shape)
        if level > _deepest(shape):
            accepted = f"1 to {_deepest(shape)} for {' x '.join(map(str, shape))} samples, or auto"
            raise BadParameter("level", level, accepted)
        border = self.border or natural_border(x)
        border = "symmetric" if tile and border in PERIODIC else border
        transform: Transform
        if self.transform == "cycle-spin":
            transform = CycleSpinning(self.wavelet, level, shape, border, self.shifts)
        else:
            transform = TRANSFORMS[self.transform](self.wavelet, level, shape, border)
        coefficients = transform.copies * math.prod(shape)
        if len(shape) == 2 and coefficients > MOST_COEFFICIENTS:
            raise TooLarge(
                f"The {self.transform} transform of the picture", coefficients, MOST_COEFFICIENTS, "coefficients"
            )
        return transform


def _deepest(shape: tuple[int, ...]) -> int:
    return max(1, int(math.log2(min(shape))))
