"""Every shipped network gives the numbers it gave when it was shipped.

``python tests/core/test_goldens.py`` writes the file anew, for a network that is meant to have changed.
"""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from drsn_core import hub

FILE = Path(__file__).parent / "goldens.json"


def observed(name: str) -> dict[str, list[float]]:
    """A few values of the estimate and all mean thresholds, for an input that needs no generator of random numbers."""
    network = hub.load(name)
    n = np.arange(700 if network.ndim == 1 else 48 * 40)
    wave = np.sin(n / 9) + 0.6 * np.sin(2.1 * n) + 0.4 * ((n * 7919 % 101) / 50 - 1)
    shape = (1, 1, -1) if network.ndim == 1 else (1, 1, 48, 40)
    x = torch.from_numpy(wave).float().reshape(shape)
    colours = [x, 1 - x, x.flip(-1)][: getattr(network, "channels", 1)]
    with torch.inference_mode():
        estimate, decisions = network.traced(torch.cat(colours, dim=1))
    values = estimate.flatten()  # of a classifier: its logits
    return {
        "estimate": [round(float(x), 5) for x in values[:: max(1, len(values) // 12)]],
        "thresholds": [round(float(d.threshold.mean()), 5) for d in decisions],
    }


def test_every_network_has_a_golden():
    assert set(json.loads(FILE.read_text())) == set(hub.cards())


@pytest.mark.parametrize("name", sorted(hub.cards()))
def test_a_network_reproduces_its_golden(name):
    golden = json.loads(FILE.read_text())[name]
    for key, values in observed(name).items():
        np.testing.assert_allclose(values, golden[key], rtol=1e-3, atol=1e-4)


if __name__ == "__main__":
    FILE.write_text(json.dumps({name: observed(name) for name in hub.cards()}, indent=1) + "\n")
