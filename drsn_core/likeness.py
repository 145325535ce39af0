r"""How unlike a window is to what a classifier has learned from: a distance, with a threshold of known false alarms.

A classifier divides among its classes whatever it is given, also the sound of another machine. So each shipped one
brings `REFERENCES` training windows, described by the network's 16 averages, the power in `BANDS` bands and the
peakedness; the score of a window is its distance to the `NEAREST`-th nearest of them, in standard deviations of each
entry. The threshold is the quantile of held-out windows above which a share of `FALSE_ALARMS` lies.

References
----------
.. [1] Y. Sun, Y. Ming, X. Zhu, Y. Li, "Out-of-distribution detection with deep nearest neighbors", ICML 2022.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from drsn_core.data import FloatArray
from drsn_core.errors import BadWeights

if TYPE_CHECKING:
    from torch import Tensor

    from drsn_core.nn.classifier import PaperNetwork

FILE = "likeness.safetensors"
REFERENCES, NEAREST, BANDS = 512, 3, 12
#: Entries that hardly vary, such as the power above the band, count with at least this standard deviation.
FINEST = 0.01
#: Share of held-out windows, noisy ones among them, that lie above the threshold.
FALSE_ALARMS = 0.05
#: A recording is called unlike if more than this share of its windows is above the threshold.
MAJORITY = 0.5


@dataclass(frozen=True, eq=False)
class Likeness:
    """References (n, entries) already divided by ``scale`` (entries,); the threshold and its share of false alarms."""

    references: FloatArray
    scale: FloatArray
    threshold: float
    false_alarms: float

    def score(self, described: FloatArray) -> FloatArray:
        """Distance of each window (n, entries) to its `NEAREST`-th reference, as a multiple of the threshold.

        Above 1 a window is unlike.
        """
        return self._distance(described) / self.threshold

    def _distance(self, described: FloatArray) -> FloatArray:
        from scipy.spatial import KDTree

        near = np.asarray(KDTree(self.references).query(described / self.scale, k=NEAREST)[0])
        farthest: FloatArray = near[:, -1]
        return farthest


def describe(network: PaperNetwork, x: Tensor) -> FloatArray:
    """The entries of windows (n, 1, *shape) as the network takes them: features, log band powers, log kurtosis.

    Of pictures only the features.
    """
    import torch

    with torch.inference_mode():
        parts = [network.features(part) for part in torch.split(x, 256)]
    features: FloatArray = torch.cat(parts).double().numpy()
    if network.ndim > 1:
        return features  # the spectrum of a picture tells a pen from a scanner, not a digit from a face
    flat = x.flatten(1).double().numpy()
    power = np.square(np.abs(np.fft.rfft(flat)))[:, 1:]
    bands = np.stack([part.mean(axis=1) for part in np.array_split(power, BANDS, axis=1)], axis=1)
    bands = np.log10(bands / flat.shape[1] + 1e-3)
    kurtosis = np.log10(np.mean(flat**4, axis=1, keepdims=True) + 1e-3)
    return np.concatenate([features, bands, kurtosis], axis=1)


def learn(network: PaperNetwork, known: Tensor, held_out: Tensor) -> Likeness:
    """Take references from training windows, and the threshold from held-out ones."""
    described = describe(network, known)
    scale = np.maximum(described.std(axis=0), FINEST)
    few = described[np.random.default_rng(0).permutation(len(described))[:REFERENCES]]
    judge = Likeness(
        (few / scale).astype(np.float32).astype(np.float64), scale.astype(np.float32).astype(float), 1.0, 0.0
    )
    distance = judge._distance(describe(network, held_out))
    threshold = float(np.quantile(distance, 1 - FALSE_ALARMS))
    return Likeness(judge.references, judge.scale, round(threshold, 4), FALSE_ALARMS)


def save(judge: Likeness, folder: Path) -> None:
    """Write the references beside the weights; threshold and false alarms belong on the card."""
    import safetensors.numpy

    arrays = {"references": judge.references.astype(np.float32), "scale": judge.scale.astype(np.float32)}
    (folder / FILE).write_bytes(safetensors.numpy.save(arrays))  # save_file lets nobody else read it


def load(folder: Path, said: dict[str, float]) -> Likeness:
    """Read what `save` wrote; ``said`` is the card's ``likeness`` table.

    Raises
    ------
    BadWeights
        If the file is missing or damaged, or the card says nothing of it.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        arrays = load_file(folder / FILE)
        references, scale = (arrays[key].astype(np.float64) for key in ("references", "scale"))
        return Likeness(references, scale, float(said["threshold"]), float(said["false_alarms"]))
    except (OSError, KeyError, SafetensorError) as exc:
        raise BadWeights(folder.name, "the references of its likeness are missing or damaged") from exc
