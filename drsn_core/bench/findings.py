"""What the cells of the paper's experiment say together: over all noises, epoch by epoch, and at what cost."""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from drsn_core.bench.diagnosis import SHIPPED, Cell
from drsn_core.bench.pairs import Difference, difference
from drsn_core.data import FloatArray
from drsn_core.tasks import MODELS
from drsn_core.train.classconfig import STEPS

#: Test accuracy in % over the 33 conditions of Figs. 6 to 8 (Table III), and seconds of a training (Table V).
PAPER_ACCURACY = {"convnet": 77.62, "resnet": 86.25, "drsn-cs": 88.55, "drsn-cw": 89.57}
PAPER_SECONDS = {"convnet": 961.81, "resnet": 978.04, "drsn-cs": 1585.33, "drsn-cw": 1511.11}


#: Fewer training windows a recording than so many are a question of their own: what does one learn from little?
ENOUGH = 10


@dataclass(frozen=True)
class Split:
    """How training and test windows were kept apart: by time, by groups (loads, speakers), or badly.

    ``few`` is the number of training windows a recording where they are fewer than `ENOUGH`, else 0.
    """

    known: str = ""
    new: str = ""
    leaky: bool = False
    few: int = 0

    @property
    def rank(self) -> int:
        """Order of showing: by time first, then of few windows or by groups, leaky last."""
        return 2 * self.leaky + bool(self.new or self.few)


def split_of(setting: str) -> Split:
    """Read what `drsn_core.bench.diagnosis.setting` wrote of the split."""
    groups = re.search(r"trained on (\S+), tested on ([^\s,]+)", setting)
    known, new = groups.groups() if groups else ("", "")
    count = re.match(r"(\d+) windows a recording", setting)
    windows = int(count[1]) if count else ENOUGH
    return Split(known, new, "leaky" in setting, windows if windows < ENOUGH else 0)


def trained(cells: Sequence[Cell]) -> list[Cell]:
    """Cells that are trainings of their own, not tests of the shipped networks."""
    return [cell for cell in cells if cell.setting != SHIPPED]


def principal(cells: Sequence[Cell]) -> list[Cell]:
    """The cells of the paper's own question: split by time, in the setting that was tried most often."""
    mine = [cell for cell in trained(cells) if split_of(cell.setting).rank == 0]
    most = statistics.mode(cell.setting for cell in mine) if mine else ""
    return [cell for cell in mine if cell.setting == most]


def conditions(cells: Sequence[Cell]) -> list[tuple[str, str]]:
    """The kinds of noise and the SNRs that were tried, in the order in which they were first met."""
    return list(dict.fromkeys((cell.noise, cell.snr_db) for cell in cells))


def overall(cells: Sequence[Cell], first: str, second: str) -> Difference | None:
    """Compare two networks in points of accuracy, averaged over all noises and SNRs, pair by pair of seeds.

    Conditions of one seed share initial values and folds, so each seed counts once, with its mean over the conditions;
    seeds that lack one of them are left out. None with fewer than two.
    """
    wanted = len(conditions(cells))
    means: dict[str, dict[int, float]] = {first: {}, second: {}}
    for model, of_seed in means.items():
        for seed in {cell.seed for cell in cells}:
            mine = [100 * cell.accuracy for cell in cells if (cell.model, cell.seed) == (model, seed)]
            if len(mine) == wanted:
                of_seed[seed] = statistics.fmean(mine)
    return difference(first, second, means[first], means[second])


def in_paper(first: str, second: str) -> float | None:
    """The difference of two networks in the paper's Table III, in points; None where it has not both."""
    if first in PAPER_ACCURACY and second in PAPER_ACCURACY:
        return PAPER_ACCURACY[first] - PAPER_ACCURACY[second]
    return None


@dataclass(frozen=True, eq=False)
class Course:
    """Shares of mistakes after each epoch, means over ``seeds`` trainings: (epochs,) by network.

    ``steps`` are the epochs after which the learning rate falls to a tenth.
    """

    training: dict[str, FloatArray]
    validation: dict[str, FloatArray]
    seeds: int
    steps: tuple[int, ...]

    @property
    def epochs(self) -> int:
        return len(next(iter(self.validation.values())))


def course(cells: Sequence[Cell]) -> Course | None:
    """How the trainings of one setting, noise and SNR went; None where no cell has kept its curve."""
    curves = {model: [np.array(cell.curve) for cell in cells if cell.model == model and cell.curve] for model in MODELS}
    means = {model: np.mean(mine, axis=0) for model, mine in curves.items() if mine}
    if not means:
        return None
    epochs = len(next(iter(means.values())))
    return Course(
        {model: mean[:, 0] for model, mean in means.items()},
        {model: mean[:, 1] for model, mean in means.items()},
        min(len(curves[model]) for model in means),
        tuple(math.ceil(share * epochs) for share in STEPS),
    )


@dataclass(frozen=True)
class Cost:
    """What a network costs: parameters, processor seconds of a training, milliseconds of a window.

    Times are medians over ``cells``; ``least_s`` and ``most_s`` are the shortest and the longest training.
    """

    model: str
    parameters: int
    train_cpu_s: float
    least_s: float
    most_s: float
    test_ms_a_window: float
    cells: int


def costs(cells: Sequence[Cell]) -> list[Cost]:
    """The cost of each network of one setting, in the order of `drsn_core.tasks.MODELS`."""
    found: list[Cost] = []
    for model in MODELS:
        mine = [cell for cell in cells if cell.model == model]
        if mine:
            spent = [cell.train_cpu_s for cell in mine]
            milliseconds = statistics.median(cell.test_ms_a_window for cell in mine)
            times = statistics.median(spent), min(spent), max(spent), milliseconds
            found.append(Cost(model, mine[0].parameters, *times, len(mine)))
    return found
