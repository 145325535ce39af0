"""Labelled windows to learn classes from, split so that no test window has a near copy among those learned from.

Machines are split by time, with a gap of one window (bearings), or by load (gearbox); words by take or by speaker;
digits by the sets of MNIST. Windows of a test never overlap those of training. `leaky` undoes this on purpose, to show
what it would have claimed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drsn_core import tasks
from drsn_core.data import FloatArray
from drsn_core.errors import BadData
from drsn_core.noise import add_noise
from drsn_core.synth.rig import LOADS_LBFT, SPEEDS_HZ, STATES, rig

IntArray = NDArray[np.int64]

#: Parts of a data set and how many folds rotate them: of five blocks one tests, the next one validates, three train.
PARTS = ("train", "validation", "test")
FOLDS = 5

#: Windows of a block to validate or test on, at least: the one normal recording has room for three side by side.
LEAST = 10

#: Seeds of training noise and of the other parts' noise never meet: each part has a stream of its own.
STREAMS = {"train": 1, "validation": 2, "test": 3}


@dataclass(frozen=True, eq=False)
class Labelled:
    """Raw windows (n, *shape), classes (n,) and where each comes from (n,): file, load, speaker."""

    raw: FloatArray
    label: IntArray
    source: NDArray[Any]

    def __len__(self) -> int:
        return len(self.label)

    def take(self, index: IntArray | NDArray[np.bool_]) -> Labelled:
        return Labelled(self.raw[index], self.label[index], self.source[index])


@dataclass(frozen=True)
class Wanted:
    """Which windows: part of the data, fold, number of training windows a recording, groups to keep (empty: all)."""

    part: str
    fold: int = 0
    count: int = 60
    groups: tuple[str, ...] = ()
    leaky: bool = False


def blocks(part: str, fold: int) -> tuple[int, ...]:
    """Which of the `FOLDS` blocks belong to ``part``."""
    test, validation = fold % FOLDS, (fold + 1) % FOLDS
    return {
        "test": (test,),
        "validation": (validation,),
        "train": tuple(b for b in range(FOLDS) if b not in (test, validation)),
    }[part]


def of_time(x: FloatArray, wanted: Wanted, size: int) -> FloatArray:
    """Windows (n, size) of a recording from the blocks of time that belong to the part.

    Half a window is left out at either end of a block, so that two parts are a window apart. Training windows are
    ``count`` spread evenly, overlapping; those of validation and test do not overlap, unless the recording is too
    short for `LEAST` of them. ``leaky`` cuts overlapping windows from the whole recording and deals them out at
    random: the usual mistake.
    """
    if wanted.leaky:
        first = np.linspace(0, len(x) - size, FOLDS * wanted.count // 3).astype(int)
        dealt = np.random.default_rng(len(x)).permutation(len(first)) % FOLDS
        return np.stack([x[i : i + size] for i in first[np.isin(dealt, blocks(wanted.part, wanted.fold))]])
    rows: list[FloatArray] = []
    mine = blocks(wanted.part, wanted.fold)
    for block in mine:
        begin, end = (int(len(x) * b / FOLDS) for b in (block, block + 1))
        begin, end = begin + size // 2 * (begin > 0), end - size // 2 * (end < len(x)) - size
        count = wanted.count // len(mine) if wanted.part == "train" else max(LEAST, (end - begin) // size + 1)
        rows += [x[i : i + size] for i in np.linspace(begin, max(begin, end), count).astype(int)]
    return np.stack(rows)


def _gathered(rows: list[tuple[FloatArray, int, str]]) -> Labelled:
    return Labelled(
        np.concatenate([raw for raw, _, _ in rows]),
        np.concatenate([np.full(len(raw), label) for raw, label, _ in rows]),
        np.concatenate([np.full(len(raw), source) for raw, _, source in rows]),
    )


def _files(folder: str, pattern: str) -> list[Path]:
    found = sorted(Path(folder).glob(pattern))
    if not found:
        raise BadData(f"no file matches {pattern} in {folder or 'the folder that the recipe does not name'}")
    return found


def bearing(folder: str, wanted: Wanted, seed: int) -> Labelled:
    """CWRU, drive end, ten classes; groups are loads in horse powers ("0", "1", "3").

    There is one normal recording, at another rate: it is resampled like a stranger's. All loads have it.
    """
    about = tasks.TASKS["bearing"]
    places = {"IR": "inner", "B": "ball", "OR": "outer"}
    rows: list[tuple[FloatArray, int, str]] = []
    for path in _files(folder, "*.npz"):
        with np.load(path, allow_pickle=False) as z:
            fault, inch, load = str(z["fault"]), float(z["diameter_in"]), str(int(z["load_hp"]))
            normal = fault == "normal"
            if not normal and (inch > 0.025 or "_at3" in path.name or "_at12" in path.name):
                continue
            if not normal and wanted.groups and load not in wanted.groups:
                continue
            x = z["DE"] * float(z["DE_scale"])
            x = tasks.resampled(x - x.mean(), float(z["fs"]), about.rate_hz)
        name = "normal" if normal else f"{places[fault]}-{round(inch * 1000):03d}"
        many = Wanted(wanted.part, wanted.fold, wanted.count * 3, leaky=wanted.leaky) if normal else wanted
        rows.append((of_time(x, many, about.size), about.classes.index(name), load))
    return _gathered(rows)


#: Channels of the gearbox that are scored; a2 (index 1) tells the states apart without listening to teeth.
SCORED_CHANNELS = (2, 3)
GEARBOX_LOADS = (0, 10, 20, 40, 50, 60, 70, 80)


def gearbox(folder: str, wanted: Wanted, seed: int) -> Labelled:
    """SpectraQuest, split by load: a fold tests on loads ``fold`` and ``fold + 4`` of the eight, validates on the next.

    Trained on all four accelerometers; validated and tested on the last two.
    """
    about = tasks.TASKS["gearbox"]
    part_of = {
        load: "test" if i in (wanted.fold % 4, wanted.fold % 4 + 4) else "train" for i, load in enumerate(GEARBOX_LOADS)
    }
    part_of[GEARBOX_LOADS[(wanted.fold + 1) % 8]] = "validation"
    rows: list[tuple[FloatArray, int, str]] = []
    for path in _files(folder, "*.npz"):
        with np.load(path, allow_pickle=False) as z:
            label = int(str(z["state"]) != "healthy")
            load, x = int(z["load_percent"]), z["x"].astype(np.float64)
        if not wanted.leaky and part_of[load] != wanted.part:
            continue
        for channel in range(4) if wanted.part == "train" else SCORED_CHANNELS:
            if wanted.leaky:
                cut = of_time(x[channel], wanted, about.size)
            else:
                count = wanted.count if wanted.part == "train" else 40
                first = np.linspace(0, x.shape[1] - about.size, count).astype(int)
                cut = np.stack([x[channel, i : i + about.size] for i in first])
            rows.append((cut, label, str(load)))
    return _gathered(rows)


def simulated(folder: str, wanted: Wanted, seed: int) -> Labelled:
    """The rig of `drsn_core.synth.rig`: every window a recording of its own; groups are loads ("1", "6", "18").

    ``count`` windows for each of eight states, three speeds and three loads; a third as many to validate and to test.
    """
    count = wanted.count if wanted.part == "train" else max(1, wanted.count // 3)
    rows: list[tuple[FloatArray, int, str]] = []
    stream = np.random.SeedSequence((seed, wanted.fold, STREAMS[wanted.part], 7))
    seeds = iter(stream.generate_state(len(STATES) * len(SPEEDS_HZ) * len(LOADS_LBFT) * count))
    for label, state in enumerate(STATES):
        for load in LOADS_LBFT:
            for speed in SPEEDS_HZ:
                made = [
                    rig(state, shaft_hz=speed, load_lbft=load, seed=int(next(seeds))).samples[0] for _ in range(count)
                ]
                if not wanted.groups or f"{load:g}" in wanted.groups:
                    rows.append((np.stack(made), label, f"{load:g}"))
    return _gathered(rows)


def digits(folder: str, wanted: Wanted, seed: int) -> Labelled:
    """MNIST: ``count`` x 100 pictures of the training set, 2,000 others of it to validate, 2,000 of the test set."""
    (path,) = _files(folder, "mnist.npz")
    with np.load(path, allow_pickle=False) as z:
        if wanted.part == "test":
            raw, label = z["x_test"][:2000], z["y_test"][:2000]
        else:
            order = np.random.default_rng((1, wanted.fold)).permutation(len(z["y_train"]))
            mine = order[:2000] if wanted.part == "validation" else order[2000 : 2000 + wanted.count * 100]
            raw, label = z["x_train"][mine], z["y_train"][mine]
    return Labelled(raw / 255.0, label.astype(np.int64), np.full(len(label), "mnist"))


def speech(folder: str, wanted: Wanted, seed: int) -> Labelled:
    """FSDD: takes of each word and speaker in five blocks of ten; groups are speakers.

    With ``groups`` those speakers are tested whole and validated, and the others train: other voices, not other takes.
    """
    about = tasks.TASKS["speech"]
    (path,) = _files(folder, "fsdd_4speakers.npz")
    rows: list[tuple[FloatArray, int, str]] = []
    with np.load(path, allow_pickle=False) as z:
        audio, start, length = z["audio"], z["start"], z["length"]
        for i, (digit, speaker, take) in enumerate(zip(z["digit"], z["speaker"], z["take"], strict=True)):
            if wanted.groups:
                other = str(speaker) in wanted.groups
                part = "train" if not other else ("validation" if take % 2 else "test")
                mine = part == wanted.part
            else:
                mine = int(take) // 10 in blocks(wanted.part, wanted.fold)
            if mine:
                x = audio[start[i] : start[i] + length[i]] / 32768
                stretches = tasks.loud_stretches(x, about.rate_hz) or [(0, len(x))]
                middle = (stretches[0][0] + stretches[-1][1]) // 2
                rows.append((tasks.centred(x, middle - about.size // 2, about.size)[None], int(digit), str(speaker)))
    return _gathered(rows)


LOADERS: dict[str, Callable[[str, Wanted, int], Labelled]] = {
    "bearing": bearing,
    "gearbox": gearbox,
    "rig": simulated,
    "digits": digits,
    "speech": speech,
}


def with_noise(
    clean: Labelled, kinds: tuple[str, ...], snr_db: tuple[float, float], share_clean: float, rng: np.random.Generator
) -> FloatArray:
    """Raw windows with noise of an exact SNR, drawn once a window: kinds in turn, SNR uniform over the range.

    The power of a window is that about its mean. A share of the windows stays as it is.
    """
    flat = clean.raw.reshape(len(clean), -1).copy()
    ratio = rng.uniform(*snr_db, len(flat))
    kept = rng.random(len(flat)) < share_clean
    for i, row in enumerate(flat):
        if not kept[i]:
            kind = kinds[i % len(kinds)]
            flat[i] = add_noise(row, kind, ratio[i], seed=int(rng.integers(2**31)), definition="variance")
    return flat.reshape(clean.raw.shape)


def prepared(raw: FloatArray, task: str) -> NDArray[np.float32]:
    """Windows as a network takes them, with the axis of its one channel: (n, 1, *shape)."""
    return tasks.standard(raw, tasks.TASKS[task]).astype(np.float32)[:, None]
