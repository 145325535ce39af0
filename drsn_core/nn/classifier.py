"""The networks of Table II, their initial values, and the recipe that trains them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from drsn_core.errors import BadData, BadParameter, UnknownName
from drsn_core.nn.blocks import AXES, CBU, CONVOLUTIONS, NORMS, PADDINGS, RBU, RSBU, SEBU, pad_same_tf
from drsn_core.nn.shrinkage import Decision, Override, mean_over_space
from drsn_core.nn.walk import Walk

#: The three stages of Table II, four units each; the first unit of a stage halves the length.
WIDTHS = (4, 8, 16)
UNITS_PER_STAGE = 4

#: What a network is made of, and what its name says about its units.
UNITS: dict[str, tuple[type[CBU], dict[str, Any]]] = {
    "convnet": (CBU, {}),
    "resnet": (RBU, {}),
    "se": (SEBU, {}),
    "drsn-cs": (RSBU, {"mode": "cs"}),
    "drsn-cw": (RSBU, {"mode": "cw"}),
}


class Preset(NamedTuple):
    """Where a network may part from the paper: the hidden layer's width, C divided by this, and the shortcut."""

    hidden_divisor: int
    shortcut: str


PRESETS: dict[str, Preset] = {
    "paper": Preset(1, "identity"),
    "authors-2d": Preset(4, "identity"),
    "modern": Preset(1, "projection"),
}


class PaperNetwork(nn.Module):
    r"""A classifier of Table II; `paper_network` makes it.

    .. code-block:: text

        stem         Conv(4, 3, /2)                             4 x 1024
        blocks[0-3]  unit(4, 3, /2), 3 x unit(4, 3)             4 x 512
        blocks[4-7]  unit(8, 3, /2), 3 x unit(8, 3)             8 x 256
        blocks[8-11] unit(16, 3, /2), 3 x unit(16, 3)          16 x 128
        norm, ReLU, mean over space                            16
        head         FC                                         8

    The sizes on the right are those of the paper's 2048 samples; any length, and in 2-D and 3-D any size, will do.
    """

    def __init__(self, stem: nn.Module, blocks: Sequence[CBU], norm: nn.Module, head: nn.Linear) -> None:
        super().__init__()
        self.stem, self.blocks, self.norm, self.head = stem, nn.ModuleList(blocks), norm, head
        first = blocks[0]
        self.ndim = first.ndim
        self.same_tf = first.same_tf
        self.in_channels: int = stem.in_channels  # type: ignore[assignment]

    def batch(self, x: Tensor) -> Tensor:
        """Give ``x`` its channel axis where it lacks one and may lack one; refuse what could mean two things."""
        if x.ndim == self.ndim + 1 and self.in_channels == 1:
            x = x.unsqueeze(1)
        if x.ndim == self.ndim + 2 and x.shape[1] == self.in_channels:
            return x
        wanted = f"(batch, {self.in_channels}, {AXES[self.ndim]})"
        short = f" or (batch, {AXES[self.ndim]})" if self.in_channels == 1 else ""
        if x.ndim in (self.ndim, self.ndim + 1):
            hint = "; one sample needs a batch axis, x[None]"
        elif x.ndim == self.ndim + 2:
            hint = f"; for {x.shape[1]} channels build the network with in_channels={x.shape[1]}"
        elif x.ndim - 2 in AXES:
            hint = f"; for {x.ndim - 2} spatial axes build the network with ndim={x.ndim - 2}"
        else:
            hint = ""
        raise BadData(f"this network takes {wanted}{short} and was given {tuple(x.shape)}{hint}")

    def forward(self, x: Float[Tensor, "batch ..."]) -> Float[Tensor, "batch classes"]:
        """Logits, (batch, classes), of (batch, channels, space ...) or, with one channel, (batch, space ...)."""
        logits: Tensor = self.head(self.features(x))
        return logits

    def features(self, x: Float[Tensor, "batch ..."]) -> Float[Tensor, "batch features"]:
        """The 16 averages that the last layer sees: what Fig. 9 of the paper draws."""
        x = self._enter(x)
        for block in self.blocks:
            x = block(x)
        return self._pool(x)

    def traced(
        self, x: Tensor, overrides: Sequence[Override | None] | None = None
    ) -> tuple[Float[Tensor, "batch classes"], list[Decision]]:
        """Logits, and the decision of every unit that shrinks, in order (none in "convnet", "resnet" and "se").

        ``overrides`` has an entry per unit that shrinks; see `drsn_core.nn.shrinkage.shrink`.
        """
        walk = Walk(sum(isinstance(block, RSBU) for block in self.blocks), overrides)
        x = walk(self.blocks, self._enter(x))
        return self.head(self._pool(x)), walk.decisions

    def _enter(self, x: Tensor) -> Tensor:
        x = self.batch(x)
        entered: Tensor = self.stem(pad_same_tf(x, 3, 2) if self.same_tf else x)
        return entered

    def _pool(self, x: Tensor) -> Tensor:
        return mean_over_space(torch.relu(self.norm(x)))


