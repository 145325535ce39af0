"""The game "Beat the machine": what is dealt, and what a round is worth.

A round is a signal nobody has seen before, drawn from the families that the networks are trained on, with noise on it.
In some rounds of the harder levels the noise is a decoy: not white, as rules and network take it to be. Everything
follows from difficulty, seed and number of the round, so that a link deals the same rounds again, without an end.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np

from drsn_core.data import FloatArray
from drsn_core.noise import KINDS
from drsn_core.recipe import SEEDS, LinkProblem

#: Samples of a signal: 2 to the deepest level divides it, so that the transform is orthonormal.
LENGTH = 1024

#: Share of the noise's power that a decoy has; the rest is white.
DECOY = 0.75

#: Rounds of one seed, as far as a link may ask.
LAST_ROUND = 9999

#: All families of `drsn_core.train.batches`, as they go by in texts (``play.family``).
FAMILIES = (
    "jumps",
    "peaks",
    "slow-waves",
    "chirps",
    "polynomials",
    "angles",
    "smooth",
    "tones",
    "beats",
    "ringing",
    "voice",
    "band-limited",
    "harmonics",
    "trends",
    "spline",
    "bursts",
    "bends",
)


@dataclass(frozen=True)
class Difficulty:
    """How hard rounds are.

    Parameters
    ----------
    levels : of the wavelet, each with a threshold to set
    snr_db : lowest and highest SNR of the noisy signal
    families : from which signals are drawn
    mixed : share of signals that are two families at once
    decoys : kinds of noise that are none of the white noise that rules and networks expect, and their share of rounds
    """

    levels: int
    snr_db: tuple[float, float]
    families: tuple[str, ...]
    mixed: float = 0.0
    decoys: tuple[str, ...] = ()
    share: float = 0.0


DIFFICULTIES = {
    "easy": Difficulty(4, (6.0, 11.0), ("jumps", "slow-waves", "chirps", "polynomials", "angles", "beats")),
    "medium": Difficulty(5, (1.0, 7.0), FAMILIES, 0.25, ("impulse", "hum"), 0.34),
    "hard": Difficulty(6, (-4.0, 3.0), FAMILIES, 0.5, ("impulse", "hum", "pink", "laplacian"), 0.6),
}


@dataclass(frozen=True)
class Deal:
    """What names a round: difficulty, seed, and the number of the round, from 1."""

    level: str = "easy"
    seed: int = 1
    number: int = 1

    @property
    def difficulty(self) -> Difficulty:
        return DIFFICULTIES[self.level]

    @property
    def key(self) -> str:
        return f"{self.level}-{self.seed}-{self.number}"

    def next(self) -> Deal:
        """The round after this one; after the last comes the first of the next seed."""
        if self.number < LAST_ROUND:
            return replace(self, number=self.number + 1)
        return replace(self, seed=self.seed % SEEDS[1] + 1, number=1)


@dataclass(frozen=True, eq=False)
class Round:
    """A signal with its noise, both (`LENGTH`,), and what the player is told only afterwards.

    Parameters
    ----------
    families : what the signal was drawn from, one or two of `FAMILIES`
    noise : key of `drsn_core.noise.KINDS`: "gaussian", or the decoy in the white noise
    """

    clean: FloatArray
    noisy: FloatArray
    families: tuple[str, ...]
    noise: str
    snr_db: float

    @property
    def is_decoy(self) -> bool:
        return self.noise != "gaussian"


def draw(deal: Deal) -> Round:
    """Draw the signal and the noise of a round; the same deal gives the same round."""
    from drsn_core.train import batches  # with packages that the first page does not wait for

    about = deal.difficulty
    rng = np.random.default_rng((deal.seed, deal.number, tuple(DIFFICULTIES).index(deal.level)))

    def one() -> tuple[str, FloatArray]:
        while True:
            name = about.families[int(rng.integers(len(about.families)))]
            x: FloatArray = getattr(batches, name.replace("-", "_"))(rng, LENGTH)
            if x.std() > 1e-6:  # a constant is no riddle
                return name, (x - x.mean()) / x.std()

    name, clean = one()
    names = [name]
    if rng.random() < about.mixed:
        other, second = one()
        clean = clean + rng.uniform(0.3, 1.0) * second
        names += [other] if other != name else []
    clean = batches.unit_power(clean)
    kind = "gaussian"
    if rng.random() < about.share:
        kind = about.decoys[int(rng.integers(len(about.decoys)))]
    snr_db = float(rng.uniform(*about.snr_db))
    # Hum is placed by its rate: four to thirty periods a signal.
    rate_hz = batches.log_uniform(rng, 50 * LENGTH / 30, 50 * LENGTH / 4)
    noise = batches.unit_power(rng.standard_normal(LENGTH))
    if kind != "gaussian":
        decoy = batches.unit_power(KINDS[kind](rng, LENGTH, rate_hz))
        noise = batches.unit_power(math.sqrt(1 - DECOY) * noise + math.sqrt(DECOY) * decoy)
    return Round(clean, clean + 10 ** (-snr_db / 20) * noise, tuple(names), kind, snr_db)


@dataclass(frozen=True)
class Standing:
    """SNR in dB of everybody in a round: the noisy signal, SURE, the player, DRSN, and the oracle."""

    noisy: float
    par: float
    yours: float
    ace: float
    ceiling: float

    @property
    def way(self) -> float:
        """How much of the way from the noisy signal to the oracle was made, 0 to 1."""
        room = self.ceiling - self.noisy
        return min(1.0, max(0.0, (self.yours - self.noisy) / room)) if room > 0 else 0.0

    @property
    def made_par(self) -> bool:
        return self.yours >= self.par

    @property
    def made_ace(self) -> bool:
        return self.yours >= self.ace

    @property
    def points(self) -> int:
        """A hundred for the whole way; twice as many for who also leaves the network behind."""
        return round(100 * self.way) * (2 if self.made_ace else 1)

    @property
    def verdict(self) -> str:
        """The best that was reached: "ace", "par" or "under"."""
        return "ace" if self.made_ace else "par" if self.made_par else "under"


@dataclass(frozen=True)
class Ledger:
    """The rounds that were played, each counted once: points, and whether par was made, in the order of play."""

    played: tuple[tuple[str, int, bool], ...] = field(default=())

    def plus(self, deal: Deal, standing: Standing) -> Ledger:
        """Enter a round; one that is there already stays as it is, for its answer is known."""
        if any(key == deal.key for key, _, _ in self.played):
            return self
        return Ledger((*self.played, (deal.key, standing.points, standing.made_par)))

    @property
    def points(self) -> int:
        return sum(points for _, points, _ in self.played)

    @property
    def streak(self) -> int:
        """Rounds at par or better since the last one below it."""
        count = 0
        for _, _, par in reversed(self.played):
            if not par:
                break
            count += 1
        return count


@dataclass(frozen=True)
class Trial:
    """A question to the ears: X is A or B, the sound of two methods after they have denoised the same voice.

    Parameters
    ----------
    seed, number : of the game, and of the trial in it, from 1
    methods : keys of the two methods
    snr_db : of the noisy voice
    """

    seed: int = 1
    number: int = 1
    methods: tuple[str, str] = ("ebayes", "drsn-cw")
    snr_db: float = 5.0

    #: Two seconds at the rate of the voice.
    length: ClassVar[int] = 16_000

    @property
    def key(self) -> str:
        return f"listen-{self.seed}-{self.number}-{'-'.join(self.methods)}-{self.snr_db:g}"

    @property
    def voice(self) -> int:
        """Seed of the voice and of its noise."""
        return int(np.random.default_rng((self.seed, self.number, 0)).integers(SEEDS[1]))

    @property
    def is_a(self) -> bool:
        """Whether X is A."""
        return bool(np.random.default_rng((self.seed, self.number, 1)).integers(2))


def tail(right: int, trials: int) -> float:
    r"""The probability of at least so many right answers by guessing between two.

    .. math:: P(X \ge k) = 2^{-n} \sum_{i=k}^{n} \binom{n}{i}

    Examples
    --------
    >>> tail(0, 0), tail(3, 3), tail(2, 3)
    (1.0, 0.125, 0.5)
    """
    return sum(math.comb(trials, i) for i in range(right, trials + 1)) / 2**trials


#: The two games of the page.
GAMES = ("beat", "listen")

#: Parts of the link of the page Play.
PARTS = ("game", "level", "deal", "round")


def to_query(game: str, deal: Deal) -> dict[str, str]:
    """Write game and round as the parts of a link."""
    return {"game": game, "level": deal.level, "deal": str(deal.seed), "round": str(deal.number)}


def from_query(query: Mapping[str, str]) -> tuple[str, Deal, list[LinkProblem]]:
    """Read game and round; what is missing or not understood takes its default, and the latter is reported."""
    problems: list[LinkProblem] = []

    def one_of(part: str, legal: tuple[str, ...], default: str) -> str:
        value = query.get(part, default)
        if value not in legal:
            problems.append(LinkProblem(part, value[:60], default))
            return default
        return value

    def whole(part: str, low: int, high: int) -> int:
        text = query.get(part, "1")
        good = text.isascii() and text.isdigit() and len(text) < 9 and low <= int(text) <= high
        if not good:
            problems.append(LinkProblem(part, text[:60], "1"))
        return int(text) if good else 1

    game, level = one_of("game", GAMES, "beat"), one_of("level", tuple(DIFFICULTIES), "easy")
    return game, Deal(level, whole("deal", *SEEDS), whole("round", 1, LAST_ROUND)), problems
