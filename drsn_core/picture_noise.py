r"""Noise of pictures: pixels x in 0..1 and a strength in, pixels with noise out. Nothing is clipped.

A kind of noise is a `PictureNoise`: how to draw it, and which strength has a wanted mean power
:math:`P = \mathrm{E}\,\overline{(y - x)^2}`. So one wish, "standard deviation 25 of 255" or "15 dB", means as much
noise for every kind. To add one: two functions and a line in ``PICTURE_KINDS``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from drsn_core.data import FloatArray
from drsn_core.errors import BadData, BadParameter

Rng = np.random.Generator


@dataclass(frozen=True)
class PictureNoise:
    """One kind of noise.

    Parameters
    ----------
    draw : noisy pixels of one channel from (generator, clean pixels, strength)
    strength : the strength at which all channels together have a mean power, from (clean pixels, power)
    parameter : what the strength is called where it is given directly
    additive : whether ``draw`` adds the strength times noise that does not depend on the picture
    """

    draw: Callable[[Rng, FloatArray, float], FloatArray]
    strength: Callable[[FloatArray, float], float]
    parameter: str
    additive: bool = False


def deviation_of(pixels: FloatArray, power: float) -> float:
    r"""Standard deviation of noise that is added: :math:`\sigma = \sqrt P`."""
    return math.sqrt(power)


def gaussian(rng: Rng, pixels: FloatArray, sigma: float) -> FloatArray:
    r"""White and normal, as of an amplifier: :math:`y = x + \sigma z`, z standard normal."""
    return pixels + sigma * rng.standard_normal(pixels.size).reshape(pixels.shape)


def laplacian(rng: Rng, pixels: FloatArray, sigma: float) -> FloatArray:
    r"""White with heavy tails: :math:`y = x + \sigma z / \sqrt 2`, z of density :math:`e^{-|z|}/2`."""
    return pixels + sigma / math.sqrt(2) * rng.laplace(size=pixels.shape)


def uniform(rng: Rng, pixels: FloatArray, sigma: float) -> FloatArray:
    r"""White within limits: :math:`y = x + \sqrt 3\,\sigma z`, z uniform on -1..1."""
    return pixels + math.sqrt(3) * sigma * rng.uniform(-1.0, 1.0, pixels.shape)


def poisson(rng: Rng, pixels: FloatArray, peak: float) -> FloatArray:
    r"""Counted light: :math:`y = n / p`, n a Poisson number of mean :math:`p x`, where p photons make white.

    Its mean is x and its variance x / p: bright places are noisier, black has none. :math:`P = \overline x / p`.

    Raises
    ------
    BadData
        If a pixel is negative: there is no negative light.

    References
    ----------
    .. [1] A. Foi, M. Trimeche, V. Katkovnik, K. Egiazarian, "Practical Poissonian-Gaussian noise modeling and fitting
       for single-image raw-data", IEEE Trans. Image Process. 17(10), 2008.
    """
    if pixels.min() < 0:
        raise BadData("poisson noise counts light, but some pixels are negative; accepted are pixels from 0 up")
    return rng.poisson(np.minimum(peak * pixels, LARGEST_COUNT)) / peak


#: NumPy draws no Poisson numbers of a larger mean; at so many photons the noise is a billionth of the light.
LARGEST_COUNT = 1e18


def peak_of(pixels: FloatArray, power: float) -> float:
    """Photons of white at which the mean variance is ``power``: the mean of the picture over it; 0 of a black one."""
    return max(0.0, float(np.mean(pixels))) / power


def salt_pepper(rng: Rng, pixels: FloatArray, share: float) -> FloatArray:
    r"""Dead pixels: each becomes 0 or 1 with probability s / 2 each, and stays as it is with 1 - s.

    .. math:: P = \tfrac s2 \left(\overline{x^2} + \overline{(1 - x)^2}\right)
    """
    u = rng.random(pixels.shape)
    return np.where(u < share / 2, 0.0, np.where(u < share, 1.0, pixels))


def share_of(pixels: FloatArray, power: float) -> float:
    """Share of dead pixels at which the mean power is ``power``.

    Raises
    ------
    BadParameter
        If even a picture of nothing but dead pixels has less.
    """
    most = float(np.mean(np.square(pixels) + np.square(1 - pixels))) / 2
    if power > most:
        limit = f"at most {math.sqrt(most):.3g} ({255 * math.sqrt(most):.0f} of 255) for salt-pepper on this picture"
        raise BadParameter("sigma", round(math.sqrt(power), 4), limit)
    return power / most


PICTURE_KINDS: dict[str, PictureNoise] = {
    "gaussian": PictureNoise(gaussian, deviation_of, "sigma", additive=True),
    "laplacian": PictureNoise(laplacian, deviation_of, "sigma", additive=True),
    "uniform": PictureNoise(uniform, deviation_of, "sigma", additive=True),
    "poisson": PictureNoise(poisson, peak_of, "peak"),
    "salt-pepper": PictureNoise(salt_pepper, share_of, "share"),
}
