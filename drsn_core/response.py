"""How the answer of a network responds: to every factor on its thresholds, to each block, to draws of the noise."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from drsn_core import photographs, synth
from drsn_core.data import FloatArray
from drsn_core.errors import BadParameter
from drsn_core.learned_images import scaled
from drsn_core.noise import add_noise
from drsn_core.whatif import Change, Run, Traced, WhatIf, answered, block_names, run, shrinks_of

if TYPE_CHECKING:
    from torch import Tensor

    from drsn_core.nn.shrinkage import Override


def mean_thresholds(network: Traced, samples: FloatArray) -> tuple[FloatArray, ...]:
    """Per block the mean learned threshold over ``samples``, (channels,) or (1,): what is left without "per sample"."""
    answer = run(network, samples)
    return tuple(answer.values(block, "threshold").mean(axis=0) for block in range(len(answer.decisions)))


#: Signal-to-noise ratios and length of the reference signals.
REFERENCE_DB, REFERENCE_LENGTH = (-5.0, 5.0, 15.0), 1024
#: Pictures have so much more: their offset counts as signal.
PICTURES_DB = 10.0


def reference(pictures: bool = False) -> FloatArray:
    """Samples for mean thresholds, as the networks see them: (samples, *space), at the noise levels `REFERENCE_DB`.

    Every signal of `drsn_core.synth`, or every picture of `drsn_core.photographs`, cut to its middle.
    """
    if pictures:
        cut = slice(photographs.SIDE // 4, 3 * photographs.SIDE // 4)
        clean = [photographs.small(name).pixels[0, cut, cut] for name in photographs.SMALL]
        noisy = [
            add_noise(p.ravel(), "gaussian", db + PICTURES_DB).reshape(p.shape) for p in clean for db in REFERENCE_DB
        ]
        return scaled(np.stack(noisy))
    signals = [synth.signal(name, length=REFERENCE_LENGTH) for name in synth.SIGNALS]
    rows = [add_noise(one, "gaussian", db, seed=i).samples[0] for i, one in enumerate(signals) for db in REFERENCE_DB]
    y = np.stack(rows)
    standard: FloatArray = (y - y.mean(axis=1, keepdims=True)) / y.std(axis=1, keepdims=True)
    return standard


@dataclass(frozen=True, eq=False)
class Fingerprint:
    """What a network decided on one sample, by blocks; every list entry has shape (channels,).

    Parameters
    ----------
    ratio : τ in mean magnitudes: of its channel, or of all where they share it; α, where it was learned
    sigma : τ in noise levels of its channel; NaN where that level is 0
    zeroed : share of values that became zero
    """

    names: tuple[str, ...]
    ratio: tuple[FloatArray, ...]
    sigma: tuple[FloatArray, ...]
    zeroed: tuple[FloatArray, ...]

    @classmethod
    def of(cls, found: Run, sample: int = 0) -> Fingerprint:
        """Take it from a run; a threshold that channels share is repeated."""
        ratio, sigma, zeroed = [], [], []
        for block in range(len(found.names)):
            before = found.before(block)[sample].reshape(found.decisions[block].before.shape[1], -1)
            after = found.after(block)[sample].reshape(before.shape)
            tau = np.broadcast_to(found.values(block, "threshold")[sample], len(before))
            noise = found.noise(block)[sample]
            ratio.append(np.broadcast_to(found.ratio(block)[sample], len(before)))
            sigma.append(np.divide(tau, noise, out=np.full(len(before), np.nan), where=noise > 0))
            zeroed.append(np.mean((before != 0) & (after == 0), axis=1))
        return cls(found.names, tuple(ratio), tuple(sigma), tuple(zeroed))


# ---- how much, and where it tips


@dataclass(frozen=True)
class Tip:
    """The factor on a block's thresholds at which the class changes; None where no factor in the range does it.

    Parameters
    ----------
    block : its place; None for all blocks together
    factor : the one nearest to 1
    becomes : number of the class that comes out there
    """

    block: int | None
    name: str
    factor: float | None
    becomes: int | None


#: Copies of a sample that run together: more would only take more memory.
TOGETHER = 64
#: Factors that are tried before the bisection; the class may change more than once between 0 and the last.
GRID = tuple(np.linspace(0.0, 3.0, 25).tolist())


def tipping_points(network: Traced, sample: FloatArray, digits: float = 1e-3) -> list[Tip]:
    """Find for every block, and for all together, the factor on τ nearest to 1 at which the class changes.

    Parameters
    ----------
    network : a classifier
    sample : (*space), as the network takes it
    digits : the bisection stops at this width

    Notes
    -----
    The change nearest to 1 on a grid of factors is looked for, then halved, for all blocks at once; two changes
    within a step of the grid stay unseen.
    """
    names = block_names(network, len(shrinks_of(network)))
    masks = np.vstack([np.ones(len(names)), np.eye(len(names))])  # all together, then each

    def classes(factors: FloatArray) -> FloatArray:
        """(places, n) factors to as many classes."""
        each = 1 + masks[:, None, :] * (factors[:, :, None] - 1)
        rows = each.reshape(-1, len(names))
        parts = [rows[first : first + TOGETHER] for first in range(0, len(rows), TOGETHER)]
        answer = np.concatenate([at_factors(network, sample, part).output.argmax(axis=1) for part in parts])
        return answer.reshape(factors.shape)

    grid = np.tile(GRID, (len(masks), 1))
    found = classes(grid)
    winner = found[0, GRID.index(1.0)]
    distance = np.where(found == winner, np.inf, np.abs(grid - 1))
    tips = np.isfinite(distance.min(axis=1))
    outside = grid[np.arange(len(grid)), distance.argmin(axis=1)]
    inside = outside + np.where(outside < 1, 1, -1) * (GRID[1] - GRID[0])
    for _ in range(int(np.ceil(np.log2((GRID[1] - GRID[0]) / digits)))):
        middle = 0.5 * (inside + outside)
        same = classes(middle[:, None])[:, 0] == winner
        inside, outside = np.where(same, middle, inside), np.where(same, outside, middle)
    becomes = classes(outside[:, None])[:, 0]
    return [
        Tip(
            None if place == 0 else place - 1,
            "" if place == 0 else names[place - 1],
            float(outside[place]) if tips[place] else None,
            int(becomes[place]) if tips[place] else None,
        )
        for place in range(len(masks))
    ]


def at_factors(network: Traced, sample: FloatArray, factors: FloatArray) -> Run:
    """One run of a batch: the same sample once for every row of ``factors``, (rows, blocks), on learned thresholds."""
    import torch

    columns = torch.from_numpy(np.asarray(factors, dtype=np.float32)).unbind(1)

    def scaled(column: Tensor) -> Override:
        return lambda tau: tau * column.reshape(-1, *(1,) * (tau.ndim - 1))

    with torch.inference_mode():
        x = torch.from_numpy(np.repeat(sample[None], len(factors), axis=0).astype(np.float32)).unsqueeze(1)
        output, decisions = network.traced(x, [scaled(column) for column in columns])
    return answered(network, output, decisions)


def without_each(network: Traced, sample: FloatArray) -> Run:
    """One run of a batch: in its sample k, block k does not shrink; in the last one all do."""
    count = len(shrinks_of(network))
    return at_factors(network, sample, np.vstack([1 - np.eye(count), np.ones(count)]))


# ---- what an error is made of


@dataclass(frozen=True, eq=False)
class ErrorParts:
    r"""A mean squared error and what it is made of, for several settings.

    .. math:: \text{MSE} = \underbrace{\overline{(\overline{\hat x} - x)^2}}_{\text{signal lost}}
              + \underbrace{\overline{\operatorname{var}\hat x}}_{\text{noise left}}

    Over draws of the noise: what the estimates have in common and the clean signal has not was lost; what differs
    from draw to draw is noise that was left. Both are unbiased, so that a few draws suffice, and add up to the
    mean squared error exactly. ``lost`` may therefore be slightly negative where it is next to nothing.
    """

    factors: FloatArray
    mse: FloatArray
    left: FloatArray
    lost: FloatArray

    @property
    def best(self) -> int:
        return int(self.mse.argmin())


def parts_of_error(estimates: FloatArray, clean: FloatArray) -> tuple[float, float, float]:
    """Mean squared error, noise left and signal lost of (draws, *space) estimates of one clean signal, as `ErrorParts`.

    Examples
    --------
    >>> parts_of_error(np.array([[1.0, 3.0], [1.0, 1.0]]), np.array([1.0, 1.0]))
    (1.0, 1.0, 0.0)
    """
    draws = len(estimates)
    if draws < 2:
        raise BadParameter("estimates", draws, "two draws of the noise at least")
    mse = float(np.mean((estimates - clean) ** 2))
    left = float(np.mean(estimates.var(axis=0, ddof=1)))
    return mse, left, mse - left


def error_curve(
    network: Traced,
    noisy: FloatArray,
    clean: FloatArray,
    factors: Sequence[float],
    block: int | None = None,
    back: Callable[[FloatArray], FloatArray] = lambda output: output,
) -> ErrorParts:
    """How the error of a denoiser depends on a factor on the thresholds of one block, or of all.

    Parameters
    ----------
    noisy : (draws, *space), as the network takes them
    clean : (*space), in the unit of the data
    back : brings what comes out, (draws, *space), into that unit
    """
    found = []
    for factor in factors:
        whatif = WhatIf((Change("times", float(factor), block),))
        found.append(parts_of_error(back(run(network, noisy, whatif).output), clean))
    mse, left, lost = (np.array(part) for part in zip(*found, strict=True))
    return ErrorParts(np.asarray(factors, dtype=np.float64), mse, left, lost)


def rule_factors(found: Run, blocks: Iterable[int], names: Sequence[str], sample: int = 0) -> dict[str, float]:
    r"""Thresholds that wavelet rules would set on the features of some blocks, as a multiple of those in use.

    Every channel counts as a subband: its noise level is the median of \|x\| / 0.6745. The factor is the sum of a
    rule's thresholds over all channels by the sum of those in use; NaN where these are 0.

    Parameters
    ----------
    names : keys of `drsn_core.classical.rules.RULES`
    """
    from drsn_core.classical.rules import RULES, Band

    sums, used = dict.fromkeys(names, 0.0), 0.0
    for block in blocks:
        rows = found.before(block)[sample].reshape(found.decisions[block].before.shape[1], -1)
        used += float(np.broadcast_to(found.values(block, "threshold")[sample], len(rows)).sum())
        for row, sigma in zip(rows, found.noise(block)[sample], strict=True):
            band = Band(row, float(sigma), row.size, 1)
            for name in names:
                sums[name] += RULES[name](band)
    return {name: total / used if used > 0 else float("nan") for name, total in sums.items()}


def probabilities(logits: FloatArray) -> FloatArray:
    """Softmax over the last axis."""
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    shares: FloatArray = raised / raised.sum(axis=-1, keepdims=True)
    return shares
