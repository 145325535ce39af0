"""The part of the standard bed that cards and README cite: four signals, 2048 samples, Gaussian noise, 20 seeds.

`drsn_core.bench.signals` defines the data and measures more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from drsn_core.bench.contest import Journal, Outcome, entrants, run
from drsn_core.bench.signals import DJ, Signals
from drsn_core.bench.standings import standings


@dataclass(frozen=True)
class Row:
    """A method's scores: ``cells[signal][i]`` is the mean output SNR in dB at the i-th of -5, 0, 5 and 10 dB.

    ``mean`` is over all cells, ``spread`` the standard deviation over seeds of that mean (0 for one seed),
    ``milliseconds`` the median time of one call.
    """

    method: str
    cells: dict[str, list[float]]
    mean: float
    spread: float
    milliseconds: float


def measure(methods: Sequence[str] = (), seeds: int = 20) -> Iterator[Row]:
    """Yield a row per method (all signal methods if none is named); those that cannot run here are left out."""
    bed = Signals(signals=DJ, seeds=seeds)
    for one in entrants(bed, methods, references=False)[0]:
        outcomes = [found for found in run(bed, [one], Journal(None, bed.name)) if isinstance(found, Outcome)]
        for row in standings(bed, [one], outcomes):
            cells = {s: [c.mean["snr_db"] for c in row.cells if c.cell["signal"] == s] for s in DJ}
            yield Row(row.method, cells, row.mean["snr_db"], row.spread["snr_db"] or 0.0, row.milliseconds)
