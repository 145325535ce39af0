"""What is raced on the page Train, as the parts of a link."""

from __future__ import annotations

from collections.abc import Mapping

from drsn_core.recipe import LinkProblem, LinkReader
from drsn_core.tasks import MODELS
from drsn_core.train.race import COUNTS, EPOCHS, NOISES, SEEDS, SNRS_DB, Race

#: Parts of the link; the first of them tells such a link from others. A second network of NOBODY is none.
PARTS = ("race", "against", "noise", "snr", "seed", "epochs", "count")
NOBODY = "nobody"


def to_query(race: Race) -> dict[str, str]:
    """Write a race as the parts of a link."""
    return {
        "race": race.models[0],
        "against": race.models[1] if len(race.models) > 1 else NOBODY,
        "noise": race.noise,
        "snr": f"{race.snr_db:g}",
        "seed": str(race.seed),
        "epochs": str(race.epochs),
        "count": str(race.count),
    }


def from_query(query: Mapping[str, str]) -> tuple[Race, list[LinkProblem]]:
    """Read a race; parts that are not understood take their defaults and are reported."""
    read, plain = LinkReader(query), Race()
    one = read.one_of("race", MODELS, plain.models[0])
    others = (*(model for model in MODELS if model != one), NOBODY)
    two = read.one_of("against", others, plain.models[1] if plain.models[1] != one else others[0])
    race = Race(
        (one,) if two == NOBODY else (one, two),
        read.one_of("noise", NOISES, plain.noise),
        read.number("snr", plain.snr_db, *SNRS_DB),
        int(read.number("seed", plain.seed, *SEEDS, whole=True)),
        int(read.number("epochs", plain.epochs, *EPOCHS, whole=True)),
        int(read.number("count", plain.count, *COUNTS, whole=True)),
    )
    return race, read.problems
