"""What the last layer sees: the 16 features of the shipped networks on test windows, in two dimensions (Fig. 9).

The paper draws a t-SNE of them. Here it is their first two principal components: the same every time, and windows that
were not there can be placed among them. How much a plane hides is said with it: the share of the variance that it
holds, and how often neighbours are of one class in all 16 features and in the plane.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from drsn_core import bundle
from drsn_core.bench import diagnosis
from drsn_core.data import FloatArray
from drsn_core.errors import BadParameter, BadRecipe
from drsn_core.plane import Plane, plane_of, separation

if TYPE_CHECKING:
    from torch import Tensor

    from drsn_core.nn.classifier import PaperNetwork

#: SNR in dB at which the shipped networks of a task are neither perfect nor lost.
LEVEL_DB = {"bearing": -5.0, "gearbox": 5.0, "rig": 0.0, "digits": -5.0, "speech": 5.0}

#: Windows that are kept to be drawn; all are counted.
DRAWN = 300

#: Decimals of what is kept; features are averages of about 0 to 5.
DECIMALS = 2


@dataclass(frozen=True, eq=False)
class Seen:
    """Test windows as one network sees them.

    Parameters
    ----------
    plane : principal components of the features of all windows
    points : (`DRAWN`, 2), some of the windows in it
    accuracy : share of all windows that the network names rightly
    apart, apart_in_plane : `drsn_core.plane.separation` of all windows in the 16 features, and in the plane
    """

    plane: Plane
    points: FloatArray
    accuracy: float
    apart: float
    apart_in_plane: float


@dataclass(frozen=True, eq=False)
class Features:
    """The five networks on the same test windows of one kind of noise and SNR; ``labels`` are those of the drawn."""

    noise: str
    snr_db: float
    windows: int
    labels: NDArray[np.int64]
    networks: dict[str, Seen]


def features_of(network: PaperNetwork, x: Tensor) -> FloatArray:
    """The 16 averages before the last layer, (windows, 16), of windows (n, 1, *shape) as the network takes them."""
    import torch

    with torch.inference_mode():
        parts = [network.features(part) for part in torch.split(x, 256)]
    found: FloatArray = torch.cat(parts).double().numpy()
    return found


def measure(wanted: diagnosis.Experiment) -> Iterator[tuple[str, Features]]:
    """Look at the test windows with each shipped network: its name, and all that is known so far.

    Raises
    ------
    BadParameter
        If more than one noise or SNR is wanted: a plane shows one.
    BadData
        If the folder lacks the files of the task.
    """
    import torch

    for name, several in (("noise", wanted.noises), ("snr", wanted.snr_db)):
        if len(several) > 1:
            raise BadParameter(name, ", ".join(map(str, several)), "one of them, for the features")
    bed = diagnosis.ShippedBed.of(wanted)
    noise, level = wanted.noises[0], (wanted.snr_db or (LEVEL_DB[wanted.task],))[0]
    x, labels = torch.from_numpy(bed.noisy(noise, level)), bed.test.label
    few = np.sort(np.random.default_rng(0).permutation(len(x))[:DRAWN])
    found: dict[str, Seen] = {}
    for model, network in bed.networks.items():
        features = features_of(network, x)
        with torch.inference_mode():
            right = network.head(torch.from_numpy(features).float()).argmax(1).numpy() == labels
        plane = plane_of(features)
        placed = plane.place(features)
        found[model] = Seen(
            plane,
            placed[few],
            float(right.mean()),
            separation(features, labels),
            separation(placed, labels),
        )
        yield model, Features(noise, level, len(x), labels[few], dict(found))


def write(found: Features, head: dict[str, Any]) -> bytes:
    """Keep what was found as JSON, with what made it: a line a network, numbers rounded."""
    lines = ",\n".join(f"{json.dumps(model)}: {json.dumps(_plain(seen))}" for model, seen in found.networks.items())
    said = {"made": head, "noise": found.noise, "snr_db": found.snr_db, "windows": found.windows}
    said["labels"] = found.labels.tolist()
    return f'{json.dumps(said)[:-1]},\n"networks": {{\n{lines}\n}}}}\n'.encode()


def _plain(seen: Seen) -> dict[str, Any]:
    return {
        "accuracy": round(seen.accuracy, 4),
        "apart": round(seen.apart, 4),
        "apart_in_plane": round(seen.apart_in_plane, 4),
        "share": round(seen.plane.share, 4),
        "centre": seen.plane.centre.round(DECIMALS + 2).tolist(),
        "directions": seen.plane.directions.round(DECIMALS + 2).tolist(),
        "points": seen.points.round(DECIMALS).tolist(),
    }


def read(path: Path) -> tuple[dict[str, Any], Features | None]:
    """Read what `write` kept; nothing where there is no file.

    Raises
    ------
    BadRecipe
        If the file holds something else.
    """
    if not path.exists():
        return {}, None
    try:
        kept = json.loads(path.read_text("utf-8"))
        networks = {model: _seen(plain) for model, plain in kept["networks"].items()}
        labels = np.array(kept["labels"], dtype=np.int64)
        return kept["made"], Features(kept["noise"], float(kept["snr_db"]), int(kept["windows"]), labels, networks)
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        raise BadRecipe(path.name, "it holds no features of networks") from exc


def _seen(plain: dict[str, Any]) -> Seen:
    centre, directions, points = (np.array(plain[key], dtype=float) for key in ("centre", "directions", "points"))
    plane = Plane(centre, directions, float(plain["share"]))
    return Seen(plane, points, float(plain["accuracy"]), float(plain["apart"]), float(plain["apart_in_plane"]))


def stored(task: str) -> tuple[dict[str, Any], Features | None]:
    """What comes with the package: what made it, and the features; empty where there are none."""
    return read(bundle.folder("pretrained") / "results" / f"{task}-features.json")
