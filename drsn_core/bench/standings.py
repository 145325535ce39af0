"""From outcomes to a table: means, spread, rank, cells won, milliseconds; as JSON, CSV and text.

The mean of an entrant is over all cells, each cell counting the same. Its spread is the standard deviation over
trials of the trial's own mean over cells: how much of a mean is the luck of the draw (seeds), or the choice of
pictures. A cell is won by the method with the best mean in it; methods that are equal to the last digit share it.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import fmean, median, stdev
from typing import Any

from drsn_core.bench.contest import Bed, Cell, Entrant, Outcome, Role
from drsn_core.method import Family


@dataclass(frozen=True)
class InCell:
    """An entrant in one cell: per score the mean and the standard deviation over trials (None for a single trial)."""

    cell: Cell
    mean: dict[str, float]
    deviation: dict[str, float | None]
    milliseconds: float
    rank: int | None
    trials: int


@dataclass(frozen=True)
class Standing:
    """An entrant in all cells.

    Parameters
    ----------
    rank : 1 is best by the mean of the first score; None for oracles and references
    wins : cells in which no method has a better mean
    mean, spread : per score, see the module; spread is None for a single trial
    milliseconds : median of all calls
    """

    method: str
    family: Family | None
    role: Role
    rank: int | None
    wins: int | None
    mean: dict[str, float]
    spread: dict[str, float | None]
    milliseconds: float
    cells: tuple[InCell, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return asdict(self)


def standings(bed: Bed, contestants: Sequence[Entrant], outcomes: Sequence[Outcome]) -> list[Standing]:
    """Rank those who were measured in every cell, best first; oracles and references stand among them by score."""
    cells = {str(cell): cell for cell in bed.cells}
    by_entrant = {one.name: {str(o.cell): o for o in outcomes if o.entrant == one.name} for one in contestants}
    complete = [one for one in contestants if set(by_entrant[one.name]) == set(cells)]
    first = bed.scores[0]
    means = {one.name: {c: fmean(o.scores[first]) for c, o in by_entrant[one.name].items()} for one in complete}
    methods = [one.name for one in complete if one.role == "method"]
    overall = {name: fmean(of.values()) for name, of in means.items()}

    def rank(name: str, values: dict[str, float]) -> int | None:
        return 1 + sum(values[other] > values[name] for other in methods) if name in methods else None

    found: list[Standing] = []
    for one in complete:
        inside: list[InCell] = []
        for key, cell in cells.items():
            outcome = by_entrant[one.name][key]
            inside.append(
                InCell(
                    cell,
                    {name: fmean(values) for name, values in outcome.scores.items()},
                    {name: _deviation(values) for name, values in outcome.scores.items()},
                    median(outcome.milliseconds),
                    rank(one.name, {name: means[name][key] for name in means}),
                    len(outcome.trials),
                )
            )
        mine = list(by_entrant[one.name].values())
        found.append(
            Standing(
                one.name,
                one.family,
                one.role,
                rank(one.name, overall),
                sum(part.rank == 1 for part in inside) if one.role == "method" else None,
                {name: fmean(part.mean[name] for part in inside) for name in bed.scores},
                {name: _spread(mine, name) for name in bed.scores},
                median(ms for outcome in mine for ms in outcome.milliseconds),
                tuple(inside),
            )
        )
    return sorted(found, key=lambda s: -s.mean[first])


def _deviation(values: Sequence[float]) -> float | None:
    return stdev(values) if len(values) > 1 and all(map(math.isfinite, values)) else None


def _spread(outcomes: Sequence[Outcome], score: str) -> float | None:
    trials: dict[str, list[float]] = {}
    for outcome in outcomes:
        for name, value in zip(outcome.trials, outcome.scores[score], strict=True):
            trials.setdefault(name, []).append(value)
    return _deviation([fmean(values) for values in trials.values()])


def to_csv(bed: Bed, table: Sequence[Standing]) -> bytes:
    """A line per entrant and cell, after one for all cells together (where conditions are empty)."""
    conditions = list(bed.cells[0])
    scores = [f"{kind}_{name}" for name in bed.scores for kind in ("mean", "spread")]
    buffer = io.StringIO()
    rows = csv.DictWriter(
        buffer,
        ["method", "family", "role", "rank", "wins", *conditions, "trials", *scores, "milliseconds"],
        lineterminator="\n",
    )
    rows.writeheader()
    for one in table:
        who = {"method": one.method, "family": one.family, "role": one.role, "milliseconds": one.milliseconds}
        rows.writerow(who | {"rank": one.rank, "wins": one.wins} | _flat(one.mean, one.spread))
        for part in one.cells:
            here = {"rank": part.rank, "trials": part.trials, "milliseconds": part.milliseconds}
            rows.writerow(who | here | part.cell | _flat(part.mean, part.deviation))
    return buffer.getvalue().encode()


def _flat(mean: dict[str, float], spread: dict[str, float | None]) -> dict[str, float | None]:
    return {f"mean_{name}": v for name, v in mean.items()} | {f"spread_{name}": v for name, v in spread.items()}


def columns(bed: Bed, one: Standing) -> dict[str, float]:
    """Means of the first score over the cells that share the conditions ``bed.columns``, by "5 dB" or "Set12 25"."""
    groups: dict[str, list[float]] = {}
    for part in one.cells:
        name = " ".join(f"{v:g}" if isinstance(v, float) else str(v) for v in (part.cell[c] for c in bed.columns))
        groups.setdefault(name, []).append(part.mean[bed.scores[0]])
    return {name: fmean(values) for name, values in groups.items()}
