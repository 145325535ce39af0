"""What shrinking decided: one record per wavelet subband or network block."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drsn_core.data import FloatArray


@dataclass(frozen=True, eq=False)
class BlockRecord:
    """The decision of one block, for every channel it shrinks.

    A wavelet subband of one signal has one channel; a network block has as many as features. All arrays have
    shape (channels,), or (1,) where the channels share one value. Units are those of what the block shrinks:
    the signal's own unit for a wavelet band, feature units in a network.

    Parameters
    ----------
    name : "detail 3" or "down 2.1"; also "channel 1, detail 3" where a signal has several channels
    magnitude : mean absolute value before shrinking
    threshold : τ >= 0; 0 leaves the channel as it is
    zeroed : share of values that became zero, 0 to 1
    energy_removed : share of the squared values that shrinking took away, 0 to 1
    noise : robust noise level before shrinking, median|x| / 0.6745; threshold / noise puts all blocks on one ruler
    alpha : attention weight of a network block, 0 to 1; None for wavelets
    peak : largest absolute value before shrinking; a threshold from there on silences the channel
    """

    name: str
    magnitude: FloatArray
    threshold: FloatArray
    zeroed: FloatArray
    energy_removed: FloatArray
    noise: FloatArray
    alpha: FloatArray | None = None
    peak: FloatArray | None = None


@dataclass(frozen=True, eq=False)
class Trace:
    """All decisions in the order in which the data met them."""

    records: tuple[BlockRecord, ...] = ()

    def __len__(self) -> int:
        return len(self.records)

    def to_dict(self) -> dict[str, Any]:
        """Plain lists and numbers, ready for JSON."""
        return {
            "records": [
                {key: value.tolist() if isinstance(value, np.ndarray) else value for key, value in asdict(r).items()}
                for r in self.records
            ]
        }

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> Trace:
        """Make again what `to_dict` wrote."""

        def restored(value: Any) -> Any:
            return np.array(value) if isinstance(value, list) else value

        return cls(tuple(BlockRecord(**{k: restored(v) for k, v in r.items()}) for r in plain["records"]))


def record(
    name: str,
    before: FloatArray,
    after: FloatArray,
    threshold: FloatArray | float,
    *,
    alpha: FloatArray | None = None,
    magnitude: FloatArray | None = None,
) -> BlockRecord:
    """Describe what shrinking made of ``before``.

    Parameters
    ----------
    before, after : (channels, positions)
    threshold : scalar or (channels,) or (1,)
    alpha, magnitude : as the block itself used them; ``magnitude`` is measured from ``before`` if not given
    """
    size = np.abs(before)
    became_zero = np.add.reduce((before != 0) > (after != 0), axis=1)
    mean = np.add.reduce(size, axis=1) / size.shape[1] if magnitude is None else np.atleast_1d(magnitude)
    return _described(name, size, before - after, became_zero, np.asarray(threshold, np.float64), mean, alpha)


#: Magnitudes whose squares, and sums of them, float32 can hold.
SQUARED = (1e-15, 1e15)


def soft_record(
    name: str, before: NDArray[np.floating], threshold: FloatArray, *, alpha: FloatArray, magnitude: FloatArray
) -> BlockRecord:
    r"""What `record` says of soft thresholding, in half of its time: :math:`\min(|x|, \tau)` is what goes.

    The result of shrinking need not be worked out for it, and a network's features may stay in float32.

    Parameters
    ----------
    before : (channels, positions), float32 or float64
    threshold, alpha, magnitude : (channels,) or (1,), as the block itself used them
    """
    size = np.abs(before)
    tau = threshold.astype(size.dtype)[:, None]
    became_zero = np.add.reduce((size <= tau) & (size > 0), axis=1)
    peak = size.max(axis=1)
    if not np.all((peak == 0) | ((peak > SQUARED[0]) & (peak < SQUARED[1]))):
        size, tau = size.astype(np.float64), threshold[:, None]
    return _described(name, size, np.minimum(size, tau), became_zero, threshold, magnitude, alpha)


def _described(
    name: str,
    size: NDArray[np.floating],
    lost: NDArray[np.floating],
    became_zero: NDArray[np.integer],
    threshold: FloatArray,
    magnitude: FloatArray,
    alpha: FloatArray | None,
) -> BlockRecord:
    """A record from the magnitudes before and what was taken of them, both (channels, positions); reorders ``size``."""
    energy, left = (np.vecdot(x, x).astype(np.float64) for x in (size, lost))
    peak = size.max(axis=1).astype(np.float64)
    noise = middle_of_rows(size).astype(np.float64) / 0.6745
    noise[np.isnan(energy)] = np.nan
    return BlockRecord(
        name=name,
        magnitude=magnitude,
        threshold=np.atleast_1d(threshold),
        zeroed=became_zero / size.shape[1],
        energy_removed=left / np.where(energy > 0, energy, 1.0),
        noise=noise,
        alpha=None if alpha is None else np.atleast_1d(alpha),
        peak=peak,
    )


#: A block of one channel: name, before and after shrinking (any shape), threshold.
Row = tuple[str, FloatArray, FloatArray, float]


def records(rows: Sequence[Row]) -> list[BlockRecord]:
    """What `record` says of each of several blocks of one channel, worked out in one go.

    Subbands are many and most of them short: what a call costs counts more than the numbers in it.
    """
    if len(rows) == 1:
        ((name, whole, shrunk, tau),) = rows
        return [record(name, whole.reshape(1, -1), shrunk.reshape(1, -1), tau)]
    if not rows:
        return []
    sizes = np.array([before.size for _, before, _, _ in rows])
    starts = np.cumsum(sizes) - sizes
    before = np.concatenate([values.ravel() for _, values, _, _ in rows])
    after = np.concatenate([values.ravel() for _, _, values, _ in rows])
    size, lost = np.abs(before), before - after
    magnitude, zeroed = (np.add.reduceat(x, starts) / sizes for x in (size, (before != 0) > (after != 0)))
    energy, left = (np.add.reduceat(np.square(x), starts) for x in (before, lost))
    removed, peak = left / np.where(energy > 0, energy, 1.0), np.maximum.reduceat(size, starts)
    noise = np.array([middle_of_rows(part[None])[0] for part in np.split(size, starts[1:])]) / 0.6745
    thresholds = np.array([tau for _, _, _, tau in rows], dtype=np.float64)
    each = [slice(k, k + 1) for k in range(len(rows))]
    return [
        BlockRecord(name, magnitude[k], thresholds[k], zeroed[k], removed[k], noise[k], peak=peak[k])
        for k, (name, _, _, _) in zip(each, rows, strict=True)
    ]


def middle_of_rows(x: NDArray[np.floating]) -> NDArray[np.floating]:
    """Median of each row, which it finds by putting ``x`` itself into another order; no NaN.

    The same number as ``np.median``, whose care costs more than the search where rows are short, as subbands are.

    Parameters
    ----------
    x : (rows, positions)

    Examples
    --------
    >>> middle_of_rows(np.array([[3.0, 1.0, 2.0, 10.0]]))
    array([2.5])
    """
    middle = x.shape[1] // 2
    x.partition(middle, axis=1)  # two places at once take seven times as long
    found = x[:, middle]
    return found.copy() if x.shape[1] % 2 else 0.5 * (np.max(x[:, :middle], axis=1) + found)
