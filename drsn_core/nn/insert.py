"""Shrinkage inside other people's networks: find the places, keep the weights, say what was done."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Literal, TypeVar, overload

import torch
from torch import Tensor, nn

from drsn_core.errors import BadParameter, UnknownName
from drsn_core.nn.blocks import RSBU
from drsn_core.nn.flow import Flow, follow
from drsn_core.nn.places import RULES, Found, Miss, Place
from drsn_core.nn.shrinkage import CHOICES, MODES, Mode, Shrinkage

#: What `insert_shrinkage` takes as ``where``.
Where = str | type[nn.Module] | Callable[[str, nn.Module], bool] | Iterable[Any]

#: Wrappers whose copies or compiled forms would not notice a new layer.
FROZEN = ("DistributedDataParallel", "FullyShardedDataParallel", "OptimizedModule", "ScriptModule", "GraphModule")
LISTED = 12


class Shrunk(nn.Module):
    """A layer of somebody's network, and shrinkage of what it returns.

    The state dict has the layer's own keys under ``host.`` and the new ones under ``shrinkage.``; keys as they
    were before (``bn2.weight`` for ``bn2.host.weight``) are accepted when loading. What is asked of this module
    and is not its own (``out_channels``, ``weight``) is answered by the layer.
    """

    def __init__(self, host: nn.Module, shrinkage: nn.Module) -> None:
        super().__init__()
        self.host = host
        self.shrinkage = shrinkage

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self.shrinkage(self.host(*args, **kwargs))

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(super().__getattr__("host"), name)

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *rest: Any) -> None:
        for key in [key for key in state_dict if key.startswith(prefix)]:
            own = key.removeprefix(prefix)
            if own.split(".")[0] not in self._modules:
                state_dict[f"{prefix}host.{own}"] = state_dict.pop(key)
        super()._load_from_state_dict(state_dict, prefix, *rest)


@dataclass(frozen=True)
class Row:
    """What was done at one place.

    Parameters
    ----------
    place : name of the module, as in ``model.named_modules()``
    layer : its class, or the reason why nothing was done there
    channels, ndim : of the features that are shrunk; ``ndim`` counts spatial axes; 0 where nothing was done
    action : "after", "replaced", "already there" or "skipped"
    added, removed : number of parameters
    """

    place: str
    layer: str
    channels: int
    ndim: int
    action: str
    added: int = 0
    removed: int = 0


@dataclass(frozen=True)
class Report:
    """What `insert_shrinkage` did, or would do, at every place; ``print`` it as a table."""

    rows: tuple[Row, ...]
    dry_run: bool = False

    @property
    def placed(self) -> tuple[Row, ...]:
        """The places that have a new layer."""
        return tuple(row for row in self.rows if row.action in ("after", "replaced"))

    @property
    def added(self) -> int:
        return sum(row.added for row in self.rows)

    @property
    def removed(self) -> int:
        return sum(row.removed for row in self.rows)

    def __str__(self) -> str:
        head = ("place", "layer", "channels", "axes", "action", "added", "removed")
        rows = [
            (r.place, r.layer, str(r.channels), str(r.ndim), r.action, f"{r.added:,}", f"{r.removed:,}")
            for r in self.rows
        ]
        widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
        lines = [
            "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in (head, *rows)
        ]
        tense = "would be " if self.dry_run else ""
        lines.append(f"{len(self.placed)} layers {tense}placed, {self.added:,} parameters {tense}added")
        return "\n".join(lines)


Network = TypeVar("Network", bound=nn.Module)


@overload
def insert_shrinkage(
    model: Network,
    where: Where = ...,
    mode: Mode = ...,
    *,
    example: Any = ...,
    replace: bool = ...,
    initial_alpha: float | None = ...,
    dry_run: Literal[False] = ...,
    **options: Any,
) -> Network: ...
@overload
def insert_shrinkage(
    model: nn.Module,
    where: Where = ...,
    mode: Mode = ...,
    *,
    example: Any = ...,
    replace: bool = ...,
    initial_alpha: float | None = ...,
    dry_run: Literal[True],
    **options: Any,
) -> Report: ...
def insert_shrinkage(
    model: nn.Module,
    where: Where = "residual",
    mode: Mode = "cw",
    *,
    example: Any = None,
    replace: bool = False,
    initial_alpha: float | None = None,
    dry_run: bool = False,
    **options: Any,
) -> nn.Module | Report:
    r"""Place `Shrinkage` layers in a network that somebody else wrote, keeping its weights.

    ``model`` itself is changed and returned, so that ``insert_shrinkage(resnet50()).to("cuda")`` reads as it should;
    what was placed where is its ``shrinkage_report``. To find the places, a copy without weights is followed from
    input to output (see `drsn_core.nn.flow.follow`): what counts is what is added to what, not how modules are named.

    Parameters
    ----------
    model : any network of (batch, channels, \*space) features; also inside ``nn.DataParallel``
    where : which places
        ``"residual"``: before each residual sum, after the last norm or convolution of the branch (``bn2`` of
        a basic ResNet block, ``bn3`` of a bottleneck, the second convolution of a pre-activation block, the
        SE gate where there is one). An activation or dropout between that layer and the sum comes after the
        shrinkage. In the paper the threshold follows a convolution directly, the block being pre-activation; in
        a post-activation host the branch's norm stands between, and the host's ReLU still follows the sum.

        ``"se"``: in place of each squeeze-and-excitation gate (a module that multiplies its input by a
        factor computed from the input's averages). The gate's weights are dropped.

        ``"unet"``: at the end of each encoder stage that a skip carries to the decoder, after its last norm
        or convolution, so that both the skip and the way down are shrunk; in residual stages, before the sum.

        Otherwise the modules to place a layer after: a name or glob pattern (``"layer[34].*.bn2"``), a
        module class, a predicate of name and module, or a list of these.
    mode : "cw" for one threshold a channel, "cs" for one that all channels share
    example : a tensor that ``model`` takes (or a tuple of its arguments)
        Needed only where the network does not run on zeros whose channels and axes its first convolution says.
    replace : put the layer in place of the named modules instead of after them
    initial_alpha : start with about this attention weight in every sample and channel
        None leaves the usual start, alpha about 0.5, right for training from scratch. 0.01 makes a
        pretrained network begin almost as it was: each threshold is a hundredth of the mean magnitude. The last
        dense layer's bias becomes log(alpha / (1 - alpha)) and its weights a hundredth, not zero, so that every
        parameter has a gradient from the first step.
    dry_run : change nothing, and return the report in place of the model
    **options : for `Shrinkage`

    Returns
    -------
    Module
        ``model``, with a `Report` of this call as ``model.shrinkage_report``. New layers have device, dtype and train
        or eval mode of the place they are put in; they can be trained even where the host is frozen.
    Report
        With ``dry_run``.

    Raises
    ------
    BadParameter
        If no place is found (lists what there is), or an argument is out of range or unknown. The model is then as
        it was.

    Notes
    -----
    Keys of the state dict: ``bn2.weight`` becomes ``bn2.host.weight``, the new ones are ``bn2.shrinkage.*``.
    A checkpoint of the network as it was still loads, with ``strict=False`` as the new layers are not in it.
    After an ``nn.Sequential`` the layer is appended to it under the name ``shrinkage`` and no key changes.
    A second call leaves the places that have a layer as they are and says so. A module that stands in
    several places, or is called several times, gets one layer.

    Examples
    --------
    >>> from drsn_core.nn import RBU
    >>> net = nn.Sequential(nn.Conv1d(1, 4, 3, padding=1), RBU(4, 4), RBU(4, 8, stride=2))
    >>> net = insert_shrinkage(net, mode="cw", initial_alpha=0.01)
    >>> print(net.shrinkage_report)
    place    layer   channels  axes  action  added  removed
    1.conv2  Conv1d  4         1     after   48     0
    2.conv2  Conv1d  8         1     after   160    0
    2 layers placed, 208 parameters added
    """
    _check(model, mode, where, initial_alpha, options)
    found = _places(model, where, example, replace)
    planned = [_planned(model, spot, mode, initial_alpha, options) for spot in found]
    rows = [row for row, _ in planned]
    if not any(row.action != "skipped" for row in rows):
        raise BadParameter("where", where if isinstance(where, str) else repr(where), _accepted(model, found))
    report = Report(tuple(rows), dry_run)
    if dry_run:
        return report
    hosts = [model.get_submodule(row.place) for row in rows]  # names change once the first layer is placed
    for host, (row, layer) in zip(hosts, planned, strict=True):
        if layer is not None:
            _place(model, host, layer, row.action == "replaced")
    setattr(model, "shrinkage_report", report)  # noqa: B010
    return model


def _check(model: object, mode: object, where: object, initial_alpha: float | None, options: dict[str, Any]) -> None:
    if not isinstance(model, nn.Module):
        raise BadParameter("model", model, "a torch.nn.Module, as MyNetwork() and not MyNetwork or its output")
    kind = next((base.__name__ for base in type(model).__mro__ if base.__name__ in FROZEN), None)
    if kind is not None:
        raise BadParameter("model", kind, f"the network before it is wrapped or compiled as {kind}")
    if mode not in MODES:
        raise BadParameter("mode", mode, "'cw' (channel-wise) or 'cs' (channel-shared)")
    if not isinstance(where, (str, Iterable)) and not callable(where):
        raise BadParameter("where", where, f"one of {', '.join(RULES)}, or names, classes or a predicate")
    for option in options:
        if option not in (*CHOICES, "ndim"):
            raise UnknownName("option of insert_shrinkage", option, CHOICES)
    if initial_alpha is not None and not 0 < initial_alpha < 1:
        raise BadParameter("initial_alpha", initial_alpha, "a number between 0 and 1 (0.01 begins almost neutral)")


def _bare(name: str) -> str:
    """A module's name without the prefix of ``nn.DataParallel``."""
    return name.removeprefix("module.")


def matches(where: Where, name: str, module: nn.Module) -> bool:
    """Whether ``where`` (a name or pattern, a class, a predicate, or several) means the module ``name``."""
    if isinstance(where, str):
        return fnmatchcase(name, where) or fnmatchcase(_bare(name), where)
    if isinstance(where, type):
        return isinstance(module, where)
    if callable(where):
        return bool(where(name, module))
    return any(matches(part, name, module) for part in where)


def _places(model: nn.Module, where: Where, example: Any, replace: bool) -> list[Found]:
    inner = model.module if isinstance(model, nn.DataParallel) else model
    prefix = "module." if inner is not model else ""
    if isinstance(where, str) and where in RULES:
        flow = follow(inner, example)
        # A gate that was replaced is not there to be found again: the layers in its place are reported.
        found = RULES[where](flow) or [_measured(flow, n, False) for n, m in inner.named_modules() if _own(m)]
        units = [name for name, module in inner.named_modules() if where == "residual" and isinstance(module, RSBU)]
        found = [f for f in found if not any(f"{f.name}.".startswith(f"{unit}.") for unit in units)]
        found += [Miss(unit, "it shrinks by itself") for unit in units]
    else:
        if not isinstance(where, (str, type)) and not callable(where):
            where = list(where)
        named = [
            (name, module)
            for name, module in inner.named_modules()
            if name and not _inside(inner, name) and matches(where, name, module)
        ]
        flow = follow(inner, example) if named else Flow()
        found = [_measured(flow, name, replace) for name, module in named]
    unique = dict.fromkeys(found)
    return [
        Place(prefix + f.name, f.channels, f.ndim, f.replace)
        if isinstance(f, Place)
        else Miss(prefix + f.name, f.reason)
        for f in unique
    ]


def _own(module: nn.Module) -> bool:
    return isinstance(module, Shrinkage)


def _above(model: nn.Module, name: str) -> list[nn.Module]:
    """The module ``name`` and all that hold it, from the outside in, without ``model`` itself."""
    parts = name.split(".")
    return [model.get_submodule(".".join(parts[: i + 1])) for i in range(len(parts))]


def _inside(model: nn.Module, name: str) -> bool:
    """Whether ``name`` is a layer of ours, inside one, or the host of one: no place for another."""
    *outer, module = _above(model, name)
    return any(map(_own, (*outer, module))) or (bool(outer) and isinstance(outer[-1], Shrunk))


def _measured(flow: Flow, name: str, replace: bool) -> Found:
    """Channels and axes of what the module ``name`` returns, or is given where it is to be replaced."""
    calls = flow.calls_of(name)
    ends = [c.inputs[0] if replace and c.inputs else c.output for c in calls]
    shapes = {flow.steps[end].shape for end in ends if end is not None}
    features = {(shape[1], len(shape) - 2) for shape in shapes if len(shape) > 2}
    if not calls:
        return Miss(name, "it is never called")
    if len(features) != 1 or any(len(shape) < 3 for shape in shapes):
        seen = ", ".join(str(shape) for shape in sorted(shapes)) or "no tensor"
        return Miss(name, f"features of one number of channels (batch, channels, space) are needed, found {seen}")
    if replace and any(flow.steps[e].shape != flow.steps[c.inputs[0]].shape for c in calls if (e := c.output)):
        return Miss(name, "it changes the shape, so that shrinkage cannot take its place")
    return Place(name, *features.pop(), replace)


def _planned(
    model: nn.Module, spot: Found, mode: Mode, alpha: float | None, options: dict[str, Any]
) -> tuple[Row, Shrinkage | None]:
    """What is to be said of a spot, and the layer that is to be placed there."""
    host = model.get_submodule(spot.name)
    if isinstance(spot, Miss):
        if isinstance(host, RSBU):
            return Row(spot.name, "RSBU", host.out_channels, host.conv1.weight.ndim - 2, "already there"), None
        return Row(spot.name, spot.reason, 0, 0, "skipped"), None
    if _has_layer(model, spot.name):
        name = spot.name.removesuffix(".shrinkage")
        held = model.get_submodule(name)
        kind = type(held.host if isinstance(held, Shrunk) else held).__name__
        return Row(name, kind, spot.channels, spot.ndim, "already there"), None
    kind = type(host).__name__
    layer = Shrinkage(spot.channels, mode, **{"ndim": max(spot.ndim, 1), **options})
    if alpha is not None:
        _begin(layer, alpha)
    row = Row(
        spot.name,
        kind,
        spot.channels,
        spot.ndim,
        "replaced" if spot.replace else "after",
        sum(p.numel() for p in layer.parameters()),
        sum(p.numel() for p in host.parameters()) if spot.replace else 0,
    )
    return row, layer.train(host.training).to(_like(model, host))


def _has_layer(model: nn.Module, name: str) -> bool:
    """Whether what ``name`` returns is shrunk already."""
    module = model.get_submodule(name)
    last = list(module.children())[-1:] if isinstance(module, nn.Sequential) else []
    return isinstance(module, Shrunk) or _inside(model, name) or any(map(_own, last))


def _like(model: nn.Module, host: nn.Module) -> Tensor:
    """A tensor with the device and dtype of the place: of the host's weights, else of the network's first."""
    for module in (host, model):
        for tensor in (*module.parameters(), *module.buffers()):
            if tensor.is_floating_point():
                return tensor
    return torch.empty(0)


def _place(model: nn.Module, host: nn.Module, layer: nn.Module, replace: bool) -> None:
    if not replace and type(host).forward is nn.Sequential.forward:
        host.add_module("shrinkage", layer)
        return
    new = layer if replace else Shrunk(host, layer).train(host.training)
    for parent in list(model.modules()):
        if parent is not new:
            for name, child in list(parent._modules.items()):  # named_children() tells of a shared one only once
                if child is host:
                    setattr(parent, name, new)


def _begin(layer: Shrinkage, alpha: float) -> None:
    """Make every threshold of ``layer`` begin at about ``alpha`` times the mean magnitude."""
    net = layer.threshold
    last = getattr(net, "fc2", None) or getattr(net, "conv", None)
    if not isinstance(last, nn.Module) or not isinstance(last.bias, Tensor) or not isinstance(last.weight, Tensor):
        raise BadParameter("initial_alpha", alpha, "None with an estimator whose last layer has no bias")
    share = alpha / net.tau_scale
    with torch.no_grad():
        last.weight.mul_(0.01)
        last.bias.fill_(math.log(share / (1 - share)))


def _accepted(model: nn.Module, found: list[Found]) -> str:
    """What a caller could have asked for instead."""
    reasons = [f"{miss.name or 'the network'}: {miss.reason}" for miss in found if isinstance(miss, Miss)]
    if reasons:
        return f"places where a layer fits; found {'; '.join(reasons[:LISTED])}"
    names = [f"{name} ({type(module).__name__})" for name, module in model.named_modules() if name]
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    listed = ", ".join(names[:LISTED]) + more if names else "no modules"
    return f"one of {', '.join(RULES)} where the network has such places, or modules by name or class; found {listed}"
