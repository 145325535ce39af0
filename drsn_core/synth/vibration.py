"""The vibration of a rolling bearing with one damaged spot, as an accelerometer on its housing feels it.

Each time a ball meets the spot the housing is struck and rings. How often that happens follows from the geometry
of the bearing; how hard, from whether the spot is then under load.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from drsn_core.data import FloatArray, Signal
from drsn_core.errors import BadParameter, UnknownName
from drsn_core.synth.signals import Rng, Source, generator, times

RATE_HZ = 12_800.0
UNIT = "m/s²"
REFERENCE = "P. D. McFadden, J. D. Smith, J. Sound Vib. 96(1), 1984"

#: Amplitudes in m/s² of the shaft's first three harmonics, which turn under every signal.
SHAFT_HARMONICS = (0.2, 0.1, 0.05)


def require(parameter: str, value: float, fits: bool, accepted: str) -> None:
    """Raise `BadParameter` unless ``fits``. Write the range so that NaN does not fit."""
    if not fits:
        raise BadParameter(parameter, value, accepted)


@dataclass(frozen=True)
class Bearing:
    """Geometry of a ball bearing whose outer ring stands still.

    Parameters
    ----------
    balls : number of rolling elements, 3 to 200
    ball_mm : their diameter, above 0 and below ``pitch_mm``
    pitch_mm : diameter of the circle through their centres
    contact_deg : angle between the load and the plane of the bearing, 0 to below 90
    """

    balls: int = 9
    ball_mm: float = 7.94
    pitch_mm: float = 39.04
    contact_deg: float = 0.0

    def __post_init__(self) -> None:
        require("balls", self.balls, 3 <= self.balls <= 200, "3 to 200")
        require("pitch_mm", self.pitch_mm, 0 < self.pitch_mm < math.inf, "a positive number of mm")
        require("ball_mm", self.ball_mm, 0 < self.ball_mm < self.pitch_mm, "above 0 and below pitch_mm")
        require("contact_deg", self.contact_deg, 0 <= self.contact_deg < 90, "0 to below 90 degrees")


SKF_6205 = Bearing()


class FaultFrequencies(NamedTuple):
    """What a bearing repeats, in Hz.

    ``ftf`` turns of the cage, ``bpfo`` balls over a spot on the outer race, ``bpfi`` over one on the inner race,
    ``bsf`` turns of a ball about itself. A spot on a ball strikes both races in one turn: it strikes at 2 ``bsf``.
    """

    ftf: float
    bpfo: float
    bpfi: float
    bsf: float


def fault_frequencies(bearing: Bearing = SKF_6205, shaft_hz: float = 1.0) -> FaultFrequencies:
    r"""Frequencies at which a damaged bearing repeats itself, for rolling without slip.

    .. math:: \mathrm{FTF} = \frac{f}{2} (1 - \rho), \quad \mathrm{BPFO} = \frac{N f}{2} (1 - \rho), \quad
              \mathrm{BPFI} = \frac{N f}{2} (1 + \rho), \quad \mathrm{BSF} = \frac{D f}{2 d} (1 - \rho^2)

    with :math:`\rho = (d / D) \cos\varphi`, N balls of diameter d on the pitch circle D, contact angle φ and shaft
    speed f. With ``shaft_hz`` = 1 they are multiples of the shaft speed. BPFO + BPFI = N f.

    References
    ----------
    .. [1] R. B. Randall, J. Antoni, "Rolling element bearing diagnostics: a tutorial", Mech. Syst. Signal Process.
       25(2), 2011, eqs. 1 to 4. They print the spin of the ball, as here; tables often print twice that.

    Examples
    --------
    >>> [round(multiple, 4) for multiple in fault_frequencies(SKF_6205)]
    [0.3983, 3.5848, 5.4152, 2.3567]
    """
    ratio = bearing.ball_mm / bearing.pitch_mm * math.cos(math.radians(bearing.contact_deg))
    passing = bearing.balls * shaft_hz / 2
    return FaultFrequencies(
        ftf=shaft_hz / 2 * (1 - ratio),
        bpfo=passing * (1 - ratio),
        bpfi=passing * (1 + ratio),
        bsf=bearing.pitch_mm * shaft_hz / (2 * bearing.ball_mm) * (1 - ratio**2),
    )


class Fault(NamedTuple):
    """How often a spot is struck, and how often it travels around through the load zone, in Hz."""

    impacts_hz: float
    around_hz: float


#: What each place of the spot means, from the bearing's frequencies and the shaft speed. The outer race stands still.
FAULTS: dict[str, Callable[[FaultFrequencies, float], Fault]] = {
    "healthy": lambda bearing, shaft_hz: Fault(0.0, 0.0),
    "inner-race": lambda bearing, shaft_hz: Fault(bearing.bpfi, shaft_hz),
    "outer-race": lambda bearing, shaft_hz: Fault(bearing.bpfo, 0.0),
    "ball": lambda bearing, shaft_hz: Fault(2 * bearing.bsf, bearing.ftf),
}


def load(angle: FloatArray) -> FloatArray:
    r"""Load on a spot, 0..1, at an angle from the heaviest place: :math:`((1 + \cos\theta) / 2)^{3/2}`.

    Stribeck's distribution for balls with the load factor ε = 1, a bearing with some preload: every place carries
    something, but for the one opposite.

    References
    ----------
    .. [1] P. D. McFadden, J. D. Smith, J. Sound Vib. 96(1), 1984.
    """
    return ((1 + np.cos(angle)) / 2) ** 1.5


def ring(strikes: FloatArray, strengths: FloatArray, length: int, step: float, pole: complex) -> FloatArray:
    r"""Sum of ringing strikes: :math:`\sum_k A_k e^{-a (t - t_k)} \sin \omega (t - t_k)` for t > t_k.

    Exact at times between samples too: a sampled damped sine satisfies a recursion of second order, so each strike
    only has to set its first two samples, and one pass over the signal does the rest.

    Parameters
    ----------
    strikes : times t_k in seconds; sample i is taken at (i + 1) ``step``; those after the last are left out
    strengths : A_k, one for each strike
    pole : -a + jω, in radians a second
    """
    from scipy.signal import lfilter  # takes a second to load, and most signals do without

    first = np.ceil(strikes / step).astype(int) - 1  # index of the first sample at or after the strike
    heard = (first >= 0) & (first < length - 1)
    first, strikes, strengths = first[heard], strikes[heard], strengths[heard]
    late = (first + 1) * step - strikes
    at_first = strengths * np.exp(pole * late).imag
    at_second = strengths * np.exp(pole * (late + step)).imag
    turn = np.exp(pole * step)
    drive = np.zeros(length)
    np.add.at(drive, first, at_first)
    np.add.at(drive, first + 1, at_second - 2 * turn.real * at_first)
    return np.asarray(lfilter([1.0], [1.0, -2 * turn.real, abs(turn) ** 2], drive))


def struck(spot: Fault, slip: float, until: float, rng: Rng, unmoved: float = 1.0) -> tuple[FloatArray, FloatArray]:
    """Draw the strikes on a spot: their times in seconds, from before 0 to beyond ``until``, and their strengths.

    Parameters
    ----------
    slip : standard deviation of the time between two strikes, as a share of it
    unmoved : strength of every strike on a spot that stands still; one that turns is struck as `load` has it
    """
    start, place = rng.random(2)
    count = math.ceil(2 * until * spot.impacts_hz) + 2
    between = (1 + slip * rng.standard_normal(count)) / spot.impacts_hz
    strikes = np.cumsum(between) - start / spot.impacts_hz
    if not spot.around_hz:
        return strikes, np.full(count, unmoved)
    return strikes, load(2 * np.pi * (spot.around_hz * strikes + place))


def resonance(frequency_hz: float, damping: float) -> complex:
    r"""The pole of a damped resonance, :math:`-\zeta\omega + i \omega \sqrt{1 - \zeta^2}`, in radians a second."""
    angular = 2 * np.pi * frequency_hz
    return complex(-damping * angular, math.sqrt(1 - damping**2) * angular)


@dataclass(frozen=True)
class Machine:
    """A shaft in a bearing with one damaged spot; called with times and a generator, it vibrates.

    Parameters are those of `vibration`.
    """

    fault: str = "inner-race"
    shaft_hz: float = 30.0
    resonance_hz: float = 4000.0
    damping: float = 0.05
    slip: float = 0.01
    bearing: Bearing = SKF_6205

    def __post_init__(self) -> None:
        if not isinstance(self.fault, str) or self.fault not in FAULTS:
            raise UnknownName("fault", self.fault, FAULTS)
        require("shaft_hz", self.shaft_hz, 0.1 <= self.shaft_hz <= 1000, "0.1 to 1000 Hz")
        require("damping", self.damping, 0.001 <= self.damping <= 0.5, "0.001 to 0.5")
        require("slip", self.slip, 0 <= self.slip <= 0.1, "0 to 0.1 of the time between strikes")
        require("resonance_hz", self.resonance_hz, 0 < self.resonance_hz < math.inf, "a positive number of Hz")

    @property
    def spot(self) -> Fault:
        """Strikes a second and turns a second of the damaged spot."""
        return FAULTS[self.fault](fault_frequencies(self.bearing, self.shaft_hz), self.shaft_hz)

    def __call__(self, t: FloatArray, rng: Rng) -> FloatArray:
        x = np.zeros_like(t)
        for order, amplitude in enumerate(SHAFT_HARMONICS, start=1):
            x += amplitude * np.sin(2 * np.pi * (order * self.shaft_hz * t + rng.random()))
        if self.fault == "healthy":
            return x
        strikes, strengths = struck(self.spot, self.slip, float(t[-1]), rng)
        return x + ring(strikes, strengths, t.size, t[0], resonance(self.resonance_hz, self.damping))


def vibration(
    fault: str = Machine.fault,
    *,
    length: int = 12_800,
    rate_hz: float = RATE_HZ,
    shaft_hz: float = Machine.shaft_hz,
    resonance_hz: float = Machine.resonance_hz,
    damping: float = Machine.damping,
    slip: float = Machine.slip,
    bearing: Bearing = SKF_6205,
    seed: int = 0,
) -> Signal:
    r"""Acceleration of a bearing housing, in m/s², without noise.

    .. math:: x(t) = \sum_{m=1}^{3} h_m \sin 2\pi(m f t + \varphi_m)
              + \sum_k q(\theta_k)\, e^{-\zeta\omega (t - t_k)} \sin\!\big(\sqrt{1 - \zeta^2}\,\omega (t - t_k)\big)

    A shaft of speed f hums underneath (h = 0.2, 0.1, 0.05). Strikes follow each other in
    :math:`t_{k+1} - t_k = (1 + s z_k) / f_\text{fault}`, with z standard normal: the balls slip a little, the error
    accumulates, and the higher harmonics of the fault frequency smear in the spectrum of a long recording. A
    strike of full load has the amplitude 1; `load` scales it by the angle that the spot has reached.

    Parameters
    ----------
    fault : where the spot is

        - "healthy": nowhere; the shaft's harmonics only
        - "inner-race": struck at BPFI, carried through the load zone once a turn of the shaft
        - "outer-race": struck at BPFO, always under the same load
        - "ball": struck at twice BSF, carried around with the cage (FTF)
    length : samples, 16 to 20,000,000
    rate_hz : samples a second; more than six times ``shaft_hz`` and twice the strikes a second
    shaft_hz : f, turns a second, 0.1 to 1000
    resonance_hz : of the struck housing, ω / 2π, above 0 and below half the rate
    damping : ζ, 0.001 to 0.5; the ringing falls to 37 % within 1 / (ζω), 0.8 ms by default
    slip : s, standard deviation of the time between strikes relative to its mean, 0 to 0.1; 0.01 to 0.02 is usual.
        At 0 the strikes are periodic.
    bearing : its geometry; an SKF 6205 by default
    seed : draws the phases and the slip; a whole number from 0

    Raises
    ------
    UnknownName, BadParameter

    Notes
    -----
    The ringing of strikes before the recording is not carried over; recordings shorter than one time between strikes
    may hold none. The spot is a point, the path to the sensor a single resonance.

    References
    ----------
    .. [1] P. D. McFadden, J. D. Smith, "Model for the vibration produced by a single point defect in a rolling
       element bearing", J. Sound Vib. 96(1), 1984.
    .. [2] R. B. Randall, J. Antoni, "Rolling element bearing diagnostics: a tutorial", Mech. Syst. Signal Process.
       25(2), 2011.

    Examples
    --------
    >>> vibration("outer-race", length=6400).seconds
    0.5
    """
    machine = Machine(fault, shaft_hz, resonance_hz, damping, slip, bearing)
    fastest = 2 * max(3 * shaft_hz, machine.spot.impacts_hz)
    require("rate_hz", rate_hz, fastest < rate_hz < math.inf, f"above {fastest:g} Hz for this shaft and bearing")
    require("resonance_hz", resonance_hz, resonance_hz < rate_hz / 2, f"below half the rate, {rate_hz / 2:g} Hz")
    samples = machine(times(length, rate_hz), generator(seed))
    return Signal(samples, rate_hz=rate_hz, name=f"bearing-{fault}", unit=UNIT)


BEARINGS: dict[str, Source] = {
    f"bearing-{fault}": Source(Machine(fault), REFERENCE, RATE_HZ, UNIT, seeded=True) for fault in FAULTS
}
