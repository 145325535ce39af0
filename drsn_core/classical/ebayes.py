r"""Empirical Bayes shrinkage of sparse coefficients (EbayesThresh): the data say how sparse they are.

A coefficient is zero with probability 1 - w, else drawn from a heavy-tailed prior γ, and seen in unit Gaussian noise.
The weight w maximises the marginal likelihood of the whole band; the estimate is the median or the mean of what a
coefficient can then have been. With :math:`g = \gamma \star \varphi` the density of a noisy coefficient that is not
zero, everything follows from :math:`\beta(x) = g(x) / \varphi(x) - 1`.

References
----------
.. [1] I. M. Johnstone, B. W. Silverman, "Needles and straw in haystacks: empirical Bayes estimates of possibly sparse
   sequences", Ann. Stat. 32(4), 2004.
.. [2] I. M. Johnstone, B. W. Silverman, "Empirical Bayes selection of wavelet thresholds", Ann. Stat. 33(4), 2005.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.optimize import brentq
from scipy.special import erfcx, ndtr, ndtri

from drsn_core.data import FloatArray

#: Beyond this many standard deviations exp(x²/2) leaves the range of numbers; β is "very large" in any case.
_FAR = 37.0

_ROOT_2PI = math.sqrt(2 * math.pi)


class Prior(Protocol):
    """A heavy-tailed prior γ for coefficients that are not zero. All arguments are in units of the noise level.

    ``beta(x)`` is g/φ - 1 for x >= 0; ``median(x, w)`` and ``mean(x, w)`` give the posterior of x >= 0;
    ``inverse_weight(t)`` is 1/w of the weight whose posterior median has the threshold t.
    """

    def beta(self, x: FloatArray) -> FloatArray: ...
    def median(self, x: FloatArray, weight: float) -> FloatArray: ...
    def mean(self, x: FloatArray, weight: float) -> FloatArray: ...
    def inverse_weight(self, t: float) -> float: ...


def _phi(x: FloatArray) -> FloatArray:
    return np.exp(-0.5 * np.square(x)) / _ROOT_2PI


def _tail(x: FloatArray) -> FloatArray:
    """Φ(-x)/φ(x), without the underflow of either."""
    result: FloatArray = math.sqrt(math.pi / 2) * erfcx(x / math.sqrt(2))
    return result


def _tail_at(x: float) -> float:
    """The same for one number, which NumPy is slow at."""
    return math.sqrt(math.pi / 2) * math.erfc(x / math.sqrt(2)) * math.exp(0.5 * x * x)


def _nonzero(x: FloatArray, weight: float, beta: FloatArray) -> FloatArray:
    """Posterior probability that a coefficient is not zero: w (1 + β) / (1 + w β)."""
    return weight * (1 + beta) / (1 + weight * beta)


@dataclass(frozen=True)
class Laplace:
    r"""The double exponential prior :math:`\gamma(u) = \tfrac a2 e^{-a|u|}`.

    Parameters
    ----------
    a : inverse scale, in 1 / noise level; 0.5 as in [2]_
    """

    a: float = 0.5

    def beta(self, x: FloatArray) -> FloatArray:
        r""":math:`\beta(x) = \tfrac a2 [\Phi(x-a)/\varphi(x-a) + \Phi(-x-a)/\varphi(x+a)] - 1`, for x >= 0."""
        x = np.minimum(x, _FAR)
        tilt = np.exp(self.a * x)  # 1/φ(x ± a) share all but this
        both = ndtr(x - self.a) / tilt + ndtr(-x - self.a) * tilt
        found: FloatArray = (0.5 * self.a * _ROOT_2PI) * np.exp(0.5 * (np.square(x) + self.a**2)) * both - 1
        return found

    def median(self, x: FloatArray, weight: float) -> FloatArray:
        r""":math:`(x - a - \Phi^{-1}(z))_+`, :math:`z = \min(1, (1/w + \beta(x))\,\varphi(x-a)/a)`.

        z is put together from terms that stay small, so that nothing overflows for large x.
        """
        a = self.a
        z = 0.5 * ndtr(x - a) + (0.5 * _tail(x + a) + (1 / weight - 1) / a) * _phi(x - a)
        found: FloatArray = np.maximum(x - a - ndtri(np.minimum(z, 1.0)), 0.0)
        return found

    def mean(self, x: FloatArray, weight: float) -> FloatArray:
        r""":math:`p(x)\,(x - a\,(1-r)/(1+r))`, :math:`r = e^{2ax}\Phi(-x-a)/\Phi(x-a)`, p of not zero."""
        ratio = _tail(x + self.a) * _phi(x - self.a) / ndtr(x - self.a)
        inner = x - self.a * (1 - ratio) / (1 + ratio)
        found: FloatArray = _nonzero(x, weight, self.beta(x)) * np.maximum(inner, 0.0)
        return found

    def inverse_weight(self, t: float) -> float:
        r""":math:`1/w = a\,\Phi(t-a)/\varphi(t-a) - \beta(t)`."""
        t = min(t, _FAR)
        return 0.5 * self.a * (_tail_at(self.a - t) - _tail_at(self.a + t)) + 1


@dataclass(frozen=True)
class QuasiCauchy:
    r"""The quasi-Cauchy prior, with tails like 1/u²: :math:`g(x) = (1 - e^{-x^2/2}) / (x^2 \sqrt{2\pi})`."""

    def beta(self, x: FloatArray) -> FloatArray:
        r""":math:`\beta(x) = (e^{x^2/2} - 1)/x^2 - 1`; -1/2 at 0."""
        square = np.square(np.minimum(x, _FAR))
        small = square < 1e-8
        safe = np.where(small, 1.0, square)
        return np.where(small, 0.5 + square / 8, np.expm1(0.5 * safe) / safe) - 1

    def median(self, x: FloatArray, weight: float) -> FloatArray:
        r"""Root μ of the posterior probability of exceeding it, less one half; found by Newton steps inside a bracket.

        Integrating :math:`\varphi(x-u)\gamma(u)` by parts, the root solves

        .. math:: \Phi(x-\mu) - x\varphi(x-\mu) + (x\mu - 1)\,\tfrac{\varphi(x-\mu)}{\varphi(\mu)}\Phi(-\mu)
                  = \tfrac12 \bigl(1 + e^{-x^2/2} (x^2 (1/w - 1) - 1)\bigr)

        Far out, where :math:`e^{-x^2/2}` is nothing, it is :math:`x - 2/x`.
        """
        found = np.maximum(x - 2 / np.maximum(x, 1.0), 0.0)
        near = x <= 20
        found[near] = 0.0
        target = 0.5 * (1 + np.exp(-0.5 * x[near] ** 2) * (x[near] ** 2 * (1 / weight - 1) - 1))
        at_zero = ndtr(x[near]) - x[near] * _phi(x[near]) - 0.5 * np.exp(-0.5 * x[near] ** 2)
        near[near] = positive = at_zero > target
        at, target = x[near], target[positive]
        low, high = np.zeros_like(at), at.copy()
        mu = np.maximum(at - 2 / np.maximum(at, 1.0), 0.5 * at)
        for _ in range(100):
            density, tail = _phi(at - mu), _tail(mu)
            value = ndtr(at - mu) - at * density + (at * mu - 1) * density * tail - target
            low, high = np.where(value > 0, mu, low), np.where(value > 0, high, mu)
            slope = at**2 * density * (mu * tail - 1)
            newton = mu - np.divide(value, slope, out=np.full_like(mu, np.inf), where=slope < 0)
            step = np.where((newton > low) & (newton < high), newton, 0.5 * (low + high))
            moved = float(np.max(np.abs(step - mu), initial=0.0))
            mu = step
            if moved < 1e-10:
                break
        found[near] = mu
        return found

    def mean(self, x: FloatArray, weight: float) -> FloatArray:
        r""":math:`p(x)\,(x/(1 - e^{-x^2/2}) - 2/x)`; for small x the bracket is x/2."""
        small = x < 1e-4
        safe = np.where(small, 1.0, x)
        inner = np.where(small, 0.5 * x, (0.5 * safe**2 / -np.expm1(-0.5 * safe**2) - 1) * 2 / safe)
        found: FloatArray = _nonzero(x, weight, self.beta(x)) * inner
        return found

    def inverse_weight(self, t: float) -> float:
        r""":math:`1/w = 1 + (2\Phi(t) - 1 - 2t\varphi(t)) / (t^2 e^{-t^2/2})`."""
        t = min(t, _FAR)
        density = math.exp(-0.5 * t * t)
        return 1 + (math.erf(t / math.sqrt(2)) - 2 * t * density / _ROOT_2PI) / (t * t * density) if t > 0 else 1.0


PRIORS: dict[str, Prior] = {"ebayes": Laplace(), "ebayes-cauchy": QuasiCauchy()}


def weight(x: FloatArray, prior: Prior) -> float:
    r"""Maximise the marginal likelihood over w: the root of :math:`\sum_i \beta(x_i) / (1 + w \beta(x_i)) = 0`.

    The sum falls with w. The weight is kept between that whose threshold is :math:`\sqrt{2 \ln n}`, so that a
    band of pure noise is not believed to be signal, and 1. Newton steps for :math:`\ln w`, halvings where they leave
    the bracket.

    Parameters
    ----------
    x : coefficients in units of the noise level, in one row
    """
    beta = prior.beta(np.abs(x))
    lowest = 1 / prior.inverse_weight(math.sqrt(2 * math.log(max(x.size, 2))))

    def slope(w: float) -> tuple[float, float]:
        """The sum, and its derivative by ln w."""
        ratio = beta / (1 + w * beta)
        return float(ratio.sum()), -w * float(np.dot(ratio, ratio))

    if slope(1.0)[0] >= 0:
        return 1.0
    if slope(lowest)[0] <= 0:
        return lowest
    low, high = math.log(lowest), 0.0
    at = 0.5 * (low + high)
    for _ in range(100):
        value, derivative = slope(math.exp(at))
        low, high = (at, high) if value > 0 else (low, at)
        newton = at - value / derivative if derivative < 0 else high
        step = newton if low < newton < high else 0.5 * (low + high)
        if abs(step - at) < 1e-10:  # the next would change the last digit
            return math.exp(step)
        at = step
    return math.exp(at)


def threshold(w: float, prior: Prior) -> float:
    """Largest x whose posterior median is zero, in units of the noise level; 0 for w = 1."""
    low, high = 1e-6, 2 + math.sqrt(2 * math.log(1 / w))

    def excess(t: float) -> float:
        return math.log(prior.inverse_weight(t) * w)

    high = high if excess(high) > 0 else _FAR
    return float(brentq(excess, low, high, xtol=1e-12)) if excess(low) < 0 < excess(high) else 0.0
