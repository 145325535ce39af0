"""A test rig that everyone has: a motor, a gear pair and a bearing, in eight states of health.

The paper's rig is not public. This one is a formula: what an accelerometer on the gearbox would feel according to the
usual models of gears and bearings, so that its experiment can be run again without any download.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from drsn_core.data import FloatArray, Signal
from drsn_core.errors import UnknownName
from drsn_core.synth.signals import Rng, generator, times
from drsn_core.synth.vibration import (
    FAULTS,
    RATE_HZ,
    SKF_6205,
    UNIT,
    fault_frequencies,
    require,
    resonance,
    ring,
    struck,
)

#: Speeds and loads of the paper's Table I: turns a second, and pound-feet of torque.
SPEEDS_HZ = (20.0, 30.0, 40.0)
LOADS_LBFT = (1.0, 6.0, 18.0)

#: Teeth of the pinion, which turns with the motor; amplitudes in m/s² of the first three harmonics of the mesh.
TEETH = 29
MESH = (1.0, 0.5, 0.25)
SHAFT = (0.2, 0.1)
#: Amplitude in m/s² of a strike in the bearing under full load, and the share of it that the outer race, which stands
#: still, feels every time; resonances and their damping.
STRIKE, UNMOVED = 4.0, 0.7
BEARING_RESONANCE_HZ, GEAR_RESONANCE_HZ, DAMPING = 4000.0, 2600.0, 0.05


@dataclass(frozen=True)
class Tooth:
    """What is wrong with the teeth of the pinion.

    Parameters
    ----------
    depth : share of the mesh vibration that the faulty tooth takes away while it is in mesh; negative adds
    lag : phase lag in radians of the mesh while it is there: a weak tooth yields
    impact : amplitude in m/s² of the strike when it comes into mesh, under full load
    teeth : how many teeth, spread over the wheel at random but the same in every turn, are faulty
    harmonics : gain of the second and third harmonic of the mesh: wear of the flanks
    """

    depth: float = 0.0
    lag: float = 0.0
    impact: float = 0.0
    teeth: int = 1
    harmonics: float = 1.0


#: Gear faults: a crack weakens the tooth and strikes nothing; pits roughen many flanks; a broken tooth loses half of
#: its contact and strikes; where one is missing the mesh falls silent for a moment and the next tooth takes the blow.
GEARS: dict[str, Tooth] = {
    "root-crack": Tooth(depth=0.6, lag=1.2),
    "pitting": Tooth(depth=-0.4, impact=1.2, teeth=5, harmonics=1.5),
    "broken-tooth": Tooth(depth=0.8, lag=0.5, impact=4.0),
    "missing-tooth": Tooth(depth=1.0, lag=0.9, impact=7.0),
}

#: The eight states of the paper's Table I, in its order.
STATES = ("healthy", "inner-race", "outer-race", "ball", *GEARS)


@dataclass(frozen=True)
class Rig:
    """The rig in one state; called with times and a generator, it vibrates. Parameters are those of `rig`."""

    state: str = "healthy"
    shaft_hz: float = 30.0
    load_lbft: float = 6.0
    slip: float = 0.01

    def __post_init__(self) -> None:
        if not isinstance(self.state, str) or self.state not in STATES:
            raise UnknownName("state", self.state, STATES)
        require("shaft_hz", self.shaft_hz, 5 <= self.shaft_hz <= 60, "5 to 60 Hz")
        require("load_lbft", self.load_lbft, 0 <= self.load_lbft <= 40, "0 to 40 pound-feet")
        require("slip", self.slip, 0 <= self.slip <= 0.1, "0 to 0.1 of the time between strikes")

    @property
    def strength(self) -> float:
        """How much the load adds to forces in mesh and bearing: 0.6 unloaded, 1 at 6 and 1.5 at 18 pound-feet."""
        return 0.6 + 0.9 * math.sqrt(self.load_lbft / 18)

    def __call__(self, t: FloatArray, rng: Rng) -> FloatArray:
        turns = self._turns(t, rng)
        x = np.zeros_like(t)
        for order, amplitude in enumerate(SHAFT, start=1):
            x += amplitude * np.sin(2 * np.pi * (order * turns + rng.random()))
        tooth = GEARS.get(self.state, Tooth())
        places = rng.random() + np.sort(rng.choice(TEETH, tooth.teeth, replace=False)) / TEETH
        x += self.strength * self._mesh(turns, tooth, places, rng)
        if tooth.impact:
            x += self.strength * self._blows(t, turns, tooth, places, rng)
        if self.state in FAULTS and self.state != "healthy":
            x += self.strength * self._strikes(t, rng)
        return x

    def _turns(self, t: FloatArray, rng: Rng) -> FloatArray:
        """Angle of the shaft in turns: its speed is a little off, and wavers by a thousandth."""
        speed = self.shaft_hz * (1 + 0.005 * rng.standard_normal())
        waver = 0.001 * self.shaft_hz / (2 * np.pi * 3.0)
        turns: FloatArray = speed * t + waver * np.sin(2 * np.pi * (3.0 * t + rng.random())) + rng.random()
        return turns

    def _mesh(self, turns: FloatArray, tooth: Tooth, places: FloatArray, rng: Rng) -> FloatArray:
        """Harmonics of the mesh with sidebands: of an eccentric wheel always, of the faulty teeth where there are any.

        A tooth is in mesh for one part in `TEETH` of a turn; its envelope is a bell as wide as that.
        """
        eccentric = 0.15 * np.cos(2 * np.pi * (turns + rng.random()))
        bell = np.zeros_like(turns)
        for place in places:
            away = (turns - place + 0.5) % 1.0 - 0.5
            bell += np.exp(-0.5 * (away * TEETH / 0.8) ** 2)
        mesh = np.zeros_like(turns)
        for order, amplitude in enumerate(MESH, start=1):
            gain = tooth.harmonics if order > 1 else 1.0
            phase = 2 * np.pi * (order * TEETH * turns + rng.random())
            mesh += gain * amplitude * np.cos(phase + 0.1 * eccentric - order * tooth.lag * bell)
        return mesh * (1 + eccentric) * (1 - tooth.depth * bell)

    def _blows(self, t: FloatArray, turns: FloatArray, tooth: Tooth, places: FloatArray, rng: Rng) -> FloatArray:
        """A strike each time that a faulty tooth comes into mesh; the resonance is that of the gear's housing."""
        when = np.concatenate([np.arange(math.floor(turns[0]) - 1, math.ceil(turns[-1]) + 1) + p for p in places])
        inside = when[(when > turns[0]) & (when < turns[-1])]
        strikes = np.interp(inside, turns, t)
        strengths = tooth.impact * (1 + 0.1 * rng.standard_normal(strikes.size))
        return ring(strikes, strengths, t.size, t[0], resonance(GEAR_RESONANCE_HZ, DAMPING))

    def _strikes(self, t: FloatArray, rng: Rng) -> FloatArray:
        """Strikes of a damaged spot in the bearing, with slip, carried through the load zone: as in `vibration`."""
        spot = FAULTS[self.state](fault_frequencies(SKF_6205, self.shaft_hz), self.shaft_hz)
        strikes, strengths = struck(spot, self.slip, float(t[-1]), rng, UNMOVED)
        return STRIKE * ring(strikes, strengths, t.size, t[0], resonance(BEARING_RESONANCE_HZ, DAMPING))


