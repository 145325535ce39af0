"""How one subband is shrunk: the rule and the way of shrinking, put together, as one thing to look at and to apply."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from drsn_core.classical import ebayes
from drsn_core.classical.groups import GROUPS
from drsn_core.classical.packets import packet_universal
from drsn_core.classical.rules import MATCHED, RULES, Band, Rule, noiseless
from drsn_core.classical.thresholding import SHRINKS
from drsn_core.data import FloatArray
from drsn_core.errors import BadParameter

#: Estimates of an empirical Bayes rule: what a coefficient is replaced by.
POSTERIORS = ("median", "mean")

#: Rules that look at the whole signal instead of a band; see `drsn_core.classical.crossvalidation`.
CROSS_VALIDATION, GCV = "cv", "gcv"

#: Rules that set a threshold from the coefficients of a band.
THRESHOLDS: dict[str, Rule] = {**RULES, "universal-packets": packet_universal}

ALL_RULES = (*THRESHOLDS, *ebayes.PRIORS, *GROUPS, CROSS_VALIDATION, GCV)
ALL_SHRINKS = (*SHRINKS, *POSTERIORS)


@dataclass(frozen=True, eq=False)
class Decision:
    """What was decided for a subband.

    Parameters
    ----------
    threshold : what is smaller becomes zero, in the unit of the coefficients. Of rules that look at neighbours it
        is what a coefficient would need if its neighbours were as large as itself.
    sigma : standard deviation of the noise that was supposed
    apply : coefficients of the band, and the place of the first that belongs to the data, to shrunk coefficients.
        It keeps what was decided, so that the same band can be shrunk again in parts.
    """

    threshold: float
    sigma: float
    apply: Callable[[FloatArray, int], FloatArray]


def check(rule: str, shrink: str | None) -> None:
    """Say why a rule and a way of shrinking do not go together.

    Raises
    ------
    BadParameter
    """
    if shrink in POSTERIORS and rule not in ebayes.PRIORS:
        raise BadParameter("shrink", shrink, f"with rule {rule}: auto or {', '.join(SHRINKS)} (it has no posterior)")
    if shrink is not None and rule in GROUPS:
        raise BadParameter("shrink", shrink, f"with rule {rule}: auto (it scales coefficients, it does not cut them)")


def decide(band: Band, rule: str, shrink: str | None) -> Decision:
    """Apply a rule to a band.

    Parameters
    ----------
    band : the coefficients that belong to the data
    rule : one of `THRESHOLDS`, `ebayes.PRIORS` or `GROUPS`
    shrink : one of `SHRINKS` or, for empirical Bayes, `POSTERIORS`; None takes what belongs to the rule: the
        posterior median, the group's factor, or soft thresholding
    """
    if rule in THRESHOLDS:
        shrink = shrink or "soft"
        return by_threshold(MATCHED.get((rule, shrink), THRESHOLDS[rule])(band), band.sigma, shrink)
    if noiseless(band):
        return by_threshold(0.0, band.sigma, "soft")
    return _grouped(band, rule) if rule in GROUPS else _empirical(band, rule, shrink or "median")


def by_threshold(tau: float, sigma: float, shrink: str | None) -> Decision:
    """Shrink at a threshold that is known."""
    function = SHRINKS[shrink if shrink in SHRINKS else "soft"]
    return Decision(tau, sigma, lambda values, first: function(values, tau))


def _grouped(band: Band, rule: str) -> Decision:
    sigma, size, group = band.sigma, band.size, GROUPS[rule]
    return Decision(
        sigma * group.alone(size), sigma, lambda values, first: values * group.factor(values / sigma, size, first)
    )


def _empirical(band: Band, rule: str, shrink: str) -> Decision:
    prior, sigma = ebayes.PRIORS[rule], band.sigma
    weight = ebayes.weight(band.values / sigma, prior)
    threshold = ebayes.threshold(weight, prior)
    if shrink in SHRINKS:
        return by_threshold(sigma * threshold, sigma, shrink)

    def posterior(values: FloatArray, first: int) -> FloatArray:
        size = np.abs(values) / sigma
        estimate = np.zeros_like(size)
        alive = size > threshold if shrink == "median" else np.ones_like(size, dtype=bool)
        find = prior.median if shrink == "median" else prior.mean
        estimate[alive] = find(size[alive], weight)
        return np.copysign(sigma * estimate, values)

    return Decision(sigma * threshold, sigma, posterior)
