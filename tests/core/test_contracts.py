"""The names that others rely on, as far as they exist."""

import subprocess
import sys

import numpy as np
import pytest

import drsn_core as drsn


def test_importing_the_package_is_quick_work():
    """Neither PyTorch nor SciPy nor PyWavelets is loaded before something needs it."""
    code = "import sys, drsn_core; print([m for m in ('torch', 'scipy', 'pywt', 'numpy') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_classical_methods_do_not_load_pytorch():
    code = (
        "import sys, drsn_core as d; s = d.synth.signal('step'); d.denoise(d.add_noise(s), 'wavelet'); d.methods();"
        "d.hub.cards(); print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_names_of_the_package():
    clean = drsn.synth.signal("doppler", length=2048, seed=0)
    assert isinstance(clean, drsn.Signal)
    assert "doppler" in drsn.synth.SIGNALS
    assert drsn.synth.vibration("inner-race").channels == 1
    noisy = drsn.add_noise(clean, kind="gaussian", snr_db=5, seed=0)
    result = drsn.denoise(noisy, method="bayesshrink", level=3)
    assert isinstance(result.estimate, drsn.Signal)
    assert result.method == "bayesshrink"
    assert result.seconds > 0
    assert len(result.trace.records) == 3
    assert isinstance(drsn.denoise(np.ones(8)).estimate, np.ndarray)
    assert isinstance(drsn.read(b"1\n2\n3\n", "x.csv"), drsn.Signal)
    assert isinstance(drsn.Image(np.zeros((4, 4)), name="x"), drsn.Image)
    assert set(drsn.hub.cards()) >= {"drsn-cw", "drsn-cs"}
    assert set(drsn.methods()) >= {"wavelet", "visushrink", "sureshrink", "bayesshrink", "drsn-cw", "drsn-cs"}
    assert {"wavelet", "transform", "rule", "shrink", "level", "sigma"} <= set(drsn.methods()["wavelet"].parameters)


def test_names_of_the_units():
    from drsn_core.nn import CBU, RBU, RSBU, Shrinkage, soft_threshold

    unit = RSBU(in_channels=4, out_channels=8, stride=1, mode="cw", ndim=1)
    for name in ("norm1", "conv1", "norm2", "conv2", "threshold.fc1", "threshold.fc_norm", "threshold.fc2"):
        unit.get_submodule(name)
    assert all(callable(c) for c in (CBU, RBU, Shrinkage, soft_threshold))


def test_every_public_name_is_there_and_no_other():
    for name in drsn.__all__:
        assert getattr(drsn, name) is not None
    with pytest.raises(AttributeError, match="predictt"):
        _ = drsn.predictt