def rig(
    state: str = Rig.state,
    *,
    length: int = 2048,
    rate_hz: float = RATE_HZ,
    shaft_hz: float = Rig.shaft_hz,
    load_lbft: float = Rig.load_lbft,
    slip: float = Rig.slip,
    seed: int = 0,
) -> Signal:
    r"""Acceleration of the rig's gearbox, in m/s², without noise.

    .. math:: x(t) = \sum_m s_m \sin 2\pi(m \theta + \varphi_m)
              + g(L) \Big[ (1 + e(\theta)) (1 - d\,b(\theta)) \sum_k c_k \cos(2\pi k Z \theta - k \ell\, b(\theta))
              + \sum_j A_j\, e^{-\zeta\omega (t - t_j)} \sin \omega_d (t - t_j) \Big]

    θ is the angle of the shaft in turns. The gear mesh (Z = 29 teeth, three harmonics) is modulated once a turn by an
    eccentric wheel e and, where teeth are faulty, by a bell b one tooth wide: in amplitude (depth d) and phase
    (lag ℓ), which makes sidebands around the mesh frequency. Faulty teeth and bearings strike, and a resonance rings:
    2.6 kHz for gears, 4 kHz for bearings. The load L scales the forces, :math:`g = 0.6 + 0.9 \sqrt{L / 18}`.

    Parameters
    ----------
    state : one of `STATES`

        - "healthy"
        - "inner-race", "outer-race", "ball": strikes at the bearing's fault frequencies; see `vibration`
        - "root-crack": one tooth yields, no strikes
        - "pitting": five rough teeth, weak strikes, stronger higher harmonics
        - "broken-tooth": one strike a turn, half of the mesh lost there
        - "missing-tooth": a heavier strike a turn, the mesh silent there
    length : samples, 16 to 20,000,000; 2048 are the 0.16 s of the paper
    rate_hz : samples a second, above 8,000
    shaft_hz : turns a second, 5 to 60; the paper's are 20, 30 and 40
    load_lbft : torque in pound-feet, 0 to 40; the paper's are 1, 6 and 18
    slip : of the balls, 0 to 0.1; see `vibration`
    seed : draws phases, places of teeth, slip and a speed that is off by half a percent or so

    Raises
    ------
    UnknownName, BadParameter

    Notes
    -----
    Sizes of the effects are chosen, not measured: this is no model of a certain machine, and a network trained on it
    should not be expected to work on one.

    References
    ----------
    .. [1] M. Zhao et al., IEEE Trans. Ind. Informatics 16(7), 2020, Table I, doi:10.1109/TII.2019.2943898.
    .. [2] P. D. McFadden, "Detecting fatigue cracks in gears by amplitude and phase demodulation of the meshing
       vibration", J. Vib. Acoust. 108(2), 1986.
    .. [3] R. B. Randall, "Vibration-based condition monitoring", Wiley, 2011, sections 2.2 and 5.4.

    Examples
    --------
    >>> rig("missing-tooth", shaft_hz=20).seconds
    0.16
    """
    model = Rig(state, shaft_hz, load_lbft, slip)
    require("rate_hz", rate_hz, 8000 < rate_hz < math.inf, "above 8,000 Hz: the bearing's housing rings at 4,000 Hz")
    samples = model(times(length, rate_hz), generator(seed))
    return Signal(samples, rate_hz=rate_hz, name=f"rig-{state}", unit=UNIT)
