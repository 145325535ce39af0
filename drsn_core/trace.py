"""What shrinking decided: one record per wavelet subband or network block."""

from __future__ import annotations

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
    lost = before - after
    energy = np.einsum("ij,ij->i", before, before)
    left = np.einsum("ij,ij->i", lost, lost)
    return BlockRecord(
        name=name,
        magnitude=np.add.reduce(size, axis=1) / size.shape[1] if magnitude is None else np.atleast_1d(magnitude),
        threshold=np.atleast_1d(np.asarray(threshold, dtype=np.float64)),
        zeroed=(_nonzero(before) - _nonzero(after)) / size.shape[1],
        energy_removed=np.divide(left, energy, out=np.zeros_like(energy), where=energy > 0),
        noise=_medians(size) / 0.6745,
        alpha=None if alpha is None else np.atleast_1d(alpha),
        peak=size.max(axis=1),
    )


# NumPy's own do the same for any axis and any kind of number, at several times the price for short rows.


def _nonzero(rows: FloatArray) -> NDArray[np.intp]:
    """Count what is not zero, row by row."""
    return np.array([np.count_nonzero(row) for row in rows])


def _medians(rows: FloatArray) -> FloatArray:
    """Median of every row."""
    half = rows.shape[1] // 2
    if rows.shape[1] % 2:
        odd: FloatArray = np.partition(rows, half, axis=1)[:, half]
        return odd
    part = np.partition(rows, (half - 1, half), axis=1)
    even: FloatArray = 0.5 * (part[:, half - 1] + part[:, half])
    return even
