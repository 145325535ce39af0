"""How data flow through a network: one run of a weightless copy, with every call of a module and of a function noted.

Names of layers do not say where a residual branch ends; what is added to what does. The copy lies on PyTorch's
``meta`` device, which knows shapes and no numbers: even a large network is followed in well under a second, and
the network itself is neither changed nor run.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils import _pytree as tree

from drsn_core.errors import BadParameter, quote

#: Sizes of the spatial axes that are tried, in this order, where no example is given.
PROBES = (64, 128, 224, 256, 32, 512, 1024, 2048)


@dataclass(frozen=True)
class Step:
    """One function call that made a tensor; ``inputs`` and ``ancestors`` (a bit set, itself included) are steps."""

    index: int
    function: str
    inputs: tuple[int, ...]
    ancestors: int
    shape: tuple[int, ...]
    calls: tuple[int, ...]


@dataclass
class Call:
    """One call of the module ``place``: the steps it was given, the step it returned, and all it ran (a bit set)."""

    index: int
    place: str
    inputs: tuple[int, ...]
    output: int | None = None
    ran: int = 0


@dataclass
class Flow:
    """All steps and calls of one run, in order."""

    steps: list[Step] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)

    def ending_at(self, step: int) -> Iterator[Call]:
        """Calls that returned what ``step`` made, the innermost first."""
        return (call for call in reversed(self.calls) if call.output == step)

    def calls_of(self, place: str) -> list[Call]:
        return [call for call in self.calls if call.place == place]


class _Watch(TorchFunctionMode):
    """Fills a `Flow` while a network runs."""

    def __init__(self, flow: Flow) -> None:
        super().__init__()
        self.flow = flow
        self.open: list[Call] = []
        self.made: dict[int, int] = {}
        self.kept: list[Tensor] = []  # an id stays unique as long as its tensor lives

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        made = tensors(result)
        if made:
            self.note(getattr(func, "__name__", "").strip("_"), self.known((args, kwargs)), made)
        return result

    def known(self, value: Any) -> tuple[int, ...]:
        """The steps that made the tensors in ``value``; weights and constants were made by none."""
        return tuple(self.made[id(t)] for t in tensors(value) if id(t) in self.made)

    def note(self, function: str, inputs: tuple[int, ...], made: Sequence[Tensor]) -> None:
        index = len(self.flow.steps)
        bit = 1 << index
        ancestors = bit
        for step in inputs:
            ancestors |= self.flow.steps[step].ancestors
        calls = tuple(call.index for call in self.open)
        self.flow.steps.append(Step(index, function, inputs, ancestors, tuple(made[0].shape), calls))
        for call in self.open:
            call.ran |= bit
        for tensor in made:
            self.made[id(tensor)] = index
            self.kept.append(tensor)

    def follow(self, place: str, module: nn.Module) -> None:
        def entered(_: nn.Module, args: Any, kwargs: Any) -> None:
            call = Call(len(self.flow.calls), place, self.known((args, kwargs)))
            self.flow.calls.append(call)
            self.open.append(call)

        def left(_: nn.Module, args: Any, kwargs: Any, output: Any) -> None:
            call = self.open[-1]
            made = tensors(output)
            if made and id(made[0]) not in self.made:  # a function that cannot be watched made it
                self.note("opaque", call.inputs, made)
            self.open.pop()
            call.output = self.made[id(made[0])] if made else None

        module.register_forward_pre_hook(entered, with_kwargs=True)
        module.register_forward_hook(left, with_kwargs=True)


def tensors(value: Any) -> list[Tensor]:
    """All tensors in nested tuples, lists and dictionaries."""
    return [leaf for leaf in tree.tree_leaves(value) if isinstance(leaf, Tensor)]


def twin(model: nn.Module, device: str | None = None) -> nn.Module:
    """Copy ``model`` in eval mode: its structure and, without ``device``, its numbers."""
    memo: dict[int, Any] = {}
    if device is not None:
        for weight in model.parameters():
            memo[id(weight)] = nn.Parameter(torch.empty_like(weight, device=device), weight.requires_grad)
        for buffer in model.buffers():
            memo[id(buffer)] = torch.empty_like(buffer, device=device)
    return copy.deepcopy(model, memo).eval()


def _run(model: nn.Module, args: tuple[Any, ...], device: str | None) -> Flow:
    flow = Flow()
    own, watch = twin(model, device), _Watch(flow)
    for place, module in own.named_modules():
        watch.follow(place, module)
    if device is not None:
        args = tree.tree_map(lambda v: v.to(device) if isinstance(v, Tensor) else v, args)
    with torch.no_grad(), watch:
        watch.note("input", (), tensors(args))
        own(*args)
    return flow


def follow(model: nn.Module, example: Any = None) -> Flow:
    """Follow what ``model`` does with ``example``.

    Parameters
    ----------
    model : is copied without its weights, and neither changed nor run
    example : a tensor that ``model`` takes, or a tuple of all its arguments
        Without it, zeros are tried: as many channels and axes as the first convolution takes, and the sizes
        `PROBES`, until one runs. Shapes are then read off that run, not guessed.

    Raises
    ------
    BadParameter
        If ``model`` cannot be run so; says the reason and what to pass.
    """
    problem: Exception | None = None
    for args in _arguments(model, example):
        # What looks at numbers (a branch that depends on them) cannot run on "meta", so the second try has them.
        for device in ("meta", None) if example is not None else ("meta",):
            try:
                return _run(model, args, device)
            except Exception as exc:  # whatever a foreign forward may raise
                problem = exc
    reason = quote(str(problem or "it has no convolution that would say what it takes"))
    shape = "example" if example is None else "example of another shape"
    raise BadParameter(
        "example",
        example if example is None else "given",
        f"an {shape} that the model runs on, as "
        f"insert_shrinkage(model, example=torch.zeros(2, channels, length)); it stopped with: {reason}",
    ) from problem


def _arguments(model: nn.Module, example: Any) -> Iterator[tuple[Any, ...]]:
    if example is not None:
        yield example if isinstance(example, tuple) else (example,)
        return
    first = next((m for m in model.modules() if isinstance(m, (nn.Conv1d, nn.Conv2d, nn.Conv3d))), None)
    if first is not None:
        for size in PROBES:
            shape = (2, first.in_channels, *(size,) * len(first.kernel_size))
            yield (torch.zeros(shape, dtype=first.weight.dtype, device="meta"),)
