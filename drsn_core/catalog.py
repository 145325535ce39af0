"""Every denoiser by key, and the one function that runs any of them."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from drsn_core.data import COLOURS, GAPS, OPPONENT, Data, Image, Signal
from drsn_core.errors import BadData, NotFinite, UnknownName, Unsupported
from drsn_core.method import Family, Method, MethodInfo, Report, Result, Value, ignore, parameters_of


@dataclass(frozen=True)
class Entry:
    """A line of the catalog: a class of methods and what this key fixes or presets of it.

    ``takes`` is what a preset takes if that is less than what its class takes.
    """

    kind: Callable[[], type[Any]]
    family: Family
    summary: str
    reference: str
    fixed: Mapping[str, Value] = field(default_factory=dict)
    preset: Mapping[str, Value] = field(default_factory=dict)
    takes: tuple[type, ...] = ()


def _wavelet() -> type[Any]:
    from drsn_core.classical.wavelet import WaveletShrinkage

    return WaveletShrinkage


def _bivariate() -> type[Any]:
    from drsn_core.classical.bivariate import BivariateShrinkage

    return BivariateShrinkage


def _basis() -> type[Any]:
    from drsn_core.classical.basis import BasisChoice

    return BasisChoice


def _network() -> type[Any]:
    from drsn_core.learned import NetworkDenoiser

    return NetworkDenoiser


def _filter(name: str) -> Callable[[], type[Any]]:
    def kind() -> type[Any]:
        from drsn_core.classical import filters

        found: type[Any] = getattr(filters, name)
        return found

    return kind


def _image_network() -> type[Any]:
    from drsn_core.learned_images import ImageNetworkDenoiser

    return ImageNetworkDenoiser


_DJ94 = "Donoho & Johnstone, Biometrika 81, 1994"
_DRSN = "after Zhao et al., IEEE Trans. Ind. Informatics 16(7), 2020, doi:10.1109/TII.2019.2943898"

CATALOG: dict[str, Entry] = {
    "wavelet": Entry(
        _wavelet, "wavelet", "Wavelet shrinkage with transform, rule and threshold function of your choice.", _DJ94
    ),
    "visushrink": Entry(
        _wavelet,
        "wavelet",
        "One universal threshold for every band: very smooth, loses faint detail.",
        _DJ94,
        preset={"transform": "dwt", "rule": "universal"},
    ),
    "sureshrink": Entry(
        _wavelet,
        "wavelet",
        "Per band the threshold with the least estimated error; universal where a band is nearly empty.",
        "Donoho & Johnstone, J. Am. Stat. Assoc. 90, 1995",
        preset={"transform": "dwt", "rule": "hybrid"},
    ),
    "bayesshrink": Entry(
        _wavelet,
        "wavelet",
        "Per band the noise variance over the signal's standard deviation.",
        "Chang, Yu & Vetterli, IEEE Trans. Image Process. 9(9), 2000",
        preset={"transform": "dwt", "rule": "bayes"},
    ),
    "minimax": Entry(
        _wavelet,
        "wavelet",
        "The threshold whose worst case is best: between universal and SURE.",
        _DJ94,
        preset={"transform": "dwt", "rule": "minimax"},
    ),
    "fdr": Entry(
        _wavelet,
        "wavelet",
        "Keeps what is so large that at most one in twenty kept coefficients should be noise.",
        "Abramovich & Benjamini, Comput. Stat. Data Anal. 22, 1996",
        preset={"transform": "dwt", "rule": "fdr", "shrink": "hard"},
    ),
    "gcv": Entry(
        _wavelet,
        "wavelet",
        "One threshold by generalised cross-validation, without a noise level.",
        "Jansen, Malfait & Bultheel, Signal Process. 56, 1997",
        preset={"transform": "dwt", "rule": "gcv"},
    ),
    "cross-validation": Entry(
        _wavelet,
        "wavelet",
        "One threshold: the one with which every second sample best foretells the others.",
        "Nason, J. R. Stat. Soc. B 58, 1996",
        preset={"transform": "dwt", "rule": "cv"},
        takes=(Signal,),
    ),
    "blockjs": Entry(
        _wavelet,
        "wavelet",
        "Blocks of neighbouring coefficients are kept or removed together.",
        "Cai, Ann. Stat. 27, 1999",
        preset={"transform": "dwt", "rule": "blockjs"},
        takes=(Signal,),
    ),
    "neighblock": Entry(
        _wavelet,
        "wavelet",
        "Short blocks, judged together with their neighbours.",
        "Cai & Silverman, Sankhya B 63, 2001",
        preset={"transform": "dwt", "rule": "neighblock"},
        takes=(Signal,),
    ),
    "neighcoeff": Entry(
        _wavelet,
        "wavelet",
        "Every coefficient is judged together with its two neighbours.",
        "Cai & Silverman, Sankhya B 63, 2001",
        preset={"transform": "dwt", "rule": "neighcoeff"},
        takes=(Signal,),
    ),
    "cycle-spin": Entry(
        _wavelet,
        "wavelet",
        "BayesShrink averaged over sixteen shifts of the data.",
        "Coifman & Donoho, Wavelets and Statistics, 1995",
        preset={"transform": "cycle-spin", "rule": "bayes"},
    ),
    "dual-tree": Entry(
        _wavelet,
        "wavelet",
        "Empirical Bayes on complex wavelets: hardly minds shifts, and sees directions in pictures.",
        "Kingsbury, Appl. Comput. Harmon. Anal. 10, 2001",
        preset={"transform": "dual-tree", "rule": "ebayes"},
    ),
    "packets": Entry(
        _wavelet,
        "wavelet",
        "Of many ways to take the data apart, the one that describes them shortest.",
        "Coifman & Wickerhauser, IEEE Trans. Inf. Theory 38, 1992",
        preset={"transform": "packets", "rule": "universal-packets", "shrink": "hard"},
        takes=(Signal,),  # the shortest description of a picture in packets loses too much of it
    ),
    "bivariate": Entry(
        _bivariate,
        "wavelet",
        "Complex wavelets of a picture, each shrunk by its surroundings and by the coarser one above it.",
        "Sendur & Selesnick, IEEE Trans. Signal Process. 50, 2002; IEEE Signal Process. Lett. 9, 2002",
    ),
    "ebayes": Entry(
        _wavelet,
        "wavelet",
        "Empirical Bayes: finds out per band how sparse the signal is; shifts do not matter.",
        "Johnstone & Silverman, Ann. Stat. 33, 2005",
        preset={"transform": "swt", "rule": "ebayes"},
    ),
    "ebayes-auto": Entry(
        _basis,
        "wavelet",
        "Empirical Bayes in the one of three wavelets whose estimated error is least.",
        "Johnstone & Silverman, Ann. Stat. 33, 2005; Ramani, Blu & Unser, IEEE Trans. Image Process. 17, 2008",
    ),
    "drsn-cw": Entry(
        _network,
        "learned",
        "A trained encoder-decoder of residual shrinkage units, one threshold per sample and channel.",
        _DRSN,
        fixed={"network": "drsn-cw"},
    ),
    "drsn-cw-small": Entry(
        _network,
        "learned",
        "The same in small: a third of the parameters, two thirds of the time, 0.2 dB less on average.",
        _DRSN,
        fixed={"network": "drsn-cw-small"},
    ),
    "drsn-cw-large": Entry(
        _network,
        "learned",
        "The same in large: three times the parameters and twice the time, 0.7 dB more on average.",
        _DRSN,
        fixed={"network": "drsn-cw-large"},
    ),
    "drsn-cs": Entry(
        _network,
        "learned",
        "As drsn-cw, with one threshold per sample that all channels of a block share.",
        _DRSN,
        fixed={"network": "drsn-cs"},
    ),
    "drsn-cw-mixed": Entry(
        _network,
        "learned",
        "As drsn-cw, larger, and trained on noise of many kinds: heavy-tailed, pink, clicks, hum, and two at once.",
        _DRSN,
        fixed={"network": "drsn-cw-mixed"},
    ),
    "wavelet-attention": Entry(
        _network,
        "learned",
        "Wavelet shrinkage with learned thresholds, one per level and sample; nothing else is learned.",
        _DRSN,
        fixed={"network": "wavelet-attention"},
    ),
    "wavelet-attention-mix": Entry(
        _network,
        "learned",
        "The same in several bases at once, weighed for each sample.",
        _DRSN,
        fixed={"network": "wavelet-attention-mix"},
    ),
    "drsn-image": Entry(
        _image_network,
        "learned",
        "A trained encoder-decoder of residual shrinkage units for pictures of any size and noise level.",
        _DRSN,
        fixed={"network": "drsn-image"},
    ),
    "drsn-image-large": Entry(
        _image_network,
        "learned",
        "The same in large: thirteen times the parameters, six times the time, 0.2 dB more.",
        _DRSN,
        fixed={"network": "drsn-image-large"},
    ),
    "drsn-colour": Entry(
        _image_network,
        "learned",
        "The same for colour pictures: red, green and blue are denoised together; grey ones as by drsn-image.",
        _DRSN,
        fixed={"network": "drsn-colour", "otherwise": "drsn-image"},
    ),
    "wiener": Entry(
        _filter("Wiener"),
        "filter",
        "Every value pulled toward the mean around it, the more the less the data vary there.",
        "Lee, IEEE Trans. Pattern Anal. Mach. Intell. 2(2), 1980; SciPy",
    ),
    "savgol": Entry(
        _filter("SavitzkyGolay"),
        "filter",
        "A polynomial fitted to the window around every sample.",
        "Savitzky & Golay, Anal. Chem. 36(8), 1964",
    ),
    "median": Entry(
        _filter("Median"),
        "filter",
        "The middle of the values around every value: outliers vanish, jumps stay sharp.",
        "Tukey, Exploratory Data Analysis, 1977; SciPy",
    ),
    "tv": Entry(
        _filter("TotalVariation"),
        "filter",
        "Total variation: data close to the noisy ones that go up and down least.",
        "Rudin, Osher & Fatemi, Physica D 60, 1992; Chambolle, J. Math. Imaging Vis. 20, 2004; scikit-image",
    ),
    "nlm": Entry(
        _filter("NonLocalMeans"),
        "filter",
        "Non-local means: values whose surroundings look alike are averaged.",
        "Buades, Coll & Morel, CVPR 2005; Tracey & Miller, IEEE Trans. Biomed. Eng. 59(9), 2012; scikit-image (2-D)",
    ),
    "bm3d": Entry(
        _filter("BM3D"),
        "filter",
        "Alike patches of a picture shrunk together; needs the package bm3d (closed, non-commercial use only).",
        "Dabov, Foi, Katkovnik & Egiazarian, IEEE Trans. Image Process. 16(8), 2007",
    ),
}


@functools.cache
def info(key: str) -> MethodInfo:
    """Describe the method ``key``; raises `UnknownName` if there is none."""
    entry = CATALOG.get(key)
    if entry is None:
        raise UnknownName("method", key, CATALOG)
    kind = entry.kind()
    parameters = {
        name: replace(parameter, default=entry.preset.get(name, parameter.default))
        for name, parameter in parameters_of(kind).items()
    }
    return MethodInfo(key, entry.family, entry.takes or kind.takes, entry.summary, entry.reference, parameters)


def methods() -> dict[str, MethodInfo]:
    """All methods by key, classical and learned, with their parameters."""
    return {key: info(key) for key in CATALOG}


@functools.cache
def taking(kind: type) -> tuple[str, ...]:
    """Keys of the methods that take data of a kind, `Signal` or `Image`."""
    return tuple(key for key, found in methods().items() if kind in found.takes)


def make(key: str, **parameters: object) -> Method:
    """Build the method ``key``; parameters that are not given take its defaults.

    Raises
    ------
    UnknownName, BadParameter
        If there is no such method or parameter, or a value is outside its range.
    """
    known = info(key).parameters
    for name in parameters:
        if name not in known:
            raise UnknownName(f"parameter of {key}", name, known)
    values = {name: parameter.check(parameters.get(name, parameter.default)) for name, parameter in known.items()}
    method: Method = CATALOG[key].kind()(**CATALOG[key].fixed, **values)
    return method


def check(gaps: str, colour: str) -> None:
    """Refuse ways with gaps and colours that `denoise` does not know; raises `UnknownName`."""
    for name, value, legal in (("gaps", gaps, GAPS), ("colour", colour, COLOURS)):
        if value not in legal:
            raise UnknownName(name, value, legal)


def denoise(
    noisy: Any,
    method: str = "drsn-cw",
    *,
    report: Report = ignore,
    gaps: str = "refuse",
    colour: str = "channels",
    **parameters: object,
) -> Result:
    """Denoise a signal, an image or an array.

    Parameters
    ----------
    noisy : Signal, Image, or real array of shape (length,) or (channels, length)
        It is not changed. Channels are denoised one by one. Integers keep their units: an estimate of counts is in
        counts, with fractions.
    method : a key of `methods`
    report : called with `Progress` during long work; an exception raised there ends it
    gaps : what becomes of NaN, of masked values, and of the gaps of a `Signal` or `Image`
        "refuse" raises `NotFinite`. "fill" bridges them for the method (see `drsn_core.data.bridge`) and leaves them
        open in the estimate: NaN in an array, masked or not; ``gaps`` of a signal or picture, whose ``values`` are NaN
        there. A channel of nothing but gaps is refused in any case, and so are infinite values.
    colour : planes in which a picture of three channels is denoised, "channels" (red, green, blue) or "opponent"
        Opponent planes are (R + G + B)/√3, (R - B)/√2 and (R - 2 G + B)/√6, "channel 1" to "channel 3" of the trace.
        The noise has the same level there, the picture most of its energy in the first. Grey pictures have one plane.
    parameters : of the method; see ``methods()[method].parameters``

    Returns
    -------
    Result
        ``estimate`` has the kind and shape of ``noisy`` (float32 arrays stay float32, others become float64).

    Raises
    ------
    BadData, UnknownName, BadParameter, Unsupported, MissingPackage

    Examples
    --------
    >>> denoise(np.array([1.0, 1.2, 0.9, 1.1, 5.0, 5.1, 4.9, 5.2]), "bayesshrink").estimate.shape
    (8,)
    """
    denoiser = make(method, **parameters)
    check(gaps, colour)
    data = noisy if isinstance(noisy, Signal | Image) else _signal(noisy, gaps)
    if gaps == "refuse" and data.gaps is not None and data.gaps.any():
        raise NotFinite(int(data.gaps.sum()), data.gaps.size)
    accepted = info(method).takes
    if not isinstance(data, accepted):
        names = {Signal: "signals", Image: "images"}
        takes = " and ".join(names[kind] for kind in accepted)
        raise Unsupported(method, names[type(data)], f"it takes {takes}")
    began = time.perf_counter()
    if colour == "opponent" and isinstance(data, Image) and data.channels == 3:
        planes, trace = denoiser(data.with_pixels(np.tensordot(OPPONENT, data.pixels, 1)), report)
        assert isinstance(planes, Image)
        estimate: Data = planes.with_pixels(np.tensordot(OPPONENT.T, planes.pixels, 1))
    else:
        estimate, trace = denoiser(data, report)
    seconds = time.perf_counter() - began
    used = {name: getattr(denoiser, name) for name in info(method).parameters}
    return Result(_like(noisy, estimate), trace, seconds, method, used)


def _signal(array: Any, gaps: str) -> Signal:
    try:
        shape = np.shape(array)
    except ValueError as exc:
        raise BadData("rows of different lengths are no array; accepted are rows of one length") from exc
    if len(shape) not in (1, 2):
        raise BadData(f"an array of shape {shape} is neither (length,) nor (channels, length)")
    return Signal.with_gaps(array) if gaps == "fill" else Signal(array)


def _like(noisy: Any, estimate: Data) -> Any:
    """Give the estimate back in the kind in which the data came."""
    if isinstance(noisy, Signal | Image):
        return estimate
    assert isinstance(estimate, Signal)
    values = estimate.values
    if np.asarray(noisy).dtype == np.float32:  # an estimate may go a little beyond the data, and those to the limit
        most = np.finfo(np.float32).max
        return np.clip(values, -most, most).astype(np.float32).reshape(np.shape(noisy))
    return values.copy().reshape(np.shape(noisy))
