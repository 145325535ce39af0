"""Every denoiser by key, and the one function that runs any of them."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from drsn_core.data import Data, Image, Signal
from drsn_core.errors import BadData, UnknownName, Unsupported
from drsn_core.method import Family, Method, MethodInfo, Report, Result, Value, ignore, parameters_of


@dataclass(frozen=True)
class Entry:
    """A line of the catalog: a class of methods and what this key fixes or presets of it."""

    kind: Callable[[], type[Any]]
    family: Family
    summary: str
    reference: str
    fixed: Mapping[str, Value] = field(default_factory=dict)
    preset: Mapping[str, Value] = field(default_factory=dict)


def _wavelet() -> type[Any]:
    from drsn_core.classical.wavelet import WaveletShrinkage

    return WaveletShrinkage


def _network() -> type[Any]:
    from drsn_core.learned import NetworkDenoiser

    return NetworkDenoiser


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
    "drsn-cw": Entry(
        _network,
        "learned",
        "A trained encoder-decoder of residual shrinkage units, one threshold per sample and channel.",
        _DRSN,
        fixed={"network": "drsn-cw"},
    ),
    "drsn-cs": Entry(
        _network,
        "learned",
        "The same with one threshold per sample that all channels of a block share.",
        _DRSN,
        fixed={"network": "drsn-cs"},
    ),
    "drsn-cw-small": Entry(
        _network,
        "learned",
        "A smaller network of the same kind, several times as quick and less exact.",
        _DRSN,
        fixed={"network": "drsn-cw-small"},
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
    return MethodInfo(key, entry.family, kind.takes, entry.summary, entry.reference, parameters)


def methods() -> dict[str, MethodInfo]:
    """All methods by key, classical and learned, with their parameters."""
    return {key: info(key) for key in CATALOG}


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


def denoise(noisy: Any, method: str = "drsn-cw", *, report: Report = ignore, **parameters: object) -> Result:
    """Denoise a signal, an image or an array.

    Parameters
    ----------
    noisy : Signal, Image, or real array of shape (length,) or (channels, length)
        It is not changed. Channels are denoised one by one.
    method : a key of `methods`
    report : called with `Progress` during long work; an exception raised there ends it
    parameters : of the method; see ``methods()[method].parameters``

    Returns
    -------
    Result
        ``estimate`` has the kind and shape of ``noisy`` (float32 arrays stay float32, others become float64).

    Raises
    ------
    BadData, UnknownName, BadParameter, Unsupported

    Examples
    --------
    >>> denoise(np.array([1.0, 1.2, 0.9, 1.1, 5.0, 5.1, 4.9, 5.2]), "bayesshrink").estimate.shape
    (8,)
    """
    denoiser = make(method, **parameters)
    data = noisy if isinstance(noisy, Signal | Image) else _signal(noisy)
    if not isinstance(data, denoiser.takes):
        names = {Signal: "signals", Image: "images"}
        takes = " and ".join(names[kind] for kind in denoiser.takes)
        raise Unsupported(method, names[type(data)], f"it takes {takes}")
    began = time.perf_counter()
    estimate, trace = denoiser(data, report)
    seconds = time.perf_counter() - began
    used = {name: getattr(denoiser, name) for name in info(method).parameters}
    return Result(_like(noisy, estimate), trace, seconds, method, used)


def _signal(array: Any) -> Signal:
    if np.ndim(array) not in (1, 2):
        raise BadData(f"an array of shape {np.shape(array)} is neither (length,) nor (channels, length)")
    return Signal(array)


def _like(noisy: Any, estimate: Data) -> Any:
    """Give the estimate back in the kind in which the data came."""
    if isinstance(noisy, Signal | Image):
        return estimate
    assert isinstance(estimate, Signal)
    kind = np.float32 if np.asarray(noisy).dtype == np.float32 else np.float64
    return estimate.samples.astype(kind).reshape(np.shape(noisy))