def paper_network(
    name: str,
    in_channels: int = 1,
    n_classes: int = 8,
    ndim: int = 1,
    preset: str = "paper",
    *,
    widths: Sequence[int] = WIDTHS,
    units_per_stage: int = UNITS_PER_STAGE,
    padding: str = "symmetric",
    eps: float = 1e-5,
    generator: torch.Generator | None = None,
    **options: Any,
) -> PaperNetwork:
    """Build a network of Table II: twelve units, initial values of `paper_init`.

    With one channel in, eight classes out and one axis the numbers of parameters are

    ==========  =======  ======  =====  =======  =======
    preset      convnet  resnet  se     drsn-cs  drsn-cw
    ==========  =======  ======  =====  =======  =======
    paper       8,416    8,416   11,552 10,220   11,552
    authors-2d  8,416    8,416   9,284  8,876    9,284
    modern      8,416    8,592   11,728 10,396   11,728
    ==========  =======  ======  =====  =======  =======

    Parameters
    ----------
    name : "convnet" (`CBU`), "resnet" (`RBU`), "se" (`SEBU`), "drsn-cs" or "drsn-cw" (`RSBU`)
    in_channels : channels of the input; with one, its axis may be left out
    n_classes : number of logits
    ndim : 1 for signals, 2 for pictures, 3 for volumes
    preset : "paper" as published
        "authors-2d" has C // 4 hidden values in the sub-network, as the authors' picture example; "modern" has 1x1
        convolutions without bias on the shortcuts that change shape. A preset is all or nothing: the paper's network
        has no part of another.
    widths, units_per_stage : channels of the stages and units in each; Table II has (4, 8, 16) and 4
    padding, eps : as in `CBU`, the stem included; the authors' weights need "same-tf"
    generator : for the initial values; PyTorch's own if not given
    **options : for every unit, in the place of what the preset says, for example ``sub_norm="layer"`` or
        ``shrink="garrote"`` where units shrink (`RSBU`)

    References
    ----------
    .. [1] M. Zhao et al., "Deep Residual Shrinkage Networks for Fault Diagnosis", IEEE Trans. Ind.
       Informatics 16(7), 2020, Table II, doi:10.1109/TII.2019.2943898.

    Examples
    --------
    >>> network = paper_network("drsn-cw").eval()
    >>> sum(p.numel() for p in network.parameters())
    11552
    >>> network(torch.zeros(2, 2048)).shape
    torch.Size([2, 8])
    """
    if name not in UNITS:
        raise UnknownName("network", name, UNITS)
    if preset not in PRESETS:
        raise UnknownName("preset", preset, PRESETS)
    if ndim not in CONVOLUTIONS:
        raise BadParameter("ndim", ndim, "1, 2 or 3")
    if padding not in PADDINGS:
        raise UnknownName("padding", padding, PADDINGS)
    kind, named = UNITS[name]
    open_choices = [choice for choice in kind.CHOICES if choice not in named]
    for option in options:
        if option not in open_choices:
            raise UnknownName(f"option of {name!r}", option, open_choices)
    divisor, shortcut = PRESETS[preset]
    options = {"shortcut": shortcut, **named, "ndim": ndim, "padding": padding, "eps": eps, **options}
    blocks: list[CBU] = []
    before = widths[0]
    for width in widths:
        own = {"hidden": max(1, width // divisor), **options}
        own = {choice: value for choice, value in own.items() if choice in kind.CHOICES}
        for unit in range(units_per_stage):
            blocks.append(kind(before, width, 1 if unit else 2, **own))
            before = width
    stem = CONVOLUTIONS[ndim](in_channels, widths[0], 3, 2, 0 if padding == "same-tf" else 1)
    network = PaperNetwork(stem, blocks, NORMS[ndim](before, eps=eps), nn.Linear(before, n_classes))
    paper_init(network, generator)
    return network


#: Standard deviation of a standard normal that is cut at two standard deviations.
CUT_AT_TWO = 0.87962566103423978


def paper_init(module: nn.Module, generator: torch.Generator | None = None) -> nn.Module:
    r"""Give every layer of ``module`` the initial values of the authors' code, in place; return it.

    Convolutions and dense layers: He's, variance :math:`2 / \text{fan-in}`, from a normal distribution that is cut at
    two standard deviations (and widened, so that the variance is what is asked for); biases 0. Batch norm:
    :math:`\gamma \sim N(1, 0.002^2)`, :math:`\beta = 0`. Other norms are left alone.

    References
    ----------
    .. [1] K. He et al., "Delving deep into rectifiers", ICCV 2015.
    """
    for part in module.modules():
        if isinstance(part, WEIGHTY):
            fan_in = part.weight[0].numel()
            wide = math.sqrt(2 / fan_in) / CUT_AT_TWO
            nn.init.trunc_normal_(part.weight, 0.0, wide, -2 * wide, 2 * wide, generator=generator)
            if part.bias is not None:
                nn.init.zeros_(part.bias)
        elif isinstance(part, nn.modules.batchnorm._BatchNorm) and part.affine:
            nn.init.normal_(part.weight, 1.0, 0.002, generator=generator)
            nn.init.zeros_(part.bias)
    return module


#: Layers whose weights are initialised and decayed.
WEIGHTY = (nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.Linear)


class Recipe(NamedTuple):
    """How the paper trains: step ``scheduler`` once an epoch, ``epochs`` times, on batches of ``batch_size``.

    The loss is the cross-entropy of the logits.
    """

    optimizer: torch.optim.SGD
    scheduler: torch.optim.lr_scheduler.MultiStepLR
    epochs: int
    batch_size: int


def decayed(module: nn.Module) -> Iterable[Tensor]:
    """Weights of convolutions and dense layers: what L2 acts on. No bias, no norm."""
    return (part.weight for part in module.modules() if isinstance(part, WEIGHTY))


def paper_recipe(module: nn.Module) -> Recipe:
    r"""The paper's optimiser and schedule for ``module``.

    Stochastic gradient descent, momentum 0.9 (not Nesterov), batches of 128, 100 epochs: rate 0.1 for 40, 0.01 for
    40, 0.001 for 20. L2 of :math:`10^{-4}`, as in the authors' code on the weights of convolutions and dense layers
    only, :math:`\tfrac{\lambda}{2}\sum w^2`, not on biases and norms: two parameter groups. The last dense layer is
    one of them. No gradient clipping, no augmentation.

    References
    ----------
    .. [1] M. Zhao et al., IEEE Trans. Ind. Informatics 16(7), 2020, section III.B, doi:10.1109/TII.2019.2943898.

    Examples
    --------
    >>> recipe = paper_recipe(paper_network("drsn-cs"))
    >>> [(len(g["params"]), g["weight_decay"]) for g in recipe.optimizer.param_groups]
    [(50, 0.0001), (124, 0.0)]
    """
    heavy = {id(weight): weight for weight in decayed(module)}
    light = [p for p in module.parameters() if id(p) not in heavy]
    groups = [{"params": list(heavy.values()), "weight_decay": 1e-4}, {"params": light, "weight_decay": 0.0}]
    optimizer = torch.optim.SGD(groups, lr=0.1, momentum=0.9, nesterov=False)
    scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, milestones=[40, 80], gamma=0.1)
    return Recipe(optimizer, scheduler, epochs=100, batch_size=128)
