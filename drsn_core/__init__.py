"""Shrinkage that tells what it decided: classical wavelet thresholds and deep residual shrinkage networks.

>>> import drsn_core as drsn
>>> clean = drsn.synth.signal("doppler", length=1024)
>>> noisy = drsn.add_noise(clean, "gaussian", snr_db=5, seed=0)
>>> result = drsn.denoise(noisy, "bayesshrink")
>>> drsn.metrics.snr_db(clean.samples, result.estimate.samples) > 10
True

Importing this package is quick: each name below is loaded when it is first used, PyTorch only by what needs it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from drsn_core import hub as hub
    from drsn_core import metrics as metrics
    from drsn_core import nn as nn
    from drsn_core import synth as synth
    from drsn_core.catalog import denoise as denoise
    from drsn_core.catalog import methods as methods
    from drsn_core.data import Image as Image
    from drsn_core.data import Signal as Signal
    from drsn_core.errors import DrsnError as DrsnError
    from drsn_core.inspection import inspect as inspect
    from drsn_core.inspection import validity as validity
    from drsn_core.io import read as read
    from drsn_core.io import write as write
    from drsn_core.noise import add_noise as add_noise
    from drsn_core.prediction import predict as predict

__version__ = "0.1.0"

_HOMES = {
    "Image": "data",
    "Signal": "data",
    "DrsnError": "errors",
    "add_noise": "noise",
    "denoise": "catalog",
    "inspect": "inspection",
    "methods": "catalog",
    "predict": "prediction",
    "read": "io",
    "validity": "inspection",
    "write": "io",
}
_MODULES = ("hub", "metrics", "nn", "synth")

__all__ = [*_HOMES, *_MODULES]  # noqa: PLE0604 - names, not modules


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"{__name__}.{name}")
    if name in _HOMES:
        return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
