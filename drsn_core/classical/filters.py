r"""Filters of kept libraries under the promise of every method, to compare shrinkage with.

None of them has thresholds to show, so their traces are empty. What they have in common: channels are filtered one by
one, borders are mirrored where not said otherwise, windows are never longer than the data, constant channels come back
as they are, and so do data without noise (:math:`\sigma` = 0). Where a noise level is needed and not given, it is
:math:`\hat\sigma = \operatorname{median}|d| / 0.6745` of the finest sym8 wavelet coefficients d (of a picture: the
diagonal ones).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pywt

from drsn_core.classical.rules import noise_sigma
from drsn_core.data import Data, FloatArray, Image, Signal
from drsn_core.errors import BadParameter, MissingPackage
from drsn_core.method import Progress, Report, channel_by_channel, ignore, integer, number
from drsn_core.tiling import stitch, tiles
from drsn_core.trace import BlockRecord, Trace

#: Noise below this share of the range of the data counts as none: its square is lost in the rounding of local sums.
LEAST_NOISE = 1e-8

UNIT = "in the unit of the data"


def _each(noisy: Data, one: Callable[[FloatArray], FloatArray], report: Report) -> tuple[Data, Trace]:
    """Filter channel by channel; constant channels stay as they are."""

    def row(x: FloatArray) -> tuple[FloatArray, list[BlockRecord]]:
        estimate = x.copy() if x.min() == x.max() else one(x)
        report(Progress(1, 1))
        return estimate, []

    return channel_by_channel(noisy, row)


def _in_unit_range(
    row: FloatArray, sigma: float | None, process: Callable[[FloatArray, float], FloatArray]
) -> FloatArray:
    """Run ``process`` on the row brought to 0..1, with the noise level there; then neither offset nor unit matters.

    Squares of very small or large values, and of small ones on a large offset, would be lost otherwise.
    """
    low, span = row.min(), np.ptp(row)
    unit = (row - low) / span
    level = noise_sigma(pywt.dwtn(unit, "sym8", "symmetric")["d" * row.ndim]) if sigma is None else sigma / span
    return row.copy() if level < LEAST_NOISE else low + span * process(unit, level)


def _odd(window: int, shape: tuple[int, ...]) -> int:
    """The odd number at ``window`` or above it, or the largest odd number that the shortest side allows."""
    return min(window | 1, (min(shape) - 1) | 1)


@dataclass(frozen=True)
class Wiener:
    r"""Pull every value toward the mean around it, the more the less the data vary there.

    .. math:: \hat x = \mu + \frac{(s^2 - \sigma^2)_+}{s^2} (y - \mu)

    with mean :math:`\mu` and variance :math:`s^2` of the window around the value. Where the data vary no more than the
    noise, only the mean is left; at jumps, the noise stays.

    Parameters
    ----------
    window : values along each axis, an even number counts as the next odd one
        None takes 31 for signals, 7 for pictures.
    sigma : standard deviation of the noise, in the unit of the data; None estimates it

    References
    ----------
    .. [1] J.-S. Lee, "Digital image enhancement and noise filtering by use of local statistics",
       IEEE Trans. Pattern Anal. Mach. Intell. 2(2), 1980.
    """

    takes: ClassVar[tuple[type, ...]] = (Signal, Image)

    window: int | None = integer(None, 3, 1001)
    sigma: float | None = number(None, 0, 1e100, unit=UNIT)

    def __call__(self, noisy: Data, report: Report = ignore) -> tuple[Data, Trace]:
        return _each(noisy, lambda row: _in_unit_range(row, self.sigma, self._unit), report)

    def _unit(self, unit: FloatArray, sigma: float) -> FloatArray:
        from scipy.signal import wiener

        window = _odd(self.window or {1: 31, 2: 7}[unit.ndim], unit.shape)
        if window == 1:
            return unit
        half = window // 2
        padded = np.pad(unit, half, "symmetric")  # scipy takes what lies outside for zeros
        with np.errstate(divide="ignore", invalid="ignore"):  # where the variance is 0, the mean is taken all the same
            filtered: FloatArray = wiener(padded, window, sigma**2)
        return filtered[(slice(half, -half),) * unit.ndim]


@dataclass(frozen=True)
class SavitzkyGolay:
    r"""Fit a polynomial to the window around every sample by least squares, and take its value there.

    Polynomials up to ``degree`` pass unchanged, so peaks keep more of their height than under a moving average. It
    does not adapt: noise and signal in the same frequencies are treated alike. The two ends are the polynomials
    of the first and the last window. Against SciPy's ``savgol_filter`` only the last digits differ, for long windows of
    high degree more of them: its powers of up to 500 lose digits (degree 6 and 1001 samples: all but three), which an
    orthonormal basis does not.

    Parameters
    ----------
    window : samples, an even number counts as the next odd one
    degree : of the polynomial; 0 and 1 are the moving average. Less than the window in any case.

    References
    ----------
    .. [1] A. Savitzky, M. J. E. Golay, "Smoothing and differentiation of data by simplified least squares procedures",
       Anal. Chem. 36(8), 1964.
    """

    takes: ClassVar[tuple[type, ...]] = (Signal,)

    window: int = integer(31, 3, 1001)
    degree: int = integer(3, 0, 6)

    def __call__(self, noisy: Data, report: Report = ignore) -> tuple[Data, Trace]:
        return _each(noisy, self._row, report)

    def _row(self, row: FloatArray) -> FloatArray:
        window = _odd(self.window, row.shape)
        if window == 1:
            return row.copy()
        half = window // 2
        basis, _ = np.linalg.qr(np.vander(np.linspace(-1, 1, window), min(self.degree, window - 1) + 1))
        fit = basis @ basis.T  # from the samples of a window to its polynomial
        estimate = np.empty_like(row)
        estimate[half:-half] = np.convolve(row, fit[half], "valid")
        estimate[:half] = fit[:half] @ row[:window]
        estimate[-half:] = fit[half + 1 :] @ row[-window:]
        return estimate


@dataclass(frozen=True)
class Median:
    """Take the middle of the values around every value.

    Single outliers vanish without a trace, and jumps stay sharp; against Gaussian noise the mean is better. Peaks
    narrower than half the window vanish too.

    Parameters
    ----------
    window : values along each axis, an even number counts as the next odd one
        None takes 11 for signals, 5 for pictures.

    References
    ----------
    .. [1] J. W. Tukey, *Exploratory Data Analysis*, Addison-Wesley, 1977, chapter 7.
    """

    takes: ClassVar[tuple[type, ...]] = (Signal, Image)

    window: int | None = integer(None, 3, 101)

    def __call__(self, noisy: Data, report: Report = ignore) -> tuple[Data, Trace]:
        return _each(noisy, self._row, report)

    def _row(self, row: FloatArray) -> FloatArray:
        from scipy.ndimage import median_filter

        window = _odd(self.window or {1: 11, 2: 5}[row.ndim], row.shape)
        return np.asarray(median_filter(row, window, mode="reflect"))


@dataclass(frozen=True)
class TotalVariation:
    r"""Of all data as close to the noisy ones, those that go up and down least: flat parts with sharp edges.

    .. math:: \hat x = \arg\min_x \tfrac12 \lVert x - y \rVert^2 + w \sum |\nabla x|

    by at most 200 steps of Chambolle's iteration as scikit-image has it. Signals take all 200: what these do to a
    sample depends on 200 samples to either side of it, so that long signals can be cut into tiles to the same result.

    Parameters
    ----------
    weight : w, in the unit of the data; None takes 4 σ for signals and 0.8 σ for pictures
        Measured: 4 σ has the best mean of 2, 3, 4, 5, 6 σ on Blocks, Bumps, HeaviSine and Doppler at -5 to 10 dB.
        0.8 σ was chosen on ten pictures of Train400: there 0.7 σ is better at σ = 15 and 25 of 255, 0.9 σ at 50.
    sigma : standard deviation of the noise for that rule, in the unit of the data; None estimates it

    References
    ----------
    .. [1] L. I. Rudin, S. Osher, E. Fatemi, "Nonlinear total variation based noise removal algorithms",
       Physica D 60, 1992.
    .. [2] A. Chambolle, "An algorithm for total variation minimization and applications",
       J. Math. Imaging Vis. 20, 2004.
    """

    takes: ClassVar[tuple[type, ...]] = (Signal, Image)

    STEPS: ClassVar[int] = 200
    TILE: ClassVar[int] = 2**16
    SIGMAS: ClassVar[dict[int, float]] = {1: 4.0, 2: 0.8}

    weight: float | None = number(None, 0, 1e100, unit=UNIT)
    sigma: float | None = number(None, 0, 1e100, unit=UNIT)

    def __call__(self, noisy: Data, report: Report = ignore) -> tuple[Data, Trace]:
        return _each(noisy, lambda row: self._row(row, report), report)

    def _row(self, row: FloatArray, report: Report) -> FloatArray:
        from skimage.restoration import denoise_tv_chambolle

        per_sigma = self.SIGMAS[row.ndim]

        def process(unit: FloatArray, sigma: float) -> FloatArray:
            weight = per_sigma * sigma

            def part(x: FloatArray) -> FloatArray:
                exactly = {"eps": 0.0} if x.ndim == 1 else {}
                smooth: FloatArray = denoise_tv_chambolle(  # type: ignore[no-untyped-call]
                    x, weight, max_num_iter=self.STEPS, **exactly
                )
                return smooth

            if unit.ndim == 2:
                return part(unit)
            cut = list(tiles(unit.size, self.TILE, self.STEPS + 1))
            return stitch(unit, cut, part, lambda done, total: report(Progress(done, total)))

        return _in_unit_range(row, self.sigma if self.weight is None else self.weight / per_sigma, process)


@dataclass(frozen=True)
class NonLocalMeans:
    r"""Average values whose surroundings look alike, however far apart they are.

    .. math:: \hat x_i = \frac{\sum_j w_{ij} y_j}{\sum_j w_{ij}}, \quad
              w_{ij} = \exp\!\left(-\frac{(\overline{(y_{i+k} - y_{j+k})^2} - 2\sigma^2)_+}{h^2}\right), \quad
              h = \text{strength} \cdot \sigma

    with the mean over the patch, and j within the search window. It pays where the data repeat themselves: heart beats,
    textures, edges. Pictures are filtered by scikit-image (fast mode); signals here, in time that grows with search.

    Parameters
    ----------
    strength : h / σ; at 0.8 its best on signals and pictures alike
    patch : values along each axis that are compared, an even number counts as the next odd one
        None takes 21 for signals, 5 for pictures.
    search : values along each axis among which alike ones are looked for, odd like ``patch``; at most 61 for pictures
        None takes 401 for signals, 13 for pictures.
    sigma : standard deviation of the noise, in the unit of the data; None estimates it

    References
    ----------
    .. [1] A. Buades, B. Coll, J.-M. Morel, "A non-local algorithm for image denoising", CVPR 2005.
    .. [2] J. Darbon, A. Cunha, T. F. Chan, S. Osher, G. J. Jensen, "Fast nonlocal filtering applied to electron
       cryomicroscopy", ISBI 2008.
    .. [3] B. H. Tracey, E. L. Miller, "Nonlocal means denoising of ECG signals", IEEE Trans. Biomed. Eng. 59(9), 2012.
    """

    takes: ClassVar[tuple[type, ...]] = (Signal, Image)

    TILE: ClassVar[int] = 2**15
    #: Shifts whose weights are worked out in one go: few enough for the processor's cache.
    TOGETHER: ClassVar[int] = 8
    WIDEST_IN_PICTURES: ClassVar[int] = 61

    strength: float = number(0.8, 0.1, 3.0)
    patch: int | None = integer(None, 1, 101)
    search: int | None = integer(None, 3, 2001)
    sigma: float | None = number(None, 0, 1e100, unit=UNIT)

    def __call__(self, noisy: Data, report: Report = ignore) -> tuple[Data, Trace]:
        if isinstance(noisy, Image) and self.search and self.search > self.WIDEST_IN_PICTURES:
            raise BadParameter("search", self.search, f"3 to {self.WIDEST_IN_PICTURES} for pictures, or auto")

        def row(x: FloatArray) -> FloatArray:
            if x.ndim == 2:
                return _in_unit_range(x, self.sigma, self._picture)
            return _in_unit_range(x, self.sigma, lambda unit, sigma: self._signal(unit, sigma, report))

        return _each(noisy, row, report)

    def _picture(self, unit: FloatArray, sigma: float) -> FloatArray:
        from skimage.restoration import denoise_nl_means

        patch, reach = _odd(self.patch or 5, unit.shape), (self.search or 13) // 2
        smooth: FloatArray = denoise_nl_means(
            unit, patch, reach, h=self.strength * sigma, sigma=sigma, fast_mode=True, preserve_range=True
        )
        return smooth

    def _signal(self, unit: FloatArray, sigma: float, report: Report) -> FloatArray:
        patch = _odd(self.patch or 21, unit.shape)
        reach = min((self.search or 401) // 2, unit.size)
        cut = list(tiles(unit.size, self.TILE, reach + patch))
        return stitch(
            unit,
            cut,
            lambda part: _nl_means(part, sigma, self.strength * sigma, patch, reach, self.TOGETHER),
            lambda done, total: report(Progress(done, total)),
        )


def _nl_means(y: FloatArray, sigma: float, h: float, patch: int, reach: int, together: int) -> FloatArray:
    """Non-local means of one row: shift by shift, for the weight of a pair counts for both of its samples.

    Parameters
    ----------
    patch : samples, odd
    reach : samples to either side that are looked at
    together : number of shifts in one array
    """
    from scipy.ndimage import uniform_filter1d

    n = y.size
    reach = min(reach, n)
    padded = np.pad(y, reach, "symmetric")
    start = padded[: n + reach]  # sample i of y is at reach + i
    shifted = np.lib.stride_tricks.sliding_window_view(padded, n + reach)
    total, weights = y.copy(), np.ones(n)
    for first in range(1, reach + 1, together):
        last = min(first + together, reach + 1)
        w = shifted[first:last] - start
        w *= w
        w = uniform_filter1d(w, patch, axis=1, mode="reflect")
        w -= 2 * sigma**2
        np.maximum(w, 0, out=w)
        w /= -(h**2)
        np.exp(w, out=w)
        for shift, row in zip(range(first, last), w, strict=True):
            ahead, behind = row[reach:], row[reach - shift : reach - shift + n]
            total += ahead * padded[reach + shift : reach + shift + n]
            total += behind * padded[reach - shift : reach - shift + n]
            weights += ahead
            weights += behind
    return total / weights


@dataclass(frozen=True)
class BM3D:
    """Group alike patches of a picture into blocks and shrink each block in a 3-D transform, twice.

    The package bm3d of its authors does the work. It is closed and free for non-commercial use only, so it is no
    dependency of this one: ``pip install "drsn-studio[bm3d]"`` brings it, under its own licence.

    Parameters
    ----------
    sigma : standard deviation of the noise, in the unit of the data; None estimates it

    Raises
    ------
    MissingPackage
        If bm3d is not installed.

    References
    ----------
    .. [1] K. Dabov, A. Foi, V. Katkovnik, K. Egiazarian, "Image denoising by sparse 3-D transform-domain collaborative
       filtering", IEEE Trans. Image Process. 16(8), 2007.
    """

    takes: ClassVar[tuple[type, ...]] = (Image,)
    #: Patches are 8 pixels wide; smaller pictures are mirrored to this side.
    LEAST_SIDE: ClassVar[int] = 16

    sigma: float | None = number(None, 0, 1e100, unit=UNIT)

    def __call__(self, noisy: Data, report: Report = ignore) -> tuple[Data, Trace]:
        try:
            from bm3d import bm3d
        except ImportError as exc:
            raise MissingPackage("bm3d", "bm3d", 'pip install "drsn-studio[bm3d]"') from exc

        def process(unit: FloatArray, sigma: float) -> FloatArray:
            height, width = unit.shape
            more = [(0, max(0, self.LEAST_SIDE - side)) for side in unit.shape]
            smooth: FloatArray = np.asarray(bm3d(np.pad(unit, more, "symmetric"), sigma), dtype=np.float64)
            return smooth[:height, :width]

        return _each(noisy, lambda row: _in_unit_range(row, self.sigma, process), report)
