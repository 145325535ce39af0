"""The state of a running training in one file, so that a run that was killed goes on as if nothing had been."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from drsn_core.errors import BadRecipe, BadWeights
from drsn_core.train.config import Config

FILE = "checkpoint.pt"


@dataclass
class State:
    """What a training has come to: steps done, times, and the curve [[step, loss, validation dB], ...]."""

    step: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    curve: list[list[float]] = field(default_factory=list)


def write(
    path: Path,
    config: Config,
    state: State,
    network: torch.nn.Module,
    average: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
) -> None:
    """Write everything that the next step depends on, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".part")
    torch.save(
        {
            "recipe": config.model_dump_json(),
            "state": vars(state),
            "network": network.state_dict(),
            "average": average.state_dict(),
            "optimizer": optimizer.state_dict(),
        },
        beside,
    )
    beside.replace(path)


def resume(
    path: Path,
    config: Config,
    network: torch.nn.Module,
    average: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
) -> State:
    """Fill in what `write` saved and return the state; a missing file means a beginning.

    The recipe may differ from the saved one in its ``training`` and ``data`` tables (to go on for longer, or with
    other signals), not in its network.

    Raises
    ------
    BadRecipe
        If the checkpoint is of another network.
    BadWeights
        If the file is no checkpoint.
    """
    if not path.exists():
        return State()
    try:
        # Never unpickles code: a checkpoint is plain numbers.
        saved: dict[str, Any] = torch.load(path, weights_only=True)
        before = Config.model_validate_json(saved["recipe"])
    except Exception as exc:
        raise BadWeights(path.name, "it is no checkpoint of a training") from exc
    if before.network != config.network:
        raise BadRecipe(config.name, f"{path} holds another network; take another folder or remove it")
    network.load_state_dict(saved["network"])
    average.load_state_dict(saved["average"])
    optimizer.load_state_dict(saved["optimizer"])
    return State(**saved["state"])
