"""Where shrinkage belongs in a foreign network: rules that read a `Flow`, one for each kind of host."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from drsn_core.nn.flow import Call, Flow, Step

CONVOLUTIONS = frozenset({"conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d"})
DENSE = CONVOLUTIONS | {"linear", "addmm", "matmul"}
UPSAMPLING = frozenset(
    {"conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "interpolate", "upsample", "pixel_shuffle"}
    | {"repeat_interleave", "max_unpool1d", "max_unpool2d", "max_unpool3d"}
)
#: Functions between a layer and a sum that keep what each value stands for; the layer before them is the branch's end.
ACTIVATIONS = frozenset(
    {"relu", "relu6", "prelu", "rrelu", "leaky_relu", "elu", "celu", "selu", "gelu", "silu", "mish", "hardswish"}
    | {"hardtanh", "sigmoid", "tanh", "softplus", "dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout"}
    | {"feature_alpha_dropout", "clone", "contiguous", "identity"}
)
#: Besides them, what fits a skip to the size of what it meets.
FITTING = ACTIVATIONS | {"pad", "getitem", "narrow", "slice", "center_crop"}
SUMS = frozenset({"add", "iadd", "radd"})
PRODUCTS = frozenset({"mul", "imul", "rmul"})
JOINS = frozenset({"cat", "concat", "concatenate"})


@dataclass(frozen=True)
class Place:
    """A module after which, or instead of which, a layer of ``channels`` channels and ``ndim`` spatial axes goes."""

    name: str
    channels: int
    ndim: int
    replace: bool = False


@dataclass(frozen=True)
class Miss:
    """A spot that looks right and cannot be used, and why."""

    name: str
    reason: str


Found = Place | Miss


def mask(flow: Flow, functions: frozenset[str]) -> int:
    """All steps that call one of ``functions``, as a bit set."""
    return sum(1 << step.index for step in flow.steps if step.function in functions)


def place_after(flow: Flow, step: int, outside: int = 0, block: str = "") -> Found:
    """The layer that ends the branch whose last value ``step`` made.

    Activations and dropout are passed over, as the paper has nothing between the last convolution and the
    threshold; so are scalings by a weight. Of nested modules that return the same value the innermost is taken,
    unless it is no layer of PyTorch and holds others (an SE gate): then that one as a whole.
    ``outside`` are the steps that do not belong to the branch of ``block``.
    """
    while not outside >> step & 1:
        made = flow.steps[step]
        scaled = made.function in PRODUCTS and len(made.inputs) == 1
        if (made.function in ACTIVATIONS or scaled) and made.inputs:
            step = made.inputs[0]
            continue
        ending = next((call for call in flow.ending_at(step) if call.place not in ("", block)), None)
        if ending is None:
            return Miss(block, f"its branch ends in the function {made.function}, not in a module")
        return Place(ending.place, made.shape[1], len(made.shape) - 2)
    return Miss(block, "its branch holds no layer")


@dataclass(frozen=True)
class _Sum:
    """A residual sum: the step that adds, the branch's last step, what only the branch ran, and what it did not."""

    step: Step
    branch: int
    own: int
    outside: int
    block: Call


def _sums(flow: Flow) -> Iterator[_Sum]:
    convolutions, upsampling = mask(flow, CONVOLUTIONS), mask(flow, UPSAMPLING)
    inner = 0  # sums found so far: a longer sum around them (a global skip) is not a residual unit
    for step in flow.steps:
        if step.function not in SUMS or len(set(step.inputs)) != 2 or len(step.shape) < 3:
            continue
        ends = [flow.steps[i] for i in step.inputs]
        if ends[0].shape != ends[1].shape:
            continue
        own = [ends[0].ancestors & ~ends[1].ancestors, ends[1].ancestors & ~ends[0].ancestors]
        weights = [(part & convolutions).bit_count() for part in own]
        shortcut, branch = (0, 1) if weights[0] < weights[1] else (1, 0)
        # A tie of one and one is a projection beside a branch of one convolution: the longer path is the branch.
        if weights[0] == weights[1]:
            shortcut, branch = (0, 1) if own[0].bit_count() < own[1].bit_count() else (1, 0)
        together = own[0] | own[1]
        block = next((flow.calls[i] for i in reversed(step.calls) if together & ~flow.calls[i].ran == 0), None)
        tie = own[0].bit_count() == own[1].bit_count() and weights[0] == weights[1]
        if block is None or tie or not weights[branch] or weights[shortcut] > 1 or own[branch] & (inner | upsampling):
            continue
        inner |= 1 << step.index
        yield _Sum(step, step.inputs[branch], own[branch], ~own[branch], block)


def residual(flow: Flow) -> list[Found]:
    """The end of every residual branch, before the sum."""
    return [place_after(flow, s.branch, s.outside, s.block.place) for s in _sums(flow)]


def squeeze(flow: Flow) -> list[Found]:
    """Every module that multiplies its input by a gate computed from the input's averages (SE and its kin)."""
    found: list[Found] = []
    dense = mask(flow, DENSE)
    for step in flow.steps:
        if step.function not in PRODUCTS or len(set(step.inputs)) != 2 or len(step.shape) < 3:
            continue
        x, gate = sorted((flow.steps[i] for i in step.inputs), key=lambda s: s.index)
        own = gate.ancestors & ~x.ancestors
        pooled = any(own >> s.index & 1 and set(s.shape[2:]) <= {1} for s in flow.steps)
        if not (gate.ancestors >> x.index & 1 and own & dense and pooled):
            continue
        module = flow.calls[step.calls[-1]]
        if module.inputs[:1] == (x.index,) and module.output is not None:
            end = flow.steps[module.output]
            if end is step or (end.function in SUMS and set(end.inputs) <= {step.index, x.index}):
                found.append(Place(module.place, x.shape[1], len(x.shape) - 2, replace=True))
                continue
        found.append(Miss(module.place, "its gate is applied in the forward of the block, not in a module of its own"))
    return found


def unet(flow: Flow) -> list[Found]:
    """The end of every encoder stage that a skip connection carries to the decoder.

    A skip is a value that meets what was made of it on the way down and up again. The layer stands where the
    skip leaves, so the way down is shrunk too, as in U-Nets with residual shrinkage encoders; where the stage
    ends in a residual sum, at the end of that sum's branch.
    """
    upsampling = mask(flow, UPSAMPLING)
    sums = {s.step.index: s for s in _sums(flow)}
    sources: dict[int, bool] = {}
    for step in flow.steps:
        if step.function not in JOINS | SUMS or len(set(step.inputs)) < 2 or len(step.shape) < 3:
            continue
        for skip in step.inputs:
            source = skip
            while flow.steps[source].function in FITTING and flow.steps[source].inputs:
                source = flow.steps[source].inputs[0]
            for other in set(step.inputs) - {skip}:
                way = flow.steps[other].ancestors & ~flow.steps[source].ancestors
                if flow.steps[other].ancestors >> source & 1 and (way & upsampling or step.function in JOINS):
                    sources[source] = sources.get(source, False) or bool(way & upsampling)
    if not any(sources.values()):  # nothing comes back up: concatenations of a DenseNet, not of a U-Net
        return []
    found: list[Found] = []
    for source in sorted(sources):
        end = sums.get(source)
        if end is not None:
            found.append(place_after(flow, end.branch, end.outside, end.block.place))
        elif flow.steps[source].inputs:  # the network's input itself is no feature
            found.append(place_after(flow, source))
    return found


RULES: dict[str, Callable[[Flow], list[Found]]] = {"residual": residual, "se": squeeze, "unet": unet}
