"""A network that a stranger's card describes, built only after its size is known to be modest.

The card says of what it is made, the weights come as tensors. Both are counted before any memory is taken: first the
numbers on the card, then the parameters, on PyTorch's device without storage, against the tensors that are there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from drsn_core.errors import BadWeights, DrsnError, quote
from drsn_core.nn.kinds import build

#: Largest number on a card, entries of one of its lists, their sum where they count units, and parameters.
LARGEST, ENTRIES, UNITS, PARAMETERS = 512, 32, 64, 2_000_000
#: Settings that count units or levels, and those that are exponents.
COUNTS, POWERS = ("depths", "units_per_stage"), ("levels", "strides")
MOST_LEVELS = 12


def build_claimed(name: str, shape: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> torch.nn.Module:
    """Build the network of a card's ``network`` table and give it its weights, in eval mode.

    Parameters
    ----------
    name : of the network, for messages
    shape : what `drsn_core.nn.kinds.build` takes
    tensors : weights by their path in the network

    Raises
    ------
    BadWeights
        If a number on the card is unreasonable, nothing can be built from it, or the weights do not belong to it.
    """
    _modest(name, shape)
    try:
        with torch.device("meta"):
            outline: torch.nn.Module = build(shape)
    except DrsnError:
        raise
    except Exception as exc:  # whatever a constructor says to arguments that make no sense
        raise BadWeights(name, f"nothing can be built from its card ({quote(str(exc))})") from exc
    _match(name, outline.state_dict(), tensors)
    network: torch.nn.Module = build(shape)
    network.load_state_dict(dict(tensors))
    return network.eval()


def _modest(name: str, shape: Mapping[str, Any]) -> None:
    """Refuse numbers and lists that only a mistake or an attack has."""
    for key, value in shape.items():
        entries = value if isinstance(value, list) else [value]
        if len(entries) > ENTRIES or not all(isinstance(one, int | float | str) for one in entries):
            raise BadWeights(name, f"{quote(key)} on its card is no number, word, or list of up to {ENTRIES} of them")
        for one in entries:
            if isinstance(one, int | float) and not 0 <= one <= LARGEST:
                raise BadWeights(name, f"{quote(key)} on its card is {quote(one)}; accepted are 0 to {LARGEST}")
        numbers = [one for one in entries if isinstance(one, int | float)]
        if key in COUNTS and sum(numbers) > UNITS:
            raise BadWeights(name, f"{quote(key)} on its card add up to more than {UNITS} units")
        if key in POWERS and max(numbers, default=0) > MOST_LEVELS:
            raise BadWeights(name, f"{quote(key)} on its card is above {MOST_LEVELS}")


def _match(name: str, wanted: Mapping[str, Tensor], given: Mapping[str, Tensor]) -> None:
    """Refuse tensors that are not exactly those of the network, and numbers that are none."""
    count = sum(one.numel() for one in wanted.values())
    if count > PARAMETERS:
        raise BadWeights(name, f"its card describes {count:,} parameters; accepted are {PARAMETERS:,}")
    missing, strange = sorted(wanted.keys() - given.keys()), sorted(given.keys() - wanted.keys())
    if missing or strange:
        which, what = (missing[0], "missing from the weights") if missing else (strange[0], "not in the network")
        raise BadWeights(name, f"{quote(which)} is {what} that its card describes")
    for key, one in wanted.items():
        if given[key].shape != one.shape:
            shapes = " and ".join(quote(tuple(tensor.shape)) for tensor in (given[key], one))
            raise BadWeights(name, f"{quote(key)} has another shape in the weights than on the card ({shapes})")
        if given[key].is_floating_point() != one.is_floating_point() or not bool(torch.isfinite(given[key]).all()):
            raise BadWeights(name, f"{quote(key)} holds numbers that are not finite, or of another kind")
